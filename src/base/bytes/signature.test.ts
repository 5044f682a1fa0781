import assert from "node:assert/strict";
import { constants, createPublicKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { describe, test } from "node:test";
import { ed25519ph } from "@noble/curves/ed25519.js";
import { p256 } from "@noble/curves/nist.js";
import fc from "fast-check";
import { isAmapError } from "../errors/amap-error.ts";
import type { ErrorCode } from "../errors/codes.ts";
import { hashBytes } from "./hash.ts";
import { deriveScryptKey, readPublicKey, readPublicKeyInfo } from "./signature.ts";
import type { PublicKeyAlgorithm, SignatureScheme } from "./signature-scheme.ts";
import { decodeHex, encodeBase64, encodeHex, encodeUtf8 } from "./text.ts";

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
    assert.deepEqual([key.spki, key.keyId, key.algorithm], [spki, hashBytes("sha256", spki), "ecdsa-p256"]);
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

/** The smallest sizes that make the point: RSA keys take a second each at 4096 bits. */
const pairs = {
  "ecdsa-p256": { publicKey, privateKey },
  "ecdsa-p384": generateKeyPairSync("ec", { namedCurve: "secp384r1" }),
  "ecdsa-p521": generateKeyPairSync("ec", { namedCurve: "secp521r1" }),
  rsa: generateKeyPairSync("rsa", { modulusLength: 2048 }),
  ed25519: generateKeyPairSync("ed25519"),
} as const;

/** Signs as node:crypto does, or noble where it cannot. */
function signBy(scheme: SignatureScheme, key: KeyObject): Uint8Array {
  if (scheme === "ed25519") return new Uint8Array(sign(null, message, key));
  if (scheme === "ed25519ph") {
    const seed = new Uint8Array(key.export({ type: "pkcs8", format: "der" })).subarray(-32);
    return ed25519ph.sign(message, seed);
  }
  const hash = scheme.slice(-6);
  const padding = scheme.startsWith("rsa-pss") ? constants.RSA_PKCS1_PSS_PADDING : undefined;
  return new Uint8Array(sign(hash, message, padding === undefined ? key : { key, padding }));
}

const digestOf = (scheme: SignatureScheme): Uint8Array =>
  hashBytes(scheme.startsWith("ed25519") ? "sha512" : (scheme.slice(-6) as "sha256"), message);

const ECDSA = ["ecdsa-sha256", "ecdsa-sha384", "ecdsa-sha512"] as const;
const RSA = (["rsa-pkcs1", "rsa-pss"] as const).flatMap((family) =>
  (["sha256", "sha384", "sha512"] as const).map((hash): SignatureScheme => `${family}-${hash}`),
);
const SCHEMES_OF: Readonly<Record<PublicKeyAlgorithm, readonly SignatureScheme[]>> = {
  "ecdsa-p256": ECDSA,
  "ecdsa-p384": ECDSA,
  "ecdsa-p521": ECDSA,
  rsa: RSA,
  ed25519: ["ed25519", "ed25519ph"],
};
const EVERY_SCHEME: readonly SignatureScheme[] = [...ECDSA, ...RSA, "ed25519", "ed25519ph"];

for (const [algorithm, pair] of Object.entries(pairs) as [PublicKeyAlgorithm, (typeof pairs)["rsa"]][]) {
  describe(`a key of the kind ${algorithm}`, () => {
    const key = readPublicKey(spkiPem(pair.publicKey));

    test("says what it is", () => {
      assert.deepEqual(
        [key.algorithm, key.bits, SCHEMES_OF[algorithm].includes(key.defaultScheme)],
        [algorithm, algorithm === "rsa" ? 2048 : undefined, true],
      );
      assert.equal(key.verifies(message, signBy(key.defaultScheme, pair.privateKey)), true);
    });

    for (const scheme of SCHEMES_OF[algorithm]) {
      test(`verifies ${scheme}, by the message and by its digest`, () => {
        const made = signBy(scheme, pair.privateKey);
        assert.equal(key.verifies(message, made, scheme), true);
        assert.equal(key.verifiesDigest(digestOf(scheme), made, scheme), scheme !== "ed25519");
        for (const other of EVERY_SCHEME.filter((one) => one !== scheme)) {
          assert.equal(key.verifies(message, made, other), false, other);
          assert.equal(key.verifiesDigest(digestOf(other), made, other), false, other);
        }
      });

      test(`refuses a changed signature, message or digest of ${scheme}`, () => {
        const made = signBy(scheme, pair.privateKey);
        const digest = digestOf(scheme);
        for (let index = 0; index < made.length; index += 7) {
          const changed = flipped(made, index);
          assert.equal(key.verifies(message, changed, scheme), false, `byte ${index}`);
          assert.equal(key.verifiesDigest(digest, changed, scheme), false, `byte ${index}, digest`);
        }
        for (const bytes of [made.subarray(1), made.subarray(0, -1), Uint8Array.of(...made, 0), new Uint8Array()]) {
          assert.equal(key.verifies(message, bytes, scheme), false);
          assert.equal(key.verifiesDigest(digest, bytes, scheme), false);
        }
        assert.equal(key.verifies(flipped(message, 3), made, scheme), false);
        assert.equal(key.verifiesDigest(flipped(digest, 3), made, scheme), false);
        assert.equal(key.verifiesDigest(digest.subarray(1), made, scheme), false);
        assert.equal(key.verifiesDigest(message, made, scheme), false);
      });
    }
  });
}

test("both values of s are taken, by the message and by its digest", () => {
  const key = readPublicKey(pem);
  const order = p256.Point.Fn.ORDER;
  const { r, s } = p256.Signature.fromBytes(signature, "der");
  const other = new p256.Signature(r, order - s).toBytes("der");
  assert.equal(key.verifies(message, other), true);
  assert.equal(key.verifiesDigest(hashBytes("sha256", message), other), true);
});

/** DER of r and s as bytes; nothing is made shorter or positive. */
function derOf(r: readonly number[], s: readonly number[]): Uint8Array {
  const integers = [2, r.length, ...r, 2, s.length, ...s];
  return Uint8Array.of(0x30, integers.length, ...integers);
}

function integerBytes(value: bigint): readonly number[] {
  const hex = value.toString(16);
  const bytes = [...bytesOf(hex.length % 2 === 0 ? hex : `0${hex}`)];
  return (bytes[0] ?? 0) > 127 ? [0, ...bytes] : bytes;
}

describe("a bent signature is judged alike by the message and by its digest", () => {
  const key = readPublicKey(pem);
  const digest = hashBytes("sha256", message);
  const order = p256.Point.Fn.ORDER;
  const { r, s } = p256.Signature.fromBytes(signature, "der");
  const [one, other] = [integerBytes(r), integerBytes(s)];
  for (const [what, bytes, expected] of [
    ["as it was", derOf(one, other), true],
    ["r beyond the order", derOf(integerBytes(r + order), other), false],
    ["s beyond the order", derOf(one, integerBytes(s + order)), false],
    ["r of zero", derOf([0], other), false],
    ["s of zero", derOf(one, [0]), false],
    ["r that is the order", derOf(integerBytes(order), other), false],
    ["a zero too many", derOf([0, ...one], other), false],
    ["a negative s", derOf(one, [0x80, ...other.slice(1)]), false],
    ["empty numbers", derOf([], []), false],
    ["a length in two bytes", Uint8Array.of(0x30, 0x81, signature.length - 2, ...signature.subarray(2)), false],
    ["no length", Uint8Array.of(0x30, 0x80, ...signature.subarray(2), 0, 0), false],
    ["a third value inside", Uint8Array.of(0x30, signature.length, ...signature.subarray(2), 5, 0), false],
    ["a set", Uint8Array.of(0x31, ...signature.subarray(1)), false],
  ] as const) {
    test(what, () => {
      assert.equal(key.verifies(message, bytes), expected);
      assert.equal(key.verifiesDigest(digest, bytes), expected);
    });
  }
});

test("Ed25519ph gives RFC 8032's own result (§7.3)", () => {
  const key = readPublicKeyInfo(
    bytesOf("302a300506032b6570032100", "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf"),
  );
  const made = bytesOf(
    "98a70222f0b8121aa9d30f813d683f809e462b469c7ff87639499bb94e6dae41",
    "31f85042463c2a355a2003d062adf5aaa10b8c61e636062aaad11c2a26083406",
  );
  assert.equal(key.verifies(encodeUtf8("abc"), made, "ed25519ph"), true);
  assert.equal(key.verifies(encodeUtf8("abd"), made, "ed25519ph"), false);
  assert.equal(key.verifies(encodeUtf8("abc"), made, "ed25519"), false);
});

test("PSS takes a salt of any length, and moduli whose size is no whole byte", () => {
  for (const modulusLength of [2048, 2049, 2055]) {
    const pair = generateKeyPairSync("rsa", { modulusLength });
    const key = readPublicKey(spkiPem(pair.publicKey));
    for (const saltLength of [0, 20, 32, constants.RSA_PSS_SALTLEN_MAX_SIGN]) {
      const options = { key: pair.privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength };
      const made = new Uint8Array(sign("sha256", message, options));
      assert.equal(key.verifies(message, made, "rsa-pss-sha256"), true, `${modulusLength} ${saltLength}`);
      assert.equal(key.verifiesDigest(hashBytes("sha256", message), made, "rsa-pss-sha256"), true, `${saltLength}`);
    }
  }
});

test("a key is the same from PEM, from DER and from PKCS #1, and keeps its own bytes", () => {
  const spki = new Uint8Array(pairs.rsa.publicKey.export({ type: "spki", format: "der" }));
  const made = signBy("rsa-pkcs1-sha256", pairs.rsa.privateKey);
  const pkcs1 = pairs.rsa.publicKey.export({ type: "pkcs1", format: "pem" }) as string;
  const given = spki.slice();
  const key = readPublicKeyInfo(given);
  given.fill(0);
  assert.deepEqual(key.spki, spki);
  assert.deepEqual(readPublicKey(pkcs1).keyId, key.keyId);
  assert.equal(key.verifies(message, made), true);
});

test("nothing that is given as a signature or digest makes a key throw", () => {
  const keys = Object.values(pairs).map((pair) => readPublicKey(spkiPem(pair.publicKey)));
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 70 }), (bytes, digest) => {
      for (const key of keys) {
        for (const scheme of EVERY_SCHEME) {
          assert.equal(key.verifies(digest, bytes, scheme), false);
          assert.equal(key.verifiesDigest(digest, bytes, scheme), false);
        }
      }
    }),
    { numRuns: 20 },
  );
});

function bytesOf(...hex: readonly string[]): Uint8Array {
  return decodeHex(hex.join("")) ?? new Uint8Array();
}

describe("readPublicKey refuses", () => {
  const k256 = generateKeyPairSync("ec", { namedCurve: "secp256k1" });
  const explicit = generateKeyPairSync("ec", { namedCurve: "prime256v1", paramEncoding: "explicit" });
  const small = generateKeyPairSync("rsa", { modulusLength: 1024 });
  const pss = generateKeyPairSync("rsa-pss", { modulusLength: 2048 });
  const dsa = generateKeyPairSync("dsa", { modulusLength: 1024, divisorLength: 160 });
  const x25519 = generateKeyPairSync("x25519");
  const p256Info = new Uint8Array(publicKey.export({ type: "spki", format: "der" }));
  const rsaInfo = new Uint8Array(pairs.rsa.publicKey.export({ type: "spki", format: "der" }));
  const block = (label: string, bytes: Uint8Array): string =>
    `-----BEGIN ${label}-----\n${encodeBase64(bytes)}\n-----END ${label}-----\n`;
  const compressed = Uint8Array.of(
    ...bytesOf("3039301306072a8648ce3d020106082a8648ce3d030107032200"),
    2 + ((p256Info.at(-1) ?? 0) & 1),
    ...p256Info.subarray(27, 59),
  );
  for (const [what, text, code] of [
    ["secp256k1", spkiPem(k256.publicKey), "KEY_UNSUPPORTED"],
    ["a curve of explicit numbers", spkiPem(explicit.publicKey), "KEY_UNSUPPORTED"],
    ["a compressed point", block("PUBLIC KEY", compressed), "KEY_UNSUPPORTED"],
    ["a point beside the curve", block("PUBLIC KEY", flipped(p256Info, 60)), "KEY_INVALID"],
    ["a small RSA key", spkiPem(small.publicKey), "KEY_UNSUPPORTED"],
    ["an RSA key for PSS alone", spkiPem(pss.publicKey), "KEY_UNSUPPORTED"],
    ["an RSA key whose exponent is 1", block("PUBLIC KEY", withExponent(rsaInfo, 1)), "KEY_UNSUPPORTED"],
    ["an RSA key whose exponent is even", block("PUBLIC KEY", withExponent(rsaInfo, 0x10000)), "KEY_UNSUPPORTED"],
    ["DSA", spkiPem(dsa.publicKey), "KEY_UNSUPPORTED"],
    ["X25519", spkiPem(x25519.publicKey), "KEY_UNSUPPORTED"],
    ["bytes behind the key", block("PUBLIC KEY", Uint8Array.of(...p256Info, 0)), "KEY_INVALID"],
    ["bytes behind an RSA key", block("PUBLIC KEY", Uint8Array.of(...rsaInfo, 0)), "KEY_INVALID"],
    ["a key of megabytes", block("PUBLIC KEY", new Uint8Array(100_000)), "KEY_INVALID"],
    ["a private key", privateKey.export({ type: "pkcs8", format: "pem" }) as string, "KEY_INVALID"],
    ["an EC private key", privateKey.export({ type: "sec1", format: "pem" }) as string, "KEY_INVALID"],
    ["an encrypted private key", "-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n", "KEY_INVALID"],
    ["a certificate", block("CERTIFICATE", p256Info), "KEY_INVALID"],
    ["an SPKI called PKCS #1", block("RSA PUBLIC KEY", p256Info), "KEY_INVALID"],
    ["nothing", "", "KEY_INVALID"],
    ["an empty block", block("PUBLIC KEY", new Uint8Array()), "KEY_INVALID"],
    ["text", "not a key", "KEY_INVALID"],
    ["a cut-off block", pem.slice(0, 80), "KEY_INVALID"],
    ["a damaged block", pem.replace(/\n./, "\n!"), "KEY_INVALID"],
  ] as const) {
    test(what, () => assert.throws(() => readPublicKey(text), fails(code)));
  }
});

/** The same RSA key with another exponent; 65537 takes the last three bytes. */
function withExponent(spki: Uint8Array, exponent: number): Uint8Array {
  const copy = spki.slice();
  if (exponent >= 0x10000) {
    copy.set([exponent >> 16, (exponent >> 8) & 0xff, exponent & 0xff], copy.length - 3);
    return copy;
  }
  // Four bytes shorter would move every length, so the number of this key is made again.
  const jwk = { kty: "RSA", n: encodeBase64(spki.subarray(33, 33 + 256)), e: encodeBase64(Uint8Array.of(exponent)) };
  return new Uint8Array(createPublicKey({ key: jwk, format: "jwk" }).export({ type: "spki", format: "der" }));
}

test("scrypt gives RFC 7914's own result (§12, second vector)", () => {
  const key = deriveScryptKey("password", encodeUtf8("NaCl"), { N: 1024, r: 8, p: 16 }, 64);
  assert.equal(
    encodeHex(key),
    "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640",
  );
});
