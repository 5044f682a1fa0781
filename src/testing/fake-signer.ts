import { createECDH, createHash, createPrivateKey } from "node:crypto";
import { createSigningKeys, openSigningKey } from "../adapters/local-key/index.ts";
import type { Signer, SigningKeys } from "../ports/index.ts";

/**
 * The PKCS #8 DER of a P-256 test key that depends on its name alone, so that tests are repeatable and no private key
 * is stored in the project.
 */
export function testPrivateKey(name: string): Uint8Array {
  const scalar = createHash("sha256").update(`amap test key ${name}`).digest();
  const ecdh = createECDH("prime256v1");
  ecdh.setPrivateKey(scalar);
  const point = ecdh.getPublicKey();
  const jwk = {
    kty: "EC",
    crv: "P-256",
    d: scalar.toString("base64url"),
    x: point.subarray(1, 33).toString("base64url"),
    y: point.subarray(33).toString("base64url"),
  };
  const key = createPrivateKey({ key: jwk, format: "jwk" });
  return new Uint8Array(key.export({ format: "der", type: "pkcs8" }));
}

/** A signer with the test key of this name. Signatures are randomised, as ECDSA's are. */
export function testSigner(name: string): Signer {
  return openSigningKey(testPrivateKey(name));
}

/** The keys of the machine, but for `generate`, which gives the test keys 1, 2, 3… in turn. */
export function createFakeSigningKeys(): SigningKeys {
  let made = 0;
  return { ...createSigningKeys(), generate: async () => testPrivateKey(String(++made)) };
}
