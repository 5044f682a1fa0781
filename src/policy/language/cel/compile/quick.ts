/**
 * The quick lane. Most parts of a policy select a member, compare it and join what comes out: nothing fails, nothing is
 * charged. A quick run does just that, without noting places and without `try`, and gives undefined wherever the answer
 * is not plain: then the whole way is gone, which alone knows about errors, steps and conversions.
 *
 * The law of every quick run: it asks for no fact and fails only by a spent budget; where it gives a value, the whole
 * way gives the same. Only loops charge in it, for their rounds: those that were in vain stay charged.
 */

import type { CelValue } from "../values/value.ts";
import type { Code, FieldPath, Operand, Quick } from "./code.ts";
import type { Frame } from "./frame.ts";
import { pathReader } from "./path-reader.ts";

/** A part that is not plain is tried once at each level above it: so this bounds what is done in vain. */
const MAX_QUICK_DEPTH = 8;

/** The code with a quick lane before its own way. */
export function withQuick(code: Code, parts: readonly Code[], quick: Quick | undefined): Code {
  const quickDepth = parts.reduce((depth, part) => Math.max(depth, part.quickDepth ?? 0), 0) + 1;
  if (quick === undefined || quickDepth > MAX_QUICK_DEPTH) return code;
  const { run: whole } = code;
  const run = (frame: Frame): CelValue => {
    const value = quick(frame);
    return value === undefined ? whole(frame) : value;
  };
  return { ...code, run, quick, quickDepth };
}

/** A part's quick run; a variable's is the reading of it. */
export function quickOf({ quick, path }: Code): Quick | undefined {
  return quick ?? (path && quickPath(path));
}

/** The quick runs of all parts, or undefined when one has none. */
export function quickOfAll(parts: readonly Code[]): readonly Quick[] | undefined {
  const quicks = parts.map(quickOf).filter((quick) => quick !== undefined);
  return quicks.length === parts.length ? quicks : undefined;
}

/** A part as an operand, when it has a quick run. */
export function operandOf(part: Code): Operand | undefined {
  const { operand, path } = part;
  if (operand !== undefined) return operand;
  if (path !== undefined && path.fields.length > 0) return { ...path, read: pathReader(path.fields) };
  const quick = quickOf(part);
  return quick && { read: quick as Operand["read"], base: "frame", slot: 0 };
}

/** The operand's value. Part of the operator's own closure when optimized: a call less than a quick run for each path. */
export function take({ read, base, slot }: Operand, frame: Frame): CelValue | undefined {
  if (base === "frame") return read(frame);
  return read(base === "local" ? frame.locals[slot] : frame.variables[slot]);
}

/** Reads a path in one go. */
export function quickPath({ base, slot, fields }: FieldPath): Quick {
  if (fields.length === 0) {
    return base === "local" ? (frame) => frame.locals[slot] as CelValue : (frame) => frame.variables[slot];
  }
  const read = pathReader(fields);
  return base === "local" ? (frame) => read(frame.locals[slot]) : (frame) => read(frame.variables[slot]);
}
