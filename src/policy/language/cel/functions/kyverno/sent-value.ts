import { isValueObject, LIMITS, memberOf, type Value } from "../../../../../base/index.ts";
import { CelError } from "../../error.ts";
import type { CelContext } from "../../function.ts";
import type { CelValue } from "../../values/value.ts";
import { toTreeValue, writeGoJson } from "./go-json.ts";

/**
 * A value that leaves the policy: in a POST, or as an object that is generated. Converted as CEL converts to JSON, at
 * most LIMITS.factBodyLength characters.
 * @throws {CelError} invalid_argument
 */
export function sentValue(value: CelValue, context: CelContext): Value {
  const converted = toTreeValue(value, "protobuf", context);
  checkLength(converted, context);
  return converted;
}

function checkLength(value: Value, context: CelContext): void {
  const { length } = writeGoJson(value, context);
  if (length <= LIMITS.factBodyLength) return;
  const message = `what is sent takes ${length} characters of JSON, more than ${LIMITS.factBodyLength}`;
  throw new CelError("invalid_argument", message);
}

/**
 * As {@link sentValue}, for an object that is generated, or a list of objects: the limit holds for each of them.
 * @throws {CelError} invalid_argument
 */
export function generatedValue(value: CelValue, context: CelContext): Value {
  const converted = toTreeValue(value, "generated", context);
  const items = memberOf(converted, "items");
  const isList = isValueObject(converted) && Array.isArray(items);
  for (const each of isList ? items : [converted]) checkLength(each as Value, context);
  return converted;
}

/**
 * An object that is created in a namespace. One that names another is refused, whatever the API server would make of it:
 * a namespaced policy creates nothing elsewhere.
 * @throws {CelError} invalid_argument
 */
export function sentObject(object: CelValue, namespace: string, context: CelContext): Value {
  const converted = sentValue(object, context);
  checkNamespace(converted, namespace);
  return converted;
}

/**
 * Refuses an object that names another namespace.
 * @throws {CelError} invalid_argument
 */
export function checkNamespace(object: Value, namespace: string): void {
  const named = memberOf(memberOf(object, "metadata"), "namespace");
  if (namespace === "" || named === undefined || named === "" || named === namespace) return;
  const found = JSON.stringify(typeof named === "string" ? named.slice(0, 80) : typeof named);
  throw new CelError("invalid_argument", `expected an object of namespace ${namespace}, found one of ${found}`);
}
