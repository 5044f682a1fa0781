const STAR = 0x2a;
const QUESTION_MARK = 0x3f;

/**
 * Whether the whole text matches a pattern in which `*` stands for any characters (also none) and `?` for exactly one,
 * as in Kyverno; there is no escape. A character is a Unicode code point. Takes at most pattern length × text length
 * steps, no regular expression.
 * @example
 * ```ts
 * import { matchesWildcard } from "./index.ts";
 * matchesWildcard("registry.example.com/*:v?", "registry.example.com/team/app:v1"); // true
 * ```
 */
export function matchesWildcard(pattern: string, text: string): boolean {
  let patternAt = 0;
  let textAt = 0;
  // Where the newest star ends in the pattern, and where the text behind what it stands for begins.
  let starEnd = -1;
  let starTextAt = 0;
  while (textAt < text.length) {
    const expected = pattern.codePointAt(patternAt);
    const found = text.codePointAt(textAt) as number;
    if (expected === STAR) {
      starEnd = ++patternAt;
      starTextAt = textAt;
    } else if (expected === QUESTION_MARK || expected === found) {
      patternAt += width(expected);
      textAt += width(found);
    } else if (starEnd >= 0) {
      // Only the newest star need take one more character: whatever an older one could take, this one can, too.
      starTextAt += width(text.codePointAt(starTextAt) as number);
      textAt = starTextAt;
      patternAt = starEnd;
    } else {
      return false;
    }
  }
  while (pattern.charCodeAt(patternAt) === STAR) patternAt++;
  return patternAt === pattern.length;
}

function width(codePoint: number): number {
  return codePoint > 0xffff ? 2 : 1;
}
