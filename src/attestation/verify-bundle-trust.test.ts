import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type ErrorCode, hashHex, LIMITS } from "../base/index.ts";
import {
  assertRefused,
  assertVerified,
  bundleOf,
  image,
  payload,
  person,
  rootOf,
  sign,
  signBlob,
  sigstore,
  verifyJson,
} from "../testing/bundle-verification.ts";
import {
  type BundleOptions,
  base64,
  createLocalSigstore,
  createTestKey,
  LOCAL_TIME,
  PERSON,
  type TrustedRootJson,
  WORKFLOW_RUN,
} from "../testing/sigstore/local-sigstore.ts";
import { createTimestampAuthority } from "../testing/sigstore/timestamp-authority.ts";
import { createRekorV1 } from "../testing/sigstore/transparency-log.ts";
import type { Certificate } from "./certificate/certificate.ts";
import { CertificateMemory, type ProvenCertificate } from "./certificate-memory.ts";
import { mergeTrustRoots } from "./trust-root.ts";
import type { TrustedIdentity } from "./verifier-options.ts";
import { createBundleVerifier } from "./verify-bundle.ts";

const HOUR = 3_600_000;
const validity = { notBefore: LOCAL_TIME - 24 * HOUR, notAfter: LOCAL_TIME + 24 * HOUR };
const timeText = (ms: number): string => new Date(ms).toISOString();
const changedRoot = (change: (root: TrustedRootJson) => void) => {
  const root = structuredClone(sigstore.trustedRoot());
  change(root);
  return rootOf(root);
};

describe("C5: thresholds count distinct logs and authorities (CVE-2026-49834)", () => {
  const otherLog = createRekorV1({ baseUrl: "https://rekor.other.test" });
  const otherAuthority = createTimestampAuthority({ ...validity, name: "other tsa", uri: "https://tsa.other.test" });
  const trustOthers = (root: TrustedRootJson): void => {
    const [log, authority] = [root.tlogs[0], root.timestampAuthorities[0]];
    assert.ok(log !== undefined && authority !== undefined);
    root.tlogs.push({
      ...log,
      baseUrl: otherLog.baseUrl,
      logId: { keyId: base64(otherLog.logId) },
      publicKey: { ...log.publicKey, rawBytes: base64(otherLog.key.spki) },
    });
    root.timestampAuthorities.push({
      ...authority,
      uri: otherAuthority.uri,
      certChain: { certificates: otherAuthority.chain.map((der) => ({ rawBytes: base64(der) })) },
    });
  };
  const trustRoot = changedRoot(trustOthers);
  const sameOperator = changedRoot((root) => {
    trustOthers(root);
    root.mediaType = "application/vnd.dev.sigstore.trustedroot.v0.2+json";
    for (const service of [...root.tlogs, ...root.timestampAuthorities]) service.operator = "one.test";
  });
  const two = { log: [sigstore.rekorV1, otherLog], timestamp: [sigstore.timestampAuthority, otherAuthority] };

  it("two logs and two authorities", () => {
    const verified = assertVerified(
      verifyJson(sign(two), { trustRoot, thresholds: { logs: 2, timestamps: 2, times: 4 } }),
    );
    assert.equal(verified.times.length, 4);
    assertRefused(verifyJson(sign(two), { trustRoot, thresholds: { logs: 3 } }), "THRESHOLD_UNMET", /3 .* found 2/);
    assertRefused(verifyJson(sign(two), { trustRoot, thresholds: { timestamps: 3 } }), "THRESHOLD_UNMET", /found 2/);
    assertRefused(verifyJson(sign(two), { trustRoot, thresholds: { times: 5 } }), "THRESHOLD_UNMET", /found 4/);
  });

  it("two entries of one log count once", () => {
    // Ed25519 signs alike each time, so that both entries are about this signature.
    const key = createTestKey("ed25519");
    const options = { keys: [{ name: "release", pem: key.pem }], trustRoot };
    const bundle = structuredClone(sign({ key, keyOnly: true, entryKind: "dsse" }));
    const again = sign({ key, keyOnly: true, entryKind: "intoto" });
    bundle.verificationMaterial.tlogEntries.push(...again.verificationMaterial.tlogEntries);
    assertVerified(verifyJson(bundle, options));
    assertRefused(verifyJson(bundle, { ...options, thresholds: { logs: 2 } }), "THRESHOLD_UNMET", /found 1/);
    assertRefused(verifyJson(bundle, { ...options, thresholds: { times: 2 } }), "THRESHOLD_UNMET", /found 1/);
  });

  it("one entry under two indexes is one entry", () => {
    const bundle = structuredClone(sign({ answer: { without: "promise" }, timestamp: true }));
    const [entry] = bundle.verificationMaterial.tlogEntries;
    assert.ok(entry !== undefined);
    bundle.verificationMaterial.tlogEntries.push({ ...entry, logIndex: "7" });
    assertRefused(verifyJson(bundle), "TLOG_ENTRY_INVALID", /once/);
  });

  it("one log that two roots name differently counts once", () => {
    // An entry of Rekor v2 does not sign the log's id.
    const keyId = base64(Buffer.alloc(32, 7));
    const renamed = changedRoot((root) => void (root.tlogs[1]!.logId = { keyId }));
    const merged = mergeTrustRoots([trustRoot, renamed]);
    const bundle = structuredClone(sign({ log: "v2" }));
    bundle.verificationMaterial.tlogEntries.push(
      ...bundle.verificationMaterial.tlogEntries.map((entry) => ({ ...entry, logId: { keyId } })),
    );
    assertVerified(verifyJson(bundle, { trustRoot: merged }));
    assertRefused(verifyJson(bundle, { trustRoot: merged, thresholds: { logs: 2 } }), "THRESHOLD_UNMET", /found 1/);
  });

  it("one key of a log or an authority counts once, whoever two roots say runs it", () => {
    const split = LOCAL_TIME + HOUR;
    const before = changedRoot((root) => {
      const validFor = { start: timeText(LOCAL_TIME - HOUR), end: timeText(split - 1) };
      root.tlogs[0]!.publicKey.validFor = validFor;
      root.timestampAuthorities[0]!.validFor = validFor;
    });
    const since = changedRoot((root) => {
      root.mediaType = "application/vnd.dev.sigstore.trustedroot.v0.2+json";
      root.tlogs[0]!.publicKey.validFor = { start: timeText(split) };
      root.tlogs[0]!.operator = "other.test";
      root.timestampAuthorities[0]!.validFor = { start: timeText(split) };
      root.timestampAuthorities[0]!.uri = "https://tsa.other.test";
    });
    const key = createTestKey("ed25519");
    const shared = { key, keyOnly: true, timestamp: true } as const;
    const bundle = structuredClone(sign({ ...shared, entryKind: "dsse" }));
    const again = sign({ ...shared, entryKind: "intoto", at: split }).verificationMaterial;
    bundle.verificationMaterial.tlogEntries.push(...again.tlogEntries);
    const stamps = bundle.verificationMaterial.timestampVerificationData?.rfc3161Timestamps;
    stamps?.push(...(again.timestampVerificationData?.rfc3161Timestamps ?? []));
    const options = { keys: [{ name: "release", pem: key.pem }], trustRoot: mergeTrustRoots([before, since]) };
    assert.equal(assertVerified(verifyJson(bundle, { ...options, thresholds: { timestamps: 1 } })).times.length, 4);
    assertRefused(verifyJson(bundle, { ...options, thresholds: { logs: 2 } }), "THRESHOLD_UNMET", /found 1/);
    assertRefused(verifyJson(bundle, { ...options, thresholds: { timestamps: 2 } }), "THRESHOLD_UNMET", /found 1/);
    assertRefused(verifyJson(bundle, { ...options, thresholds: { times: 3 } }), "THRESHOLD_UNMET", /found 2/);
  });

  it("a threshold that is no count is refused, and one left open is the usual one (C4)", () => {
    for (const logs of [Number.NaN, -1, 0.5, Number.POSITIVE_INFINITY]) {
      assert.throws(() => createBundleVerifier({ thresholds: { logs } }), { code: "USAGE" });
    }
    const unlogged = sign({ log: "none", timestamp: true });
    // As callers without types write it.
    const open = { logs: undefined } as unknown as { logs: number };
    assertRefused(verifyJson(unlogged, { thresholds: open }), "THRESHOLD_UNMET");
  });

  it("two timestamps of one authority count once", () => {
    const bundle = sign({ timestamp: [sigstore.timestampAuthority, sigstore.timestampAuthority] });
    assertVerified(verifyJson(bundle));
    assertRefused(verifyJson(bundle, { thresholds: { timestamps: 2 } }), "THRESHOLD_UNMET", /found 1/);
  });

  it("two services of one operator count once", () => {
    assertVerified(
      verifyJson(sign(two), { trustRoot: sameOperator, thresholds: { logs: 1, timestamps: 1, times: 2 } }),
    );
    assertRefused(verifyJson(sign(two), { trustRoot: sameOperator, thresholds: { logs: 2 } }), "THRESHOLD_UNMET");
    assertRefused(verifyJson(sign(two), { trustRoot: sameOperator, thresholds: { timestamps: 2 } }), "THRESHOLD_UNMET");
  });

  it("another deployment's log says nothing, for or against", () => {
    const verified = assertVerified(verifyJson(sign({ log: [otherLog, sigstore.rekorV1] })));
    assert.match(verified.notes?.[0] ?? "", /does not count/);
    assertRefused(verifyJson(sign({ log: [otherLog] })), "TLOG_UNKNOWN");
  });

  it("another deployment's authority says nothing, for or against", () => {
    const verified = assertVerified(verifyJson(sign({ timestamp: [otherAuthority, sigstore.timestampAuthority] })));
    assert.match(verified.notes?.[0] ?? "", /does not count/);
    assertVerified(verifyJson(sign({ timestamp: [otherAuthority] })));
    assertRefused(verifyJson(sign({ timestamp: [otherAuthority], log: "v2" })), "TIME_UNPROVEN");
    const strict = { thresholds: { timestamps: 1 } };
    assertRefused(verifyJson(sign({ timestamp: [otherAuthority] }), strict), "TIMESTAMP_UNKNOWN");
  });

  it("certificate timestamps", () => {
    const without = sign({ leaf: { ctLogs: [] } });
    assertRefused(verifyJson(without), "SCT_INVALID");
    assertVerified(verifyJson(without, { thresholds: { certificateTimestamps: 0 } }));
    assertRefused(verifyJson(sign(), { thresholds: { certificateTimestamps: 2 } }), "THRESHOLD_UNMET", /found 1/);
  });
});

describe("C6: every time lies in every validity", () => {
  const late = { at: LOCAL_TIME, leaf: { notBefore: LOCAL_TIME - HOUR, notAfter: LOCAL_TIME - HOUR / 2 } };
  const early = { at: LOCAL_TIME, leaf: { notBefore: LOCAL_TIME + HOUR, notAfter: LOCAL_TIME + 2 * HOUR } };
  const rows: readonly (readonly [string, Omit<BundleOptions, "content">, ErrorCode])[] = [
    ["signed after the certificate's end, by the log", late, "CERTIFICATE_EXPIRED"],
    ["signed before the certificate's start, by the log", early, "CERTIFICATE_EXPIRED"],
    ["signed after the certificate's end, by the authority", { ...late, log: "v2" }, "CERTIFICATE_EXPIRED"],
    [
      "one of two times after the certificate's end",
      { timestamp: true, stamp: { at: LOCAL_TIME + HOUR } },
      "CERTIFICATE_EXPIRED",
    ],
    [
      "the log's time after the certificate's end, the authority's within",
      { timestamp: true, stamp: { at: LOCAL_TIME }, answer: { at: LOCAL_TIME + HOUR } },
      "CERTIFICATE_EXPIRED",
    ],
    ["no time at all", { log: "v2", timestamp: false }, "TIME_UNPROVEN"],
    ["a time of entry that nobody promised", { answer: { without: "promise" } }, "TIME_UNPROVEN"],
  ];
  for (const [name, options, code] of rows) {
    it(`${name}: ${code}`, () => assertRefused(verifyJson(sign(options)), code));
  }

  const ended = { start: timeText(LOCAL_TIME - 10 * HOUR), end: timeText(LOCAL_TIME - HOUR) };
  const roots: readonly (readonly [string, (root: TrustedRootJson) => void, ErrorCode])[] = [
    ["the authority", (root) => void (root.certificateAuthorities[0]!.validFor = ended), "CERTIFICATE_EXPIRED"],
    ["the log's key", (root) => void (root.tlogs[0]!.publicKey.validFor = ended), "TLOG_UNKNOWN"],
    ["the certificate log's key", (root) => void (root.ctlogs[0]!.publicKey.validFor = ended), "SCT_INVALID"],
    ["the timestamp authority", (root) => void (root.timestampAuthorities[0]!.validFor = ended), "CERTIFICATE_EXPIRED"],
  ];
  for (const [name, change, code] of roots) {
    it(`${name} was not trusted any more: ${code}`, () => {
      assertRefused(verifyJson(sign({ timestamp: true }), { trustRoot: changedRoot(change) }), code);
    });
  }

  it("an authority's certificates that had expired, without a log (CVE-2026-24122)", () => {
    const local = createLocalSigstore({ fulcio: { notAfter: LOCAL_TIME - HOUR } });
    const { bundle } = local.signBundle({ content: { payload } });
    const options = { trustRoot: rootOf(local.trustedRoot()), thresholds: { logs: 0, times: 0 }, now: LOCAL_TIME };
    assertRefused(verifyJson(bundle, options), "CERTIFICATE_EXPIRED");
    assertRefused(verifyJson(bundle, { trustRoot: options.trustRoot }), "CERTIFICATE_EXPIRED");
  });

  it("without a proven time the certificate must be valid now, where the caller allows it", () => {
    const bundle = sign({ log: "none" });
    const thresholds = { logs: 0, times: 0 };
    assertVerified(verifyJson(bundle, { thresholds, now: LOCAL_TIME }));
    assertRefused(verifyJson(bundle, { thresholds, now: LOCAL_TIME + HOUR }), "CERTIFICATE_EXPIRED");
    assertRefused(verifyJson(bundle, { thresholds }), "TIME_UNPROVEN");
    assertRefused(verifyJson(bundle, { now: LOCAL_TIME }), "THRESHOLD_UNMET");
  });

  it("a key with a validity (CVE-2026-54787)", () => {
    const key = createTestKey();
    const trusted = { name: "2026", pem: key.pem };
    const within = { start: LOCAL_TIME - HOUR, end: LOCAL_TIME };
    const before = { start: LOCAL_TIME - 2 * HOUR, end: LOCAL_TIME - 1 };
    const bundle = sign({ key, keyOnly: true });
    assertVerified(verifyJson(bundle, { keys: [{ ...trusted, validFor: within }] }));
    assertRefused(verifyJson(bundle, { keys: [{ ...trusted, validFor: before }] }), "KEY_EXPIRED", /2026/);
    assertRefused(verifyJson(bundle, { keys: [{ ...trusted, validFor: { start: LOCAL_TIME + 1 } }] }), "KEY_EXPIRED");
    const both = [
      { ...trusted, validFor: before },
      { ...trusted, name: "again", validFor: within },
    ];
    const verified = assertVerified(verifyJson(bundle, { keys: both }));
    assert.equal(verified.signer.name, "again");
    const bare = sign({ key, keyOnly: true, log: "none" });
    const thresholds = { logs: 0, times: 0 };
    assertRefused(verifyJson(bare, { keys: [{ ...trusted, validFor: within }], thresholds }), "TIME_UNPROVEN");
    assertVerified(verifyJson(bare, { keys: [trusted], thresholds }));
  });
});

describe("C7: every field of an identity counts", () => {
  const exact = (text: string) => ({ exact: text });
  const github = { subject: exact(WORKFLOW_RUN.subject.value), issuer: exact(WORKFLOW_RUN.issuer) };
  const run = { identity: WORKFLOW_RUN };
  const refused: readonly (readonly [string, TrustedIdentity])[] = [
    ["another subject", { ...person, subject: exact("ev@example.com") }],
    ["a longer subject", { ...person, subject: exact(`x${PERSON.subject.value}`) }],
    ["another issuer", { ...person, issuer: exact("https://accounts.example.org") }],
    ["a pattern that does not match", { ...person, subject: { regexp: "^ops@", matches: () => false } }],
    ["no condition", {}],
    ["an extension that the certificate does not have", { ...person, extensions: { githubWorkflowRef: exact("x") } }],
    ["an extension that nobody knows", { ...person, extensions: { githubWorkflowRev: exact("x") } }],
  ];
  for (const [name, identity] of refused) {
    it(name, () => assertRefused(verifyJson(sign(), { identities: [identity] }), "IDENTITY_MISMATCH"));
  }

  const extensions = Object.entries({
    githubWorkflowTrigger: "push",
    githubWorkflowRepository: "acme/shop",
    githubWorkflowRef: "refs/heads/main",
    githubWorkflowName: "Release",
  });
  for (const [name, value] of extensions) {
    it(name, () => {
      const good = { ...github, extensions: { [name]: exact(value) } };
      const bad = { ...github, extensions: { [name]: exact(`${value}x`) } };
      assertVerified(verifyJson(signBlob(run), { identities: [good] }));
      assertRefused(verifyJson(signBlob(run), { identities: [bad] }), "IDENTITY_MISMATCH");
      assertVerified(verifyJson(signBlob(run), { identities: [bad, good] }));
    });
  }

  it("an identity without a root trusts nobody", () => {
    assertRefused(verifyJson(sign(), { trustRoot: rootOf(createLocalSigstore().trustedRoot()) }), "TLOG_UNKNOWN");
  });
});

describe("a certificate that was found good before", () => {
  const options = { trustRoot: rootOf(), identities: [person] };
  const digests = { kind: "digests", digests: [image] } as const;

  it("gives the same answer", () => {
    const verifier = createBundleVerifier(options);
    const bundle = bundleOf(sign({ log: "v2" }));
    const first = verifier.verify(bundle, digests);
    assert.ok(first.ok);
    assert.deepEqual(verifier.verify(bundle, digests), first);
  });

  it("is judged anew for another time", () => {
    const verifier = createBundleVerifier(options);
    const early = sign({ log: "v2" });
    const late = structuredClone(early);
    const signature = Buffer.from(early.dsseEnvelope?.signatures[0]?.sig ?? "", "base64");
    const token = sigstore.timestampAuthority.stamp(signature, { at: LOCAL_TIME + HOUR });
    late.verificationMaterial.timestampVerificationData = {
      rfc3161Timestamps: [{ signedTimestamp: base64(token) }],
    };
    for (const [bundle, code] of [
      [late, "CERTIFICATE_EXPIRED"],
      [early, undefined],
      [late, "CERTIFICATE_EXPIRED"],
      [early, undefined],
    ] as const) {
      const result = verifier.verify(bundleOf(bundle), digests);
      assert.equal(result.ok ? undefined : result.refusal.code, code);
    }
  });

  it("proves nothing of another signature", () => {
    const verifier = createBundleVerifier(options);
    const bundle = structuredClone(sign());
    assert.ok(verifier.verify(bundleOf(bundle), digests).ok);
    const envelope = bundle.dsseEnvelope as { payload: string };
    envelope.payload = base64(Buffer.from("{}"));
    assertRefused(verifier.verify(bundleOf(bundle), digests), "SIGNATURE_INVALID");
  });

  it("is forgotten when many others were seen, and is found good again", () => {
    const memory = new CertificateMemory();
    const certificates = Array.from({ length: LIMITS.knownCertificates + 1 }, (_, index) => {
      const der = Uint8Array.of(index >> 8, index & 255);
      return { der, certificate: { der } as Certificate };
    });
    for (const { der, certificate } of certificates) {
      const signer = { fingerprint: hashHex("sha256", der) } as ProvenCertificate["signer"];
      memory.keep(certificate, { signer, chain: [], authority: {} as ProvenCertificate["authority"], listings: 1 });
    }
    const [first, second] = certificates;
    assert.equal(memory.find(first?.der ?? new Uint8Array()), undefined);
    assert.equal(memory.find(second?.der ?? new Uint8Array()), second?.certificate);
  });
});
