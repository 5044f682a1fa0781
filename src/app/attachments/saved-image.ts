import { type Descriptor, decodeManifest } from "../../artifact/index.ts";
import { attachmentTag } from "../../attestation/index.ts";
import { AmapError, type Digest, LIMITS } from "../../base/index.ts";
import type { ImageTarget } from "../image-target.ts";
import { type OpenImage, openAttachments, openImage } from "../open-image.ts";
import type { World } from "../world.ts";
import { type Copied, copyImage, SAVED_KINDS } from "./copy-image.ts";

/**
 * Saves an image with all that stands beside it into a folder, as an OCI layout whose entries say what they are, so that
 * `cosign load` reads it, too.
 * @throws {AmapError} as {@link copyImage}; LAYOUT_INVALID for a folder that holds something else
 */
export async function saveImage(world: World, image: OpenImage, directory: string, tag?: string): Promise<Copied> {
  const target = { kind: "layout", directory, reference: tag ?? "latest" } as const;
  return copyImage(world, image, target, { isSaved: true, force: true });
}

/**
 * Loads an image from such a folder, or from any OCI layout with one image, into a registry.
 * @throws {AmapError} as {@link copyImage}; USAGE for a folder with several images, MANIFEST_NOT_FOUND with none
 */
export async function loadImage(world: World, directory: string, target: ImageTarget): Promise<Copied> {
  const entries = await readEntries(world, directory);
  const root = await rootOf(world, directory, entries);
  const image = await openImage(world, {
    kind: "layout",
    directory,
    ...(root === undefined ? {} : { reference: root }),
  });
  const { digest } = image.descriptor;
  // cosign's own folders hold one image and give these no names; a name says whose they are.
  const untagged = (["sig", "att"] as const).flatMap((kind) =>
    entries
      .filter(({ annotations }) => annotations?.["kind"] === SAVED_KINDS[kind] && annotations[REF_NAME] === undefined)
      .map((entry) => ({ digest: entry.digest, tag: attachmentTag(digest, kind) })),
  );
  const attachmentsTo = await openAttachments(world, target, await world.openStorage(target, { create: true }));
  return copyImage(world, image, target, { force: true, untagged, attachmentsTo });
}

/** The name that an entry of a layout has (OCI image specification 1.1, "Pre-Defined Annotation Keys"). */
const REF_NAME = "org.opencontainers.image.ref.name";

async function readEntries(world: World, directory: string): Promise<readonly Descriptor[]> {
  const decoded = decodeManifest(await world.files.read(`${directory}/index.json`, LIMITS.manifestBytes));
  if (decoded.ok && decoded.value.kind === "index") return decoded.value.manifests;
  throw new AmapError("LAYOUT_INVALID", `${directory}/index.json: expected the index of an OCI layout`);
}

/** The entry that says it is the image. cosign calls a bundle so, too: that one has a subject. */
async function rootOf(world: World, directory: string, entries: readonly Descriptor[]): Promise<Digest | undefined> {
  const kinds: ReadonlySet<string | undefined> = new Set([SAVED_KINDS.image, SAVED_KINDS.index]);
  const found = new Set<Digest>();
  for (const { digest } of entries.filter(({ annotations }) => kinds.has(annotations?.["kind"]))) {
    const { document } = await openImage(world, { kind: "layout", directory, reference: digest });
    if (document.subject === undefined) found.add(digest);
  }
  if (found.size <= 1) return [...found][0];
  throw new AmapError("USAGE", `${directory}: expected one saved image, found ${found.size}`, {
    hint: "Copy one of them by its digest: `amap copy oci:DIRECTORY@sha256:… IMAGE`.",
  });
}
