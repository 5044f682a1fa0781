import type { Value, ValueObject } from "../../base/index.ts";
import { IMAGE_VALIDATING_POLICY } from "./image-validating-policy.ts";
import {
  type AnySchema,
  boolean,
  type Field,
  integer,
  type ListSchema,
  list,
  type ObjectSchema,
  object,
  oneOf,
  optional,
  type RecursiveSchema,
  required,
  type Schema,
  string,
  type UnionSchema,
} from "./schema.ts";

/** One API version of a kind. All versions of a kind have the same fields, so that none needs a conversion. */
export interface KindVersion {
  readonly name: string;
  /** Whether objects are stored in it; true for exactly one version of a kind. */
  readonly storage: boolean;
  /** What a client is told that still uses it. */
  readonly deprecationWarning?: string;
}

/** A column of `kubectl get`. */
export interface PrinterColumn {
  readonly name: string;
  readonly type: "boolean" | "date" | "integer" | "string";
  readonly jsonPath: string;
  /** 0: always shown; 1: with `-o wide` only. */
  readonly priority?: 0 | 1;
}

/** What a kind is, beside its fields: enough to make its CustomResourceDefinition. */
export interface ResourceKind {
  readonly group: string;
  readonly kind: string;
  readonly plural: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly scope: "Cluster" | "Namespaced";
  /** One sentence, shown by `kubectl explain`. */
  readonly doc: string;
  readonly versions: readonly KindVersion[];
  /** The whole object; apiVersion, kind and metadata are the API server's own and stay out of the CRD. */
  readonly schema: ObjectSchema;
  /** The status, when the kind has one: a subresource that only controllers write. */
  readonly status?: ObjectSchema;
  readonly printerColumns: readonly PrinterColumn[];
  /**
   * What the API server does with a field that the schema does not have: `keep` it, so that amap can refuse it by name,
   * or `drop` it without a word. Kinds that people write are kept.
   */
  readonly unknownFields: "keep" | "drop";
}

const POLICY_STATUS = object({
  conditionStatus: optional(
    object({
      ready: optional(boolean(), "Whether the policy is in force."),
      message: optional(string({ allowEmpty: true }), "Why it is not, with the place in the policy."),
      observedGeneration: optional(integer(), "The metadata.generation that was looked at."),
      conditions: optional(
        list(
          object({
            type: required(string(), "What the condition is about."),
            status: required(oneOf(["True", "False", "Unknown"]), "Whether it holds."),
            reason: required(string(), "Why, in one word."),
            message: required(string({ allowEmpty: true }), "Why, for people."),
            lastTransitionTime: required(string(), "When it last changed (RFC 3339)."),
            observedGeneration: optional(integer(), "The metadata.generation that was looked at."),
          }),
        ),
        "The steps to being in force, one by one.",
      ),
    }),
    "Whether the policy is in force.",
  ),
});

const POLICY_COLUMNS: readonly PrinterColumn[] = [
  { name: "Ready", type: "boolean", jsonPath: ".status.conditionStatus.ready" },
  { name: "Message", type: "string", jsonPath: ".status.conditionStatus.message" },
  { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
];

/** The policy kinds that amap knows, by Kyverno's group, names, scopes and versions; each row becomes a CRD. */
export const POLICY_KINDS: readonly ResourceKind[] = Object.freeze([
  {
    group: "policies.kyverno.io",
    kind: "ImageValidatingPolicy",
    plural: "imagevalidatingpolicies",
    shortNames: ["ivpol"],
    categories: ["kyverno"],
    scope: "Cluster",
    doc: "What the images of matching resources must fulfil.",
    versions: [
      { name: "v1", storage: false },
      { name: "v1beta1", storage: true },
      {
        name: "v1alpha1",
        storage: false,
        deprecationWarning:
          "policies.kyverno.io/v1alpha1 ImageValidatingPolicy is deprecated; use policies.kyverno.io/v1, which has the same fields",
      },
    ],
    schema: IMAGE_VALIDATING_POLICY,
    status: POLICY_STATUS,
    printerColumns: POLICY_COLUMNS,
    unknownFields: "keep",
  },
]);

/**
 * The `apiextensions.k8s.io/v1` CustomResourceDefinition of a kind, with a structural OpenAPI v3 schema made from amap's
 * own. The API server refuses by it what is wrong in itself (a type, a missing field, a value outside its list or
 * bounds). What it would drop silently it keeps (`x-kubernetes-preserve-unknown-fields`), and fields and values that
 * amap knows and does not act on pass, so that amap's own validation refuses them by name. Pure and deterministic.
 * @see docs/adr/0009-crds-keep-unknown-fields.md
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
 * @example
 * ```ts
 * import { memberOf } from "../../base/index.ts";
 * import { encodeCrd, POLICY_KINDS } from "../index.ts";
 * const [crd] = POLICY_KINDS.map(encodeCrd);
 * memberOf(memberOf(crd ?? null, "metadata"), "name"); // "imagevalidatingpolicies.policies.kyverno.io"
 * ```
 */
export function encodeCrd(definition: ResourceKind): Value {
  const { group, kind, plural, shortNames, categories, scope, versions } = definition;
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}`, labels: { "app.kubernetes.io/part-of": "amap" } },
    spec: {
      group,
      names: { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase(), shortNames, categories },
      scope,
      versions: versions.map((version) => encodeVersion(definition, version)),
    },
  };
}

function encodeVersion(definition: ResourceKind, { name, storage, deprecationWarning }: KindVersion): Value {
  return {
    name,
    served: true,
    storage,
    ...(deprecationWarning === undefined ? {} : { deprecated: true, deprecationWarning }),
    additionalPrinterColumns: definition.printerColumns.map((column) => ({ ...column })),
    schema: { openAPIV3Schema: encodeRoot(definition) },
    ...(definition.status === undefined ? {} : { subresources: { status: {} } }),
  };
}

/** Fields of every object that the API server itself defines; of metadata a CRD may say nothing but its type. */
const SERVER_FIELDS: ValueObject = {
  apiVersion: { description: "The API version.", type: "string" },
  kind: { description: "The kind.", type: "string" },
  metadata: { type: "object" },
};

function encodeRoot({ schema, status, doc, unknownFields }: ResourceKind): Value {
  const place: Place = { keep: unknownFields === "keep", lists: 0 };
  const own = Object.entries(schema.fields).filter(
    ([name]) => !Object.hasOwn(SERVER_FIELDS, name) && !(name === "status" && status !== undefined),
  );
  const encoded = encodeObject({ ...schema, fields: Object.fromEntries(own) }, place);
  const properties: ValueObject = {
    ...SERVER_FIELDS,
    ...(encoded["properties"] as ValueObject),
    // A controller of another version, or Kyverno itself, may have written more there: it is theirs to lose.
    ...(status === undefined
      ? {}
      : { status: { description: "Set by the controller.", ...encodeObject(status, { keep: true, lists: 0 }) } }),
  };
  return { description: doc, ...encoded, properties };
}

/** Where in a kind a schema stands. */
interface Place {
  /** Whether objects keep the fields that they do not name. */
  readonly keep: boolean;
  /** How many lists it is inside of. */
  readonly lists: number;
}

/** Keeping fields has to be said at each object anew: below named properties the API server prunes again. */
const KEEP_FIELDS: ValueObject = { "x-kubernetes-preserve-unknown-fields": true };

function encodeSchema(schema: Schema, place: Place): ValueObject {
  switch (schema.kind) {
    case "object":
      return encodeObject(schema, place);
    case "map":
      return { type: "object", additionalProperties: encodeSchema(schema.value, place) };
    case "list":
      return encodeList(schema, place);
    case "string":
      return schema.allowEmpty ? { type: "string" } : { type: "string", minLength: 1 };
    case "enum":
      // Values that Kyverno has and amap refuses must arrive, to be refused with the reason.
      return { type: "string", enum: [...schema.values, ...Object.keys(schema.knownValues)] };
    case "integer":
      return {
        type: "integer",
        format: "int64",
        ...(schema.min === Number.MIN_SAFE_INTEGER ? {} : { minimum: schema.min }),
        ...(schema.max === Number.MAX_SAFE_INTEGER ? {} : { maximum: schema.max }),
      };
    case "boolean":
      return { type: "boolean" };
    default:
      return encodeAny(schema);
  }
}

/**
 * A structural schema cannot say that it holds itself, nor that a value has one of several types: such fields are left
 * to amap's own validation. The argument's type is the proof that no kind of schema is left out above.
 */
function encodeAny(_schema: AnySchema | RecursiveSchema | UnionSchema): ValueObject {
  return KEEP_FIELDS;
}

function encodeList({ item, minItems, maxItems }: ListSchema, { keep, lists }: Place): ValueObject {
  return {
    type: "array",
    ...(minItems === 0 ? {} : { minItems }),
    ...(maxItems === Number.MAX_SAFE_INTEGER ? {} : { maxItems }),
    items: encodeSchema(item, { keep, lists: lists + 1 }),
  };
}

function encodeObject({ fields, exactlyOne, anyCase }: ObjectSchema, place: Place): ValueObject {
  const entries = Object.entries(fields);
  // `KEY` is the field `key` there, which no structural schema can say: such an object keeps what it does not name.
  const requiredNames = anyCase
    ? []
    : entries.filter(([, { presence }]) => presence === "required").map(([name]) => name);
  const properties = entries.map(
    ([name, field]) => [name, { description: describeField(field), ...encodeSchema(field.schema, place) }] as const,
  );
  return {
    type: "object",
    ...(place.keep || anyCase ? KEEP_FIELDS : {}),
    ...(requiredNames.length === 0 ? {} : { required: requiredNames }),
    ...encodeChoices(exactlyOne, place),
    properties: Object.fromEntries(properties),
  };
}

function describeField({ doc, presence, reason, deprecated, default: value }: Field): string {
  return [
    doc,
    ...(value === undefined ? [] : [`Default: ${value}.`]),
    ...(deprecated === undefined ? [] : [`Deprecated: ${deprecated}.`]),
    ...(presence === "known" ? [`Refused: ${reason ?? "amap does not act on it yet"}.`] : []),
  ].join(" ");
}

/**
 * The API server's own `oneOf` says only that none was found; a CEL rule says which fields it is about. The server counts
 * a rule once for each element that the lists around it may have: inside two lists it would be beyond its budget.
 */
function encodeChoices(groups: ObjectSchema["exactlyOne"], { lists }: Place): ValueObject {
  const [first, ...others] = groups;
  if (first === undefined) return {};
  if (lists <= 1) return { "x-kubernetes-validations": groups.map(encodeExactlyOne) };
  const oneOf = (names: readonly string[]): ValueObject => ({ oneOf: names.map((name) => ({ required: [name] })) });
  return others.length === 0 ? oneOf(first) : { allOf: groups.map(oneOf) };
}

function encodeExactlyOne(names: readonly string[]): ValueObject {
  const present = names.map((name) => `(has(self.${name}) ? 1 : 0)`);
  return { rule: `${present.join(" + ")} == 1`, message: `expected exactly one of ${names.join(", ")}` };
}
