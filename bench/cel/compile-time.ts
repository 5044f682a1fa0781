/** How long the libraries take to compile a policy set's worth of expressions: each time in a process of its own. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { type Spread, spreadOf } from "../harness.ts";
import { AMAP, type Contestant, PEERS } from "./contestants.ts";
import { typicalExpressions } from "./typical.ts";

/** Milliseconds that compiling {@link COMPILED} expressions shall stay below. */
export const COMPILE_AIM_MS = 1000;

/** How many expressions are compiled. */
export const COMPILED = 1000;

/** What one process measured. */
interface CompileSample {
  /** The first time in this process, when nothing is warm: what a start of the program costs. */
  readonly firstMs: number;
  /** The same again, with other constants. */
  readonly againMs: number;
  /** How many of the first {@link COMPILED} the library compiled. */
  readonly compiled: number;
}

/** One row of the table. */
export interface CompileResult {
  readonly library: string;
  readonly steps: string;
  readonly compiled: number;
  readonly firstMs: Spread;
  readonly againMs: Spread;
}

/** All libraries in turn, so many times. */
export function measureCompiling(runs: number): readonly CompileResult[] {
  const libraries = [AMAP, ...PEERS].map((contestant) => ({ contestant, samples: [] as CompileSample[] }));
  for (let run = 0; run < runs; run++)
    for (const { contestant, samples } of libraries) samples.push(measureInProcess(contestant));
  return libraries.map(({ contestant, samples }) => ({
    library: contestant.name,
    steps: contestant.compileSteps,
    compiled: samples[0]?.compiled ?? 0,
    firstMs: spreadOf(samples.map((sample) => sample.firstMs)),
    againMs: spreadOf(samples.map((sample) => sample.againMs)),
  }));
}

function measureInProcess({ name }: Contestant): CompileSample {
  const program = join(import.meta.dirname, "compile-process.ts");
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, name], { encoding: "utf8" });
  if (status !== 0) throw new Error(`compiling with ${name} ended with ${status}: ${stderr.slice(-2000)}`);
  return JSON.parse(stdout) as CompileSample;
}

/** The measurement itself, in the process made for it. */
export function compileOnce(name: string): CompileSample {
  const contestant = [AMAP, ...PEERS].find((each) => each.name === name);
  if (contestant === undefined) throw new Error(`no library is called ${name}`);
  const expressions = typicalExpressions(2 * COMPILED);
  const first = compileAll(contestant, expressions.slice(0, COMPILED));
  const again = compileAll(contestant, expressions.slice(COMPILED));
  return { firstMs: first.ms, againMs: again.ms, compiled: first.compiled };
}

function compileAll(contestant: Contestant, expressions: readonly string[]): { ms: number; compiled: number } {
  const started = performance.now();
  let compiled = 0;
  for (const expression of expressions) {
    try {
      contestant.compile(expression);
      compiled++;
    } catch {
      // Counted by what is missing.
    }
  }
  return { ms: performance.now() - started, compiled };
}
