/**
 * `npm run fuzz -- [SUBJECT] --minutes 10 --seed 7`: the laws that the property tests check, for longer and from a seed of
 * its own. Subjects are expressions (when nothing is said), kyverno.io policies, the readers of lock files and manifests
 * (lists), of packages' databases, of SBOMs, of artifacts (archives, images, programs) and of documents (JSON, YAML, TOML,
 * XML, VEX, advisories, scans, provenance). `--law TEXT` takes only the laws whose name holds the text.
 * Prints each law with the number of cases tried and the longest time that one took, a failure with its seed and the
 * smallest case that shows it, and ends with `N passed, N failed`. A case that takes longer than ten seconds is a failure:
 * nothing that is said may take so long.
 */
import { parseArgs } from "node:util";
import fc from "fast-check";
import { ARTIFACT_LAWS } from "../../src/testing/artifact-laws.ts";
import { CEL_LAWS } from "../../src/testing/cel-laws.ts";
import { DATABASE_LAWS } from "../../src/testing/database-laws.ts";
import { DOCUMENT_LAWS } from "../../src/testing/document-laws.ts";
import { PACKAGE_LIST_LAWS } from "../../src/testing/package-lists/laws.ts";
import { POLICY_LAWS } from "../../src/testing/policy-laws.ts";
import { SBOM_LAWS } from "../../src/testing/sbom-laws.ts";

const LAWS = {
  expressions: CEL_LAWS,
  policies: POLICY_LAWS,
  lists: PACKAGE_LIST_LAWS,
  databases: DATABASE_LAWS,
  sboms: SBOM_LAWS,
  artifacts: ARTIFACT_LAWS,
  documents: DOCUMENT_LAWS,
} as const;
const MAX_CASE_MS = 10_000;

const { values, positionals } = parseArgs({
  options: { minutes: { type: "string" }, seed: { type: "string" }, law: { type: "string" } },
  allowPositionals: true,
});
const minutes = Number(values.minutes ?? 10);
const seed = Number(values.seed ?? Math.trunc(Math.random() * 2 ** 31));
const [subject = "expressions", ...others] = positionals;
if (!(minutes > 0) || !Number.isSafeInteger(seed) || !Object.hasOwn(LAWS, subject) || others.length > 0) {
  console.error(
    `usage: npm run fuzz -- [${Object.keys(LAWS).join("|")}] [--minutes NUMBER] [--seed INTEGER] [--law TEXT]`,
  );
  process.exit(2);
}
const laws = LAWS[subject as keyof typeof LAWS].filter(({ name }) => name.includes(values.law ?? ""));
const share = (minutes * 60_000) / Math.max(1, laws.length);
console.log(`seed ${seed}, ${minutes} minutes for ${laws.length} laws of ${subject}`);

let failed = 0;
for (const { name, property } of laws) {
  const { timed, longestMs } = withTimes(property);
  const result = await fc.check(timed, {
    seed,
    numRuns: Number.MAX_SAFE_INTEGER,
    interruptAfterTimeLimit: share,
    markInterruptAsFailure: false,
  });
  const longest = longestMs();
  if (!result.failed && longest <= MAX_CASE_MS) {
    console.log(`ok      ${name}: ${result.numRuns}, the longest ${Math.round(longest)} ms`);
    continue;
  }
  failed += 1;
  console.log(`FAILED  ${name}: after ${result.numRuns}, --seed ${seed}, the longest ${Math.round(longest)} ms`);
  console.log(fc.stringify(result.counterexample));
  console.log(result.errorInstance instanceof Error ? result.errorInstance.stack : result.errorInstance);
}
console.log(`${laws.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 && laws.length > 0 ? 0 : 1;

/** The property, and how long its longest case took. */
function withTimes(property: fc.IRawProperty<unknown>): {
  readonly timed: fc.IRawProperty<unknown>;
  readonly longestMs: () => number;
} {
  let longestMs = 0;
  const timed = Object.create(property) as fc.IRawProperty<unknown>;
  timed.run = (value) => {
    const begun = performance.now();
    const ended = <T>(outcome: T): T => {
      longestMs = Math.max(longestMs, performance.now() - begun);
      return outcome;
    };
    const outcome = property.run(value);
    return outcome instanceof Promise ? outcome.then(ended) : ended(outcome);
  };
  return { timed, longestMs: () => longestMs };
}
