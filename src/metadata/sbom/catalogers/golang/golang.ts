import { createListCataloger } from "../list-cataloger.ts";
import {
  type ListFile,
  listMember,
  type PackageList,
  type PackageListFormat,
  readListLines,
  readTomlObject,
  textMember,
} from "../package-list.ts";
import { type GoModule, goIdentity, goMod, goSum, goWork, toGoPackage } from "./go-mod.ts";

/** vendor/modules.txt: the modules of which packages are vendored. */
const vendorModules: PackageListFormat = {
  id: "golang/vendormodules",
  names: ["modules.txt"],
  where: "in `vendor`",
  isAt: (path) => /(?:^|\/)vendor\/[^/]+$/.test(path),
  read: readVendorModules,
};

function readVendorModules({ bytes }: ListFile): PackageList {
  const found = new Map<string, GoModule>();
  let module: GoModule | undefined;
  for (const line of readListLines(bytes)) {
    const text = line.trim();
    if (text.startsWith("# ")) module = readHeader(text.slice(2).trim().split(/\s+/));
    // A package below the header: some of the module is there.
    else if (text !== "" && !text.startsWith("#") && module !== undefined) {
      found.set(`${module.path} ${module.version}`, module);
    }
  }
  return { packages: [...found.values()].map(toGoPackage) };
}

/** `module version`, with `=> replacement version` or `=> ./folder` behind it. */
function readHeader(words: readonly string[]): GoModule | undefined {
  const arrow = words.indexOf("=>");
  if (arrow === -1) return readModule(words);
  const replacement = words.slice(arrow + 1);
  const isFolder = replacement.length === 1 && /^(?:\.{1,2})?[/\\]/.test(replacement[0] ?? "");
  return isFolder ? readModule(words.slice(0, arrow)) : readModule(replacement);
}

const VERSION = /^v(\d+)\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$/;

function readModule(words: readonly string[]): GoModule | undefined {
  const [path = "", version = ""] = words;
  const major = VERSION.exec(version)?.[1];
  if (words.length !== 2 || major === undefined) return undefined;
  // A module of version 2 and later says so in its path (Go Modules Reference, "Major version suffixes").
  const suffix = /(?:\/v|^gopkg\.in\/.*\.v)([0-9]+)$/.exec(path)?.[1];
  const isOld = major === "0" || major === "1" || version.endsWith("+incompatible");
  const fits = suffix === undefined ? isOld : suffix === major || (path.startsWith("gopkg.in/") && isOld);
  return fits ? { path, version } : undefined;
}

/** Gopkg.lock of dep, which came before modules. */
const gopkgLock: PackageListFormat = {
  id: "golang/gopkglock",
  names: ["Gopkg.lock"],
  read: ({ bytes }) => ({
    packages: listMember(readTomlObject(bytes), "projects").flatMap((project) => {
      const path = textMember(project, "name");
      const version = textMember(project, "version") ?? textMember(project, "revision");
      return path === undefined || version === undefined
        ? []
        : [{ name: path, version, identity: goIdentity(path), keys: [path] }];
    }),
  }),
};

/** Formats of Go. */
export const GO_FORMATS: readonly PackageListFormat[] = [goMod, goWork, goSum, vendorModules, gopkgLock];

/** Go modules as their files state them. */
export const goCataloger = createListCataloger({
  id: "golang",
  ecosystem: "golang",
  note: "Reads go.mod (required modules with their replacements; what the main module needs itself as its dependencies; the go and toolchain lines as the least version of the standard library), go.sum where go.mod is older than Go 1.17 or missing, vendor/modules.txt (modules of which packages are vendored) and Gopkg.lock. go.sum's hashes are of file trees, not of archives, and are not taken. Of go.work it reads the go and toolchain lines, the replacements that have a version and what go.work.sum has checksums of; what its modules require their go.mod says. Does not know which modules of go.mod a program really links: its build information does.",
  formats: GO_FORMATS,
});
