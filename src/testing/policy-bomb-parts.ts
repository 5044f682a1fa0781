/** What rules that go off are made of. */
import type { Value, ValueObject } from "../base/index.ts";

/** A rule that would take forever, or more memory than there is, in an engine without limits. */
export interface PolicyBomb {
  readonly name: string;
  /** The rule but for its name and match. */
  readonly rule: ValueObject;
  /** What the Pod has beside its name. */
  readonly object?: ValueObject;
  /** Its verdict: `refused` by the compiler or an error, each with its code, or what it is if it can be found out. */
  readonly ends: string;
}

export const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, at) => make(at));

/** `value` inside that many `{a: …}`, or what `wrap` makes. */
export function nested(depth: number, value: Value, wrap: (inner: Value) => Value = (a) => ({ a })): Value {
  let result = value;
  for (let level = 0; level < depth; level++) result = wrap(result);
  return result;
}

/** Denies when the expression holds; it is evaluated in any case. */
export const denyIf = (expression: string, operator = "Equals", value: Value = true): ValueObject => ({
  validate: { deny: { conditions: { any: [{ key: `{{ ${expression} }}`, operator, value }] } } },
});

export const patternOf = (pattern: Value): ValueObject => ({ validate: { pattern } });
export const mergeOf = (patch: Value): ValueObject => ({ mutate: { patchStrategicMerge: patch } });
export const jsonPatchOf = (operations: Value): ValueObject => ({
  mutate: { patchesJson6902: JSON.stringify(operations) },
});

export const variable = (name: string, value: ValueObject): Value => ({ name, variable: value });

/** Context entries `v0`…, each made of the one before; the rule asks for the last. */
export function chain(count: number, first: Value, next: (name: string) => ValueObject): ValueObject {
  const entries = times(count, (at) => variable(`v${at + 1}`, next(`v${at}`)));
  return { context: [variable("v0", { value: first }), ...entries], ...denyIf(`length(v${count})`, "NotEquals", -1) };
}

export const piped = (stage: string, count: number): string => times(count, () => stage).join(" | ");
export const letters = (count: number): string => "a".repeat(count);
export const words = (count: number, word = "w"): string[] => times(count, (at) => `${word}${at}`);

export const items = "request.object.spec.items";
/** Puts what is there below itself, twice. */
export const DOUBLING: readonly ValueObject[] = [
  { op: "copy", from: "/spec", path: "/spec/a" },
  { op: "copy", from: "/spec", path: "/spec/b" },
];
export const loop = (more: ValueObject, list = items): ValueObject => ({ validate: { foreach: [{ list, ...more }] } });
export const denyNothing: ValueObject = {
  deny: { conditions: { any: [{ key: "a", operator: "Equals", value: "b" }] } },
};
export const loopOfMutation = (more: ValueObject): ValueObject => ({ mutate: { foreach: [{ list: items, ...more }] } });
export const million = { spec: { items: times(1_000_000, () => 1) } };

export const containers = (count: number, more: ValueObject = {}): Value =>
  times(count, (at) => ({ name: `c${at}`, image: "x", ...more }));
