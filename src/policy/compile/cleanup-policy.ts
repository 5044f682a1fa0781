import type { Decoded } from "../../base/index.ts";
import type { CompiledEntries } from "../evaluate/context-entries.ts";
import type { PropagationPolicy } from "../evaluate/deletion-time.ts";
import { type CompiledFilter, compileFilter, failedCheck, filterApplies } from "../language/match/filter.ts";
import { compileMatch, type KindSet, type MatchResult } from "../language/match/match.ts";
import type { MatchTarget } from "../language/match/target.ts";
import type { PolicyResource } from "../resource/decode-policies.ts";
import type { CleanupPolicy } from "../resource/kyverno/cleanup-policy.ts";
import { cronFault } from "../resource/kyverno/cron.ts";
import { type CompiledConditions, compileConditions } from "../rules/conditions.ts";
import { RuleCompiler } from "../rules/rule-compiler.ts";
import { nextRun } from "./cron-schedule.ts";

/** A CleanupPolicy or ClusterCleanupPolicy as `decodePolicies` gives it. */
export type CleanupPolicyResource = PolicyResource & { readonly kind: "CleanupPolicy" | "ClusterCleanupPolicy" };

/** A cleanup policy compiled once, for any number of objects; frozen. It holds closures: it does not cross threads. */
export interface CleanupPlan {
  readonly kind: "CleanupPolicy" | "ClusterCleanupPolicy";
  /** The policy's `metadata.name`, and its namespace: empty for a ClusterCleanupPolicy. */
  readonly policy: string;
  readonly namespace: string;
  readonly annotations: Readonly<Record<string, string>>;
  /** Where it was read from. */
  readonly source: string;
  /** What is no mistake and likely to surprise, one sentence each. */
  readonly warnings: readonly string[];
  /** When it runs, in cron's format: see `nextRun`. */
  readonly schedule: string;
  /** What happens to the objects that belong to one that is deleted; the API server decides when absent. */
  readonly propagation?: PropagationPolicy;
  /** The kinds whose objects are looked through: those that `match` names, and no others. */
  readonly kinds: KindSet;
  readonly match: CleanupMatch;
  readonly entries: CompiledEntries;
  readonly conditions: CleanupConditions;
}

/** What a cleanup policy selects. */
interface CleanupMatch {
  matches(target: MatchTarget): MatchResult;
}

/** All of the first must hold, then one of the second, where there are some. */
interface CleanupConditions {
  readonly all: CompiledConditions | undefined;
  readonly any: CompiledConditions | undefined;
}

/**
 * A cleanup policy as a plan: filters, context entries and conditions compiled. All that is wrong with it is listed: an
 * expression EXPRESSION_INVALID, a part of a wrong form POLICY_INVALID. A schedule that Kyverno accepts and never runs is a
 * warning.
 *
 * @example
 * ```ts
 * import { compileCleanupPolicy, decodePolicies } from "../index.ts";
 * const decoded = decodePolicies(`
 * apiVersion: kyverno.io/v2
 * kind: ClusterCleanupPolicy
 * metadata: {name: old-pods}
 * spec: {schedule: "@daily", match: {any: [{resources: {kinds: [Pod]}}]}}
 * `, "cleanup.yaml");
 * const [policy] = decoded.ok ? decoded.value : [];
 * const plan = policy?.kind === "ClusterCleanupPolicy" ? compileCleanupPolicy(policy) : undefined;
 * plan?.ok ? plan.value.schedule : ""; // "@daily"
 * ```
 */
export function compileCleanupPolicy(resource: CleanupPolicyResource): Decoded<CleanupPlan> {
  const { kind, name, source, policy } = resource;
  const { metadata, spec } = policy;
  const namespace = kind === "CleanupPolicy" ? (metadata.namespace ?? "default") : "";
  // As in Kyverno, the entries of a policy of a namespace may read outside of it.
  const compiler = new RuleCompiler(name, "");
  const named = kindsOf(spec.match);
  const entries = compiler.entries(spec.context, "spec.context");
  const conditions = compileCleanupConditions(spec.conditions, compiler);
  if (compiler.issues.length > 0) return { ok: false, issues: compiler.issues };
  const propagation = spec.deletionPropagationPolicy;
  const plan: CleanupPlan = {
    kind,
    policy: name,
    namespace,
    annotations: metadata.annotations ?? {},
    source,
    warnings: Object.freeze([...resource.warnings.map(({ message }) => message), ...warningsOf(policy, named)]),
    schedule: spec.schedule,
    ...(propagation === undefined ? {} : { propagation }),
    kinds: compileMatch({ match: { any: [{ resources: { kinds: named } }] } }, "").kinds,
    match: compileCleanupMatch(spec, named, namespace),
    entries,
    conditions,
  };
  return { ok: true, value: Object.freeze(plan) };
}

/** What a cluster accepts, and deletes nothing, or something else than its writer thinks. */
function warningsOf({ kind, metadata, spec }: CleanupPolicy, kinds: readonly string[]): readonly string[] {
  const warnings: string[] = [];
  if (kind === "CleanupPolicy" && metadata.namespace === undefined) {
    warnings.push('metadata.namespace is not set: the policy counts as one of the namespace "default"');
  }
  const next = nextRun(spec.schedule, 0);
  if (next.status === "never" && cronFault(spec.schedule) === undefined) {
    warnings.push(`spec.schedule never runs: ${next.reason}`);
  }
  if (kinds.length === 0) warnings.push("spec.match names no kind: nothing is looked through, and nothing deleted");
  return warnings;
}

function kindsOf({ any = [], all = [] }: CleanupPolicy["spec"]["match"]): readonly string[] {
  return [...new Set([...any, ...all].flatMap(({ resources }) => resources?.kinds ?? []))];
}

/** As in Kyverno, an empty list of `any` counts as absent, and `all` is looked at first. */
function compileCleanupConditions(
  { any = [], all = [] }: NonNullable<CleanupPolicy["spec"]["conditions"]> = {},
  compiler: RuleCompiler,
): CleanupConditions {
  return {
    all: all.length === 0 ? undefined : compileConditions({ all }, "spec.conditions", compiler),
    any: any.length === 0 ? undefined : compileConditions({ any }, "spec.conditions", compiler),
  };
}

const MATCHED: MatchResult = Object.freeze({ matched: true });
const unmatched = (reason: string): MatchResult => Object.freeze({ matched: false, reason });

/** Kyverno lists the objects of the kinds that `match` names, of the policy's namespace, and then looks at each. */
function compileCleanupMatch(
  { match, exclude }: CleanupPolicy["spec"],
  kinds: readonly string[],
  namespace: string,
): CleanupMatch {
  const listed = compileFilter({ resources: { kinds } }, "exception");
  const wanted = compileBlock(match);
  const excluded = exclude === undefined ? undefined : compileBlock(exclude);
  const otherNamespace = unmatched("the object is not in the namespace of the policy");
  const noKind = unmatched("spec.match names no kind");
  const isExcluded = unmatched("it is excluded");
  return {
    matches(target) {
      if (!target.isPresent) return unmatched("there is no object");
      if (kinds.length === 0) return noKind;
      if (namespace !== "" && target.namespace !== namespace) return otherNamespace;
      const unlisted = failedCheck(listed.resourceChecks, target);
      if (unlisted !== undefined) return unlisted.unmatched;
      if (!applies(wanted, target)) return unmatched(reasonOf(wanted, target));
      return excluded !== undefined && applies(excluded, target) ? isExcluded : MATCHED;
    },
  };
}

/** Filters, and how they are joined. */
interface Block {
  readonly mode: "any" | "all";
  readonly filters: readonly CompiledFilter[];
}

function compileBlock({ any = [], all = [] }: CleanupPolicy["spec"]["match"]): Block {
  const mode = any.length > 0 ? "any" : "all";
  return { mode, filters: (mode === "any" ? any : all).map((filter) => compileFilter(filter, "exception")) };
}

/** As in Kyverno, a block without filters is about everything. */
function applies({ mode, filters }: Block, target: MatchTarget): boolean {
  return mode === "any"
    ? filters.some((filter) => filterApplies(filter, target))
    : filters.every((filter) => filterApplies(filter, target));
}

/** The first demand of each filter that is not met. */
function reasonOf({ mode, filters }: Block, target: MatchTarget): string {
  const reasons = filters.flatMap((filter, index) => {
    if (filterApplies(filter, target)) return [];
    const failed = failedCheck(filter.resourceChecks, target) ?? failedCheck(filter.userChecks, target);
    return [`match.${mode}[${index}]: ${failed?.unmatched.reason ?? "the filter is empty"}`];
  });
  return reasons.join("; ");
}
