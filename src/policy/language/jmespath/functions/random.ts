import type { Value } from "../../../../base/index.ts";
import { CelError } from "../../cel/error.ts";
import { Draws } from "../../cel/functions/kyverno/draws.ts";
import { drawText, parseRandomPattern } from "../../cel/functions/kyverno/random-pattern.ts";
import type { JmesFunction } from "../function.ts";
import type { JmesContext } from "../program.ts";
import { STRING, textArgument } from "./arguments.ts";
import { failed } from "./failure.ts";
import { patternOf } from "./regex.ts";

function random(args: readonly Value[], context: JmesContext): string {
  const source = textArgument("random", args, 0);
  if (source === "") throw failed("no pattern provided");
  // RE2 says what is a pattern at all, and refuses counted repetitions that multiply beyond 1000.
  patternOf(source, context, failed);
  try {
    return drawText(parseRandomPattern(source), new Draws(() => context.entropy()), (steps) => context.charge(steps));
  } catch (error) {
    if (!(error instanceof CelError)) throw error;
    throw failed(error.message, error);
  }
}

/** Kyverno's random texts. What is drawn depends on the evaluation's seed alone, so a decision can be made again. */
export const RANDOM_FUNCTIONS: readonly JmesFunction[] = [
  {
    name: "random",
    args: [STRING],
    result: "string",
    note: "A random text that the regular expression matches; an open repetition gives at most 32 more than its least.",
    example: "regex_match('^[0-9a-z]{8}$', random('[0-9a-z]{8}'))",
    since: "0.2.0",
    call: random,
  },
];
