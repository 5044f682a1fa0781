import { readLicenses } from "../../licenses.ts";
import {
  absolute,
  type Cataloger,
  type CatalogerContext,
  type CatalogerResult,
  type CatalogFiles,
  decodeDatabaseText,
  distributionOf,
  ResultBuilder,
  toPackageUrl,
} from "../cataloger.ts";
import { type Paragraph, parseControlFile, parseRelations } from "../dpkg/control.ts";
import { addInstalled, type InstalledPackage } from "../providers.ts";

/** OpenWrt's place, and that of Yocto's images. */
const PATHS = ["usr/lib/opkg/status", "var/lib/opkg/status"];
const WANTED = new Set("package status version architecture source maintainer license depends provides".split(" "));

/** OpenWrt's and Yocto's packages. */
export const opkgCataloger: Cataloger = {
  id: "opkg",
  ecosystem: "opkg",
  note: "Reads usr/lib/opkg/status and var/lib/opkg/status: installed packages with architecture, licence, maintainer, and dependencies resolved through what packages provide (the first alternative that is installed; at most 64 packages for each name, and a note where more provide it). Does not read the packages' own control files (usr/lib/opkg/info).",
  wants: (path) => PATHS.includes(path),
  places: PATHS,
  read: readOpkg,
};

function readOpkg(files: CatalogFiles, context: CatalogerContext): CatalogerResult {
  const builder = new ResultBuilder();
  const installed: InstalledPackage[] = [];
  for (const [path, bytes] of files) {
    const { paragraphs, malformedLine } = parseControlFile(decodeDatabaseText(bytes), WANTED);
    if (malformedLine !== undefined) {
      builder.addProblem(
        path,
        "PACKAGE_DATABASE_INVALID",
        `line ${malformedLine} is not a field of a package paragraph`,
      );
    }
    let incomplete = 0;
    for (const paragraph of paragraphs) {
      if (paragraph.get("status")?.split(/\s+/).at(-1) !== "installed") continue;
      const found = readPackage(paragraph, path, context, builder);
      if (found === undefined) incomplete += 1;
      else installed.push(found);
    }
    if (incomplete > 0)
      builder.addNotLookedAt(path, `${incomplete} packages without a name or a version were left out`);
  }
  addInstalled(installed, builder);
  return builder.finish();
}

function readPackage(
  paragraph: Paragraph,
  path: string,
  context: CatalogerContext,
  builder: ResultBuilder,
): InstalledPackage | undefined {
  const name = paragraph.get("package");
  const version = paragraph.get("version");
  if (!name || !version) return undefined;
  const architecture = paragraph.get("architecture") ?? "";
  const maintainer = paragraph.get("maintainer");
  const { namespace, distro } = distributionOf(context.operatingSystem, "");
  const purl = toPackageUrl({
    type: "opkg",
    ...(namespace === "" ? {} : { namespace }),
    name,
    version,
    qualifiers: { arch: architecture, ...(distro === undefined ? {} : { distro }) },
  });
  const relations = (key: string): readonly (readonly string[])[] => {
    const clauses: (readonly string[])[] = [];
    for (const clause of parseRelations(paragraph.get(key) ?? "")) {
      builder.countDependencies(clause.length);
      clauses.push(clause);
    }
    return clauses;
  };
  return {
    needs: relations("depends"),
    provides: relations("provides").flat(),
    component: {
      ref: purl ?? `opkg:${name}@${version}:${architecture}`,
      kind: "library",
      name,
      version,
      ...(purl === undefined ? {} : { purl }),
      licenses: readLicenses(paragraph.get("license") ?? ""),
      hashes: [],
      ...(maintainer ? { supplier: maintainer } : {}),
      locations: [absolute(path)],
      scope: "production",
    },
  };
}
