import type { RE2JS } from "re2js";
import { matchesWildcard, type Value } from "../../../../base/index.ts";
import { CelError } from "../../cel/error.ts";
import { type Match, matchesOf, searchSteps } from "../../cel/functions/regex.ts";
import { compilePattern, patternSize } from "../../cel/patterns/pattern.ts";
import type { JmesFunction } from "../function.ts";
import type { JmesContext } from "../program.ts";
import { STRING, STRING_OR_NUMBER, scalarArgument, textArgument } from "./arguments.ts";
import { callFailed, failed } from "./failure.ts";
import { parseTemplate, type TemplatePart } from "./regex-template.ts";

const since = "0.2.0";
const WRITTEN_PER_STEP = 16;
/** What compiling one instruction of a pattern is charged, as in CEL. */
const STEPS_PER_INSTRUCTION = 4;
const WILDCARD_STEPS = 16;

/** Patterns compiled before, for all evaluations: the newest ones. What is charged does not depend on them. */
const patterns = new Map<string, RE2JS>();
const MAX_PATTERNS = 256;
/** Larger ones would take too much memory together. */
const MAX_REMEMBERED_SIZE = 4_096;

type Refusal = (message: string, cause: unknown) => Error;

/**
 * A compiled RE2 pattern.
 * @throws {AmapError} EXPRESSION_FAILED, BUDGET_EXCEEDED
 */
export function patternOf(source: string, context: JmesContext, refuse: Refusal): RE2JS {
  const size = patternSize(source);
  context.charge(Math.ceil(size * STEPS_PER_INSTRUCTION));
  const known = patterns.get(source);
  if (known !== undefined) return known;
  const pattern = compile(source, refuse);
  if (size <= MAX_REMEMBERED_SIZE) {
    if (patterns.size >= MAX_PATTERNS) patterns.delete(patterns.keys().next().value as string);
    patterns.set(source, pattern);
  }
  return pattern;
}

function compile(source: string, refuse: Refusal): RE2JS {
  try {
    return compilePattern(source);
  } catch (error) {
    if (!(error instanceof CelError)) throw error;
    // The library has Go's words.
    throw refuse(error.cause instanceof Error ? error.cause.message : error.message, error);
  }
}

function match(args: readonly Value[], context: JmesContext): boolean {
  const pattern = patternOf(textArgument("regex_match", args, 0), context, failed);
  const text = scalarArgument("regex_match", args, 1);
  context.charge(Math.ceil(searchSteps(pattern, text.length)));
  return pattern.matcher(text).find();
}

/** `regex_replace_all` and `regex_replace_all_literal`. */
function replaceAll(name: string, isLiteral: boolean) {
  return (args: readonly Value[], context: JmesContext): string => {
    const source = textArgument(name, args, 0);
    const text = scalarArgument(name, args, 1);
    const by = scalarArgument(name, args, 2);
    const pattern = patternOf(source, context, (message, cause) => callFailed(name, message, cause));
    return replaceMatches(pattern, text, isLiteral ? [by] : parseTemplate(by), context);
  };
}

function replaceMatches(pattern: RE2JS, text: string, template: readonly TemplatePart[], context: JmesContext): string {
  const charge = (steps: number): void => context.charge(Math.ceil(steps));
  const names = pattern.namedGroups();
  const texts: string[] = [];
  let end = 0;
  for (const found of matchesOf(pattern, text, { charge })) {
    texts.push(text.slice(end, found.start));
    for (const part of template) {
      const written = typeof part === "string" ? part : groupText(found, part.group, names);
      charge(1 + written.length / WRITTEN_PER_STEP);
      texts.push(written);
    }
    end = found.end;
  }
  texts.push(text.slice(end));
  return texts.join("");
}

/** A group that does not exist or took no part is empty. */
function groupText({ groups }: Match, group: number | string, names: Readonly<Record<string, number>>): string {
  const index = typeof group === "number" ? group : Object.hasOwn(names, group) ? names[group] : undefined;
  return index === undefined ? "" : (groups[index] ?? "");
}

function matchPattern(args: readonly Value[], context: JmesContext): boolean {
  // Kyverno's messages name the other function here.
  const pattern = textArgument("regex_match", args, 0);
  const text = scalarArgument("regex_match", args, 1);
  context.charge(Math.ceil((pattern.length * text.length) / WILDCARD_STEPS));
  return matchesWildcard(pattern, text);
}

/** Kyverno's functions that match texts: RE2 regular expressions and wildcards. */
export const MATCHING_FUNCTIONS: readonly JmesFunction[] = [
  {
    name: "regex_match",
    args: [STRING, STRING_OR_NUMBER],
    result: "bool",
    note: "Whether the regular expression matches somewhere in the text or number.",
    example: "regex_match('^v[0-9]+$', 'v12')",
    since,
    call: match,
  },
  {
    name: "regex_replace_all",
    args: [STRING, STRING_OR_NUMBER, STRING_OR_NUMBER],
    result: "string",
    note: "The second argument with every match of the regular expression replaced by the third, in which `$1` and `${name}` stand for groups.",
    example: "regex_replace_all('([a-z]+)-([0-9]+)', 'app-7', '$2.${1}') == '7.app'",
    since,
    call: replaceAll("regex_replace_all", false),
  },
  {
    name: "regex_replace_all_literal",
    args: [STRING, STRING_OR_NUMBER, STRING_OR_NUMBER],
    result: "string",
    note: "The second argument with every match of the regular expression replaced by the third as it is.",
    example: "regex_replace_all_literal('[0-9]', 'a1', '$0') == 'a$0'",
    since,
    call: replaceAll("regex_replace_all_literal", true),
  },
  {
    name: "pattern_match",
    args: [STRING, STRING_OR_NUMBER],
    result: "bool",
    note: "Whether the wildcard pattern matches the whole text or number: `*` stands for any characters, `?` for one.",
    example: "pattern_match('ghcr.io/*:v?', 'ghcr.io/acme/app:v1')",
    since,
    call: matchPattern,
  },
];
