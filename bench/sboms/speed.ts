/** Two programs over the same directory, in turn: wall time, processor time and peak memory of the whole process. */
import { spawnSync } from "node:child_process";
import { spreadOf } from "../harness.ts";

/** One run of a program. */
export interface Run {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly peakMiB: number;
}

/** The medians of several runs. */
export interface Measured extends Run {
  readonly runs: number;
}

/** Nothing else on a machine tells a child's peak memory without a package of its own; pip is there for syft anyway. */
const METER = `import resource, subprocess, sys, time
started = time.monotonic()
ended = subprocess.run(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
wall = time.monotonic() - started
used = resource.getrusage(resource.RUSAGE_CHILDREN)
sys.stderr.write(ended.stderr[-2000:].decode("utf8", "replace"))
print(wall * 1000, (used.ru_utime + used.ru_stime) * 1000, used.ru_maxrss / 1024)
sys.exit(ended.returncode)
`;

/** Runs a program once. @throws where it ends with another code than those that are accepted */
export function measure(
  command: string,
  words: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
  accepted: readonly number[] = [0],
): Run {
  const { status, stdout, stderr, error } = spawnSync("python3", ["-c", METER, command, ...words], {
    encoding: "utf8",
    env,
  });
  if (status === null || !accepted.includes(status))
    throw new Error(`${command} ${words[0]} ended with ${status ?? error?.message}: ${stderr}`);
  const [wallMs = 0, cpuMs = 0, peakMiB = 0] = stdout.trim().split(" ").map(Number);
  return { wallMs, cpuMs, peakMiB };
}

/** The median of each figure. */
export function medianOf(runs: readonly Run[]): Measured {
  const median = (of: (run: Run) => number): number => spreadOf(runs.map(of)).median;
  return {
    runs: runs.length,
    wallMs: median(({ wallMs }) => wallMs),
    cpuMs: median(({ cpuMs }) => cpuMs),
    peakMiB: median(({ peakMiB }) => peakMiB),
  };
}

/** Whether the meter works here. */
export function canMeasure(): boolean {
  return spawnSync("python3", ["-c", "import resource"]).status === 0;
}
