import { AmapError, decodeBase64, isValueObject, memberOf, type Value } from "../../../../../base/index.ts";
import { type CelType, celTypes } from "../../types.ts";
import { type CelValue, Message } from "../../values/value.ts";

/** What a part of a request looks like, as the type of what expressions see and as JSON. */
export type Shape =
  | { readonly kind: "text" | "int" | "bytes" | "any" }
  | { readonly kind: "list" | "map"; readonly of: Shape }
  | {
      readonly kind: "message";
      readonly type: CelType;
      readonly name: string;
      readonly fields: ReadonlyMap<string, Shape>;
    };

export const TEXT: Shape = { kind: "text" };
export const INT: Shape = { kind: "int" };
export const BYTES: Shape = { kind: "bytes" };
/** JSON that is taken as it is. */
export const ANY: Shape = { kind: "any" };

export function listShape(of: Shape): Shape {
  return { kind: "list", of };
}

export function mapShape(of: Shape): Shape {
  return { kind: "map", of };
}

export function messageShape(name: string, fields: Readonly<Record<string, Shape>>): Shape {
  const types = Object.fromEntries(Object.entries(fields).map(([field, shape]) => [field, typeOfShape(shape)]));
  return { kind: "message", name, type: celTypes.object(name, types), fields: new Map(Object.entries(fields)) };
}

export function typeOfShape(shape: Shape): CelType {
  switch (shape.kind) {
    case "text":
      return celTypes.string;
    case "int":
      return celTypes.int;
    case "bytes":
      return celTypes.bytes;
    case "any":
      return celTypes.dyn;
    case "list":
      return celTypes.list(typeOfShape(shape.of));
    case "map":
      return celTypes.map(celTypes.string, typeOfShape(shape.of));
    default:
      return shape.type;
  }
}

/** What a JSON document may be written like. */
export interface ReadingRules {
  /** Whether a field may be written `camelCase` where its name is `snake_case`, as protobuf's JSON has it. */
  readonly isProtobuf: boolean;
}

/**
 * The message that a JSON document is. A field that is not there has its type's empty value, and `has` says that it is not
 * there. Protobuf knows all its fields; elsewhere others are left out.
 * @throws {AmapError} VALUE_INVALID with the field's path
 */
export function readShape(value: Value, shape: Shape, rules: ReadingRules, path = "object"): CelValue {
  switch (shape.kind) {
    case "any":
      return value;
    case "text":
      return typeof value === "string" ? value : refuse(path, "a text", value);
    case "int":
      return readInt(value, path, rules);
    case "bytes":
      return (typeof value === "string" ? decodeBase64(value) : undefined) ?? refuse(path, "base64", value);
    case "list":
      if (!Array.isArray(value)) return refuse(path, "a list", value);
      return value.map((item: Value, index) => readShape(item, shape.of, rules, `${path}[${index}]`));
    case "map":
      if (!isValueObject(value)) return refuse(path, "an object", value);
      return Object.fromEntries(
        Object.entries(value).map(([key, member]) => [key, readShape(member, shape.of, rules, `${path}.${key}`)]),
      );
    default:
      return readMessage(value, shape, rules, path);
  }
}

function readInt(value: Value, path: string, { isProtobuf }: ReadingRules): CelValue {
  if (typeof value === "bigint" || (typeof value === "number" && Number.isSafeInteger(value))) return value;
  // Protobuf writes 64-bit numbers as texts.
  if (isProtobuf && typeof value === "string" && /^-?[0-9]{1,15}$/.test(value)) return Number(value);
  return refuse(path, "a whole number", value);
}

type MessageOf = Extract<Shape, { kind: "message" }>;

function readMessage(value: Value, shape: MessageOf, rules: ReadingRules, path: string): Message {
  if (!isValueObject(value)) return refuse(path, "an object", value);
  const known = new Map<string, Shape>();
  const set = new Map<string, CelValue>();
  for (const [field, own] of shape.fields) {
    const spellings = rules.isProtobuf ? [...new Set([field, camelCase(field)])] : [field];
    for (const spelling of spellings) {
      known.set(spelling, own);
      const member = memberOf(value, spelling);
      if (member !== undefined && member !== null) set.set(field, readShape(member, own, rules, `${path}.${spelling}`));
    }
  }
  const other = rules.isProtobuf ? Object.keys(value).find((field) => !known.has(field)) : undefined;
  if (other !== undefined) {
    throw new AmapError("VALUE_INVALID", `${path}: expected fields of ${shape.name}, found ${JSON.stringify(other)}`);
  }
  return messageOf(shape, set);
}

function messageOf(shape: MessageOf, set: ReadonlyMap<string, CelValue>): Message {
  return new Message(shape.name, set, (field) => {
    const own = shape.fields.get(field);
    return own === undefined ? undefined : emptyOf(own);
  });
}

function emptyOf(shape: Shape): CelValue {
  switch (shape.kind) {
    case "text":
      return "";
    case "int":
      return 0;
    case "bytes":
      return new Uint8Array();
    case "list":
      return [];
    case "any":
    case "map":
      return {};
    default:
      return messageOf(shape, new Map());
  }
}

function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function refuse(path: string, expected: string, found: Value): never {
  const shown = JSON.stringify(found === null || typeof found !== "object" ? String(found).slice(0, 80) : typeof found);
  throw new AmapError("VALUE_INVALID", `${path}: expected ${expected}, found ${shown}`);
}
