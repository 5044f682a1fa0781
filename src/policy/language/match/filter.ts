import type { ResourceDescription, ResourceFilter, Subject } from "../../resource/kyverno/match-resources.ts";
import { type KindSelector, parseKindSelector, selectsKind } from "./kind-selector.ts";
import { type CompiledSelector, compileSelector, someLabelLike } from "./selector.ts";
import type { MatchTarget } from "./target.ts";

/** One demand of a filter, and what is said of a target that does not meet it. */
interface Check {
  readonly unmatched: { readonly matched: false; readonly reason: string };
  holds(target: MatchTarget): boolean;
}

/** A filter of a match or exclude block, compiled. */
export interface CompiledFilter {
  /** It demands nothing. Such a filter matches nothing, and excludes nothing. */
  readonly isEmpty: boolean;
  /** It states a list of users, be it empty: as in Kyverno, one that states nothing else matches everything. */
  readonly statesUsers: boolean;
  readonly kinds: readonly KindSelector[];
  /** Demands on the resource and on who asks; all must hold. */
  readonly resourceChecks: readonly Check[];
  readonly userChecks: readonly Check[];
}

/** Where a filter stands: PolicyExceptions read two of its fields otherwise than policies do. */
type FilterUse = "policy" | "exception";

/** Compiles a filter. */
export function compileFilter(source: ResourceFilter, use: FilterUse): CompiledFilter {
  const description = source.resources ?? {};
  const kinds = (description.kinds ?? []).map(parseKindSelector);
  const resourceChecks = compileDescription(description, kinds, use);
  const userChecks = compileUsers(source);
  return {
    // An exception's filter that states operations alone is not empty, though its operations are not looked at.
    isEmpty: resourceChecks.length + userChecks.length === 0 && (description.operations ?? []).length === 0,
    statesUsers: [source.roles, source.clusterRoles, source.subjects].some((list) => list !== undefined),
    kinds,
    resourceChecks,
    userChecks,
  };
}

/** The first demand that a target does not meet. */
export function failedCheck(checks: readonly Check[], target: MatchTarget): Check | undefined {
  return checks.find((check) => !check.holds(target));
}

/**
 * Whether a filter is about a target. Who asks is looked at even where nothing is known of it: then a filter that names
 * some users is about nothing. Neither is an empty one.
 */
export function filterApplies(filter: CompiledFilter, target: MatchTarget): boolean {
  if (filter.isEmpty) return false;
  return (
    failedCheck(filter.resourceChecks, target) === undefined && failedCheck(filter.userChecks, target) === undefined
  );
}

function compileDescription(
  description: ResourceDescription,
  kinds: readonly KindSelector[],
  use: FilterUse,
): readonly Check[] {
  const checks: Check[] = [];
  const add = (reason: string, holds: Check["holds"]): void => {
    checks.push(checkOf(reason, holds));
  };
  const { name = "", names = [], namespaces = [], operations = [] } = description;
  if (operations.length > 0 && use === "policy") {
    add(`the operation is none of ${listed(operations)}`, ({ operation }) => operations.includes(operation));
  }
  if (kinds.length > 0) {
    add(`the kind is none of ${listed(description.kinds ?? [])}`, ({ resource }) =>
      kinds.some((selector) => selectsKind(selector, resource, true)),
    );
  }
  if (name !== "") add(`the name is not like ${listed([name])}`, (target) => target.like(name, target.name));
  if (names.length > 0) {
    add(`the name is like none of ${listed(names)}`, (target) => names.some((row) => target.like(row, target.name)));
  }
  if (namespaces.length > 0) {
    add(`the namespace is like none of ${listed(namespaces)}`, (target) => isInNamespace(namespaces, target));
  }
  for (const [key, value] of Object.entries(description.annotations ?? {})) {
    add(`no annotation is like ${listed([`${key}: ${value}`])}`, (target) =>
      someLabelLike(key, value, target.annotations, target),
    );
  }
  if (description.selector) {
    const selector = compileSelector(description.selector);
    add(selectorReason("selector", selector), (target) => selector.selects(target.labels, target));
  }
  if (description.namespaceSelector) {
    const selector = compileSelector(description.namespaceSelector);
    const isForAnyKind = description.kinds?.includes("*") ?? false;
    add(selectorReason("namespaceSelector", selector), (target) => {
      // A policy's namespaceSelector never selects a Namespace; an exception's does not look at one.
      if (target.kind === "Namespace") return use === "exception";
      if (target.kind === "" && !(isForAnyKind && use === "policy")) return true;
      return selector.selects(target.namespaceLabels, target);
    });
  }
  return checks;
}

function selectorReason(field: string, selector: CompiledSelector): string {
  return selector.problem === undefined
    ? `the labels do not meet the ${field}`
    : `the ${field} cannot be read: ${selector.problem}`;
}

/** A Namespace is in itself. */
function isInNamespace(namespaces: readonly string[], target: MatchTarget): boolean {
  const namespace = target.kind === "Namespace" ? target.ownName : target.namespace;
  return namespaces.some((pattern) => target.like(pattern, namespace));
}

function compileUsers(source: ResourceFilter): readonly Check[] {
  const checks: Check[] = [];
  const { roles = [], clusterRoles = [], subjects = [] } = source;
  if (roles.length > 0) {
    checks.push(
      checkOf(`the user has none of the roles ${listed(roles)}`, (target) =>
        target.roles.some((role) => roles.includes(role)),
      ),
    );
  }
  if (clusterRoles.length > 0) {
    checks.push(
      checkOf(`the user has none of the cluster roles ${listed(clusterRoles)}`, (target) =>
        target.clusterRoles.some((role) => clusterRoles.includes(role)),
      ),
    );
  }
  if (subjects.length > 0) {
    checks.push(
      checkOf(`the user is none of ${listed(subjects.map(({ kind, name }) => `${kind} ${name}`))}`, (target) =>
        subjects.some((subject) => isSubject(subject, target)),
      ),
    );
  }
  return checks;
}

function isSubject({ kind, name, namespace = "" }: Subject, target: MatchTarget): boolean {
  if (kind === "User") return target.like(name, target.username);
  if (kind === "Group") return target.groups.some((group) => target.like(name, group));
  if (kind !== "ServiceAccount") return false;
  return target.like(`system:serviceaccount:${namespace}:${name}`, target.username);
}

function checkOf(reason: string, holds: Check["holds"]): Check {
  return { unmatched: Object.freeze({ matched: false, reason }), holds };
}

function listed(texts: readonly string[]): string {
  return texts.map((text) => JSON.stringify(text)).join(", ");
}
