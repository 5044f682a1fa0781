import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decodeBase64, encodeUtf8 } from "../../base/index.ts";
import { createCtLog, sctList, type TestCtLog } from "../../testing/sigstore/ct-log.ts";
import { PERSON } from "../../testing/sigstore/fulcio.ts";
import {
  createLocalSigstore,
  createTestKey,
  jsonBytes,
  LOCAL_TIME,
  type TrustedRootJson,
} from "../../testing/sigstore/local-sigstore.ts";
import { askSigstoreJs } from "../../testing/sigstore/oracle.ts";
import { trustedRoot } from "../../testing/sigstore/trust-documents.ts";
import { type Certificate, decodeCertificate } from "../certificate/certificate.ts";
import { decodeTrustRoot, type TransparencyLog, type TrustRoot } from "../trust-root.ts";
import { verifyCertificateTimestamps } from "./sct.ts";

const SIGSTORE = createLocalSigstore();
const SPKI = createTestKey().spki;
type Leaf = Parameters<typeof SIGSTORE.fulcio.issue>[2];

function certificateOf(der: Uint8Array): Certificate {
  const decoded = decodeCertificate(new Uint8Array(der));
  if (!decoded.ok) assert.fail(decoded.issues[0]?.message);
  return decoded.value;
}

const ISSUER = certificateOf(SIGSTORE.fulcio.issuer.certificate);

function chainOf(options: Partial<Leaf> = {}): readonly Certificate[] {
  return [certificateOf(SIGSTORE.fulcio.issue(SPKI, PERSON, { at: LOCAL_TIME, ...options })), ISSUER];
}

function rootOf(json: TrustedRootJson): TrustRoot {
  const root = decodeTrustRoot(jsonBytes(json));
  if (!root.ok) assert.fail(root.issues[0]?.message);
  return root.value;
}

function logsOf(...ctLogs: readonly TestCtLog[]): readonly TransparencyLog[] {
  const parts = { certificateAuthorities: [], ctLogs, logs: [], timestampAuthorities: [], start: LOCAL_TIME - 1000 };
  return rootOf(trustedRoot(parts)).ctLogs;
}

const LOGS = logsOf(SIGSTORE.ctLog);

/** How many logs verify, or the refusal's message. */
function judge(chain: readonly Certificate[], logs = LOGS, detached?: Uint8Array): number | string {
  const result = verifyCertificateTimestamps(chain, logs, detached === undefined ? {} : { detached });
  if (result.ok) {
    assert.equal(result.logs.length, result.count);
    return result.count;
  }
  assert.equal(result.refusal.code, "SCT_INVALID");
  return result.refusal.message;
}

/** An SCT with one byte changed; its last bytes are the signature. */
function flipped(sct: Buffer, at: number): Buffer {
  const copy = Buffer.from(sct);
  const index = at < 0 ? copy.length + at : at;
  copy[index] = (copy[index] as number) ^ 1;
  return copy;
}

test("a certificate's own timestamp verifies, with extensions and without", () => {
  assert.equal(judge(chainOf()), 1);
  assert.equal(judge(chainOf({ sctExtensions: Uint8Array.of(0, 0, 5, 0, 0, 0, 0, 9) })), 1);
});

test("logs with RSA keys and two logs at once", () => {
  const rsa = createCtLog(createTestKey("rsa-2048"));
  const chain = chainOf({ ctLogs: [SIGSTORE.ctLog, rsa] });
  assert.equal(judge(chain, logsOf(SIGSTORE.ctLog, rsa)), 2);
  assert.equal(judge(chain, logsOf(rsa)), 1);
  assert.equal(judge(chain), 1);
});

test("one log counts once, and a false timestamp beside a true one does not count", () => {
  assert.equal(judge(chainOf({ ctLogs: [SIGSTORE.ctLog, SIGSTORE.ctLog] })), 1);
  assert.equal(judge(chainOf({ tamperScts: ([sct = Buffer.of()]) => [flipped(sct, -5), sct] })), 1);
});

test("timestamps that do not verify are refused with the cause", () => {
  const stranger = createCtLog();
  const rows: readonly (readonly [string, Partial<Leaf>, RegExp])[] = [
    ["none", { ctLogs: [] }, /expected a certificate timestamp \(SCT\) in the certificate or beside it, found none/],
    ["of an unknown log", { ctLogs: [stranger] }, /found one of the log [0-9a-f]{16}…, which is not trusted/],
    ["before the log's key was valid", { sctAt: LOCAL_TIME - 1001 }, /outside the time for which its key is valid/],
    ["another time", { tamperScts: ([sct = Buffer.of()]) => [flipped(sct, 40)] }, /over another certificate/],
    ["another signature", { tamperScts: ([sct = Buffer.of()]) => [flipped(sct, -5)] }, /over another certificate/],
    ["a certificate that was changed", { tamperFinalExtensions: (usual) => usual.toSpliced(2, 1) }, /another certif/],
    ["an unknown algorithm", { tamperScts: ([sct = Buffer.of()]) => [flipped(sct, 44)] }, /algorithm that is not supp/],
    [
      "another version",
      { tamperScts: ([sct = Buffer.of()]) => [flipped(sct, 0)] },
      /expected version 0 \(v1\), found 1/,
    ],
    ["cut off", { tamperScts: ([sct = Buffer.of()]) => [sct.subarray(0, -1)] }, /expected \d+ bytes, found fewer/],
    ["longer", { tamperScts: ([sct = Buffer.of()]) => [Buffer.concat([sct, sct])] }, /expected its end, found more/],
    [
      "17 of them",
      { tamperScts: ([sct = Buffer.of()]) => Array.from({ length: 17 }, () => sct) },
      /expected at most 16 certificate timestamps/,
    ],
    [
      "an empty list",
      { tamperFinalExtensions: (usual) => usual.map(([id, c, v]) => [id, c, id.endsWith("4.2") ? sctList([]) : v]) },
      /found an empty list/,
    ],
  ];
  for (const [name, options, expected] of rows) assert.match(String(judge(chainOf(options))), expected, name);
});

test("the issuer's key is part of what the log signed", () => {
  const [leaf] = chainOf();
  assert.ok(leaf !== undefined);
  const other = certificateOf(createLocalSigstore().fulcio.issuer.certificate);
  assert.match(String(judge([leaf, other])), /over another certificate/);
  assert.match(String(judge([leaf])), /expected the certificate's issuer, found none/);
  assert.match(String(judge([])), /expected a certificate, found none/);
});

test("a log's last moment counts, the next one does not", () => {
  const ending = (end: number): readonly TransparencyLog[] => LOGS.map((log) => ({ ...log, validFor: { end } }));
  assert.equal(judge(chainOf(), ending(LOCAL_TIME)), 1);
  assert.match(String(judge(chainOf(), ending(LOCAL_TIME - 1))), /outside the time/);
});

/** The JSON in which Fulcio hands an SCT over and cosign keeps it. */
function detachedOf(sct: Buffer, changes: object = {}): Uint8Array {
  const extensionsLength = sct.readUInt16BE(41);
  return encodeUtf8(
    JSON.stringify({
      sct_version: sct[0],
      id: sct.subarray(1, 33).toString("base64"),
      timestamp: Number(sct.readBigUInt64BE(33)),
      extensions: sct.subarray(43, 43 + extensionsLength).toString("base64"),
      signature: sct.subarray(43 + extensionsLength).toString("base64"),
      ...changes,
    }),
  );
}

test("a detached timestamp is over the whole certificate", () => {
  const chain = chainOf({ ctLogs: [] });
  const leaf = chain[0] as Certificate;
  const sct = SIGSTORE.ctLog.signCertificate(leaf.der, { at: LOCAL_TIME, extensions: Uint8Array.of(1, 2) });
  assert.equal(judge(chain, LOGS, detachedOf(sct)), 1);
  const other = SIGSTORE.ctLog.signCertificate(ISSUER.der, { at: LOCAL_TIME });
  const rows: readonly (readonly [string, Uint8Array, RegExp])[] = [
    ["over another certificate", detachedOf(other), /over another certificate/],
    ["another time", detachedOf(sct, { timestamp: LOCAL_TIME + 1 }), /over another certificate/],
    ["no JSON", encodeUtf8("x"), /line 1/],
    ["another version", detachedOf(sct, { sct_version: 1 }), /sct_version: expected 0, found 1/],
    ["a time as text", detachedOf(sct, { timestamp: "1" }), /timestamp: expected milliseconds since 1970/],
    ["a negative time", detachedOf(sct, { timestamp: -1 }), /timestamp: expected milliseconds since 1970/],
    ["no id", detachedOf(sct, { id: null }), /id: expected base64, found null/],
    ["a signature that is cut off", detachedOf(sct, { signature: "BAMA" }), /expected 2 bytes, found fewer/],
  ];
  for (const [name, detached, expected] of rows) assert.match(String(judge(chain, LOGS, detached)), expected, name);
});

test("beside an embedded timestamp a detached one does not count", () => {
  assert.match(String(judge(chainOf({ ctLogs: [createCtLog()] }), LOGS, encodeUtf8("x"))), /which is not trusted/);
});

test("the verdict is @sigstore/verify's", () => {
  const rows: readonly Partial<Leaf>[] = [
    {},
    { sctExtensions: Uint8Array.of(7) },
    { ctLogs: [] },
    { ctLogs: [createCtLog()] },
    { tamperScts: ([sct = Buffer.of()]) => [flipped(sct, -5)] },
    { tamperFinalExtensions: (usual) => usual.toSpliced(2, 1) },
  ];
  const root = SIGSTORE.trustedRoot();
  for (const leaf of rows) {
    const made = SIGSTORE.signBundle({ content: { payload: encodeUtf8("{}") }, leaf });
    const der = made.certificate ?? assert.fail("expected a certificate");
    const ours = typeof judge([certificateOf(der), ISSUER], rootOf(root).ctLogs) === "number";
    assert.equal(ours, askSigstoreJs({ bundle: made.bundle, root }) === undefined);
  }
});

test("law: no list of timestamps makes it throw", () => {
  const sct = decodeBase64("") as Uint8Array;
  const [leaf] = chainOf();
  assert.ok(leaf !== undefined && sct.length === 0);
  const list = leaf.extensions.get("1.3.6.1.4.1.11129.2.4.2")?.value as Uint8Array;
  fc.assert(
    fc.property(
      fc.nat({ max: list.length - 1 }),
      fc.nat({ max: 255 }),
      fc.nat({ max: list.length }),
      (at, byte, end) => {
        const value = Uint8Array.from(list.subarray(0, end));
        if (at < end) value[at] = byte;
        const extensions = new Map(leaf.extensions).set("1.3.6.1.4.1.11129.2.4.2", { critical: false, value });
        void judge([{ ...leaf, extensions, publicKey: () => leaf.publicKey() }, ISSUER]);
      },
    ),
    { numRuns: 500, seed: 1 },
  );
});
