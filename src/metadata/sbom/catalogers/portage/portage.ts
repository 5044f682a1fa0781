import { readLicenses } from "../../licenses.ts";
import {
  absolute,
  baseName,
  type Cataloger,
  type CatalogerResult,
  type CatalogFiles,
  decodeDatabaseText,
  folderOf,
  ResultBuilder,
  toPackageUrl,
} from "../cataloger.ts";

const PLACES = ["var/db/pkg/*/*/PF", "var/db/pkg/*/*/LICENSE"];
const NAME_FILE = /^var\/db\/pkg\/([^/]+)\/[^/]+\/PF$/;
const LICENSE_FILE = /^var\/db\/pkg\/[^/]+\/[^/]+\/LICENSE$/;
/** A name and a version as the package manager specification (3.2) tells them apart: the version is the longest end. */
const NAME_AND_VERSION =
  /^([A-Za-z0-9_][A-Za-z0-9+_-]*?)-(\d+(?:\.\d+)*[a-z]?(?:_(?:alpha|beta|pre|rc|p)\d*)*(?:-r\d+)?)$/;
const MAX_NAME = 256;

/** Gentoo's packages. */
export const portageCataloger: Cataloger = {
  id: "portage",
  ecosystem: "ebuild",
  note: "Reads var/db/pkg/*/*/PF and the LICENSE beside it: packages with category, name, version and licence. Does not resolve dependencies, which hold by the use flags that a package was built with, or compare the files on disk with their checksums.",
  wants: (path) => NAME_FILE.test(path) || LICENSE_FILE.test(path),
  places: PLACES,
  read: readPortage,
};

function readPortage(files: CatalogFiles): CatalogerResult {
  const builder = new ResultBuilder();
  for (const [path, bytes] of files) {
    const category = NAME_FILE.exec(path)?.[1];
    if (category === undefined) continue;
    // A file that is empty or too long names no package; the folder's name is the same.
    const text = decodeDatabaseText(bytes.subarray(0, MAX_NAME * 4)).trim() || baseName(folderOf(path));
    const match = text.length > MAX_NAME ? null : NAME_AND_VERSION.exec(text);
    const [, name, version] = match ?? [];
    if (name === undefined || version === undefined) {
      builder.addProblem(
        path,
        "PACKAGE_DATABASE_INVALID",
        "expected a package's name and version, found something else",
      );
      continue;
    }
    const purl = toPackageUrl({ type: "ebuild", namespace: category, name, version, qualifiers: {} });
    const license = files.get(`${folderOf(path)}/LICENSE`);
    builder.components.push({
      ref: purl ?? `ebuild:${category}/${name}@${version}`,
      kind: "library",
      group: category,
      name,
      version,
      ...(purl === undefined ? {} : { purl }),
      licenses: license === undefined ? [] : readStatedLicenses(decodeDatabaseText(license)),
      hashes: [],
      locations: [absolute(path)],
      scope: "production",
    });
  }
  return builder.finish();
}

/** Names with spaces between all apply; `|| ( a b )` is a choice, and is kept in its own words. */
function readStatedLicenses(text: string): readonly string[] {
  const words = text
    .trim()
    .split(/\s+/)
    .filter((word) => word !== "");
  if (words.some((word) => /[|()?]/.test(word))) return readLicenses(words.join(" "));
  return [...new Set(words.flatMap((word) => readLicenses(word)))];
}
