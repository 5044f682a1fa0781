import { parseDurationNs } from "../../base/index.ts";
import type { AnyAllConditions, Condition } from "../resource/kyverno/conditions.ts";
import { type CelText, or, quote, relation } from "./cel-text.ts";
import { convertConditions } from "./conditions-to-cel.ts";
import { NotConvertible } from "./not-convertible.ts";
import { sizeOf } from "./query.ts";
import { convertQuery, type QueryScope } from "./query-to-cel.ts";
import { queryOf } from "./template-to-cel.ts";

/** The conditions of a cleanup, of which all must hold. It throws NotConvertible. */
export function convertCleanupConditions(
  { all = [], any = [] }: AnyAllConditions,
  scope: QueryScope,
  path: string,
): readonly CelText[] {
  const isOwn = [...all, ...any].some((condition) => ageOf(condition) !== undefined || isEmptyList(condition.value));
  const each = (list: readonly Condition[], name: "all" | "any"): readonly CelText[] =>
    list.map((condition, index) => convertOne(condition, name, { scope, path: `${path}.${name}[${index}]` }));
  // Where an error is as good as a condition that does not hold, conditions may stand on their own.
  const whole = (name: "all" | "any", list: readonly Condition[]): CelText =>
    convertConditions({ [name]: list }, { scope, path });
  return [
    ...(all.length === 0 ? [] : isOwn ? each(all, "all") : [whole("all", all)]),
    ...(any.length === 0 ? [] : isOwn ? [or(...each(any, "any"))] : [whole("any", any)]),
  ].flatMap((text) => text.parts ?? [text]);
}

interface ConditionPlace {
  readonly scope: QueryScope;
  readonly path: string;
}

function convertOne(condition: Condition, name: "all" | "any", { scope, path }: ConditionPlace): CelText {
  const age = ageOf(condition);
  if (age !== undefined) return convertAge(age, condition, { scope, path });
  if (isEmptyList(condition.value)) {
    const compared = convertEmptiness(condition, { scope, path });
    if (compared !== undefined) return compared;
  }
  return convertConditions({ [name]: [condition] }, { scope, path });
}

const NESTED = /^\{\{\s*time_since\(\s*''\s*,\s*'\{\{([^{}]+)\}\}'\s*,\s*''\s*\)\s*\}\}$/;
const PLAIN = /^\{\{\s*time_since\(\s*''\s*,\s*([^{}',]+?)\s*,\s*''\s*\)\s*\}\}$/;

/** The query of the time whose age a condition asks for. */
function ageOf({ key }: Condition): string | undefined {
  if (typeof key !== "string") return undefined;
  return (NESTED.exec(key.trim()) ?? PLAIN.exec(key.trim()))?.[1]?.trim();
}

const SIGNS: ReadonlyMap<string, string> = new Map([
  ["GreaterThan", ">"],
  ["GreaterThanOrEquals", ">="],
  ["LessThan", "<"],
  ["LessThanOrEquals", "<="],
  ["DurationGreaterThan", ">"],
  ["DurationGreaterThanOrEquals", ">="],
  ["DurationLessThan", "<"],
  ["DurationLessThanOrEquals", "<="],
]);

/** `time.now() - timestamp(object.metadata.creationTimestamp) > duration('24h')` */
function convertAge(source: string, { operator, value }: Condition, { scope, path }: ConditionPlace): CelText {
  const sign = SIGNS.get(operator ?? "");
  if (sign === undefined) throw new NotConvertible(path, `an age is compared by ${operator ?? "nothing"}`);
  if (typeof value !== "string" || parseDurationNs(value) === undefined)
    throw new NotConvertible(`${path}.value`, "an age is compared with something that is no duration, such as 24h");
  const query = convertQuery(source, scope, `${path}.key`);
  if (query.kind === "list" || query.type.kind !== "string")
    throw new NotConvertible(`${path}.key`, "the age of something that is no time");
  return relation(`time.now() - timestamp(${query.text})`, sign, `duration(${quote(value)})`);
}

const isEmptyList = (value: Condition["value"]): boolean => Array.isArray(value) && value.length === 0;

/** Whether a list has no elements. */
function convertEmptiness({ key, operator }: Condition, { scope, path }: ConditionPlace): CelText | undefined {
  const isEqual = operator === "Equals" || operator === "Equal";
  if (typeof key !== "string" || !(isEqual || operator === "NotEquals" || operator === "NotEqual")) return undefined;
  const query = queryOf(key, scope, `${path}.key`);
  const size = query.kind === "list" ? sizeOf(query) : query.type.kind === "list" ? `size(${query.text})` : undefined;
  return size === undefined ? undefined : relation(size, isEqual ? "==" : ">", "0");
}
