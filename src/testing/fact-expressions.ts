import fc from "fast-check";
import type { ErrorCode } from "../base/index.ts";

/** A small expression over facts: a tree that is written as CEL, and evaluated by an awaiting evaluator of its own. */
export type FactExpression =
  | { readonly kind: "bool"; readonly value: boolean }
  | { readonly kind: "int"; readonly value: number }
  | { readonly kind: "element" }
  | { readonly kind: "variable"; readonly index: number }
  /** A fact named by the value of `name`: its member `b` or `i`. */
  | { readonly kind: "fact"; readonly member: "b" | "i"; readonly name: FactExpression }
  | { readonly kind: "not"; readonly operand: FactExpression }
  | { readonly kind: "and" | "or" | "equal" | "plus"; readonly left: FactExpression; readonly right: FactExpression }
  | { readonly kind: "if"; readonly test: FactExpression; readonly yes: FactExpression; readonly no: FactExpression }
  | { readonly kind: "list"; readonly items: readonly FactExpression[] }
  | { readonly kind: "size"; readonly list: FactExpression }
  | { readonly kind: "all" | "exists" | "map"; readonly list: FactExpression; readonly each: FactExpression };

/** The expression in CEL. Facts are asked for by `getImageData`; macro variables are named by their depth. */
export function writeExpression(tree: FactExpression, depth = 0): string {
  const write = (child: FactExpression): string => writeExpression(child, depth);
  switch (tree.kind) {
    case "bool":
    case "int":
      return String(tree.value);
    case "element":
      return depth === 0 ? "1" : `x${depth}`;
    case "variable":
      return `variables.v${tree.index}`;
    case "fact":
      return `getImageData("f" + string(${write(tree.name)})).${tree.member}`;
    case "not":
      return `!(${write(tree.operand)})`;
    case "and":
      return `(${write(tree.left)} && ${write(tree.right)})`;
    case "or":
      return `(${write(tree.left)} || ${write(tree.right)})`;
    case "equal":
      return `(${write(tree.left)} == ${write(tree.right)})`;
    case "plus":
      return `(${write(tree.left)} + ${write(tree.right)})`;
    case "if":
      return `(${write(tree.test)} ? ${write(tree.yes)} : ${write(tree.no)})`;
    case "list":
      // The elements of an empty list are of a type of their own, which need not be int.
      return tree.items.length === 0 ? "dyn([])" : `[${tree.items.map(write).join(", ")}]`;
    case "size":
      return `${write(tree.list)}.size()`;
    default:
      return `${write(tree.list)}.${tree.kind}(x${depth + 1}, ${writeExpression(tree.each, depth + 1)})`;
  }
}

function variable(indexes: readonly number[]): fc.Arbitrary<FactExpression>[] {
  return indexes.length === 0 ? [] : [fc.constantFrom(...indexes).map((index) => ({ kind: "variable", index }))];
}

/** Random trees of each type; variables stand for those before `variables` only. */
export function factExpressions(variables: { readonly bools: readonly number[]; readonly ints: readonly number[] }): {
  readonly bool: fc.Arbitrary<FactExpression>;
  readonly int: fc.Arbitrary<FactExpression>;
} {
  const { bool, int } = fc.letrec<{ bool: FactExpression; int: FactExpression; list: FactExpression }>((tie) => {
    const [bool, int, list] = [tie("bool"), tie("int"), tie("list")];
    const fact = (member: "b" | "i") =>
      fc.record({ kind: fc.constant("fact" as const), member: fc.constant(member), name: int });
    const pair = (kind: "and" | "or" | "equal" | "plus", side: fc.Arbitrary<FactExpression>) =>
      fc.record({ kind: fc.constant(kind), left: side, right: side });
    const choice = (side: fc.Arbitrary<FactExpression>) =>
      fc.record({ kind: fc.constant("if" as const), test: bool, yes: side, no: side });
    const macro = (kind: "all" | "exists" | "map", each: fc.Arbitrary<FactExpression>) =>
      fc.record({ kind: fc.constant(kind), list, each });
    const smallInt = fc.integer({ min: 0, max: 12 }).map((value): FactExpression => ({ kind: "int", value }));
    const element = fc.constant<FactExpression>({ kind: "element" });
    const named = (member: "b" | "i") =>
      fc.oneof(smallInt, element).map((name): FactExpression => ({ kind: "fact", member, name }));
    // At the greatest depth fast-check takes the first: a fact more often than not, so that deep trees load something.
    const boolLeaf = fc.oneof(
      { weight: 1, arbitrary: fc.boolean().map((value): FactExpression => ({ kind: "bool", value })) },
      { weight: 4, arbitrary: named("b") },
    );
    const intLeaf = fc.oneof(
      { weight: 2, arbitrary: smallInt },
      { weight: 1, arbitrary: element },
      { weight: 3, arbitrary: named("i") },
    );
    const depth = { maxDepth: 5, depthIdentifier: "tree", depthSize: "max" } as const;
    return {
      bool: fc.oneof(
        depth,
        boolLeaf,
        fact("b"),
        ...variable(variables.bools),
        fc.record({ kind: fc.constant("not" as const), operand: bool }),
        pair("and", bool),
        pair("or", bool),
        pair("equal", int),
        choice(bool),
        macro("all", bool),
        macro("exists", bool),
      ),
      int: fc.oneof(
        depth,
        intLeaf,
        fact("i"),
        ...variable(variables.ints),
        pair("plus", int),
        choice(int),
        fc.record({ kind: fc.constant("size" as const), list }),
      ),
      list: fc.oneof(
        depth,
        fc.array(intLeaf, { maxLength: 4 }).map((items): FactExpression => ({ kind: "list", items })),
        fc.array(int, { maxLength: 4 }).map((items): FactExpression => ({ kind: "list", items })),
        macro("map", int),
        choice(list),
      ),
    };
  });
  return { bool, int };
}

/** What a fact holds in these worlds: a member, nothing of that name, or a failure to load. */
export type WorldFact = { readonly b?: boolean; readonly i?: number } | { readonly fails: ErrorCode };

/** An evaluation that failed, with the code it failed with. */
export class TwinError extends Error {
  readonly code: ErrorCode;
  constructor(code: ErrorCode) {
    super(code);
    this.code = code;
  }
}

type TwinValue = boolean | number | readonly number[];

/**
 * Evaluates trees the plain way: each fact is awaited where it is needed. `strict` stops where CEL stops; otherwise parts
 * that do not depend on each other are all evaluated even when one of them has failed: what a batching evaluator may
 * load ahead, and no more.
 */
export class AwaitingTwin {
  /** Names of the facts that were asked for. */
  readonly loads = new Set<string>();
  readonly #world: (name: string) => WorldFact;
  readonly #variables: readonly FactExpression[];
  readonly #strict: boolean;

  constructor(world: (name: string) => WorldFact, variables: readonly FactExpression[], strict: boolean) {
    this.#world = world;
    this.#variables = variables;
    this.#strict = strict;
  }

  async evaluate(tree: FactExpression, element = 1): Promise<TwinValue> {
    const at = (child: FactExpression): Promise<TwinValue> => this.evaluate(child, element);
    switch (tree.kind) {
      case "bool":
      case "int":
        return tree.value;
      case "element":
        return element;
      case "variable":
        return this.evaluate(this.#variables[tree.index] as FactExpression);
      case "fact":
        return this.#fact(`f${String(await at(tree.name))}`, tree.member);
      case "not":
        return !(await at(tree.operand));
      case "and":
        return this.#decide(
          [tree.left, tree.right].map((side) => () => at(side)),
          false,
        );
      case "or":
        return this.#decide(
          [tree.left, tree.right].map((side) => () => at(side)),
          true,
        );
      case "equal": {
        const [left, right] = await this.#each([tree.left, tree.right], at);
        return left === right;
      }
      case "plus": {
        const [left, right] = (await this.#each([tree.left, tree.right], at)) as number[];
        return (left as number) + (right as number);
      }
      case "if":
        return at((await at(tree.test)) ? tree.yes : tree.no);
      case "list":
        return (await this.#each(tree.items, at)) as number[];
      case "size":
        return ((await at(tree.list)) as readonly number[]).length;
      case "map": {
        const items = (await at(tree.list)) as readonly number[];
        return (await this.#each(items, (item) => this.evaluate(tree.each, item))) as number[];
      }
      default: {
        const items = (await at(tree.list)) as readonly number[];
        return this.#decide(
          items.map((item) => () => this.evaluate(tree.each, item)),
          tree.kind === "exists",
        );
      }
    }
  }

  async #fact(name: string, member: "b" | "i"): Promise<TwinValue> {
    this.loads.add(name);
    // As a load would: the next part of the expression runs in a later turn.
    const fact = await Promise.resolve(this.#world(name));
    if ("fails" in fact) throw new TwinError(fact.fails);
    const value = fact[member];
    if (value === undefined) throw new TwinError("EXPRESSION_FAILED");
    return value;
  }

  /** One that `decides` wins over failures before and after it (CEL's logical operators); else the first failure. */
  async #decide(parts: readonly (() => Promise<TwinValue>)[], decides: boolean): Promise<boolean> {
    let failure: unknown;
    for (const part of parts) {
      try {
        if ((await part()) === decides) return decides;
      } catch (error) {
        failure ??= error;
      }
    }
    if (failure !== undefined) throw failure;
    return !decides;
  }

  /** Parts that do not depend on each other. */
  async #each<T>(items: readonly T[], evaluate: (item: T) => Promise<TwinValue>): Promise<TwinValue[]> {
    const values: TwinValue[] = [];
    let failure: unknown;
    for (const item of items) {
      try {
        values.push(await evaluate(item));
      } catch (error) {
        if (this.#strict) throw error;
        failure ??= error;
      }
    }
    if (failure !== undefined) throw failure;
    return values;
  }
}
