import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { encodeUtf8 } from "../bytes/text.ts";
import { AmapError, isAmapError } from "../errors/amap-error.ts";
import type { ErrorCode } from "../errors/codes.ts";
import { LIMITS } from "../limits.ts";
import { writeJson } from "./json-writer.ts";
import { Double, type Value } from "./value.ts";
import { readYaml } from "./yaml-reader.ts";

const fails = (code: ErrorCode, message?: RegExp) => (error: unknown) =>
  isAmapError(error, code) && (message === undefined || message.test(error.message));

const READ: readonly (readonly [string, string, Value[]])[] = [
  ["nothing", "", []],
  ["only comments", "# a\n\n  # b\n", []],
  ["an empty document", "---\n...\n", []],
  ["empty documents between others", "---\n---\na: 1\n---\n# c\n---\n- 2\n---\n", [{ a: 1 }, [2]]],
  ["a written null as a document", "--- ~\n", [null]],
  ["an empty quoted text as a document", "--- ''\n", [""]],
  ["a byte order mark", "\ufeffa: 1\n", [{ a: 1 }]],
  ["CRLF", "a: 1\r\nb: |\r\n  x\r\n  y\r\n", [{ a: 1, b: "x\ny\n" }]],
  ["%YAML 1.1", "%YAML 1.1\n---\na: yes\n", [{ a: true }]],
  ["JSON", '{"a": [1, 1.0, true, null, "\\u00e9\\/"]}', [{ a: [1, new Double(1), true, null, "é/"] }]],
  ["quoted scalars as text", "['yes', \"1\", '~', \"1.0\"]", [["yes", "1", "~", "1.0"]]],
  ["times as text", "a: 2026-11-22T00:00:00Z\nb: 2026-11-22\n", [{ a: "2026-11-22T00:00:00Z", b: "2026-11-22" }]],
  ["big integers", "a: 9007199254740993\n", [{ a: 9007199254740993n }]],
  [
    "keys that are no text",
    "1: a\n0x10: b\nyes: c\n1.10: d\n.inf: e\n",
    [{ 1: "a", 16: "b", true: "c", 1.1: "d", ".inf": "e" }],
  ],
  ["a key without a value", "a:\nb: {c, d: 1}\n? e\n", [{ a: null, b: { c: null, d: 1 }, e: null }]],
  ["constructor as a key", "constructor: 1\n", [JSON.parse('{"constructor":1}')]],
  [
    "core tags",
    "[!!str 1, !!int '7', !!float 1, !!float 1.5, !!bool 'yes', !!null '', !!map {}, !!seq [], ! 2]",
    [["1", 7, new Double(1), 1.5, true, null, {}, [], "2"]],
  ],
  ["a tag in full", "!<tag:yaml.org,2002:str> 1", ["1"]],
  ["aliases", "a: &x [1]\nb: *x\nc: &y yes\nd: *y\n", [{ a: [1], b: [1], c: true, d: true }]],
  ["an anchor of nothing", "a: &x\nb: *x\n", [{ a: null, b: null }]],
  ["an alias as key", "a: &x k\n*x : 1\n", [{ a: "k", k: 1 }]],
  ["merge", "a: &x {k: 1, l: 2}\nb:\n  <<: *x\n  m: 3\n", [{ a: { k: 1, l: 2 }, b: { k: 1, l: 2, m: 3 } }]],
  ["merge, replaced by an own key", "a: &x {k: 1}\nb:\n  <<: *x\n  k: 5\n", [{ a: { k: 1 }, b: { k: 5 } }]],
  [
    "merge of a list, the first wins",
    "a: &x {k: 1}\nb: &y {k: 2, z: 3}\nc:\n  <<: [*x, *y]\n",
    [{ a: { k: 1 }, b: { k: 2, z: 3 }, c: { k: 1, z: 3 } }],
  ],
  [
    "merge of merged",
    "a: &x {k: 1}\nb: &y {<<: *x, m: 2}\nc: {<<: *y, k: 9}\n",
    [{ a: { k: 1 }, b: { k: 1, m: 2 }, c: { k: 9, m: 2 } }],
  ],
  ["a quoted << as a key", 'a: {"<<": {k: 1}}', [{ a: { "<<": { k: 1 } } }]],
  ["<< as text", "[<<, a]", [["<<", "a"]]],
  ["block scalars", "a: |\n  x\n   y\n\nb: >-\n  x\n  y\nc: |+\n  x\n\n", [{ a: "x\n y\n", b: "x y", c: "x\n\n" }]],
  ["a block that ends with the stream", "a: |\n  x", [{ a: "x" }]],
  ["a bracket below its key", "args: [\n  a,\n  b\n]\nnext: 1\n", [{ args: ["a", "b"], next: 1 }]],
  [
    "brackets below their keys in each other",
    "x:\n  a: {\n  b: [\n1, 2\n  ]\n  }\n  c: 1\n",
    [{ x: { a: { b: [1, 2] }, c: 1 } }],
  ],
  ["quoted lines without indentation", "a: \"x\ny\"\nb: 'x\n\ny'\n", [{ a: "x y", b: "x\ny" }]],
];

describe("readYaml reads", () => {
  for (const [name, text, expected] of READ) {
    test(name, () => {
      assert.deepStrictEqual(readYaml(text), expected);
      assert.deepStrictEqual(readYaml(encodeUtf8(text)), expected);
    });
  }

  test("what writeJson writes as the same value", () => {
    const printable = fc.string({ unit: "grapheme-ascii" });
    const value = fc.letrec<{ value: Value }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        fc.constantFrom<Value>(null, true, new Double(1), new Double(1e21), 1.5, 2n ** 70n),
        fc.maxSafeInteger(),
        printable,
        fc.array(tie("value"), { maxLength: 3 }),
        fc.dictionary(
          printable.filter((key) => key !== "__proto__"),
          tie("value"),
          { maxKeys: 3, noNullPrototype: true },
        ),
      ),
    })).value;
    fc.assert(fc.property(value, (before) => assert.deepStrictEqual(readYaml(writeJson(before)), [before])));
  });
});

const REFUSED: readonly (readonly [string, string, RegExp])[] = [
  ["a key that occurs twice", "a: 1\nb: 2\na: 3\n", /the key "a" occurs twice at line 3, column 1/],
  ["the same key in two spellings", '1: a\n"1": b\n', /the key "1" occurs twice at line 2, column 1/],
  ["a key twice in braces", "{a: 1, a: 2}", /occurs twice at line 1, column 8/],
  ["a key twice after a merge", "a: &x {k: 1}\nb: {<<: *x, k: 2, k: 3}", /the key "k" occurs twice/],
  ["two merges", "<<: {a: 1}\n<<: {b: 1}\n", /the key << occurs twice at line 2/],
  ["a key before the merge that has it, too", "a: &x {k: 1}\nb:\n  k: 5\n  <<: *x\n", /stands before <</],
  ["a merge of a scalar", "<<: 1\n", /after <</],
  ["a merge of a list with a scalar", "<<: [{a: 1}, 2]\n", /after <</],
  ["__proto__", "a:\n  __proto__: {x: 1}\n", /__proto__ is not accepted at line 2, column 3/],
  ["__proto__ in another spelling", '"\\u005f_proto__": 1\n', /__proto__/],
  ["__proto__ by an alias", "a: &x __proto__\n*x : 1\n", /__proto__/],
  ["a null key", "~: 1\n", /expected a key that is text/],
  ["an empty key", ": 1\n", /expected a key that is text/],
  ["a list as key", "? [a]\n: 1\n", /expected a key that is text/],
  ["an object as key", "? {a: 1}\n: 1\n", /expected a key that is text/],
  ["a key beyond 64 bits", "9223372036854775808: 1\n", /64-bit/],
  [".inf", "a: .inf\n", /\.inf is not a JSON number at line 1, column 4/],
  [".nan in a list", "- 1\n- .NaN\n", /\.nan is not a JSON number at line 2/],
  [".inf by an alias", "&x .inf : 1\na: *x\n", /not a JSON number/],
  ["an own tag", "a: !secret x\n", /the tag "!secret" is not supported at line 1, column 4/],
  ["!!binary", "a: !!binary aGk=\n", /not supported/],
  ["!!set", "a: !!set {x}\n", /not supported/],
  ["!!timestamp", "a: !!timestamp 2001-12-14\n", /not supported/],
  ["a tag that does not fit", "a: !!int x\n", /expected !!int, found "x"/],
  ["!!int of a double", "a: !!int 1.0\n", /expected !!int/],
  ["!!str of a list", "a: !!str [1]\n", /does not fit a list/],
  ["!!seq of an object", "a: !!seq {a: 1}\n", /does not fit an object/],
  ["%TAG", "%TAG !e! tag:example.com,2026:\n---\na: 1\n", /%TAG is not supported/],
  ["%YAML 1.2", "%YAML 1.2\n---\na: yes\n", /expected YAML 1.1, found %YAML 1.2/],
  ["an unknown anchor", "a: *x\n", /the anchor "x" is not defined/],
  [
    "an anchor of another document",
    "a: &x 1\n---\nb: *x\n",
    /the anchor "x" is not defined before it is used at line 3, column 4/,
  ],
  ["an anchor in itself", "a: &x [*x]\n", /contains itself/],
  ["half of a surrogate pair", '"\\ud800"', /half of a surrogate pair/],
  ["a control character", "a: \u0007\n", /at line 1/],
  ["a null character", "a: \0\n", /null byte/],
  ["a tab as indentation", "a:\n\t- b\n", /line 2/],
  ["a wrong structure", "a: 1\n b: 2\n", /line 2/],
  ["an open quote", "a: 'x\n", /at line/],
  ["an open bracket", "a: [1,\n", /at line/],
  ["a document marker in brackets", "a: [\n---\n]\n", /at line/],
  [
    "an error behind a bracket below its key, in the original's column",
    "a: [\nb\n]\nc: [\n b,\n  *x ]\n",
    /line 6, column 3/,
  ],
  ["an error in a line that was indented for reading", "a: [\nb, *x\n]\n", /line 2, column 4/],
];

test("readYaml takes plain words for texts where it is asked to", () => {
  const text = "a: [yes, No, ON, off, y, N, true, False, 'no', !!bool yes]\nyes: 1\n";
  assert.deepEqual(readYaml(text, { hasPlainWords: true }), [
    { a: ["yes", "No", "ON", "off", "y", "N", true, false, "no", true], yes: 1 },
  ]);
});

describe("readYaml refuses", () => {
  for (const [name, text, message] of REFUSED) {
    test(name, () => assert.throws(() => readYaml(text), fails("YAML_INVALID", message)));
  }

  test("bytes that are not UTF-8, with the line", () => {
    assert.throws(() => readYaml(Uint8Array.of(0x61, 0x3a, 0x0a, 0xff)), fails("YAML_INVALID", /line 2/));
  });
});

function nested(levels: number): string {
  return "[".repeat(levels) + "]".repeat(levels);
}

function manyAliases(count: number): string {
  return `- &x 1\n${"- *x\n".repeat(count)}`;
}

describe("readYaml's limits", () => {
  test("512 levels are read, 513 are refused", () => {
    assert.doesNotThrow(() => readYaml(nested(512)));
    assert.throws(() => readYaml(nested(513)), fails("LIMIT_EXCEEDED", /nesting of at most 512/));
    assert.throws(() => readYaml("[".repeat(100_000)), fails("LIMIT_EXCEEDED"));
    assert.throws(() => readYaml("- ".repeat(5_000)), fails("LIMIT_EXCEEDED"));
    assert.throws(() => readYaml("[[1]]", { maxDepth: 1 }), fails("LIMIT_EXCEEDED"));
    assert.deepEqual(readYaml("[[1]]", { maxDepth: 2 }), [[[1]]]);
  });

  test("levels that aliases add count", () => {
    const levels = Array.from({ length: 400 }, (_, index) => `- &a${index + 1} [*a${index}]\n`);
    assert.doesNotThrow(() => readYaml(`- &a0 x\n${levels.join("")}`));
    const more = Array.from({ length: 600 }, (_, index) => `- &a${index + 1} [*a${index}]\n`);
    assert.throws(() => readYaml(`- &a0 x\n${more.join("")}`), fails("LIMIT_EXCEEDED", /nesting/));
  });

  test("an alias bomb is refused before it is built", () => {
    const bomb = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
    for (let index = 1; index < 10; index++) {
      bomb.push(`a${index}: &a${index} [${Array.from({ length: 10 }, () => `*a${index - 1}`).join(", ")}]`);
    }
    assert.throws(() => readYaml(bomb.join("\n")), fails("LIMIT_EXCEEDED", /nodes with aliases expanded/));
  });

  test("a merge bomb is refused", () => {
    const base = Array.from({ length: 20_000 }, (_, index) => `k${index}: 1`).join(", ");
    const merges = Array.from({ length: 300 }, (_, index) => `- {<<: *x, own: ${index}}`).join("\n");
    assert.throws(() => readYaml(`- &x {${base}}\n${merges}`), fails("LIMIT_EXCEEDED", /nodes/));
  });

  test("more aliases than allowed are refused", () => {
    assert.equal((readYaml(manyAliases(LIMITS.yamlAliases))[0] as Value[]).length, LIMITS.yamlAliases + 1);
    assert.throws(() => readYaml(manyAliases(LIMITS.yamlAliases + 1)), fails("LIMIT_EXCEEDED", /aliases/));
  });

  test("maxBytes holds", () => {
    assert.throws(() => readYaml("a: 12345", { maxBytes: 7 }), fails("LIMIT_EXCEEDED"));
  });

  test("very many lines that need repair are refused instead of being read again and again", () => {
    assert.throws(() => readYaml(`a: [\n${"b,\n".repeat(1_100)}]\n`), fails("YAML_INVALID", /indentation/));
  });
});

test("junk gives a value or an AmapError, never anything else", () => {
  const piece = fc.constantFrom(
    ...": , - ? & * ! | > ' \" % @ [ ] { } # a b 1 \n \t << --- ... &x *x !!str !t ~ . 0x \\ é 😀".split(" "),
    " ",
    "  ",
    "\n  ",
  );
  const junk = fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join(""));
  fc.assert(
    fc.property(fc.oneof(junk, fc.string({ unit: "binary" })), (text) => {
      try {
        assert.ok(Array.isArray(readYaml(text)));
      } catch (error) {
        assert.ok(error instanceof AmapError, String(error));
      }
    }),
    { numRuns: 3_000 },
  );
});
