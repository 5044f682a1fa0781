import assert from "node:assert/strict";
import { test } from "node:test";
import { parseKindSelector, selectsKind } from "./kind-selector.ts";

const forms: readonly (readonly [string, string])[] = [
  ["Pod", "* * Pod -"],
  ["*", "* * * -"],
  ["*/*", "* * * *"],
  ["*/status", "* * * status"],
  ["*/Deployment", "* * Deployment -"],
  ["v1/Pod", "* v1 Pod -"],
  ["v1beta1/CronJob", "* v1beta1 CronJob -"],
  ["v1alpha2/Thing", "* v1alpha2 Thing -"],
  ["v10/Thing", "* * v10 Thing"],
  ["Pod/exec", "* * Pod exec"],
  ["Pod.status", "* * Pod status"],
  ["v1/Pod.status", "* v1 Pod status"],
  ["v1/Pod/status", "* v1 Pod status"],
  ["*/Pod/status", "* * Pod status"],
  ["apps/v1/Deployment", "apps v1 Deployment -"],
  ["apps/*/Deployment", "apps * Deployment -"],
  ["apps/v1/Deployment/scale", "apps v1 Deployment scale"],
  ["apps/v1/Deployment.scale", "apps v1 Deployment scale"],
  ["networking.k8s.io/v1/Ingress", "networking.k8s.io v1 Ingress -"],
  ["a/b/c/d/e", "- - - -"],
  ["", "* * - -"],
];

for (const [text, expected] of forms) {
  test(`${JSON.stringify(text)} selects ${expected}`, () => {
    const { group, version, kind, subresource } = parseKindSelector(text);
    assert.equal([group, version, kind, subresource].map((part) => part || "-").join(" "), expected);
  });
}

const pod = { group: "", version: "v1", kind: "Pod", subresource: "" };
const deployment = { group: "apps", version: "v1", kind: "Deployment", subresource: "" };
const rows: readonly (readonly [string, typeof pod, boolean])[] = [
  ["Pod", pod, true],
  ["pod", pod, false],
  ["Po*", pod, true],
  ["P?d", pod, true],
  ["v1/Pod", pod, true],
  ["v2/Pod", pod, false],
  ["core/v1/Pod", pod, false],
  ["/v1/Pod", pod, true],
  // As in Kyverno: a star in front of two parts is a version.
  ["*/v1/Pod", pod, false],
  ["Pod", deployment, false],
  ["apps/v1/Deploy*", deployment, true],
  ["Deployment", { ...deployment, subresource: "scale" }, false],
  ["Deployment/scale", { ...deployment, subresource: "scale" }, true],
  ["Deployment/scale", deployment, false],
  ["*/*", { ...deployment, subresource: "scale" }, true],
  ["*", { ...deployment, subresource: "scale" }, false],
  ["*/scale", { ...deployment, subresource: "scale" }, true],
  ["Pod", { ...pod, subresource: "ephemeralcontainers" }, true],
  ["*", { ...pod, subresource: "ephemeralcontainers" }, true],
  ["Pod", { ...pod, subresource: "exec" }, false],
  ["Pod", { ...pod, group: "example.com", subresource: "ephemeralcontainers" }, false],
];

for (const [text, resource, expected] of rows) {
  test(`${text} ${expected ? "selects" : "does not select"} ${JSON.stringify(resource)}`, () => {
    assert.equal(selectsKind(parseKindSelector(text), resource, true), expected);
  });
}

test("ephemeral containers are pods only where that is asked for", () => {
  const resource = { ...pod, subresource: "ephemeralcontainers" };
  assert.equal(selectsKind(parseKindSelector("Pod"), resource, false), false);
});
