import type { Value } from "../../../../base/index.ts";
import { isList } from "../evaluate/values.ts";
import type { JmesFunction } from "../function.ts";
import { writeGoJson } from "../go-json.ts";
import type { JmesContext } from "../program.ts";
import { ANY, STRING } from "./arguments.ts";

const since = "0.2.0";
const TEXTS = { types: ["array[string]"] } as const;

function toText([value = null]: readonly Value[], context: JmesContext): Value {
  return typeof value === "string" ? value : writeGoJson(value, (steps) => context.charge(steps));
}

function join([separator, list]: readonly Value[], context: JmesContext): Value {
  const texts = (isList(list) ? list : []) as readonly string[];
  context.charge(((separator as string).length * texts.length) / 8);
  return texts.join(separator as string);
}

/** JMESPath's functions of texts. */
export const TEXT_FUNCTIONS: readonly JmesFunction[] = [
  {
    name: "starts_with",
    args: [STRING, STRING],
    result: "bool",
    note: "Whether the first text begins with the second.",
    example: "starts_with('nginx:1', 'nginx')",
    since,
    call: ([text, start]) => (text as string).startsWith(start as string),
  },
  {
    name: "ends_with",
    args: [STRING, STRING],
    result: "bool",
    note: "Whether the first text ends with the second.",
    example: "ends_with('nginx:latest', ':latest')",
    since,
    call: ([text, end]) => (text as string).endsWith(end as string),
  },
  {
    name: "join",
    args: [STRING, TEXTS],
    result: "string",
    note: "The texts of the list with the first text between them.",
    example: "join('-', ['a', 'b']) == 'a-b'",
    since,
    call: join,
  },
  {
    name: "to_string",
    args: [ANY],
    result: "string",
    note: "A text as it is, anything else as JSON: keys in order, without spaces, with <, > and & escaped.",
    example: 'to_string(`{"b": 1, "a": [2.0]}`) == \'{"a":[2],"b":1}\'',
    since,
    call: toText,
  },
];
