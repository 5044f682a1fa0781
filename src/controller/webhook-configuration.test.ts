import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { WebhookNeed } from "../app/index.ts";
import { memberOf, type Value } from "../base/index.ts";
import { POLICY } from "../testing/controller-fixture.ts";
import { valueAt } from "./kube-object.ts";
import { encodeWebhookConfigurations, type WebhookPlan } from "./webhook-configuration.ts";

const need: WebhookNeed = {
  failurePolicy: "Fail",
  purpose: "validate",
  timeoutSeconds: 10,
  rules: [{ apiGroups: [""], apiVersions: ["v1"], resources: ["pods"], operations: ["CREATE"], scope: "*" }],
};
const plan: WebhookPlan = {
  needs: [],
  policyKinds: [POLICY],
  bundle: "PEM\n",
  client: { kind: "service", namespace: "amap", name: "amap-controller", port: 443 },
  excludedNamespaces: ["kube-system", "amap", "amap"],
  maxTimeoutSeconds: 30,
};

function webhooksOf(more: Partial<WebhookPlan>): Readonly<Record<string, readonly Value[]>> {
  const all = encodeWebhookConfigurations({ ...plan, ...more });
  return Object.fromEntries(all.map(({ name, object }) => [name, (object?.["webhooks"] ?? []) as readonly Value[]]));
}

describe("webhook configurations", () => {
  test("without policies only policies are judged, and Ignore lets them be mended", () => {
    const webhooks = webhooksOf({});
    assert.deepEqual(webhooks["amap-validating"], []);
    assert.deepEqual(webhooks["amap-mutating"], []);
    const [policies] = webhooks["amap-policies"] ?? [];
    assert.equal(memberOf(policies, "failurePolicy"), "Ignore");
    assert.deepEqual(valueAt(policies, "clientConfig", "service"), {
      namespace: "amap",
      name: "amap-controller",
      path: "/policies",
      port: 443,
    });
  });

  test("one webhook for each purpose and failure policy", () => {
    const ignore: WebhookNeed = { ...need, failurePolicy: "Ignore", timeoutSeconds: 90 };
    const pin: WebhookNeed = { ...need, purpose: "pin" };
    const webhooks = webhooksOf({ needs: [need, ignore, pin], maxTimeoutSeconds: 20 });
    const [fail, ignored] = webhooks["amap-validating"] ?? [];
    assert.equal(memberOf(fail, "name"), "validate-fail.amap.dev");
    assert.equal(memberOf(ignored, "name"), "validate-ignore.amap.dev");
    assert.equal(memberOf(ignored, "timeoutSeconds"), 20, "never longer than the controller's bound");
    assert.equal(memberOf(fail, "reinvocationPolicy"), undefined);
    assert.equal(memberOf(webhooks["amap-mutating"]?.[0], "reinvocationPolicy"), "IfNeeded");
    assert.equal(memberOf(fail, "matchPolicy"), "Equivalent");
    assert.equal(memberOf(fail, "sideEffects"), "NoneOnDryRun");
    assert.equal(valueAt(fail, "clientConfig", "caBundle"), "UEVNCg==");
  });

  test("namespaces are excluded by the label that only the API server sets", () => {
    const [webhook] = webhooksOf({ needs: [need] })["amap-validating"] ?? [];
    assert.deepEqual(memberOf(webhook, "namespaceSelector"), {
      matchExpressions: [{ key: "kubernetes.io/metadata.name", operator: "NotIn", values: ["amap", "kube-system"] }],
    });
  });

  test("an address outside the cluster replaces the Service", () => {
    const client = { kind: "url", url: "https://127.0.0.1:9443/" } as const;
    const [webhook] = webhooksOf({ needs: [need], client })["amap-validating"] ?? [];
    assert.deepEqual(memberOf(webhook, "clientConfig"), {
      url: "https://127.0.0.1:9443/validate",
      caBundle: "UEVNCg==",
    });
  });

  test("equal plans give equal objects", () => {
    assert.deepEqual(webhooksOf({ needs: [need] }), webhooksOf({ needs: [{ ...need }] }));
  });
});
