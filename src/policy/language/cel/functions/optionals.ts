import { CelError } from "../error.ts";
import { type CelContext, type CelFunction, celFunction } from "../function.ts";
import { celTypes } from "../types.ts";
import { doubleValue, noOverload } from "../values/arithmetic.ts";
import { isDouble, isList, isMap, mapSize } from "../values/kinds.ts";
import { type CelValue, Duration, Message, NONE, Optional, Timestamp, Uint } from "../values/value.ts";

const { bool, list, parameter } = celTypes;
const T = parameter("T");
const optional = celTypes.optional(T);
const since = "0.1.0";

/** 0001-01-01T00:00:00Z, the timestamp that has not been set. */
const FIRST_SECOND = -62_135_596_800;

function unwrap(values: readonly CelValue[], context: CelContext): readonly CelValue[] {
  context.charge(values.length);
  const result: CelValue[] = [];
  for (const item of values) {
    if (!(item instanceof Optional)) throw noOverload("unwrap", item);
    if (item.value !== undefined) result.push(item.value);
  }
  return result;
}

function isZero(value: CelValue): boolean {
  if (value === null || value === false || value === "" || value === 0) return true;
  if (isDouble(value)) return doubleValue(value) === 0;
  if (value instanceof Uint) return value.value === 0n;
  if (isList(value) || value instanceof Uint8Array) return value.length === 0;
  if (value instanceof Duration) return value.seconds === 0 && value.nanos === 0;
  if (value instanceof Timestamp) return value.seconds === FIRST_SECOND && value.nanos === 0;
  if (value instanceof Message) return value.value.size === 0;
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
    call: () => NONE,
  }),
  celFunction({
    name: "optional.ofNonZeroValue",
    args: [T],
    result: optional,
    note: "An optional that holds the value, or nothing for null, false, 0, what is empty, and the first timestamp.",
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
    args: [optional, T],
    result: T,
    note: "The optional's value, else the other value, which is only then evaluated.",
    example: "{'a': 1}.?b.orValue(2) == 2",
    since,
    call: (first, second) => (first.value === undefined ? second : first.value),
  }),
  celFunction({
    name: "optional.unwrap",
    args: [list(optional)],
    result: list(T),
    note: "The values of those optionals that hold one.",
    example: "optional.unwrap([optional.of(1), optional.none()]) == [1]",
    since: "0.2.0",
    call: unwrap,
  }),
  celFunction({
    name: "unwrapOpt",
    receiver: true,
    args: [list(optional)],
    result: list(T),
    note: "The values of those optionals that hold one.",
    example: "[optional.of(1), optional.none()].unwrapOpt() == [1]",
    since: "0.2.0",
    call: unwrap,
  }),
  celFunction({
    name: "first",
    receiver: true,
    args: [list(T)],
    result: optional,
    note: "The first element of the list; none for an empty one.",
    example: "[1, 2].first().value() == 1",
    since: "0.2.0",
    call: (items) => new Optional(items[0]),
  }),
  celFunction({
    name: "last",
    receiver: true,
    args: [list(T)],
    result: optional,
    note: "The last element of the list; none for an empty one.",
    example: "[1, 2].last().value() == 2",
    since: "0.2.0",
    call: (items) => new Optional(items.at(-1)),
  }),
];
