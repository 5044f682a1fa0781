import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { AmapError } from "../../../base/index.ts";
import { type AnyAllBlock, evaluateBlock, evaluateConditionList } from "./conditions.ts";

interface Given {
  readonly message?: string;
  readonly holds: boolean;
}

/** A condition that holds is written in capitals; "-" is one without message that does not hold. */
function given(words: string): readonly Given[] {
  const list = words === "" ? [] : words.split(" ");
  return list.map((word) => (word === "-" ? { holds: false } : { message: word, holds: word !== word.toLowerCase() }));
}

const isHeld = ({ holds }: Given) => holds;

describe("evaluateBlock", () => {
  const rows: readonly (readonly [name: string, block: AnyAllBlock<Given>, holds: boolean, message: string])[] = [
    ["nothing asked", {}, true, ""],
    ["all hold", { all: given("A B") }, true, "A; B"],
    ["the first of all that does not", { all: given("A b c") }, false, "b"],
    ["an empty all", { all: [] }, true, ""],
    ["the first of any that holds", { any: given("a B C") }, true, "B"],
    ["none of any", { any: given("a b") }, false, "a; b"],
    ["an empty any holds never", { any: [] }, false, ""],
    ["both", { any: given("A"), all: given("B") }, true, "A; B"],
    ["any fails: all is looked at for its message", { any: given("a"), all: given("B c") }, false, "a; c"],
    ["all fails: any's failures are told, too", { any: given("a B"), all: given("c") }, false, "a; c"],
    ["without messages", { all: given("A -") }, false, ""],
  ];
  for (const [name, block, holds, message] of rows) {
    test(name, () => assert.deepEqual(evaluateBlock(block, isHeld), { holds, message }));
  }

  test("asks for nothing behind what decides", () => {
    const asked: string[] = [];
    const note = (condition: Given) => {
      asked.push(condition.message ?? "");
      return condition.holds;
    };
    evaluateBlock({ any: given("a B C"), all: given("D e F") }, note);
    assert.deepEqual(asked, ["a", "B", "D", "e"]);
  });

  test("what a condition throws goes through", () => {
    const error = new AmapError("EXPRESSION_INVALID", "no");
    const fail = () => {
      throw error;
    };
    assert.throws(() => evaluateBlock({ all: given("A") }, fail), error);
    assert.throws(() => evaluateConditionList(given("A"), fail), error);
  });
});

describe("evaluateConditionList", () => {
  const rows: readonly (readonly [words: string, holds: boolean, message: string])[] = [
    ["", true, ""],
    ["A B", true, "A;B"],
    ["A b c", false, "b"],
    ["A -", false, ""],
  ];
  for (const [words, holds, message] of rows) {
    test(words, () => assert.deepEqual(evaluateConditionList(given(words), isHeld), { holds, message }));
  }
});
