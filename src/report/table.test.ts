import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { type Cell, layOutTable, printable, printableExcerpt } from "./table.ts";

const cells = (...rows: readonly (readonly string[])[]): readonly (readonly Cell[])[] =>
  rows.map((row) => row.map((text) => ({ text })));

describe("layOutTable", () => {
  const cases: readonly (readonly [name: string, rows: readonly (readonly string[])[], width: number, text: string])[] =
    [
      ["no rows", [], 80, ""],
      ["one cell", [["a"]], 80, "  a"],
      [
        "columns as wide as their widest cell",
        [
          ["a", "b"],
          ["long", "c"],
        ],
        80,
        "  a     b\n  long  c",
      ],
      [
        "no blanks at the end of a line",
        [
          ["a", ""],
          ["long", "c"],
        ],
        80,
        "  a\n  long  c",
      ],
      [
        "the last column is wrapped and indented",
        [["a", "one two three four five six seven eight"]],
        30,
        "  a  one two three four five\n     six seven eight",
      ],
      [
        "a word longer than the width stays whole",
        [["a", `x ${"y".repeat(40)} z`]],
        30,
        `  a  x\n     ${"y".repeat(40)}\n     z`,
      ],
      ["rows of different length", [["a"], ["b", "c"]], 80, "  a\n  b  c"],
    ];
  for (const [name, rows, width, text] of cases) {
    test(name, () => assert.equal(layOutTable(cells(...rows), width), text));
  }

  test("padding is measured before painting", () => {
    const red = (text: string): string => `<${text}>`;
    const rows: readonly (readonly Cell[])[] = [
      [{ text: "a", paint: red }, { text: "b" }],
      [{ text: "long" }, { text: "c" }],
    ];
    assert.equal(layOutTable(rows, 80), "  <a   >  b\n  long  c");
  });

  test("nothing is cut: every word of every cell is there", () => {
    const word = fc.stringMatching(/^[a-z]{1,60}$/);
    const row = fc.array(
      fc.array(word, { minLength: 1, maxLength: 8 }).map((words) => words.join(" ")),
      {
        minLength: 1,
        maxLength: 4,
      },
    );
    fc.assert(
      fc.property(fc.array(row, { maxLength: 5 }), fc.integer({ min: 1, max: 120 }), (rows, width) => {
        const words = layOutTable(cells(...rows), width)
          .split(/\s+/)
          .filter((each) => each !== "");
        const expected = rows.flat().flatMap((text) => text.split(" "));
        assert.deepEqual(words.toSorted(), expected.toSorted());
      }),
    );
  });
});

describe("printable: what a document says cannot drive the terminal (C17)", () => {
  const cases: readonly (readonly [name: string, text: string, shown: string])[] = [
    ["plain text", "a b-ü-漢-🙂", "a b-ü-漢-🙂"],
    ["escape sequence", "\u001b[31mred", "\\u{1b}[31mred"],
    ["C1 control sequence introducer", "\u009b2J", "\\u{9b}2J"],
    ["line breaks", "a\r\nb", "a\\u{d}\\u{a}b"],
    ["bell, backspace, tab, null, delete", "\u0007\b\t\0\u007f", "\\u{7}\\u{8}\\u{9}\\u{0}\\u{7f}"],
    ["right-to-left override", "a\u202eb", "a\\u{202e}b"],
    ["isolates and marks", "\u2066\u200f", "\\u{2066}\\u{200f}"],
    ["zero width", "a\u200bb\ufeff", "a\\u{200b}b\\u{feff}"],
    ["line and paragraph separators", "\u2028\u2029", "\\u{2028}\\u{2029}"],
    ["fillers that show nothing", "\u3164\u115f", "\\u{3164}\\u{115f}"],
    ["tags beyond the basic plane", "\u{e0041}", "\\u{e0041}"],
    ["half of a surrogate pair", "a\ud800b", "a\\u{d800}b"],
  ];
  for (const [name, text, shown] of cases) {
    test(name, () => {
      assert.equal(printable(text), shown);
      assert.equal(layOutTable(cells([text]), 80), `  ${shown}`);
    });
  }

  test("no control character passes, whatever the text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        assert.doesNotMatch(printable(text), /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      }),
    );
  });
});

describe("printableExcerpt", () => {
  const cases: readonly (readonly [name: string, text: string, expected: string])[] = [
    ["the lines of an excerpt stay", "no such key\n  |   a.b\n  |     ^", "no such key\n  |   a.b\n  |     ^"],
    ["any other line break is shown (C17)", "x\n  pass  signed", "x\\u{a}  pass  signed"],
    ["within an excerpt too", "x\n  | a\u001b[2J", "x\n  | a\\u{1b}[2J"],
  ];
  for (const [name, text, expected] of cases) test(name, () => assert.equal(printableExcerpt(text), expected));
});
