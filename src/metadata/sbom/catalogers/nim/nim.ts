import { baseName, folderOf } from "../cataloger.ts";
import { createListCataloger } from "../list-cataloger.ts";
import {
  type ListFile,
  objectMember,
  optional,
  type PackageList,
  type PackageListFormat,
  readJsonObject,
  readListText,
  type StatedPackage,
  textMember,
  textsMember,
  toVcsUrl,
} from "../package-list.ts";
import { joinCalls, withoutComments } from "../source-text.ts";

/** `NAME-VERSION` of Nimble's first form, `NAME-VERSION-HASH` of today's. */
const FOLDER = /^(.{1,200}?)-(\d[\w.]{0,100})(?:-[0-9a-f]{8,64})?$/;
const INSTALLED = /(?:^|\/)pkgs2?\/[^/]+\/[^/]+\.nimble$/;

/** *.nimble of packages that Nimble installed. */
const nimbleInstalled: PackageListFormat = {
  id: "nim/nimble",
  endings: [".nimble"],
  where: "in `pkgs/NAME-VERSION` or `pkgs2/NAME-VERSION-HASH`",
  isAt: (path) => INSTALLED.test(path),
  read: ({ path }) => {
    const [, name, version] = FOLDER.exec(baseName(folderOf(path))) ?? [];
    if (name !== undefined && version !== undefined)
      return { packages: [{ name, version, identity: { type: "nim", name } }] };
    return { packages: [], notes: ["its folder is not named by a package and its version"] };
  },
};

/** *.nimble of a project: the lines of this program that ask for packages by plain texts. */
const nimbleProject: PackageListFormat = {
  id: "nim/nimbleproject",
  endings: [".nimble"],
  where: "not in `pkgs` or `pkgs2`",
  isAt: (path) => !INSTALLED.test(path),
  lockedBy: { names: ["nimble.lock"] },
  read: readProject,
};

const COMMENTS = { line: "#", block: ["#[", "]#"] } as const;

function readProject({ path, bytes }: ListFile): PackageList {
  const packages: StatedPackage[] = [];
  let version: string | undefined;
  for (const line of joinCalls(withoutComments(readListText(bytes), COMMENTS).split("\n"))) {
    const text = line.trim().slice(0, 4_000);
    version ??= /^version\s*=\s*"([^"]{1,100})"/.exec(text)?.[1];
    if (!/^requires\b/.test(text)) continue;
    for (const [, entry = ""] of text.matchAll(/"([^"]{1,300})"/g)) {
      for (const asked of entry.split(";")) packages.push(...askedPackage(asked.trim()));
    }
  }
  const project: StatedPackage = {
    name: baseName(path).slice(0, -".nimble".length) || "project",
    ...optional("version", version),
    keys: [],
    needs: packages.map((stated) => stated.name),
    isProject: true,
  };
  return { packages: [project, ...packages] };
}

/** `name >= 1.0`, `name == 1.0`, `name#commit`, or the address of a repository. */
function askedPackage(text: string): readonly StatedPackage[] {
  const [, source, rest = ""] = /^([^\s<>=@#^~]{1,250})(.{0,200})$/.exec(text) ?? [];
  // The compiler is asked for like a package.
  if (source === undefined || source === "nim") return [];
  const range = rest.trim();
  if (source.includes("://")) {
    const name = baseName(source).replace(/\.git$/, "");
    const commit = range.startsWith("#") ? range.slice(1) : undefined;
    return name === ""
      ? []
      : [{ name, identity: { type: "nim", name, qualifiers: { vcs_url: toVcsUrl(source, commit) } } }];
  }
  const version = /^(?:==|@)\s*(\d\S*)$/.exec(range)?.[1];
  return [
    {
      name: source,
      ...(version === undefined ? { requirement: range } : { version }),
      identity: { type: "nim", name: source },
    },
  ];
}

/** nimble.lock. */
const nimbleLock: PackageListFormat = {
  id: "nim/nimblelock",
  names: ["nimble.lock"],
  read: ({ bytes }) => ({
    packages: Object.entries(objectMember(readJsonObject(bytes), "packages")).map(([name, entry]): StatedPackage => {
      const version = textMember(entry, "version");
      const url = textMember(entry, "url");
      const origin =
        url === undefined || textMember(entry, "downloadMethod") !== "git"
          ? {}
          : { vcs_url: toVcsUrl(url, textMember(entry, "vcsRevision")) };
      // Nimble writes "#head" and the like where a package was asked for by its commit.
      const isVersion = version !== undefined && !version.startsWith("#");
      return {
        name,
        ...(isVersion ? { version } : {}),
        identity: { type: "nim", name, qualifiers: isVersion ? {} : origin },
        needs: textsMember(entry, "dependencies"),
      };
    }),
  }),
};

/** Formats of Nimble. */
export const NIM_FORMATS: readonly PackageListFormat[] = [nimbleInstalled, nimbleProject, nimbleLock];

/** Nim packages. */
export const nimCataloger = createListCataloger({
  id: "nim",
  ecosystem: "nim",
  note: "Reads nimble.lock (versions and dependencies), the folders in which Nimble installed packages (name and version), and *.nimble of projects where there is no lock file: what they ask for by plain texts. The checksum of a nimble.lock is of a file tree and is not taken. Does not run a nimble file.",
  formats: NIM_FORMATS,
});
