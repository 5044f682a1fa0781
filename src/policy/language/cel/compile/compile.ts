import { AmapError } from "../../../../base/index.ts";
import { MISSING_FACT } from "../../../evaluate/facts.ts";
import { type CallReference, type CheckedExpression, checkTree } from "../check/check.ts";
import type { NameReference } from "../check/check-names.ts";
import type { CelEnvironment, CelMessageType, CelVariable } from "../environment.ts";
import { CelError } from "../error.ts";
import type { CelActivation, CelProgram } from "../program.ts";
import type { Ast, AstNode, IdentifierNode, ListNode, MapNode, MessageNode } from "../syntax/ast.ts";
import { parseExpression } from "../syntax/parser.ts";
import { describeAt, positionAt, sourceError } from "../syntax/source.ts";
import { type CelType, celTypes } from "../types.ts";
import { noOverload } from "../values/arithmetic.ts";
import { makeMap } from "../values/kinds.ts";
import { noteMade } from "../values/made.ts";
import { type CelValue, Optional, TypeValue } from "../values/value.ts";
import { type Code, type Compiling, constantCode, findLocal, makeCode, type Scope } from "./code.ts";
import { compileBind, compileBlock, compileLocal, compileOptionalMap } from "./compile-binding.ts";
import { compileCall } from "./compile-call.ts";
import { compileChain } from "./compile-chain.ts";
import { compileComprehension } from "./compile-comprehension.ts";
import { compileConditional, compileLogical, compileUnary } from "./compile-logic.ts";
import { compileIndex, compilePresence, compileSelect } from "./compile-member.ts";
import { fold } from "./fold.ts";
import { Frame, isEvaluationError, lookAhead, NO_LOCALS, type Run } from "./frame.ts";
import type { Lane } from "./lane.ts";
import { quickOfAll, withQuick } from "./quick.ts";
import type { Quick } from "./quick-writer.ts";

/** How an expression is compiled. */
export interface CompileOptions {
  /** The type it must have: `bool` for a condition. An expression that is dyn is taken. */
  readonly expected?: CelType;
  /**
   * False: it is not type checked. Names that are not declared and calls that no function takes fail when they are
   * evaluated. For expressions that another checker has accepted; policies are always checked.
   */
  readonly check?: false;
}

/**
 * A program for an expression: parsed, type checked against the environment, compiled into closures. What cannot be
 * right is refused here, all of it at once: unknown functions, fields and variables, types that no overload takes,
 * constant patterns that are malformed. Compiled once, evaluated any number of times.
 *
 * @throws {AmapError} EXPRESSION_INVALID with line, column, what was expected, what was found and an excerpt for each
 *   issue; NOT_SUPPORTED for protobuf messages; LIMIT_EXCEEDED for more than LIMITS.expressionBytes
 * @see https://github.com/google/cel-spec/blob/master/doc/langdef.md
 * @example
 * ```ts
 * import { celTypes, compileExpression, createEnvironment } from "../../../index.ts";
 * const environment = createEnvironment({ variables: { object: celTypes.dyn } });
 * compileExpression("object.spec.replicas + 1 == 4", environment, { expected: celTypes.bool }).loads; // false
 * ```
 */
export function compileExpression(
  source: string,
  environment: CelEnvironment,
  options: CompileOptions = {},
): CelProgram {
  const ast = parseExpression(source, environment.macros);
  const isStrict = options.check !== false;
  const checked = checkTree(ast, environment, {
    check: isStrict,
    ...(options.expected === undefined ? {} : { expected: options.expected }),
  });
  const compiler = new Compiler(checked, isStrict);
  const code = compiler.compile(ast.root, undefined);
  return new Program(checked, code, compiler.localCount);
}

class Program implements CelProgram {
  readonly source: string;
  readonly loads: boolean;
  readonly type: CelType;
  readonly checked: CheckedExpression;
  readonly #run: Run;
  readonly #lane: Lane | undefined;
  readonly #weight: number;
  readonly #localCount: number;

  constructor(checked: CheckedExpression, code: Code, localCount: number) {
    this.source = checked.ast.source;
    this.loads = code.loads;
    this.type = checked.type;
    this.checked = checked;
    this.#run = code.run;
    this.#lane = code.lane;
    this.#weight = code.weight;
    this.#localCount = localCount;
  }

  evaluate(activation: CelActivation): CelValue {
    const lane = this.#lane;
    let run = this.#run;
    if (lane?.needsNoFrame === true) {
      const value = this.#evaluateQuick(lane, activation);
      if (value !== undefined) return value;
      run = lane.whole;
    }
    const frame = new Frame(activation, this.#localCount);
    const missesBefore = this.loads ? activation.facts.misses : 0;
    let result: CelValue;
    try {
      frame.chargeWhole(this.#weight);
      result = run(frame);
    } catch (error) {
      throw this.#outcome(error, frame, missesBefore);
    }
    // A function that swallowed the miss made a result from what it did not see.
    if (this.loads && activation.facts.misses !== missesBefore) throw MISSING_FACT;
    return result;
  }

  /** Without a frame, whose making takes as long as a small condition. */
  #evaluateQuick(lane: Lane, { budget, variables }: CelActivation): CelValue | undefined {
    if (budget.steps < this.#weight) return undefined;
    budget.steps -= this.#weight;
    const value = lane.attempt(variables, NO_LOCALS, budget, undefined);
    if (value === undefined) budget.steps += this.#weight;
    return value;
  }

  #outcome(error: unknown, frame: Frame, missesBefore: number): unknown {
    if (!isEvaluationError(error)) return error;
    if (this.loads && frame.facts.misses !== missesBefore) return MISSING_FACT;
    const placed = frame.place(error);
    // One that comes from a lazy variable already names its place in its own source.
    if (placed.line === 0) {
      const offset = placed.offset ?? 0;
      Object.assign(placed, positionAt(this.source, offset));
      placed.message = describeAt(this.source, offset, placed.message);
    }
    return placed;
  }
}

class Compiler implements Compiling {
  readonly isStrict: boolean;
  localCount = 0;
  readonly #checked: CheckedExpression;
  readonly #ast: Ast;

  constructor(checked: CheckedExpression, isStrict: boolean) {
    this.#checked = checked;
    this.#ast = checked.ast;
    this.isStrict = isStrict;
  }

  newLocal(): number {
    return this.localCount++;
  }

  nameOf(node: AstNode): NameReference | undefined {
    return this.#checked.names.get(node.id);
  }

  callOf(node: AstNode): CallReference | undefined {
    return this.#checked.calls.get(node.id);
  }

  messageOf(node: AstNode): CelMessageType | undefined {
    return this.#checked.messages.get(node.id);
  }

  typeOf(node: AstNode): CelType {
    return this.#checked.types[node.id] ?? celTypes.dyn;
  }

  fail(offset: number, message: string): never {
    throw sourceError(this.#ast.source, offset, message);
  }

  compile(node: AstNode, scope: Scope | undefined): Code {
    switch (node.kind) {
      case "literal":
        return constantCode(node.value);
      case "identifier":
        return this.#identifier(node, scope);
      case "select":
        return this.#global(node) ?? compileSelect(node, scope, this);
      case "presence":
        // `has(variables.images)` of a variable declared under its dotted name: it is there.
        return this.nameOf(node) === undefined ? compilePresence(node, scope, this) : constantCode(true);
      case "index":
        return compileIndex(node, scope, this);
      case "call":
        return compileCall(node, scope, this);
      case "logical":
        return compileLogical(node, scope, this);
      case "chain":
        return compileChain(node, scope, this);
      case "unary":
        return compileUnary(node, scope, this);
      case "conditional":
        return compileConditional(node, scope, this);
      case "list":
        return this.#made(compileList(node, scope, this));
      case "map":
        return this.#made(compileMap(node, scope, this));
      case "message":
        return compileMessage(node, scope, this);
      case "comprehension":
        return this.#made(compileComprehension(node, scope, this));
      case "bind":
        return compileBind(node, scope, this);
      case "block":
        return compileBlock(node, scope, this);
      default:
        return compileOptionalMap(node, scope, this);
    }
  }

  /** Where messages are made it counts where lists and maps come from. */
  #made(code: Code): Code {
    if (this.#checked.messages.size === 0) return code;
    const { constant, loads, run, weight } = code;
    if (constant === undefined) return { run: (frame) => noteMade(run(frame)), loads, weight };
    noteMade(constant);
    return code;
  }

  #identifier(node: IdentifierNode, scope: Scope | undefined): Code {
    const local = node.absolute ? undefined : findLocal(scope, node.name);
    if (local !== undefined) return compileLocal(local);
    return this.#global(node) ?? undeclaredVariable(node);
  }

  #global(node: AstNode): Code | undefined {
    const reference = this.nameOf(node);
    if (reference === undefined) return undefined;
    if (reference.kind === "type") return constantCode(new TypeValue(reference.name));
    const { variable } = reference;
    return variable.lazy ? lazyVariable(variable, node.offset) : plainVariable(variable, node.offset);
  }
}

function undeclaredVariable(node: IdentifierNode): Code {
  return makeCode([], (frame) => {
    throw frame.error(node.offset, new CelError("no_such_variable", `there is no variable ${node.name}`));
  });
}

function plainVariable({ name, slot }: CelVariable, offset: number): Code {
  const run: Run = (frame) => {
    const value = frame.variables[slot];
    if (value === undefined) throw frame.error(offset, new CelError("no_such_variable", `${name} has no value here`));
    return value;
  };
  return { ...makeCode([], run), quick: (writer) => writer.variable(slot) };
}

function lazyVariable({ name }: CelVariable, offset: number): Code {
  const run: Run = (frame) => {
    if (frame.lazy === undefined) throw new AmapError("BUG", `nothing was given to compute the variable ${name} with`);
    frame.at = offset;
    return frame.lazy(name);
  };
  return { ...makeCode([], run), loads: true };
}

function compileList(node: ListNode, scope: Scope | undefined, compiling: Compiling): Code {
  const parts = node.elements.map((element) => compiling.compile(element.value, scope));
  const runs = parts.map((part) => part.run);
  const isAhead = parts.length > 1 && parts.some((part) => part.loads);
  const all: Run = isAhead ? (frame) => lookAhead(frame, runs) : (frame) => runs.map((run) => run(frame));
  if (!node.elements.some((element) => element.optional)) {
    return fold(parts, withQuick(makeCode(parts, all), parts, quickList(parts)));
  }
  return makeCode(parts, (frame) => {
    const values = all(frame) as readonly CelValue[];
    frame.at = node.offset;
    return values.flatMap((value, index) => (node.elements[index]?.optional ? present(value) : [value]));
  });
}

function quickList(parts: readonly Code[]): Quick | undefined {
  const quicks = quickOfAll(parts);
  return (
    quicks &&
    ((writer) =>
      writer.know("list", writer.define(`[${quicks.map((quick) => writer.present(quick(writer))).join(", ")}]`)))
  );
}

/** The value of an optional as a list of none or one. */
function present(value: CelValue): readonly CelValue[] {
  if (!(value instanceof Optional)) throw noOverload("an optional element", value);
  return value.value === undefined ? [] : [value.value];
}

function compileMap(node: MapNode, scope: Scope | undefined, compiling: Compiling): Code {
  const parts = node.entries.flatMap(({ key, value }) => [
    compiling.compile(key, scope),
    compiling.compile(value, scope),
  ]);
  const runs = parts.map((part) => part.run);
  const isAhead = parts.some((part) => part.loads);
  const { entries, offset } = node;
  const run: Run = (frame) => {
    const all = isAhead ? lookAhead(frame, runs) : runs.map((each) => each(frame));
    frame.at = offset;
    const keys: CelValue[] = [];
    const values: CelValue[] = [];
    entries.forEach((entry, index) => {
      const value = all[index * 2 + 1] as CelValue;
      for (const kept of entry.optional ? present(value) : [value]) {
        keys.push(all[index * 2] as CelValue);
        values.push(kept);
      }
    });
    return makeMap(keys, values);
  };
  const quick = entries.some((entry) => entry.optional) ? undefined : quickMap(parts);
  return fold(parts, withQuick(makeCode(parts, run), parts, quick));
}

function compileMessage(node: MessageNode, scope: Scope | undefined, compiling: Compiling): Code {
  const { fields, offset, typeName } = node;
  const parts = fields.map(({ value }) => compiling.compile(value, scope));
  const runs = parts.map((part) => part.run);
  const message = compiling.messageOf(node);
  if (message === undefined) throw new AmapError("BUG", `the message ${typeName} was compiled without being checked`);
  const isAhead = parts.length > 1 && parts.some((part) => part.loads);
  const code = makeCode(parts, (frame) => {
    const all = isAhead ? lookAhead(frame, runs) : runs.map((each) => each(frame));
    frame.at = offset;
    const values = new Map<string, CelValue>();
    fields.forEach(({ name, optional }, index) => {
      const value = all[index] as CelValue;
      const [kept] = optional ? present(value) : [value];
      // Of a field that is there twice the last one counts.
      if (kept === undefined) values.delete(name);
      else values.set(name, kept);
    });
    return message.make(values);
  });
  return fold(parts, code);
}

function quickMap(parts: readonly Code[]): Quick | undefined {
  const quicks = quickOfAll(parts);
  return (
    quicks &&
    ((writer) => {
      const names = quicks.map((quick) => writer.present(quick(writer)));
      const [keys, values] = [0, 1].map((rest) => `[${names.filter((_, index) => index % 2 === rest).join(", ")}]`);
      return writer.call(makeMap, [keys as string, values as string]);
    })
  );
}
