import {
  chain,
  denyIf,
  letters,
  type PolicyBomb,
  patternOf,
  piped,
  times,
  variable,
  words,
} from "./policy-bomb-parts.ts";

export const EXPRESSION_BOMBS: readonly PolicyBomb[] = [
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

export const CONTEXT_BOMBS: readonly PolicyBomb[] = [
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
