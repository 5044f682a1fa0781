import type { ValidateFunction } from "ajv";
import { type Issue, LIMITS, readJsonFast } from "../../base/index.ts";
import { checkUniqueItemsFast, issuesOf, withPlainNumbers } from "./json-issues.ts";
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
  checkUniqueItemsFast(ajv);
  // Referred to by file name, beside the schema's own address, whatever they call themselves.
  for (const name of REFERRED) ajv.addSchema({ ...(await readSchemaObject(name)), $id: `${BASE}${name}` });
  return ajv.compile(await readSchemaObject(file));
}

async function readSchemaObject(name: string): Promise<Record<string, unknown>> {
  return withPlainNumbers(readJsonFast(await readSchema(name))) as Record<string, unknown>;
}
