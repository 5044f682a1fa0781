/**
 * `npm run fuzz -- --minutes 10 --seed 7`: the laws of expressions that the property tests check, for longer and from a
 * seed of its own. `--law TEXT` takes only the laws whose name holds the text. Prints each law with the number of
 * expressions tried, a failure with its seed and the smallest expression that shows it, and ends with
 * `N passed, N failed`.
 */
import { parseArgs } from "node:util";
import fc from "fast-check";
import { CEL_LAWS } from "../../src/testing/cel-laws.ts";

const { values } = parseArgs({
  options: { minutes: { type: "string" }, seed: { type: "string" }, law: { type: "string" } },
});
const minutes = Number(values.minutes ?? 10);
const seed = Number(values.seed ?? Math.trunc(Math.random() * 2 ** 31));
if (!(minutes > 0) || !Number.isSafeInteger(seed)) {
  console.error("usage: npm run fuzz -- [--minutes NUMBER] [--seed INTEGER] [--law TEXT]");
  process.exit(2);
}
const laws = CEL_LAWS.filter(({ name }) => name.includes(values.law ?? ""));
const share = (minutes * 60_000) / Math.max(1, laws.length);
console.log(`seed ${seed}, ${minutes} minutes for ${laws.length} laws`);

let failed = 0;
for (const { name, property } of laws) {
  const result = fc.check(property, {
    seed,
    numRuns: Number.MAX_SAFE_INTEGER,
    interruptAfterTimeLimit: share,
    markInterruptAsFailure: false,
  }) as fc.RunDetails<unknown>;
  if (!result.failed) {
    console.log(`ok      ${name}: ${result.numRuns}`);
    continue;
  }
  failed += 1;
  console.log(`FAILED  ${name}: after ${result.numRuns}, --seed ${seed}`);
  console.log(fc.stringify(result.counterexample));
  console.log(result.errorInstance instanceof Error ? result.errorInstance.stack : result.errorInstance);
}
console.log(`${laws.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 && laws.length > 0 ? 0 : 1;
