/** Package URLs: the specification's own test cases, by type: reading, writing, and reading to write again. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { formatPackageUrl, type PackageUrl, parsePackageUrl } from "../../src/artifact/index.ts";
import {
  type CaseResult,
  judgeWithLedger,
  type LedgerEntry,
  type SuiteResult,
  suiteNotRun,
} from "../../src/testing/conformance.ts";

const SUITE = "purl";

/** Parts of a package URL as the suite writes them: null for what is not there. */
interface Parts {
  readonly type: string | null;
  readonly namespace: string | null;
  readonly name: string | null;
  readonly version: string | null;
  readonly qualifiers: Readonly<Record<string, string>> | null;
  readonly subpath: string | null;
}

interface PurlCase {
  readonly description: string;
  readonly test_type: "parse" | "build" | "validate";
  /** `recommended`: what a reader may accept beyond what it must. */
  readonly test_group: "required" | "recommended";
  readonly input: string | Parts;
  readonly expected_output: string | Parts | null;
  readonly expected_failure: boolean;
}

/** Runs every case of every type. */
export async function runSuite(options: { readonly suitesDirectory: string }): Promise<SuiteResult> {
  const folder = join(options.suitesDirectory, "metadata", "purl", "tests");
  const files = globSync("**/*.json", { cwd: folder }).sort();
  if (files.length === 0) return suiteNotRun(SUITE, `${folder} is not there`);
  const results = files.flatMap((file) => {
    const { tests } = JSON.parse(readFileSync(join(folder, file), "utf8")) as { readonly tests: readonly PurlCase[] };
    return tests.map((test, index) => runCase(`${file}#${index} ${test.test_type}: ${test.description}`, test));
  });
  const ledger = JSON.parse(
    readFileSync(join(import.meta.dirname, "expected-failures.json"), "utf8"),
  ) as readonly LedgerEntry[];
  return judgeWithLedger(SUITE, results, ledger);
}

function runCase(name: string, test: PurlCase): CaseResult {
  const found = answerOf(test);
  const expected = test.expected_failure ? "refused" : shownOf(test.expected_output);
  const shown = found === undefined ? "refused" : shownOf(found);
  return shown === expected
    ? { case: name, passed: true }
    : { case: name, passed: false, message: `expected ${expected}, found ${shown}` };
}

/** What amap makes of a case; undefined where it refuses. */
function answerOf({ test_type, test_group, input }: PurlCase): string | Parts | undefined {
  if (test_type === "build") return typeof input === "string" ? undefined : build(input);
  const parsed = parsePackageUrl(typeof input === "string" ? input : "", { strict: test_group === "required" });
  if (!parsed.ok) return undefined;
  return test_type === "parse" ? partsOf(parsed.value) : formatPackageUrl(parsed.value);
}

function build({ type, namespace, name, version, qualifiers, subpath }: Parts): string | undefined {
  try {
    return formatPackageUrl({
      type: type ?? "",
      ...(namespace === null ? {} : { namespace }),
      name: name ?? "",
      ...(version === null ? {} : { version }),
      qualifiers: qualifiers ?? {},
      ...(subpath === null ? {} : { subpath }),
    });
  } catch {
    return undefined;
  }
}

function partsOf({ type, namespace, name, version, qualifiers, subpath }: PackageUrl): Parts {
  return {
    type,
    namespace: namespace ?? null,
    name,
    version: version ?? null,
    qualifiers: Object.keys(qualifiers).length === 0 ? null : qualifiers,
    subpath: subpath ?? null,
  };
}

/** One text for what is equal, whatever the order of qualifiers. */
function shownOf(value: string | Parts | null): string {
  if (value === null || typeof value === "string") return String(value);
  const { type, namespace, name, version, qualifiers, subpath } = value;
  const pairs = Object.entries(qualifiers ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([type, namespace || null, name, version || null, pairs, subpath || null]);
}
