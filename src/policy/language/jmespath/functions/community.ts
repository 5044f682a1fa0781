import { encodeUtf8, type Value } from "../../../../base/index.ts";
import { SPACE } from "../../pattern/go-text.ts";
import { matchesPaid } from "../../pattern/wildcard.ts";
import { isList, NotFound } from "../evaluate/values.ts";
import type { JmesArgument, JmesFunction } from "../function.ts";
import { CHARACTERS_PER_STEP } from "../go-json.ts";
import type { JmesContext } from "../program.ts";
import { ANY, ARRAY, doubleOf, STRING } from "./arguments.ts";
import { ENCODING_FUNCTIONS } from "./encoding.ts";
import { callFailed } from "./failure.ts";
import { toLowerLetters, toUpperLetters } from "./letter-case.ts";
import { referenceOf } from "./standard-expressions.ts";
import { NUMBER_FUNCTIONS } from "./standard-numbers.ts";

const since = "0.3.0";
const OPTIONAL_NUMBER: JmesArgument = { types: ["number"], isOptional: true };
const OPTIONAL_STRING: JmesArgument = { types: ["string"], isOptional: true };
/** The longest text that padding makes. */
const MAX_PADDED = 65_536;

/** @throws {AmapError} EXPRESSION_FAILED */
function integerArgument(name: string, args: readonly Value[], index: number): number {
  const value = doubleOf(args[index]);
  if (value === undefined || !Number.isInteger(value)) {
    throw callFailed(name, `argument #${index + 1} is not an integer`);
  }
  return value;
}

/** Positions count characters. */
function find(name: string, args: readonly Value[], isLast: boolean): Value {
  const characters = Array.from(args[0] as string);
  const wanted = args[1] as string;
  if (characters.length === 0 || wanted === "") return null;
  const start = args.length > 2 ? Math.max(0, integerArgument(name, args, 2)) : 0;
  const end = args.length > 3 ? Math.min(characters.length, integerArgument(name, args, 3)) : characters.length;
  if (end <= start) return null;
  const part = characters.slice(start, end).join("");
  const found = isLast ? part.lastIndexOf(wanted) : part.indexOf(wanted);
  return found < 0 ? null : start + Array.from(part.slice(0, found)).length;
}

function pad(name: string, args: readonly Value[], context: JmesContext): string {
  const text = args[0] as string;
  const width = integerArgument(name, args, 1);
  const filling = args.length > 2 ? (args[2] as string) : " ";
  if (width < 0) throw callFailed(name, "argument #2 is negative");
  if (width > MAX_PADDED) throw callFailed(name, `argument #2 is more than ${MAX_PADDED}`);
  if (filling.length > 1) throw callFailed(name, "argument #3 is not one character");
  const length = Math.max(0, width - encodeUtf8(text).length);
  context.charge(length / CHARACTERS_PER_STEP);
  return filling.repeat(length);
}

function trimEnd(args: readonly Value[], end: "left" | "right"): string {
  const characters = Array.from(args[0] as string);
  const cut = new Set(args.length > 1 ? Array.from(args[1] as string) : []);
  const isKept = (character: string): boolean => (cut.size === 0 ? !SPACE.test(character) : !cut.has(character));
  if (end === "left") {
    const start = characters.findIndex(isKept);
    return start < 0 ? "" : characters.slice(start).join("");
  }
  return characters.slice(0, characters.findLastIndex(isKept) + 1).join("");
}

function fromItems(args: readonly Value[], context: JmesContext): Value {
  const object: Record<string, Value> = {};
  for (const item of args[0] as readonly Value[]) {
    context.charge(1);
    const [key, value = null] = isList(item) ? item : [];
    if (!isList(item) || item.length !== 2 || typeof key !== "string") {
      throw callFailed("from_items", "each element must be a pair of a string and a value");
    }
    setMember(object, key, value);
  }
  return object;
}

/** A key such as `__proto__` is a member as any other. */
function setMember(object: Record<string, Value>, key: string, value: Value): void {
  Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
}

function groupBy(args: readonly Value[], context: JmesContext): Value {
  const list = args[0] as readonly Value[];
  const reference = referenceOf(args[1]);
  context.charge(list.length * reference.cost);
  if (list.length === 0) return null;
  const groups = new Map<string, Value[]>();
  for (const item of list) {
    const key = reference.apply(item, context);
    if (key instanceof NotFound || typeof key !== "string") {
      throw callFailed("group_by", "the expression must give a string for each element");
    }
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  const object: Record<string, Value> = {};
  for (const [key, group] of groups) setMember(object, key, group);
  return object;
}

function zip(args: readonly Value[], context: JmesContext): Value {
  const lists = args as readonly (readonly Value[])[];
  const length = Math.min(...lists.map((list) => list.length));
  context.charge(length * lists.length);
  return Array.from({ length }, (_, index) => lists.map((list) => list[index] ?? null));
}

function at(args: readonly Value[]): Value {
  const list = args[0] as readonly Value[];
  const index = integerArgument("at", args, 1);
  const found = list[index];
  if (found === undefined) throw callFailed("at", `there is no element ${index} in a list of ${list.length}`);
  return found;
}

function concat([left, right]: readonly Value[]): string {
  return `${left as string}${right as string}`;
}

const average = NUMBER_FUNCTIONS.filter(({ name }) => name === "avg").map(
  (row): JmesFunction => ({
    ...row,
    note: "The mean of the numbers, or null.",
    since,
    call: (args, context) => ((args[0] as readonly Value[]).length === 0 ? null : row.call(args, context)),
  }),
);

const jsonParse = ENCODING_FUNCTIONS.filter(({ name }) => name === "parse_json").map((row) => ({
  ...row,
  name: "json_parse",
  example: "json_parse('{\"a\": 1}').a == `1`",
  since,
}));

const rowOf = (
  name: string,
  args: readonly JmesArgument[],
  result: JmesFunction["result"],
  note: string,
  example: string,
  call: JmesFunction["call"],
): JmesFunction => ({ name, args, result, note, example, since, call });

const FIND = [STRING, STRING, OPTIONAL_NUMBER, OPTIONAL_NUMBER];
const PAD = [STRING, { types: ["number"] }, OPTIONAL_STRING] as const satisfies readonly JmesArgument[];
const TRIM = [STRING, OPTIONAL_STRING];

/** What expressions of assertion trees have beside JMESPath's functions and Kyverno's. */
export const COMMUNITY_FUNCTIONS: readonly JmesFunction[] = [
  rowOf(
    "find_first",
    FIND,
    "any",
    "Where a text first stands in another, or null.",
    "find_first('a-b-c', '-') == `1`",
    (args) => find("find_first", args, false),
  ),
  rowOf(
    "find_last",
    FIND,
    "any",
    "Where a text last stands in another, or null.",
    "find_last('a-b-c', '-') == `3`",
    (args) => find("find_last", args, true),
  ),
  rowOf(
    "pad_left",
    PAD,
    "string",
    "The text, made so long by a character before it.",
    "pad_left('7', `3`, '0') == '007'",
    (args, context) => `${pad("pad_left", args, context)}${args[0] as string}`,
  ),
  rowOf(
    "pad_right",
    PAD,
    "string",
    "The text, made so long by a character behind it.",
    "pad_right('a', `3`, '.') == 'a..'",
    (args, context) => `${args[0] as string}${pad("pad_right", args, context)}`,
  ),
  rowOf(
    "trim_left",
    TRIM,
    "string",
    "The text without spaces, or these characters, before it.",
    "trim_left('--a-', '-') == 'a-'",
    (args) => trimEnd(args, "left"),
  ),
  rowOf(
    "trim_right",
    TRIM,
    "string",
    "The text without spaces, or these characters, behind it.",
    "trim_right('-a ') == '-a'",
    (args) => trimEnd(args, "right"),
  ),
  rowOf("lower", [STRING], "string", "The text in small letters.", "lower('AbC') == 'abc'", ([text]) =>
    toLowerLetters(text as string),
  ),
  rowOf("upper", [STRING], "string", "The text in capital letters.", "upper('AbC') == 'ABC'", ([text]) =>
    toUpperLetters(text as string),
  ),
  {
    ...rowOf(
      "from_items",
      [ARRAY],
      "object",
      "An object of pairs of a key and a value.",
      "from_items([['a', `1`]]).a == `1`",
      fromItems,
    ),
    isNesting: true,
  },
  {
    ...rowOf(
      "group_by",
      [ARRAY, { types: ["expref"] }],
      "object",
      "The elements by what an expression gives for each.",
      "group_by([{k: 'x'}], &k).x[0].k == 'x'",
      groupBy,
    ),
    isNesting: true,
  },
  {
    ...rowOf(
      "zip",
      [ARRAY, { types: ["array"], isVariadic: true }],
      "array",
      "Lists of the first elements, the second ones, and so on.",
      "zip(['a'], [`1`]) == [['a', `1`]]",
      zip,
    ),
    isNesting: true,
  },
  rowOf("at", [ARRAY, ANY], "any", "The element of a list at a position from 0.", "at(['a', 'b'], `1`) == 'b'", at),
  rowOf("concat", [STRING, STRING], "string", "Both texts, one behind the other.", "concat('a', 'b') == 'ab'", concat),
  rowOf(
    "wildcard",
    [STRING, STRING],
    "bool",
    "Whether a pattern with * and ? matches a text.",
    "wildcard('ng*:?', 'nginx:1')",
    ([pattern, text], context) => matchesPaid(pattern as string, text as string, (steps) => context.charge(steps)),
  ),
  ...average,
  ...jsonParse,
];
