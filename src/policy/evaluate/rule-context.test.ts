import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { AmapError, LIMITS, type Value } from "../../base/index.ts";
import { compileJmesPath } from "../language/jmespath/compile.ts";
import { explainJmesFailure } from "../language/jmespath/explain/explain-failure.ts";
import type { JmesContext } from "../language/jmespath/program.ts";
import type { VariableNote } from "../language/variables/scope.ts";
import { compileTemplate } from "../language/variables/template.ts";
import type { ContextEntry } from "../resource/kyverno/context-entry.ts";
import { compileContextEntries } from "./context-entries.ts";
import { NO_FACTS } from "./fact-reader.ts";
import { MISSING_FACT } from "./facts.ts";
import { indexLazyMembers, type LazyMember, RuleContext } from "./rule-context.ts";

const CONTEXT: JmesContext = { now: 0, charge: () => undefined, entropy: () => new Uint8Array(32) };

const OBJECT = { metadata: { name: "web", labels: { app: "shop" } } };
const ROOT = RuleContext.create({ request: { object: OBJECT, operation: "CREATE" }, a: 1 }, "CREATE", CONTEXT);

function ask(context: RuleContext, query: string): Value {
  return context.query(compileJmesPath(query));
}

/** A lazy member that counts how often it is made. */
function lazy(name: string, load: LazyMember["load"], replaces = true): LazyMember & { count: number } {
  const member = {
    name,
    replaces,
    count: 0,
    load: (scope: RuleContext, facts: typeof NO_FACTS) => {
      member.count++;
      return load(scope, facts);
    },
  };
  return member;
}

function over(context: RuleContext, ...members: readonly LazyMember[]): RuleContext {
  return context.withLazyMembers(indexLazyMembers(members), NO_FACTS);
}

describe("members", () => {
  test("of an inner context stand before those of an outer one", () => {
    const inner = ROOT.withMembers({ a: { b: 2 }, c: 3 });
    assert.deepEqual(ask(inner, "[a, c]"), [{ b: 2 }, 3]);
    assert.equal(ask(ROOT, "a"), 1);
    assert.throws(() => ask(ROOT, "c"), {
      code: "VARIABLE_NOT_FOUND",
      message: 'JMESPath query failed: Unknown key "c" in path',
    });
  });
  test("a resource that is changed is seen by what comes after", () => {
    const next = ROOT.withResource({ metadata: { name: "next" } });
    assert.equal(ask(next, "request.object.metadata.name"), "next");
    assert.equal(ask(next, "request.operation"), "CREATE");
    assert.equal(ask(ROOT, "request.object.metadata.name"), "web");
  });
  test("whole shows all but what was not made yet", () => {
    const context = over(
      ROOT.withMembers({ b: 2 }),
      lazy("c", () => 3),
    );
    assert.deepEqual(Object.keys(context.whole() as object).sort(), ["a", "b", "request"]);
    ask(context, "c");
    assert.deepEqual(Object.keys(context.whole() as object).sort(), ["a", "b", "c", "request"]);
  });
});

describe("variables that are given", () => {
  test("set a member of what is there, without changing it", () => {
    const context = ROOT.withVariables([
      ["request.object.metadata.name", "given"],
      ["request.object.metadata.labels", { tier: "x" }],
      ['request.object.metadata.labels."app.kubernetes.io/name"', "y"],
      ["request.operation", "UPDATE"],
      ["other.deep", true],
    ]);
    assert.deepEqual(ask(context, "request.object"), {
      metadata: { name: "given", labels: { app: "shop", tier: "x", "app.kubernetes.io/name": "y" } },
    });
    assert.equal(ask(context, "request.operation"), "UPDATE");
    assert.deepEqual(ask(context, "other"), { deep: true });
    assert.equal(OBJECT.metadata.name, "web");
  });
  for (const name of ["", 'a"b', '"a', '"a"b', "a.__proto__.b"]) {
    test(`cannot be named ${JSON.stringify(name)}`, () => {
      assert.throws(() => ROOT.withVariables([[name, 1]]), { code: "VALUE_INVALID" });
    });
  }
});

describe("lazy members", () => {
  test("are made when a query names them, once", () => {
    const [used, unused] = [lazy("used", () => 1), lazy("unused", () => 2)];
    const context = over(ROOT, used, unused);
    assert.equal(ask(context, "used"), 1);
    assert.equal(ask(context, "used || unused"), 1);
    assert.equal(used.count, 1);
    // As in Kyverno: a query loads all that it names, whether it reads it or not.
    assert.equal(unused.count, 1);
  });
  test("see what is declared before them, never themselves", () => {
    const context = over(
      ROOT,
      lazy("v", () => 1),
      lazy("v", (scope) => Number(ask(scope, "v")) + 1),
      lazy("w", (scope) => Number(ask(scope, "v")) + 10),
      lazy("x", (scope) => ask(scope, "y")),
      lazy("y", () => 0),
      lazy("z", (scope) => ask(scope, "z")),
    );
    assert.equal(ask(context, "v"), 2);
    assert.equal(ask(context, "w"), 12);
    assert.throws(() => ask(context, "x"), { message: 'JMESPath query failed: Unknown key "y" in path' });
    assert.throws(() => ask(context, "z"), { code: "VARIABLE_NOT_FOUND" });
  });
  test("merge with what is there or replace it", () => {
    const there = ROOT.withMembers({ m: { a: { x: 1 }, b: 1 }, r: { a: 1 } });
    const context = over(
      there,
      lazy("m", () => ({ a: { y: 2 }, b: [2] }), false),
      lazy("r", () => ({ b: 1 })),
    );
    assert.deepEqual(ask(context, "m"), { a: { x: 1, y: 2 }, b: [2] });
    assert.deepEqual(ask(context, "r"), { b: 1 });
  });
  test("with nothing to show leave what is there", () => {
    assert.equal(
      ask(
        over(
          ROOT,
          lazy("a", () => undefined),
        ),
        "a",
      ),
      1,
    );
  });
  test("are kept where what they have read is the same", () => {
    const [plain, ofElement] = [
      lazy("plain", (scope) => ask(scope, "a")),
      lazy("ofElement", (scope) => ask(scope, "element")),
    ];
    const rule = over(ROOT, plain, ofElement);
    for (const element of [1, 2]) {
      const inner = rule.withMembers({ element });
      assert.deepEqual(ask(inner, "[plain, ofElement, ofElement]"), [1, element, element]);
    }
    assert.deepEqual([plain.count, ofElement.count], [1, 2]);
    assert.throws(() => ask(rule, "ofElement"), { code: "VARIABLE_NOT_FOUND" });
  });
  test("of an inner context are not seen by those of an outer one", () => {
    const rule = over(
      ROOT,
      lazy("outer", (scope) => ask(scope, "inner")),
    );
    const loop = over(
      rule,
      lazy("inner", () => 1),
    );
    assert.throws(() => ask(loop, "outer"), { code: "VARIABLE_NOT_FOUND" });
  });
  test("that failed fail again, without being made again", () => {
    const failing = lazy("failing", () => {
      throw new AmapError("FACT_FAILED", "no");
    });
    const context = over(ROOT, failing);
    assert.throws(() => ask(context, "failing"), { code: "FACT_FAILED", message: "no" });
    assert.throws(() => ask(context, "a || failing"), { code: "FACT_FAILED" });
    assert.equal(failing.count, 1);
  });
  test("that miss a fact are made again, and others beside them are asked for at once", () => {
    const missing = (): never => {
      throw MISSING_FACT;
    };
    const [first, second] = [lazy("first", missing), lazy("second", missing)];
    const context = over(ROOT, first, second);
    for (let pass = 0; pass < 2; pass++) {
      assert.throws(
        () => ask(context, "[first, second]"),
        (error) => error === MISSING_FACT,
      );
    }
    assert.deepEqual([first.count, second.count], [2, 2]);
  });
});

test("variables are noted, where that is asked for", () => {
  const notes: VariableNote[] = [];
  const noted = RuleContext.create({ a: 1 }, "CREATE", CONTEXT, (step) => notes.push(step));
  const bind = compileContextEntries([{ name: "v", variable: { value: "{{ a }}" } }]);
  assert.throws(() => compileTemplate({ x: "{{ v }}{{ w }}" }).render(bind(noted, NO_FACTS)));
  assert.deepEqual(notes, [
    { kind: "variable", path: "", expression: "a", value: 1 },
    { kind: "entry", path: "context[0]", name: "v", value: 1 },
    { kind: "variable", path: "/x", expression: "v", value: 1 },
    {
      kind: "variableFailed",
      path: "/x",
      expression: "w",
      message: 'JMESPath query failed: Unknown key "w" in path',
      explanation: explainJmesFailure("w", noted.withMembers({ v: 1 }), 0),
    },
  ]);
});

describe("hostile contexts end:", () => {
  test("a long chain of entries", () => {
    const chain = Array.from({ length: 2_000 }, (_, index) =>
      lazy(`v${index}`, (scope) => (index === 0 ? 1 : ask(scope, `v${index - 1}`))),
    );
    const context = over(ROOT, ...chain);
    assert.equal(ask(context, "v1999"), 1);
    assert.equal(context.member("v1999"), 1);
    assert.ok(chain.reduce((sum, { count }) => sum + count, 0) < 10_000);
  });
  test("a long chain of entries that are deep", () => {
    const wrap = (inner: string): Value => Array.from({ length: 400 }).reduce<Value>((value) => [value], inner);
    const entries = Array.from(
      { length: 50 },
      (_, index): ContextEntry => ({
        name: `v${index}`,
        variable: { value: wrap(index === 0 ? "x" : `{{ v${index - 1} | type(@) }}`) },
      }),
    );
    assert.ok(Array.isArray(ask(compileContextEntries(entries)(ROOT, NO_FACTS), "v49")));
  });
  test("entries that double each other", () => {
    const doubling = Array.from({ length: 60 }, (_, index) =>
      lazy(`v${index}`, (scope) => (index === 0 ? "x" : [ask(scope, `v${index - 1}`), ask(scope, `v${index - 1}`)])),
    );
    assert.throws(() => ask(over(ROOT, ...doubling), "v59"), { code: "LIMIT_EXCEEDED" });
  });
  test("one that is too large", () => {
    const text = "x".repeat(LIMITS.contextCharacters + 1);
    assert.throws(
      () =>
        ask(
          over(
            ROOT,
            lazy("v", () => text),
          ),
          "v",
        ),
      { code: "LIMIT_EXCEEDED" },
    );
  });
  test("names of prototypes are plain names", () => {
    for (const name of ["constructor", "toString", "hasOwnProperty"]) {
      assert.throws(() => ask(ROOT, name), { code: "VARIABLE_NOT_FOUND" });
    }
    assert.equal(ask(ROOT.withMembers({ constructor: 1 }), "constructor"), 1);
  });
});
