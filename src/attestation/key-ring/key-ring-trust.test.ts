import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AmapError, type ErrorCode, encodeUtf8, LIMITS } from "../../base/index.ts";
import { bundleCandidate, testDigest } from "../../testing/attestation-builders.ts";
import { image, payload, sigstore, trustRoot } from "../../testing/bundle-verification.ts";
import {
  type BundleOptions,
  createTestKey,
  LOCAL_TIME,
  PERSON,
  type TestKey,
} from "../../testing/sigstore/local-sigstore.ts";
import type { Candidate, Verification } from "../evidence.ts";
import { encodeSimpleSigning } from "../simple-signing.ts";
import { verifyCandidates } from "../verifier.ts";
import type { VerificationThresholds } from "../verifier-options.ts";
import { decodeKeyRing } from "./decode-key-ring.ts";
import type { KeyRing, KeyRingEntry, KeyRingUse } from "./key-ring.ts";
import { toVerifierTrust } from "./key-ring-trust.ts";

const HOUR = 3_600_000;
/** The payload with a space behind it: the same statement in other bytes. */
const CHANGED = Buffer.concat([payload, Buffer.from(" ")]).toString("base64");
const NOW = LOCAL_TIME + 24 * HOUR;
const key = createTestKey();
const other = createTestKey();
type Terms = Partial<Pick<KeyRingEntry, "validFor" | "retired" | "usage">>;

function ringOf(signers: readonly (readonly [string, TestKey, Terms])[], people: readonly object[] = []): KeyRing {
  const document = {
    apiVersion: "amap.dev/v1alpha1",
    kind: "KeyRing",
    keys: signers.map(([name, { pem }]) => ({ name, publicKey: pem })),
    identities: people,
  };
  const decoded = decodeKeyRing(encodeUtf8(JSON.stringify(document)));
  assert.ok(decoded.ok, decoded.ok ? "" : JSON.stringify(decoded.issues));
  const { keys, identities } = decoded.value;
  return { keys: keys.map((entry, index) => ({ ...entry, ...signers[index]?.[2] })), identities };
}

function attested(options: Omit<BundleOptions, "content"> = {}): Candidate {
  return bundleCandidate(sigstore.signBundle({ content: { payload }, key, keyOnly: true, ...options }).bytes);
}

function compilePattern(pattern: string): (text: string) => boolean {
  // What the app does with RE2: whatever stands in the pattern must compile by itself.
  try {
    const compiled = RegExp(pattern.replaceAll("\\A", "^").replaceAll("\\z", "$"));
    return (text) => compiled.test(text);
  } catch {
    throw new AmapError("EXPRESSION_INVALID", "expected a pattern");
  }
}

interface Asked {
  readonly now?: number;
  readonly use?: KeyRingUse;
  readonly thresholds?: VerificationThresholds;
  readonly keyThresholds?: VerificationThresholds;
}

function verify(candidate: Candidate, ring: KeyRing, asked: Asked = {}): Verification {
  const { now = NOW, use, ...thresholds } = asked;
  const trust = toVerifierTrust(ring, { now, compilePattern, ...(use === undefined ? {} : { use }) });
  return verifyCandidates([candidate], { ...trust, trustRoot, subjects: [image], ...thresholds });
}

function outcome({ signatures, attestations, rejected }: Verification): string {
  return [...signatures, ...attestations].map(({ signer }) => signer.name).join() || (rejected[0]?.code ?? "none");
}

const createTestKeyRow = (index: number): readonly [string, TestKey, Terms] => [
  `key-${index}`,
  createTestKey("ed25519"),
  {},
];

const LOGGED = { thresholds: { logs: 1 } };

describe("a key of a ring, by the time of its signature", () => {
  const at = LOCAL_TIME;
  const rows: readonly (readonly [name: string, terms: Terms, logged: string, bare: string])[] = [
    ["always in use", {}, "k", "k"],
    ["from the time of the signature on", { validFor: { start: at } }, "k", "k"],
    ["from a millisecond later on", { validFor: { start: at + 1 } }, "KEY_EXPIRED", "k"],
    ["until the time of the signature", { validFor: { end: at } }, "k", "TIME_UNPROVEN"],
    ["until a millisecond before", { validFor: { end: at - 1 } }, "KEY_EXPIRED", "TIME_UNPROVEN"],
    ["until now", { validFor: { start: at, end: NOW } }, "k", "k"],
    ["until a millisecond before now", { validFor: { start: at, end: NOW - 1 } }, "k", "TIME_UNPROVEN"],
    ["from tomorrow on", { validFor: { start: NOW + 1 } }, "KEY_EXPIRED", "TIME_UNPROVEN"],
    ["retired when it signed", { retired: { at, compromised: false } }, "k", "TIME_UNPROVEN"],
    ["retired before it signed", { retired: { at: at - 1, compromised: false } }, "KEY_EXPIRED", "TIME_UNPROVEN"],
    ["retired later", { retired: { at: at + 1, compromised: false } }, "k", "TIME_UNPROVEN"],
    ["to be retired", { retired: { at: NOW + HOUR, compromised: false } }, "k", "k"],
    ["compromised when it signed", { retired: { at, compromised: true } }, "KEY_EXPIRED", "TIME_UNPROVEN"],
    ["compromised later", { retired: { at: at + 1, compromised: true } }, "k", "TIME_UNPROVEN"],
    ["compromised from tomorrow on", { retired: { at: NOW + HOUR, compromised: true } }, "k", "TIME_UNPROVEN"],
    [
      "retired before its start",
      { validFor: { start: at }, retired: { at: at - 1, compromised: false } },
      "KEY_EXPIRED",
      "TIME_UNPROVEN",
    ],
  ];
  for (const [name, terms, logged, bare] of rows) {
    it(name, () => {
      const ring = ringOf([["k", key, terms]]);
      assert.equal(outcome(verify(attested(), ring, LOGGED)), logged, "with a log entry");
      const stamped = attested({ log: "none", timestamp: true });
      assert.equal(
        outcome(verify(stamped, ring, { thresholds: { logs: 0, timestamps: 1 } })),
        logged,
        "with a timestamp",
      );
      assert.equal(outcome(verify(attested({ log: "none" }), ring)), bare, "with the signer's word alone");
    });
  }

  it("what is no signature of its is refused, whatever the time", () => {
    const ring = ringOf([["k", key, { validFor: { start: LOCAL_TIME } }]]);
    const { bundle } = sigstore.signBundle({ content: { payload }, key, keyOnly: true });
    const changed = structuredClone(bundle);
    (changed.dsseEnvelope as { payload: string }).payload = CHANGED;
    const twin = bundleCandidate(encodeUtf8(JSON.stringify(changed)));
    assert.equal(outcome(verify(twin, ring, LOGGED)), "SIGNATURE_INVALID");
    assert.equal(outcome(verify(attested({ key: other }), ring, LOGGED)), "SIGNER_UNKNOWN");
  });

  it("an entry counts for what it may sign alone", () => {
    const limited = ringOf([
      ["k", key, { usage: { signatures: true, predicateTypes: ["https://spdx.dev/Document"] } }],
    ]);
    const vex = { kind: "attestation", predicateType: "https://openvex.dev/ns" } as const;
    assert.equal(outcome(verify(attested(), limited, { use: vex })), "SIGNER_UNKNOWN");
    const allowed = ringOf([["k", key, { usage: { signatures: false, predicateTypes: ["https://openvex.dev/ns"] } }]]);
    assert.equal(outcome(verify(attested(), allowed, { use: vex })), "k");
    assert.equal(outcome(verify(attested(), allowed, { use: { kind: "signature" } })), "SIGNER_UNKNOWN");
  });
});

describe("an identity of a ring", () => {
  const person = { subject: PERSON.subject.value, issuer: PERSON.issuer };
  const keyless = (options: object = {}): Candidate =>
    bundleCandidate(sigstore.signBundle({ content: { payload }, ...options }).bytes);
  const time = (ms: number): string => new Date(ms).toISOString();
  const rows: readonly (readonly [name: string, person: object, expected: string])[] = [
    ["always", person, "p"],
    ["at the start", { ...person, validFor: { start: time(LOCAL_TIME) } }, "p"],
    ["before the start", { ...person, validFor: { start: time(LOCAL_TIME + 1000) } }, "IDENTITY_EXPIRED"],
    ["at the end", { ...person, validFor: { end: time(LOCAL_TIME) } }, "p"],
    ["after the end", { ...person, validFor: { end: time(LOCAL_TIME - 1000) } }, "IDENTITY_EXPIRED"],
    ["retired since", { ...person, retired: { at: time(LOCAL_TIME) } }, "p"],
    ["retired before", { ...person, retired: { at: time(LOCAL_TIME - 1000) } }, "IDENTITY_EXPIRED"],
    ["compromised since", { ...person, retired: { at: time(LOCAL_TIME), compromised: true } }, "IDENTITY_EXPIRED"],
    ["another's", { ...person, subject: "ev@example.com" }, "IDENTITY_MISMATCH"],
    ["by a pattern", { subjectRegExp: ".*@example[.]com", issuer: PERSON.issuer }, "p"],
    ["by a pattern of a part of it", { subjectRegExp: "example", issuer: PERSON.issuer }, "IDENTITY_MISMATCH"],
    ["by a pattern with two branches", { subjectRegExp: "dev|x", issuer: PERSON.issuer }, "IDENTITY_MISMATCH"],
  ];
  for (const [name, entry, expected] of rows) {
    it(name, () => assert.equal(outcome(verify(keyless(), ringOf([], [{ name: "p", ...entry }]))), expected));
  }

  it("of two that a certificate has, the one in force names the signer", () => {
    const ring = ringOf(
      [],
      [
        { name: "before", ...person, validFor: { end: time(LOCAL_TIME - 1000) } },
        { name: "since", subjectRegExp: ".*", issuer: PERSON.issuer, validFor: { start: time(LOCAL_TIME - 1000) } },
      ],
    );
    const candidate = keyless();
    const trust = toVerifierTrust(ring, { now: NOW, compilePattern });
    // Twice: the second time the certificate is known.
    const { attestations } = verifyCandidates([candidate, candidate], { ...trust, trustRoot, subjects: [image] });
    assert.deepEqual(
      attestations.map(({ signer }) => signer.name),
      ["since", "since"],
    );
  });

  it("beside keys: of a key no time is asked because an identity needs one", () => {
    const ring = ringOf([["k", key, {}]], [{ name: "p", ...person }]);
    const asked = { thresholds: { times: 1 }, keyThresholds: { logs: 0, times: 0 } };
    assert.equal(outcome(verify(attested({ log: "none" }), ring, asked)), "k");
    assert.equal(outcome(verify(keyless(), ring, asked)), "p");
    assert.equal(outcome(verify(attested({ log: "none" }), ring, { thresholds: { times: 1 } })), "TIME_UNPROVEN");
  });

  it("a pattern cannot break out of its anchors", () => {
    const people = [{ name: "p", subjectRegExp: "a)|(?:.*", issuer: PERSON.issuer }];
    assert.throws(() => toVerifierTrust(ringOf([], people), { now: NOW, compilePattern }), {
      code: "EXPRESSION_INVALID" satisfies ErrorCode,
    });
  });
});

describe("the work that a ring of many keys makes has limits", () => {
  const strangers = Array.from({ length: LIMITS.unnamedKeyTries + 1 }, (_, index) => ({
    name: `stranger-${index}`,
    pem: createTestKey("ed25519").pem,
  }));
  const many = [...strangers.slice(1), { name: "k", pem: key.pem }];
  const few = [...strangers.slice(2), { name: "k", pem: key.pem }];
  const signaturePayload = encodeSimpleSigning({ dockerReference: "127.0.0.1:5000/shop", digest: image });
  const unnamed = (): Candidate => {
    const { annotations } = sigstore.signLayer(signaturePayload, "simple-signing", { key, keyOnly: true });
    const foundAt = { form: "tag", manifest: testDigest("manifest"), blob: testDigest("blob") } as const;
    return { kind: "simple-signing", foundAt, payload: signaturePayload, annotations };
  };
  const byKeys = (candidate: Candidate, keys: typeof many): Verification =>
    verifyCandidates([candidate], { keys, subjects: [image] });

  it("a bundle names its key: the others are not tried", () => {
    assert.equal(outcome(byKeys(attested(), [...many, ...strangers.slice(0, 1)])), "k");
  });

  it("where nothing names the key, all are tried up to the limit, and none beyond it", () => {
    assert.equal(outcome(byKeys(unnamed(), many.slice(1))), "k");
    assert.equal(outcome(byKeys(unnamed(), few)), "k");
    const { rejected } = byKeys(unnamed(), [...many, ...strangers.slice(0, 1)]);
    assert.equal(rejected[0]?.code, "LIMIT_EXCEEDED");
    assert.match(rejected[0]?.message ?? "", /more than 1024 pairs of key and signature/);
  });

  it("a ring of as many keys as it may hold", () => {
    const made = Array.from({ length: LIMITS.keyRingEntries - 1 }, (_, index) => createTestKeyRow(index));
    const trust = toVerifierTrust(ringOf([...made, ["k", key, {}]]), { now: NOW, compilePattern });
    const candidates = [attested(), attested({ key: other }), unnamed()];
    const { attestations, rejected } = verifyCandidates(candidates, { ...trust, trustRoot, subjects: [image] });
    assert.deepEqual(
      [attestations.map(({ signer }) => signer.name), rejected.map(({ code }) => code)],
      [["k"], ["SIGNER_UNKNOWN", "LIMIT_EXCEEDED"]],
    );
  });

  it("one that names another key is told so, in a message that stays short", () => {
    const { rejected } = byKeys(attested({ key: other }), [...many, ...strangers.slice(0, 1)]);
    assert.equal(rejected[0]?.code, "SIGNER_UNKNOWN");
    assert.match(rejected[0]?.message ?? "", /or 1021 more, found one by key/);
  });

  it("a changed bundle of a key that it names is invalid, not over the limit", () => {
    const { bundle } = sigstore.signBundle({ content: { payload }, key, keyOnly: true });
    const changed = structuredClone(bundle);
    (changed.dsseEnvelope as { payload: string }).payload = CHANGED;
    const twin = bundleCandidate(encodeUtf8(JSON.stringify(changed)));
    assert.equal(outcome(byKeys(twin, [...many, ...strangers.slice(0, 1)])), "SIGNATURE_INVALID");
  });
});
