import type { CelMacro, WrittenCall } from "../library.ts";
import type { AstNode, ComprehensionMacro, NodeMaker } from "./ast.ts";

/** `range.macro(x, predicate)`. */
const testing = (name: string, macro: ComprehensionMacro): CelMacro => ({
  name,
  receiver: true,
  counts: [2],
  expand: (call, maker) => expandTest(call, macro, maker),
});

/** `range.macro(i, x, predicate)`. */
const testingPairs = (name: string, macro: ComprehensionMacro): CelMacro => ({ ...testing(name, macro), counts: [3] });

/** `range.macro(i, x, projection)`, `range.macro(i, x, predicate, projection)`. */
const transforming = (macro: ComprehensionMacro): CelMacro => ({
  name: macro,
  receiver: true,
  counts: [3, 4],
  expand: (call, maker) => expandTransform(call, macro, 2, maker),
});

const optionalMap = (name: string, flat: boolean): CelMacro => ({
  name,
  receiver: true,
  counts: [2],
  expand: (call, maker) => {
    const [variable, body] = call.args as [AstNode, AstNode];
    const target = call.target as AstNode;
    const head = { kind: "optionalMap", offset: call.offset, target, body, flat } as const;
    return maker.make({ ...head, variable: variableName(variable, maker) }, [target, body]);
  },
});

/** The macros of cel-spec's language definition. */
export const STANDARD_MACROS: readonly CelMacro[] = [
  { name: "has", counts: [1], expand: expandHas },
  testing("all", "all"),
  testing("exists", "exists"),
  testing("exists_one", "exists_one"),
  testing("existsOne", "exists_one"),
  testing("filter", "filter"),
  { name: "map", receiver: true, counts: [2, 3], expand: (call, maker) => expandTransform(call, "map", 1, maker) },
];

/** The macros over index and element, or key and value. */
export const TWO_VARIABLE_MACROS: readonly CelMacro[] = [
  testingPairs("all", "all"),
  testingPairs("exists", "exists"),
  testingPairs("exists_one", "exists_one"),
  testingPairs("existsOne", "exists_one"),
  transforming("transformList"),
  transforming("transformMap"),
  transforming("transformMapEntry"),
];

export const BINDING_MACROS: readonly CelMacro[] = [{ name: "cel.bind", counts: [3], expand: expandBind }];

export const OPTIONAL_MACROS: readonly CelMacro[] = [optionalMap("optMap", false), optionalMap("optFlatMap", true)];

export const LIST_MACROS: readonly CelMacro[] = [
  {
    name: "sortBy",
    receiver: true,
    counts: [2],
    expand: (call, maker) => expandTransform(call, "sortBy", 1, maker),
  },
];

/** Rows have a fixed number of arguments: with more than two, these take a list. */
export const MATH_MACROS: readonly CelMacro[] = ["math.greatest", "math.least"].map((name) => ({
  name,
  counts: { atLeast: 3 },
  expand: packArguments,
}));

/** What optimizers write: values that are made once and named by their number. */
export const BLOCK_MACROS: readonly CelMacro[] = [
  { name: "cel.block", counts: [2], expand: expandBlock },
  { name: "cel.index", counts: [1], expand: (call, maker) => numberedName(call, "@index", maker) },
  { name: "cel.iterVar", counts: [2], expand: (call, maker) => numberedName(call, "@it:", maker) },
  { name: "cel.accuVar", counts: [2], expand: (call, maker) => numberedName(call, "@ac:", maker) },
];

function variableName(node: AstNode, maker: NodeMaker): string {
  if (node.kind === "identifier" && !node.absolute) return node.name;
  return maker.fail(node.offset, "expected a variable's name: a macro's variable is one plain identifier");
}

function variablePair(call: WrittenCall, maker: NodeMaker): readonly [string, string] {
  const [first, second] = call.args as [AstNode, AstNode];
  const names = [variableName(first, maker), variableName(second, maker)] as const;
  if (names[0] !== names[1]) return names;
  return maker.fail(second.offset, `the two variables of ${call.name} have one name, ${names[0]}`);
}

function expandTest(call: WrittenCall, macro: ComprehensionMacro, maker: NodeMaker): AstNode {
  const range = call.target as AstNode;
  const predicate = call.args.at(-1) as AstNode;
  const variables =
    call.args.length === 2 ? ([variableName(call.args[0] as AstNode, maker)] as const) : variablePair(call, maker);
  const head = { kind: "comprehension", offset: call.offset, macro } as const;
  return maker.make({ ...head, range, variables, predicate }, [range, predicate]);
}

function expandTransform(
  call: WrittenCall,
  macro: ComprehensionMacro,
  variableCount: 1 | 2,
  maker: NodeMaker,
): AstNode {
  const range = call.target as AstNode;
  const projection = call.args.at(-1) as AstNode;
  const variables =
    variableCount === 1 ? ([variableName(call.args[0] as AstNode, maker)] as const) : variablePair(call, maker);
  const head = { kind: "comprehension", offset: call.offset, macro, range, variables, projection } as const;
  if (call.args.length === variableCount + 1) return maker.make(head, [range, projection]);
  const predicate = call.args[variableCount] as AstNode;
  return maker.make({ ...head, predicate }, [range, predicate, projection]);
}

function expandHas(call: WrittenCall, maker: NodeMaker): AstNode {
  const [argument] = call.args as [AstNode];
  if (argument.kind !== "select" || argument.optional) {
    return maker.fail(argument.offset, "has() takes one field selection, such as has(object.spec)");
  }
  const { operand, field, quoted } = argument;
  return maker.make({ kind: "presence", offset: call.offset, operand, field, quoted }, [operand]);
}

function expandBind(call: WrittenCall, maker: NodeMaker): AstNode {
  const [name, value, body] = call.args as [AstNode, AstNode, AstNode];
  const variable = variableName(name, maker);
  return maker.make({ kind: "bind", offset: call.offset, variable, value, body }, [value, body]);
}

function expandBlock(call: WrittenCall, maker: NodeMaker): AstNode {
  const [list, body] = call.args as [AstNode, AstNode];
  if (list.kind !== "list" || list.elements.some((element) => element.optional)) {
    return maker.fail(list.offset, "cel.block takes a list of values and an expression over them");
  }
  const values = list.elements.map((element) => element.value);
  return maker.make({ kind: "block", offset: call.offset, values, body }, [...values, body]);
}

function numberedName(call: WrittenCall, prefix: string, maker: NodeMaker): AstNode {
  const numbers = call.args.map((arg) => (arg.kind === "literal" && typeof arg.value === "number" ? arg.value : -1));
  if (numbers.some((number) => number < 0)) maker.fail(call.offset, `${call.name} takes numbers from 0 on`);
  const name = `${prefix}${numbers.join(":")}`;
  return maker.make({ kind: "identifier", offset: call.offset, name, absolute: false }, []);
}

/** `math.greatest(a, b, c)` is `math.greatest([a, b, c])`. */
function packArguments(call: WrittenCall, maker: NodeMaker): AstNode {
  const elements = call.args.map((value) => ({ value, optional: false }));
  const list = maker.make({ kind: "list", offset: call.offset, elements }, call.args);
  const target = call.target as AstNode;
  return maker.make({ kind: "call", name: call.name, offset: call.offset, target, args: [list] }, [target, list]);
}
