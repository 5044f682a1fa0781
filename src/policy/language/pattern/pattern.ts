import { isValueObject, type Value } from "../../../base/index.ts";
import { ResourcePath } from "./resource-path.ts";
import { compileScalar, countConditions } from "./scalar.ts";
import { compileNode, type MatchState } from "./tree.ts";
import type { Charge } from "./wildcard.ts";

/**
 * What matching a resource against a pattern came to. "skip": a conditional or global anchor does not hold, the rule
 * does not apply to the resource. "error": Kyverno cannot tell where the pattern failed, for instance because a
 * conditional anchor's key was missing somewhere; it reports the rule as an error then, with the message.
 */
export type PatternOutcome =
  | { readonly status: "pass" }
  | {
      readonly status: "fail" | "skip" | "error";
      /** As Kyverno prints it, `/spec/containers/0/image/`; empty for "error". */
      readonly path: string;
      readonly message: string;
    };

/** A pattern made ready for many resources. */
export interface CompiledPattern {
  /**
   * Matches one resource, or one element of a foreach. `charge` is told of the steps, each about one comparison.
   * @throws {AmapError} only what `charge` throws: BUDGET_EXCEEDED, as a rule
   */
  match(resource: Value, charge: Charge): PatternOutcome;
}

const PASS: PatternOutcome = { status: "pass" };

/**
 * Compiles a pattern of a validate rule whose variables are substituted: maps, lists, scalars with operators (`>=5`,
 * `1-5`, `!5-10`, `a | b & c`, wildcards, quantities, durations), and the anchors `()`, `<()`, `X()`, `=()`, `^()`.
 * Verdict, path and message are Kyverno's, odd ones included: of a list of maps or scalars only the first counts.
 * `charge` pays for compiling, where parts of the pattern come from a resource.
 * @throws {AmapError} only what `charge` throws
 * @see https://kyverno.io/docs/policy-types/cluster-policy/validate/
 * @example
 * ```ts
 * import { compilePattern } from "./pattern.ts";
 * const pattern = compilePattern({ spec: { containers: [{ image: "!*:latest" }] } });
 * pattern.match({ spec: { containers: [{ image: "nginx:latest" }] } }, () => {}).status; // "fail"
 * ```
 */
export function compilePattern(pattern: Value, charge: Charge = free): CompiledPattern {
  charge(compileCost(pattern));
  const match = compileNode(pattern, ResourcePath.root);
  return {
    match: (resource, charge) => {
      const state: MatchState = { charge, indices: [], anchors: undefined };
      const failure = match(resource, state);
      if (failure === undefined) return PASS;
      const message = failure.describe();
      if (failure.kind === "skip") return { status: "skip", path: failure.path, message };
      const hasPath = failure.kind === "negation" || (failure.path !== "" && !isAnyAnchorMissing(state));
      return hasPath ? { status: "fail", path: failure.path, message } : { status: "error", path: "", message };
    },
  };
}

function isAnyAnchorMissing(state: MatchState): boolean {
  if (state.anchors === undefined) return false;
  for (const isFound of state.anchors.values()) if (!isFound) return true;
  return false;
}

/**
 * Whether one value (undefined for a missing key) matches one scalar pattern, as Kyverno's pattern operators do. A map
 * as pattern stands for any map, a list for nothing.
 * @example
 * ```ts
 * import { matchesValue } from "./pattern.ts";
 * matchesValue("2Gi", ">=512Mi & <=4Gi"); // true
 * ```
 */
export function matchesValue(value: Value | undefined, pattern: Value, charge: Charge = free): boolean {
  charge(compileCost(pattern));
  return compileScalar(pattern)(value, charge);
}

/** About as many steps as comparing that much would take; a condition takes as long as some of them. */
function compileCost(pattern: Value): number {
  if (typeof pattern === "string") return 4 * countConditions(pattern) + (pattern.length >> 8);
  if (typeof pattern !== "object" || pattern === null) return 1;
  const members: readonly Value[] = Array.isArray(pattern)
    ? pattern
    : isValueObject(pattern)
      ? Object.values(pattern)
      : [];
  let cost = 4;
  for (const member of members) cost += compileCost(member);
  return cost;
}

function free(): void {}
