import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { evaluate } from "../../../../testing/cel-activation.ts";
import { createEnvironment } from "../environment.ts";
import { celFunction, formatSignature } from "../function.ts";
import { celTypes } from "../types.ts";
import { STANDARD_FUNCTIONS } from "./table.ts";

describe("the function table", () => {
  for (const row of STANDARD_FUNCTIONS) {
    it(`${formatSignature(row)}: its example is true`, () => {
      assert.equal(evaluate(row.example), true);
      assert.ok(row.example.includes(row.name), "the example shows another function");
      assert.match(row.note, /^[^a-z].*\.$/);
      assert.match(row.since, /^[0-9]+\.[0-9]+\.[0-9]+$/);
    });
  }

  it("refuses two rows of one signature when it starts", () => {
    const row = celFunction({
      name: "size",
      args: [celTypes.string],
      result: celTypes.bool,
      note: "Another size.",
      example: "true",
      since: "0.1.0",
      call: () => true,
    });
    assert.throws(() => createEnvironment({ functions: [row] }), {
      code: "BUG",
      message: /size\(string\) is in the table twice/,
    });
    const other = celFunction({ ...row, args: [celTypes.timestamp], call: () => true });
    assert.throws(() => createEnvironment({ functions: [other, other] }), { code: "BUG" });
    assert.doesNotThrow(() => createEnvironment({ functions: [other] }));
  });

  it("refuses a variable that is declared twice, and values for one that is not", () => {
    const types = { x: celTypes.int };
    assert.throws(() => createEnvironment({ variables: types, lazyVariables: types }), { code: "BUG" });
    assert.throws(() => createEnvironment({ variables: types }).bind({ z: 1 }), { code: "BUG" });
  });
});
