import { AmapError, LIMITS } from "../../base/index.ts";

/** What a run of tests reported, whatever its format. */
export interface TestReport {
  readonly format: "junit" | "tap";
  /** In the report's order. */
  readonly tests: readonly TestCase[];
  /** Why the run failed beside its tests: a plan that does not match, a bail-out, counts that contradict the tests. */
  readonly problems: readonly string[];
  /** Why nothing was run, where the report says so (TAP's `1..0`). */
  readonly skipReason?: string;
  /** The time that the report states for all of it. */
  readonly durationSeconds?: number;
}

/** One test. `warned`: it passed in the end or its failure is expected, with something to look at. */
export interface TestCase {
  readonly name: string;
  readonly status: "passed" | "warned" | "failed" | "skipped";
  /** What the report says about it, at most 500 characters. */
  readonly message?: string;
  readonly durationSeconds?: number;
}

/** Between a suite and what is in it. */
export const NAME_SEPARATOR = " > ";
const MAX_MESSAGE = 500;
const MAX_PROBLEMS = 100;

/** What is collected while a report is read. */
export class ReportBuilder {
  readonly tests: TestCase[] = [];
  readonly #problems: string[] = [];
  #found = 0;
  #characters = 0;

  add(test: TestCase): void {
    checkTestCount(this.tests.length + 1);
    // Each test is named after all that it is in: long names of suites must not be held a million times.
    this.#characters += test.name.length;
    if (this.#characters > LIMITS.documentBytes) {
      throw new AmapError(
        "LIMIT_EXCEEDED",
        `test report: expected names of ${LIMITS.documentBytes} characters at most`,
      );
    }
    this.tests.push(test);
  }

  problem(message: string): void {
    this.#found++;
    if (this.#problems.length < MAX_PROBLEMS) this.#problems.push(message.slice(0, MAX_MESSAGE));
  }

  problems(): readonly string[] {
    const more = this.#found - this.#problems.length;
    return more === 0 ? this.#problems : [...this.#problems, `and ${more} more problems`];
  }
}

/** The first line of a text, short enough for a message; undefined where there is none. */
export function firstLine(text: string | undefined): string | undefined {
  const line = text?.trim().split(/\r?\n/, 1)[0]?.slice(0, MAX_MESSAGE);
  return line === "" ? undefined : line;
}

/** Refuses suites and subtests that are nested too deeply. */
export function checkSuiteDepth(depth: number): void {
  if (depth > LIMITS.testSuiteDepth) {
    throw new AmapError("LIMIT_EXCEEDED", `test report: expected at most ${LIMITS.testSuiteDepth} nested suites`);
  }
}

/** Refuses a report of too many tests. */
export function checkTestCount(count: number): void {
  if (count > LIMITS.testCases) {
    throw new AmapError("LIMIT_EXCEEDED", `test report: expected at most ${LIMITS.testCases} tests, found more`);
  }
}
