import type { BinaryOperator } from "../syntax/ast.ts";
import { type CelType, celTypes } from "../types.ts";

/** One form of an operator: what it takes, what it gives. */
export interface OperatorSignature {
  readonly args: readonly CelType[];
  readonly result: CelType;
}

const { bool, bytes, double, duration, int, list, map, optional, parameter, string, timestamp, uint } = celTypes;
const T = parameter("T");
const V = parameter("V");

const signature = (result: CelType, ...args: readonly CelType[]): OperatorSignature => ({ args, result });

/** Operators over two values of one type that give a third of it. */
const closed = (...types: readonly CelType[]): OperatorSignature[] => types.map((type) => signature(type, type, type));

/** Types of numbers: three different ones, which only order compares with each other. */
export const NUMBERS: readonly CelType[] = [int, uint, double];

/** Values of one type that has an order, and any two numbers (cel-go's cross-type numeric comparisons). */
const ORDERED: readonly OperatorSignature[] = [
  signature(bool, bool, bool),
  ...NUMBERS.flatMap((left) => NUMBERS.map((right) => signature(bool, left, right))),
  ...[string, bytes, timestamp, duration].map((type) => signature(bool, type, type)),
];
const EQUAL: readonly OperatorSignature[] = [signature(bool, T, T)];

/**
 * The forms of each binary operator (cel-spec, list of standard definitions). Their order is cel-go's: an operand that
 * nothing is known of becomes what the first form takes.
 */
export const BINARY_SIGNATURES: Readonly<Record<BinaryOperator, readonly OperatorSignature[]>> = {
  "==": EQUAL,
  "!=": EQUAL,
  "<": ORDERED,
  "<=": ORDERED,
  ">": ORDERED,
  ">=": ORDERED,
  in: [signature(bool, T, list(T)), signature(bool, T, map(T, V))],
  "+": [
    ...closed(bytes, double, duration),
    signature(timestamp, duration, timestamp),
    signature(timestamp, timestamp, duration),
    ...closed(int, list(T), string, uint),
  ],
  "-": [
    ...closed(double, duration, int),
    signature(timestamp, timestamp, duration),
    signature(duration, timestamp, timestamp),
    ...closed(uint),
  ],
  "*": closed(double, int, uint),
  "/": closed(double, int, uint),
  "%": closed(int, uint),
};

export const NOT: readonly OperatorSignature[] = [signature(bool, bool)];
export const NEGATE: readonly OperatorSignature[] = [signature(double, double), signature(int, int)];
export const CONDITIONAL: readonly OperatorSignature[] = [signature(T, bool, T, T)];

/** `a[b]`; what is taken from an optional is an optional. */
export const INDEX: readonly OperatorSignature[] = [
  signature(T, list(T), int),
  signature(V, map(T, V), T),
  signature(optional(T), optional(list(T)), int),
  signature(optional(V), optional(map(T, V)), T),
];

/** `a[?b]` */
export const OPTIONAL_INDEX: readonly OperatorSignature[] = [
  signature(optional(T), list(T), int),
  signature(optional(V), map(T, V), T),
  signature(optional(T), optional(list(T)), int),
  signature(optional(V), optional(map(T, V)), T),
];

/** What `sortBy` may order by. */
export const SORTABLE: readonly CelType[] = [...NUMBERS, bool, bytes, string, timestamp, duration];
