import { type Decoded, decodeUtf8 } from "../../base/index.ts";
import { DocumentReader, withoutUndefined } from "../document-reader.ts";
import {
  checkSuiteDepth,
  checkTestCount,
  firstLine,
  NAME_SEPARATOR,
  ReportBuilder,
  type TestCase,
  type TestReport,
} from "./test-report.ts";

/**
 * Reads a TAP report of version 13 or 14, or without a version line. `# SKIP` is a skipped test, a failing `# TODO` a warned
 * one. Subtests are indented by four spaces and named `parent > child`. Problems beside the tests: a missing plan, one that
 * does not match, a number outside the plan or twice, a bail-out, a block of YAML without end, a passing test whose subtest
 * failed, and under `pragma +strict` any other line. Other lines are a program's output and are skipped.
 *
 * Refused with NOT_SUPPORTED: other versions, and subtests in braces, an extension of one writer.
 * @throws {AmapError} LIMIT_EXCEEDED above LIMITS.testCases or LIMITS.testSuiteDepth
 * @see https://testanything.org/tap-version-14-specification.html
 * @example
 * ```ts
 * import { decodeTap } from "../index.ts";
 * const decoded = decodeTap("TAP version 14\n1..2\nok 1 - a\nnot ok 2 - b\n");
 * decoded.ok && decoded.value.tests.map((test) => test.status); // ["passed", "failed"]
 * ```
 */
export function decodeTap(input: Uint8Array | string): Decoded<TestReport> {
  const text = typeof input === "string" ? input : decodeUtf8(input);
  const reader = new DocumentReader();
  if (text === undefined) reader.refuse("", "expected text in UTF-8");
  const run = new TapRun(reader);
  let number = 0;
  for (const line of (text ?? "").replace(/^\uFEFF/, "").split(/\r\n|\n/)) run.line(line, ++number);
  return reader.finish<TestReport>(text === undefined ? undefined : run.finish());
}

const VERSION = /^TAP version (\d{1,4})\s*$/i;
const PLAN = /^1\.\.(\d{1,9})(?:\s*#\s*(.*))?\s*$/;
const TEST = /^(not )?ok\b(?:\s+(\d{1,9})(?=\s|$))?\s*(.*)$/;
const BAIL_OUT = /^Bail out!\s*(.*)$/i;
const PRAGMA = /^pragma\s+([+-])([A-Za-z0-9_-]+)\s*$/;

/** One level: the report, or the subtests of one test that is not told yet. */
interface Level {
  planned: number | undefined;
  skipReason: string | undefined;
  /** The line of the plan, and whether a test came after it or before it. */
  isPlanLast: boolean;
  tests: number;
  readonly numbers: Set<number>;
  /** Tests of this level and below it: they are named when the test that they belong to is told. */
  readonly pending: TestCase[];
  /** What `# Subtest: name` said, where the test itself has no description. */
  title: string;
}

const newLevel = (title: string): Level => ({
  planned: undefined,
  skipReason: undefined,
  isPlanLast: false,
  tests: 0,
  numbers: new Set(),
  pending: [],
  title,
});

class TapRun {
  readonly #reader: DocumentReader;
  readonly #builder = new ReportBuilder();
  readonly #levels: Level[] = [newLevel("")];
  /** Spaces before a block of YAML that is open, or that may open after a test. */
  #yaml: { readonly indent: number; readonly line: number } | undefined;
  #mayOpenAt: number | undefined;
  #isStrict = false;
  #hasVersion = false;
  #bailedOut = false;
  #subtestTitle = "";
  #count = 0;

  constructor(reader: DocumentReader) {
    this.#reader = reader;
  }

  line(line: string, number: number): void {
    if (this.#bailedOut) return;
    const body = line.trimStart();
    const indent = line.length - body.length;
    if (this.#yaml !== undefined) {
      if (indent === this.#yaml.indent && body.trimEnd() === "...") this.#yaml = undefined;
      return;
    }
    if (this.#mayOpenAt === indent && body.trimEnd() === "---") {
      this.#yaml = { indent, line: number };
      return;
    }
    if (body === "") return;
    this.#mayOpenAt = undefined;
    if (!this.#readLine(body, indent, number) && this.#isStrict) {
      this.#builder.problem(`line ${number}: this is no TAP, which pragma +strict forbids`);
    }
  }

  #readLine(body: string, indent: number, number: number): boolean {
    const bail = BAIL_OUT.exec(body);
    if (bail !== null && indent % 4 === 0) {
      this.#bailedOut = true;
      const reason = firstLine(bail[1]);
      this.#builder.problem(`line ${number}: the run bailed out${reason === undefined ? "" : `: ${reason}`}`);
      return true;
    }
    if (body.startsWith("#")) {
      const title = /^#\s*Subtest(?::\s*(.*))?$/.exec(body.trimEnd());
      if (title !== null) this.#subtestTitle = title[1] ?? "";
      return true;
    }
    if (indent % 4 !== 0) return false;
    const version = VERSION.exec(body);
    const pragma = PRAGMA.exec(body);
    const plan = PLAN.exec(body);
    const test = TEST.exec(body);
    if (version === null && pragma === null && plan === null && test === null) return false;
    const depth = indent / 4;
    // A line deeper than any subtest could be is a program's output.
    if (depth > this.#levels.length) return false;
    const level = this.#enter(depth, number);
    if (version !== null) this.#readVersion(version[1] ?? "", number);
    else if (pragma !== null) this.#isStrict = pragma[2] === "strict" ? pragma[1] === "+" : this.#isStrict;
    else if (plan !== null) this.#readPlan(level, plan, number);
    else if (test !== null) this.#readTest(level, test, number);
    if (test !== null) this.#mayOpenAt = indent + 2;
    return true;
  }

  /** The level of a line: opens subtests; ends those that are deeper, whose test is this line. */
  #enter(depth: number, number: number): Level {
    while (this.#levels.length > depth + 2) this.#leave(`line ${number}`);
    if (depth === this.#levels.length) {
      checkSuiteDepth(depth + 1);
      this.#levels.push(newLevel(this.#subtestTitle));
      this.#subtestTitle = "";
    }
    return this.#levels[depth] ?? newLevel("");
  }

  #readVersion(version: string, number: number): void {
    this.#hasVersion = true;
    if (version !== "13" && version !== "14") {
      this.#reader.refuse(`line ${number}`, `expected TAP version 13 or 14, found ${version}`, "NOT_SUPPORTED");
    }
  }

  #readPlan(level: Level, plan: RegExpExecArray, number: number): void {
    if (level.planned !== undefined) this.#builder.problem(`line ${number}: a second plan`);
    level.planned = Number(plan[1]);
    level.isPlanLast = level.tests > 0;
    const reason = plan[2]?.replace(/^skip\S*\s*/i, "").trim();
    if (level.planned === 0) level.skipReason = reason === undefined || reason === "" ? "no reason is given" : reason;
  }

  #readTest(level: Level, match: RegExpExecArray, line: number): void {
    if (level.isPlanLast && level.planned !== undefined) {
      this.#builder.problem(`line ${line}: a test after the plan that ended the tests`);
    }
    level.tests++;
    checkTestCount(++this.#count);
    const id = match[2] === undefined ? level.tests : Number(match[2]);
    if (level.numbers.has(id)) this.#builder.problem(`line ${line}: the test number ${id} is there twice`);
    level.numbers.add(id);
    const { description, directive, reason } = readDescription(match[3] ?? "");
    if (/(?:^|\s)\{\s*$/.test(description)) {
      this.#reader.refuse(`line ${line}`, "expected subtests by indentation, found them in braces", "NOT_SUPPORTED");
    }
    const inner = this.#levels.at(-1) === level ? undefined : this.#levels.pop();
    const name = description === "" ? inner?.title || `test ${id}` : description;
    const status = statusOf(match[1] === undefined, directive);
    const children = (inner?.pending ?? []).map((child) => nameUnder(name, child, directive));
    if (inner !== undefined) this.#checkPlan(inner, name);
    if (status === "passed" && children.some((child) => child.status === "failed")) {
      this.#builder.problem(`line ${line}: ${name} passes, but a subtest of it failed`);
    }
    for (const test of [withoutUndefined({ name, status, message: firstLine(reason) }), ...children]) {
      if (this.#levels.length === 1) this.#builder.add(test);
      else level.pending.push(test);
    }
  }

  /** Ends subtests whose test never came: what they told must not be lost. */
  #leave(place: string): void {
    const inner = this.#levels.pop();
    if (inner === undefined) return;
    const name = inner.title === "" ? "a subtest" : inner.title;
    this.#builder.problem(`${place}: expected the test that ${name} belongs to, found none`);
    this.#checkPlan(inner, name);
    const outer = this.#levels.at(-1);
    for (const child of inner.pending) {
      const test = nameUnder(name, child, undefined);
      if (this.#levels.length === 1 || outer === undefined) this.#builder.add(test);
      else outer.pending.push(test);
    }
  }

  #checkPlan(level: Level, place: string): void {
    const { planned, tests } = level;
    if (planned === undefined) {
      if (!this.#bailedOut) this.#builder.problem(`${place}: expected a plan such as 1..${tests}, found none`);
      return;
    }
    if (planned !== tests) this.#builder.problem(`${place}: planned are ${planned} tests, run were ${tests}`);
    for (const id of level.numbers) {
      if (id >= 1 && id <= planned) continue;
      this.#builder.problem(`${place}: the test number ${id} is outside the plan 1..${planned}`);
    }
  }

  finish(): TestReport | undefined {
    if (this.#yaml !== undefined) {
      this.#builder.problem(`line ${this.#yaml.line}: a block of YAML has no end: the report is cut off`);
    }
    while (this.#levels.length > 1) this.#leave("the end");
    const [root = newLevel("")] = this.#levels;
    if (!this.#hasVersion && root.planned === undefined && root.tests === 0 && !this.#bailedOut) {
      return this.#reader.refuse("", "expected TAP, found neither a version, a plan nor a test", "NOT_SUPPORTED");
    }
    this.#checkPlan(root, "the report");
    return withoutUndefined({
      format: "tap" as const,
      tests: this.#builder.tests,
      problems: this.#builder.problems(),
      skipReason: root.tests === 0 ? root.skipReason : undefined,
    });
  }
}

type Directive = "skip" | "todo" | undefined;

function statusOf(isOk: boolean, directive: Directive): TestCase["status"] {
  if (directive === "skip") return "skipped";
  // A test that is not done yet and passes is worth a look, too.
  if (directive === "todo") return "warned";
  return isOk ? "passed" : "failed";
}

/** A subtest by its whole name; below a test that is not done yet a failure is expected. */
function nameUnder(name: string, child: TestCase, directive: Directive): TestCase {
  const status = directive === "todo" && child.status === "failed" ? "warned" : child.status;
  return { ...child, name: `${name}${NAME_SEPARATOR}${child.name}`, status };
}

/** What stands behind a test's number: `- name # SKIP reason`, with `\\#` for a hash that is part of the name. */
function readDescription(text: string): {
  readonly description: string;
  readonly directive: Directive;
  readonly reason: string | undefined;
} {
  const plain = text.replace(/^-(?:\s+|$)/, "");
  const match = /(?:^|\s)#\s*(?:(skip|todo)\S*(?:\s+(.*))?$|time=[\d.]+\s?m?s\s*$)/i.exec(plain);
  const name = match === null ? plain : plain.slice(0, match.index);
  const word = match?.[1]?.toLowerCase();
  return {
    description: name.replace(/\\([\\#])/g, "$1").trim(),
    directive: word === "skip" || word === "todo" ? word : undefined,
    reason: match?.[2],
  };
}
