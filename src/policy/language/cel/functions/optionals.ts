import { doubleValue } from "../arithmetic.ts";
import { CelError } from "../error.ts";
import { type CelFunction, celFunction } from "../function.ts";
import { isDouble, isList, isMap, mapSize } from "../kinds.ts";
import { celTypes } from "../types.ts";
import { type CelValue, Optional, Uint } from "../value.ts";

const { bool, dyn, parameter } = celTypes;
const T = parameter("T");
const optional = celTypes.optional(T);
const since = "0.1.0";

function isZero(value: CelValue): boolean {
  if (value === null || value === false || value === "" || value === 0) return true;
  if (isDouble(value)) return doubleValue(value) === 0;
  if (value instanceof Uint) return value.value === 0n;
  if (isList(value) || value instanceof Uint8Array) return value.length === 0;
  return isMap(value) && mapSize(value) === 0;
}

/** Values that may be absent. */
export const OPTIONAL_FUNCTIONS: readonly CelFunction[] = [
  celFunction({
    name: "optional.of",
    args: [T],
    result: optional,
    note: "An optional that holds the value.",
    example: "optional.of(1).value() == 1",
    since,
    call: (value) => new Optional(value),
  }),
  celFunction({
    name: "optional.none",
    args: [],
    result: optional,
    note: "An optional that holds nothing.",
    example: "!optional.none().hasValue()",
    since,
    call: () => new Optional(undefined),
  }),
  celFunction({
    name: "optional.ofNonZeroValue",
    args: [T],
    result: optional,
    note: "An optional that holds the value, or nothing for null, false, 0 and what is empty.",
    example: "!optional.ofNonZeroValue('').hasValue()",
    since,
    call: (value) => new Optional(isZero(value) ? undefined : value),
  }),
  celFunction({
    name: "hasValue",
    receiver: true,
    args: [optional],
    result: bool,
    note: "Whether the optional holds a value.",
    example: "{'a': 1}.?a.hasValue()",
    since,
    call: (value) => value.value !== undefined,
  }),
  celFunction({
    name: "value",
    receiver: true,
    args: [optional],
    result: T,
    note: "The value of the optional; an error when it holds none.",
    example: "optional.of('a').value() == 'a'",
    since,
    call: ({ value }) => {
      if (value === undefined) throw new CelError("invalid_argument", "the optional holds no value");
      return value;
    },
  }),
  celFunction({
    name: "or",
    receiver: true,
    args: [optional, optional],
    result: optional,
    note: "The optional itself when it holds a value, else the other one, which is only then evaluated.",
    example: "optional.none().or(optional.of(2)).value() == 2",
    since,
    call: (first, second) => (first.value === undefined ? second : first),
  }),
  celFunction({
    name: "orValue",
    receiver: true,
    args: [optional, dyn],
    result: T,
    note: "The optional's value, else the other value, which is only then evaluated.",
    example: "{'a': 1}.?b.orValue(2) == 2",
    since,
    call: (first, second) => first.value ?? second,
  }),
];
