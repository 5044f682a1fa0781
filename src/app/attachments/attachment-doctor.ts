import { decodeManifest } from "../../artifact/index.ts";
import { attachmentsOf } from "../../attestation/index.ts";
import { AmapError, type Digest, isAmapError, LIMITS } from "../../base/index.ts";
import { mapBounded } from "../bounded.ts";
import type { OpenImage } from "../open-image.ts";
import { examineContents, type PlacedAttachment } from "./doctor/attachment-contents.ts";
import { examineTags } from "./doctor/attachment-tags.ts";
import { type Defect, type DefectKind, type Finding, findingOf, type Patient } from "./doctor/defect.ts";
import { examineFallbackIndex, listReadable } from "./doctor/fallback-index.ts";
import { scanTags, type TagScan } from "./doctor/tag-scan.ts";

/** What the doctor found and did. */
export interface Diagnosis {
  /** The image and its platforms, in order. */
  readonly subjects: readonly Digest[];
  /** What was wrong and is mended now. */
  readonly mended: readonly Defect[];
  /** What is wrong still. */
  readonly left: readonly Defect[];
  /** Tags of the repository, and attachments, that were looked at. */
  readonly lookedAt: { readonly tags: number; readonly attachments: number };
  /** What could not be looked at, in words. */
  readonly notLookedAt: readonly string[];
}

/** Mending one thing may show the next: a listing that is free again lacks what was never listed. */
const ROUNDS = 4;
const WIDTH = 8;
/** A registry lists tags and referrers, never all of its manifests. */
const UNREACHABLE = "manifests that no tag and no listing names: a registry does not say which ones it has";

/**
 * Looks for what is wrong with everything beside an image and each of its platforms: wrong, lost and misplaced entries of
 * the fallback index, attachments that nothing lists, images in the index's place, tags of something else, and contents
 * that can never count. With `repair` it mends what can be mended without losing anything; nothing is ever deleted.
 * @throws {AmapError} STORAGE_CONFLICT when others write at the same time, LIMIT_EXCEEDED, REGISTRY_…
 */
export async function diagnoseAttachments(image: OpenImage, options: { readonly repair: boolean }): Promise<Diagnosis> {
  const mended: Defect[] = [];
  let examined = await examineImage(image);
  for (let round = 0; options.repair && round < ROUNDS; round += 1) {
    const mends = new Set(examined.findings.flatMap(({ mend }) => mend ?? []));
    if (mends.size === 0) break;
    await mendAll([...mends], round);
    const after = await examineImage(image);
    const still = new Set(after.findings.map(keyOf));
    const gone = examined.findings.filter((each) => !still.has(keyOf(each)));
    mended.push(...gone.map(toDefect));
    examined = after;
  }
  const { subjects, findings, lookedAt, notLookedAt } = examined;
  return { subjects, mended, left: findings.map(toDefect), lookedAt, notLookedAt };
}

/** Where others write at the same time, the next round looks again at what they left. */
async function mendAll(mends: readonly (() => Promise<void>)[], round: number): Promise<void> {
  try {
    for (const mend of mends) await mend();
  } catch (error) {
    if (!isAmapError(error, "STORAGE_CONFLICT") || round === ROUNDS - 1) throw error;
  }
}

function keyOf({ subject, where, kind, problem }: Defect): string {
  return [subject, where, kind, problem].join("\n");
}

function toDefect({ subject, where, kind, problem, remedy, mendable }: Finding): Defect {
  return { subject, where, kind, problem, remedy, mendable };
}

interface Examined extends Pick<Diagnosis, "subjects" | "lookedAt" | "notLookedAt"> {
  readonly findings: readonly Finding[];
}

async function examineImage(image: OpenImage): Promise<Examined> {
  const { attachments: storage } = image;
  const subjects = [...new Set([image.descriptor.digest, ...image.platforms.map(({ digest }) => digest)])];
  const scan = await scanTags(storage);
  const family = new Set(subjects);
  const findings: Finding[] = [];
  let attachments = 0;
  for (const subject of subjects) {
    const examined = await examineSubject({ storage, subject, family }, scan);
    findings.push(...examined.findings);
    attachments += examined.attachments;
  }
  return {
    subjects,
    findings,
    lookedAt: { tags: scan.tags, attachments },
    notLookedAt: [...scan.notLookedAt, UNREACHABLE],
  };
}

/** Repairs run in this order: the listing first, then what is to be listed in it. */
async function examineSubject(
  patient: Patient,
  scan: TagScan,
): Promise<{ readonly findings: readonly Finding[]; readonly attachments: number }> {
  const fallback = await examineFallbackIndex(patient, scan);
  const tags = await examineTags(patient);
  const referrers = await examineReferrers(patient, fallback.named);
  const placed = [
    ...tags.flatMap(({ manifest }) =>
      manifest === undefined
        ? []
        : attachmentsOf(manifest.document).map((attachment) => ({ where: manifest.tag, attachment })),
    ),
    ...referrers.placed,
  ];
  const findings = [
    ...fallback.findings,
    ...(fallback.isReadable ? unlisted(patient, scan, referrers.listed) : []),
    ...tags.flatMap((tag) => tag.findings),
    ...referrers.findings,
    ...(await examineContents(patient, placed)),
  ];
  return { findings, attachments: placed.length };
}

interface ExaminedReferrers {
  readonly listed: ReadonlySet<Digest>;
  readonly findings: readonly Finding[];
  readonly placed: readonly PlacedAttachment[];
}

async function examineReferrers(patient: Patient, known: ReadonlySet<Digest>): Promise<ExaminedReferrers> {
  const listing = (await listReadable(patient)) ?? [];
  if (listing.length > LIMITS.attachments) {
    throw new AmapError("LIMIT_EXCEEDED", `${patient.subject}: more than ${LIMITS.attachments} referrers`);
  }
  const listed = new Set(listing.map(({ digest }) => digest));
  const examined = await mapBounded([...listed], WIDTH, async (digest) => examineReferrer(patient, digest));
  return {
    listed,
    // What the fallback index says wrongly is told with that index.
    findings: examined.flatMap(({ digest, finding }) => (finding === undefined || known.has(digest) ? [] : finding)),
    placed: examined.flatMap(({ placed }) => placed),
  };
}

async function examineReferrer(
  { storage, subject }: Patient,
  digest: Digest,
): Promise<{ readonly digest: Digest; readonly finding?: Finding; readonly placed: readonly PlacedAttachment[] }> {
  const fault = (kind: DefectKind, problem: string, remedy: string) => ({
    digest,
    finding: findingOf(subject, digest, kind, { problem, remedy }),
    placed: [],
  });
  let stored: Awaited<ReturnType<typeof storage.readManifest>>;
  try {
    stored = await storage.readManifest(digest);
  } catch (error) {
    if (!isAmapError(error, "BLOB_DIGEST_MISMATCH") && !isAmapError(error, "LIMIT_EXCEEDED")) throw error;
    return fault("content-damaged", error.message, "attach it again from where it was made");
  }
  if (stored === undefined) {
    return fault("entry-gone", "the registry lists a manifest that is gone", "ask who runs the registry");
  }
  const decoded = decodeManifest(stored.bytes);
  if (!decoded.ok) {
    const [issue] = decoded.issues;
    const problem = `expected a manifest, found a malformed one: ${issue?.path ?? ""} ${issue?.message ?? ""}`;
    return fault("content-malformed", problem.trim(), "it never counts; attach it again from where it was made");
  }
  const { value } = decoded;
  if (value.subject?.digest !== subject) {
    const problem = `the registry lists it, and its subject is ${value.subject?.digest ?? "none"}`;
    return fault("entry-elsewhere", problem, "ask who runs the registry");
  }
  const attachments = value.kind === "manifest" ? attachmentsOf(value) : [];
  return { digest, placed: attachments.map((attachment) => ({ where: digest, attachment })) };
}

/** What names the subject, stands under a tag, and is in no listing: no verifier finds it. */
function unlisted({ storage, subject }: Patient, scan: TagScan, listed: ReadonlySet<Digest>): readonly Finding[] {
  const orphans = scan.manifests.filter(
    ({ document, descriptor }) => document.subject?.digest === subject && !listed.has(descriptor.digest),
  );
  const byDigest = new Map(orphans.map((each) => [each.descriptor.digest, each]));
  return [...byDigest.values()].map(({ tag, descriptor }) => {
    const texts = {
      problem: `expected ${descriptor.digest} to be listed for its subject, found no listing that names it`,
      remedy: "write it again, so that the registry or the fallback index lists it",
    };
    return findingOf(subject, tag, "unlisted", texts, async () => {
      const stored = await storage.readManifest(descriptor.digest);
      if (stored === undefined) throw new AmapError("STORAGE_CONFLICT", `${descriptor.digest} is gone`);
      await storage.writeManifest(stored.bytes, { mediaType: stored.descriptor.mediaType });
    });
  });
}
