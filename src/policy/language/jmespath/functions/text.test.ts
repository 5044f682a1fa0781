import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Value } from "../../../../base/index.ts";
import { CountingContext, callJmes, callOrMessage } from "../../../../testing/jmes-call.ts";
import { foldLetters } from "./letter-case.ts";

// The results are those of Kyverno 1.19.1.
const ROWS: readonly (readonly [name: string, args: readonly Value[], expected: Value])[] = [
  ["compare", ["a", "b"], -1],
  ["compare", ["b", "a"], 1],
  ["compare", ["a", "a"], 0],
  ["compare", ["", "a"], -1],
  ["compare", ["\uffee", "😀"], -1],
  ["equal_fold", ["Go", "GO"], true],
  ["equal_fold", ["ß", "ẞ"], true],
  ["equal_fold", ["ß", "ss"], false],
  ["equal_fold", ["İ", "i"], false],
  ["equal_fold", ["ı", "I"], false],
  ["equal_fold", ["ſ", "S"], true],
  ["equal_fold", ["ς", "Σ"], true],
  ["replace", ["banana", "a", "o", 2], "bonona"],
  ["replace", ["banana", "a", "o", -1], "bonono"],
  ["replace", ["banana", "a", "o", 0], "banana"],
  ["replace", ["abc", "", "-", -1], "-a-b-c-"],
  ["replace", ["abc", "", "-", 2], "-a-bc"],
  ["replace", ["aé😀", "", "-", 3], "-a-é-😀"],
  ["replace", ["", "", "x", 1], "x"],
  ["replace", ["aaa", "a", "b", 1.9], "baa"],
  ["replace_all", ["a.b.c", ".", ""], "abc"],
  ["replace_all", ["abc", "", "-"], "-a-b-c-"],
  ["to_upper", ["Grün"], "GRÜN"],
  ["to_upper", ["ß ŉ ᾳ ﬁ"], "ß ŉ ᾼ ﬁ"],
  ["to_lower", ["ΑΣ"], "ας".replace("ς", "σ")],
  ["to_lower", ["İ"], "i"],
  ["trim", ["--a--", "-"], "a"],
  ["trim", ["xyax", "xy"], "a"],
  ["trim", ["éaé", "é"], "a"],
  ["trim", ["aaa", "a"], ""],
  ["trim_prefix", ["abc", "ab"], "c"],
  ["trim_prefix", ["abc", "x"], "abc"],
  ["split", ["a,,b", ","], ["a", "", "b"]],
  ["split", ["", ","], [""]],
  ["split", ["", ""], []],
  ["split", ["aé😀", ""], ["a", "é", "😀"]],
  ["truncate", ["é😀x", 2], "é😀"],
  ["truncate", ["abc", 5], "abc"],
  ["truncate", ["abc", 2.9], "ab"],
  ["truncate", ["abc", 0.5], ""],
  ["truncate", ["abc", -1], ""],
  ["to_boolean", ["tRuE"], true],
  ["to_boolean", ["False"], false],
  [
    "to_boolean",
    [" true"],
    "! JMESPath function 'to_boolean': lowercase argument must be 'true' or 'false' (provided: ' true')",
  ],
  ["path_canonicalize", [""], ""],
  ["path_canonicalize", ["/../a/"], "/a"],
  ["path_canonicalize", ["a/../.."], ".."],
  ["path_canonicalize", ["./a/."], "a"],
  ["path_canonicalize", ["a/.."], "."],
  ["path_canonicalize", ["//"], "/"],
];

describe("text functions", () => {
  for (const [name, args, expected] of ROWS) {
    test(`${name}(${JSON.stringify(args).slice(1, -1)})`, () => {
      assert.deepEqual(callOrMessage(name, args), expected);
    });
  }

  test("letters fold as Unicode's simple case folding has it", () => {
    const [start, end] = [0x80, 0x10ffff];
    for (let code = start; code <= end; code++) {
      const letter = String.fromCodePoint(code);
      const folded = foldLetters(letter);
      if (folded === letter) continue;
      // JavaScript's own folding, an independent one, takes both for the same.
      assert.match(letter, new RegExp(`^${folded}$`, "iu"), letter);
    }
    assert.equal(foldLetters("K"), "k");
  });

  test("what replace_all writes is charged before it is made", () => {
    const context = new CountingContext(10_000);
    const args = ["a".repeat(5_000), "a", "b".repeat(10_000_000)];
    assert.throws(() => callJmes("replace_all", args, context), { code: "BUDGET_EXCEEDED" });
  });
});
