import { AmapError, LIMITS, readJsonFast } from "../../../base/index.ts";
import type {
  CsafCheck,
  CsafFinding,
  CsafTestGroup,
  CsafValidation,
  CsafVersion,
  UnrunCsafTest,
} from "../../../ports/index.ts";
import { issuesOf, pathOfPointer, withPlainNumbers } from "../json-issues.ts";
import { extensionsIn } from "./checks/extensions.ts";
import { scancodeLicenses } from "./checks/licenses.ts";
import { unknownDecisionPoints } from "./checks/ssvc.ts";
import { type CsafCheckFunction, CsafNode } from "./csaf-node.ts";
import { csafSchema } from "./csaf-schemas.ts";
import { loadLibraryTests } from "./library-tests.ts";
import { ADDED_CHECKS, COMMON_CHECKS, OWN_CHECKS } from "./own-checks.ts";
import { branchProductsIn, productsIn } from "./product-tree.ts";

/** Tests that need what this program does not use. */
const NEVER_RUN: ReadonlyMap<string, string> = new Map([
  ["6.3.6", "it would open each address of the document"],
  ["6.3.7", "it would open each address of the document"],
  ["6.3.8", "it needs a spelling checker"],
]);
const NEVER_RUN_2_1: ReadonlyMap<string, string> = new Map([
  ...NEVER_RUN,
  ["6.2.52", "which hash algorithms CSAF 2.1 knows is not recorded here"],
  ["6.3.16", "it needs a grammar checker"],
]);

const SCHEMA_FIRST = "the document breaks the schema";

/** A test of the schema's parts, told by where the schema is broken. */
const PARTS_OF_SCHEMA: readonly (readonly [test: string, place: RegExp, version: CsafVersion])[] = [
  ["6.1.8", /\.cvss_v[234](?:\.|$)/, "2.0"],
  ["6.1.8", /\.cvss_v[234](?:\.|$)/, "2.1"],
  ["6.1.46", /\.ssvc_v2(?:\.|$)/, "2.1"],
  ["6.1.60.1", /(?:^|\.)x_extensions\[/, "2.1"],
];

/**
 * The schemas and tests of CSAF 2.0 and 2.1: the library's (@secvisogram/csaf-validator-lib) as far as they open no
 * connection, and this program's own where the library lacks one or follows an earlier draft. Loaded when first needed.
 */
export function createCsafValidation(): CsafValidation {
  return { check: checkDocument };
}

async function checkDocument(
  version: CsafVersion,
  bytes: Uint8Array,
  { hasStrictSchema }: { readonly hasStrictSchema: boolean },
): Promise<CsafCheck> {
  const value = withPlainNumbers(readJsonFast(bytes, { maxBytes: LIMITS.csafDocumentBytes }));
  const document = new CsafNode(value);
  refuseLarge(document);
  const findings: CsafFinding[] = [...(await checkSchema(version, value, hasStrictSchema))];
  const hasSchema = findings.length === 0;
  const notRun: UnrunCsafTest[] = [...unrunOf(neverRun(version)), ...partlyRun(document, version)];
  for (const [test, { check, needsSchema }] of await testsOf(version)) {
    const skip = (reason: string): void => void notRun.push({ test, group: groupOf(test), reason });
    if (needsSchema && !hasSchema) {
      if (!findings.some((finding) => finding.test === test)) skip(SCHEMA_FIRST);
      continue;
    }
    try {
      findings.push(...(await runTest(test, check, document)));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      skip(error.message);
    }
  }
  return { findings, notRun: notRun.sort(byTest) };
}

async function runTest(test: string, check: CsafCheckFunction, document: CsafNode): Promise<readonly CsafFinding[]> {
  const findings: CsafFinding[] = [];
  for (const { pointer, message } of await check(document)) {
    if (findings.length === LIMITS.csafFindings) {
      const more = "it finds more, which are not told";
      findings.push({ code: "DOCUMENT_INVALID", test, group: groupOf(test), path: "", message: more });
      break;
    }
    findings.push({ code: "DOCUMENT_INVALID", test, group: groupOf(test), path: pathOfPointer(pointer), message });
  }
  return findings;
}

interface RunnableTest {
  readonly check: CsafCheckFunction;
  /** The library's tests expect a document as the schema has it; this program's own take any. */
  readonly needsSchema: boolean;
}

/** All tests of a version that can be run, by section and in its order. */
async function testsOf(version: CsafVersion): Promise<ReadonlyMap<string, RunnableTest>> {
  const tests = new Map<string, RunnableTest>();
  for (const [test, check] of await loadLibraryTests(version)) tests.set(test, { check, needsSchema: true });
  // Told by the schema.
  for (const [test, , of] of PARTS_OF_SCHEMA)
    if (of === version) tests.set(test, { check: () => [], needsSchema: true });
  const own = version === "2.0" ? [...COMMON_CHECKS] : [...COMMON_CHECKS, ...OWN_CHECKS];
  for (const [test, check] of own) tests.set(test, { check, needsSchema: false });
  if (version === "2.1") {
    for (const [test, check] of ADDED_CHECKS) {
      const library = tests.get(test)?.check;
      tests.set(test, {
        check: async (document) => [...((await library?.(document)) ?? []), ...(await check(document))],
        needsSchema: true,
      });
    }
  }
  for (const test of neverRun(version).keys()) tests.delete(test);
  return new Map([...tests].sort(([a], [b]) => compareSections(a, b)));
}

/** What the schema finds, as that and as the tests that say the same of a part. */
async function checkSchema(version: CsafVersion, value: unknown, isStrict: boolean): Promise<readonly CsafFinding[]> {
  const isValid = await csafSchema(version, { isStrict, listsAll: false });
  if (isValid(value)) return [];
  const listsAll = await csafSchema(version, { isStrict, listsAll: true });
  listsAll(value);
  const issues = issuesOf(listsAll.errors ?? []);
  return issues.flatMap((issue): readonly CsafFinding[] => [
    { ...issue, test: "schema", group: "schema" },
    ...PARTS_OF_SCHEMA.filter(([, place, of]) => of === version && place.test(issue.path)).map(
      ([test]): CsafFinding => ({ ...issue, test, group: "mandatory" }),
    ),
  ]);
}

/** The library compares some lists by pairs, and branches as deep as a document is: both have an end. */
function refuseLarge(document: CsafNode): void {
  const refuse = (what: string, found: number, limit: number): void => {
    if (found <= limit) return;
    throw new AmapError("LIMIT_EXCEEDED", `the CSAF document has ${found} ${what}; at most ${limit} are checked`);
  };
  refuse("products", productsIn(document).length, LIMITS.csafProducts);
  refuse("vulnerabilities", document.list("vulnerabilities").length, LIMITS.csafVulnerabilities);
  const deepest = branchProductsIn(document).reduce((depth, { branches }) => Math.max(depth, branches.length), 0);
  refuse("branches inside each other", deepest, LIMITS.csafBranchDepth);
}

/** Tests that a document asks something of that is not known here, so that silence would be no answer. */
function partlyRun(document: CsafNode, version: CsafVersion): readonly UnrunCsafTest[] {
  if (version === "2.0") return [];
  const notRun: UnrunCsafTest[] = [];
  const add = (test: string, reason: string): void => void notRun.push({ test, group: groupOf(test), reason });
  if (extensionsIn(document).length > 0) {
    add("6.1.60.2", "the schema of an extension would have to be fetched");
    add("6.1.60.3", "the metadata of an extension would have to be fetched");
  }
  const points = unknownDecisionPoints(document);
  if (points.length > 0) add("6.1.48", `not known here: ${points.slice(0, 5).join(", ")}`);
  const licenses = scancodeLicenses(document);
  if (licenses.length > 0) {
    const reason = `AboutCode's list of licences is not known here: ${licenses.slice(0, 5).join(", ")}`;
    add("6.2.44", reason);
    add("6.2.45", reason);
  }
  return notRun;
}

function neverRun(version: CsafVersion): ReadonlyMap<string, string> {
  return version === "2.0" ? NEVER_RUN : NEVER_RUN_2_1;
}

function unrunOf(reasons: ReadonlyMap<string, string>): readonly UnrunCsafTest[] {
  return [...reasons].map(([test, reason]) => ({ test, group: groupOf(test), reason }));
}

function groupOf(test: string): CsafTestGroup {
  if (test.startsWith("6.1.")) return "mandatory";
  return test.startsWith("6.2.") ? "recommended" : "informative";
}

const byTest = (a: UnrunCsafTest, b: UnrunCsafTest): number => compareSections(a.test, b.test);

function compareSections(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => text.split(".").map(Number));
  for (const [index, number] of (left ?? []).entries()) {
    const difference = number - (right?.[index] ?? -1);
    if (difference !== 0) return difference;
  }
  return (left?.length ?? 0) - (right?.length ?? 0);
}
