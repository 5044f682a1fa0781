import { isValueObject, type Value, type ValueObject } from "../../src/base/index.ts";
import type { Choices } from "../../src/testing/cel-choices.ts";
import { LABEL_VALUES, pickValue, QUANTITIES } from "./resources.ts";

const ABSENT = ["absent", "hostPID", "priority"] as const;

/**
 * A validate pattern over an object: some of its keys and some that it has not, with every anchor, and scalars with
 * every operator, near enough to the object that passing, failing and skipping are all common.
 */
export function makePattern(choices: Choices, object: ValueObject, depth = 0): ValueObject {
  return keepReferences(makeObject(choices, object, depth), true) as ValueObject;
}

/** Kyverno refuses a policy with a reference below an anchor: it looks for the key without the anchor. */
function keepReferences(pattern: Value, isPlain: boolean): Value {
  if (typeof pattern === "string") return pattern.includes("$(") && !isPlain ? "?*" : pattern;
  if (Array.isArray(pattern)) return pattern.map((item) => keepReferences(item, isPlain));
  if (!isValueObject(pattern)) return pattern;
  return Object.fromEntries(
    Object.entries(pattern).map(([key, value]) => [key, keepReferences(value, isPlain && !key.includes("("))]),
  );
}

function makeObject(choices: Choices, object: ValueObject, depth: number): ValueObject {
  const pattern: Record<string, Value> = {};
  const keys = Object.keys(object).filter((key) => depth > 0 || !["apiVersion", "kind"].includes(key));
  for (const key of keys) {
    const value = object[key] ?? null;
    const isBranch = typeof value === "object" && value !== null;
    if (isBranch ? choices.oneIn(3) : !choices.oneIn(3)) continue;
    putKey(choices, pattern, key, value, depth);
  }
  if (choices.oneIn(12)) {
    const key = choices.pick(ABSENT);
    const written = choices.pick([`X(${key})`, `=(${key})`, key, `(${key})`, `X(${key})`]);
    pattern[written] = written.startsWith("X") ? "null" : pickValue(choices, ["?*", false, "*"]);
  }
  const [first] = keys;
  if (Object.keys(pattern).length === 0 && first !== undefined)
    putKey(choices, pattern, first, object[first] ?? null, depth);
  return pattern;
}

const TEXT_MAPS: ReadonlySet<string> = new Set(["labels", "annotations"]);

/** What a limit is compared with: the request that the same pattern names. */
const REFERENCES = [
  "$(./../../requests/memory)",
  "$(>=./../../requests/memory)",
  "$(<=./../../requests/memory)",
  "?* & !$(./../../requests/memory)",
] as const;

function putKey(choices: Choices, pattern: Record<string, Value>, key: string, value: Value, depth: number): void {
  if (Array.isArray(value) && value.some(isValueObject) && choices.oneIn(4)) {
    pattern[`^(${key})`] = [makeElement(choices, value, depth)];
    return;
  }
  if (choices.oneIn(24)) {
    pattern[`X(${key})`] = "null";
    return;
  }
  if (key === "resources" && choices.oneIn(3)) {
    pattern[key] = { requests: { memory: choices.pick(QUANTITIES) }, limits: { memory: choices.pick(REFERENCES) } };
    return;
  }
  const anchor = choices.next(16);
  const isScalar = typeof value !== "object" || value === null;
  const written =
    anchor === 13 ? `=(${key})` : anchor === 14 ? `(${key})` : anchor === 15 && isScalar ? `<(${key})` : key;
  const made = makeAny(choices, value, depth + 1);
  // Kyverno refuses labels and annotations of a pattern that are no text.
  const isTexts = TEXT_MAPS.has(key) && isValueObject(made);
  pattern[written] = isTexts
    ? Object.fromEntries(Object.entries(made).map(([name, each]) => [name, typeof each === "object" ? "" : `${each}`]))
    : made;
}

function makeAny(choices: Choices, value: Value, depth: number): Value {
  if (Array.isArray(value)) return makeList(choices, value, depth);
  if (isValueObject(value)) return choices.oneIn(20) ? choices.pick(["*", "?*"]) : makeObject(choices, value, depth);
  return makeScalar(choices, value);
}

function makeList(choices: Choices, list: readonly Value[], depth: number): Value {
  if (choices.oneIn(16)) return choices.pick(["*", "?*"]);
  if (list.some(isValueObject)) {
    const element = makeElement(choices, list, depth);
    return choices.oneIn(8) ? [element, makeElement(choices, list, depth)] : [element];
  }
  const [first = "x"] = list;
  return choices.oneIn(4) ? list.map((item) => makeScalar(choices, item)) : [makeScalar(choices, first)];
}

/** A pattern for elements of a list, often with a condition on the name. */
function makeElement(choices: Choices, list: readonly Value[], depth: number): ValueObject {
  const sample = list[choices.next(list.length)];
  const pattern = makeObject(choices, isValueObject(sample) ? sample : {}, depth + 1);
  const hasName = isValueObject(sample) && typeof sample["name"] === "string";
  if (!hasName || choices.oneIn(2)) return pattern;
  const { name: _, ...others } = pattern;
  return { "(name)": choices.pick(["*", "c0", "c*", "!c1", "?*", "c0 | c2"]), ...others };
}

/** Every operator of scalars: values, wildcards, negation, comparison, ranges, alternatives, all of several. */
export function makeScalar(choices: Choices, value: Value): Value {
  if (choices.oneIn(3)) return value;
  switch (typeof value) {
    case "boolean":
      return pickValue(choices, [true, false, "true", "false", `!${value}`, "*", "?*", null]);
    case "number":
      return makeNumber(choices, value);
    case "string":
      return makeText(choices, value);
    default:
      return pickValue(choices, ["*", "?*", null, ""]);
  }
}

function makeNumber(choices: Choices, value: number): Value {
  const near = value + choices.next(3) - 1;
  return pickValue(choices, [
    near,
    String(near),
    `>${near}`,
    `<${near}`,
    `>=${near}`,
    `<=${near}`,
    `!${near}`,
    `${near}-${near + 10}`,
    `${Math.max(0, near - 5)}!-${near}`,
    `>=${near} & <${near + 2}`,
    `<${near} | >${near + 5}`,
    "*",
    "?*",
    near + 0.5,
    `${near}*`,
    `>${near}.5`,
  ]);
}

function makeText(choices: Choices, text: string): Value {
  const other = choices.pick(LABEL_VALUES);
  const amount = choices.pick(QUANTITIES);
  const head = text.slice(0, Math.max(1, text.length >> 1));
  const tail = text.slice(text.length >> 1);
  return pickValue(choices, [
    `${head}*`,
    `*${tail}`,
    `!${text}`,
    `!*${tail}`,
    "*",
    "?*",
    `${text} | ${other}`,
    `${other}|${text}`,
    `!${other} & !${text}`,
    `?*${tail} & !${other}`,
    `${head}?*`,
    `<=${amount}`,
    `>${amount}`,
    `!=${amount}`,
    `${amount}-${choices.pick(QUANTITIES)}`,
    `${amount}!-${choices.pick(QUANTITIES)}`,
    `>=${choices.pick(["1s", "30s", "1h", "1h30m"])}`,
    `<${choices.pick(["1s", "30s", "1h"])}`,
    other,
    "!*:latest",
    "*:*",
    null,
    "",
    1,
    true,
    ` ${text} `,
  ]);
}
