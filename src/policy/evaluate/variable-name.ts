import { AmapError } from "../../base/index.ts";

/**
 * The parts of the name under which a values file or the command line sets a variable. Kyverno reads it as a line of
 * comma-separated values with points for commas: `request.object.metadata.labels."app.kubernetes.io/name"`.
 * @throws {AmapError} VALUE_INVALID for an empty name, a quote inside a part, a quote that is not closed
 */
export function splitVariableName(name: string): readonly string[] {
  const parts: string[] = [];
  let at = 0;
  for (;;) {
    const [part, end] = name[at] === '"' ? readQuoted(name, at) : readPlain(name, at);
    if (part === "__proto__") throw invalid(name, "expected a name other than __proto__");
    parts.push(part);
    if (end >= name.length) break;
    at = end + 1;
  }
  if (name === "") throw invalid(name, "expected a name, found nothing");
  return parts;
}

function readPlain(name: string, start: number): readonly [part: string, end: number] {
  const point = name.indexOf(".", start);
  const end = point < 0 ? name.length : point;
  const part = name.slice(start, end);
  if (part.includes('"')) throw invalid(name, "a quote stands inside a part: quote the whole part");
  return [part, end];
}

function readQuoted(name: string, start: number): readonly [part: string, end: number] {
  const [quoted] = /^"(?:[^"]|"")*"/.exec(name.slice(start)) ?? [];
  if (quoted === undefined) throw invalid(name, "a quote is not closed");
  const end = start + quoted.length;
  if (end < name.length && name[end] !== ".") throw invalid(name, "expected a point behind a quoted part");
  return [quoted.slice(1, -1).replaceAll('""', '"'), end];
}

function invalid(name: string, reason: string): AmapError {
  return new AmapError("VALUE_INVALID", `the variable name ${JSON.stringify(name)}: ${reason}`);
}
