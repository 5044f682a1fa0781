/** Operating systems' packages: databases of real systems with what is installed there, and who names itself how. */
import { existsSync, globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parsePackageUrl } from "../../src/artifact/index.ts";
import { catalogFiles } from "../../src/metadata/index.ts";
import {
  type CaseResult,
  judgeWithLedger,
  type LedgerEntry,
  type SuiteResult,
  suiteNotRun,
} from "../../src/testing/conformance.ts";
import { SAMPLES, SYSTEMS } from "./systems.ts";

const SUITE = "os-packages";

/** Where the database of an edge file lies in an image, by its format in the index. */
const PLACES: ReadonlyMap<string, string> = new Map([
  ["rpmdb SQLite", "var/lib/rpm/rpmdb.sqlite"],
  ["rpmdb NDB", "var/lib/rpm/Packages.db"],
  ["rpmdb Berkeley DB hash", "var/lib/rpm/Packages"],
  ["dpkg status", "var/lib/dpkg/status"],
  ["dpkg status (edge)", "var/lib/dpkg/status"],
  ["apk installed", "lib/apk/db/installed"],
  ["apk installed (edge)", "lib/apk/db/installed"],
]);

/** Runs every database of the index and every release file. */
export async function runSuite(options: { readonly suitesDirectory: string }): Promise<SuiteResult> {
  const databases = join(options.suitesDirectory, "osv", "ospkg");
  const samples = join(options.suitesDirectory, "metadata", "os-pkgdb", "trivy", "pkg");
  const systems = join(options.suitesDirectory, "metadata", "os-pkgdb", "trivy", "os");
  if (!existsSync(join(databases, "INDEX.tsv"))) return suiteNotRun(SUITE, `${databases} is not there`);
  if (!existsSync(systems)) return suiteNotRun(SUITE, `${systems} is not there`);
  const index = readFileSync(join(databases, "INDEX.tsv"), "utf8").trim().split("\n").slice(1);
  const results = [
    ...index.flatMap((line) => runDatabase(databases, line)),
    ...filesBelow(systems).map((file) => runSystem(systems, file)),
    ...filesBelow(samples).flatMap((file) => runSample(samples, file)),
  ];
  const ledger = readFileSync(join(import.meta.dirname, "expected-failures.json"), "utf8");
  return judgeWithLedger(SUITE, results, JSON.parse(ledger) as readonly LedgerEntry[]);
}

function filesBelow(folder: string): readonly string[] {
  const entries = globSync("**/testdata/**/*", { cwd: folder, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

/** One database: how many packages it has and, where somebody wrote them down, which. */
function runDatabase(root: string, line: string): readonly CaseResult[] {
  const [file = "", format = "", count = ""] = line.split("\t");
  const isFragment = file.includes("/status.d/");
  const place = isFragment ? `var/lib/dpkg/status.d/${basename(file)}` : PLACES.get(format);
  if (place === undefined) return [{ case: file, passed: false, message: `the format ${format} is not known` }];
  const { components } = catalogFiles(new Map([[place, readFileSync(join(root, file))]]));
  const packages = components.filter(({ kind }) => kind === "library");
  const counted = judge(`${file}: count`, [count], [String(packages.length)]);
  const expectedPath = join(root, `${file}.expected.tsv`);
  if (!existsSync(expectedPath)) return [counted];
  const expected = readFileSync(expectedPath, "utf8")
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => withSource(line, format));
  const found = packages.map((component) => {
    const parsed = parsePackageUrl(component.purl ?? "");
    const qualifiers = parsed.ok ? parsed.value.qualifiers : {};
    const { sourcePackage } = component;
    const source = format.startsWith("rpmdb")
      ? (qualifiers["upstream"] ?? "")
      : format.startsWith("apk")
        ? (sourcePackage?.name ?? "")
        : `${sourcePackage?.name} (${sourcePackage?.version})`;
    return [component.name, component.version ?? "", qualifiers["arch"] ?? "", source].join("\t");
  });
  return [counted, judge(`${file}: packages`, expected, found)];
}

/** A Debian source as name and version: what is not stated is the package's own (Debian Policy 5.6.1). */
function withSource(line: string, format: string): string {
  if (!format.startsWith("dpkg")) return line;
  const [name = "", version = "", architecture = "", source = ""] = line.split("\t");
  const whole = source.includes("(") ? source : `${source || name} (${version})`;
  return [name, version, architecture, whole].join("\t");
}

/** A database among Trivy's samples, alone or in an archive of text files (`-- path --` before each). */
function runSample(root: string, file: string): readonly CaseResult[] {
  const row = SAMPLES[file];
  // Copyright files and the like are no databases.
  if (row === undefined) return [];
  const bytes = readFileSync(join(root, file));
  const parts = bytes.toString("utf8").split(/^-- (.+) --\n/m);
  const files = file.endsWith(".txtar")
    ? new Map(parts.flatMap((path, index) => (index % 2 === 1 ? [[path, Buffer.from(parts[index + 1] ?? "")]] : [])))
    : new Map([[row.place, bytes]]);
  const { components } = catalogFiles(files);
  const found = components.map(({ name, version }) => `${name} ${version}`);
  return [judge(file, row.expected, found)];
}

function runSystem(root: string, file: string): CaseResult {
  const row = SYSTEMS[file];
  if (row === undefined) return { case: file, passed: false, message: "the table of systems does not have this file" };
  const { components, operatingSystem } = catalogFiles(new Map([[row.place, readFileSync(join(root, file))]]));
  const found =
    operatingSystem === undefined ? "none" : `${operatingSystem.id} ${operatingSystem.versionId ?? ""}`.trim();
  const named = components.filter(({ kind }) => kind === "operating-system").length;
  return judge(file, [row.expected, row.expected === "none" ? "0" : "1"], [found, String(named)]);
}

function judge(name: string, expected: readonly string[], found: readonly string[]): CaseResult {
  const missing = expected.filter((each) => !found.includes(each));
  const more = found.filter((each) => !expected.includes(each));
  if (missing.length === 0 && more.length === 0 && expected.length === found.length)
    return { case: name, passed: true };
  const shown = (lines: readonly string[]): string => lines.slice(0, 5).join(", ") || "none";
  return {
    case: name,
    passed: false,
    message: `${expected.length} expected, ${found.length} found; missing: ${shown(missing)}; too many: ${shown(more)}`,
  };
}
