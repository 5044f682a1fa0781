/** Version order: pairs of versions with the sign of their order, of thirteen ecosystems. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type VersionScheme, versionSchemeOf } from "../../src/metadata/index.ts";
import {
  type CaseResult,
  judgeWithLedger,
  type LedgerEntry,
  type SuiteResult,
  suiteNotRun,
} from "../../src/testing/conformance.ts";

const SUITE = "versions";
/** The suite's ecosystem names → OSV's. */
const ECOSYSTEMS: Readonly<Record<string, string>> = {
  alpine: "Alpine",
  cran: "CRAN",
  debian: "Debian",
  hackage: "Hackage",
  maven: "Maven",
  nuget: "NuGet",
  packagist: "Packagist",
  pub: "Pub",
  pypi: "PyPI",
  redhat: "Red Hat",
  rubygems: "RubyGems",
  semver: "npm",
};
const SIGNS: Readonly<Record<string, number>> = { "<": -1, "=": 0, ">": 1 };

/** Runs every pair in both directions. */
export async function runSuite(options: { readonly suitesDirectory: string }): Promise<SuiteResult> {
  const path = join(options.suitesDirectory, "metadata", "version-compare", "cases.tsv");
  const text = readIfThere(path);
  if (text === undefined) return suiteNotRun(SUITE, `${path} is not there`);
  const lines = new Set(
    text
      .split("\n")
      .slice(1)
      .filter((line) => line !== ""),
  );
  const results = [...lines].map(runCase);
  const ledger = JSON.parse(
    readFileSync(join(import.meta.dirname, "expected-failures.json"), "utf8"),
  ) as readonly LedgerEntry[];
  return judgeWithLedger(SUITE, results, ledger);
}

function runCase(line: string): CaseResult {
  const [ecosystem = "", set = "", a = "", operator = "", b = ""] = line.split("\t");
  const name = `${ecosystem} ${set}: ${a} ${operator} ${b}`;
  const scheme = versionSchemeOf(ECOSYSTEMS[ecosystem] ?? "");
  const sign = SIGNS[operator];
  if (scheme === undefined || sign === undefined)
    return { case: name, passed: false, message: "no scheme or operator" };
  const found = signsOf(scheme, a, b);
  const expected = sign === 0 ? "0, 0" : `${sign}, ${-sign}`;
  return found === expected
    ? { case: name, passed: true }
    : { case: name, passed: false, message: `expected the signs ${expected}, found ${found}` };
}

function signsOf(scheme: VersionScheme, a: string, b: string): string {
  return [scheme.compare(a, b), scheme.compare(b, a)].map((order) => Math.sign(order) + 0).join(", ");
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
