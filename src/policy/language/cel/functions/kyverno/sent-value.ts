import { LIMITS, memberOf, type Value } from "../../../../../base/index.ts";
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
  const { length } = writeGoJson(converted, context);
  if (length > LIMITS.factBodyLength) {
    const message = `what is sent takes ${length} characters of JSON, more than ${LIMITS.factBodyLength}`;
    throw new CelError("invalid_argument", message);
  }
  return converted;
}

/**
 * An object that is created in a namespace. One that names another is refused, whatever the API server would make of it:
 * a namespaced policy creates nothing elsewhere.
 * @throws {CelError} invalid_argument
 */
export function sentObject(object: CelValue, namespace: string, context: CelContext): Value {
  const converted = sentValue(object, context);
  const named = memberOf(memberOf(converted, "metadata"), "namespace");
  if (namespace === "" || named === undefined || named === "" || named === namespace) return converted;
  const found = JSON.stringify(typeof named === "string" ? named.slice(0, 80) : typeof named);
  throw new CelError("invalid_argument", `expected an object of namespace ${namespace}, found one of ${found}`);
}
