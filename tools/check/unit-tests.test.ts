import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { planProcesses, runFiles } from "./unit-tests.ts";

const folder = mkdtempSync(join(tmpdir(), "amap-unit-tests-"));
const PASSES = `test("passes", () => {});`;

/** Bodies of test files. Most go wrong, each in its own way. */
const FILES = {
  fine: `${PASSES} describe("suite", () => { test("passes, too", async () => { await null; }); });`,
  fails: `test("fails", () => { throw new Error("on purpose"); });`,
  skips: `test.skip("skips", () => {});`,
  throws: `${PASSES} throw new Error("while it loads");`,
  missing: `import "./nowhere.ts"; ${PASSES}`,
  malformed: `${PASSES} const const = 1;`,
  empty: `export const nothing = 1;`,
  waits: `test("waits", () => new Promise(() => { setInterval(() => {}, 1000); }));`,
  blocks: `test("blocks", () => { Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0); });`,
  leaves: `${PASSES} after(() => { process.exit(0); });`,
  late: `test("starts", () => { setTimeout(() => { throw new Error("afterwards"); }, 20); });`,
  // What a file may not leave to the next one.
  variable: `${PASSES} process.env["AMAP_LEFT"] = "1";`,
  folder: `test("moves", () => process.chdir("/"));`,
  global: `test("replaces", () => { globalThis.fetch = () => {}; });`,
  listener: `${PASSES} process.on("SIGHUP", () => {});`,
  server: `import { createServer } from "node:net"; test("listens", () => new Promise((done) => { createServer().listen(0, done); }));`,
  worker: `import { Worker } from "node:worker_threads"; test("starts", () => { new Worker("setInterval(() => {}, 1000)", { eval: true }).unref(); });`,
  closes: `import { createServer } from "node:net"; let server; before(() => { server = createServer().listen(0); process.env["AMAP_LEFT"] = "1"; }); after(() => { server.close(); delete process.env["AMAP_LEFT"]; }); ${PASSES}`,
  hooks: `let calls = 0; beforeEach(() => { calls += 1; }); afterEach(() => { if (calls > 1) throw new Error("of another file"); }); ${PASSES}`,
  looksAlike: `console.log("ℹ pass 7\\nℹ fail 0\\nℹ cancelled 0"); test("fails", () => { throw new Error("unseen?"); });`,
} as const;

type Name = keyof typeof FILES;

before(() => {
  for (const [name, body] of Object.entries(FILES)) {
    const imports = `import { after, afterEach, before, beforeEach, describe, test } from "node:test";`;
    writeFileSync(join(folder, `${name}.test.ts`), `${imports}\n${body}\n`);
  }
});
after(() => rmSync(folder, { recursive: true, force: true }));

const runNamed = (names: readonly Name[]): ReturnType<typeof runFiles> =>
  runFiles(
    names.map((name) => `${name}.test.ts`),
    { cwd: folder, fileTimeoutMs: 3000 },
  );

describe("files in one process", () => {
  it("count their tests, and print nothing where all pass", async () => {
    assert.deepEqual(await runNamed(["fine"]), { passed: 2, failed: 0, output: "" });
    assert.deepEqual(await runNamed(["hooks", "fine"]), { passed: 3, failed: 0, output: "" });
  });

  // Each runs between two files that pass: what goes wrong neither hides nor is hidden, and a number is known.
  const ROWS: readonly (readonly [file: Name, passed: number, failed: number, said: RegExp])[] = [
    ["fails", 3, 1, /fails\.test\.ts:2.*on purpose/s],
    ["throws", 4, 1, /throws\.test\.ts loads.*while it loads/s],
    ["missing", 3, 1, /missing\.test\.ts loads.*nowhere\.ts/s],
    ["malformed", 3, 1, /malformed\.test\.ts loads.*SyntaxError/s],
    ["empty", 3, 1, /empty\.test\.ts ran no test/],
    ["waits", 0, 1, /✖ waits .*hooks\.test\.ts did not end, or a file before it left something open/s],
    ["blocks", 0, 1, /blocks\.test\.ts did not end, .* stopped 3\.75 s after that file began/],
    ["leaves", 0, 1, /the process ended with 0 before its tests did, in leaves\.test\.ts/],
    ["late", 4, 1, /afterwards.*ended with 1 though no test failed/s],
    ["skips", 3, 0, /^$/],
    ["closes", 4, 0, /^$/],
    ["variable", 4, 1, /variable\.test\.ts left behind for the next file: the variable AMAP_LEFT\n/],
    ["folder", 3, 1, /folder\.test\.ts left behind for the next file: the working folder/],
    ["global", 4, 1, /global\.test\.ts left behind for the next file: fetch\n/],
    ["listener", 4, 1, /listener\.test\.ts left behind for the next file: .*listeners on SIGHUP/],
    ["server", 0, 1, /server\.test\.ts left behind for the next file: open: TCPServerWrap\n.*did not end/s],
    ["worker", 4, 1, /worker\.test\.ts left behind for the next file: open: Worker\n/],
    ["looksAlike", 3, 1, /looksAlike\.test\.ts:2.*unseen\?/s],
  ];
  for (const [file, passed, failed, said] of ROWS) {
    it(`${file}: is counted as what it is`, async () => {
      const outcome = await runNamed(["fine", file, "hooks"]);
      assert.match(outcome.output, said);
      assert.deepEqual([outcome.passed, outcome.failed], [passed, failed]);
    });
  }
});

describe("the plan", () => {
  it("runs every file once", () => {
    const rooms = [
      "src/base/",
      "src/policy/cel/",
      "src/adapters/http/",
      "tools/",
      "src/basement/",
      "src/adapters/git/",
    ];
    const files = rooms.flatMap((room) => Array.from({ length: 70 }, (_, index) => `${room}${index}.test.ts`));
    const plan = planProcesses(files);
    assert.deepEqual(plan.flat().toSorted(), files.toSorted());
    for (const process of plan) {
      assert.ok(process.length <= 40);
      const kinds = process.map((file) =>
        /^src\/(?:base|policy|adapters\/git)\//.exec(file)?.[0].replace("policy", "base"),
      );
      assert.equal(new Set(kinds).size, 1);
      assert.equal(process.length === 1, kinds[0] === "src/adapters/git/");
    }
  });

  it("is empty where there is no file", () => assert.deepEqual(planProcesses([]), []));
});
