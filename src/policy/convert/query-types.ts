import { isValueObject, type Value } from "../../base/index.ts";
import type { FieldType } from "./field-types.ts";
import { TEXT } from "./field-types.ts";

export const BOOLEAN: FieldType = { kind: "boolean" };
export const INTEGER: FieldType = { kind: "integer" };
export const TEXTS: FieldType = { kind: "list", items: TEXT, isAtomic: true };

/** What is known of who asks. */
export const USER_INFO: FieldType = {
  kind: "object",
  isAtomic: false,
  field: (name) =>
    name === "username"
      ? { type: TEXT, isCertain: false }
      : name === "groups"
        ? { type: TEXTS, isCertain: false }
        : undefined,
};

/** Fields that all of several types have, with the same type; certain where they are so in all. */
export function commonType(types: readonly FieldType[]): FieldType {
  const [first] = types;
  if (first === undefined) return { kind: "unknown" };
  if (types.every(({ kind }) => kind !== "object"))
    return types.every(({ kind }) => kind === first.kind) ? first : { kind: "unknown" };
  return {
    kind: "object",
    isAtomic: false,
    field: (name) => {
      const fields = types.map((type) => (type.kind === "object" ? type.field(name) : undefined));
      const found = fields.filter((field) => field !== undefined);
      const [one] = found;
      if (one === undefined) return undefined;
      const type = commonType(found.map((field) => field.type));
      return { type, isCertain: found.length === types.length && found.every((field) => field.isCertain) };
    },
  };
}

/** The type of a value that a policy writes down. */
export function typeOfValue(value: Value): FieldType {
  if (typeof value === "string") return TEXT;
  if (typeof value === "boolean") return BOOLEAN;
  if (typeof value === "number") return Number.isSafeInteger(value) ? INTEGER : { kind: "number" };
  if (Array.isArray(value)) {
    return { kind: "list", isAtomic: true, items: commonType((value as readonly Value[]).map(typeOfValue)) };
  }
  if (!isValueObject(value)) return { kind: "unknown" };
  return {
    kind: "object",
    isAtomic: true,
    field: (name) =>
      Object.hasOwn(value, name) ? { type: typeOfValue(value[name] as Value), isCertain: true } : undefined,
  };
}
