import type { BindNode, BlockNode, OptionalMapNode } from "../syntax/ast.ts";
import { noOverload } from "../values/arithmetic.ts";
import { type CelValue, Optional } from "../values/value.ts";
import { type Code, type Compiling, makeCode, type Scope } from "./code.ts";
import { type Frame, isEvaluationError, type Run, Unsettled } from "./frame.ts";
import { withMaybe } from "./quick.ts";

const UNUSED = new Unsettled(undefined);

/** `cel.bind`: the value is made when it is first used and then kept, a failure too. */
export function compileBind(node: BindNode, scope: Scope | undefined, compiling: Compiling): Code {
  const value = compiling.compile(node.value, scope);
  const slot = compiling.newLocal();
  const body = compiling.compile(node.body, { name: node.variable, slot, value, outer: scope });
  const { run: bodyRun } = body;
  const run: Run = (frame) => {
    frame.locals[slot] = UNUSED;
    return bodyRun(frame);
  };
  return { ...makeCode([value, body], run), loads: body.loads };
}

/** `cel.block`: as many of them. */
export function compileBlock(node: BlockNode, scope: Scope | undefined, compiling: Compiling): Code {
  let inner = scope;
  const slots: number[] = [];
  const values = node.values.map((each, index) => {
    const value = compiling.compile(each, inner);
    const slot = compiling.newLocal();
    slots.push(slot);
    inner = { name: `@index${index}`, slot, value, outer: inner };
    return value;
  });
  const body = compiling.compile(node.body, inner);
  const { run: bodyRun } = body;
  const run: Run = (frame) => {
    for (const slot of slots) frame.locals[slot] = UNUSED;
    return bodyRun(frame);
  };
  return { ...makeCode([...values, body], run), loads: body.loads };
}

/** A macro's variable. */
export function compileLocal(local: Scope): Code {
  const { slot, value } = local;
  if (value === undefined) {
    const run = (frame: Frame): CelValue => frame.locals[slot] as CelValue;
    return { ...makeCode([], run), quick: (writer) => writer.local(slot) };
  }
  const run: Run = (frame) => {
    const known = frame.locals[slot];
    return known instanceof Unsettled ? settle(frame, slot, known, value.run) : (known as CelValue);
  };
  return { ...makeCode([], run), loads: value.loads };
}

/** Kept even when it fails, or nested bindings would make a failing value again and again. */
function settle(frame: Frame, slot: number, known: Unsettled, make: Run): CelValue {
  if (known !== UNUSED) throw known.error;
  try {
    const value = make(frame);
    frame.locals[slot] = value;
    return value;
  } catch (error) {
    const kept = isEvaluationError(error) ? frame.place(error) : error;
    frame.locals[slot] = new Unsettled(kept);
    throw kept;
  }
}

/** `optMap` and `optFlatMap`. */
export function compileOptionalMap(node: OptionalMapNode, scope: Scope | undefined, compiling: Compiling): Code {
  const target = compiling.compile(node.target, scope);
  const slot = compiling.newLocal();
  const body = compiling.compile(node.body, { name: node.variable, slot, outer: scope });
  const { offset, flat } = node;
  const name = flat ? "optFlatMap" : "optMap";
  const parts = [target, body];
  const code = makeCode(parts, (frame) => {
    const value = target.run(frame);
    if (!(value instanceof Optional)) throw frame.error(offset, noOverload(name, value));
    if (value.value === undefined) return value;
    frame.locals[slot] = value.value;
    const result = body.run(frame);
    if (!flat) return new Optional(result);
    if (!(result instanceof Optional)) throw frame.error(offset, noOverload(name, result));
    return result;
  });
  const { maybe } = target;
  const quick = flat ? body.maybe : body.quick;
  if (maybe === undefined || quick === undefined) return code;
  return withMaybe(code, parts, (writer) => {
    const value = maybe(writer);
    const result = writer.declare("undefined");
    writer.block(`if (${value} !== undefined)`, () => {
      writer.setLocal(slot, value);
      const made = quick(writer);
      writer.line(`${result} = ${flat ? made : writer.present(made)};`);
    });
    return result;
  });
}
