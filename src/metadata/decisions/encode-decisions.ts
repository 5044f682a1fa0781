import { type Decoded, encodeUtf8, readYamlPlaces, type Value, writeJson, writeYaml } from "../../base/index.ts";
import { DECISIONS_KIND, DECISIONS_VERSION, type Decision } from "./decision.ts";
import { DECISION_FIELDS, decodeDecisions } from "./decode-decisions.ts";

/**
 * Decisions as the text of a file: YAML, a block for each with its fields always in the same order, so that a diff shows
 * what was decided.
 * @example
 * ```ts
 * import { encodeDecisions } from "../index.ts";
 * encodeDecisions([]); // "apiVersion: amap.dev/v1alpha1\nkind: Decisions\ndecisions: []\n"
 * ```
 */
export function encodeDecisions(decisions: readonly Decision[]): string {
  const head = `apiVersion: ${DECISIONS_VERSION}\nkind: ${DECISIONS_KIND}\n`;
  if (decisions.length === 0) return `${head}decisions: []\n`;
  return `${head}decisions:\n${decisions.map((decision) => writeEntry(decision, "  ")).join("\n")}`;
}

/** One change of a file of decisions. */
export type DecisionEdit =
  /** `more`: further ones behind it. */
  | { readonly kind: "add"; readonly decision: Decision; readonly more?: readonly Decision[] }
  /** `index`: the place in the file, from 0. */
  | { readonly kind: "replace"; readonly index: number; readonly decision: Decision }
  | { readonly kind: "remove"; readonly index: number };

/**
 * The text of a file of decisions with one change, all else as it was, comments too: those on lines of their own within a
 * changed entry stand above it afterwards, those behind its fields go. The outcome is read again, and anything else than
 * the change is an issue: a file in brackets cannot be changed in place.
 * @example
 * ```ts
 * import { editDecisions, encodeDecisions } from "../index.ts";
 * const decision = {
 *   finding: "CVE-2026-1", scope: { products: [], components: [] }, status: "fixed",
 *   author: "a@example.com", approvers: [], decidedAt: "2026-01-01T00:00:00Z",
 * } as const;
 * editDecisions(encodeDecisions([]), { kind: "add", decision }).ok; // true
 * ```
 */
export function editDecisions(text: string, edit: DecisionEdit): Decoded<string> {
  const before = decodeDecisions(encodeUtf8(text));
  if (!before.ok) return before;
  const expected = applyEdit(before.value, edit);
  const edited = editText(text, edit, before.value.length);
  const after = edited === undefined || expected === undefined ? undefined : decodeDecisions(encodeUtf8(edited));
  if (after?.ok === false) return after;
  if (edited !== undefined && after !== undefined && isSame(after.value, expected ?? []))
    return { ok: true, value: edited };
  const message =
    "the file is not written as a list of blocks, so that it cannot be changed without writing all of it anew";
  return { ok: false, issues: [{ code: "DOCUMENT_INVALID", path: "decisions", message }] };
}

/**
 * A decision as a text that is the same for equal decisions, whatever file and form they come from.
 */
export function decisionKey(decision: Decision): string {
  return writeJson(toValue(decision));
}

function applyEdit(decisions: readonly Decision[], edit: DecisionEdit): readonly Decision[] | undefined {
  if (edit.kind === "add") return [...decisions, ...addedBy(edit)];
  if (edit.index >= decisions.length) return undefined;
  return decisions.flatMap((each, index) =>
    index !== edit.index ? [each] : edit.kind === "replace" ? [edit.decision] : [],
  );
}

function addedBy({ decision, more = [] }: DecisionEdit & { readonly kind: "add" }): readonly Decision[] {
  return [decision, ...more];
}

function isSame(a: readonly Decision[], b: readonly Decision[]): boolean {
  return a.length === b.length && a.every((each, index) => decisionKey(each) === decisionKey(b[index] as Decision));
}

/** The fields in their order; a scope without anything in it is left out. */
function fieldsOf(decision: Decision): readonly (readonly [string, Value])[] {
  const { products, components } = decision.scope;
  const scope = {
    ...(products.length === 0 ? {} : { products }),
    ...(components.length === 0 ? {} : { components }),
  };
  const values: Readonly<Record<string, Value | undefined>> = { ...decision, scope };
  return DECISION_FIELDS.flatMap((field) => {
    const value = values[field];
    if (value === undefined || (field === "scope" && Object.keys(scope).length === 0)) return [];
    return [[field, value] as const];
  });
}

function toValue(decision: Decision): Value {
  return Object.fromEntries(fieldsOf(decision));
}

function writeEntry(decision: Decision, indent: string): string {
  const lines = fieldsOf(decision)
    .map(([field, value]) => writeYaml({ [field]: value }))
    .join("")
    .slice(0, -1)
    .split("\n");
  return `${lines
    .map((line, index) => (line === "" ? "" : `${indent}${index === 0 ? "- " : "  "}${line}`))
    .join("\n")}\n`;
}

const COMMENT_OR_EMPTY = /^[ \t]*(?:#.*)?\r?$/;
const COMMENT = /^[ \t]*#/;
const EMPTY_LIST = /^decisions:[ \t]*\[[ \t]*\][ \t]*(#.*)?$/m;

/** Undefined where the text is not laid out as a list of blocks. */
function editText(text: string, edit: DecisionEdit, count: number): string | undefined {
  const whole = text.endsWith("\n") || text === "" ? text : `${text}\n`;
  if (count === 0) {
    if (edit.kind !== "add" || !EMPTY_LIST.test(whole)) return undefined;
    return whole.replace(EMPTY_LIST, (_, comment?: string) => {
      const rest = comment === undefined ? "" : ` ${comment}`;
      const entries = addedBy(edit).map((decision) => writeEntry(decision, "  "));
      return `decisions:${rest}\n${entries.join("\n").slice(0, -1)}`;
    });
  }
  const lines = whole.split("\n").slice(0, -1);
  const starts = startsOf(whole, lines, count);
  if (starts === undefined) return undefined;
  const indent = /^ */.exec(lines[starts[0] as number] ?? "")?.[0] ?? "";
  if (edit.kind === "add") {
    const end = endOf(whole, lines, starts, count - 1);
    const added = addedBy(edit).flatMap((decision) => ["", ...toLines(decision, indent)]);
    return join([...lines.slice(0, end), ...added, ...lines.slice(end)]);
  }
  const start = starts[edit.index];
  if (start === undefined) return undefined;
  const end = endOf(whole, lines, starts, edit.index);
  const kept = lines.slice(start + 1, end).filter((line) => COMMENT.test(line));
  if (edit.kind === "replace")
    return join([...lines.slice(0, start), ...kept, ...toLines(edit.decision, indent), ...lines.slice(end)]);
  const rest = join([...lines.slice(0, start), ...kept, ...lines.slice(end)]);
  return count === 1
    ? rest.replace(/^decisions:[ \t]*(#.*)?$/m, (line) => line.replace("decisions:", "decisions: []"))
    : rest;
}

/** The line of each entry, from 0; undefined where one does not begin a line of its own with a dash. */
function startsOf(text: string, lines: readonly string[], count: number): readonly number[] | undefined {
  const places = readYamlPlaces(text);
  const starts: number[] = [];
  for (let index = 0; index < count; index++) {
    const place = places.locate(0, `decisions[${index}]`);
    const line = lines[(place?.line ?? 0) - 1];
    if (place === undefined || line === undefined || !/^ *- +$/.test(line.slice(0, place.column - 1))) return undefined;
    starts.push(place.line - 1);
  }
  return starts;
}

/** The line behind an entry: comments and empty lines before the next entry belong to that one. */
function endOf(text: string, lines: readonly string[], starts: readonly number[], index: number): number {
  const start = starts[index] as number;
  const places = readYamlPlaces(text);
  const others = ["apiVersion", "kind"].map((key) => (places.locate(0, key)?.line ?? 0) - 1);
  const next = Math.min(lines.length, starts[index + 1] ?? lines.length, ...others.filter((line) => line > start));
  let end = next;
  while (end > start + 1 && COMMENT_OR_EMPTY.test(lines[end - 1] ?? "")) end--;
  return end;
}

function toLines(decision: Decision, indent: string): readonly string[] {
  return writeEntry(decision, indent).slice(0, -1).split("\n");
}

function join(lines: readonly string[]): string {
  return `${lines.join("\n")}\n`;
}
