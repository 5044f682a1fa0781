/** Processes that write are killed at random moments; what they had acknowledged must be there, and nothing half. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { DatabaseSync } from "node:sqlite";
import { openJobs } from "../../src/adapters/jobs/index.ts";
import { openStore } from "../../src/adapters/store/index.ts";
import type { Acknowledgement } from "../../src/testing/store-ingestion.ts";
import { checkIngested } from "../../src/testing/store-ingestion.ts";

/** Writers at once: they also meet one another. */
const WRITERS = 5;
const LONGEST_MS = 250;
const START_TIMEOUT_MS = 20_000;

interface Writer {
  /** Kept when the first write was acknowledged. */
  readonly begun: Promise<void>;
  /** Kills it; what it had acknowledged. */
  kill(): Promise<readonly Acknowledgement[]>;
}

/** Starts a process that writes as fast as it can. */
export function startWriter(program: string, address: string, name: string): Writer {
  const child = spawn(process.execPath, [program, address, name], { stdio: ["ignore", "pipe", "pipe"] });
  let [output, errors] = ["", ""];
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const begun = new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${name} did not begin: ${errors}`)), START_TIMEOUT_MS);
    const settle = (end: () => void): void => {
      clearTimeout(timer);
      end();
    };
    child.once("close", () => settle(() => reject(new Error(`${name} ended before it began: ${errors}`))));
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      settle(resolve);
    });
  });
  return {
    begun,
    kill: async () => {
      child.kill("SIGKILL");
      await ended;
      // A line that was cut was not acknowledged.
      return output
        .slice(0, output.lastIndexOf("\n") + 1)
        .trimEnd()
        .split("\n") as Acknowledgement[];
    },
  };
}

async function killRound(program: string, address: string, round: number): Promise<readonly Acknowledgement[]> {
  const writers = Array.from({ length: WRITERS }, (_, at) => startWriter(program, address, `w${round}x${at}`));
  await Promise.all(writers.map((writer) => writer.begun));
  const killed = writers.map(async (writer) => {
    await new Promise((resolve) => setTimeout(resolve, Math.random() * LONGEST_MS));
    return writer.kill();
  });
  return (await Promise.all(killed)).flat();
}

async function check(address: string, lines: readonly Acknowledgement[]): Promise<void> {
  const [store, jobs] = await Promise.all([openStore(address), openJobs(address)]);
  try {
    await checkIngested(store, jobs, lines);
  } finally {
    await Promise.all([store.close(), jobs.close()]);
  }
}

/** 50 writers are killed, five at a time; after each five everything is checked. Says how much was written. */
export async function killWriters(program: string, address: string): Promise<string> {
  const lines: Acknowledgement[] = [];
  for (let round = 0; round < 50 / WRITERS; round += 1) {
    lines.push(...(await killRound(program, address, round)));
    await check(address, lines);
    if (!address.startsWith("postgres")) checkFile(address);
  }
  return `50 kills, ${lines.length} acknowledged writes`;
}

function checkFile(path: string): void {
  const database = new DatabaseSync(path, { timeout: 5_000 });
  assert.deepEqual(
    database
      .prepare("PRAGMA integrity_check")
      .all()
      .map((row) => row["integrity_check"]),
    ["ok"],
  );
  assert.deepEqual(database.prepare("PRAGMA foreign_key_check").all(), []);
  database.close();
}

/** PostgreSQL itself is killed under five writers, a few times. */
export async function killServer(program: string, address: string, crash: () => Promise<void>): Promise<string> {
  const lines: Acknowledgement[] = [];
  for (let round = 100; round < 103; round += 1) {
    const writers = Array.from({ length: WRITERS }, (_, at) => startWriter(program, address, `w${round}x${at}`));
    await Promise.all(writers.map((writer) => writer.begun));
    await new Promise((resolve) => setTimeout(resolve, Math.random() * LONGEST_MS));
    await crash();
    for (const writer of writers) lines.push(...(await writer.kill()));
    await check(address, lines);
  }
  return `3 kills of the server, ${lines.length} acknowledged writes`;
}
