import { RE2JS } from "re2js";
import { CelError } from "../error.ts";

/** Instructions of one pattern: a million take about a second and 260 MB. */
const MAX_PATTERN_SIZE = 1_000_000;
/** RE2's own limit on nested repetition. */
const MAX_REPETITION = 1000;

/** Not less than the instructions a pattern compiles to: its length times what its counted repetitions multiply. */
export function patternSize(text: string): number {
  let repetition = 1;
  // Each run of digits is read once, from its start: a text of digits alone would take time that grows with its square.
  for (const [, count = ""] of text.matchAll(/(?<![0-9])([0-9]+)\}/g)) {
    repetition = Math.min(repetition * Math.max(1, Number(count)), MAX_REPETITION);
  }
  return text.length * repetition;
}

/** The pattern engine reads a few million characters a second with a small pattern, and less the larger it is. */
const MATCHED_PER_STEP = 4;
const SMALL_PATTERN = 32;

/** The steps that reading one character with a pattern takes. */
export function stepsPerCharacter(pattern: string): number {
  return Math.max(1, patternSize(pattern) / SMALL_PATTERN) / MATCHED_PER_STEP;
}

/**
 * A RE2 pattern.
 * @throws {CelError} invalid_argument
 */
export function compilePattern(text: string): RE2JS {
  if (patternSize(text) > MAX_PATTERN_SIZE) {
    throw new CelError("invalid_argument", "the regular expression is too large: shorten it or repeat less");
  }
  try {
    return RE2JS.compile(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CelError("invalid_argument", `not an RE2 regular expression: ${reason.slice(0, 200)}`, { cause });
  }
}
