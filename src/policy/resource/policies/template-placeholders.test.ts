import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { hasPlaceholder, readTemplate, splitPlaceholders } from "./template-placeholders.ts";

describe("placeholders", () => {
  const rows: readonly (readonly [text: string, parts: readonly (string | readonly [string])[]])[] = [
    ["", []],
    ["a (b) c", ["a (b) c"]],
    ["((a))", [["a"]]],
    ["((  a.b  ))", [["a.b"]]],
    ["x((a))y((b))", ["x", ["a"], "y", ["b"]]],
    ["((f(g(x))))", [["f(g(x))"]]],
    ["(( (a) ))", [["(a)"]]],
    ["((')'))", [["')'"]]],
    [`(("))" + 'a\\'))'))`, [`"))" + 'a\\'))'`].map((text) => [text] as const)],
    ["\\((a))", ["((a))"]],
    ["\\\\((a))", ["\\((a))"]],
    ["a\\b ((c))", ["a\\b ", ["c"]]],
    ["(((a)))", [["(a)"]]],
  ];
  for (const [text, parts] of rows) {
    it(text, () => {
      const found = splitPlaceholders(text).map((part) => ("text" in part ? part.text : [part.expression]));
      assert.deepEqual(found, parts);
    });
  }

  const refused: readonly (readonly [text: string, message: RegExp])[] = [
    ["((", /at character 1 does not end: expected \)\)/],
    ["a ((b)", /at character 3 closes a parenthesis|does not end/],
    ["((a) )", /closes a parenthesis/],
    ["((  ))", /expected an expression/],
    ["(('a))", /expected '/],
    ['(("a\\"))', /expected "/],
    ["((f(a))", /does not end: expected \)\)|closes a parenthesis/],
  ];
  for (const [text, message] of refused) {
    it(`${text} is refused`, () => {
      assert.throws(() => splitPlaceholders(text), { code: "POLICY_INVALID", message });
    });
  }

  it("are found unless they are escaped", () => {
    for (const text of ["((a))", "\\((a)) ((b))"]) assert.ok(hasPlaceholder(text), text);
    for (const text of ["", "(a)", "\\((a))", "(\\(("]) assert.equal(hasPlaceholder(text), false, text);
  });

  it("a text without them is left as it is, and any text is read to its end", () => {
    const part = fc.constantFrom("(", ")", "((", "))", "\\", "'", '"', "a", " ", "\\((");
    fc.assert(
      fc.property(fc.array(part, { maxLength: 30 }), (parts) => {
        const text = parts.join("");
        try {
          const found = splitPlaceholders(text);
          if (!text.includes("((")) assert.deepEqual(found, text === "" ? [] : [{ text }]);
        } catch (error) {
          assert.equal((error as { code?: string }).code, "POLICY_INVALID");
        }
      }),
    );
  });

  it("are looked for in time that grows with the text", () => {
    for (const text of ["\\".repeat(200_000), "(".repeat(200_000), "\\((".repeat(70_000), "((a))".repeat(40_000)]) {
      try {
        splitPlaceholders(text);
      } catch (error) {
        assert.equal((error as { code?: string }).code, "POLICY_INVALID");
      }
    }
  });
});

it("a template's plain words are texts, and its empty documents none", () => {
  assert.deepEqual(readTemplate("a: yes\nb: off\nc: true\nd: 'no'\n---\n---\ne: 0x10\n"), [
    { a: "yes", b: "off", c: true, d: "no" },
    { e: 16 },
  ]);
});
