import { memberOf, type Value } from "../../../../base/index.ts";
import { baseName } from "../cataloger.ts";
import { createListCataloger } from "../list-cataloger.ts";
import {
  type ListFile,
  listMember,
  type PackageList,
  type PackageListFormat,
  readListLines,
  readYamlObject,
  type StatedPackage,
  textMember,
  toVcsUrl,
} from "../package-list.ts";

/** cabal.project.freeze. */
const cabalFreeze: PackageListFormat = {
  id: "haskell/cabal",
  endings: [".freeze"],
  where: "`cabal.project.freeze`, `cabal.project.NAME.freeze`",
  isAt: (path) => baseName(path).startsWith("cabal.project."),
  read: readCabalFreeze,
};

/** `constraints: any.name ==1.0,` and flags of packages, which hold no version. */
function readCabalFreeze({ bytes }: ListFile): PackageList {
  const packages: StatedPackage[] = [];
  for (const statement of constraintsOf(readListLines(bytes)).split(",")) {
    const words = statement.trim().split(/\s+/).join(" ");
    const match = /^(?:any\.|setup\.)?([A-Za-z0-9][A-Za-z0-9-]{0,200}) ?== ?([0-9][0-9.]{0,200})$/.exec(words);
    const [, name, version] = match ?? [];
    if (name !== undefined && version !== undefined) {
      packages.push({ name, version, identity: { type: "hackage", name } });
    }
  }
  return { packages };
}

/** The fields named `constraints` with their indented lines, without comments. */
function constraintsOf(lines: readonly string[]): string {
  const parts: string[] = [];
  let isInside = false;
  for (const line of lines) {
    const trimmed = line.trim();
    if (trimmed === "" || trimmed.startsWith("--")) continue;
    const isIndented = line.startsWith(" ") || line.startsWith("\t");
    if (!isIndented) isInside = trimmed.startsWith("constraints:");
    if (isInside) parts.push(isIndented ? trimmed : trimmed.slice("constraints:".length), " ");
  }
  return parts.join("");
}

/** stack.yaml.lock. */
const stackLock: PackageListFormat = {
  id: "haskell/stacklock",
  names: ["stack.yaml.lock"],
  read: ({ bytes }) => ({
    packages: listMember(readYamlObject(bytes), "packages").flatMap((entry) => stackPackage(entry)),
    notes: ["packages of the snapshot that it names are not listed: the snapshot says their versions"],
  }),
};

/** `hackage: name-1.0@sha256:…`, or a name and a version with a repository. */
function stackPackage(entry: Value): readonly StatedPackage[] {
  const completed = memberOf(entry, "completed") ?? memberOf(entry, "original");
  const released = textMember(completed, "hackage")?.split("@", 1)[0];
  if (released !== undefined) {
    const dash = released.lastIndexOf("-");
    const [name, version] = [released.slice(0, dash), released.slice(dash + 1)];
    return dash < 1 || version === "" ? [] : [{ name, version, identity: { type: "hackage", name } }];
  }
  const name = textMember(completed, "name");
  const version = textMember(completed, "version");
  if (name === undefined || version === undefined) return [];
  const repository = textMember(completed, "git");
  const origin = repository === undefined ? {} : { vcs_url: toVcsUrl(repository, textMember(completed, "commit")) };
  return [{ name, version, identity: { type: "hackage", name, qualifiers: origin } }];
}

/** Formats of Cabal and Stack. */
export const HASKELL_FORMATS: readonly PackageListFormat[] = [cabalFreeze, stackLock];

/** Haskell packages as Cabal and Stack lock them. */
export const haskellCataloger = createListCataloger({
  id: "haskell",
  ecosystem: "hackage",
  note: "Reads cabal.project.freeze (versions) and stack.yaml.lock (packages that are named beside the snapshot). The hash in a stack.yaml.lock is of the .cabal file and is not taken. Does not read *.cabal, package.yaml or stack.yaml, and does not know what a snapshot holds.",
  formats: HASKELL_FORMATS,
});
