import assert from "node:assert/strict";
import { createPrivateKey, generateKeyPairSync } from "node:crypto";
import { describe, it } from "node:test";
import { AmapError, encodeUtf8, readPublicKey } from "../base/index.ts";
import type { SigningKeys } from "./signer.ts";

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

    const p384 = generateKeyPairSync("ec", { namedCurve: "P-384" }).privateKey;
    const ed25519 = generateKeyPairSync("ed25519").privateKey;
    const p256 = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
    const cases = [
      ["no key", new Uint8Array(0), "KEY_INVALID"],
      ["random bytes", new Uint8Array(138).fill(7), "KEY_INVALID"],
      ["a truncated key", p256.export({ format: "der", type: "pkcs8" }).subarray(0, 60), "KEY_INVALID"],
      ["SEC 1 in place of PKCS #8", p256.export({ format: "der", type: "sec1" }), "KEY_INVALID"],
      ["P-384", p384.export({ format: "der", type: "pkcs8" }), "KEY_UNSUPPORTED"],
      ["Ed25519", ed25519.export({ format: "der", type: "pkcs8" }), "KEY_UNSUPPORTED"],
    ] as const;
    for (const [title, bytes, code] of cases) {
      it(`refuses ${title} with ${code}`, async () => {
        await assert.rejects(make().open(new Uint8Array(bytes)), (error) => {
          assert.ok(error instanceof AmapError);
          assert.equal(error.code, code);
          return true;
        });
      });
    }
  });
}
