import type { CallReference } from "../check/check.ts";
import type { NameReference } from "../check/check-names.ts";
import type { CelMessageType } from "../environment.ts";
import type { AstNode } from "../syntax/ast.ts";
import type { CelType } from "../types.ts";
import type { CelValue } from "../values/value.ts";
import type { Run } from "./frame.ts";
import type { Lane } from "./lane.ts";
import type { Quick } from "./quick-writer.ts";

/** A compiled node: how to run it and what is known of it. */
export interface Code {
  readonly run: Run;
  /** Its value when it is the same in every evaluation. */
  readonly constant?: CelValue;
  /** A way to the value that is tried first: see quick.ts. */
  readonly quick?: Quick;
  /** What tries it; a variable has none, which is read as fast without. */
  readonly lane?: Lane;
  /** Of an optional: as `quick`, of the value that it holds, and undefined where it holds none. */
  readonly maybe?: Quick;
  /** Of a list: the number of its elements, without making it. */
  readonly count?: Code;
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
  readonly outer: Scope | undefined;
}

/** What compiling one kind of node needs of the rest. */
export interface Compiling {
  /** What a name stands for that is no macro's variable. */
  nameOf(node: AstNode): NameReference | undefined;
  callOf(node: AstNode): CallReference | undefined;
  /** The type of what a message literal makes. */
  messageOf(node: AstNode): CelMessageType | undefined;
  /** The checked type of a node. */
  typeOf(node: AstNode): CelType;
  /** Whether what cannot succeed is refused now; otherwise it fails when it is evaluated. */
  readonly isStrict: boolean;
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
export function makeCode(parts: readonly Code[], run: Run): Code {
  return {
    run,
    loads: parts.some((part) => part.loads),
    weight: parts.reduce((sum, part) => sum + part.weight, 1),
  };
}

/** Code that is a value. */
export function constantCode(value: CelValue): Code {
  const run = (): CelValue => value;
  return { run, quick: (writer) => writer.constant(value), constant: value, loads: false, weight: 1 };
}
