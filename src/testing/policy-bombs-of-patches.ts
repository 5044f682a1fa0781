import {
  containers,
  DOUBLING,
  denyNothing,
  jsonPatchOf,
  letters,
  mergeOf,
  nested,
  type PolicyBomb,
  patternOf,
  times,
  words,
} from "./policy-bomb-parts.ts";

export const PATCH_BOMBS: readonly PolicyBomb[] = [
  {
    name: "copies that double",
    rule: jsonPatchOf(times(60, () => DOUBLING).flat()),
    object: { spec: { x: "y" } },
    ends: "error BUDGET_EXCEEDED",
  },
  {
    name: "an element put before 10^5 others, 10^5 times",
    rule: jsonPatchOf(times(100_000, () => ({ op: "add", path: "/spec/items/0", value: 1 }))),
    object: { spec: { items: times(100_000, () => 1) } },
    ends: "error BUDGET_EXCEEDED",
  },
  {
    name: "an index beyond all others",
    rule: jsonPatchOf([{ op: "add", path: "/spec/items/999999999999", value: 1 }]),
    object: { spec: { items: [] } },
    ends: "error EXPRESSION_FAILED",
  },
  {
    name: "a path of 10^5 steps",
    rule: jsonPatchOf([{ op: "add", path: "/a".repeat(100_000), value: 1 }]),
    ends: "error LIMIT_EXCEEDED",
  },
  {
    name: "values that go deeper and deeper",
    rule: jsonPatchOf(times(5_000, (at) => ({ op: "add", path: `/metadata${"/a".repeat(at + 1)}`, value: {} }))),
    ends: "error LIMIT_EXCEEDED",
  },
  {
    name: "a merge of two large lists",
    rule: mergeOf({ spec: { containers: containers(20_000, { image: "y" }) } }),
    object: { spec: { containers: containers(20_000) } },
    ends: "error BUDGET_EXCEEDED",
  },
  {
    name: "a merge for each element of a large list",
    rule: mergeOf({ spec: { containers: times(5_000, () => ({ "(name)": "*", "+(image)": "y" })) } }),
    object: { spec: { containers: containers(5_000) } },
    ends: "error BUDGET_EXCEEDED",
  },
  {
    name: "a merge of a list without keys",
    rule: mergeOf({ metadata: { finalizers: words(50_000) } }),
    object: { metadata: { finalizers: words(50_000, "f") } },
    ends: "error BUDGET_EXCEEDED",
  },
  { name: "a patch within a patch", rule: mergeOf({ metadata: nested(400, "x") }), ends: "pass" },
  {
    name: "anchors within anchors",
    rule: mergeOf({ metadata: nested(200, "x", (inner) => ({ "(a)": inner })) }),
    ends: "skip",
  },
];

export const OTHER_BOMBS: readonly PolicyBomb[] = [
  {
    name: "conditions without end",
    rule: {
      validate: denyNothing,
      preconditions: {
        all: times(9_999, () => ({ key: "{{ length(request.object.spec.items) }}", operator: "Equals", value: 5_000 })),
      },
    },
    object: { spec: { items: words(5_000) } },
    ends: "error BUDGET_EXCEEDED",
  },
  {
    name: "a message of many large variables",
    rule: { validate: { message: "{{ request.object }}".repeat(1_000), pattern: { metadata: { name: "no" } } } },
    object: { spec: { items: words(20_000) } },
    ends: "error BUDGET_EXCEEDED",
  },
  {
    name: "pod security exclusions of many images",
    rule: {
      validate: {
        podSecurity: {
          level: "restricted",
          exclude: times(2_000, (at) => ({ controlName: "Capabilities", images: [`*${at}*x*`] })),
        },
      },
    },
    object: { spec: { containers: containers(2_000) } },
    ends: "fail",
  },
  {
    name: "a match of many names",
    rule: {
      ...patternOf({ a: 1 }),
      exclude: { any: [{ resources: { names: times(9_999, (at) => `${"*a".repeat(50)}*${at}b`) } }] },
    },
    object: { metadata: { name: letters(5_000) } },
    ends: "error BUDGET_EXCEEDED",
  },
  {
    name: "CEL loops within loops",
    rule: {
      validate: {
        cel: {
          expressions: [
            {
              expression:
                "object.spec.items.all(a, object.spec.items.all(b, object.spec.items.all(c, a != b || b != c || true)))",
            },
          ],
        },
      },
    },
    object: { spec: { items: words(1_000) } },
    ends: "error BUDGET_EXCEEDED",
  },
  {
    name: "CEL variables that double",
    rule: {
      validate: {
        cel: {
          variables: [
            { name: "v0", expression: "['x']" },
            ...times(60, (at) => ({ name: `v${at + 1}`, expression: `variables.v${at} + variables.v${at}` })),
          ],
          expressions: [{ expression: "size(variables.v60) < 0" }],
        },
      },
    },
    ends: "error BUDGET_EXCEEDED",
  },
  {
    name: "a rule that makes what it is triggered by",
    rule: {
      generate: {
        apiVersion: "v1",
        kind: "Pod",
        name: "{{ request.object.metadata.name }}-again",
        namespace: "shop",
        data: { spec: {} },
      },
    },
    ends: "pass",
  },
  {
    name: "an existing object that is changed by what changes it",
    rule: {
      mutate: {
        targets: [{ apiVersion: "v1", kind: "Pod", name: "*", namespace: "*" }],
        patchStrategicMerge: {
          metadata: { labels: { "x{{ target.metadata.name }}": "{{ request.object.metadata.name }}" } },
        },
      },
    },
    ends: "pass",
  },
];
