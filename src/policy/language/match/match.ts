import type { MatchResources } from "../../resource/kyverno/match-resources.ts";
import { type CompiledFilter, compileFilter, failedCheck, filterApplies } from "./filter.ts";
import type { KindSelector } from "./kind-selector.ts";
import type { MatchTarget } from "./target.ts";

/** Which kinds a rule can match, for an index: names, patterns of names, or all of them. */
export interface KindSet {
  /** Any kind may match: then the others are empty. */
  readonly all: boolean;
  readonly names: ReadonlySet<string>;
  /** With wildcards. */
  readonly patterns: readonly string[];
}

/** Whether a rule applies to a target. */
export type MatchResult = { readonly matched: true } | { readonly matched: false; readonly reason: string };

/** A rule's match and exclude blocks, compiled. */
export interface CompiledMatch {
  readonly kinds: KindSet;
  /** Whether the rule applies; the first reason when it does not. */
  matches(target: MatchTarget): MatchResult;
  /** Every reason why the rule does not apply, with its place in the rule; none when it applies. */
  explain(target: MatchTarget): readonly string[];
}

/** What `compileMatch` reads of a rule. */
export interface RuleMatchSource {
  readonly match?: MatchResources | undefined;
  readonly exclude?: MatchResources | undefined;
}

/** How the filters of a block are joined. */
interface Block {
  readonly mode: "any" | "all";
  readonly filters: readonly CompiledFilter[];
  /** The place of a filter, for explanations. */
  readonly paths: readonly string[];
}

const MATCHED: MatchResult = Object.freeze({ matched: true });
const NO_OBJECT = unmatched("there is no object");
const OTHER_NAMESPACE = unmatched("the object is not in the namespace of the policy");
const NO_FILTER = unmatched("none of match.any applies");
const EMPTY_FILTER = unmatched("the filter is empty");
const EXCLUDED = unmatched("it is excluded");

/**
 * Compiles a rule's match and exclude blocks as Kyverno reads them: `any` if it is there, else `all`, else the block as
 * one filter; what is excluded is never matched; an empty filter matches nothing and excludes nothing. Where nothing is
 * known of who asks, match blocks look at the resource alone. A policy of a namespace applies inside it only;
 * `policyNamespace` is empty for a ClusterPolicy.
 *
 * @example
 * ```ts
 * import { compileMatch, MatchTarget } from "../../index.ts";
 * const compiled = compileMatch({ match: { any: [{ resources: { kinds: ["Pod"] } }] } }, "");
 * const object = { apiVersion: "v1", kind: "Pod", metadata: { name: "web" } };
 * compiled.matches(new MatchTarget({ object, operation: "CREATE" }, () => {})).matched; // true
 * ```
 */
export function compileMatch(rule: RuleMatchSource, policyNamespace: string): CompiledMatch {
  const match = compileBlock(rule.match ?? {}, "match");
  const exclude = compileBlock(rule.exclude ?? {}, "exclude");
  return {
    kinds: kindsOf(match),
    matches(target) {
      const outside = presence(target, policyNamespace) ?? blockFailure(match, target);
      if (outside !== undefined) return outside;
      return isExcluded(exclude, target) ? EXCLUDED : MATCHED;
    },
    explain: (target) => explainMatch(match, exclude, policyNamespace, target),
  };
}

function unmatched(reason: string): MatchResult & { readonly matched: false } {
  return Object.freeze({ matched: false, reason });
}

function compileBlock(source: MatchResources, path: string): Block {
  const mode = (source.any ?? []).length > 0 ? "any" : "all";
  const listed = source[mode] ?? [];
  if (listed.length === 0) return { mode, filters: [compileFilter(source, "policy")], paths: [path] };
  return {
    mode,
    filters: listed.map((filter) => compileFilter(filter, "policy")),
    paths: listed.map((_, index) => `${path}.${mode}[${index}]`),
  };
}

function presence(target: MatchTarget, policyNamespace: string): MatchResult | undefined {
  if (!target.isPresent) return NO_OBJECT;
  if (policyNamespace === "") return undefined;
  const isInside = target.namespace === policyNamespace && (target.oldNamespace ?? policyNamespace) === policyNamespace;
  return isInside ? undefined : OTHER_NAMESPACE;
}

function blockFailure(match: Block, target: MatchTarget): MatchResult | undefined {
  if (match.mode === "any") {
    return match.filters.some((filter) => filterFailure(filter, target) === undefined) ? undefined : NO_FILTER;
  }
  for (const filter of match.filters) {
    const failure = filterFailure(filter, target);
    if (failure !== undefined) return failure;
  }
  return undefined;
}

function filterFailure(filter: CompiledFilter, target: MatchTarget): MatchResult | undefined {
  const failed = failedCheck(filter.resourceChecks, target);
  if (failed !== undefined) return failed.unmatched;
  if (target.isAnonymous) return filter.resourceChecks.length === 0 ? EMPTY_FILTER : undefined;
  if (filter.isEmpty && !filter.statesUsers) return EMPTY_FILTER;
  return failedCheck(filter.userChecks, target)?.unmatched;
}

function isExcluded(exclude: Block, target: MatchTarget): boolean {
  const excludes = (filter: CompiledFilter): boolean => filterExcludes(filter, target);
  return exclude.mode === "any" ? exclude.filters.some(excludes) : exclude.filters.every(excludes);
}

/**
 * Here users are looked at even where none is known: then a filter that names some excludes nothing. Stricter than
 * Kyverno, where `clusterRoles: []` alone excludes everything.
 */
function filterExcludes(filter: CompiledFilter, target: MatchTarget): boolean {
  return filterApplies(filter, target);
}

function explainMatch(match: Block, exclude: Block, policyNamespace: string, target: MatchTarget): readonly string[] {
  const outside = presence(target, policyNamespace);
  if (outside?.matched === false) return [outside.reason];
  if (blockFailure(match, target) !== undefined) {
    return match.filters.flatMap((filter, index) => {
      const reasons = filterReasons(filter, target);
      return reasons.map((reason) => `${match.paths[index]}: ${reason}`);
    });
  }
  if (!isExcluded(exclude, target)) return [];
  const paths = exclude.paths.filter((_, index) => filterExcludes(exclude.filters[index] as CompiledFilter, target));
  return [`excluded by ${paths.join(", ")}`];
}

function filterReasons(filter: CompiledFilter, target: MatchTarget): readonly string[] {
  const checks = target.isAnonymous ? filter.resourceChecks : [...filter.resourceChecks, ...filter.userChecks];
  if (checks.length === 0) return target.isAnonymous || !filter.statesUsers ? [EMPTY_FILTER.reason] : [];
  return checks.filter((check) => !check.holds(target)).map(({ unmatched: { reason } }) => reason);
}

const ALL_KINDS: KindSet = Object.freeze({ all: true, names: new Set<string>(), patterns: [] });

/** The kinds that a block can match: for `all`, those of its first filter that names some. */
function kindsOf({ mode, filters }: Block): KindSet {
  const canMatch = filters.filter(({ isEmpty, statesUsers }) => !isEmpty || statesUsers);
  const naming = mode === "any" ? canMatch : canMatch.filter(({ kinds }) => kinds.length > 0).slice(0, 1);
  if (naming.length === 0 && canMatch.length > 0) return ALL_KINDS;
  if (naming.some(({ kinds }) => kinds.length === 0)) return ALL_KINDS;
  return kindSetOf(naming.flatMap(({ kinds }) => kinds));
}

function kindSetOf(selectors: readonly KindSelector[]): KindSet {
  const kinds = [...new Set(selectors.map(({ kind }) => kind))];
  if (kinds.includes("*")) return ALL_KINDS;
  const isPattern = (kind: string): boolean => kind.includes("*") || kind.includes("?");
  return {
    all: false,
    names: new Set(kinds.filter((kind) => !isPattern(kind))),
    patterns: kinds.filter(isPattern),
  };
}
