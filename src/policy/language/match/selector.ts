import type { LabelSelector } from "../../compile/label-selector.ts";
import type { MatchTarget } from "./target.ts";

/** A label selector, compiled: `problem` says why it is none, and then it selects nothing. */
export interface CompiledSelector {
  readonly problem: string | undefined;
  /** Whether labels are selected; the target charges for comparisons with wildcards. */
  selects(labels: ReadonlyMap<string, string>, target: MatchTarget): boolean;
}

type Requirement = (labels: ReadonlyMap<string, string>, target: MatchTarget) => boolean;

const PREFIX = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;
const NAME = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?$/;
const NAME_LENGTH = 63;
const PREFIX_LENGTH = 253;

/**
 * Compiles a selector as Kyverno reads it: a matchLabels entry with `*` or `?` in key or value asks for some label that is
 * like both; all else is meta/v1 LabelSelector. An empty selector selects everything.
 */
export function compileSelector(source: LabelSelector): CompiledSelector {
  const requirements: Requirement[] = [];
  for (const [key, value] of Object.entries(source.matchLabels ?? {})) {
    if (hasWildcard(key) || hasWildcard(value)) {
      requirements.push((labels, target) => someLabelLike(key, value, labels, target));
      continue;
    }
    const problem = keyProblem(key) ?? valueProblem(value);
    if (problem !== undefined) return selectingNothing(problem);
    requirements.push((labels) => labels.get(key) === value);
  }
  for (const expression of source.matchExpressions ?? []) {
    const values = expression.values ?? [];
    const problem = expressionProblem(expression.key, expression.operator, values);
    if (problem !== undefined) return selectingNothing(problem);
    requirements.push(compileExpression(expression.key, expression.operator, new Set(values)));
  }
  return {
    problem: undefined,
    selects: (labels, target) => requirements.every((holds) => holds(labels, target)),
  };
}

/** Whether some key and value of annotations or labels are like both patterns. */
export function someLabelLike(
  key: string,
  value: string,
  labels: ReadonlyMap<string, string>,
  target: MatchTarget,
): boolean {
  for (const [name, text] of labels) {
    if (target.like(key, name) && target.like(value, text)) return true;
  }
  return false;
}

function selectingNothing(problem: string): CompiledSelector {
  return { problem, selects: () => false };
}

function compileExpression(key: string, operator: string, values: ReadonlySet<string>): Requirement {
  if (operator === "Exists") return (labels) => labels.has(key);
  if (operator === "DoesNotExist") return (labels) => !labels.has(key);
  const isListed: Requirement = (labels) => {
    const value = labels.get(key);
    return value !== undefined && values.has(value);
  };
  return operator === "In" ? isListed : (labels, target) => !isListed(labels, target);
}

function expressionProblem(key: string, operator: string, values: readonly string[]): string | undefined {
  const wantsValues = operator === "In" || operator === "NotIn";
  if (!wantsValues && operator !== "Exists" && operator !== "DoesNotExist") {
    return `${JSON.stringify(operator)} is no operator of a label selector`;
  }
  if (wantsValues !== values.length > 0) return `${operator} takes ${wantsValues ? "values" : "no values"}`;
  const wrongValue = values.map(valueProblem).find((problem) => problem !== undefined);
  return keyProblem(key) ?? wrongValue;
}

function keyProblem(key: string): string | undefined {
  const parts = key.split("/");
  const name = parts.at(-1) as string;
  const prefix = parts.length === 2 ? (parts[0] as string) : undefined;
  const isKey =
    parts.length <= 2 &&
    (prefix === undefined || (prefix.length <= PREFIX_LENGTH && PREFIX.test(prefix))) &&
    name.length <= NAME_LENGTH &&
    NAME.test(name);
  return isKey ? undefined : `${JSON.stringify(key)} is no label key`;
}

function valueProblem(value: string): string | undefined {
  const isValue = value === "" || (value.length <= NAME_LENGTH && NAME.test(value));
  return isValue ? undefined : `${JSON.stringify(value)} is no label value`;
}

function hasWildcard(text: string): boolean {
  return text.includes("*") || text.includes("?");
}
