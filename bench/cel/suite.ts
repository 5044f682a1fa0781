/** `npm run bench -- cel`: amap's CEL beside the other CEL libraries of JavaScript. Writes dist/bench-cel.json too. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { machineLine } from "../harness.ts";
import { measureCompiling } from "./compile-time.ts";
import { AMAP, PEERS } from "./contestants.ts";
import { BENCH_EXPRESSIONS } from "./expressions.ts";
import { measureSpeed } from "./speed.ts";
import { renderCompileTable, renderSpeedTable } from "./tables.ts";

const OPTIONS = { rounds: 13, measureMs: 50, warmUpMs: 100 };
const COMPILE_RUNS = 5;

/** Measures and prints. A ratio that is not reached is a line of the table, never a failure. */
export function runBench(root: string): void {
  const machine = machineLine([AMAP, ...PEERS].map(({ name, version }) => `${name} ${version}`));
  console.log(machine);
  const speed = measureSpeed(BENCH_EXPRESSIONS, OPTIONS);
  console.log(
    `\n${OPTIONS.rounds} rounds in rotation, each measurement at least ${OPTIONS.measureMs} ms, one process\n`,
  );
  console.log(renderSpeedTable(speed));
  const compiling = measureCompiling(COMPILE_RUNS);
  console.log(`\n${renderCompileTable(compiling)}`);
  mkdirSync(join(root, "dist"), { recursive: true });
  writeFileSync(join(root, "dist", "bench-cel.json"), `${JSON.stringify({ machine, speed, compiling }, null, 2)}\n`);
}
