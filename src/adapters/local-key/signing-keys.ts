import {
  constants,
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type KeyObject,
  type SignKeyObjectInput,
  sign,
} from "node:crypto";
import { promisify } from "node:util";
import type { PlainPrivateKey } from "../../attestation/index.ts";
import { AmapError, encodeUtf8, type PublicKey, readPublicKey, type SignatureScheme } from "../../base/index.ts";
import type { Signer, SigningKeys } from "../../ports/index.ts";

const generateKeyPairAsync = promisify(generateKeyPair);
const GENERATED_CURVE = "prime256v1";
/** The sizes that Sigstore's registry of algorithms has; verifiers know no others. */
const RSA_BITS = [2048, 3072, 4096];

/** A salt as long as the hash, which is what other verifiers expect where they are told a length at all. */
const PSS_PADDING = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };

/** Software keys. The private key never leaves the process. */
export function createSigningKeys(): SigningKeys {
  return {
    generate: async () => {
      const { privateKey } = await generateKeyPairAsync("ec", { namedCurve: GENERATED_CURVE });
      return new Uint8Array(privateKey.export({ format: "der", type: "pkcs8" }));
    },
    open: async (pkcs8) => openSigningKey(pkcs8),
    importKey,
  };
}

/**
 * A signer for a PKCS #8 DER key.
 * @throws {AmapError} KEY_INVALID, KEY_UNSUPPORTED
 */
export function openSigningKey(pkcs8: Uint8Array): Signer {
  return createSigner(readPrivateKey({ form: "pkcs8", der: pkcs8 }));
}

async function importKey(plain: PlainPrivateKey): Promise<Uint8Array> {
  const key = readPrivateKey(plain);
  const signer = createSigner(key);
  // A key file may hold two halves that do not belong together; nobody could verify what it signs.
  const probe = encodeUtf8("amap import");
  if (!signer.publicKey.verifies(probe, await signer.sign(probe))) {
    throw new AmapError("KEY_INVALID", "expected a private key that fits its public key, found one of another key");
  }
  return new Uint8Array(key.export({ format: "der", type: "pkcs8" }));
}

function createSigner(key: KeyObject): Signer {
  const publicKeyPem = createPublicKey(key).export({ format: "pem", type: "spki" }).toString();
  const publicKey = readPublicKey(publicKeyPem);
  const { bits } = publicKey;
  if (bits !== undefined && !RSA_BITS.includes(bits)) {
    throw new AmapError("KEY_UNSUPPORTED", `expected an RSA key of ${RSA_BITS.join(", ")} bits, found ${bits}`);
  }
  return Object.freeze({
    publicKey,
    publicKeyPem,
    sign: async (message: Uint8Array, scheme: SignatureScheme = publicKey.defaultScheme) =>
      signMessage(key, publicKey, message, scheme),
  });
}

function readPrivateKey({ form, der }: PlainPrivateKey): KeyObject {
  try {
    return createPrivateKey({ key: Buffer.from(der), format: "der", type: form });
  } catch {
    // The cause is left out: OpenSSL's messages may describe the key's content.
    throw new AmapError("KEY_INVALID", `expected a private key in ${FORM_NAMES[form]} DER`);
  }
}

const FORM_NAMES: Readonly<Record<PlainPrivateKey["form"], string>> = {
  pkcs1: "PKCS #1",
  sec1: "SEC 1",
  pkcs8: "PKCS #8",
};

async function signMessage(
  key: KeyObject,
  publicKey: PublicKey,
  message: Uint8Array,
  scheme: SignatureScheme,
): Promise<Uint8Array> {
  const [family = "", hash = null] = scheme.split(/-(?=sha)/);
  if (!SIGNABLE[publicKey.algorithm].includes(family)) {
    throw new AmapError("KEY_UNSUPPORTED", `expected a scheme of a key ${publicKey.algorithm}, found ${scheme}`);
  }
  if (family === "ed25519ph") {
    const { ed25519ph } = await import("@noble/curves/ed25519.js");
    const seed = Buffer.from(key.export({ format: "jwk" }).d ?? "", "base64url");
    return ed25519ph.sign(message, seed);
  }
  const padding = family === "rsa-pss" ? PSS_PADDING : {};
  return signWith(hash, message, { key, dsaEncoding: "der", ...padding });
}

const SIGNABLE: Readonly<Record<PublicKey["algorithm"], readonly string[]>> = {
  "ecdsa-p256": ["ecdsa"],
  "ecdsa-p384": ["ecdsa"],
  "ecdsa-p521": ["ecdsa"],
  rsa: ["rsa-pkcs1", "rsa-pss"],
  ed25519: ["ed25519", "ed25519ph"],
};

function signWith(hash: string | null, message: Uint8Array, key: SignKeyObjectInput): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    sign(hash, message, key, (error, signature) => {
      if (error === null) resolve(new Uint8Array(signature));
      else reject(error);
    });
  });
}
