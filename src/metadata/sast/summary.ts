import { formatTime, parseTime } from "../../base/index.ts";
import { withoutUndefined } from "../document-reader.ts";
import { isSuppressed, type SarifLog, type SarifResult, type SarifRun, type SarifTool } from "./sarif.ts";

/**
 * How an analysis ended. `failed`: a tool says that a call of it failed, so what it found may not be all. `not-scanned`: no
 * run, or one without results. `findings`: open results. `undecided`: none, but results that a person has to look at.
 * `clean`: the tools ran, and nothing is open.
 */
export type SastOutcome = "failed" | "not-scanned" | "findings" | "undecided" | "clean";

/**
 * How many results there are. `open` are failures that are neither suppressed nor absent; `levels`, `severities` and
 * `baseline` count the open ones, and nothing else.
 */
export interface SastCounts {
  readonly open: number;
  /** Failures with a suppression that holds. */
  readonly suppressed: number;
  /** Failures that the baseline had and that are gone. */
  readonly absent: number;
  /** Results that the tool could not decide (`open`) or that a person has to look at (`review`), not suppressed. */
  readonly undecided: number;
  /** Results that are no failures (pass, informational, notApplicable), and undecided ones that are suppressed or absent. */
  readonly other: number;
  readonly levels: { readonly error: number; readonly warning: number; readonly note: number; readonly none: number };
  /** By the rule's security-severity: 9, 7, 4, above 0, 0; `unknown` where its rule states none. */
  readonly severities: {
    readonly critical: number;
    readonly high: number;
    readonly medium: number;
    readonly low: number;
    readonly none: number;
    readonly unknown: number;
  };
  /** `unstated`: the log compares with no baseline. */
  readonly baseline: {
    readonly new: number;
    readonly unchanged: number;
    readonly updated: number;
    readonly unstated: number;
  };
}

/** A tool by name. */
export interface SastTool {
  readonly name: string;
  readonly version?: string;
}

/** Results of one rule in one run; only rules with results are listed. */
export interface SastRuleCounts {
  /** The rule's id; where results name no rule, their own id, or an empty text. */
  readonly id: string;
  readonly name?: string;
  readonly securitySeverity?: number;
  readonly open: number;
  /** Open ones of the level error. */
  readonly errors: number;
  readonly suppressed: number;
}

/** One run of one tool. */
export interface SastRunSummary {
  readonly tool: SastTool;
  readonly extensions: readonly SastTool[];
  /** Which run of one system this is. */
  readonly automationId?: string;
  readonly outcome: SastOutcome;
  /** Why it failed or scanned nothing. */
  readonly problems: readonly string[];
  /** RFC 3339: the earliest beginning and the latest end of its calls. */
  readonly startedAt?: string;
  readonly endedAt?: string;
  readonly revisions: readonly { readonly repository: string; readonly revision?: string; readonly branch?: string }[];
  readonly counts: SastCounts;
  /** In the order of their ids. */
  readonly rules: readonly SastRuleCounts[];
}

/** What policies ask about an analysis. Plain data. */
export interface SastSummary {
  /** The worst of the runs: failed, not-scanned, findings, undecided, clean. */
  readonly outcome: SastOutcome;
  /** RFC 3339, the latest end of all runs. */
  readonly endedAt?: string;
  /** Of all runs. */
  readonly counts: SastCounts;
  readonly runs: readonly SastRunSummary[];
}

/** The worst first. */
export const SAST_OUTCOMES: readonly SastOutcome[] = ["failed", "not-scanned", "findings", "undecided", "clean"];

type Counting = { -readonly [K in keyof SastCounts]: SastCounts[K] extends number ? number : Tally<SastCounts[K]> };
type Tally<T> = { -readonly [K in keyof T]: number };

/** Nothing counted yet. */
export const noCounts = (): Counting => ({
  open: 0,
  suppressed: 0,
  absent: 0,
  undecided: 0,
  other: 0,
  levels: { error: 0, warning: 0, note: 0, none: 0 },
  severities: { critical: 0, high: 0, medium: 0, low: 0, none: 0, unknown: 0 },
  baseline: { new: 0, unchanged: 0, updated: 0, unstated: 0 },
});

/**
 * Sums a log up for policies: by tool, level, rule, security severity and baseline. Suppressed and absent results are
 * counted apart. A run whose tool failed is never "clean", and neither is one that states no results.
 * @example
 * ```ts
 * import { decodeSarif, summariseSarif } from "../index.ts";
 * const run = { tool: { driver: { name: "lint" } }, results: [{ ruleId: "R1", message: { text: "bad" } }] };
 * const decoded = decodeSarif({ version: "2.1.0", runs: [run] });
 * decoded.ok && summariseSarif(decoded.value).counts.levels.warning; // 1
 * ```
 */
export function summariseSarif(log: SarifLog): SastSummary {
  const runs = log.runs.map(summariseRun);
  return withoutUndefined({
    outcome: outcomeOf(runs),
    endedAt: latest(runs.map((run) => run.endedAt)),
    counts: totalOf(runs.map((run) => run.counts)),
    runs,
  });
}

/** The worst outcome of several runs; no run scanned nothing. */
export function outcomeOf(runs: readonly SastRunSummary[]): SastOutcome {
  return SAST_OUTCOMES.find((outcome) => runs.some((run) => run.outcome === outcome)) ?? "not-scanned";
}

function summariseRun(run: SarifRun): SastRunSummary {
  const counts = noCounts();
  const rules = new Map<string, { -readonly [K in keyof SastRuleCounts]: SastRuleCounts[K] }>();
  for (const result of run.results ?? []) {
    const state = stateOf(result);
    count(counts, result, state);
    if (state !== "open" && state !== "suppressed") continue;
    const id = result.rule?.id ?? result.ruleId ?? "";
    const rule = rules.get(id) ?? { ...describeRule(result), id, open: 0, errors: 0, suppressed: 0 };
    rules.set(id, rule);
    rule[state]++;
    if (state === "open" && result.level === "error") rule.errors++;
  }
  const problems = problemsOf(run);
  return withoutUndefined({
    tool: nameOf(run.driver),
    extensions: run.extensions.map(nameOf),
    automationId: run.automationId,
    outcome: runOutcome(run, counts),
    problems,
    startedAt: earliest(run.invocations.map((invocation) => invocation.startedAt)),
    endedAt: latest(run.invocations.map((invocation) => invocation.endedAt)),
    revisions: run.revisions,
    counts,
    rules: [...rules.values()].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)),
  });
}

const nameOf = ({ name, version }: SarifTool): SastTool => withoutUndefined({ name, version });

const describeRule = ({ rule }: SarifResult) =>
  withoutUndefined({ name: rule?.name, securitySeverity: rule?.securitySeverity });

type ResultState = "open" | "suppressed" | "absent" | "undecided" | "other";

function stateOf(result: SarifResult): ResultState {
  const needsPerson = result.kind === "open" || result.kind === "review";
  if (result.kind !== "fail" && !needsPerson) return "other";
  if (result.baseline === "absent") return needsPerson ? "other" : "absent";
  if (isSuppressed(result)) return needsPerson ? "other" : "suppressed";
  return needsPerson ? "undecided" : "open";
}

function count(counts: Counting, result: SarifResult, state: ResultState): void {
  counts[state]++;
  if (state !== "open") return;
  counts.levels[result.level]++;
  counts.severities[bandOf(result.rule?.securitySeverity)]++;
  const { baseline } = result;
  counts.baseline[baseline === undefined || baseline === "absent" ? "unstated" : baseline]++;
}

/** Bands of `security-severity`, as GitHub draws them. */
function bandOf(score: number | undefined): keyof SastCounts["severities"] {
  if (score === undefined) return "unknown";
  if (score >= 9) return "critical";
  if (score >= 7) return "high";
  if (score >= 4) return "medium";
  return score > 0 ? "low" : "none";
}

function runOutcome(run: SarifRun, counts: SastCounts): SastOutcome {
  if (run.invocations.some((invocation) => !invocation.isSuccessful)) return "failed";
  if (run.results === undefined) return "not-scanned";
  if (counts.open > 0) return "findings";
  return counts.undecided > 0 ? "undecided" : "clean";
}

function problemsOf(run: SarifRun): readonly string[] {
  const problems: string[] = [];
  for (const invocation of run.invocations) {
    if (invocation.isSuccessful) continue;
    const exit = invocation.exitCode === undefined ? "" : ` with exit code ${invocation.exitCode}`;
    const told = invocation.errors[0]?.slice(0, MAX_TOLD);
    problems.push(`${run.driver.name.slice(0, MAX_TOLD)} failed${exit}${told === undefined ? "" : `: ${told}`}`);
  }
  if (run.results === undefined) {
    problems.push(`${run.driver.name.slice(0, MAX_TOLD)} states no results, not even an empty list`);
  }
  return problems;
}

/** Characters of a tool's own words in a message. */
const MAX_TOLD = 200;

/** The sum of several. */
export function totalOf(all: readonly SastCounts[]): SastCounts {
  const total = noCounts();
  for (const counts of all) {
    for (const key of ["open", "suppressed", "absent", "undecided", "other"] as const) total[key] += counts[key];
    addAll(total.levels, counts.levels);
    addAll(total.severities, counts.severities);
    addAll(total.baseline, counts.baseline);
  }
  return total;
}

function addAll<K extends string>(total: Record<K, number>, counts: Readonly<Record<K, number>>): void {
  for (const key of Object.keys(total) as K[]) total[key] += counts[key];
}

const sorted = (times: readonly (string | undefined)[]): readonly number[] =>
  times.flatMap((text) => (text === undefined ? [] : (parseTime(text) ?? []))).sort((a, b) => a - b);

function latest(times: readonly (string | undefined)[]): string | undefined {
  const last = sorted(times).at(-1);
  return last === undefined ? undefined : formatTime(last);
}

function earliest(times: readonly (string | undefined)[]): string | undefined {
  const first = sorted(times)[0];
  return first === undefined ? undefined : formatTime(first);
}
