import assert from "node:assert/strict";
import { test } from "node:test";
import { Ajv } from "ajv";
import fc from "fast-check";
import { isValueObject, memberOf, type Value, type ValueObject } from "../../base/index.ts";
import { encodeCrd, POLICY_KINDS, type ResourceKind } from "./crd.ts";
import { IMAGE_VALIDATING_POLICY, IMAGE_VALIDATING_POLICY_VERSIONS } from "./image-validating-policy.ts";
import { known, list, object, oneOf, optional, required, type Schema, string, validateResource } from "./schema.ts";

const at = (value: Value | undefined, ...path: readonly string[]): Value =>
  path.reduce<Value>((inner, key) => memberOf(inner, key) ?? null, value ?? null);

function versionsOf(kind: ResourceKind): readonly ValueObject[] {
  return at(encodeCrd(kind), "spec", "versions") as unknown as readonly ValueObject[];
}

function rootOf(kind: ResourceKind): ValueObject {
  return at(versionsOf(kind)[0], "schema", "openAPIV3Schema") as ValueObject;
}

/** What a schema of a CRD may say, in amap's: all that the structural rules of Kubernetes allow, and nothing that ajv lacks. */
const KEYWORDS = new Set([
  ..."description type format properties required additionalProperties items enum".split(" "),
  ..."minItems maxItems minLength minimum maximum".split(" "),
  "x-kubernetes-preserve-unknown-fields",
  "x-kubernetes-validations",
]);

/** Where a schema is not structural (apiextensions v1). */
function structuralIssues(schema: Value, path = "root"): readonly string[] {
  if (!isValueObject(schema)) return [`${path}: not an object`];
  const has = (key: string): boolean => Object.hasOwn(schema, key);
  const issues = Object.keys(schema).flatMap((key) => (KEYWORDS.has(key) ? [] : [`${path}: ${key}`]));
  if (!has("type") && schema["x-kubernetes-preserve-unknown-fields"] !== true) issues.push(`${path}: no type`);
  if (has("properties") && has("additionalProperties")) issues.push(`${path}: properties and additionalProperties`);
  if (schema["type"] === "array" && !has("items")) issues.push(`${path}: no items`);
  for (const name of (schema["required"] ?? []) as readonly string[]) {
    if (at(schema, "properties", name) === null) issues.push(`${path}: requires ${name}, which it does not have`);
  }
  const inner = Object.entries((schema["properties"] ?? {}) as ValueObject);
  for (const key of ["items", "additionalProperties"]) if (has(key)) inner.push([key, at(schema, key)]);
  return [...issues, ...inner.flatMap(([name, child]) => structuralIssues(child, `${path}.${name}`))];
}

/** Objects with named fields below a schema that would lose a field it does not name. */
function dropping(schema: Value, path: string): readonly string[] {
  if (!isValueObject(schema)) return [];
  const drops = Object.hasOwn(schema, "properties") && schema["x-kubernetes-preserve-unknown-fields"] !== true;
  const inner = Object.entries((schema["properties"] ?? {}) as ValueObject).concat([
    ["items", at(schema, "items")],
    ["additionalProperties", at(schema, "additionalProperties")],
  ]);
  return [...(drops ? [path] : []), ...inner.flatMap(([name, child]) => dropping(child, `${path}.${name}`))];
}

/** Fields of amap's schema that the CRD's lacks. */
function missingFields(schema: Schema, crd: Value, path: string): readonly string[] {
  switch (schema.kind) {
    case "object":
      return Object.entries(schema.fields).flatMap(([name, field]) => {
        const child = at(crd, "properties", name);
        if (child === null) return [`${path}.${name}`];
        return missingFields(field.schema, child, `${path}.${name}`);
      });
    case "list":
      return missingFields(schema.item, at(crd, "items"), `${path}[]`);
    case "map":
      return missingFields(schema.value, at(crd, "additionalProperties"), `${path}.*`);
    default:
      return crd === null ? [path] : [];
  }
}

const SPEC = IMAGE_VALIDATING_POLICY.fields.spec.schema;

test("ImageValidatingPolicy has the versions that amap reads, v1beta1 stored, v1alpha1 deprecated", () => {
  const [ivpol] = POLICY_KINDS;
  assert.ok(ivpol);
  assert.deepEqual(
    ivpol.versions.map(({ name }) => `${ivpol.group}/${name}`),
    IMAGE_VALIDATING_POLICY_VERSIONS,
  );
  assert.deepEqual(
    versionsOf(ivpol).map(({ name, served, storage, deprecated }) => [name, served, storage, deprecated]),
    [
      ["v1", true, false, undefined],
      ["v1beta1", true, true, undefined],
      ["v1alpha1", true, false, true],
    ],
  );
});

test("the CRD of ImageValidatingPolicy: names, columns, status", () => {
  const crd = encodeCrd(POLICY_KINDS[0] as ResourceKind);
  assert.deepEqual(at(crd, "spec", "names"), {
    kind: "ImageValidatingPolicy",
    listKind: "ImageValidatingPolicyList",
    plural: "imagevalidatingpolicies",
    singular: "imagevalidatingpolicy",
    shortNames: ["ivpol"],
    categories: ["kyverno"],
  });
  assert.equal(at(crd, "spec", "scope"), "Cluster");
  for (const version of versionsOf(POLICY_KINDS[0] as ResourceKind)) {
    assert.deepEqual(version["subresources"], { status: {} });
    const columns = version["additionalPrinterColumns"] as readonly ValueObject[];
    assert.deepEqual(
      columns.map(({ name, jsonPath }) => [name, jsonPath]),
      [
        ["Ready", ".status.conditionStatus.ready"],
        ["Message", ".status.conditionStatus.message"],
        ["Age", ".metadata.creationTimestamp"],
      ],
    );
    const status = at(version, "schema", "openAPIV3Schema", "properties", "status", "properties", "conditionStatus");
    assert.deepEqual(Object.keys(at(status, "properties") as ValueObject), [
      "ready",
      "message",
      "observedGeneration",
      "conditions",
    ]);
  }
});

for (const kind of POLICY_KINDS) {
  test(`${kind.kind}: one version is stored, and all have the same fields`, () => {
    const versions = versionsOf(kind);
    assert.equal(versions.filter(({ storage }) => storage === true).length, 1);
    for (const { schema } of versions) assert.deepEqual(schema, versions[0]?.["schema"]);
  });
  test(`${kind.kind}: the schema is structural`, () => assert.deepEqual(structuralIssues(rootOf(kind)), []));
  test(`${kind.kind}: no object drops what it does not know`, () =>
    assert.deepEqual(dropping(rootOf(kind), "root"), []));
  test(`${kind.kind}: every field is there`, () => {
    const { apiVersion: _version, kind: _kind, metadata: _metadata, ...own } = kind.schema.fields;
    assert.deepEqual(missingFields({ ...kind.schema, fields: own }, rootOf(kind), "root"), []);
    // The API server allows no word about metadata but its type.
    assert.deepEqual(at(rootOf(kind), "properties", "metadata"), { type: "object" });
  });
}

test("the structural check finds what is not structural", () => {
  const bad = { type: "object", $ref: "#/x", required: ["b"], properties: { a: {}, l: { type: "array" } } };
  assert.deepEqual(structuralIssues(bad), [
    "root: $ref",
    "root: requires b, which it does not have",
    "root.a: no type",
    "root.l: no items",
  ]);
  assert.deepEqual(dropping(bad, "root"), ["root"]);
});

const ROW: ResourceKind = {
  group: "example.dev",
  kind: "Sample",
  plural: "samples",
  shortNames: [],
  categories: [],
  scope: "Namespaced",
  doc: "A sample.",
  versions: [{ name: "v1", storage: true }],
  schema: object({
    apiVersion: required(string(), "a"),
    kind: required(string(), "k"),
    metadata: required(object({}), "m"),
    mode: required(oneOf(["Deny"], { Envoy: "not yet" }), "The mode."),
    keyless: known(string({ allowEmpty: true }), "Identities.", "keys only"),
    hosts: optional(list(string(), { minItems: 1, maxItems: 3 }), "Hosts."),
  }),
  printerColumns: [],
  unknownFields: "drop",
};

test("encodeCrd: a kind that drops unknown fields, without a status", () => {
  assert.deepEqual(encodeCrd(ROW), {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "samples.example.dev", labels: { "app.kubernetes.io/part-of": "amap" } },
    spec: {
      group: "example.dev",
      names: {
        kind: "Sample",
        listKind: "SampleList",
        plural: "samples",
        singular: "sample",
        shortNames: [],
        categories: [],
      },
      scope: "Namespaced",
      versions: [
        {
          name: "v1",
          served: true,
          storage: true,
          additionalPrinterColumns: [],
          schema: {
            openAPIV3Schema: {
              description: "A sample.",
              type: "object",
              required: ["mode"],
              properties: {
                apiVersion: { description: "The API version.", type: "string" },
                kind: { description: "The kind.", type: "string" },
                metadata: { type: "object" },
                mode: { description: "The mode.", type: "string", enum: ["Deny", "Envoy"] },
                keyless: { description: "Identities. Refused: keys only.", type: "string" },
                hosts: {
                  description: "Hosts.",
                  type: "array",
                  minItems: 1,
                  maxItems: 3,
                  items: { type: "string", minLength: 1 },
                },
              },
            },
          },
        },
      ],
    },
  });
});

/** The CRD's schema as an API server judges by it. */
function serverCheck(kind: ResourceKind): (spec: Value) => boolean {
  const ajv = new Ajv({ strict: false, validateFormats: false });
  ajv.addKeyword({
    keyword: "x-kubernetes-validations",
    type: "object",
    validate: (rules: readonly { rule: string }[], data: object) =>
      rules.every(({ rule }) => {
        const names = [...rule.matchAll(/has\(self\.([A-Za-z]+)\)/g)].map(([, name = ""]) => name);
        return rule.endsWith("== 1") && names.filter((name) => Object.hasOwn(data, name)).length === 1;
      }),
  });
  const validate = ajv.compile(at(rootOf(kind), "properties", "spec") as object);
  return (spec) => validate(spec);
}

const GOOD: ValueObject = {
  matchConstraints: {
    resourceRules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"] }],
    objectSelector: { matchLabels: { a: "" }, matchExpressions: [{ key: "k", operator: "In", values: ["v"] }] },
  },
  validations: [{ expression: "true", message: "m" }],
  validationActions: ["Deny"],
  failurePolicy: "Fail",
  webhookConfiguration: { timeoutSeconds: 5 },
  evaluation: { mode: "Kubernetes", background: { enabled: true } },
  credentials: { providers: ["default"], allowInsecureRegistry: false },
  matchImageReferences: [{ glob: "*" }],
  attestors: [{ name: "a", cosign: { key: { data: "x" }, ctlog: { insecureIgnoreTlog: true } } }],
  attestations: [{ name: "s", intoto: { type: "t" } }],
};

/** Whether amap itself finds a spec wrong in a way that the API server can see, too: not an unknown field. */
const isWrong = (spec: Value): boolean =>
  validateResource(spec, SPEC).some(
    ({ code, message }) => code === "POLICY_INVALID" && !message.startsWith("unknown field"),
  );

const serverAccepts = serverCheck(POLICY_KINDS[0] as ResourceKind);

const passes: readonly (readonly [name: string, spec: Value])[] = [
  ["a good policy", GOOD],
  ["a misspelt field, for amap to refuse", { ...GOOD, failurePolcy: "Fail" }],
  ["a field that amap refuses by name", { ...GOOD, auditAnnotations: [{ key: "k", valueExpression: "v" }] }],
  ["a value that amap refuses by name", { ...GOOD, evaluation: { mode: "Envoy" } }],
  ["an attestor that amap refuses by name", { ...GOOD, attestors: [{ name: "a", notary: {} }] }],
];
for (const [name, spec] of passes) {
  test(`the API server lets through: ${name}`, () => {
    assert.equal(serverAccepts(spec), true);
    assert.equal(isWrong(spec), false);
  });
}

const refused: readonly (readonly [name: string, spec: Value])[] = [
  ["an unknown value", { ...GOOD, failurePolicy: "Open" }],
  ["a wrong type", { ...GOOD, failurePolicy: true }],
  ["no validations", { ...GOOD, validations: [] }],
  ["a bound", { ...GOOD, webhookConfiguration: { timeoutSeconds: 31 } }],
  ["two kinds of attestor", { ...GOOD, attestors: [{ name: "a", cosign: { key: { data: "x" } }, notary: {} }] }],
  ["a missing field", { ...GOOD, attestors: [{ cosign: { key: { data: "x" } } }] }],
];
for (const [name, spec] of refused) {
  test(`the API server refuses as amap does: ${name}`, () => {
    assert.equal(serverAccepts(spec), false);
    assert.equal(isWrong(spec), true);
  });
}

/** The same value with the node at one place replaced, or taken away. */
function replaceAt(value: Value, path: readonly number[], replacement: Value | undefined): Value {
  const [step, ...rest] = path;
  const children = Array.isArray(value) ? [...value.entries()] : isValueObject(value) ? Object.entries(value) : [];
  if (step === undefined || children.length === 0) return replacement ?? "gone";
  const [chosen, inner] = children[step % children.length] as [string | number, Value];
  const last = rest.length === 0;
  const changed = last ? replacement : replaceAt(inner, rest, replacement);
  if (Array.isArray(value)) return value.flatMap((item, index) => (index === chosen ? (changed ?? []) : [item]));
  const kept = Object.entries(value as ValueObject).filter(([key]) => key !== chosen || changed !== undefined);
  return Object.fromEntries(kept.map(([key, member]) => [key, key === chosen ? (changed as Value) : member]));
}

test("property: the API server refuses exactly what amap calls wrong, but for unknown fields", () => {
  const replacement = fc.option(
    fc.oneof(
      fc.constantFrom<Value>("", "Deny", "Fail", "x", 0, 5, 31, true, false, [], {}, ["Deny"], { value: "v" }, [{}]),
      fc.string(),
      fc.integer(),
    ),
    { nil: undefined },
  );
  const path = fc.array(fc.nat(12), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(fc.array(fc.tuple(path, replacement), { minLength: 1, maxLength: 3 }), (changes) => {
      const spec = changes.reduce<Value>((value, [steps, by]) => replaceAt(value, steps, by), GOOD);
      assert.equal(serverAccepts(spec), !isWrong(spec), JSON.stringify(spec));
    }),
    { numRuns: 500 },
  );
});
