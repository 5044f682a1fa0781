import assert from "node:assert/strict";
import { createPrivateKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { describe, it } from "node:test";
import type { PlainPrivateKey } from "../attestation/index.ts";
import {
  AmapError,
  type ErrorCode,
  encodeUtf8,
  type PublicKeyAlgorithm,
  readPublicKey,
  type SignatureScheme,
} from "../base/index.ts";
import type { SigningKeys } from "./signer.ts";

const rsaOf = (modulusLength: number): KeyObject => generateKeyPairSync("rsa", { modulusLength }).privateKey;
const ecOf = (namedCurve: string): KeyObject => generateKeyPairSync("ec", { namedCurve }).privateKey;
const p256 = ecOf("P-256");
const ECDSA: readonly SignatureScheme[] = ["ecdsa-sha256", "ecdsa-sha384", "ecdsa-sha512"];
const RSA: readonly SignatureScheme[] = ["rsa-pkcs1-sha256", "rsa-pkcs1-sha512", "rsa-pss-sha256", "rsa-pss-sha384"];
const KEYS: readonly (readonly [PublicKeyAlgorithm, KeyObject, readonly SignatureScheme[]])[] = [
  ["ecdsa-p256", p256, ECDSA],
  ["ecdsa-p384", ecOf("P-384"), ECDSA],
  ["ecdsa-p521", ecOf("P-521"), ECDSA],
  ["rsa", rsaOf(2048), RSA],
  ["ed25519", generateKeyPairSync("ed25519").privateKey, ["ed25519", "ed25519ph"]],
];

function derOf(key: KeyObject, type: PlainPrivateKey["form"]): Uint8Array {
  return new Uint8Array(key.export({ format: "der", type } as { format: "der"; type: "pkcs8" }));
}

async function refuses(made: Promise<unknown>, code: ErrorCode): Promise<void> {
  await assert.rejects(made, (error) => {
    assert.ok(error instanceof AmapError);
    assert.equal(error.code, code, error.message);
    return true;
  });
}

/** What every SigningKeys must do. */
export function signerContract(name: string, make: () => SigningKeys): void {
  describe(`SigningKeys contract: ${name}`, () => {
    it("generates P-256 keys in PKCS #8, a fresh one each time", async () => {
      const keys = make();
      const [first, second] = [await keys.generate(), await keys.generate()];
      assert.notDeepEqual(first, second);
      const key = createPrivateKey({ key: Buffer.from(first), format: "der", type: "pkcs8" });
      assert.equal(key.asymmetricKeyDetails?.namedCurve, "prime256v1");
    });

    it("signs what its public key verifies, and nothing else", async () => {
      const keys = make();
      const signer = await keys.open(await keys.generate());
      const stranger = await keys.open(await keys.generate());
      const message = encodeUtf8("a message");
      const signature = await signer.sign(message);
      assert.equal(signature[0], 0x30, "a DER sequence");
      assert.equal(signer.publicKey.verifies(message, signature), true);
      assert.equal(signer.publicKey.verifies(encodeUtf8("A message"), signature), false, "changed message");
      assert.equal(stranger.publicKey.verifies(message, signature), false, "another key");
      signature[signature.length - 1] = (signature.at(-1) ?? 0) ^ 1;
      assert.equal(signer.publicKey.verifies(message, signature), false, "changed signature");
    });

    it("signs the empty message and a large one", async () => {
      const keys = make();
      const signer = await keys.open(await keys.generate());
      for (const message of [new Uint8Array(0), new Uint8Array(3_000_000)]) {
        assert.equal(signer.publicKey.verifies(message, await signer.sign(message)), true);
      }
    });

    it("opens the same key twice to the same public key, whose PEM reads back", async () => {
      const keys = make();
      const pkcs8 = await keys.generate();
      const [one, two] = [await keys.open(pkcs8), await keys.open(pkcs8)];
      assert.equal(one.publicKeyPem, two.publicKeyPem);
      assert.deepEqual(readPublicKey(one.publicKeyPem).keyId, one.publicKey.keyId);
      assert.match(one.publicKeyPem, /^-----BEGIN PUBLIC KEY-----\n/);
    });

    for (const [algorithm, pair, schemes] of KEYS) {
      it(`opens a key of the kind ${algorithm} and signs with each of its schemes`, async () => {
        const signer = await make().open(derOf(pair, "pkcs8"));
        assert.equal(signer.publicKey.algorithm, algorithm);
        const message = encodeUtf8("a message");
        assert.equal(signer.publicKey.verifies(message, await signer.sign(message)), true);
        for (const scheme of schemes) {
          const signature = await signer.sign(message, scheme);
          assert.equal(signer.publicKey.verifies(message, signature, scheme), true, scheme);
          assert.equal(signer.publicKey.verifies(encodeUtf8("A message"), signature, scheme), false, scheme);
        }
        const other = algorithm === "rsa" ? "ecdsa-sha256" : "rsa-pss-sha256";
        await refuses(signer.sign(message, other), "KEY_UNSUPPORTED");
      });

      const forms = algorithm === "rsa" ? ["pkcs1", "pkcs8"] : algorithm === "ed25519" ? ["pkcs8"] : ["sec1", "pkcs8"];
      for (const form of forms as readonly PlainPrivateKey["form"][]) {
        it(`imports a key of the kind ${algorithm} from ${form}`, async () => {
          const pkcs8 = await make().importKey({ form, der: derOf(pair, form) });
          assert.deepEqual(pkcs8, derOf(pair, "pkcs8"));
        });
      }
    }

    const sec1 = derOf(p256, "sec1");
    const unfit = sec1.slice();
    unfit[10] = (unfit[10] ?? 0) ^ 1;
    const curve = generateKeyPairSync("ec", { namedCurve: "secp256k1" }).privateKey;
    const explicit = generateKeyPairSync("ec", { namedCurve: "P-256", paramEncoding: "explicit" }).privateKey;
    const cases: readonly (readonly [string, PlainPrivateKey["form"], Uint8Array, ErrorCode])[] = [
      ["no key", "pkcs8", new Uint8Array(0), "KEY_INVALID"],
      ["random bytes", "pkcs8", new Uint8Array(138).fill(7), "KEY_INVALID"],
      ["a truncated key", "pkcs8", derOf(p256, "pkcs8").subarray(0, 60), "KEY_INVALID"],
      ["SEC 1 in place of PKCS #8", "pkcs8", sec1, "KEY_INVALID"],
      ["secp256k1", "pkcs8", derOf(curve, "pkcs8"), "KEY_UNSUPPORTED"],
      ["a curve of explicit numbers", "pkcs8", derOf(explicit, "pkcs8"), "KEY_UNSUPPORTED"],
      ["a small RSA key", "pkcs8", derOf(rsaOf(1024), "pkcs8"), "KEY_UNSUPPORTED"],
      ["an RSA key of an unusual size", "pkcs8", derOf(rsaOf(2304), "pkcs8"), "KEY_UNSUPPORTED"],
      ["X25519", "pkcs8", derOf(generateKeyPairSync("x25519").privateKey, "pkcs8"), "KEY_UNSUPPORTED"],
    ];
    for (const [title, form, der, code] of cases) {
      it(`refuses ${title} with ${code}`, async () => {
        await refuses(make().importKey({ form, der }), code);
        if (form === "pkcs8") await refuses(make().open(der), code);
      });
    }

    it("refuses to import a private key beside another one's public key", async () =>
      refuses(make().importKey({ form: "sec1", der: unfit }), "KEY_INVALID"));
  });
}
