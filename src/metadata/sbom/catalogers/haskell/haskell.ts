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
import { cabalFile, hpackFile } from "./manifests.ts";

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

/** `name-1.0@sha256:…` or `name-1.0@rev:1`. */
function releasedPackage(text: string): readonly StatedPackage[] {
  const released = text.split("@", 1)[0] ?? "";
  const dash = released.lastIndexOf("-");
  const [name, version] = [released.slice(0, dash), released.slice(dash + 1)];
  return dash < 1 || !/^\d/.test(version) ? [] : [{ name, version, identity: { type: "hackage", name } }];
}

/** `hackage: name-1.0@sha256:…`, or a name and a version with a repository. */
function stackPackage(entry: Value): readonly StatedPackage[] {
  const completed = memberOf(entry, "completed") ?? memberOf(entry, "original");
  const released = textMember(completed, "hackage");
  if (released !== undefined) return releasedPackage(released);
  const name = textMember(completed, "name");
  const version = textMember(completed, "version");
  if (name === undefined || version === undefined) return [];
  const repository = textMember(completed, "git");
  const origin = repository === undefined ? {} : { vcs_url: toVcsUrl(repository, textMember(completed, "commit")) };
  return [{ name, version, identity: { type: "hackage", name, qualifiers: origin } }];
}

/** stack.yaml: packages that are named beside the snapshot. */
const stackYaml: PackageListFormat = {
  id: "haskell/stackyaml",
  names: ["stack.yaml"],
  lockedBy: { names: ["stack.yaml.lock"] },
  read: ({ bytes }) => ({
    packages: listMember(readYamlObject(bytes), "extra-deps").flatMap((entry) =>
      typeof entry === "string" ? releasedPackage(entry) : extraRepository(entry),
    ),
    notes: ["packages of the snapshot that it names are not listed: the snapshot says their versions"],
  }),
};

/** A repository at a commit is named by its address: what packages it holds is not said. */
function extraRepository(entry: Value): readonly StatedPackage[] {
  const hosted = textMember(entry, "github");
  const address = textMember(entry, "git") ?? (hosted === undefined ? undefined : `https://github.com/${hosted}`);
  if (address === undefined) return [];
  const name = baseName(address).replace(/\.git$/, "");
  const origin = { vcs_url: toVcsUrl(address, textMember(entry, "commit")) };
  return name === "" ? [] : [{ name, identity: { type: "hackage", name, qualifiers: origin } }];
}

/** Formats of Cabal, Stack and hpack. */
export const HASKELL_FORMATS: readonly PackageListFormat[] = [cabalFreeze, stackLock, stackYaml, cabalFile, hpackFile];

/** Haskell packages as Cabal and Stack lock them. */
export const haskellCataloger = createListCataloger({
  id: "haskell",
  ecosystem: "hackage",
  note: "Reads cabal.project.freeze (versions) and stack.yaml.lock (packages that are named beside the snapshot). The hash in a stack.yaml.lock is of the .cabal file and is not taken. Also reads stack.yaml (extra-deps), *.cabal and package.yaml (build-depends and dependencies; versions where they are exact). Conditions in them are taken to hold. Does not know what a snapshot holds.",
  formats: HASKELL_FORMATS,
});
