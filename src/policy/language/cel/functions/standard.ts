import type { CelCall, CelContext, QuickCall } from "../function.ts";
import { celFunction } from "../function.ts";
import { compilePattern, stepsPerCharacter } from "../patterns/pattern.ts";
import { patternAutomaton } from "../patterns/pattern-automaton.ts";
import { celTypes } from "../types.ts";
import { mapSize } from "../values/kinds.ts";
import { isShortText, textLength } from "../values/text.ts";
import type { CelMap, CelObject, CelValue } from "../values/value.ts";

const { bool, bytes, dyn, int, string, list, map } = celTypes;
const since = "0.1.0";
const anyList = list(dyn);
const anyMap = map(dyn, dyn);

const COUNTED_PER_STEP = 64;
/** The automaton reads some ten million characters a second. */
const READ_PER_STEP = 4;

const sizeOfList = (value: readonly CelValue[] | Uint8Array): number => value.length;
function sizeOfMap(value: CelObject | CelMap, context: CelContext): number {
  const size = mapSize(value);
  context.charge(size / COUNTED_PER_STEP);
  return size;
}

function matches(text: string, pattern: string, context: CelContext): boolean {
  context.charge(text.length * stepsPerCharacter(pattern));
  return context.pattern(pattern).test(text);
}

/** A constant pattern is compiled, or refused, when the expression is loaded. */
function prepareMatches([, pattern]: readonly (CelValue | undefined)[]): CelCall | undefined {
  if (typeof pattern !== "string") return undefined;
  const compiled = compilePattern(pattern);
  const quick = patternAutomaton(pattern);
  const steps = stepsPerCharacter(pattern);
  const call: typeof matches = (text, _pattern, context) => {
    context.charge(text.length / READ_PER_STEP);
    const answer = quick?.(text);
    if (answer !== undefined) return answer;
    context.charge(text.length * steps);
    return compiled.test(text);
  };
  return call as CelCall;
}

const quickTextSize: QuickCall = (text) => (isShortText(text) ? textLength(text) : undefined);
const quickListSize: QuickCall = (list) => (Array.isArray(list) ? list.length : undefined);

const size = { name: "size", result: int, since } as const;

/** CEL's standard library without conversions and times. */
export const STANDARD_LIBRARY = [
  celFunction({
    ...size,
    args: [string],
    note: "The number of characters.",
    example: "size('né') == 2",
    call: textLength,
    quick: quickTextSize,
  }),
  celFunction({ ...size, args: [bytes], note: "The number of bytes.", example: "size(b'né') == 3", call: sizeOfList }),
  celFunction({
    ...size,
    args: [anyList],
    quick: quickListSize,
    isListSize: true,
    note: "The number of elements.",
    example: "size([1, 2]) == 2",
    call: sizeOfList,
  }),
  celFunction({
    ...size,
    args: [anyMap],
    note: "The number of entries.",
    example: "size({1: 2}) == 1",
    call: sizeOfMap,
  }),
  celFunction({
    ...size,
    receiver: true,
    args: [string],
    note: "The number of characters.",
    example: "'né'.size() == 2",
    call: textLength,
    quick: quickTextSize,
  }),
  celFunction({
    ...size,
    receiver: true,
    args: [bytes],
    note: "The number of bytes.",
    example: "b'né'.size() == 3",
    call: sizeOfList,
  }),
  celFunction({
    ...size,
    receiver: true,
    args: [anyList],
    quick: quickListSize,
    isListSize: true,
    note: "The number of elements.",
    example: "[1, 2].size() == 2",
    call: sizeOfList,
  }),
  celFunction({
    ...size,
    receiver: true,
    args: [anyMap],
    note: "The number of entries.",
    example: "{1: 2}.size() == 1",
    call: sizeOfMap,
  }),
  celFunction({
    name: "contains",
    receiver: true,
    args: [string, string],
    result: bool,
    note: "Whether the text holds the other one.",
    example: "'registry.local/app'.contains('/')",
    since,
    call: (text, part) => text.includes(part),
    quick: (text, part) => (isShortText(text) && isShortText(part) ? text.includes(part) : undefined),
  }),
  celFunction({
    name: "startsWith",
    receiver: true,
    args: [string, string],
    result: bool,
    note: "Whether the text starts with the other one.",
    example: "'registry.local/app'.startsWith('registry.local/')",
    since,
    call: (text, part) => text.startsWith(part),
    quick: (text, part) => (isShortText(text) && isShortText(part) ? text.startsWith(part) : undefined),
  }),
  celFunction({
    name: "endsWith",
    receiver: true,
    args: [string, string],
    result: bool,
    note: "Whether the text ends with the other one.",
    example: "'app:latest'.endsWith(':latest')",
    since,
    call: (text, part) => text.endsWith(part),
    quick: (text, part) => (isShortText(text) && isShortText(part) ? text.endsWith(part) : undefined),
  }),
  celFunction({
    name: "matches",
    receiver: true,
    args: [string, string],
    result: bool,
    note: "Whether an RE2 pattern matches anywhere in the text.",
    example: "'app:1.2'.matches('^[a-z]+:[0-9.]+$')",
    since,
    prepare: prepareMatches,
    call: matches,
  }),
  celFunction({
    name: "matches",
    args: [string, string],
    result: bool,
    note: "Whether an RE2 pattern matches anywhere in the text.",
    example: "matches('app:1.2', '[0-9]')",
    since,
    prepare: prepareMatches,
    call: matches,
  }),
];
