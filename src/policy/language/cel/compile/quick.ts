/**
 * The quick lane. Most parts of a policy select a member, compare it and join what comes out: nothing fails. A quick run
 * does just that, without noting places and without `try` around operands; where something is not plain it gives
 * undefined, or fails, and the whole way is gone, which alone knows what an error means.
 *
 * The law of every quick run: it asks for no fact and has no effect; where it gives a value, the whole way gives the
 * same for the same steps. What was in vain is not charged.
 */
import type { CelValue } from "../values/value.ts";
import type { Code } from "./code.ts";
import type { Frame } from "./frame.ts";
import { Lane } from "./lane.ts";
import type { Quick } from "./quick-writer.ts";

/** The code with a quick lane before its own way. */
export function withQuick(code: Code, parts: readonly Code[], quick: Quick | undefined): Code {
  if (quick === undefined || code.loads) return code;
  const lane = new Lane(
    quick,
    code.run,
    parts.map((part) => part.lane).filter((part) => part !== undefined),
  );
  const { whole } = lane;
  const run = (frame: Frame): CelValue => {
    const value = lane.attempt(frame.variables, frame.locals, frame.budget, frame);
    return value === undefined ? whole(frame) : value;
  };
  return { ...code, run, quick, lane };
}

/** The quick runs of all parts, or undefined when one has none. */
export function quickOfAll(parts: readonly Code[]): readonly Quick[] | undefined {
  const quicks = parts.map((part) => part.quick).filter((quick) => quick !== undefined);
  return quicks.length === parts.length ? quicks : undefined;
}

/** The code of an optional with a quick lane; `maybe` writes the value that it holds. */
export function withMaybe(code: Code, parts: readonly Code[], maybe: Quick | undefined): Code {
  if (maybe === undefined || code.loads) return code;
  const quick: Quick = (writer) => {
    const value = maybe(writer);
    return writer.define(`${value} === undefined ? NONE : new Optional(${value})`);
  };
  return { ...withQuick(code, parts, quick), maybe };
}
