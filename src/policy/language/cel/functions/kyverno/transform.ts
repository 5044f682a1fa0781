import { CelError } from "../../error.ts";
import { type CelContext, type CelFunction, celFunction } from "../../function.ts";
import { celTypes } from "../../types.ts";
import { isMap, makeMap, mapGet, typeName } from "../../values/kinds.ts";
import type { CelMap, CelObject, CelValue } from "../../values/value.ts";
import { withNamespace } from "./spellings.ts";

const { dyn, list, map, string } = celTypes;

function objectAt(list: readonly CelValue[], index: number): CelObject | CelMap {
  const entry = list[index] as CelValue;
  if (isMap(entry)) return entry;
  throw new CelError("invalid_argument", `listObjToMap: entry ${index} is a ${typeName(entry)}, not an object`);
}

/** A later entry with the same key replaces an earlier one, and a member that is missing gives null, as in Kyverno. */
function listObjToMap(
  keys: readonly CelValue[],
  values: readonly CelValue[],
  { keyName, valueName }: { readonly keyName: string; readonly valueName: string },
  context: CelContext,
): CelObject | CelMap {
  if (keys.length !== values.length) {
    const lengths = `${keys.length} and ${values.length}`;
    throw new CelError("invalid_argument", `listObjToMap: the lists have ${lengths} entries: give lists of one length`);
  }
  context.charge(keys.length);
  const made = new Map<string, CelValue>();
  for (let index = 0; index < keys.length; index++) {
    const key = mapGet(objectAt(keys, index), keyName);
    if (typeof key !== "string") {
      const found = key === undefined ? "missing" : `a ${typeName(key)}`;
      throw new CelError("invalid_argument", `listObjToMap: ${keyName} of entry ${index} is ${found}, not a string`);
    }
    made.set(key, mapGet(objectAt(values, index), valueName) ?? null);
  }
  return makeMap([...made.keys()], [...made.values()]);
}

/** Kyverno's transform library. */
export const TRANSFORM_FUNCTIONS: readonly CelFunction[] = withNamespace("transform", "listObjToMap", (name) => [
  celFunction({
    name,
    args: [list(dyn), list(dyn), string, string],
    result: map(string, dyn),
    note: "A map: the keys are a member of the first list's objects, the values a member of the second's.",
    example: `${name}([{"name": "a"}], [{"port": 80}], "name", "port") == {"a": 80}`,
    since: "0.2.0",
    call: (keys, values, keyName, valueName, context) => listObjToMap(keys, values, { keyName, valueName }, context),
  }),
]);
