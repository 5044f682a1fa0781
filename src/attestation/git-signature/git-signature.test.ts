import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decodeBase64, encodeUtf8 } from "../../base/index.ts";
import { armour, createSshSigner, type SshKeyKind, type SshSignOptions } from "../../testing/ssh-signing.ts";
import {
  type AllowedSigners,
  type CommitSignatureFlaw,
  type CommitSignatureVerdict,
  decodeAllowedSigners,
  isPrincipal,
  verifyCommitSignature,
} from "../index.ts";

const PAYLOAD = encodeUtf8("tree 0\nauthor A <a@example.com> 0 +0000\n\nmessage\n");
const NOW = Date.parse("2026-06-01T12:00:00Z");
const signersOf = (text: string): AllowedSigners => {
  const decoded = decodeAllowedSigners(text);
  assert.ok(decoded.ok, JSON.stringify(decoded));
  return decoded.value;
};
const reasonOf = (verdict: CommitSignatureVerdict): CommitSignatureFlaw | undefined =>
  verdict.ok ? undefined : verdict.reason;
const alice = createSshSigner();
const other = createSshSigner();
const allowed = signersOf(`alice@example.com ${alice.publicLine}\n`);

describe("verifyCommitSignature", () => {
  const kinds: readonly (readonly [SshKeyKind, SshSignOptions])[] = [
    ["ed25519", {}],
    ["ed25519", { hash: "sha256" }],
    ["ecdsa-p256", {}],
    ["ecdsa-p384", {}],
    ["ecdsa-p521", {}],
    ["rsa", {}],
    ["rsa", { rsaHash: "sha256" }],
  ];
  for (const [kind, options] of kinds) {
    it(`takes ${kind} ${JSON.stringify(options)}, and no payload or signature with a flipped byte`, () => {
      const signer = createSshSigner(kind);
      const lines = signersOf(`bob@example.com ${signer.publicLine} comment\n`);
      // ECDSA's numbers are now and then a byte shorter.
      for (let round = 0; round < (kind.startsWith("ec") ? 20 : 2); round++) {
        const armoured = signer.sign(PAYLOAD, options);
        const verdict = verifyCommitSignature(PAYLOAD, armoured, lines, NOW);
        assert.ok(verdict.ok, JSON.stringify(verdict));
        assert.deepEqual(verdict.signers[0]?.principals, ["bob@example.com"]);
        const flipped = PAYLOAD.map((byte, index) => (index === 3 ? byte ^ 1 : byte));
        assert.equal(reasonOf(verifyCommitSignature(flipped, armoured, lines, NOW)), "mismatch");
        const bytes = bytesOf(armoured);
        const last = armour(bytes.map((byte, index) => (index === bytes.length - 1 ? byte ^ 1 : byte)));
        assert.equal(reasonOf(verifyCommitSignature(PAYLOAD, last, lines, NOW)), "mismatch");
      }
    });
  }

  const refused: readonly (readonly [string, () => string, CommitSignatureFlaw])[] = [
    ["a signature for files", () => alice.sign(PAYLOAD, { namespace: "file" }), "namespace"],
    ["another key", () => other.sign(PAYLOAD), "unknown_key"],
    ["another key that names an allowed one", () => other.sign(PAYLOAD, { namedKey: alice.blob }), "mismatch"],
    ["SHA-1 of the message", () => alice.sign(PAYLOAD, { hash: "sha1" }), "hash"],
    ["RSA with SHA-1", () => createSshSigner("rsa").sign(PAYLOAD, { rsaHash: "sha1" }), "hash"],
    ["a small RSA key", () => createSshSigner("rsa-small").sign(PAYLOAD), "not_supported"],
    ["version 2", () => alice.sign(PAYLOAD, { version: 2 }), "not_supported"],
    ["OpenPGP", () => "-----BEGIN PGP SIGNATURE-----\n\niQ==\n-----END PGP SIGNATURE-----\n", "not_supported"],
    ["X.509", () => "-----BEGIN SIGNED MESSAGE-----\nMII=\n-----END SIGNED MESSAGE-----\n", "not_supported"],
    ["nothing", () => "", "malformed"],
    ["a signature and more", () => `${alice.sign(PAYLOAD)}more`, "malformed"],
    ["two signatures", () => alice.sign(PAYLOAD) + alice.sign(PAYLOAD), "malformed"],
    ["text before it", () => `x\n${alice.sign(PAYLOAD)}`, "malformed"],
    ["no base64", () => alice.sign(PAYLOAD).replace("\nU1", "\n!1"), "malformed"],
    ["bytes behind it", () => armour(Uint8Array.from([...bytesOf(alice.sign(PAYLOAD)), 0])), "malformed"],
    ["other bytes before it", () => armour(bytesOf(alice.sign(PAYLOAD)).fill(0, 0, 6)), "malformed"],
  ];
  for (const [what, make, reason] of refused) {
    it(`refuses ${what}: ${reason}`, () => {
      assert.equal(reasonOf(verifyCommitSignature(PAYLOAD, make(), allowed, NOW)), reason);
    });
  }

  it("refuses a signature cut off, or with a length changed, at every place, and never throws", () => {
    const bytes = bytesOf(alice.sign(PAYLOAD));
    for (let at = 0; at < bytes.length; at++) {
      assert.equal(reasonOf(verifyCommitSignature(PAYLOAD, armour(bytes.subarray(0, at)), allowed, NOW)), "malformed");
      const changed = armour(bytes.map((byte, index) => (index === at ? byte ^ 0x80 : byte)));
      assert.notEqual(reasonOf(verifyCommitSignature(PAYLOAD, changed, allowed, NOW)), undefined, `at ${at}`);
    }
  });

  const lines: readonly (readonly [string, string, string, CommitSignatureFlaw | undefined])[] = [
    ["a time in it", 'valid-after="20260101Z",valid-before="20270101Z"', "2026-06-01T12:00:00Z", undefined],
    ["a time before it", 'valid-after="20260101Z"', "2025-12-31T23:59:59Z", "expired"],
    ["its first second", 'valid-after="20260101000000Z"', "2026-01-01T00:00:00Z", undefined],
    ["a time after it", 'valid-before="202606011159Z"', "2026-06-01T12:00:00Z", "expired"],
    ["its end, in every time zone", 'valid-before="20260602"', "2026-06-01T09:59:00Z", undefined],
    ["its end, in some time zones", 'valid-before="20260602"', "2026-06-01T10:01:00Z", "expired"],
    ["its begin, in some time zones", 'valid-after="20260601"', "2026-06-01T11:59:00Z", "expired"],
    ["its begin, in every time zone", 'valid-after="20260601"', "2026-06-01T12:00:00Z", undefined],
    ["namespaces with git", 'namespaces="file,git"', "2026-06-01T12:00:00Z", undefined],
    ["namespaces without git", 'namespaces="file"', "2026-06-01T12:00:00Z", "not_for_git"],
    ["namespaces that take git away", 'namespaces="*,!git"', "2026-06-01T12:00:00Z", "not_for_git"],
  ];
  for (const [what, options, at, reason] of lines) {
    it(`holds a line against ${what}`, () => {
      const file = signersOf(`# team\n\nalice@example.com ${options} ${alice.publicLine}\n`);
      assert.equal(reasonOf(verifyCommitSignature(PAYLOAD, alice.sign(PAYLOAD), file, Date.parse(at))), reason);
    });
  }

  it("gives all lines that vouch for the key, and not those that do not", () => {
    const file = signersOf(
      [
        `a@x.example ${alice.publicLine}`,
        `b@x.example valid-before="20200101Z" ${alice.publicLine}`,
        `c@x.example ${other.publicLine}`,
        `"d@x.example,e@x.example" ${alice.publicLine}`,
      ].join("\n"),
    );
    const verdict = verifyCommitSignature(PAYLOAD, alice.sign(PAYLOAD), file, NOW);
    assert.deepEqual(verdict.ok && verdict.signers.map(({ principals }) => principals.join()), [
      "a@x.example",
      "d@x.example,e@x.example",
    ]);
  });
});

describe("decodeAllowedSigners", () => {
  const rows: readonly (readonly [string, string, RegExp])[] = [
    ["no key", "alice@example.com", /expected principals/],
    ["a key alone", alice.publicLine, /expected a key|expected principals/],
    ["an unknown option", `a@x magic ${alice.publicLine}`, /unknown option magic/],
    ["an option twice", `a@x namespaces="a",namespaces="git" ${alice.publicLine}`, /expected a key, or options/],
    ["a wrong time", `a@x valid-after="soon" ${alice.publicLine}`, /expected times/],
    ["a day that is not", `a@x valid-after="20260231Z" ${alice.publicLine}`, /expected times/],
    ["another type than the key's", `a@x ssh-rsa ${alice.publicLine.split(" ")[1]}`, /expected a key of type ssh-rsa/],
    ["a cut key", `a@x ${alice.publicLine.slice(0, -8)}`, /expected the fields/],
    ["no principal between commas", `a@x,,b@x ${alice.publicLine}`, /principals/],
  ];
  for (const [what, text, message] of rows) {
    it(`refuses ${what}, with the line`, () => {
      const decoded = decodeAllowedSigners(`# one\n${text}\n`);
      assert.ok(!decoded.ok);
      assert.equal(decoded.issues[0]?.path, "line 2");
      assert.match(decoded.issues[0]?.message ?? "", message);
    });
  }

  it("notes authorities and kinds of keys that do not count", () => {
    const security = Buffer.from("\0\0\0\x1ask-ssh-ed25519@openssh.com").toString("base64");
    const file = signersOf(
      `* cert-authority ${alice.publicLine}\na@x sk-ssh-ed25519@openssh.com ${security}\na@x ${createSshSigner("rsa-small").publicLine}\n`,
    );
    assert.equal(file.signers.length, 0);
    assert.match(file.notes.join("\n"), /line 1: .*cert-authority[^]*line 2: .*sk-ssh[^]*line 3: .*RSA key of 2048/);
    assert.equal(reasonOf(verifyCommitSignature(PAYLOAD, alice.sign(PAYLOAD), file, NOW)), "unknown_key");
  });

  it("matches principals by patterns", () => {
    const rows: readonly (readonly [string, string, boolean])[] = [
      ["alice@example.com", "alice@example.com", true],
      ["alice@example.com", "Alice@example.com", false],
      ["*@example.com", "bob@example.com", true],
      ["*@example.com,!bob@example.com", "bob@example.com", false],
      ["!bob@example.com", "alice@example.com", false],
    ];
    for (const [patterns, name, expected] of rows) assert.equal(isPrincipal(patterns.split(","), name), expected);
  });
});

function bytesOf(armoured: string): Uint8Array {
  return Uint8Array.from(decodeBase64(armoured.replace(/-----[^-]+-----|\n/g, "")) ?? []);
}
