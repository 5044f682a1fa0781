import type { BinaryOperator } from "./ast.ts";
import { applyBindings, bindSignature, isCompatible, joinAll } from "./static-type.ts";
import { type CelType, celTypes, formatType } from "./types.ts";

interface Signature {
  readonly left: CelType;
  readonly right: CelType;
  readonly result: CelType;
}

const { bool, bytes, double, duration, int, list, map, parameter, string, timestamp, uint } = celTypes;
const T = parameter("T");

/** Operators over two values of one type that give a third of it. */
const closed = (...types: readonly CelType[]): Signature[] =>
  types.map((type) => ({ left: type, right: type, result: type }));

const NUMBERS: readonly CelType[] = [int, uint, double];

/** Values of one type that has an order, and any two numbers (cel-go's cross-type numeric comparisons). */
const ORDERED: readonly Signature[] = [
  ...[bool, string, bytes, timestamp, duration].map((type) => ({ left: type, right: type, result: bool })),
  ...NUMBERS.flatMap((left) => NUMBERS.map((right) => ({ left, right, result: bool }))),
];
const EQUAL: readonly Signature[] = [{ left: T, right: T, result: bool }];

const SIGNATURES: Readonly<Record<BinaryOperator, readonly Signature[]>> = {
  "==": EQUAL,
  "!=": EQUAL,
  "<": ORDERED,
  "<=": ORDERED,
  ">": ORDERED,
  ">=": ORDERED,
  in: [
    { left: T, right: list(T), result: bool },
    { left: T, right: map(T, parameter("V")), result: bool },
  ],
  "+": [
    ...closed(int, uint, double, string, bytes, duration, list(T)),
    { left: timestamp, right: duration, result: timestamp },
    { left: duration, right: timestamp, result: timestamp },
  ],
  "-": [
    ...closed(int, uint, double, duration),
    { left: timestamp, right: timestamp, result: duration },
    { left: timestamp, right: duration, result: timestamp },
  ],
  "*": closed(int, uint, double),
  "/": closed(int, uint, double),
  "%": closed(int, uint),
};

/**
 * The type of `left operator right` (cel-spec, list of standard definitions), or the text of why cel-go's checker
 * refuses it: at run time a `==` between a number and a text would only ever be false, and `!=` always true.
 */
export function operatorType(
  operator: BinaryOperator,
  left: CelType,
  right: CelType,
): { readonly type: CelType } | { readonly refusal: string } {
  const results = SIGNATURES[operator].flatMap((signature) => {
    const bindings = bindSignature([signature.left, signature.right], [left, right]);
    return bindings === undefined ? [] : [applyBindings(signature.result, bindings)];
  });
  if (results.length > 0) return { type: joinAll(results) };
  const types = `${formatType(left)}, ${formatType(right)}`;
  const isEquality = operator === "==" || operator === "!=";
  const why = isEquality ? ": values of different types are never equal" : "";
  const hint = isEquality && bothNumbers(left, right) ? "; write dyn(x) for one of them to compare by value" : "";
  return { refusal: `no such overload: ${operator} for ${types}${why}${hint}` };
}

function bothNumbers(left: CelType, right: CelType): boolean {
  return [left, right].every((type) => NUMBERS.includes(type));
}

/** Whether a condition can be of this type. */
export function canBeBool(type: CelType): boolean {
  return isCompatible(type, bool);
}

/** The type of `-x`, or undefined. */
export function negatedType(type: CelType): CelType | undefined {
  const results = [int, double].filter((number) => isCompatible(number, type));
  return results.length === 0 ? undefined : joinAll(results);
}
