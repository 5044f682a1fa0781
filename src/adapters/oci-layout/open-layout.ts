import { mkdir, readdir } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { encodeIndex, MEDIA_TYPES } from "../../artifact/index.ts";
import { decodeUtf8, encodeUtf8, isAmapError, memberOf, readJson, type Value } from "../../base/index.ts";
import type { OciStorage } from "../../ports/index.ts";
import { invalidLayout, layoutFailure } from "./layout-failure.ts";
import { LayoutFiles } from "./layout-files.ts";
import { withLock } from "./layout-lock.ts";
import { LayoutStorage } from "./layout-storage.ts";

const MARKER_NAME = "oci-layout";
const MARKER_VERSION = "1.0.0";
const MARKER_BYTES = 4096;
const CREATE_LOCK_NAME = ".amap-create.lock";
const EMPTY_INDEX = encodeIndex({ kind: "index", mediaType: MEDIA_TYPES.index, manifests: [] });

/**
 * Opens a folder as a repository (image-spec v1.1, image-layout.md). Names in index.json are its tags; manifests with a
 * `subject` that index.json lists are its referrers. With `create`, a folder that is missing or empty becomes a layout.
 * `repository` is the name written into signatures; the folder's own name when left out.
 *
 * Blobs are written beside and renamed; index.json is changed by one writer at a time, over all processes. A handle
 * remembers what each manifest says, so keep one handle for many images of a folder.
 * @throws {AmapError} LAYOUT_INVALID (what is missing or malformed), LIMIT_EXCEEDED, FILE_UNREADABLE, STORAGE_CONFLICT
 * @example
 * ```ts
 * import { mkdtemp } from "node:fs/promises";
 * import { tmpdir } from "node:os";
 * import { openOciLayout } from "./index.ts";
 * const storage = await openOciLayout(await mkdtemp(`${tmpdir()}/amap-example-`), { create: true });
 * await storage.listTags(); // []
 * ```
 */
export async function openOciLayout(
  directory: string,
  options: { readonly create?: boolean; readonly repository?: string } = {},
): Promise<OciStorage> {
  if (options.create === true) await createLayout(directory);
  const files = await LayoutFiles.at(directory);
  await requireMarker(files);
  await requireBlobs(files);
  const storage = new LayoutStorage(files, `oci:${directory}`, options.repository ?? basename(resolve(directory)));
  await storage.listTags(); // index.json is there and well-formed
  return storage;
}

async function createLayout(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true }).catch((error: unknown) => {
    throw layoutFailure(error, "create", directory);
  });
  const files = await LayoutFiles.at(directory);
  if ((await files.read(MARKER_NAME, MARKER_BYTES)) !== undefined) return;
  await withLock(files.path(CREATE_LOCK_NAME), async () => {
    if ((await files.read(MARKER_NAME, MARKER_BYTES)) !== undefined) return;
    await requireOwn(files);
    await mkdir(files.path("blobs/sha256"), { recursive: true });
    await files.write("index.json", EMPTY_INDEX);
    // Last, since it says that all else is there.
    await files.write(MARKER_NAME, encodeUtf8(`{"imageLayoutVersion":"${MARKER_VERSION}"}`));
  });
}

/** Refuses a folder that holds anything but what a creation that was broken off left behind. */
async function requireOwn(files: LayoutFiles): Promise<void> {
  const names = (await readdir(files.identity)).filter((name) => !name.startsWith(".amap-"));
  for (const name of names) {
    const isOwn = name === "blobs" || (name === "index.json" && (await isEmptyIndex(files)));
    if (!isOwn) throw invalidLayout(files.directory, `it is not empty (${name}), and has no ${MARKER_NAME}`);
  }
}

async function isEmptyIndex(files: LayoutFiles): Promise<boolean> {
  const bytes = await files.read("index.json", MARKER_BYTES).catch(() => undefined);
  return bytes !== undefined && decodeUtf8(bytes) === decodeUtf8(EMPTY_INDEX);
}

async function requireMarker(files: LayoutFiles): Promise<void> {
  const bytes = await files.read(MARKER_NAME, MARKER_BYTES);
  if (bytes === undefined) throw invalidLayout(files.directory, `${MARKER_NAME} is missing`);
  let marker: Value;
  try {
    marker = readJson(bytes);
  } catch (error) {
    if (!isAmapError(error, "JSON_INVALID")) throw error;
    throw invalidLayout(files.directory, `${MARKER_NAME} is not JSON`);
  }
  const version = memberOf(marker, "imageLayoutVersion");
  if (version === MARKER_VERSION) return;
  const found = typeof version === "string" ? `"${version.slice(0, 50)}"` : "none";
  throw invalidLayout(
    files.directory,
    `${MARKER_NAME}: expected imageLayoutVersion "${MARKER_VERSION}", found ${found}`,
  );
}

async function requireBlobs(files: LayoutFiles): Promise<void> {
  await readdir(files.path("blobs")).catch(() => {
    throw invalidLayout(files.directory, "the folder blobs is missing");
  });
  for (const name of ["blobs", "blobs/sha256", "blobs/sha512"]) await files.requireInside(name);
}
