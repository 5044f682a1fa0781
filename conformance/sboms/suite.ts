/**
 * Every SBOM of every suite, read and written again: in its own form the model stays the same and no value of the document
 * is lost; in the other format and back it stays the same but for what the loss reports name.
 */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { isAmapError, isValueObject, readJson, type Value } from "../../src/base/index.ts";
import {
  type Component,
  type DecodedSbom,
  type Loss,
  readSbom,
  SBOM_FORMS,
  type Sbom,
  type SbomForm,
  writeSbom,
} from "../../src/metadata/index.ts";
import {
  type CaseResult,
  judgeCase,
  judgeWithLedger,
  type LedgerEntry,
  type SuiteResult,
  suiteNotRun,
} from "../../src/testing/conformance.ts";

const SUITE = "sboms";
const FILES = [
  "osv/sboms/**/*.{json,xml,spdx}",
  "metadata/{ntia,spdx}/**/*.{json,xml,spdx,yaml,yml}",
  "metadata/cyclonedx/tests/**/valid-*.{json,xml}",
];
/** What a document lacks that SPDX demands, for one that is converted to it. */
const DEMANDED = { createdAt: "2026-01-01T00:00:00Z", serialNumber: "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79" };

/** Runs every document that is read at all; how many are not is another suite's question. */
export async function runSuite(options: { readonly suitesDirectory: string }): Promise<SuiteResult> {
  const files = FILES.flatMap((pattern) => globSync(pattern, { cwd: options.suitesDirectory })).sort();
  if (files.length === 0) return suiteNotRun(SUITE, `${options.suitesDirectory} has no SBOMs`);
  const results = files.flatMap((file) => runFile(file, readFileSync(join(options.suitesDirectory, file))));
  const ledger = JSON.parse(
    readFileSync(join(import.meta.dirname, "expected-failures.json"), "utf8"),
  ) as readonly LedgerEntry[];
  return judgeWithLedger(SUITE, results, ledger);
}

function runFile(file: string, bytes: Uint8Array): readonly CaseResult[] {
  const decoded = read(bytes);
  if (decoded === undefined) return [];
  const own = formOf(bytes, decoded);
  const cases: CaseResult[] = [judgeCase(`${file}: ${own.id} again`, () => againstItself(bytes, decoded, own))];
  for (const other of SBOM_FORMS.filter(({ format, id }) => format !== decoded.format || id !== own.id)) {
    cases.push(judgeCase(`${file}: ${own.id} by ${other.id} and back`, () => thereAndBack(decoded, own, other)));
  }
  return cases;
}

function read(bytes: Uint8Array): DecodedSbom | undefined {
  try {
    const decoded = readSbom(bytes, { keepsRemainders: true });
    return decoded.ok ? decoded.value : undefined;
  } catch (error) {
    if (isAmapError(error)) return undefined;
    throw error;
  }
}

/** The form that a document is written in, by how it begins. */
function formOf(bytes: Uint8Array, { format, specVersion }: DecodedSbom): SbomForm {
  const text = new TextDecoder().decode(bytes.subarray(0, 2000)).trim();
  const ending = text.startsWith("{")
    ? "json"
    : text.startsWith("<")
      ? "xml"
      : /^SPDXVersion:/m.test(text)
        ? "tag-value"
        : "yaml";
  const family = specVersion.startsWith("3.") ? "spdx3" : format.toLowerCase();
  const form = SBOM_FORMS.find(({ id }) => id === `${family}-${ending}`);
  if (form === undefined) throw new Error(`there is no form of ${format}`);
  return form;
}

/** The version that is written for one that was read: the same, or the nearest that amap writes. */
function versionOf({ specVersion }: DecodedSbom, { writes }: SbomForm): string {
  return writes.includes(specVersion) ? specVersion : (writes[0] ?? "");
}

function againstItself(bytes: Uint8Array, decoded: DecodedSbom, form: SbomForm): string | undefined {
  const version = versionOf(decoded, form);
  const written = writeSbom(decoded.sbom, form.id, version);
  const again = read(written.bytes);
  if (again === undefined) return "what was written is not read";
  const isSame = version === decoded.specVersion ? isDeepStrictEqual : isSameMeaning;
  if (!isSame(again.sbom, decoded.sbom)) return `the SBOM differs at ${differenceOf(decoded.sbom, again.sbom, "")}`;
  const lost = form.id.endsWith("-json") ? lostValues(bytes, written.bytes) : [];
  return lost.length === 0 ? undefined : `values of the document are lost: ${lost.slice(0, 3).join("; ")}`;
}

function thereAndBack(decoded: DecodedSbom, own: SbomForm, other: SbomForm): string | undefined {
  const sbom = withDemanded(decoded.sbom);
  const there = writeSbom(sbom, other.id);
  const between = read(there.bytes);
  if (between === undefined) return `what was written as ${other.id} is not read`;
  const back = writeSbom(withDemanded(between.sbom), own.id, versionOf(decoded, own));
  const again = read(back.bytes);
  if (again === undefined) return "what was written back is not read";
  const named = [...there.losses, ...back.losses].filter(({ outcome }) => outcome !== "kept");
  const fields = differingFields(sbom, again.sbom).filter((field) => !named.some((loss) => names(loss, field)));
  return fields.length === 0 ? undefined : `${fields.join(", ")} differ, and no loss names them`;
}

/** Whether a loss is of a field of the model; relationships of SPDX say what depends on what and what is a part. */
function names({ path }: Loss, field: string): boolean {
  // A component that is dropped as a whole takes all of its fields with it.
  if (path === "components[]") return true;
  const member = path.replace(/^components\[\]\./, "").split(/[.:]/)[0];
  if (field === "isPart" && member === "partOf") return true;
  return member === field || (member === "relationships" && (field === "dependencies" || field === "isPart"));
}

function withDemanded(sbom: Sbom): Sbom {
  return {
    ...sbom,
    createdAt: sbom.createdAt || DEMANDED.createdAt,
    serialNumber: sbom.serialNumber || DEMANDED.serialNumber,
  };
}

/** Fields of the document or of any component that are not the same, whatever the order of lists and the refs. */
function differingFields(a: Sbom, b: Sbom): readonly string[] {
  const fields = new Set<string>();
  const own: readonly (keyof Sbom)[] = ["serialNumber", "version", "createdAt", "authors", "tools", "parties"];
  const others: readonly (keyof Sbom)[] = ["lifecycles", "dataLicense", "subjectDigest", "properties", "notLookedAt"];
  for (const field of [...own, ...others]) {
    if (shownOf(a[field]) !== shownOf(b[field])) fields.add(field);
  }
  if (edgesOf(a) !== edgesOf(b)) fields.add("dependencies");
  const [left, right] = [a, b].map((sbom) => [sbom.subject, ...sbom.components].map((each) => withoutRefs(each)));
  const names = new Set([...(left ?? []), ...(right ?? [])].flatMap((each) => Object.keys(each)));
  for (const name of names) {
    const [x, y] = [left, right].map((list) => shownOf((list ?? []).map((each) => shownOf(each[name])).sort()));
    if (x !== y) fields.add(name);
  }
  return [...fields];
}

function withoutRefs(component: Component): Readonly<Record<string, unknown>> {
  const { ref: _, partOf, remainders: __, ...rest } = component;
  return { ...rest, isPart: partOf !== undefined };
}

/** Edges by the names of what they join. */
function edgesOf({ subject, components, dependencies }: Sbom): string {
  const named = new Map(
    [subject, ...components].map((each) => [each.ref, `${each.name}@${each.version} ${each.purl}`]),
  );
  const edges = [...dependencies].filter(([ref]) => ref !== subject.ref);
  return edges
    .map(
      ([ref, targets]) =>
        `${named.get(ref)} ${targets
          .map((target) => named.get(target) ?? "")
          .sort()
          .join()}`,
    )
    .sort()
    .join("\n");
}

/** One text for what is equal but for the order of lists. */
function shownOf(value: unknown): string {
  if (Array.isArray(value))
    return `[${value
      .map((item) => shownOf(item))
      .sort()
      .join()}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "undefined";
  return `{${Object.entries(value)
    .map(([key, item]) => `${key}:${shownOf(item)}`)
    .sort()
    .join()}}`;
}

function isSameMeaning(a: Sbom, b: Sbom): boolean {
  return differingFields(a, b).length === 0;
}

/** Values that stand more often in the one document than in the other, by their path without numbers. */
function lostValues(before: Uint8Array, after: Uint8Array): readonly string[] {
  const [left, right] = [before, after].map((bytes) => {
    const found = new Map<string, number>();
    countValues(readJson(bytes), "", found);
    return found;
  });
  return [...(left ?? [])]
    .filter(([value, count]) => (right?.get(value) ?? 0) < count)
    .flatMap(([value]) => (/^\.(?:\$schema|spdxVersion) /.test(value) ? [] : [value]));
}

function countValues(value: Value, path: string, found: Map<string, number>): void {
  if (Array.isArray(value)) for (const item of value as readonly Value[]) countValues(item, `${path}[]`, found);
  else if (isValueObject(value))
    for (const [key, item] of Object.entries(value)) countValues(item, `${path}.${key}`, found);
  else {
    const key = `${path} = ${shownOf(value).slice(0, 200)}`;
    found.set(key, (found.get(key) ?? 0) + 1);
  }
}

/** The first place where two values differ. */
function differenceOf(a: unknown, b: unknown, path: string): string {
  const [left, right] = [a, b].map((value) => (value instanceof Map ? Object.fromEntries(value) : value));
  if (typeof left !== "object" || typeof right !== "object" || left === null || right === null) {
    return `${path}: ${JSON.stringify(left)?.slice(0, 100)} → ${JSON.stringify(right)?.slice(0, 100)}`;
  }
  const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
  const key = [...keys].find((each) => !isDeepStrictEqual(Reflect.get(left, each), Reflect.get(right, each)));
  return key === undefined ? path : differenceOf(Reflect.get(left, key), Reflect.get(right, key), `${path}.${key}`);
}
