import type { Descriptor } from "../../artifact/index.ts";
import {
  ATTACHMENT_MEDIA_TYPES,
  type Attachment,
  type AttachmentLayer,
  decodeEnvelope,
  decodeStatement,
  findSameLayer,
  readCandidate,
  verifyCandidates,
} from "../../attestation/index.ts";
import { type Digest, digestOf, isAmapError, LIMITS } from "../../base/index.ts";
import type { Signer } from "../../ports/index.ts";
import type { OpenImage } from "../open-image.ts";
import type { FindSuperseded } from "./attach.ts";
import { listAttachments } from "./attachments.ts";

const NONE: ReadonlySet<number> = new Set();
const FOUND = { form: "tag", manifest: `sha256:${"0".repeat(64)}` } as const;

/**
 * Under a tag of signatures: a signature that says exactly what the new one says, by the same key, makes the new one
 * superfluous, as with cosign. With `replaces` the new one takes the place of every signature of the image by its key.
 * Another's signature is neither.
 */
export function supersedeOwnSignatures(image: OpenImage, signer: Signer, replaces: boolean): FindSuperseded {
  return async (layers, layer) => {
    const same = new Set(layers.filter((stored) => findSameLayer([stored], layer) !== undefined));
    const without = new Set<number>();
    for (const [position, stored] of layers.entries()) {
      if (stored.mediaType !== ATTACHMENT_MEDIA_TYPES.simpleSigning || !(replaces || same.has(stored))) continue;
      if (!(await isOwnLayer(image, signer, stored, layer))) continue;
      if (!replaces) return { without: NONE, isKnown: true };
      without.add(position);
    }
    return { without };
  };
}

/** Whether a layer is a signature of the image by the signer's key. What the new layer holds need not be read again. */
async function isOwnLayer(
  image: OpenImage,
  signer: Signer,
  stored: Descriptor,
  layer: AttachmentLayer,
): Promise<boolean> {
  const isSame = digestOf(layer.bytes) === stored.digest;
  const bytes = isSame ? layer.bytes : await image.attachments.readBlob(stored, LIMITS.attachmentBytes);
  return isOwn(image, signer, { kind: "simple-signing", descriptor: stored }, bytes);
}

function isOwn(image: OpenImage, signer: Signer, attachment: Attachment, bytes: Uint8Array): boolean {
  const candidate = readCandidate(attachment, bytes, FOUND);
  if (candidate === undefined) return false;
  const keys = [{ name: "own", pem: signer.publicKeyPem }];
  const thresholds = { logs: 0, timestamps: 0, times: 0 };
  const subjects = [image.descriptor.digest];
  return verifyCandidates([candidate], { keys, subjects, thresholds }).signatures.length > 0;
}

/** Under a tag of attestations: all of the same predicate type, whoever signed them, as with cosign's `--replace`. */
export function supersedePredicateType(image: OpenImage, predicateType: string): FindSuperseded {
  return async (layers) => {
    const without = new Set<number>();
    for (const [position, stored] of layers.entries()) {
      if (stored.mediaType !== ATTACHMENT_MEDIA_TYPES.envelope) continue;
      const envelope = decodeEnvelope(await image.attachments.readBlob(stored, LIMITS.attachmentBytes));
      const statement = envelope.ok ? decodeStatement(envelope.value.payload) : envelope;
      if (statement.ok && statement.value.predicateType === predicateType) without.add(position);
    }
    return { without };
  };
}

/** Referrers that were removed, or could not be. */
export interface Superseded {
  readonly removed: readonly Digest[];
  /** Why some stayed that a newer one supersedes, in one sentence. */
  readonly warning?: string;
}

/**
 * Removes the referrers that are signatures of the image by the signer's key, but for `kept`. A registry that deletes nothing
 * keeps them.
 * @throws {AmapError} as listAttachments; BLOB_…
 */
export async function removeOwnReferrers(image: OpenImage, signer: Signer, kept: Digest): Promise<Superseded> {
  const removed: Digest[] = [];
  for (const { form, digest, attachments } of await listAttachments(image, image.descriptor.digest, [])) {
    const [attachment, ...others] = attachments;
    // What holds more than one signature may hold another's.
    if (form !== "referrer" || digest === kept || attachment === undefined || others.length > 0) continue;
    if (attachment.kind !== "bundle" && attachment.kind !== "simple-signing") continue;
    const bytes = await image.attachments.readBlob(attachment.descriptor, LIMITS.attachmentBytes);
    if (!isOwn(image, signer, attachment, bytes)) continue;
    try {
      if (await image.attachments.deleteManifest(digest)) removed.push(digest);
    } catch (error) {
      if (!isAmapError(error, "NOT_SUPPORTED")) throw error;
      return { removed, warning: `an older signature by this key stays: ${error.message}` };
    }
  }
  return { removed };
}
