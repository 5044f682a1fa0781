import fc from "fast-check";
import { Double } from "../base/index.ts";
import { type AstNode, Uint } from "../policy/index.ts";

/** Trees are made without ids: the printer does not look at them. */
const HEAD = { id: 0, offset: 0 } as const;

const names = fc.constantFrom("a", "b", "object", "_x1", "size", "as_", "e5", "x0");
/** What `cel.index(0)` and its like stand for. */
const numberedNames = fc.constantFrom("@index0", "@index12", "@it:0:1", "@ac:2:0");
const functions = fc.constantFrom("f", "size", "e1");
const fields = fc.oneof(names, fc.constantFrom("package", "as", "while"));
const quotedFields = fc.constantFrom("a", "app.kubernetes.io/name", "in", "true", "1", "a b", "-");
const field = fc.oneof(
  fields.map((name) => ({ field: name, quoted: false })),
  quotedFields.map((name) => ({ field: name, quoted: true })),
);

const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const literals = fc.oneof(
  fc.constantFrom(null, true, false),
  fc.integer(),
  int64.map((value) => (Number.isSafeInteger(Number(value)) ? Number(value) : value)),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((value) => new Uint(value)),
  fc
    .oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer())
    .map((value) => (Number.isInteger(value) ? new Double(value) : value)),
  fc.string({ unit: "binary" }),
  fc.string(),
  fc.constantFrom("'", '"', "'\"", "\\", "a\u202eb", "\u0085\u2028", "\ufeff\u200b", "`"),
  fc.uint8Array({ maxLength: 12 }),
);

const CHAINS: readonly (readonly string[])[] = [
  ["==", "!=", "<", "<=", ">", ">=", "in"],
  ["+", "-"],
  ["*", "/", "%"],
];

/** Nodes of one kind; `parts` are its other members. */
function nodes(kind: AstNode["kind"], parts: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<AstNode> {
  // The parts belong to the kind, as the table below shows.
  return fc.record(parts).map((made) => ({ ...HEAD, kind, ...made }) as AstNode);
}

/** Trees of every kind of node, as the parser makes them but of no type: for what reads and writes trees. */
export function expressionTrees(): fc.Arbitrary<AstNode> {
  return fc.letrec<{ node: AstNode }>((tie) => {
    const node = tie("node");
    const some = fc.array(node, { maxLength: 3 });
    const yes = fc.boolean();
    const chain = (operators: readonly string[]): fc.Arbitrary<AstNode> => {
      const step = fc.record({ operator: fc.constantFrom(...operators), operand: node });
      const steps = fc.array(step, { minLength: 1, maxLength: 3 });
      return nodes("chain", { first: node, steps: steps.map((each) => each.map((made) => ({ ...HEAD, ...made }))) });
    };
    const one = fc.constant(["x"]);
    const two = fc.constant(["k", "v"]);
    const macro = (...names: string[]): fc.Arbitrary<string> => fc.constantFrom(...names);
    const range = node;
    const transform = macro("transformList", "transformMap", "transformMapEntry");
    return {
      node: fc.oneof(
        { maxDepth: 5, depthIdentifier: "tree" },
        nodes("literal", { value: literals }),
        nodes("identifier", { name: names, absolute: yes }),
        nodes("identifier", { name: numberedNames, absolute: fc.constant(false) }),
        fc.tuple(nodes("select", { operand: node, optional: yes }), field).map(([made, it]) => ({ ...made, ...it })),
        fc.tuple(nodes("presence", { operand: node }), field).map(([made, it]) => ({ ...made, ...it })),
        nodes("index", { operand: node, index: node, optional: yes }),
        nodes("call", { name: functions, args: some }),
        nodes("call", { name: functions, target: node, args: some }),
        nodes("logical", { operator: macro("&&", "||"), operands: fc.array(node, { minLength: 2, maxLength: 4 }) }),
        ...CHAINS.map(chain),
        nodes("unary", { operator: macro("!", "-"), operand: node }),
        nodes("conditional", {
          branches: fc.array(fc.record({ test: node, value: node }), { minLength: 1, maxLength: 3 }),
          otherwise: node,
        }),
        nodes("list", { elements: fc.array(fc.record({ value: node, optional: yes }), { maxLength: 4 }) }),
        nodes("map", { entries: fc.array(fc.record({ key: node, value: node, optional: yes }), { maxLength: 3 }) }),
        nodes("comprehension", {
          macro: macro("all", "exists", "exists_one"),
          range,
          variables: fc.oneof(one, two),
          predicate: node,
        }),
        nodes("comprehension", { macro: macro("filter"), range, variables: one, predicate: node }),
        nodes("comprehension", { macro: macro("map", "sortBy"), range, variables: one, projection: node }),
        nodes("comprehension", { macro: macro("map"), range, variables: one, predicate: node, projection: node }),
        nodes("comprehension", { macro: transform, range, variables: two, projection: node }),
        nodes("comprehension", { macro: transform, range, variables: two, predicate: node, projection: node }),
        nodes("bind", { variable: names, value: node, body: node }),
        nodes("block", { values: some, body: node }),
        nodes("optionalMap", { target: node, variable: names, body: node, flat: yes }),
      ),
    };
  }).node;
}
