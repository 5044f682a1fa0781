import { concatBytes, encodeUtf8, LIMITS, readPemBlock, type SignatureScheme } from "../../base/index.ts";
import { DER_TAGS } from "../der/der.ts";
import { encodeDer, encodeUnsigned } from "../der/der-writer.ts";
import { SshFields } from "./ssh-fields.ts";
import { readSshPublicKey, type SshPublicKey } from "./ssh-key.ts";

/** A signature in OpenSSH's file form, read but not verified. */
export interface SshSignature {
  readonly key: SshPublicKey;
  /** What the signature is for: `git`. */
  readonly namespace: string;
  readonly hash: "sha256" | "sha512";
  readonly scheme: SignatureScheme;
  /** As the scheme has it: DER for ECDSA. */
  readonly signature: Uint8Array;
}

/** A signature, or why there is none: `hash` is one that nothing is trusted by. */
export type ReadSshSignature =
  | { readonly ok: true; readonly value: SshSignature }
  | { readonly ok: false; readonly reason: "malformed" | "hash" | "not_supported"; readonly message: string };

const MAGIC = encodeUtf8("SSHSIG");
const LABEL = "SSH SIGNATURE";
const MAX_NAMESPACE = 255;

/** Kind of signature → the kind of key that makes it, and the scheme. */
const SCHEMES: ReadonlyMap<string, { readonly keyType: string; readonly scheme: SignatureScheme }> = new Map([
  ["ssh-ed25519", { keyType: "ssh-ed25519", scheme: "ed25519" }],
  ["ecdsa-sha2-nistp256", { keyType: "ecdsa-sha2-nistp256", scheme: "ecdsa-sha256" }],
  ["ecdsa-sha2-nistp384", { keyType: "ecdsa-sha2-nistp384", scheme: "ecdsa-sha384" }],
  ["ecdsa-sha2-nistp521", { keyType: "ecdsa-sha2-nistp521", scheme: "ecdsa-sha512" }],
  ["rsa-sha2-256", { keyType: "ssh-rsa", scheme: "rsa-pkcs1-sha256" }],
  ["rsa-sha2-512", { keyType: "ssh-rsa", scheme: "rsa-pkcs1-sha512" }],
]);

/**
 * Reads an armoured SSH signature, version 1, and nothing around it. RSA with SHA-1 (`ssh-rsa`) is refused.
 * @see https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.sshsig
 */
export function readSshSignature(armoured: string): ReadSshSignature {
  const text = armoured.trim();
  const block = text.length > LIMITS.gitSignatureCharacters ? undefined : readPemBlock(text);
  if (block?.bytes === undefined || block.label !== LABEL || block.start !== 0 || block.end !== text.length)
    return malformed("expected one whole block SSH SIGNATURE");
  const fields = new SshFields(block.bytes);
  const magic = fields.take(MAGIC.length);
  const version = fields.uint32();
  const key = fields.string();
  const namespace = fields.text();
  fields.string(); // reserved
  const hash = fields.text();
  const signature = fields.string();
  const isMarked = magic !== undefined && magic.every((byte, index) => byte === MAGIC[index]);
  if (!isMarked || key === undefined || namespace === undefined || signature === undefined || !fields.isAtEnd())
    return malformed("expected the fields of an SSH signature, found others, too few or too many");
  if (version !== 1) return { ok: false, reason: "not_supported", message: `SSH signatures of version ${version}` };
  if (namespace === "" || namespace.length > MAX_NAMESPACE) return malformed("expected a namespace");
  if (hash !== "sha256" && hash !== "sha512")
    return { ok: false, reason: "hash", message: "expected the hash sha256 or sha512, found another" };
  const read = readSshPublicKey(key);
  if (!read.ok) return { ok: false, reason: read.isSupported ? "malformed" : "not_supported", message: read.message };
  return readSignature(signature, read.value, { namespace, hash });
}

/** What an SSH signature signs: the namespace, the hash's name and the hash of the message, after a mark. */
export function sshSignedData(namespace: string, hash: string, digest: Uint8Array): Uint8Array {
  const strings = [encodeUtf8(namespace), new Uint8Array(), encodeUtf8(hash), digest];
  return concatBytes([MAGIC, ...strings.flatMap((bytes) => [lengthOf(bytes), bytes])]);
}

function readSignature(
  blob: Uint8Array,
  key: SshPublicKey,
  terms: Pick<SshSignature, "namespace" | "hash">,
): ReadSshSignature {
  const fields = new SshFields(blob);
  const type = fields.text();
  const bytes = fields.string();
  if (type === undefined || bytes === undefined || !fields.isAtEnd()) return malformed("expected a signature's fields");
  if (type === "ssh-rsa")
    return { ok: false, reason: "hash", message: "expected a signature over SHA-2, found RSA with SHA-1" };
  const row = SCHEMES.get(type);
  if (row === undefined || row.keyType !== key.type)
    return malformed(`expected a signature by a key of type ${key.type}, found another kind`);
  const signature = toSchemeForm(bytes, key);
  if (signature === undefined) return malformed("expected a signature of its key's length");
  return { ok: true, value: { key, ...terms, scheme: row.scheme, signature } };
}

/** ECDSA's two numbers in DER; an RSA signature as long as its modulus, from which OpenSSH leaves zeros out. */
function toSchemeForm(bytes: Uint8Array, { type, key }: SshPublicKey): Uint8Array | undefined {
  if (type === "ssh-ed25519") return bytes.length === 64 ? bytes : undefined;
  if (type === "ssh-rsa") {
    const length = Math.ceil((key.bits ?? 0) / 8);
    return bytes.length > length ? undefined : concatBytes([new Uint8Array(length - bytes.length), bytes]);
  }
  const fields = new SshFields(bytes);
  const [r, s] = [fields.unsigned(), fields.unsigned()];
  if (r === undefined || s === undefined || !fields.isAtEnd()) return undefined;
  return encodeDer(DER_TAGS.sequence, encodeUnsigned(r), encodeUnsigned(s));
}

function lengthOf({ length }: Uint8Array): Uint8Array {
  return Uint8Array.of(length >>> 24, (length >>> 16) & 255, (length >>> 8) & 255, length & 255);
}

function malformed(message: string): ReadSshSignature {
  return { ok: false, reason: "malformed", message };
}
