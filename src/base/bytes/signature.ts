import { createPublicKey, type KeyObject, scryptSync, verify } from "node:crypto";
import { AmapError } from "../errors/amap-error.ts";
import { hashBytes } from "./hash.ts";

/** A public key that is ready to verify with. */
export interface PublicKey {
  /** SubjectPublicKeyInfo, DER. */
  readonly spki: Uint8Array;
  /** For now only ECDSA on P-256, what `generate-key-pair` makes. */
  readonly algorithm: "ecdsa-p256-sha256";
  /** SHA-256 of the SPKI, the key's id in Sigstore bundles (there in base64). */
  readonly keyId: Uint8Array;
  /** Whether `signature` (DER) over `message` was made by this key. Never throws. */
  readonly verifies: (message: Uint8Array, signature: Uint8Array) => boolean;
}

/**
 * Reads a PEM block `PUBLIC KEY` (SubjectPublicKeyInfo, RFC 7468 §13).
 * @throws {AmapError} KEY_INVALID, KEY_UNSUPPORTED
 * @example
 * ```ts
 * import { readPublicKey } from "../index.ts";
 * const key = readPublicKey(`-----BEGIN PUBLIC KEY-----
 * MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEuVdM3qATj9dk7yw0yjjtL23C6/eI
 * Y5YvWtL7WsNJmIyIQb6KpjlQ2G9DfMq4Tfxkcxs5ifag6lVEiniq4Ti1cg==
 * -----END PUBLIC KEY-----`);
 * key.verifies(new Uint8Array(), new Uint8Array()); // false
 * ```
 */
export function readPublicKey(pem: string): PublicKey {
  if (pem.includes("PRIVATE KEY")) {
    throw new AmapError("KEY_INVALID", "expected a public key, found a private key", {
      hint: "Pass the .pub file; `amap public-key --key FILE` makes it from the private key.",
    });
  }
  let key: KeyObject;
  try {
    key = createPublicKey(pem);
  } catch (cause) {
    throw new AmapError("KEY_INVALID", "expected a PEM block PUBLIC KEY", { cause });
  }
  const curve = key.asymmetricKeyDetails?.namedCurve;
  if (key.asymmetricKeyType !== "ec" || curve !== "prime256v1") {
    throw new AmapError(
      "KEY_UNSUPPORTED",
      `expected a P-256 key, found ${key.asymmetricKeyType ?? "unknown"} ${curve ?? ""}`.trimEnd(),
    );
  }
  const spki = new Uint8Array(key.export({ type: "spki", format: "der" }));
  return Object.freeze({
    spki,
    algorithm: "ecdsa-p256-sha256" as const,
    keyId: hashBytes("sha256", spki),
    verifies: (message: Uint8Array, signature: Uint8Array) => {
      try {
        return verify("sha256", message, key, signature);
      } catch {
        return false;
      }
    },
  });
}

/** Parameters of scrypt (RFC 7914) that amap accepts; the caller checks them first, since the cost is N·r·128 bytes. */
export interface ScryptParameters {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

/**
 * Derives a key of `length` bytes from a password by scrypt (RFC 7914). Costs about N·r·128 bytes of memory.
 * @example
 * ```ts
 * import { deriveScryptKey, encodeUtf8 } from "../index.ts";
 * deriveScryptKey("password", encodeUtf8("salt"), { N: 16, r: 1, p: 1 }, 32).length; // 32
 * ```
 */
export function deriveScryptKey(
  password: string,
  salt: Uint8Array,
  parameters: ScryptParameters,
  length: number,
): Uint8Array {
  const { N, r, p } = parameters;
  return new Uint8Array(scryptSync(password, salt, length, { N, r, p, maxmem: N * r * 128 * 2 }));
}
