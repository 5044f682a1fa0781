/** A term of Elixir or Erlang, as far as lock files use them. Atoms, strings and binaries are texts. */
export type Term =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "list" | "tuple"; readonly items: readonly Term[] }
  | { readonly kind: "map"; readonly entries: readonly (readonly [key: Term, value: Term])[] };

/** The text of a term; empty for anything else. */
export function termText(term: Term | undefined): string {
  return term?.kind === "text" ? term.text : "";
}

/** The items of a list or tuple; none for anything else. */
export function termItems(term: Term | undefined): readonly Term[] {
  return term?.kind === "list" || term?.kind === "tuple" ? term.items : [];
}

/** Lock files nest four levels. */
const MAX_DEPTH = 32;

/** Reads the first term of a text; what was read until the first mistake, with what is wrong there. */
export function readTerm(text: string): { readonly term?: Term; readonly problem?: string } {
  const reader = new TermReader(text);
  const term = reader.read(0);
  return {
    ...(term === undefined ? {} : { term }),
    ...(reader.problem === undefined ? {} : { problem: reader.problem }),
  };
}

/** Reads all terms of a text, each with its point behind it, until the first mistake. */
export function readTerms(text: string): { readonly terms: readonly Term[]; readonly problem?: string } {
  const reader = new TermReader(text);
  const terms: Term[] = [];
  while (!reader.isAtEnd()) {
    const term = reader.read(0);
    if (term === undefined || !reader.skipPoint()) break;
    terms.push(term);
  }
  return { terms, ...(reader.problem === undefined ? {} : { problem: reader.problem }) };
}

class TermReader {
  readonly #text: string;
  #at = 0;
  problem: string | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  read(depth: number): Term | undefined {
    this.#skipSpace();
    const character = this.#text[this.#at];
    if (character === undefined) return this.#fail("expected a term, found the end");
    if (depth > MAX_DEPTH) return this.#fail(`expected at most ${MAX_DEPTH} levels, found more`);
    if (character === '"' || character === "'") return this.#readText(character);
    if (character === "[") return { kind: "list", items: this.#readItems("]", depth) };
    if (character === "{") return { kind: "tuple", items: this.#readItems("}", depth) };
    if (this.#text.startsWith("%{", this.#at)) return this.#readMap(depth);
    if (this.#text.startsWith("<<", this.#at)) return this.#readBinary();
    return this.#readWord();
  }

  isAtEnd(): boolean {
    this.#skipSpace();
    return this.#at >= this.#text.length;
  }

  /** The point behind a term of a file of Erlang. */
  skipPoint(): boolean {
    this.#skipSpace();
    const isPoint = this.problem === undefined && this.#text[this.#at] === ".";
    if (isPoint) this.#at += 1;
    else this.#fail("expected a point behind a term");
    return isPoint;
  }

  #fail(message: string): undefined {
    if (this.problem !== undefined) return;
    const line = this.#text.slice(0, this.#at).split("\n").length;
    this.problem = `${message} at line ${line}`;
  }

  /** White space and comments: `#` of Elixir, `%` of Erlang. */
  #skipSpace(): void {
    for (;;) {
      const character = this.#text[this.#at];
      if (character === " " || character === "\n" || character === "\r" || character === "\t") this.#at += 1;
      else if (character === "#" || (character === "%" && this.#text[this.#at + 1] !== "{")) {
        const end = this.#text.indexOf("\n", this.#at);
        this.#at = end === -1 ? this.#text.length : end;
      } else return;
    }
  }

  #readText(quote: string): Term {
    const parts: string[] = [];
    let from = this.#at + 1;
    for (let at = from; at < this.#text.length; at++) {
      const character = this.#text[at];
      if (character === quote) {
        parts.push(this.#text.slice(from, at));
        this.#at = at + 1;
        return { kind: "text", text: parts.join("") };
      }
      if (character === "\\") {
        parts.push(this.#text.slice(from, at));
        from = at + 1;
        at += 1;
      }
    }
    this.#fail("a text has no end");
    this.#at = this.#text.length;
    return { kind: "text", text: "" };
  }

  /** `<<"text">>`. */
  #readBinary(): Term | undefined {
    this.#at += 2;
    this.#skipSpace();
    const term = this.#text[this.#at] === '"' ? this.#readText('"') : undefined;
    this.#skipSpace();
    if (term === undefined || !this.#text.startsWith(">>", this.#at)) return this.#fail("a binary is not a text");
    this.#at += 2;
    return term;
  }

  #readItems(close: string, depth: number): readonly Term[] {
    const items: Term[] = [];
    this.#at += 1;
    while (this.problem === undefined) {
      this.#skipSpace();
      if (this.#text[this.#at] === close) {
        this.#at += 1;
        break;
      }
      const item = this.#readPair(depth) ?? this.read(depth + 1);
      if (item === undefined) break;
      items.push(item);
      this.#skipSpace();
      if (this.#text[this.#at] === ",") this.#at += 1;
      else if (this.#text[this.#at] !== close) this.#fail(`expected a comma or ${close}`);
    }
    return items;
  }

  /** `key: value` in a list, which Elixir reads as the tuple of both. */
  #readPair(depth: number): Term | undefined {
    const match = this.#match(/[A-Za-z_][A-Za-z0-9_]*[?!]?:(?=\s)/y);
    if (match === undefined) return undefined;
    const value = this.read(depth + 1);
    return value === undefined
      ? undefined
      : { kind: "tuple", items: [{ kind: "text", text: match.slice(0, -1) }, value] };
  }

  #readMap(depth: number): Term {
    const entries: (readonly [Term, Term])[] = [];
    this.#at += 2;
    while (this.problem === undefined) {
      this.#skipSpace();
      if (this.#text[this.#at] === "}") {
        this.#at += 1;
        break;
      }
      const key = this.#readKey(depth);
      const value = key === undefined ? undefined : this.read(depth + 1);
      if (key === undefined || value === undefined) break;
      entries.push([key, value]);
      this.#skipSpace();
      if (this.#text[this.#at] === ",") this.#at += 1;
      else if (this.#text[this.#at] !== "}") this.#fail("expected a comma or }");
    }
    return { kind: "map", entries };
  }

  /** `"name": `, `name: ` or `"name" => `. */
  #readKey(depth: number): Term | undefined {
    const word = this.#match(/[A-Za-z_][A-Za-z0-9_]*[?!]?:(?=\s)/y);
    if (word !== undefined) return { kind: "text", text: word.slice(0, -1) };
    const key = this.read(depth + 1);
    this.#skipSpace();
    if (this.#text[this.#at] === ":") this.#at += 1;
    else if (this.#text.startsWith("=>", this.#at)) this.#at += 2;
    else return this.#fail("expected a key of a map");
    return key;
  }

  /** An atom, a number, a name. */
  #readWord(): Term | undefined {
    if (this.#text.startsWith(':"', this.#at)) {
      this.#at += 1;
      return this.#readText('"');
    }
    const word = this.#match(/:?[A-Za-z0-9_@.+-]+[?!]?/y);
    if (word === undefined) return this.#fail(`expected a term, found ${JSON.stringify(this.#text[this.#at])}`);
    return { kind: "text", text: word.startsWith(":") ? word.slice(1) : word };
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text)?.[0];
    if (match !== undefined) this.#at += match.length;
    return match;
  }
}
