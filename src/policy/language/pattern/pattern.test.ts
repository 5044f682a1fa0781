import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { AmapError, isAmapError, type Value } from "../../../base/index.ts";
import { compilePattern } from "./pattern.ts";

const free = () => {};

/** The outcome in one line: `pass`, or status, path and message. */
function outcome(pattern: Value, resource: Value): string {
  const result = compilePattern(pattern).match(resource, free);
  return result.status === "pass" ? "pass" : `${result.status} ${result.path} ${result.message}`;
}

/** A fail of a value at a path. */
function mismatch(path: string, value: string, pattern: string): string {
  return `fail ${path} resource value '${value}' does not match '${pattern}' at path ${path}`;
}

type Row = readonly [name: string, pattern: Value, resource: Value, expected: string];

const PLAIN: readonly Row[] = [
  ["members", { a: { b: "x", c: 1 } }, { a: { b: "x", c: 1, d: 2 } }, "pass"],
  ["a value", { a: { b: "x" } }, { a: { b: "y" } }, mismatch("/a/b/", "y", "x")],
  ["a missing key is null", { a: { b: "x" } }, { a: {} }, mismatch("/a/b/", "<nil>", "x")],
  [
    "a missing map",
    { a: { b: "x" } },
    {},
    "fail /a/ pattern and resource have different structures. Path: /a/. Expected map[string]interface {}, found <nil>",
  ],
  [
    "text for a map",
    { a: { b: 1 } },
    { a: "x" },
    "fail /a/ pattern and resource have different structures. Path: /a/. Expected map[string]interface {}, found string",
  ],
  ["null asks for nothing there", { a: null }, {}, "pass"],
  ["null and something there", { a: null }, { a: "x" }, mismatch("/a/", "x", "<nil>")],
  ["* asks for anything", { a: { b: "*" } }, { a: { b: {} } }, "pass"],
  ["* fails a level higher", { a: { b: "*" } }, { a: {} }, "fail /a/ /a//b not found"],
  ["* and null", { b: "*" }, { b: null }, "fail / //b not found"],
  ["* at the top", "*", { b: 1 }, mismatch("/", "map[b:1]", "*")],
  ["a scalar for each item", { a: "!x" }, { a: ["y", "z"] }, "pass"],
  ["a scalar and one item", { a: "!x" }, { a: ["y", "x"] }, mismatch("/a/", "[y x]", "!x")],
  ["a large number of the policy", { a: 2_000_000 }, { a: 1_000_000 }, mismatch("/a/", "1000000", "2e+06")],
  ["an inherited name is no key", { constructor: "*" }, {}, "fail / //constructor not found"],
  ["an inherited name may be a key", { toString: "a" }, JSON.parse('{"toString":"a"}'), "pass"],
  ["in order of keys", { b: 1, a: 1 }, {}, mismatch("/a/", "<nil>", "1")],
  ["what has anchors first", { a: 1, b: { "=(c)": 1 } }, { b: { c: 2 } }, mismatch("/b/c/", "2", "1")],
  [
    "what has anchors in reverse",
    { b: { "=(c)": 1 }, a: { "=(c)": 1 } },
    { a: { c: 2 }, b: { c: 2 } },
    mismatch("/b/c/", "2", "1"),
  ],
  ["+() is for mutation", { "+(a)": "x" }, { a: "x" }, mismatch("/+(a)/", "<nil>", "x")],
  ["an empty map", { a: {} }, { a: { b: 1 } }, "pass"],
];

const LISTS: readonly Row[] = [
  ["a map for each item", { a: [{ b: "1" }] }, { a: [{ b: "1" }, { b: 1 }] }, "pass"],
  ["one item", { a: [{ b: "1" }] }, { a: [{ b: "1" }, { b: "2" }] }, mismatch("/a/1/b/", "2", "1")],
  ["no items", { a: [{ b: "1" }] }, { a: [] }, "pass"],
  [
    "no list",
    { a: [{ b: "1" }] },
    {},
    "fail /a/ validation rule failed at path /a/, resource does not satisfy the expected overlay pattern",
  ],
  [
    "lists in lists",
    { a: [{ b: [{ c: 1 }] }] },
    { a: [{ b: [] }, { b: [{ c: 1 }, { c: 2 }] }] },
    mismatch("/a/1/b/1/c/", "2", "1"),
  ],
  ["only the first map of a pattern's list counts", { a: [{ b: 1 }, { b: 2 }] }, { a: [{ b: 1 }] }, "pass"],
  ["a scalar", { a: ["x*"] }, { a: ["x1", "x2"] }, "pass"],
  ["a scalar that one item misses", { a: ["x*"] }, { a: ["x1", "y"] }, mismatch("/a/", "[x1 y]", "x*")],
  ["only the first scalar counts", { a: ["x", "y"] }, { a: ["x"] }, "pass"],
  ["an empty pattern", { a: [] }, { a: [] }, "fail /a/ pattern Array empty"],
  ["lists go by place", { a: [["x"], "y"] }, { a: [["x"], "y", "z"] }, "pass"],
  ["lists by place that differ", { a: [["x"], "y"] }, { a: [["x"], "z"] }, mismatch("/a/1/", "z", "y")],
  [
    "lists by place that are too short",
    { a: [["x"], "y"] },
    { a: [["x"]] },
    "error  validate Array failed, array length mismatch, resource Array len is 1 and pattern Array len is 2",
  ],
];

const MISSING = "conditional anchor mismatch: conditional anchor key doesn't exist in the resource";

const ANCHORS: readonly Row[] = [
  ["= on a missing key", { "=(a)": 1 }, {}, "pass"],
  ["= on a key that matches", { "=(a)": 1 }, { a: 1 }, "pass"],
  ["= on a key that differs", { "=(a)": 1 }, { a: 2 }, mismatch("/a/", "2", "1")],
  ["= on null", { "=(a)": 1 }, { a: null }, mismatch("/a/", "<nil>", "1")],
  ["X on a missing key", { "X(a)": "null" }, {}, "pass"],
  [
    "X on a key",
    { s: { "X(a)": "null" } },
    { s: { a: 1 } },
    "fail /s/a/ negation anchor matched in resource: /s/a/ is not allowed",
  ],
  ["X on a null", { "X(a)": "null" }, { a: null }, "fail /a/ negation anchor matched in resource: /a/ is not allowed"],
  ["() that holds", { "(a)": 1, b: 2 }, { a: 1, b: 2 }, "pass"],
  ["() that holds, and a failing sibling", { "(a)": 1, b: 2 }, { a: 1, b: 3 }, mismatch("/b/", "3", "2")],
  [
    "() that does not hold",
    { "(a)": 1, b: 2 },
    { a: 2, b: 3 },
    "skip / conditional anchor mismatch: resource value '2' does not match '1' at path /a/",
  ],
  ["() on a missing key", { "(a)": 1, b: 2 }, { b: 3 }, `skip / ${MISSING}`],
  [
    "() of a child skips all",
    { a: { "(b)": 1 }, c: 2 },
    { a: { b: 2 }, c: 3 },
    "skip /a/ conditional anchor mismatch: resource value '2' does not match '1' at path /a/b/",
  ],
  ["two () that do not hold", { "(a)": 1, "(b)": 1 }, {}, `skip / ${MISSING}; ${MISSING}`],
  [
    "() hides what fails behind it",
    { "(a)": 1, "=(b)": 1 },
    { a: 2, b: 2 },
    "skip / conditional anchor mismatch: resource value '2' does not match '1' at path /a/",
  ],
  ["what fails before () is told", { "=(b)": 1, "^(a)": [{ c: 1 }] }, { a: [], b: 2 }, mismatch("/b/", "2", "1")],
  [
    "() around X",
    { "(a)": { "X(b)": "null" } },
    { a: { b: 1 } },
    "skip / conditional anchor mismatch: negation anchor matched in resource: /a/b/ is not allowed",
  ],
  [
    "a skip below = beside one that applies",
    { "=(a)": { "(x)": 1 }, "=(b)": 1, c: 1 },
    { a: { x: 2 }, b: 1, c: 2 },
    mismatch("/c/", "2", "1"),
  ],
  [
    "a skip below = alone",
    { "=(a)": { "(x)": 1 }, c: 1 },
    { a: { x: 2 }, c: 2 },
    "skip / conditional anchor mismatch: resource value '2' does not match '1' at path /a/x/",
  ],
  [
    "() in each item: one applies",
    { a: [{ "(n)": "x", v: 1 }] },
    {
      a: [
        { n: "x", v: 1 },
        { n: "y", v: 2 },
      ],
    },
    "pass",
  ],
  [
    "() in each item: the one that applies fails",
    { a: [{ "(n)": "x", v: 1 }] },
    { a: [{ n: "y" }, { n: "x", v: 2 }] },
    mismatch("/a/1/v/", "2", "1"),
  ],
  [
    "() in each item: none applies",
    { a: [{ "(n)": "x", v: 1 }] },
    { a: [{ n: "y" }, { n: "z" }] },
    "skip /a/ conditional anchor mismatch: resource value 'y' does not match 'x' at path /a/0/n/; conditional anchor mismatch: resource value 'z' does not match 'x' at path /a/1/n/",
  ],
  [
    "a failure is an error while a condition's key is nowhere",
    { a: [{ "(n)": "x" }], b: 1 },
    { a: [{ m: 1 }, { m: 1 }], b: 2 },
    `skip /a/ ${MISSING}; ${MISSING}`,
  ],
  [
    "a failure before a condition's key was met",
    { a: [{ "(n)": "x", v: 1 }] },
    { a: [{ m: 1 }, 5] },
    "error  pattern and resource have different structures. Path: /a/1/. Expected map[string]interface {}, found int64",
  ],
  ["<() that holds", { "<(a)": 1, b: 2 }, { a: 1, b: 2 }, "pass"],
  ["<() on a missing key", { "<(a)": 1, b: 2 }, { b: 3 }, mismatch("/b/", "3", "2")],
  [
    "<() that does not hold",
    { "<(a)": 1, b: 2 },
    { a: 2, b: 3 },
    "skip /a/ global anchor mismatch: resource value '2' does not match '1' at path /a/",
  ],
  [
    "<() of one item alone does not skip",
    { a: [{ "<(n)": "x", v: 1 }] },
    {
      a: [
        { n: "y", v: 2 },
        { n: "x", v: 2 },
      ],
    },
    mismatch("/a/1/v/", "2", "1"),
  ],
  ["^ on a missing list", { "^(a)": [{ n: "x" }] }, {}, "pass"],
  ["^ with an item", { "^(a)": [{ n: "x" }] }, { a: [{ n: "y" }, { n: "x" }] }, "pass"],
  [
    "^ without one",
    { "^(a)": [{ n: "x" }] },
    { a: [{ n: "y" }] },
    "fail /a/ existence anchor validation failed at path /a/",
  ],
  [
    "^ asks for each",
    { "^(a)": [{ n: "x" }, { n: "y" }] },
    { a: [{ n: "x" }] },
    "fail /a/ existence anchor validation failed at path /a/",
  ],
  [
    "^ on no list",
    { "^(a)": [{ n: "x" }] },
    { a: { n: "x" } },
    "fail /a/ invalid resource type map[string]interface {}: Existence ^ () anchor can be used only on list/array type resource",
  ],
  [
    "^ with a map",
    { "^(a)": { n: "x" } },
    { a: [] },
    "fail /a/ invalid pattern type map[string]interface {}: Pattern has to be of list to compare against resource",
  ],
  [
    "^ with a number",
    { "^(a)": 5 },
    { a: [] },
    "fail /a/ invalid pattern type float64: Pattern has to be of list to compare against resource",
  ],
  [
    "^ with text in its list",
    { "^(a)": ["x"] },
    { a: ["x"] },
    "fail /a/ invalid pattern type []interface {}: Pattern has to be of type map to compare against items in resource",
  ],
  [
    "^ whose list is missing, and a failure",
    { "^(a)": [{ n: 1 }], b: 1 },
    { b: 2 },
    "error  resource value '2' does not match '1' at path /b/",
  ],
];

const METADATA: readonly Row[] = [
  [
    "a name with wildcards",
    { metadata: { labels: { "app.*/name": "?*" } } },
    { metadata: { labels: { "app.k8s.io/name": "x" } } },
    "pass",
  ],
  [
    "its path",
    { metadata: { labels: { "app.*/name": "y" } } },
    { metadata: { labels: { "app.k8s.io/name": "x" } } },
    mismatch("/metadata/labels/app.k8s.io/name/", "x", "y"),
  ],
  [
    "a name that nothing matches",
    { metadata: { labels: { "app.*": "?*" } } },
    { metadata: { labels: { b: "x" } } },
    mismatch("/metadata/labels/app.*/", "<nil>", "?*"),
  ],
  [
    "no labels at all",
    { metadata: { labels: { "app.*": "?*" } } },
    { metadata: {} },
    "fail /metadata/labels/ pattern and resource have different structures. Path: /metadata/labels/. Expected map[string]interface {}, found <nil>",
  ],
  [
    "the first of several names",
    { metadata: { labels: { "app*": "x" } } },
    { metadata: { labels: { appB: "x", appA: "y" } } },
    mismatch("/metadata/labels/appA/", "y", "x"),
  ],
  [
    "the name that is written out wins",
    { metadata: { labels: { a: "x", "?": "y" } } },
    { metadata: { labels: { a: "y" } } },
    mismatch("/metadata/labels/a/", "y", "x"),
  ],
  [
    "anchors are kept",
    { "=(metadata)": { "=(annotations)": { "=(b.io/*)": "x | y*" } } },
    { metadata: { annotations: { "b.io/c": "z" } } },
    mismatch("/metadata/annotations/b.io/c/", "z", "x | y*"),
  ],
  [
    "below a list",
    { a: [{ metadata: { labels: { "x*": "1" } } }] },
    { a: [{ metadata: { labels: { x1: "1" } } }, { metadata: { labels: { x2: "2" } } }] },
    mismatch("/a/1/metadata/labels/x2/", "2", "1"),
  ],
  [
    "what is no text is left out, as in Kyverno",
    { metadata: { labels: { a: null, b: "x" } } },
    { metadata: { labels: { a: "1", b: "x" } } },
    "pass",
  ],
  [
    "names elsewhere have no wildcards",
    { spec: { "a*": "x" } },
    { spec: { ab: "x" } },
    mismatch("/spec/a*/", "<nil>", "x"),
  ],
];

for (const [group, rows] of Object.entries({ plain: PLAIN, lists: LISTS, anchors: ANCHORS, metadata: METADATA })) {
  describe(`patterns: ${group}`, () => {
    for (const [name, pattern, resource, expected] of rows) {
      test(name, () => assert.equal(outcome(pattern, resource), expected));
    }
  });
}

describe("stricter than Kyverno", () => {
  // There, any failure whose message holds these words counts as a skip, and the message holds the resource's text.
  for (const words of ["conditional anchor mismatch", "global anchor mismatch"]) {
    test(`a resource cannot skip a rule by the words "${words}"`, () => {
      assert.equal(outcome({ a: "x" }, { a: words }), mismatch("/a/", words, "x"));
    });
  }
});

/** Texts without operators. */
const word = fc.string({ unit: fc.constantFrom("a", "b", "x", ":", "/", ".", "é", "😀"), minLength: 1 });
const tree = fc.letrec<{ node: Value }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 4 },
    word,
    fc.boolean(),
    fc.integer(),
    fc.dictionary(word, tie("node"), { maxKeys: 4 }),
    fc.array(tie("node"), { minLength: 1, maxLength: 1 }),
  ),
})).node;

describe("laws of patterns", () => {
  test("a resource without operators matches the pattern that is itself", () => {
    fc.assert(fc.property(tree, (value) => outcome(value, value) === "pass"));
  });

  test("= of what is there is the same as the plain key; of what is not, it passes", () => {
    fc.assert(
      fc.property(word, tree, tree, (key, pattern, value) => {
        assert.equal(outcome({ [`=(${key})`]: pattern }, {}), "pass");
        fc.pre(pattern !== "*");
        assert.equal(
          outcome({ [`=(${key})`]: pattern }, { [key]: value }),
          outcome({ [key]: pattern }, { [key]: value }),
        );
      }),
    );
  });

  test("X is the complement of being there", () => {
    fc.assert(
      fc.property(word, fc.dictionary(word, tree), (key, value) => {
        const isForbidden = outcome({ [`X(${key})`]: "null" }, value) !== "pass";
        assert.equal(isForbidden, Object.hasOwn(value, key));
      }),
    );
  });

  test("() fails only where its map applies: it skips exactly when = would fail or the key is missing", () => {
    fc.assert(
      fc.property(word, tree, tree, (key, pattern, value) => {
        const asCondition = outcome({ [`(${key})`]: pattern }, { [key]: value });
        assert.equal(asCondition.startsWith("skip"), outcome({ [`=(${key})`]: pattern }, { [key]: value }) !== "pass");
        assert.ok(outcome({ [`(${key})`]: pattern }, {}).startsWith("skip"));
      }),
    );
  });

  test("^ is some, a plain list is every", () => {
    const items = fc.array(fc.record({ n: fc.constantFrom("x", "y", "z") }), { maxLength: 5 });
    fc.assert(
      fc.property(items, (list) => {
        assert.equal(
          outcome({ "^(a)": [{ n: "x" }] }, { a: list }) === "pass",
          list.some(({ n }) => n === "x"),
        );
        assert.equal(
          outcome({ a: [{ n: "x" }] }, { a: list }) === "pass",
          list.every(({ n }) => n === "x"),
        );
      }),
    );
  });

  test("anything matches against anything: the same answer twice, no throw, nothing changed", () => {
    const key = fc.constantFrom(
      "a",
      "(a)",
      "<(b)",
      "X(a)",
      "=(b)",
      "^(a)",
      "+(a)",
      "metadata",
      "labels",
      "a*",
      "__proto",
    );
    const anything = fc.letrec<{ node: Value }>((tie) => ({
      node: fc.oneof(
        { maxDepth: 5 },
        fc.constantFrom<Value>("a", "*", "!a", ">1", "1-2", null, true, 1, 1.5),
        fc.dictionary(key, tie("node"), { maxKeys: 4 }),
        fc.array(tie("node"), { maxLength: 3 }),
      ),
    })).node;
    fc.assert(
      fc.property(anything, anything, (pattern, resource) => {
        const before = JSON.stringify([pattern, resource]);
        const compiled = compilePattern(pattern);
        assert.deepEqual(compiled.match(resource, free), compiled.match(resource, free));
        assert.equal(JSON.stringify([pattern, resource]), before);
      }),
      { numRuns: 500 },
    );
  });
});

describe("hostile patterns and resources", () => {
  const limited = (limit: number) => {
    let left = limit;
    return (steps: number) => {
      left -= steps;
      if (left < 0) throw new AmapError("BUDGET_EXCEEDED", "too many steps");
    };
  };

  test("a huge list spends steps", () => {
    const resource = {
      a: Array.from({ length: 20_000 }, () => ({ n: "y" })),
      b: Array.from({ length: 20_000 }, () => "y"),
    };
    for (const pattern of [{ a: [{ "(n)": "x" }] }, { "^(a)": [{ n: "x" }] }, { a: [{ n: "y" }] }, { b: "!x" }]) {
      assert.throws(
        () => compilePattern(pattern).match(resource, limited(10_000)),
        (error) => isAmapError(error, "BUDGET_EXCEEDED"),
      );
    }
  });

  test("many labels against many names with wildcards spend steps", () => {
    const names = (prefix: string) =>
      Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`${prefix}${at}`, "x"]));
    const pattern = compilePattern({ metadata: { labels: names("a*b") } });
    assert.throws(
      () => pattern.match({ metadata: { labels: names("ab") } }, limited(10_000)),
      (error) => isAmapError(error, "BUDGET_EXCEEDED"),
    );
  });

  test("compiling what a resource put into a pattern spends steps", () => {
    for (const pattern of ["a|".repeat(50_000), Array.from({ length: 50_000 }, () => "a")]) {
      assert.throws(
        () => compilePattern({ a: pattern }, limited(100_000)),
        (error) => isAmapError(error, "BUDGET_EXCEEDED"),
      );
    }
  });

  test("messages stay short", () => {
    const resource = { a: Array.from({ length: 20_000 }, () => ({ n: "y".repeat(100) })) };
    const result = compilePattern({ a: [{ "(n)": "x" }] }).match(resource, free);
    assert.equal(result.status, "skip");
    assert.ok(result.message.length < 20_000 && result.message.startsWith("conditional anchor mismatch"));
  });

  test("deep nesting", () => {
    const nested = (levels: number): Value => {
      let value: Value = "x";
      for (let level = 0; level < levels; level++) value = level % 2 === 0 ? { a: value } : [value];
      return value;
    };
    assert.equal(outcome(nested(512), nested(512)), "pass");
    assert.ok(outcome(nested(512), nested(511)).startsWith("fail /"));
  });
});
