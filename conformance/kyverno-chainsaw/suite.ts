/**
 * Kyverno's end-to-end tests (chainsaw) whose policies are of kyverno.io kinds, as far as they can be held against amap
 * without a cluster: whether a policy is taken, what admission says of objects and what it makes of them. A test stops
 * where only a cluster or a shell can go on; one that has checked nothing until then is no case.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isAmapError, isValueObject, memberOf, textOf, type ValueObject } from "../../src/base/index.ts";
import { isPolicyDocument } from "../../src/policy/index.ts";
import {
  type CaseResult,
  judgeWithLedger,
  type LedgerEntry,
  type SuiteResult,
  suiteNotRun,
} from "../../src/testing/conformance.ts";
import { Foreign } from "./admission.ts";
import { mismatchOf } from "./assertion.ts";
import { StandInCluster } from "./cluster.ts";
import { isReadable, isReport } from "./reports.ts";
import { type Operation, readTest } from "./steps.ts";

const SUITE = "kyverno-chainsaw";
const LEDGER = join(import.meta.dirname, "expected-failures.json");
const KINDS: ReadonlySet<string> = new Set([
  "ClusterPolicy",
  "Policy",
  "PolicyException",
  "CleanupPolicy",
  "ClusterCleanupPolicy",
  "GlobalContextEntry",
]);

/** Kinds that Kyverno's controllers write about what happened, later. */
const REPORTED: ReadonlySet<string> = new Set([
  "EphemeralReport",
  "ClusterEphemeralReport",
  "Report",
  "ClusterReport",
  "Event",
  "UpdateRequest",
  "ValidatingWebhookConfiguration",
  "MutatingWebhookConfiguration",
  "ValidatingAdmissionPolicy",
  "ValidatingAdmissionPolicyBinding",
  "Lease",
  "CustomResourceDefinition",
]);

/** How far a test was held against amap. */
export interface TestRun {
  readonly checks: number;
  readonly failures: readonly string[];
  /** What only a cluster can do, where the test stopped; undefined when it was run to its end. */
  readonly stoppedAt: string | undefined;
  /** What was left out on the way. */
  readonly unchecked: number;
}

/** Runs every test of the kinds. */
export async function runSuite(options: { readonly suitesDirectory: string }): Promise<SuiteResult> {
  const root = join(options.suitesDirectory, SUITE);
  if (!existsSync(join(root, "index.tsv"))) return suiteNotRun(SUITE, `${root} has no index.tsv`);
  const results: CaseResult[] = [];
  for (const name of readNames(root)) {
    const { checks, failures } = runTest(join(root, name));
    if (checks === 0) continue;
    const passed = failures.length === 0;
    results.push({ case: name, passed, ...(passed ? {} : { message: failures.slice(0, 3).join("; ") }) });
  }
  return judgeWithLedger(SUITE, results, JSON.parse(readFileSync(LEDGER, "utf8")) as readonly LedgerEntry[]);
}

/** The tests with policies of kyverno.io kinds. */
export function readNames(root: string): readonly string[] {
  const [head = [], ...rows] = readFileSync(join(root, "index.tsv"), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => line.split("\t"));
  const column = (row: readonly string[], name: string): string => row[head.indexOf(name)] ?? "";
  return rows
    .filter(
      (row) =>
        column(row, "kinds") !== "" &&
        column(row, "kinds")
          .split("+")
          .some((kind) => KINDS.has(kind)),
    )
    .map((row) => column(row, "case"));
}

/** Runs the test of a folder, until its end or until it needs a cluster. */
export function runTest(folder: string): TestRun {
  const test = readTest(folder);
  const cluster = new StandInCluster(test.namespace);
  const failures: string[] = [];
  let checks = 0;
  let unchecked = 0;
  try {
    for (const operation of test.operations) {
      if (operation.kind === "foreign") throw new Foreign(operation.what);
      const found = run(cluster, operation);
      checks += found.checks;
      unchecked += found.unchecked;
      failures.push(...found.failures);
      // What comes after rests on it.
      if (failures.length > 0) break;
    }
  } catch (error) {
    if (error instanceof Foreign) return { checks, failures, stoppedAt: error.message, unchecked };
    // A bug is a failed case, and no end of the run.
    failures.push(
      isAmapError(error) ? `${error.code}: ${error.message}` : String(error instanceof Error ? error.stack : error),
    );
    checks++;
  }
  return { checks, failures, stoppedAt: undefined, unchecked };
}

interface Found {
  readonly checks: number;
  readonly unchecked: number;
  readonly failures: readonly string[];
}

const NOTHING: Found = { checks: 0, unchecked: 0, failures: [] };

function run(cluster: StandInCluster, operation: Operation): Found {
  switch (operation.kind) {
    case "write":
      return write(cluster, operation);
    case "call": {
      const { call, isRefused, says, saysNot, where } = operation;
      const refusal = cluster.call(call);
      const failures: string[] = [];
      if (isRefused === true && refusal === undefined) failures.push(`${where} must be refused, and is not`);
      if (isRefused === false && refusal !== undefined) failures.push(`${where} is refused: ${refusal}`);
      failures.push(...wordsOf(refusal ?? "", says, saysNot, where));
      return { checks: 1, unchecked: 0, failures };
    }
    case "delete": {
      const refusal = cluster.delete(operation.reference);
      return { checks: 1, unchecked: 0, failures: refusal === undefined ? [] : [`${operation.where}: ${refusal}`] };
    }
    case "assert":
    case "error":
      return look(cluster, operation);
    default:
      return NOTHING;
  }
}

function write(cluster: StandInCluster, operation: Operation & { readonly kind: "write" }): Found {
  const { verb, objects, where, isOne, says } = operation;
  // Of a policy Kyverno's own words are no measure.
  const words = objects.some((object) => isPolicyDocument(object)) ? [] : says;
  const isRefused = operation.isRefused ?? (words.length > 0 ? true : undefined);
  const results = objects.map((object) => ({ object, refusal: cluster.write(verb, object, operation.namespace) }));
  const failures: string[] = [];
  const nameOf = (object: ValueObject): string =>
    `${where}: ${textOf(object, "kind")} ${textOf(memberOf(object, "metadata"), "name")}`;
  for (const { object, refusal } of results) {
    if (isRefused === false && refusal !== undefined) failures.push(`${nameOf(object)} is refused: ${refusal}`);
    if (isRefused === true && refusal === undefined && !isOne)
      failures.push(`${nameOf(object)} must be refused, and is not`);
  }
  const refusals = results.flatMap(({ refusal }) => refusal ?? []).join("\n");
  if (isRefused === true && isOne && refusals === "") failures.push(`${where} must be refused, and is not`);
  failures.push(...wordsOf(refusals, words, operation.saysNot, where));
  return { checks: isRefused === undefined ? 0 : objects.length, unchecked: isRefused === undefined ? 1 : 0, failures };
}

/** What must be said and is not, and what must not be and is. */
function wordsOf(
  refusal: string,
  says: readonly string[],
  saysNot: readonly string[],
  where: string,
): readonly string[] {
  return [
    ...says.filter((text) => !refusal.includes(text)).map((text) => `${where}: expected ${text} in: ${refusal}`),
    // Kyverno's refusals are YAML, where some texts stand in quotes: what has quotes of its own is not found there.
    ...saysNot
      .filter((text) => !text.includes("'") && refusal.includes(text))
      .map((text) => `${where}: expected no ${text} in: ${refusal}`),
  ];
}

function look(
  cluster: StandInCluster,
  { kind, objects, where }: Operation & { readonly kind: "assert" | "error" },
): Found {
  const failures: string[] = [];
  let [checks, unchecked] = [0, 0];
  cluster.clean();
  for (const object of objects) {
    const isOfReports = isReport(object);
    const isForeign = isOfReports ? !isReadable(object, cluster.plans) : isReported(object);
    if (isForeign) {
      unchecked++;
      continue;
    }
    checks++;
    const candidates = isOfReports ? cluster.reports().filter(isOfSameKind(object)) : cluster.candidates(object);
    const misses = candidates.map((candidate) => mismatchOf(comparable(object), candidate));
    const isThere = misses.includes(undefined);
    const what = `${kind} ${where}: ${textOf(object, "kind")} ${textOf(memberOf(object, "metadata"), "name")}`;
    if (kind === "assert" && !isThere) failures.push(`${what}: ${misses[0] ?? "there is none"}`);
    if (kind === "error" && isThere) failures.push(`${what} is there, and must not be`);
  }
  return { checks, unchecked, failures };
}

/** Whether Kyverno's own controllers write an object, later. */
function isReported(object: ValueObject): boolean {
  return REPORTED.has(textOf(object, "kind")) || textOf(memberOf(object, "metadata"), "namespace") === "kyverno";
}

/** Reports have names by chance. */
function isOfSameKind(object: ValueObject): (candidate: ValueObject) => boolean {
  const namespace = textOf(memberOf(object, "metadata"), "namespace");
  return (candidate) =>
    textOf(candidate, "kind") === textOf(object, "kind") &&
    (namespace === "" || textOf(memberOf(candidate, "metadata"), "namespace") === namespace);
}

/** What is asserted of an object beside what names it. */
function comparable(object: ValueObject): ValueObject {
  const { apiVersion: _, kind: __, metadata, ...rest } = object;
  const { name: ___, namespace: ____, ...others } = isValueObject(metadata) ? metadata : {};
  // Of other kinds it is written by controllers that are not there.
  const { status, ...spec } = rest;
  const own = status === undefined || !isPolicyDocument(object) ? {} : { status };
  return { ...spec, ...own, ...(Object.keys(others).length === 0 ? {} : { metadata: others }) };
}
