import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { Double, isAmapError, readJson, type Value } from "../../../base/index.ts";
import type { JmesContext } from "../jmespath/program.ts";
import { compileAssertion } from "./assertion.ts";
import { parseAssertionExpression } from "./expression.ts";

const BINDINGS: Readonly<Record<string, Value>> = { v: "bound", n: 2 };
const CONTEXT: JmesContext = {
  now: 0,
  charge: () => {},
  entropy: () => new Uint8Array(32),
  variable: (name) => (Object.hasOwn(BINDINGS, name) ? BINDINGS[name] : undefined),
};

/** Paths of what is not as wanted, or the error's message. */
function check(tree: Value, value: Value): readonly string[] | string {
  try {
    return compileAssertion(tree)
      .check(value, CONTEXT)
      .map(({ path }) => path);
  } catch (error) {
    if (!isAmapError(error)) throw error;
    return error.message;
  }
}

describe("assertion trees: what kyverno-json says of a value", () => {
  for (const [tree, value, expected] of [
    // Scalars, by value and type.
    ['{"a":2}', '{"a":2}', []],
    ['{"a":2}', '{"a":2.0}', []],
    ['{"a":1.5}', '{"a":1}', ["a"]],
    ['{"a":"x"}', '{"a":"y"}', ["a"]],
    ['{"a":true}', '{"a":true}', []],
    ['{"a":true}', '{"a":false}', ["a"]],
    ['{"a":null}', '{"a":null}', []],
    ['{"a":null}', '{"a":0}', ["a"]],
    ['{"a":0}', '{"a":null}', ["a"]],
    ['{"a":"1"}', '{"a":1}', "a: types are not comparable, a text - a number"],
    ['{"a":true}', '{"a":"x"}', "a: types are not comparable, a boolean - a text"],
    ['{"a":"x"}', '{"a":{}}', "a: types are not comparable, a text - an object"],
    ['{"a":9007199254740993}', '{"a":9007199254740993}', []],
    ['{"a":9007199254740993}', '{"a":9007199254740992}', ["a"]],
    // Members.
    ['{"a":{"b":1}}', '{"a":{"b":1,"c":2}}', []],
    ['{"a":{"b":1}}', '{"a":{}}', ["a.b"]],
    ['{"a":{"b":1}}', '{"a":null}', ["a.b"]],
    ['{"a":{"b":1}}', '{"a":[]}', 'a.b: expected an object with the key "b", found []'],
    ['{"a":{}}', '{"a":null}', ["a"]],
    ['{"a":{}}', '{"a":1}', []],
    ['{"constructor":{}}', "{}", ["constructor"]],
    ['{"__proto__x":{}}', '{"__proto__x":1}', []],
    // Lists.
    ['{"a":[1,2]}', '{"a":[1,2]}', []],
    ['{"a":[1,2]}', '{"a":[1,3]}', ["a[1]"]],
    ['{"a":[1,2]}', '{"a":[1]}', ["a"]],
    ['{"a":[]}', '{"a":null}', ["a"]],
    ['{"a":[1]}', '{"a":{"b":1}}', 'a: expected a list, found {"b":1}'],
    ['[{"b":1}]', '[{"b":2}]', ["[0].b"]],
    // Queries as keys.
    ['{"(a > `1`)":true}', '{"a":3}', []],
    ['{"(a > `1`)":true}', '{"a":1}', ["(a > `1`)"]],
    ['{"(jp:a)":3}', '{"a":3}', []],
    ['{"(none)":null}', "{}", []],
    ['{"(length(@))":2}', "[1,2]", []],
    ['{"(a)":{"b":1}}', '{"a":{"b":1}}', []],
    ['{"(lenght(a))":1}', '{"a":[1]}', "(lenght(a)): unknown function: lenght"],
    // Queries as values: about the value itself.
    ['{"a":"(`2` + `1`)"}', '{"a":3}', []],
    ['{"a":"(@)"}', '{"a":{"b":[1]}}', []],
    ['{"a":"([@, \'x\'])"}', '{"a":"y"}', "a: invalid actual value"],
    ['{"a":"(`[1, 2]`)"}', '{"a":[1,2]}', []],
    ['{"a":"(`{\\"b\\": 1}`)"}', '{"a":{"b":1,"c":2}}', []],
    ['{"a":"(`[1]`)"}', '{"a":{}}', "a: invalid actual value, must be a list, found an object"],
    ['{"a":"(`{}`)"}', '{"a":[]}', "a: invalid actual value, must be an object, found a list"],
    // Elements.
    ['{"~.a":{"b":1}}', '{"a":[{"b":1},{"b":2}]}', ["~.a[1].b"]],
    ['{"~.a":{"b":1}}', '{"a":{"x":{"b":1},"y":{"b":2}}}', ["~.a[y].b"]],
    ['{"~.a":{"b":1}}', '{"a":[]}', []],
    ['{"~.a":1}', '{"a":"x"}', '~.a: expected a list or an object to go through, found "x"'],
    ['{"~.a":1}', "{}", ["~.a"]],
    ['{"~i.a":{"($i)":1}}', '{"a":["x","y"]}', ["~i.a[0].($i)"]],
    ['{"~k.a":{"($k)":"x"}}', '{"a":{"x":1,"y":2}}', ["~k.a[y].($k)"]],
    ['{"~.(a[?b > `1`])":{"b":2}}', '{"a":[{"b":1},{"b":2},{"b":3}]}', ["~.(a[?b > `1`])[1].b"]],
    ['{"~i.a":{"~j.b":{"([$i, $j, @])":[1,0,7]}}}', '{"a":[{"b":[]},{"b":[7]}]}', []],
    // Bindings.
    ['{"a->x":{"($x)":3}}', '{"a":3}', []],
    ['{"(a)->x":{"b":"($x.b)"}}', '{"a":{"b":1}}', []],
    ['{"a->x":3,"b":"($x)"}', '{"a":3,"b":3}', []],
    ['{"a->x":3,"b":"($x)"}', '{"a":3,"b":4}', ["b"]],
    ['{"a":{"b->x":1},"c":"($x)"}', '{"a":{"b":1},"c":1}', "c: variable not defined: $x"],
    ['{"~.a->x":{"(length($x))":2}}', '{"a":[1,1]}', []],
    ['{"a":"($v)"}', '{"a":"bound"}', []],
    ['{"(let $v = `1` in $v)":1,"(($v))":"bound"}', "{}", []],
    // Escapes: what has marks is a key or a text.
    ['{"\\\\(a)\\\\":1}', '{"(a)":1}', []],
    ['{"~.\\\\(a)\\\\":1}', '{"(a)":[1,2]}', ["~.\\(a)\\[1]"]],
    ['{"a":"\\\\(a)\\\\"}', '{"a":"(a)"}', ["a"]],
    ['{"a":"~.b"}', '{"a":"~.b"}', []],
    ['{"a":"b->c"}', '{"a":"b->c"}', []],
    ['{"":1}', '{"":1}', []],
  ] as const) {
    test(`${tree} of ${value}`, () => {
      const found = check(readJson(tree), readJson(value));
      if (typeof expected === "string")
        assert.ok(typeof found === "string" && found.startsWith(expected), String(found));
      else assert.deepEqual(found, expected);
    });
  }

  for (const [tree, message] of [
    ['{"(a ==)":1}', "(a ==): SyntaxError: Incomplete expression"],
    ['{"a":{"(cel:b)":1}}', "a.(cel:b): queries are written in JMESPath, found the engine cel"],
    ['{"a":"~i.(b)"}', "a: ~i. stands before keys only"],
    ['{"a":"(b)->c"}', "a: ->c stands behind keys only"],
  ] as const) {
    test(`refuses ${tree}`, () => {
      const found = check(readJson(tree), {});
      assert.ok(typeof found === "string" && found.startsWith(message), String(found));
    });
  }

  test("says what was expected and found", () => {
    const failures = compileAssertion(readJson('{"a":"x","b":null,"c":[1],"d":1}')).check(
      readJson('{"a":"y","b":{"x":1},"c":[]}'),
      CONTEXT,
    );
    assert.deepEqual(failures, [
      { path: "a", message: 'Invalid value: "y": Expected value: "x"' },
      { path: "b", message: 'Invalid value: {"x":1}: Expected value: null' },
      { path: "c", message: "Invalid value: expected 1 elements, found 0" },
      { path: "d", message: "Required value: field not found in the input object" },
    ]);
  });

  test("a space before -> is told of", () => {
    assert.deepEqual(compileAssertion({ "a ->b": 1 }).warnings, ["a ->b: the space before -> belongs to the key"]);
  });
});

describe("marks", () => {
  const plain = { iterates: false, index: "", binding: "", engine: "" };
  for (const [text, expected] of [
    ["a", { ...plain, statement: "a" }],
    ["~.a", { ...plain, iterates: true, statement: "a" }],
    ["~i.a.b", { ...plain, iterates: true, index: "i", statement: "a.b" }],
    ["~i-j.a", { ...plain, statement: "~i-j.a" }],
    ["(a)", { ...plain, engine: "jp", statement: "a" }],
    ["(x:a)", { ...plain, engine: "x", statement: "a" }],
    ["(a)->b", { ...plain, engine: "jp", statement: "a", binding: "b" }],
    ["~i.(a)->b", { iterates: true, index: "i", engine: "jp", statement: "a", binding: "b" }],
    ["a->b->c", { ...plain, statement: "a->b", binding: "c" }],
    ["\\(a)\\", { ...plain, statement: "(a)" }],
    ["\\(a)\\->b", { ...plain, statement: "(a)", binding: "b" }],
    ["(a", { ...plain, statement: "(a" }],
    ["()", { ...plain, statement: "()" }],
    ["(a\nb)", { ...plain, statement: "(a\nb)" }],
    ["", undefined],
    ["~.", undefined],
    ["->b", undefined],
  ] as const) {
    test(JSON.stringify(text), () => assert.deepEqual(parseAssertionExpression(text), expected));
  }

  test("law: however long a text is, its marks are read at once", () => {
    for (const text of ["-".repeat(60_000), " ".repeat(60_000), `${"a->".repeat(20_000)}!`, `(${"(".repeat(60_000)}`]) {
      const began = process.hrtime.bigint();
      parseAssertionExpression(text);
      assert.ok(process.hrtime.bigint() - began < 5_000_000_000n);
    }
  });
});

const anyValue: fc.Arbitrary<Value> = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom<Value>(null, true, false, 0, 1, -2.5, "a", "b c", new Double(2)),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom("a", "b", "name"), tie("value"), { maxKeys: 3 }),
  ),
})).value;

test("law: a value without nulls is as it is itself, and as any part of it", () => {
  const hasNull = (value: Value): boolean => JSON.stringify(value).includes("null");
  fc.assert(
    fc.property(anyValue, (value) => {
      fc.pre(!hasNull(value));
      assert.deepEqual(check(value, value), []);
    }),
  );
});

test("law: whatever the tree and the value are, it ends with failures or with a code", () => {
  fc.assert(fc.property(anyValue, anyValue, (tree, value) => void check(tree, value)));
});
