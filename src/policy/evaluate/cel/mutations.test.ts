import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LIMITS, memberOf, type Value } from "../../../base/index.ts";
import type { CelPlan } from "../../compile/cel-plan.ts";
import { compileCelPolicy } from "../../compile/cel-policy.ts";
import { decodePolicies } from "../../resource/decode-policies.ts";
import { evaluateCelPolicy } from "../evaluate-cel-policy.ts";
import type { Fact, Facts } from "../facts.ts";
import type { PolicyInput } from "../input.ts";
import type { KyvernoEvaluation } from "../kyverno-response.ts";

type Kind = "MutatingPolicy" | "NamespacedMutatingPolicy" | "MutatingAdmissionPolicy";

const ANYTHING = { apiGroups: ["*"], apiVersions: ["*"], operations: ["*"], resources: ["*"] };
const merge = (expression: string) => ({ patchType: "ApplyConfiguration", applyConfiguration: { expression } });
const patch = (expression: string) => ({ patchType: "JSONPatch", jsonPatch: { expression } });

function writePolicy(kind: Kind, spec: object): string {
  const isKyverno = kind !== "MutatingAdmissionPolicy";
  const policy = {
    apiVersion: isKyverno ? "policies.kyverno.io/v1" : "admissionregistration.k8s.io/v1",
    kind,
    metadata: { name: "change", ...(kind === "NamespacedMutatingPolicy" ? { namespace: "shop" } : {}) },
    spec: {
      matchConstraints: { resourceRules: [ANYTHING] },
      ...(isKyverno ? {} : { reinvocationPolicy: "Never" }),
      ...spec,
    },
  };
  return JSON.stringify(policy);
}

function compile(kind: Kind, spec: object) {
  const decoded = decodePolicies(writePolicy(kind, spec), "policy.json");
  if (!decoded.ok) return decoded;
  const [policy] = decoded.value;
  assert.ok(policy !== undefined && policy.kind === kind);
  return compileCelPolicy(policy);
}

function planOf(kind: Kind, spec: object): CelPlan {
  const compiled = compile(kind, spec);
  assert.ok(compiled.ok, JSON.stringify(compiled));
  return compiled.value;
}

function evaluate(plan: CelPlan, object: Value, options: { input?: Partial<PolicyInput>; facts?: Facts } = {}) {
  const input: PolicyInput = { object, operation: "CREATE", ...options.input };
  return evaluateCelPolicy(plan, input, { facts: options.facts ?? new Map(), now: 0, seed: "" });
}

/** Evaluates in passes, with every fact that is asked for answered. */
function answer(plan: CelPlan, object: Value, reply: (kind: string, params: Value) => Fact): KyvernoEvaluation {
  const facts = new Map<string, Fact>();
  const input: PolicyInput = { object, operation: "CREATE" };
  let done = evaluateCelPolicy(plan, input, { facts, now: 0, seed: "" });
  for (let pass = 0; pass < 10 && done.pending.length > 0; pass++) {
    for (const { key, kind, params } of done.pending) facts.set(key, reply(kind, params));
    done = evaluateCelPolicy(plan, input, { facts, now: 0, seed: "", previous: done });
  }
  return done;
}

const only = ({ responses }: KyvernoEvaluation) => {
  assert.equal(responses.length, 1);
  const [response] = responses;
  return response!;
};

const meta = { name: "web", namespace: "shop" };
const CONTAINERS = [
  { name: "web", image: "web:1", args: ["a"], ports: [{ containerPort: 80, protocol: "TCP" }] },
  { name: "log", image: "log:1" },
];
const POD = { apiVersion: "v1", kind: "Pod", metadata: meta, spec: { containers: CONTAINERS } };
const SERVICE = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { ...meta, finalizers: ["a"] },
  spec: { selector: { app: "web" }, ports: [{ port: 80 }] },
};
const CUSTOM = { apiVersion: "example.com/v1", kind: "Thing", metadata: meta, spec: { list: [1, 2], map: { a: 1 } } };

const containers = (text: string): string => `Object{spec: Object.spec{containers: [${text}]}}`;
const podSpec = (spec: object): Value => ({ ...POD, spec: { ...POD.spec, ...spec } });

describe("ApplyConfiguration", () => {
  for (const [name, object, expression, wanted] of [
    ["sets a field", POD, "Object{spec: Object.spec{hostNetwork: true}}", podSpec({ hostNetwork: true })],
    [
      "adds labels beside those that are there",
      { ...POD, metadata: { ...meta, labels: { a: "b" } } },
      "Object{metadata: Object.metadata{labels: Object.metadata.labels{c: 'd'}}}",
      { ...POD, metadata: { ...meta, labels: { a: "b", c: "d" } } },
    ],
    [
      "takes a map for labels whose names are no identifiers",
      POD,
      "Object{metadata: Object.metadata{labels: {'example.com/a': object.metadata.name}}}",
      { ...POD, metadata: { ...meta, labels: { "example.com/a": "web" } } },
    ],
    [
      "merges a list by its key",
      POD,
      containers("Object.spec.containers{name: 'log', image: 'log:2'}"),
      podSpec({ containers: [CONTAINERS[0], { name: "log", image: "log:2" }] }),
    ],
    [
      "adds an element whose key is not there",
      POD,
      containers("Object.spec.containers{name: 'new', image: 'new:1'}"),
      podSpec({ containers: [...CONTAINERS, { name: "new", image: "new:1" }] }),
    ],
    [
      "merges lists in lists, by keys with a default",
      POD,
      containers(
        "Object.spec.containers{name: 'web', ports: [Object.spec.containers.ports{containerPort: 80, name: 'http'}]}",
      ),
      podSpec({
        containers: [
          {
            ...CONTAINERS[0],
            ports: [{ containerPort: 80, protocol: "TCP", name: "http" }],
          },
          CONTAINERS[1],
        ],
      }),
    ],
    [
      "goes through a list",
      POD,
      "Object{spec: Object.spec{containers: object.spec.containers.map(c, Object.spec.containers{name: c.name, image: 'r/' + c.image})}}",
      podSpec({ containers: CONTAINERS.map((container) => ({ ...container, image: `r/${container.image}` })) }),
    ],
    [
      "joins sets",
      SERVICE,
      "Object{metadata: Object.metadata{finalizers: ['b', 'a']}}",
      { ...SERVICE, metadata: { ...SERVICE.metadata, finalizers: ["b", "a"] } },
    ],
    [
      "leaves out a field whose optional is empty",
      POD,
      "Object{spec: Object.spec{?hostNetwork: object.spec.?hostNetwork, ?hostPID: optional.none()}}",
      POD,
    ],
    [
      "sets a field by an optional",
      POD,
      "Object{spec: Object.spec{?nodeName: object.metadata.?name}}",
      podSpec({ nodeName: "web" }),
    ],
    ["keeps apiVersion and kind", POD, "Object{apiVersion: 'v2', kind: 'Other'}", POD],
    ["changes nothing", POD, "Object{}", POD],
    [
      "replaces lists of a kind that it does not know",
      CUSTOM,
      "Object{spec: Object.spec{list: [3], map: Object.spec.map{b: 2}}}",
      { ...CUSTOM, spec: { list: [3], map: { a: 1, b: 2 } } },
    ],
    [
      "makes null of an empty list in a kind that it does not know",
      CUSTOM,
      "Object{spec: Object.spec{list: []}}",
      { ...CUSTOM, spec: { ...CUSTOM.spec, list: null } },
    ],
  ] as const satisfies readonly (readonly [string, Value, string, Value])[]) {
    for (const kind of ["MutatingPolicy", "MutatingAdmissionPolicy"] as const) {
      it(`${kind} ${name}`, () => {
        const done = evaluate(planOf(kind, { mutations: [merge(expression)] }), object);
        const { status, message, rule, type, phase } = only(done);
        assert.deepEqual(done.object, wanted);
        assert.deepEqual([status, type, phase], ["pass", "Mutation", "mutate"]);
        const said = kind === "MutatingPolicy" ? ["success", ""] : ["mutation is successfully applied", "change"];
        assert.deepEqual([message, rule], said);
      });
    }
  }

  for (const [name, object, expression, reason] of [
    [
      "atomic lists",
      POD,
      containers("Object.spec.containers{name: 'web', args: ['b']}"),
      "error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: .spec.containers[0].args",
    ],
    [
      "atomic objects",
      SERVICE,
      "Object{spec: Object.spec{selector: Object.spec.selector{a: 'b'}}}",
      "error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: .spec.selector",
    ],
    [
      "fields that the kind has not",
      POD,
      "Object{spec: Object.spec{replicas: 1}}",
      "error applying patch: failed to convert patch object to typed object: .spec.replicas: field not declared in schema",
    ],
    [
      "values of another type",
      POD,
      "Object{spec: Object.spec{hostNetwork: 'yes'}}",
      "error applying patch: failed to convert patch object to typed object: .spec.hostNetwork: expected boolean, got &{yes}",
    ],
    [
      "elements that are there twice",
      POD,
      containers("Object.spec.containers{name: 'a'}, Object.spec.containers{name: 'a'}"),
      'error applying patch: failed to convert patch object to typed object: .spec.containers: duplicate entries for key [name="a"]',
    ],
    [
      "types at another place",
      POD,
      "Object{spec: Object.metadata{}}",
      'type mismatch: unexpected type name "Object.metadata", expected "Object.spec", which matches field name path from root Object type',
    ],
    [
      "null instead of an object",
      POD,
      "object.metadata.name == 'web' ? null : Object{}",
      "unsupported return type from ApplyConfiguration expression: null_type",
    ],
    [
      "null as a value",
      POD,
      "Object{spec: Object.spec{nodeName: null}}",
      "error applying patch: invalid ApplyConfiguration: .spec.nodeName: null cannot be merged: leave the field out (?field: optional.none()), or remove what is there with a JSONPatch",
    ],
  ] as const satisfies readonly (readonly [string, Value, string, string])[]) {
    for (const kind of ["MutatingPolicy", "MutatingAdmissionPolicy"] as const) {
      it(`${kind} refuses ${name}`, () => {
        const done = evaluate(planOf(kind, { mutations: [merge(expression)] }), object);
        const prefix = kind === "MutatingPolicy" ? "failed to evaluate policy: " : "";
        assert.deepEqual([only(done).status, only(done).message], ["error", `${prefix}${reason}`]);
        assert.equal(only(done).code, "EXPRESSION_FAILED");
        assert.deepEqual(done.object, object);
      });
    }
  }

  it("replaces atomic values under useServerSideApply, and not otherwise", () => {
    const spec = { mutations: [merge(containers("Object.spec.containers{name: 'web', args: ['b']}"))] };
    const done = evaluate(planOf("MutatingPolicy", { ...spec, evaluation: { useServerSideApply: true } }), POD);
    assert.deepEqual(done.object, podSpec({ containers: [{ ...CONTAINERS[0], args: ["b"] }, CONTAINERS[1]] }));
    assert.equal(only(evaluate(planOf("MutatingPolicy", spec), POD)).status, "error");
  });
});

describe("JSONPatch", () => {
  for (const kind of ["MutatingPolicy", "MutatingAdmissionPolicy"] as const) {
    it(`${kind} adds, by an escaped key`, () => {
      const expression =
        "[JSONPatch{op: 'add', path: '/metadata/labels', value: {}}, JSONPatch{op: 'add', path: '/metadata/labels/' + jsonpatch.escapeKey('example.com/a'), value: object.metadata.name}]";
      const done = evaluate(planOf(kind, { mutations: [patch(expression)] }), POD);
      assert.deepEqual(done.object, { ...POD, metadata: { ...meta, labels: { "example.com/a": "web" } } });
    });

    it(`${kind} adds an object by its type`, () => {
      const expression =
        "[JSONPatch{op: 'add', path: '/spec/securityContext', value: Object.spec.securityContext{runAsNonRoot: true}}]";
      const done = evaluate(planOf(kind, { mutations: [patch(expression)] }), POD);
      assert.deepEqual(done.object, podSpec({ securityContext: { runAsNonRoot: true } }));
    });

    it(`${kind} leaves the object where a test does not hold`, () => {
      const expression =
        "[JSONPatch{op: 'remove', path: '/spec'}, JSONPatch{op: 'test', path: '/metadata/name', value: 'other'}]";
      const done = evaluate(planOf(kind, { mutations: [patch(expression)] }), POD);
      assert.equal(only(done).status, "pass");
      assert.equal(done.object, POD);
    });

    for (const [expression, reason] of [
      [
        "[JSONPatch{op: 'remove', path: '/spec/none'}]",
        "JSON Patch: error in remove for path: '/spec/none': Unable to remove nonexistent key: none: missing value",
      ],
      [
        "[JSONPatch{op: 'add', path: '/a/b', value: 1}]",
        'JSON Patch: add operation does not apply: doc is missing path: "/a/b": missing value',
      ],
      ["[JSONPatch{op: 'frob', path: '/a'}]", "JSON Patch: Unexpected kind: frob"],
      [
        "[JSONPatch{op: 'remove', path: '/kind'}]",
        'Internal error occurred: Object \'Kind\' is missing in \'{"apiVersion":"example.com/v1","metadata":{"name":"web","namespace":"shop"},"spec":{"list":[1,2],"map":{"a":1}}}\'',
      ],
      [
        "[JSONPatch{op: 'add', path: '/kind', value: 1}]",
        "Internal error occurred: couldn't get version/kind; json parse error: json: cannot unmarshal number into Go struct field .kind of type string",
      ],
      [
        "[JSONPatch{op: 'add', path: '/a', value: Object.a{b: Object.c{}}}]",
        'type mismatch: unexpected type name "Object.c", expected "Object.a.b", which matches field name path from root Object type',
      ],
      [
        "[JSONPatch{op: 'add', path: '/a', value: type(1)}]",
        "JSONPath valueExpression evaluated to a type that could not marshal to JSON: a type cannot be written as JSON",
      ],
    ] as const) {
      it(`${kind} refuses ${expression}`, () => {
        const done = evaluate(planOf(kind, { mutations: [patch(expression)] }), CUSTOM);
        const prefix = kind === "MutatingPolicy" ? "failed to evaluate policy: " : "";
        assert.deepEqual([only(done).status, only(done).message], ["error", `${prefix}${reason}`]);
        assert.equal(done.object, CUSTOM);
      });
    }
  }

  it("is read by the API server as its own kind: strictly, in its forms", () => {
    const unknown = "[JSONPatch{op: 'add', path: '/spec/none', value: 1}]";
    const kubernetes = evaluate(planOf("MutatingAdmissionPolicy", { mutations: [patch(unknown)] }), POD);
    assert.equal(only(kubernetes).message, 'Internal error occurred: strict decoding error: unknown field "spec.none"');
    assert.equal(only(evaluate(planOf("MutatingPolicy", { mutations: [patch(unknown)] }), POD)).status, "pass");
    const before = podSpec({ none: 1 });
    const beside = "[JSONPatch{op: 'add', path: '/spec/nodeName', value: 'a'}]";
    assert.equal(
      only(evaluate(planOf("MutatingAdmissionPolicy", { mutations: [patch(beside)] }), before)).status,
      "pass",
    );
    const quantity = "[JSONPatch{op: 'add', path: '/spec/overhead', value: {'cpu': 0.5}}]";
    const converted = evaluate(planOf("MutatingAdmissionPolicy", { mutations: [patch(quantity)] }), POD);
    assert.deepEqual(converted.object, podSpec({ overhead: { cpu: "500m" } }));
    const wrong = evaluate(
      planOf("MutatingAdmissionPolicy", {
        mutations: [patch("[JSONPatch{op: 'add', path: '/spec/priority', value: 1.5}]")],
      }),
      POD,
    );
    assert.match(only(wrong).message, /cannot convert float64 to int32/);
  });
});

describe("mutations in order", () => {
  const steps = [
    merge("Object{metadata: Object.metadata{labels: {'a': '1'}}}"),
    patch("[JSONPatch{op: 'add', path: '/metadata/labels/b', value: object.metadata.labels.a + '2'}]"),
    merge("Object{metadata: Object.metadata{labels: {'c': object.metadata.labels.b + '3'}}}"),
  ];

  for (const kind of ["MutatingPolicy", "MutatingAdmissionPolicy"] as const) {
    it(`${kind}: each sees what those before it left`, () => {
      const done = evaluate(planOf(kind, { mutations: steps }), POD);
      assert.deepEqual(memberOf(memberOf(done.object, "metadata"), "labels"), { a: "1", b: "12", c: "123" });
    });
  }

  it("makes variables once in Kyverno, and for each mutation in the API server", () => {
    const spec = {
      variables: [{ name: "count", expression: "object.metadata.?labels.orValue({}).size()" }],
      mutations: ["a", "b"].map((key) =>
        merge(`Object{metadata: Object.metadata{labels: {'${key}': string(variables.count)}}}`),
      ),
    };
    const labels = (kind: Kind) => memberOf(memberOf(evaluate(planOf(kind, spec), POD).object, "metadata"), "labels");
    assert.deepEqual(labels("MutatingPolicy"), { a: "0", b: "0" });
    assert.deepEqual(labels("MutatingAdmissionPolicy"), { a: "0", b: "1" });
  });

  it("lets Kyverno's variables and conditions name the types, and Kubernetes' mutations alone", () => {
    const spec = {
      variables: [{ name: "labels", expression: "Object.metadata.labels{a: 'b'}" }],
      mutations: [merge("Object{metadata: Object.metadata{labels: variables.labels}}")],
    };
    const done = evaluate(planOf("MutatingPolicy", spec), POD);
    assert.deepEqual(done.object, { ...POD, metadata: { ...meta, labels: { a: "b" } } });
    const refused = compile("MutatingAdmissionPolicy", spec);
    assert.ok(!refused.ok);
    assert.deepEqual(refused.issues[0]?.path, "spec.variables[0].expression");
  });

  const failing = [steps[0], patch("[JSONPatch{op: 'remove', path: '/none'}]"), steps[2]];
  const lastOnly = [
    steps[0],
    patch("[JSONPatch{op: 'remove', path: '/none'}]"),
    patch("[JSONPatch{op: 'add', path: '/metadata/labels/z', value: 'z'}]"),
  ];

  for (const failurePolicy of ["Fail", "Ignore"] as const) {
    it(`a failure ends Kyverno's policy without effect (${failurePolicy})`, () => {
      const done = evaluate(planOf("MutatingPolicy", { failurePolicy, mutations: failing }), POD);
      assert.deepEqual([only(done).status, only(done).rule], ["error", "evaluation"]);
      assert.equal(done.object, POD);
    });
  }

  it("the API server goes on behind a failure that it ignores, and refuses the request otherwise", () => {
    const ignored = evaluate(planOf("MutatingAdmissionPolicy", { failurePolicy: "Ignore", mutations: lastOnly }), POD);
    assert.deepEqual([only(ignored).status, only(ignored).failureAction], ["error", "Audit"]);
    assert.deepEqual(memberOf(memberOf(ignored.object, "metadata"), "labels"), { a: "1", z: "z" });
    const denied = evaluate(planOf("MutatingAdmissionPolicy", { failurePolicy: "Fail", mutations: lastOnly }), POD);
    assert.deepEqual([only(denied).status, only(denied).failureAction], ["error", "Enforce"]);
    assert.equal(denied.object, POD);
  });

  it("says the failed expression as each engine does", () => {
    const mutations = [merge("Object{spec: Object.spec{nodeName: object.spec.none}}")];
    assert.equal(
      only(evaluate(planOf("MutatingAdmissionPolicy", { mutations }), POD)).message,
      "expression 'Object{spec: Object.spec{nodeName: object.spec.none}}' resulted in error: no such key: none",
    );
    assert.equal(
      only(evaluate(planOf("MutatingPolicy", { mutations }), POD)).message,
      "failed to evaluate policy: no such key: none",
    );
  });

  it("looks at conditions first", () => {
    const spec = {
      matchConditions: [{ name: "no", expression: "object.metadata.name == 'other'" }],
      mutations: failing,
    };
    const done = evaluate(planOf("MutatingPolicy", spec), POD);
    assert.deepEqual([only(done).status, only(done).message], ["skip", "skip"]);
  });

  it("changes nothing where there is no object", () => {
    for (const kind of ["MutatingPolicy", "MutatingAdmissionPolicy"] as const) {
      const done = evaluate(planOf(kind, { mutations: steps }), null, {
        input: { operation: "DELETE", oldObject: POD },
      });
      assert.equal(only(done).status, "pass");
      assert.equal(done.object, null);
    }
  });

  it("makes audit annotations of the object as it became", () => {
    const auditAnnotations = [{ key: "labels", valueExpression: "string(object.metadata.labels.size())" }];
    const done = evaluate(planOf("MutatingPolicy", { auditAnnotations, mutations: steps }), POD);
    assert.deepEqual(only(done).properties, { labels: "3" });
    const none = [{ key: "labels", valueExpression: "string(object.spec.none)" }];
    const failed = evaluate(planOf("MutatingPolicy", { auditAnnotations: none, mutations: steps }), POD);
    assert.equal(only(failed).status, "error");
    assert.equal(failed.object, POD);
  });
});

describe("what is refused when a policy is compiled", () => {
  for (const [mutation, path, message] of [
    [merge("object"), "spec.mutations[0].applyConfiguration.expression", /expected Object, found dyn/],
    [merge("Object.spec{}"), "spec.mutations[0].applyConfiguration.expression", /expected Object, found Object\.spec/],
    [merge("{'a': 1}"), "spec.mutations[0].applyConfiguration.expression", /expected Object, found map\(string, int\)/],
    [patch("[]"), "spec.mutations[0].jsonPatch.expression", /expected list\(JSONPatch\), found list\(dyn\)/],
    [patch("JSONPatch{}"), "spec.mutations[0].jsonPatch.expression", /expected list\(JSONPatch\), found JSONPatch/],
    [
      patch("[JSONPatch{oop: 'add'}]"),
      "spec.mutations[0].jsonPatch.expression",
      /JSONPatch has no field oop; did you mean op\?/,
    ],
    [{ patchType: "JSONPatch" }, "spec.mutations[0].jsonPatch", /because patchType is JSONPatch/],
    [
      { ...patch("[]"), patchType: "ApplyConfiguration" },
      "spec.mutations[0].applyConfiguration",
      /patchType is ApplyConfiguration/,
    ],
  ] as const) {
    for (const kind of ["MutatingPolicy", "MutatingAdmissionPolicy"] as const) {
      it(`${kind}: ${JSON.stringify(mutation)}`, () => {
        const compiled = compile(kind, { mutations: [mutation] });
        assert.ok(!compiled.ok);
        const issue = compiled.issues.find((each) => each.path === path);
        assert.match(issue?.message ?? "", message);
      });
    }
  }
});

describe("bombs", () => {
  const doubled = (levels: number) =>
    Array.from({ length: levels }, (_, level) => ({
      name: `v${level}`,
      expression: level === 0 ? "['text']" : `[dyn(variables.v${level - 1}), dyn(variables.v${level - 1})]`,
    }));

  it("ends a value that grows without end", () => {
    for (const mutation of [
      merge("Object{spec: Object.spec{a: variables.v39}}"),
      patch("[JSONPatch{op: 'add', path: '/spec/a', value: variables.v39}]"),
    ]) {
      const plan = planOf("MutatingPolicy", { variables: doubled(40), mutations: [mutation] });
      const { status, code } = only(evaluate(plan, CUSTOM));
      assert.deepEqual([status, code], ["error", "BUDGET_EXCEEDED"]);
    }
  });

  it("ends objects that double with every mutation", () => {
    const mutations = Array.from({ length: 60 }, () =>
      patch(
        "[JSONPatch{op: 'copy', from: '/spec', path: '/spec/a'}, JSONPatch{op: 'copy', from: '/spec', path: '/spec/b'}]",
      ),
    );
    const { status } = only(evaluate(planOf("MutatingAdmissionPolicy", { mutations }), CUSTOM));
    assert.equal(status, "error");
  });

  it("ends an object that doubles with every copy", () => {
    const copies = Array.from(
      { length: 60 },
      (_, index) => `JSONPatch{op: 'copy', from: '/spec', path: '/spec/a${index}'}`,
    );
    const mutations = [patch(`[${copies.join(", ")}]`)];
    for (const kind of ["MutatingPolicy", "MutatingAdmissionPolicy"] as const) {
      const { status, code } = only(evaluate(planOf(kind, { mutations }), CUSTOM));
      assert.deepEqual([kind, status, code], [kind, "error", "BUDGET_EXCEEDED"]);
    }
  });

  it("refuses values that are nested too deep", () => {
    const variables = Array.from({ length: LIMITS.documentDepth + 2 }, (_, level) => ({
      name: `v${level}`,
      expression: level === 0 ? "['text']" : `[dyn(variables.v${level - 1})]`,
    }));
    const expression = `[JSONPatch{op: 'add', path: '/spec/a', value: variables.v${variables.length - 1}}]`;
    const { status, code } = only(
      evaluate(planOf("MutatingPolicy", { variables, mutations: [patch(expression)] }), CUSTOM),
    );
    assert.deepEqual([status, code], ["error", "EXPRESSION_FAILED"]);
  });

  it("never hits a prototype", () => {
    for (const expression of [
      "[JSONPatch{op: 'add', path: '/__proto__/polluted', value: 1}]",
      "[JSONPatch{op: 'add', path: '/constructor/prototype/polluted', value: 1}]",
      "[JSONPatch{op: 'add', path: '/spec/__proto__', value: {'polluted': 1}}]",
      "[JSONPatch{op: 'add', path: '/spec/a', value: {'__proto__': {'polluted': 1}}}]",
    ]) {
      assert.equal(
        only(evaluate(planOf("MutatingPolicy", { mutations: [patch(expression)] }), CUSTOM)).status,
        "error",
      );
    }
    assert.equal(({} as Record<string, unknown>)["polluted"], undefined);
  });
});

const TARGETS = [
  { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", namespace: "shop", labels: { app: "web" } } },
  { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "b", namespace: "shop", labels: { app: "log" } } },
  { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "c", namespace: "other", labels: { app: "web" } } },
];
const NAMESPACES = [
  { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop", labels: { env: "prod" } } },
  { apiVersion: "v1", kind: "Namespace", metadata: { name: "other", labels: { env: "test" } } },
];
const CONFIG_MAPS = { apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["configmaps"] };
const existing = { evaluation: { mutateExisting: { enabled: true } } };
const marked = merge("Object{metadata: Object.metadata{labels: {'by': request.name}}}");

function reply(kind: string, params: Value): Fact {
  const resource = memberOf(params, "resource");
  const namespace = memberOf(params, "namespace");
  const all: readonly Value[] = resource === "configmaps" ? TARGETS : resource === "namespaces" ? NAMESPACES : [];
  const items = all.filter(
    (item) => namespace === "" || memberOf(memberOf(item, "metadata"), "namespace") === namespace,
  );
  if (kind === "resource") {
    const name = memberOf(params, "name");
    return { ok: true, value: items.find((item) => memberOf(memberOf(item, "metadata"), "name") === name) ?? null };
  }
  assert.equal(kind, "resourceList");
  return { ok: true, value: { apiVersion: "v1", kind: "List", metadata: {}, items } };
}

const namesOf = ({ responses }: KyvernoEvaluation) =>
  responses.map(({ patched }) => memberOf(memberOf(patched?.object, "metadata"), "name"));

describe("existing objects", () => {
  it("are changed instead of the one that was sent, by rules", () => {
    const spec = { ...existing, targetMatchConstraints: { resourceRules: [CONFIG_MAPS] }, mutations: [marked] };
    const done = answer(planOf("MutatingPolicy", spec), POD, reply);
    assert.deepEqual(namesOf(done), ["a", "b", "c"]);
    assert.equal(done.object, POD);
    const [first] = done.responses;
    assert.deepEqual(
      [first?.status, first?.message, first?.patched],
      [
        "pass",
        "success",
        {
          object: { ...TARGETS[0], metadata: { ...TARGETS[0]!.metadata, labels: { app: "web", by: "web" } } },
          original: TARGETS[0],
          subresource: "",
        },
      ],
    );
    assert.deepEqual(
      done.effects.map((effect) => [effect.kind, effect.policy, effect.rule]),
      Array.from({ length: 3 }, () => ["mutateExisting", "change", ""]),
    );
  });

  for (const [name, constraints, wanted] of [
    ["labels", { objectSelector: { matchLabels: { app: "web" } } }, ["a", "c"]],
    ["labels of their Namespaces", { namespaceSelector: { matchLabels: { env: "prod" } } }, ["a", "b"]],
    ["names", { resourceRules: [{ ...CONFIG_MAPS, resourceNames: ["b"] }] }, ["b"]],
    [
      "what is left out",
      { excludeResourceRules: [{ ...CONFIG_MAPS, operations: ["*"], resourceNames: ["b"] }] },
      ["a", "c"],
    ],
    [
      "an expression that makes one",
      { resourceRules: [], expression: "resource.get('v1', 'configmaps', object.metadata.namespace, 'b')" },
      ["b"],
    ],
    [
      "an expression that makes a list",
      { resourceRules: [], expression: "resource.list('v1', 'configmaps', 'shop')" },
      ["a", "b"],
    ],
    [
      "an expression and labels",
      { expression: "resource.list('v1', 'configmaps', 'shop')", objectSelector: { matchLabels: { app: "web" } } },
      ["a"],
    ],
  ] as const) {
    it(`are found by ${name}`, () => {
      const targetMatchConstraints = { resourceRules: [CONFIG_MAPS], ...constraints };
      const spec = { ...existing, targetMatchConstraints, mutations: [marked] };
      assert.deepEqual(namesOf(answer(planOf("MutatingPolicy", spec), POD, reply)), wanted);
    });
  }

  it("are left out by conditions, in which they are the object", () => {
    const spec = {
      ...existing,
      variables: [{ name: "app", expression: "object.metadata.labels.app" }],
      targetMatchConstraints: { resourceRules: [CONFIG_MAPS] },
      targetMatchConditions: [{ name: "web", expression: "variables.app == 'web'" }],
      mutations: [marked],
    };
    assert.deepEqual(namesOf(answer(planOf("MutatingPolicy", spec), POD, reply)), ["a", "c"]);
    const none = { ...spec, targetMatchConditions: [{ name: "none", expression: "variables.app == 'db'" }] };
    const done = answer(planOf("MutatingPolicy", none), POD, reply);
    assert.deepEqual([only(done).status, only(done).message], ["skip", "skip"]);
  });

  it("that are as they should be are written no more", () => {
    const mutations = [merge("Object{metadata: Object.metadata{labels: {'app': 'web'}}}")];
    const spec = { ...existing, targetMatchConstraints: { resourceRules: [CONFIG_MAPS] }, mutations };
    const done = answer(planOf("MutatingPolicy", spec), POD, reply);
    assert.equal(done.responses.length, 3);
    assert.deepEqual(
      done.effects.map(
        (effect) => effect.kind === "mutateExisting" && memberOf(memberOf(effect.target.object, "metadata"), "name"),
      ),
      ["b"],
    );
  });

  it("of another namespace are not changed by a policy of a namespace", () => {
    const rules = { ...existing, targetMatchConstraints: { resourceRules: [CONFIG_MAPS] }, mutations: [marked] };
    assert.deepEqual(namesOf(answer(planOf("NamespacedMutatingPolicy", rules), POD, reply)), ["a", "b"]);
    const made = {
      ...existing,
      targetMatchConstraints: { expression: "resource.list('v1', 'configmaps', {})" },
      mutations: [marked],
    };
    const foreign = (kind: string, params: Value): Fact =>
      kind === "resourceList"
        ? { ok: true, value: { apiVersion: "v1", kind: "List", metadata: {}, items: [TARGETS[2]!] } }
        : reply(kind, params);
    const done = answer(planOf("NamespacedMutatingPolicy", made), POD, foreign);
    assert.equal(only(done).status, "error");
    assert.match(only(done).message, /changes nothing outside it/);
    assert.deepEqual(done.effects, []);
  });

  it("that cannot be changed are errors of their own", () => {
    const mutations = [
      patch("[JSONPatch{op: 'remove', path: '/metadata/labels/' + (object.metadata.name == 'b' ? 'none' : 'app')}]"),
    ];
    const spec = { ...existing, targetMatchConstraints: { resourceRules: [CONFIG_MAPS] }, mutations };
    const done = answer(planOf("MutatingPolicy", spec), POD, reply);
    assert.deepEqual(
      done.responses.map(({ status }) => status),
      ["pass", "error", "pass"],
    );
  });

  it("that cannot be listed are an error, never nothing", () => {
    const spec = { ...existing, targetMatchConstraints: { resourceRules: [CONFIG_MAPS] }, mutations: [marked] };
    const done = answer(planOf("MutatingPolicy", spec), POD, () => ({
      ok: false,
      code: "FACT_FAILED",
      message: "no answer",
    }));
    assert.deepEqual([only(done).status, only(done).code], ["error", "FACT_FAILED"]);
  });

  it("are not changed while it is not enabled, which is a warning", () => {
    const plan = planOf("MutatingPolicy", {
      targetMatchConstraints: { resourceRules: [CONFIG_MAPS] },
      mutations: [marked],
    });
    assert.match(plan.warnings.join(), /changes nothing while spec\.evaluation\.mutateExisting is not enabled/);
    const done = evaluate(plan, POD);
    assert.deepEqual([done.responses, done.object, done.pending], [[], POD, []]);
  });

  it("are asked for together", () => {
    const resourceRules = [{ ...CONFIG_MAPS, resources: ["configmaps", "secrets"] }];
    const spec = { ...existing, targetMatchConstraints: { resourceRules }, mutations: [marked] };
    assert.equal(evaluate(planOf("MutatingPolicy", spec), POD).pending.length, 2);
    const own = merge("Object{data: {'a': resource.get('v1', 'secrets', 'shop', object.metadata.name).metadata.name}}");
    const each = planOf("MutatingPolicy", {
      ...existing,
      targetMatchConstraints: { resourceRules: [CONFIG_MAPS] },
      mutations: [own],
    });
    const first = evaluate(each, POD);
    const facts = new Map(first.pending.map(({ key, kind, params }) => [key, reply(kind, params)]));
    assert.equal(evaluate(each, POD, { facts }).pending.length, 3);
  });

  it("are objects: other types are refused", () => {
    const spec = { ...existing, targetMatchConstraints: { expression: "['a']" }, mutations: [marked] };
    const compiled = compile("MutatingPolicy", spec);
    assert.ok(!compiled.ok);
    assert.deepEqual(
      [compiled.issues[0]?.path, compiled.issues[0]?.message],
      [
        "spec.targetMatchConstraints.expression",
        "expected an object, or a list of them as resource.list gives it, found list(string)",
      ],
    );
    const late = { ...spec, targetMatchConstraints: { expression: "object.metadata.name" } };
    assert.match(only(evaluate(planOf("MutatingPolicy", late), POD)).message, /item is not a valid Kubernetes object/);
  });

  it("of too many kinds are refused", () => {
    const compiled = compile("MutatingPolicy", {
      ...existing,
      targetMatchConstraints: { resourceRules: [ANYTHING] },
      mutations: [marked],
    });
    assert.ok(!compiled.ok);
    assert.deepEqual(
      [compiled.issues[0]?.code, compiled.issues[0]?.path],
      ["NOT_SUPPORTED", "spec.targetMatchConstraints.resourceRules[0]"],
    );
  });
});
