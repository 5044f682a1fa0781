import assert from "node:assert/strict";
import { test } from "node:test";
import { Ajv } from "ajv";
import fc from "fast-check";
import { compareText, isValueObject, memberOf, type Value, type ValueObject } from "../../../base/index.ts";
import { encodeCrd, type ResourceKind } from "../crd.ts";
import { ADMISSION_KINDS, CEL_KINDS } from "../policies/kinds.ts";
import { joinPath, type ObjectSchema, type Schema, validateResource } from "../schema.ts";
import { CLEANUP_POLICY_VERSIONS } from "./cleanup-policy.ts";
import { CLUSTER_POLICY_VERSIONS } from "./cluster-policy.ts";
import { GLOBAL_CONTEXT_ENTRY_VERSIONS } from "./global-context-entry.ts";
import { CLI_FILE_KINDS, KYVERNO_KINDS } from "./kinds.ts";
import { POLICY_EXCEPTION_VERSIONS } from "./policy-exception.ts";

const at = (value: Value | undefined, ...path: readonly string[]): Value =>
  path.reduce<Value>((inner, key) => memberOf(inner, key) ?? null, value ?? null);

const versionsOf = (kind: ResourceKind): readonly ValueObject[] =>
  at(encodeCrd(kind), "spec", "versions") as unknown as readonly ValueObject[];

const rootOf = (kind: ResourceKind): Value => at(versionsOf(kind)[0], "schema", "openAPIV3Schema");

const KINDS = new Map(KYVERNO_KINDS.map((kind) => [kind.kind, kind]));
const kindOf = (name: string): ResourceKind => KINDS.get(name) ?? assert.fail(name);

/** An object of a kind's schema: the schema, and a value with that object in it, made by a function of the object. */
interface Spot {
  readonly schema: ObjectSchema;
  readonly path: string;
  /** Whether the CRD must leave it open: it is read in any case, or is inside what no structural schema can say. */
  readonly open: boolean;
  readonly wrap: (inner: Value) => Value;
}

/** Every object in a schema, those inside themselves once more. */
function spotsOf(schema: Schema, place: Omit<Spot, "schema">, above: readonly Schema[] = []): readonly Spot[] {
  const { path, open, wrap } = place;
  switch (schema.kind) {
    case "object": {
      const own = { schema, path, open: open || schema.anyCase, wrap };
      if (above.includes(schema)) return [own];
      const inner = Object.entries(schema.fields).flatMap(([name, field]) =>
        spotsOf(field.schema, { path: joinPath(path, name), open, wrap: (value) => wrap({ [name]: value }) }, [
          ...above,
          schema,
        ]),
      );
      return [own, ...inner];
    }
    case "list":
      return spotsOf(schema.item, { path: `${path}[0]`, open, wrap: (value) => wrap([value]) }, above);
    case "map":
      return spotsOf(schema.value, { path: joinPath(path, "key"), open, wrap: (value) => wrap({ key: value }) }, above);
    case "recursive":
      return spotsOf(schema.make(), { path, open: true, wrap }, above);
    case "union":
      return schema.members.flatMap((member) => spotsOf(member, { path, open: true, wrap }, above));
    default:
      return [];
  }
}

/** The fields of a value that an API server's strict validation finds unknown by a CRD's schema. */
function unknownToServer(value: Value, schema: Value, path: string): readonly string[] {
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => unknownToServer(item, at(schema, "items"), `${path}[${index}]`));
  }
  if (!isValueObject(value) || !isValueObject(schema)) return [];
  const keeps = schema["x-kubernetes-preserve-unknown-fields"] === true;
  const { properties, additionalProperties } = schema;
  return Object.entries(value).flatMap(([key, member]) => {
    const named = memberOf(properties ?? null, key) ?? additionalProperties;
    if (named !== undefined) return unknownToServer(member, named, joinPath(path, key));
    return keeps ? [] : [joinPath(path, key)];
  });
}

const unknownToAmap = (value: Value, schema: Schema): readonly string[] =>
  validateResource(value, schema)
    .filter(({ message }) => message.startsWith("unknown field"))
    .map(({ path }) => path);

/** The kind without what the API server itself says of every object, and without its status. */
function ownSchema({ schema }: ResourceKind): ObjectSchema {
  const { apiVersion: _version, kind: _kind, metadata: _metadata, status: _status, ...own } = schema.fields;
  return { ...schema, fields: own };
}

for (const kind of [...KYVERNO_KINDS, ...CEL_KINDS]) {
  const own = ownSchema(kind);
  const root = rootOf(kind);
  const spots = spotsOf(own, { path: "", open: false, wrap: (value) => value });

  test(`law: ${kind.group} ${kind.kind}: a field is unknown to amap and to the API server alike, but where the CRD must be open`, () => {
    assert.ok(spots.length >= 4);
    for (const { schema, path, open, wrap } of spots) {
      const strange = wrap({ strangeField: 1 });
      assert.deepEqual(unknownToAmap(strange, own), [joinPath(path, "strangeField")], path);
      assert.deepEqual(unknownToServer(strange, root, ""), open ? [] : [joinPath(path, "strangeField")], path);
      for (const name of Object.keys(schema.fields)) {
        const value = wrap({ [name]: null });
        assert.deepEqual([...unknownToAmap(value, own), ...unknownToServer(value, root, "")], [], `${path} ${name}`);
      }
    }
  });

  test(`law: ${kind.group} ${kind.kind}: keys that are no fields, prototypes' too, are unknown to both`, () => {
    const closed = spots.filter(({ open }) => !open);
    const key = fc.oneof(fc.string(), fc.constantFrom("constructor", "toString", "Spec", "spec ", "hasOwnProperty"));
    fc.assert(
      fc.property(fc.constantFrom(...closed), key, ({ schema, path, wrap }, name) => {
        fc.pre(!Object.hasOwn(schema.fields, name) && name !== "__proto__");
        fc.pre(path !== "" || !["apiVersion", "kind", "metadata", "status"].includes(name));
        const value = wrap({ [name]: 1 });
        assert.deepEqual(unknownToAmap(value, own), [joinPath(path, name)]);
        assert.deepEqual(unknownToServer(value, root, ""), [joinPath(path, name)]);
      }),
      { numRuns: 200 },
    );
  });

  test(`${kind.group} ${kind.kind}: one version is stored, all have the same fields, and each is one that amap reads`, () => {
    const versions = versionsOf(kind);
    assert.equal(versions.filter(({ storage }) => storage === true).length, 1);
    for (const { schema } of versions) assert.deepEqual(schema, versions[0]?.["schema"]);
    for (const { name } of kind.versions) {
      const issues = validateResource({ apiVersion: `${kind.group}/${name}`, kind: kind.kind }, kind.schema);
      assert.deepEqual(
        issues.filter(({ path }) => path === "apiVersion" || path === "kind"),
        [],
      );
    }
  });
}

/** The CRD's schema of a whole object as an API server judges by it, but for unknown fields and choices near the root. */
function serverCheck(kind: ResourceKind): (object: Value) => boolean {
  const ajv = new Ajv({ strict: false, validateFormats: false });
  const validate = ajv.compile(rootOf(kind) as object);
  return (object) => validate(object);
}

const GOOD_RULE: ValueObject = {
  name: "r",
  match: { any: [{ resources: { kinds: ["Pod"], selector: { matchExpressions: [{ key: "a", operator: "In" }] } } }] },
  context: [
    { name: "map", configMap: { name: "m" } },
    { name: "call", apiCall: { urlPath: "/a", data: [{ key: "k", value: 1 }], service: { url: "u" } } },
  ],
  preconditions: { all: [{ key: 1, operator: "Equals", value: 1 }] },
  validate: {
    failureAction: "Audit",
    foreach: [{ list: "a", elementScope: true, foreach: [{ list: "b", pattern: {} }] }],
    podSecurity: { level: "baseline", exclude: [{ controlName: "Sysctls" }] },
  },
  mutate: { targets: [{ kind: "Secret" }], patchStrategicMerge: { a: 1 } },
  verifyImages: [{ imageReferences: ["*"], attestors: [{ count: 1, entries: [{ keys: { publicKeys: "p" } }] }] }],
};
const GOOD_POLICY: ValueObject = { spec: { background: true, rules: [GOOD_RULE], webhookTimeoutSeconds: 5 } };

/** The same value with the node at one place replaced, or taken away. */
function replaceAt(value: Value, [step = 0, ...rest]: readonly number[], by: Value | undefined): Value {
  const children = Array.isArray(value) ? [...value.entries()] : isValueObject(value) ? Object.entries(value) : [];
  if (children.length === 0) return by ?? "gone";
  const [chosen, inner] = children[step % children.length] as [string | number, Value];
  const changed = rest.length === 0 ? by : replaceAt(inner, rest, by);
  const kept = children.flatMap(([key, child]): [string | number, Value][] => {
    if (key !== chosen) return [[key, child]];
    return changed === undefined ? [] : [[key, changed]];
  });
  return Array.isArray(value) ? kept.map(([, child]) => child) : Object.fromEntries(kept);
}

test("property: the API server refuses a policy exactly when amap's schema does, but for unknown fields and open places", () => {
  const kind = kindOf("ClusterPolicy");
  const own = ownSchema(kind);
  const serverAccepts = serverCheck(kind);
  const open = spotsOf(own, { path: "", open: false, wrap: (value) => value }).filter((spot) => spot.open);
  const isOpen = (path: string): boolean => {
    const first = path.replaceAll(/\[\d+\]/g, "[0]");
    return open.some(
      (spot) => first === spot.path || first.startsWith(`${spot.path}.`) || first.startsWith(`${spot.path}[`),
    );
  };
  const path = fc.array(fc.nat(12), { minLength: 2, maxLength: 9 });
  const by = fc.option(
    fc.constantFrom<Value>("", "Audit", "In", 0, -1, 7, true, [], {}, ["Pod"], [{}], [[]], { name: "n" }, [
      { name: "n" },
    ]),
    { nil: undefined },
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(path, by), { minLength: 1, maxLength: 3 }), (changes) => {
      const policy = changes.reduce<Value>((value, [steps, part]) => replaceAt(value, steps, part), GOOD_POLICY);
      const wrong = validateResource(policy, own).filter(
        (issue) => !issue.message.startsWith("unknown field") && !isOpen(issue.path),
      );
      assert.equal(serverAccepts(policy), wrong.length === 0, JSON.stringify({ policy, wrong }));
    }),
    { numRuns: 500 },
  );
});

test("open places are those inside themselves, of several types, or read in any case", () => {
  const spots = spotsOf(ownSchema(kindOf("ClusterPolicy")), { path: "", open: false, wrap: (value) => value });
  const open = new Set(spots.filter((spot) => spot.open).map(({ path }) => path));
  const expected = [
    "spec.rules[0].preconditions",
    "spec.rules[0].preconditions[0]",
    "spec.rules[0].preconditions.any[0]",
    "spec.rules[0].validate.foreach[0].preconditions",
    "spec.rules[0].validate.foreach[0].foreach[0]",
    "spec.rules[0].verifyImages[0].attestations[0].conditions[0]",
  ];
  for (const path of expected) assert.ok(open.has(path), path);
  assert.ok(!open.has("spec.rules[0].validate.foreach[0]"));
  assert.ok(!open.has("spec.rules[0].verifyImages[0].attestors[0].entries[0]"));
});

const VERSIONS: readonly (readonly [kind: string, read: readonly string[], served: readonly string[]])[] = [
  ["ClusterPolicy", CLUSTER_POLICY_VERSIONS, ["v1", "v2beta1"]],
  ["Policy", CLUSTER_POLICY_VERSIONS, ["v1", "v2beta1"]],
  // Kyverno's cluster has dropped v2alpha1; its command line still reads it.
  ["PolicyException", POLICY_EXCEPTION_VERSIONS.slice(0, 2), ["v2", "v2beta1"]],
  ["CleanupPolicy", CLEANUP_POLICY_VERSIONS, ["v2", "v2beta1"]],
  ["ClusterCleanupPolicy", CLEANUP_POLICY_VERSIONS, ["v2", "v2beta1"]],
  ["GlobalContextEntry", GLOBAL_CONTEXT_ENTRY_VERSIONS, ["v2", "v2beta1", "v2alpha1"]],
];
for (const [name, read, served] of VERSIONS) {
  test(`${name} is served in the versions that amap reads`, () => {
    assert.deepEqual(
      versionsOf(kindOf(name)).map(({ name: version }) => version),
      served,
    );
    assert.deepEqual(
      served.map((version) => `kyverno.io/${version}`),
      read,
    );
  });
}

test("names, scopes and status are Kyverno's", () => {
  const found = [...KYVERNO_KINDS, ...CEL_KINDS].map(({ kind, plural, shortNames, scope, status, categories }) =>
    [kind, plural, shortNames.join(), scope, status === undefined ? "no status" : "status", categories.join()].join(
      " ",
    ),
  );
  assert.deepEqual(found, [
    "ClusterPolicy clusterpolicies cpol Cluster status kyverno",
    "Policy policies pol Namespaced status kyverno",
    "PolicyException policyexceptions polex Namespaced no status kyverno",
    "CleanupPolicy cleanuppolicies cleanpol Namespaced status kyverno",
    "ClusterCleanupPolicy clustercleanuppolicies ccleanpol Cluster status kyverno",
    "GlobalContextEntry globalcontextentries gctxentry Cluster status kyverno",
    "ValidatingPolicy validatingpolicies vpol Cluster status kyverno",
    "NamespacedValidatingPolicy namespacedvalidatingpolicies nvpol Namespaced status kyverno",
    "MutatingPolicy mutatingpolicies mpol Cluster status kyverno",
    "NamespacedMutatingPolicy namespacedmutatingpolicies nmpol Namespaced status kyverno",
    "GeneratingPolicy generatingpolicies gpol Cluster status kyverno",
    "NamespacedGeneratingPolicy namespacedgeneratingpolicies ngpol Namespaced status kyverno",
    "DeletingPolicy deletingpolicies dpol Cluster status kyverno",
    "NamespacedDeletingPolicy namespaceddeletingpolicies ndpol Namespaced status kyverno",
    "NamespacedImageValidatingPolicy namespacedimagevalidatingpolicies nivpol Namespaced status kyverno",
    "PolicyException policyexceptions  Namespaced no status ",
  ]);
});

test("choices are CEL rules near the root, and oneOf inside lists, where the server could not afford them", () => {
  const entry = at(rootOf(kindOf("GlobalContextEntry")), "properties", "spec");
  assert.match(JSON.stringify(at(entry, "x-kubernetes-validations")), /exactly one of kubernetesResource, apiCall/);
  const rule = at(rootOf(kindOf("ClusterPolicy")), "properties", "spec", "properties", "rules", "items");
  const context = at(rule, "properties", "context", "items");
  assert.deepEqual(at(context, "oneOf"), [
    { required: ["configMap"] },
    { required: ["apiCall"] },
    { required: ["imageRegistry"] },
    { required: ["variable"] },
    { required: ["globalReference"] },
  ]);
});

test("descriptions tell defaults and what is deprecated", () => {
  const spec = at(rootOf(kindOf("ClusterPolicy")), "properties", "spec", "properties");
  assert.deepEqual(
    ["background", "failurePolicy"].map((name) => at(spec, name, "description")),
    [
      "Whether the rules apply in background scans. Default: true.",
      "What an error means. Deprecated: write webhookConfiguration.failurePolicy.",
    ],
  );
});

test("every field of every kind has a sentence that says what it means", () => {
  const wordless: string[] = [];
  for (const { kind, schema } of [...KYVERNO_KINDS, ...CEL_KINDS, ...ADMISSION_KINDS, ...CLI_FILE_KINDS]) {
    for (const spot of spotsOf(schema, { path: "", open: false, wrap: (value) => value })) {
      for (const [name, { doc }] of Object.entries(spot.schema.fields)) {
        if (!/^[A-Z].+\.$/.test(doc)) wordless.push(`${kind} ${joinPath(spot.path, name)}: ${doc}`);
      }
    }
  }
  assert.deepEqual([...new Set(wordless)].sort(compareText), []);
});
