import type { AstNode } from "./ast.ts";
import type { CelEnvironment } from "./environment.ts";
import type { Run } from "./frame.ts";
import { cutType } from "./static-type.ts";
import { type CelType, celTypes } from "./types.ts";
import type { CelValue } from "./value.ts";

/** A compiled node: how to run it and what is known of it. */
export interface Code {
  readonly run: Run;
  /** What is known of its type; dyn when nothing is. */
  readonly type: CelType;
  /** Its value when it is the same in every evaluation. */
  readonly constant?: CelValue;
  /** Whether it may ask for facts. Parts that cannot are never looked ahead over. */
  readonly loads: boolean;
  /** Steps of one run, without those that loops and functions charge themselves. */
  readonly weight: number;
}

/** The variables of macros around a node, the innermost first. */
export interface Scope {
  readonly name: string;
  readonly slot: number;
  /** Of `cel.bind`: what makes the value when it is first used. */
  readonly value?: Code;
  /** What is known of its type. */
  readonly type: CelType;
  readonly outer: Scope | undefined;
}

/** What compiling one kind of node needs of the rest. */
export interface Compiling {
  readonly environment: CelEnvironment;
  compile(node: AstNode, scope: Scope | undefined): Code;
  /** A place in {@link Frame.locals} that nothing else uses. */
  newLocal(): number;
  /** @throws {AmapError} EXPRESSION_INVALID */
  fail(offset: number, message: string): never;
}

/** The innermost variable of a macro with this name. */
export function findLocal(scope: Scope | undefined, name: string): Scope | undefined {
  let at = scope;
  while (at !== undefined && at.name !== name) at = at.outer;
  return at;
}

/** Code with the sum of its parts' weights; it may load facts when a part may. */
export function makeCode(parts: readonly Code[], run: Run, type: CelType = celTypes.dyn): Code {
  return {
    run,
    type: cutType(type),
    loads: parts.some((part) => part.loads),
    weight: parts.reduce((sum, part) => sum + part.weight, 1),
  };
}

/** Code that is a value. */
export function constantCode(value: CelValue, type: CelType): Code {
  return { run: () => value, type, constant: value, loads: false, weight: 1 };
}
