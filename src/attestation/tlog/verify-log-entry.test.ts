import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type ErrorCode, encodeUtf8, hashBytes, type Value } from "../../base/index.ts";
import {
  type BundleJson,
  type BundleOptions,
  createLocalSigstore,
  createTestKey,
  type EntryKind,
  jsonBytes,
  LOCAL_TIME,
  type LogEntryJson,
  type SignedBundle,
  type SigningOptions,
  type TrustedRootJson,
} from "../../testing/sigstore/local-sigstore.ts";
import { askSigstoreJs } from "../../testing/sigstore/oracle.ts";
import { decodeEnvelope, readEnvelope } from "../envelope.ts";
import { decodeTrustRoot, type TrustRoot } from "../trust-root.ts";
import { decodeLogEntry, logEntryOfAnnotation } from "./log-entry.ts";
import { type LogEntryRequirements, type SignedContent, verifyLogEntry } from "./verify-log-entry.ts";

const SIGSTORE = createLocalSigstore();
const PAYLOAD = encodeUtf8('{"a":1}');
const ARTIFACT = encodeUtf8("an artifact");

function rootOf(json: TrustedRootJson = SIGSTORE.trustedRoot()): TrustRoot {
  const root = decodeTrustRoot(jsonBytes(json));
  if (!root.ok) assert.fail(root.issues.map(({ path, message }) => `${path}: ${message}`).join("; "));
  return root.value;
}

const ROOT = rootOf();

function signEnvelope(options: SigningOptions = {}): SignedBundle {
  return SIGSTORE.signBundle({ content: { payload: PAYLOAD }, ...options });
}

function signArtifact(options: SigningOptions = {}): SignedBundle {
  return SIGSTORE.signBundle({ content: { artifact: ARTIFACT }, ...options });
}

function contentOf({ bundle, key, certificate }: SignedBundle): SignedContent {
  const signer = { key: new Uint8Array(certificate ?? key.spki), isCertificate: certificate !== undefined };
  const { dsseEnvelope, messageSignature } = bundle;
  if (dsseEnvelope !== undefined) {
    const envelope = readEnvelope(dsseEnvelope as unknown as Value, "");
    if (!envelope.ok) assert.fail(envelope.issues[0]?.message);
    const signature = envelope.value.signatures[0]?.sig ?? new Uint8Array();
    return { kind: "envelope", envelope: envelope.value, signature, ...signer };
  }
  const signature = Buffer.from(messageSignature?.signature ?? "", "base64");
  const algorithm = key.hash;
  return { kind: "message", digest: { algorithm, bytes: hashBytes(algorithm, ARTIFACT) }, signature, ...signer };
}

function entryOf({ bundle }: SignedBundle): LogEntryJson {
  return structuredClone(bundle.verificationMaterial.tlogEntries[0] as LogEntryJson);
}

interface Question {
  readonly entry: LogEntryJson;
  readonly signed: SignedContent;
  readonly root?: TrustRoot;
  readonly requires?: LogEntryRequirements;
}

/** `ok`, or the code of the refusal with its message. */
function judge({ entry, signed, root = ROOT, requires = { proof: "either" } }: Question): string {
  const decoded = decodeLogEntry(entry as unknown as Value, "entry");
  if (!decoded.ok) return `${decoded.issues[0]?.code} ${decoded.issues[0]?.message}`;
  const result = verifyLogEntry(decoded.value, signed, root, requires);
  return result.ok ? "ok" : `${result.refusal.code} ${result.refusal.message}`;
}

const FORMS: readonly (readonly [string, "envelope" | "artifact", SigningOptions])[] = [
  ["hashedrekord 0.0.1, certificate", "artifact", {}],
  ["hashedrekord 0.0.1, key", "artifact", { keyOnly: true }],
  ["hashedrekord 0.0.1, P-384", "artifact", { key: createTestKey("ecdsa-p384") }],
  ["hashedrekord 0.0.1, Ed25519ph", "artifact", { key: createTestKey("ed25519ph") }],
  ["hashedrekord 0.0.2, certificate", "artifact", { log: "v2" }],
  ["hashedrekord 0.0.2, key", "artifact", { log: "v2", keyOnly: true }],
  ["hashedrekord 0.0.2, P-521", "artifact", { log: "v2", key: createTestKey("ecdsa-p521") }],
  ["hashedrekord 0.0.2 over an envelope", "envelope", { log: "v2" }],
  ["hashedrekord 0.0.2 over an envelope, P-384", "envelope", { log: "v2", key: createTestKey("ecdsa-p384") }],
  ["dsse 0.0.1, certificate", "envelope", {}],
  ["dsse 0.0.1, key", "envelope", { keyOnly: true }],
  ["intoto 0.0.2", "envelope", { entryKind: "intoto" }],
  ["intoto 0.0.1", "envelope", { entryKind: "intoto-0.0.1" }],
];

for (const [name, content, options] of FORMS) {
  test(`${name}: verified, and each change of what it speaks of refused`, () => {
    const sign = content === "envelope" ? signEnvelope : signArtifact;
    const made = sign({ ...options, answer: { laterLeaves: 3 } });
    const entry = entryOf(made);
    const signed = contentOf(made);
    assert.equal(judge({ entry, signed }), "ok");
    assert.equal(judge({ entry, signed, requires: { proof: "proof", at: LOCAL_TIME } }), "ok");

    const other = contentOf(sign(options));
    const { key, isCertificate } = other;
    const signature = Uint8Array.from(signed.signature);
    signature[9] = (signature[9] as number) ^ 1;
    // Only its envelope's hash binds the signature of intoto 0.0.1.
    const changed: readonly (readonly [string, SignedContent])[] = [
      ["another key", { ...signed, key }],
      ["a certificate for a key", { ...signed, isCertificate: !isCertificate }],
      ["another content", otherContent(signed)],
      ...(options.entryKind === "intoto-0.0.1" ? [] : [["another signature", { ...signed, signature }] as const]),
    ];
    for (const [what, tampered] of changed) {
      assert.match(judge({ entry, signed: tampered }), /^TLOG_ENTRY_MISMATCH log entry: expected /, what);
    }
  });
}

function otherContent(signed: SignedContent): SignedContent {
  if (signed.kind === "message") {
    const { algorithm, bytes } = signed.digest;
    const other = Uint8Array.from(bytes);
    other[0] = (other[0] as number) ^ 1;
    return { ...signed, digest: { algorithm, bytes: other } };
  }
  return { ...signed, envelope: { ...signed.envelope, payload: encodeUtf8('{"a":2}') } };
}

test("an entry of intoto 0.0.1 speaks of the envelope's bytes as they were stored", () => {
  const made = signEnvelope({ entryKind: "intoto-0.0.1" });
  const signed = contentOf(made);
  assert.ok(signed.kind === "envelope");
  const stored = jsonBytes(made.bundle.dsseEnvelope);
  assert.equal(judge({ entry: entryOf(made), signed: { ...signed, bytes: stored } }), "ok");
  const spaced = encodeUtf8(JSON.stringify(made.bundle.dsseEnvelope, undefined, 1));
  assert.match(judge({ entry: entryOf(made), signed: { ...signed, bytes: spaced } }), /envelope hash sha256:/);
});

test("a message's digest counts with its algorithm", () => {
  const made = signArtifact();
  const signed = contentOf(made);
  assert.ok(signed.kind === "message");
  const digest = { algorithm: "sha512", bytes: signed.digest.bytes } as const;
  assert.match(judge({ entry: entryOf(made), signed: { ...signed, digest } }), /^TLOG_ENTRY_MISMATCH/);
});

test("an entry about a message is not one about an envelope, and the other way round", () => {
  const envelope = signEnvelope({ entryKind: "hashedrekord", keyOnly: true });
  assert.match(judge({ entry: entryOf(envelope), signed: contentOf(envelope) }), /expected an entry for envelopes/);
  const dsse = signEnvelope({ keyOnly: true });
  const { signature, key, isCertificate } = contentOf(dsse);
  const bytes = hashBytes("sha256", PAYLOAD);
  const message = { kind: "message", digest: { algorithm: "sha256", bytes }, signature, key, isCertificate } as const;
  assert.match(judge({ entry: entryOf(dsse), signed: message }), /expected a message's hash/);
});

/** Changes of an entry; each is refused with its code, and @sigstore/verify refuses the bundle too. */
const TAMPERINGS: readonly (readonly [string, "v1" | "v2", ErrorCode, (entry: LogEntryJson) => void])[] = [
  ["time", "v1", "TLOG_INCLUSION_PROMISE", (entry) => (entry.integratedTime = String(LOCAL_TIME / 1000 + 1))],
  ["index", "v1", "TLOG_INCLUSION_PROMISE", (entry) => (entry.logIndex = "1")],
  ["promise", "v1", "TLOG_INCLUSION_PROMISE", (entry) => flip(entry.inclusionPromise, "signedEntryTimestamp")],
  ["index of the proof", "v1", "TLOG_INCLUSION_PROOF", (entry) => setProof(entry, "logIndex", "2")],
  ["index of the proof", "v2", "TLOG_INCLUSION_PROOF", (entry) => setProof(entry, "logIndex", "2")],
  ["a hash", "v1", "TLOG_INCLUSION_PROOF", flipFirstHash],
  ["a hash", "v2", "TLOG_INCLUSION_PROOF", flipFirstHash],
  ["a hash too few", "v2", "TLOG_INCLUSION_PROOF", (entry) => void entry.inclusionProof?.hashes.pop()],
  ["checkpoint's size", "v1", "TLOG_CHECKPOINT", (entry) => editCheckpoint(entry, /\n6\n/, "\n7\n")],
  ["checkpoint's size", "v2", "TLOG_CHECKPOINT", (entry) => editCheckpoint(entry, /\n6\n/, "\n7\n")],
  ["checkpoint's origin", "v2", "TLOG_CHECKPOINT", (entry) => editCheckpoint(entry, /^/, "x")],
  ["checkpoint's key", "v2", "TLOG_CHECKPOINT", (entry) => editCheckpoint(entry, /test [^ ]{4}/, "test AAAA")],
  ["log", "v1", "TLOG_UNKNOWN", (entry) => flip(entry.logId, "keyId")],
  ["log", "v2", "TLOG_UNKNOWN", (entry) => flip(entry.logId, "keyId")],
  ["body", "v1", "TLOG_ENTRY_INVALID", (entry) => (entry.canonicalizedBody = "e30")],
];

/** The base64 of other bytes. */
function flipped(text = ""): string {
  const bytes = Buffer.from(text, "base64");
  bytes[10] = (bytes[10] as number) ^ 1;
  return bytes.toString("base64");
}

function flip<Key extends string>(holder: { [key in Key]: string } | undefined, key: Key): void {
  if (holder === undefined) assert.fail(`expected ${key}`);
  holder[key] = flipped(holder[key]);
}

function flipFirstHash(entry: LogEntryJson): void {
  const hashes = entry.inclusionProof?.hashes ?? [];
  hashes[0] = flipped(hashes[0]);
}

function setProof(entry: LogEntryJson, name: "logIndex" | "treeSize", value: string): void {
  if (entry.inclusionProof !== undefined) entry.inclusionProof[name] = value;
}

function editCheckpoint(entry: LogEntryJson, from: RegExp, to: string): void {
  const checkpoint = entry.inclusionProof?.checkpoint;
  assert.match(checkpoint?.envelope ?? "", from);
  if (checkpoint !== undefined) checkpoint.envelope = checkpoint.envelope.replace(from, to);
}

for (const [what, log, code, tamper] of TAMPERINGS) {
  test(`Rekor ${log}: a changed ${what} is refused with ${code}, as @sigstore/verify refuses it`, () => {
    const sigstore = createLocalSigstore();
    const root = sigstore.trustedRoot();
    const made = sigstore.signBundle({ content: { payload: PAYLOAD }, log });
    const question = { signed: contentOf(made), root: rootOf(root) };
    assert.equal(judge({ entry: entryOf(made), ...question }), "ok");
    assert.equal(askSigstoreJs({ bundle: made.bundle, root }), undefined);

    const entry = entryOf(made);
    tamper(entry);
    assert.match(judge({ entry, ...question }), new RegExp(`^${code} `));
    const material = { ...made.bundle.verificationMaterial, tlogEntries: [entry] };
    const bundle: BundleJson = { ...made.bundle, verificationMaterial: material };
    assert.notEqual(askSigstoreJs({ bundle, root }), undefined);
  });
}

test("a proof's size and root hash are the checkpoint's", () => {
  // Stricter than @sigstore/verify, which looks at the checkpoint's alone.
  const rows: readonly ((entry: LogEntryJson) => void)[] = [
    (entry) => setProof(entry, "treeSize", String(Number(entry.inclusionProof?.treeSize) + 1)),
    (entry) => flip(entry.inclusionProof, "rootHash"),
  ];
  for (const [log, tamper] of (["v1", "v2"] as const).flatMap((name) => rows.map((row) => [name, row] as const))) {
    const made = signEnvelope({ log, answer: { laterLeaves: 1 } });
    const entry = entryOf(made);
    tamper(entry);
    const expected = /^TLOG_INCLUSION_PROOF expected a proof in the tree of \d+ entries .* as the checkpoint states/;
    assert.match(judge({ entry, signed: contentOf(made) }), expected);
  }
});

test("in Rekor v2 the entry's index is the proof's", () => {
  const made = signEnvelope({ log: "v2" });
  const entry = entryOf(made);
  entry.logIndex = "1";
  assert.match(judge({ entry, signed: contentOf(made) }), /^TLOG_INCLUSION_PROOF expected a proof for entry 1, found/);
});

test("a body that was changed together with nothing else is in no tree", () => {
  const made = signEnvelope({ answer: { without: "promise" } });
  const entry = entryOf(made);
  const body = Buffer.from(entry.canonicalizedBody, "base64").toString();
  // Another hash that nobody compares: only the leaf's hash sees it.
  const changed = body.replace(/("envelopeHash":\{"algorithm":"sha256","value":")./, "$10");
  const again = changed === body ? body.replace(/("envelopeHash":\{"algorithm":"sha256","value":")./, "$11") : changed;
  entry.canonicalizedBody = Buffer.from(again).toString("base64");
  assert.match(judge({ entry, signed: contentOf(made) }), /^TLOG_INCLUSION_PROOF expected a path from entry/);
});

test("what is required must be there", () => {
  const rows: readonly (readonly [SigningOptions, LogEntryRequirements["proof"], string])[] = [
    [{}, "promise", "ok"],
    [{}, "proof", "ok"],
    [{}, "either", "ok"],
    [{ answer: { without: "proof" } }, "promise", "ok"],
    [{ answer: { without: "proof" } }, "either", "ok"],
    [{ answer: { without: "proof" } }, "proof", "TLOG_INCLUSION_PROOF expected an inclusion proof"],
    [{ answer: { without: "promise" } }, "proof", "ok"],
    [{ answer: { without: "promise" } }, "either", "ok"],
    [{ answer: { without: "promise" } }, "promise", "TLOG_INCLUSION_PROMISE expected an inclusion promise"],
    [{ log: "v2" }, "either", "ok"],
    [{ log: "v2" }, "promise", "TLOG_INCLUSION_PROMISE expected an inclusion promise"],
    [{ log: "v2", answer: { without: "proof" } }, "either", "TLOG_INCLUSION_PROOF expected an inclusion proof"],
  ];
  for (const [options, proof, expected] of rows) {
    const made = signEnvelope(options);
    const verdict = judge({ entry: entryOf(made), signed: contentOf(made), requires: { proof } });
    assert.ok(verdict.startsWith(expected), `${JSON.stringify(options)} ${proof}: ${verdict}`);
  }
});

test("an entry with neither promise nor proof proves nothing", () => {
  const made = signEnvelope();
  const { inclusionPromise, inclusionProof, ...entry } = entryOf(made);
  assert.ok(inclusionPromise !== undefined && inclusionProof !== undefined);
  assert.match(
    judge({ entry, signed: contentOf(made) }),
    /^TLOG_INCLUSION_PROOF expected an inclusion proof or promise/,
  );
});

test("an entry of Rekor v2 with a promise is refused", () => {
  const made = signEnvelope({ log: "v2" });
  const entry = { ...entryOf(made), inclusionPromise: { signedEntryTimestamp: "AAAA" } };
  assert.match(judge({ entry, signed: contentOf(made) }), /^TLOG_INCLUSION_PROMISE expected no inclusion promise/);
});

test("a promise without time is refused", () => {
  const made = signEnvelope({ answer: { without: "proof" } });
  const entry = { ...entryOf(made), integratedTime: "0" };
  assert.match(judge({ entry, signed: contentOf(made) }), /^TLOG_INCLUSION_PROMISE expected the time/);
});

test("an index beyond 2^53 has no promise that is worth anything", () => {
  const made = signEnvelope({ answer: { without: "proof" } });
  const entry = { ...entryOf(made), logIndex: "9007199254740993" };
  assert.match(judge({ entry, signed: contentOf(made) }), /^TLOG_INCLUSION_PROMISE expected a log index up to 2\^53/);
});

test("the kind stated beside a body is the body's own", () => {
  const made = signEnvelope();
  const entry = { ...entryOf(made), kindVersion: { kind: "intoto", version: "0.0.2" } };
  assert.match(
    judge({ entry, signed: contentOf(made) }),
    /^TLOG_ENTRY_MISMATCH body: expected an entry of "intoto 0.0.2"/,
  );
});

test("kinds that nothing here reads are refused by name", () => {
  const made = signEnvelope({ log: "v2", entryKind: "dsse" satisfies EntryKind });
  const expected = /^NOT_SUPPORTED body: expected an entry of hashedrekord 0\.0\.1.*, found "dsse 0\.0\.2"/;
  assert.match(judge({ entry: entryOf(made), signed: contentOf(made) }), expected);
});

test("the log's key must have been valid at the time of the entry; both ends count", () => {
  const at = new Date(LOCAL_TIME);
  const later = new Date(LOCAL_TIME + 1000);
  const earlier = new Date(LOCAL_TIME - 1000);
  const rows: readonly (readonly [string, Date, Date | undefined, "ok" | RegExp])[] = [
    ["from then on", at, undefined, "ok"],
    ["up to then", earlier, at, "ok"],
    ["only later", later, undefined, /^TLOG_UNKNOWN expected an entry of "https:\/\/[^"]+" made from 2026-/],
    ["only before", earlier, earlier, /^TLOG_UNKNOWN /],
  ];
  for (const log of ["v1", "v2"] as const) {
    const made = signEnvelope({ log });
    for (const [name, start, end, expected] of rows) {
      const json = SIGSTORE.trustedRoot();
      for (const { publicKey } of json.tlogs) {
        publicKey.validFor = { start: start.toISOString(), ...(end && { end: end.toISOString() }) };
      }
      const requires = { proof: "proof", at: LOCAL_TIME } as const;
      const verdict = judge({ entry: entryOf(made), signed: contentOf(made), root: rootOf(json), requires });
      if (expected === "ok") assert.equal(verdict, expected, `${log} ${name}`);
      else assert.match(verdict, expected, `${log} ${name}`);
      const unknown = { proof: "proof" } as const;
      const withoutTime = judge({
        entry: entryOf(made),
        signed: contentOf(made),
        root: rootOf(json),
        requires: unknown,
      });
      assert.equal(withoutTime === "ok", log === "v2" || expected === "ok", `${log} ${name}, no time known`);
    }
  }
});

test("of two instances of one log the one that was valid counts", () => {
  const made = signEnvelope();
  const json = SIGSTORE.trustedRoot();
  const [instance] = json.tlogs;
  assert.ok(instance !== undefined);
  const retired = structuredClone(instance);
  retired.publicKey.validFor = { start: "2020-01-01T00:00:00Z", end: "2021-01-01T00:00:00Z" };
  json.tlogs.unshift(retired);
  assert.equal(judge({ entry: entryOf(made), signed: contentOf(made), root: rootOf(json) }), "ok");
});

test("a root without logs trusts no entry", () => {
  const made = signEnvelope();
  const verdict = judge({ entry: entryOf(made), signed: contentOf(made), root: { ...ROOT, transparencyLogs: [] } });
  assert.match(verdict, /^TLOG_UNKNOWN no transparency log is trusted here, found an entry of the log [0-9a-f]{64}$/);
});

test("the time counts only where the log signed it", () => {
  const timeOf = (options: SigningOptions): number | undefined => {
    const made = signEnvelope(options);
    const decoded = decodeLogEntry(entryOf(made) as unknown as Value, "");
    assert.ok(decoded.ok);
    const result = verifyLogEntry(decoded.value, contentOf(made), ROOT, { proof: "either" });
    assert.ok(result.ok);
    return result.integratedTime;
  };
  assert.equal(timeOf({}), LOCAL_TIME);
  assert.equal(timeOf({ answer: { without: "promise" } }), undefined);
  assert.equal(timeOf({ log: "v2" }), undefined);
});

test("cosign's annotation verifies by its promise", () => {
  for (const form of ["simple-signing", "envelope"] as const) {
    const layer = SIGSTORE.signLayer(form === "envelope" ? PAYLOAD : ARTIFACT, form);
    const decoded = logEntryOfAnnotation(layer.annotations["dev.sigstore.cosign/bundle"] ?? "");
    assert.ok(decoded.ok);
    const signer = { key: new Uint8Array(layer.certificate ?? []), isCertificate: true };
    const envelope = decodeEnvelope(layer.bytes);
    const signed: SignedContent = envelope.ok
      ? {
          kind: "envelope",
          envelope: envelope.value,
          signature: envelope.value.signatures[0]?.sig as Uint8Array,
          ...signer,
        }
      : {
          kind: "message",
          digest: { algorithm: "sha256", bytes: hashBytes("sha256", layer.bytes) },
          signature: Buffer.from(layer.annotations["dev.cosignproject.cosign/signature"] ?? "", "base64"),
          ...signer,
        };
    const result = verifyLogEntry(decoded.value, signed, ROOT, { proof: "promise" });
    assert.ok(result.ok, form);
    assert.equal(result.checks.length, 2);
    const moved = { ...decoded.value, integratedTime: (decoded.value.integratedTime ?? 0) + 1 };
    const refused = verifyLogEntry(moved, signed, ROOT, { proof: "promise" });
    assert.equal(!refused.ok && refused.refusal.code, "TLOG_INCLUSION_PROMISE", form);
  }
});

test("logs with keys of every kind", () => {
  const kinds = ["ecdsa-p256", "ecdsa-p384", "ed25519"] as const;
  for (const kind of kinds) {
    const sigstore = createLocalSigstore({ rekorV2Key: createTestKey(kind) });
    const root = rootOf(sigstore.trustedRoot());
    const options: BundleOptions = { content: { payload: PAYLOAD }, log: "v2" };
    const made = sigstore.signBundle(options);
    assert.equal(judge({ entry: entryOf(made), signed: contentOf(made), root }), "ok", kind);
    const stranger = createLocalSigstore({ rekorV2Key: createTestKey(kind) }).signBundle(options);
    assert.match(judge({ entry: entryOf(stranger), signed: contentOf(stranger), root }), /^TLOG_UNKNOWN/, kind);
  }
});

test("law: no other character at any place of an entry verifies", () => {
  for (const log of ["v1", "v2"] as const) {
    const made = signEnvelope({ log, answer: { laterLeaves: 4 } });
    const text = JSON.stringify(entryOf(made));
    const signed = contentOf(made);
    fc.assert(
      fc.property(fc.nat({ max: text.length - 1 }), fc.integer({ min: 0x20, max: 0x7e }), (at, code) => {
        const changed = text.slice(0, at) + String.fromCharCode(code) + text.slice(at + 1);
        const entry = parsed(changed);
        if (changed === text || entry === undefined) return;
        assert.notEqual(judge({ entry, signed, requires: { proof: "proof" } }), "ok", `${log}: ${changed}`);
      }),
      { numRuns: 1000, seed: 1 },
    );
  }
});

function parsed(text: string): LogEntryJson | undefined {
  try {
    return JSON.parse(text) as LogEntryJson;
  } catch {
    return undefined;
  }
}
