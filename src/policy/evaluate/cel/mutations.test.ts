import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { memberOf, type Value } from "../../../base/index.ts";
import {
  CONTAINERS,
  CUSTOM,
  compile,
  containers,
  evaluate,
  type Kind,
  merge,
  meta,
  only,
  POD,
  patch,
  planOf,
  podSpec,
  SERVICE,
} from "../../../testing/mutation-runs.ts";
import type { KyvernoEvaluation } from "../kyverno-response.ts";

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

  const deleted = (kind: "MutatingPolicy" | "MutatingAdmissionPolicy", spec: object): KyvernoEvaluation =>
    evaluate(planOf(kind, spec), null, { input: { operation: "DELETE", oldObject: POD } });

  it("the API server changes nothing where there is no object", () => {
    const done = deleted("MutatingAdmissionPolicy", { mutations: steps });
    assert.equal(only(done).status, "pass");
    assert.equal(done.object, null);
  });

  const gone = "failed to evaluate policy: ";
  for (const [name, mutation, message] of [
    [
      "an apply configuration",
      merge("Object{metadata: Object.metadata{labels: {'a': '1'}}}"),
      `${gone}error applying patch: failed to convert patch object to typed object: no corresponding type for /, Kind=`,
    ],
    ["what its expression asks for", merge("Object{data: {'a': string(object.kind)}}"), `${gone}no such key: kind`],
    [
      "an operation below a member",
      patch("[JSONPatch{op: 'add', path: '/metadata/labels', value: 'a'}]"),
      `${gone}JSON Patch: add operation does not apply: doc is missing path: "/metadata/labels": missing value`,
    ],
    [
      "a patch that would make one",
      patch("[JSONPatch{op: 'add', path: '/metadata', value: 'a'}]"),
      `${gone}JSON Patch: the object is deleted, so there is nothing to change: ask request.operation in a condition`,
    ],
  ] as const) {
    it(`to Kyverno an object that is deleted is one without members: ${name}`, () => {
      const done = deleted("MutatingPolicy", { mutations: [mutation] });
      assert.deepEqual([only(done).status, only(done).message, done.object], ["error", message, null]);
    });
  }

  it("a patch that tests a deleted object in vain leaves it", () => {
    const mutations = [patch("[JSONPatch{op: 'test', path: '/kind', value: 'Pod'}]")];
    const done = deleted("MutatingPolicy", { mutations });
    assert.deepEqual([only(done).status, done.object], ["pass", null]);
    const matchConditions = [{ name: "kept", expression: "request.operation != 'DELETE'" }];
    assert.deepEqual(only(deleted("MutatingPolicy", { matchConditions, mutations: steps })).status, "skip");
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
