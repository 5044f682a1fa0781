import {
  concatBytes,
  decodeBase64,
  encodeHex,
  encodeUtf8,
  hashBytes,
  LIMITS,
  type SignatureScheme,
} from "../../base/index.ts";
import { quoteText } from "../quote-text.ts";
import { type Refused, refuse } from "../refusal.ts";
import type { TransparencyLog } from "../trust-root.ts";

/** What a log states of its tree, as parsed from a signed note. Unverified. */
export interface Checkpoint {
  /** Names the log: `<host> - <tree id>` for Rekor v1, the host for Rekor v2. */
  readonly origin: string;
  readonly size: bigint;
  readonly rootHash: Uint8Array;
  /** The bytes that are signed. */
  readonly signedBytes: Uint8Array;
  readonly signatures: readonly NoteSignature[];
}

/** One signature line of a note. */
export interface NoteSignature {
  readonly name: string;
  /** The first four bytes of the key's id, in hex. */
  readonly keyHint: string;
  readonly signature: Uint8Array;
}

const SIGNATURE_PREFIX = "\u2014 ";
const HINT_BYTES = 4;

/**
 * A checkpoint from its text, or why it is none: a note with signatures (C2SP signed-note), whose first three lines are
 * origin, size and root hash (C2SP tlog-checkpoint); further lines are signed, and nothing here reads them.
 */
export function parseCheckpoint(text: string): Checkpoint | Refused {
  const split = text.lastIndexOf("\n\n");
  if (split < 0 || !text.endsWith("\n") || hasControlCharacters(text)) {
    return malformed("a note, an empty line and signatures, each line ended by a line feed", "other text");
  }
  const [origin = "", sizeText = "", hashText = "", rest] = text.slice(0, split + 1).split("\n", 4);
  if (rest === undefined || origin === "") return malformed("origin, size and root hash", "fewer lines");
  if (!/^(?:0|[1-9][0-9]{0,18})$/.test(sizeText)) return malformed("the tree's size", quoteText(sizeText));
  const rootHash = decodeBase64(hashText);
  if (rootHash?.length !== 32) return malformed("a root hash of 32 bytes in base64", quoteText(hashText));
  const lines = text.slice(split + 2, -1).split("\n");
  if (lines.length > LIMITS.checkpointSignatures) {
    return malformed(`at most ${LIMITS.checkpointSignatures} signatures`, String(lines.length));
  }
  const signatures: NoteSignature[] = [];
  // The same line again says nothing new, and checking it a hundred times would be work for an attacker.
  for (const line of new Set(lines)) {
    const signature = parseSignature(line);
    if (signature === undefined) return malformed("a dash, a name and a signature in base64", quoteText(line));
    signatures.push(signature);
  }
  return { origin, size: BigInt(sizeText), rootHash, signedBytes: encodeUtf8(text.slice(0, split + 1)), signatures };
}

function parseSignature(line: string): NoteSignature | undefined {
  if (!line.startsWith(SIGNATURE_PREFIX)) return undefined;
  const space = line.indexOf(" ", SIGNATURE_PREFIX.length);
  const name = line.slice(SIGNATURE_PREFIX.length, space);
  const bytes = space < 0 ? undefined : decodeBase64(line.slice(space + 1));
  if (bytes === undefined || bytes.length <= HINT_BYTES || !isKeyName(name)) return undefined;
  return { name, keyHint: encodeHex(bytes.subarray(0, HINT_BYTES)), signature: bytes.subarray(HINT_BYTES) };
}

function isKeyName(name: string): boolean {
  return name !== "" && !/[\s+]/.test(name);
}

function hasControlCharacters(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code < 0x20 && code !== 0x0a) return true;
  }
  return false;
}

function malformed(expected: string, found: string): Refused {
  return refuse("TLOG_CHECKPOINT", `checkpoint: expected ${expected}, found ${found}`);
}

const TREE_ID = / - [0-9]+$/;

/**
 * Verifies that `log` signed a checkpoint, or says why it did not. Signatures of other keys (witnesses, a second key of
 * the log) are skipped; every one under the log's name and key must verify. `version` is Rekor's: with 1 the origin is
 * `<host> - <tree id>` of any host, which also is the name, since a log of Rekor v1 may be reached by another one; with
 * 2 origin and name are the host of the log's URL.
 */
export function verifyCheckpoint(checkpoint: Checkpoint, log: TransparencyLog, version: 1 | 2): true | Refused {
  const { origin, signatures, signedBytes } = checkpoint;
  const host = hostOf(log.baseUrl);
  if (version === 1 && !TREE_ID.test(origin)) {
    return malformed("the origin of a Rekor v1 log, a host and a tree id", quoteText(origin));
  }
  if (version === 2 && (host === "" || origin !== host)) {
    const expected = host === "" ? "a log with a URL in the trusted root" : `the origin ${quoteText(host)}`;
    return malformed(expected, quoteText(origin));
  }
  const signer = version === 1 ? origin.replace(TREE_ID, "") : host;
  const hints = version === 1 ? [hintOf(log.publicKey.keyId)] : keyHints(host, log);
  const own = signatures.filter(({ name, keyHint }) => name === signer && hints.includes(keyHint));
  if (own.length === 0) {
    const found = signatures.map(({ name, keyHint }) => `${quoteText(name)} ${keyHint}`).slice(0, 3);
    const expected = `a signature by the key ${hints.join(" or ")} of ${quoteText(signer)}`;
    return malformed(expected, `those of ${found.join(", ")}`);
  }
  const schemes = version === 1 ? schemesOfVersion1(log) : [log.signatureScheme];
  const isSigned = ({ signature }: NoteSignature): boolean =>
    schemes.some((scheme) => log.publicKey.verifies(signedBytes, signature, scheme));
  if (own.every(isSigned)) return true;
  const message = `checkpoint: expected a signature of ${quoteText(signer)} over it, found one over other bytes`;
  return refuse("TLOG_CHECKPOINT", message);
}

/** Rekor v1 signs with SHA-256 whatever the curve of its key; its own scheme is tried for keys that have another. */
export function schemesOfVersion1(log: TransparencyLog): readonly SignatureScheme[] {
  const isOther = log.publicKey.algorithm === "ecdsa-p384" || log.publicKey.algorithm === "ecdsa-p521";
  return isOther ? ["ecdsa-sha256", log.signatureScheme] : [log.signatureScheme];
}

/** The hints under which a log of Rekor v2 may sign: what its key gives with its name, and what the root states. */
function keyHints(host: string, log: TransparencyLog): readonly string[] {
  const stated = log.checkpointKeyId ?? log.keyId;
  return [...new Set([hintOf(noteKeyId(host, log)), hintOf(stated)])];
}

const ED25519_KEY_BYTES = 32;
const RSA_TYPE = encodeUtf8("PKIX-RSA-PKCS#1v1.5");

/**
 * The id of a log's key in signed notes: of ECDSA keys SHA-256 of the SPKI, of others bound to the origin.
 *
 * @see C2SP signed-note, "Signatures"; rekor-tiles, pkg/note
 */
export function noteKeyId(origin: string, { publicKey }: Pick<TransparencyLog, "publicKey">): Uint8Array {
  const { algorithm, spki, keyId } = publicKey;
  const name = encodeUtf8(`${origin}\n`);
  if (algorithm === "ed25519") {
    return hashBytes("sha256", concatBytes([name, Uint8Array.of(1), spki.subarray(-ED25519_KEY_BYTES)]));
  }
  if (algorithm === "rsa") return hashBytes("sha256", concatBytes([name, Uint8Array.of(0xff), RSA_TYPE, spki]));
  return keyId;
}

function hintOf(keyId: Uint8Array): string {
  return encodeHex(keyId.subarray(0, HINT_BYTES));
}

/** The host of a URL without port; empty where there is none. */
export function hostOf(url: string): string {
  const authority = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/([^/?#]*)/.exec(url)?.[1] ?? "";
  const host = authority.slice(authority.lastIndexOf("@") + 1);
  return host.startsWith("[") ? host.slice(1, Math.max(1, host.indexOf("]"))) : host.replace(/:[0-9]*$/, "");
}
