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

const times = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, at) => make(at));

/** `value` inside that many `{a: …}`, or what `wrap` makes. */
function nested(depth: number, value: Value, wrap: (inner: Value) => Value = (a) => ({ a })): Value {
  let result = value;
  for (let level = 0; level < depth; level++) result = wrap(result);
  return result;
}

/** Denies when the expression holds; it is evaluated in any case. */
const denyIf = (expression: string, operator = "Equals", value: Value = true): ValueObject => ({
  validate: { deny: { conditions: { any: [{ key: `{{ ${expression} }}`, operator, value }] } } },
});

const patternOf = (pattern: Value): ValueObject => ({ validate: { pattern } });
const mergeOf = (patch: Value): ValueObject => ({ mutate: { patchStrategicMerge: patch } });
const jsonPatchOf = (operations: Value): ValueObject => ({ mutate: { patchesJson6902: JSON.stringify(operations) } });

const variable = (name: string, value: ValueObject): Value => ({ name, variable: value });

/** Context entries `v0`…, each made of the one before; the rule asks for the last. */
function chain(count: number, first: Value, next: (name: string) => ValueObject): ValueObject {
  const entries = times(count, (at) => variable(`v${at + 1}`, next(`v${at}`)));
  return { context: [variable("v0", { value: first }), ...entries], ...denyIf(`length(v${count})`, "NotEquals", -1) };
}

const piped = (stage: string, count: number): string => times(count, () => stage).join(" | ");
const letters = (count: number): string => "a".repeat(count);
const words = (count: number, word = "w"): string[] => times(count, (at) => `${word}${at}`);

const EXPRESSIONS: readonly PolicyBomb[] = [
  {
    name: "brackets within brackets",
    rule: denyIf(`${"(".repeat(9_999)}request${")".repeat(9_999)}`),
    ends: "refused LIMIT_EXCEEDED",
  },
  {
    name: "variables within variables",
    rule: patternOf({ a: `${"{{ ".repeat(9_999)}a${" }}".repeat(9_999)}` }),
    ends: "refused LIMIT_EXCEEDED",
  },
  {
    name: "a path of ten thousand steps",
    rule: denyIf(`request${".object".repeat(9_999)}`),
    ends: "refused LIMIT_EXCEEDED",
  },
  { name: "lists that double", rule: denyIf(`${piped("[@, @]", 60)} | to_string(@)`), ends: "error BUDGET_EXCEEDED" },
  {
    name: "texts that double",
    rule: denyIf(`'xxxxxxxx' | ${piped("join('', [@, @])", 60)} | length(@)`),
    ends: "error BUDGET_EXCEEDED",
  },
  {
    name: "a text replaced by itself",
    rule: denyIf(`'xxxxxxxx' | ${piped("replace_all(@, 'x', 'xxxxxxxx')", 20)} | length(@)`),
    ends: "error BUDGET_EXCEEDED",
  },
  {
    name: "a text replaced by matches",
    rule: denyIf(`'xxxxxxxx' | ${piped("regex_replace_all('.', @, '$0$0$0$0')", 20)} | length(@)`),
    ends: "error BUDGET_EXCEEDED",
  },
  {
    name: "loops within loops",
    rule: denyIf(
      "request.object.spec.items | map(&map(&map(&map(&a, `[{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}]`), `[{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}]`), `[{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}]`), @)",
    ),
    object: { spec: { items: words(2_000) } },
    ends: "error BUDGET_EXCEEDED",
  },
  {
    name: "a nested regular expression on a long text",
    rule: denyIf(`regex_match('^(a+)+$', request.object.spec.text) && 'b' || 'c'`, "Equals", "c"),
    object: { spec: { text: `${letters(50_000)}!` } },
    ends: "fail",
  },
  {
    name: "counted repetitions that multiply",
    rule: denyIf("regex_match('((a{100}){100}){100}', 'a')"),
    ends: "error EXPRESSION_FAILED",
  },
  {
    name: "a large regular expression many times",
    rule: denyIf("length(request.object.spec.items[?regex_match('(.*a){900}', @)])", "Equals", -1),
    object: { spec: { items: words(2_000, letters(200)) } },
    ends: "error BUDGET_EXCEEDED",
  },
  {
    name: "a regular expression from the object",
    rule: denyIf("regex_match(request.object.spec.text, 'a')"),
    object: { spec: { text: "(".repeat(100_000) } },
    ends: "error EXPRESSION_FAILED",
  },
  {
    name: "a random text without end",
    rule: denyIf("length(random('[a-z]{1000}[a-z]{1000}[a-z]{1000}([a-z]{30}){33}')) > `0`"),
    ends: "fail",
  },
  {
    name: "random texts in a loop",
    rule: denyIf("length(request.object.spec.items[].random('[a-z]{999}')) ", "Equals", -1),
    object: { spec: { items: words(20_000) } },
    ends: "error BUDGET_EXCEEDED",
  },
  {
    name: "a random text of a pattern from the object",
    rule: denyIf("random(request.object.spec.text)"),
    object: { spec: { text: "((x|y){1000}){1000}" } },
    ends: "error EXPRESSION_FAILED",
  },
  {
    name: "wildcards that backtrack",
    rule: denyIf("pattern_match(request.object.spec.pattern, request.object.spec.text) && 'b' || 'c'", "Equals", "c"),
    object: { spec: { pattern: `${"*a".repeat(20_000)}*b`, text: letters(100_000) } },
    ends: "error BUDGET_EXCEEDED",
  },
  {
    name: "wildcards of one list in another",
    rule: denyIf("request.object.spec.items", "AnyIn", "{{ request.object.spec.patterns }}"),
    object: { spec: { items: words(5_000), patterns: words(5_000, "*a*b*") } },
    ends: "error BUDGET_EXCEEDED",
  },
  {
    name: "numbers of many digits",
    rule: denyIf("multiply(request.object.spec.text, request.object.spec.text)"),
    object: { spec: { text: "9".repeat(100_000) } },
    ends: "error EXPRESSION_FAILED",
  },
  {
    name: "quantities of great size",
    rule: denyIf("multiply('1e99999999', '1e99999999')"),
    ends: "error EXPRESSION_FAILED",
  },
  { name: "a number rounded to a million places", rule: denyIf("round(`1.5`, `1000000`) != `1`"), ends: "fail" },
  {
    name: "a text truncated to 10^15 characters",
    rule: denyIf("truncate('a', `1000000000000000`) == 'a'"),
    ends: "fail",
  },
  {
    name: "YAML whose aliases multiply",
    rule: denyIf("parse_yaml(request.object.spec.text)"),
    object: {
      spec: { text: `a0: &a0 [x, x]\n${times(40, (at) => `a${at + 1}: &a${at + 1} [*a${at}, *a${at}]\n`).join("")}` },
    },
    ends: "error EXPRESSION_FAILED",
  },
  {
    name: "JSON that is too deep",
    rule: denyIf("parse_json(request.object.spec.text)"),
    object: { spec: { text: `${"[".repeat(100_000)}${"]".repeat(100_000)}` } },
    ends: "error EXPRESSION_FAILED",
  },
  {
    name: "a version range without end",
    rule: denyIf("semver_compare('1.2.3', request.object.spec.text)"),
    object: { spec: { text: ">=1.0.0 <2.0.0 || ".repeat(20_000) } },
    ends: "error EXPRESSION_FAILED",
  },
  {
    name: "a certificate that is none",
    rule: denyIf("x509_decode(request.object.spec.text)"),
    object: { spec: { text: `-----BEGIN CERTIFICATE-----\n${"MIIB".repeat(50_000)}\n-----END CERTIFICATE-----` } },
    ends: "error EXPRESSION_FAILED",
  },
  {
    name: "a time of many digits",
    rule: denyIf("time_add('2026-01-01T00:00:00Z', request.object.spec.text)"),
    object: { spec: { text: `${"9".repeat(100_000)}h` } },
    ends: "error EXPRESSION_FAILED",
  },
  {
    name: "a large object compared with many",
    rule: denyIf("contains(request.object.spec.items, request.object.spec.large)", "NotEquals", "x"),
    object: {
      spec: { items: times(20_000, (at) => ({ at })), large: Object.fromEntries(times(20_000, (at) => [`k${at}`, 1])) },
    },
    ends: "error BUDGET_EXCEEDED",
  },
  {
    name: "objects from lists, again and again",
    rule: denyIf("map(&object_from_lists(@, @), request.object.spec.items)", "NotEquals", "x"),
    object: { spec: { items: Array(3_000).fill(words(5_000)) } },
    ends: "error BUDGET_EXCEEDED",
  },
];

const CONTEXTS: readonly PolicyBomb[] = [
  {
    name: "texts that double",
    rule: chain(60, "xxxxxxxx", (last) => ({ value: `{{ ${last} }}{{ ${last} }}` })),
    ends: "error LIMIT_EXCEEDED",
  },
  {
    name: "lists that double",
    rule: chain(60, ["x"], (last) => ({ value: [`{{ ${last} }}`, `{{ ${last} }}`] })),
    ends: "error LIMIT_EXCEEDED",
  },
  {
    name: "lists that double by expressions",
    rule: chain(60, ["x"], (last) => ({ jmesPath: `[${last}, ${last}]` })),
    ends: "error LIMIT_EXCEEDED",
  },
  {
    name: "lists that nest",
    rule: chain(2_000, ["x"], (last) => ({ jmesPath: `[${last}]` })),
    ends: "error LIMIT_EXCEEDED",
  },
  { name: "a long chain", rule: chain(5_000, "x", (last) => ({ value: `{{ ${last} }}` })), ends: "fail" },
  {
    name: "two that use each other",
    rule: { context: [variable("a", { value: "{{ b }}" }), variable("b", { value: "{{ a }}" })], ...denyIf("a") },
    ends: "error VARIABLE_NOT_FOUND",
  },
  {
    name: "one that uses itself",
    rule: { context: [variable("a", { value: "{{ a }}x" })], ...denyIf("a") },
    ends: "error VARIABLE_NOT_FOUND",
  },
  {
    name: "a path that is its own variable",
    rule: { context: [variable("a", { jmesPath: "{{ a }}" })], ...denyIf("a") },
    ends: "error VARIABLE_NOT_FOUND",
  },
  {
    name: "a configMap whose name is itself",
    rule: { context: [{ name: "a", configMap: { name: "{{ a }}", namespace: "{{ a }}" } }], ...denyIf("a") },
    ends: "refused POLICY_INVALID",
  },
  {
    name: "variables made of variables",
    rule: denyIf(`request.object.${"{{ request.object.metadata.".repeat(200)}name${" }}".repeat(200)}`),
    ends: "error VARIABLE_NOT_FOUND",
  },
];

const items = "request.object.spec.items";
/** Puts what is there below itself, twice. */
const DOUBLING: readonly ValueObject[] = [
  { op: "copy", from: "/spec", path: "/spec/a" },
  { op: "copy", from: "/spec", path: "/spec/b" },
];
const loop = (more: ValueObject, list = items): ValueObject => ({ validate: { foreach: [{ list, ...more }] } });
const denyNothing: ValueObject = { deny: { conditions: { any: [{ key: "a", operator: "Equals", value: "b" }] } } };
const loopOfMutation = (more: ValueObject): ValueObject => ({ mutate: { foreach: [{ list: items, ...more }] } });
const million = { spec: { items: times(1_000_000, () => 1) } };

const LOOPS: readonly PolicyBomb[] = [
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

const containers = (count: number, more: ValueObject = {}): Value =>
  times(count, (at) => ({ name: `c${at}`, image: "x", ...more }));

const PATTERNS: readonly PolicyBomb[] = [
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

const PATCHES: readonly PolicyBomb[] = [
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

const OTHERS: readonly PolicyBomb[] = [
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

/** The bombs by what they go off in. */
export const POLICY_BOMBS: Readonly<Record<string, readonly PolicyBomb[]>> = {
  expressions: EXPRESSIONS,
  "context entries": CONTEXTS,
  loops: LOOPS,
  patterns: PATTERNS,
  patches: PATCHES,
  "other parts": OTHERS,
};

/** The policy of a bomb, with a rule beside it that every Pod passes. */
export function bombPolicy({ rule }: PolicyBomb): ValueObject {
  const match = { any: [{ resources: { kinds: ["Pod"] } }] };
  const fine = { name: "fine", match, validate: { pattern: { kind: "Pod" } } };
  return {
    apiVersion: "kyverno.io/v1",
    kind: "ClusterPolicy",
    metadata: { name: "bomb", annotations: { "pod-policies.kyverno.io/autogen-controllers": "none" } },
    spec: { background: false, rules: [{ name: "bomb", match, ...rule }, fine] },
  };
}

/** The Pod that a bomb goes off at. */
export function bombObject({ object = {} }: PolicyBomb): ValueObject {
  const { metadata = {}, ...rest } = object as { readonly metadata?: ValueObject };
  return { apiVersion: "v1", kind: "Pod", metadata: { name: "web", namespace: "shop", ...metadata }, ...rest };
}
