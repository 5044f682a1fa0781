import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isAmapError, LIMITS } from "../../../../base/index.ts";
import { Uint } from "../values/value.ts";
import type { AstNode } from "./ast.ts";
import { parseExpression } from "./parser.ts";

/** A tree as text, fully parenthesised. */
function show(node: AstNode): string {
  switch (node.kind) {
    case "literal":
      if (node.value instanceof Uint) return `${node.value.value}u`;
      return typeof node.value === "bigint" ? `${node.value}n` : JSON.stringify(node.value);
    case "identifier":
      return `${node.absolute ? "." : ""}${node.name}`;
    case "select":
      return `${show(node.operand)}.${node.optional ? "?" : ""}${node.quoted ? `\`${node.field}\`` : node.field}`;
    case "presence":
      return `has(${show(node.operand)}.${node.field})`;
    case "index":
      return `${show(node.operand)}[${node.optional ? "?" : ""}${show(node.index)}]`;
    case "call":
      return `${node.target ? `${show(node.target)}.` : ""}${node.name}(${node.args.map(show).join(", ")})`;
    case "logical":
      return `(${node.operands.map(show).join(` ${node.operator} `)})`;
    case "chain":
      return `(${[show(node.first), ...node.steps.map((step) => `${step.operator} ${show(step.operand)}`)].join(" ")})`;
    case "unary":
      return `${node.operator}${show(node.operand)}`;
    case "conditional":
      return `(${node.branches.map((each) => `${show(each.test)} ? ${show(each.value)} : `).join("")}${show(node.otherwise)})`;
    case "list":
      return `[${node.elements.map((each) => `${each.optional ? "?" : ""}${show(each.value)}`).join(", ")}]`;
    case "map":
      return `{${node.entries.map((each) => `${each.optional ? "?" : ""}${show(each.key)}: ${show(each.value)}`).join(", ")}}`;
    case "message": {
      const fields = node.fields.map((each) => `${each.optional ? "?" : ""}${each.name}: ${show(each.value)}`);
      return `${node.typeName}{${fields.join(", ")}}`;
    }
    case "comprehension":
      return `${show(node.range)}.${node.macro}<${[...node.variables, node.predicate, node.projection]
        .filter((part) => part !== undefined)
        .map((part) => (typeof part === "string" ? part : show(part)))
        .join("; ")}>`;
    case "bind":
      return `bind<${node.variable}; ${show(node.value)}; ${show(node.body)}>`;
    case "block":
      return `block<${[...node.values, node.body].map(show).join("; ")}>`;
    default:
      return `${show(node.target)}.optMap<${node.variable}; ${show(node.body)}>`;
  }
}

describe("parseExpression", () => {
  for (const [source, expected] of [
    ["1 + 2 * 3 - 4", "(1 + (2 * 3) - 4)"],
    ["a || b && !c || d", "(a || (b && !c) || d)"],
    ["a ? b : c ? d : e", "(a ? b : c ? d : e)"],
    ["a < b == c", "(a < b == c)"],
    ["x in [1, 2,] && y in {'a': 1,}", '((x in [1, 2]) && (y in {"a": 1}))'],
    ["a.b.c(1).d[2]", "a.b.c(1).d[2]"],
    ["a.?b[?0].?c", "a.?b[?0].?c"],
    ["a.all(i, v, v > i)", "a.all<i; v; (v > i)>"],
    ["a.existsOne(k, v, v)", "a.exists_one<k; v; v>"],
    ["a.transformMap(k, v, v > 1, v * 2)", "a.transformMap<k; v; (v > 1); (v * 2)>"],
    ["a.sortBy(x, x.b)", "a.sortBy<x; x.b>"],
    ["cel.block([1, cel.index(0)], cel.index(1))", "block<1; @index0; @index1>"],
    ["[?a, b]", "[?a, b]"],
    ["{?'k': a}", '{?"k": a}'],
    ["a.`b-c/d.e`", "a.`b-c/d.e`"],
    [".a.b", ".a.b"],
    ["a.package.in_.as", "a.package.in_.as"],
    ["!!a", "a"],
    ["!!!a", "!a"],
    ["--a", "a"],
    ["-a.b", "-a.b"],
    ["-9223372036854775808", "-9223372036854775808n"],
    ["0x1F + 1u", "(31 + 1u)"],
    ["'it\\'s' + \"\\u00e9\\n\" + r'\\n'", '("it\'s" + "é\\n" + "\\\\n")'],
    ["'''a\n'b'''", '"a\\n\'b"'],
    ["// first\n1 // last", "1"],
    ["has(a.b.c)", "has(a.b.c)"],
    ["a.all(x, x > 1)", "a.all<x; (x > 1)>"],
    ["a.existsOne(x, x)", "a.exists_one<x; x>"],
    ["a.map(x, x > 1, x * 2)", "a.map<x; (x > 1); (x * 2)>"],
    ["cel.bind(x, 1, x + x)", "bind<x; 1; (x + x)>"],
    ["a.optMap(x, x)", "a.optMap<x; x>"],
    ["math.greatest(1, 2, 3)", "math.greatest([1, 2, 3])"],
    ["map(a, b)", "map(a, b)"],
  ] as const) {
    it(`reads ${source}`, () => {
      assert.equal(show(parseExpression(source).root), expected);
    });
  }

  for (const [source, position, message] of [
    ["", "1:1", "expected an expression, found the end"],
    ["a &&", "1:5", "expected an expression, found the end"],
    ["a b", "1:3", 'expected an operator or the end, found "b"'],
    ["a = b", "1:3", "equality is written =="],
    ["a & b", "1:3", "and is written &&"],
    ["\n  (a", "2:5", "expected ) to close the parenthesis, found the end"],
    ["a ? b", "1:6", "expected : of ?:"],
    ["a ? b ? c : d : e", "1:7", "expected : of ?:"],
    ["f(a, )", "1:6", "expected an expression"],
    ["a.1", "1:2", "expected an operator"],
    ["a..b", "1:3", "expected a field's name"],
    ["a.in", "1:3", "expected a field's name"],
    ["{1}", "1:3", "expected : behind a map's key"],
    ["'abc", "1:1", "not closed"],
    ["'a\nb'", "1:1", "not closed"],
    ["'\\q'", "1:2", "unknown escape"],
    ["'\\ud800'", "1:2", "not a Unicode character"],
    ["b'\\u0041'", "1:3", "no \\u and \\U"],
    ["9223372036854775808", "1:1", "the int is outside 64 bits"],
    ["18446744073709551616u", "1:1", "the uint is outside 64 bits"],
    ["-1u", "1:2", "a uint cannot be negative"],
    ["1e999", "1:1", "too large for a double"],
    ["12abc", "1:3", "directly behind a number"],
    ["a.all(b.c, true)", "1:8", "one plain identifier"],
    ["has(a)", "1:5", "one field selection"],
    ["has(a[0])", "1:6", "one field selection"],
    ["'é' + '𝒳' + ?", "1:13", "expected an expression"],
    ["while", "1:1", "reserved word"],
    ["a.all(i, i, true)", "1:10", "the two variables of all have one name, i"],
    ["a.transformMap(k, b.v, v)", "1:20", "one plain identifier"],
    ["cel.block(a, 1)", "1:11", "cel.block takes a list"],
    ["cel.block([1], cel.index(-1))", "1:20", "index takes numbers from 0 on"],
    ["a # b", "1:3", 'unexpected character "#"'],
  ] as const) {
    it(`refuses ${JSON.stringify(source)} at ${position}`, () => {
      assert.throws(
        () => parseExpression(source),
        (error) => {
          assert.ok(isAmapError(error, "EXPRESSION_INVALID"));
          assert.equal(error.message.startsWith(`${position}: `), true, error.message);
          assert.ok(error.message.includes(message), error.message);
          const [line, column] = position.split(":").map(Number);
          assert.deepEqual(error.details, { line, column });
          return true;
        },
      );
    });
  }

  it("shows the place with a caret, in a long line too", () => {
    assert.throws(
      () => parseExpression(`${"a + ".repeat(50)}* ${"b + ".repeat(50)}c`),
      (error) => {
        const [, line = "", caret = ""] = (error as Error).message.split("\n");
        assert.equal(line[caret.indexOf("^")], "*");
        assert.ok(line.length < 110 && line.startsWith("  | …") && line.endsWith("…"));
        return true;
      },
    );
  });

  it("reads messages", () => {
    const { root } = parseExpression("x == .a.B{c: 1, ?d: e, `f-g`: 2,}");
    assert.ok(root.kind === "chain");
    const message = root.steps[0]?.operand;
    assert.ok(message?.kind === "message");
    assert.equal(message.typeName, ".a.B");
    assert.deepEqual(
      message.fields.map(({ name, optional, quoted }) => [name, optional, quoted]),
      [
        ["c", false, false],
        ["d", true, false],
        ["f-g", false, true],
      ],
    );
    for (const source of ["Foo{a: }", "Foo{1: 2}", "Foo{a: 1", "Foo{a}", "Foo{in: 1}"]) {
      assert.throws(() => parseExpression(source), { code: "EXPRESSION_INVALID" }, source);
    }
  });

  it("reads long chains without a deep stack", () => {
    for (const operator of ["&&", "||", "+", "==", "*"]) {
      const source = `${`a ${operator} `.repeat(10_000)}a`;
      assert.equal(parseExpression(source).root.offset, 2, operator);
    }
    assert.equal(parseExpression(`${"a ? b : ".repeat(10_000)}c`).root.kind, "conditional");
    assert.equal(parseExpression(`${"!".repeat(10_001)}a`).root.kind, "unary");
  });

  for (const [name, nest] of [
    ["parentheses", (depth: number) => `${"(".repeat(depth)}a${")".repeat(depth)}`],
    ["lists", (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`],
    ["calls", (depth: number) => `${"f(".repeat(depth)}a${")".repeat(depth)}`],
    ["selections", (depth: number) => `a${".b".repeat(depth)}`],
    ["indexes", (depth: number) => `a${"[0]".repeat(depth)}`],
    ["mixed", (depth: number) => `${"-(!(".repeat(depth)}a${"))".repeat(depth)}`],
  ] as const) {
    it(`limits the nesting of ${name}`, () => {
      assert.doesNotThrow(() => parseExpression(nest(100)));
      assert.throws(() => parseExpression(nest(LIMITS.expressionDepth + 1)), {
        code: "EXPRESSION_INVALID",
        message: /nested deeper than 250/,
      });
      assert.throws(() => parseExpression(nest(40_000)), { code: "EXPRESSION_INVALID" });
    });
  }

  it("limits the source's size", () => {
    assert.throws(() => parseExpression(" ".repeat(LIMITS.expressionBytes + 1)), { code: "LIMIT_EXCEEDED" });
  });

  it("numbers every node once", () => {
    const ast = parseExpression("a.b(c, [1, 2]).all(x, x + 1 > 2 ? true : false)");
    const seen = new Set<number>();
    const walk = (part: unknown): void => {
      if (typeof part !== "object" || part === null) return;
      if ("id" in part && typeof part.id === "number") {
        assert.equal(seen.has(part.id), false);
        seen.add(part.id);
      }
      Object.values(part).forEach(walk);
    };
    walk(ast.root);
    assert.ok(seen.size > 10);
    assert.ok(Math.max(...seen) < ast.nodeCount);
  });
});
