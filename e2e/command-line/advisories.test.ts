/** Imports that are killed leave the old database whole, and who scans meanwhile sees one state or the other. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, test } from "node:test";
import { openAdvisoryDatabase } from "../../src/adapters/sqlite/index.ts";
import { type AdvisoryBatch, readAdvisoryDocument } from "../../src/metadata/index.ts";

const PROGRAM = join(import.meta.dirname, "advisories-process.ts");
const folder = mkdtempSync(join(tmpdir(), "amap-e2e-advisories-"));
const env = { ...process.env, NODE_COMPILE_CACHE: join(folder, "compiled") };
const RECORDS = 1_500;
const KILLS = 50;
const STATES = ["before", "after"] as const;

before(() => {
  for (const state of STATES) {
    mkdirSync(join(folder, state));
    const records = Array.from({ length: RECORDS }, (_, at) => ({
      id: `TEST-${at}`,
      modified: "2025-01-01T00:00:00Z",
      summary: state,
      details: `${state} `.repeat(100),
      affected: [{ package: { ecosystem: "npm", name: `thing-${at}` }, versions: ["1.0.0"] }],
    }));
    for (let at = 0; at < records.length; at += 100) {
      writeFileSync(join(folder, state, `${at}.json`), JSON.stringify(records.slice(at, at + 100)));
    }
  }
});
after(() => rmSync(folder, { recursive: true, force: true }));

async function importState(path: string, state: (typeof STATES)[number]): Promise<string> {
  const database = openAdvisoryDatabase(path);
  const batches = readdirSync(join(folder, state)).map((name): AdvisoryBatch => {
    const read = readAdvisoryDocument(readFileSync(join(folder, state, name)));
    assert.ok(read.ok);
    return read.value;
  });
  await database.import(batches, { importedAt: "2026-01-01T00:00:00Z", complete: () => ["npm"] });
  const { version } = await database.status();
  await database.close();
  return version;
}

/** Ends when the process has, killed that many milliseconds after it began, or by itself. */
async function importAndKill(path: string, state: string, afterMs?: number): Promise<boolean> {
  const child = spawn(process.execPath, [PROGRAM, "import", path, join(folder, state)], {
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (afterMs !== undefined) child.stdout.once("data", () => setTimeout(() => child.kill("SIGKILL"), afterMs));
  return new Promise((resolve, reject) =>
    child.once("close", (code, signal) => {
      if (code === 0 || signal === "SIGKILL") resolve(signal === "SIGKILL");
      else reject(new Error(`the import ended with ${code}`));
    }),
  );
}

test(`an import killed at any of ${KILLS} moments leaves the database whole: as it was, or as it is meant to be`, async (t) => {
  const path = join(folder, "killed.db");
  const digests = [
    await importState(path, "before"),
    await importState(path, "after"),
    await importState(path, "before"),
  ];
  assert.equal(digests[0], digests[2]);
  const started = performance.now();
  await importState(path, "after");
  const longestMs = performance.now() - started;
  await importState(path, "before");
  // Only a process that ends by itself leaves what it compiled to the next: each of fifty would compile anew.
  assert.equal(await importAndKill(path, "before"), false);
  let [killed, unchanged] = [0, 0];
  let state = digests[0];
  for (let round = 0; round < KILLS; round += 1) {
    const target = state === digests[0] ? "after" : "before";
    if (await importAndKill(path, target, (longestMs * 1.2 * round) / KILLS)) killed += 1;
    const plain = new DatabaseSync(path);
    assert.deepEqual({ ...plain.prepare("PRAGMA integrity_check").get() }, { integrity_check: "ok" });
    plain.close();
    const database = openAdvisoryDatabase(path);
    const status = await database.status();
    await database.close();
    assert.ok(digests.includes(status.version), `round ${round}: neither the one state nor the other`);
    assert.deepEqual([status.ecosystems["npm"], status.complete], [RECORDS, ["npm"]]);
    if (status.version === state) unchanged += 1;
    state = status.version;
  }
  t.diagnostic(`${killed} of ${KILLS} imports were killed, ${unchanged} of them changed nothing`);
  assert.ok(killed > KILLS / 2, `only ${killed} were killed before they ended`);
  assert.ok(unchanged > 0, "none was killed before it had written");
});

test("two processes scan while a third imports: each scan sees one state", async (t) => {
  const path = join(folder, "shared.db");
  await importState(path, "before");
  const scanners = [1, 2].map(() => {
    const child = spawn(process.execPath, [PROGRAM, "scan", path], { env, stdio: ["pipe", "pipe", "inherit"] });
    let output = "";
    const begun = new Promise<void>((resolve) =>
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        output += text;
        resolve();
      }),
    );
    const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
    return { child, begun, ended, lines: () => output.trimEnd().split("\n") };
  });
  await Promise.all(scanners.map(({ begun }) => begun));
  for (const state of ["after", "before", "after"] as const) await importState(path, state);
  for (const { child } of scanners) child.stdin.end();
  assert.deepEqual(await Promise.all(scanners.map(({ ended }) => ended)), [0, 0]);
  for (const { lines } of scanners) {
    const seen = new Map<string, number>();
    for (const line of lines()) seen.set(line, (seen.get(line) ?? 0) + 1);
    t.diagnostic(JSON.stringify(Object.fromEntries(seen)));
    assert.deepEqual(
      [...seen.keys()].filter((line) => !/^(?:before|after) 200$/.test(line)),
      [],
    );
    assert.ok(seen.has("before 200"));
  }
});
