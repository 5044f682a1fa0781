import { type Decoded, decodeXml, type XmlElement } from "../../base/index.ts";
import { DocumentReader, withoutUndefined } from "../document-reader.ts";
import {
  checkSuiteDepth,
  firstLine,
  NAME_SEPARATOR,
  ReportBuilder,
  type TestCase,
  type TestReport,
} from "./test-report.ts";

/**
 * Reads a JUnit XML report: `testsuites` or `testsuite` with nested suites. A test's name is `classname.name`, or the names
 * of its suites and its own with " > " between them. A test with `failure` or `error` failed; one that was run again and
 * passed (`flakyFailure`, `flakyError`) is warned; `skipped`, `disabled` and `status="notrun"` are skipped. Elements of
 * other names are data beside the result.
 *
 * Counts that a suite states are compared with its tests; ones that no usual way of counting gives are problems, as is an
 * error of a suite outside its tests.
 * @throws {AmapError} LIMIT_EXCEEDED as `decodeXml`, and above LIMITS.testCases or LIMITS.testSuiteDepth
 * @see https://github.com/testmoapp/junitxml
 * @example
 * ```ts
 * import { decodeJunit } from "../index.ts";
 * const decoded = decodeJunit('<testsuite tests="1"><testcase classname="a" name="b"/></testsuite>');
 * decoded.ok && decoded.value.tests[0]?.name; // "a.b"
 * ```
 */
export function decodeJunit(input: Uint8Array | string): Decoded<TestReport> {
  const decoded = decodeXml(input);
  if (!decoded.ok) return decoded;
  const reader = new DocumentReader();
  const root = decoded.value;
  if (root.name !== "testsuites" && root.name !== "testsuite") {
    reader.refuse("", `expected testsuites or testsuite, found ${root.name.slice(0, 60)}`, "NOT_SUPPORTED");
    return reader.finish<TestReport>(undefined);
  }
  const builder = new ReportBuilder();
  readSuite(reader, builder, root, { names: [], depth: 0 });
  return reader.finish<TestReport>(
    withoutUndefined({
      format: "junit" as const,
      tests: builder.tests,
      problems: builder.problems(),
      durationSeconds: readSeconds(reader, root, root.name),
    }),
  );
}

/** What is counted of a suite: of its own tests, of all in it, and of its own tests and suites. */
interface Counts {
  readonly own: Tally;
  readonly all: Tally;
  readonly children: Tally;
}

type Tally = Record<CountName, number>;
type CountName = "tests" | "failures" | "errors" | "skipped";

const tally = (): Tally => ({ tests: 0, failures: 0, errors: 0, skipped: 0 });

/** Where a suite is; suites without a name are not among the names. */
interface Outer {
  readonly names: readonly string[];
  readonly depth: number;
}

function readSuite(reader: DocumentReader, builder: ReportBuilder, suite: XmlElement, outer: Outer): Tally {
  checkSuiteDepth(outer.depth + 1);
  const name = suite.attributes.get("name") ?? "";
  const names = name === "" ? outer.names : [...outer.names, name];
  const counts: Counts = { own: tally(), all: tally(), children: tally() };
  const elements = tally();
  for (const child of suite.children) {
    if (child.name === "testcase") {
      const found = readCase(reader, builder, child, names);
      addTo(counts.own, found);
      addTo(counts.all, found);
      addTo(counts.children, found);
      elements.failures += child.children.filter((each) => each.name === "failure").length;
      elements.errors += child.children.filter((each) => each.name === "error").length;
    } else if (child.name === "testsuite") {
      const inner = readSuite(reader, builder, child, { names, depth: outer.depth + 1 });
      addTo(counts.all, inner);
      addTo(counts.children, { ...mapTally(inner, (count) => Math.min(count, 1)), tests: 1 });
    } else if (child.name === "failure" || child.name === "error") {
      builder.problem(`${placeOf(names)}: ${child.name} outside any test${toldBy(child)}`);
      elements[child.name === "failure" ? "failures" : "errors"]++;
    }
  }
  compareCounts(builder, suite, placeOf(names), { counts, elements });
  return counts.all;
}

function addTo(total: Tally, counts: Tally): void {
  for (const key of COUNT_NAMES) total[key] += counts[key];
}

const COUNT_NAMES: readonly CountName[] = ["tests", "failures", "errors", "skipped"];

const mapTally = ({ tests, failures, errors, skipped }: Tally, map: (count: number) => number): Tally => ({
  tests: map(tests),
  failures: map(failures),
  errors: map(errors),
  skipped: map(skipped),
});

const placeOf = (names: readonly string[]): string => (names.length === 0 ? "the report" : names.join(NAME_SEPARATOR));

function toldBy(element: XmlElement): string {
  const told = firstLine(element.attributes.get("message")) ?? firstLine(element.text);
  return told === undefined ? "" : `: ${told}`;
}

/**
 * Writers count differently: all tests below a suite, its own, its own tests and suites, or the failures of one test
 * singly. A stated count has to be one of these.
 */
function compareCounts(
  builder: ReportBuilder,
  suite: XmlElement,
  place: string,
  { counts, elements }: { readonly counts: Counts; readonly elements: Tally },
): void {
  for (const key of COUNT_NAMES) {
    const text = suite.attributes.get(key)?.trim();
    if (text === undefined || text === "") continue;
    const { own, all, children } = counts;
    const readings = [all[key], own[key], children[key], all[key] - own[key] + elements[key]];
    if (key === "tests") readings.push(all.tests - all.skipped);
    // What a suite tells of failures and errors together: some writers count errors among the failures.
    if (key === "failures") readings.push(all.failures + all.errors);
    if (/^\d{1,12}$/.test(text) && readings.includes(Number(text))) continue;
    builder.problem(`${place}: it states ${key}="${text.slice(0, 20)}", but there are ${all[key]}`);
  }
}

function readCase(reader: DocumentReader, builder: ReportBuilder, item: XmlElement, suites: readonly string[]): Tally {
  const name = item.attributes.get("name") ?? "";
  const className = item.attributes.get("classname") ?? "";
  const full = className === "" ? [...suites, name].join(NAME_SEPARATOR) : `${className}.${name}`;
  if (name === "") reader.refuse(full.slice(0, 100), "expected a testcase with a name, found none");
  const { status, element } = statusOf(item);
  builder.add(
    withoutUndefined({
      name: full,
      status,
      message:
        element === undefined
          ? undefined
          : (firstLine(element.attributes.get("message")) ?? firstLine(element.text) ?? element.name),
      durationSeconds: readSeconds(reader, item, full.slice(0, 100)),
    }),
  );
  const found = tally();
  found.tests = 1;
  if (status === "failed" && element?.name !== "error") found.failures = 1;
  if (item.children.some((child) => child.name === "error")) found.errors = 1;
  if (status === "skipped") found.skipped = 1;
  return found;
}

const NOT_RUN = new Set(["notrun", "disabled", "skipped", "suppressed", "ignored"]);
const FAILED = new Set(["failed", "failure", "error", "fail"]);

/** A failure counts more than an error in what is told, and both more than all else. */
function statusOf(item: XmlElement): { readonly status: TestCase["status"]; readonly element?: XmlElement } {
  const child = (...names: readonly string[]) => item.children.find((each) => names.includes(each.name));
  const failed = child("failure") ?? child("error");
  if (failed !== undefined) return { status: "failed", element: failed };
  const words = ["status", "result"].map((key) => item.attributes.get(key)?.toLowerCase() ?? "");
  if (words.some((word) => FAILED.has(word))) return { status: "failed" };
  const skipped = child("skipped", "disabled");
  if (skipped !== undefined) return { status: "skipped", element: skipped };
  if (words.some((word) => NOT_RUN.has(word))) return { status: "skipped" };
  const again = child("flakyFailure", "flakyError", "rerunFailure", "rerunError");
  return again === undefined ? { status: "passed" } : { status: "warned", element: again };
}

/** Seconds; Maven writes a comma between thousands. */
function readSeconds(reader: DocumentReader, element: XmlElement, place: string): number | undefined {
  const text = element.attributes.get("time")?.trim();
  if (text === undefined || text === "") return undefined;
  const plain = text.replaceAll(",", "");
  if (/^\d{1,12}(?:\.\d{1,20})?(?:[eE][-+]?\d{1,2})?$/.test(plain)) return Number(plain);
  return reader.refuse(place, `expected seconds as time, found "${text.slice(0, 40)}"`);
}
