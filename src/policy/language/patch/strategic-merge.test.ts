import assert from "node:assert/strict";
import { test } from "node:test";
import { AmapError, readYaml, type Value } from "../../../base/index.ts";
import { type MergeOutcome, mergeStrategically } from "./strategic-merge.ts";

const free = (): void => {};

interface Row {
  readonly name: string;
  readonly on: string;
  readonly patch: string;
  /** The object afterwards. */
  readonly to?: string;
  readonly skip?: RegExp;
  readonly error?: RegExp;
}

const POD = "apiVersion: v1\nkind: Pod\n";

const ROWS: readonly Row[] = [
  // Objects
  {
    name: "members are merged, null takes away",
    on: "{a: {b: 1, c: 2}, d: 3}",
    patch: "{a: {b: 5, c: null}, e: 6}",
    to: "{a: {b: 5}, d: 3, e: 6}",
  },
  {
    name: "nulls of the object stay",
    on: "{a: null, b: {c: null}}",
    patch: "{d: 1}",
    to: "{a: null, b: {c: null}, d: 1}",
  },
  {
    name: "nulls of an object that is added go",
    on: "{a: null}",
    patch: "{a: {x: null, y: 1}, b: {z: null}}",
    to: "{a: {y: 1}, b: {}}",
  },
  {
    name: "a number in the place of a text is a text",
    on: '{a: "8080", b: "x"}',
    patch: "{a: 80, b: true}",
    to: '{a: "80", b: "true"}',
  },
  { name: "a text in the place of a number is a text", on: "{a: 8080}", patch: '{a: "80"}', to: '{a: "80"}' },
  { name: "$patch delete", on: "{a: {b: 1}, c: 2}", patch: "{a: {$patch: delete}}", to: "{c: 2}" },
  { name: "$patch replace", on: "{a: {b: 1}, c: 2}", patch: "{a: {$patch: replace, d: 3}}", to: "{a: {d: 3}, c: 2}" },
  { name: "$patch merge", on: "{a: {b: 1}}", patch: "{a: {$patch: merge, d: 3}}", to: "{a: {b: 1, d: 3}}" },
  {
    name: "an unknown $patch",
    on: "{a: {b: 1}}",
    patch: "{a: {$patch: remove}}",
    error: /^unknown patch strategy 'remove'$/,
  },
  {
    name: "$patch delete of the whole",
    on: "{a: 1}",
    patch: "{$patch: delete}",
    error: /^filter cannot create or delete objects$/,
  },
  {
    name: "$retainKeys and $setElementOrder are members like others",
    on: `${POD}spec: {}`,
    patch: "{spec: {$retainKeys: [x], $setElementOrder/containers: [a]}}",
    to: `${POD}spec: {$retainKeys: [x], $setElementOrder/containers: [a]}`,
  },
  {
    name: "a scalar in the place of an object",
    on: "{a: {b: 1}}",
    patch: "{a: 5}",
    error: /^wrong node kind: expected MappingNode but got ScalarNode: node contents:\n5\n$/,
  },
  {
    name: "an object in the place of a list",
    on: "{a: [1]}",
    patch: "{a: {b: x}}",
    error: /expected SequenceNode but got MappingNode: node contents:\n\{"b": "x"\}\n$/,
  },
  {
    name: "a patch that is a list",
    on: "{a: 1}",
    patch: "[1]",
    error: /^failed to preProcess rule: wrong node kind: expected MappingNode but got SequenceNode/,
  },
  {
    name: "keys of JavaScript's own",
    on: "{constructor: {a: 1}}",
    patch: "{constructor: {b: 2}, hasOwnProperty: 3}",
    to: "{constructor: {a: 1, b: 2}, hasOwnProperty: 3}",
  },
  // Lists
  {
    name: "lists of unknown kinds are replaced",
    on: "{kind: Foo, apiVersion: x.io/v1, spec: {containers: [{name: a}]}}",
    patch: "{spec: {containers: [{name: b}]}}",
    to: "{kind: Foo, apiVersion: x.io/v1, spec: {containers: [{name: b}]}}",
  },
  {
    name: "elements are merged by key, new ones come first",
    on: `${POD}spec: {containers: [{name: a, image: x}, {name: b}]}`,
    patch: "{spec: {containers: [{name: c}, {name: a, tty: true}]}}",
    to: `${POD}spec: {containers: [{name: c}, {name: a, image: x, tty: true}, {name: b}]}`,
  },
  {
    name: "an element is deleted",
    on: `${POD}spec: {containers: [{name: a}, {name: b}]}`,
    patch: "{spec: {containers: [{name: a, $patch: delete}]}}",
    to: `${POD}spec: {containers: [{name: b}]}`,
  },
  {
    name: "a list is replaced",
    on: `${POD}spec: {containers: [{name: a}]}`,
    patch: "{spec: {containers: [{$patch: replace}, {name: q}]}}",
    to: `${POD}spec: {containers: [{name: q}]}`,
  },
  {
    name: "scalars are united",
    on: `${POD}metadata: {finalizers: [a, b]}`,
    patch: "{metadata: {finalizers: [c, a]}}",
    to: `${POD}metadata: {finalizers: [c, a, b]}`,
  },
  {
    name: "atomic lists are replaced",
    on: `${POD}spec: {tolerations: [{key: a}]}`,
    patch: "{spec: {tolerations: [{key: b}]}}",
    to: `${POD}spec: {tolerations: [{key: b}]}`,
  },
  {
    name: "two keys",
    on: "{apiVersion: v1, kind: Service, spec: {ports: [{port: 53, protocol: UDP}, {port: 53, protocol: TCP}]}}",
    patch: "{spec: {ports: [{port: 53, protocol: TCP, name: t}]}}",
    to: "{apiVersion: v1, kind: Service, spec: {ports: [{port: 53, protocol: UDP}, {port: 53, protocol: TCP, name: t}]}}",
  },
  {
    name: "elements without their key are kept from the object alone",
    on: `${POD}spec: {containers: [{image: a}]}`,
    patch: "{spec: {containers: [{image: b}]}}",
    to: `${POD}spec: {containers: [{image: a}]}`,
  },
  {
    name: "templates are known",
    on: "{apiVersion: apps/v1, kind: Deployment, spec: {template: {spec: {containers: [{name: a, env: [{name: x, value: '1'}]}]}}}}",
    patch: "{spec: {template: {spec: {containers: [{name: a, env: [{name: y, value: '2'}]}]}}}}",
    to: "{apiVersion: apps/v1, kind: Deployment, spec: {template: {spec: {containers: [{name: a, env: [{name: y, value: '2'}, {name: x, value: '1'}]}]}}}}",
  },
  {
    name: "the patch may name the kind",
    on: "{spec: {containers: [{name: a}]}}",
    patch: `${POD}spec: {containers: [{name: b}]}`,
    to: `${POD}spec: {containers: [{name: b}, {name: a}]}`,
  },
  {
    name: "objects within custom resources are known by their kind",
    on: "{apiVersion: x.io/v1, kind: Foo, spec: {template: {apiVersion: v1, kind: Pod, spec: {volumes: [{name: a}]}}}}",
    patch: "{spec: {template: {spec: {volumes: [{name: b}]}}}}",
    to: "{apiVersion: x.io/v1, kind: Foo, spec: {template: {apiVersion: v1, kind: Pod, spec: {volumes: [{name: b}, {name: a}]}}}}",
  },
  {
    name: "kinds that are served no more",
    on: "{apiVersion: batch/v1beta1, kind: CronJob, spec: {jobTemplate: {spec: {template: {spec: {containers: [{name: a}]}}}}}}",
    patch: "{spec: {jobTemplate: {spec: {template: {spec: {containers: [{name: b}]}}}}}}",
    to: "{apiVersion: batch/v1beta1, kind: CronJob, spec: {jobTemplate: {spec: {template: {spec: {containers: [{name: b}, {name: a}]}}}}}}",
  },
  {
    name: "kustomize does not know what is younger than Kubernetes 1.21",
    on: `${POD}spec: {resourceClaims: [{name: a}]}`,
    patch: "{spec: {resourceClaims: [{name: b}]}}",
    to: `${POD}spec: {resourceClaims: [{name: b}]}`,
  },
  {
    name: "nor kinds that are",
    on: "{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {finalizers: [a]}}",
    patch: "{metadata: {finalizers: [b]}}",
    to: "{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {finalizers: [b]}}",
  },
  {
    name: "of equal elements one stays, with any patch",
    on: `${POD}metadata: {finalizers: [a, a]}`,
    patch: "{}",
    to: `${POD}metadata: {finalizers: [a]}`,
  },
  {
    name: "ports with and without protocol become one, as with kustomize",
    on: "{apiVersion: v1, kind: Service, spec: {ports: [{port: 53, protocol: UDP, name: u}, {port: 53, name: t}]}}",
    patch: "{}",
    to: "{apiVersion: v1, kind: Service, spec: {ports: [{port: 53, name: t}]}}",
  },
  // Anchors
  {
    name: "a condition that holds is compared, not set",
    on: "{a: 1, b: {c: x}}",
    patch: "{b: {(c): 'x*', d: 2}}",
    to: "{a: 1, b: {c: x, d: 2}}",
  },
  { name: "a condition that does not hold", on: "{a: 1}", patch: "{(a): 2, b: 3}", skip: /^condition failed: / },
  {
    name: "a condition of a missing key",
    on: "{a: 1}",
    patch: "{(c): 2, b: 3}",
    skip: /could not found "c" key in the resource/,
  },
  {
    name: "a global condition that does not hold",
    on: "{a: 1}",
    patch: "{<(a): 2, b: 3}",
    skip: /^global condition failed: /,
  },
  {
    name: "scalars are compared as texts",
    on: '{a: "5", b: true}',
    patch: '{(a): 5, (b): "true", c: 1}',
    to: '{a: "5", b: true, c: 1}',
  },
  {
    name: "add if not present",
    on: "{a: 1}",
    patch: "{+(a): 2, +(b): 3, c: {+(d): 4}}",
    to: "{a: 1, b: 3, c: {d: 4}}",
  },
  { name: "other anchors are keys", on: "{a: 1}", patch: "{X(a): 2, =(b): 3}", to: "{a: 1, X(a): 2, =(b): 3}" },
  {
    name: "an element with a condition is for each element that meets it",
    on: `${POD}spec: {containers: [{name: a, image: 'x:latest'}, {name: b, image: 'y:1'}, {name: c, image: 'z:latest'}]}`,
    patch: "{spec: {containers: [{(image): '*:latest', imagePullPolicy: Always}]}}",
    to: `${POD}spec: {containers: [{name: a, image: 'x:latest', imagePullPolicy: Always}, {name: c, image: 'z:latest', imagePullPolicy: Always}, {name: b, image: 'y:1'}]}`,
  },
  {
    name: "the name as condition",
    on: `${POD}spec: {containers: [{name: a}, {name: b}]}`,
    patch: "{spec: {containers: [{(name): '*', tty: true}]}}",
    to: `${POD}spec: {containers: [{name: a, tty: true}, {name: b, tty: true}]}`,
  },
  {
    name: "add if not present within elements: the first decides for all",
    on: `${POD}spec: {containers: [{name: a, tty: false}, {name: b}]}`,
    patch: "{spec: {containers: [{(name): '*', +(tty): true, stdin: true}]}}",
    to: `${POD}spec: {containers: [{name: a, tty: false, stdin: true}, {name: b, stdin: true}]}`,
  },
  {
    name: "a global condition in an element skips all",
    on: `${POD}spec: {containers: [{name: a, image: x}], tty: 1}`,
    patch: "{spec: {containers: [{<(image): y}], tty: 2}}",
    skip: /global condition failed/,
  },
  {
    name: "a global condition that one element meets",
    on: `${POD}spec: {containers: [{name: a, image: x}, {name: b, image: y}], tty: 1}`,
    patch: "{spec: {containers: [{<(image): y}], tty: 2}}",
    to: `${POD}spec: {containers: [{name: a, image: x}, {name: b, image: y}], tty: 2}`,
  },
  {
    name: "empty objects of a patch are left out",
    on: `${POD}spec: {}`,
    patch: "{spec: {volumes: [{name: a, emptyDir: {}}]}}",
    to: `${POD}spec: {volumes: [{name: a}]}`,
  },
  {
    name: "elements with anchors for a scalar",
    on: "{spec: {x: 3}}",
    patch: "{spec: {x: [{(n): 1}]}}",
    error: /^failed to preProcess rule: wrong node kind: expected SequenceNode but got ScalarNode/,
  },
  {
    name: "two elements with anchors that both stay",
    on: `${POD}spec: {containers: [{name: q}]}`,
    patch: "{spec: {containers: [{(name): a, tty: true}, {(name): b, tty: true}]}}",
    error: /more than one element with anchors/,
  },
];

for (const row of ROWS) {
  test(`strategic merge: ${row.name}`, () => {
    const object = freeze(read(row.on));
    const outcome = mergeStrategically(object, freeze(read(row.patch)), free);
    if (row.to !== undefined) assert.deepEqual(outcome, { status: "applied", object: read(row.to) });
    if (row.skip !== undefined) expectMessage(outcome, "skip", row.skip);
    if (row.error !== undefined) expectMessage(outcome, "error", row.error);
  });
}

test("an object that a merge does not change is returned itself", () => {
  const object = read(`${POD}spec: {containers: [{name: a, image: x}]}`);
  const outcome = mergeStrategically(object, read("{spec: {containers: [{name: a, image: x}]}}"), free);
  assert.equal(outcome.status === "applied" && outcome.object, object);
});

test("what a merge does not change is shared with the object", () => {
  const object = { kind: "Foo", spec: { a: { b: 1 } }, data: { c: [1, 2] } };
  const outcome = mergeStrategically(object, { spec: { a: { b: 2 } } }, free);
  assert.equal(outcome.status === "applied" && (outcome.object as typeof object).data, object.data);
});

test("__proto__ is refused and pollutes nothing", () => {
  const patch = JSON.parse('{"__proto__": {"polluted": true}, "metadata": {"__proto__": {"polluted": true}}}') as Value;
  assert.equal(mergeStrategically({ metadata: {} }, patch, free).status, "error");
  assert.equal(({} as { polluted?: unknown }).polluted, undefined);
});

test("values that are too deep are refused", () => {
  let deep: Value = 1;
  for (let level = 0; level < 5_000; level++) deep = { a: deep };
  assert.throws(() => mergeStrategically({}, deep, free), { code: "LIMIT_EXCEEDED" });
  assert.throws(() => mergeStrategically(deep, {}, free), { code: "LIMIT_EXCEEDED" });
});

test("long lists end at the budget", () => {
  const env = Array.from({ length: 20_000 }, (_, index) => ({ name: `n${index}` }));
  const object = { apiVersion: "v1", kind: "Pod", spec: { containers: [{ name: "a", env }] } };
  let left = 1_000_000;
  const charge = (steps: number): void => {
    left -= steps;
    if (left < 0) throw new AmapError("BUDGET_EXCEEDED", "the steps are spent");
  };
  assert.throws(() => mergeStrategically(object, { spec: { containers: [{ name: "a", env }] } }, charge), {
    code: "BUDGET_EXCEEDED",
  });
});

function expectMessage(outcome: MergeOutcome, status: "skip" | "error", message: RegExp): void {
  assert.deepEqual({ ...outcome, message: "" }, { status, message: "" });
  if (outcome.status !== "applied") assert.match(outcome.message, message);
}

function read(text: string): Value {
  return readYaml(text)[0] ?? null;
}

function freeze<T>(value: T): T {
  if (typeof value === "object" && value !== null) for (const member of Object.values(value)) freeze(member);
  return Object.freeze(value);
}
