import {
  ATTACHMENT_ANNOTATIONS,
  ATTACHMENT_MEDIA_TYPES,
  type AttachmentKind,
  type AttachmentLayer,
  createSignatureStatement,
  decodeSimpleSigning,
  encodeCosignStatement,
  encodeEnvelope,
  encodeLogEntryAnnotation,
  encodeSimpleSigning,
  encodeStatement,
  IMAGE_SIGNATURE_PREDICATE_TYPE,
} from "../../attestation/index.ts";
import { AmapError, digestAlgorithm, digestHex, encodeBase64, hashBytes, type Value } from "../../base/index.ts";
import type { Signer } from "../../ports/index.ts";
import type { OpenImage } from "../open-image.ts";
import { encodeTimestampText } from "../signing/old-files.ts";
import { bundleOf, signPayload, witnessEnvelope } from "../signing/sign-envelope.ts";
import { digestAlgorithmOf, type FormOptions, schemeOfBytes, schemeOfEnvelope } from "../signing/signature-form.ts";
import { type SignatureWitnesses, witnessSignature } from "../signing/witness-signature.ts";
import type { World } from "../world.ts";

/** A signature that is made and not stored yet. */
export interface MadeSignature {
  /** What was signed: a simple signing payload, or a statement. */
  readonly payload: Uint8Array;
  /** As cosign's files hold it: of a payload the signature, of a statement the JSON of its envelope. */
  readonly signature: Uint8Array;
  readonly witnesses: SignatureWitnesses;
}

/** A signature or an attestation of an image that is made and not stored yet. */
export type MadeAttachment = {
  readonly predicateType: string;
  /** One; several where a payload was signed for each of several identities. */
  readonly signatures: readonly MadeSignature[];
} & (
  | { readonly form: "bundle"; readonly bundle: Uint8Array }
  | { readonly form: "tag"; readonly kind: AttachmentKind; readonly layers: readonly AttachmentLayer[] }
);

/** What an image signature says. */
export interface ImageSignatureOptions extends FormOptions {
  readonly annotations?: Readonly<Record<string, string>>;
  /** Names of the image in payloads for a tag, one payload each; its own name when left out. */
  readonly identities?: readonly string[];
  /** The payload for a tag, made elsewhere. */
  readonly payload?: Uint8Array;
}

/**
 * Signs an image. Nothing is stored.
 * @throws {AmapError} PAYLOAD_INVALID, SUBJECT_MISMATCH for a given payload; NOT_SUPPORTED for a log entry that a tag cannot
 * hold; SIGNING_CONFIG_INVALID, SIGNING_SERVICE_FAILED, TIMEOUT, OFFLINE
 */
export async function makeImageSignature(
  world: World,
  image: OpenImage,
  signer: Signer,
  options: ImageSignatureOptions,
): Promise<MadeAttachment> {
  if (options.form === "bundle") {
    const statement = encodeStatement(createSignatureStatement(image.descriptor.digest, options.annotations));
    return makeAttestation(world, signer, statement, { ...options, predicateType: IMAGE_SIGNATURE_PREDICATE_TYPE });
  }
  const signatures: MadeSignature[] = [];
  for (const payload of payloadsOf(image, options)) {
    signatures.push(await signSimple(world, signer, payload, options));
  }
  const layers = signatures.map(
    ({ payload, signature, witnesses }): AttachmentLayer => ({
      mediaType: ATTACHMENT_MEDIA_TYPES.simpleSigning,
      bytes: payload,
      annotations: {
        [ATTACHMENT_ANNOTATIONS.signature]: encodeBase64(signature),
        ...annotationsOfWitnesses(witnesses),
      },
    }),
  );
  return { form: "tag", kind: "sig", predicateType: IMAGE_SIGNATURE_PREDICATE_TYPE, signatures, layers };
}

/**
 * Signs the bytes of a statement as they stand, as a bundle or for a tag of attestations. Nothing is stored.
 * @throws {AmapError} as makeImageSignature
 */
export async function makeAttestation(
  world: World,
  signer: Signer,
  payload: Uint8Array,
  options: FormOptions & { readonly predicateType: string },
): Promise<MadeAttachment> {
  const { form, predicateType, witnesses: request } = options;
  const envelope = await signPayload(payload, signer, schemeOfEnvelope(signer, options));
  const signature = encodeEnvelope(envelope);
  if (form === "bundle") {
    const witnesses = await witnessEnvelope(world, envelope, signer, options);
    const bundle = bundleOf(envelope, signer, witnesses);
    return { form, predicateType, signatures: [{ payload, signature, witnesses }], bundle };
  }
  const asked = request === undefined ? {} : { witnesses: { ...request, timestamped: signature } };
  const witnesses = await witnessEnvelope(world, envelope, signer, { form, ...asked });
  const layer = {
    mediaType: ATTACHMENT_MEDIA_TYPES.envelope,
    bytes: signature,
    annotations: {
      [ATTACHMENT_ANNOTATIONS.signature]: "",
      [ATTACHMENT_ANNOTATIONS.predicateType]: predicateType,
      ...annotationsOfWitnesses(witnesses),
    },
  };
  return { form, kind: "att", predicateType, signatures: [{ payload, signature, witnesses }], layers: [layer] };
}

/**
 * The bytes of a statement about an image, as cosign makes it: named by its repository.
 * @throws {AmapError} LIMIT_EXCEEDED
 */
export function statementAboutImage(
  { storage, descriptor }: OpenImage,
  predicateType: string,
  predicate: Value,
): Uint8Array {
  const { digest } = descriptor;
  const subject = { name: storage.repository, digest: { [digestAlgorithm(digest)]: digestHex(digest) } };
  return encodeCosignStatement({ subject, predicateType, predicate });
}

function payloadsOf(image: OpenImage, options: ImageSignatureOptions): readonly Uint8Array[] {
  const { annotations, identities = [image.storage.repository] } = options;
  if (options.payload !== undefined) return [requirePayloadOf(image, options.payload)];
  const { digest } = image.descriptor;
  return identities.map((dockerReference) =>
    encodeSimpleSigning({ dockerReference, digest, ...(annotations === undefined ? {} : { annotations }) }),
  );
}

/** A payload about something else would be stored as a signature that never counts. */
function requirePayloadOf({ name, descriptor }: OpenImage, bytes: Uint8Array): Uint8Array {
  const payload = decodeSimpleSigning(bytes);
  if (!payload.ok) {
    const [issue] = payload.issues;
    const place = issue === undefined || issue.path === "" ? "" : `${issue.path}: `;
    throw new AmapError("PAYLOAD_INVALID", `the payload: ${place}${issue?.message ?? "malformed"}`);
  }
  if (payload.value.digest === descriptor.digest) return bytes;
  const message = `expected a payload about ${descriptor.digest}, found one about ${payload.value.digest}`;
  throw new AmapError("SUBJECT_MISMATCH", `${name}: ${message}`);
}

async function signSimple(
  world: World,
  signer: Signer,
  payload: Uint8Array,
  options: FormOptions,
): Promise<MadeSignature> {
  const { spki } = signer.publicKey;
  const scheme = schemeOfBytes(signer, options);
  const { witnesses: request } = options;
  const signature = await signer.sign(payload, scheme);
  if (request === undefined) return { payload, signature, witnesses: { logEntries: [], timestamps: [] } };
  const algorithm = digestAlgorithmOf(scheme);
  const digest = { algorithm, bytes: hashBytes(algorithm, payload) };
  const signed = { kind: "message", digest, signature, key: spki, isCertificate: false } as const;
  return { payload, signature, witnesses: await witnessSignature(world, request, signed, scheme) };
}

/** Annotations hold one timestamp and one log entry, with its promise. */
function annotationsOfWitnesses({ logEntries, timestamps }: SignatureWitnesses): Readonly<Record<string, string>> {
  const [entry] = logEntries;
  const [timestamp] = timestamps;
  const log = entry === undefined ? undefined : encodeLogEntryAnnotation(entry);
  if (logEntries.length > 1 || timestamps.length > 1 || (entry !== undefined && log === undefined)) {
    throw new AmapError(
      "NOT_SUPPORTED",
      "a tag holds one timestamp and one entry of a log of Rekor v1, and no others",
      {
        hint: "Leave out --new-bundle-format=false: a bundle holds all of them.",
      },
    );
  }
  return {
    ...(log === undefined ? {} : { [ATTACHMENT_ANNOTATIONS.transparencyLog]: log }),
    ...(timestamp === undefined ? {} : { [ATTACHMENT_ANNOTATIONS.timestamp]: encodeTimestampText(timestamp) }),
  };
}
