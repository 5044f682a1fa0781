import { generateKeyPairSync, type KeyObject, sign as signBytes } from "node:crypto";
import { concatBytes, encodeBase64, encodeUtf8, hashBytes } from "../base/index.ts";

/** Kinds of SSH keys that sign in tests. */
export type SshKeyKind = "ed25519" | "ecdsa-p256" | "ecdsa-p384" | "ecdsa-p521" | "rsa" | "rsa-small";

/** What a signature is told to be; the lies of tests. */
export interface SshSignOptions {
  readonly namespace?: string;
  readonly hash?: "sha256" | "sha512" | "sha1";
  /** RSA's hash. */
  readonly rsaHash?: "sha256" | "sha512" | "sha1";
  /** The key that the signature names in the place of its own. */
  readonly namedKey?: Uint8Array;
  readonly version?: number;
}

/** An SSH key that signs as `ssh-keygen -Y sign` does. */
export interface SshSigner {
  /** `ssh-ed25519 AAAA…`, the line of a `.pub` file without its comment. */
  readonly publicLine: string;
  readonly blob: Uint8Array;
  /** An armoured signature. */
  readonly sign: (payload: Uint8Array | string, options?: SshSignOptions) => string;
}

/** A new key. Keys of RSA take some time to make. */
export function createSshSigner(kind: SshKeyKind = "ed25519"): SshSigner {
  const { publicKey, privateKey } = makeKeys(kind);
  const [type, blob] = publicBlob(publicKey, kind);
  return {
    publicLine: `${type} ${encodeBase64(blob)}`,
    blob,
    sign: (payload, options = {}) => {
      const { namespace = "git", hash = "sha512", rsaHash = "sha512", version = 1 } = options;
      const message = typeof payload === "string" ? encodeUtf8(payload) : payload;
      const data = concatBytes([
        encodeUtf8("SSHSIG"),
        ...[encodeUtf8(namespace), new Uint8Array(), encodeUtf8(hash), hashBytes(hash, message)].map(string),
      ]);
      const signature = signatureBlob(privateKey, kind, data, rsaHash);
      const key = options.namedKey ?? blob;
      const strings = [key, encodeUtf8(namespace), new Uint8Array(), encodeUtf8(hash), signature].map(string);
      return armour(concatBytes([encodeUtf8("SSHSIG"), uint32(version), ...strings]));
    },
  };
}

/** `-----BEGIN SSH SIGNATURE-----`, in lines of 70 as ssh-keygen writes them. */
export function armour(bytes: Uint8Array): string {
  const lines = encodeBase64(bytes).match(/.{1,70}/g) ?? [];
  return ["-----BEGIN SSH SIGNATURE-----", ...lines, "-----END SSH SIGNATURE-----", ""].join("\n");
}

function makeKeys(kind: SshKeyKind): { readonly publicKey: KeyObject; readonly privateKey: KeyObject } {
  if (kind === "ed25519") return generateKeyPairSync("ed25519");
  if (kind === "rsa" || kind === "rsa-small")
    return generateKeyPairSync("rsa", { modulusLength: kind === "rsa" ? 2048 : 1024 });
  return generateKeyPairSync("ec", { namedCurve: `P-${kind.slice(-3)}` });
}

function publicBlob(key: KeyObject, kind: SshKeyKind): readonly [string, Uint8Array] {
  const jwk = key.export({ format: "jwk" });
  const bytes = (text: string | undefined): Uint8Array => Buffer.from(text ?? "", "base64url");
  if (kind === "ed25519") return named("ssh-ed25519", [bytes(jwk.x)]);
  if (kind.startsWith("rsa")) return named("ssh-rsa", [unsigned(bytes(jwk.e)), unsigned(bytes(jwk.n))]);
  const curve = `nistp${kind.slice(-3)}`;
  return named(`ecdsa-sha2-${curve}`, [encodeUtf8(curve), concatBytes([Uint8Array.of(4), bytes(jwk.x), bytes(jwk.y)])]);
}

function signatureBlob(key: KeyObject, kind: SshKeyKind, data: Uint8Array, rsaHash: string): Uint8Array {
  if (kind === "ed25519") return named("ssh-ed25519", [signBytes(null, data, key)])[1];
  if (kind.startsWith("rsa")) {
    const type = { sha256: "rsa-sha2-256", sha512: "rsa-sha2-512" }[rsaHash] ?? "ssh-rsa";
    return named(type, [signBytes(rsaHash, data, key)])[1];
  }
  const bits = kind.slice(-3);
  const hash = { "256": "sha256", "384": "sha384" }[bits] ?? "sha512";
  const raw = signBytes(hash, data, { key, dsaEncoding: "ieee-p1363" });
  const [r, s] = [raw.subarray(0, raw.length / 2), raw.subarray(raw.length / 2)];
  return named(`ecdsa-sha2-nistp${bits}`, [concatBytes([string(unsigned(r)), string(unsigned(s))])])[1];
}

function named(type: string, strings: readonly Uint8Array[]): readonly [string, Uint8Array] {
  return [type, concatBytes([encodeUtf8(type), ...strings].map(string))];
}

function string(bytes: Uint8Array): Uint8Array {
  return concatBytes([uint32(bytes.length), bytes]);
}

function uint32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255);
}

/** An `mpint` that is not negative: shortest, with a zero before a set sign bit. */
function unsigned(bytes: Uint8Array): Uint8Array {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start++;
  const shortest = bytes.subarray(start);
  return (shortest[0] ?? 0) > 0x7f ? concatBytes([Uint8Array.of(0), shortest]) : shortest;
}
