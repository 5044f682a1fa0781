import type { Value } from "../../../../base/index.ts";
import { compareText } from "../../cel/values/equality.ts";
import type { JmesFunction } from "../function.ts";
import type { JmesContext } from "../program.ts";
import { NUMBER, numberArgument, STRING, textArgument } from "./arguments.ts";
import { callFailed } from "./failure.ts";
import { foldLetters, toLowerLetters, toUpperLetters } from "./letter-case.ts";
import { cleanPath } from "./path.ts";

const since = "0.2.0";
const WRITTEN_PER_STEP = 16;

/** Replaces the first occurrences, at most `count`; an empty text stands before every character and at the end. */
function replaceText(text: string, count: number, [old, by]: readonly [string, string], context: JmesContext): string {
  if (count === 0 || old === by) return text;
  const pieces = old === "" ? ["", ...Array.from(text), ""] : text.split(old);
  const times = count < 0 ? pieces.length - 1 : Math.min(count, pieces.length - 1);
  context.charge(pieces.length + Math.ceil((times * by.length) / WRITTEN_PER_STEP));
  return [...pieces.slice(0, times), pieces.slice(times).join(old)].join(by);
}

function replace(args: readonly Value[], context: JmesContext): string {
  const [text, old, by] = [0, 1, 2].map((index) => textArgument("replace", args, index)) as [string, string, string];
  return replaceText(text, Math.trunc(numberArgument("replace", args, 3)), [old, by], context);
}

function replaceAll(args: readonly Value[], context: JmesContext): string {
  const [text, old, by] = [0, 1, 2].map((index) => textArgument("replace_all", args, index)) as [
    string,
    string,
    string,
  ];
  return replaceText(text, -1, [old, by], context);
}

function trim(args: readonly Value[]): string {
  const text = textArgument("trim", args, 0);
  const cut = new Set(textArgument("trim", args, 1));
  const characters = Array.from(text);
  let start = 0;
  let end = characters.length;
  while (start < end && cut.has(characters[start] as string)) start++;
  while (end > start && cut.has(characters[end - 1] as string)) end--;
  return characters.slice(start, end).join("");
}

function trimPrefix(args: readonly Value[]): string {
  const text = textArgument("trim_prefix", args, 0);
  const prefix = textArgument("trim_prefix", args, 1);
  return text.startsWith(prefix) ? text.slice(prefix.length) : text;
}

function split(args: readonly Value[], context: JmesContext): Value {
  const text = textArgument("split", args, 0);
  const separator = textArgument("split", args, 1);
  const parts = separator === "" ? Array.from(text) : text.split(separator);
  context.charge(parts.length);
  return parts;
}

function truncate(args: readonly Value[]): string {
  const text = textArgument("truncate", args, 0);
  const length = Math.trunc(numberArgument("truncate", args, 1));
  if (length < 1) return "";
  // No character is longer than its units: a text that is short in units is short.
  return length >= text.length ? text : Array.from(text).slice(0, length).join("");
}

function toBoolean(args: readonly Value[]): boolean {
  const text = textArgument("to_boolean", args, 0);
  switch (toLowerLetters(text)) {
    case "true":
      return true;
    case "false":
      return false;
    default:
      throw callFailed("to_boolean", `lowercase argument must be 'true' or 'false' (provided: '${text}')`);
  }
}

/** Kyverno's functions over texts. */
export const TEXT_FUNCTIONS: readonly JmesFunction[] = [
  {
    name: "compare",
    args: [STRING, STRING],
    result: "number",
    note: "-1, 0 or 1 as the first text comes before, is, or comes after the second in the order of their characters.",
    example: "compare('a', 'b') == `-1`",
    since,
    call: (args) => Math.sign(compareText(textArgument("compare", args, 0), textArgument("compare", args, 1))),
  },
  {
    name: "equal_fold",
    args: [STRING, STRING],
    result: "bool",
    note: "Whether two texts differ at most by the case of their letters.",
    example: "equal_fold('Go', 'GO')",
    since,
    call: (args) =>
      foldLetters(textArgument("equal_fold", args, 0)) === foldLetters(textArgument("equal_fold", args, 1)),
  },
  {
    name: "replace",
    args: [STRING, STRING, STRING, NUMBER],
    result: "string",
    note: "The first text with the second replaced by the third, at most so many times; a negative number means always.",
    example: "replace('banana', 'a', 'o', `2`) == 'bonona'",
    since,
    call: replace,
  },
  {
    name: "replace_all",
    args: [STRING, STRING, STRING],
    result: "string",
    note: "The first text with the second replaced by the third everywhere.",
    example: "replace_all('a/b/c', '/', '-') == 'a-b-c'",
    since,
    call: replaceAll,
  },
  {
    name: "to_upper",
    args: [STRING],
    result: "string",
    note: "The text in capital letters.",
    example: "to_upper('Grün') == 'GRÜN'",
    since,
    call: (args) => toUpperLetters(textArgument("to_upper", args, 0)),
  },
  {
    name: "to_lower",
    args: [STRING],
    result: "string",
    note: "The text in small letters.",
    example: "to_lower('ReadOnly') == 'readonly'",
    since,
    call: (args) => toLowerLetters(textArgument("to_lower", args, 0)),
  },
  {
    name: "trim",
    args: [STRING, STRING],
    result: "string",
    note: "The first text without those characters at both ends that the second consists of.",
    example: "trim('--app--', '-') == 'app'",
    since,
    call: trim,
  },
  {
    name: "trim_prefix",
    args: [STRING, STRING],
    result: "string",
    note: "The first text without the second where it begins with it.",
    example: "trim_prefix('refs/heads/main', 'refs/heads/') == 'main'",
    since,
    call: trimPrefix,
  },
  {
    name: "split",
    args: [STRING, STRING],
    result: "array[string]",
    note: "The parts of the first text between the occurrences of the second; its characters when the second is empty.",
    example: "split('a,b', ',') == ['a', 'b']",
    since,
    call: split,
  },
  {
    name: "truncate",
    args: [STRING, NUMBER],
    result: "string",
    note: "The first characters of the text, at most so many.",
    example: "truncate('deployment', `6`) == 'deploy'",
    since,
    call: truncate,
  },
  {
    name: "to_boolean",
    args: [STRING],
    result: "bool",
    note: "The boolean that `true` or `false` spells, in letters of any case; an error for other texts.",
    example: "to_boolean('TRUE')",
    since,
    call: toBoolean,
  },
  {
    name: "path_canonicalize",
    args: [STRING],
    result: "string",
    note: "The path without doubled slashes, `.` and the `..` that can be taken back. An empty text stays empty.",
    example: "path_canonicalize('/var//run/../lib/') == '/var/lib'",
    since,
    call: (args) => {
      const path = textArgument("path_canonicalize", args, 0);
      return path === "" ? "" : cleanPath(path);
    },
  },
];
