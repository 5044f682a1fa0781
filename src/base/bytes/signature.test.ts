import assert from "node:assert/strict";
import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { describe, test } from "node:test";
import { isAmapError } from "../errors/amap-error.ts";
import type { ErrorCode } from "../errors/codes.ts";
import { hashBytes } from "./hash.ts";
import { deriveScryptKey, readPublicKey } from "./signature.ts";
import { encodeHex, encodeUtf8 } from "./text.ts";

const fails = (code: ErrorCode) => (error: unknown) => isAmapError(error, code);
const spkiPem = (key: KeyObject): string => key.export({ type: "spki", format: "pem" }) as string;
const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
const pem = spkiPem(publicKey);
const message = encodeUtf8("the signed bytes");
const signature = new Uint8Array(sign("sha256", message, privateKey));

function flipped(bytes: Uint8Array, index: number): Uint8Array {
  const copy = bytes.slice();
  copy[index] = (copy[index] ?? 0) ^ 1;
  return copy;
}

describe("a P-256 key", () => {
  const key = readPublicKey(pem);

  test("verifies what its private key signed", () => assert.equal(key.verifies(message, signature), true));

  test("has SPKI and key id", () => {
    const spki = new Uint8Array(publicKey.export({ type: "spki", format: "der" }));
    assert.deepEqual([key.spki, key.keyId, key.algorithm], [spki, hashBytes("sha256", spki), "ecdsa-p256-sha256"]);
  });

  test("refuses every signature and message with one bit changed", () => {
    for (let index = 0; index < signature.length; index++) {
      assert.equal(key.verifies(message, flipped(signature, index)), false, `signature byte ${index}`);
    }
    for (let index = 0; index < message.length; index++) {
      assert.equal(key.verifies(flipped(message, index), signature), false, `message byte ${index}`);
    }
  });

  const stranger = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  for (const [what, bytes] of [
    ["nothing", new Uint8Array()],
    ["a stranger's signature", new Uint8Array(sign("sha256", message, stranger.privateKey))],
    ["a signature of another hash", new Uint8Array(sign("sha384", message, privateKey))],
    [
      "the raw form of r and s",
      new Uint8Array(sign("sha256", message, { key: privateKey, dsaEncoding: "ieee-p1363" })),
    ],
    ["a cut-off signature", signature.subarray(0, -1)],
    ["a signature with a byte behind it", Uint8Array.of(...signature, 0)],
    ["r and s of zero", Uint8Array.of(0x30, 6, 2, 1, 0, 2, 1, 0)],
    ["no DER at all", encodeUtf8("signature")],
  ] as const) {
    test(`refuses ${what}`, () => assert.equal(key.verifies(message, bytes), false));
  }

  test("is read with text around the block, as other tools write it", () => {
    assert.deepEqual(readPublicKey(`# made by hand\n${pem}\n`).spki, key.spki);
  });
});

describe("readPublicKey refuses", () => {
  const ec384 = generateKeyPairSync("ec", { namedCurve: "secp384r1" });
  const k256 = generateKeyPairSync("ec", { namedCurve: "secp256k1" });
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const ed25519 = generateKeyPairSync("ed25519");
  for (const [what, text, code] of [
    ["P-384", spkiPem(ec384.publicKey), "KEY_UNSUPPORTED"],
    ["secp256k1", spkiPem(k256.publicKey), "KEY_UNSUPPORTED"],
    ["RSA", spkiPem(rsa.publicKey), "KEY_UNSUPPORTED"],
    ["Ed25519", spkiPem(ed25519.publicKey), "KEY_UNSUPPORTED"],
    ["a private key", privateKey.export({ type: "pkcs8", format: "pem" }) as string, "KEY_INVALID"],
    ["an EC private key", privateKey.export({ type: "sec1", format: "pem" }) as string, "KEY_INVALID"],
    ["an encrypted private key", "-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n", "KEY_INVALID"],
    ["nothing", "", "KEY_INVALID"],
    ["text", "not a key", "KEY_INVALID"],
    ["a cut-off block", pem.slice(0, 80), "KEY_INVALID"],
    ["a damaged block", pem.replace(/\n./, "\n!"), "KEY_INVALID"],
  ] as const) {
    test(what, () => assert.throws(() => readPublicKey(text), fails(code)));
  }
});

test("scrypt gives RFC 7914's own result (§12, second vector)", () => {
  const key = deriveScryptKey("password", encodeUtf8("NaCl"), { N: 1024, r: 8, p: 16 }, 64);
  assert.equal(
    encodeHex(key),
    "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640",
  );
});
