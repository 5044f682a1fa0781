import { Double, type Issue, isValueObject, type Value, type ValueObject } from "../../base/index.ts";
import { nearestName } from "./nearest-name.ts";

/** One field of an object: what it holds, what it means, and whether amap acts on it. */
export interface Field<S extends Schema = Schema, P extends Presence = Presence> {
  readonly schema: S;
  readonly presence: P;
  /** One sentence for people; the CRDs and the reference page are made from it. */
  readonly doc: string;
  /** Why a `known` field is refused: it exists in Kyverno, and amap would ignore it. */
  readonly reason?: string;
  /** The first API version that has it, when not all have. */
  readonly since?: string;
  /** What to write instead of a field that still works: see {@link deprecationsOf}. */
  readonly deprecated?: string;
  /** What counts when the field is absent, as YAML would say it. */
  readonly default?: string;
}

/** `known` fields are part of the kind and refused with NOT_SUPPORTED: a rule that is ignored is a rule that is broken. */
export type Presence = "required" | "optional" | "known";

export type Fields = { readonly [name: string]: Field };

export interface ObjectSchema<F extends Fields = Fields> {
  readonly kind: "object";
  readonly fields: F;
  /** Groups of fields of which exactly one must be there. */
  readonly exactlyOne: readonly (readonly string[])[];
  /** Whether `ISMUTATINGPOLICY` is the field isMutatingPolicy, as in Go's JSON; {@link normalizeResource} renames it. */
  readonly anyCase: boolean;
}
export interface ListSchema<S extends Schema = Schema> {
  readonly kind: "list";
  readonly item: S;
  readonly minItems: number;
  readonly maxItems: number;
}
export interface MapSchema<S extends Schema = Schema> {
  readonly kind: "map";
  readonly value: S;
}
export interface StringSchema {
  readonly kind: "string";
  /** Whether the empty string is a value; Kubernetes treats it as absent in most places. */
  readonly allowEmpty: boolean;
  /** Whether numbers and booleans count as their text, as Kyverno's CLI reads its files. */
  readonly fromScalar: boolean;
}
export interface EnumSchema<V extends string = string> {
  readonly kind: "enum";
  readonly values: readonly V[];
  /** Values that Kyverno knows and amap does not act on, each with the reason. */
  readonly knownValues: Readonly<Record<string, string>>;
}
export interface IntegerSchema {
  readonly kind: "integer";
  readonly min: number;
  readonly max: number;
}
export interface BooleanSchema<B extends boolean = boolean> {
  readonly kind: "boolean";
  /** The only value amap acts on, with the reason why the other is refused. */
  readonly only?: { readonly value: B; readonly reason: string };
}
export interface AnySchema {
  readonly kind: "any";
}
/** A schema inside itself. `T` is the value's type, which TypeScript cannot infer of such a thing. */
export interface RecursiveSchema<T = unknown> {
  readonly kind: "recursive";
  readonly make: () => Schema;
  /** Never there: it carries the type. */
  readonly type?: T;
}
/** One of several schemas that values of different types fulfil: a list or an object, say. The first that fits decides. */
export interface UnionSchema<S extends Schema = Schema> {
  readonly kind: "union";
  readonly members: readonly S[];
}

/** What a resource of a kind looks like: the one source of its type, its validation, its CRD and its reference page. */
export type Schema =
  | ObjectSchema
  | ListSchema
  | MapSchema
  | StringSchema
  | EnumSchema
  | IntegerSchema
  | BooleanSchema
  | AnySchema
  | RecursiveSchema
  | UnionSchema;

type NamesOf<F extends Fields, P extends Presence> = {
  [K in keyof F]: F[K]["presence"] extends P ? K : never;
}[keyof F];

/** The TypeScript type of a value that a schema accepts. `known` fields are not in it: they never get that far. */
export type TypeOf<S extends Schema> =
  S extends ObjectSchema<infer F>
    ? { readonly [K in NamesOf<F, "required">]: TypeOf<F[K]["schema"]> } & {
        readonly [K in NamesOf<F, "optional">]?: TypeOf<F[K]["schema"]>;
      }
    : S extends ListSchema<infer I>
      ? readonly TypeOf<I>[]
      : S extends MapSchema<infer V>
        ? { readonly [key: string]: TypeOf<V> }
        : S extends StringSchema
          ? string
          : S extends EnumSchema<infer V>
            ? V
            : S extends IntegerSchema
              ? number
              : S extends BooleanSchema
                ? boolean
                : S extends RecursiveSchema<infer T>
                  ? T
                  : S extends UnionSchema<infer M>
                    ? TypeOf<M>
                    : Value;

export function object<const F extends Fields>(
  fields: F,
  exactlyOne: readonly (readonly (keyof F & string)[])[] = [],
): ObjectSchema<F> {
  return Object.freeze({ kind: "object", fields: Object.freeze(fields), exactlyOne, anyCase: false });
}

/** An object whose field names are read in any case, as Kyverno's CLI reads its files. */
export function objectInAnyCase<const F extends Fields>(fields: F): ObjectSchema<F> {
  return Object.freeze({ kind: "object", fields: Object.freeze(fields), exactlyOne: [], anyCase: true });
}

export function recursive<T>(make: () => Schema): RecursiveSchema<T> {
  return Object.freeze({ kind: "recursive", make });
}

export function either<const M extends readonly Schema[]>(...members: M): UnionSchema<M[number]> {
  return Object.freeze({ kind: "union", members });
}

export function list<S extends Schema>(item: S, bounds: { minItems?: number; maxItems?: number } = {}): ListSchema<S> {
  const { minItems = 0, maxItems = 10_000 } = bounds;
  return Object.freeze({ kind: "list", item, minItems, maxItems });
}

export function map<S extends Schema>(value: S): MapSchema<S> {
  return Object.freeze({ kind: "map", value });
}

export function string(options: { allowEmpty?: boolean } = {}): StringSchema {
  return Object.freeze({ kind: "string", allowEmpty: options.allowEmpty ?? false, fromScalar: false });
}

/** A string, or a number or boolean that stands for its text; {@link normalizeResource} makes the text of it. */
export function textOfScalar(): StringSchema {
  return Object.freeze({ kind: "string", allowEmpty: true, fromScalar: true });
}

export function oneOf<const V extends string>(
  values: readonly V[],
  knownValues: Readonly<Record<string, string>> = {},
): EnumSchema<V> {
  return Object.freeze({ kind: "enum", values, knownValues });
}

export function integer(min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER): IntegerSchema {
  return Object.freeze({ kind: "integer", min, max });
}

export function boolean<const B extends boolean = boolean>(only?: { value: B; reason: string }): BooleanSchema<B> {
  return Object.freeze(only === undefined ? { kind: "boolean" } : { kind: "boolean", only });
}

export function anything(): AnySchema {
  return Object.freeze({ kind: "any" });
}

export function required<S extends Schema>(schema: S, doc: string): Field<S, "required"> {
  return Object.freeze({ schema, presence: "required", doc });
}

export function optional<S extends Schema>(schema: S, doc: string, since?: string): Field<S, "optional"> {
  return Object.freeze({ schema, presence: "optional", doc, ...(since === undefined ? {} : { since }) });
}

/** A field for which something counts when it is absent; for the reader only, nothing is filled in. */
export function optionalWithDefault<S extends Schema>(schema: S, doc: string, value: string): Field<S, "optional"> {
  return Object.freeze({ schema, presence: "optional", doc, default: value });
}

/** A field that works and that nobody should write any more; `instead` says what to write. */
export function deprecated<S extends Schema>(schema: S, doc: string, instead: string): Field<S, "optional"> {
  return Object.freeze({ schema, presence: "optional", doc, deprecated: instead });
}

export function known<S extends Schema>(schema: S, doc: string, reason: string): Field<S, "known"> {
  return Object.freeze({ schema, presence: "known", doc, reason });
}

/** What a value is, as a person would call it. */
function typeName(value: Value | undefined): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (value instanceof Double) return "a number with a point";
  switch (typeof value) {
    case "boolean":
      return "a boolean";
    case "number":
      return Number.isInteger(value) ? "an integer" : "a number with a point";
    case "bigint":
      return "an integer";
    case "string":
      return "a string";
    default:
      return "an object";
  }
}

function shown(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}

/**
 * Everything in which `value` is not what `schema` says, with the path of each: unknown fields (and the name that was
 * probably meant), missing ones, wrong types (expected and found), and fields that are known and not supported. A null
 * field counts as absent, as the API server reads it. An empty list means the value is a `TypeOf<S>` but for nulls,
 * which {@link normalizeResource} takes away.
 */
export function validateResource(value: Value, schema: Schema): readonly Issue[] {
  const issues: Issue[] = [];
  walk(value, schema, "", issues);
  return issues;
}

/**
 * A value that {@link validateResource} found nothing wrong with, such that it is a `TypeOf` its schema: objects without
 * the members that are null, keys of objects read in any case under their field's name (of two keys for one field the
 * later counts, as in Go), scalars that stand for text as text. Values the schema leaves open are kept as they are: in a
 * patch or a pattern null has a meaning.
 */
export function normalizeResource(value: Value, schema: Schema): Value {
  switch (schema.kind) {
    case "object": {
      const entries = Object.entries(value as ValueObject).flatMap(([key, member]) => {
        const name = fieldNameOf(key, schema);
        const field = name === undefined ? undefined : schema.fields[name];
        if (name === undefined || field === undefined || member === null) return [];
        return [[name, normalizeResource(member, field.schema)] as const];
      });
      return Object.freeze(Object.fromEntries(entries));
    }
    case "map": {
      const entries = Object.entries(value as ValueObject);
      return Object.freeze(
        Object.fromEntries(entries.map(([key, member]) => [key, normalizeResource(member, schema.value)])),
      );
    }
    case "list":
      return Object.freeze((value as readonly Value[]).map((item) => normalizeResource(item, schema.item)));
    case "string":
      return isScalar(value) ? String(value) : value;
    case "recursive":
      return normalizeResource(value, schema.make());
    case "union":
      return normalizeResource(value, memberFor(value, schema) ?? anything());
    default:
      return value;
  }
}

/** What a policy does that works and should be written otherwise, or that may not mean what its writer thinks. */
export interface PolicyWarning {
  /** Where: `spec.rules[0].verifyImages[0].image`. */
  readonly path: string;
  readonly message: string;
  /** Whether Kyverno refuses it when it is made in a cluster, and takes it from a file all the same. */
  readonly refusedInCluster?: true;
}

/** A warning for every field of a valid `value` that still works and should be written otherwise, with its path. */
export function deprecationsOf(value: Value, schema: Schema): readonly PolicyWarning[] {
  const warnings: PolicyWarning[] = [];
  walkDeprecated(value, schema, "", warnings);
  return warnings;
}

function walkDeprecated(value: Value, schema: Schema, path: string, warnings: PolicyWarning[]): void {
  switch (schema.kind) {
    case "object":
      for (const [key, member] of Object.entries(value as ValueObject)) {
        const name = fieldNameOf(key, schema);
        const field = name === undefined ? undefined : schema.fields[name];
        if (field === undefined || member === null) continue;
        const at = joinPath(path, key);
        if (field.deprecated !== undefined) {
          warnings.push({ path: at, message: `${key} is deprecated: ${field.deprecated}` });
        }
        walkDeprecated(member, field.schema, at, warnings);
      }
      break;
    case "map":
      for (const [key, member] of Object.entries(value as ValueObject)) {
        walkDeprecated(member, schema.value, joinPath(path, key), warnings);
      }
      break;
    case "list":
      (value as readonly Value[]).forEach((item, index) => {
        walkDeprecated(item, schema.item, `${path}[${index}]`, warnings);
      });
      break;
    case "recursive":
      walkDeprecated(value, schema.make(), path, warnings);
      break;
    case "union":
      walkDeprecated(value, memberFor(value, schema) ?? anything(), path, warnings);
      break;
    default:
  }
}

function walk(value: Value, schema: Schema, path: string, issues: Issue[]): void {
  const expected = mismatch(value, schema);
  if (expected !== undefined) {
    fail(issues, path, `expected ${expected}, found ${typeName(value)}`);
    return;
  }
  switch (schema.kind) {
    case "object":
      walkObject(value as ValueObject, schema, path, issues);
      break;
    case "map":
      for (const [key, member] of Object.entries(value as ValueObject)) {
        walk(member, schema.value, joinPath(path, key), issues);
      }
      break;
    case "list":
      walkList(value as readonly Value[], schema, path, issues);
      break;
    case "boolean":
      checkBoolean(value as boolean, schema, path, issues);
      break;
    case "integer":
      checkInteger(value as number, schema, path, issues);
      break;
    case "string":
      if (value === "" && !schema.allowEmpty) fail(issues, path, "expected a string that is not empty");
      break;
    case "enum":
      checkEnum(value as string, schema, path, issues);
      break;
    case "recursive":
      walk(value, schema.make(), path, issues);
      break;
    case "union":
      walk(value, memberFor(value, schema) ?? schema, path, issues);
      break;
    case "any":
  }
}

function memberFor(value: Value, { members }: UnionSchema): Schema | undefined {
  return members.find((member) => mismatch(value, member) === undefined);
}

/** What was expected, when the value is not even of the schema's type. */
function mismatch(value: Value, schema: Schema): string | undefined {
  switch (schema.kind) {
    case "recursive":
      return mismatch(value, schema.make());
    case "union":
      return memberFor(value, schema) === undefined ? nounOf(schema) : undefined;
    case "string":
      return isText(value) || (schema.fromScalar && isScalar(value)) ? undefined : TYPES.string.noun;
    default:
      return TYPES[schema.kind].accepts(value) ? undefined : TYPES[schema.kind].noun;
  }
}

const isText = (value: Value): boolean => typeof value === "string";

function isScalar(value: Value): value is number | bigint | boolean | Double {
  return ["number", "bigint", "boolean"].includes(typeof value) || value instanceof Double;
}

/** By kind of schema: how a person calls its values, and which they are. */
const TYPES: Readonly<
  Record<
    Exclude<Schema["kind"], "recursive" | "union">,
    { readonly noun: string; readonly accepts: (value: Value) => boolean }
  >
> = {
  any: { noun: "a value", accepts: () => true },
  object: { noun: "an object", accepts: isValueObject },
  map: { noun: "an object", accepts: isValueObject },
  list: { noun: "a list", accepts: Array.isArray },
  boolean: { noun: "a boolean", accepts: (value) => typeof value === "boolean" },
  integer: { noun: "an integer", accepts: (value) => typeof value === "number" && Number.isInteger(value) },
  string: { noun: "a string", accepts: isText },
  enum: { noun: "a string", accepts: isText },
};

function walkObject(value: ValueObject, schema: ObjectSchema, path: string, issues: Issue[]): void {
  for (const [key, member] of Object.entries(value)) {
    const at = joinPath(path, key);
    const name = fieldNameOf(key, schema);
    const field = name === undefined ? undefined : schema.fields[name];
    if (field === undefined) {
      issues.push(unknownField(key, schema.fields, at));
      continue;
    }
    if (member === null) continue;
    if (field.presence === "known") notSupported(issues, at, field.reason ?? "amap does not act on this field yet");
    walk(member, field.schema, at, issues);
  }
  const present = new Set(
    Object.keys(value).map((key) => (value[key] === null ? undefined : fieldNameOf(key, schema))),
  );
  const has = (name: string): boolean => present.has(name);
  for (const [name, field] of Object.entries(schema.fields)) {
    if (field.presence === "required" && !has(name)) {
      fail(issues, joinPath(path, name), `expected ${nounOf(field.schema)}, found nothing`);
    }
  }
  for (const group of schema.exactlyOne) {
    const found = group.filter(has);
    if (found.length === 1) continue;
    fail(issues, path, `expected exactly one of ${group.join(", ")}, found ${found.join(" and ") || "none"}`);
  }
}

/** The field that a key stands for. */
function fieldNameOf(key: string, { fields, anyCase }: ObjectSchema): string | undefined {
  if (Object.hasOwn(fields, key)) return key;
  if (!anyCase) return undefined;
  const lower = key.toLowerCase();
  return Object.keys(fields).find((name) => name.toLowerCase() === lower);
}

function walkList(value: readonly Value[], schema: ListSchema, path: string, issues: Issue[]): void {
  if (value.length < schema.minItems) {
    fail(issues, path, `expected at least ${schema.minItems} item${schema.minItems === 1 ? "" : "s"}, found none`);
  }
  if (value.length > schema.maxItems) {
    fail(issues, path, `expected at most ${schema.maxItems} items, found ${value.length}`);
    return;
  }
  value.forEach((item, index) => {
    walk(item, schema.item, `${path}[${index}]`, issues);
  });
}

function checkInteger(value: number, { min, max }: IntegerSchema, path: string, issues: Issue[]): void {
  if (value < min || value > max) fail(issues, path, `expected an integer from ${min} to ${max}, found ${value}`);
}

function checkBoolean(value: boolean, schema: BooleanSchema, path: string, issues: Issue[]): void {
  if (schema.only !== undefined && value !== schema.only.value) notSupported(issues, path, schema.only.reason);
}

function checkEnum(value: string, schema: EnumSchema, path: string, issues: Issue[]): void {
  if (schema.values.includes(value)) return;
  if (Object.hasOwn(schema.knownValues, value)) {
    notSupported(issues, path, schema.knownValues[value] ?? "amap does not act on this value yet");
    return;
  }
  const near = nearestName(value, schema.values);
  const hint = near === undefined ? "" : ` (did you mean ${near}?)`;
  fail(issues, path, `expected one of ${schema.values.join(", ")}, found ${shown(value)}${hint}`);
}

function unknownField(key: string, fields: Fields, path: string): Issue {
  const names = Object.keys(fields);
  const near = nearestName(key, names);
  const hint = near === undefined ? `the fields here are ${names.join(", ")}` : `did you mean ${near}?`;
  return { code: "POLICY_INVALID", path, message: `unknown field ${shown(key)}: ${hint}` };
}

function nounOf(schema: Schema): string {
  switch (schema.kind) {
    case "enum":
      return `one of ${schema.values.join(", ")}`;
    case "recursive":
      return nounOf(schema.make());
    case "union":
      return schema.members.map(nounOf).join(" or ");
    default:
      return TYPES[schema.kind].noun;
  }
}

function fail(issues: Issue[], path: string, message: string): void {
  issues.push({ code: "POLICY_INVALID", path, message });
}

function notSupported(issues: Issue[], path: string, reason: string): void {
  issues.push({ code: "NOT_SUPPORTED", path, message: reason });
}

const PLAIN_NAME = /^[A-Za-z_][A-Za-z0-9_-]*$/;

/** `spec.validations`, or `metadata.annotations["a/b"]` for names that do not read well after a point. */
export function joinPath(path: string, key: string): string {
  if (!PLAIN_NAME.test(key)) return `${path}[${shown(key)}]`;
  return path === "" ? key : `${path}.${key}`;
}
