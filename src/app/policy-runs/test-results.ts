import { isAmapError, memberOf, textOf, type Value } from "../../base/index.ts";
import { CEL_POLICY_KINDS, type KyvernoRuleResponse, type TestResult } from "../../policy/index.ts";
import type { ExplainedRule } from "../../report/index.ts";
import { isExpectedResource } from "./compare-resources.ts";
import { keyOfResource } from "./given-resources.ts";
import type { PolicyRun } from "./policy-run.ts";
import { reportedStatus } from "./results.ts";

/** What the policies of a test said, by the objects' keys (`apiVersion,kind,namespace,name`). */
export interface TestRuns {
  readonly triggers: ReadonlyMap<string, readonly PolicyRun[]>;
  /** Of the runs that were made for one operation only. */
  readonly triggersByOperation: ReadonlyMap<string, ReadonlyMap<string, readonly PolicyRun[]>>;
  /** Of existing objects that rules changed. */
  readonly targets: ReadonlyMap<string, readonly PolicyRun[]>;
  /** Policies that were not applied, and why. */
  readonly refused: ReadonlyMap<string, string>;
}

/** One line of the result table. */
export interface TestRow {
  readonly policy: string;
  readonly rule: string;
  readonly resource: string;
  readonly result: "Pass" | "Fail" | "Skip";
  readonly reason: string;
  readonly message: string;
  /** Under which it counts: an excluded object and an expected skip are skips. */
  readonly counts: "pass" | "fail" | "skip";
  /** What happened, where it was asked for. */
  readonly explained?: readonly ExplainedRule[];
}

/** The objects of a file that a test names, by its path. */
export type ReadExpected = (path: string) => Promise<readonly Value[]>;

/** What came of one expected result. */
export interface CheckedResult {
  readonly rows: readonly TestRow[];
  /** What the result says that nothing was held against: a mistake in the test, most likely. */
  readonly warnings: readonly string[];
}

/** The lines for what one result of a test expects. */
export async function checkExpectedResult(
  expected: TestResult,
  runs: TestRuns,
  read: ReadExpected,
): Promise<CheckedResult> {
  const triggers = expected.operation ? runs.triggersByOperation.get(expected.operation) : runs.triggers;
  const rows: TestRow[] = [];
  const about = `policy ${expected.policy ?? ""}${expected.rule ? `, rule ${expected.rule}` : ""}`;
  const all = [...runs.targets.keys(), ...(triggers?.keys() ?? [])];
  const warnings = (expected.resources ?? [])
    .filter((name) => !all.some((key) => isNamed(key, name)))
    .map((name) => `${about}: there is no object ${name}`);
  for (const key of selectKeys(expected, runs.targets, triggers ?? new Map())) {
    const checked = new ResourceCheck(expected, key, read);
    for (const run of triggers?.get(key) ?? []) await checked.checkTrigger(run);
    for (const run of runs.targets.get(key) ?? []) await checked.checkTarget(run);
    const own = checked.rows(runs.refused);
    rows.push(...own);
    if (own.length === 0) warnings.push(`${about}: ${key.replaceAll(",", "/")} was compared with nothing`);
    if (own.some(({ reason }) => reason === "Invalid Policy")) warnings.push(`${about}: the policy is not valid`);
    const isExcluded = own.length > 0 && own.every(({ reason }) => reason === "Excluded");
    if (isExcluded && expected.result !== "skip") warnings.push(`${about}: no rule says ${expected.result} of ${key}`);
  }
  if (rows.length === 0) warnings.push(`${about}: nothing was looked at`);
  return { rows, warnings };
}

/** The keys that the result names; all when it names none, or none of those there are. */
function selectKeys(
  { resources, resourceSpecs }: TestResult,
  targets: ReadonlyMap<string, unknown>,
  triggers: ReadonlyMap<string, unknown>,
): readonly string[] {
  const all = [...targets.keys(), ...triggers.keys()];
  const named = (resources ?? []).flatMap((name) => all.filter((key) => isNamed(key, name)));
  const specified =
    resources === undefined
      ? []
      : (resourceSpecs ?? []).flatMap((spec) =>
          all.filter((key) => {
            const [apiVersion, , namespace, name] = key.split(",");
            const wanted = spec.group ? `${spec.group}/${spec.version ?? ""}` : (spec.version ?? "");
            return apiVersion === wanted && namespace === (spec.namespace ?? "") && name === (spec.name ?? "");
          }),
        );
  const selected = [...named, ...specified];
  return selected.length === 0 ? all : selected;
}

/** By `name` or `namespace/name`. */
function isNamed(key: string, wanted: string): boolean {
  // Asked of every object for every result: most are told apart by the end alone.
  if (!key.endsWith(wanted.slice(wanted.lastIndexOf("/") + 1))) return false;
  const parts = key.split(",");
  const [first, second, ...rest] = wanted.split("/");
  if (second === undefined) return wanted === parts.at(-1);
  return rest.length === 0 && first === parts.at(-2) && second === parts.at(-1);
}

/** What is found out about one object. */
class ResourceCheck {
  readonly #expected: TestResult;
  readonly #key: string;
  readonly #read: ReadExpected;
  readonly #rows: TestRow[] = [];
  /** Whether a comparison was passed over because the file says nothing of the object. */
  #isPassedOver = false;
  readonly #explained: ExplainedRule[] = [];

  constructor(expected: TestResult, key: string, read: ReadExpected) {
    this.#expected = expected;
    this.#key = key;
    this.#read = read;
  }

  async checkTrigger(run: PolicyRun): Promise<void> {
    if (run.policy.name !== this.#policyName) return;
    this.#explained.push(...(run.explained ?? []));
    if (run.isSilent === true) return;
    const isRuleless = RULELESS.has(run.policy.kind);
    // Where a MutatingPolicy changes both what was sent and what exists, only the first is said of what was sent; of the
    // classic kinds each is.
    const isCel = run.policy.kind.endsWith("MutatingPolicy");
    const sent = run.responses.filter(({ patched }) => patched === undefined);
    const responses = isCel && sent.length > 0 ? sent : run.responses;
    for (const response of responses.filter((each) => isRuleless || this.#isOfRule(each.rule))) {
      const shown = { ...response, status: reportedStatus(response, run.policy) };
      if (response.type === "Generation") await this.#checkGenerated(shown);
      else await this.#checkObject(shown, response.type === "Mutation" ? run.patched : run.resource);
    }
    if (this.#rows.length === 0 && !this.#isPassedOver) {
      this.#add(this.#expected.rule ?? "", { result: "Pass", reason: "Excluded", message: "Excluded", counts: "skip" });
    }
  }

  async checkTarget(run: PolicyRun): Promise<void> {
    for (const response of run.responses) {
      const target = response.patched?.object;
      if (target === undefined || keyOfResource(target) !== this.#key) continue;
      this.#addChecked(response, await this.#compare(response, target));
      return;
    }
  }

  rows(refused: TestRuns["refused"]): readonly TestRow[] {
    if (this.#rows.length === 0 && !this.#isPassedOver) {
      const reason = refused.get(this.#policyName);
      const rule = this.#expected.rule ?? "";
      if (reason === undefined) {
        this.#add(rule, { result: "Fail", reason: "Not found", message: "Not found", counts: "fail" });
      } else {
        this.#add(rule, { result: "Skip", reason: "Invalid Policy", message: reason, counts: "skip" });
      }
    }
    return this.#rows.map((row) => this.#withExplanation(row));
  }

  /** What happened in the row's rule, or else in all that the result is about. */
  #withExplanation(row: TestRow): TestRow {
    const own = this.#explained.filter(({ rule }) => rule === row.rule);
    const explained = own.length > 0 ? own : this.#explained.filter(({ rule }) => this.#isOfRule(rule));
    return explained.length === 0 ? row : { ...row, explained };
  }

  get #policyName(): string {
    return (this.#expected.policy ?? "").split("/").at(-1) ?? "";
  }

  #isOfRule(name: string): boolean {
    const { rule } = this.#expected;
    return !rule || name === rule || name === `autogen-${rule}` || name === `autogen-cronjob-${rule}`;
  }

  async #checkObject(response: KyvernoRuleResponse, object: Value): Promise<void> {
    const problem = await this.#compare(response, object);
    if (problem?.isMissing === true && this.#expected.failOnMissingResources !== true) {
      this.#isPassedOver = true;
      return;
    }
    this.#addChecked(response, problem);
  }

  async #checkGenerated(response: KyvernoRuleResponse): Promise<void> {
    const generated = response.generated ?? [];
    if (generated.length === 0) this.#addChecked(response, this.#compareStatus(response));
    for (const object of generated) {
      const name = textOf(memberOf(object, "metadata"), "name");
      this.#addChecked(response, await this.#compare(response, object), name);
    }
  }

  async #compare(response: KyvernoRuleResponse, object: Value): Promise<Problem | undefined> {
    const { patchedResources, generatedResource, generatedResources = [] } = this.#expected;
    if (patchedResources) {
      const problem = await this.#compareFile(object, patchedResources, "patched");
      if (problem !== undefined) return problem;
    }
    const files = generatedResources.length > 0 ? generatedResources : generatedResource ? [generatedResource] : [];
    let problem: Problem | undefined;
    for (const file of files) {
      problem = await this.#compareFile(object, file, "generated");
      if (problem === undefined) break;
    }
    return problem ?? this.#compareStatus(response);
  }

  async #compareFile(object: Value, path: string, what: string): Promise<Problem | undefined> {
    let expected: Value | undefined;
    try {
      expected = (await this.#read(path)).find((each) => keyOfResource(each) === keyOfResource(object));
    } catch (error) {
      if (!isAmapError(error)) throw error;
      return { reason: "Resource error", message: error.message };
    }
    if (expected === undefined) {
      const name = textOf(memberOf(object, "metadata"), "name");
      return { reason: "Resource error", message: `${path}: it has no object ${name}`, isMissing: true };
    }
    if (isExpectedResource(object, expected)) return undefined;
    return { reason: "Resource diff", message: `the ${what} object is not the one in ${path}` };
  }

  #compareStatus({ status, message }: KyvernoRuleResponse): Problem | undefined {
    const { result } = this.#expected;
    return status === result ? undefined : { reason: `Want ${result}, got ${status}`, message };
  }

  #addChecked(response: KyvernoRuleResponse, problem: Problem | undefined, resource?: string): void {
    if (problem === undefined) {
      const counts = this.#expected.result === "skip" ? "skip" : "pass";
      this.#add(response.rule, { result: "Pass", reason: "Ok", message: response.message, counts }, resource);
      return;
    }
    const { reason, message } = problem;
    this.#add(response.rule, { result: "Fail", reason, message, counts: "fail" }, resource);
  }

  #add(rule: string, row: Pick<TestRow, "result" | "reason" | "message" | "counts">, resource?: string): void {
    const shown = resource ?? this.#key.replaceAll(",", "/");
    this.#rows.push({ policy: this.#expected.policy ?? "", rule, resource: shown, ...row });
  }
}

/** Kinds without rules: what a result says of a rule is passed over. */
const RULELESS: ReadonlySet<string> = new Set([
  ...CEL_POLICY_KINDS,
  "ImageValidatingPolicy",
  "NamespacedImageValidatingPolicy",
]);

/** Why a response is not the expected one. */
interface Problem {
  readonly reason: string;
  readonly message: string;
  /** Whether the file has no object to compare with. */
  readonly isMissing?: boolean;
}
