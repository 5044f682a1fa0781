import { isAny } from "../check/static-type.ts";
import type { CelContext } from "../function.ts";
import type { CelType } from "../types.ts";
import { isDouble, isInt, isList, isMap, mapGet, mapKeys } from "../values/kinds.ts";
import { type CelValue, Duration, Message, Opaque, Optional, Timestamp, TypeValue, Uint } from "../values/value.ts";

/** Whether a value is of a type. Lists and maps are looked through when their members' types are not dyn. */
export type TypeMatcher = (value: CelValue, context: CelContext) => boolean;

const SIMPLE: ReadonlyMap<string, TypeMatcher> = new Map<string, TypeMatcher>([
  ["dyn", () => true],
  ["null_type", (value) => value === null],
  ["bool", (value) => typeof value === "boolean"],
  ["int", isInt],
  ["uint", (value) => value instanceof Uint],
  ["double", isDouble],
  ["string", (value) => typeof value === "string"],
  ["bytes", (value) => value instanceof Uint8Array],
  ["google.protobuf.Timestamp", (value) => value instanceof Timestamp],
  ["google.protobuf.Duration", (value) => value instanceof Duration],
]);

/** The test for a declared type. Type parameters match anything: only a type checker can hold them together. */
export function typeMatcher(type: CelType): TypeMatcher {
  switch (type.kind) {
    case "simple":
      return SIMPLE.get(type.name) ?? (() => false);
    case "parameter":
      return () => true;
    case "opaque":
      return (value) => value instanceof Opaque && value.typeName === type.name;
    case "type":
      return (value) => value instanceof TypeValue;
    case "object":
      return (value) => isMap(value) || (value instanceof Message && value.typeName === type.name);
    case "optional":
      return (value) => value instanceof Optional;
    case "list":
      return listMatcher(type.element);
    default:
      return mapMatcher(type.key, type.value);
  }
}

function listMatcher(element: CelType): TypeMatcher {
  if (isAny(element)) return isList;
  const matches = typeMatcher(element);
  return (value, context) => {
    if (!isList(value)) return false;
    context.charge(value.length);
    return value.every((item) => matches(item, context));
  };
}

function mapMatcher(key: CelType, member: CelType): TypeMatcher {
  if (isAny(key) && isAny(member)) return isMap;
  const matchesKey = typeMatcher(key);
  const matchesMember = typeMatcher(member);
  return (value, context) => {
    if (!isMap(value)) return false;
    const keys = mapKeys(value);
    context.charge(keys.length);
    return keys.every((each) => matchesKey(each, context) && matchesMember(mapGet(value, each) as CelValue, context));
  };
}
