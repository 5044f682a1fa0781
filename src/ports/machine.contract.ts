import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isAmapError } from "../base/index.ts";
import type { Machine } from "./machine.ts";

/** The behaviour that every `Machine` has; run against the fake and the adapter. `node` must be installed. */
export function machineContract(name: string, make: () => Machine): void {
  describe(`${name} keeps the Machine contract`, () => {
    test("it says what it is", () => {
      const { processors, ...texts } = make().describe();
      assert.ok(Number.isSafeInteger(processors) && processors > 0);
      for (const [key, text] of Object.entries(texts)) assert.match(text, /^[^\p{Cc}]+$/u, key);
    });
    test("a tool states its version", async () => {
      assert.match((await make().toolVersion("node")) ?? "", /^\d+\.\d+\.\d+/);
    });
    for (const tool of ["sh", "", "../node", "node -e 1", "--version"]) {
      test(`"${tool}" is not on the list`, async () => {
        await assert.rejects(make().toolVersion(tool), (error) => isAmapError(error, "USAGE"));
      });
    }
  });
}
