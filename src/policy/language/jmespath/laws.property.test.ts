import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { canonicalJson, isAmapError, type Value, writeJson } from "../../../base/index.ts";
import { compileJmesPath } from "./compile.ts";
import type { JmesContext, JmesProgram } from "./program.ts";
import { parseJmesPath } from "./syntax/parser.ts";
import { formatJmesTree } from "./syntax/print.ts";

const CONTEXT: JmesContext = { now: 0, charge: () => {}, entropy: () => new Uint8Array(32) };

const names = fc.constantFrom("a", "b", "c", '"d-e"', "spec");
const literals = fc.constantFrom("`1`", "`null`", "'x'", "`[1, 2]`", '`{"a": [1]}`', "''", "`2.5`");
const { expression } = fc.letrec<{ expression: string }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 4 },
    names,
    literals,
    fc.constant("@"),
    fc.tuple(tie("expression"), names).map(([left, name]) => `${left}.${name}`),
    fc
      .tuple(tie("expression"), fc.constantFrom("[0]", "[*]", "[]", "[1:]", "[::-1]", ".*", "[*].a", "[?a]"))
      .map(([left, right]) => left + right),
    fc
      .tuple(tie("expression"), fc.constantFrom(" || ", " && ", " | ", " == ", " < "), tie("expression"))
      .map(([left, operator, right]) => `(${left}${operator}${right})`),
    tie("expression").map((operand) => `!(${operand})`),
    tie("expression").map((operand) => `[${operand}, @]`),
    tie("expression").map((operand) => `{k: ${operand}}`),
    fc
      .tuple(fc.constantFrom("length", "type", "to_string", "keys", "sort", "reverse"), tie("expression"))
      .map(([name, operand]) => `${name}(${operand})`),
    fc.tuple(tie("expression"), tie("expression")).map(([list, key]) => `sort_by(${list}, &${key})`),
  ),
}));
const values = fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<Value>;
const objects = fc.record({ a: values, b: values, spec: values }) as unknown as fc.Arbitrary<Value>;

type Outcome = string;

/** The value as text, or the failure. */
function outcome(program: JmesProgram, input: Value): Outcome {
  try {
    return canonicalJson(program.evaluate(input, CONTEXT));
  } catch (error) {
    if (!isAmapError(error)) throw error;
    return `${error.code} ${error.message}`;
  }
}

describe("laws", () => {
  it("an expression gives a value or a failure of its own, the same one each time, and leaves its input", () => {
    fc.assert(
      fc.property(expression, objects, (source, input) => {
        const before = writeJson(input);
        const program = compileJmesPath(source);
        assert.equal(outcome(program, input), outcome(program, input));
        assert.equal(writeJson(input), before);
      }),
      { numRuns: 500 },
    );
  });

  it("a pipe is the second expression of the first one's value", () => {
    fc.assert(
      fc.property(names, names, objects, (first, second, input) => {
        const whole = outcome(compileJmesPath(`${first} | ${second}`), input);
        const member = outcome(compileJmesPath(`${first} || \`null\``), input);
        if (!member.startsWith("{")) assert.equal(whole, "null");
      }),
    );
  });

  it("never fails for a key when an alternative stands behind it", () => {
    fc.assert(
      fc.property(expression, objects, (source, input) => {
        assert.ok(!outcome(compileJmesPath(`(${source}) || 'x'`), input).startsWith("VARIABLE_NOT_FOUND"));
      }),
      { numRuns: 300 },
    );
  });

  it("not not is truth", () => {
    fc.assert(
      fc.property(objects, names, (input, name) => {
        const twice = outcome(compileJmesPath(`!(!${name})`), input);
        assert.equal(twice, outcome(compileJmesPath(`${name} && \`true\` || \`false\``), input));
      }),
    );
  });

  it("junk is refused with a place, or it is an expression", () => {
    const junk = fc.array(
      fc.constantFrom(..."abc.[]{}()?*|&!<>=@`'\"\\:,-0129 #é😀".split(""), "[?", "||", "&&", "`1`", "'x'"),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(junk, (parts) => {
        const source = parts.join("");
        try {
          parseJmesPath(source);
        } catch (error) {
          assert.ok(isAmapError(error, "EXPRESSION_INVALID"), String(error));
          const { column } = error.details;
          assert.ok(typeof column === "number" && column >= 1 && column <= Array.from(source).length + 1);
          return;
        }
        assert.ok(formatJmesTree(source).startsWith("AST"));
        outcome(compileJmesPath(source), { a: [1, { b: 2 }] });
      }),
      { numRuns: 2000 },
    );
  });
});
