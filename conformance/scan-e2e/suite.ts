/** Whole scans of project folders: the packages that lock files state, and the advisories that hold for them. */
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { generateSbom, openArtifact, type World } from "../../src/app/index.ts";
import { readJson } from "../../src/base/index.ts";
import {
  type Advisory,
  type Component,
  decodeAdvisory,
  ecosystemsOfAdvisory,
  keysOfAdvisory,
  matchAdvisories,
} from "../../src/metadata/index.ts";
import {
  type CaseResult,
  judgeWithLedger,
  type LedgerEntry,
  type SuiteResult,
  suiteNotRun,
} from "../../src/testing/conformance.ts";
import { createWorld } from "../../src/wiring/index.ts";

const SUITE = "scan-e2e";
const TOOL = { name: "amap", version: "0.0.0" };

/** Runs every folder: one case for each row of the two tables, and one for what nobody expects. */
export async function runSuite(options: { readonly suitesDirectory: string }): Promise<SuiteResult> {
  const root = join(options.suitesDirectory, "metadata", "vulnscan-e2e");
  if (!existsSync(root)) return suiteNotRun(SUITE, `${root} is not there`);
  const advisories = globSync("osv/*.json", { cwd: root }).flatMap((file) => {
    const decoded = decodeAdvisory(readJson(readFileSync(join(root, file))));
    return decoded.ok ? [decoded.value] : [];
  });
  const world = createWorld({ offline: true, env: {} });
  const results: CaseResult[] = [];
  const [vulnerabilities, packages] = ["vulns", "packages"].map((name) => rowsOf(join(root, `expected-${name}.tsv`)));
  const folders = new Set([...(vulnerabilities ?? []), ...(packages ?? [])].map(([name = ""]) => name));
  for (const folder of folders) {
    const of = (rows: readonly (readonly string[])[] | undefined) => (rows ?? []).filter(([name]) => name === folder);
    const components = await componentsOf(world, join(root, "repo", folder));
    results.push(...judgeFindings(folder, of(vulnerabilities), components, advisories));
    results.push(...judgePackages(folder, of(packages), components));
  }
  const ledger = readFileSync(join(import.meta.dirname, "expected-failures.json"), "utf8");
  return judgeWithLedger(SUITE, results, JSON.parse(ledger) as readonly LedgerEntry[]);
}

function rowsOf(path: string): readonly (readonly string[])[] {
  const lines = readFileSync(path, "utf8").split("\n").slice(1);
  return lines.filter((line) => line !== "").map((line) => line.split("\t"));
}

async function componentsOf(world: World, folder: string): Promise<readonly Component[]> {
  const sbom = await generateSbom(world, await openArtifact(world, `dir:${folder}`), TOOL);
  return sbom.components;
}

function judgeFindings(
  folder: string,
  rows: readonly (readonly string[])[],
  components: readonly Component[],
  advisories: readonly Advisory[],
): readonly CaseResult[] {
  const byKey = new Map<string, Advisory[]>();
  const coverage: Record<string, number> = {};
  for (const advisory of advisories) {
    for (const key of keysOfAdvisory(advisory)) byKey.set(key, [...(byKey.get(key) ?? []), advisory]);
    for (const name of ecosystemsOfAdvisory(advisory)) coverage[name] = 1;
  }
  const { findings } = matchAdvisories({ components, advisoriesByKey: byKey, coverage, complete: [] });
  const say = (id: string, name: string, version: string): string => `${id} ${name} ${version}`;
  const found = new Map(findings.map((each) => [say(each.advisory, each.component, each.version), each.fixedVersions]));
  const expected = new Map(
    rows.map(([, , id = "", name = "", version = "", fixed = ""]) => [say(id, name, version), fixed]),
  );
  const surplus = [...found.keys()].filter((line) => !expected.has(line));
  return [
    ...[...expected].map(([line, fixed]) => {
      const fixes = found.get(line);
      if (fixes === undefined)
        return judge(`${folder}: ${line}`, false, `found ${[...found.keys()].join("; ") || "nothing"}`);
      // Trivy's table has fixes of its own database; the records of some were converted without, or with another.
      const passed = fixes.length === 0 || fixes.some((fix) => fixed.split(", ").includes(fix));
      return judge(`${folder}: ${line}`, passed, `fixed in ${fixes.join(", ")}, not in ${fixed}`);
    }),
    judge(`${folder}: no other finding`, surplus.length === 0, surplus.join("; ")),
  ];
}

function judgePackages(
  folder: string,
  rows: readonly (readonly string[])[],
  components: readonly Component[],
): readonly CaseResult[] {
  return rows.map(([, , name = "", version = "", purl = "", dev = ""]) => {
    const found = components.find((each) => each.purl === purl);
    const passed = found !== undefined && (dev !== "True" || found.scope === "development");
    return judge(
      `${folder}: ${name} ${version} is ${purl}`,
      passed,
      `found ${found?.scope ?? components.map((each) => each.purl).join(" ")}`,
    );
  });
}

function judge(name: string, passed: boolean, message: string): CaseResult {
  return passed ? { case: name, passed } : { case: name, passed, message };
}
