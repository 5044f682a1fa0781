/**
 * `npm run check` and `npm test`: every check of the repository, one summary, and a last line `N passed, N failed`.
 * Steps run two at a time; each prints its output only when it fails. Words after `--` name single steps; `--changed`
 * runs only the tests beside changed files.
 */
import { execFileSync, spawn } from "node:child_process";
import { join } from "node:path";

interface Step {
  readonly name: string;
  readonly command: readonly string[];
  /** Reads the number of single checks out of the step's output; a step counts as one where there is none. */
  readonly count?: (output: string) => { readonly passed: number; readonly failed: number };
}

interface Outcome {
  readonly name: string;
  readonly ok: boolean;
  readonly seconds: number;
  readonly output: string;
  readonly passed: number;
  readonly failed: number;
}

const root = join(import.meta.dirname, "..", "..");
const bin = (name: string): string => join(root, "node_modules", ".bin", name);
const node = process.execPath;
const TSC = join(root, "node_modules", "ts7", "bin", "tsc");

/** The counts of tools/check/unit-tests.ts, in its last lines; what a test printed before may look alike. */
const testCounts = (output: string): { passed: number; failed: number } => {
  const [, passed = 0, failed = 0] = /\nℹ pass (\d+)\nℹ fail (\d+)\n$/.exec(output) ?? [];
  return { passed: Number(passed), failed: Number(failed) };
};

const STEPS: readonly Step[] = [
  {
    name: "unit tests",
    command: [node, "tools/check/unit-tests.ts"],
    count: testCounts,
  },
  { name: "format", command: [bin("biome"), "check", "--error-on-warnings", "."] },
  {
    name: "lint",
    command: [bin("oxlint"), "--deny-warnings", "src", "tools", "conformance", "e2e", "bench", "web/src", "web/dev"],
  },
  { name: "types", command: [node, TSC, "-p", "tsconfig.json"] },
  { name: "types of the dashboard", command: [node, TSC, "-p", "web/tsconfig.json"] },
  { name: "types of the core", command: [node, TSC, "-p", "tsconfig.core.json"] },
  { name: "dead exports and dependencies", command: [bin("knip")] },
  { name: "generated docs in step", command: [node, "tools/docs/main.ts", "--check"] },
  { name: "conformance ledgers only shrink", command: [node, "tools/check/ledgers.ts"] },
];

async function run(step: Step): Promise<Outcome> {
  const started = performance.now();
  const [command = "", ...rest] = step.command;
  const child = spawn(command, rest, {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    // Tests run in many processes: what one has compiled the others need not.
    env: { ...process.env, NO_COLOR: "1", NODE_COMPILE_CACHE: join(root, ".cache", "compile") },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => (output += text));
  const code = await new Promise<number>((resolve) => {
    child.on("error", (error) => {
      output += String(error);
      resolve(70);
    });
    child.on("close", (status) => resolve(status ?? 70));
  });
  const counts = step.count?.(output) ?? { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1 };
  // A test run that executed nothing proves nothing.
  const ok = code === 0 && counts.failed === 0 && counts.passed > 0;
  const failed = ok ? 0 : Math.max(1, counts.failed);
  return { name: step.name, ok, seconds: (performance.now() - started) / 1000, output, passed: counts.passed, failed };
}

/** With --changed: the tests beside the files that differ from the last commit, instead of all. */
function narrowToChanges(step: Step): Step {
  if (step.count === undefined) return step;
  const listed = execFileSync("git", ["status", "--porcelain", "--untracked-files=all"], {
    cwd: root,
    encoding: "utf8",
  });
  const folders = listed
    .split("\n")
    .flatMap((line) => /^.. (?:.* -> )?((?:src|tools|conformance|bench|web\/src)\/.*)\/[^/]+$/.exec(line)?.[1] ?? []);
  const patterns = [...new Set(folders)].map((folder) => `${folder}/*.test.ts`);
  return { ...step, command: [...step.command, ...(patterns.length === 0 ? ["tools/arch/*.test.ts"] : patterns)] };
}

const words = process.argv.slice(2);
const wanted = words.filter((word) => word !== "--changed");
const steps = words.includes("--changed") ? STEPS.map(narrowToChanges) : STEPS;
const queue = steps.filter((step) => wanted.length === 0 || wanted.includes(step.name));
if (queue.length === 0) {
  console.error(`no such step; there are: ${STEPS.map((step) => step.name).join(", ")}`);
  process.exit(2);
}
const started = performance.now();
const outcomes: Outcome[] = [];
const remaining = [...queue];
await Promise.all(
  [0, 1].map(async () => {
    for (let step = remaining.shift(); step !== undefined; step = remaining.shift()) {
      const outcome = await run(step);
      outcomes.push(outcome);
      console.log(
        `${outcome.ok ? "ok    " : "FAILED"} ${outcome.name} (${outcome.seconds.toFixed(1)} s, ${outcome.passed} passed)`,
      );
    }
  }),
);
for (const outcome of outcomes.filter((each) => !each.ok))
  console.log(`\n== ${outcome.name}\n${outcome.output.slice(-20_000)}`);
const passed = outcomes.reduce((sum, each) => sum + each.passed, 0);
const failed = outcomes.reduce((sum, each) => sum + each.failed, 0);
console.log(`\n${((performance.now() - started) / 1000).toFixed(1)} s`);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
