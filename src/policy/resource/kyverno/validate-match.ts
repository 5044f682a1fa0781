import { matchesWildcard } from "../../../base/index.ts";
import type { KyvernoRule } from "./cluster-policy.ts";
import type { FindingsWriter } from "./findings.ts";
import type { MatchResources, ResourceDescription, ResourceFilter, Subject } from "./match-resources.ts";
import { visitTexts } from "./visit-texts.ts";

/** What of its policy decides how a rule's match is judged. */
export interface MatchContext {
  readonly namespaced: boolean;
  readonly background: boolean;
  /** Empty when it is not written. */
  readonly policyNamespace: string;
  /** Whether the kind "*" may be named in background scans as well. */
  readonly anyKind?: boolean;
  /** What is to be done about users where there is none; else the policy can be kept out of background scans. */
  readonly userHint?: string;
}

interface PlacedFilter {
  readonly filter: ResourceFilter;
  readonly path: string;
}

/** The filters of match or exclude, the older form's own as well. */
export function filtersOf(match: MatchResources, path: string): readonly PlacedFilter[] {
  const { any, all, ...own } = match;
  const placed = (filters: readonly ResourceFilter[] | undefined, name: string): readonly PlacedFilter[] =>
    filters?.map((filter, index) => ({ filter, path: `${path}.${name}[${index}]` })) ?? [];
  const direct = Object.keys(own).length === 0 ? [] : [{ filter: own, path }];
  return [...placed(any, "any"), ...placed(all, "all"), ...direct];
}

/** All kinds that match or exclude name. */
export function kindsOf(match: MatchResources | undefined): readonly string[] {
  return match === undefined ? [] : filtersOf(match, "").flatMap(({ filter }) => filter.resources?.kinds ?? []);
}

/** match and exclude of a rule: their forms, users, names and selectors, and whether anything is left to match. */
export function validateMatch(rule: KyvernoRule, path: string, context: MatchContext, findings: FindingsWriter): void {
  checkForm(rule.match, `${path}.match`, context, findings);
  if (rule.exclude !== undefined) checkForm(rule.exclude, `${path}.exclude`, context, findings);
  for (const { filter, path: at } of matchFilters(rule.match, `${path}.match`)) {
    if (filter.resources === undefined || Object.keys(filter.resources).length === 0) {
      findings.fail(`${at}.resources`, "expected resources, found nothing");
    } else if ((filter.resources.kinds ?? []).length === 0) {
      findings.fail(`${at}.resources.kinds`, "expected at least one kind");
    }
  }
  if (matchesNothing(rule))
    findings.fail(`${path}.exclude`, "the rule matches nothing: it excludes all that it matches");
}

/** The filters that count: any, or else all, or else the older form, which must be there. */
function matchFilters(match: MatchResources, path: string): readonly PlacedFilter[] {
  const placed = filtersOf(match, path);
  return placed.length === 0
    ? [{ filter: match, path }]
    : placed.filter((each) => each.path !== path || placed.length === 1);
}

/** What match and exclude have in common, and those of exceptions and cleanup policies. */
export function checkForm(match: MatchResources, path: string, context: MatchContext, findings: FindingsWriter): void {
  const hasAny = (match.any ?? []).length > 0;
  const hasAll = (match.all ?? []).length > 0;
  if (hasAny && hasAll) findings.fail(path, "expected any or all, found both");
  if ((hasAny || hasAll) && Object.keys(match.resources ?? {}).length > 0) {
    findings.fail(`${path}.resources`, "expected resources inside any and all only, found them beside");
  }
  visitTexts(match, path, (text, at) => {
    if (/\{\{[^{}]*\}\}/.test(text)) findings.fail(at, "variables are not allowed in match and exclude");
  });
  for (const { filter, path: at } of filtersOf(match, path)) {
    checkUsers(filter, at, context, findings);
    checkResources(filter.resources ?? {}, `${at}.resources`, context, findings);
  }
}

function checkUsers(
  filter: ResourceFilter,
  path: string,
  { background, userHint = "in background scans: set spec.background to false" }: MatchContext,
  findings: FindingsWriter,
): void {
  for (const name of ["subjects", "roles", "clusterRoles"] as const) {
    if (!background || (filter[name] ?? []).length === 0) continue;
    findings.fail(`${path}.${name}`, `there is no user ${userHint}`);
  }
  filter.roles?.forEach((role, index) => {
    if (role.split(":").length !== 2) findings.fail(`${path}.roles[${index}]`, "expected namespace:name");
  });
  filter.subjects?.forEach((subject, index) => {
    checkSubject(subject, `${path}.subjects[${index}]`, findings);
  });
}

function checkSubject({ kind, name, namespace = "" }: Subject, path: string, findings: FindingsWriter): void {
  if (!["User", "Group", "ServiceAccount"].includes(kind)) {
    findings.fail(`${path}.kind`, `expected one of User, Group, ServiceAccount, found ${JSON.stringify(kind)}`);
  }
  if (name === "") findings.fail(`${path}.name`, "expected a name");
  if (kind === "ServiceAccount" && namespace === "")
    findings.fail(`${path}.namespace`, "expected the account's namespace");
}

function checkResources(
  resources: ResourceDescription,
  path: string,
  { namespaced, background, anyKind = false }: MatchContext,
  findings: FindingsWriter,
): void {
  if ((resources.name ?? "") !== "" && (resources.names ?? []).length > 0) {
    findings.fail(path, "expected name or names, found both");
  }
  if (namespaced && (resources.namespaces ?? []).length > 0) {
    findings.fail(`${path}.namespaces`, "a Policy is about objects of its own namespace only");
  }
  const { selector } = resources;
  if (selector !== undefined) checkSelector(selector, `${path}.selector`, findings);
  const kinds = resources.kinds ?? [];
  if (anyKind || !kinds.includes("*")) return;
  if (background) {
    findings.fail(`${path}.kinds`, 'the kind "*" is not allowed in background scans: set spec.background to false');
  }
  if (kinds.length > 1) findings.fail(`${path}.kinds`, 'expected no other kinds beside "*"');
}

type Selector = NonNullable<ResourceDescription["selector"]>;

function checkSelector(selector: Selector, path: string, findings: FindingsWriter): void {
  const expressions = selector.matchExpressions ?? [];
  if (expressions.length === 0 && Object.keys(selector.matchLabels ?? {}).length === 0) {
    findings.fail(path, "expected matchLabels or matchExpressions, found none");
  }
  expressions.forEach(({ operator, values = [] }, index) => {
    const needsValues = operator === "In" || operator === "NotIn";
    if (needsValues === values.length > 0) return;
    const at = `${path}.matchExpressions[${index}].values`;
    findings.fail(at, `expected ${needsValues ? "at least one value" : "no values"} for ${operator}`);
  });
}

/** Whether exclude takes away all that match brings, as Kyverno sees it. */
export function matchesNothing({ match, exclude }: Pick<KyvernoRule, "match" | "exclude">): boolean {
  if (exclude === undefined || (exclude.all ?? []).length > 0 || (match.all ?? []).length > 0) return false;
  if ((match.any ?? []).length > 0 && (exclude.any ?? []).length > 0) {
    const taken = keysOf(exclude.any);
    return [...keysOf(match.any)].some((key) => taken.has(key));
  }
  if (saysNothing(exclude)) return false;
  return excludesUsers(match, exclude) && excludesResources(match.resources ?? {}, exclude.resources ?? {});
}

/** Kyverno tells a list that is written and empty from none; an empty `resources` it does not. */
function saysNothing({ resources, ...own }: MatchResources): boolean {
  return Object.keys(own).length === 0 && Object.keys(resources ?? {}).length === 0;
}

/** Texts that are the same for values that are: comparing each with each would take the product of their numbers. */
function keysOf(values: readonly unknown[] | undefined): ReadonlySet<string> {
  return new Set((values ?? []).map((value) => JSON.stringify(value, inOrder)));
}

/** Members in the order of their names, so that the order in which they were written does not count. */
function inOrder(_key: string, value: unknown): unknown {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1)));
}

/** Whether every one of `matched` (at least one) is among `excluded`, or nothing is excluded. */
function takesAll(matched: readonly unknown[] | undefined, excluded: readonly unknown[] | undefined): boolean {
  if (excluded === undefined || excluded.length === 0) return true;
  const taken = keysOf(excluded);
  const keys = [...keysOf(matched)];
  return keys.length > 0 && keys.every((key) => taken.has(key));
}

function excludesUsers(match: MatchResources, exclude: MatchResources): boolean {
  return (
    takesAll(match.roles, exclude.roles) &&
    takesAll(match.clusterRoles, exclude.clusterRoles) &&
    takesAll(match.subjects, exclude.subjects)
  );
}

function excludesResources(match: ResourceDescription, exclude: ResourceDescription): boolean {
  const name = exclude.name ?? "";
  if (name !== "" && !matchesWildcard(name, match.name ?? "")) return false;
  const names = exclude.names ?? [];
  // As Kyverno has it, one name in common is enough, and nothing else counts then.
  if (names.length > 0) {
    return (match.names ?? []).some((one) => names.some((pattern) => matchesWildcard(pattern, one)));
  }
  return (
    takesAll(match.namespaces, exclude.namespaces) &&
    takesAll(match.kinds, exclude.kinds) &&
    excludesLabels(match.selector, exclude.selector) &&
    excludesLabels(match.namespaceSelector, exclude.namespaceSelector) &&
    hasSame(match.annotations, exclude.annotations)
  );
}

function hasSame(match: unknown, exclude: unknown): boolean {
  return match === undefined || exclude === undefined ? match === exclude : takesAll([match], [exclude]);
}

function excludesLabels(match: Selector | undefined, exclude: Selector | undefined): boolean {
  if (match === undefined || exclude === undefined) return match === exclude;
  const labels = (selector: Selector): readonly (readonly [string, string])[] =>
    Object.entries(selector.matchLabels ?? {});
  return takesAll(match.matchExpressions, exclude.matchExpressions) && takesAll(labels(match), labels(exclude));
}
