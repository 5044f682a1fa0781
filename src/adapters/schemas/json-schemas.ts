import type { ErrorObject, ValidateFunction } from "ajv";
import { Double, type Issue, isValueObject, LIMITS, readJsonFast, type Value } from "../../base/index.ts";
import { readSchema } from "./schema-files.ts";

/** Versions of CycloneDX with a JSON schema → its file. 1.2 and 1.3 have a strict one, which refuses unknown members. */
const FILES: ReadonlyMap<string, string> = new Map([
  ["1.2", "bom-1.2-strict.SNAPSHOT.schema.json"],
  ["1.3", "bom-1.3-strict.SNAPSHOT.schema.json"],
  ["1.4", "bom-1.4.SNAPSHOT.schema.json"],
  ["1.5", "bom-1.5.SNAPSHOT.schema.json"],
  ["1.6", "bom-1.6.SNAPSHOT.schema.json"],
  ["1.7", "bom-1.7.SNAPSHOT.schema.json"],
]);
/** What those refer to. */
const REFERRED = [
  "spdx.SNAPSHOT.schema.json",
  "jsf-0.82.SNAPSHOT.schema.json",
  "cryptography-defs.SNAPSHOT.schema.json",
];

/** The addresses of all schemas begin so. */
const BASE = "http://cyclonedx.org/schema/";

/** RFC 6531 allows any character beyond ASCII on both sides of the sign. */
const IDN_EMAIL = /^[^\s@<>()[\]\\,;:"]{1,64}@[^\s@<>()[\]\\,;:"]{1,255}$/u;
/** RFC 3987: no white space, and none of the characters that an address never has unescaped. */
const IRI_REFERENCE = /^[^\s<>"{}|\\^`]*$/u;

const compiled = new Map<string, Promise<ValidateFunction>>();

/** What the official JSON schema of a version finds wrong; undefined for a version without one. */
export async function validateJson(version: string, bytes: Uint8Array): Promise<readonly Issue[] | undefined> {
  const file = FILES.get(version);
  if (file === undefined) return undefined;
  const document = withPlainNumbers(readJsonFast(bytes, { maxBytes: LIMITS.schemaDocumentBytes }));
  const isValid = await schemaOf(file, false);
  if (isValid(document)) return [];
  // Each issue takes more memory than what it is of: all of a very large document would be too many.
  if (bytes.length > ALL_ISSUES_BYTES) return issuesOf(isValid.errors ?? []);
  const listsAll = await schemaOf(file, true);
  listsAll(document);
  return issuesOf(listsAll.errors ?? []);
}

/** A document up to this size is told all of its issues, a larger one the first. */
const ALL_ISSUES_BYTES = 4 * 1024 * 1024;

async function schemaOf(file: string, allErrors: boolean): Promise<ValidateFunction> {
  const key = `${file} ${allErrors}`;
  const known = compiled.get(key);
  if (known !== undefined) return known;
  const schema = compileSchema(file, allErrors);
  compiled.set(key, schema);
  return schema;
}

async function compileSchema(file: string, allErrors: boolean): Promise<ValidateFunction> {
  // Both are CommonJS: in the bundle only their default export is known.
  const [{ default: library }, { default: formats }] = await Promise.all([import("ajv"), import("ajv-formats")]);
  const ajv = new library.Ajv({ strict: false, allErrors, logger: false });
  formats.default(ajv);
  ajv.addFormat("idn-email", IDN_EMAIL);
  ajv.addFormat("iri-reference", IRI_REFERENCE);
  // The library's own compares every item with every other: too long for a document of many components.
  ajv.removeKeyword("uniqueItems");
  ajv.addKeyword({
    keyword: "uniqueItems",
    type: "array",
    schemaType: "boolean",
    error: { message: "must not have the same item twice" },
    validate: (isDemanded: boolean, items: readonly unknown[]) => !isDemanded || areUnique(items),
  });
  // Referred to by file name, beside the schema's own address, whatever they call themselves.
  for (const name of REFERRED) ajv.addSchema({ ...(await readSchemaObject(name)), $id: `${BASE}${name}` });
  return ajv.compile(await readSchemaObject(file));
}

/** Whether no two items are equal, whatever the order of their members. */
function areUnique(items: readonly unknown[]): boolean {
  if (items.length < 2) return true;
  return new Set(items.map((item) => JSON.stringify(item, sortMembers))).size === items.length;
}

function sortMembers(_: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

async function readSchemaObject(name: string): Promise<Record<string, unknown>> {
  return withPlainNumbers(readJsonFast(await readSchema(name))) as Record<string, unknown>;
}

/** The library knows plain numbers only: a whole number beyond 2^53 counts as one all the same. */
function withPlainNumbers(value: Value): unknown {
  if (typeof value === "bigint") return Number(value);
  if (value instanceof Double) return value.value;
  if (Array.isArray(value)) return (value as readonly Value[]).map((item) => withPlainNumbers(item));
  if (!isValueObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, withPlainNumbers(member)]));
}

/**
 * One issue for each place: where one of several forms is allowed, the library tells what keeps the document from each of
 * them, and then that none fits.
 */
function issuesOf(errors: readonly ErrorObject[]): readonly Issue[] {
  const byPath = new Map<string, string[]>();
  for (const error of errors) {
    const path = pathOf(error);
    const messages = byPath.get(path) ?? [];
    const message = messageOf(error);
    if (!messages.includes(message) && messages.length < MOST_MESSAGES) messages.push(message);
    byPath.set(path, messages);
  }
  const all = [...byPath].map(
    ([path, messages]): Issue => ({
      code: "DOCUMENT_INVALID",
      path,
      message: messages.join("; "),
    }),
  );
  return all.slice(0, LIMITS.schemaIssues);
}

/** Messages that are told of one place. */
const MOST_MESSAGES = 4;

/** `/components/0/name` as `components[0].name`. */
function pathOf({ instancePath }: ErrorObject): string {
  const steps = instancePath
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
  return steps.reduce((path, step) => {
    if (/^\d+$/.test(step)) return `${path}[${step}]`;
    return path === "" ? step : `${path}.${step}`;
  }, "");
}

function messageOf({ keyword, message = "is not valid", params }: ErrorObject): string {
  const stated = params as Readonly<Record<string, unknown>>;
  if (keyword === "additionalProperties")
    return `it must not have the member "${shortly(stated["additionalProperty"])}"`;
  if (keyword === "enum") return `it must be one of ${listOf(stated["allowedValues"])}`;
  if (keyword === "const") return `it must be ${shortly(stated["allowedValue"])}`;
  return `it ${message}`;
}

function listOf(values: unknown): string {
  const all = Array.isArray(values) ? (values as readonly unknown[]) : [];
  const shown = all.slice(0, 12).map((value) => shortly(value));
  return all.length > shown.length ? `${shown.join(", ")} and ${all.length - shown.length} more` : shown.join(", ");
}

function shortly(value: unknown): string {
  return String(value).slice(0, 100);
}
