import {
  concatBytes,
  decodeHex,
  encodeBase64,
  hashBytes,
  isAmapError,
  type PublicKey,
  readPublicKeyInfo,
} from "../../base/index.ts";
import { DER_TAGS } from "../der/der.ts";
import { encodeDer, encodeOid, encodeUnsigned } from "../der/der-writer.ts";
import { SshFields } from "./ssh-fields.ts";

/** A public key in SSH's form (RFC 4253 §6.6, RFC 5656, RFC 8709). */
export interface SshPublicKey {
  /** `ssh-ed25519`, `ecdsa-sha2-nistp256`, `ssh-rsa`. */
  readonly type: string;
  /** `SHA256:…`, as `ssh-keygen -l` prints it. */
  readonly fingerprint: string;
  readonly key: PublicKey;
}

/** A key that was read, or why not: of a kind that is not supported, or damaged. */
export type ReadSshKey =
  | { readonly ok: true; readonly value: SshPublicKey }
  | { readonly ok: false; readonly isSupported: boolean; readonly message: string };

const CURVES: ReadonlyMap<string, { readonly bytes: number; readonly prefix: string }> = new Map([
  ["nistp256", { bytes: 65, prefix: "3059301306072a8648ce3d020106082a8648ce3d030107034200" }],
  ["nistp384", { bytes: 97, prefix: "3076301006072a8648ce3d020106052b81040022036200" }],
  ["nistp521", { bytes: 133, prefix: "30819b301006072a8648ce3d020106052b8104002303818600" }],
]);
const ED25519 = "302a300506032b6570032100";
const RSA_ENCRYPTION = "1.2.840.113549.1.1.1";

/**
 * Reads a public key's blob: Ed25519, ECDSA on P-256, P-384 and P-521, RSA of at least LIMITS.rsaKeyBitsMin bits. Keys on
 * security keys (`sk-…`), DSA and certificates are not supported.
 */
export function readSshPublicKey(blob: Uint8Array): ReadSshKey {
  const fields = new SshFields(blob);
  const type = fields.text();
  if (type === undefined) return damaged("expected a key's type first");
  const spki =
    type === "ssh-rsa" ? readRsa(fields) : type === "ssh-ed25519" ? readEd25519(fields) : readCurve(type, fields);
  if (spki === "not_supported") return { ok: false, isSupported: false, message: `keys of type ${type.slice(0, 60)}` };
  if (spki === undefined || !fields.isAtEnd()) return damaged(`expected the fields of a key of type ${type}`);
  try {
    const key = readPublicKeyInfo(spki);
    return { ok: true, value: { type, fingerprint: fingerprintOf(blob), key } };
  } catch (error) {
    if (!isAmapError(error)) throw error;
    return { ok: false, isSupported: error.code !== "KEY_UNSUPPORTED", message: error.message };
  }
}

/** `SHA256:` and the hash of a key's blob in base64 without padding. */
export function fingerprintOf(blob: Uint8Array): string {
  return `SHA256:${encodeBase64(hashBytes("sha256", blob)).replace(/=+$/, "")}`;
}

function damaged(message: string): ReadSshKey {
  return { ok: false, isSupported: true, message };
}

function readEd25519(fields: SshFields): Uint8Array | undefined {
  const point = fields.string();
  return point?.length === 32 ? concatBytes([hex(ED25519), point]) : undefined;
}

function readCurve(type: string, fields: SshFields): Uint8Array | "not_supported" | undefined {
  const name = /^ecdsa-sha2-(nistp\d{3})$/.exec(type)?.[1];
  const curve = name === undefined ? undefined : CURVES.get(name);
  if (curve === undefined) return "not_supported";
  const stated = fields.text();
  const point = fields.string();
  if (stated !== name || point?.length !== curve.bytes || point[0] !== 4) return undefined;
  return concatBytes([hex(curve.prefix), point]);
}

function readRsa(fields: SshFields): Uint8Array | undefined {
  const exponent = fields.unsigned();
  const modulus = fields.unsigned();
  if (exponent === undefined || modulus === undefined) return undefined;
  const pkcs1 = encodeDer(DER_TAGS.sequence, encodeUnsigned(modulus), encodeUnsigned(exponent));
  const algorithm = encodeDer(DER_TAGS.sequence, encodeOid(RSA_ENCRYPTION), encodeDer(DER_TAGS.null));
  return encodeDer(DER_TAGS.sequence, algorithm, encodeDer(DER_TAGS.bitString, Uint8Array.of(0), pkcs1));
}

function hex(text: string): Uint8Array {
  return decodeHex(text) ?? new Uint8Array();
}
