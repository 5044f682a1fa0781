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
}

/** `known` fields are part of the kind and refused with NOT_SUPPORTED: a rule that is ignored is a rule that is broken. */
export type Presence = "required" | "optional" | "known";

export type Fields = { readonly [name: string]: Field };

export interface ObjectSchema<F extends Fields = Fields> {
  readonly kind: "object";
  readonly fields: F;
  /** Groups of fields of which exactly one must be there. */
  readonly exactlyOne: readonly (readonly string[])[];
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

/** What a resource of a kind looks like: the one source of its type, its validation, its CRD and its reference page. */
export type Schema =
  | ObjectSchema
  | ListSchema
  | MapSchema
  | StringSchema
  | EnumSchema
  | IntegerSchema
  | BooleanSchema
  | AnySchema;

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
                : Value;

export function object<const F extends Fields>(
  fields: F,
  exactlyOne: readonly (readonly (keyof F & string)[])[] = [],
): ObjectSchema<F> {
  return Object.freeze({ kind: "object", fields: Object.freeze(fields), exactlyOne });
}

export function list<S extends Schema>(item: S, bounds: { minItems?: number; maxItems?: number } = {}): ListSchema<S> {
  const { minItems = 0, maxItems = 10_000 } = bounds;
  return Object.freeze({ kind: "list", item, minItems, maxItems });
}

export function map<S extends Schema>(value: S): MapSchema<S> {
  return Object.freeze({ kind: "map", value });
}

export function string(options: { allowEmpty?: boolean } = {}): StringSchema {
  return Object.freeze({ kind: "string", allowEmpty: options.allowEmpty ?? false });
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
 * which {@link dropNulls} takes away.
 */
export function validateResource(value: Value, schema: Schema): readonly Issue[] {
  const issues: Issue[] = [];
  walk(value, schema, "", issues);
  return issues;
}

/** The same value without the object members that are null. */
export function dropNulls(value: Value): Value {
  if (Array.isArray(value)) return Object.freeze(value.map(dropNulls));
  if (!isValueObject(value)) return value;
  const kept = Object.entries(value).filter(([, member]) => member !== null);
  return Object.freeze(Object.fromEntries(kept.map(([key, member]) => [key, dropNulls(member)])));
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
    case "any":
  }
}

/** What was expected, when the value is not even of the schema's type. */
function mismatch(value: Value, { kind }: Schema): string | undefined {
  const { noun, accepts } = TYPES[kind];
  return accepts(value) ? undefined : noun;
}

const isText = (value: Value): boolean => typeof value === "string";

/** By kind of schema: how a person calls its values, and which they are. */
const TYPES: Readonly<Record<Schema["kind"], { readonly noun: string; readonly accepts: (value: Value) => boolean }>> =
  {
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
    const field = Object.hasOwn(schema.fields, key) ? schema.fields[key] : undefined;
    if (field === undefined) {
      issues.push(unknownField(key, schema.fields, at));
      continue;
    }
    if (member === null) continue;
    if (field.presence === "known") notSupported(issues, at, field.reason ?? "amap does not act on this field yet");
    walk(member, field.schema, at, issues);
  }
  const has = (name: string): boolean => Object.hasOwn(value, name) && value[name] !== null;
  for (const [name, field] of Object.entries(schema.fields)) {
    if (field.presence === "required" && !has(name)) {
      fail(issues, joinPath(path, name), `expected ${nounOf(field.schema)}, found nothing`);
    }
  }
  for (const group of schema.exactlyOne) {
    const present = group.filter(has);
    if (present.length === 1) continue;
    fail(issues, path, `expected exactly one of ${group.join(", ")}, found ${present.join(" and ") || "none"}`);
  }
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
  return schema.kind === "enum" ? `one of ${schema.values.join(", ")}` : TYPES[schema.kind].noun;
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
