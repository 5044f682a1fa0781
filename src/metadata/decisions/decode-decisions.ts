import {
  type Decoded,
  isAmapError,
  isDigest,
  LIMITS,
  readYaml,
  type Value,
  type ValueObject,
} from "../../base/index.ts";
import { DocumentReader, join, withoutUndefined } from "../document-reader.ts";
import { VEX_JUSTIFICATIONS } from "../vex/vex.ts";
import { DECISION_STATUSES, DECISIONS_KIND, DECISIONS_VERSION, type Decision, type DecisionScope } from "./decision.ts";
import { isPurlPattern } from "./purl-patterns.ts";

const FILE_FIELDS = ["apiVersion", "kind", "decisions"] as const;
const SCOPE_FIELDS = ["products", "components"] as const;

/** Fields of an entry, in the order in which they are written. */
export const DECISION_FIELDS = [
  "finding",
  "scope",
  "status",
  "justification",
  "impactStatement",
  "actionStatement",
  "statusNotes",
  "reason",
  "owner",
  "author",
  "approvers",
  "decidedAt",
  "until",
  "origin",
] as const;

/**
 * The decisions of a file (one YAML or JSON document of kind Decisions), or every issue with its place. Strict: a field
 * that is not known, another version, a package URL or a time that is none are refused. What a status needs is not asked
 * here: an entry that lacks it is a draft, which `compileDecisions` names and does not count. At most
 * LIMITS.decisionsBytes, LIMITS.decisions entries and LIMITS.decisionScopes products and components in all of them.
 * @see docs/adr/0030-decisions.md
 * @example
 * ```ts
 * import { decodeDecisions } from "../index.ts";
 * const file = "apiVersion: amap.dev/v1alpha1\nkind: Decisions\ndecisions: []\n";
 * decodeDecisions(new TextEncoder().encode(file)).ok; // true
 * ```
 */
export function decodeDecisions(bytes: Uint8Array): Decoded<readonly Decision[]> {
  const reader = new DocumentReader();
  const root = readRoot(bytes, reader);
  if (root === undefined) return reader.finish<readonly Decision[]>(undefined);
  refuseUnknown(reader, root, FILE_FIELDS, "");
  expectText(reader, root, "apiVersion", DECISIONS_VERSION);
  expectText(reader, root, "kind", DECISIONS_KIND);
  const entries = reader.list(root, "decisions", "");
  if (entries.length > LIMITS.decisions)
    reader.refuse(
      "decisions",
      `expected at most ${LIMITS.decisions} decisions, found ${entries.length}`,
      "LIMIT_EXCEEDED",
    );
  else if (!Object.hasOwn(root, "decisions")) reader.refuse("decisions", "expected a list, found nothing");
  const decisions =
    entries.length > LIMITS.decisions
      ? []
      : reader.objects(root, "decisions", "", (entry, path) => readDecision(reader, entry, path));
  const scopes = decisions.reduce((sum, { scope }) => sum + scope.products.length + scope.components.length, 0);
  if (scopes > LIMITS.decisionScopes)
    reader.refuse(
      "decisions",
      `expected at most ${LIMITS.decisionScopes} products and components, found ${scopes}`,
      "LIMIT_EXCEEDED",
    );
  return reader.finish(decisions);
}

function readRoot(bytes: Uint8Array, reader: DocumentReader): ValueObject | undefined {
  if (bytes.length > LIMITS.decisionsBytes)
    return reader.refuse(
      "",
      `expected at most ${LIMITS.decisionsBytes} bytes, found ${bytes.length}`,
      "LIMIT_EXCEEDED",
    );
  let documents: readonly Value[];
  try {
    documents = readYaml(bytes, { hasPlainWords: true });
  } catch (error) {
    if (!isAmapError(error)) throw error;
    return reader.refuse("", error.message, error.code);
  }
  const [document] = documents;
  if (documents.length !== 1) return reader.refuse("", `expected one document, found ${documents.length}`);
  return reader.object(document, "");
}

function readDecision(reader: DocumentReader, entry: ValueObject, path: string): Decision {
  refuseUnknown(reader, entry, DECISION_FIELDS, path);
  refuseEmpty(reader, entry, path);
  const text = (field: (typeof DECISION_FIELDS)[number]): string | undefined => shortText(reader, entry, field, path);
  const needed = (field: "finding" | "author"): string => {
    reader.string(entry, field, path);
    return text(field) ?? "";
  };
  const author = needed("author");
  return withoutUndefined({
    finding: needed("finding").trim(),
    scope: readScope(reader, entry, path),
    status: choiceOf(reader, entry, "status", path, DECISION_STATUSES) ?? refuseMissing(reader, entry, path),
    justification: choiceOf(reader, entry, "justification", path, VEX_JUSTIFICATIONS),
    impactStatement: text("impactStatement"),
    actionStatement: text("actionStatement"),
    statusNotes: text("statusNotes"),
    reason: text("reason"),
    owner: text("owner"),
    author,
    approvers: reader.strings(entry, "approvers", path),
    decidedAt: reader.time(entry, "decidedAt", path),
    until: reader.optionalTime(entry, "until", path),
    origin: text("origin"),
  });
}

/** A status that says nothing in favour of a finding stands where there is none; the entry is refused anyway. */
function refuseMissing(reader: DocumentReader, entry: ValueObject, path: string): "under_investigation" {
  if (!Object.hasOwn(entry, "status"))
    reader.refuse(join(path, "status"), `expected one of ${DECISION_STATUSES.join(", ")}, found nothing`);
  return "under_investigation";
}

function readScope(reader: DocumentReader, entry: ValueObject, path: string): DecisionScope {
  const scope = reader.optionalObject(entry, "scope", path);
  if (scope === undefined) return { products: [], components: [] };
  const at = join(path, "scope");
  refuseEmpty(reader, scope, at);
  if (Object.keys(scope).length === 0)
    reader.refuse(at, "expected products or components; leave the field out where the decision speaks of all");
  refuseUnknown(reader, scope, SCOPE_FIELDS, at);
  const products = namesOf(reader, scope, "products", at, (name) => isDigest(name) || isPurlPattern(name));
  const components = namesOf(reader, scope, "components", at, isPurlPattern);
  return { products, components };
}

function namesOf(
  reader: DocumentReader,
  scope: ValueObject,
  field: (typeof SCOPE_FIELDS)[number],
  path: string,
  isName: (text: string) => boolean,
): readonly string[] {
  const names = reader.strings(scope, field, path);
  const at = join(path, field);
  if (names.length === 0 && Array.isArray(scope[field]))
    reader.refuse(at, "expected at least one; leave the field out where the decision speaks of all");
  const expected =
    field === "products" ? "a package URL without empty parts, or a digest" : "a package URL without empty parts";
  names.forEach((name, index) => {
    if (!isName(name)) reader.refuse(`${at}[${index}]`, `expected ${expected}, found "${name.slice(0, 100)}"`);
  });
  return names;
}

function shortText(reader: DocumentReader, entry: ValueObject, field: string, path: string): string | undefined {
  const text = reader.optionalString(entry, field, path);
  if (text === undefined || text.length <= LIMITS.decisionTextCharacters) return text;
  const message = `expected at most ${LIMITS.decisionTextCharacters} characters, found ${text.length}`;
  return reader.refuse(join(path, field), message, "LIMIT_EXCEEDED");
}

function choiceOf<T extends string>(
  reader: DocumentReader,
  entry: ValueObject,
  field: string,
  path: string,
  choices: readonly T[],
): T | undefined {
  const text = reader.optionalString(entry, field, path);
  const found = choices.find((choice) => choice === text);
  if (text !== undefined && found === undefined)
    reader.refuse(join(path, field), `expected one of ${choices.join(", ")}, found "${text.slice(0, 60)}"`);
  return found;
}

function expectText(reader: DocumentReader, root: ValueObject, field: string, expected: string): void {
  const found = reader.string(root, field, "");
  if (found !== "" && found !== expected) reader.refuse(field, `expected ${expected}, found "${found.slice(0, 60)}"`);
}

/** A field that was emptied would widen what is decided: to all components, or for ever. */
function refuseEmpty(reader: DocumentReader, object: ValueObject, path: string): void {
  for (const [key, value] of Object.entries(object)) {
    if (value === null || (typeof value === "string" && value.trim() === ""))
      reader.refuse(join(path, key.slice(0, 60)), "expected a value, found nothing; leave the field out");
  }
}

function refuseUnknown(reader: DocumentReader, object: ValueObject, known: readonly string[], path: string): void {
  for (const key of Object.keys(object)) {
    if (!known.includes(key)) {
      const name = key.slice(0, 60);
      reader.refuse(join(path, name), `unknown field; known are ${known.join(", ")}`);
    }
  }
}
