import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AmapError } from "../../../../base/index.ts";
import { highlightJmesError } from "./error.ts";
import { parseJmesPath } from "./parser.ts";
import { formatJmesTree } from "./print.ts";

function refusal(source: string): AmapError {
  try {
    parseJmesPath(source);
  } catch (error) {
    assert.ok(error instanceof AmapError);
    return error;
  }
  return assert.fail(`${source} is accepted`);
}

describe("what the parser refuses", () => {
  const rows: readonly (readonly [source: string, message: string])[] = [
    ["", "SyntaxError: Incomplete expression (column 1)"],
    ["a.", "SyntaxError: Expected identifier, lbracket, or lbrace (column 3)"],
    ["a[", "SyntaxError: Expected tStar, received: tEOF (column 3)"],
    ["a[0", "SyntaxError: Expected tRbracket, received: tEOF (column 4)"],
    ["a[x:]", "SyntaxError: Expected tStar, received: tUnquotedIdentifier (column 3)"],
    ["[1:x]", "SyntaxError: Expected tColon or tNumber, received: tUnquotedIdentifier (column 4)"],
    ["[99999999999999999999]", "SyntaxError: 99999999999999999999 is no index (column 2)"],
    ["[-]", "SyntaxError: - is no index (column 2)"],
    ["a b", "SyntaxError: Unexpected token at the end of the expression: tUnquotedIdentifier (column 3)"],
    ["a-b", "SyntaxError: Unexpected token at the end of the expression: tNumber (column 2)"],
    ["a = b", "SyntaxError: Unexpected token at the end of the expression: tUnknown (column 3)"],
    ["1 == a", "SyntaxError: Invalid token: tNumber (column 1)"],
    ["a)", "SyntaxError: Unexpected token at the end of the expression: tRparen (column 2)"],
    ["(a", "SyntaxError: Expected tRparen, received: tEOF (column 3)"],
    ["f(a", "SyntaxError: Incomplete expression (column 4)"],
    ["f(a,,b)", "SyntaxError: Invalid token: tComma (column 5)"],
    ["'f'(a)", "SyntaxError: Unexpected token: tLparen (column 4)"],
    ['"f"(a)', "SyntaxError: Can't have quoted identifier as function Name. (column 1)"],
    ["{a}", "SyntaxError: Expected tColon, received: tRbrace (column 3)"],
    ["{}", "SyntaxError: Expected tQuotedIdentifier or tUnquotedIdentifier (column 2)"],
    ["{a: b,}", "SyntaxError: Expected tQuotedIdentifier or tUnquotedIdentifier (column 7)"],
    ["a[*](b)", "SyntaxError: Unexpected token: tLparen (column 5)"],
    ["a{b: c}", "SyntaxError: Unexpected token: tLbrace (column 2)"],
    ["'a", "SyntaxError: Unclosed delimiter: ' (column 3)"],
    ['"a', 'SyntaxError: Unclosed delimiter: " (column 3)'],
    ["`a", "SyntaxError: Unclosed delimiter: ` (column 3)"],
    ["'a\\'", "SyntaxError: Unclosed delimiter: ' (column 5)"],
    ["a # b", "SyntaxError: Unknown char: '#' (column 3)"],
    ["a/b", "SyntaxError: Unknown char: '/' (column 2)"],
    ["é", "SyntaxError: Unknown char: '\\u00e9' (column 1)"],
    ["'😀' 😀", "SyntaxError: Unknown char: '\\U0001f600' (column 5)"],
    ["``", "a literal between backticks is empty (column 1)"],
  ];
  for (const [source, message] of rows) {
    it(JSON.stringify(source), () => {
      const error = refusal(source);
      assert.deepEqual([error.code, error.message], ["EXPRESSION_INVALID", message]);
    });
  }

  it("says what may help", () => {
    assert.match(refusal("app-name").hint, /double quotes/);
    assert.match(refusal("app.kubernetes.io/name").hint, /double quotes/);
    assert.match(refusal("a == 1").hint, /backticks/);
    assert.match(refusal("a == `text`").hint, /single quotes/);
    assert.match(refusal("a = b").hint, /==/);
  });

  it("points at the place", () => {
    const source = "'é😀' ) b";
    assert.equal(highlightJmesError(source, refusal(source)), "'é😀' ) b\n     ^");
  });
});

describe("the tree as Kyverno prints it", () => {
  it("has a value for what has one, and children", () => {
    assert.equal(
      formatJmesTree("a.b | f(@, `1`)"),
      `ASTPipe {
  children: {
    ASTSubexpression {
      children: {
        ASTField {
          value: "a"
        }
        ASTField {
          value: "b"
        }
    }
    ASTFunctionExpression {
      value: "f"
      children: {
        ASTCurrentNode {
        }
        ASTLiteral {
          value: 1
        }
    }
}
`,
    );
  });

  const values: readonly (readonly [source: string, line: string])[] = [
    [
      '`{"b": [1000000, 1.5, null], "a": true}`',
      'value: map[string]interface {}{"a":true, "b":[]interface {}{1e+06, 1.5, interface {}(nil)}}',
    ],
    ["'a\"b\\n\u0007é'", 'value: "a\\"b\\\\n\\aé"'],
    ["a == b", "value: tEQ"],
    ["[-1]", "value: -1"],
    ["[1:]", "value: []*int{1, (*int)(nil), (*int)(nil)}"],
    ["{k: a}", 'value: "k"'],
  ];
  for (const [source, line] of values) {
    it(source, () => assert.ok(formatJmesTree(source).includes(`${line}\n`), formatJmesTree(source)));
  }

  it("has no value for null", () => assert.equal(formatJmesTree("`null`"), "ASTLiteral {\n}\n"));
});
