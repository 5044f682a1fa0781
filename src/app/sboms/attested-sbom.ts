import { decodeBundle, decodeEnvelope, decodeStatement, type Statement } from "../../attestation/index.ts";
import {
  AmapError,
  type Decoded,
  type Digest,
  encodeUtf8,
  isAmapError,
  parseTime,
  type Value,
  writeJson,
} from "../../base/index.ts";
import { type DecodedSbom, readSbom, type Sbom } from "../../metadata/index.ts";
import { downloadAttestations } from "../attachments/download-attachments.ts";
import { documentKindOf } from "../evidence/document-kinds.ts";
import type { OpenImage } from "../open-image.ts";

/** The members that a bundle, an envelope and a statement begin with, and no SBOM does. */
const BEGINS_ATTESTATION =
  /^\s*\{\s*"(?:mediaType|verificationMaterial|dsseEnvelope|messageSignature|payload|payloadType|signatures|_type|subject|predicate|predicateType)"\s*:/;
const HEAD_BYTES = 512;
const LINE_FEED = 0x0a;

/**
 * The SBOM in the bytes of a file: a bundle, an envelope or a statement is taken off, also of the lines that
 * `verify-attestation` and `download attestation` write. Bytes of another kind are given back as they are. Nothing is
 * verified.
 * @throws {AmapError} DOCUMENT_INVALID for an attestation that is malformed or holds no SBOM
 */
export function takeOffAttestation(bytes: Uint8Array): Uint8Array {
  if (!beginsAttestation(bytes)) return bytes;
  const statements = documentsOf(bytes).map((document) => orThrow(readAttestation(document), "the attestation"));
  const newest = newestOf(statements);
  if (newest !== undefined) return newest.bytes;
  const types = [...new Set(statements.map(({ predicateType }) => predicateType.slice(0, 200)))].join(", ");
  throw new AmapError("DOCUMENT_INVALID", `expected an attestation of an SBOM, found ${types}`);
}

/**
 * The newest SBOM that is attested of an image and speaks of it, by the time that the SBOM states. Nothing is verified:
 * anybody who can push may have written it.
 * @throws {AmapError} PREDICATE_TYPE_MISMATCH where there is none, and those of downloadAttestations
 */
export async function readAttestedSbom(image: OpenImage): Promise<Sbom> {
  const { digest } = image.descriptor;
  const attestations = await downloadAttestations(image);
  const statements = attestations.flatMap((text) => {
    const read = readAttestation(encodeUtf8(text));
    return read.ok && speaksOf(read.value, digest) ? [read.value] : [];
  });
  const newest = newestOf(statements);
  if (newest !== undefined) return newest.sbom;
  throw new AmapError(
    "PREDICATE_TYPE_MISMATCH",
    `${image.name}: expected an attestation of an SBOM of ${digest}, found ${attestations.length} attestations and none such`,
    {
      hint: "Make one: `amap sbom IMAGE -o cyclonedx-json=FILE`, then `amap attest --type cyclonedx --predicate FILE IMAGE`.",
    },
  );
}

function beginsAttestation(bytes: Uint8Array): boolean {
  return BEGINS_ATTESTATION.test(new TextDecoder().decode(bytes.subarray(0, HEAD_BYTES)));
}

/** One document, or one a line. */
function documentsOf(bytes: Uint8Array): readonly Uint8Array[] {
  const lines: Uint8Array[] = [];
  for (let start = 0; start < bytes.length; ) {
    const end = bytes.indexOf(LINE_FEED, start);
    const line = bytes.subarray(start, end === -1 ? bytes.length : end);
    if (line.some((byte) => byte > 0x20)) lines.push(line);
    start = end === -1 ? bytes.length : end + 1;
  }
  return lines.length > 1 && lines.every(beginsAttestation) ? lines : [bytes];
}

function readAttestation(bytes: Uint8Array): Decoded<Statement> {
  const head = new TextDecoder().decode(bytes.subarray(0, HEAD_BYTES));
  if (/^\s*\{\s*"(?:_type|subject|predicate|predicateType)"/.test(head)) return decodeStatement(bytes);
  if (/^\s*\{\s*"(?:payload|payloadType|signatures)"/.test(head)) {
    const envelope = decodeEnvelope(bytes);
    return envelope.ok ? decodeStatement(envelope.value.payload) : envelope;
  }
  const bundle = decodeBundle(bytes);
  if (!bundle.ok) return bundle;
  const { content } = bundle.value;
  if (content.kind === "envelope") return decodeStatement(content.envelope.payload);
  const message = "expected a bundle of an attestation, found one of a signature";
  return { ok: false, issues: [{ code: "DOCUMENT_INVALID", path: "", message }] };
}

function orThrow<T>(read: Decoded<T>, what: string): T {
  if (read.ok) return read.value;
  const [issue] = read.issues;
  const place = issue === undefined || issue.path === "" ? "" : `${issue.path}: `;
  throw new AmapError("DOCUMENT_INVALID", `${what} cannot be read: ${place}${issue?.message ?? "it is malformed"}`, {
    details: { issues: read.issues },
  });
}

function speaksOf({ subject }: Statement, digest: Digest): boolean {
  const [algorithm = "", hex] = digest.split(":");
  return subject.some((each) => Object.hasOwn(each.digest, algorithm) && each.digest[algorithm] === hex);
}

/** An SBOM out of a statement. */
interface AttestedSbom {
  readonly bytes: Uint8Array;
  readonly sbom: Sbom;
}

/**
 * Of the same time the first.
 * @throws {AmapError} DOCUMENT_INVALID where there are SBOMs and none can be read
 */
function newestOf(statements: readonly Statement[]): AttestedSbom | undefined {
  let newest: AttestedSbom | undefined;
  let unread: Decoded<DecodedSbom> | undefined;
  for (const { predicateType, predicate } of statements) {
    if (documentKindOf(predicateType) !== "sbom") continue;
    const bytes = documentOf(predicate);
    const read = tryRead(bytes);
    if (!read.ok) {
      unread ??= read;
      continue;
    }
    const { sbom } = read.value;
    if (newest === undefined || timeOf(sbom) > timeOf(newest.sbom)) newest = { bytes, sbom };
  }
  if (newest === undefined && unread !== undefined) orThrow(unread, "the attested SBOM");
  return newest;
}

function timeOf({ createdAt }: Sbom): number {
  return parseTime(createdAt) ?? Number.NEGATIVE_INFINITY;
}

/** cosign's `--type spdx` stores the document as one JSON string. */
function documentOf(predicate: Value): Uint8Array {
  return encodeUtf8(typeof predicate === "string" ? predicate : writeJson(predicate));
}

function tryRead(bytes: Uint8Array): Decoded<DecodedSbom> {
  try {
    return readSbom(bytes, { keepsRemainders: true });
  } catch (error) {
    if (!isAmapError(error)) throw error;
    return { ok: false, issues: [{ code: error.code, path: "", message: error.message }] };
  }
}
