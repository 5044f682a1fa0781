import { isValueObject, type Value, type ValueObject } from "../base/index.ts";
import type { Choices } from "./cel-choices.ts";

/** What stands in the place of a part of a damaged document. */
const JUNK: readonly Value[] = [
  null,
  "",
  true,
  0,
  -1,
  1e300,
  2n ** 70n,
  [],
  {},
  "*",
  "{{ request.object }}",
  "{{ element }}",
  "{{ @ }}",
  "{{ request.( }}",
  "{{ {{ request.operation }} }}",
  "{{",
  "}}",
  "$(../a)",
  "$(",
  "\\{{ a }}",
  "> 1",
  "1-2",
  "!-",
  "1h",
  "1e9999",
  "9".repeat(500),
  "<(a)",
  "\ud800",
  "\u0000",
  ["a", ["b"]],
  [null],
  { "(a)": "b" },
  { __proto__: null, constructor: 1 },
  { $patch: "delete" },
  "/metadata/labels/-",
  "[{op: add}]",
  "sum(`[1]`, `2`)",
  "request.object.spec.containers[?name == 'a'] | [0].image",
  "object.spec.x == 1",
];

/** Keys that policies and patterns give a meaning. */
const KEYS: readonly string[] = [
  ..."(name) =(image) X(a) <(b) +(c) ^(containers) foreach list pattern anyPattern deny conditions any all".split(" "),
  ..."key operator value message context preconditions patchStrategicMerge patchesJson6902 targets generate".split(" "),
  ..."constructor toString name * a* {{a}} {{request.operation}} () =() $patch podSecurity cel kinds match".split(" "),
  "",
  " ",
];

/** A document with a few of its parts taken away, replaced, renamed, exchanged or put inside each other. */
export function mutateDocument(document: Value, choices: Choices): Value {
  let result = document;
  for (let count = choices.next(4) + 1; count > 0; count--) result = mutateOnce(result, choices, document);
  return result;
}

/** Members of a rule that may hold about anything, so that a policy with damage in them is often valid. */
const BODIES: ReadonlySet<string> = new Set(
  "pattern patchStrategicMerge patchesJson6902 data key value message list jmesPath default expression".split(" "),
);

/** A policy with damage in one in eight of its patterns, patches, conditions and texts. */
export function mutateBodies(document: Value, choices: Choices): Value {
  if (Array.isArray(document)) return (document as readonly Value[]).map((item) => mutateBodies(item, choices));
  if (!isValueObject(document)) return document;
  return Object.fromEntries(
    Object.entries(document).map(([key, member]) => {
      if (!BODIES.has(key)) return [key, mutateBodies(member, choices)];
      return [key, choices.next(8) === 1 ? mutateOnce(member, choices, member) : member];
    }),
  );
}

function mutateOnce(value: Value, choices: Choices, whole: Value): Value {
  if (Array.isArray(value) && value.length > 0 && choices.next(24) !== 1) {
    const list = [...(value as readonly Value[])];
    const at = choices.next(list.length);
    if (choices.next(6) === 1) list.splice(at, choices.next(2), ...list.slice(0, choices.next(3)));
    else list[at] = mutateOnce(list[at] as Value, choices, whole);
    return list;
  }
  if (isValueObject(value) && Object.keys(value).length > 0 && choices.next(24) !== 1) {
    return mutateMember(value, choices, whole);
  }
  if (choices.next(10) === 1) return partOf(whole, choices);
  if (typeof value === "string" && choices.next(2) === 1) return mutateText(value, choices);
  return choices.pick(JUNK) ?? null;
}

function mutateMember(value: ValueObject, choices: Choices, whole: Value): ValueObject {
  const entries = Object.entries(value);
  // Deep parts are the many ones.
  let at = choices.next(entries.length);
  for (let tries = 0; tries < 2 && !isDeep(entries[at]?.[1]); tries++) at = choices.next(entries.length);
  const [key, member] = entries[at] as [string, Value];
  switch (choices.next(24)) {
    case 1:
      entries.splice(at, 1);
      break;
    case 2:
      entries[at] = [choices.pick(KEYS) ?? "", member];
      break;
    case 3:
      entries.push([choices.pick(KEYS) ?? "", choices.pick(JUNK) ?? null]);
      break;
    default:
      entries[at] = [key, mutateOnce(member, choices, whole)];
  }
  return Object.fromEntries(entries);
}

function isDeep(value: Value | undefined): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length > 0;
}

function mutateText(text: string, choices: Choices): string {
  const at = choices.next(text.length + 1);
  const end = Math.min(text.length, at + choices.next(4));
  const put = choices.pick(["", "{{", "}}", "(", ")", "[", "`", "'", "|", "*", ".", "\\", "$(", "é", "\n"]) ?? "";
  return text.slice(0, at) + put + text.slice(end);
}

/** Some part of the document: put elsewhere it may be of the wrong kind. */
function partOf(document: Value, choices: Choices): Value {
  let part = document;
  for (let depth = choices.next(6); depth > 0; depth--) {
    if (typeof part !== "object" || part === null) break;
    const members = Object.values(part) as Value[];
    if (members.length === 0) break;
    part = members[choices.next(members.length)] as Value;
  }
  return part;
}
