import { LIMITS } from "../../../../../base/index.ts";
import { CelError } from "../../error.ts";
import type { Draws } from "./draws.ts";

/** First and last code point. */
type Range = readonly [first: number, last: number];

/** A regular expression as something to draw from. */
export type RandomPattern =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "class"; readonly ranges: readonly Range[]; readonly size: number }
  | { readonly kind: "sequence"; readonly parts: readonly RandomPattern[] }
  | { readonly kind: "choice"; readonly parts: readonly RandomPattern[] }
  | { readonly kind: "repeat"; readonly part: RandomPattern; readonly min: number; readonly max: number };

/** How many more than the least an open repetition (`*`, `+`, `{2,}`) gives at most; Kyverno's is 4096. */
const MAX_OPEN_REPEAT = 32;
const MAX_DEPTH = 100;
const MAX_CODE_POINT = 0x10ffff;
const PRINTABLE: Range = [0x20, 0x7e];
const SURROGATES: Range = [0xd800, 0xdfff];

const DIGITS: readonly Range[] = [[0x30, 0x39]];
const SPACES: readonly Range[] = [
  [0x09, 0x0a],
  [0x0c, 0x0d],
  [0x20, 0x20],
];
const UPPER: Range = [0x41, 0x5a];
const LOWER: Range = [0x61, 0x7a];
const WORD: readonly Range[] = [...DIGITS, UPPER, [0x5f, 0x5f], LOWER];
const PERL_CLASSES: ReadonlyMap<string, readonly Range[]> = new Map([
  ["d", DIGITS],
  ["s", SPACES],
  ["w", WORD],
]);
const POSIX_CLASSES: ReadonlyMap<string, readonly Range[]> = new Map<string, readonly Range[]>([
  ["alnum", [...DIGITS, UPPER, LOWER]],
  ["alpha", [UPPER, LOWER]],
  ["digit", DIGITS],
  ["lower", [LOWER]],
  ["upper", [UPPER]],
  ["word", WORD],
  ["xdigit", [...DIGITS, [0x41, 0x46], [0x61, 0x66]]],
]);
const CONTROLS: ReadonlyMap<string, number> = new Map([
  ["a", 0x07],
  ["f", 0x0c],
  ["n", 0x0a],
  ["r", 0x0d],
  ["t", 0x09],
  ["v", 0x0b],
]);

/**
 * Reads a regular expression that RE2 accepts. `.` and negated classes stand for printable ASCII where they have any;
 * anchors and word boundaries for nothing.
 * @throws {CelError} invalid_argument for flags, Unicode classes and other parts that nothing is drawn from
 */
export function parseRandomPattern(source: string): RandomPattern {
  const parser = new Parser(source);
  const pattern = parser.choice(0);
  if (!parser.done) throw unsupported(parser.rest);
  return pattern;
}

function unsupported(what: string): CelError {
  return new CelError(
    "invalid_argument",
    `random: the pattern's ${JSON.stringify(what.slice(0, 20))} is not supported`,
  );
}

class Parser {
  readonly #points: readonly string[];
  #at = 0;

  constructor(source: string) {
    this.#points = Array.from(source);
  }

  get done(): boolean {
    return this.#at >= this.#points.length;
  }

  /** What comes next, as far as one part of a pattern reaches. */
  get rest(): string {
    return this.#points.slice(this.#at, this.#at + 64).join("");
  }

  choice(depth: number): RandomPattern {
    if (depth > MAX_DEPTH) throw unsupported(this.rest);
    const parts = [this.#sequence(depth)];
    while (this.#take("|")) parts.push(this.#sequence(depth));
    return parts.length === 1 ? (parts[0] as RandomPattern) : { kind: "choice", parts };
  }

  #sequence(depth: number): RandomPattern {
    const parts: RandomPattern[] = [];
    while (!this.done && this.#peek() !== "|" && this.#peek() !== ")") parts.push(this.#repeated(depth));
    return { kind: "sequence", parts };
  }

  #repeated(depth: number): RandomPattern {
    let part = this.#atom(depth);
    for (let count = this.#count(); count !== undefined; count = this.#count()) {
      this.#take("?");
      part = { kind: "repeat", part, min: count[0], max: count[1] };
    }
    return part;
  }

  /** How often what stands before is repeated. */
  #count(): Range | undefined {
    if (this.#take("*")) return [0, MAX_OPEN_REPEAT];
    if (this.#take("+")) return [1, 1 + MAX_OPEN_REPEAT];
    if (this.#take("?")) return [0, 1];
    const match = this.#peek() === "{" ? /^\{([0-9]{1,4})(,?)([0-9]{0,4})\}/.exec(this.rest) : null;
    if (match === null) return undefined;
    this.#at += match[0].length;
    const min = Number(match[1]);
    if (match[2] === "") return [min, min];
    return [min, match[3] === "" ? min + MAX_OPEN_REPEAT : Number(match[3])];
  }

  #atom(depth: number): RandomPattern {
    const point = this.#next();
    switch (point) {
      case "(":
        return this.#group(depth);
      case "[":
        return classOf(this.#class());
      case ".":
        return classOf([PRINTABLE]);
      case "^":
      case "$":
        return { kind: "text", text: "" };
      case "\\":
        return this.#escape();
      default:
        return { kind: "text", text: point };
    }
  }

  #group(depth: number): RandomPattern {
    if (this.#take("?")) {
      const head = /^(?::|P?<[A-Za-z_][A-Za-z0-9_]*>)/.exec(this.rest);
      if (head === null) throw unsupported(`(?${this.rest}`);
      this.#at += head[0].length;
    }
    const inside = this.choice(depth + 1);
    if (!this.#take(")")) throw unsupported(this.rest);
    return inside;
  }

  #escape(): RandomPattern {
    const letter = this.#peek();
    const ranges = this.#perlClass();
    if (ranges !== undefined) return classOf(ranges);
    if ("AzbB".includes(letter) && letter !== "") {
      this.#at++;
      return { kind: "text", text: "" };
    }
    return { kind: "text", text: String.fromCodePoint(this.#escapedPoint()) };
  }

  #perlClass(): readonly Range[] | undefined {
    const letter = this.#peek();
    const ranges = PERL_CLASSES.get(letter.toLowerCase());
    if (ranges === undefined) return undefined;
    this.#at++;
    return letter === letter.toLowerCase() ? ranges : complement(ranges);
  }

  #escapedPoint(): number {
    const letter = this.#next();
    const control = CONTROLS.get(letter);
    if (control !== undefined) return control;
    const hex = letter === "x" ? /^(?:([0-9a-fA-F]{2})|\{([0-9a-fA-F]{1,6})\})/.exec(this.rest) : null;
    if (hex !== null) {
      this.#at += hex[0].length;
      return Number.parseInt(hex[1] ?? hex[2] ?? "", 16);
    }
    if (/[0-9A-Za-z]/.test(letter)) throw unsupported(`\\${letter}`);
    return letter.codePointAt(0) as number;
  }

  #class(): readonly Range[] {
    const negated = this.#take("^");
    const ranges: Range[] = [];
    for (let first = true; first || this.#peek() !== "]"; first = false) {
      if (this.done) throw unsupported("[");
      ranges.push(...this.#member());
    }
    this.#at++;
    return negated ? complement(ranges) : ranges;
  }

  #member(): readonly Range[] {
    const posix = this.#peek() === "[" ? /^\[:(\^?)([a-z]+):\]/.exec(this.rest) : null;
    if (posix !== null) {
      const ranges = POSIX_CLASSES.get(posix[2] as string);
      if (ranges === undefined) throw unsupported(posix[0]);
      this.#at += posix[0].length;
      return posix[1] === "^" ? complement(ranges) : ranges;
    }
    const first = this.#classPoint();
    if (typeof first !== "number") return first;
    const isRange = this.#peek() === "-" && this.#points[this.#at + 1] !== "]" && this.#at + 1 < this.#points.length;
    if (!isRange) return [[first, first]];
    this.#at++;
    const last = this.#classPoint();
    if (typeof last !== "number") throw unsupported(this.rest);
    return [[first, last]];
  }

  #classPoint(): number | readonly Range[] {
    const point = this.#next();
    if (point !== "\\") return point.codePointAt(0) as number;
    return this.#perlClass() ?? this.#escapedPoint();
  }

  #peek(): string {
    return this.#points[this.#at] ?? "";
  }

  #next(): string {
    const point = this.#points[this.#at];
    if (point === undefined) throw unsupported("end");
    this.#at++;
    return point;
  }

  #take(point: string): boolean {
    if (this.#peek() !== point) return false;
    this.#at++;
    return true;
  }
}

/** Without overlaps, so that each character is as likely as the others; never half of a surrogate pair. */
function classOf(ranges: readonly Range[]): RandomPattern {
  const merged = normalize(ranges);
  const size = merged.reduce((sum, [first, last]) => sum + last - first + 1, 0);
  if (size === 0) throw unsupported("empty class");
  return { kind: "class", ranges: merged, size };
}

function normalize(ranges: readonly Range[]): readonly Range[] {
  const sorted = ranges.filter(([first, last]) => first <= last).toSorted((a, b) => a[0] - b[0]);
  const merged: [number, number][] = [];
  for (const [first, last] of sorted) {
    const before = merged.at(-1);
    if (before !== undefined && first <= before[1] + 1) before[1] = Math.max(before[1], last);
    else merged.push([first, last]);
  }
  return merged.flatMap((range) => without(range, SURROGATES));
}

function without([first, last]: Range, [from, to]: Range): readonly Range[] {
  const kept: readonly Range[] = [
    [first, Math.min(last, from - 1)],
    [Math.max(first, to + 1), last],
  ];
  return kept.filter((range) => range[0] <= range[1]);
}

/** All other characters: the printable ones of ASCII where there are any. */
function complement(ranges: readonly Range[]): readonly Range[] {
  const left: Range[] = [];
  let next = 0;
  for (const [first, last] of normalize(ranges)) {
    if (first > next) left.push([next, first - 1]);
    next = last + 1;
  }
  if (next <= MAX_CODE_POINT) left.push([next, MAX_CODE_POINT]);
  const printable = left
    .map(([first, last]): Range => [Math.max(first, PRINTABLE[0]), Math.min(last, PRINTABLE[1])])
    .filter(([first, last]) => first <= last);
  return printable.length > 0 ? printable : left;
}

/**
 * A text that the pattern matches.
 * @throws {CelError} invalid_argument for more than LIMITS.randomTextLength characters
 */
export function drawText(pattern: RandomPattern, draws: Draws, charge: (steps: number) => void): string {
  const parts: string[] = [];
  let length = 0;
  const put = (text: string): void => {
    length += text.length;
    if (length > LIMITS.randomTextLength) {
      throw new CelError("invalid_argument", `random: the text is longer than ${LIMITS.randomTextLength} characters`);
    }
    parts.push(text);
  };
  const draw = (each: RandomPattern): void => {
    charge(1);
    switch (each.kind) {
      case "text":
        return put(each.text);
      case "class":
        return put(characterAt(each.ranges, draws.below(each.size)));
      case "sequence":
        return each.parts.forEach(draw);
      case "choice":
        return draw(each.parts[draws.below(each.parts.length)] as RandomPattern);
      default:
        for (let count = each.min + draws.below(each.max - each.min + 1); count > 0; count--) draw(each.part);
    }
  };
  draw(pattern);
  return parts.join("");
}

function characterAt(ranges: readonly Range[], index: number): string {
  let rest = index;
  for (const [first, last] of ranges) {
    const size = last - first + 1;
    if (rest < size) return String.fromCodePoint(first + rest);
    rest -= size;
  }
  return "";
}
