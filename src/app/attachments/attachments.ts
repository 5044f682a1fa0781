import type { Descriptor } from "../../artifact/index.ts";
import {
  type Attachment,
  type AttachmentKind,
  attachmentsOf,
  attachmentTag,
  type Candidate,
  readCandidate,
} from "../../attestation/index.ts";
import { AmapError, type Digest, digestAlgorithm, LIMITS } from "../../base/index.ts";
import { mapBounded } from "../bounded.ts";
import { decodeOrThrow, type OpenImage } from "../open-image.ts";

/** Requests to one storage at the same time: as many as the HTTP adapter keeps connections to one host. */
const WIDTH = 16;

/** One manifest beside an image, with what it holds. */
export interface AttachmentManifest {
  readonly form: "tag" | "referrer";
  /** The tag that names it; absent for a referrer. */
  readonly tag?: string;
  readonly digest: Digest;
  /** Bytes of the manifest itself. */
  readonly size: number;
  readonly artifactType?: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly attachments: readonly Attachment[];
  /** The manifest's config: says nothing that counts, and is content all the same. */
  readonly config?: Descriptor;
}

/**
 * Lists what stands beside a digest in every form in use: cosign's tags and the manifests that name it as their
 * subject. "None" is an empty list; a storage that cannot be asked is an error.
 * @throws {AmapError} LIMIT_EXCEEDED (`maxReferrers`; LIMITS.attachments when left out), BLOB_DIGEST_MISMATCH, MANIFEST_INVALID, REGISTRY_…
 */
export async function listAttachments(
  image: OpenImage,
  digest: Digest = image.descriptor.digest,
  kinds: readonly AttachmentKind[] = ["sig", "att"],
  maxReferrers: number = LIMITS.attachments,
): Promise<readonly AttachmentManifest[]> {
  // A tag made of a sha512 digest would be longer than registries accept, so nobody can have stored one.
  const tags = digestAlgorithm(digest) === "sha256" ? kinds.map((kind) => attachmentTag(digest, kind)) : [];
  const [tagged, referring] = await Promise.all([
    Promise.all(tags.map(async (tag) => readTag(image, tag))),
    readReferrers(image, digest, maxReferrers),
  ]);
  return [...tagged, ...referring].filter((each) => each !== undefined);
}

async function readReferrers(image: OpenImage, digest: Digest, limit: number): Promise<readonly AttachmentManifest[]> {
  const referrers = await image.attachments.listReferrers(digest);
  if (referrers.length > limit) {
    throw new AmapError("LIMIT_EXCEEDED", `${image.name} has ${referrers.length} referrers; ${limit} is the limit`, {
      hint: "Remove what newer ones supersede: `amap clean --superseded` with --key or the identity of the signer.",
    });
  }
  return mapBounded(referrers, WIDTH, async (referrer) => readAttachments(image, referrer.digest, "referrer"));
}

/**
 * Reads every candidate signature and attestation beside an image (of the tags only those of `kinds`); with `whole`, also what stands in their manifests and
 * never counts, so that a changed byte anywhere is found. Nothing is verified yet.
 * @throws {AmapError} as listAttachments; BLOB_DIGEST_MISMATCH, BLOB_SIZE_MISMATCH, BLOB_NOT_FOUND
 */
export async function collectCandidates(
  image: OpenImage,
  options: { readonly whole?: boolean; readonly kinds?: readonly AttachmentKind[] } = {},
): Promise<readonly Candidate[]> {
  const manifests = await listAttachments(image, image.descriptor.digest, options.kinds);
  // What is not signed is no candidate, so its content is read only where every byte counts.
  const isWhole = options.whole === true;
  const wanted = manifests.flatMap((manifest) =>
    manifest.attachments
      .filter(({ kind }) => isWhole || kind !== "sbom")
      .map((attachment) => ({ manifest, attachment })),
  );
  if (wanted.length > LIMITS.attachments) {
    throw new AmapError(
      "LIMIT_EXCEEDED",
      `${image.name} has ${wanted.length} attachments; ${LIMITS.attachments} is the limit`,
    );
  }
  const bytes = wanted.reduce((sum, { attachment }) => sum + attachment.descriptor.size, 0);
  if (bytes > LIMITS.attachmentsTotalBytes) {
    throw new AmapError(
      "LIMIT_EXCEEDED",
      `${image.name} has attachments of ${bytes} bytes; attachmentsTotalBytes is ${LIMITS.attachmentsTotalBytes}`,
    );
  }
  const contents = await readContents(image, [
    ...wanted.map(({ attachment }) => ({ descriptor: attachment.descriptor, maxBytes: LIMITS.attachmentBytes })),
    ...(isWhole ? manifests : []).flatMap(({ config }) =>
      config === undefined ? [] : [{ descriptor: config, maxBytes: LIMITS.manifestBytes }],
    ),
  ]);
  return wanted.flatMap(({ manifest, attachment }) => {
    const bytes = contents.get(contentKey(attachment.descriptor));
    if (bytes === undefined) throw new Error(`${attachment.descriptor.digest} was not read`);
    const found = { form: manifest.form, manifest: manifest.digest };
    return readCandidate(attachment, bytes, found) ?? [];
  });
}

/** One blob as a manifest states it. */
interface WantedContent {
  readonly descriptor: Descriptor;
  readonly maxBytes: number;
}

/** Two manifests that state different sizes of one blob cannot both be right, so each statement is compared. */
function contentKey({ digest, size }: Descriptor): string {
  return `${digest} ${size}`;
}

/** Reads each blob once, however many manifests name it. */
async function readContents(
  image: OpenImage,
  wanted: readonly WantedContent[],
): Promise<ReadonlyMap<string, Uint8Array>> {
  const distinct = new Map(wanted.map((each) => [contentKey(each.descriptor), each]));
  const entries = await mapBounded(
    [...distinct],
    WIDTH,
    async ([key, { descriptor, maxBytes }]): Promise<readonly [string, Uint8Array]> => [
      key,
      await image.attachments.readBlob(descriptor, maxBytes),
    ],
  );
  return new Map(entries);
}

async function readTag(image: OpenImage, tag: string): Promise<AttachmentManifest | undefined> {
  const found = await image.attachments.resolve(tag);
  return found === undefined ? undefined : readAttachments(image, found.digest, "tag", tag);
}

async function readAttachments(
  image: OpenImage,
  digest: Digest,
  form: "tag" | "referrer",
  tag?: string,
): Promise<AttachmentManifest> {
  const read = await image.attachments.readManifest(digest);
  // A listing that names what is not there is a damaged storage, not an unsigned image.
  if (read === undefined)
    throw new AmapError("MANIFEST_NOT_FOUND", `${image.name}: attachment ${digest} is listed and not there`);
  const manifest = decodeOrThrow(read.bytes, `${image.name}: attachment ${digest}`);
  return {
    form,
    ...(tag === undefined ? {} : { tag }),
    digest,
    size: read.bytes.length,
    ...(manifest.artifactType === undefined ? {} : { artifactType: manifest.artifactType }),
    annotations: manifest.annotations ?? {},
    ...(manifest.kind === "manifest"
      ? { attachments: attachmentsOf(manifest), config: manifest.config }
      : { attachments: [] }),
  };
}
