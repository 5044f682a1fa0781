import { AmapError } from "../../base/index.ts";
import type { World } from "../world.ts";
import { openAlpinePackage } from "./alpine-package.ts";
import type { FilesLayer } from "./artifact.ts";
import { openDebianPackage } from "./debian-package.ts";
import { isRpmHead, openRpmPackage } from "./rpm-package.ts";

const AR_MAGIC = "!<arch>\n";

/**
 * The package file of a distribution, as the entry of the database that installing it would make, and the files in it: the
 * components are then those that an image with this package has.
 * @throws {AmapError} ARCHIVE_INVALID, NOT_SUPPORTED (a description that is compressed in another way), LIMIT_EXCEEDED
 */
export async function openPackageFile(world: World, path: string): Promise<readonly FilesLayer[]> {
  const head = await world.files.readStart(path, AR_MAGIC.length);
  if (String.fromCharCode(...head) === AR_MAGIC) return openDebianPackage(world, path);
  if (isRpmHead(head)) return openRpmPackage(world, path);
  if (path.endsWith(".apk")) return openAlpinePackage(world, path);
  throw new AmapError(
    "NOT_SUPPORTED",
    `${path}: amap reads packages of Debian, Alpine and rpm; this is of another kind`,
    {
      hint: "Install the package and catalogue the folder, or the image that has it.",
    },
  );
}
