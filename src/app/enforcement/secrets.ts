import {
  decodeBase64,
  decodeUtf8,
  digestOf,
  encodeUtf8,
  isValueObject,
  memberOf,
  type Value,
  writeJson,
} from "../../base/index.ts";
import type { PolicyInput } from "../../policy/index.ts";

/** Shorter values say nothing, and would take every other word out of a message. */
const MIN_QUOTED = 4;
const WITHHELD = "(withheld: it quotes a value of the Secret)";

/** Whether an object is a Secret, whose values are nowhere kept. */
export function isSecret(object: Value): boolean {
  return memberOf(object, "kind") === "Secret" && memberOf(object, "apiVersion") === "v1";
}

/** The input as it may be kept: of a Secret the values, and the annotations, in which tools keep copies, as digests. */
export function redactInput(input: PolicyInput): Value {
  return Object.fromEntries(
    Object.entries(input).map(([key, value]: [string, Value]) => [
      key,
      key === "object" || key === "oldObject" ? redactSecret(value) : value,
    ]),
  );
}

/** A message as it may be kept: one that quotes a value of a Secret, as it is or decoded, is not. */
export function withoutValues(objects: readonly Value[], message: string): string {
  const isQuoted = objects
    .filter(isSecret)
    .flatMap(valuesOf)
    .some((value) => message.includes(value));
  return isQuoted ? WITHHELD : message;
}

function valuesOf(secret: Value): readonly string[] {
  const values: string[] = [];
  for (const member of ["data", "stringData"]) {
    for (const value of Object.values(membersOf(secret, member))) {
      if (typeof value !== "string") continue;
      values.push(value, decoded(value));
    }
  }
  return values.filter((value) => value.length >= MIN_QUOTED);
}

function decoded(value: string): string {
  const bytes = decodeBase64(value);
  return (bytes === undefined ? undefined : decodeUtf8(bytes)) ?? "";
}

function redactSecret(object: Value): Value {
  if (!isValueObject(object) || !isSecret(object)) return object;
  const { data, stringData, metadata, ...rest } = object;
  return {
    ...rest,
    ...(metadata === undefined ? {} : { metadata: redactMetadata(metadata) }),
    ...(data === undefined ? {} : { data: digestsOf(membersOf(object, "data")) }),
    ...(stringData === undefined ? {} : { stringData: digestsOf(membersOf(object, "stringData")) }),
  };
}

function redactMetadata(metadata: Value): Value {
  if (!isValueObject(metadata) || memberOf(metadata, "annotations") === undefined) return metadata;
  return { ...metadata, annotations: digestsOf(membersOf(metadata, "annotations")) };
}

function membersOf(value: Value, key: string): { readonly [key: string]: Value } {
  const members = memberOf(value, key);
  return isValueObject(members) ? members : {};
}

function digestsOf(values: { readonly [key: string]: Value }): Value {
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [key, digestOf(encodeUtf8(writeJson(value)))]),
  );
}
