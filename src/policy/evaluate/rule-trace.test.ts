/** What explanations hold: each step of a rule, and nothing of a Secret's data. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { LIMITS, writeJson } from "../../base/index.ts";
import { clusterPolicy, IS_POD, POD, planOf, runPlan, type TestWorld, valueOf } from "../../testing/kyverno-runs.ts";
import type { PolicyInput } from "./input.ts";
import type { TraceStep } from "./rule-trace.ts";

interface Given {
  readonly object?: string;
  readonly world?: TestWorld;
  readonly input?: Partial<PolicyInput>;
}

function run(rules: string, { object = POD, world = {}, input = {} }: Given, explain: boolean) {
  const plan = planOf(clusterPolicy(rules));
  return runPlan(plan, { object: valueOf(object), operation: "CREATE", ...input }, { explain, world });
}

/** The steps of the first response, or of the first rule without one. */
function stepsOf(rules: string, given: Given = {}): readonly TraceStep[] {
  const done = run(rules, given, true);
  return done.responses[0]?.trace ?? done.unmatched?.find((each) => each.rule === "r")?.trace ?? [];
}

function only<K extends TraceStep["kind"]>(steps: readonly TraceStep[], kind: K) {
  return steps.filter((step): step is Extract<TraceStep, { readonly kind: K }> => step.kind === kind);
}

const rule = (body: string): string => `- name: r\n  ${IS_POD}\n${body}`;

const LOOP = rule(`  context:
  - {name: limit, variable: {value: 1}}
  - {name: broken, variable: {jmesPath: request.object.nothing}}
  validate:
    foreach:
    - list: request.object.spec.containers
      deny: {conditions: {any: [{key: "{{ element.image }}", operator: Equals, value: "*:latest"}, {key: "{{ limit }}", operator: Equals, value: 5}]}}
`);

describe("steps", () => {
  test("a loop tells its list, its elements, its variables and context entries with their places", () => {
    const steps = stepsOf(LOOP);
    assert.deepEqual(
      steps.map((step) => `${step.kind} ${"path" in step ? step.path : ""}`.trim()),
      [
        "match",
        "variable spec.rules[0].validate.foreach[0].list",
        "element spec.rules[0].validate.foreach[0]",
        "variable spec.rules[0].validate.foreach[0].deny.conditions.any[0].key",
        "condition spec.rules[0].validate.foreach[0].deny.conditions.any[0]",
        "entry spec.rules[0].context[0]",
        "variable spec.rules[0].validate.foreach[0].deny.conditions.any[1].key",
        "condition spec.rules[0].validate.foreach[0].deny.conditions.any[1]",
        "element spec.rules[0].validate.foreach[0]",
        "variable spec.rules[0].validate.foreach[0].deny.conditions.any[0].key",
        "condition spec.rules[0].validate.foreach[0].deny.conditions.any[0]",
      ],
    );
  });
  test("a list that is not there is told although the rule goes on", () => {
    const steps = stepsOf(rule("  validate: {foreach: [{list: request.object.spec.volumes, pattern: {a: b}}]}\n"));
    const [failed] = only(steps, "variableFailed");
    assert.equal(failed?.path, "spec.rules[0].validate.foreach[0].list");
    assert.match(failed?.explanation?.reason ?? "", /"volumes" is not there: request\.object\.spec is an object/);
  });
  test("a rule that looked at nothing is told of with what it did", () => {
    const done = run(rule("  validate: {foreach: [{list: request.object.spec.volumes, pattern: {a: b}}]}\n"), {}, true);
    assert.deepEqual(done.responses, []);
    assert.deepEqual(done.unmatched?.find(({ rule: name }) => name === "r")?.reasons, [
      "it looked at nothing of this object",
    ]);
  });
  test("a context entry that fails has the reason and its place", () => {
    const body = `  context: [{name: size, variable: {value: {a: 1}, jmesPath: "length(b)"}}]
  validate: {pattern: {spec: {x: "{{ size }}"}}}
`;
    const [failed] = only(stepsOf(rule(body)), "entryFailed");
    assert.equal(failed?.path, "spec.rules[0].context[0]");
    assert.equal(failed?.explanation?.expression, "length(b)");
    assert.match(
      failed?.explanation?.reason ?? "",
      /length\(\) takes .*, and here is null, because there is no member "b"/,
    );
  });
  test("anchors tell where they hold, and what was wanted and found", () => {
    const body = `  validate: {pattern: {spec: {"=(hostNetwork)": false, containers: [{(image): "*:latest", name: "a*"}], "X(hostPID)": "null"}}}\n`;
    const anchors = only(stepsOf(rule(body)), "anchor").map(
      ({ anchor, at, found, holds }) => `${anchor} ${at} ${writeJson(found ?? null)} ${holds}`,
    );
    assert.deepEqual(anchors, [
      "=(hostNetwork) /spec/hostNetwork false true",
      '(image) /spec/containers/0/image "ghcr.io/shop/front:v1" false',
      '(image) /spec/containers/1/image "redis:latest" true',
      "X(hostPID) /spec/hostPID null true",
    ]);
  });
  test("a pattern tells what was wanted and what stands there", () => {
    const body = `  validate: {pattern: {metadata: {labels: {team: "b*"}}}}\n`;
    const [pattern] = only(stepsOf(rule(body)), "pattern");
    assert.deepEqual(
      [pattern?.status, pattern?.at, pattern?.wanted, pattern?.found],
      ["fail", "/metadata/labels/team/", "b*", "red"],
    );
  });
  test("a patch tells whether it changed something", () => {
    const body = (label: string): string => `  mutate: {patchStrategicMerge: {metadata: {labels: {team: ${label}}}}}\n`;
    const status = (label: string) => only(stepsOf(rule(body(label))), "patch").map((step) => step.status);
    assert.deepEqual([status("blue"), status("red")], [["pass"], ["skip"]]);
  });
  test("a pod security rule tells each field", () => {
    const object = POD.replace("hostNetwork: false", "hostNetwork: true");
    const steps = stepsOf(rule("  validate: {podSecurity: {level: baseline, version: latest}}\n"), { object });
    const notes = only(steps, "note").map(({ message }) => message);
    assert.ok(
      notes.some((message) => /hostNetwork is true, which is not allowed/.test(message)),
      notes.join("\n"),
    );
  });
  test("a CEL rule tells its variables and expressions", () => {
    const cel = `{variables: [{name: own, expression: object.metadata.name}], expressions: [{expression: variables.own == "api"}]}`;
    const steps = only(stepsOf(rule(`  validate: {cel: ${cel}}\n`)), "expression");
    assert.deepEqual(
      steps.map(({ path, value }) => [path, value]),
      [
        ["variables.own", "web"],
        ["spec.rules[0].validate.cel.expressions[0].expression", false],
      ],
    );
  });
  test("an expression that variables make is told when it cannot be read", () => {
    const body = `  validate: {pattern: {metadata: {name: "{{ request.object.metadata.{{ request.object.metadata.name }} }}"}}}\n`;
    const [failed] = only(stepsOf(rule(body), { object: POD.replace("name: web", "name: web-1") }), "variableFailed");
    assert.equal(failed?.expression, "request.object.metadata.web-1");
    assert.equal(failed?.explanation?.column, 28);
  });
});

describe("an explanation changes nothing", () => {
  const rules: readonly (readonly [name: string, rules: string])[] = [
    ["a loop", LOOP],
    ["a failing variable", rule("  validate: {pattern: {metadata: {name: '{{ request.object.x.y }}'}}}\n")],
    [
      "a pattern with anchors",
      rule(`  validate: {pattern: {spec: {containers: [{(image): "*:latest", name: "a*"}]}}}\n`),
    ],
    ["a mutation", rule("  mutate: {patchStrategicMerge: {metadata: {labels: {team: blue}}}}\n")],
    [
      "a random draw",
      rule("  mutate: {patchStrategicMerge: {metadata: {labels: {x: \"{{ random('[a-z]{8}') }}\"}}}}\n"),
    ],
  ];
  for (const [name, text] of rules) {
    test(name, () => {
      const [plain, told] = [run(text, {}, false), run(text, {}, true)];
      assert.deepEqual(
        told.responses.map((response) => {
          const { trace: _, ...untold } = response;
          return untold;
        }),
        plain.responses,
      );
      assert.deepEqual(told.object, plain.object);
    });
  }
  test("without being asked nothing is made", () => {
    const done = run(LOOP, {}, false);
    assert.ok(done.responses.every((response) => !("trace" in response)));
    assert.equal(done.unmatched, undefined);
  });
});

test("very many steps are not all told", () => {
  const list = JSON.stringify(Array.from({ length: 4_000 }, (_, index) => index));
  const deny = 'deny: {conditions: {any: [{key: "{{ element }}", operator: Equals, value: -1}]}}';
  const done = run(rule(`  validate: {foreach: [{list: '\`${list}\`', ${deny}}]}\n`), {}, true);
  const trace = done.responses[0]?.trace ?? [];
  assert.equal(trace.length, LIMITS.explainedSteps + 1);
  assert.equal(trace.at(-1)?.kind, "note");
});

describe("what is in a Secret is not told", () => {
  const SECRET = `{apiVersion: v1, kind: Secret, metadata: {name: s, labels: {app: web}}, data: {password: aHVudGVyMjI=, pin: "MTI="}, stringData: {token: Sesame}}`;
  const IS_SECRET = "match: {any: [{resources: {kinds: [Secret]}}]}";
  const deny = (key: string, value = "x"): string =>
    `- name: r\n  ${IS_SECRET}\n  validate: {deny: {conditions: {any: [{key: "${key}", operator: Equals, value: ${value}}]}}}\n`;
  const told = (rules: string, given: Given = { object: SECRET }): string =>
    JSON.stringify(run(rules, given, true).responses.map(({ trace }) => trace));
  const SECRETS = /hunter22|aHVudGVyMjI|sesame|MTI=/i;

  const expressions: readonly (readonly [name: string, rules: string])[] = [
    ["the object", deny("{{ request.object }}")],
    ["its data", deny("{{ request.object.data }}")],
    ["one text", deny("{{ request.object.data.password }}")],
    ["a decoded one", deny("{{ request.object.data.password | base64_decode(@) }}")],
    ["a part of one", deny("{{ request.object.data.password | base64_decode(@) | truncate(@, `6`) }}")],
    ["one within a text", deny("the token is {{ request.object.stringData.token }}!")],
    ["one in capitals", deny("{{ to_upper(request.object.stringData.token) }}")],
    ["a list of them", deny("{{ request.object.data.* }}")],
    ["a failing call with one", deny("{{ parse_json(request.object.data.password) }}")],
    ["a pattern", `- name: r\n  ${IS_SECRET}\n  validate: {pattern: {data: {(password): "a*", pin: "z"}}}\n`],
    [
      "a patch",
      `- name: r\n  ${IS_SECRET}\n  mutate: {patchStrategicMerge: {stringData: {copy: "{{ request.object.data.password }}"}}}\n`,
    ],
  ];
  for (const [name, rules] of expressions) {
    test(name, () => {
      const text = told(rules);
      assert.ok(text.length > 20);
      assert.doesNotMatch(text, SECRETS);
    });
  }
  test("one that the world gave, and a part of it that alone is kept", () => {
    const rules = `- name: r
  ${IS_POD}
  context: [{name: password, apiCall: {urlPath: /api/v1/namespaces/shop/secrets/s, jmesPath: data.password}}]
  validate: {deny: {conditions: {any: [{key: "{{ password }}", operator: Equals, value: x}]}}}
`;
    const world: TestWorld = { kubernetesApi: () => valueOf(SECRET) };
    const text = told(rules, { world });
    assert.match(text, /hidden: it is in a Secret/);
    assert.doesNotMatch(text, SECRETS);
  });
  test("with too many Secrets no text is told, and numbers are", () => {
    const data = Object.fromEntries(Array.from({ length: 600 }, (_, index) => [`k${index}`, `value ${index} of many`]));
    const object = JSON.stringify({ apiVersion: "v1", kind: "Secret", metadata: { name: "s" }, stringData: data });
    const text = told(deny("{{ request.object.metadata.name }}{{ length(request.object.stringData) }}"), { object });
    assert.doesNotMatch(text, /"value":"s"|of many/);
    assert.match(text, /"value":600/);
  });
  test("what is beside the data is told, and so is the same text of another object", () => {
    assert.match(told(deny("{{ request.object.metadata.labels.app }}")), /"value":"web"/);
    assert.match(told(rule("  validate: {pattern: {metadata: {name: hunter22}}}\n"), {}), /hunter22/);
  });
});
