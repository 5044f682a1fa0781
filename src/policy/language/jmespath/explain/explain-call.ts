import type { Value } from "../../../../base/index.ts";
import { nearestName } from "../../../resource/nearest-name.ts";
import { isOfType } from "../evaluate/call.ts";
import { isList } from "../evaluate/values.ts";
import { formatJmesSignature, type JmesArgument, type JmesFunction, type JmesType } from "../function.ts";
import { describeValue } from "./explanation.ts";
import type { Fault } from "./fault.ts";

/** A call that failed. */
interface FailedCall {
  readonly name: string;
  readonly offset: number;
  readonly args: readonly CallArgument[];
  /** What it failed with. */
  readonly message: string;
}

interface CallArgument {
  /** Undefined for an `&expression`. */
  readonly value: Value | undefined;
  readonly offset: number;
  /** Why it is null, where a key is missing. */
  readonly why: string;
}

/** What is wrong with a call: no such function, the number of arguments, the type of one, or what the function says. */
export function explainCall(call: FailedCall, functions: ReadonlyMap<string, JmesFunction>): Fault {
  const row = functions.get(call.name);
  if (row === undefined) return unknownFunction(call, functions);
  const signature = `It is called as ${formatJmesSignature(row)}.`;
  const count = countFault(call, row);
  if (count !== undefined) return { offset: call.offset, reason: count, hint: signature };
  const last = row.args.length - 1;
  for (const [index, argument] of call.args.entries()) {
    const types = last < 0 ? undefined : row.args[Math.min(index, last)];
    if (types === undefined || fits(argument.value, types)) continue;
    return wrongType(call, index, types, signature);
  }
  return { offset: call.offset, reason: `${call.name}() failed: ${call.message}${valuesOf(call)}`, hint: signature };
}

function unknownFunction({ name, offset }: FailedCall, functions: ReadonlyMap<string, JmesFunction>): Fault {
  const near = nearestName(name, [...functions.keys()]);
  const guess = near === undefined ? "" : `Did you mean ${near}()? `;
  return { offset, reason: `there is no function ${name}()`, hint: `${guess}"amap jp function" lists all functions.` };
}

function countFault({ name, args }: FailedCall, row: JmesFunction): string | undefined {
  const last = row.args.at(-1);
  if (last === undefined) return undefined;
  const isEnough = last.isVariadic ? args.length >= row.args.length : args.length === row.args.length;
  if (isEnough) return undefined;
  const least = last.isVariadic ? "at least " : "";
  const noun = row.args.length === 1 ? "argument" : "arguments";
  return `${name}() takes ${least}${row.args.length} ${noun}, and here ${args.length === 1 ? "is 1" : `are ${args.length}`}`;
}

function wrongType(call: FailedCall, index: number, { types }: JmesArgument, signature: string): Fault {
  const { value, offset, why } = call.args[index] as CallArgument;
  const wanted = types.map(typeWords).join(" or ");
  const found = value === undefined ? "an &expression" : describeArgument(value, types);
  const because = why === "" ? "" : `, because ${why}`;
  const position = call.args.length === 1 ? "" : ` as argument ${index + 1}`;
  const reason = `${call.name}() takes ${wanted}${position}, and here is ${found}${because}`;
  return { offset, reason, hint: `${adviceFor(value, types)} ${signature}` };
}

/** Of a list whose items are of the wrong type the first such item. */
function describeArgument(value: Value, types: readonly JmesType[]): string {
  const odd = isList(value) ? value.findIndex((item) => !types.some((type) => isOfType([item], type))) : -1;
  if (odd < 0 || !isList(value)) return describeValue(value);
  return `${describeValue(value)}, of which item ${odd} is ${describeValue(value[odd] ?? null)}`;
}

function adviceFor(value: Value | undefined, types: readonly JmesType[]): string {
  const [type] = types;
  if (value === null && type !== undefined) return `Give a default where it may be missing: (… || ${defaultOf(type)}).`;
  if (type === "string" && value !== undefined) return "Make a text of it with to_string(…).";
  if (type === "number" && typeof value === "string") return "Make a number of it with to_number(…).";
  if (type?.startsWith("array") && value !== undefined && !isList(value)) return "Put it between brackets: [ … ].";
  return "Give a value of that type.";
}

function defaultOf(type: JmesType): string {
  if (type === "number") return "`0`";
  if (type === "object") return "`{}`";
  if (type === "bool") return "`false`";
  return type.startsWith("array") ? "`[]`" : "''";
}

const TYPE_WORDS: Readonly<Record<JmesType, string>> = {
  any: "any value",
  array: "a list",
  "array[number]": "a list of numbers",
  "array[string]": "a list of texts",
  bool: "a boolean",
  expref: "an &expression",
  number: "a number",
  object: "an object",
  string: "a text",
};

function typeWords(type: JmesType): string {
  return TYPE_WORDS[type];
}

/** An `&expression` has no value: it fits where one is wanted, and where anything is. */
function fits(value: Value | undefined, { types }: JmesArgument): boolean {
  return types.some((type) => (value === undefined ? type === "expref" || type === "any" : isOfType(value, type)));
}

/** The arguments that the function was given. */
function valuesOf({ args }: FailedCall): string {
  const shown = args.map(({ value }) => (value === undefined ? "an &expression" : describeValue(value)));
  return shown.length === 0 ? "" : `, given ${shown.join(", ")}`;
}
