/**
 * The part of RE2's syntax that pattern-automaton.ts runs: literals, classes of ASCII characters, `.`, `^`, `$`, groups,
 * `|` and counted repetition. It reads patterns that RE2 has accepted; whatever it does not know for certain is undefined.
 */

/** For each ASCII character, and last for all others together, 1 where it belongs to the set. */
export type CharacterSet = Uint8Array;

/** The number of characters that a set tells apart. */
export const SYMBOLS = 129;
/** All characters that are not ASCII. */
export const FOREIGN = 128;

export type Pattern =
  | { readonly kind: "set"; readonly set: CharacterSet }
  | { readonly kind: "begin" | "end" }
  | { readonly kind: "sequence" | "choice"; readonly parts: readonly Pattern[] }
  /** At least `least` times, at most `most`; without end when it is undefined. */
  | { readonly kind: "repeat"; readonly part: Pattern; readonly least: number; readonly most: number | undefined };

const MAX_DEPTH = 20;
const COUNTED = /\{([0-9]{1,3})(,?)([0-9]{0,3})\}/y;
const LITERAL = /[A-Za-z0-9 !"#%&',\-/:;<=>@_`~]/;
const ESCAPED = /[!-/:-@[-`{-~]/;
const CLASS_LITERAL = /[A-Za-z0-9 !"#$%&'()*+,./:;<=>?@_`{|}~]/;

const setOf = (holds: (character: string) => boolean, foreign = 0): CharacterSet => {
  const set = new Uint8Array(SYMBOLS).fill(foreign);
  for (let code = 0; code < FOREIGN; code++) set[code] = holds(String.fromCharCode(code)) ? 1 : 0;
  return set;
};

const PERL_SETS: ReadonlyMap<string, CharacterSet> = new Map([
  ["d", setOf((character) => /[0-9]/.test(character))],
  ["w", setOf((character) => /[0-9A-Za-z_]/.test(character))],
  ["s", setOf((character) => /[\t\n\f\r ]/.test(character))],
]);
const DOT = setOf((character) => character !== "\n", 1);

/** Thrown and caught in this file alone. */
class Unknown extends Error {}

/** A pattern's tree; undefined for what is not of the part. */
export function parsePattern(text: string): Pattern | undefined {
  const reader = new Reader(text);
  try {
    const pattern = reader.choice(0);
    return reader.isAtEnd ? pattern : undefined;
  } catch (error) {
    if (error instanceof Unknown) return undefined;
    throw error;
  }
}

class Reader {
  readonly #text: string;
  #at = 0;
  constructor(text: string) {
    this.#text = text;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#text.length;
  }

  get #next(): string {
    return this.#text.charAt(this.#at);
  }

  #take(expected: string): boolean {
    if (!this.#text.startsWith(expected, this.#at)) return false;
    this.#at += expected.length;
    return true;
  }

  choice(depth: number): Pattern {
    if (depth > MAX_DEPTH) throw new Unknown();
    const parts = [this.#sequence(depth)];
    while (this.#take("|")) parts.push(this.#sequence(depth));
    return { kind: "choice", parts };
  }

  #sequence(depth: number): Pattern {
    const parts: Pattern[] = [];
    while (!this.isAtEnd && this.#next !== "|" && this.#next !== ")") parts.push(this.#repeat(this.#atom(depth)));
    return { kind: "sequence", parts };
  }

  #repeat(part: Pattern): Pattern {
    const bounds = this.#bounds();
    if (bounds === undefined) return part;
    // What repeats a place, and `??`, `**` and the like, is left to RE2.
    if (part.kind === "begin" || part.kind === "end" || this.#bounds() !== undefined) throw new Unknown();
    const [least, most] = bounds;
    return { kind: "repeat", part, least, most };
  }

  #bounds(): readonly [number, number | undefined] | undefined {
    if (this.#take("*")) return [0, undefined];
    if (this.#take("+")) return [1, undefined];
    if (this.#take("?")) return [0, 1];
    if (this.#next !== "{") return undefined;
    COUNTED.lastIndex = this.#at;
    const [counted, least, comma, most] = COUNTED.exec(this.#text) ?? [];
    if (counted === undefined) throw new Unknown();
    this.#at += counted.length;
    if (comma === "") return most === "" ? [Number(least), Number(least)] : unknown();
    return [Number(least), most === "" ? undefined : Number(most)];
  }

  #atom(depth: number): Pattern {
    if (this.#take("^")) return { kind: "begin" };
    if (this.#take("$")) return { kind: "end" };
    if (this.#take("(?:") || (this.#next === "(" && !this.#text.startsWith("(?", this.#at) && this.#take("("))) {
      const inner = this.choice(depth + 1);
      if (!this.#take(")")) throw new Unknown();
      return inner;
    }
    if (this.#take("[")) return { kind: "set", set: this.#class() };
    if (this.#take(".")) return { kind: "set", set: DOT };
    if (this.#take("\\")) return { kind: "set", set: this.#escape() };
    return { kind: "set", set: setOf(is(this.#character(LITERAL))) };
  }

  #character(allowed: RegExp): string {
    const character = this.#next;
    if (character === "" || !allowed.test(character)) throw new Unknown();
    this.#at++;
    return character;
  }

  #escape(): CharacterSet {
    const perl = PERL_SETS.get(this.#next);
    if (perl === undefined) return setOf(is(this.#character(ESCAPED)));
    this.#at++;
    return perl;
  }

  #class(): CharacterSet {
    const isNegated = this.#take("^");
    const set = new Uint8Array(SYMBOLS);
    do {
      this.#member().forEach((holds, symbol) => (set[symbol] = (set[symbol] ?? 0) | holds));
    } while (!this.#take("]"));
    return isNegated ? set.map((holds) => 1 - holds) : set;
  }

  /** A character, a range of them, or a `-` before the end. */
  #member(): CharacterSet {
    if (this.#take("\\")) {
      const set = this.#escape();
      return this.#next === "-" ? unknown() : set;
    }
    if (this.#take("-"))
      return this.#next === "]" || this.#text.charAt(this.#at - 2) === "[" ? setOf(is("-")) : unknown();
    const first = this.#character(CLASS_LITERAL);
    if (this.#next !== "-" || this.#text.charAt(this.#at + 1) === "]") return setOf(is(first));
    this.#at++;
    const last = this.#character(CLASS_LITERAL);
    return this.#next === "-" && this.#text.charAt(this.#at + 1) !== "]"
      ? unknown()
      : setOf((character) => first <= character && character <= last);
  }
}

const is =
  (expected: string) =>
  (character: string): boolean =>
    character === expected;

function unknown(): never {
  throw new Unknown();
}
