import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { encodeHex, readPublicKeyInfo } from "../../base/index.ts";
import {
  type CheckpointOptions,
  cosign,
  noteKeyId as expectedKeyId,
  signCheckpoint,
} from "../../testing/sigstore/checkpoint.ts";
import { createTestKey, type TestKey } from "../../testing/sigstore/keys.ts";
import { keyDetailsOf } from "../key-details.ts";
import type { TransparencyLog } from "../trust-root.ts";
import { type Checkpoint, hostOf, noteKeyId, parseCheckpoint, verifyCheckpoint } from "./checkpoint.ts";

const HOST = "log.example";
const KEY = createTestKey("ed25519");
const ROOT_HASH = new Uint8Array(32).fill(7);

function logOf(key: TestKey, changes: Partial<TransparencyLog> = {}): TransparencyLog {
  const publicKey = readPublicKeyInfo(key.spki);
  return {
    baseUrl: `https://${HOST}:8443/path`,
    keyId: publicKey.keyId,
    publicKey,
    signatureScheme: publicKey.defaultScheme,
    validFor: { start: 0 },
    ...changes,
  };
}

function textOf(key: TestKey, options: CheckpointOptions = {}, version: 1 | 2 = 2): string {
  const origin = version === 1 ? `${HOST} - 123` : HOST;
  return signCheckpoint({ origin, size: 5, rootHash: ROOT_HASH, signers: [{ name: HOST, key }] }, options);
}

function parsed(text: string): Checkpoint {
  const checkpoint = parseCheckpoint(text);
  if ("refusal" in checkpoint) assert.fail(checkpoint.refusal.message);
  return checkpoint;
}

function judge(text: string, log: TransparencyLog, version: 1 | 2 = 2): string {
  const checkpoint = parseCheckpoint(text);
  if ("refusal" in checkpoint) return checkpoint.refusal.message;
  const verified = verifyCheckpoint(checkpoint, log, version);
  if (verified === true) return "verified";
  assert.equal(verified.refusal.code, "TLOG_CHECKPOINT");
  return verified.refusal.message;
}

test("a checkpoint is read as origin, size, root hash and signatures", () => {
  const checkpoint = parsed(textOf(KEY, { otherLines: ["Timestamp: 1"] }));
  assert.equal(checkpoint.origin, HOST);
  assert.equal(checkpoint.size, 5n);
  assert.deepEqual(new Uint8Array(checkpoint.rootHash), ROOT_HASH);
  assert.deepEqual(
    checkpoint.signatures.map(({ name }) => name),
    [HOST],
  );
});

test("malformed checkpoints are refused with what was expected", () => {
  const good = textOf(KEY);
  const rows: readonly (readonly [string, string, RegExp])[] = [
    ["empty", "", /expected a note, an empty line and signatures/],
    ["no signatures", good.slice(0, good.indexOf("\n\n") + 1), /expected a note/],
    ["no line feed at the end", good.trimEnd(), /expected a note/],
    ["a control character", good.replace("log", "l\u0001g"), /expected a note/],
    ["no origin", textOf(KEY, { origin: "" }), /expected origin, size and root hash/],
    ["no size", textOf(KEY, { size: "" }), /expected the tree's size, found ""/],
    ["a size with a sign", textOf(KEY, { size: "+5" }), /expected the tree's size/],
    ["a size with a zero before it", textOf(KEY, { size: "05" }), /expected the tree's size/],
    ["a size beyond int64", textOf(KEY, { size: "99999999999999999999" }), /expected the tree's size/],
    ["a short hash", textOf(KEY, { rootHash: new Uint8Array(31) }), /root hash of 32 bytes/],
    ["two lines", "a\n5\n\n— log.example AAAAAAA=\n", /expected origin, size and root hash/],
    ["an empty signature line", textOf(KEY, { signers: [] }), /expected a note|expected a dash/],
    ["another dash", good.replace("—", "-"), /expected a dash, a name and a signature/],
    ["a signature that is no base64", good.replace(/\S+\n$/, "%%%%\n"), /expected a dash/],
    ["a signature of four bytes", good.replace(/\S+\n$/, "AAAAAA==\n"), /expected a dash/],
    ["a name with a plus", good.replace("— log.example", "— log+example"), /expected a dash/],
    ["101 signatures", good + good.slice(good.indexOf("—")).repeat(100), /expected at most 100 signatures, found 101/],
  ];
  for (const [name, text, expected] of rows) {
    const checkpoint = parseCheckpoint(text);
    assert.ok("refusal" in checkpoint, name);
    assert.equal(checkpoint.refusal.code, "TLOG_CHECKPOINT");
    assert.match(checkpoint.refusal.message, expected, name);
  }
});

test("the log's signature counts, those of others are skipped", () => {
  const other = createTestKey();
  const own = { name: HOST, key: KEY };
  const witness = { name: "witness.example", key: createTestKey("ed25519") };
  const log = logOf(KEY);
  const rows: readonly (readonly [string, string, RegExp | "verified"])[] = [
    ["the log alone", textOf(KEY), "verified"],
    ["with a witness", cosign(textOf(KEY), witness, 1_780_000_000), "verified"],
    ["with a second key of the same name", textOf(KEY, { signers: [{ name: HOST, key: other }, own] }), "verified"],
    ["a witness alone", cosign(textOf(KEY, { signers: [witness] }), witness, 1), /expected a signature by the key/],
    ["another key under the log's name", textOf(other), /expected a signature by the key/],
    ["the log's key under another name", textOf(KEY, { signers: [{ name: "x", key: KEY }] }), /expected a signature/],
    ["another origin", textOf(KEY, { origin: "other.example" }), /expected the origin "log.example"/],
    ["Rekor v1's origin", textOf(KEY, { origin: `${HOST} - 123` }), /expected the origin "log.example"/],
    ["another size", textOf(KEY).replace("\n5\n", "\n6\n"), /found one over other bytes/],
    ["a further line", textOf(KEY).replace("\n\n", "\nmore\n\n"), /found one over other bytes/],
  ];
  for (const [name, text, expected] of rows) {
    if (expected === "verified") assert.equal(judge(text, log), expected, name);
    else assert.match(judge(text, log), expected, name);
  }
});

test("a second signature that names the log's key must verify too", () => {
  const text = textOf(KEY);
  const line = text.slice(text.indexOf("—"));
  const [dash = "", name = "", encoded = ""] = line.trimEnd().split(" ");
  const bytes = Buffer.from(encoded, "base64");
  bytes[20] = (bytes[20] as number) ^ 1;
  assert.equal(judge(`${text}${line}`, logOf(KEY)), "verified");
  assert.equal(parsed(`${text}${line}`).signatures.length, 1);
  assert.match(judge(`${text}${dash} ${name} ${bytes.toString("base64")}\n`, logOf(KEY)), /over other bytes/);
});

test("a log without URL cannot have checkpoints of Rekor v2", () => {
  assert.match(judge(textOf(KEY), logOf(KEY, { baseUrl: "" })), /expected a log with a URL in the trusted root/);
});

test("keys of every kind sign checkpoints of both versions", () => {
  for (const kind of ["ecdsa-p256", "ecdsa-p384", "ecdsa-p521", "rsa-2048", "ed25519"] as const) {
    const key = createTestKey(kind);
    const log = logOf(key);
    assert.equal(encodeHex(noteKeyId(HOST, log)).length, 64);
    // Rekor v1 takes the id of the bare key, and SHA-256 whatever the curve.
    const signer = kind === "ed25519" ? { ...key, kind: "ecdsa-p256" as const } : key;
    const sha256 = { ...signer, sign: (message: Uint8Array) => key.sign(message, "sha256") };
    assert.equal(judge(textOf(sha256, {}, 1), log, 1), "verified", `${kind}, Rekor v1`);
    assert.match(judge(textOf(sha256, {}, 1).replace("\n5\n", "\n6\n"), log, 1), /over other bytes/);
    if (kind === "rsa-2048") continue;
    assert.equal(judge(textOf(key), log), "verified", `${kind}, Rekor v2`);
    assert.match(judge(textOf(key).replace("\n5\n", "\n6\n"), log), /over other bytes/, kind);
  }
});

test("Rekor v1's origin is a host and a tree id", () => {
  const key = createTestKey();
  assert.match(judge(textOf(key), logOf(key), 1), /expected the origin of a Rekor v1 log/);
  assert.equal(judge(textOf(key, {}, 1), logOf(key, { baseUrl: "" }), 1), "verified");
  const renamed = textOf(key, { signers: [{ name: "other.example", key }] }, 1);
  assert.match(judge(renamed, logOf(key), 1), /expected a signature by the key [0-9a-f]{8} of "log.example"/);
});

test("the ids of note keys are those of C2SP's signed notes", () => {
  for (const kind of ["ecdsa-p256", "ed25519"] as const) {
    const key = createTestKey(kind);
    assert.equal(encodeHex(noteKeyId(HOST, logOf(key))), expectedKeyId({ name: HOST, key }).toString("hex"));
  }
});

/** The checkpoint with another hint before its only signature. */
function withHint(text: string, hint: Uint8Array): string {
  const bytes = Buffer.from(text.trimEnd().split(" ").at(-1) ?? "", "base64");
  return text.replace(/\S+\n$/, `${Buffer.concat([hint, bytes.subarray(4)]).toString("base64")}\n`);
}

test("a root may state the id of the checkpoint key", () => {
  const stated = Uint8Array.of(1, 2, 3, 4);
  const text = withHint(textOf(KEY), stated);
  assert.equal(judge(text, logOf(KEY, { checkpointKeyId: stated })), "verified");
  assert.match(judge(text, logOf(KEY)), /expected a signature by the key/);
});

test("the id of an RSA key depends on the origin too", () => {
  const key = createTestKey("rsa-2048");
  const id = createHash("sha256")
    .update(`${HOST}\n`)
    .update(Uint8Array.of(0xff))
    .update("PKIX-RSA-PKCS#1v1.5")
    .update(key.spki)
    .digest();
  const log = logOf(key, { keyId: id });
  assert.equal(encodeHex(noteKeyId(HOST, log)), id.toString("hex"));
  const text = withHint(textOf(key), id.subarray(0, 4));
  assert.equal(judge(text, log), "verified");
  assert.match(judge(text.replace("\n5\n", "\n6\n"), log), /over other bytes/);
});

test("the host of a URL stands without scheme, user, port and path", () => {
  const rows: readonly (readonly [string, string])[] = [
    ["https://rekor.example", "rekor.example"],
    ["https://rekor.example:443/api?x#y", "rekor.example"],
    ["http://user@rekor.example:80", "rekor.example"],
    ["http://[::1]:3000", "::1"],
    ["http://127.0.0.1:3000/", "127.0.0.1"],
    ["rekor.example", ""],
    ["https://", ""],
    ["", ""],
  ];
  for (const [url, host] of rows) assert.equal(hostOf(url), host, url);
});

test("a key with a scheme has one name in Sigstore", () => {
  assert.equal(
    keyDetailsOf({ algorithm: "rsa", bits: 3072 }, "rsa-pkcs1-sha256")?.name,
    "PKIX_RSA_PKCS1V15_3072_SHA256",
  );
  assert.equal(keyDetailsOf({ algorithm: "rsa", bits: 8192 }, "rsa-pkcs1-sha256")?.name, "PKIX_RSA_PKCS1V5");
  assert.equal(keyDetailsOf({ algorithm: "ed25519" }, "ed25519ph")?.hash, "sha512");
  assert.equal(keyDetailsOf({ algorithm: "ed25519" }, "ecdsa-sha256"), undefined);
});

test("law: no text makes the reader throw", () => {
  const piece = fc.constantFrom("\n", "\n\n", "— ", "log.example", " ", "5", "AAAAAAAA", "=", "\u0000", "é", "x");
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => void parseCheckpoint(pieces.join(""))),
    { numRuns: 500, seed: 1 },
  );
});
