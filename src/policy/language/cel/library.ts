import type { CelFunction } from "./function.ts";
import type { AstNode, NodeMaker } from "./syntax/ast.ts";

/** A call as it is written, before it is known whether it is a macro. */
export interface WrittenCall {
  readonly name: string;
  readonly offset: number;
  readonly args: readonly AstNode[];
  readonly target?: AstNode;
}

/** A call that stands for something else: it sees its arguments as trees, before they are checked. */
export interface CelMacro {
  /** `has`, `all`, or with its namespace `cel.bind`. */
  readonly name: string;
  /** `x.all(…)`; otherwise `has(…)` and `cel.bind(…)`. */
  readonly receiver?: true;
  /** The numbers of arguments it takes; with another number the call is a plain one. */
  readonly counts: readonly number[] | { readonly atLeast: number };
  readonly expand: (call: WrittenCall, maker: NodeMaker) => AstNode;
}

/** A named set of functions and macros: environments are made of libraries. */
export interface CelLibrary {
  /** As the field calls it: `math`, `kubernetes.quantity`, `kyverno.http`. */
  readonly name: string;
  readonly functions: readonly CelFunction[];
  readonly macros?: readonly CelMacro[];
}

/** Macros by form, name and number of arguments. */
export class MacroTable {
  readonly #functions = new Map<string, CelMacro[]>();
  readonly #methods = new Map<string, CelMacro[]>();

  constructor(macros: readonly CelMacro[]) {
    for (const macro of macros) {
      const table = macro.receiver ? this.#methods : this.#functions;
      table.set(macro.name, [...(table.get(macro.name) ?? []), macro]);
    }
  }

  /** The macro that a call is, or undefined. `namespace` is what stands before its dot when that is one identifier. */
  find(call: WrittenCall, namespace: string | undefined): CelMacro | undefined {
    const count = call.args.length;
    if (call.target === undefined) return ofCount(this.#functions.get(call.name), count);
    const spaced = namespace === undefined ? undefined : this.#functions.get(`${namespace}.${call.name}`);
    return ofCount(spaced, count) ?? ofCount(this.#methods.get(call.name), count);
  }

  /** The names of macros of one form, for suggestions. */
  names(form: "function" | "method"): readonly string[] {
    return [...(form === "method" ? this.#methods : this.#functions).keys()];
  }

  /** How many arguments the macros of a name take, for messages; empty for no macro. */
  countsOf(name: string, form: "function" | "method"): readonly CelMacro["counts"][] {
    return ((form === "method" ? this.#methods : this.#functions).get(name) ?? []).map((macro) => macro.counts);
  }
}

function ofCount(macros: readonly CelMacro[] | undefined, count: number): CelMacro | undefined {
  return macros?.find(({ counts }) => ("atLeast" in counts ? count >= counts.atLeast : counts.includes(count)));
}
