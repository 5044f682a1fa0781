import { AmapError } from "../../../base/index.ts";
import { MISSING_FACT } from "../../evaluate/facts.ts";
import { noOverload } from "./arithmetic.ts";
import type { Ast, AstNode, IdentifierNode, ListNode, LiteralNode, MapNode, PresenceNode, SelectNode } from "./ast.ts";
import { type Code, type Compiling, constantCode, findLocal, makeCode, type Scope } from "./code.ts";
import { compileCall, suggestion } from "./compile-call.ts";
import { compileChain } from "./compile-chain.ts";
import { compileBind, compileComprehension, compileLocal, compileOptionalMap } from "./compile-comprehension.ts";
import { compileConditional, compileLogical, compileUnary } from "./compile-logic.ts";
import { compileIndex, compilePresence, compileSelect } from "./compile-member.ts";
import { dottedName } from "./dotted-name.ts";
import type { CelEnvironment, CelVariable } from "./environment.ts";
import { CelError } from "./error.ts";
import { fold } from "./fold.ts";
import { Frame, isEvaluationError, lookAhead, type Run } from "./frame.ts";
import { makeMap, TYPE_NAMES, typeName } from "./kinds.ts";
import { parseExpression } from "./parser.ts";
import type { CelActivation, CelProgram } from "./program.ts";
import { describeAt, positionAt, sourceError } from "./source.ts";
import { joinAll, mapTypeOf } from "./static-type.ts";
import { type CelType, celTypes } from "./types.ts";
import { type CelValue, Optional, TypeValue } from "./value.ts";

/**
 * A program for an expression: parsed, its names resolved against the environment, compiled into closures. Unknown
 * functions, undeclared variables, wrong numbers of arguments, operands and arguments whose types are known and taken
 * by no overload, constants no function takes and malformed constant patterns are refused here. Compiled once, evaluated
 * any number of times.
 *
 * @throws {AmapError} EXPRESSION_INVALID with line, column and an excerpt; NOT_SUPPORTED for protobuf messages;
 *   LIMIT_EXCEEDED for more than LIMITS.expressionBytes
 * @see https://github.com/google/cel-spec/blob/master/doc/langdef.md
 * @example
 * ```ts
 * import { celTypes, compileExpression, createEnvironment } from "../../index.ts";
 * const environment = createEnvironment({ variables: { object: celTypes.dyn } });
 * compileExpression("object.spec.replicas + 1 == 4", environment).loads; // false
 * ```
 */
export function compileExpression(source: string, environment: CelEnvironment): CelProgram {
  const ast = parseExpression(source);
  const compiler = new Compiler(ast, environment);
  const code = compiler.compile(ast.root, undefined);
  return new Program(source, code);
}

class Program implements CelProgram {
  readonly source: string;
  readonly loads: boolean;
  readonly type: CelType;
  readonly #run: Run;
  readonly #weight: number;

  constructor(source: string, code: Code) {
    this.source = source;
    this.loads = code.loads;
    this.type = code.type;
    this.#run = code.run;
    this.#weight = code.weight;
  }

  evaluate(activation: CelActivation): CelValue {
    const frame = new Frame(activation);
    const missesBefore = this.loads ? activation.facts.misses : 0;
    let result: CelValue;
    try {
      frame.charge(this.#weight);
      result = this.#run(frame);
    } catch (error) {
      throw this.#outcome(error, frame, missesBefore);
    }
    // A function that swallowed the miss made a result from what it did not see.
    if (this.loads && activation.facts.misses !== missesBefore) throw MISSING_FACT;
    return result;
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
  readonly environment: CelEnvironment;
  readonly #ast: Ast;
  #localCount = 0;

  constructor(ast: Ast, environment: CelEnvironment) {
    this.#ast = ast;
    this.environment = environment;
  }

  newLocal(): number {
    return this.#localCount++;
  }

  fail(offset: number, message: string): never {
    throw sourceError(this.#ast.source, offset, message);
  }

  compile(node: AstNode, scope: Scope | undefined): Code {
    switch (node.kind) {
      case "literal":
        return compileLiteral(node);
      case "identifier":
        return this.#identifier(node, scope);
      case "select":
        return this.#dotted(node, scope) ?? compileSelect(node, scope, this);
      case "presence":
        return this.#presence(node, scope);
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
        return compileList(node, scope, this);
      case "map":
        return compileMap(node, scope, this);
      case "comprehension":
        return compileComprehension(node, scope, this);
      case "bind":
        return compileBind(node, scope, this);
      default:
        return compileOptionalMap(node, scope, this);
    }
  }

  #identifier(node: IdentifierNode, scope: Scope | undefined): Code {
    const local = node.absolute ? undefined : findLocal(scope, node.name);
    if (local !== undefined) return compileLocal(local);
    return this.#global(node.name, node.offset) ?? this.#undeclared(node);
  }

  #undeclared(node: IdentifierNode): never {
    const { variables } = this.environment;
    const names = [...variables.keys()];
    const members = names.filter((name) => name.startsWith(`${node.name}.`));
    if (members.length > 0) {
      return this.fail(
        node.offset,
        `there is no variable of this name; declared are ${members.slice(0, 20).join(", ")}`,
      );
    }
    return this.fail(node.offset, `there is no variable ${node.name}${suggestion(node.name, names)}`);
  }

  /** A dotted name that is declared as a whole (`variables.images`, `google.protobuf.Timestamp`). */
  #dotted(node: SelectNode, scope: Scope | undefined): Code | undefined {
    const name = dottedName(node);
    if (name === undefined) return undefined;
    const isAbsolute = name.startsWith(".");
    if (!isAbsolute && findLocal(scope, name.split(".")[0] as string) !== undefined) return undefined;
    return this.#global(isAbsolute ? name.slice(1) : name, node.offset);
  }

  /** `has(variables.images)` of a variable declared under its dotted name is true: it is there. */
  #presence(node: PresenceNode, scope: Scope | undefined): Code {
    const { operand, field, offset } = node;
    const select: SelectNode = { kind: "select", id: node.id, offset, operand, field, optional: false, quoted: false };
    if (this.#dotted(select, scope) !== undefined) return constantCode(true, celTypes.bool);
    return compilePresence(node, scope, this);
  }

  #global(name: string, offset: number): Code | undefined {
    const variable = this.environment.variables.get(name);
    if (variable !== undefined) return variable.lazy ? lazyVariable(variable, offset) : plainVariable(variable, offset);
    return TYPE_NAMES.includes(name) ? constantCode(new TypeValue(name), celTypes.type) : undefined;
  }
}

function plainVariable({ name, slot, type }: CelVariable, offset: number): Code {
  return makeCode(
    [],
    (frame) => {
      const value = frame.variables[slot];
      if (value === undefined) throw frame.error(offset, new CelError("no_such_variable", `${name} has no value here`));
      return value;
    },
    type,
  );
}

function lazyVariable({ name, type }: CelVariable, offset: number): Code {
  const run: Run = (frame) => {
    if (frame.lazy === undefined) throw new AmapError("BUG", `nothing was given to compute the variable ${name} with`);
    frame.at = offset;
    return frame.lazy(name);
  };
  return { ...makeCode([], run, type), loads: true };
}

const LITERAL_TYPES: ReadonlyMap<string, CelType> = new Map<string, CelType>([
  ["null_type", celTypes.null],
  ["bool", celTypes.bool],
  ["int", celTypes.int],
  ["uint", celTypes.uint],
  ["double", celTypes.double],
  ["string", celTypes.string],
  ["bytes", celTypes.bytes],
]);

function compileLiteral(node: LiteralNode): Code {
  return constantCode(node.value, LITERAL_TYPES.get(typeName(node.value)) ?? celTypes.dyn);
}

function compileList(node: ListNode, scope: Scope | undefined, compiling: Compiling): Code {
  const parts = node.elements.map((element) => compiling.compile(element.value, scope));
  const runs = parts.map((part) => part.run);
  const types = parts.map((part, index) => elementType(node, part, index));
  const type = celTypes.list(joinAll(types));
  const isAhead = parts.length > 1 && parts.some((part) => part.loads);
  const all: Run = isAhead ? (frame) => lookAhead(frame, runs) : (frame) => runs.map((run) => run(frame));
  if (!node.elements.some((element) => element.optional)) return fold(parts, makeCode(parts, all, type));
  const run: Run = (frame) => {
    const values = all(frame) as readonly CelValue[];
    frame.at = node.offset;
    return values.flatMap((value, index) => (node.elements[index]?.optional ? present(value) : [value]));
  };
  return makeCode(parts, run, type);
}

/** An optional element is there as what its optional holds. */
function elementType(node: ListNode, part: Code, index: number): CelType {
  return node.elements[index]?.optional ? heldType(part.type) : part.type;
}

function heldType(type: CelType): CelType {
  return type.kind === "optional" ? type.value : celTypes.dyn;
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
  const keyTypes = entries.map((_, index) => (parts[index * 2] as Code).type);
  const valueTypes = entries.map((entry, index) => {
    const { type } = parts[index * 2 + 1] as Code;
    return entry.optional ? heldType(type) : type;
  });
  return fold(parts, makeCode(parts, run, mapTypeOf(keyTypes, valueTypes)));
}
