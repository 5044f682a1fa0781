import type { Value } from "../../../../base/index.ts";
import { failed } from "../functions/failure.ts";
import type { JmesContext } from "../program.ts";
import type { SliceBounds } from "../syntax/ast.ts";

/**
 * `[from:to:step]` as Python has it: negative bounds count from the end, those outside are moved to it.
 * @throws {AmapError} EXPRESSION_FAILED for a step of 0, when it is run
 */
export function compileSlice({
  from,
  to,
  step = 1,
}: SliceBounds): (list: readonly Value[], context: JmesContext) => Value {
  if (step === 0) {
    return () => {
      throw failed("Invalid slice, step cannot be 0");
    };
  }
  return (list, context) => {
    const { length } = list;
    const [first, end] = step > 0 ? [0, length] : [length - 1, -1];
    const start = from === undefined ? first : capBound(from, length, step);
    const stop = to === undefined ? end : capBound(to, length, step);
    context.charge(Math.max(0, Math.abs(stop - start)));
    const part: Value[] = [];
    for (let index = start; step > 0 ? index < stop : index > stop; index += step) part.push(list[index] as Value);
    return part;
  };
}

function capBound(bound: number, length: number, step: number): number {
  if (bound < 0) {
    const moved = bound + length;
    if (moved >= 0) return moved;
    return step < 0 ? -1 : 0;
  }
  if (bound < length) return bound;
  return step < 0 ? length - 1 : length;
}
