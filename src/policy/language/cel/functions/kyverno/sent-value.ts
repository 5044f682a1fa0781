import { LIMITS, type Value } from "../../../../../base/index.ts";
import { CelError } from "../../error.ts";
import type { CelContext } from "../../function.ts";
import type { CelValue } from "../../value.ts";
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
