import { Double, isValueObject, type Value, type ValueObject } from "../../base/index.ts";

/** Objects become one with the members of both, at every level; of anything else the second stays. Nothing is changed. */
export function mergeValues(there: Value, over: Value): Value {
  if (!isValueObject(there) || !isValueObject(over)) return over;
  const merged: Record<string, Value> = { ...there };
  for (const [key, value] of Object.entries(over)) {
    merged[key] = Object.hasOwn(there, key) ? mergeValues(there[key] as Value, value) : value;
  }
  return merged satisfies ValueObject;
}

/**
 * About as many characters as a value has in JSON, counted no further than a little over `limit`: a value may hold one
 * part many times.
 */
export function sizeOfValue(value: Value, limit: number, charge: (steps: number) => void): number {
  let size = 0;
  let nodes = 0;
  const waiting: Value[] = [value];
  for (let next = waiting.pop(); next !== undefined && size <= limit; next = waiting.pop()) {
    nodes++;
    if (typeof next === "string") size += next.length + 2;
    else if (typeof next !== "object" || next === null || next instanceof Double) size += String(next).length;
    else {
      size += 2;
      const isList = Array.isArray(next);
      for (const [key, member] of Object.entries(next)) {
        size += isList ? 1 : key.length + 4;
        if (size > limit) break;
        waiting.push(member);
      }
    }
  }
  charge(nodes);
  return size;
}
