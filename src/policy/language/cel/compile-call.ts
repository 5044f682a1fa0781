import { nearestName } from "../../resource/nearest-name.ts";
import { noOverload } from "./arithmetic.ts";
import type { AstNode, CallNode } from "./ast.ts";
import { type Code, type Compiling, findLocal, makeCode, type Scope } from "./code.ts";
import { dottedName } from "./dotted-name.ts";
import { CelError } from "./error.ts";
import { type Frame, lookAhead, type Run } from "./frame.ts";
import type { CelCall, CelFunction } from "./function.ts";
import { formatSignature } from "./function.ts";
import { type TypeMatcher, typeMatcher } from "./match.ts";
import { applyBindings, bindSignature, joinAll } from "./static-type.ts";
import { type CelType, celTypes, formatType } from "./types.ts";
import { type CelValue, Optional } from "./value.ts";

/** A call whose rows are known: those of its name, form and number of arguments. */
interface Resolved {
  readonly rows: readonly CelFunction[];
  /** The object of a method first. */
  readonly args: readonly AstNode[];
}

/** `f(…)`, `namespace.f(…)` and `target.f(…)`. */
export function compileCall(node: CallNode, scope: Scope | undefined, compiling: Compiling): Code {
  const { rows: named, args } = resolve(node, scope, compiling);
  const parts = args.map((arg) => compiling.compile(arg, scope));
  if (node.target !== undefined && (node.name === "or" || node.name === "orValue") && args.length === 2) {
    return compileOr(node, parts as [Code, Code], compiling);
  }
  refuseConstants(node, named, parts, compiling);
  const { rows, type } = fitting(node, named, parts, compiling);
  const overloads = rows.map((row) => overload(node, row, parts, compiling));
  const code = makeCode(parts, dispatch(node, overloads, parts), type);
  return rows.some((row) => row.loads !== undefined) ? { ...code, loads: true } : code;
}

function resolve(node: CallNode, scope: Scope | undefined, compiling: Compiling): Resolved {
  const { functions, methods } = compiling.environment;
  if (node.target === undefined) {
    return { rows: ofCount(node, node.name, functions, node.args, compiling), args: node.args };
  }
  const namespace = dottedName(node.target);
  if (namespace !== undefined && findLocal(scope, namespace.split(".")[0] as string) === undefined) {
    const qualified = `${namespace.replace(/^\./, "")}.${node.name}`;
    if (functions.has(qualified)) {
      return { rows: ofCount(node, qualified, functions, node.args, compiling), args: node.args };
    }
    refuseNamespace(node, namespace, compiling);
  }
  const args = [node.target, ...node.args];
  return { rows: ofCount(node, node.name, methods, args, compiling), args };
}

/** A namespace of functions that lacks this one: "no such variable" would not help. */
function refuseNamespace(node: CallNode, namespace: string, compiling: Compiling): void {
  const { functions, variables, methods } = compiling.environment;
  const first = namespace.split(".")[0] as string;
  const members = [...functions.keys()].filter((name) => name.startsWith(`${namespace}.`));
  if (members.length === 0 || variables.has(first) || variables.has(namespace)) return;
  const name = `${namespace}.${node.name}`;
  if (methods.has(node.name) && variables.has(namespace)) return;
  compiling.fail(node.offset, `there is no function ${name}${suggestion(name, members)}`);
}

function ofCount(
  node: CallNode,
  name: string,
  table: ReadonlyMap<string, readonly CelFunction[]>,
  args: readonly AstNode[],
  compiling: Compiling,
): readonly CelFunction[] {
  const rows = table.get(name);
  if (rows === undefined) return compiling.fail(node.offset, unknownFunction(node, name, compiling));
  const fitting = rows.filter((row) => row.args.length === args.length);
  if (fitting.length > 0) return fitting;
  const signatures = rows.map(formatSignature).join("; ");
  return compiling.fail(node.offset, `wrong number of arguments for ${name}: there is ${signatures}`);
}

function unknownFunction(node: CallNode, name: string, compiling: Compiling): string {
  const { functions, methods } = compiling.environment;
  const isMethod = node.target !== undefined;
  if (isMethod && functions.has(name)) return `${name} is a function, not a method: write ${name}(…)`;
  if (!isMethod && methods.has(name)) return `${name} is a method: write x.${name}(…)`;
  const names = [...(isMethod ? methods : functions).keys()];
  return `there is no ${isMethod ? "method" : "function"} ${name}${suggestion(name, names)}`;
}

/** `; did you mean x?` or nothing. */
export function suggestion(name: string, candidates: readonly string[]): string {
  const near = nearestName(name, candidates);
  return near === undefined ? "" : `; did you mean ${near}?`;
}

/** A constant that no overload takes can be refused before anything runs. */
function refuseConstants(
  node: CallNode,
  rows: readonly CelFunction[],
  parts: readonly Code[],
  compiling: Compiling,
): void {
  const constants = parts.map((part) => part.constant);
  const fits = rows.some((row) =>
    constants.every((constant, index) => constant === undefined || matcherOf(row, index)(constant, UNCOUNTED)),
  );
  if (fits) return;
  const given = parts.map((part) => part.constant).filter((constant) => constant !== undefined);
  const signatures = rows.map(formatSignature).join("; ");
  compiling.fail(node.offset, `${noOverload(node.name, ...given).message}: there is ${signatures}`);
}

function matcherOf(row: CelFunction, index: number): TypeMatcher {
  return typeMatcher(row.args[index] as CelType);
}

/** While compiling, work is bounded by the source's size. */
const UNCOUNTED = {
  now: 0,
  charge: (): void => {},
} as unknown as Frame;

interface Overload {
  readonly matchers: readonly TypeMatcher[];
  readonly call: CelCall;
}

function overload(node: CallNode, row: CelFunction, parts: readonly Code[], compiling: Compiling): Overload {
  const matchers = row.args.map(typeMatcher);
  try {
    const prepared = row.prepare?.(parts.map((part) => part.constant));
    return { matchers, call: prepared ?? row.call };
  } catch (error) {
    if (error instanceof CelError) return compiling.fail(node.offset, error.message);
    throw error;
  }
}

/** The overloads that take arguments of these types, and what they give. */
function fitting(
  node: CallNode,
  rows: readonly CelFunction[],
  parts: readonly Code[],
  compiling: Compiling,
): { readonly rows: readonly CelFunction[]; readonly type: CelType } {
  const given = parts.map((part) => part.type);
  const kept: CelFunction[] = [];
  const results: CelType[] = [];
  for (const row of rows) {
    const bindings = bindSignature(row.args, given);
    if (bindings === undefined) continue;
    kept.push(row);
    results.push(applyBindings(row.result, bindings));
  }
  if (kept.length > 0) return { rows: kept, type: joinAll(results) };
  const signatures = rows.map(formatSignature).join("; ");
  const types = given.map(formatType).join(", ");
  return compiling.fail(node.offset, `no such overload: ${rows[0]?.name} for ${types}: there is ${signatures}`);
}

function dispatch(node: CallNode, overloads: readonly Overload[], parts: readonly Code[]): Run {
  const [only] = overloads;
  const ahead = parts.length > 1 && parts.some((part) => part.loads);
  if (only !== undefined && overloads.length === 1 && !ahead) {
    if (parts.length === 0) return (frame) => only.call(moved(frame, node.offset));
    if (parts.length === 1) return unary(node, only, parts as readonly [Code]);
    if (parts.length === 2) return binary(node, only, parts as readonly [Code, Code]);
  }
  const runs = parts.map((part) => part.run);
  return (frame) => {
    const values = ahead ? lookAhead(frame, runs) : runs.map((run) => run(frame));
    frame.at = node.offset;
    for (const each of overloads) {
      if (each.matchers.every((matches, index) => matches(values[index] as CelValue, frame))) {
        for (const value of values) chargeLength(value, frame);
        return each.call(...values, frame);
      }
    }
    throw noOverload(node.name, ...values);
  };
}

/** A long text or long bytes cost a step for this many units, whatever the function does with them. */
const READ_PER_STEP = 16;

function chargeLength(value: CelValue, frame: Frame): void {
  const isLong = (typeof value === "string" || value instanceof Uint8Array) && value.length > READ_PER_STEP * 4;
  if (isLong) frame.charge(value.length / READ_PER_STEP);
}

function moved(frame: Frame, offset: number): Frame {
  frame.at = offset;
  return frame;
}

function unary(node: CallNode, { matchers, call }: Overload, [part]: readonly [Code]): Run {
  const { run } = part;
  const [matches] = matchers as readonly [TypeMatcher];
  return (frame) => {
    const value = run(frame);
    frame.at = node.offset;
    if (!matches(value, frame)) throw noOverload(node.name, value);
    chargeLength(value, frame);
    return call(value, frame);
  };
}

function binary(node: CallNode, { matchers, call }: Overload, parts: readonly [Code, Code]): Run {
  const [{ run: firstRun }, { run: secondRun }] = parts;
  const [first, second] = matchers as readonly [TypeMatcher, TypeMatcher];
  return (frame) => {
    const a = firstRun(frame);
    const b = secondRun(frame);
    frame.at = node.offset;
    if (!first(a, frame) || !second(b, frame)) throw noOverload(node.name, a, b);
    chargeLength(a, frame);
    chargeLength(b, frame);
    return call(a, b, frame);
  };
}

/** `x.or(y)` and `x.orValue(y)`: y is made only when x is none. */
function compileOr(node: CallNode, parts: readonly [Code, Code], compiling: Compiling): Code {
  const [optional, other] = parts;
  const T = celTypes.parameter("T");
  const either = celTypes.optional(T);
  const types = parts.map((part) => part.type);
  const bindings = bindSignature([either, node.name === "or" ? either : T], types);
  if (bindings === undefined) {
    return compiling.fail(
      node.offset,
      `no such overload: ${node.name} for ${types.map(formatType).join(", ")}: both sides are of one type`,
    );
  }
  const isDyn = optional.type.kind !== "optional";
  const value = isDyn ? celTypes.dyn : applyBindings(T, bindings);
  const run: Run = (frame) => {
    const first = optional.run(frame);
    if (!(first instanceof Optional)) throw frame.error(node.offset, noOverload(node.name, first));
    if (first.value !== undefined) return node.name === "or" ? first : first.value;
    const instead = other.run(frame);
    if (node.name === "or" && !(instead instanceof Optional)) {
      throw frame.error(node.offset, noOverload(node.name, first, instead));
    }
    return instead;
  };
  return makeCode(parts, run, node.name === "or" ? celTypes.optional(value) : value);
}
