import { type CelContext, type CelFunction, celFunction } from "../../function.ts";
import { celTypes } from "../../types.ts";
import { Draws } from "./draws.ts";
import { drawText, parseRandomPattern } from "./random-pattern.ts";
import { withNamespace } from "./spellings.ts";

const { string } = celTypes;
const since = "0.2.0";
/** What Kyverno draws when no pattern is given. */
const DEFAULT_PATTERN = "[0-9a-z]{8}";

function random(source: string, context: CelContext): string {
  // RE2 says what is a pattern at all, and refuses counted repetitions that multiply beyond 1000.
  context.pattern(source);
  const pattern = parseRandomPattern(source);
  return drawText(pattern, new Draws(() => context.entropy()), (steps) => context.charge(steps));
}

/** Kyverno's random library. What is drawn depends on the evaluation's seed alone, so a decision can be made again. */
export const RANDOM_FUNCTIONS: readonly CelFunction[] = withNamespace("random", "random", (name) => [
  celFunction({
    name,
    args: [],
    result: string,
    note: "Eight random characters, of 0 to 9 and a to z.",
    example: `${name}().matches("^[0-9a-z]{8}$")`,
    since,
    isVolatile: true,
    call: (context) => random(DEFAULT_PATTERN, context),
  }),
  celFunction({
    name,
    args: [string],
    result: string,
    note: "A random text that the regular expression matches; an open repetition gives at most 32 more than its least.",
    example: `${name}("[A-F0-9]{4}").matches("^[A-F0-9]{4}$")`,
    since,
    isVolatile: true,
    call: random,
  }),
]);
