import { Double, LIMITS, type Value, type ValueObject, writeJson } from "../base/index.ts";
import { drawExplanation, type FailureAction, type KyvernoRuleStatus, type TraceStep } from "../policy/index.ts";
import { type Paint, PLAIN, printable } from "./table.ts";

/** What one rule said of one object, and what happened until it said so. */
export interface ExplainedRule {
  readonly policy: string;
  readonly rule: string;
  /** `namespace/Kind/name`. */
  readonly resource: string;
  /** "none": the rule says nothing of the object. */
  readonly result: KyvernoRuleStatus | "none";
  readonly message: string;
  /** Of an error. */
  readonly code: string;
  /** What a failure does; undefined where there is no result. */
  readonly failureAction: FailureAction | undefined;
  /** What an error does, whatever the action is, in policies of kyverno.io; absent for others. */
  readonly failurePolicy?: "Fail" | "Ignore";
  /** Where the rule stands in its policy: `spec.rules[0]`. */
  readonly path: string;
  /** Why the rule says nothing. */
  readonly reasons: readonly string[];
  readonly steps: readonly TraceStep[];
  /** Where a part of the policy stands in its file: `policy.yaml:12:5`; the file alone when the place is not known. */
  locate(path: string): string;
}

/** How explanations are written for people. */
export interface TraceOptions {
  readonly paint?: Paint;
}

/**
 * Explanations for people, one block for each rule: where it stands, whether it matches and why, its variables,
 * conditions, anchors and patterns with what was wanted and what stands there, what it came to. Values are cut to
 * LIMITS.explainedCharacters, control characters are made visible. Ends with a line break.
 */
export function writeTraces(rules: readonly ExplainedRule[], { paint = PLAIN }: TraceOptions = {}): string {
  return rules.map((rule) => `${writeRule(rule, paint).join("\n")}\n`).join("\n");
}

/**
 * Of the rules with an error, and of generate rules that made nothing, what went wrong: the place, the rule, and the steps
 * that failed. Empty when there is none.
 */
export function writeErrorTraces(rules: readonly ExplainedRule[]): string {
  return rules
    .filter(({ result, code }) => result === "error" || code !== "")
    .map((rule) => {
      const title = `rule ${printable(rule.rule)} of policy ${printable(rule.policy)}, about ${printable(rule.resource)}`;
      const failed = rule.steps.filter(isFailure);
      const told = failed.length === 0 ? [`  ${shownText(rule.message)}`] : [];
      const lines = failed.flatMap((step) => writeStep(step, rule, PLAIN));
      return [`${printable(rule.locate(rule.path))}: ${title}: ${rule.code || rule.result}`, ...told, ...lines].join(
        "\n",
      );
    })
    .join("\n");
}

/** Steps behind which a rule may be an error. */
function isFailure(step: TraceStep): boolean {
  if (step.kind === "pattern" || step.kind === "patch") return step.status === "error";
  return step.kind === "variableFailed" || step.kind === "entryFailed" || step.kind === "note";
}

function writeRule(rule: ExplainedRule, paint: Paint): readonly string[] {
  const title = `rule ${printable(rule.rule)} of policy ${printable(rule.policy)}, about ${printable(rule.resource)}`;
  const lines = [`${paint.strong(title)}: ${resultWord(rule, paint)}`, `  at ${printable(rule.locate(rule.path))}`];
  for (const step of rule.steps) lines.push(...writeStep(step, rule, paint));
  if (rule.result === "none") {
    lines.push(`  it says nothing, because ${rule.reasons.length === 0 ? "it does not match" : "of this:"}`);
    lines.push(...rule.reasons.map((reason) => `    ${shownText(reason)}`));
    return lines;
  }
  const code = rule.code === "" ? "" : ` (${rule.code})`;
  lines.push(`  result: ${rule.result}${code}${rule.message === "" ? "" : `: ${shownText(rule.message)}`}`);
  const consequence = consequenceOf(rule);
  if (consequence !== "") lines.push(`  ${consequence}`);
  return lines;
}

function resultWord({ result }: ExplainedRule, paint: Paint): string {
  const word = result === "none" ? "does not apply" : result;
  const paints = {
    pass: paint.good,
    fail: paint.bad,
    error: paint.bad,
    warn: paint.warn,
    skip: paint.dim,
    none: paint.dim,
  };
  return paints[result](word);
}

function consequenceOf({ result, failureAction, failurePolicy }: ExplainedRule): string {
  if (result === "error" && failurePolicy !== undefined) {
    return failurePolicy === "Fail"
      ? "it is an error, and the failurePolicy is Fail: at admission the object would be refused"
      : "it is an error, and the failurePolicy is Ignore: the object would be admitted";
  }
  if (failureAction === undefined || (result !== "fail" && result !== "error")) return "";
  return failureAction === "Enforce"
    ? "its action is Enforce: at admission the object would be refused"
    : "its action is Audit: the object would be admitted, and this reported";
}

function writeStep(step: TraceStep, rule: ExplainedRule, paint: Paint): readonly string[] {
  const lines = STEP_WRITERS[step.kind](step as never);
  const path = "path" in step ? step.path : "";
  const isTrouble = TROUBLES.has(step.kind) || ("status" in step && step.status !== "pass");
  const [first = "", ...others] = lines;
  const where = path === "" ? "" : ` [${isTrouble ? `${printable(rule.locate(path))} ` : ""}${printable(path)}]`;
  const details = others.map((line) => `    ${line}`);
  return [`  ${isTrouble ? paint.warn(first) : first}${paint.dim(where)}`, ...details];
}

/** Steps whose place in the file is told, too. */
const TROUBLES: ReadonlySet<TraceStep["kind"]> = new Set(["variableFailed", "entryFailed"]);

type StepOf<K extends TraceStep["kind"]> = Extract<TraceStep, { readonly kind: K }>;

/** The lines of each kind of step. */
const STEP_WRITERS: { readonly [K in TraceStep["kind"]]: (step: StepOf<K>) => readonly string[] } = {
  match: ({ matched, reason }) => [matched ? "match: the rule is for this object" : `match: ${shownText(reason)}`],
  variable: ({ expression, value }) => [`variable {{ ${shownText(expression)} }} is ${shownValue(value)}`],
  variableFailed: ({ expression, message, explanation }) => [
    `variable {{ ${shownText(expression)} }} has no value`,
    ...(explanation === undefined ? [] : drawExplanation(explanation).split("\n").map(shownText)),
    `Kyverno's words: ${shownText(message)}`,
  ],
  entry: ({ name, value }) => [`context entry ${printable(name)} is ${shownValue(value)}`],
  entryFailed: ({ name, message, explanation }) => [
    `context entry ${printable(name)} has no value: ${shownText(message)}`,
    ...(explanation === undefined ? [] : drawExplanation(explanation).split("\n").map(shownText)),
  ],
  condition: ({ key, operator, value, holds }) => [
    `condition ${holds ? "holds" : "does not hold"}: ${shownValue(key)} ${printable(operator)} ${shownValue(value)}`,
  ],
  anchor: ({ anchor, sort, at, wanted, found, holds }) => [
    `anchor ${printable(anchor)} ${holds ? "holds" : ANCHOR_WORDS[sort]}`,
    `at ${shownText(at)}: wanted ${shownValue(wanted)}, found ${shownFound(found)}`,
  ],
  pattern: ({ status, at, wanted, found, message }) => [
    `pattern ${PATTERN_WORDS[status]}`,
    ...(at === "" ? [] : [`at ${shownText(at)}: wanted ${shownFound(wanted)}, found ${shownFound(found)}`]),
    ...(message === "" ? [] : [shownText(message)]),
  ],
  patch: ({ status, message }) => [
    `patch ${status === "pass" ? "changes the object" : `changes nothing: ${shownText(message)}`}`,
  ],
  element: ({ index, element }) => [`element ${index} is ${shownValue(element)}`],
  expression: ({ source, value }) => [`expression ${shownText(source)} is ${shownValue(value)}`],
  exception: ({ name, holds }) => [`exception ${printable(name)} ${holds ? "holds" : "does not hold"}`],
  note: ({ message }) => message.split("\n").map(shownText),
};

const ANCHOR_WORDS: Readonly<Record<StepOf<"anchor">["sort"], string>> = {
  condition: "does not hold: the pattern is not held against what is around it",
  global: "does not hold: the whole rule does not apply",
  negation: "does not hold: the key must not be there",
  existence: "does not hold: no item is like this",
  equality: "does not hold: the key is there and its value is not like this",
  addIfNotPresent: "does not hold",
};

const PATTERN_WORDS: Readonly<Record<StepOf<"pattern">["status"], string>> = {
  pass: "matches",
  fail: "does not match",
  skip: "does not apply, because an anchor does not hold",
  error: "cannot be told to match or not",
};

function shownFound(value: Value | undefined): string {
  return value === undefined ? "nothing" : shownValue(value);
}

/** A value as JSON on one line, cut where it gets long. */
function shownValue(value: Value): string {
  return printable(cut(shortJson(value, { left: LIMITS.explainedCharacters })));
}

function shownText(text: string): string {
  return printable(cut(text, MESSAGE_CHARACTERS));
}

/** Messages say more than values. */
const MESSAGE_CHARACTERS = 2_000;

function cut(text: string, most: number = LIMITS.explainedCharacters): string {
  return text.length <= most ? text : `${text.slice(0, most).toWellFormed()}… (${text.length} characters)`;
}

/** JSON of the begin of a value: large ones are never written whole. */
function shortJson(value: Value, budget: { left: number }): string {
  if (typeof value !== "object" || value === null || value instanceof Double) {
    const text = typeof value === "string" && value.length > budget.left ? `${value.slice(0, budget.left)}…` : value;
    const written = writeJson(typeof text === "string" ? text.toWellFormed() : text);
    budget.left -= written.length;
    return written;
  }
  const isList = Array.isArray(value);
  const parts: string[] = [];
  for (const [key, member] of Object.entries(value as ValueObject)) {
    if (budget.left <= 0) {
      parts.push("…");
      break;
    }
    const name = isList ? "" : `${shortJson(key, budget)}:`;
    parts.push(`${name}${shortJson(member, budget)}`);
  }
  return isList ? `[${parts.join(",")}]` : `{${parts.join(",")}}`;
}

/**
 * An explanation as data: `policy`, `rule`, `resource`, `result` ("none" where the rule says nothing), `message`, `code`,
 * `failureAction`, `failurePolicy`, `place` (`policy.yaml:12:5`), `path`, `reasons`, and `steps`, each with its `kind`, its `path` in the
 * policy and its `place` where it is known, and what was met: the members of `TraceStep`, except the whole pattern.
 * Values are cut to LIMITS.explainedCharacters characters of JSON; what is longer is given as the text of its begin.
 */
export function encodeTrace(rule: ExplainedRule): ValueObject {
  const { policy, resource, result, message, code, failureAction, failurePolicy, path, reasons, steps } = rule;
  return {
    policy,
    rule: rule.rule,
    resource,
    result,
    message,
    ...(code === "" ? {} : { code }),
    ...(failureAction === undefined ? {} : { failureAction }),
    ...(failurePolicy === undefined ? {} : { failurePolicy }),
    place: rule.locate(path),
    path,
    reasons,
    steps: steps.map((step) => encodeStep(step, rule)),
  };
}

/** Members of steps that may be any value. */
const VALUES: ReadonlySet<string> = new Set(["key", "value", "wanted", "found", "element"]);

function encodeStep(step: TraceStep, rule: ExplainedRule): Value {
  const members: [string, Value][] = [];
  for (const [name, member] of Object.entries(step) as [string, Value | undefined][]) {
    if (member === undefined || (step.kind === "pattern" && name === "pattern")) continue;
    members.push([name, VALUES.has(name) ? shortened(member) : member]);
  }
  const path = "path" in step ? step.path : "";
  return { ...Object.fromEntries(members), ...(path === "" ? {} : { place: rule.locate(path) }) };
}

function shortened(value: Value): Value {
  const budget = { left: LIMITS.explainedCharacters };
  const written = shortJson(value, budget);
  return budget.left >= 0 && written.length <= LIMITS.explainedCharacters ? value : cut(written);
}
