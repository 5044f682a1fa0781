import {
  AmapError,
  isAmapError,
  isValueObject,
  readYaml,
  type Value,
  type ValueObject,
  writeYaml,
} from "../../base/index.ts";

/** The version of Kyverno's command-line files. */
const CLI_VERSION = "cli.kyverno.io/v1alpha1";

/** A part of a new file: what it is for, and its members. */
interface Section {
  readonly comment?: string;
  readonly members: ValueObject;
}

function writeSections(sections: readonly Section[]): string {
  return sections
    .map(({ comment, members }) => (comment === undefined ? "" : `# ${comment}\n`) + writeYaml(members))
    .join("");
}

/** What a new test is made of: paths, and results as `policy,rule,object,namespace,kind[,patched-object-file]`. */
export interface NewTest {
  readonly name: string;
  readonly policies: readonly string[];
  readonly resources: readonly string[];
  readonly values?: string;
  readonly results: readonly { readonly expected: "pass" | "fail" | "skip"; readonly text: string }[];
}

/**
 * A kyverno-test.yaml, in the fields of today.
 * @throws {AmapError} USAGE for a result with another number of parts
 */
export function writeNewTest({ name, policies, resources, values, results }: NewTest): string {
  return writeSections([
    { members: { apiVersion: CLI_VERSION, kind: "Test" } },
    { members: { metadata: { name } } },
    { comment: "Files and folders with policies, relative to this file.", members: { policies } },
    { comment: "Files and folders with objects.", members: { resources } },
    ...(values === undefined ? [] : [{ comment: "The values file.", members: { variables: values } }]),
    { comment: "What is expected.", members: { results: results.map(resultOf) } },
  ]);
}

function resultOf({ expected, text }: NewTest["results"][number]): ValueObject {
  const parts = text.split(",");
  const [policy = "", rule = "", resource = "", namespace = "", kind = "", patched] = parts;
  if (parts.length !== 5 && parts.length !== 6) {
    throw usage(`--${expected}`, "policy,rule,object,namespace,kind and perhaps a file with the patched object", text);
  }
  return {
    policy,
    ...(rule === "" ? {} : { rule }),
    resources: [namespace === "" ? resource : `${namespace}/${resource}`],
    kind,
    result: expected,
    ...(patched === undefined ? {} : { patchedResources: patched }),
  };
}

/** What a new values file is made of. */
export interface NewValues {
  /** `key=value` */
  readonly globals: readonly string[];
  /** `namespace,key=value,…` */
  readonly namespaces: readonly string[];
  /** `policy,rule,key=value,…` */
  readonly rules: readonly string[];
  /** `policy,object,key=value,…` */
  readonly resources: readonly string[];
}

/**
 * A values file. A policy that is named twice has one entry, for of two entries only the later would count. Values are
 * read as YAML scalars, as they would be from the file: `true` is a boolean, `"true"` a text.
 * @throws {AmapError} USAGE for a part that is missing or is no key=value
 */
export function writeNewValues({ globals, namespaces, rules, resources }: NewValues): string {
  const policies = new Map<string, { rules: Map<string, ValueObject>; resources: Map<string, ValueObject> }>();
  for (const [flag, texts] of [["rules", rules] as const, ["resources", resources] as const]) {
    for (const text of texts) {
      const [policy = "", name, ...values] = text.split(",");
      const option = flag === "rules" ? "--rule" : "--resource";
      if (name === undefined) throw usage(option, "policy,name,key=value,…", text);
      const entry = policies.get(policy) ?? { rules: new Map(), resources: new Map() };
      policies.set(policy, entry);
      entry[flag].set(name, { ...entry[flag].get(name), ...pairs(option, values, scalarOf) });
    }
  }
  const named = (entries: ReadonlyMap<string, ValueObject>): readonly Value[] =>
    [...entries].map(([name, values]) => ({ name, values }));
  return writeSections([
    { members: { apiVersion: CLI_VERSION, kind: "Values" } },
    { comment: "Values for all policies.", members: { globalValues: pairs("--global", globals, scalarOf) } },
    {
      comment: "Values for one policy, by rule or by object.",
      members: {
        policies: [...policies].map(([name, entry]) => ({
          name,
          ...(entry.rules.size === 0 ? {} : { rules: named(entry.rules) }),
          ...(entry.resources.size === 0 ? {} : { resources: named(entry.resources) }),
        })),
      },
    },
    {
      comment: "Labels of namespaces.",
      members: {
        namespaceSelector: namespaces.map((text) => {
          const [name = "", ...labels] = text.split(",");
          if (labels.length === 0) throw usage("--ns-selector", "namespace,key=value,…", text);
          return { name, labels: pairs("--ns-selector", labels, (value) => value) };
        }),
      },
    },
  ]);
}

function pairs(option: string, texts: readonly string[], read: (text: string) => Value): ValueObject {
  const found = new Map<string, Value>();
  for (const text of texts) {
    const at = text.indexOf("=");
    if (at <= 0) throw usage(option, "key=value", text);
    found.set(text.slice(0, at), read(text.slice(at + 1)));
  }
  return Object.fromEntries(found);
}

/** What a text means as a YAML scalar; anything else is the text itself. */
function scalarOf(text: string): Value {
  try {
    const [value, ...others] = readYaml(text);
    if (value === undefined || value === null || others.length > 0) return text;
    return isValueObject(value) || Array.isArray(value) ? text : value;
  } catch (error) {
    if (!isAmapError(error)) throw error;
    return text;
  }
}

/** Who sends requests. */
export interface NewUserInfo {
  readonly username: string;
  readonly roles: readonly string[];
  readonly clusterRoles: readonly string[];
  readonly groups: readonly string[];
}

/** A user info file. */
export function writeNewUserInfo({ username, roles, clusterRoles, groups }: NewUserInfo): string {
  return writeSections([
    { members: { apiVersion: CLI_VERSION, kind: "UserInfo" } },
    { comment: "The user's Roles, as namespace:name.", members: { roles } },
    { comment: "The user's ClusterRoles.", members: { clusterRoles } },
    { comment: "The user.", members: { userInfo: { username, groups } } },
  ]);
}

/** What a new PolicyException is made of. */
export interface NewException {
  readonly name: string;
  readonly namespace: string;
  readonly isBackground: boolean;
  /** `policy,rule,…` */
  readonly policyRules: readonly string[];
  /** `kind=Pod,name=web,…` */
  readonly any: readonly string[];
  readonly all: readonly string[];
}

/**
 * A PolicyException.
 * @throws {AmapError} USAGE for a policy without rules, a filter's key that there is none of
 */
export function writeNewException(given: NewException): string {
  const { name, namespace, isBackground, policyRules, any, all } = given;
  const exceptions = policyRules.map((text) => {
    const [policyName = "", ...ruleNames] = text.split(",");
    if (ruleNames.length === 0) throw usage("--policy-rules", "policy,rule,…", text);
    return { policyName, ruleNames };
  });
  const match = {
    ...(any.length === 0 ? {} : { any: any.map((text) => filterOf("--any", text)) }),
    ...(all.length === 0 ? {} : { all: all.map((text) => filterOf("--all", text)) }),
  };
  return writeYaml({
    apiVersion: "kyverno.io/v2",
    kind: "PolicyException",
    metadata: { name, namespace },
    spec: { background: isBackground, exceptions, match },
  });
}

const FILTER_FIELDS: ReadonlyMap<string, string> = new Map([
  ["kind", "kinds"],
  ["name", "names"],
  ["namespace", "namespaces"],
  ["operation", "operations"],
]);

function filterOf(option: string, text: string): ValueObject {
  const resources = new Map<string, string[]>();
  for (const part of text.split(",")) {
    const [key = "", value, ...more] = part.split("=");
    const field = FILTER_FIELDS.get(key);
    if (field === undefined || value === undefined || more.length > 0) {
      throw usage(option, [...FILTER_FIELDS.keys()].map((each) => `${each}=…`).join(", "), part);
    }
    resources.set(field, [...(resources.get(field) ?? []), value]);
  }
  return { resources: Object.fromEntries(resources) };
}

/** Which namespaces Kyverno's metrics are about. */
export interface NewMetricsConfiguration {
  readonly name: string;
  readonly namespace: string;
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}

/** The ConfigMap with the settings of Kyverno's metrics. */
export function writeNewMetricsConfiguration({ name, namespace, include, exclude }: NewMetricsConfiguration): string {
  const namespaces = {
    ...(include.length === 0 ? {} : { include }),
    ...(exclude.length === 0 ? {} : { exclude }),
  };
  return writeYaml({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, namespace },
    data: { namespaces: `${JSON.stringify(namespaces, undefined, 2)}\n` },
  });
}

/** What a new ClusterRole lets Kyverno's controllers do. */
export interface NewClusterRole {
  readonly name: string;
  readonly apiGroup: string;
  readonly resources: readonly string[];
  /** `all` first stands for every verb. */
  readonly verbs: readonly string[];
  readonly controllers: readonly string[];
}

const ALL_VERBS = ["create", "get", "update", "delete", "list", "watch"] as const;

/**
 * A ClusterRole whose rights are added to those of Kyverno's controllers.
 * @throws {AmapError} USAGE for an empty name or list
 */
export function writeNewClusterRole({ name, apiGroup, resources, verbs, controllers }: NewClusterRole): string {
  for (const [what, texts] of Object.entries({ name: [name], resources, verbs, controllers })) {
    if (texts.length === 0 || texts.includes("")) throw new AmapError("USAGE", `${what}: expected a name, found none`);
  }
  const labels = controllers.map((each) => [`rbac.kyverno.io/aggregate-to-${each}`, "true"] as const);
  return writeYaml({
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRole",
    metadata: { name: `kyverno-${name}-permission`, labels: Object.fromEntries(labels) },
    rules: [{ apiGroups: [apiGroup], resources, verbs: verbs[0] === "all" ? ALL_VERBS : verbs }],
  });
}

function usage(option: string, expected: string, found: string): AmapError {
  return new AmapError("USAGE", `${option}: expected ${expected}, found "${found}"`);
}
