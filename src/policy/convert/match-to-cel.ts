import type { Value } from "../../base/index.ts";
import type { MatchResources, ResourceFilter } from "../resource/kyverno/match-resources.ts";
import type { CustomKind } from "../resource/resource-schema.ts";
import { and, atom, type CelText, FALSE, matchesText, not, or, quote, relation } from "./cel-text.ts";
import { type FilterBlock, isRequestKind, kindsOfBlock, type MatchedKind } from "./matched-kinds.ts";
import { NotConvertible } from "./not-convertible.ts";

/** A rule's match and exclude blocks in the words of the other kinds. */
export interface ConvertedMatch {
  readonly kinds: readonly MatchedKind[];
  readonly resourceRules: readonly Value[];
  readonly namespaceSelector?: Value;
  readonly conditions: readonly { readonly name: string; readonly expression: string }[];
}

/** It throws NotConvertible. `otherwise` are the operations of a rule that states none. */
export function convertMatch(
  match: MatchResources,
  exclude: MatchResources | undefined,
  path: string,
  otherwise: readonly string[],
  customKinds: readonly CustomKind[] = [],
): ConvertedMatch {
  const block = filtersOf(match, `${path}.match`);
  const { kinds, perFilter } = kindsOfBlock(block, otherwise, customKinds);
  const [only] = block.filters;
  const isOnly = block.filters.length === 1 && only !== undefined;
  const own = isOnly ? (only.filter.resources ?? {}) : {};
  const selectors: { readonly namespaceSelector?: Value } =
    own.namespaceSelector !== undefined && isPlainSelector(own.namespaceSelector)
      ? { namespaceSelector: own.namespaceSelector }
      : {};
  if (
    own.namespaceSelector !== undefined &&
    kinds.some(({ kind, namespaced }) => kind === "Namespace" || namespaced !== true)
  ) {
    throw new NotConvertible(
      `${path}.match`,
      "a namespaceSelector of a rule over kinds outside namespaces means something else",
    );
  }
  const conditions: { name: string; expression: string }[] = [];
  const scope = scopeOfKinds(kinds);
  const matched = block.filters.map(({ filter, at }, index) => {
    const parts = conditionOf(filter, at, selectors, scope);
    const differs = perFilter.length > 1 && perFilter[index] !== perFilter[0];
    return and(...(differs ? [isRequestKind(filter, at)] : []), ...parts);
  });
  const whole = block.mode === "any" ? or(...matched) : and(...matched);
  if (whole.constant !== true) conditions.push({ name: "matches", expression: whole.text });
  const excluded = exclude === undefined ? FALSE : excludes(exclude, `${path}.exclude`, scope);
  if (excluded !== FALSE) conditions.push({ name: "not-excluded", expression: not(excluded).text });
  return { kinds, resourceRules: rulesOf(kinds), ...selectors, conditions: ofOperations(conditions, kinds, path) };
}

/** What all kinds of a rule have in common. */
type Scope = "namespaced" | "Namespace" | "mixed" | "other";

export function scopeOfKinds(kinds: readonly MatchedKind[]): Scope {
  if (kinds.every(({ namespaced }) => namespaced === true)) return "namespaced";
  const namespaces = kinds.filter(({ group, kind }) => group === "" && kind === "Namespace");
  if (namespaces.length === 0) return "other";
  return namespaces.length === kinds.length ? "Namespace" : "mixed";
}

/** A deleted object is the old one. */
function ofOperations(
  conditions: ConvertedMatch["conditions"],
  kinds: readonly MatchedKind[],
  path: string,
): ConvertedMatch["conditions"] {
  const operations = new Set(kinds.flatMap((kind) => kind.operations));
  if (operations.size === 1 && operations.has("DELETE")) {
    return conditions.map(({ name, expression }) => ({
      name,
      expression: expression.replaceAll(/\bobject\./g, "oldObject."),
    }));
  }
  const reads = conditions.some(({ expression }) => /\bobject\./.test(expression));
  if (reads && (operations.has("DELETE") || operations.has("CONNECT"))) {
    throw new NotConvertible(
      `${path}.match`,
      "the object is another one for deletions and connections, and decides whether the rule applies",
    );
  }
  return conditions;
}

function filtersOf(source: MatchResources, path: string): FilterBlock {
  const mode = (source.any ?? []).length > 0 ? "any" : "all";
  const listed = source[mode] ?? [];
  if (listed.length === 0) return { mode, filters: [{ filter: source, at: path }] };
  return { mode, filters: listed.map((filter, index) => ({ filter, at: `${path}.${mode}[${index}]` })) };
}

function isPlainSelector(selector: Value | undefined): boolean {
  return selector !== undefined && !/[*?]/.test(JSON.stringify(selector));
}

function conditionOf(
  filter: ResourceFilter,
  path: string,
  said: { readonly namespaceSelector?: Value },
  scope: Scope,
): readonly CelText[] {
  const { resources = {}, subjects = [], roles = [], clusterRoles = [] } = filter;
  if (roles.length + clusterRoles.length > 0) {
    throw new NotConvertible(path, "the roles of who asks are not known to CEL");
  }
  const parts: CelText[] = [];
  const { name = "", names = [], namespaces = [], annotations = {} } = resources;
  if (name !== "") parts.push(anyLike("object.metadata.name", [name]));
  if (names.length > 0) parts.push(anyLike("object.metadata.name", names));
  if (namespaces.length > 0) parts.push(anyLike(namespaceText(resources.kinds ?? [], path, scope), namespaces));
  for (const [key, value] of Object.entries(annotations)) parts.push(annotationLike(key, value, path));
  // An objectSelector would look at the object before an update, too.
  if (resources.selector !== undefined) parts.push(labelsMeet(resources.selector, `${path}.resources.selector`));
  if (resources.namespaceSelector !== undefined && said.namespaceSelector === undefined) {
    throw new NotConvertible(
      `${path}.resources.namespaceSelector`,
      "the labels of the namespace decide beside other filters",
    );
  }
  if (subjects.length > 0) {
    // Where nobody asks, match blocks look at the resource alone.
    throw new NotConvertible(
      path,
      "subjects are not looked at in background scans, which CEL cannot tell from requests",
    );
  }
  return parts;
}

function namespaceText(kinds: readonly string[], path: string, scope: Scope): string {
  // Written so, it stays as it is where the policy is extended to the controllers of Pods.
  if (scope === "namespaced") return "object.metadata.namespace";
  // The namespace that a Namespace is in is itself.
  if (scope === "Namespace") return "object.metadata.name";
  if (scope === "mixed")
    return "(object.kind == 'Namespace' ? object.metadata.name : object.metadata.?namespace.orValue(''))";
  if (kinds.some((kind) => /(?:^|\/)(?:Namespace|\*)$/.test(kind))) {
    throw new NotConvertible(path, "namespaces of Namespaces mean their own names");
  }
  return "object.metadata.?namespace.orValue('')";
}

function anyLike(subject: string, patterns: readonly string[]): CelText {
  const plain = patterns.filter((pattern) => !/[*?]/.test(pattern));
  const [only] = plain;
  const list = `[${plain.map(quote).join(", ")}]`;
  const exact =
    plain.length === 0
      ? FALSE
      : plain.length === 1 && only !== undefined
        ? relation(subject, "==", quote(only))
        : { ...relation(subject, "in", list), contrary: () => atom(`!(${subject} in ${list})`) };
  return or(
    exact,
    ...patterns.filter((pattern) => /[*?]/.test(pattern)).map((pattern) => matchesText(subject, pattern)),
  );
}

function annotationLike(key: string, value: string, path: string): CelText {
  return mapHas("annotations", key, value, `${path}.resources.annotations`);
}

function mapHas(map: "annotations" | "labels", key: string, value: string, path: string): CelText {
  if (/[*?]/.test(key)) {
    const keyed = matchesText("key", key);
    const valued = matchesText(`object.metadata.${map}[key]`, value);
    return atom(`object.metadata.?${map}.orValue({}).exists(key, ${and(keyed, valued).text})`);
  }
  if (value === "") throw new NotConvertible(path, "an empty text is looked for");
  const subject = `object.metadata.?${map}[?${quote(key)}]`;
  if (value === "*") return atom(`${subject}.hasValue()`);
  return matchesText(`${subject}.orValue('')`, value);
}

function labelsMeet(
  selector: NonNullable<NonNullable<ResourceFilter["resources"]>["selector"]>,
  path: string,
): CelText {
  const { matchLabels = {}, matchExpressions = [] } = selector;
  const labels = Object.entries(matchLabels).map(([key, value]) => mapHas("labels", key, value, path));
  const expressions = matchExpressions.map(({ key, operator, values = [] }) => {
    const subject = `object.metadata.?labels[?${quote(key)}]`;
    const list = `[${values.map(quote).join(", ")}]`;
    const there = atom(`${subject}.hasValue()`);
    const among = and(there, relation(`${subject}.orValue('')`, "in", list));
    switch (operator) {
      case "Exists":
        return there;
      case "DoesNotExist":
        return not(there);
      case "In":
        return among;
      default:
        return not(among);
    }
  });
  return and(...labels, ...expressions);
}

export function excludes(exclude: MatchResources, path: string, scope: Scope): CelText {
  const { mode, filters } = filtersOf(exclude, path);
  const each = filters.map(({ filter, at }) => {
    const { resources = {} } = filter;
    const users = subjectsMeet(filter, at);
    const parts = conditionOf({ resources }, at, {}, scope);
    const kinds = (resources.kinds ?? []).length > 0 ? [isRequestKind(filter, at)] : [];
    const operations = resources.operations ?? [];
    const list = `[${operations.map(quote).join(", ")}]`;
    const asked = operations.length > 0 ? [relation("request.operation", "in", list)] : [];
    const demands = [...kinds, ...asked, ...parts, ...users];
    // An empty filter excludes nothing.
    return demands.length === 0 ? FALSE : and(...demands);
  });
  return mode === "any" ? or(...each) : and(...each);
}

/** Who asks; in background scans nobody does, and nothing is excluded by it. */
function subjectsMeet(
  { subjects = [], roles = [], clusterRoles = [] }: ResourceFilter,
  path: string,
): readonly CelText[] {
  if (roles.length + clusterRoles.length > 0)
    throw new NotConvertible(path, "the roles of who asks are not known to CEL");
  if (subjects.length === 0) return [];
  const username = "request.?userInfo.?username.orValue('')";
  const each = subjects.map(({ kind, name, namespace = "" }) => {
    if (kind === "User") return matchesText(username, name);
    if (kind === "ServiceAccount") return matchesText(username, `system:serviceaccount:${namespace}:${name}`);
    return atom(`request.?userInfo.?groups.orValue([]).exists(group, ${matchesText("group", name).text})`);
  });
  return [or(...each)];
}

function rulesOf(kinds: readonly MatchedKind[]): readonly Value[] {
  const rules = new Map<
    string,
    { apiGroups: string[]; apiVersions: string[]; operations: string[]; resources: string[] }
  >();
  for (const { group, version: described, resource, operations, isOfAnyVersion } of kinds) {
    const version = isOfAnyVersion === true ? "*" : described;
    const key = JSON.stringify([group, version, operations]);
    const rule = rules.get(key) ?? {
      apiGroups: [group],
      apiVersions: [version],
      operations: [...operations],
      resources: [],
    };
    rules.set(key, rule);
    if (!rule.resources.includes(resource)) rule.resources.push(resource);
  }
  return [...rules.values()];
}
