import { LIMITS } from "../../../../../base/index.ts";
import { CelError } from "../../error.ts";
import { type CelFunction, celFunction } from "../../function.ts";
import { celTypes } from "../../types.ts";
import { toDouble, toInt } from "../../values/arithmetic.ts";
import type { Opaque } from "../../values/value.ts";
import { readOnce, shown } from "./constants.ts";
import { QUANTITY, quantityValue } from "./opaque-values.ts";
import {
  addAmounts,
  amountOfInt,
  compareAmounts,
  doubleOfAmount,
  intOfAmount,
  isBeyondLimits,
  type QuantityAmount,
  readAmount,
  subtractAmounts,
} from "./quantity-amount.ts";

const { bool, double, int, string } = celTypes;
const since = "0.2.0";
const method = { receiver: true, since } as const;

type Quantity = Opaque<QuantityAmount>;

function read(text: string): QuantityAmount | undefined {
  const amount = readAmount(text);
  if (amount === undefined && isBeyondLimits(text)) {
    throw new CelError(
      "invalid_argument",
      `a quantity of more than ${LIMITS.quantityDigits} digits or an exponent beyond ${LIMITS.quantityExponent}: ${shown(text)}`,
    );
  }
  return amount;
}

function quantity(text: string): Quantity {
  const amount = read(text);
  if (amount === undefined) throw new CelError("invalid_argument", `not a quantity: ${shown(text)}`);
  return quantityValue(amount);
}

function asInteger({ value }: Quantity): number | bigint {
  const whole = intOfAmount(value);
  if (whole === undefined) throw new CelError("invalid_argument", "the quantity cannot be converted to an integer");
  return toInt(whole);
}

/** Kubernetes' resource quantities: `500m`, `1.5Gi`, `1e3`. */
export const QUANTITY_FUNCTIONS: readonly CelFunction[] = [
  celFunction({
    name: "quantity",
    args: [string],
    result: QUANTITY,
    note: "The quantity a text spells.",
    example: "quantity('1Gi').isGreaterThan(quantity('1G'))",
    since,
    prepare: readOnce(quantity),
    call: quantity,
  }),
  celFunction({
    name: "isQuantity",
    args: [string],
    result: bool,
    note: "Whether a text spells a quantity.",
    example: "isQuantity('1.3Gi') && !isQuantity('200K')",
    since,
    call: (text) => read(text) !== undefined,
  }),
  celFunction({
    name: "sign",
    args: [QUANTITY],
    result: int,
    note: "1 for a positive quantity, 0 for zero, -1 for a negative one.",
    example: "sign(quantity('-5')) == -1",
    since,
    call: ({ value }) => (value.unscaled > 0n ? 1 : value.unscaled < 0n ? -1 : 0),
  }),
  celFunction({
    ...method,
    name: "isInteger",
    args: [QUANTITY],
    result: bool,
    note: "Whether asInteger works: false too for whole numbers that Kubernetes holds with a fraction (1000m) or not in 64 bits (1Pi).",
    example: "quantity('50k').isInteger() && !quantity('1500m').isInteger()",
    call: ({ value }) => intOfAmount(value) !== undefined,
  }),
  celFunction({
    ...method,
    name: "asInteger",
    args: [QUANTITY],
    result: int,
    note: "The quantity as an int; an error when isInteger is false.",
    example: "quantity('50k').asInteger() == 50000",
    call: asInteger,
  }),
  celFunction({
    ...method,
    name: "asApproximateFloat",
    args: [QUANTITY],
    result: double,
    note: "The quantity as a double, which may lose precision; infinite beyond its range.",
    example: "quantity('50k').sub(20000).asApproximateFloat() == 30000.0",
    call: ({ value }) => toDouble(doubleOfAmount(value)),
  }),
  celFunction({
    ...method,
    name: "add",
    args: [QUANTITY, QUANTITY],
    result: QUANTITY,
    note: "The sum of two quantities.",
    example: "quantity('50k').add(quantity('20k')) == quantity('70k')",
    call: (a, b) => quantityValue(addAmounts(a.value, b.value)),
  }),
  celFunction({
    ...method,
    name: "add",
    args: [QUANTITY, int],
    result: QUANTITY,
    note: "The sum of a quantity and an int.",
    example: "quantity('50k').add(20) == quantity('50020')",
    call: (a, b) => quantityValue(addAmounts(a.value, amountOfInt(b))),
  }),
  celFunction({
    ...method,
    name: "sub",
    args: [QUANTITY, QUANTITY],
    result: QUANTITY,
    note: "The difference of two quantities.",
    example: "quantity('50k').sub(quantity('20k')) == quantity('30k')",
    call: (a, b) => quantityValue(subtractAmounts(a.value, b.value)),
  }),
  celFunction({
    ...method,
    name: "sub",
    args: [QUANTITY, int],
    result: QUANTITY,
    note: "The difference of a quantity and an int.",
    example: "quantity('50k').sub(20000) == quantity('30k')",
    call: (a, b) => quantityValue(subtractAmounts(a.value, amountOfInt(b))),
  }),
  celFunction({
    ...method,
    name: "isGreaterThan",
    args: [QUANTITY, QUANTITY],
    result: bool,
    note: "Whether the quantity is greater than another.",
    example: "quantity('150Mi').isGreaterThan(quantity('100Mi'))",
    call: (a, b) => compareAmounts(a.value, b.value) > 0,
  }),
  celFunction({
    ...method,
    name: "isLessThan",
    args: [QUANTITY, QUANTITY],
    result: bool,
    note: "Whether the quantity is less than another.",
    example: "quantity('50M').isLessThan(quantity('100M'))",
    call: (a, b) => compareAmounts(a.value, b.value) < 0,
  }),
  celFunction({
    ...method,
    name: "compareTo",
    args: [QUANTITY, QUANTITY],
    result: int,
    note: "0 for equal quantities, 1 when this one is greater, -1 when it is less.",
    example: "quantity('200M').compareTo(quantity('0.2G')) == 0",
    call: (a, b) => compareAmounts(a.value, b.value),
  }),
];
