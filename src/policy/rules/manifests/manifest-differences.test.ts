/** What of an object counts as changed, and what clusters write by themselves. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { Value } from "../../../base/index.ts";
import { valueOf } from "../../../testing/kyverno-runs.ts";
import { type IgnoredFields, ignoredFieldsOf, isIgnored } from "./ignored-fields.ts";
import { findDifferences } from "./manifest-differences.ts";

const free = (): void => {};
const pathsOf = (signed: Value, found: Value): readonly string[] =>
  findDifferences(signed, found, free).map(({ path }) => path.join("."));

describe("differences", () => {
  const rows: readonly (readonly [name: string, signed: string, found: string, expected: readonly string[]])[] = [
    ["the same, in another order", "{a: 1, b: [x, {c: 2}]}", "{b: [x, {c: 2}], a: 1}", []],
    ["a changed field", "{a: {b: 1}}", "{a: {b: 2}}", ["a.b"]],
    ["an added field", "{a: 1}", "{a: 1, b: {c: 2, d: [3]}}", ["b.c", "b.d.0"]],
    ["a removed field", "{a: 1, b: {c: 2}}", "{a: 1}", ["b.c"]],
    ["an added item", "{a: [1]}", "{a: [1, 2]}", ["a.1"]],
    ["items in another order", "{a: [1, 2]}", "{a: [2, 1]}", ["a.0", "a.1"]],
    ["a text for a number", "{a: 1}", "{a: '1'}", ["a"]],
    ["another spelling of a number", "{a: 1}", "{a: 1.0}", []],
    ["an object for a list", "{a: [1]}", "{a: {'0': 1}}", ["a"]],
    ["null is as good as absent", "{a: null}", "{}", []],
    [
      "an empty selector that was not there",
      "{from: {podSelector: {}}}",
      "{from: {podSelector: {}, namespaceSelector: {}}}",
      ["from.namespaceSelector"],
    ],
    ["an empty rule that was not there", "{ingress: []}", "{ingress: [{}]}", ["ingress.0"]],
    ["null in a list", "{ingress: []}", "{ingress: [null]}", ["ingress.0"]],
    ["an empty selector that is gone", "{namespaceSelector: {}}", "{}", ["namespaceSelector"]],
    [
      "what the API server adds empty",
      "{spec: {containers: [{name: a}]}}",
      "{spec: {securityContext: {}, containers: [{name: a, resources: {}, securityContext: {}}]}, template: {metadata: {}}}",
      [],
    ],
    [
      "empty resources of a policy's match",
      "{spec: {rules: [{name: a}]}}",
      "{spec: {rules: [{name: a, exclude: {resources: {}}}]}}",
      ["spec.rules.0.exclude.resources"],
    ],
    [
      "an empty member of a name that means something in data",
      "{data: {}}",
      "{data: {securityContext: {}}}",
      ["data.securityContext"],
    ],
    [
      "what is added there and not empty",
      "{spec: {}}",
      "{spec: {securityContext: {runAsUser: 0}}}",
      ["spec.securityContext.runAsUser"],
    ],
    ["an image with the tag that stands for none", "{image: nginx}", "{image: 'nginx:latest'}", []],
    ["an image with the registry that stands for none", "{image: 'nginx:1'}", "{image: 'docker.io/nginx:1'}", []],
    [
      "the default registry before another one",
      "{image: 'ghcr.io/a/b:1'}",
      "{image: 'docker.io/ghcr.io/a/b:1'}",
      ["image"],
    ],
    [
      "the default registry before a local one",
      "{image: 'localhost/b:1'}",
      "{image: 'docker.io/localhost/b:1'}",
      ["image"],
    ],
    ["a tag behind a tag", "{image: 'nginx:1'}", "{image: 'nginx:1:latest'}", ["image"]],
    [
      "an image of a registry with the tag that stands for none",
      "{image: 'r.io:5000/a'}",
      "{image: 'r.io:5000/a:latest'}",
      [],
    ],
    ["another image", "{image: nginx}", "{image: 'evil.example/nginx'}", ["image"]],
    ["a field that only looks like an image", "{myimage: nginx}", "{myimage: 'nginx:latest'}", ["myimage"]],
    [
      "a member of every object's prototype",
      "{a: 1}",
      "{a: 1, constructor: 2, toString: 3}",
      ["constructor", "toString"],
    ],
  ];
  for (const [name, signed, found, expected] of rows) {
    test(name, () => assert.deepEqual(pathsOf(valueOf(signed), valueOf(found)), expected));
  }
  test("what an object differs by from itself: nothing; both ways it is the same fields", () => {
    const json = fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<Value>;
    fc.assert(fc.property(json, (value) => pathsOf(value, value).length === 0));
    const isKnown = (path: string): boolean => !/(?:^|\.)(?:image|metadata|resources|securityContext)$/.test(path);
    fc.assert(
      fc.property(json, json, (a, b) => {
        assert.deepEqual([...pathsOf(a, b)].filter(isKnown).sort(), [...pathsOf(b, a)].filter(isKnown).sort());
      }),
    );
  });
  test("each part is charged", () => {
    let steps = 0;
    findDifferences({ a: [1, 2] }, { a: [1, 2] }, (count) => (steps += count));
    assert.equal(steps, 4);
    findDifferences({ a: [1, 2] }, { a: [2, 2] }, (count) => (steps += count));
    assert.equal(steps, 72);
  });
});

describe("fields that are not compared", () => {
  const describeObject = (kind: string, group = ""): Parameters<typeof ignoredFieldsOf>[0] => ({
    group,
    version: "v1",
    kind,
    name: "web",
    namespace: "shop",
  });
  const ignores = (
    path: string,
    object: Parameters<typeof ignoredFieldsOf>[0],
    stated: readonly IgnoredFields[] = [],
    isSigned = false,
  ): boolean => {
    return isIgnored({ path: path.split("|"), isSigned }, ignoredFieldsOf(object, "cosign.sigstore.dev", stated));
  };
  const rows: readonly (readonly [path: string, object: ReturnType<typeof describeObject>, expected: boolean])[] = [
    ["metadata|uid", describeObject("ConfigMap"), true],
    ["metadata|managedFields|0|manager", describeObject("ConfigMap"), true],
    ["metadata|annotations|cosign.sigstore.dev/signature_1", describeObject("ConfigMap"), true],
    ["metadata|annotations|example.com/signature", describeObject("ConfigMap"), false],
    ["status|phase", describeObject("Pod"), true],
    ["data|status", describeObject("ConfigMap"), false],
    ["data|mystatus", describeObject("ConfigMap"), false],
    ["statusful", describeObject("Pod"), false],
    ["metadata|namespace", describeObject("Pod"), false],
    ["metadata|name", describeObject("Pod"), false],
    ["spec|containers|0|imagePullPolicy", describeObject("Pod"), true],
    ["spec|containers|0|image", describeObject("Pod"), false],
    ["spec|initContainers|0|imagePullPolicy", describeObject("Pod"), false],
    ["spec|template|spec|containers|0|imagePullPolicy", describeObject("Deployment", "apps"), true],
    ["spec|template|metadata|creationTimestamp", describeObject("Deployment", "apps"), true],
    ["spec|template|spec|containers|0|image", describeObject("Deployment", "apps"), false],
    ["spec|template|status", describeObject("Rollout", "argoproj.io"), false],
    ["spec|jobTemplate|spec|template|spec|restartPolicy", describeObject("CronJob", "batch"), true],
    ["spec|strategy", describeObject("Deployment", "apps"), true],
    ["spec|priority", describeObject("Pod"), true],
    ["spec|priorityClassName", describeObject("Pod"), false],
    ["spec|volumes|0|hostPath|path", describeObject("Pod"), false],
    ["spec|volumes|0|name", describeObject("Pod"), true],
    ["spec|volumes|0|configMap|name", describeObject("Pod"), false],
    ["spec|volumes|0|csi|nodePublishSecretRef|name", describeObject("Pod"), false],
    ["spec|volumes|0|projected|sources|0|secret|name", describeObject("Pod"), true],
    ["spec|containers|0|volumeMounts|0|name", describeObject("Pod"), true],
    ["spec|containers|0|env|0|volumeMounts", describeObject("Pod"), false],
    ["spec|ports|0|x|nodePort", describeObject("Service"), false],
    ["metadata|finalizers|0", describeObject("ConfigMap"), true],
    ["metadata|finalizersOf", describeObject("ConfigMap"), false],
    ["spec|clusterIPs|1", describeObject("Service"), false],
    ["spec|clusterIPs|0", describeObject("Service"), true],
    ["metadata|annotations|namespace", describeObject("ConfigMap"), true],
    ["metadata|annotations|namespace.example.com/a", describeObject("ConfigMap"), false],
    ["metadata|labels|app.kubernetes.io/instance", describeObject("ConfigMap"), true],
    ["metadata|labels|app.kubernetes.io/instance.a", describeObject("ConfigMap"), false],
    ["spec|selector|app", describeObject("Service"), false],
    ["spec|clusterIP", describeObject("ConfigMap"), false],
  ];
  for (const [path, object, expected] of rows) {
    test(`${path} of a ${object.kind}: ${expected}`, () => assert.equal(ignores(path, object), expected));
  }
  test("what a cluster only adds counts where it was signed otherwise", () => {
    for (const path of ["spec|containers|0|volumeMounts|0|name", "spec|volumes|0|name", "spec|volumes|0|projected"]) {
      assert.equal(ignores(path, describeObject("Pod"), [], true), false, path);
    }
    assert.equal(ignores("spec|restartPolicy", describeObject("Pod"), [], true), true);
    assert.equal(ignores("spec|volumes|0|name", describeObject("Pod"), [{ fields: ["spec.volumes"] }], true), true);
  });
  const stated: readonly (readonly [name: string, fields: IgnoredFields, path: string, expected: boolean])[] = [
    ["any object", { fields: ["spec.replicas"] }, "spec|replicas", true],
    ["inside a field", { fields: ["spec"] }, "spec|a|b", true],
    ["another field", { fields: ["spec.replicas"] }, "spec|replicasMax", false],
    ["a star", { fields: ["data.*.url"] }, "data|a|url", true],
    ["the kind", { objects: [{ kind: "Pod" }], fields: ["data"] }, "data|a", false],
    ["one of several kinds", { objects: [{ kind: "Pod,ConfigMap" }], fields: ["data"] }, "data|a", true],
    ["the beginning of a name", { objects: [{ name: "we*" }], fields: ["data"] }, "data|a", true],
    ["another namespace", { objects: [{ namespace: "prod" }], fields: ["data"] }, "data|a", false],
    ["no group", { objects: [{ group: "-" }], fields: ["data"] }, "data|a", true],
    ["no fields", {}, "data|a", false],
    ["an empty pattern", { fields: [""] }, "data|a", false],
    ["everything", { fields: ["*"] }, "data|a", true],
  ];
  for (const [name, fields, path, expected] of stated) {
    test(`a policy's own: ${name}`, () => assert.equal(ignores(path, describeObject("ConfigMap"), [fields]), expected));
  }
});
