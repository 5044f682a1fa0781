import {
  ATTACHMENT_ANNOTATIONS,
  ATTACHMENT_MEDIA_TYPES,
  type AttachmentLayer,
  appendAttachmentLayer,
  attachmentTag,
  decodeBundle,
  decodeEnvelope,
  decodeSimpleSigning,
  decodeStatement,
  type Envelope,
  encodeEnvelope,
  STATEMENT_PAYLOAD_TYPE,
  type Statement,
} from "../../attestation/index.ts";
import {
  AmapError,
  type Digest,
  decodeBase64,
  decodeUtf8,
  digestAlgorithm,
  digestHex,
  encodeUtf8,
  isValueObject,
  LIMITS,
  memberOf,
  readJson,
  writeJson,
} from "../../base/index.ts";
import type { OpenImage } from "../open-image.ts";
import { encodeTimestampText } from "../signing/old-files.ts";
import type { World } from "../world.ts";
import { attachLayer, storeBundle } from "./attach.ts";
import { simpleSigningPayloadOf } from "./simple-signing-payload.ts";

/** What was attached, and what about it is worth a word. */
export interface AttachedFile {
  readonly digest: Digest;
  readonly predicateType?: string;
  readonly warnings: readonly string[];
}

/**
 * Attaches attestations that were signed elsewhere, as they are: a Sigstore bundle as a referrer, DSSE envelopes (one or
 * several JSON documents, one on each line) under the `.att` tag. Nothing is verified; what speaks about another digest
 * is attached all the same, with a warning.
 * @throws {AmapError} BUNDLE_INVALID, ENVELOPE_INVALID, STATEMENT_INVALID, NOT_SUPPORTED (a bundle of a blob), STORAGE_…
 */
export async function attachAttestationFile(
  world: World,
  image: OpenImage,
  bytes: Uint8Array,
): Promise<readonly AttachedFile[]> {
  if (isBundle(bytes)) return [await attachBundleFile(world, image, bytes)];
  // All are read before the first is attached: a broken one must not leave half of them there.
  const envelopes = documentsIn(bytes).map((document) => {
    const envelope = requireEnvelope(document);
    return { envelope, statement: requireStatement(envelope) };
  });
  const attached: AttachedFile[] = [];
  for (const each of envelopes) attached.push(await attachEnvelope(world, image, each));
  return attached;
}

/** Whether a file is one Sigstore bundle that can be read. Anything may be asked about. */
export function isBundleFile(bytes: Uint8Array): boolean {
  return decodeBundle(bytes).ok;
}

function isBundle(bytes: Uint8Array): boolean {
  const [first] = documentsIn(bytes);
  const mediaType = first === undefined ? undefined : memberOf(readDocument(first), "mediaType");
  return typeof mediaType === "string";
}

/** A file is one document, or one on each line. */
function documentsIn(bytes: Uint8Array): readonly Uint8Array[] {
  const text = decodeUtf8(bytes);
  if (text === undefined) throw new AmapError("ENVELOPE_INVALID", "expected JSON, found bytes that are not text");
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const isStream =
    lines.length > 1 && lines.every((line) => line.trimStart().startsWith("{") && line.trimEnd().endsWith("}"));
  return isStream ? lines.map(encodeUtf8) : [bytes];
}

function readDocument(bytes: Uint8Array): ReturnType<typeof readJson> {
  return readJson(bytes, { maxBytes: LIMITS.attachmentBytes });
}

/**
 * Attaches a Sigstore bundle of a statement as a referrer, byte for byte.
 * @throws {AmapError} BUNDLE_INVALID, BUNDLE_UNSUPPORTED, NOT_SUPPORTED, STATEMENT_INVALID
 */
async function attachBundleFile(world: World, image: OpenImage, bytes: Uint8Array): Promise<AttachedFile> {
  const bundle = decodeBundle(bytes);
  if (!bundle.ok) throw firstIssue(bundle.issues);
  if (bundle.value.content.kind !== "envelope") {
    throw new AmapError("NOT_SUPPORTED", "the bundle signs a blob, and only one with a DSSE envelope is attached", {
      hint: "Verify it with the file it is about: `amap verify-blob --bundle`.",
    });
  }
  const statement = requireStatement(bundle.value.content.envelope);
  const { digest } = await storeBundle(world, image, bytes, statement.predicateType);
  return about(image, statement, digest);
}

async function attachEnvelope(
  world: World,
  image: OpenImage,
  { envelope, statement }: { readonly envelope: Envelope; readonly statement: Statement },
): Promise<AttachedFile> {
  const layer: AttachmentLayer = {
    mediaType: ATTACHMENT_MEDIA_TYPES.envelope,
    bytes: encodeEnvelope(envelope),
    annotations: {
      [ATTACHMENT_ANNOTATIONS.signature]: "",
      [ATTACHMENT_ANNOTATIONS.predicateType]: statement.predicateType,
    },
  };
  const place = { storage: image.attachments, name: image.name };
  const { digest } = await attachLayer(world, place, attachmentTag(image.descriptor.digest, "att"), layer);
  return about(image, statement, digest);
}

function about({ descriptor }: OpenImage, { subject, predicateType }: Statement, digest: Digest): AttachedFile {
  const [algorithm, hex] = [digestAlgorithm(descriptor.digest), digestHex(descriptor.digest)];
  const isAbout = subject.some((each) => each.digest[algorithm] === hex);
  const warnings = isAbout ? [] : [`the statement is not about ${descriptor.digest}, so it will not verify for it`];
  return { digest, predicateType, warnings };
}

function requireEnvelope(bytes: Uint8Array): Envelope {
  const envelope = decodeEnvelope(bytes);
  if (!envelope.ok) throw firstIssue(envelope.issues);
  return envelope.value;
}

function requireStatement(envelope: Envelope): Statement {
  if (envelope.payloadType !== STATEMENT_PAYLOAD_TYPE) {
    const found = JSON.stringify(envelope.payloadType.slice(0, 80));
    throw new AmapError("ENVELOPE_INVALID", `payloadType: expected "${STATEMENT_PAYLOAD_TYPE}", found ${found}`);
  }
  const statement = decodeStatement(envelope.payload);
  if (!statement.ok) throw firstIssue(statement.issues);
  return statement.value;
}

function firstIssue(
  issues: readonly { readonly code: AmapError["code"]; readonly path: string; readonly message: string }[],
) {
  const [{ code, path, message } = { code: "ENVELOPE_INVALID" as const, path: "", message: "malformed" }] = issues;
  return new AmapError(code, path === "" ? message : `${path}: ${message}`);
}

/** A signature that was made elsewhere, with what proves when and by whom. */
export interface DetachedSignature {
  /** base64, as it is stored. */
  readonly signature: string;
  /** What was signed; the simple signing payload of the image when left out. */
  readonly payload?: Uint8Array;
  readonly certificatePem?: string;
  readonly chainPem?: string;
  /** DER of a timestamp authority's response. */
  readonly timestamp?: Uint8Array;
  /** What `cosign sign-blob --bundle` of old versions wrote: JSON with `rekorBundle`. */
  readonly logResponse?: Uint8Array;
}

/**
 * Attaches a signature that was made elsewhere under the `.sig` tag. Nothing is verified; a payload about something else is
 * attached all the same, with a warning.
 * @throws {AmapError} SIGNATURE_INVALID for no base64, USAGE for a chain without a certificate, JSON_INVALID, STORAGE_…
 */
export async function attachSignature(
  world: World,
  image: OpenImage,
  detached: DetachedSignature,
): Promise<AttachedFile> {
  const { signature, certificatePem, chainPem, timestamp, logResponse } = detached;
  if (signature === "" || decodeBase64(signature) === undefined) {
    throw new AmapError("SIGNATURE_INVALID", "expected the signature in base64, found something else");
  }
  if (chainPem !== undefined && certificatePem === undefined) {
    throw new AmapError("USAGE", "a certificate chain needs the certificate that it belongs to", {
      hint: "Pass the signer's certificate with --certificate.",
    });
  }
  const annotations = {
    [ATTACHMENT_ANNOTATIONS.signature]: signature,
    ...(certificatePem === undefined ? {} : certificateAnnotations(certificatePem, chainPem)),
    ...(timestamp === undefined ? {} : { [ATTACHMENT_ANNOTATIONS.timestamp]: encodeTimestampText(timestamp) }),
    ...(logResponse === undefined ? {} : logAnnotation(logResponse)),
  };
  const bytes = detached.payload ?? simpleSigningPayloadOf(image, {});
  const tag = attachmentTag(image.descriptor.digest, "sig");
  const layer = { mediaType: ATTACHMENT_MEDIA_TYPES.simpleSigning, bytes, annotations };
  const { digest } = await attachLayer(world, { storage: image.attachments, name: image.name }, tag, layer);
  const signed = decodeSimpleSigning(bytes);
  if (signed.ok && signed.value.digest === image.descriptor.digest) return { digest, warnings: [] };
  return { digest, warnings: [`the payload is not about ${image.descriptor.digest}, so it will not verify for it`] };
}

function certificateAnnotations(certificate: string, chain = ""): Readonly<Record<string, string>> {
  return { [ATTACHMENT_ANNOTATIONS.certificate]: certificate, [ATTACHMENT_ANNOTATIONS.chain]: chain };
}

function logAnnotation(response: Uint8Array): Readonly<Record<string, string>> {
  const bundle = memberOf(readJson(response), "rekorBundle");
  if (!isValueObject(bundle)) {
    throw new AmapError("JSON_INVALID", "expected the log's response to have rekorBundle, found none");
  }
  return { [ATTACHMENT_ANNOTATIONS.transparencyLog]: writeJson(bundle) };
}

/**
 * Puts an unsigned SBOM under the `.sbom` tag. cosign reads the one that stands there, so that one is replaced.
 * @throws {AmapError} LIMIT_EXCEEDED, STORAGE_…
 */
export async function attachSbomFile(image: OpenImage, bytes: Uint8Array, mediaType: string): Promise<AttachedFile> {
  const { attachments: storage, descriptor } = image;
  const tag = attachmentTag(descriptor.digest, "sbom");
  const next = appendAttachmentLayer(undefined, { mediaType, bytes });
  const before = await storage.resolve(tag);
  await storage.writeBlob(next.layer.bytes);
  await storage.writeBlob(next.config.bytes);
  await storage.writeManifest(next.manifest.bytes, {
    mediaType: next.mediaType,
    tag,
    expected: before?.digest ?? null,
  });
  const isReplaced = before !== undefined && before.digest !== next.manifest.digest;
  const warnings = isReplaced ? [`the SBOM that was there is replaced; it stays as ${before.digest}`] : [];
  return { digest: next.manifest.digest, warnings };
}
