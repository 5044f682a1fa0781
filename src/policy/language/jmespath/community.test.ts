/** The dialect of the JMESPath Community, held against its Go library as kyverno-json uses it. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { AmapError, isAmapError, readJson, type Value } from "../../../base/index.ts";
import { compileCommunityJmesPath, compileJmesPath } from "./compile.ts";
import { COMMUNITY_FUNCTIONS } from "./functions/community.ts";
import type { JmesContext } from "./program.ts";

const CONTEXT: JmesContext = {
  now: 0,
  charge: () => {},
  entropy: () => new Uint8Array(32),
  variable: (name) => {
    if (name === "broken") throw new AmapError("EXPRESSION_FAILED", "it cannot be made");
    return name === "v" ? { w: [1, 2] } : undefined;
  },
};

/** The value, or the message of the error. */
function search(expression: string, value: Value): Value {
  try {
    return compileCommunityJmesPath(expression).evaluate(value, CONTEXT);
  } catch (error) {
    if (!isAmapError(error)) throw error;
    return error.message;
  }
}

const DATA = readJson('{"a":{"b":[{"c":1},{"c":2.5},{}]},"n":4,"t":"text","l":["x","y"],"m":{"p":1,"q":2},"z":null}');

describe("expressions in the community's dialect", () => {
  for (const [expression, expected] of [
    // What is missing is null, and what stands behind a null is not looked at.
    ["none", null],
    ["none.other[0]", null],
    ["a.none || 'x'", "x"],
    ["z.[n, t]", null],
    ["z.{k: `1`}", null],
    ["z | @.[n]", null],
    ["z | [n]", [null]],
    ["none.length(@)", null],
    // Arithmetic: doubles; of what is no number it is null.
    ["n + `1`", 5],
    ["n - `1`", 3],
    ["n \u2212 `1`", 3],
    ["n * `2` + `1`", 9],
    ["`1` + n * `2`", 9],
    ["n / `8`", 0.5],
    ["n \u00d7 n \u00f7 `2`", 8],
    ["n // `3`", 1],
    ["`-7` // `2`", -4],
    ["n % `3`", 1],
    ["-n", -4],
    ["+n", 4],
    ["- n + `1`", -3],
    ["t + `1`", null],
    ["-t", null],
    ["n / `0`", "the result is not a finite number: Infinity"],
    ["n + `1` > `4`", true],
    // Variables.
    ["$v.w[1]", 2],
    ["$", null],
    ["$none", "variable not defined: $none"],
    ["let $x = n in $x + $x", 8],
    ["let $x = n, $y = t in [$x, $y]", [4, "text"]],
    ["let $x = n in let $y = $x, $x = t in [$x, $y]", ["text", 4]],
    ["let $v = z in $v", null],
    ["a.b[?c == let $k = `1` in $k].c", [1]],
    ["(let $x = n in $x) && $x", "variable not defined: $x"],
    [
      "map(&[@, $v.w[0]], l)",
      [
        ["x", 1],
        ["y", 1],
      ],
    ],
    // What making a variable throws is read as null by no operator.
    ["$broken[?a]", "it cannot be made"],
    ["[$broken][].a", "it cannot be made"],
    // Slices of texts.
    ["t[1:3]", "ex"],
    ["t[::-1]", "txet"],
    ["t[:2].none", "te"],
    ["l[1:]", ["y"]],
    // Values come without the nulls that Kyverno's own library puts before them.
    ["m.*", [1, 2]],
    ["m.*.[@]", [[1], [2]]],
    // Texts: a backslash escapes itself.
    ["'a\\\\b'", "a\\b"],
    ["'it\\'s'", "it's"],
    ['`{"k": 1}`.k', 1],
    // Where `let` is a name, it is one.
    ["let", null],
    ["avg(`[]`)", null],
    ["items(m, 'k', 'v')[0]", { k: "p", v: 1 }],
    ["find_first(t, 't', `1`)", 3],
    ["find_first(t, 't', `1`, `3`)", null],
    ["pad_left(t, `6`)", "  text"],
    ["at(l, `2`)", "JMESPath function 'at': there is no element 2 in a list of 2"],
    ["lower(t, t)", "incorrect number of args"],
    ["find_first(t)", "incorrect number of args"],
    ["group_by(l, &n)", "JMESPath function 'group_by': the expression must give a string for each element"],
  ] as const) {
    test(expression, () => assert.deepEqual(search(expression, DATA), expected));
  }

  for (const row of COMMUNITY_FUNCTIONS) {
    test(`${row.name}: its example is true`, () => assert.equal(search(row.example, {}), true));
  }

  for (const [expression, message] of [
    ["n +", /Incomplete expression/],
    ["let $x = n", /Expected tVariable|Incomplete|received: tEOF/],
    ["let $x n in $x", /Expected tAssign/],
    ["$1a b", /Unexpected token at the end/],
    ["a = b", /Unexpected token: tAssign/],
    ["n-1", /Unexpected token at the end of the expression: tNumber/],
  ] as const) {
    test(`refuses ${expression}`, () => assert.throws(() => compileCommunityJmesPath(expression), message));
  }

  test("Kyverno's own dialect has none of it", () => {
    for (const expression of ["n + `1`", "$v", "let $x = n in $x", "n * `2`", "-n", "n % `2`", "n / `2`"]) {
      assert.throws(
        () => compileJmesPath(expression),
        (error) => isAmapError(error, "EXPRESSION_INVALID"),
        expression,
      );
    }
    assert.throws(() => compileJmesPath("a.none").evaluate(DATA, CONTEXT), { code: "VARIABLE_NOT_FOUND" });
    assert.throws(() => compileJmesPath("lower('A')").evaluate({}, CONTEXT), /unknown function: lower/);
    assert.equal(compileJmesPath("t[1:3]").evaluate(DATA, CONTEXT), null);
  });

  test("keys that are prototypes' are members as others", () => {
    const made = search("from_items([['__proto__', `1`], ['constructor', `2`]])", {}) as object;
    assert.deepEqual(Object.entries(made), [
      ["__proto__", 1],
      ["constructor", 2],
    ]);
    assert.deepEqual(Object.keys(search("group_by(['__proto__'], &@)", {}) as object), ["__proto__"]);
    assert.equal(({} as { polluted?: unknown }).polluted, undefined);
  });
});
