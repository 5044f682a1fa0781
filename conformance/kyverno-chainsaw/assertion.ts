/** Chainsaw's assertion trees: what is written must be there, lists with as many elements; `(…)` are JMESPath. */
import { equalValues, isAmapError, isValueObject, type Value, writeJson } from "../../src/base/index.ts";
import { compileJmesPath } from "../../src/policy/index.ts";

/** Where a value is not as it is asserted, and what stands there; undefined when it holds. */
export function mismatchOf(wanted: Value, found: Value | undefined, path = ""): string | undefined {
  if (isValueObject(wanted)) return mismatchOfObject(Object.entries(wanted), found, path);
  if (Array.isArray(wanted)) {
    if (!Array.isArray(found)) return expected(path, wanted, found);
    if (wanted.length !== found.length) return expected(path, wanted, found);
    return firstOf(
      wanted.map((each, index) => () => mismatchOf(each as Value, found[index] as Value, `${path}[${index}]`)),
    );
  }
  return equalValues(wanted, found ?? null) ? undefined : expected(path, wanted, found);
}

function mismatchOfObject(
  wanted: readonly (readonly [string, Value])[],
  found: Value | undefined,
  path: string,
): string | undefined {
  if (!isValueObject(found)) return expected(path, Object.fromEntries(wanted), found);
  return firstOf(
    wanted.map(([key, value]) => () => {
      const expression = /^\((.*)\)$/su.exec(key)?.[1];
      if (expression !== undefined) return mismatchOf(value, queried(expression, found), `${path}.${key}`);
      return mismatchOf(value, Object.hasOwn(found, key) ? found[key] : undefined, `${path}.${key}`);
    }),
  );
}

function queried(expression: string, value: Value): Value | undefined {
  try {
    return compileJmesPath(expression).evaluate(value, { now: 0, entropy: () => new Uint8Array(32), charge: () => {} });
  } catch (error) {
    if (isAmapError(error)) return undefined;
    throw error;
  }
}

function firstOf(checks: readonly (() => string | undefined)[]): string | undefined {
  for (const check of checks) {
    const found = check();
    if (found !== undefined) return found;
  }
  return undefined;
}

function expected(path: string, wanted: Value, found: Value | undefined): string {
  const shown = (value: Value | undefined): string =>
    value === undefined ? "nothing" : writeJson(value).slice(0, 300);
  return `${path || "."}: expected ${shown(wanted)}, found ${shown(found)}`;
}
