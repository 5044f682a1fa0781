import {
  invalidFile,
  type ListFile,
  type PackageIdentity,
  type PackageList,
  type PackageListFormat,
  readListLines,
  type StatedPackage,
} from "../package-list.ts";

/** A module at a version, as Go's files write it. */
export interface GoModule {
  readonly path: string;
  /** With its `v`. */
  readonly version: string;
}

/** How package URLs name a Go module: its last segment is the name. */
export function goIdentity(path: string): PackageIdentity {
  const slash = path.lastIndexOf("/");
  return {
    type: "golang",
    ...(slash === -1 ? {} : { namespace: path.slice(0, slash) }),
    name: path.slice(slash + 1),
  };
}

export function toGoPackage({ path, version }: GoModule): StatedPackage {
  return { name: path, version, identity: goIdentity(path), keys: [path] };
}

/** go.mod, with go.sum where the file is older than Go 1.17. */
export const goMod: PackageListFormat = {
  id: "golang/gomod",
  names: ["go.mod"],
  read: readGoMod,
};

/** What the lines of a go.mod say. */
interface ModFile {
  module?: string;
  go?: string;
  readonly required: Map<string, GoModule & { readonly isIndirect: boolean }>;
  readonly replaced: { readonly path: string; readonly version?: string; readonly by: GoModule }[];
}

const DIRECTIVES = new Set("module go toolchain require replace exclude retract godebug tool ignore".split(" "));

function readGoMod(file: ListFile): PackageList {
  const mod = readModFile(readListLines(file.bytes));
  const modules = new Map([...mod.required].map(([key, required]) => [key, toRequired(required)]));
  for (const { path, version, by } of mod.replaced) {
    for (const [key, required] of mod.required) {
      if (required.path !== path || (version !== undefined && required.version !== version)) continue;
      modules.set(key, toReplacement(path, by));
    }
  }
  const packages = [...modules.values(), ...standardLibrary(mod.go), ...olderModules(file, mod)];
  const direct = [...mod.required.values()].filter(({ isIndirect }) => !isIndirect);
  const project: StatedPackage = {
    name: mod.module ?? "",
    keys: [],
    needs: [...direct.map(({ path }) => path), ...(mod.go === undefined ? [] : [STANDARD_LIBRARY])],
    isProject: true,
  };
  return { packages: [...(mod.module === undefined ? [] : [project]), ...packages] };
}

function toRequired({ path, version }: GoModule): StatedPackage {
  return toGoPackage({ path, version });
}

/** A replacement without a version is a folder. */
function toReplacement(path: string, by: GoModule): StatedPackage {
  const stated = by.version === "" ? { name: by.path } : toGoPackage(by);
  return { ...stated, keys: [path] };
}

/** go.work: replacements for all modules of a workspace, and the least version of Go. */
export const goWork: PackageListFormat = {
  id: "golang/gowork",
  names: ["go.work"],
  read: readGoWork,
};

const WORK_DIRECTIVES = new Set(["go", "toolchain", "use", "replace", "godebug"]);

function readGoWork(file: ListFile): PackageList {
  const work = readModFile(readListLines(file.bytes), WORK_DIRECTIVES);
  const replacements = work.replaced.filter(({ by }) => by.version !== "").map(({ by }) => toGoPackage(by));
  const sum = file.files.get(`${file.path}.sum`);
  const sums = sum === undefined ? [] : readGoSum(sum).map(toGoPackage);
  return {
    packages: [...standardLibrary(work.go), ...replacements, ...sums],
    notes: sums.length === 0 ? [] : ["go.work.sum also holds checksums of versions that are not used"],
  };
}

const STANDARD_LIBRARY = "stdlib";

/** The file says the least version of Go, not the one that builds. */
function standardLibrary(version: string | undefined): readonly StatedPackage[] {
  if (version === undefined) return [];
  return [{ name: STANDARD_LIBRARY, requirement: version, identity: { type: "golang", name: STANDARD_LIBRARY } }];
}

/** Before Go 1.17 the file does not name what its modules need; go.sum does. */
function olderModules(file: ListFile, mod: ModFile): readonly StatedPackage[] {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(mod.go ?? "") ?? [];
  if (mod.go === undefined || Number(major) > 1 || Number(minor) >= 17) return [];
  const sum = file.files.get(file.path.replace(/\.mod$/, ".sum"));
  if (sum === undefined) return [];
  const known = new Set([...mod.required.values()].map(({ path, version }) => `${path} ${version}`));
  return readGoSum(sum)
    .filter(({ path, version }) => !known.has(`${path} ${version}`))
    .map(toGoPackage);
}

function readModFile(lines: readonly string[], directives: ReadonlySet<string> = DIRECTIVES): ModFile {
  const mod: ModFile = { required: new Map(), replaced: [] };
  let block: string | undefined;
  for (const [index, line] of lines.entries()) {
    const comment = line.indexOf("//");
    const words = tokens(comment === -1 ? line : line.slice(0, comment));
    const [first] = words;
    if (first === undefined) continue;
    if (block !== undefined) {
      if (first === ")") block = undefined;
      else readDirective(block, words, line.slice(Math.max(0, comment)), mod, index);
    } else if (!directives.has(first)) {
      throw invalidFile(
        `line ${index + 1} is not a directive of a ${directives === DIRECTIVES ? "go.mod" : "go.work"} file`,
      );
    } else if (words[1] === "(" && words.length === 2) {
      block = first;
    } else if (words[1] !== "()") {
      readDirective(first, words.slice(1), comment === -1 ? "" : line.slice(comment), mod, index);
    }
  }
  if (block !== undefined) throw invalidFile(`the block of ${block} has no end`);
  return mod;
}

function readDirective(
  directive: string,
  words: readonly string[],
  comment: string,
  mod: ModFile,
  index: number,
): void {
  const [first = "", second = ""] = words;
  if (directive === "module") mod.module = first;
  else if (directive === "go") mod.go ??= first;
  else if (directive === "toolchain" && first !== "default") mod.go = first.replace(/^go/, "").split("-", 1)[0] ?? "";
  else if (directive === "require") {
    if (words.length !== 2) throw invalidFile(`line ${index + 1} does not require a module at a version`);
    mod.required.set(`${first} ${second}`, { path: first, version: second, isIndirect: /\bindirect\b/.test(comment) });
  } else if (directive === "replace") {
    const arrow = words.indexOf("=>");
    const [path = "", version = ""] = words.slice(arrow + 1);
    if (arrow < 1 || arrow > 2 || path === "") throw invalidFile(`line ${index + 1} does not say what replaces what`);
    mod.replaced.push({ path: first, ...(arrow === 2 ? { version: second } : {}), by: { path, version } });
  }
}

/** Words of a line; a path may stand in quotes. */
function tokens(line: string): readonly string[] {
  const words: string[] = [];
  for (const [, double, raw, word] of line.matchAll(/"([^"]*)"|`([^`]*)`|([^\s"`]+)/g)) {
    words.push(double ?? raw ?? word ?? "");
  }
  return words;
}

/** go.sum without a go.mod, and go.work.sum without a go.work: what it holds checksums of. */
export const goSum: PackageListFormat = {
  id: "golang/gosum",
  names: ["go.sum", "go.work.sum"],
  lockedBy: { names: ["go.mod", "go.work"] },
  read: ({ bytes }) => ({
    packages: readGoSum(bytes).map(toGoPackage),
    notes: ["it also holds checksums of versions that are not used, and no go.mod beside it says which are"],
  }),
};

/** `module version h1:…`, and the same with `/go.mod` for files that were only looked into. */
function readGoSum(bytes: Uint8Array): readonly GoModule[] {
  return readListLines(bytes).flatMap((line) => {
    const words = line.split(" ");
    const [path = "", version = "", hash = ""] = words;
    const isModule = words.length === 3 && hash.startsWith("h1:") && !version.endsWith("/go.mod");
    return isModule && path !== "" && version !== "" ? [{ path, version }] : [];
  });
}
