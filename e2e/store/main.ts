/**
 * `node e2e/store/main.ts`: the store and the jobs on real databases, with processes and servers that are killed.
 * Prints a line for each step; the last line is `N passed, N failed`.
 */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { findPostgres, type RunningPostgres, startPostgres } from "../../tools/peers/postgres.ts";
import { takeOverJobs } from "./jobs-of-the-dead.ts";
import { killServer, killWriters } from "./kills.ts";
import { migrateOldStore, openAtOnce } from "./migrations.ts";
import { shareFile } from "./shared-file.ts";

const root = join(import.meta.dirname, "..", "..");
const CONTRACTS_TIMEOUT_MS = 60_000;

/** What a step says of itself when it passed. */
type Step = () => Promise<string>;

let [passed, failed] = [0, 0];
async function run(name: string, step: Step): Promise<void> {
  const begun = performance.now();
  const seconds = (): string => `${((performance.now() - begun) / 1_000).toFixed(1)} s`;
  try {
    const text = await step();
    passed += 1;
    console.log(`ok ${name}: ${text} (${seconds()})`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED ${name} (${seconds()})`);
    console.log(error);
  }
}

/** The programs that are killed, bundled as amap itself is: they start faster, and find their threads as in dist/. */
async function bundle(folder: string): Promise<void> {
  await build({
    absWorkingDir: root,
    entryPoints: [
      { in: "e2e/store/ingest.ts", out: "ingest" },
      { in: "e2e/store/worker-kill.ts", out: "worker-kill" },
      { in: "src/adapters/store/worker.ts", out: "store-worker" },
      { in: "src/adapters/jobs/worker.ts", out: "jobs-worker" },
    ],
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    chunkNames: "chunks/[name]-[hash]",
    platform: "node",
    target: "node24",
    format: "esm",
    logLevel: "warning",
    external: ["pg-native"],
    banner: {
      js: 'import{createRequire as __createRequire}from"node:module";const require=__createRequire(import.meta.url);',
    },
  });
}

async function runContracts(url: string): Promise<string> {
  const child = spawn(
    process.execPath,
    ["--test", "--test-timeout=30000", join(import.meta.dirname, "postgres.test.ts")],
    {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, AMAP_E2E_POSTGRES: url },
      timeout: CONTRACTS_TIMEOUT_MS,
      killSignal: "SIGKILL",
    },
  );
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  await new Promise((resolve) => child.once("close", resolve));
  const count = (name: string): number => Number(new RegExp(`^ℹ ${name} (\\d+)$`, "m").exec(output)?.[1] ?? 0);
  if (count("pass") > 0 && count("fail") + count("cancelled") === 0) return `${count("pass")} tests`;
  throw new Error(output);
}

async function runSqlite(folder: string, programs: string): Promise<void> {
  await run("an older store in SQLite", () => migrateOldStore(join(folder, "older.sqlite")));
  await run("an empty SQLite file opened at once", () => openAtOnce(join(folder, "at-once.sqlite")));
  await run("a SQLite file is shared with a busy process", () =>
    shareFile(join(programs, "ingest.mjs"), join(folder, "shared.sqlite")),
  );
  await run("writers on SQLite are killed", () =>
    killWriters(join(programs, "ingest.mjs"), join(folder, "kills.sqlite")),
  );
}

async function runPostgres(postgres: RunningPostgres, programs: string): Promise<void> {
  const ingest = join(programs, "ingest.mjs");
  const database = (name: string): Promise<string> => postgres.createDatabase(name);
  await run("contracts on PostgreSQL", async () => runContracts(await database("contracts")));
  await run("an older store in PostgreSQL", async () => migrateOldStore(await database("older")));
  await run("an empty PostgreSQL opened at once", async () => openAtOnce(await database("at_once")));
  await run("writers on PostgreSQL are killed", async () => killWriters(ingest, await database("kills")));
}

// So that the databases it started end with it.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));

const folder = mkdtempSync(join(tmpdir(), "amap-e2e-store-"));
try {
  const programs = join(folder, "programs");
  mkdirSync(programs);
  await bundle(programs);
  const killed = join(programs, "worker-kill.mjs");
  const found = findPostgres({ install: true });
  if (found === undefined) {
    failed += 1;
    console.log("FAILED: PostgreSQL 15 is not there and cannot be installed");
  }
  const postgres = found === undefined ? undefined : await startPostgres(found);
  try {
    // A lease takes ten seconds to run out: the other steps go on meanwhile.
    const waiting = [run("a worker on SQLite is killed", () => takeOverJobs(killed, join(folder, "dead.sqlite")))];
    if (postgres !== undefined) {
      const dead = await postgres.createDatabase("dead");
      waiting.push(run("a worker on PostgreSQL is killed", () => takeOverJobs(killed, dead)));
    }
    await runSqlite(folder, programs);
    if (postgres !== undefined) await runPostgres(postgres, programs);
    await Promise.all(waiting);
    if (postgres !== undefined) {
      const crash = await postgres.createDatabase("crash");
      await run("PostgreSQL is killed", () => killServer(join(programs, "ingest.mjs"), crash, postgres.crash));
    }
  } finally {
    await postgres?.stop();
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
