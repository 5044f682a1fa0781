import type { Candidate } from "../../attestation/index.ts";
import {
  AmapError,
  type Digest,
  decodeUtf8,
  digestOf,
  encodeUtf8,
  isAmapError,
  isValueObject,
  LIMITS,
  memberOf,
  readJsonFast,
  type Value,
  writeJson,
} from "../../base/index.ts";
import type { World } from "../world.ts";

/** Files of a folder that hold bundles: `gh attestation download` writes `sha256:….jsonl`. */
const BUNDLE_FILE = /\.(?:jsonl?|sigstore)$/i;

/**
 * Reads the candidates in a file of Sigstore bundles or DSSE envelopes, or in every `.json`, `.jsonl` and `.sigstore` file
 * of a folder: one JSON document, one on each line (as `gh attestation download` and `cosign download attestation`
 * write them), a list of them, or the answer of GitHub's attestations API. What is no bundle becomes a candidate all the
 * same, so that verification says why it is refused. Nothing is verified.
 * @throws {AmapError} FILE_NOT_FOUND, FILE_UNREADABLE, BUNDLE_INVALID when there is none, LIMIT_EXCEEDED
 */
export async function readBundleCandidates(world: World, path: string): Promise<readonly Candidate[]> {
  const candidates: Candidate[] = [];
  let total = 0;
  for (const file of await filesAt(world, path)) {
    const bytes = await world.files.read(file, LIMITS.attachmentsTotalBytes - total);
    total += bytes.length;
    for (const candidate of candidatesIn(bytes)) candidates.push(candidate);
    if (candidates.length > LIMITS.attachments) {
      throw new AmapError("LIMIT_EXCEEDED", `${path}: more than ${LIMITS.attachments} bundles; that is the limit`);
    }
  }
  if (candidates.length > 0) return candidates;
  throw new AmapError("BUNDLE_INVALID", `${path}: expected Sigstore bundles, found none`, {
    hint: "Name a file of bundles, or a folder of .json, .jsonl or .sigstore files with them.",
  });
}

async function filesAt(world: World, path: string): Promise<readonly string[]> {
  if ((await world.files.kindOf(path, { followLinks: true })) !== "directory") return [path];
  const entries = await world.files.list(path, LIMITS.attachments, { followLinks: true });
  return entries.filter((entry) => BUNDLE_FILE.test(entry.path)).map((entry) => `${path}/${entry.path}`);
}

/** The documents of one file, each with the digest of its own bytes. */
function candidatesIn(bytes: Uint8Array): readonly Candidate[] {
  const file = digestOf(bytes);
  const whole = readValue(bytes);
  if (whole !== undefined) return documentsOf(whole, bytes).map((document) => candidateOf(document, file));
  const lines = (decodeUtf8(bytes) ?? "").split("\n").filter((line) => line.trim() !== "");
  // One line that is no JSON is one bad candidate, as is a file of something else.
  if (lines.length <= 1) return bytes.length === 0 ? [] : [candidateOf(bytes, file)];
  return lines.map((line) => candidateOf(encodeUtf8(line), file));
}

function readValue(bytes: Uint8Array): Value | undefined {
  try {
    return readJsonFast(bytes, { maxBytes: LIMITS.attachmentsTotalBytes });
  } catch (error) {
    // Several documents, one on each line, are not one document; so is what is no JSON at all.
    if (isAmapError(error, "JSON_INVALID")) return undefined;
    throw error;
  }
}

/** The bundles of a list, or of the API's `attestations`; else the document itself, byte for byte. */
function documentsOf(value: Value, bytes: Uint8Array): readonly Uint8Array[] {
  const attestations = isValueObject(value) ? memberOf(value, "attestations") : undefined;
  const list = Array.isArray(value) ? value : attestations;
  if (!Array.isArray(list)) return [bytes];
  return (list as readonly Value[]).map((entry) => {
    const bundle = isValueObject(entry) ? memberOf(entry, "bundle") : undefined;
    return encodeUtf8(writeJson(bundle !== undefined && isValueObject(bundle) ? bundle : entry));
  });
}

function candidateOf(bytes: Uint8Array, file: Digest): Candidate {
  const foundAt = { form: "file", manifest: file, blob: digestOf(bytes) } as const;
  const value = readValue(bytes);
  const isEnvelope = value !== undefined && isValueObject(value) && memberOf(value, "payloadType") !== undefined;
  return isEnvelope ? { kind: "envelope", foundAt, bytes, annotations: {} } : { kind: "bundle", foundAt, bytes };
}
