import { isAmapError, readJson, type Value } from "../../../../../base/index.ts";
import { CelError } from "../../error.ts";
import { type CelContext, type CelFunction, celFunction } from "../../function.ts";
import { celTypes } from "../../types.ts";
import type { CelValue } from "../../values/value.ts";
import { asGoDocument, toTreeValue, writeGoJson } from "./go-json.ts";

const { dyn, string } = celTypes;
const PARSED_PER_STEP = 2;

function unmarshal(text: string, context: CelContext): CelValue {
  context.charge(text.length / PARSED_PER_STEP);
  return asGoDocument(
    readDocument("json.unmarshal", () => readJson(text)),
    context,
  );
}

/**
 * What a reader of base makes of an argument.
 * @throws {CelError} invalid_argument
 */
export function readDocument(name: string, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    if (!isAmapError(error)) throw error;
    throw new CelError("invalid_argument", `${name}: ${error.message}`, { cause: error });
  }
}

/** Kyverno's json library. */
export const JSON_FUNCTIONS: readonly CelFunction[] = [
  celFunction({
    name: "json.unmarshal",
    args: [string],
    result: dyn,
    note: "The value of a JSON text; its numbers are doubles, as in Kyverno. A key that is there twice is an error.",
    example: `json.unmarshal('{"env": "prod", "tiers": [1, 2]}').tiers[1] == 2`,
    since: "0.2.0",
    call: unmarshal,
  }),
  celFunction({
    name: "json.marshal",
    args: [dyn],
    result: string,
    note: "A value as JSON on one line, as Go writes it: keys sorted, bytes in base64, a duration in nanoseconds.",
    example: `json.marshal({"b": [1, 2], "a": [3]}) == '{"a":[3],"b":[1,2]}'`,
    since: "0.2.0",
    call: (value, context) => writeGoJson(toTreeValue(value, "go", context), context),
  }),
];
