import {
  isValueObject,
  memberOf,
  readYaml,
  type Value,
  type ValueObject,
  ValueStream,
  writeYamlPieces,
} from "../../../base/index.ts";
import type { DocumentStream } from "../document-stream.ts";

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

/** Writes an SPDX 2 document in YAML, in pieces. */
export function writeSpdxYaml({ head, list, items, tail }: DocumentStream): Iterable<string> {
  // Members are sorted by name, so that some may stand before the packages that decide them.
  for (const _ of items()) continue;
  const others = withoutNulls({ ...head, ...tail() });
  const names = [...Object.keys(others), list].sort();
  const members = names.map(
    (name) => [name, name === list ? new ValueStream(eachWithoutNulls(items())) : (others[name] as Value)] as const,
  );
  return writeYamlPieces(members);
}

/** Members that are null say nothing; as a text of YAML they would. */
function withoutNulls(object: ValueObject): ValueObject {
  const kept = Object.entries(object).filter(([, member]) => member !== null);
  return Object.fromEntries(kept.map(([key, member]) => [key, withoutInnerNulls(member)]));
}

function withoutInnerNulls(value: Value): Value {
  if (Array.isArray(value)) return (value as readonly Value[]).map((item) => withoutInnerNulls(item));
  return isValueObject(value) ? withoutNulls(value) : value;
}

function* eachWithoutNulls(items: Iterable<ValueObject>): Generator<ValueObject> {
  for (const item of items) yield withoutNulls(item);
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
