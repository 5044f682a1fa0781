import { readAllLicenses } from "../../licenses.ts";
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
import { addInstalled, type InstalledPackage } from "../providers.ts";

const PLACE = "var/lib/pacman/local/*/desc";
const DESCRIPTION = /^var\/lib\/pacman\/local\/[^/]+\/desc$/;

/** Arch Linux's packages and those of its descendants. */
export const pacmanCataloger: Cataloger = {
  id: "pacman",
  ecosystem: "alpm",
  note: "Reads var/lib/pacman/local/*/desc: packages with their base (source package), architecture, licences, packager, and dependencies resolved through what packages provide (at most 64 packages for each name, and a note where more provide it). Does not read the signature state, or compare the files on disk with their checksums (mtree).",
  wants: (path) => DESCRIPTION.test(path),
  places: [PLACE],
  read: readPacman,
};

function readPacman(files: CatalogFiles, context: CatalogerContext): CatalogerResult {
  const builder = new ResultBuilder();
  const installed: InstalledPackage[] = [];
  for (const [path, bytes] of files) {
    const found = readPackage(readDescription(decodeDatabaseText(bytes)), path, context, builder);
    if (found === undefined) {
      builder.addProblem(path, "PACKAGE_DATABASE_INVALID", "it states no %NAME% or no %VERSION% of a package");
    } else installed.push(found);
  }
  addInstalled(installed, builder);
  const [first] = installed;
  if (first !== undefined && context.operatingSystem === undefined) {
    builder.addNotLookedAt(
      first.component.locations[0] ?? PLACE,
      "no os-release says which distribution these packages are of; they are named as Arch Linux's",
    );
  }
  return builder.finish();
}

/** Blocks of `%NAME%` and lines up to a blank one; the first of each name. */
function readDescription(text: string): ReadonlyMap<string, readonly string[]> {
  const fields = new Map<string, string[]>();
  let values: string[] | undefined;
  for (const raw of text.split("\n")) {
    const line = raw.trim();
    const name = values === undefined ? /^%([A-Z0-9]+)%$/.exec(line)?.[1] : undefined;
    if (line === "") values = undefined;
    else if (name !== undefined) {
      values = [];
      if (!fields.has(name)) fields.set(name, values);
    } else values?.push(line);
  }
  return fields;
}

function readPackage(
  fields: ReadonlyMap<string, readonly string[]>,
  path: string,
  context: CatalogerContext,
  builder: ResultBuilder,
): InstalledPackage | undefined {
  const name = fields.get("NAME")?.[0];
  const version = fields.get("VERSION")?.[0];
  if (name === undefined || version === undefined) return undefined;
  const architecture = fields.get("ARCH")?.[0] ?? "";
  const base = fields.get("BASE")?.[0] ?? name;
  const packager = fields.get("PACKAGER")?.[0];
  const { namespace, distro } = distributionOf(context.operatingSystem, "arch");
  const purl = toPackageUrl({
    type: "alpm",
    namespace,
    name,
    version,
    qualifiers: {
      arch: architecture,
      ...(distro === undefined ? {} : { distro }),
      upstream: base === name ? "" : base,
    },
  });
  const list = (key: string): readonly string[] => {
    const values = fields.get(key) ?? [];
    builder.countDependencies(values.length);
    return values.map(nameOf);
  };
  return {
    needs: list("DEPENDS"),
    provides: list("PROVIDES"),
    component: {
      ref: purl ?? `alpm:${name}@${version}:${architecture}`,
      kind: "library",
      name,
      version,
      ...(purl === undefined ? {} : { purl }),
      licenses: readAllLicenses(fields.get("LICENSE") ?? []),
      hashes: [],
      // makepkg writes this where whoever built the package did not say who they are.
      ...(packager === undefined || packager === "Unknown Packager" ? {} : { supplier: packager }),
      locations: [absolute(path)],
      sourcePackage: { name: base, version },
      scope: "production",
    },
  };
}

/** The name in `glibc>=2.38`, `libreadline.so=8-64`. */
function nameOf(relation: string): string {
  return /^[^<>=]*/.exec(relation)?.[0] ?? relation;
}
