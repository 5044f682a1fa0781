import { AmapError, type Decoded, LIMITS } from "../../base/index.ts";
import { archiveCatalogerOf, type DecodedSbom, readSbom, type Sbom, wantsFile } from "../../metadata/index.ts";
import { looksLikeFile, parseImageTarget } from "../image-target.ts";
import { openImage } from "../open-image.ts";
import { readAttestedSbom, takeOffAttestation } from "../sboms/attested-sbom.ts";
import { readNamed } from "../scan.ts";
import type { World } from "../world.ts";
import { indexArchive } from "./archive-index.ts";
import { type ArchiveScheme, openArchivedImage, schemeOfIndex } from "./archived-image.ts";
import type { Artifact, FilesArtifact, FilesLayer, ImageArtifact, SbomArtifact } from "./artifact.ts";
import { openCondaPackage } from "./conda-package.ts";
import { type FileForm, formOf } from "./file-form.ts";
import { fileLayer, folderLayer, tarLayer, zipLayer } from "./files-layers.ts";
import { wantsManifest } from "./manifests.ts";
import { installedPackage } from "./npm-package.ts";
import { openPackageFile } from "./package-files.ts";

/** How files with an SBOM are called. */
const SBOM_NAMES = /\.(?:cdx|spdx|bom|sbom)(?:\.(?:json|ya?ml|xml))?$|(?:^|\/)s?bom\.(?:json|xml)$/;
const NOTHING_TO_CLOSE = async (): Promise<void> => {};

/** Opens what stands behind a scheme. */
const SCHEMES: ReadonlyMap<string, (world: World, rest: string) => Promise<Artifact>> = new Map([
  ["oci:", (world, rest) => openImageArtifact(world, `oci:${rest}`)],
  ["oci-archive:", (world, rest) => openArchive(world, "oci-archive", rest)],
  ["docker-archive:", (world, rest) => openArchive(world, "docker-archive", rest)],
  ["dir:", openDirectory],
  ["file:", openNamedFile],
  ["git:", openGit],
  ["sbom:", openSbom],
  ["attestation:", openAttested],
]);

/**
 * Opens an artifact as the user names it: `oci:DIR[:TAG]`, `oci-archive:FILE[:TAG]`, `docker-archive:FILE[:TAG]`,
 * `dir:DIR`, `file:FILE`, `git:DIR[@REVISION]`, `sbom:FILE`, `attestation:IMAGE` for the SBOM that is attested of an image;
 * without one of these words a file or folder that is there, told apart by what it holds, or else an image of a registry.
 * What can only be a file's name is never looked for in a registry. `generateSbom` closes what was opened. Nothing of an
 * attestation is verified, be it beside an image or in a file.
 * @throws {AmapError} FILE_NOT_FOUND, NOT_SUPPORTED for a file of a kind that amap does not know, DOCUMENT_INVALID for an
 * SBOM that cannot be read, and those of openImage
 */
export async function openArtifact(world: World, reference: string): Promise<Artifact> {
  for (const [scheme, open] of SCHEMES) {
    if (reference.startsWith(scheme)) return open(world, reference.slice(scheme.length));
  }
  const kind = await world.files.kindOf(reference, { followLinks: true });
  if (kind === undefined && looksLikeFile(reference)) throw notFound(reference);
  if (kind === "directory") return openFolder(world, reference);
  if (kind !== undefined) return openFile(world, reference);
  return openImageArtifact(world, reference);
}

async function openImageArtifact(world: World, reference: string): Promise<ImageArtifact> {
  const image = await openImage(world, parseImageTarget(reference));
  return { kind: "image", name: image.name, image, hasManifest: true };
}

async function openArchive(world: World, scheme: ArchiveScheme, rest: string): Promise<ImageArtifact> {
  const { path, behind } = await splitBehindFile(world, rest, ":");
  const index = await indexArchive(world, path);
  const found = schemeOfIndex(index);
  // Newer versions of Docker write both forms in one file.
  const isBoth = index.documents.has("manifest.json") && index.documents.has("index.json");
  if (found !== scheme && !isBoth) {
    const is = found === undefined ? "neither manifest.json nor index.json in it" : `an ${found}`;
    throw new AmapError("ARCHIVE_INVALID", `${path}: expected an image as ${scheme}, found ${is}`);
  }
  const opened = await openArchivedImage(world, {
    path,
    index,
    ...(behind === undefined ? {} : { reference: behind }),
  });
  return { kind: "image", name: path, ...opened };
}

/** What stands before and behind a separator, where the part before is a file or folder: paths may hold it, too. */
async function splitBehindFile(
  world: World,
  text: string,
  separator: string,
): Promise<{ readonly path: string; readonly behind?: string }> {
  if ((await world.files.kindOf(text, { followLinks: true })) !== undefined) return { path: text };
  for (let at = text.indexOf(separator); at > 0; at = text.indexOf(separator, at + 1)) {
    const path = text.slice(0, at);
    if ((await world.files.kindOf(path, { followLinks: true })) !== undefined)
      return { path, behind: text.slice(at + 1) };
  }
  throw notFound(text);
}

/** A folder named without a word for what it is: an image's layout has two files that nothing else has. */
async function openFolder(world: World, path: string): Promise<Artifact> {
  const kinds = await Promise.all(["oci-layout", "index.json"].map((name) => world.files.kindOf(`${path}/${name}`)));
  return kinds.every((kind) => kind === "file") ? openImageArtifact(world, `oci:${path}`) : openDirectory(world, path);
}

async function openDirectory(world: World, path: string): Promise<Artifact> {
  const kind = await world.files.kindOf(path, { followLinks: true });
  if (kind === undefined) throw new AmapError("FILE_NOT_FOUND", `${path} does not exist`);
  return kind === "directory" ? filesArtifact("directory", path, folderLayer(world, path)) : openNamedFile(world, path);
}

async function openGit(world: World, rest: string): Promise<FilesArtifact> {
  const { path, behind } = await splitBehindFile(world, rest, "@");
  const isCheckout = (await world.files.kindOf(`${path}/.git`, { followLinks: true })) !== undefined;
  if (behind === undefined && isCheckout) return filesArtifact("git", path, folderLayer(world, path));
  const checkout = await world.git.checkOutRevision({ directory: path, revision: behind ?? "HEAD" });
  const made = filesArtifact("git", path, folderLayer(world, checkout.path));
  return { ...made, version: checkout.commit, close: () => checkout.close() };
}

/** A file named without a word for what it is. */
async function openFile(world: World, path: string): Promise<Artifact> {
  if (SBOM_NAMES.test(path)) return openSbom(world, path);
  return openNamedFile(world, path);
}

async function openNamedFile(world: World, path: string): Promise<Artifact> {
  const kind = await world.files.kindOf(path, { followLinks: true });
  if (kind === undefined) throw new AmapError("FILE_NOT_FOUND", `${path} does not exist`);
  if (kind === "directory") return openDirectory(world, path);
  const name = baseOf(path);
  if (archiveCatalogerOf(name) !== undefined || wantsFile(name)) return fileArtifact(world, path);
  const form = await formOf(world, path);
  const opened = await OPENERS[form](world, path);
  if (opened !== undefined) return opened;
  const what = name.toLowerCase().endsWith(".phar") ? "an archive of PHP (phar), which amap does not read" : undefined;
  throw new AmapError("NOT_SUPPORTED", `${path}: ${what ?? "amap does not know this kind of file"}`);
}

const OPENERS: Readonly<Record<FileForm, (world: World, path: string) => Promise<Artifact | undefined>>> = {
  program: async (world, path) => fileArtifact(world, path),
  zip: async (world, path) =>
    filesArtifact(
      "archive",
      path,
      ...(path.endsWith(".conda") ? await openCondaPackage(world, path) : [zipLayer(world, path)]),
    ),
  tar: openTar,
  package: async (world, path) => filesArtifact("archive", path, ...(await openPackageFile(world, path))),
  text: openText,
  unknown: async () => undefined,
};

/** A tar: an image, the package of a distribution, or files. */
async function openTar(world: World, path: string): Promise<Artifact> {
  const index = await indexArchive(world, path);
  if (schemeOfIndex(index) === undefined) {
    return filesArtifact("archive", path, ...installedPackage(index), tarLayer(world, path));
  }
  return { kind: "image", name: path, ...(await openArchivedImage(world, { path, index })) };
}

async function openText(world: World, path: string): Promise<Artifact | undefined> {
  const bytes = await world.files.read(path, LIMITS.documentBytes);
  const decoded = tryReadSbom(bytes);
  if (decoded?.ok === true) return { kind: "sbom", name: path, sbom: decoded.value.sbom };
  return wantsManifest(baseOf(path), bytes.length) ? fileArtifact(world, path) : undefined;
}

/** A file that says nothing of SBOMs in its name may hold one, and may be anything else. */
function tryReadSbom(bytes: Uint8Array): Decoded<DecodedSbom> | undefined {
  try {
    return readSbom(takeOffAttestation(bytes));
  } catch (error) {
    if (error instanceof AmapError) return undefined;
    throw error;
  }
}

async function openSbom(world: World, path: string): Promise<SbomArtifact> {
  return { kind: "sbom", name: path, sbom: await readSbomFile(world, path) };
}

async function openAttested(world: World, reference: string): Promise<SbomArtifact> {
  const image = await openImage(world, parseImageTarget(reference));
  return { kind: "sbom", name: image.name, sbom: await readAttestedSbom(image) };
}

async function readSbomFile(world: World, path: string): Promise<Sbom> {
  const bytes = await world.files.read(path, LIMITS.documentBytes);
  const decoded = readNamed(path, () => readSbom(takeOffAttestation(bytes)));
  if (decoded.ok) return decoded.value.sbom;
  const [first] = decoded.issues;
  const more = decoded.issues.length > 1 ? ` (and ${decoded.issues.length - 1} more)` : "";
  throw new AmapError("DOCUMENT_INVALID", `${path}: ${first?.path ?? ""} ${first?.message ?? "malformed"}${more}`, {
    details: { issues: decoded.issues },
  });
}

async function fileArtifact(world: World, path: string): Promise<FilesArtifact> {
  const name = baseOf(path);
  // A program is looked at whatever its permissions on this machine are.
  return { ...filesArtifact("file", path, fileLayer(world, path, name, 0o755)), mustRead: true };
}

function filesArtifact(kind: FilesArtifact["kind"], path: string, ...layers: readonly FilesLayer[]): FilesArtifact {
  return {
    kind,
    name: baseOf(path),
    tree: { layers, readsManifests: true },
    mustRead: false,
    close: NOTHING_TO_CLOSE,
  };
}

function baseOf(path: string): string {
  const trimmed = path.replace(/\/+$/, "");
  return trimmed.slice(trimmed.lastIndexOf("/") + 1) || ".";
}

function notFound(path: string): AmapError {
  return new AmapError("FILE_NOT_FOUND", `${path}: no such file or folder`);
}
