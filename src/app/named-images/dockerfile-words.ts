import { invalid } from "./dockerfile-lines.ts";

/** What a variable stands for; undefined for one that is not set. */
export type Variables = (name: string) => string | undefined;

/** How words of one instruction are read. */
interface WordOptions {
  readonly variables: Variables;
  readonly escape: string;
  readonly line: number;
}

/**
 * The words of an instruction, variables put in and quotes taken away, as BuildKit does: `$NAME`, `${NAME}`, and with
 * `:-`, `-`, `:+`, `+`, `:?` and `?`. A variable that is not set is an error, since nobody can tell what it will be.
 * @throws {AmapError} VALUE_INVALID with the line
 * @example
 * ```ts
 * import { expandWords } from "./dockerfile-words.ts";
 * expandWords("shop:${TAG:-v1} AS 'build'", { variables: () => undefined, escape: "\\", line: 1 });
 * // ["shop:v1", "AS", "build"]
 * ```
 */
export function expandWords(text: string, options: WordOptions): readonly string[] {
  return new WordReader(text, options).words();
}

/** Words are nested this deep: `${A:-${B:-…}}`. */
const MAX_DEPTH = 32;

class WordReader {
  readonly #text: string;
  readonly #options: WordOptions;
  #at = 0;

  constructor(text: string, options: WordOptions) {
    this.#text = text;
    this.#options = options;
  }

  words(): readonly string[] {
    const words: string[] = [];
    for (;;) {
      while (/\s/.test(this.#peek())) this.#at += 1;
      if (this.#peek() === "") return words;
      words.push(this.#read((character) => /\s/.test(character), 0));
    }
  }

  #peek(): string {
    return this.#text.charAt(this.#at);
  }

  #take(): string {
    const character = this.#peek();
    this.#at += 1;
    return character;
  }

  /** Reads up to a character that ends it, which stays. */
  #read(isEnd: (character: string) => boolean, depth: number): string {
    if (depth > MAX_DEPTH) throw this.#problem(`variables are nested more than ${MAX_DEPTH} deep`);
    let word = "";
    for (let next = this.#peek(); next !== "" && !isEnd(next); next = this.#peek()) {
      if (next === "'") word += this.#single();
      else if (next === '"') word += this.#double(depth);
      else if (next === "$") word += this.#variable(depth);
      else if (next === this.#options.escape) {
        this.#at += 1;
        word += this.#take();
      } else word += this.#take();
    }
    return word;
  }

  /** Between single quotes everything stands for itself. */
  #single(): string {
    const end = this.#text.indexOf("'", this.#at + 1);
    if (end < 0) throw this.#problem("expected a closing ', found none");
    const word = this.#text.slice(this.#at + 1, end);
    this.#at = end + 1;
    return word;
  }

  #double(depth: number): string {
    this.#at += 1;
    let word = "";
    while (this.#peek() !== '"') {
      const next = this.#peek();
      if (next === "") throw this.#problem('expected a closing ", found none');
      if (next === "$") word += this.#variable(depth);
      else if (next === this.#options.escape) {
        this.#at += 1;
        // Only before these the escape is one; else it stands for itself.
        const escaped = this.#take();
        word += ['"', "$", this.#options.escape].includes(escaped) ? escaped : `${next}${escaped}`;
      } else word += this.#take();
    }
    this.#at += 1;
    return word;
  }

  #variable(depth: number): string {
    this.#at += 1;
    if (this.#peek() !== "{") {
      const name = this.#name();
      return name === "" ? "$" : this.#valueOf(name);
    }
    this.#at += 1;
    const name = this.#name();
    const [operator = ""] = /^(?::[-+?]|[-+?}])/.exec(this.#text.slice(this.#at, this.#at + 2)) ?? [];
    if (name === "" || operator === "") throw this.#problem("expected ${NAME}, ${NAME:-word} or ${NAME:+word}");
    this.#at += operator.length;
    if (operator === "}") return this.#valueOf(name);
    const value = this.#options.variables(name);
    // With a colon an empty value is as good as none.
    const isSet = value !== undefined && (value !== "" || !operator.startsWith(":"));
    const word = this.#branch(operator, isSet, depth);
    if (operator.endsWith("+")) return isSet ? word : "";
    if (isSet) return value;
    if (operator.endsWith("?")) throw this.#problem(`${name} is needed: ${word}`);
    return word;
  }

  /** The word of `${NAME:-word}`. Of one that is not used, variables need not be set. */
  #branch(operator: string, isSet: boolean, depth: number): string {
    const isUsed = operator.endsWith("+") === isSet;
    const reader = new WordReader(this.#text, isUsed ? this.#options : { ...this.#options, variables: () => "" });
    reader.#at = this.#at;
    const word = reader.#read((character) => character === "}", depth + 1);
    if (reader.#peek() !== "}") throw this.#problem("expected a closing }, found none");
    this.#at = reader.#at + 1;
    return word;
  }

  #name(): string {
    const [name = ""] = /^[A-Za-z_][A-Za-z0-9_]*/.exec(this.#text.slice(this.#at, this.#at + 256)) ?? [];
    this.#at += name.length;
    return name;
  }

  #valueOf(name: string): string {
    const value = this.#options.variables(name);
    if (value !== undefined) return value;
    throw this.#problem(
      `${name} has no value: give it by --build-arg ${name}=VALUE, or as a variable of the environment`,
    );
  }

  #problem(message: string): Error {
    return invalid(this.#options.line, message);
  }
}
