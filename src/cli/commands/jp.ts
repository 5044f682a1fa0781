import { queryJmesPath, readJmesExpression, readQueryInput } from "../../app/index.ts";
import { AmapError, isAmapError, type Value } from "../../base/index.ts";
import {
  formatJmesSignature,
  formatJmesTree,
  highlightJmesError,
  indentGoJson,
  JMES_FUNCTIONS,
  writeGoJson,
} from "../../policy/index.ts";
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
      const result = located(terminal, expression, () => queryJmesPath(world, expression, value));
      terminal.result(`# ${show(terminal, expression)}\n${writeResult(terminal, result, flags)}\n`);
    }
    return 0;
  },
};

function writeResult(terminal: Terminal, result: Value, flags: Readonly<Record<string, unknown>>): string {
  if (typeof result === "string" && isOn(flags, "unquoted")) return show(terminal, result);
  const json = writeGoJson(result, () => {});
  return isOn(flags, "compact") ? json : indentGoJson(json);
}

/** A text as it is, for programs; for people at a terminal with its control characters made visible. */
function show({ isTerminal }: Terminal, text: string): string {
  return isTerminal ? text.split("\n").map(printable).join("\n") : text;
}

/** Points at the place in the expression that an error names. */
function located<T>(terminal: Terminal, expression: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (isAmapError(error, "EXPRESSION_INVALID")) terminal.note(highlightJmesError(expression, error));
    throw error;
  }
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
      const tree = located(terminal, expression, () => formatJmesTree(expression));
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
    const unknown = names.filter((name) => !JMES_FUNCTIONS.has(name));
    if (unknown.length > 0) {
      throw new AmapError("USAGE", `there is no function ${unknown.join(", ")}`, {
        hint: "`amap jp function` lists all functions.",
      });
    }
    const rows = [...JMES_FUNCTIONS.values()]
      .filter(({ name }) => names.length === 0 || names.includes(name))
      .map((row) => ({ ...row, signature: formatJmesSignature(row) }))
      .sort((one, other) => (one.signature < other.signature ? -1 : 1));
    for (const { name, signature, note, example } of rows) {
      terminal.result(`Name: ${name}\n  Signature: ${signature}\n  Note:      ${note}\n  Example:   ${example}\n\n`);
    }
    return Promise.resolve(0);
  },
};
