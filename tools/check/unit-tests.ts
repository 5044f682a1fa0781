/**
 * The unit tests, two processes at a time. Files share processes: starting one and loading the modules costs more than
 * most files' tests. So a file leaves nothing behind for the next: no folder, variable, listener, server or mock, which
 * tools/check/left-behind.ts looks after; and it keeps nothing large at the top of its module, which stays for as long
 * as the process. The few with a reason below have a process each.
 * The arguments are patterns of test files; without any, all run. The last lines count as `node --test` counts.
 */
import { spawn } from "node:child_process";
import { globSync } from "node:fs";
import { join } from "node:path";

/** What a run found, and why it failed where it did. */
export interface FilesOutcome {
  readonly passed: number;
  readonly failed: number;
  /** What to print: nothing where every test passed. */
  readonly output: string;
}

const ALL = ["src", "tools", "conformance", "bench", "web/src"].map((folder) => `${folder}/**/*.test.ts`);

/** Rooms whose tests need no adapter; apart from the others, so that neither loads the other's modules. */
const INNER_FOLDERS = ["base", "artifact", "metadata", "attestation", "policy", "report", "ports", "app"].map(
  (room) => `src/${room}/`,
);

/** Files, and folders of files, that run alone: starting a program costs the more, the larger the process that does. */
const ALONE = [
  // They run git, the built amap or node many times.
  "src/adapters/git/",
  "src/cli/apply-input.test.ts",
  "src/cli/commands/serve.test.ts",
  "src/cli/decisions.test.ts",
  "src/cli/git-and-oci.test.ts",
  "src/cli/jp.test.ts",
  "src/cli/provenance.test.ts",
  "src/cli/review.test.ts",
  "src/cli/stopping.test.ts",
  "src/cli/trust-repository.test.ts",
  "tools/check/unit-tests.test.ts",
  // It reads every source of the repository into one program.
  "tools/arch/arch.test.ts",
];

/** Few enough that the two lanes end together and no process grows large. */
const FILES_PER_PROCESS = 40;

/** A file that has not ended after this long is said to hang. The slowest takes a tenth of it. */
const FILE_TIMEOUT_MS = 240_000;

const PROGRAM = join(import.meta.dirname, "test-process.ts");
const SEED = join(import.meta.dirname, "seed.ts");

/** Splits the files into what one process runs each: shared ones first, as they take longest. */
export function planProcesses(files: readonly string[]): readonly (readonly string[])[] {
  const isIn = (folders: readonly string[], file: string): boolean => folders.some((folder) => file.startsWith(folder));
  const alone = files.filter((file) => isIn(ALONE, file));
  const inner = files.filter((file) => isIn(INNER_FOLDERS, file));
  const outer = files.filter((file) => !alone.includes(file) && !inner.includes(file));
  return [...dealOut(inner), ...dealOut(outer), ...alone.map((file) => [file])];
}

/** Deals files out like cards: neighbours cost alike, so every process gets its part of the dear folders. */
function dealOut(files: readonly string[]): readonly (readonly string[])[] {
  const count = Math.ceil(files.length / FILES_PER_PROCESS);
  return Array.from({ length: count }, (_, index) => files.filter((_file, at) => at % count === index));
}

/** What node's report says of its tests; undefined where it did not come to its end. */
function readCounts(report: string): { readonly passed: number; readonly failed: number } | undefined {
  const count = (name: string): number | undefined => {
    // The last one is node's: a test may print a line that looks alike.
    const text = [...report.matchAll(new RegExp(`^ℹ ${name} (\\d+)$`, "gm"))].at(-1)?.[1];
    return text === undefined ? undefined : Number(text);
  };
  const [passed, failed, cancelled] = [count("pass"), count("fail"), count("cancelled")];
  if (passed === undefined || failed === undefined || cancelled === undefined) return undefined;
  return { passed, failed: failed + cancelled };
}

interface Ended {
  readonly code: number;
  readonly report: string;
  readonly errors: string;
  /** The file whose tests began last. */
  readonly at: string;
  readonly hung: boolean;
}

/** Runs the program over the files; ends it where no file began for as long as one may take. */
function runProgram(files: readonly string[], cwd: string, fileTimeoutMs: number): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(
      process.execPath,
      ["--import", SEED, "--test-reporter=spec", PROGRAM, String(fileTimeoutMs), ...files],
      { cwd, stdio: ["ignore", "pipe", "pipe", "pipe"], env: { ...process.env, NO_COLOR: "1" } },
    );
    const texts = ["", "", "", ""];
    let hung = false;
    const stop = (): void => {
      hung = true;
      child.kill("SIGKILL");
      // A process that the tests started may still hold these open.
      for (const stream of child.stdio) stream?.destroy();
    };
    // Longer than the program's own limit, which names the test: this one is for tests that never give the turn back.
    const limitMs = fileTimeoutMs * 1.25;
    let timer = setTimeout(stop, limitMs);
    for (const descriptor of [1, 2, 3]) {
      child.stdio[descriptor]?.on("data", (bytes: Buffer) => {
        texts[descriptor] += bytes.toString("latin1");
        if (descriptor !== 3) return;
        clearTimeout(timer);
        timer = setTimeout(stop, limitMs);
      });
    }
    const textOf = (descriptor: number): string => Buffer.from(texts[descriptor] ?? "", "latin1").toString("utf8");
    const end = (code: number): void => {
      clearTimeout(timer);
      const at = textOf(3).trimEnd().split("\n").at(-1) || (files[0] ?? "");
      resolve({ code, report: textOf(1), errors: textOf(2), at, hung });
    };
    child.on("error", () => end(70));
    child.on("close", (code) => end(code ?? 70));
  });
}

/**
 * Runs test files in one process. A test that fails or is cancelled, a file that does not load, has no test or does
 * not end, and a process that ends before its tests do, each count as failed.
 */
export async function runFiles(
  files: readonly string[],
  { cwd = process.cwd(), fileTimeoutMs = FILE_TIMEOUT_MS }: { readonly cwd?: string; readonly fileTimeoutMs?: number },
): Promise<FilesOutcome> {
  const { code, report, errors, at, hung } = await runProgram(files, cwd, fileTimeoutMs);
  const counts = readCounts(report);
  const problems: string[] = [];
  if (hung)
    problems.push(
      `${at} did not end, or a file before it left something open; the process was stopped ${(fileTimeoutMs * 1.25) / 1000} s after that file began`,
    );
  else if (counts === undefined) problems.push(`the process ended with ${code} before its tests did, in ${at}`);
  else {
    // A suite with tests in it is printed with a triangle.
    const begun = new Set([...report.matchAll(/^▶ (.+)$/gm)].map(([, name]) => name));
    problems.push(...files.filter((file) => !begun.has(file)).map((file) => `${file} ran no test`));
    if (code !== 0 && counts.failed === 0 && problems.length === 0)
      problems.push(`the process ended with ${code} though no test failed; its last file was ${at}`);
  }
  const failed = (counts?.failed ?? 0) + problems.length;
  if (failed === 0) return { passed: counts?.passed ?? 0, failed, output: "" };
  const failures = report.indexOf("✖ failing tests:");
  const shown = failures < 0 ? report.slice(-4000) : report.slice(failures);
  return { passed: counts?.passed ?? 0, failed, output: [shown, errors, ...problems].join("\n").trim() };
}

async function main(patterns: readonly string[]): Promise<void> {
  const files = globSync(patterns.length === 0 ? ALL : [...patterns]).toSorted();
  const remaining = [...planProcesses(files)];
  const outcomes: FilesOutcome[] = [];
  const lane = async (): Promise<void> => {
    for (let next = remaining.shift(); next !== undefined; next = remaining.shift()) {
      const outcome = await runFiles(next, {});
      outcomes.push(outcome);
      if (outcome.output !== "") console.log(`\n${outcome.output}`);
    }
  };
  await Promise.all([lane(), lane()]);
  const sum = (key: "passed" | "failed"): number => outcomes.reduce((total, outcome) => total + outcome[key], 0);
  console.log(`ℹ files ${files.length}\nℹ pass ${sum("passed")}\nℹ fail ${sum("failed")}`);
  process.exitCode = sum("failed") === 0 && sum("passed") > 0 ? 0 : 1;
}

if (import.meta.main) await main(process.argv.slice(2));
