import {
  drawJmesTree,
  listJmesFunctions,
  queryJmesPath,
  readJmesExpression,
  readQueryInput,
  writeJmesResult,
} from "../../app/index.ts";
import { AmapError, type Value } from "../../base/index.ts";
import { printable } from "../../report/index.ts";
import { collectList, isOn, textOf, textsOf } from "../flags.ts";
import type { Terminal } from "../terminal.ts";
import type { Verb, VerbContext } from "../verb.ts";

/** `amap jp query`, as Kyverno's. What a person is asked for goes to standard error, so that the output is only results. */
export const jpQuery: Verb = {
  positional: ["[expression...]"],
  registry: false,
  declare: (command) =>
    void command
      .option("-i, --input <file>", "the JSON or YAML document; standard input without")
      .option("-q, --query <file>", "read an expression from a file; files may be separated by commas", collectList)
      .option("-u, --unquoted", "print a result that is a text without quotes")
      .option("-c, --compact", "print JSON on one line"),
  run: async ({ world, terminal }, words, flags) => {
    const expressions = [...words];
    for (const file of textsOf(flags, "query")) expressions.push(await readJmesExpression(world, file));
    const path = textOf(flags, "input");
    if (expressions.length === 0 && path === undefined) {
      throw new AmapError("USAGE", "expected an expression or --input, found neither");
    }
    if (expressions.length === 0) {
      terminal.note("Reading a JMESPath expression from standard input; Ctrl+D ends it.");
      expressions.push(await readJmesExpression(world));
    }
    if (path === undefined) terminal.note("Reading the document from standard input; Ctrl+D ends it.");
    const { value, documents } = await readQueryInput(world, path);
    if (documents > 1) terminal.note(`warning: only the first of ${documents} documents is read`);
    for (const expression of expressions) {
      const result = queryJmesPath(world, expression, value);
      terminal.result(`# ${show(terminal, expression)}\n${writeResult(terminal, result, flags)}\n`);
    }
    return 0;
  },
};

function writeResult(terminal: Terminal, result: Value, flags: Readonly<Record<string, unknown>>): string {
  if (typeof result === "string" && isOn(flags, "unquoted")) return show(terminal, result);
  return writeJmesResult(result, { isCompact: isOn(flags, "compact") });
}

/** A text as it is, for programs; for people at a terminal with its control characters made visible. */
function show({ isTerminal }: Terminal, text: string): string {
  return isTerminal ? text.split("\n").map(printable).join("\n") : text;
}

/** `amap jp parse`, as Kyverno's. */
export const jpParse: Verb = {
  positional: ["[expression...]"],
  registry: false,
  declare: (command) =>
    void command.option(
      "-f, --file <file>",
      "read an expression from a file; files may be separated by commas",
      collectList,
    ),
  run: async ({ world, terminal }, words, flags) => {
    const expressions = [...words];
    for (const file of textsOf(flags, "file")) expressions.push(await readJmesExpression(world, file));
    if (expressions.length === 0) {
      terminal.note("Reading a JMESPath expression from standard input; Ctrl+D ends it.");
      expressions.push(await readJmesExpression(world));
    }
    for (const expression of expressions) {
      const tree = drawJmesTree(expression);
      terminal.result(`# ${show(terminal, expression)}\n${tree}\n`);
    }
    return 0;
  },
};

/** `amap jp function`, as Kyverno's, with the standard functions as well and an example of each. */
export const jpFunction: Verb = {
  positional: ["[name...]"],
  registry: false,
  declare: () => {},
  run: ({ terminal }: VerbContext, names) => {
    for (const { name, signature, note, example } of listJmesFunctions(names)) {
      terminal.result(`Name: ${name}\n  Signature: ${signature}\n  Note:      ${note}\n  Example:   ${example}\n\n`);
    }
    return Promise.resolve(0);
  },
};
