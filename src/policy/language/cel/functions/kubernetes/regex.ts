import type { RE2JS } from "re2js";
import { type CelCall, type CelContext, type CelFunction, celFunction } from "../../function.ts";
import { compilePattern } from "../../pattern.ts";
import { celTypes } from "../../types.ts";
import type { CelValue } from "../../value.ts";

const { int, list, string } = celTypes;
const since = "0.2.0";
const method = { receiver: true, since } as const;
/** The pattern engine reads a few million characters a second. */
const MATCHED_PER_STEP = 4;

function find(text: string, pattern: RE2JS, context: CelContext): string {
  context.charge(text.length / MATCHED_PER_STEP);
  const matcher = pattern.matcher(text);
  return matcher.find() ? (matcher.group() ?? "") : "";
}

/** As Go's FindAllString: from left to right without overlap, no empty match right behind another one. */
function findAll(text: string, pattern: RE2JS, limit: number | bigint, context: CelContext): readonly string[] {
  const found: string[] = [];
  const matcher = pattern.matcher(text);
  let previousEnd = -1;
  const most = limit < 0 ? Number.POSITIVE_INFINITY : Number(limit);
  let position = 0;
  while (position <= text.length && found.length < most) {
    // A search may read to the end of the text to find a short match.
    context.charge(1 + (text.length - position) / MATCHED_PER_STEP);
    if (!matcher.find(position)) break;
    const start = matcher.start();
    const end = matcher.end();
    if (end > position || start !== previousEnd) found.push(text.slice(start, end));
    position = end > position ? end : position + ((text.codePointAt(position) ?? 0) > 0xffff ? 2 : 1);
    previousEnd = end;
  }
  return found;
}

/** A constant pattern is compiled, or refused, when the expression is loaded. */
function prepared(
  search: (text: string, pattern: RE2JS, rest: readonly CelValue[], context: CelContext) => CelValue,
): (constants: readonly (CelValue | undefined)[]) => CelCall | undefined {
  return ([, pattern]) => {
    if (typeof pattern !== "string") return undefined;
    const compiled = compilePattern(pattern);
    return (...args) => {
      const context = args.at(-1) as CelContext;
      return search(args[0] as string, compiled, args.slice(2, -1) as CelValue[], context);
    };
  };
}

/** Kubernetes' searches with RE2 patterns. */
export const REGEX_FUNCTIONS: readonly CelFunction[] = [
  celFunction({
    ...method,
    name: "find",
    args: [string, string],
    result: string,
    note: "The first match of an RE2 pattern; empty when there is none.",
    example: "'abc 123'.find('[0-9]+') == '123'",
    prepare: prepared((text, pattern, _, context) => find(text, pattern, context)),
    call: (text, pattern, context) => find(text, context.pattern(pattern), context),
  }),
  celFunction({
    ...method,
    name: "findAll",
    args: [string, string],
    result: list(string),
    note: "All matches of an RE2 pattern.",
    example: "'123 abc 456'.findAll('[0-9]+') == ['123', '456']",
    prepare: prepared((text, pattern, _, context) => findAll(text, pattern, -1, context)),
    call: (text, pattern, context) => findAll(text, context.pattern(pattern), -1, context),
  }),
  celFunction({
    ...method,
    name: "findAll",
    args: [string, string, int],
    result: list(string),
    note: "The first matches of an RE2 pattern, at most so many; all for a negative number.",
    example: "'123 abc 456'.findAll('[0-9]+', 1) == ['123']",
    prepare: prepared((text, pattern, [limit], context) => findAll(text, pattern, limit as number | bigint, context)),
    call: (text, pattern, limit, context) => findAll(text, context.pattern(pattern), limit, context),
  }),
];
