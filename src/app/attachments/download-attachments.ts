import type { Descriptor } from "../../artifact/index.ts";
import {
  ATTACHMENT_ANNOTATIONS,
  decodeBundle,
  decodeEnvelope,
  decodeStatement,
  isSamePredicateType,
} from "../../attestation/index.ts";
import { AmapError, decodeUtf8, encodeBase64, LIMITS, readJson, type Value, writeJson } from "../../base/index.ts";
import { mapBounded } from "../bounded.ts";
import type { OpenImage } from "../open-image.ts";
import { type AttachmentManifest, listAttachments } from "./attachments.ts";

/** Blobs that are read at the same time. */
const WIDTH = 8;

/** An attachment as it is stored. Nothing of it is verified. */
interface Stored {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
}

/**
 * The signatures beside an image, one JSON document each, as `cosign download signature` gives them: the bundles where
 * there are any, else the layers of the `.sig` tag.
 * @throws {AmapError} NO_SIGNATURES, and those of listAttachments
 */
export async function downloadSignatures(image: OpenImage): Promise<readonly string[]> {
  const manifests = await listAttachments(image, image.descriptor.digest, ["sig"]);
  const bundles = await storedOf(image, manifests, "bundle");
  if (bundles.length > 0) return bundles.map(({ bytes }) => onOneLine(bytes));
  const signatures = await storedOf(image, manifests, "simple-signing");
  if (signatures.length > 0) return signatures.map(signatureDocument);
  throw new AmapError("NO_SIGNATURES", `${image.name}: no signatures found`);
}

/**
 * The attestations beside an image, one JSON document each: bundles as they are, and the envelopes of the `.att` tag.
 * @throws {AmapError} PREDICATE_TYPE_MISMATCH when a type is asked for and none has it, and those of listAttachments
 */
export async function downloadAttestations(image: OpenImage, predicateType?: string): Promise<readonly string[]> {
  const manifests = await listAttachments(image, image.descriptor.digest, ["att"]);
  const bundles = (await storedOf(image, manifests, "bundle")).filter(
    ({ bytes }) => predicateType === undefined || isOfType(bundlePredicate(bytes), predicateType),
  );
  const envelopes = (await storedOf(image, manifests, "envelope")).filter(
    ({ bytes }) => predicateType === undefined || isOfType(envelopePredicate(bytes), predicateType),
  );
  if (predicateType !== undefined && bundles.length + envelopes.length === 0) {
    throw new AmapError(
      "PREDICATE_TYPE_MISMATCH",
      `${image.name}: no attestations with predicate type ${predicateType}`,
    );
  }
  return [...bundles, ...envelopes].map(({ bytes }) => onOneLine(bytes));
}

/**
 * The unsigned SBOM under the `.sbom` tag, as it is.
 * @throws {AmapError} MANIFEST_NOT_FOUND when there is none
 */
export async function downloadSbom(image: OpenImage): Promise<{ readonly mediaType: string; readonly text: string }> {
  const manifests = await listAttachments(image, image.descriptor.digest, ["sbom"]);
  const [first] = await storedOf(image, manifests, "sbom");
  const text = first === undefined ? undefined : decodeUtf8(first.bytes);
  if (first !== undefined && text !== undefined) return { mediaType: first.descriptor.mediaType, text };
  throw new AmapError("MANIFEST_NOT_FOUND", `${image.name}: no SBOM is attached to ${image.descriptor.digest}`, {
    hint: "A signed one is an attestation: `amap download attestation --predicate-type cyclonedx`.",
  });
}

async function storedOf(
  image: OpenImage,
  manifests: readonly AttachmentManifest[],
  wanted: string,
): Promise<readonly Stored[]> {
  const descriptors = manifests.flatMap(({ attachments }) =>
    attachments.filter(({ kind }) => kind === wanted).map(({ descriptor }) => descriptor),
  );
  return mapBounded(descriptors, WIDTH, async (descriptor) => ({
    descriptor,
    bytes: await image.attachments.readBlob(descriptor, LIMITS.attachmentBytes),
  }));
}

function isOfType(found: string | undefined, wanted: string): boolean {
  return found !== undefined && isSamePredicateType(found, wanted);
}

function bundlePredicate(bytes: Uint8Array): string | undefined {
  const bundle = decodeBundle(bytes);
  if (!bundle.ok || bundle.value.content.kind !== "envelope") return undefined;
  return statementType(bundle.value.content.envelope.payload);
}

function envelopePredicate(bytes: Uint8Array): string | undefined {
  const envelope = decodeEnvelope(bytes);
  return envelope.ok ? statementType(envelope.value.payload) : undefined;
}

function statementType(payload: Uint8Array): string | undefined {
  const statement = decodeStatement(payload);
  return statement.ok ? statement.value.predicateType : undefined;
}

/** A document whose writer used several lines is written on one; any other stays byte for byte. */
function onOneLine(bytes: Uint8Array): string {
  const text = decodeUtf8(bytes)?.trimEnd() ?? "";
  return text.includes("\n") ? writeJson(readJson(bytes, { maxBytes: LIMITS.attachmentBytes })) : text;
}

function signatureDocument({ descriptor, bytes }: Stored): string {
  const { annotations = {} } = descriptor;
  const json = (name: string): Value => {
    const text = annotations[name];
    return text === undefined || text === "" ? null : readJson(text);
  };
  // The certificates are given as they are stored, in PEM: cosign prints its own reading of them.
  const pem = (name: string): Value => annotations[name] || null;
  return writeJson({
    Base64Signature: annotations[ATTACHMENT_ANNOTATIONS.signature] ?? "",
    Payload: encodeBase64(bytes),
    Cert: pem(ATTACHMENT_ANNOTATIONS.certificate),
    Chain: pem(ATTACHMENT_ANNOTATIONS.chain),
    Bundle: json(ATTACHMENT_ANNOTATIONS.transparencyLog),
    RFC3161Timestamp: json(ATTACHMENT_ANNOTATIONS.timestamp),
  });
}
