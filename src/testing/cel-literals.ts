import { type CelType, celTypes, formatType } from "../policy/index.ts";
import type { Choices } from "./cel-choices.ts";

const { bool, bytes, double, duration, int, null: nullType, string, timestamp, typeOf, uint } = celTypes;
const type = typeOf();

/** Sources of values, by the name of their type: the first is the simplest, the others are where mistakes are made. */
const LITERALS: Readonly<Record<string, readonly [string, ...string[]]>> = {
  [formatType(bool)]: ["true", "false"],
  [formatType(int)]: [
    "1",
    "0",
    "2",
    "-1",
    "3",
    "7",
    "10",
    "-3",
    "100",
    "0x1F",
    "9007199254740993",
    "9223372036854775807",
    "-9223372036854775808",
  ],
  [formatType(uint)]: ["1u", "0u", "2u", "7u", "0xFFu", "9007199254740993u", "18446744073709551615u"],
  [formatType(double)]: [
    "1.0",
    "0.0",
    "-0.0",
    "0.5",
    "-1.5",
    "2.0",
    "3.75",
    "1e-7",
    "1e10",
    "9007199254740993.0",
    "1e300",
  ],
  [formatType(string)]: [
    "''",
    "'a'",
    "'b'",
    "'abc'",
    "'Ab c'",
    "'1'",
    "'-7'",
    "'1.5'",
    "'true'",
    "'a,b,c'",
    "'é😀'",
    "'\\n\\t'",
    "'[a-c]+'",
    "r'\\d'",
    "'%s %d'",
    "'__proto__'",
    "'2026-01-02T03:04:05.678Z'",
    "'1h30m'",
    "'UTC'",
    "'/a/b'",
  ],
  [formatType(bytes)]: ["b''", "b'a'", "b'abc'", "b'\\xff\\x00'", "b'é'", "b'aGk='"],
  [formatType(timestamp)]: [
    "timestamp('2026-01-02T03:04:05.678Z')",
    "timestamp(0)",
    "timestamp('1969-12-31T23:59:59.999999999Z')",
    "timestamp('9999-12-31T23:59:59.999999999Z')",
    "timestamp('0001-01-01T00:00:00Z')",
  ],
  [formatType(duration)]: [
    "duration('1s')",
    "duration('0s')",
    "duration('-1.5s')",
    "duration('1h30m')",
    "duration('1ns')",
  ],
  [formatType(nullType)]: ["null"],
  [formatType(type)]: ["int", "string", "bool", "list", "map", "null_type", "google.protobuf.Timestamp"],
};

/** Types with literals. Null is the last: few functions take it. */
const SIMPLE: readonly [CelType, ...CelType[]] = [
  int,
  string,
  bool,
  double,
  uint,
  bytes,
  timestamp,
  duration,
  type,
  nullType,
];
const ORDERED: readonly [CelType, ...CelType[]] = [int, string, double, uint, bool, bytes, timestamp, duration];
const KEYS: readonly [CelType, ...CelType[]] = [string, int, bool, uint];

/** Any exact type that has values without functions: lists, maps and optionals of simple ones among them. */
export function chooseType(choices: Choices, depth = 2): CelType {
  if (depth === 0) return choices.pick(SIMPLE);
  switch (choices.next(8)) {
    case 5:
      return celTypes.list(chooseType(choices, depth - 1));
    case 6:
      return celTypes.map(chooseKeyType(choices), chooseType(choices, depth - 1));
    case 7:
      return celTypes.optional(chooseType(choices, depth - 1));
    default:
      return choices.pick(SIMPLE);
  }
}

export function chooseOrderedType(choices: Choices): CelType {
  return choices.pick(ORDERED);
}

export function chooseKeyType(choices: Choices): CelType {
  return choices.pick(KEYS);
}

/** Sources of texts that mean something to some function. */
export function chooseText(choices: Choices, hints: readonly string[]): string {
  const known = choices.oneIn(3) ? undefined : choices.pick(hints);
  return known ?? choices.pick(LITERALS["string"] as readonly [string, ...string[]]);
}

/** How what is empty is written: `plain` as nothing, which is of any type; `typed` so that its type is known. */
export type Empties = "plain" | "typed";

/** Source of a value of a type, without variables; undefined for types that have no literal. */
export function literalOf(wanted: CelType, choices: Choices, empties: Empties = "plain"): string | undefined {
  const part = (type: CelType): string | undefined => literalOf(type, choices, empties);
  const isEmpty = choices.oneIn(5);
  switch (wanted.kind) {
    case "simple":
      return wanted.name === "dyn" ? documentOf(choices, 3) : choices.pick(LITERALS[wanted.name] ?? []);
    case "list": {
      const elements = Array.from({ length: choices.next(3) + 1 }, () => part(wanted.element));
      if (elements.includes(undefined)) return undefined;
      const list = `[${elements.join(", ")}]`;
      return isEmpty ? { plain: "[]", typed: `${list}.filter(none, false)` }[empties] : list;
    }
    case "map": {
      const map = mapOf(wanted, choices, part);
      return map && isEmpty ? { plain: "{}", typed: `${map}.transformMap(k, none, false, none)` }[empties] : map;
    }
    case "optional": {
      const value = part(wanted.value);
      const held = value && `optional.of(${value})`;
      return value && isEmpty ? { plain: "optional.none()", typed: `[${value}][?7]` }[empties] : held;
    }
    case "type":
      return choices.pick(LITERALS["type"] ?? []);
    case "object":
      return objectOf(wanted.fields(), choices, empties);
    default:
      return undefined;
  }
}

const FIELDS: readonly [string, ...string[]] = ["a", "b", "name", "items", "__proto__"];

/** A document as it comes from outside, of members that {@link chooseMember} looks for. */
function documentOf(choices: Choices, depth: number): string {
  const form = choices.next(depth === 0 ? 5 : 9);
  if (form < 5)
    return choices.pick(LITERALS[["string", "int", "bool", "double", "null_type"][form] as string] ?? ["0"]);
  const parts = Array.from({ length: choices.next(4) }, () => documentOf(choices, depth - 1));
  if (form === 5) return `[${parts.join(", ")}]`;
  return `{${parts.map((part, at) => `'${FIELDS[(at + form) % FIELDS.length]}': ${part}`).join(", ")}}`;
}

/** A way into a document: `.a.items[0]`. */
export function chooseMember(choices: Choices): string {
  const field = (): string => choices.pick(FIELDS);
  const step = choices.pick<() => string>([
    () => `.${field()}`,
    () => `.${field()}`,
    () => `[${choices.next(3)}]`,
    () => `['${field()}']`,
    () => `.?${field()}`,
    () => `[?${choices.next(2)}]`,
  ])();
  return choices.oneIn(2) ? step + chooseMember(choices) : step;
}

function mapOf(
  { key, value }: { readonly key: CelType; readonly value: CelType },
  choices: Choices,
  part: (type: CelType) => string | undefined,
): string | undefined {
  const entries = new Map<string, string>();
  for (let count = choices.next(2) + 1; count > 0; count--) {
    const name = part(key);
    const held = part(value);
    if (name === undefined || held === undefined) return undefined;
    entries.set(name, held);
  }
  return `{${Array.from(entries, ([name, held]) => `${name}: ${held}`).join(", ")}}`;
}

/** An object of which some fields are absent. */
function objectOf(fields: ReadonlyMap<string, CelType>, choices: Choices, empties: Empties): string {
  const entries: string[] = [];
  for (const [name, type] of fields) {
    const value = choices.oneIn(3) ? undefined : literalOf(type, choices, empties);
    if (value !== undefined) entries.push(`'${name}': ${value}`);
  }
  return `{${entries.join(", ")}}`;
}
