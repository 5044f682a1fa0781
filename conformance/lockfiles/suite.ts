/** Lock files and manifests: the names and versions of the packages that files of many formats state. */
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isAmapError } from "../../src/base/index.ts";
import {
  type Component,
  catalogFiles,
  PACKAGE_LIST_FORMATS,
  type PackageListFormat,
  type StatedPackage,
} from "../../src/metadata/index.ts";
import {
  type CaseResult,
  judgeWithLedger,
  type LedgerEntry,
  type SuiteResult,
  suiteNotRun,
} from "../../src/testing/conformance.ts";
import { EXTRACTORS, type Extractor } from "./extractors.ts";

const SUITE = "lockfiles";
/** npm's own files are read by a cataloger that knows folders; a file must have its name. */
const NPM_LOCK = "language/javascript/packagelockjson";
const NPM_PACKAGE = "language/javascript/packagejson";

/** Runs every file of the suite's table, each with the other files of its extractor beside it. */
export async function runSuite(options: { readonly suitesDirectory: string }): Promise<SuiteResult> {
  const root = join(options.suitesDirectory, "metadata", "lockfiles");
  const table = join(root, "expected.tsv");
  if (!existsSync(table)) return suiteNotRun(SUITE, `${table} is not there`);
  const lines = readFileSync(table, "utf8")
    .split("\n")
    .slice(1)
    .filter((line) => line !== "");
  const folders = new Map<string, ReadonlyMap<string, Uint8Array>>();
  const results = lines.map((line): CaseResult => {
    const [extractor = "", path = ""] = line.split("\t");
    const files = folders.get(extractor) ?? readFolder(join(root, "scalibr", extractor));
    folders.set(extractor, files);
    return runCase(line, extractor, path, files);
  });
  const ledger = readFileSync(join(import.meta.dirname, "expected-failures.json"), "utf8");
  return judgeWithLedger(SUITE, results, JSON.parse(ledger) as readonly LedgerEntry[]);
}

function readFolder(folder: string): ReadonlyMap<string, Uint8Array> {
  const paths = globSync("**/*", { cwd: folder, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    paths.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [path.slice(folder.length + 1), readFileSync(path)];
    }),
  );
}

/** What a file was found to state: `name@version` of each package, or why it cannot be read. */
type Found = { readonly packages: ReadonlySet<string>; readonly hasProblem: boolean } | { readonly error: string };

function runCase(line: string, extractor: string, path: string, files: ReadonlyMap<string, Uint8Array>): CaseResult {
  const [, , expectation = "", , packages = ""] = line.split("\t");
  const name = `${extractor} ${path}`;
  const bytes = files.get(path);
  if (bytes === undefined) return { case: name, passed: false, message: "the file is not there" };
  const found = read(extractor, path, bytes, files);
  const message = judge(expectation, packages, found);
  return message === undefined ? { case: name, passed: true } : { case: name, passed: false, message };
}

function judge(expectation: string, packages: string, found: Found): string | undefined {
  if ("error" in found)
    return expectation === "error" ? undefined : `expected ${expectation}, found the error: ${found.error}`;
  const stated = [...found.packages].sort().join(" ");
  if (expectation === "error")
    return found.hasProblem ? undefined : `expected an error, found: ${stated || "no packages"}`;
  if (expectation === "empty") return stated === "" ? undefined : `expected no packages, found: ${stated}`;
  // Versions may hold spaces, so that words are compared, not packages.
  const words = (text: string): string => text.split(" ").sort().join(" ");
  return words(stated) === words(packages) ? undefined : `expected ${packages}, found: ${stated || "no packages"}`;
}

function read(extractor: string, path: string, bytes: Uint8Array, files: ReadonlyMap<string, Uint8Array>): Found {
  if (extractor === NPM_LOCK) return readNpmLock(path, bytes, files);
  // The oracle takes installed packages with a name and a version.
  if (extractor === NPM_PACKAGE)
    return readNpm("node_modules/named/package.json", bytes, ({ version }) => version !== undefined);
  const mapped = EXTRACTORS[extractor] ?? { format: extractor.replace(/^language\//, "") };
  const format = PACKAGE_LIST_FORMATS.find(({ id }) => id === mapped.format);
  if (format === undefined) return { error: `amap has no format ${mapped.format}` };
  try {
    return readFormat(format, mapped, path, bytes, files);
  } catch (error) {
    if (isAmapError(error)) return { error: error.message };
    throw error;
  }
}

function readFormat(
  format: PackageListFormat,
  { projects, isLeftOut, versionOf, nameOf }: Extractor,
  path: string,
  bytes: Uint8Array,
  files: ReadonlyMap<string, Uint8Array>,
): Found {
  const { packages, problems = [] } = format.read({ path, bytes, files });
  const counted = packages.filter((stated: StatedPackage) => {
    if (stated.isProject === true ? projects === undefined : projects === "only") return false;
    return isLeftOut?.(stated, packages) !== true;
  });
  const names = counted.map(
    (stated) => `${nameOf?.(stated) ?? stated.name}@${versionOf?.(stated) ?? stated.version ?? ""}`,
  );
  return { packages: new Set(names), hasProblem: problems.length > 0 };
}

function readNpmLock(path: string, bytes: Uint8Array, files: ReadonlyMap<string, Uint8Array>): Found {
  const name = path.endsWith("npm-shrinkwrap.json") ? "npm-shrinkwrap.json" : "package-lock.json";
  const shrinkwrap = path.replace(/package-lock\.json$/, "npm-shrinkwrap.json");
  // A shrinkwrap in the same folder is what npm reads: the lock file beside it states nothing.
  if (shrinkwrap !== path && files.has(shrinkwrap)) return { packages: new Set(), hasProblem: false };
  return readNpm(name, bytes, () => true);
}

function readNpm(path: string, bytes: Uint8Array, isTaken: (component: Component) => boolean): Found {
  const { components, problems } = catalogFiles(new Map([[path, bytes]]));
  const packages = components.filter((component) => component.kind === "library" && isTaken(component));
  return {
    packages: new Set(packages.map((component) => `${component.name}@${component.version ?? ""}`)),
    hasProblem: problems.length > 0,
  };
}
