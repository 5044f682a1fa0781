import type { RE2JS } from "re2js";
import { CelError } from "../error.ts";
import { type CelCall, type CelContext, type CelFunction, celFunction } from "../function.ts";
import { compilePattern, patternSize, stepsPerCharacter } from "../patterns/pattern.ts";
import { celTypes } from "../types.ts";
import { type CelValue, Optional } from "../values/value.ts";

const { int, list, string } = celTypes;
const since = "0.2.0";

/** The pattern engine reads a few million characters a second with a small pattern; a large one is followed in many places at once. */
const WRITTEN_PER_STEP = 16;
const MAX_COUNT = 2 ** 31 - 1;

/** A place where a pattern matched: the text of each group, undefined for one that took no part. */
export interface Match {
  readonly start: number;
  readonly end: number;
  readonly groups: readonly (string | undefined)[];
}

/** A pattern that repeats something without a bound may read all of the text before each match. */
const UNBOUNDED = /[*+]|,\}/;

/** The steps that reading so many characters with a pattern takes. */
export function searchSteps(pattern: RE2JS, length: number): number {
  return length * stepsPerCharacter(pattern.pattern());
}

/** The matches that do not overlap, from left to right; an empty one directly behind another does not count, as in Go. */
export function* matchesOf(pattern: RE2JS, text: string, context: Pick<CelContext, "charge">): Generator<Match> {
  const source = pattern.pattern();
  const reach = UNBOUNDED.test(source) ? text.length : patternSize(source);
  const matcher = pattern.matcher(text);
  let previousEnd = -1;
  context.charge(searchSteps(pattern, text.length));
  const perCharacter = searchSteps(pattern, 1);
  while (matcher.find()) {
    const start = matcher.start();
    const end = matcher.end();
    context.charge(1 + Math.min(text.length - end, reach) * perCharacter);
    const isRepeated = start === end && start === previousEnd;
    previousEnd = end;
    if (isRepeated) continue;
    const groups = Array.from({ length: matcher.groupCount() + 1 }, (_, group) => matcher.group(group) ?? undefined);
    context.charge(groups.length);
    yield { start, end, groups };
  }
}

/** What a match stands for: its only group, or all of it. undefined for a group that is empty or took no part. */
function extractedText({ groups }: Match): string | undefined {
  return groups.length > 1 ? groups[1] || undefined : groups[0];
}

function requireOneGroup(pattern: RE2JS): RE2JS {
  if (pattern.groupCount() <= 1) return pattern;
  throw new CelError("invalid_argument", "the regular expression has more than one group: make the others (?:…)");
}

function extract(text: string, pattern: RE2JS, context: CelContext): Optional {
  const [first] = matchesOf(requireOneGroup(pattern), text, context);
  return new Optional(first === undefined ? undefined : extractedText(first));
}

function extractAll(text: string, pattern: RE2JS, context: CelContext): readonly string[] {
  const found = Array.from(matchesOf(requireOneGroup(pattern), text, context), extractedText);
  return found.filter((part) => part !== undefined);
}

/** The replacement's texts and group numbers: `\1` to `\9`, `\0` for the whole match, `\\` for a backslash. */
function parseReplacement(text: string): readonly (string | number)[] {
  const parts: (string | number)[] = [];
  let end = 0;
  for (const found of text.matchAll(/\\([\s\S]?)/gu)) {
    parts.push(text.slice(end, found.index));
    end = found.index + found[0].length;
    const next = found[1] ?? "";
    if (next === "\\") parts.push("\\");
    else if (/^[0-9]$/.test(next)) parts.push(Number(next));
    else throw new CelError("invalid_argument", "in a replacement, \\ stands before a digit or another \\");
  }
  parts.push(text.slice(end));
  return parts;
}

function groupText({ groups }: Match, group: number): string {
  if (group < groups.length) return groups[group] ?? "";
  throw new CelError("invalid_argument", `the replacement names group ${group}, the pattern has ${groups.length - 1}`);
}

interface Replacement {
  readonly by: string;
  readonly count: number | bigint;
}

function replace(text: string, pattern: RE2JS, { by, count }: Replacement, context: CelContext): string {
  if (count > MAX_COUNT) throw new CelError("overflow", "the count of replacements is outside 32 bits");
  const texts: string[] = [];
  let replacement: readonly (string | number)[] | undefined;
  let end = 0;
  let left = count < 0 ? Number.POSITIVE_INFINITY : Number(count);
  if (left === 0) return text;
  for (const match of matchesOf(pattern, text, context)) {
    replacement ??= parseReplacement(by);
    texts.push(text.slice(end, match.start));
    for (const part of replacement) {
      const written = typeof part === "string" ? part : groupText(match, part);
      context.charge(1 + written.length / WRITTEN_PER_STEP);
      texts.push(written);
    }
    end = match.end;
    if (--left === 0) break;
  }
  texts.push(text.slice(end));
  return texts.join("");
}

/** A row over a text and a pattern. A constant pattern is compiled, or refused, when the expression is loaded. */
function prepareWith(call: (pattern: RE2JS, args: readonly CelValue[], context: CelContext) => CelValue) {
  return ([, constant]: readonly (CelValue | undefined)[]): CelCall | undefined => {
    if (typeof constant !== "string") return undefined;
    const pattern = compilePattern(constant);
    return (...args) => call(pattern, args as readonly CelValue[], args.at(-1) as CelContext);
  };
}

/** The regular expression extension, over RE2. */
export const REGEX_FUNCTIONS: readonly CelFunction[] = [
  celFunction({
    name: "regex.replace",
    args: [string, string, string],
    result: string,
    note: "With every match of a pattern replaced; `\\1` to `\\9` in the replacement stand for the groups.",
    example: "regex.replace('app:1.2', '([0-9]).([0-9])', r'\\2-\\1') == 'app:2-1'",
    since,
    prepare: prepareWith((pattern, [text, , by], context) =>
      replace(text as string, pattern, { by: by as string, count: -1 }, context),
    ),
    call: (text, pattern, by, context) => replace(text, context.pattern(pattern), { by, count: -1 }, context),
  }),
  celFunction({
    name: "regex.replace",
    args: [string, string, string, int],
    result: string,
    note: "With the first matches, at most so many, of a pattern replaced; a negative number means all.",
    example: "regex.replace('banana', 'a', 'x', 2) == 'bxnxna'",
    since,
    prepare: prepareWith((pattern, [text, , by, count], context) =>
      replace(text as string, pattern, { by: by as string, count: count as number | bigint }, context),
    ),
    call: (text, pattern, by, count, context) => replace(text, context.pattern(pattern), { by, count }, context),
  }),
  celFunction({
    name: "regex.extract",
    args: [string, string],
    result: celTypes.optional(string),
    note: "The first match of a pattern, or what its only group matched; none when nothing does.",
    example: "regex.extract('item-A, item-B', 'item-([A-Z])').value() == 'A'",
    since,
    prepare: prepareWith((pattern, [text], context) => extract(text as string, pattern, context)),
    call: (text, pattern, context) => extract(text, context.pattern(pattern), context),
  }),
  celFunction({
    name: "regex.extractAll",
    args: [string, string],
    result: list(string),
    note: "Every match of a pattern, or what its only group matched.",
    example: "regex.extractAll('id:123, id:456', 'id:([0-9]+)') == ['123', '456']",
    since,
    prepare: prepareWith((pattern, [text], context) => extractAll(text as string, pattern, context)),
    call: (text, pattern, context) => extractAll(text, context.pattern(pattern), context),
  }),
];
