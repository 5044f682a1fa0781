import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AmapError, isAmapError, type Value } from "../../../../base/index.ts";
import { MISSING_FACT } from "../../../evaluate/facts.ts";
import { compileJmesPath } from "../compile.ts";
import { type JmesContext, JmesRoot } from "../program.ts";

const CONTEXT: JmesContext = { now: 0, charge: () => {}, entropy: () => new Uint8Array(32) };

class FakeRoot extends JmesRoot {
  readonly asked: string[] = [];
  readonly #members: Readonly<Record<string, Value>>;
  readonly #failures: Readonly<Record<string, unknown>>;

  constructor(members: Readonly<Record<string, Value>>, failures: Readonly<Record<string, unknown>> = {}) {
    super();
    this.#members = members;
    this.#failures = failures;
  }

  member(name: string): Value | undefined {
    this.asked.push(name);
    if (Object.hasOwn(this.#failures, name)) throw this.#failures[name];
    return Object.hasOwn(this.#members, name) ? this.#members[name] : undefined;
  }

  whole(): Value {
    this.asked.push("*");
    for (const failure of Object.values(this.#failures)) throw failure;
    return this.#members;
  }
}

function thrownBy(expression: string, root: JmesRoot): unknown {
  try {
    compileJmesPath(expression).evaluate(root, CONTEXT);
  } catch (error) {
    return error;
  }
  return "nothing";
}

describe("a root whose members are made on demand", () => {
  const rows: readonly (readonly [expression: string, expected: Value, asked: readonly string[]])[] = [
    ["a.b", 1, ["a"]],
    ["@.a.b", 1, ["a"]],
    ["@ | a.b", 1, ["a"]],
    ["a.b || c", 1, ["a"]],
    ["missing || c", [1, 2], ["missing", "c"]],
    ["nothing", null, ["nothing"]],
    ["{x: a.b}", { x: 1 }, ["a"]],
    ["c[0]", 1, ["c"]],
    ["[0]", null, []],
    ["keys(@) | sort(@)", ["a", "c", "nothing"], ["*"]],
    ["@.*.b", [1], ["*"]],
    ["@ == `1`", false, ["*"]],
    ["[@].a", null, ["*"]],
    ["@ && a.b", 1, ["*", "a"]],
  ];
  for (const [expression, expected, asked] of rows) {
    it(expression, () => {
      const root = new FakeRoot({ a: { b: 1 }, c: [1, 2], nothing: null });
      assert.deepEqual(compileJmesPath(expression).evaluate(root, CONTEXT), expected);
      assert.deepEqual(root.asked, asked);
    });
  }

  it("is data when it is the result", () => {
    assert.deepEqual(compileJmesPath("@").evaluate(new FakeRoot({ a: 1 }), CONTEXT), { a: 1 });
    assert.deepEqual(compileJmesPath("`true` && @").evaluate(new FakeRoot({ a: 1 }), CONTEXT), { a: 1 });
  });

  it("has a name for each key that is not there", () => {
    assert.ok(isAmapError(thrownBy("other", new FakeRoot({})), "VARIABLE_NOT_FOUND"));
  });
});

describe("what a root throws", () => {
  const failed = new AmapError("EXPRESSION_FAILED", "the variable's own expression failed");
  const limit = new AmapError("BUDGET_EXCEEDED", "too much");
  for (const thrown of [MISSING_FACT, failed, limit, new Error("bug")]) {
    for (const expression of [
      "a",
      "a[]",
      "a[?b]",
      "a.*",
      "a || b",
      "length(a)[]",
      "keys(@)[]",
      "@.*",
      "@[]",
      "[a][?b]",
    ]) {
      it(`${String(thrown)} passes ${expression}`, () => {
        assert.equal(thrownBy(expression, new FakeRoot({}, { a: thrown })), thrown);
      });
    }
  }
});

describe("what is known before an expression runs", () => {
  const rows: readonly (readonly [expression: string, names: readonly string[], readsWhole: boolean])[] = [
    ["request.object.metadata.name", ["request"], false],
    ["@.request.object", ["request"], false],
    ["a || b.c", ["a", "b"], false],
    ["a | b", ["a"], false],
    ["a[?b == c].d", ["a"], false],
    ["a[*].b", ["a"], false],
    ["@ | a", ["a"], false],
    ["sort_by(a, &b)", ["a"], false],
    ["length(a) > b", ["a", "b"], false],
    ["{x: a, y: [b, c]}", ["a", "b", "c"], false],
    ["[a, b].c", ["a", "b"], false],
    ["keys(@)", [], true],
    ["@", [], true],
    ["*", [], true],
    ["a && @", ["a"], true],
    ["'x'", [], false],
  ];
  for (const [expression, names, readsWhole] of rows) {
    it(expression, () => {
      const program = compileJmesPath(expression);
      assert.deepEqual([program.names, program.readsWhole], [names, readsWhole]);
    });
  }

  it("names the functions that do not exist", () => {
    assert.deepEqual(compileJmesPath("a || nosuch(other(b))").unknownFunctions, ["nosuch", "other"]);
    assert.deepEqual(compileJmesPath("length(a)").unknownFunctions, []);
  });
});
