import { type Descriptor, formatPlatform, platformManifests } from "../../artifact/index.ts";
import { ATTACHMENT_ANNOTATIONS, STATEMENT_PAYLOAD_TYPE } from "../../attestation/index.ts";
import { type Digest, isDigest } from "../../base/index.ts";
import { mapBounded } from "../bounded.ts";
import { decodeOrThrow, type OpenImage } from "../open-image.ts";
import { type AttachmentManifest, listAttachments } from "./attachments.ts";

/** One line of `tree`: something attached to a digest. Nothing of it is verified. */
export interface TreeNode {
  readonly subject: Digest;
  /** `sha256-….sig`, or the manifest's digest. */
  readonly name: string;
  /** `index`: what BuildKit puts among the platforms. It is not signed, so it never verifies. */
  readonly form: "tag" | "referrer" | "index";
  /** Of a manifest with nothing that amap reads `unknown`, such as another tool's signature. */
  readonly kind: string;
  readonly predicateType?: string;
  /** What the manifest says it is, where its kind is unknown. */
  readonly artifactType?: string;
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
}

/** An image, or one platform of it, by which `tree` groups. */
export interface TreeSubject {
  readonly digest: Digest;
  /** `linux/amd64`, as the index states it. */
  readonly platform?: string;
}

/** The image and its platforms, each digest once. */
export function subjectsOf({ descriptor, platforms }: OpenImage): readonly TreeSubject[] {
  const subjects = new Map<Digest, TreeSubject>([[descriptor.digest, { digest: descriptor.digest }]]);
  for (const { digest, platform } of platforms) {
    if (subjects.has(digest)) continue;
    subjects.set(digest, { digest, ...(platform === undefined ? {} : { platform: formatPlatform(platform) }) });
  }
  return [...subjects.values()];
}

/**
 * Lists everything attached to an image and to each of its platforms, in every storage form.
 * @throws {AmapError} as listAttachments
 */
export async function readTree(image: OpenImage): Promise<readonly TreeNode[]> {
  const digests = subjectsOf(image).map(({ digest }) => digest);
  const nodes: TreeNode[] = [];
  for (const subject of digests) {
    for (const manifest of await listAttachments(image, subject, ["sig", "att", "sbom"])) {
      if (manifest.attachments.length === 0) nodes.push(unknownNode(subject, manifest));
      for (const { kind, descriptor } of manifest.attachments) {
        const predicateType =
          descriptor.annotations?.[ATTACHMENT_ANNOTATIONS.predicateType] ??
          manifest.annotations[ATTACHMENT_ANNOTATIONS.bundlePredicateType];
        nodes.push({
          subject,
          name: manifest.tag ?? manifest.digest,
          form: manifest.form,
          kind,
          ...(predicateType === undefined ? {} : { predicateType }),
          digest: descriptor.digest,
          size: descriptor.size,
        });
      }
    }
  }
  return [...nodes, ...(await readUnsigned(image, digests))];
}

/** A manifest beside a digest that holds nothing amap reads: it is there, and `tree` says so. */
function unknownNode(subject: Digest, { form, tag, digest, size, artifactType }: AttachmentManifest): TreeNode {
  const stated = artifactType === undefined ? {} : { artifactType };
  return { subject, name: tag ?? digest, form, kind: "unknown", ...stated, digest, size };
}

/** Manifests read at the same time. */
const WIDTH = 8;
/** What BuildKit says about an attestation manifest and about each statement in it. */
const ABOUT = "vnd.docker.reference.digest";
const PREDICATE_TYPE = "in-toto.io/predicate-type";

/** The statements that BuildKit puts into an image's own index, beside its platforms. */
async function readUnsigned(image: OpenImage, digests: readonly Digest[]): Promise<readonly TreeNode[]> {
  if (image.document.kind !== "index") return [];
  const platforms = new Set(platformManifests(image.document));
  const others = image.document.manifests.filter((descriptor) => !platforms.has(descriptor));
  const nodes = await mapBounded(others, WIDTH, async (descriptor) => readStatements(image, descriptor, digests));
  return nodes.flat();
}

async function readStatements(
  image: OpenImage,
  { digest, size, annotations }: Descriptor,
  digests: readonly Digest[],
): Promise<readonly TreeNode[]> {
  const about = annotations?.[ABOUT] ?? "";
  const subject = isDigest(about) && digests.includes(about) ? about : image.descriptor.digest;
  const node = { subject, name: digest, form: "index" } as const;
  const read = await image.storage.readManifest(digest);
  // Tools that copy some platforms of an index leave such manifests behind; the index goes on naming them.
  if (read === undefined) return [{ ...node, kind: "unsigned, not there", digest, size }];
  const manifest = decodeOrThrow(read.bytes, `${image.name}: manifest ${digest}`);
  const layers = manifest.kind === "manifest" ? manifest.layers : [];
  return layers.map((layer): TreeNode => {
    const predicateType = layer.annotations?.[PREDICATE_TYPE];
    const kind = layer.mediaType === STATEMENT_PAYLOAD_TYPE ? "unsigned statement" : `unsigned ${layer.mediaType}`;
    return {
      ...node,
      kind,
      ...(predicateType === undefined ? {} : { predicateType }),
      digest: layer.digest,
      size: layer.size,
    };
  });
}
