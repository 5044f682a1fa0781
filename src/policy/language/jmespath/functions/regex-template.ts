/** A part of a replacement: text as it is, or the group of a number or name. */
export type TemplatePart = string | { readonly group: number | string };

const NAME = /^[\p{L}\p{Nd}_]+/u;
const NUMBER = /^(?:0|[1-9][0-9]{0,7})$/;

/**
 * Reads a replacement as Go's Regexp.Expand: `$1`, `${1}`, `$name` (as many letters, digits and underscores as there
 * are), `${name}`, `$$` for a dollar sign; any other dollar sign stands for itself.
 */
export function parseTemplate(template: string): readonly TemplatePart[] {
  const parts: TemplatePart[] = [];
  let from = 0;
  for (let dollar = template.indexOf("$"); dollar !== -1; dollar = template.indexOf("$", from)) {
    parts.push(template.slice(from, dollar));
    from = dollar + 1;
    if (template[from] === "$") {
      parts.push("$");
      from++;
      continue;
    }
    const reference = referenceAt(template, from);
    parts.push(reference === undefined ? "$" : { group: reference.group });
    from = reference?.end ?? from;
  }
  parts.push(template.slice(from));
  return parts.filter((part) => part !== "");
}

function referenceAt(
  template: string,
  at: number,
): { readonly group: number | string; readonly end: number } | undefined {
  const isBraced = template[at] === "{";
  const start = isBraced ? at + 1 : at;
  const name = nameAt(template, start);
  const end = start + name.length;
  if (name === "" || (isBraced && template[end] !== "}")) return undefined;
  return { group: NUMBER.test(name) ? Number(name) : name, end: isBraced ? end + 1 : end };
}

function nameAt(template: string, start: number): string {
  let end = start;
  while (end < template.length) {
    const letter = String.fromCodePoint(template.codePointAt(end) as number);
    if (!NAME.test(letter)) break;
    end += letter.length;
  }
  return template.slice(start, end);
}
