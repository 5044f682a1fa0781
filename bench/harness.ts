/** Side by side timing: two programs in turn in one run, so that a machine whose speed drifts does not favour one. */
import { spawnSync } from "node:child_process";
import { cpus } from "node:os";

/** A program under measurement. */
export interface Contestant {
  readonly name: string;
  readonly command: string;
  /** The words of each call; one measurement runs them all, e.g. 100 calls against one call with 100 images. */
  readonly calls: readonly (readonly string[])[];
}

/** One comparison. */
export interface Comparison {
  readonly name: string;
  readonly amap: Contestant;
  readonly peer: Contestant;
  readonly runs: number;
  /** The ratio amap/peer that is aimed for. */
  readonly aim: number;
}

/** The medians of one comparison, in milliseconds of wall time. */
export interface ComparisonResult {
  readonly name: string;
  readonly runs: number;
  readonly amapMs: Spread;
  readonly peerMs: Spread;
  /** Median over the pairs of amap's time divided by the peer's. */
  readonly ratio: number;
  readonly aim: number;
}

export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** Runs both contestants once to warm up, then `runs` times in turn. A contestant that fails ends the bench. */
export function compare(comparison: Comparison): ComparisonResult {
  const { amap, peer, runs } = comparison;
  measureMs({ ...amap, calls: amap.calls.slice(0, 1) });
  measureMs({ ...peer, calls: peer.calls.slice(0, 1) });
  const pairs = Array.from({ length: runs }, () => ({ amap: measureMs(amap), peer: measureMs(peer) }));
  return {
    name: comparison.name,
    runs,
    amapMs: spreadOf(pairs.map((pair) => pair.amap)),
    peerMs: spreadOf(pairs.map((pair) => pair.peer)),
    ratio: spreadOf(pairs.map((pair) => pair.amap / pair.peer)).median,
    aim: comparison.aim,
  };
}

/** The results as a Markdown table. */
export function renderTable(results: readonly ComparisonResult[]): string {
  const ms = ({ min, median, max }: Spread): string => `${median.toFixed(0)} (${min.toFixed(0)}–${max.toFixed(0)})`;
  return [
    "| what | runs | amap ms, median (min–max) | peer ms | ratio amap/peer | aim | reached |",
    "|---|---|---|---|---|---|---|",
    ...results.map(
      (row) =>
        `| ${row.name} | ${row.runs} | ${ms(row.amapMs)} | ${ms(row.peerMs)} | ${row.ratio.toFixed(3)} | ≤ ${row.aim} | ${row.ratio <= row.aim ? "yes" : "no"} |`,
    ),
  ].join("\n");
}

/** What the figures were measured on, and with which versions of the others. */
export function machineLine(versions: readonly string[]): string {
  const machine = `${cpus()[0]?.model ?? "unknown processor"}, ${cpus().length} cores, Node ${process.versions.node}`;
  return [machine, ...versions].join(", ");
}

/** Smallest, middle and largest of some numbers. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  const lower = sorted.length % 2 === 0 ? (sorted[middle - 1] ?? upper) : upper;
  return { min: sorted[0] ?? Number.NaN, median: (upper + lower) / 2, max: sorted.at(-1) ?? Number.NaN };
}

function measureMs({ name, command, calls }: Contestant): number {
  const started = performance.now();
  for (const words of calls) {
    const { status, stderr, error } = spawnSync(command, words, {
      stdio: ["ignore", "ignore", "pipe"],
      encoding: "utf8",
    });
    if (status !== 0)
      throw new Error(`${name} ended with ${status ?? error?.message ?? "a signal"}: ${stderr.slice(-2000)}`);
  }
  return performance.now() - started;
}
