import { AmapError, Double, isAmapError, isValueObject, type Value, type ValueObject } from "../../base/index.ts";
import { readOperations } from "../language/patch/json-patch.ts";
import type { MixedText } from "../language/variables/template.ts";

/**
 * Stand for variables in a text that is read: numbers, so that they are values where JSON or YAML want one and plain
 * characters inside a text; above 2^32, so that as keys they keep their place.
 */
const FIRST_MARK = 7_310_498_000_000;
const MARK = /7310498\d{6}/;

/**
 * What a JSON Patch written as a text with variables says without them: the variables put in values, they make no
 * operations. They are put in before the text is read, so that text of an object could otherwise end its quotes and go on
 * with operations of its own, on objects that its author may not change. The rules:
 *
 * - The patch is read with a number in the place of each variable. It has as many operations as with the values.
 * - What has no variable in it stays as it is: members of operations, keys, paths, values.
 * - A variable that is the whole value where it stands, without quotes, may be anything: an object, a list, a text.
 * - A variable in a text (in quotes or beside other characters) leaves it one scalar; op, path and from keep what stands
 *   before their first and behind their last variable.
 * - A variable that fills lines, where the text cannot be read with a number there, is meant to bring operations: it stays
 *   as it is in both readings. So is a patch that is nothing but variables.
 */
export class PatchShape {
  readonly #pieces: MixedText["pieces"];
  readonly #isWhole: boolean;
  #shape: Value | undefined;

  constructor({ pieces }: MixedText) {
    this.#pieces = pieces;
    this.#isWhole = pieces.every((piece) => piece === undefined || piece.trim() === "");
  }

  /** Whether operations that were read from the rendered pieces are those that the policy states. */
  fits(operations: readonly Value[], rendered: readonly string[], charge: (steps: number) => void): boolean {
    if (this.#isWhole) return true;
    this.#shape ??= readPatch(this.#textOf(() => undefined));
    const shape = this.#shape ?? this.#readWithLines(rendered, charge);
    return Array.isArray(shape) && fitsList(shape, operations, fitsOperation, charge);
  }

  #readWithLines(rendered: readonly string[], charge: (steps: number) => void): Value | undefined {
    const text = this.#textOf((index) => (this.#fillsLine(index) ? rendered[index] : undefined));
    charge(text.length);
    return readPatch(text);
  }

  #textOf(textOf: (index: number) => string | undefined): string {
    return this.#pieces.map((piece, index) => piece ?? textOf(index) ?? String(FIRST_MARK + index)).join("");
  }

  #fillsLine(index: number): boolean {
    const before = this.#pieces.slice(0, index);
    const after = this.#pieces.slice(index + 1);
    // Beside other variables it is none that fills a line: which of them is meant?
    const isLast = after.length === 0 || /^[ \t]*\n/.test(after[0] ?? "");
    const isFirst = before.length === 0 || /(?:^|\n)[ \t]*$/.test(before.at(-1) ?? "x");
    return isFirst && isLast;
  }
}

/** The operations of a text; undefined for what is not a list of them. */
function readPatch(text: string): Value | undefined {
  try {
    const operations = readOperations(text);
    return Array.isArray(operations) ? operations : undefined;
  } catch (error) {
    if (isAmapError(error, "JSON_INVALID") || isAmapError(error, "YAML_INVALID")) return undefined;
    throw error;
  }
}
