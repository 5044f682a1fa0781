import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Value, ValueObject } from "../../base/index.ts";
import { RuleContext } from "../evaluate/rule-context.ts";
import { compilePatch } from "./patches.ts";
import { RuleCompiler } from "./rule-compiler.ts";

const context = { now: 0, charge: () => {}, entropy: () => new Uint8Array(32) };

/** What a patch makes of `{spec: {}}`, or its error; `$` stands for a variable that is `x`. */
function patched(patch: string, x: Value): Value {
  const compiler = new RuleCompiler("policy", "");
  const compiled = compilePatch({ patchesJson6902: patch.replaceAll("$", "{{ request.x }}") }, "mutate", compiler);
  const scope = RuleContext.create({ request: { x } }, "CREATE", context);
  const outcome = compiled?.prepare(scope).apply({ kind: "Pod", spec: {} }, () => {});
  if (outcome?.status !== "applied") return outcome?.message ?? null;
  return (outcome.object as ValueObject)["spec"] ?? null;
}

const add = (value: string): string => `- op: add\n  path: /spec/a\n  value: ${value}`;
const more = "- {op: add, path: /spec/b, value: 2}";

const kept: readonly (readonly [name: string, patch: string, x: Value, spec: Value])[] = [
  ["a text in quotes", add('"$"'), "b c", { a: "b c" }],
  ["a text without quotes", add("$"), "b", { a: "b" }],
  ["a number", add("$"), 7, { a: 7 }],
  ["a number in a text", add('"$"'), 7, { a: "7" }],
  ["an amount", add("$Gi"), 7, { a: "7Gi" }],
  ["a time", add("$:30"), 7, { a: "7:30" }],
  ["two beside each other", add("$$"), "b", { a: "bb" }],
  ["two in a text", add("$-$"), "b", { a: "b-b" }],
  ["an object", add("$"), { b: [1, { c: "- op: add" }] }, { a: { b: [1, { c: "- op: add" }] } }],
  ["a list", add("$"), ["b", "c"], { a: ["b", "c"] }],
  ["an empty list", add("$"), [], { a: [] }],
  ["an object as text", add("'$'"), { b: 1 }, { a: '{"b":1}' }],
  ["an object in an object", add("{b: $, c: 1}"), { d: 1 }, { a: { b: { d: 1 }, c: 1 } }],
  ["elements of a list", add("[z, $, x]"), "b, c", { a: ["z", "b", "c", "x"] }],
  ["a key", add('{"$": 1, b: 2}'), "c", { a: { c: 1, b: 2 } }],
  ["a key that is a number", add('{"$": 1, b: 2}'), 8, { a: { 8: 1, b: 2 } }],
  ["lines in quotes", add('"$"'), "b\n  c", { a: "b c" }],
  ["a line of a text", add("|-\n    b\n    $"), "c", { a: "b\nc" }],
  ["a path", '- {op: add, path: "/spec/$", value: 1}', "b", { b: 1 }],
  ["a whole path", "- {op: add, path: $, value: 1}", "/spec/b", { b: 1 }],
  ["an operation's name", "- {op: $, path: /spec/b, value: 1}", "add", { b: 1 }],
  ["JSON", '[{"op":"add","path":"/spec/a","value":$},{"op":"add","path":"/spec/b","value":"$"}]', 1, { a: 1, b: "1" }],
  ["an operation", "- $", { op: "add", path: "/spec/a", value: 1 }, { a: 1 }],
  ["all operations", "$", [{ op: "add", path: "/spec/a", value: 1 }], { a: 1 }],
  ["all operations as text", "$", `${add("1")}\n${more}`, { a: 1, b: 2 }],
  ["all operations in brackets", " [$]", "{op: add, path: /spec/a, value: 1}", { a: 1 }],
  ["operations in lines of their own", `$\n${add('"1"')}`, more, { a: "1", b: 2 }],
  ["no operations in lines of their own", `${add("1")}\n$`, "", { a: 1 }],
];

describe("values that variables put in a JSON Patch", () => {
  for (const [name, patch, x, spec] of kept) test(name, () => assert.deepEqual(patched(patch, x), spec));
});

const refused: readonly (readonly [name: string, patch: string, x: Value])[] = [
  ["behind a quote", add('"$"'), `b"\n${more}\n- op: add\n  path: /spec/c\n  value: "d`],
  ["behind a single quote", add("'$'"), `b'\n${more}\n- op: add\n  path: /spec/c\n  value: 'd`],
  ["without quotes", add("$"), `b\n${more}`],
  ["out of a block of text", add("|-\n    $"), `b\n${more}`],
  ["in a comment", `${add("b")} # $`, `\n${more}`],
  ["in JSON", '[{"op":"add","path":"/spec/a","value":"$"}]', '"},{"op":"add","path":"/spec/b","value":"'],
  ["in a list in braces", ' [{op: add, path: /spec/a, value: "$"}]', '"}, {op: add, path: /spec/b, value: "'],
  ["from a list", ' [{op: add, path: /spec/a, value: "$"}]', [", x: b, y: "]],
  ["in the place of another", `${add('"$"')}\n- {op: add, path: /spec/d, value: 1}`, `b"\n${more} #`],
  ["another operation behind a brace", '- {op: add, path: /spec/a, value: "$"}', 'b", from: "/spec'],
  ["another member", add("$"), "b\n  from: /spec"],
  ["an object in quotes", add('{b: "$", c: 1}'), 'd", e: "f'],
  ["a list in quotes", add('["$", c]'), 'd", "e'],
  ["an object for a text", add('["$", c]').replace('"$"', "z$"), "z, {d: 1}"],
  ["a path cut short", "- {op: add, path: /spec/$/c, value: 1}".replace("{", "{ "), "b, x: /c"],
  ["another path's end", "- op: add\n  path: /spec/$/c\n  value: 1", "b #"],
];

describe("operations that texts would bring are an error:", () => {
  for (const [name, patch, x] of refused) {
    test(name, () =>
      assert.equal(patched(patch, x), "the texts of variables change the operations of patchesJson6902"),
    );
  }
});
