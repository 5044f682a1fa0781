import { AmapError, Double, LIMITS, type Value } from "../../../base/index.ts";
import { compareText } from "../cel/values/equality.ts";

/**
 * A value as Go's encoding/json writes it, which is what users of Kyverno see where a value stands in a text: keys in
 * the order of their UTF-8, no spaces, `<`, `>` and `&` escaped, doubles without a point where they are integral.
 * `charge` is given steps as the text grows.
 * @throws {AmapError} LIMIT_EXCEEDED for a value nested deeper than LIMITS.documentDepth, EXPRESSION_FAILED for NaN and
 * infinities
 */
export function writeGoJson(value: Value, charge: (steps: number) => void): string {
  return writeJsonPart(value, charge, 0);
}

function writeJsonPart(value: Value, charge: (steps: number) => void, depth: number): string {
  if (typeof value === "string") {
    charge(1 + value.length / CHARACTERS_PER_STEP);
    return quoteJson(value);
  }
  charge(1);
  if (typeof value !== "object" || value === null || value instanceof Double) return scalarJson(value);
  guardDepth(depth);
  charge(CONTAINER_STEPS);
  if (isList(value)) return `[${value.map((item) => writeJsonPart(item, charge, depth + 1)).join(",")}]`;
  const members = sortedKeys(value).map((key) => {
    charge(KEY_STEPS + key.length / CHARACTERS_PER_STEP);
    return `${quoteJson(key)}:${writeJsonPart(value[key] as Value, charge, depth + 1)}`;
  });
  return `{${members.join(",")}}`;
}

/** What a list or an object costs beside its members: their texts are put together in one of their own. */
const CONTAINER_STEPS = 4;

/** What a key costs beside its text: it is found, and put among the others. */
const KEY_STEPS = 3;

/** Characters of text that count as one step. */
export const CHARACTERS_PER_STEP = 8;

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

function scalarJson(value: null | boolean | number | bigint | Double): string {
  if (value === null || typeof value === "boolean" || typeof value === "bigint") return String(value);
  const number = Number(value);
  if (!Number.isFinite(number)) {
    throw new AmapError("EXPRESSION_FAILED", `json: unsupported value: ${nonFinite(number)}`);
  }
  // Both languages write the shortest digits, and an exponent from 1e21 up and below 1e-6.
  return Object.is(number, -0) ? "-0" : String(number);
}

function nonFinite(number: number): string {
  if (Number.isNaN(number)) return "NaN";
  return number > 0 ? "+Inf" : "-Inf";
}

/** What JSON.stringify leaves as it is and Go escapes. */
const GO_ESCAPED = /[<>&\u2028\u2029]/g;

function quoteJson(text: string): string {
  return JSON.stringify(text).replace(
    GO_ESCAPED,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** The keys in the order of their UTF-8 bytes, in which Go writes maps. */
export function sortedKeys(value: { readonly [key: string]: Value }): readonly string[] {
  return Object.keys(value).sort(compareText);
}

function guardDepth(depth: number): void {
  if (depth > LIMITS.documentDepth) {
    throw new AmapError("LIMIT_EXCEEDED", `a value is nested deeper than ${LIMITS.documentDepth} levels`);
  }
}

/**
 * JSON of {@link writeGoJson} on lines, as Go's encoding/json indents it with two spaces: an empty list or object stays
 * on its line.
 *
 * @example
 * ```ts
 * import { indentGoJson } from "../../index.ts";
 * indentGoJson('{"a":[1],"b":{}}'); // '{\n  "a": [\n    1\n  ],\n  "b": {}\n}'
 * ```
 */
export function indentGoJson(compact: string): string {
  const parts: string[] = [];
  let depth = 0;
  const breakLine = (): number => parts.push(`\n${"  ".repeat(depth)}`);
  for (const token of compact.match(JSON_TOKENS) ?? []) {
    if (token === "}" || token === "]") {
      depth--;
      breakLine();
    }
    parts.push(token);
    if (token === ":") parts.push(" ");
    if (token === "{" || token === "[") depth++;
    if (token === "{" || token === "[" || token === ",") breakLine();
  }
  return parts.join("");
}

/** Texts, empty lists and objects, signs, and everything between: numbers and words. */
const JSON_TOKENS = /"(?:[^"\\]|\\.)*"|\{\}|\[\]|[{}[\],:]|[^{}[\],:"]+/g;
