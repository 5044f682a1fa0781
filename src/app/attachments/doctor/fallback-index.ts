import { type Descriptor, decodeManifest, type Index, type Manifest, MEDIA_TYPES } from "../../../artifact/index.ts";
import { referrersTag } from "../../../attestation/index.ts";
import {
  AmapError,
  type Digest,
  encodeUtf8,
  isAmapError,
  isValueObject,
  LIMITS,
  memberOf,
  readJson,
  type ValueObject,
  writeJson,
} from "../../../base/index.ts";
import { mapBounded } from "../../bounded.ts";
import { type Finding, findingOf, type Patient } from "./defect.ts";
import { isNamedElsewhere, type TagScan } from "./tag-scan.ts";

/** What was found at the fallback index of one subject. */
interface FallbackFindings {
  readonly findings: readonly Finding[];
  /** Whether it can be read as a listing. */
  readonly isReadable: boolean;
  /** Manifests that it names and that have a finding already. */
  readonly named: ReadonlySet<Digest>;
}

/** Manifests read at the same time. */
const WIDTH = 8;
const NOTHING: FallbackFindings = { findings: [], isReadable: true, named: new Set() };

/**
 * Examines the index of referrers that stands under a tag where a registry has no referrers API (OCI distribution-spec
 * v1.1, "Referrers Tag Schema"). All entries are mended by one write, which keeps what others wrote.
 * @throws {AmapError} REGISTRY_…
 */
export async function examineFallbackIndex(patient: Patient, scan: TagScan): Promise<FallbackFindings> {
  const { storage, subject } = patient;
  const tag = referrersTag(subject);
  const found = await storage.resolve(tag);
  const stored = found === undefined ? undefined : await storage.readManifest(found.digest);
  if (stored === undefined) return NOTHING;
  const decoded = decodeManifest(stored.bytes);
  if (!decoded.ok) {
    const [issue] = decoded.issues;
    const problem = `expected an index of referrers, found a malformed document: ${issue?.path ?? ""} ${issue?.message ?? ""}`;
    const remedy = "save it for a look, then delete the tag and run the doctor again; amap does not discard it";
    return unreadable(findingOf(subject, tag, "index-malformed", { problem: problem.trim(), remedy }));
  }
  const { descriptor, bytes } = stored;
  if (decoded.value.kind === "manifest" || descriptor.digest === subject) {
    return unreadable(collision(patient, tag, descriptor, scan));
  }
  return examineEntries(patient, { tag, digest: descriptor.digest, index: decoded.value, bytes });
}

function unreadable(finding: Finding): FallbackFindings {
  return { findings: [finding], isReadable: false, named: new Set() };
}

/** `cosign copy` leaves an image under the tag. It is put aside only where another name keeps it from being forgotten. */
function collision({ storage, subject }: Patient, tag: string, image: Descriptor, scan: TagScan): Finding {
  const what = image.digest === subject ? "the image itself" : `the image ${image.digest}`;
  const problem = `expected the index of referrers, found ${what}; attachments cannot be listed there`;
  if (!isNamedElsewhere(scan, image.digest)) {
    const remedy = "give that image a tag of its own first: without one a registry may forget it";
    return findingOf(subject, tag, "collision", { problem, remedy });
  }
  const remedy = "put an empty index under the tag; the image keeps its other name";
  return findingOf(subject, tag, "collision", { problem, remedy }, async () => {
    const bytes = encodeUtf8(writeJson({ schemaVersion: 2, mediaType: MEDIA_TYPES.index, manifests: [] }));
    await storage.writeManifest(bytes, { mediaType: MEDIA_TYPES.index, tag, expected: image.digest });
  });
}

interface StoredIndex {
  readonly tag: string;
  readonly digest: Digest;
  readonly index: Index;
  readonly bytes: Uint8Array;
}

/** One entry, as it should be: undefined when it is to go. */
interface JudgedEntry {
  readonly finding?: Omit<Finding, "mend" | "mendable">;
  readonly isMendable: boolean;
  readonly wanted: ValueObject | undefined;
  /** A manifest that is to be listed under its own subject before the entry goes. */
  readonly moved?: { readonly bytes: Uint8Array; readonly mediaType: string };
}

async function examineEntries(patient: Patient, stored: StoredIndex): Promise<FallbackFindings> {
  const document = readJson(stored.bytes) as ValueObject;
  const listed = memberOf(document, "manifests");
  const raw = Array.isArray(listed) ? listed.filter(isValueObject) : [];
  const entries = stored.index.manifests;
  if (entries.length > LIMITS.attachments) {
    const message = `${stored.tag}: ${entries.length} entries; ${LIMITS.attachments} is the limit`;
    throw new AmapError("LIMIT_EXCEEDED", message);
  }
  const first = new Map(entries.map(({ digest }, at) => [digest, at] as const).toReversed());
  const judged = await mapBounded([...entries.entries()], WIDTH, async ([at, descriptor]) =>
    first.get(descriptor.digest) === at
      ? judgeEntry(patient, stored.tag, descriptor, raw[at] ?? {})
      : twice(patient, stored.tag, descriptor),
  );
  const mend = async (): Promise<void> => rewrite(patient, stored, document, judged);
  const findings = judged.flatMap(({ finding, isMendable }) => {
    if (finding === undefined) return [];
    return [{ ...finding, mendable: isMendable, ...(isMendable ? { mend } : {}) }];
  });
  const named = judged.flatMap(({ finding }, at) =>
    finding === undefined ? [] : (stored.index.manifests[at]?.digest ?? []),
  );
  return { findings, isReadable: true, named: new Set(named) };
}

/** Lists what belongs elsewhere there first, so that no attachment is without a listing for a moment. */
async function rewrite(
  { storage }: Patient,
  { tag, digest, index }: StoredIndex,
  document: ValueObject,
  judged: readonly JudgedEntry[],
): Promise<void> {
  for (const { moved } of judged) {
    if (moved !== undefined) await storage.writeManifest(moved.bytes, { mediaType: moved.mediaType });
  }
  const manifests = judged.flatMap(({ wanted }) => wanted ?? []);
  const bytes = encodeUtf8(writeJson({ ...document, manifests }));
  await storage.writeManifest(bytes, { mediaType: index.mediaType, tag, expected: digest });
}

function twice({ subject }: Patient, tag: string, { digest }: Descriptor): JudgedEntry {
  const texts = { problem: `the entry ${digest} is there more than once`, remedy: "keep one" };
  return { finding: { subject, where: tag, kind: "entry-twice", ...texts }, isMendable: true, wanted: undefined };
}

async function judgeEntry(
  { storage, subject, family }: Patient,
  tag: string,
  descriptor: Descriptor,
  entry: ValueObject,
): Promise<JudgedEntry> {
  const { digest } = descriptor;
  const judge = (
    kind: Finding["kind"],
    texts: { readonly problem: string; readonly remedy: string },
    change: Omit<JudgedEntry, "finding" | "isMendable"> | undefined,
  ): JudgedEntry => ({
    finding: { subject, where: tag, kind, ...texts },
    isMendable: change !== undefined,
    ...(change ?? { wanted: entry }),
  });
  const stored = await readEntry(storage, digest);
  if (stored === "damaged") return { isMendable: false, wanted: entry };
  if (stored === undefined) {
    const texts = { problem: `the entry ${digest} names a manifest that is gone`, remedy: "take out the entry" };
    return judge("entry-gone", texts, { wanted: undefined });
  }
  const decoded = decodeManifest(stored.bytes);
  // What is malformed is reported with the content.
  if (!decoded.ok) return { isMendable: false, wanted: entry };
  const named = decoded.value.subject?.digest;
  if (named === undefined) {
    const problem = `the entry ${digest} names a manifest without a subject`;
    if (!family.has(digest)) {
      const remedy = "look at it with `amap tree`; nothing else may name it, so amap leaves the entry";
      return judge("entry-unrelated", { problem, remedy }, undefined);
    }
    const remedy = "take out the entry; the image itself names the platform";
    return judge("entry-unrelated", { problem, remedy }, { wanted: undefined });
  }
  if (named !== subject) {
    const problem = `the entry ${digest} names a manifest whose subject is ${named}`;
    const moved = { bytes: stored.bytes, mediaType: stored.descriptor.mediaType };
    return judge("entry-elsewhere", { problem, remedy: "list it under its own subject" }, { wanted: undefined, moved });
  }
  const faults = faultsOf(descriptor, stored.descriptor, decoded.value);
  if (faults.length === 0) return { isMendable: false, wanted: entry };
  const problem = `the entry ${digest}: ${faults.join("; ")}`;
  const wanted = completed(entry, stored.descriptor, decoded.value);
  return judge("entry-incomplete", { problem, remedy: "write what the manifest says" }, { wanted });
}

async function readEntry(
  storage: Patient["storage"],
  digest: Digest,
): Promise<{ readonly descriptor: Descriptor; readonly bytes: Uint8Array } | undefined | "damaged"> {
  try {
    return await storage.readManifest(digest);
  } catch (error) {
    if (isAmapError(error, "BLOB_DIGEST_MISMATCH") || isAmapError(error, "LIMIT_EXCEEDED")) return "damaged";
    throw error;
  }
}

/** A referrer's type as a listing must state it: its artifact type, else the media type of its config. */
function statedType(document: Manifest | Index): string | undefined {
  return document.artifactType ?? (document.kind === "manifest" ? document.config.mediaType : undefined);
}

function faultsOf(entry: Descriptor, stored: Descriptor, document: Manifest | Index): readonly string[] {
  const faults: string[] = [];
  const type = statedType(document);
  if (entry.artifactType !== type) {
    faults.push(`expected artifactType ${type ?? "none"}, found ${entry.artifactType ?? "none"}`);
  }
  if (entry.mediaType !== stored.mediaType) {
    faults.push(`expected mediaType ${stored.mediaType}, found ${entry.mediaType}`);
  }
  if (entry.size !== stored.size) faults.push(`expected size ${stored.size}, found ${entry.size}`);
  const annotations = new Map(Object.entries(entry.annotations ?? {}));
  const missing = Object.entries(document.annotations ?? {}).filter(([key, value]) => annotations.get(key) !== value);
  if (missing.length > 0) faults.push(`${missing.length} annotations are missing or differ`);
  return faults;
}

/** The entry with what its manifest says; members and annotations that the manifest does not have stay. */
function completed(entry: ValueObject, { mediaType, size }: Descriptor, document: Manifest | Index): ValueObject {
  const artifactType = statedType(document);
  const before = memberOf(entry, "annotations");
  const annotations = { ...(isValueObject(before) ? before : {}), ...document.annotations };
  const { artifactType: _wrong, annotations: _old, ...others } = entry;
  return {
    ...others,
    mediaType,
    size,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
  };
}

/**
 * Referrers as the registry lists them, or undefined where their listing cannot be read.
 * @throws {AmapError} REGISTRY_…
 */
export async function listReadable({ storage, subject }: Patient): Promise<readonly Descriptor[] | undefined> {
  try {
    return await storage.listReferrers(subject);
  } catch (error) {
    if (isAmapError(error, "MANIFEST_INVALID")) return undefined;
    throw error;
  }
}
