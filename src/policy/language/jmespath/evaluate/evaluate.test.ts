import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AmapError, Double, type Value } from "../../../../base/index.ts";
import { compileJmesPath } from "../compile.ts";
import type { JmesContext } from "../program.ts";

const CONTEXT: JmesContext = { now: 0, charge: () => {}, entropy: () => new Uint8Array(32) };

function search(expression: string, input: Value = {}): Value {
  return compileJmesPath(expression).evaluate(input, CONTEXT);
}

function failureOf(expression: string, input: Value = {}): string {
  try {
    search(expression, input);
  } catch (error) {
    assert.ok(error instanceof AmapError);
    return `${error.code}: ${error.message}`;
  }
  return "no failure";
}

const POD: Value = {
  metadata: { name: "web", labels: { app: "shop", tier: "front" } },
  spec: {
    containers: [
      { name: "b", image: "nginx:1", ports: [{ port: 80 }] },
      { name: "a", image: "redis:7" },
    ],
    replicas: 3,
  },
};

describe("JMESPath in Kyverno's dialect", () => {
  const results: readonly (readonly [expression: string, expected: Value])[] = [
    ["metadata.name", "web"],
    ["@.metadata.name", "web"],
    ["metadata.labels.missing || 'none'", "none"],
    ["metadata.missing.deeper || 'none'", "none"],
    ["metadata.name.first", null],
    ["spec.containers[*].image", ["nginx:1", "redis:7"]],
    ["spec.containers[].ports[].port", [80]],
    ["spec.[containers, initContainers][].name", ["b", "a"]],
    ["spec.containers[?name == 'a'].image | [0]", "redis:7"],
    ["spec.containers[?ports].name", ["b"]],
    ["spec.containers[-1].name", "a"],
    ["spec.containers[5]", null],
    ["spec.containers[::-1].name", ["a", "b"]],
    ["metadata.labels.*", ["shop", "front"]],
    ["spec.replicas > `2` && spec.replicas <= `3`", true],
    ["spec.replicas == `3.0`", true],
    ["spec.replicas > 'two'", null],
    ["missing == `null`", true],
    ["missing != 'x'", true],
    ["!missing", true],
    // A dot binds more loosely than the exclamation mark.
    ["!metadata.name", null],
    ["!(metadata.name)", false],
    ["spec.replicas && 'yes'", "yes"],
    ["`0` && 'zero is true'", "zero is true"],
    ["'' || `[]` || `{}` || `false`", false],
    ["{n: metadata.name, m: missing}", { n: "web", m: null }],
    ["[missing, metadata.name]", [null, "web"]],
    ["missing.[a]", "not found: missing"],
    ["missing | other", null],
    ["missing | [a]", null],
    ["missing[*].a", null],
    ["missing[?a]", null],
    ["missing[].a", null],
    ["missing.*", null],
    ["sort_by(spec.containers, &name)[*].name", ["a", "b"]],
    ["max_by(spec.containers, &name).name", "b"],
    ["map(&ports, spec.containers)", [[{ port: 80 }], null]],
    ["length(spec.containers)", 2],
    ["to_string(spec.containers[0].ports)", '[{"port":80}]'],
    // A failed call on the left of these is null.
    ["keys(missing)[?starts_with(@, 'a')]", null],
    ["keys(missing)[]", null],
    ["nosuchfunction(@).*", null],
    // The list of an object's values begins with a null for each of them.
    ["metadata.labels.*.to_string(@)", ["null", "null", "shop", "front"]],
    // Commas between arguments and entries.
    ["join('-' ['a' 'b',])", "syntax"],
    ["join('-', ['a', 'b'],)", "a-b"],
    ["join('-' to_array('a'))", "a"],
    ["{a: `1` b: `2`}", { a: 1, b: 2 }],
    ["'it\\'s'", "it's"],
    ["'a\\b'", "a\\b"],
    ['`"a\\`b"`', "a`b"],
    ['"metadata"."name"', "web"],
    ["`9007199254740993` == `9007199254740992`", false],
    ["`1e2` == `100`", true],
  ];
  for (const [expression, expected] of results) {
    it(expression, () => {
      if (expected === "syntax") {
        assert.match(failureOf(expression, POD), /^EXPRESSION_INVALID: /);
      } else if (typeof expected === "string" && expected.startsWith("not found: ")) {
        assert.equal(failureOf(expression, POD), `VARIABLE_NOT_FOUND: Unknown key "${expected.slice(11)}" in path`);
      } else {
        assert.deepEqual(search(expression, POD), expected);
      }
    });
  }
});

describe("what fails", () => {
  const failures: readonly (readonly [expression: string, failure: string])[] = [
    ["missing", 'VARIABLE_NOT_FOUND: Unknown key "missing" in path'],
    ["metadata.labels.other.deeper", 'VARIABLE_NOT_FOUND: Unknown key "other" in path'],
    ["metadata.name && missing", 'VARIABLE_NOT_FOUND: Unknown key "missing" in path'],
    ["missing[0]", 'VARIABLE_NOT_FOUND: Unknown key "missing" in path'],
    [
      "length(spec.replicas)",
      'EXPRESSION_FAILED: Invalid type for: 3, expected: []jmespath.JpType{"string", "array", "object"}',
    ],
    [
      "length(missing)",
      'EXPRESSION_FAILED: Invalid type for: <nil>, expected: []jmespath.JpType{"string", "array", "object"}',
    ],
    [
      "abs(metadata.labels)",
      'EXPRESSION_FAILED: Invalid type for: map[app:shop tier:front], expected: []jmespath.JpType{"number"}',
    ],
    ["length('a', 'b')", "EXPRESSION_FAILED: incorrect number of args"],
    ["merge()", "EXPRESSION_FAILED: Invalid arity."],
    ["merge(metadata, missing)", 'EXPRESSION_FAILED: Invalid type for: <nil>, expected: []jmespath.JpType{"object"}'],
    ["nosuch(@)", "EXPRESSION_FAILED: unknown function: nosuch"],
    ["spec.containers[::0]", "EXPRESSION_FAILED: Invalid slice, step cannot be 0"],
    ["sort_by(spec.containers, &ports)", "EXPRESSION_FAILED: invalid type, must be number of string"],
    ['sort_by(`[{"a": 1}, {"a": "x"}]`, &a)', "EXPRESSION_FAILED: error in sort_by comparison"],
    ['sort_by(`[{"a": 1}, {}]`, &a)', "EXPRESSION_FAILED: error in sort_by comparison"],
    ['max_by(`[{"a": 1}, {}]`, &a)', "EXPRESSION_FAILED: invalid type, must be number"],
    ['min_by(`[{"a": "x"}, {}]`, &a)', "EXPRESSION_FAILED: invalid type, must be string"],
    [
      "metadata.labels.*.length(@)",
      'EXPRESSION_FAILED: Invalid type for: <nil>, expected: []jmespath.JpType{"string", "array", "object"}',
    ],
    ["avg(`[]`)", "EXPRESSION_FAILED: the result is not a finite number: NaN"],
    ["[avg(`[]`)]", "EXPRESSION_FAILED: the result is not a finite number: NaN"],
    ["&a", "EXPRESSION_FAILED: an expression reference (&…) stands only as an argument of a function that takes one"],
    ["to_string(&a)", 'EXPRESSION_FAILED: Invalid type for: expref, expected: []jmespath.JpType{"any"}'],
  ];
  for (const [expression, failure] of failures) {
    it(expression, () => assert.equal(failureOf(expression, POD), failure));
  }
});

describe("keys of outside", () => {
  it("never reach a prototype", () => {
    for (const key of ["constructor", "__proto__", "toString", "hasOwnProperty"]) {
      assert.match(failureOf(`"${key}"`, {}), /^VARIABLE_NOT_FOUND/);
      assert.equal(search(`"${key}"`, [1]), null);
      assert.equal(search(`"${key}"`, new Double(1)), null);
    }
    assert.equal(search("a.length", { a: [1, 2] }), null);
    assert.match(failureOf('{"__proto__": @}', {}), /^EXPRESSION_INVALID/);
  });

  it("are own members whatever their name", () => {
    assert.equal(search('"constructor"', { constructor: "x" }), "x");
  });
});

describe("the input", () => {
  it("is never changed", () => {
    const input = { list: [{ a: 2 }, { a: 1 }] };
    const frozen = Object.freeze(structuredClone(input));
    assert.deepEqual(search("sort_by(list, &a)[0]", frozen), { a: 1 });
    assert.deepEqual(search("sort(list[*].a)", frozen), [1, 2]);
    assert.deepEqual(frozen, input);
  });
});
