import { canonicalJson, compareText, type Value, type ValueObject } from "../../../base/index.ts";
import type { CliFile } from "./cli-file.ts";
import type { FixedDocument } from "./fix-policy.ts";
import type { TestFile, TestResult } from "./test-file.ts";
import type { UserInfoFile } from "./user-info-file.ts";
import type { ValuesFile } from "./values-file.ts";

const CLI_VERSION = "cli.kyverno.io/v1alpha1";

/** How test files are rewritten. */
export interface FixTestOptions {
  /** What a test without a name is called. */
  readonly name: string;
  /** Whether results that differ in their objects only become one. */
  readonly isCompressed: boolean;
}

/**
 * A test in the form of today, meaning the same: with apiVersion and kind, the fields of the past under their names of
 * today, no object of a result named twice, results in order. `messages` say what was rewritten and what is missing.
 *
 * @example
 * ```ts
 * import { decodeTestFile, fixTestFile } from "../../index.ts";
 * const decoded = decodeTestFile("policies: [p.yaml]\n", "kyverno-test.yaml");
 * decoded.ok ? fixTestFile(decoded.value[0], { name: "t", isCompressed: false }).value.kind : ""; // "Test"
 * ```
 */
export function fixTestFile(read: CliFile<TestFile>, { name, isCompressed }: FixTestOptions): FixedCliFile {
  const messages: string[] = [];
  const { file } = read;
  const metadata = { ...file.metadata };
  if ((metadata.name ?? "") === "") {
    messages.push("name is not set");
    metadata.name = name;
  }
  messages.push(...deprecationsOf(read));
  const header = headerOf(file, "Test", messages);
  for (const field of ["policies", "resources"] as const) {
    if ((file[field] ?? []).length === 0) messages.push(`test has no ${field}`);
  }
  const results = sortResults(isCompressed ? compress(file.results) : file.results, messages);
  const entries = sortEntries(file, messages);
  return {
    value: {
      ...(file as unknown as ValueObject),
      ...header,
      metadata,
      results,
      ...(entries === undefined ? {} : { globalContextEntries: entries }),
    },
    messages,
  };
}

/** A file of Kyverno's command line in the form of today, with its messages. */
export interface FixedCliFile extends FixedDocument {
  readonly value: ValueObject;
}

/** A values file in the form of today: with apiVersion and kind. */
export function fixValuesFile(read: CliFile<ValuesFile>): FixedCliFile {
  return withHeader(read, "Values");
}

/** A user info file in the form of today: with apiVersion and kind. */
export function fixUserInfoFile(read: CliFile<UserInfoFile>): FixedCliFile {
  return withHeader(read, "UserInfo");
}

interface Header {
  readonly apiVersion?: string;
  readonly kind?: string;
}

function withHeader(read: CliFile<Header>, kind: string): FixedCliFile {
  const messages = [...deprecationsOf(read)];
  const header = headerOf(read.file, kind, messages);
  return { value: { ...(read.file as unknown as ValueObject), ...header }, messages };
}

function headerOf(file: Header, kind: string, messages: string[]): { apiVersion: string; kind: string } {
  if (!file.apiVersion) messages.push(`api version is not set, setting \`${CLI_VERSION}\``);
  if (!file.kind) messages.push(`kind is not set, setting \`${kind}\``);
  return { apiVersion: file.apiVersion || CLI_VERSION, kind: file.kind || kind };
}

/** The warnings about fields; those about the whole file are said in other words. */
function deprecationsOf({ warnings }: CliFile<unknown>): readonly string[] {
  return warnings.filter(({ path }) => path !== "").map(({ path, message }) => `${path}: ${message}`);
}

/** Each object once, and in order: they are compared as sets. */
function settled(
  names: readonly string[] | undefined,
  what: string,
  messages: string[],
): readonly string[] | undefined {
  if (names === undefined) return undefined;
  const unique = [...new Set(names)].sort(compareText);
  if (unique.length < names.length) messages.push(`test results contains duplicate ${what}`);
  return unique;
}

function sortResults(results: readonly TestResult[], messages: string[]): readonly TestResult[] {
  const fixed = results.map((result) => {
    const resources = settled(result.resources, "resources", messages);
    const generatedResources = settled(result.generatedResources, "generated resources", messages);
    return {
      ...result,
      ...(resources === undefined ? {} : { resources }),
      ...(generatedResources === undefined ? {} : { generatedResources }),
    };
  });
  return fixed.sort(compareResults);
}

const SORTED_BY = ["policy", "rule", "result", "kind", "generatedResource", "cloneSourceResource"] as const;

function compareResults(one: TestResult, other: TestResult): number {
  for (const field of SORTED_BY) {
    const order = compareText(one[field] ?? "", other[field] ?? "");
    if (order !== 0) return order;
  }
  return (
    compareLists(one.resources ?? [], other.resources ?? []) ||
    compareLists(one.generatedResources ?? [], other.generatedResources ?? [])
  );
}

/** Shorter lists first. */
function compareLists(one: readonly string[], other: readonly string[]): number {
  if (one.length !== other.length) return one.length - other.length;
  for (const [index, text] of one.entries()) {
    const order = compareText(text, other[index] ?? "");
    if (order !== 0) return order;
  }
  return 0;
}

/** One result for all that say the same of other objects. */
function compress(results: readonly TestResult[]): readonly TestResult[] {
  const merged = new Map<string, TestResult>();
  for (const result of results) {
    const { resources, resourceSpecs, generatedResources, ...base } = result;
    const key = canonicalJson(base);
    const known: TestResult = merged.get(key) ?? base;
    merged.set(key, {
      ...known,
      ...(resources === undefined ? {} : { resources: [...(known.resources ?? []), ...resources] }),
      ...(resourceSpecs === undefined ? {} : { resourceSpecs: [...(known.resourceSpecs ?? []), ...resourceSpecs] }),
      ...(generatedResources === undefined
        ? {}
        : { generatedResources: [...(known.generatedResources ?? []), ...generatedResources] }),
    });
  }
  return [...merged.values()];
}

function sortEntries(file: TestFile, messages: string[]): Value | undefined {
  if (file.globalContextEntries === undefined) return undefined;
  const sorted = [...file.globalContextEntries].sort((one, other) => compareText(one.name ?? "", other.name ?? ""));
  for (const { name = "", data, resources, resourceFiles } of sorted) {
    if ((data ?? resources ?? resourceFiles ?? null) !== null) continue;
    messages.push(`globalContextEntries entry ${name} has no data source`);
  }
  return sorted;
}
