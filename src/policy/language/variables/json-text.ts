import { AmapError, Double, LIMITS, type Value } from "../../../base/index.ts";
import { compareText } from "../cel/values/equality.ts";

/** What encoding/json escapes beside what JSON must: text that is safe inside HTML and JavaScript. */
const ESCAPED = /[<>&\u2028\u2029]/g;
const CHARACTERS_PER_STEP = 4;
/** What a list or an object costs beside its members: their texts are put together in one of their own. */
const CONTAINER_STEPS = 4;
/** What a key costs beside its text: it is found, and put among the others. */
const KEY_STEPS = 3;

/**
 * How a value looks inside a text: a text is itself, everything else is JSON as Go writes it: members sorted, no space,
 * `1.0` as `1`, `<`, `>` and `&` escaped. Steps are charged before anything is written: a value may hold a part many times.
 * @throws {AmapError} BUDGET_EXCEEDED, LIMIT_EXCEEDED, EXPRESSION_FAILED for NaN and infinities
 */
export function textOfValue(value: Value, charge: (steps: number) => void): string {
  if (typeof value !== "string") return write(value, charge, 0);
  charge(value.length / CHARACTERS_PER_STEP);
  return value;
}

function write(value: Value, charge: (steps: number) => void, depth: number): string {
  if (typeof value === "string") return writeText(value, charge);
  charge(1);
  if (typeof value === "bigint") return writeInteger(value);
  if (typeof value === "number" || value instanceof Double) return writeNumber(Number(value));
  if (typeof value !== "object" || value === null) return String(value);
  if (depth > LIMITS.documentDepth) {
    throw new AmapError("LIMIT_EXCEEDED", `a variable's value is nested deeper than ${LIMITS.documentDepth} levels`);
  }
  charge(CONTAINER_STEPS);
  if (Array.isArray(value)) {
    return `[${(value as readonly Value[]).map((item) => write(item, charge, depth + 1)).join(",")}]`;
  }
  // As Go sorts: by UTF-8 bytes, which is by code points.
  const members = Object.entries(value).sort(([a], [b]) => compareText(a, b));
  const written = members.map(([key, member]) => {
    charge(KEY_STEPS);
    return `${writeText(key, charge)}:${write(member, charge, depth + 1)}`;
  });
  return `{${written.join(",")}}`;
}

/** As Kyverno's JSON library: an exponent has two digits at least, and what int64 does not hold is a double. */
function writeNumber(value: number): string {
  if (!Number.isFinite(value)) throw new AmapError("EXPRESSION_FAILED", `json: unsupported value: ${value}`);
  const text = String(value);
  return text.includes("e") ? text.replace(/e([+-])(\d)$/, "e$10$2") : text;
}

const MAX_INT64 = 2n ** 63n - 1n;

function writeInteger(value: bigint): string {
  return value > MAX_INT64 || value < -MAX_INT64 - 1n ? writeNumber(Number(value)) : String(value);
}

function writeText(text: string, charge: (steps: number) => void): string {
  charge(1 + text.length / CHARACTERS_PER_STEP);
  return JSON.stringify(text).replace(ESCAPED, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
