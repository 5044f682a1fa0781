/** What a row of the tables of admission policies says, and short ways to write one. */
import type { Value } from "../../src/base/index.ts";
import type { Operation } from "../../src/policy/index.ts";
import type { ObjectName } from "./admission-policies-objects.ts";

type Fields = Readonly<Record<string, Value>>;

/** What the API server is expected to do. `warned` and `audited`: it lets the request through and says something. */
export type Expected = "admitted" | "denied" | "warned" | "audited" | "changed" | "unchanged";

/** One request, made when the row's policies are in force. */
export interface RequestRow {
  readonly of: ObjectName;
  readonly operation: Operation;
  readonly subresource?: string;
  /** Merged into the object (RFC 7386) before it is stored: what an update, a deletion or a connection finds. */
  readonly stored?: Fields;
  /** Merged into what is sent. */
  readonly change?: Fields;
  /** What is sent to a subresource whose object is of its own kind. */
  readonly body?: Fields;
  /** Asked in this version instead of the object's own. */
  readonly version?: string;
  readonly expected: Expected;
}

interface BindingRow {
  /** `Deny` when left out; not of mutating policies. */
  readonly validationActions?: readonly ("Deny" | "Warn" | "Audit")[];
  readonly paramRef?: Fields;
  readonly matchResources?: Fields;
}

/** A policy, its bindings, and what they lead to. All that it is about is in a namespace of its own. */
export interface PolicyRow {
  /** Of the policy and the namespace. */
  readonly name: string;
  readonly spec: Fields;
  /** A further policy: it is called `NAME-2`. */
  readonly further?: { readonly spec: Fields; readonly bindings?: readonly BindingRow[] };
  /** One that denies when left out. They are called `NAME-0`, `NAME-1`, … */
  readonly bindings?: readonly BindingRow[];
  /** Labels of the row's namespace. */
  readonly namespaceLabels?: Readonly<Record<string, string>>;
  /** Objects that are there before: in the row's namespace, but for those that name one or have none. */
  readonly params?: readonly Fields[];
  /** Its objects are outside namespaces: a label leads them to their policy. */
  readonly isClusterWide?: true;
  /** The server fills in what the policy's result leaves open: both results are compared as it stores them. */
  readonly isFilledIn?: true;
  readonly requests: readonly RequestRow[];
  /** Where amap says something else, and why: by the request's place, what is merged (RFC 7386) into the server's verdict. */
  readonly differs?: { readonly why: string; readonly amap: Readonly<Record<number, Fields>> };
}

/** What the rules name for short, in group and version. */
const GROUPS = {
  core: ["", "v1"],
  apps: ["apps", "v1"],
  batch: ["batch", "v1"],
  networking: ["networking.k8s.io", "v1"],
  rbac: ["rbac.authorization.k8s.io", "v1"],
  autoscaling: ["autoscaling", "v2"],
  policy: ["policy", "v1"],
  scheduling: ["scheduling.k8s.io", "v1"],
  storage: ["storage.k8s.io", "v1"],
  coordination: ["coordination.k8s.io", "v1"],
  shops: ["tests.amap.dev", "v1"],
} as const;

/** A rule: `rule("apps", "deployments/scale", ["UPDATE"])`. */
export function rule(
  group: keyof typeof GROUPS,
  resources: string,
  operations: readonly (Operation | "*")[] = ["CREATE"],
  more: Fields = {},
): Value {
  const [apiGroup, version] = GROUPS[group];
  return {
    apiGroups: [apiGroup],
    apiVersions: [version],
    operations: [...operations],
    resources: resources.split(" "),
    ...more,
  };
}

/** `matchConstraints` of these rules. */
export const on = (...resourceRules: readonly Value[]): Fields => ({ resourceRules: [...resourceRules] });

/** `validations` of these expressions. */
export const checks = (...expressions: readonly string[]): Value => expressions.map((expression) => ({ expression }));

/** `mutations` by these apply configurations. */
export const applies = (...expressions: readonly string[]): Value =>
  expressions.map((expression) => ({ patchType: "ApplyConfiguration", applyConfiguration: { expression } }));

/** `mutations` by these JSON patches. */
export const patches = (...expressions: readonly string[]): Value =>
  expressions.map((expression) => ({ patchType: "JSONPatch", jsonPatch: { expression } }));

/** `variables`. */
export const variables = (named: Readonly<Record<string, string>>): Value =>
  Object.entries(named).map(([name, expression]) => ({ name, expression }));

/** `matchConditions`. */
export const conditions = (...expressions: readonly string[]): Value =>
  expressions.map((expression, index) => ({ name: `condition-${index}`, expression }));

export const create = (of: ObjectName, expected: Expected, change: Fields = {}, more: Partial<RequestRow> = {}) =>
  ({ of, operation: "CREATE", change, expected, ...more }) as const satisfies RequestRow;

export const update = (of: ObjectName, expected: Expected, change: Fields = {}, more: Partial<RequestRow> = {}) =>
  ({ of, operation: "UPDATE", change, expected, ...more }) as const satisfies RequestRow;

export const remove = (of: ObjectName, expected: Expected, stored: Fields = {}) =>
  ({ of, operation: "DELETE", stored, expected }) as const satisfies RequestRow;

/** A ConfigMap of settings. */
export const settings = (name: string, data: Readonly<Record<string, string>>, labels: Fields = {}): Fields => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, labels },
  data,
});
