import { AmapError } from "../../base/index.ts";
import {
  type Catalog,
  type Component,
  createSbom,
  describeImage,
  mergeCatalogs,
  type Sbom,
} from "../../metadata/index.ts";
import { type ImagePlatforms, platformsOf } from "../image-platforms.ts";
import { type OpenImage, readPlatform } from "../open-image.ts";
import { createUuid, nowOf, type Tool } from "../sbom.ts";
import { withSourceDate } from "../sboms/identity.ts";
import type { World } from "../world.ts";
import type { Artifact, FilesArtifact, ImageArtifact } from "./artifact.ts";
import { catalogTree } from "./catalog-tree.ts";
import { imageTree } from "./image-layers.ts";

/**
 * Makes the SBOM of an artifact; of one that is an SBOM, gives it as it is. Of an image all platforms, each component
 * once. What was not looked at is listed.
 * @throws {AmapError} LAYER_UNSAFE, DECOMPRESSION_LIMIT, LIMIT_EXCEEDED, BLOB_DIGEST_MISMATCH, ARCHIVE_INVALID; what
 * cannot be read in a file that the user named
 */
export async function generateSbom(world: World, artifact: Artifact, tool: Tool): Promise<Sbom> {
  return (await generateWithPlatforms(world, artifact, tool)).sbom;
}

/** An SBOM that was made, of an image with what of it is on which platform. */
export interface GeneratedSbom {
  readonly sbom: Sbom;
  readonly platforms?: ImagePlatforms;
}

/** As {@link generateSbom}, with the platforms of an image. */
export async function generateWithPlatforms(world: World, artifact: Artifact, tool: Tool): Promise<GeneratedSbom> {
  if (artifact.kind === "sbom") return { sbom: artifact.sbom };
  if (artifact.kind === "image") return generateOfImage(world, artifact, tool);
  try {
    return { sbom: await generateOfFiles(world, artifact, tool) };
  } finally {
    await artifact.close();
  }
}

/** As {@link generateSbom}, of an image that is open. */
export function generateImageSbom(world: World, image: OpenImage, tool: Tool): Promise<Sbom> {
  return generateSbom(world, { kind: "image", name: image.name, image, hasManifest: true }, tool);
}

async function generateOfImage(
  world: World,
  { image, hasManifest }: ImageArtifact,
  tool: Tool,
): Promise<GeneratedSbom> {
  const name = image.storage.repository.slice(image.storage.repository.lastIndexOf("/") + 1);
  const { digest } = image.descriptor;
  const described = describeImage({ name, digest, repositoryUrl: image.storage.repository });
  const catalogs = await catalogPlatforms(world, image);
  const sbom = createSbom({
    catalog: mergeCatalogs(catalogs.map(({ catalog }) => catalog)),
    subject: hasManifest ? described : rootOf("container", name),
    ...(hasManifest ? { subjectDigest: digest } : {}),
    tools: [tool],
    authors: [],
    createdAt: nowOf(world),
    serialNumber: `urn:uuid:${createUuid(world)}`,
  });
  return {
    sbom: withSourceDate(world, sbom),
    platforms: { platforms: platformsOf(image), digestsByRef: digestsByRef(catalogs) },
  };
}

/** What platforms with the same layers hold. */
interface PlatformCatalog {
  readonly catalog: Catalog;
  readonly digests: Set<string>;
}

function digestsByRef(catalogs: readonly PlatformCatalog[]): ReadonlyMap<string, ReadonlySet<string>> {
  const known = new Map<string, Set<string>>();
  for (const { catalog, digests } of catalogs) {
    for (const { ref } of catalog.components) {
      const own = known.get(ref) ?? new Set();
      known.set(ref, own);
      for (const digest of digests) own.add(digest);
    }
  }
  return known;
}

async function catalogPlatforms(world: World, image: OpenImage): Promise<readonly PlatformCatalog[]> {
  const catalogs = new Map<string, PlatformCatalog>();
  for (const platform of image.platforms) {
    const { manifest } = await readPlatform(image, platform.digest);
    const identity = manifest.layers.map(({ digest }) => digest).join(" ");
    // Platforms that share all layers, as most interpreted programs do, are read once.
    const known = catalogs.get(identity);
    known?.digests.add(platform.digest);
    if (known !== undefined) continue;
    const catalog = await catalogTree(world.archives, image.name, await imageTree(world, image, manifest));
    catalogs.set(identity, { catalog, digests: new Set([platform.digest]) });
  }
  return [...catalogs.values()];
}

async function generateOfFiles(world: World, artifact: FilesArtifact, tool: Tool): Promise<Sbom> {
  const { name, version, tree } = artifact;
  const catalog = await catalogTree(world.archives, name, tree);
  refuseProblems(artifact, catalog);
  const sbom = createSbom({
    catalog,
    subject: { ...rootOf("application", name), ...(version === undefined ? {} : { version }) },
    tools: [tool],
    authors: [],
    createdAt: nowOf(world),
    serialNumber: `urn:uuid:${createUuid(world)}`,
  });
  return withSourceDate(world, sbom);
}

/**
 * A broken file deep in a tree is noted as not looked at, as in an image, and the rest is catalogued. The lock file of the
 * very folder that the user named is an error when it cannot be read, and so is everything in a file that the user named.
 */
function refuseProblems({ name, mustRead }: FilesArtifact, { problems }: Catalog): void {
  const problem = problems.find(({ code, path }) =>
    mustRead ? code !== "DOCUMENT_INVALID" : code === "LOCKFILE_INVALID" && path.lastIndexOf("/") <= 0,
  );
  if (problem === undefined) return;
  throw new AmapError(problem.code, `${name}: ${problem.path}: ${problem.message}`);
}

function rootOf(kind: Component["kind"], name: string): Component {
  return { ref: `root:${name}`, kind, name, licenses: [], hashes: [], locations: [], scope: "production" };
}
