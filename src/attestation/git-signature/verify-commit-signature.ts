import { hashBytes } from "../../base/index.ts";
import { type AllowedSigner, type AllowedSigners, isPrincipal } from "./allowed-signers.ts";
import { readSshSignature, sshSignedData } from "./ssh-signature.ts";

/** Why a commit's signature is not one of an allowed signer. */
export type CommitSignatureFlaw =
  /** OpenPGP, X.509 (gitsign), security keys, certificates: nothing is known of it, good or bad. */
  | "not_supported"
  | "malformed"
  /** A hash that nothing is trusted by, such as SHA-1. */
  | "hash"
  /** Made for something else than a commit. */
  | "namespace"
  /** Of other bytes, or by another key than it names. */
  | "mismatch"
  /** By a key that no line names. */
  | "unknown_key"
  /** The lines with its key are for other namespaces. */
  | "not_for_git"
  /** The lines with its key do not hold at the time. */
  | "expired";

/** Whether a commit's signature is one of an allowed signer. */
export type CommitSignatureVerdict =
  | {
      readonly ok: true;
      /** Patterns of the names of all lines that vouch for the key: ask with `isPrincipal`, per line. */
      readonly signers: readonly AllowedSigner[];
      /** `SHA256:…` */
      readonly keyFingerprint: string;
    }
  | {
      readonly ok: false;
      readonly reason: CommitSignatureFlaw;
      /** One sentence for people. */
      readonly message: string;
      /** Of the key that the signature names, where that could be read. */
      readonly keyFingerprint?: string;
    };

const NAMESPACE = "git";
/** Armours of signatures that are not judged. */
const OTHER_ARMOURS: readonly (readonly [string, string])[] = [
  ["-----BEGIN PGP ", "OpenPGP signatures"],
  ["-----BEGIN SIGNED MESSAGE-----", "X.509 signatures (gpgsm, gitsign)"],
];

/**
 * Judges the signature of a commit or tag: an SSH signature in the namespace `git` over `payload`, by a key of an allowed
 * signer whose line holds at `at` (milliseconds since 1970). The commit's own time is what its committer says: where it
 * matters that a key had not expired, `at` must be a time that is proven otherwise. Signatures of other kinds could not be
 * judged (`not_supported`), which is not the same as a commit without a signature.
 * @see https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.sshsig
 * @example
 * ```ts
 * import { verifyCommitSignature } from "../index.ts";
 * const armoured = "-----BEGIN PGP SIGNATURE-----\n…";
 * const verdict = verifyCommitSignature(new Uint8Array(), armoured, { signers: [], notes: [] }, 0);
 * verdict.ok ? "" : verdict.reason; // "not_supported"
 * ```
 */
export function verifyCommitSignature(
  payload: Uint8Array,
  signature: string,
  allowed: AllowedSigners,
  at: number,
): CommitSignatureVerdict {
  const other = OTHER_ARMOURS.find(([begin]) => signature.trimStart().startsWith(begin));
  if (other !== undefined) return refuse("not_supported", `${other[1]} are not supported`);
  const read = readSshSignature(signature);
  if (!read.ok) {
    const isUnsupported = read.reason === "not_supported";
    return refuse(read.reason, isUnsupported ? `not supported: ${read.message}` : read.message);
  }
  const { key, namespace, hash, scheme } = read.value;
  const { fingerprint } = key;
  if (namespace !== NAMESPACE)
    return refuse("namespace", "expected a signature made for git, found one made for something else", fingerprint);
  const signed = sshSignedData(namespace, hash, hashBytes(hash, payload));
  if (!key.key.verifies(signed, read.value.signature, scheme))
    return refuse("mismatch", `the signature is not one of the key ${fingerprint} over these bytes`, fingerprint);
  return judgeSigners(
    allowed.signers.filter((line) => line.fingerprint === fingerprint),
    fingerprint,
    at,
  );
}

function judgeSigners(lines: readonly AllowedSigner[], fingerprint: string, at: number): CommitSignatureVerdict {
  if (lines.length === 0) return refuse("unknown_key", `no allowed signer has the key ${fingerprint}`, fingerprint);
  const forGit = lines.filter(({ namespaces }) => namespaces === undefined || isPrincipal(namespaces, NAMESPACE));
  if (forGit.length === 0) return refuse("not_for_git", `the key ${fingerprint} is not allowed for git`, fingerprint);
  const signers = forGit.filter(
    ({ validAfter = -Infinity, validBefore = Infinity }) => at >= validAfter && at <= validBefore,
  );
  if (signers.length === 0)
    return refuse("expired", `the key ${fingerprint} is not allowed at the time of the signature`, fingerprint);
  return { ok: true, signers, keyFingerprint: fingerprint };
}

function refuse(reason: CommitSignatureFlaw, message: string, keyFingerprint?: string): CommitSignatureVerdict {
  return { ok: false, reason, message, ...(keyFingerprint === undefined ? {} : { keyFingerprint }) };
}
