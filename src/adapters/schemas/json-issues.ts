import type { ErrorObject } from "ajv";
import { Double, type Issue, isValueObject, LIMITS, type Value } from "../../base/index.ts";

/** What of ajv is needed to replace a keyword, in any of its dialects. */
interface Keywords {
  readonly removeKeyword: (keyword: string) => unknown;
  readonly addKeyword: (definition: {
    keyword: string;
    type: "array";
    schemaType: "boolean";
    error: { message: string };
    validate: (isDemanded: boolean, items: readonly unknown[]) => boolean;
  }) => unknown;
}

/** The library's own compares every item with every other: too long for a document of many components. */
export function checkUniqueItemsFast(ajv: Keywords): void {
  ajv.removeKeyword("uniqueItems");
  ajv.addKeyword({
    keyword: "uniqueItems",
    type: "array",
    schemaType: "boolean",
    error: { message: "must not have the same item twice" },
    validate: (isDemanded, items) => !isDemanded || areUnique(items),
  });
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

/** The library knows plain numbers only: a whole number beyond 2^53 counts as one all the same. */
export function withPlainNumbers(value: Value): unknown {
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
export function issuesOf(errors: readonly ErrorObject[]): readonly Issue[] {
  const byPath = new Map<string, string[]>();
  for (const error of errors) {
    const path = pathOfPointer(error.instancePath);
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
export function pathOfPointer(pointer: string): string {
  const steps = pointer
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
