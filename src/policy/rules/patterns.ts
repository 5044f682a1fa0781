import { isValueObject, type Value, type ValueObject } from "../../base/index.ts";
import type { RuleContext } from "../evaluate/rule-context.ts";
import { parseAnchor } from "../language/pattern/anchor.ts";
import { explainAnchors } from "../language/pattern/explain-anchors.ts";
import { type CompiledPattern, compilePattern, type PatternOutcome } from "../language/pattern/pattern.ts";
import type { Template } from "../language/variables/template.ts";
import { NO_SCOPE, type RuleCompiler } from "./rule-compiler.ts";
import type { RuleRun } from "./rule-run.ts";

/** A `pattern`, or the patterns of an `anyPattern`, as written: they may have variables. */
export interface PatternSource {
  readonly path: string;
  readonly isList: boolean;
  readonly template: Template;
  /** Of patterns without variables: compiled once. */
  readonly ready: readonly ReadyPattern[] | undefined;
}

/** A pattern whose variables are replaced. */
export interface ReadyPattern {
  readonly source: Value;
  readonly compiled: CompiledPattern;
}

export function compilePatterns(
  source: Value,
  { isList, path }: { readonly isList: boolean; readonly path: string },
  compiler: RuleCompiler,
): PatternSource {
  const template = compiler.template(source, path);
  if (isList && template.isConstant && !Array.isArray(source)) {
    compiler.refuse("POLICY_INVALID", path, `${path}: expected a list of patterns`);
  }
  // References are replaced in constant ones, too, and escaped braces.
  const ready = template.isConstant
    ? compiler.attempt(path, () => readyPatterns(template.render(NO_SCOPE), isList))
    : undefined;
  return { path, isList, template, ready };
}

/** The patterns with their variables replaced. @throws MISSING_FACT, {AmapError} when a variable fails */
export function renderPatterns(patterns: PatternSource, context: RuleContext): readonly ReadyPattern[] {
  return patterns.ready ?? readyPatterns(patterns.template.render(context), patterns.isList);
}

function readyPatterns(rendered: Value, isList: boolean): readonly ReadyPattern[] {
  const sources: readonly Value[] = isList ? (Array.isArray(rendered) ? rendered : []) : [rendered];
  return sources.map((source) => ({ source, compiled: compilePattern(source) }));
}

/** Matches one pattern and notes it. */
export function matchPattern(
  { source, compiled }: ReadyPattern,
  path: string,
  subject: Value,
  run: RuleRun,
): PatternOutcome {
  const outcome = compiled.match(subject, (steps) => run.budget.charge(steps));
  if (run.note !== undefined) {
    const at = outcome.status === "pass" ? "" : outcome.path;
    const message = outcome.status === "pass" ? "" : outcome.message;
    for (const note of explainAnchors(source, subject)) run.note({ kind: "anchor", path, ...note });
    const [wanted, found] = [wantedAt(source, at), valueAt(subject, at)];
    run.note({ kind: "pattern", path, status: outcome.status, at, pattern: source, wanted, found, message });
  }
  return outcome;
}

/** What a pattern asks for at a path of the resource. */
function wantedAt(pattern: Value, path: string): Value | undefined {
  let wanted: Value | undefined = pattern;
  for (const segment of path.split("/").filter((each) => each !== "")) {
    if (Array.isArray(wanted)) wanted = isValueObject(wanted[0]) ? wanted[0] : wanted[Number(segment)];
    else if (isValueObject(wanted)) wanted = memberForKey(wanted, segment);
    else return wanted;
  }
  return wanted;
}

function memberForKey(pattern: ValueObject, key: string): Value | undefined {
  const name = Object.keys(pattern).find((each) => each === key || parseAnchor(each)?.key === key);
  return name === undefined ? undefined : pattern[name];
}

/** What stands at a path as Kyverno prints it: `/spec/containers/0/image/`. */
function valueAt(subject: Value, path: string): Value | undefined {
  let value: Value | undefined = subject;
  for (const segment of path.split("/").filter((each) => each !== "")) {
    if (Array.isArray(value)) value = value[Number(segment)];
    else if (isValueObject(value)) value = Object.hasOwn(value, segment) ? value[segment] : undefined;
    else return undefined;
  }
  return value;
}
