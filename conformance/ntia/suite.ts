/**
 * Minimum elements of SBOMs: what ntia-conformance-checker 6.0.0 says of each document that it could read, fact by fact,
 * and what the names of sbomqs's samples say of the one element that each is about.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isAmapError } from "../../src/base/index.ts";
import { checkSbom, type DecodedSbom, type QualityReading, readSbom, scoreSbom } from "../../src/metadata/index.ts";
import {
  type CaseResult,
  judgeWithLedger,
  type LedgerEntry,
  type SuiteResult,
  suiteNotRun,
} from "../../src/testing/conformance.ts";
import { expectationOf } from "./sample-names.ts";

const SUITE = "ntia";

/** The checker's facts, and the elements of the strict reading that say the same. */
const ELEMENTS: Readonly<Record<string, string>> = {
  specVersionProvided: "spec-version",
  authorNameProvided: "sbom-author",
  timestampProvided: "sbom-timestamp",
  dependencyRelationshipsProvided: "dependency-relationship",
  componentNames: "component-name",
  componentVersions: "component-version",
  componentIdentifiers: "component-identifier",
  componentSuppliers: "component-supplier",
  componentConcludedLicenses: "component-concluded-license",
  componentCopyrightTexts: "component-copyright",
};

/** What the checker said of a document. */
interface Expected {
  readonly conformant: boolean;
  readonly components: number;
  readonly facts: Readonly<Record<string, boolean>>;
}

export async function runSuite(options: { readonly suitesDirectory: string }): Promise<SuiteResult> {
  const directory = join(options.suitesDirectory, "metadata");
  const rows = readRows(directory);
  if (rows === undefined) return suiteNotRun(SUITE, `${directory} has no INDEX.tsv`);
  const results = rows.flatMap(([file, expected]) => runFile(file, expected, readFileSync(join(directory, file))));
  const ledger = JSON.parse(
    readFileSync(join(import.meta.dirname, "expected-failures.json"), "utf8"),
  ) as readonly LedgerEntry[];
  return judgeWithLedger(SUITE, results, ledger);
}

function readRows(directory: string): readonly (readonly [file: string, expected: string])[] | undefined {
  try {
    const lines = readFileSync(join(directory, "INDEX.tsv"), "utf8").split("\n");
    return lines
      .map((line) => line.split("\t"))
      .filter(([area]) => area === "ntia")
      .map(([, file = "", , expected = ""]) => [file, expected] as const);
  } catch {
    return undefined;
  }
}

function runFile(file: string, text: string, bytes: Uint8Array): readonly CaseResult[] {
  const decoded = read(bytes);
  if (decoded === undefined) return [];
  return [...againstChecker(file, text, bytes, decoded), ...againstName(file, decoded)];
}

/** A document that amap refuses is another suite's question. */
function read(bytes: Uint8Array): DecodedSbom | undefined {
  try {
    const decoded = readSbom(bytes, { keepsRemainders: true });
    return decoded.ok ? decoded.value : undefined;
  } catch (error) {
    if (isAmapError(error)) return undefined;
    throw error;
  }
}

function againstChecker(file: string, text: string, bytes: Uint8Array, decoded: DecodedSbom): readonly CaseResult[] {
  const expected = readExpected(text);
  if (expected === undefined) return [];
  const { findings } = checkSbom(bytes);
  const strict = scoreSbom(decoded, "ntia", { findings }).find(({ reading }) => reading === "strict");
  if (strict === undefined) throw new Error("there is no strict reading");
  const cases = [judge(`${file}: conformant`, expected.conformant, strict.conformant)];
  // The library that the checker reads with gave up: it has facts of nothing.
  if (expected.facts["specVersionProvided"] !== true) return cases;
  return [
    ...cases,
    judge(`${file}: components`, expected.components, strict.components),
    ...Object.entries(ELEMENTS).map(([fact, id]) =>
      judge(`${file}: ${fact}`, expected.facts[fact] ?? false, isThere(strict, id)),
    ),
  ];
}

/** The checker says of no component at all that something is missing, and then that nothing is provided. */
function isThere({ elements }: QualityReading, id: string): boolean {
  const element = elements.find((each) => each.id === id);
  return element !== undefined && element.total > 0 && element.present === element.total;
}

function readExpected(text: string): Expected | undefined {
  const [, conformant, components = "", ...facts] =
    /ok conformant=(True|False) components=(\d+) (\{[^}]*\}) (\{[^}]*\})/.exec(text) ?? [];
  if (conformant === undefined) return undefined;
  const all = facts.map((each) => JSON.parse(each) as Readonly<Record<string, boolean>>);
  return {
    conformant: conformant === "True",
    components: Number(components),
    facts: Object.assign({}, ...all) as Readonly<Record<string, boolean>>,
  };
}

function againstName(file: string, decoded: DecodedSbom): readonly CaseResult[] {
  const expectation = expectationOf(file);
  if (expectation === undefined) return [];
  const { ids, isPresent } = expectation;
  const elements = scoreSbom(decoded, "bsi-tr-03183").flatMap((reading) => reading.elements);
  const found = ids.map((id) => elements.find((element) => element.id === id));
  if (found.includes(undefined)) throw new Error(`no element is called one of ${ids.join(", ")}`);
  const present = found.some(
    (element) => element !== undefined && element.total > 0 && element.present === element.total,
  );
  return [judge(`${file}: ${ids.join(" or ")}`, isPresent, present)];
}

function judge(name: string, expected: boolean | number, found: boolean | number): CaseResult {
  if (expected === found) return { case: name, passed: true };
  return { case: name, passed: false, message: `expected ${expected}, found ${found}` };
}
