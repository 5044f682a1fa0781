import { type Decoded, type Issue, isAmapError, readYaml, type Value } from "../../../base/index.ts";
import {
  anything,
  deprecationsOf,
  list,
  map,
  normalizeResource,
  type ObjectSchema,
  objectInAnyCase,
  optional,
  type PolicyWarning,
  textOfScalar,
  validateResource,
} from "../schema.ts";

/** A file of Kyverno's CLI as read, with where it came from. */
export interface CliFile<T> {
  /** The file it was read from, and which document of it (from 1). */
  readonly source: string;
  readonly document: number;
  readonly file: T;
  readonly warnings: readonly PolicyWarning[];
}

const text = textOfScalar();

/** ObjectMeta as Kyverno's CLI reads it: names in any case, numbers and booleans as text. */
export const CLI_META = objectInAnyCase({
  name: optional(text, "The name."),
  generateName: optional(text, "A prefix for a name."),
  namespace: optional(text, "The namespace."),
  labels: optional(map(text), "Labels."),
  annotations: optional(map(text), "Annotations."),
  uid: optional(text, "Not read."),
  resourceVersion: optional(text, "Not read."),
  generation: optional(anything(), "Not read."),
  creationTimestamp: optional(anything(), "Not read."),
  deletionTimestamp: optional(anything(), "Not read."),
  deletionGracePeriodSeconds: optional(anything(), "Not read."),
  selfLink: optional(text, "Not read."),
  finalizers: optional(list(text), "Not read."),
  ownerReferences: optional(list(anything()), "Not read."),
  managedFields: optional(list(anything()), "Not read."),
});

/** What every file of Kyverno's CLI begins with. Neither apiVersion nor kind decides anything, as in Kyverno. */
export const CLI_HEADER = {
  apiVersion: optional(text, "The API version: cli.kyverno.io/v1alpha1."),
  kind: optional(text, "The kind of file."),
  metadata: optional(CLI_META, "The name."),
} as const;

interface Header {
  readonly apiVersion?: string;
  readonly kind?: string;
}

/** All documents of a file by one schema, empty ones left out; all issues of all documents. */
export function decodeCliDocuments<T>(
  input: Uint8Array | string,
  source: string,
  schema: ObjectSchema,
  kinds: readonly string[],
): Decoded<readonly CliFile<T>[]> {
  let documents: readonly Value[];
  try {
    documents = readYaml(input);
  } catch (error) {
    if (!isAmapError(error)) throw error;
    return { ok: false, issues: [{ code: error.code, path: "", message: error.message }] };
  }
  const files: CliFile<T>[] = [];
  const issues: Issue[] = [];
  documents.forEach((value, index) => {
    if (value === null) return;
    const found = validateResource(value, schema);
    const where = documents.length === 1 ? "" : `document ${index + 1}: `;
    issues.push(...found.map((issue) => ({ ...issue, message: `${where}${issue.message}` })));
    if (found.length > 0) return;
    // validateResource has found the value to be what the schema, and so the type, says.
    const file = normalizeResource(value, schema) as T;
    const warnings = [...headerWarnings(file as Header, kinds), ...deprecationsOf(value, schema)];
    files.push(Object.freeze({ source, document: index + 1, file, warnings: Object.freeze(warnings) }));
  });
  return issues.length === 0 ? { ok: true, value: Object.freeze(files) } : { ok: false, issues };
}

/** The first document of a file by a schema, which Kyverno's CLI reads alone; an empty file is an empty object. */
export function decodeCliFile<T>(
  input: Uint8Array | string,
  source: string,
  schema: ObjectSchema,
  kinds: readonly string[],
): Decoded<CliFile<T>> {
  const decoded = decodeCliDocuments<T>(input, source, schema, kinds);
  if (!decoded.ok) return decoded;
  const [first, ...others] = decoded.value;
  if (first === undefined) {
    const issues = validateResource({}, schema);
    if (issues.length > 0) return { ok: false, issues };
    return { ok: true, value: Object.freeze({ source, document: 1, file: {} as T, warnings: [] }) };
  }
  if (others.length === 0) return { ok: true, value: first };
  const message = `only the first document is read, and there are ${decoded.value.length}`;
  return { ok: true, value: Object.freeze({ ...first, warnings: [...first.warnings, { path: "", message }] }) };
}

function headerWarnings({ apiVersion, kind }: Header, kinds: readonly string[]): readonly PolicyWarning[] {
  const expected = `apiVersion: cli.kyverno.io/v1alpha1 and kind: ${kinds[0]}`;
  if ((apiVersion ?? "") === "" || (kind ?? "") === "") return [{ path: "", message: `expected ${expected}` }];
  if (kinds.includes(kind ?? "")) return [];
  return [{ path: "kind", message: `expected ${expected}, found ${apiVersion} ${kind}` }];
}
