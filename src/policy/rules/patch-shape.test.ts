import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { clusterPolicy, planOf, runPlan } from "../../testing/kyverno-runs.ts";
import type { Value, ValueObject } from "../../base/index.ts";

/** What a patch makes of `{spec: {}, data: {x: …}}`, or its error; the patch says `$` for `request.object.data.x`. */
function patched(patch: string, x: Value): Value {
  const body = patch
    .replaceAll("$$", "{{ request.object.data.y }}")
    .replaceAll("$", "{{ request.object.data.x }}")
    .replaceAll(/^/gm, "      ");
  const rules = `- name: m\n  match: {any: [{resources: {kinds: [Pod]}}]}\n  mutate:\n    patchesJson6902: |-\n${body}`;
  const object = { apiVersion: "v1", kind: "Pod", metadata: { name: "a" }, spec: {}, data: { x, y: "- y" } };
  const run = runPlan(planOf(clusterPolicy(rules)), { object, operation: "CREATE" });
  const [response] = run.responses;
  return response?.status === "error" ? `${response.code}: ${response.message}` : ((run.object as ValueObject)["spec"] ?? null);
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
  ["two beside each other", add("$$"), "b", { a: "b- y" }].map((each) =>
    typeof each === "string" ? each.replace("$$", "$-$") : each,
  ) as [string, string, Value, Value],
  ["an object", add("$"), { b: [1, { c: "- op: add" }] }, { a: { b: [1, { c: "- op: add" }] } }],
  ["a list", add("$"), ["b", "c"], { a: ["b", "c"] }],
  ["an empty list", add("$"), [], { a: [] }],
  ["an object as text", add("'$'"), { b: 1 }, { a: '{"b":1}' }],
  ["an object in an object", add("{b: $, c: 1}"), { d: 1 }, { a: { b: { d: 1 }, c: 1 } }],
  ["elements of a list", add("[z, $, y]"), "b, c", { a: ["z", "b", "c", "y"] }],
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
  ["all operations in brackets", "[$]", "{op: add, path: /spec/a, value: 1}", { a: 1 }],
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
  ["in a list in braces", '[{op: add, path: /spec/a, value: "$"}]', '"}, {op: add, path: /spec/b, value: "'],
  ["from a list", '[{op: add, path: /spec/a, value: "$"}]', [", op: add, path: /spec/b, value: "]],
  ["in the place of another", `${add('"$"')}\n- {op: add, path: /spec/d, value: 1}`, `b"\n${more} #`],
  ["another operation behind a brace", '- {op: add, path: /spec/a, value: "$", x: "$"}', 'b", from: "/spec'],
  ["another member", add("$"), "b\n  from: /spec"],
  ["an object in quotes", add('{b: "$", c: 1}'), 'd", e: "f'],
  ["a list in quotes", add('["$", c]'), 'd", "e'],
  ["an object for a text", add('["$", c]').replace('"$"', "z$"), "z, {d: 1}"],
  ["a path cut short", "- {op: add, path: /spec/$/c, value: 1}".replace("{", "{ "), "b, x: /c"],
  ["a path's beginning", "- op: add\n  path: /spec/$\n  value: 1", "b\n  path: /metadata"],
  ["lines of their own hide nothing", `${add('"$"')}\n$$\n$`, `b"\n${more}\n- op: test\n  path: /kind\n  value: "Pod`],
];

describe("operations that texts would bring are an error:", () => {
  for (const [name, patch, x] of refused) {
    test(name, () =>
      assert.match(
        String(patched(patch, x)),
        /^EXPRESSION_FAILED: failed to patch resource: (?:the texts of variables change the operations|failed to (?:convert|decode))/,
      ));
  }
});
