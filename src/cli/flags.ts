import { type Command, InvalidArgumentError, Option } from "commander";
import { AmapError } from "../base/index.ts";
import type { Flags } from "./verb.ts";

/** For flags that may be given several times. */
export function collect(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value];
}

/** For flags that may be given several times, with several values in one, separated by commas. */
export function collectList(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, ...value.split(",")];
}

/** For cosign's `--flag=false`. */
export function parseBoolean(value: string): boolean {
  if (["true", "1", "t", "TRUE", "True"].includes(value)) return true;
  if (["false", "0", "f", "FALSE", "False"].includes(value)) return false;
  throw new InvalidArgumentError("expected true or false");
}

/** A boolean flag in the forms that Go programs take: `--flag`, `--flag=true`, `--flag=false`. */
export function declareBoolean(
  command: Command,
  flags: string,
  description: string,
  otherwise: boolean | undefined,
): void {
  command.addOption(
    new Option(`${flags} [boolean]`, description).argParser(parseBoolean).preset("true").default(otherwise),
  );
}

/**
 * Flags that others have and amap does not support yet: each is known, and using it is a clear error, never ignored.
 * `why` stands between the flag and `not supported yet`.
 */
export function declareUnsupported(command: Command, flags: readonly string[], why = "is"): void {
  for (const flag of flags) {
    const refuse = (): never => {
      throw new AmapError("NOT_SUPPORTED", `${flag.split(" ")[0]} ${why} not supported yet`);
    };
    // A flag without a value is asked about it, too: commander shows a parser only values. Off is what everybody has.
    const option = flag.includes("<")
      ? new Option(flag).argParser(refuse)
      : new Option(`${flag} [boolean]`).preset("true").argParser((value) => parseBoolean(value) && refuse());
    command.addOption(option.hideHelp());
  }
}

/** A flag's text, or undefined. */
export function textOf(flags: Flags, name: string): string | undefined {
  const value = flags[name];
  return typeof value === "string" ? value : undefined;
}

/** A flag's text; its absence is wrong use. */
export function requireText(flags: Flags, name: string, flag: string): string {
  const value = textOf(flags, name);
  if (value === undefined || value === "") throw new AmapError("USAGE", `${flag} is needed`);
  return value;
}

/** A repeated flag's texts. */
export function textsOf(flags: Flags, name: string): readonly string[] {
  const value = flags[name];
  return Array.isArray(value) ? (value as readonly string[]) : [];
}

/** Whether a boolean flag is on. */
export function isOn(flags: Flags, name: string): boolean {
  return flags[name] === true;
}

/** `-a key=value` pairs. */
export function pairsOf(texts: readonly string[], flag: string): Readonly<Record<string, string>> {
  const pairs = new Map<string, string>();
  for (const text of texts.flatMap((each) => each.split(","))) {
    const at = text.indexOf("=");
    if (at <= 0) throw new AmapError("USAGE", `${flag}: expected key=value, found "${text}"`);
    pairs.set(text.slice(0, at), text.slice(at + 1));
  }
  return Object.fromEntries(pairs);
}

/**
 * Standard input can be read once: of several files that are given, only one may be it.
 * @throws {AmapError} USAGE, with the names of both
 */
export function refuseSharedInput(given: readonly (readonly [what: string, file: string | undefined])[]): void {
  const [first, second] = given.filter(([, file]) => file === "-" || file === "/dev/stdin");
  if (first === undefined || second === undefined) return;
  throw new AmapError("USAGE", `${first[0]} and ${second[0]} are both standard input, which can be read once`, {
    hint: "Write one of them to a file, and name the file.",
  });
}

/** One of a few words. */
export function choiceOf<T extends string>(
  flags: Flags,
  name: string,
  flag: string,
  choices: readonly T[],
  otherwise: T,
): T {
  const value = textOf(flags, name);
  if (value === undefined) return otherwise;
  const found = choices.find((choice) => choice === value);
  if (found === undefined)
    throw new AmapError("USAGE", `${flag}: expected one of ${choices.join(", ")}, found "${value}"`);
  return found;
}

/** The path of a file that is named on the command line, where `-` is standard input. */
export function pathOfInput(name: string): string {
  return name === "-" ? "/dev/stdin" : name;
}
