import type { RE2JS } from "re2js";
import { type CelCall, type CelContext, type CelFunction, celFunction } from "../../function.ts";
import { compilePattern } from "../../patterns/pattern.ts";
import { celTypes } from "../../types.ts";
import type { CelValue } from "../../values/value.ts";
import { matchesOf, searchSteps } from "../regex.ts";

const { int, list, string } = celTypes;
const since = "0.2.0";
const method = { receiver: true, since } as const;

function find(text: string, pattern: RE2JS, context: CelContext): string {
  context.charge(searchSteps(pattern, text.length));
  const matcher = pattern.matcher(text);
  return matcher.find() ? (matcher.group() ?? "") : "";
}

/** As Go's FindAllString. */
function findAll(text: string, pattern: RE2JS, limit: number | bigint, context: CelContext): readonly string[] {
  const found: string[] = [];
  const most = limit < 0 ? Number.POSITIVE_INFINITY : Number(limit);
  if (most === 0) return found;
  for (const { start, end } of matchesOf(pattern, text, context)) {
    found.push(text.slice(start, end));
    if (found.length >= most) break;
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
