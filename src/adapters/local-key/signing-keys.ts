import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject, sign } from "node:crypto";
import { promisify } from "node:util";
import { AmapError, readPublicKey } from "../../base/index.ts";
import type { Signer, SigningKeys } from "../../ports/index.ts";

const generateKeyPairAsync = promisify(generateKeyPair);
const CURVE = "prime256v1";

/** Software keys: P-256, ECDSA with SHA-256, signatures in DER. The private key never leaves the process. */
export function createSigningKeys(): SigningKeys {
  return {
    generate: async () => {
      const { privateKey } = await generateKeyPairAsync("ec", { namedCurve: CURVE });
      return new Uint8Array(privateKey.export({ format: "der", type: "pkcs8" }));
    },
    open: async (pkcs8) => openSigner(pkcs8),
  };
}

function openSigner(pkcs8: Uint8Array): Signer {
  const key = readPrivateKey(pkcs8);
  const publicKeyPem = createPublicKey(key).export({ format: "pem", type: "spki" }).toString();
  return Object.freeze({
    publicKey: readPublicKey(publicKeyPem),
    publicKeyPem,
    sign: async (message: Uint8Array) => signMessage(key, message),
  });
}

function readPrivateKey(pkcs8: Uint8Array): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey({ key: Buffer.from(pkcs8), format: "der", type: "pkcs8" });
  } catch {
    // The cause is left out: OpenSSL's messages may describe the key's content.
    throw new AmapError("KEY_INVALID", "expected a private key in PKCS #8 DER");
  }
  const curve = key.asymmetricKeyDetails?.namedCurve ?? "";
  if (key.asymmetricKeyType !== "ec" || curve !== CURVE) {
    const found = `${key.asymmetricKeyType ?? "unknown"} ${curve}`.trimEnd();
    throw new AmapError("KEY_UNSUPPORTED", `expected a P-256 key, found ${found}`);
  }
  return key;
}

async function signMessage(key: KeyObject, message: Uint8Array): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    sign("sha256", message, { key, dsaEncoding: "der" }, (error, signature) => {
      if (error === null) resolve(new Uint8Array(signature));
      else reject(error);
    });
  });
}
