import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Decoded, encodeUtf8 } from "../base/index.ts";
import {
  createLocalSigstore,
  createTestKey,
  jsonBytes,
  type TrustedRootJson,
} from "../testing/sigstore/local-sigstore.ts";
import { encodeTrustRoot } from "./trust-root/encode-trust-root.ts";
import { decodeTrustRoot, isWithin, mergeTrustRoots, type TrustRoot } from "./trust-root.ts";

const SIGSTORE = createLocalSigstore();

function decode(json: unknown): Decoded<TrustRoot> {
  return decodeTrustRoot(jsonBytes(json));
}

function rootOf(json: unknown = SIGSTORE.trustedRoot()): TrustRoot {
  const root = decode(json);
  if (!root.ok) assert.fail(root.issues.map(({ path, message }) => `${path}: ${message}`).join("; "));
  return root.value;
}

function issuesOf(root: Decoded<unknown>): string {
  assert.ok(!root.ok);
  for (const { code } of root.issues) assert.equal(code, "TRUST_ROOT_INVALID");
  return root.issues.map(({ path, message }) => `${path}: ${message}`).join("; ");
}

test("logs and authorities are read with keys, certificates and validity", () => {
  const json = SIGSTORE.trustedRoot();
  const root = rootOf(json);
  const [v1, v2] = root.transparencyLogs;
  assert.equal(v1?.baseUrl, SIGSTORE.rekorV1.baseUrl);
  assert.deepEqual(Buffer.from(v1?.keyId ?? []), SIGSTORE.rekorV1.logId);
  assert.equal(v1?.signatureScheme, "ecdsa-sha256");
  assert.equal(v1?.validFor.start, Date.parse(json.tlogs[0]?.publicKey.validFor?.start ?? ""));
  assert.equal(v1?.validFor.end, undefined);
  assert.equal(v2?.publicKey.algorithm, "ed25519");
  assert.equal(v2?.checkpointKeyId?.length, 32);
  assert.equal(root.ctLogs.length, 1);
  assert.deepEqual(
    root.certificateAuthorities[0]?.chain.map(({ der }) => Buffer.from(der)),
    SIGSTORE.fulcio.chain,
  );
  assert.equal(root.timestampAuthorities[0]?.uri, SIGSTORE.timestampAuthority.uri);
});

test("version 0.2 with operators, and names with underscores", () => {
  const json = SIGSTORE.trustedRoot();
  const [log] = json.tlogs;
  const [authority] = json.certificateAuthorities;
  assert.ok(log !== undefined && authority !== undefined);
  const root = rootOf({
    media_type: "application/vnd.dev.sigstore.trustedroot.v0.2+json",
    tlogs: [
      {
        base_url: log.baseUrl,
        hash_algorithm: 1,
        public_key: {
          raw_bytes: log.publicKey.rawBytes,
          key_details: 5,
          valid_for: { start: "2026-01-01T01:00:00.25+01:00", end: null },
        },
        log_id: { key_id: log.logId.keyId },
        operator: "logs.example",
      },
    ],
    certificate_authorities: [{ uri: "u", cert_chain: authority.certChain, operator: "authorities.example" }],
  });
  assert.equal(root.transparencyLogs[0]?.operator, "logs.example");
  assert.deepEqual(root.transparencyLogs[0]?.validFor, { start: Date.UTC(2026, 0, 1, 0, 0, 0, 250) });
  assert.deepEqual(root.certificateAuthorities[0]?.validFor, {});
  assert.equal(root.certificateAuthorities[0]?.operator, "authorities.example");
});

test("keys of every kind, in each of their names", () => {
  const ed25519ph = createTestKey("ed25519ph");
  const kinds = ["ecdsa-p256", "ecdsa-p384", "ecdsa-p521", "rsa-2048", "ed25519"] as const;
  const keys = [...kinds.map((kind) => createTestKey(kind)), ed25519ph];
  for (const key of keys) {
    const root = rootOf(withKey({ rawBytes: key.spki.toString("base64"), keyDetails: key.keyDetails }));
    const expected = key.kind === "rsa-2048" ? "rsa-pkcs1-sha256" : /sha|ph/.test(key.kind) ? key.kind : undefined;
    if (expected !== undefined) assert.equal(root.transparencyLogs[0]?.signatureScheme, expected);
  }
  const rsa = createTestKey("rsa-2048");
  const rawBytes = rsa.spki.subarray(24).toString("base64");
  const root = rootOf(withKey({ rawBytes, keyDetails: "PKCS1_RSA_PKCS1V5" }));
  assert.deepEqual(Buffer.from(root.transparencyLogs[0]?.publicKey.spki ?? []), rsa.spki);
  assert.equal(root.transparencyLogs[0]?.signatureScheme, "rsa-pkcs1-sha256");
});

function withKey(changes: object): unknown {
  const json = SIGSTORE.trustedRoot();
  const [log] = json.tlogs;
  return { ...json, tlogs: [{ ...log, publicKey: { ...log?.publicKey, ...changes } }] };
}

test("malformed roots are refused with the place and what was expected", () => {
  const json = SIGSTORE.trustedRoot();
  const [log] = json.tlogs;
  const [authority] = json.certificateAuthorities;
  const withLog = (changes: object): unknown => ({ ...json, tlogs: [{ ...log, ...changes }] });
  const withAuthority = (changes: object): unknown => ({
    ...json,
    certificateAuthorities: [{ ...authority, ...changes }],
  });
  const many = Array.from({ length: 257 }, () => log);
  const p384 = createTestKey("ecdsa-p384").spki.toString("base64");
  const rows: readonly (readonly [string, unknown, RegExp])[] = [
    ["a list", [], /expected a trusted root, a JSON object/],
    ["no media type", {}, /mediaType: expected a trusted root of version 0\.1 or 0\.2, found nothing/],
    ["another media type", { mediaType: "application/json" }, /found "application\/json"/],
    ["an unknown member", { ...json, more: [] }, /unknown member "more"/],
    ["an unknown member of a log", withLog({ more: 1 }), /tlogs\[0\]: unknown member "more"/],
    ["no hash algorithm", withLog({ hashAlgorithm: undefined }), /tlogs\[0\]\.hashAlgorithm: expected "SHA2_256"/],
    ["another hash algorithm", withLog({ hashAlgorithm: "SHA2_512" }), /hashAlgorithm: .* found "SHA2_512"/],
    ["no log id", withLog({ logId: undefined }), /logId\.keyId: expected the id of the log, found none/],
    ["no key", withLog({ publicKey: undefined }), /keyDetails: expected the details of .* found nothing/],
    ["no validity", withKey({ validFor: undefined }), /validFor\.start: expected the time from which/],
    [
      "no start",
      withKey({ validFor: { end: "2026-01-01T00:00:00Z" } }),
      /validFor\.start: expected the time from which/,
    ],
    ["a start that is none", withKey({ validFor: { start: "today" } }), /start: expected an RFC 3339 time/],
    ["an unknown kind of key", withKey({ keyDetails: "ML_DSA_65" }), /keyDetails: .* found "ML_DSA_65"/],
    ["another key than named", withKey({ rawBytes: p384 }), /expected a key as its details say, .*found ecdsa-p384/],
    ["a key that is none", withKey({ rawBytes: "AAAA" }), /rawBytes: expected a SubjectPublicKeyInfo/],
    [
      "a size of RSA other than named",
      withKey({
        rawBytes: createTestKey("rsa-2048").spki.toString("base64"),
        keyDetails: "PKIX_RSA_PKCS1V15_4096_SHA256",
      }),
      /PKIX_RSA_PKCS1V15_4096_SHA256, found rsa 2048/,
    ],
    ["no chain", withAuthority({ certChain: undefined }), /certChain: expected at least one certificate, found none/],
    [
      "a certificate that is none",
      withAuthority({ certChain: { certificates: [{ rawBytes: "AAAA" }] } }),
      /certificateAuthorities\[0\]\.certChain\.certificates\[0\]: /,
    ],
    ["a subject that is text", withAuthority({ subject: "x" }), /subject: expected an object, found "x"/],
    ["257 logs", { ...json, tlogs: many }, /tlogs: expected at most 256 items, found 257/],
  ];
  for (const [name, root, expected] of rows) assert.match(issuesOf(decode(root)), expected, name);
});

test("all issues of a root are told, not the first alone", () => {
  const json = SIGSTORE.trustedRoot();
  for (const log of json.tlogs) delete log.publicKey.validFor;
  assert.match(issuesOf(decode(json)), /tlogs\[0\].*tlogs\[1\]/);
});

test("bytes that are too many or no JSON are refused", () => {
  assert.match(issuesOf(decodeTrustRoot(new Uint8Array(4 * 1024 * 1024 + 1))), /at most 4194304 bytes/);
  assert.match(issuesOf(decodeTrustRoot(encodeUtf8("{"))), /line 1/);
  assert.match(issuesOf(decodeTrustRoot(Uint8Array.of(0xff))), /UTF-8/);
});

test("both ends of a period belong to it", () => {
  const rows: readonly (readonly [{ start?: number; end?: number }, number, boolean])[] = [
    [{}, 0, true],
    [{ start: 5 }, 4, false],
    [{ start: 5 }, 5, true],
    [{ start: 5, end: 7 }, 7, true],
    [{ start: 5, end: 7 }, 8, false],
    [{ end: 7 }, -1, true],
  ];
  for (const [period, time, expected] of rows) assert.equal(isWithin(period, time), expected);
});

test("several roots become one, each log and authority once", () => {
  const other = createLocalSigstore();
  const [own, its] = [rootOf(), rootOf(other.trustedRoot())];
  const merged = mergeTrustRoots([own, rootOf(), its]);
  assert.deepEqual(merged.transparencyLogs, [...own.transparencyLogs, ...its.transparencyLogs]);
  assert.deepEqual(merged.certificateAuthorities.length, 2);
  assert.deepEqual(merged.ctLogs.length, 2);
  assert.deepEqual(merged.timestampAuthorities.length, 2);
  assert.deepEqual(mergeTrustRoots([merged, own]), merged);
});

test("the same log with another validity stays apart", () => {
  const json = SIGSTORE.trustedRoot();
  for (const { publicKey } of json.tlogs) publicKey.validFor = { start: "2020-01-01T00:00:00Z" };
  assert.equal(mergeTrustRoots([rootOf(), rootOf(json)]).transparencyLogs.length, 4);
  assert.equal(mergeTrustRoots([rootOf(), rootOf(json)]).ctLogs.length, 1);
});

test("law: a root that is written reads as the same", () => {
  const whole = rootOf();
  const time = fc.option(fc.integer({ min: 0, max: 4_000_000_000_000 }), { nil: undefined });
  fc.assert(
    fc.property(time, time, fc.constantFrom(undefined, "operator.example"), (start, end, operator) => {
      const validFor = { ...(start !== undefined && { start }), ...(end !== undefined && { end }) };
      const named = operator === undefined ? {} : { operator };
      const logs = whole.transparencyLogs.map((log) => ({
        ...log,
        ...named,
        validFor: { ...validFor, start: start ?? 0 },
      }));
      const root = {
        ...whole,
        transparencyLogs: logs,
        timestampAuthorities: whole.timestampAuthorities.map((one) => ({ ...one, ...named, validFor })),
      };
      const again = decodeTrustRoot(encodeTrustRoot(root));
      assert.ok(again.ok);
      assert.deepEqual(encodeTrustRoot(again.value), encodeTrustRoot(root));
      assert.equal(mergeTrustRoots([root, again.value]).transparencyLogs.length, root.transparencyLogs.length);
    }),
    { numRuns: 30, seed: 1 },
  );
});

test("law: no change of a root makes the reader throw", () => {
  const bytes = jsonBytes(SIGSTORE.trustedRoot() satisfies TrustedRootJson);
  fc.assert(
    fc.property(fc.nat({ max: bytes.length - 1 }), fc.integer({ min: 32, max: 126 }), (at, byte) => {
      const changed = Uint8Array.from(bytes);
      changed[at] = byte;
      void decodeTrustRoot(changed);
    }),
    { numRuns: 300, seed: 1 },
  );
});
