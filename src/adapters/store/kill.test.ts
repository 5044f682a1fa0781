import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, test } from "node:test";
import { type Acknowledgement, checkIngested } from "../../testing/store-ingestion.ts";
import { openJobs } from "../jobs/index.ts";
import { openStore } from "./index.ts";

const folder = mkdtempSync(join(tmpdir(), "amap-store-kill-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const path = join(folder, "store.sqlite");

const from = (file: string): string => JSON.stringify(new URL(file, import.meta.url).href);
const WRITER = `
import { writeSync } from "node:fs";
import { openStore } from ${from("./index.ts")};
import { openJobs } from ${from("../jobs/index.ts")};
import { ingest } from ${from("../../testing/store-ingestion.ts")};
const [path, name] = process.argv.slice(1);
await ingest(await openStore(path), await openJobs(path), name, (line) => writeSync(1, line + "\\n"));
`;

/** Kills a writer once it acknowledged so many writes; what it had acknowledged by then. */
async function killWriter(name: string, writes: number): Promise<readonly Acknowledgement[]> {
  const child = spawn(process.execPath, ["--input-type=module", "-e", WRITER, path, name], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
    if (output.split("\n").length > writes) child.kill("SIGKILL");
  });
  await new Promise((resolve) => child.once("close", resolve));
  return output.slice(0, output.lastIndexOf("\n")).split("\n") as Acknowledgement[];
}

// e2e/store kills 50 times on both databases.
test("writers that are killed lose nothing acknowledged and leave nothing half", async () => {
  const lines = (await Promise.all([killWriter("a", 1), killWriter("b", 40), killWriter("c", 150)])).flat();
  assert.ok(lines.length >= 191);
  const [store, jobs] = await Promise.all([openStore(path), openJobs(path)]);
  await checkIngested(store, jobs, lines);
  await Promise.all([store.close(), jobs.close()]);
  const database = new DatabaseSync(path);
  assert.equal(database.prepare("PRAGMA integrity_check").get()?.["integrity_check"], "ok");
  database.close();
});
