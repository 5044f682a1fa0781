import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { times } from "./resources.ts";
import { makeTestFolder } from "./test-folders.ts";
import { compareTables, explainTables, type TestOutcome, testByAmap } from "./test-runs.ts";

const SEED = 7;
const checked = (...rows: readonly string[]): TestOutcome => ({ status: "checked", rows });
const failed: TestOutcome = { status: "failed", reason: "panic: x" };

describe("comparing tables", () => {
  it("takes the rows in any order", () => {
    assert.equal(compareTables(checked("a", "b"), checked("b", "a")), undefined);
    assert.equal(compareTables(failed, failed), undefined);
  });

  it("tells other rows, missing rows and failures", () => {
    assert.notEqual(compareTables(checked("a"), checked("b")), undefined);
    assert.notEqual(compareTables(checked("a", "a"), checked("a")), undefined);
    assert.notEqual(compareTables(checked("a"), failed), undefined);
  });

  it("explains a crash and a lost object, and nothing else", () => {
    const folder = { name: "n", family: "f", files: {}, isLost: false };
    assert.match(explainTables(folder, failed) ?? "", /panic: x/);
    assert.match(explainTables({ ...folder, isLost: true }, checked()) ?? "", /empty object/);
    assert.equal(explainTables(folder, checked("a")), undefined);
  });
});

describe("test folders", () => {
  it("are tests that amap runs, with right and wrong results", async () => {
    const made = await Promise.all(times(60, (index) => makeTestFolder(SEED, index)));
    const folders = made.filter((folder) => folder !== undefined);
    assert.ok(folders.length > 50);
    const rows: string[] = [];
    for (const folder of folders) {
      const outcome = await testByAmap(folder);
      assert.equal(outcome.status, "checked", JSON.stringify(outcome));
      if (outcome.status === "checked") rows.push(...outcome.rows);
    }
    for (const part of ["| Pass |", "| Fail |", "| Ok", "| Excluded", "| Want ", "| Resource diff"]) {
      assert.ok(
        rows.some((row) => row.includes(part)),
        part,
      );
    }
  });
});
