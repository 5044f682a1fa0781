import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Double } from "../../../../base/index.ts";
import type { CelValue } from "../values/value.ts";
import type { AstNode } from "./ast.ts";
import { parseExpression } from "./parser.ts";
import { printExpression } from "./print.ts";

const HEAD = { id: 0, offset: 0 } as const;
const literal = (value: CelValue): AstNode => ({ ...HEAD, kind: "literal", value });

describe("printExpression", () => {
  for (const [source, expected] of [
    ["((a))+(b*c)", "a + b * c"],
    ["(a+b)*c", "(a + b) * c"],
    ["a-(b-c)-d", "a - (b - c) - d"],
    ["(a-b)-c", "(a - b) - c"],
    ["(a&&b)||(c&&(d||e))", "a && b || c && (d || e)"],
    ["(a==b)==c", "(a == b) == c"],
    ["!(a&&b)", "!(a && b)"],
    ["!(!a)", "!(!a)"],
    ["!!a", "a"],
    ["-(-a)", "-(-a)"],
    ["-(1)", "-(1)"],
    ["-(1.5.f())", "-(1.5.f())"],
    ["(-1).f()", "(-1).f()"],
    ["a - -1", "a - -1"],
    ["!(-1)", "!(-1)"],
    ["(a?b:c)?(d?e:f):(g?h:i)", "(a ? b : c) ? (d ? e : f) : (g ? h : i)"],
    ["a?b:c?d:e", "a ? b : c ? d : e"],
    ["a||b?c||d:e||f", "a || b ? c || d : e || f"],
    ["(a+b).c[d?e:f]", "(a + b).c[d ? e : f]"],
    ["a.?b[?c].?`d-e`", "a.?b[?c].?`d-e`"],
    ["has(a.b) && has(a.`b.c/d`)", "has(a.b) && has(a.`b.c/d`)"],
    [".a.b(.c)", ".a.b(.c)"],
    ["[1,?a,]+[]", "[1, ?a] + []"],
    ["{'a':1,?b:c,}", "{'a': 1, ?b: c}"],
    ["a.map(x,x>1,x*2).filter(y,y)", "a.map(x, x > 1, x * 2).filter(y, y)"],
    ["a.all(k,v,k!=v) || b.existsOne(x, x)", "a.all(k, v, k != v) || b.exists_one(x, x)"],
    ["a.exists_one(k,v,k!=v)", "a.existsOne(k, v, k != v)"],
    ["a.transformMap(k, v, k, v).sortBy(x, -x)", "a.transformMap(k, v, k, v).sortBy(x, -x)"],
    ["cel.bind(x,1,x+x).optMap(y,y).optFlatMap(z,z)", "cel.bind(x, 1, x + x).optMap(y, y).optFlatMap(z, z)"],
    ["cel.block([1,cel.index(0)+1],cel.index(1))", "cel.block([1, cel.index(0) + 1], cel.index(1))"],
    ["math.greatest(1,2,3)", "math.greatest([1, 2, 3])"],
    ["1 + 1u + 1.0 + 1e30 + 0x1F + -0.0", "1 + 1u + 1.0 + 1e+30 + 31 + -0.0"],
    ["-9223372036854775808", "-9223372036854775808"],
    ["[true, false, null]", "[true, false, null]"],
    ["\"it's\" + 'say \"hi\"' + '''it's \"x\"'''", "\"it's\" + 'say \"hi\"' + 'it\\'s \"x\"'"],
    ["'\\u202e\\x00\\n\\t\\\\ \\U0001F600 \\U000E0001'", "'\\u202e\\u0000\\n\\t\\\\ 😀 \\U000e0001'"],
    ["b'a\\xff\\n\\'' + br'\\'", "b'a\\xff\\x0a\\'' + b'\\\\'"],
    ["// why\na\n", "a"],
  ] as const) {
    it(`writes ${source} as ${expected}`, () => {
      assert.equal(printExpression(parseExpression(source)), expected);
      assert.equal(printExpression(parseExpression(expected)), expected);
    });
  }

  it("writes a part of an expression", () => {
    const { root } = parseExpression("(a + b) * c");
    assert.ok(root.kind === "chain");
    assert.equal(printExpression(root.first), "a + b");
  });

  for (const [what, node] of [
    ["NaN", literal(Number.NaN)],
    ["infinity", literal(Number.NEGATIVE_INFINITY)],
    ["an infinite Double", literal(new Double(Number.POSITIVE_INFINITY))],
    ["a list as a literal", literal([])],
    ["a name that is an expression", { ...HEAD, kind: "identifier", name: "a || true", absolute: false }],
    ["a keyword as a name", { ...HEAD, kind: "identifier", name: "true", absolute: true }],
    ["a field with a backtick", { ...HEAD, kind: "presence", operand: literal(1), field: "a`b", quoted: true }],
    ["a field that needs backticks", { ...HEAD, kind: "presence", operand: literal(1), field: "a-b", quoted: false }],
  ] as const satisfies readonly (readonly [string, AstNode])[]) {
    it(`refuses ${what}`, () => {
      assert.throws(() => printExpression(node), { code: "NOT_SUPPORTED" });
    });
  }

  it("writes what the parser takes at its deepest and longest", () => {
    for (const source of [
      `${"(-(".repeat(100)}a${"))".repeat(100)}`,
      `a${".b".repeat(240)}`,
      `${"[".repeat(240)}${"]".repeat(240)}`,
      `${"a && ".repeat(20_000)}a`,
      `${"a ? b : ".repeat(20_000)}c`,
    ]) {
      const printed = printExpression(parseExpression(source));
      assert.equal(printExpression(parseExpression(printed)), printed);
    }
  });
});
