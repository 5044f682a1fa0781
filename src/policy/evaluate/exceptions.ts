import { isAmapError, matchesWildcard } from "../../base/index.ts";
import { type CompiledFilter, compileFilter, filterApplies } from "../language/match/filter.ts";
import type { MatchTarget } from "../language/match/target.ts";
import type { AnyAllConditions } from "../resource/kyverno/conditions.ts";
import type { PolicyException } from "../resource/kyverno/policy-exception.ts";

/** A PolicyException, compiled. */
export interface CompiledException {
  /** `namespace/name`, as messages and reports name it. */
  readonly key: string;
  readonly exception: PolicyException;
  /** Conditions that must hold, too; their variables are those of the rule. */
  readonly conditions: AnyAllConditions | undefined;
  /** Controls that are left out of a podSecurity rule; without them the exception is from the whole rule. */
  readonly podSecurity: NonNullable<PolicyException["spec"]["podSecurity"]>;
  /** Whether its match block is about a target. */
  matches(target: MatchTarget): boolean;
}

/** PolicyExceptions by the rules they are for. */
export interface ExceptionIndex {
  /**
   * Those for a rule, in the order they were given. `policy` is `namespace/name` for a Policy, else the name alone;
   * a generated rule counts by its own name (`autogen-…`).
   */
  forRule(policy: string, rule: string): readonly CompiledException[];
}

/**
 * Compiles PolicyExceptions. Policies are named exactly, rules with wildcards. With `inBackground`, those that do not
 * hold in background scans (`background: false`) are left out. As in Kyverno, operations in their filters are not
 * looked at, and an empty match or filter matches nothing.
 *
 * @example
 * ```ts
 * import { compileExceptions } from "../index.ts";
 * compileExceptions([]).forRule("require-labels", "check"); // []
 * ```
 */
export function compileExceptions(
  exceptions: readonly PolicyException[],
  { inBackground = false }: { readonly inBackground?: boolean } = {},
): ExceptionIndex {
  const byPolicy = new Map<string, { readonly ruleNames: readonly string[]; readonly compiled: CompiledException }[]>();
  for (const exception of exceptions) {
    if (inBackground && exception.spec.background === false) continue;
    const compiled = compileException(exception);
    for (const { policyName, ruleNames } of exception.spec.exceptions) {
      const rows = byPolicy.get(policyName) ?? [];
      rows.push({ ruleNames, compiled });
      byPolicy.set(policyName, rows);
    }
  }
  return {
    forRule(policy, rule) {
      const rows = byPolicy.get(policy) ?? [];
      const named = rows.filter(({ ruleNames }) => ruleNames.some((pattern) => matchesWildcard(pattern, rule)));
      return [...new Set(named.map(({ compiled }) => compiled))];
    },
  };
}

/**
 * Those of a rule's exceptions that hold for a target. `conditionsHold` evaluates conditions with the rule's variables;
 * where it fails with an {AmapError}, the exception does not hold: a rule is never left out by mistake.
 *
 * @throws {AmapError} BUDGET_EXCEEDED, BUG, and whatever else `conditionsHold` throws, MISSING_FACT among it
 * @example
 * ```ts
 * import { exceptionsThatHold, MatchTarget } from "../index.ts";
 * const target = new MatchTarget({ object: null, operation: "CREATE" }, () => {});
 * exceptionsThatHold([], target, () => true); // []
 * ```
 */
export function exceptionsThatHold(
  exceptions: readonly CompiledException[],
  target: MatchTarget,
  conditionsHold: (conditions: AnyAllConditions) => boolean,
): readonly CompiledException[] {
  return exceptions.filter((exception) => {
    if (!exception.matches(target)) return false;
    if (exception.conditions === undefined) return true;
    try {
      return conditionsHold(exception.conditions);
    } catch (error) {
      // A missing fact, an exhausted budget and bugs are not for this place to judge.
      if (!isAmapError(error) || error.code === "BUDGET_EXCEEDED" || error.code === "BUG") throw error;
      return false;
    }
  });
}

function compileException(exception: PolicyException): CompiledException {
  const { metadata, spec } = exception;
  const mode = (spec.match.any ?? []).length > 0 ? "any" : "all";
  const filters = (spec.match[mode] ?? []).map((filter) => compileFilter(filter, "exception"));
  const namespace = metadata.namespace ?? "";
  return {
    key: namespace === "" ? metadata.name : `${namespace}/${metadata.name}`,
    exception,
    conditions: spec.conditions,
    podSecurity: spec.podSecurity ?? [],
    matches: (target) => {
      const applies = (filter: CompiledFilter): boolean => filterApplies(filter, target);
      if (mode === "any") return filters.some(applies);
      return filters.length > 0 && filters.every(applies);
    },
  };
}
