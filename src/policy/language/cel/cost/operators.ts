import { BINARY_SIGNATURES, type OperatorSignature } from "../check/operator-types.ts";
import { Substitution } from "../check/substitution.ts";
import type { BinaryOperator } from "../syntax/ast.ts";
import { type CelType, formatType } from "../types.ts";
import { type EntrySizes, type Operand, sizeOrUnknown, uniteEntries } from "./operand.ts";
import { addRanges, type CostRange, ONE, scaleRange, uniteRanges } from "./range.ts";
import { type CallCost, PLAIN_CALL, TRAVERSAL } from "./rules.ts";

/** The forms of an operator that its operands' types allow. */
export function fittingSignatures(
  signatures: readonly OperatorSignature[],
  types: readonly CelType[],
): readonly OperatorSignature[] {
  return signatures.filter((signature) => {
    const substitution = new Substitution();
    return substitution.assign(types, substitution.instantiate(signature.args));
  });
}

/** What a binary operator costs beside its operands, for each of its forms that may apply, and its result's sizes. */
export function operatorCosts(
  operator: BinaryOperator,
  left: Operand,
  right: Operand,
): { readonly costs: readonly CallCost[]; readonly entries?: EntrySizes | undefined } {
  if (operator === "==" || operator === "!=") return { costs: [equalityCost(operator, left, right)] };
  const forms = fittingSignatures(BINARY_SIGNATURES[operator], [left.type, right.type]);
  if (operator === "in") return { costs: forms.map((form) => membershipCost(form, right)) };
  if (operator === "+") {
    const entries = forms.some(isOfSize) ? uniteEntries(left.entries, right.entries) : undefined;
    return { costs: forms.map((form) => concatenationCost(form, left, right)), entries };
  }
  const isOrder = operator !== "-" && operator !== "*" && operator !== "/" && operator !== "%";
  return { costs: forms.map((form) => (isOrder && isText(form) ? comparisonCost(left, right) : PLAIN_CALL)) };
}

function isText({ args: [type] }: OperatorSignature): boolean {
  return type?.kind === "simple" && (type.name === "string" || type.name === "bytes");
}

const isOfSize = (form: OperatorSignature): boolean => isText(form) || form.args[0]?.kind === "list";

/** Up to the shorter one's size. */
function comparisonCost(left: Operand, right: Operand): CallCost {
  const [a, b] = [sizeOrUnknown(left).max, sizeOrUnknown(right).max];
  const max = a < b ? a : b;
  return { cost: scaleRange({ min: max > 0n ? 1n : 0n, max }, TRAVERSAL) };
}

const CHEAP_EQUALITY: ReadonlySet<string> = new Set([
  "net.IP",
  "net.CIDR",
  "kubernetes.Quantity",
  "kubernetes.Semver",
  "kubernetes.authorization.Authorizer",
  "kubernetes.authorization.PathCheck",
  "kubernetes.authorization.GroupCheck",
  "kubernetes.authorization.ResourceCheck",
  "kubernetes.authorization.Decision",
]);
/** The longest text that a format's values are compared by. */
const FORMAT_SIZE = 64n;

function equalityCost(operator: "==" | "!=", left: Operand, right: Operand): CallCost {
  const name = formatType(left.type);
  // Kubernetes has figures of its own for `==` alone.
  if (operator === "==" && name === formatType(right.type)) {
    if (CHEAP_EQUALITY.has(name)) return PLAIN_CALL;
    if (name === "kubernetes.NamedFormat") return { cost: scaleRange({ min: 1n, max: FORMAT_SIZE }, TRAVERSAL) };
    if (name === "kubernetes.URL") return { cost: scaleRange({ min: 1n, max: right.size?.max ?? 1n }, TRAVERSAL) };
  }
  return comparisonCost(left, right);
}

/** A list's elements are all asked, a map is looked up. */
function membershipCost(form: OperatorSignature, right: Operand): CallCost {
  return form.args[1]?.kind === "list" ? { cost: sizeOrUnknown(right) } : PLAIN_CALL;
}

function concatenationCost(form: OperatorSignature, left: Operand, right: Operand): CallCost {
  if (!isOfSize(form)) return PLAIN_CALL;
  const size = addRanges(sizeOrUnknown(left), sizeOrUnknown(right));
  // Lists are joined without copying them.
  return { cost: isText(form) ? scaleRange(size, TRAVERSAL) : ONE, size };
}

/** The costs and sizes of all forms as one. */
export function uniteCosts(costs: readonly CallCost[]): { readonly cost: CostRange; readonly size?: CostRange } {
  const [first = PLAIN_CALL, ...rest] = costs;
  return rest.reduce((united, each) => {
    const cost = uniteRanges(united.cost, each.cost);
    const size = united.size === undefined || each.size === undefined ? undefined : uniteRanges(united.size, each.size);
    const known = size ?? united.size ?? each.size;
    return known === undefined ? { cost } : { cost, size: known };
  }, first);
}

/** `test ? value : otherwise`. */
export function chooseCost(test: CostRange, value: Operand, otherwise: Operand, type: CelType): Operand {
  return {
    cost: addRanges(test, uniteRanges(value.cost, otherwise.cost)),
    type,
    size: uniteRanges(sizeOrUnknown(value), sizeOrUnknown(otherwise)),
    entries: uniteEntries(value.entries, otherwise.entries),
  };
}
