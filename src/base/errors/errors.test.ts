import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { AmapError, isAmapError } from "./amap-error.ts";
import { ERROR_CODES, type ErrorCode } from "./codes.ts";

describe("the error table", () => {
  for (const [code, row] of Object.entries(ERROR_CODES)) {
    test(code, () => {
      assert.match(code, /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*$/);
      // 130 is what shells expect of a program that was interrupted.
      assert.ok([1, 2, 3, 70, 130].includes(row.exit));
      assert.ok(Number.isInteger(row.http) && row.http >= 400 && row.http <= 599);
      assert.match(row.title, /^\S.*[^.\s]$/, "a title is one line without a full stop");
      assert.match(row.hint, /^\S.*\.$/, "a hint is one sentence or more");
      // Trying again helps only where the world was at fault, not the input.
      if (row.retryable) assert.ok([3, 130].includes(row.exit));
    });
  }

  test("titles are told apart", () => {
    const titles = Object.values(ERROR_CODES).map((row) => row.title);
    assert.equal(new Set(titles).size, titles.length);
  });
});

describe("AmapError", () => {
  test("takes hint and row from the table", () => {
    const error = new AmapError("KEY_PASSWORD", "cannot open cosign.key");
    assert.equal(error.hint, ERROR_CODES.KEY_PASSWORD.hint);
    assert.equal(error.row, ERROR_CODES.KEY_PASSWORD);
    assert.deepEqual(error.details, {});
    assert.equal(Object.hasOwn(error, "cause"), false);
  });

  test("carries a hint, details and cause of its own", () => {
    const cause = new Error("inner");
    const error = new AmapError("BUG", "m", { hint: "Do this.", details: { line: 1 }, cause });
    assert.deepEqual([error.hint, error.details, error.cause], ["Do this.", { line: 1 }, cause]);
  });

  test("isAmapError tells codes and other errors apart", () => {
    const error = new AmapError("BUG", "m");
    const other: ErrorCode = "USAGE";
    assert.deepEqual(
      [isAmapError(error), isAmapError(error, "BUG"), isAmapError(error, other), isAmapError(new Error("BUG"))],
      [true, true, false, false],
    );
  });
});
