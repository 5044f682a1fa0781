/** One run of a program with its processor time and its memory, by GNU time. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { spreadOf } from "../harness.ts";

const GNU_TIME = "/usr/bin/time";

/** Whether programs can be measured on this machine. */
export const CAN_MEASURE = existsSync(GNU_TIME);

/** What a run took. */
export interface Run {
  readonly wallMs: number;
  /** Of all threads together. */
  readonly cpuMs: number;
  /** The largest resident set. */
  readonly peakMib: number;
  readonly exitCode: number;
  readonly output: string;
}

/** Runs a program; `notes` is a file for the figures. Both programs end with 1 where a policy is violated. */
export function measure(command: string, words: readonly string[], notes: string): Run {
  const run = spawnSync(GNU_TIME, ["-q", "-o", notes, "-f", "%e %U %S %M", command, ...words], {
    stdio: ["ignore", "pipe", "pipe"],
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  if (run.status !== 0 && run.status !== 1) {
    throw new Error(`${command} ended with ${run.status ?? run.error?.message}: ${run.stderr.slice(-2_000)}`);
  }
  const [wall = 0, user = 0, system = 0, kib = 0] = readFileSync(notes, "utf8").trim().split(" ").map(Number);
  const figures = { wallMs: wall * 1_000, cpuMs: (user + system) * 1_000, peakMib: kib / 1_024 };
  return { ...figures, exitCode: run.status, output: run.stdout + run.stderr };
}

/** Of several runs: the medians, and the largest memory. */
export interface Figures {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly peakMib: number;
}

/** The medians of times, the maximum of memory. */
export function summarize(runs: readonly Run[]): Figures {
  return {
    wallMs: spreadOf(runs.map(({ wallMs }) => wallMs)).median,
    cpuMs: spreadOf(runs.map(({ cpuMs }) => cpuMs)).median,
    peakMib: Math.max(...runs.map(({ peakMib }) => peakMib)),
  };
}
