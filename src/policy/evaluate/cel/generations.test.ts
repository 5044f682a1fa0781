import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { memberOf, textOf, type Value } from "../../../base/index.ts";
import { type CelTestRun, celPlanOf, runCelPolicy } from "../../../testing/cel-policy-runs.ts";
import type { TestWorld } from "../../../testing/kyverno-runs.ts";

const NAMESPACE = {
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name: "shop", uid: "u-1", labels: { team: "red" } },
};

interface Written {
  readonly kind?: string;
  readonly namespace?: string;
  readonly spec?: string;
}

/** A policy over Namespaces (ConfigMaps, of a namespaced one) with these entries. */
function policyOf(generate: string, { namespace, spec = "" }: Written = {}): string {
  const isNamespaced = namespace !== undefined;
  return `
apiVersion: policies.kyverno.io/v1
kind: ${isNamespaced ? "NamespacedGeneratingPolicy" : "GeneratingPolicy"}
metadata: {name: defaults${isNamespaced ? `, namespace: ${namespace}` : ""}}
spec:
  matchConstraints:
    resourceRules:
    - {apiGroups: ["", example.com], apiVersions: [v1], operations: [CREATE, UPDATE, DELETE], resources: ["*"]}
${spec.replaceAll(/^/gm, "  ")}
  generate:
${generate.replaceAll(/^/gm, "  ")}
`;
}

const template = (value: string, interpolate = "cel"): string =>
  `- template:\n    interpolate: ${interpolate}\n    value: |\n${value.trim().replaceAll(/^/gm, "      ")}`;

const expression = (text: string): string => `- expression: |-\n${text.replaceAll(/^/gm, "    ")}`;

function run(
  generate: string,
  given: Written & { readonly object?: Value; readonly world?: TestWorld } = {},
): CelTestRun {
  const { object = NAMESPACE, world, ...written } = given;
  return runCelPolicy(
    policyOf(generate, written),
    { object, operation: "CREATE" },
    world === undefined ? {} : { world },
  );
}

const said = ({ responses }: CelTestRun): readonly string[] =>
  responses.map(({ rule, status, message }) => `${rule}: ${status} ${message}`);
const PASSED = ["defaults: pass policy evaluated successfully"];

/** What was made, without the labels by which Kyverno finds it. */
const made = ({ responses }: CelTestRun): readonly Value[] =>
  responses.flatMap(({ generated = [] }) => generated).map(withoutKyvernosLabels);

function withoutKyvernosLabels(object: Value): Value {
  const metadata = (memberOf(object, "metadata") ?? {}) as Record<string, Value>;
  const { labels, ...rest } = metadata;
  const own = Object.entries((labels ?? {}) as Record<string, Value>).filter(
    ([name]) => !name.startsWith("generate.kyverno.io/") && name !== "app.kubernetes.io/managed-by",
  );
  return {
    ...(object as Record<string, Value>),
    metadata: { ...rest, ...(own.length === 0 ? {} : { labels: Object.fromEntries(own) }) },
  };
}

const CONFIG_MAP = (metadata: Value, data?: Value): Value => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata,
  ...(data === undefined ? {} : { data }),
});

const APPLY_ONE =
  'generator.apply(object.metadata.name, [{"apiVersion": dyn("v1"), "kind": dyn("ConfigMap"), "metadata": dyn({"name": "a"})}])';

describe("expressions of a GeneratingPolicy", () => {
  it("make objects, which the response shows and the effects carry", () => {
    const spec =
      "useServerSideApply: true\nevaluation: {synchronize: {enabled: true}, orphanDownstreamOnPolicyDelete: {enabled: true}}";
    const done = run(expression(APPLY_ONE), { spec });
    assert.deepEqual(said(done), PASSED);
    const object = CONFIG_MAP({
      name: "a",
      namespace: "shop",
      labels: {
        "app.kubernetes.io/managed-by": "kyverno",
        "generate.kyverno.io/policy-name": "defaults",
        "generate.kyverno.io/trigger-name": "shop",
        "generate.kyverno.io/trigger-namespace": "",
        "generate.kyverno.io/trigger-uid": "u-1",
        "generate.kyverno.io/trigger-kind": "Namespace",
        "generate.kyverno.io/trigger-group": "",
        "generate.kyverno.io/trigger-version": "v1",
      },
    });
    assert.deepEqual(done.responses[0]?.generated, [object]);
    assert.equal(done.responses[0]?.type, "Generation");
    assert.deepEqual(done.effects, [
      {
        kind: "generate",
        policy: "defaults",
        namespace: "",
        rule: "defaults",
        object,
        synchronize: true,
        orphanDownstreamOnPolicyDelete: true,
        useServerSideApply: true,
      },
    ]);
  });

  it("are evaluated in order with the policy's variables", () => {
    const variables = `
variables:
- {name: name, expression: object.metadata.name}
- name: objects
  expression: '["x", "y"].map(n, {"apiVersion": dyn("v1"), "kind": dyn("ConfigMap"), "metadata": dyn({"name": variables.name + "-" + n}), "data": dyn({"n": 1})})'`;
    const done = run(`${expression("generator.apply(variables.name, variables.objects)")}\n${expression(APPLY_ONE)}`, {
      spec: variables,
    });
    assert.deepEqual(made(done), [
      CONFIG_MAP({ name: "shop-x", namespace: "shop" }, { n: 1 }),
      CONFIG_MAP({ name: "shop-y", namespace: "shop" }, { n: 1 }),
      CONFIG_MAP({ name: "a", namespace: "shop" }),
    ]);
  });

  it("may stand in variables, which make their objects once", () => {
    const one = (name: string): string =>
      `generator.apply("x", [{"apiVersion": dyn("v1"), "kind": dyn("ConfigMap"), "metadata": dyn({"name": "${name}"})}])`;
    const chain = Array.from(
      { length: 30 },
      (_, index) => `- {name: v${index + 1}, expression: "variables.v${index}"}`,
    );
    const spec = `
variables:
- name: v0
  expression: '${one("a")}'
${chain.join("\n")}
- name: found
  expression: 'resource.get("v1", "secrets", "default", "pull").data.token == "eA==" && variables.v30'
- name: unused
  expression: '${one("z")}'`;
    const world = { resource: () => SOURCE };
    const entries = [
      expression(`variables.found && ${one("b")}`),
      expression("variables.v0 && variables.v7"),
      template(cm(`metadata: {name: "(( variables.v0 ? 'c' : 'd' ))", namespace: x}`)),
    ];
    const object = (name: string): Value => CONFIG_MAP({ name, namespace: "x" });
    assert.deepEqual(made(run(entries.join("\n"), { spec, world })), ["a", "b", "c"].map(object));
    const inTemplate = template(cm(`metadata: {name: "(( variables.v30 ? 'c' : 'd' ))", namespace: x}`));
    assert.deepEqual(made(run(inTemplate, { spec, world })), ["a", "c"].map(object));
  });

  it("may decide to make nothing, and still pass", () => {
    const done = run(expression(`object.metadata.name == "other" ? ${APPLY_ONE} : false`));
    assert.deepEqual([said(done), made(done), done.effects], [PASSED, [], []]);
  });

  const errors: readonly (readonly [name: string, text: string, message: RegExp])[] = [
    [
      "a member that is not there",
      'generator.apply("shop", [{"apiVersion": dyn("v1"), "kind": dyn("ConfigMap"), "metadata": dyn({"name": object.metadata.nothing})}])',
      /^failed to evaluate policy: no such key: nothing$/,
    ],
    [
      "an object without a kind",
      'generator.apply("shop", [{"apiVersion": dyn("v1"), "metadata": dyn({"name": "a"})}])',
      /^failed to evaluate policy: failed to generate resources: the generated object "a" needs apiVersion and kind/,
    ],
    [
      "metadata that is a text",
      'generator.apply("shop", [{"apiVersion": dyn("v1"), "kind": dyn("ConfigMap"), "metadata": dyn("a")}])',
      /needs an object as its metadata/,
    ],
    ["a list with something else", 'generator.apply("shop", [{"items": dyn([1])}])', /needs an object/],
  ];
  for (const [name, text, message] of errors) {
    it(`are an error that makes nothing: ${name}`, () => {
      const done = run(`${expression(APPLY_ONE)}\n${expression(text)}`);
      assert.deepEqual(
        [done.responses[0]?.status, done.responses[0]?.generated, done.effects],
        ["error", undefined, []],
      );
      assert.match(done.responses[0]?.message ?? "", message);
    });
  }

  it("of a Namespaced policy make in its own namespace alone", () => {
    const object = CONFIG_MAP({ name: "t", namespace: "team" });
    const objects = (metadata: string, kind = "ConfigMap", apiVersion = "v1"): string =>
      expression(
        `generator.apply([{"apiVersion": dyn("${apiVersion}"), "kind": dyn("${kind}"), "metadata": dyn(${metadata})}])`,
      );
    const given = { namespace: "team", object };
    assert.deepEqual(made(run(objects('{"name": "a"}'), given)), [CONFIG_MAP({ name: "a", namespace: "team" })]);
    assert.match(
      said(run(objects('{"name": "a", "namespace": "other"}'), given))[0] ?? "",
      /^defaults: error failed to evaluate policy: .*expected an object of namespace team/,
    );
    assert.match(
      said(run(objects('{"name": "a"}', "ClusterRole", "rbac.authorization.k8s.io/v1"), given))[0] ?? "",
      /cross-scope generation denied: a policy scoped to namespace "team" cannot generate cluster-scoped resource rbac.authorization.k8s.io\/v1\/ClusterRole$/,
    );
    assert.match(
      JSON.stringify(celPlanOf(policyOf(expression(APPLY_ONE), { namespace: "team" }))),
      /spec.generate\[0\].expression/,
    );
    assert.deepEqual(
      run(objects('{"name": "a"}'), { ...given, object: CONFIG_MAP({ name: "t", namespace: "x" }) }).responses,
      [],
    );
  });

  it("leave out what is outside namespaces, and take an object of a custom kind", () => {
    const custom = { apiVersion: "example.com/v1", kind: "Widget", metadata: { name: "w", namespace: "shop" } };
    const text =
      'generator.apply(object.metadata.namespace, [{"apiVersion": dyn("example.com/v1"), "kind": dyn("Gadget"), "metadata": dyn({"name": "g"})}, {"apiVersion": dyn("v1"), "kind": dyn("Namespace"), "metadata": dyn({"name": "n"})}, {"apiVersion": dyn("v1"), "kind": dyn("Node")}])';
    assert.deepEqual(made(run(expression(text), { object: custom })), [
      { apiVersion: "example.com/v1", kind: "Gadget", metadata: { name: "g", namespace: "shop" } },
      { apiVersion: "v1", kind: "Namespace", metadata: { name: "n" } },
      { apiVersion: "v1", kind: "Node", metadata: {} },
    ]);
  });
});

const SOURCE = {
  apiVersion: "v1",
  kind: "Secret",
  metadata: {
    name: "pull",
    namespace: "default",
    uid: "s-1",
    resourceVersion: "7",
    creationTimestamp: "2026-01-01T00:00:00Z",
    managedFields: [{ manager: "kubectl" }],
    ownerReferences: [{ name: "owner" }],
    labels: { app: "pull" },
    annotations: { note: "kept" },
  },
  data: { token: "eA==" },
};

describe("copies", () => {
  const world: TestWorld = {
    resource: () => SOURCE,
    resourceList: () => ({ apiVersion: "v1", kind: "SecretList", metadata: {}, items: [SOURCE, SOURCE] }),
  };
  const copy = {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "pull", namespace: "shop", labels: { app: "pull" }, annotations: { note: "kept" } },
    data: { token: "eA==" },
  };

  it("of one object lose what belongs to the source, and say which it was", () => {
    const spec =
      'variables: [{name: source, expression: "resource.get(\\"v1\\", \\"secrets\\", \\"default\\", \\"pull\\")"}]';
    const done = run(expression("generator.apply(object.metadata.name, [variables.source])"), { spec, world });
    assert.deepEqual([made(done), done.passes], [[copy], 2]);
    const [effect] = done.effects;
    assert.ok(effect?.kind === "generate");
    assert.deepEqual(effect.source, SOURCE);
    const labels = memberOf(memberOf(effect.object, "metadata"), "labels") as Value;
    assert.equal(textOf(labels, "generate.kyverno.io/source-uid"), "s-1");
  });

  it("of a list are copies of what it holds", () => {
    const done = run(expression('generator.apply(object.metadata.name, [resource.list("v1", "secrets", "default")])'), {
      world,
    });
    assert.deepEqual(made(done), [copy, copy]);
  });

  it("in the namespace of the source keep their owners", () => {
    const done = run(expression('generator.apply("default", [resource.get("v1", "secrets", "default", "pull")])'), {
      world,
    });
    assert.deepEqual(memberOf(memberOf(made(done)[0] ?? null, "metadata"), "ownerReferences"), [{ name: "owner" }]);
  });

  it("of entries that do not depend on each other are asked for together", () => {
    const entries = ["a", "b", "c"].map((name) =>
      expression(`generator.apply("x", [resource.get("v1", "secrets", "default", "${name}")])`),
    );
    assert.equal(run(entries.join("\n"), { world }).passes, 2);
  });

  it("of what cannot be read are an error", () => {
    const text = expression('generator.apply("x", [resource.get("v1", "secrets", "default", "pull")])');
    const failing = run(text, { world: { resource: () => new Error("no answer") } });
    assert.deepEqual(said(failing), ["defaults: error failed to evaluate policy: no answer"]);
    assert.equal(run(text, { world: { resource: () => null } }).responses[0]?.status, "error");
  });
});

describe("audit annotations", () => {
  it("are reported with what was made", () => {
    const spec = `auditAnnotations: [{key: why, valueExpression: "'for ' + object.metadata.name"}, {key: none, valueExpression: "''"}]`;
    assert.deepEqual(run(expression(APPLY_ONE), { spec }).responses[0]?.properties, { why: "for shop" });
  });

  it("that fail are an error, and nothing is made", () => {
    const spec = "auditAnnotations: [{key: why, valueExpression: string(object.metadata.nothing)}]";
    const done = run(expression(APPLY_ONE), { spec });
    assert.match(said(done)[0] ?? "", /^defaults: error failed to evaluate policy: failed to evaluate auditAnnotation/);
    assert.deepEqual(done.effects, []);
  });
});

const cm = (lines: string): string => `apiVersion: v1\nkind: ConfigMap\n${lines}`;
const dataOf = (done: CelTestRun): Value => memberOf(made(done)[0] ?? null, "data") ?? null;

describe("templates of a GeneratingPolicy", () => {
  it("make one object of each document, those of one namespace together", () => {
    const text = [
      cm("metadata: {name: one, namespace: a}"),
      cm("metadata: {name: (( object.metadata.name )), namespace: b}"),
      "",
      cm("metadata: {name: three, namespace: a}"),
    ].join("\n---\n");
    const done = run(template(text));
    assert.deepEqual(said(done), PASSED);
    assert.deepEqual(made(done), [
      CONFIG_MAP({ name: "one", namespace: "a" }),
      CONFIG_MAP({ name: "three", namespace: "a" }),
      CONFIG_MAP({ name: "shop", namespace: "b" }),
    ]);
  });

  it("are plain YAML where nothing is interpolated", () => {
    const data = 'metadata: {name: a, namespace: b}\ndata: {key: "(( object.x ))", on: yes, n: "\\\\((", t: true}';
    assert.deepEqual(dataOf(run(template(cm(data), "none"))), { key: "(( object.x ))", on: "yes", n: "\\((", t: true });
  });

  const values: readonly (readonly [written: string, value: Value])[] = [
    ["(( object.metadata.name ))", "shop"],
    ["x-(( object.metadata.name ))-(( 1 + 1 ))", "shop"],
    ["(( object.metadata.labels ))", { team: "red" }],
    ["(( [1, 2].map(x, x * 2) ))", [2, 4]],
    ["(( null ))", null],
    ["(( object.metadata.?labels ))", { team: "red" }],
    ["(( 5u ))", 5],
    ["(( 9223372036854775807 ))", 9223372036854775807n],
    ["(( [9223372036854775807] ))", ["9223372036854775807"]],
    ["\"(( duration('90s') ))\"", "90s"],
    ['(( ":))".size() ))', 3],
    ["(( ')' + string((1 + 2) * 3) ))", ")9"],
    ['\'(( "a\\"))" ))\'', 'a"))'],
    ["a (( true )) (( 1.5 )) (( 1e6 )) (( -2 )) (( 7u ))", "a true 1.5 1e+06 -2 7"],
    ["a \\((b)) (( 1 ))", "a ((b)) 1"],
    ["\\((b))", "((b))"],
    ["( (a) )", "( (a) )"],
  ];
  for (const [written, value] of values) {
    it(written, () => {
      const expected = written.startsWith("x-") ? "x-shop-2" : value;
      const done = run(template(cm(`metadata: {name: a, namespace: b}\ndata:\n  v: ${written}`)));
      assert.deepEqual(said(done), PASSED);
      assert.deepEqual(memberOf(dataOf(done), "v"), expected);
    });
  }

  it("interpolate within lists and block texts, and once what an alias shares", () => {
    const text = cm(`
metadata: {name: a, namespace: b}
data:
  list: &l [(( object.metadata.name )), {k: "n=(( 1 ))"}]
  same: *l
  block: |
    line (( object.metadata.name ))
    end`);
    const list = ["shop", { k: "n=1" }];
    assert.deepEqual(dataOf(run(template(text))), { list, same: list, block: "line shop\nend\n" });
  });

  it("a whole document may be an expression", () => {
    const spec =
      'variables: [{name: cm, expression: "{\\"apiVersion\\": dyn(\\"v1\\"), \\"kind\\": dyn(\\"ConfigMap\\"), \\"metadata\\": dyn({\\"name\\": \\"a\\"})}"}]';
    assert.deepEqual(made(run(template("(( variables.cm ))"), { spec })), [CONFIG_MAP({ name: "a" })]);
    assert.match(
      said(run(template("(( object.metadata.name ))")))[0] ?? "",
      /failed to evaluate policy: failed to render generation template: document 1: expected an object with apiVersion and kind, found string$/,
    );
  });

  const failing: readonly (readonly [written: string, message: string])[] = [
    [
      "(( object.metadata.nothing ))",
      'document 1: field "data": field "v": failed to evaluate placeholder "object.metadata.nothing": no such key: nothing',
    ],
    [
      "[(( type(1) ))]",
      'document 1: field "data": field "v": item 0: failed to convert placeholder "type(1)" result: a type cannot be written as JSON',
    ],
    [
      "(( object.metadata.?nothing ))",
      'document 1: field "data": field "v": failed to convert placeholder "object.metadata.?nothing" result: optional.none() dereference',
    ],
    [
      "a(( object.metadata ))",
      'document 1: field "data": field "v": placeholder "object.metadata" embedded in a string must evaluate to a scalar, got map; use a whole-value placeholder for structured results',
    ],
    [
      "a(( null ))",
      'document 1: field "data": field "v": placeholder "null" embedded in a string must evaluate to a scalar, got null; use a whole-value placeholder for structured results',
    ],
    [
      "(( 18446744073709551615u ))",
      'document 1: field "data": field "v": failed to convert placeholder "18446744073709551615u" result: uint value 18446744073709551615 overflows the supported integer range',
    ],
  ];
  for (const [written, message] of failing) {
    it(`${written} is an error`, () => {
      const done = run(template(cm(`metadata: {name: a, namespace: b}\ndata:\n  v: ${written}`)));
      assert.deepEqual(said(done), [
        `defaults: error failed to evaluate policy: failed to render generation template: ${message}`,
      ]);
      assert.deepEqual(done.effects, []);
    });
  }

  it("of a Namespaced policy go to its namespace and no other", () => {
    const given = { namespace: "team", object: CONFIG_MAP({ name: "t", namespace: "team" }) };
    for (const metadata of ["{name: a}", "{name: a, namespace: team}"]) {
      assert.deepEqual(made(run(template(cm(`metadata: ${metadata}`)), given)), [
        CONFIG_MAP({ name: "a", namespace: "team" }),
      ]);
    }
    assert.deepEqual(said(run(template(cm("metadata: {name: a, namespace: (( 'kube-' + 'system' ))}")), given)), [
      'defaults: error failed to evaluate policy: cross-namespace generation denied: a policy in namespace "team" cannot generate resources into namespace "kube-system"',
    ]);
  });

  it("what placeholders give is no template again", () => {
    const object = { ...NAMESPACE, metadata: { name: "shop", labels: { team: "(( object.secret ))" } } };
    const done = run(template(cm("metadata: {name: a, namespace: b}\ndata: {v: (( object.metadata.labels.team ))}")), {
      object,
    });
    assert.deepEqual(dataOf(done), { v: "(( object.secret ))" });
  });
});

describe("what is refused in a GeneratingPolicy", () => {
  const refused: readonly (readonly [name: string, generate: string, message: RegExp])[] = [
    ["neither expression nor template", "- {}", /spec\.generate\[0\]/],
    ["both", `${template("kind: ConfigMap")}\n  expression: "true"`, /spec\.generate\[0\].*(both|template)/],
    ["an expression that gives a text", expression("'a'"), /spec\.generate\[0\]\.expression: /],
    ["an expression of the wrong syntax", expression("generator.apply("), /spec\.generate\[0\]\.expression: /],
    ["an unknown function", expression("generator.make([])"), /spec\.generate\[0\]\.expression: /],
    ["an unknown variable", expression("variables.nothing"), /spec\.generate\[0\]\.expression: /],
    ["a placeholder of the wrong syntax", template("name: (( a.b. ))"), /spec\.generate\[0\]\.template\.value: /],
    [
      "an unknown name in a placeholder",
      template("name: (( nothing ))"),
      /spec\.generate\[0\]\.template\.value: .*nothing/s,
    ],
    ["a placeholder that does not end", template("name: (( object"), /document 1\.name: .*does not end: expected \)\)/],
    ["a text that does not end", template("name: (( 'a ))"), /document 1\.name: .*does not end: expected '/],
    ["a parenthesis too many", template("name: (( a) ))"), /document 1\.name: .*closes a parenthesis/],
    ["an empty placeholder", template("list: [a, ((  ))]"), /document 1\.list\[1\]: expected an expression/],
    [
      "a placeholder in a key",
      template("data: {(( object.x )): 1}"),
      /document 1\.data: placeholders are not supported in keys/,
    ],
    ["a template that is a list", template("[1]"), /document 1: expected an object/],
    ["a template that is a text", template("text (( object.x ))"), /document 1: expected an object/],
    ["a template with nothing", template("---"), /expected at least one YAML document/],
    ["a template that is no YAML", template("a: [1"), /spec\.generate\[0\]\.template\.value: /],
    ["an unknown field", "- {expresion: 'true'}", /expression/],
  ];
  for (const [name, generate, message] of refused) {
    it(name, () => {
      const issues = celPlanOf(policyOf(generate));
      assert.ok(!("engine" in issues), "it was accepted");
      assert.match(issues.join("\n"), message);
    });
  }
});

describe("a GeneratingPolicy that asks too much", () => {
  it("is an error that says so", () => {
    const many = Array.from({ length: 30 }, () => "a");
    const nested = `lists.range(2000).map(i, {"apiVersion": dyn("v1"), "kind": dyn("ConfigMap"), "metadata": dyn({"name": string(i)})})`;
    const object = { ...NAMESPACE, spec: { many } };
    const done = run(expression(`object.spec.many.all(x, object.spec.many.all(y, generator.apply("a", ${nested})))`), {
      object,
    });
    assert.deepEqual(
      [done.responses[0]?.status, done.responses[0]?.code, done.effects],
      ["error", "BUDGET_EXCEEDED", []],
    );
  });
});
