import { Double, equalValues, isAmapError, isValueObject, type Value, type ValueObject } from "../../base/index.ts";
import { readOperations } from "../language/patch/json-patch.ts";
import { PatchError } from "../language/patch/node.ts";
import type { MixedText } from "../language/variables/template.ts";

type Charge = (steps: number) => void;

/**
 * What the text of a JSON Patch says without its variables. They are put in before the text is read, so that a text from
 * an object could end the quotes around it and go on with operations of its own, on objects that its author may not
 * change. Variables fill values; they make no operations:
 *
 * - The patch is read once more with a number in the place of each variable: it has as many operations as with the texts.
 * - What has no variable in it is the same in both: members, keys, scalars; op, path and from above all.
 * - A variable that is a whole value, without quotes, may be anything, objects and lists included; in a list several.
 * - A variable in a text (in quotes, or beside other characters) leaves it one scalar; op, path and from keep what they
 *   have before their first and behind their last variable.
 * - Where a text cannot be read with numbers, variables that fill lines are meant to bring operations: they stay as they
 *   are in both readings. A patch of nothing but variables says only what they say.
 */
export class PatchShape {
  readonly #pieces: MixedText["pieces"];
  readonly #isOpen: boolean;
  #shape: readonly Value[] | "unread" | undefined = "unread";

  constructor({ pieces }: MixedText) {
    this.#pieces = pieces;
    this.#isOpen = pieces.every((piece) => piece === undefined || /^[\s[\],-]*$/.test(piece));
  }

  /** Whether operations that were read from the rendered pieces are those that the policy states. */
  fits(operations: readonly Value[], rendered: readonly string[], charge: Charge): boolean {
    if (this.#isOpen) return true;
    if (this.#shape === "unread") this.#shape = readList(this.#textWith(() => undefined));
    const shape = this.#shape ?? this.#readWithLines(rendered, charge);
    if (shape?.length !== operations.length) return false;
    return shape.every((operation, index) => fitsOperation(operation, operations[index] ?? null, charge));
  }

  #readWithLines(rendered: readonly string[], charge: Charge): readonly Value[] | undefined {
    const text = this.#textWith((index) => (this.#fillsLines(index) ? rendered[index] : undefined));
    charge(text.length);
    return readList(text);
  }

  #textWith(textOf: (index: number) => string | undefined): string {
    return this.#pieces.map((piece, index) => piece ?? textOf(index) ?? String(FIRST_MARK + index)).join("");
  }

  #fillsLines(index: number): boolean {
    const before = index === 0 ? "\n" : this.#pieces[index - 1];
    const after = index === this.#pieces.length - 1 ? "\n" : this.#pieces[index + 1];
    return /(?:^|\n)[ \t]*$/.test(before ?? "x") && /^[ \t]*(?:\n|$)/.test(after ?? "x");
  }
}

/**
 * Stand for variables: a number is a value where JSON or YAML want one, and plain characters inside a text. Above 2^32
 * JavaScript leaves it in its place as a key.
 */
const FIRST_MARK = 7_310_498_100_001;
/** Digits of several may stand beside each other, as a number with an exponent. */
const MARKS = /7\.?310498\d{6}/g;

function isMarked(text: string): boolean {
  return text.search(MARKS) >= 0;
}

function isMarkedNumber(value: Value): boolean {
  const isNumber = typeof value === "number" || typeof value === "bigint" || value instanceof Double;
  return isNumber && isMarked(String(Number(value)));
}

/** The operations of a text; undefined for what is no list of them. */
function readList(text: string): readonly Value[] | undefined {
  try {
    const operations = readOperations(text);
    return Array.isArray(operations) ? operations : undefined;
  } catch (error) {
    const isUnreadable = isAmapError(error, "JSON_INVALID") || isAmapError(error, "YAML_INVALID");
    if (isUnreadable || error instanceof PatchError) return undefined;
    throw error;
  }
}

const WORDS: ReadonlySet<string> = new Set(["op", "path", "from"]);

function fitsOperation(shape: Value, actual: Value, charge: Charge): boolean {
  if (isMarkedNumber(shape)) return true;
  if (!isValueObject(shape) || !isValueObject(actual)) return false;
  return fitsMembers(shape, actual, charge, (key, stated, found) =>
    WORDS.has(key) ? fitsWord(stated, found) : fitsValue(stated, found, charge),
  );
}

function fitsWord(shape: Value, actual: Value): boolean {
  if (typeof shape !== "string" || !isMarked(shape)) return isMarkedNumber(shape) || equalValues(shape, actual);
  if (typeof actual !== "string") return false;
  const pieces = shape.split(MARKS);
  const [first = ""] = pieces;
  const last = pieces.at(-1) ?? "";
  return actual.length >= first.length + last.length && actual.startsWith(first) && actual.endsWith(last);
}

function fitsValue(shape: Value, actual: Value, charge: Charge): boolean {
  charge(1);
  if (isMarkedNumber(shape)) return true;
  if (typeof shape === "string" && isMarked(shape)) return !Array.isArray(actual) && !isValueObject(actual);
  if (Array.isArray(shape)) return Array.isArray(actual) && fitsItems(shape, actual, charge);
  if (!isValueObject(shape)) return equalValues(shape, actual);
  return (
    isValueObject(actual) && fitsMembers(shape, actual, charge, (_, stated, found) => fitsValue(stated, found, charge))
  );
}

/** Between its first and its last element that is a variable, a list may have any elements. */
function fitsItems(shape: readonly Value[], actual: readonly Value[], charge: Charge): boolean {
  const fits = (stated: Value, found: Value | undefined): boolean => fitsValue(stated, found ?? null, charge);
  const first = shape.findIndex(isMarkedNumber);
  if (first < 0) return shape.length === actual.length && shape.every((item, index) => fits(item, actual[index]));
  const behind = shape.slice(shape.findLastIndex(isMarkedNumber) + 1);
  const rest = actual.slice(first);
  if (actual.length < first || rest.length < behind.length) return false;
  const end = rest.slice(rest.length - behind.length);
  return (
    shape.slice(0, first).every((item, index) => fits(item, actual[index])) &&
    behind.every((item, index) => fits(item, end[index]))
  );
}

/** Members by their keys; which variable made which key is not known, so each that is left fits one of those. */
function fitsMembers(
  shape: ValueObject,
  actual: ValueObject,
  charge: Charge,
  fits: (key: string, stated: Value, found: Value) => boolean,
): boolean {
  const stated = Object.entries(shape);
  const left = new Set(Object.keys(actual));
  charge(stated.length + left.size);
  if (stated.length !== left.size) return false;
  const made: Value[] = [];
  for (const [key, member] of stated) {
    if (isMarked(key)) made.push(member);
    else if (!left.delete(key) || !fits(key, member, actual[key] ?? null)) return false;
  }
  return [...left].every((key) => made.some((member) => fits(key, member, actual[key] ?? null)));
}
