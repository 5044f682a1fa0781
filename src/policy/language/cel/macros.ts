import type { AstNode, ComprehensionMacro, NodeMaker } from "./ast.ts";

/** A call as it is written, before it is known whether it is a macro. */
interface WrittenCall {
  readonly name: string;
  readonly offset: number;
  readonly args: readonly AstNode[];
  readonly target?: AstNode;
}

type Expansion = (call: WrittenCall, maker: NodeMaker) => AstNode;

interface Macro {
  readonly counts: readonly number[];
  readonly expand: Expansion;
}

const comprehension = (macro: ComprehensionMacro): Macro => ({
  counts: [2],
  expand: (call, maker) => {
    const [variable, predicate] = call.args as [AstNode, AstNode];
    const range = call.target as AstNode;
    const variables = [variableName(variable, maker)];
    return maker.make({ kind: "comprehension", offset: call.offset, macro, range, variables, predicate }, [
      range,
      predicate,
    ]);
  },
});

const optionalMap = (flat: boolean): Macro => ({
  counts: [2],
  expand: (call, maker) => {
    const [name, body] = call.args as [AstNode, AstNode];
    const target = call.target as AstNode;
    const variable = variableName(name, maker);
    return maker.make({ kind: "optionalMap", offset: call.offset, target, variable, body, flat }, [target, body]);
  },
});

const methods: ReadonlyMap<string, Macro> = new Map([
  ["all", comprehension("all")],
  ["exists", comprehension("exists")],
  ["exists_one", comprehension("exists_one")],
  ["existsOne", comprehension("exists_one")],
  ["filter", comprehension("filter")],
  ["map", { counts: [2, 3], expand: expandMap }],
  ["optMap", optionalMap(false)],
  ["optFlatMap", optionalMap(true)],
]);

const functions: ReadonlyMap<string, Macro> = new Map([["has", { counts: [1], expand: expandHas }]]);

/** Macros called on a namespace: `cel.bind`. */
const namespaced: ReadonlyMap<string, Macro> = new Map([
  ["cel.bind", { counts: [3], expand: expandBind }],
  ["math.greatest", { counts: [], expand: packArguments }],
  ["math.least", { counts: [], expand: packArguments }],
]);

/** Names of macros that CEL has and this version refuses. */
const NOT_YET: ReadonlyMap<string, readonly number[]> = new Map([
  ["all", [3]],
  ["exists", [3]],
  ["exists_one", [3]],
  ["existsOne", [3]],
  ["transformList", [3, 4]],
  ["transformMap", [3, 4]],
  ["transformMapEntry", [3, 4]],
]);

/**
 * The node that a macro stands for, or undefined when the call is none: `has`, `all`, `exists`, `exists_one`,
 * `existsOne`, `filter`, `map`, `cel.bind`, `optMap`, `optFlatMap`. A macro's name with another number of arguments is
 * a call, except where CEL has that form and amap does not yet.
 */
export function expandMacro(call: WrittenCall, maker: NodeMaker): AstNode | undefined {
  const macro = findMacro(call);
  if (macro !== undefined) return macro.expand(call, maker);
  if (call.target !== undefined && NOT_YET.get(call.name)?.includes(call.args.length)) {
    return maker.fail(call.offset, `the macro ${call.name} with ${call.args.length} arguments is not supported yet`);
  }
  return undefined;
}

function findMacro(call: WrittenCall): Macro | undefined {
  if (call.target === undefined) return withCount(functions.get(call.name), call);
  if (call.target.kind === "identifier") {
    const macro = namespaced.get(`${call.target.name}.${call.name}`);
    if (macro !== undefined) return macro.expand === packArguments ? packing(macro, call) : withCount(macro, call);
  }
  return withCount(methods.get(call.name), call);
}

function withCount(macro: Macro | undefined, call: WrittenCall): Macro | undefined {
  return macro?.counts.includes(call.args.length) ? macro : undefined;
}

function packing(macro: Macro, call: WrittenCall): Macro | undefined {
  return call.args.length > 2 ? macro : undefined;
}

function variableName(node: AstNode, maker: NodeMaker): string {
  if (node.kind === "identifier" && !node.absolute) return node.name;
  return maker.fail(node.offset, "expected a variable's name: a macro's variable is one plain identifier");
}

function expandMap(call: WrittenCall, maker: NodeMaker): AstNode {
  const [variable, ...rest] = call.args as [AstNode, ...AstNode[]];
  const range = call.target as AstNode;
  const projection = rest.at(-1) as AstNode;
  const head = { kind: "comprehension", offset: call.offset, macro: "map", range } as const;
  const variables = [variableName(variable, maker)];
  const [predicate] = rest;
  return rest.length === 1 || predicate === undefined
    ? maker.make({ ...head, variables, projection }, [range, projection])
    : maker.make({ ...head, variables, predicate, projection }, [range, predicate, projection]);
}

function expandHas(call: WrittenCall, maker: NodeMaker): AstNode {
  const [argument] = call.args as [AstNode];
  if (argument.kind !== "select" || argument.optional) {
    return maker.fail(argument.offset, "has() takes one field selection, such as has(object.spec)");
  }
  const { operand, field } = argument;
  return maker.make({ kind: "presence", offset: call.offset, operand, field }, [operand]);
}

function expandBind(call: WrittenCall, maker: NodeMaker): AstNode {
  const [name, value, body] = call.args as [AstNode, AstNode, AstNode];
  const variable = variableName(name, maker);
  return maker.make({ kind: "bind", offset: call.offset, variable, value, body }, [value, body]);
}

/** `math.greatest(a, b, c)` is `math.greatest([a, b, c])`: rows have a fixed number of arguments. */
function packArguments(call: WrittenCall, maker: NodeMaker): AstNode {
  const elements = call.args.map((value) => ({ value, optional: false }));
  const list = maker.make({ kind: "list", offset: call.offset, elements }, call.args);
  const target = call.target as AstNode;
  return maker.make({ kind: "call", name: call.name, offset: call.offset, target, args: [list] }, [target, list]);
}
