import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { findVariables, type TextPart } from "./find-variables.ts";

const resolve = (query: string): string =>
  `<${query.trim().replaceAll("{", "(").replaceAll("}", ")").replaceAll("\\", "|")}>`;

/** As the peer does it: again and again over the text that it has made. */
function replaceRepeatedly(source: string): string {
  let text = source;
  for (;;) {
    const found = [...text.matchAll(/(^|[^\\])(\{\{(?:\{[^{}]*\}|[^{}])*\}\})/g)];
    if (found.length === 0) return text.replaceAll("\\{{", "{{");
    for (const [, prefix, variable] of found as unknown as readonly (readonly [string, string, string])[]) {
      const query = variable.replaceAll("{{", "").replaceAll("}}", "");
      if (text === variable) return resolve(query);
      const at = text.indexOf(prefix + variable);
      text = text.slice(0, at) + prefix + resolve(query) + text.slice(at + prefix.length + variable.length);
    }
  }
}

function joined(parts: readonly TextPart[]): string {
  return parts.map((part) => (typeof part === "string" ? part : resolve(joined(part.parts)))).join("");
}

test("finding variables once is replacing them until none is left, where values bring no braces", () => {
  const unit = fc.constantFrom("{{", "}}", "{", "}", "\\", "a", " ", ".", "b", "{{ a }}", "{{b}}", "{{{a}}}");
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 40 }), (text) => {
      assert.equal(joined(findVariables(text)), replaceRepeatedly(text));
    }),
    { numRuns: 5_000 },
  );
});
