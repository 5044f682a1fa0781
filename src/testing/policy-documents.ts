import fc from "fast-check";
import { memberOf, type Value, type ValueObject } from "../base/index.ts";

/** Arbitrary kyverno.io policies and the objects they are about; the small vocabulary makes them meet. */

const record = <T extends object>(members: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<ValueObject> =>
  fc.record(members, { requiredKeys: [] }) as unknown as fc.Arbitrary<ValueObject>;
const dictionary = (key: fc.Arbitrary<string>, value: fc.Arbitrary<Value>, maxKeys = 3): fc.Arbitrary<ValueObject> =>
  fc.dictionary(key, value, { maxKeys, noNullPrototype: true });

const word = fc.constantFrom("web", "db", "red", "a", "b", "");
const image = fc.constantFrom("nginx", "nginx:latest", "ghcr.io/shop/web:v1", "registry:5000/a@b", "");
const quantity = fc.constantFrom<Value>("100m", "1", "1Gi", "512Mi", 1, 0.5, "2e3", "x");

const container = record({
  name: word,
  image,
  env: fc.array(record({ name: word, value: word }), { maxLength: 2 }),
  resources: record({ limits: record({ cpu: quantity, memory: quantity }) }),
  securityContext: record({ privileged: fc.boolean(), runAsUser: fc.constantFrom<Value>(0, 1_000, "0", null) }),
});

/** What a Pod has, its metadata but for the name. */
export function podParts(text: fc.Arbitrary<string> = word): fc.Arbitrary<ValueObject> {
  return record({
    labels: dictionary(fc.constantFrom("app", "team", "a.b/c"), text),
    annotations: dictionary(fc.constantFrom("note", "a.b/c"), text),
    spec: record({
      containers: fc.array(container, { maxLength: 3 }),
      initContainers: fc.array(container, { maxLength: 1 }),
      hostNetwork: fc.constantFrom<Value>(true, false, "true", null),
      replicas: fc.constantFrom<Value>(0, 1, 2.5, "3", 2n ** 60n),
    }),
  });
}

/** A Pod of these parts. */
export function podOf({ labels, annotations, spec }: ValueObject): ValueObject {
  const parts = { ...(labels === undefined ? {} : { labels }), ...(annotations === undefined ? {} : { annotations }) };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "web", namespace: "shop", ...parts },
    ...(spec === undefined ? {} : { spec }),
  };
}

/** Expressions that give values, fail, look for what is not there, or read what is loaded. */
const expression = fc.constantFrom(
  "request.object.metadata.name",
  "request.object.metadata.labels.app",
  "request.object.metadata.labels.app || 'none'",
  "request.object.spec.containers[].image",
  "request.object.spec.containers[].image | [0]",
  "length(request.object.spec.containers || `[]`)",
  "request.operation",
  "request.object.spec",
  "images.containers.*.registry",
  "to_upper(request.object.metadata.name)",
  "to_upper(`1`)",
  "random('[a-z]{3}')",
  "settings.data.mode",
  "settings.data.missing",
  "pods.items[].metadata.name",
  "pods",
  "derived",
  "derived || 'x'",
  "second",
);
const template = expression.map((text) => `{{ ${text} }}`);
const scalarPattern = fc.constantFrom<Value>(
  "?*",
  "*",
  "!*:latest",
  "nginx*",
  "web | db",
  ">=1",
  "100m-2",
  "<1Gi",
  "!",
  "",
  1,
  true,
  null,
  "$(../name)",
);

/** What may stand for a scalar in a policy. */
const leaf = fc.oneof({ weight: 3, arbitrary: scalarPattern }, { weight: 1, arbitrary: template });
/** Anchors of patterns, of lists in patterns, and of patches. */
const ANCHORS = { pattern: ["(", "=(", "X(", "<("], list: ["(", "=(", "^("], patch: ["(", "+(", "<("] } as const;

function anchored(name: string, kind: keyof typeof ANCHORS): fc.Arbitrary<string> {
  const opening = fc.oneof(
    { weight: 3, arbitrary: fc.constant("") },
    { weight: 2, arbitrary: fc.constantFrom(...ANCHORS[kind]) },
  );
  return opening.map((open) => (open === "" ? name : `${open}${name})`));
}

/** An object whose keys may have anchors. */
function anchoredMap(
  members: { readonly [name: string]: fc.Arbitrary<Value> },
  kind: keyof typeof ANCHORS = "pattern",
): fc.Arbitrary<ValueObject> {
  const entries = Object.entries(members).map(([name, value]) => {
    const isList = name === "containers" && kind === "pattern";
    return fc.option(fc.tuple(anchored(name, isList ? "list" : kind), value), { freq: 3 });
  });
  return fc.tuple(...entries).map((found) => Object.fromEntries(found.filter((entry) => entry !== null)));
}

const containerPattern = anchoredMap({
  name: leaf,
  image: leaf,
  resources: anchoredMap({ limits: anchoredMap({ cpu: leaf, memory: leaf }) }),
  securityContext: anchoredMap({ privileged: leaf, runAsUser: leaf }),
});
const metadataPattern = anchoredMap({
  labels: dictionary(fc.constantFrom("app", "team", "a*", "(app)", "=(team)"), leaf, 2),
  annotations: dictionary(fc.constantFrom("note", "=(note)", "a.b/*"), leaf, 2),
});
const specPattern = anchoredMap({
  containers: fc.array(containerPattern, { minLength: 1, maxLength: 2 }),
  hostNetwork: leaf,
  replicas: leaf,
});

/** Patterns of Pods. */
export const podPattern: fc.Arbitrary<ValueObject> = anchoredMap({ metadata: metadataPattern, spec: specPattern });

const operator = fc.constantFrom("Equals", "NotEquals", "AnyIn", "AllNotIn", "AnyNotIn", "GreaterThan", "LessThan");
const condition = fc.record({
  key: fc.oneof(template, word),
  operator,
  value: fc.oneof<fc.Arbitrary<Value>[]>(template, word, fc.array(word, { maxLength: 3 }), quantity),
}) as unknown as fc.Arbitrary<ValueObject>;
const conditions = record({
  any: fc.array(condition, { minLength: 1, maxLength: 2 }),
  all: fc.array(condition, { maxLength: 2 }),
});

const loopList = fc.constantFrom(
  "request.object.spec.containers",
  "request.object.spec.containers[].image",
  "pods.items",
  "request.object.missing",
  "`[1, null, {}]`",
);
const elementTemplate = fc.constantFrom(
  "{{ element.image }}",
  "{{ element }}",
  "{{ elementIndex }}",
  "{{ element0.name }}",
);
const elementCondition = fc.record({ key: elementTemplate, operator, value: fc.oneof(word, image) });
const denyElement = fc.record({ deny: fc.record({ conditions: fc.record({ any: fc.tuple(elementCondition) }) }) });

const message = fc.option(fc.oneof(fc.constant("no"), template), { nil: "" });
const validation = fc.oneof(
  fc.record({ message, pattern: podPattern }),
  fc.record({ message, anyPattern: fc.array(podPattern, { minLength: 1, maxLength: 3 }) }),
  fc.record({ message, deny: fc.record({ conditions }) }),
  fc.tuple(loopList, denyElement).map(([list, inner]) => ({ foreach: [{ list, ...inner }] })),
  fc.tuple(loopList, containerPattern).map(([list, pattern]) => ({ foreach: [{ list, elementScope: true, pattern }] })),
  fc.record({
    podSecurity: fc.record({ level: fc.constantFrom("baseline", "restricted"), version: fc.constant("latest") }),
  }),
  fc
    .constantFrom("has(object.spec)", "object.metadata.name == 'web'", "object.spec.containers.all(c, c.image != '')")
    .map((text) => ({ cel: { expressions: [{ expression: text, message: "cel" }] } })),
) as unknown as fc.Arbitrary<ValueObject>;

const patchLabels = dictionary(fc.constantFrom("app", "+(team)", "(app)", "x"), leaf, 2);
const patchMap = anchoredMap(
  {
    metadata: anchoredMap({ labels: patchLabels }, "patch"),
    spec: anchoredMap(
      {
        containers: fc.array(anchoredMap({ name: leaf, image: leaf }, "patch"), { maxLength: 2 }),
        replicas: leaf,
      },
      "patch",
    ),
  },
  "patch",
);
const operation = fc.record({
  op: fc.constantFrom("add", "remove", "replace", "copy", "move", "test"),
  path: fc.constantFrom(
    "/metadata/labels/app",
    "/spec/containers/0/image",
    "/spec/containers/-",
    "/spec/x",
    "/metadata/labels/a.b~1c",
  ),
  from: fc.constantFrom("/metadata/labels", "/spec"),
  value: fc.oneof(word, template),
});
const patch = fc.oneof(
  fc.record({ patchStrategicMerge: patchMap }),
  fc.array(operation, { minLength: 1, maxLength: 3 }).map((list) => ({ patchesJson6902: JSON.stringify(list) })),
);
const mutation = fc.oneof(
  patch,
  fc.tuple(loopList, patch).map(([list, inner]) => ({ foreach: [{ list, ...inner }] })),
  patch.map((inner) => ({
    targets: [{ apiVersion: "v1", kind: "ConfigMap", name: "settings", namespace: "shop" }],
    ...inner,
  })),
) as unknown as fc.Arbitrary<ValueObject>;

const generation = fc
  .oneof(
    fc.record({ data: fc.record({ data: dictionary(fc.constantFrom("a", "b"), fc.oneof(word, template)) }) }),
    fc.constant({ clone: { name: "settings", namespace: "shop" } }),
  )
  .map((what) => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    name: "made",
    namespace: "{{ request.object.metadata.namespace }}",
    ...what,
  })) as unknown as fc.Arbitrary<ValueObject>;

const CONTEXT: readonly ValueObject[] = [
  { name: "settings", configMap: { name: "settings", namespace: "shop" } },
  { name: "pods", apiCall: { urlPath: "/api/v1/namespaces/shop/pods" } },
  { name: "derived", variable: { jmesPath: "settings.data.mode", default: "off" } },
  { name: "second", apiCall: { urlPath: "/api/v1/namespaces/{{ settings.data.mode }}/pods", jmesPath: "items[0]" } },
];

const MATCH: ValueObject = { any: [{ resources: { kinds: ["Pod"] } }] };

function ruleOf(body: fc.Arbitrary<ValueObject>): fc.Arbitrary<ValueObject> {
  return fc
    .tuple(body, fc.oneof({ weight: 2, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: conditions }))
    .map(([parts, preconditions]) => ({
      match: MATCH,
      // CEL does not see them.
      ...(memberOf(parts["validate"] ?? null, "cel") === undefined ? { context: CONTEXT } : {}),
      ...(preconditions === undefined ? {} : { preconditions }),
      ...parts,
    }));
}

export const validateRule = ruleOf(validation.map((validate) => ({ validate })));
export const mutateRule = ruleOf(mutation.map((mutate) => ({ mutate })));
const generateRule = ruleOf(generation.map((generate) => ({ generate })));

/** Rules of every kind. */
export const anyRule: fc.Arbitrary<ValueObject> = fc.oneof(
  { weight: 4, arbitrary: validateRule },
  { weight: 3, arbitrary: mutateRule },
  { weight: 1, arbitrary: generateRule },
);

/** A ClusterPolicy of these rules, named r0, r1… */
export function policyOf(rules: readonly ValueObject[], spec: ValueObject = {}): ValueObject {
  return {
    apiVersion: "kyverno.io/v1",
    kind: "ClusterPolicy",
    metadata: { name: "generated" },
    spec: { background: false, ...spec, rules: rules.map((rule, index) => ({ name: `r${index}`, ...rule })) },
  };
}

export const anyPolicy: fc.Arbitrary<ValueObject> = fc
  .tuple(fc.array(anyRule, { minLength: 1, maxLength: 4 }), fc.constantFrom<ValueObject>({}, {}, { applyRules: "One" }))
  .map(([rules, spec]) => policyOf(rules, spec));

export const anyPod: fc.Arbitrary<ValueObject> = podParts().map(podOf);
