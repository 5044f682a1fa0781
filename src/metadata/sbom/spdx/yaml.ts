import { isValueObject, memberOf, readYaml, type Value, type ValueObject, writeYaml } from "../../../base/index.ts";

/**
 * Reads an SPDX 2 document in YAML: all that it says are texts, but for the few members that are none.
 * @throws {AmapError} YAML_INVALID, LIMIT_EXCEEDED
 */
export function readSpdxYaml(input: Uint8Array | string, maxBytes: number): Value {
  const [document = null] = readYaml(input, { maxBytes, keepsText: true });
  if (!isValueObject(document)) return document;
  return {
    ...document,
    ...mapped(document, "packages", (each) => withBoolean(each, "filesAnalyzed")),
    ...mapped(document, "snippets", (each) => ({ ...each, ...mapped(each, "ranges", withNumbers) })),
  };
}

/** Writes an SPDX 2 document in YAML. */
export function writeSpdxYaml(document: Value): string {
  return writeYaml(document);
}

function mapped(parent: ValueObject, member: string, change: (item: ValueObject) => ValueObject): ValueObject {
  const list = parent[member];
  if (!Array.isArray(list)) return {};
  return { [member]: (list as readonly Value[]).map((item) => (isValueObject(item) ? change(item) : item)) };
}

function withBoolean(object: ValueObject, member: string): ValueObject {
  const text = object[member];
  return text === "true" || text === "false" ? { ...object, [member]: text === "true" } : object;
}

/** `startPointer` and `endPointer` of a range hold numbers. */
function withNumbers(range: ValueObject): ValueObject {
  const pointer = (name: string): ValueObject => {
    const value = range[name];
    if (!isValueObject(value)) return {};
    const numbers = ["offset", "lineNumber"].flatMap((member) => {
      const text = memberOf(value, member);
      return typeof text === "string" && /^\d{1,15}$/.test(text) ? [[member, Number(text)] as const] : [];
    });
    return { [name]: { ...value, ...Object.fromEntries(numbers) } };
  };
  return { ...range, ...pointer("startPointer"), ...pointer("endPointer") };
}
