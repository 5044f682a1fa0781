import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Decoded, encodeUtf8, readJson, type Value, writeJson } from "../../base/index.ts";
import { cosignBundle, createLocalSigstore, type LogEntryJson } from "../../testing/sigstore/local-sigstore.ts";
import {
  decodeLogEntry,
  encodeLogEntry,
  encodeLogEntryAnnotation,
  type LogEntry,
  logEntryOfAnnotation,
} from "./log-entry.ts";

const SIGSTORE = createLocalSigstore();

function entryJson(log: "v1" | "v2" = "v1"): LogEntryJson {
  const { bundle } = SIGSTORE.signBundle({ content: { payload: encodeUtf8("{}") }, log });
  return bundle.verificationMaterial.tlogEntries[0] as LogEntryJson;
}

/** As the reader of a bundle hands it over. */
function decode(json: unknown): Decoded<LogEntry> {
  return decodeLogEntry(readJson(JSON.stringify(json)), "tlogEntries[0]");
}

function valueOf<T>(decoded: Decoded<T>): T {
  if (!decoded.ok) assert.fail(decoded.issues.map(({ path, message }) => `${path}: ${message}`).join("; "));
  return decoded.value;
}

function issuesOf(decoded: Decoded<unknown>): string {
  assert.ok(!decoded.ok);
  for (const { code } of decoded.issues) assert.ok(["TLOG_ENTRY_INVALID"].includes(code), code);
  return decoded.issues.map(({ path, message }) => `${path}: ${message}`).join("; ");
}

test("an entry is read and written again as it was", () => {
  for (const log of ["v1", "v2"] as const) {
    const json = entryJson(log);
    const entry = valueOf(decode(json));
    assert.equal(entry.integratedTime === undefined, log === "v2");
    assert.equal(entry.inclusionPromise === undefined, log === "v2");
    assert.equal(entry.inclusionProof?.treeSize, BigInt(json.inclusionProof?.treeSize ?? 0));
    assert.deepEqual(JSON.parse(writeJson(encodeLogEntry(entry))), json);
    assert.deepEqual(valueOf(decodeLogEntry(encodeLogEntry(entry), "")), entry);
  }
});

test("zeros are left out when written, and read when they are left out", () => {
  const { logIndex, logId, kindVersion, canonicalizedBody } = entryJson("v2");
  assert.notEqual(logIndex, "0");
  const entry = valueOf(decode({ logId, kindVersion, canonicalizedBody, integratedTime: "0", inclusionProof: null }));
  assert.equal(entry.logIndex, 0n);
  assert.deepEqual(Object.keys(encodeLogEntry(entry)), ["logId", "kindVersion", "canonicalizedBody"]);
});

test("names with underscores and numbers as JSON numbers are read", () => {
  const json = entryJson();
  const { logIndex, logId, kindVersion, integratedTime, inclusionPromise, canonicalizedBody } = json;
  const renamed = {
    log_index: Number(logIndex),
    log_id: { key_id: logId.keyId },
    kind_version: kindVersion,
    integrated_time: Number(integratedTime),
    inclusion_promise: { signed_entry_timestamp: inclusionPromise?.signedEntryTimestamp },
    inclusion_proof: json.inclusionProof,
    canonicalized_body: canonicalizedBody,
  };
  assert.deepEqual(valueOf(decode(renamed)), valueOf(decode(json)));
});

test("malformed entries are refused with the place and what was expected", () => {
  const json = entryJson();
  const proof = json.inclusionProof;
  const withProof = (changes: object): object => ({ ...json, inclusionProof: { ...proof, ...changes } });
  const hash = proof?.hashes[0] ?? "";
  const rows: readonly (readonly [string, unknown, RegExp])[] = [
    ["no object", [], /tlogEntries\[0\]: expected an object, found a list/],
    ["nothing", {}, /logId\.keyId: expected the id of a log.*kindVersion: .*canonicalizedBody: expected the bytes/],
    ["a negative index", { ...json, logIndex: "-1" }, /logIndex: expected an integer from 0 to 2\^63-1, found "-1"/],
    ["an index with a point", { ...json, logIndex: 1.5 }, /logIndex: expected an integer/],
    ["an index beyond int64", { ...json, logIndex: "9223372036854775808" }, /logIndex: expected an integer/],
    ["an index as other text", { ...json, logIndex: "0x10" }, /logIndex: expected an integer/],
    ["a time beyond the calendar", { ...json, integratedTime: "999999999999" }, /expected seconds up to the year 9999/],
    ["an unknown member", { ...json, extra: 1 }, /unknown member "extra"/],
    ["a member in both spellings", { ...json, log_index: "1" }, /the member "logIndex" is there twice/],
    ["a body that is no base64", { ...json, canonicalizedBody: "%" }, /canonicalizedBody: expected base64/],
    ["a body without padding", { ...json, canonicalizedBody: "Zg" }, /canonicalizedBody: expected base64/],
    ["an id that is a number", { ...json, logId: { keyId: 5 } }, /logId\.keyId: expected base64, found 5/],
    [
      "a kind that is a list",
      { ...json, kindVersion: { kind: [], version: "1" } },
      /kind: expected text, found a list/,
    ],
    ["a proof that is text", { ...json, inclusionProof: "x" }, /inclusionProof: expected an object/],
    ["no root hash", withProof({ rootHash: undefined }), /rootHash: expected a hash of 32 bytes, found 0/],
    ["a short hash", withProof({ hashes: ["AAAA"] }), /hashes\[0\]: expected a hash of 32 bytes, found 3/],
    ["65 hashes", withProof({ hashes: Array.from({ length: 65 }, () => hash) }), /expected at most 64 items, found 65/],
    ["no checkpoint", withProof({ checkpoint: undefined }), /checkpoint: expected a signed checkpoint, found none/],
    ["a large checkpoint", withProof({ checkpoint: { envelope: "x".repeat(70_000) } }), /at most 65536 characters/],
  ];
  for (const [name, value, expected] of rows) assert.match(issuesOf(decode(value)), expected, name);
});

test("members of prototypes are unknown members", () => {
  const issues = issuesOf(decodeLogEntry(readJson('{"constructor":{},"toString":1}'), "e"));
  assert.match(issues, /unknown member "constructor".*unknown member "toString"/);
});

test("cosign's annotation holds the same entry without its proof", () => {
  const json = entryJson();
  const text = JSON.stringify(cosignBundle(json));
  const { inclusionProof, ...expected } = valueOf(decode(json));
  assert.notEqual(inclusionProof, undefined);
  const entry = valueOf(logEntryOfAnnotation(text));
  assert.deepEqual(entry, expected);
  assert.equal(encodeLogEntryAnnotation(entry), text);
});

test("malformed annotations are refused", () => {
  const good = cosignBundle(entryJson()) as { SignedEntryTimestamp: string; Payload: Record<string, unknown> };
  const withPayload = (changes: object): string =>
    JSON.stringify({ ...good, Payload: { ...good.Payload, ...changes } });
  const rows: readonly (readonly [string, string, RegExp])[] = [
    ["no JSON", "x", /line 1/],
    ["a list", "[]", /expected a Rekor bundle of cosign/],
    ["two equal keys", '{"Payload":{},"Payload":{}}', /Payload/],
    ["no promise", JSON.stringify({ Payload: good.Payload }), /SignedEntryTimestamp: expected a signature, found none/],
    ["an unknown member", JSON.stringify({ ...good, more: 1 }), /unknown member "more"/],
    ["a body that is an object", withPayload({ body: {} }), /Payload\.body: expected base64, found an object/],
    ["a body without kind", withPayload({ body: "e30=" }), /kindVersion: expected the entry's kind and version/],
    ["a body that is no JSON", withPayload({ body: "eA==" }), /line 1/],
    ["an id that is no hex", withPayload({ logID: "xyz" }), /Payload\.logID: expected hex/],
    ["a negative index", withPayload({ logIndex: -1 }), /Payload\.logIndex: expected an integer/],
  ];
  for (const [name, text, expected] of rows) assert.match(issuesOf(logEntryOfAnnotation(text)), expected, name);
});

test("an entry without promise has no annotation", () => {
  assert.equal(encodeLogEntryAnnotation(valueOf(decode(entryJson("v2")))), undefined);
});

test("law: no value makes the reader throw", () => {
  const json = entryJson();
  const names = [...Object.keys(json), ...Object.keys(json.inclusionProof ?? {}), "__proto__x", "constructor"];
  const tree = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom<Value>(null, true, 0, -1, 1.5, "", "AAAA", "9", 2n ** 70n),
      fc.array(tie("value"), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom(...names), tie("value"), { maxKeys: 4 }),
    ),
  })).value;
  fc.assert(
    fc.property(tree, (value) => void decodeLogEntry(value as Value, "e")),
    { numRuns: 500, seed: 1 },
  );
});
