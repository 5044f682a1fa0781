/**
 * OSV's rules over 30,136 real advisories: package versions and the advisories that hold for them, findings of real SBOMs,
 * and versions that single records name as affected or not. The truth is an evaluation that amap had no part in.
 */
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { formatPackageUrl, parsePackageUrl } from "../../src/artifact/index.ts";
import { readJson } from "../../src/base/index.ts";
import {
  type Advisory,
  advisoryKeysOf,
  type Component,
  decodeAdvisory,
  type Finding,
  judgeVersion,
  type MatchResult,
  matchAdvisories,
  readSbom,
} from "../../src/metadata/index.ts";
import {
  type CaseResult,
  judgeWithLedger,
  type LedgerEntry,
  type SuiteResult,
  suiteNotRun,
} from "../../src/testing/conformance.ts";
import { readSuiteAdvisories, type SuiteAdvisories } from "./advisories.ts";

const SUITE = "osv";
const ECOSYSTEMS = [
  "AlmaLinux",
  "Bitnami",
  "GHC",
  "Go",
  "Hackage",
  "Maven",
  "Packagist",
  "PyPI",
  "RubyGems",
  "crates.io",
  "npm",
];
/** The ecosystems that the truth about SBOMs was made for. */
const SBOM_ECOSYSTEMS = ["PyPI", "npm", "Go", "crates.io", "RubyGems", "Maven", "Packagist"];

interface TruthRow {
  readonly ecosystem: string;
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly ids: readonly string[];
  readonly groups: readonly (readonly string[])[];
}

interface SbomRow {
  readonly sbom: string;
  readonly findings: Readonly<Record<string, readonly string[]>>;
  readonly undecided: readonly string[];
}

/** Runs the three tables. */
export async function runSuite(options: { readonly suitesDirectory: string }): Promise<SuiteResult> {
  const root = join(options.suitesDirectory, "osv");
  if (!existsSync(join(root, "db"))) return suiteNotRun(SUITE, `${root} is not there`);
  const all = await readSuiteAdvisories(root, ECOSYSTEMS);
  const some = await readSuiteAdvisories(root, SBOM_ECOSYSTEMS);
  const results = [
    { case: "db: every record is read", passed: all.refused.length === 0, message: all.refused.slice(0, 5).join("; ") },
    ...rowsOf(join(root, "truth", "shared.jsonl")).map((row) => judgePackage(row as TruthRow, all)),
    ...rowsOf(join(root, "truth", "sbom-findings.shared.jsonl")).map((row) => judgeSbom(row as SbomRow, root, some)),
    ...judgeRecords(join(options.suitesDirectory, "metadata", "osv")),
  ];
  const ledger = readFileSync(join(import.meta.dirname, "expected-failures.json"), "utf8");
  return judgeWithLedger(SUITE, results, JSON.parse(ledger) as readonly LedgerEntry[]);
}

function rowsOf(path: string): readonly unknown[] {
  const lines = readFileSync(path, "utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as unknown);
}

function match(components: readonly Component[], advisories: SuiteAdvisories): MatchResult {
  return matchAdvisories({
    components,
    advisoriesByKey: advisories.byKey,
    coverage: advisories.coverage,
    complete: Object.keys(advisories.coverage),
  });
}

function judgePackage(row: TruthRow, advisories: SuiteAdvisories): CaseResult {
  const name = `${row.purl} (${row.ecosystem})`;
  const { name: called, version, purl } = row;
  const component: Component = {
    ref: purl,
    kind: "library",
    name: called,
    version,
    purl,
    licenses: [],
    hashes: [],
    locations: [],
    scope: "production",
  };
  const result = match([component], advisories);
  if (result.matchedComponents !== 1) {
    return { case: name, passed: false, message: `not looked at: ${JSON.stringify(result.notLookedAt)}` };
  }
  const key = advisoryKeysOf(component)[0] ?? "";
  const filed = new Map(advisories.byKey.get(key)?.map((advisory) => [advisory.id, advisory.aliases]));
  const message = differenceOf(row, result.findings, (id) => filed.get(id) ?? []);
  return message === undefined ? { case: name, passed: true } : { case: name, passed: false, message };
}

const recordsOf = ({ advisory, otherAdvisories = [] }: Finding): readonly string[] => [advisory, ...otherAdvisories];

/** Two records with one alias are two findings where their CVEs differ, which the truth counts as one. */
function countJoined(findings: readonly Finding[], aliasesOf: (id: string) => readonly string[]): number {
  const groups: Set<string>[] = [];
  for (const finding of findings) {
    const ids = new Set(recordsOf(finding).flatMap((id) => [id, ...aliasesOf(id)]));
    for (const group of groups.filter((each) => [...ids].some((id) => each.has(id)))) {
      for (const id of group) ids.add(id);
      groups.splice(groups.indexOf(group), 1);
    }
    groups.push(ids);
  }
  return groups.length;
}

/** What is wrong with findings that should name these records; undefined for nothing. */
function differenceOf(
  { ids, groups }: TruthRow,
  findings: readonly Finding[],
  aliasesOf: (id: string) => readonly string[],
): string | undefined {
  const expected = new Set(ids);
  const found = new Set(findings.flatMap(recordsOf));
  const missing = [...expected].filter((id) => !found.has(id));
  const surplus = [...found].filter((id) => !expected.has(id));
  if (missing.length > 0 || surplus.length > 0) {
    return `missing ${missing.join(" ") || "none"}, too many ${surplus.join(" ") || "none"}`;
  }
  const joined = countJoined(findings, aliasesOf);
  return joined === groups.length ? undefined : `expected ${groups.length} vulnerabilities, found ${joined}`;
}

function judgeSbom(row: SbomRow, root: string, advisories: SuiteAdvisories): CaseResult {
  const decoded = readSbom(readFileSync(join(root, "sboms", row.sbom)));
  if (!decoded.ok) return { case: row.sbom, passed: false, message: decoded.issues[0]?.message ?? "not read" };
  const found = new Map<string, Set<string>>();
  for (const finding of match(decoded.value.sbom.components, advisories).findings) {
    const all = found.get(finding.purl) ?? new Set();
    for (const id of recordsOf(finding)) all.add(id);
    found.set(finding.purl, all);
  }
  const say = (purl: string, ids: Iterable<string>): string => `${canonical(purl)} ${[...ids].sort().join(",")}`;
  const expected = new Set(Object.entries(row.findings).map(([purl, ids]) => say(purl, ids)));
  const undecided = new Set(row.undecided);
  const given = new Set([...found].filter(([purl]) => !undecided.has(purl)).map(([purl, ids]) => say(purl, ids)));
  const missing = [...expected].filter((line) => !given.has(line));
  const surplus = [...given].filter((line) => !expected.has(line));
  if (missing.length === 0 && surplus.length === 0) return { case: row.sbom, passed: true };
  const message = `missing ${missing.slice(0, 4).join("; ") || "none"} (${missing.length}), too many ${surplus.slice(0, 4).join("; ") || "none"} (${surplus.length})`;
  return { case: row.sbom, passed: false, message };
}

/** The truth writes package URLs as they stand in the document. */
function canonical(purl: string): string {
  const parsed = parsePackageUrl(purl);
  return parsed.ok ? formatPackageUrl(parsed.value) : purl;
}

/** Single records and the versions that they name, each held against its record alone. */
function judgeRecords(root: string): readonly CaseResult[] {
  const files = globSync("records/**/*.json", { cwd: root }).sort();
  const results: CaseResult[] = [];
  const byId = new Map<string, ReturnType<typeof decodeAdvisory>>();
  for (const file of files) {
    const decoded = decodeAdvisory(readJson(readFileSync(join(root, file))));
    if (decoded.ok) byId.set(decoded.value.id, decoded);
    results.push({
      case: file,
      passed: decoded.ok,
      ...(decoded.ok ? {} : { message: decoded.issues[0]?.message ?? "" }),
    });
  }
  const lines = new Set(readFileSync(join(root, "expected-affected.tsv"), "utf8").split("\n").slice(1).filter(Boolean));
  for (const line of lines) {
    const [id = "", ecosystem = "", name = "", version = "", affected = ""] = line.split("\t");
    const decoded = byId.get(id);
    const verdict = decoded?.ok ? isAffected(decoded.value, ecosystem, name, version) : "record not read";
    const passed = verdict === affected;
    results.push({ case: line, passed, ...(passed ? {} : { message: `expected ${affected}, found ${verdict}` }) });
  }
  return results;
}

function isAffected(advisory: Advisory, ecosystem: string, name: string, version: string): string {
  const entries = advisory.affected.filter((entry) => entry.ecosystem === ecosystem && entry.name === name);
  const verdicts = entries.map((entry) => judgeVersion(entry, version).status);
  if (verdicts.includes("affected")) return "yes";
  return verdicts.includes("undecided") || verdicts.length === 0 ? "undecided" : "no";
}
