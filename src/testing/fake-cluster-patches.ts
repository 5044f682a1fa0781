import { AmapError, equalValues, isValueObject, memberOf, type Value, type ValueObject } from "../base/index.ts";

/** A merge patch (RFC 7386): null removes a member, an object is merged, anything else replaces. */
export function applyMergePatch(target: Value | undefined, patch: Value): Value {
  if (!isValueObject(patch)) return patch;
  const result = new Map(Object.entries(isValueObject(target) ? target : {}));
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) result.delete(key);
    else result.set(key, applyMergePatch(result.get(key), value));
  }
  return Object.fromEntries(result);
}

/** A JSON patch (RFC 6902) of add, remove, replace and test. @throws {AmapError} CLUSTER_REFUSED */
export function applyJsonPatch(target: Value, patch: Value): Value {
  if (!Array.isArray(patch)) throw refused("a JSON patch is a list");
  return patch.reduce<Value>((value, operation: Value) => {
    const path = memberOf(operation, "path");
    if (typeof path !== "string" || !path.startsWith("/")) throw refused("an operation has no path below the object");
    const segments = path
      .slice(1)
      .split("/")
      .map((segment) => segment.replaceAll("~1", "/").replaceAll("~0", "~"));
    return change(value, segments, operation);
  }, target);
}

function change(target: Value | undefined, [segment = "", ...rest]: readonly string[], operation: Value): Value {
  if (Array.isArray(target)) return changeList(target, segment, rest, operation);
  if (!isValueObject(target)) throw refused(`there is nothing to hold ${JSON.stringify(segment)}`);
  const members = new Map(Object.entries(target));
  const before = members.get(segment);
  const after = rest.length > 0 ? change(before, rest, operation) : outcome(before, operation);
  if (after === undefined) members.delete(segment);
  else members.set(segment, after);
  return Object.fromEntries(members);
}

function changeList(target: readonly Value[], segment: string, rest: readonly string[], operation: Value): Value {
  const index = segment === "-" ? target.length : Number(segment);
  if (!Number.isInteger(index) || index < 0 || index > target.length) throw refused(`no index ${segment}`);
  if (rest.length > 0) return target.with(index, change(target[index], rest, operation));
  const isAdd = memberOf(operation, "op") === "add";
  const after = outcome(isAdd ? undefined : target[index], operation);
  return target.toSpliced(index, isAdd ? 0 : 1, ...(after === undefined ? [] : [after]));
}

function outcome(before: Value | undefined, operation: Value): Value | undefined {
  const op = memberOf(operation, "op");
  const value = memberOf(operation, "value");
  if (op === "add" && value !== undefined) return value;
  if (before === undefined) throw refused("the path does not exist");
  if (op === "remove") return undefined;
  if (op === "replace" && value !== undefined) return value;
  if (op === "test" && value !== undefined && equalValues(before, value)) return before;
  throw refused(`the operation ${JSON.stringify(op)} cannot be done`);
}

/** A simple server-side apply: objects are merged by field, lists replaced. Nobody owns fields, so nothing conflicts. */
export function applyFields(target: ValueObject, applied: ValueObject): ValueObject {
  const result = new Map(Object.entries(target));
  for (const [key, value] of Object.entries(applied)) {
    const before = result.get(key);
    result.set(key, isValueObject(before) && isValueObject(value) ? applyFields(before, value) : value);
  }
  return Object.fromEntries(result);
}

function refused(message: string): AmapError {
  return new AmapError("CLUSTER_REFUSED", message, { details: { status: 422, reason: "Invalid", message } });
}
