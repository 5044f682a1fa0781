import { createECDH, createHash, createPrivateKey, createPublicKey, sign } from "node:crypto";
import { AmapError, readPublicKey } from "../base/index.ts";
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
  return openKey(testPrivateKey(name));
}

/** SigningKeys whose `generate` gives the test keys 1, 2, 3… in turn. */
export function createFakeSigningKeys(): SigningKeys {
  let made = 0;
  return {
    generate: async () => testPrivateKey(String(++made)),
    open: async (pkcs8) => openKey(pkcs8),
  };
}

function openKey(pkcs8: Uint8Array): Signer {
  const key = parseKey(pkcs8);
  if (key.asymmetricKeyDetails?.namedCurve !== "prime256v1") throw new AmapError("KEY_UNSUPPORTED", "not a P-256 key");
  const publicKeyPem = createPublicKey(key).export({ format: "pem", type: "spki" }).toString();
  return {
    publicKey: readPublicKey(publicKeyPem),
    publicKeyPem,
    sign: async (message) => new Uint8Array(sign("sha256", message, key)),
  };
}

function parseKey(pkcs8: Uint8Array): ReturnType<typeof createPrivateKey> {
  try {
    return createPrivateKey({ key: Buffer.from(pkcs8), format: "der", type: "pkcs8" });
  } catch (cause) {
    throw new AmapError("KEY_INVALID", "not a PKCS #8 key", { cause });
  }
}
