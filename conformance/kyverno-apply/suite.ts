/**
 * Kyverno's own cases of `apply`: policies of every kind over objects and payloads, and how many results of each kind must
 * come of it. Cases that need a network, and those that say nothing of
 * results, are left out.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type ApplyRequest, prepareApplication, resultsOf } from "../../src/app/index.ts";
import { isAmapError } from "../../src/base/index.ts";
import {
  type CaseResult,
  judgeWithLedger,
  type LedgerEntry,
  type SuiteResult,
  suiteNotRun,
} from "../../src/testing/conformance.ts";
import { createWorld } from "../../src/wiring/index.ts";

const SUITE = "kyverno-apply";
const LEDGER = join(import.meta.dirname, "expected-failures.json");
type Counts = Readonly<Partial<Record<"pass" | "fail" | "warn" | "error" | "skip", number>>>;

interface ApplyCase {
  readonly id: string;
  readonly from: string;
  readonly network: boolean;
  readonly missing: readonly string[];
  readonly stdin: string | null;
  readonly config: {
    readonly PolicyPaths?: readonly string[];
    readonly ResourcePaths?: readonly string[];
    readonly Exception?: readonly string[];
    readonly exceptionsWithinResources?: boolean;
    readonly Variables?: readonly string[];
    readonly ValuesFile?: string;
    readonly UserInfoPath?: string;
    readonly ContextPath?: string;
    readonly CrdPaths?: readonly string[];
    readonly TargetResourcePaths?: readonly string[];
    readonly ParamResources?: readonly string[];
    readonly JSONPaths?: readonly string[];
    readonly HTTPPayloadPaths?: readonly string[];
    readonly EnvoyPayloadPaths?: readonly string[];
    readonly AuditWarn?: boolean;
  };
  readonly expectedSummaries: readonly Counts[];
}

/** Applies the policies of every case. */
export async function runSuite(options: { readonly suitesDirectory: string }): Promise<SuiteResult> {
  const root = join(options.suitesDirectory, SUITE);
  const index = join(root, "apply-cases.json");
  if (!existsSync(index)) return suiteNotRun(SUITE, `${root} has no apply-cases.json`);
  const cases = (JSON.parse(readFileSync(index, "utf8")) as readonly ApplyCase[]).filter(isComplete);
  const results: CaseResult[] = [];
  for (const each of cases) results.push(await judge(root, each));
  return judgeWithLedger(SUITE, results, JSON.parse(readFileSync(LEDGER, "utf8")) as readonly LedgerEntry[]);
}

/** Cases of it ask registries, also those that are not marked so. */
const IMAGES = "Test_Apply_ImageVerificationPolicies";

/** The case says what is expected, and can be run from what is there. */
function isComplete({ from, network, missing, expectedSummaries }: ApplyCase): boolean {
  return from !== IMAGES && !network && missing.length === 0 && expectedSummaries.length > 0;
}

async function judge(root: string, { id, config, stdin, expectedSummaries }: ApplyCase): Promise<CaseResult> {
  const at = (path: string): string => join(root, path === "-" ? (stdin ?? "") : path);
  const request: ApplyRequest = {
    policies: (config.PolicyPaths ?? []).map(at),
    resources: (config.ResourcePaths ?? []).map(at),
    targetResources: (config.TargetResourcePaths ?? []).map(at),
    parameterResources: (config.ParamResources ?? []).map(at),
    payloads: {
      JSON: (config.JSONPaths ?? []).map(at),
      HTTP: (config.HTTPPayloadPaths ?? []).map(at),
      Envoy: (config.EnvoyPayloadPaths ?? []).map(at),
    },
    crdPaths: (config.CrdPaths ?? []).map(at),
    exceptions: (config.Exception ?? []).map(at),
    exceptionsWithinPolicies: false,
    exceptionsWithinResources: config.exceptionsWithinResources ?? false,
    set: config.Variables ?? [],
    ...(config.ValuesFile === undefined ? {} : { valuesFile: at(config.ValuesFile) }),
    ...(config.ContextPath === undefined ? {} : { contextFile: at(config.ContextPath) }),
    ...(config.UserInfoPath === undefined ? {} : { userInfo: at(config.UserInfoPath) }),
  };
  try {
    const found = await countResults(request, config.AuditWarn ?? false);
    const wanted = show(expectedSummaries.reduce((sum, each) => add(sum, each), {}));
    if (show(found) === wanted) return { case: id, passed: true };
    return { case: id, passed: false, message: `expected ${wanted}, found ${show(found)}` };
  } catch (error) {
    const message = isAmapError(error) ? `${error.code}: ${error.message}` : String(error);
    return { case: id, passed: false, message };
  }
}

async function countResults(request: ApplyRequest, auditWarn: boolean): Promise<Counts> {
  const application = await prepareApplication(createWorld({ offline: true, env: {} }), request);
  let counts: Counts = {};
  for await (const { runs } of application.apply()) {
    for (const run of runs) for (const { result } of resultsOf(run, auditWarn)) counts = add(counts, { [result]: 1 });
  }
  return counts;
}

function add(left: Counts, right: Counts): Counts {
  const sum = (name: keyof Counts): number => (left[name] ?? 0) + (right[name] ?? 0);
  return { pass: sum("pass"), fail: sum("fail"), warn: sum("warn"), error: sum("error"), skip: sum("skip") };
}

function show({ pass = 0, fail = 0, warn = 0, error = 0, skip = 0 }: Counts): string {
  return `pass ${pass}, fail ${fail}, warn ${warn}, error ${error}, skip ${skip}`;
}
