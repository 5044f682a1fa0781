import { AmapError } from "../../base/index.ts";
import { CelError } from "./cel/error.ts";
import { compilePattern } from "./cel/patterns/pattern.ts";

/**
 * Whether a text has a match of a pattern (RE2 syntax, as Go reads it) anywhere in it, in time that grows with the text
 * alone. Anchor it with `^` and `$` where the whole text is meant.
 * @throws {AmapError} EXPRESSION_INVALID
 * @example
 * ```ts
 * import { compileTextPattern } from "../index.ts";
 * compileTextPattern("^https://github[.]com/acme/")("https://github.com/acme/shop"); // true
 * ```
 */
export function compileTextPattern(pattern: string): (text: string) => boolean {
  try {
    const compiled = compilePattern(pattern);
    return (text) => compiled.matcher(text).find();
  } catch (error) {
    if (error instanceof CelError) throw new AmapError("EXPRESSION_INVALID", error.message, { cause: error });
    throw error;
  }
}
