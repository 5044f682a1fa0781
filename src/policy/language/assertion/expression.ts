/** What a key or a text of an assertion tree says, by the marks around it. */
export interface AssertionExpression {
  /** `~.` or `~name.` before it: what follows is asked of each element. */
  readonly iterates: boolean;
  /** The name of `~name.`: the element's index or key; empty when it has none. */
  readonly index: string;
  /** What stands within the marks: a key, a text, or a query. */
  readonly statement: string;
  /** The name behind `->`; empty when it has none. */
  readonly binding: string;
  /** Empty for a key or a text as it is; else what reads the query that stood in round brackets: `jp`. */
  readonly engine: string;
}

const ITERATION = /^~([0-9A-Za-z_]+)?\.([^\n]*)/;
const ESCAPE = /^\\([^\n]+)\\$/;
const QUERY = /^\((?:([0-9A-Za-z_]+):)?([^\n]+)\)$/;
/** Longer texts have no marks. */
const MAX_LENGTH = 65_536;

/**
 * Reads the marks of a key or a text: `~index.`, `(query)`, `\escaped\`, `->name`. As in kyverno-json they are read one
 * after the other, each from what the ones before leave. Undefined where nothing is left.
 */
export function parseAssertionExpression(text: string): AssertionExpression | undefined {
  if (text.length > MAX_LENGTH) return { iterates: false, index: "", statement: text, binding: "", engine: "" };
  let statement = text;
  const iteration = ITERATION.exec(statement);
  if (iteration !== null) statement = iteration[2] ?? "";
  const bound = parseBinding(statement);
  if (bound !== undefined) ({ statement } = bound);
  const escaped = ESCAPE.exec(statement);
  const query = escaped === null ? QUERY.exec(statement) : null;
  statement = escaped?.[1] ?? query?.[2] ?? statement;
  if (statement === "") return undefined;
  return {
    iterates: iteration !== null,
    index: iteration?.[1] ?? "",
    statement,
    binding: bound?.name ?? "",
    engine: query === null ? "" : (query[1] ?? "jp"),
  };
}

/** `->name` at the end, with spaces between the two; only the line before it counts. Read from the end, in linear time. */
function parseBinding(text: string): { readonly statement: string; readonly name: string } | undefined {
  let start = text.length;
  while (start > 0 && /[0-9A-Za-z_]/.test(text.charAt(start - 1))) start--;
  const name = text.slice(start);
  while (start > 0 && /[\t\n\f\r ]/.test(text.charAt(start - 1))) start--;
  if (name === "" || !text.slice(0, start).endsWith("->")) return undefined;
  const line = text.lastIndexOf("\n", start - 3) + 1;
  return { statement: text.slice(line, start - 2), name };
}
