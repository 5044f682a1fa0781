import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { isAmapError, LIMITS, type Value } from "../../../base/index.ts";
import { RuleContext } from "../../evaluate/rule-context.ts";
import type { JmesContext } from "../jmespath/program.ts";
import { compileTemplate } from "./template.ts";

function limited(steps: number): JmesContext {
  let left = steps;
  return {
    now: 0,
    charge: (taken) => {
      left -= taken;
      if (left < 0) throw Object.assign(new Error("spent"), { name: "Spent" });
    },
    entropy: () => new Uint8Array(32),
  };
}

const json = fc.jsonValue({ maxDepth: 4, noUnicodeString: false }) as fc.Arbitrary<Value>;
const braces = fc.string({
  unit: fc.constantFrom("{", "}", "{{", "}}", "\\", "$", "(", ")", " ", "a", ".", "-", "@", "/", "'", "\uFFFC"),
});

describe("laws", () => {
  test("a value without braces and references renders as itself", () => {
    fc.assert(
      fc.property(json, (value) => {
        const text = JSON.stringify(value);
        fc.pre(!text.includes("{{") && !text.includes("$(") && !text.includes("__proto__"));
        const template = compileTemplate(value);
        assert.equal(template.isConstant, true);
        assert.equal(template.render(RuleContext.create({}, "CREATE", limited(0))), value);
      }),
    );
  });
  test("what is put in is never read again", () => {
    fc.assert(
      fc.property(braces, braces, (text, other) => {
        const context = RuleContext.create({ text, other }, "CREATE", limited(10_000));
        assert.equal(compileTemplate("{{ text }}").render(context), text);
        assert.equal(compileTemplate("<{{ text }}|{{ other }}>").render(context), `<${text}|${other}>`);
        assert.deepEqual(compileTemplate({ "k{{ text }}": ["{{ @.other }}"] }).render(context), {
          [`k${text}`]: [other],
        });
      }),
    );
  });
  test("any text compiles or is refused, and renders or fails, as a value", () => {
    fc.assert(
      fc.property(braces, (text) => {
        try {
          compileTemplate({ [text]: text, a: [text] }).render(
            RuleContext.create({ a: "x" }, "DELETE", limited(100_000)),
          );
        } catch (error) {
          assert.ok(isAmapError(error) && error.code !== "BUG", String(error));
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("hostile templates end:", () => {
  test("variables nested too deeply are refused", () => {
    const depth = LIMITS.expressionDepth + 1;
    assert.throws(() => compileTemplate(`${"{{ ".repeat(depth)}a${" }}".repeat(depth)}`), { code: "LIMIT_EXCEEDED" });
  });
  for (const [name, text] of [
    ["open braces", "{{".repeat(100_000)],
    ["open variables", "{{ a ".repeat(50_000)],
    ["groups that never close", `{{${"{a}".repeat(100_000)}`],
    ["closed braces", "}}".repeat(100_000)],
    ["open references", "$(".repeat(100_000)],
    ["open references and one bracket", `${"$(".repeat(100_000)}  )`],
    ["escaped references", "\\$(".repeat(100_000)],
    ["backslashes", "\\".repeat(200_000)],
  ] as const) {
    test(name, () => assert.equal(compileTemplate({ text }).isConstant, true));
  }
  test("many variables", () => {
    const context = RuleContext.create({ a: "x" }, "CREATE", limited(10_000_000));
    assert.equal(compileTemplate("{{a}}".repeat(20_000)).render(context), "x".repeat(20_000));
  });
  test("a value that holds a part many times spends the budget before it is written", () => {
    let value: Value = "xxxxxxxx";
    for (let level = 0; level < 40; level++) value = [value, value];
    const context = RuleContext.create({ value }, "CREATE", limited(10_000));
    assert.throws(() => compileTemplate("a {{ value }}").render(context), { name: "Spent" });
  });
});
