import { compareText } from "../../base/index.ts";
import type { Plan } from "./plan.ts";

/** admissionregistration.k8s.io/v1 RuleWithOperations, as a webhook configuration needs it. */
export interface WebhookRule {
  readonly apiGroups: readonly string[];
  readonly apiVersions: readonly string[];
  readonly resources: readonly string[];
  readonly operations: readonly string[];
  readonly scope: "*";
}

/**
 * The requests that the API server must send so that every plan sees what it matches: the plans' own rules with what
 * autogen adds, and for pods their ephemeral containers (C14). Rules over the same groups, versions and operations are
 * joined and everything is sorted: equal needs give equal rules. Selectors and conditions are left to the engine; a
 * webhook that is asked too often is slow, one that is asked too seldom is a hole.
 *
 * @example
 * ```ts
 * import { webhookRulesOf } from "../index.ts";
 * webhookRulesOf([]); // []
 * ```
 */
export function webhookRulesOf(plans: readonly Plan[]): readonly WebhookRule[] {
  const joined = new Map<string, { readonly rule: Omit<WebhookRule, "resources">; readonly resources: Set<string> }>();
  for (const rule of plans.flatMap(({ match }) => match.targets.flatMap(({ rules }) => rules))) {
    const head = {
      apiGroups: sortedOf(rule.apiGroups),
      apiVersions: sortedOf(rule.apiVersions),
      operations: sortedOf(rule.operations),
      scope: "*" as const,
    };
    const key = JSON.stringify(head);
    const entry = joined.get(key) ?? { rule: head, resources: new Set<string>() };
    joined.set(key, entry);
    for (const resource of rule.resources) for (const name of withDebugContainers(resource)) entry.resources.add(name);
  }
  return [...joined.entries()]
    .sort(([a], [b]) => compareText(a, b))
    .map(([, { rule, resources }]) => ({ ...rule, resources: minimal(resources) }));
}

function withDebugContainers(resource: string): readonly string[] {
  return resource === "pods" || resource === "*" ? [resource, "pods/ephemeralcontainers"] : [resource];
}

/** The API server refuses a list in which one entry holds another: star over everything stands alone. */
function minimal(resources: ReadonlySet<string>): readonly string[] {
  if (resources.has("*/*")) return ["*/*"];
  const covers = (wide: string, narrow: string): boolean => {
    if (wide === narrow) return false;
    if (wide === "*") return !narrow.includes("/");
    const [resource = "", subresource] = wide.split("/");
    if (subresource === "*") return narrow.startsWith(`${resource}/`);
    return resource === "*" && narrow.endsWith(`/${subresource}`);
  };
  const all = [...resources];
  // Not sortedOf: of resources `*` means those without subresources only.
  return all.filter((narrow) => !all.some((wide) => covers(wide, narrow))).sort(compareText);
}

function sortedOf(values: readonly string[]): readonly string[] {
  return values.includes("*") ? ["*"] : [...new Set(values)].sort(compareText);
}
