import { isAmapError, memberOf, readJsonFast } from "../../base/index.ts";
import type { ArchiveIndex } from "./archive-index.ts";
import type { FilesLayer } from "./artifact.ts";
import { madeLayer } from "./files-layers.ts";

/** Where `npm pack` puts what a package says of itself. */
const MANIFEST = "package/package.json";
const NAME = /^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/i;

/** A package of npm as a file: what installing it would put into node_modules. Nothing for other archives. */
export function installedPackage({ documents }: ArchiveIndex): readonly FilesLayer[] {
  const manifest = documents.get(MANIFEST);
  const name = manifest === undefined ? undefined : nameIn(manifest);
  if (manifest === undefined || name === undefined || !NAME.test(name)) return [];
  return [madeLayer(new Map([[`node_modules/${name}/package.json`, manifest]]))];
}

function nameIn(manifest: Uint8Array): string | undefined {
  try {
    const name = memberOf(readJsonFast(manifest), "name");
    return typeof name === "string" ? name : undefined;
  } catch (error) {
    // That it is broken is told by whoever reads it as a file of the archive.
    if (isAmapError(error)) return undefined;
    throw error;
  }
}
