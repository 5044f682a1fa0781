import type { ValueObject } from "../base/index.ts";
import {
  containers,
  DOUBLING,
  denyNothing,
  items,
  letters,
  loop,
  loopOfMutation,
  million,
  nested,
  type PolicyBomb,
  patternOf,
  times,
  words,
} from "./policy-bomb-parts.ts";

export const LOOP_BOMBS: readonly PolicyBomb[] = [
  { name: "over 10^6 elements, denied", rule: loop(denyNothing), object: million, ends: "error BUDGET_EXCEEDED" },
  {
    name: "over 10^6 elements, by a pattern",
    rule: loop({ pattern: { kind: "Pod" } }),
    object: million,
    ends: "error BUDGET_EXCEEDED",
  },
  {
    name: "over 10^6 elements, patched",
    rule: loopOfMutation({ patchStrategicMerge: { metadata: { labels: { "a{{ element }}": "b" } } } }),
    object: million,
    ends: "error BUDGET_EXCEEDED",
  },
  {
    name: "over 10^6 elements, each an object",
    rule: {
      generate: {
        foreach: [
          {
            list: items,
            apiVersion: "v1",
            kind: "ConfigMap",
            name: "a{{ elementIndex }}",
            namespace: "shop",
            data: { data: { a: "b" } },
          },
        ],
      },
    },
    object: million,
    ends: "error BUDGET_EXCEEDED",
  },
  {
    name: "each doubles what the one before left",
    rule: {
      mutate: {
        foreach: times(60, (at) => ({
          list: "`[1]`",
          patchStrategicMerge: {
            metadata: { [`a${at}`]: ["{{ request.object.metadata }}", "{{ request.object.metadata }}"] },
          },
        })),
      },
    },
    ends: "error BUDGET_EXCEEDED",
  },
  {
    name: "patches that copy the object into itself",
    rule: loopOfMutation({ patchesJson6902: JSON.stringify(DOUBLING) }),
    object: { spec: { items: words(100) } },
    ends: "error BUDGET_EXCEEDED",
  },
  {
    name: "merges that each look at a large object",
    rule: loopOfMutation({ patchStrategicMerge: { spec: { containers: [{ "(name)": "*", image: "a" }] } } }),
    object: { spec: { items: words(5_000), containers: times(2_000, (at) => ({ name: `c${at}`, image: "x" })) } },
    ends: "error BUDGET_EXCEEDED",
  },
];

export const PATTERN_BOMBS: readonly PolicyBomb[] = [
  {
    name: "a large list of existence anchors against a large list",
    rule: patternOf({ spec: { "^(containers)": times(5_000, (at) => ({ name: `d${at}` })) } }),
    object: { spec: { containers: containers(5_000) } },
    ends: "fail",
  },
  {
    name: "existence anchors that each match the last",
    rule: patternOf({ spec: { "^(containers)": times(5_000, () => ({ name: "c4999" })) } }),
    object: { spec: { containers: containers(5_000) } },
    ends: "error BUDGET_EXCEEDED",
  },
  {
    name: "nested existence anchors",
    rule: patternOf(nested(100, { x: 1 }, (inner) => ({ "^(a)": [inner] }))),
    object: nested(100, { x: 1 }, (inner) => ({ a: times(2, () => inner) })) as ValueObject,
    ends: "pass",
  },
  { name: "a pattern within a pattern", rule: patternOf({ metadata: nested(400, "x") }), ends: "fail" },
  {
    name: "a wildcard pattern on many long texts",
    rule: patternOf({ spec: { items: [`${"*a".repeat(2_000)}*`] } }),
    object: { spec: { items: Array(1_000).fill(letters(10_000)) } },
    ends: "error BUDGET_EXCEEDED",
  },
  {
    name: "alternatives without end",
    rule: patternOf({ spec: { items: [`${words(50_000, "x*").join(" | ")} | y*`] } }),
    object: { spec: { items: words(2_000, "y") } },
    ends: "error BUDGET_EXCEEDED",
  },
  {
    name: "a quantity of many digits",
    rule: patternOf({ spec: { text: `>${"9".repeat(100_000)}` } }),
    object: { spec: { text: "9".repeat(100_000) } },
    ends: "fail",
  },
  {
    name: "a quantity with a great exponent",
    rule: patternOf({ spec: { text: "<1e99999999999" } }),
    object: { spec: { text: "1e99999999999" } },
    ends: "fail",
  },
  {
    name: "a duration of many digits",
    rule: patternOf({ spec: { text: `>${"9".repeat(100_000)}h` } }),
    object: { spec: { text: `${"9".repeat(100_000)}h` } },
    ends: "fail",
  },
  {
    name: "names of labels that are wildcards",
    rule: patternOf({ metadata: { labels: Object.fromEntries(times(2_000, (at) => [`*${at}*x*`, "?*"])) } }),
    object: { metadata: { labels: Object.fromEntries(times(5_000, (at) => [`l${at}`, "x"])) } },
    ends: "error BUDGET_EXCEEDED",
  },
  {
    name: "ten thousand patterns",
    rule: { validate: { anyPattern: times(10_000, (at) => ({ spec: { containers: [{ image: `y${at}` }] } })) } },
    object: { spec: { containers: containers(1_000) } },
    ends: "fail",
  },
];
