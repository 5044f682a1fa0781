import type { Descriptor } from "../../artifact/index.ts";
import {
  ATTACHMENT_ANNOTATIONS,
  readCandidate,
  removeAttachmentLayers,
  type VerifierOptions,
} from "../../attestation/index.ts";
import { AmapError, type Digest, isAmapError, LIMITS, parseTime } from "../../base/index.ts";
import { mapBounded } from "../bounded.ts";
import { decodeOrThrow, type OpenImage } from "../open-image.ts";
import type { World } from "../world.ts";
import { type AttachmentManifest, listAttachments } from "./attachments.ts";
import { readClaim } from "./superseded/claims.ts";
import { judgeSuperseded, type StoredEvidence, type Verdict } from "./superseded/judge.ts";
import { createProofFinder, type ProofFinder } from "./superseded/proofs.ts";

/** What became of one signature or attestation beside an image. */
export interface CleanedAttachment extends Verdict {
  /** The tag, or the digest of a referrer. */
  readonly name: string;
  /** Of the signature, envelope or bundle. */
  readonly digest: Digest;
  /** The predicate type, `signature`; where it is not verified what it is stored as. */
  readonly type: string;
  readonly signer?: string;
  /** RFC 3339: when it was signed, where that is proven. */
  readonly signedAt?: string;
}

/** How `cleanSuperseded` works. */
export interface CleanSupersededOptions {
  /** Whose signatures and attestations are looked at: those of all others stay. */
  readonly trust: VerifierOptions;
  /** Says what would be removed, and removes nothing. */
  readonly dryRun?: boolean;
}

/** Attachments read at the same time. */
const WIDTH = 8;
/** How often the removal starts anew when somebody else changes the same tag. */
const TAG_ATTEMPTS = 5;

/**
 * Removes signatures and attestations of an image that a newer one of the same signer supersedes: a scan by a newer one of
 * the same scanner, SBOM and provenance by newer ones of the same tool or builder, VEX by a document that states again all
 * that it states, a signature by one over the same digest with the same annotations. What is not verified stays, and so
 * does everything whose replacement is not known. What stands under a tag and what refers to the image are judged apart,
 * since they have different readers.
 *
 * Evidence shows the same current scans, findings and answers before and after.
 * @returns everything beside the image's digest, with what became of it
 * @throws {AmapError} NOT_SUPPORTED where the registry deletes nothing; STORAGE_CONFLICT; as listAttachments
 */
export async function cleanSuperseded(
  world: World,
  image: OpenImage,
  { trust, dryRun = false }: CleanSupersededOptions,
): Promise<readonly CleanedAttachment[]> {
  const manifests = await listAttachments(image, image.descriptor.digest, ["sig", "att"], LIMITS.cleanedReferrers);
  const places = manifests.flatMap((manifest) => manifest.attachments.map((_, position) => ({ manifest, position })));
  const finder = createProofFinder(trust);
  const now = world.clock.now();
  const looked = await mapBounded(places, WIDTH, (place) => lookAt(image, place, { finder, now }));
  const verdicts = keepTogether(places, judgeSuperseded(looked.map(({ evidence }) => evidence)));
  if (!dryRun) {
    const removed = Map.groupBy(
      places.filter((_, index) => verdicts[index]?.isKept === false),
      ({ manifest }) => manifest,
    );
    for (const [manifest, those] of removed) await removeFrom(image, manifest, those);
  }
  return looked.map(({ described }, index) => ({ ...described, ...(verdicts[index] as Verdict) }));
}

/** One attachment: the manifest that holds it, and its place among the attachments there. */
interface Place {
  readonly manifest: AttachmentManifest;
  readonly position: number;
}

interface Looked {
  readonly evidence: StoredEvidence;
  readonly described: Omit<CleanedAttachment, keyof Verdict>;
}

/** Reads and verifies one attachment. Of its content only what decides is kept, so that memory does not grow with all. */
async function lookAt(
  image: OpenImage,
  { manifest, position }: Place,
  { finder, now }: { readonly finder: ProofFinder; readonly now: number },
): Promise<Looked> {
  const attachment = manifest.attachments[position];
  if (attachment === undefined) throw new Error(`${manifest.digest} has no attachment ${position}`);
  const { descriptor, kind } = attachment;
  const stored = { name: manifest.tag ?? manifest.digest, digest: descriptor.digest };
  const refuse = (refusal: string): Looked => ({ described: { ...stored, type: kind }, evidence: { refusal } });
  if (kind === "sbom") return refuse("it is not signed");
  const bytes = await image.attachments.readBlob(descriptor, LIMITS.attachmentBytes);
  const candidate = readCandidate(attachment, bytes, { form: manifest.form, manifest: manifest.digest });
  if (candidate === undefined) throw new Error(`${descriptor.digest} is no candidate`);
  const { entries, code, proofs, provenAt, refusal } = finder.find(candidate, [image.descriptor.digest]);
  const [entry] = entries;
  if (entry === undefined) return refuse(`not verified: ${code}`);
  const context = {
    place: `${manifest.form} ${kind}`,
    proofs,
    ...(provenAt === undefined ? {} : { provenAt: parseTime(provenAt) as number }),
    order: orderOf({ manifest, position }),
    now,
  };
  const described = {
    ...stored,
    type: entry.kind === "signature" ? "signature" : entry.predicateType,
    signer: entries.map(({ signer }) => (signer.kind === "key" ? signer.name : signer.subject)).join(", "),
    ...(provenAt === undefined ? {} : { signedAt: provenAt }),
  };
  return {
    described,
    evidence: refusal === undefined ? { claims: entries.map((each) => readClaim(each, context)) } : { refusal },
  };
}

/** Sorts attachments that are alike: by when they say they were stored, then by digest and place. */
function orderOf({ manifest, position }: Place): string {
  const stored = manifest.annotations[ATTACHMENT_ANNOTATIONS.created] ?? "";
  return `${stored} ${manifest.digest} ${String(position).padStart(6, "0")}`;
}

/** A manifest that refers to an image goes as a whole: while one attachment in it stays, all do. */
function keepTogether(places: readonly Place[], verdicts: readonly Verdict[]): readonly Verdict[] {
  const stays = new Set(
    places.flatMap(({ manifest }, index) =>
      manifest.form === "referrer" && verdicts[index]?.isKept === true ? [manifest] : [],
    ),
  );
  return verdicts.map((verdict, index) => {
    const isHeld = !verdict.isKept && stays.has((places[index] as Place).manifest);
    return isHeld ? { isKept: true, reason: "it is stored together with one that stays" } : verdict;
  });
}

async function removeFrom(image: OpenImage, manifest: AttachmentManifest, places: readonly Place[]): Promise<void> {
  if (manifest.tag !== undefined) {
    const removed = places.flatMap(({ position }) => manifest.attachments[position]?.descriptor ?? []);
    return removeFromTag(image, manifest.tag, removed);
  }
  // One that is gone was removed by somebody who came to the same end.
  await image.attachments.deleteManifest(manifest.digest);
}

/** Takes layers out of what stands under a tag; what others attach at the same time stays. */
async function removeFromTag(image: OpenImage, tag: string, removed: readonly Descriptor[]): Promise<void> {
  const { attachments: storage, name } = image;
  for (let attempt = 1; ; attempt += 1) {
    const current = await storage.resolve(tag);
    const read = current === undefined ? undefined : await storage.readManifest(current.digest);
    if (current === undefined || read === undefined) return;
    const manifest = decodeOrThrow(read.bytes, `${name}: ${tag}`);
    if (manifest.kind === "index") throw new AmapError("MANIFEST_INVALID", `${name}: ${tag} is an index`);
    const positions = positionsOf(manifest.layers, removed);
    if (positions.size === 0) return;
    const config = await storage.readBlob(manifest.config, LIMITS.manifestBytes);
    const next = removeAttachmentLayers({ manifest, config }, positions);
    await storage.writeBlob(next.config.bytes);
    try {
      await storage.writeManifest(next.manifest.bytes, { mediaType: next.mediaType, tag, expected: current.digest });
      return;
    } catch (error) {
      if (!isAmapError(error, "STORAGE_CONFLICT") || attempt === TAG_ATTEMPTS) throw error;
    }
  }
}

/** Where the layers stand now: each of them once, for one that stands there twice is two. */
function positionsOf(layers: readonly Descriptor[], removed: readonly Descriptor[]): ReadonlySet<number> {
  const wanted = removed.map((layer) => JSON.stringify(layer));
  const positions = new Set<number>();
  for (const [position, layer] of layers.entries()) {
    const found = wanted.indexOf(JSON.stringify(layer));
    if (found < 0) continue;
    positions.add(position);
    wanted.splice(found, 1);
  }
  return positions;
}
