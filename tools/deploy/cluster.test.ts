/**
 * The manifests on a real API server. Starting one takes seconds, so it runs on demand: AMAP_E2E_KUBERNETES=1. Kubernetes
 * and etcd must be there already.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { readJson, type Value, type ValueObject, writeJson } from "../../src/base/index.ts";
import { decodePolicies } from "../../src/policy/index.ts";
import { findKubernetes, type RunningKubernetes, startKubernetes } from "../peers/kubernetes.ts";
import { at, deploy, listAt, textAt } from "./manifests.ts";

const programs = process.env["AMAP_E2E_KUBERNETES"] === "1" ? findKubernetes({ install: false }) : undefined;
const base = join(deploy, "kustomize", "base");
const example = readFileSync(join(deploy, "..", "examples", "policies", "storefront.yaml"), "utf8");
const ACCOUNT = "--as=system:serviceaccount:amap:amap-controller";

/** The example under another name, with some text in place of its failurePolicy. */
const policyWith = (name: string, line: string): string =>
  example.replace("name: storefront-evidence", `name: ${name}`).replace("failurePolicy: Fail", line);

describe("on a real API server", { skip: programs === undefined && "not run: AMAP_E2E_KUBERNETES is not 1" }, () => {
  let cluster: RunningKubernetes;
  const kubectl = (...args: readonly string[]): Promise<string> => cluster.kubectl(args);
  const apply = (text: string): Promise<string> => cluster.kubectl(["apply", "-f", "-"], text);
  const read = async (...args: readonly string[]): Promise<Value> =>
    readJson(await kubectl("get", ...args, "-o", "json"));
  const may = (...args: readonly string[]): Promise<string> =>
    kubectl("auth", "can-i", ...args, ACCOUNT).then(
      () => "yes",
      () => "no",
    );

  before(async () => {
    cluster = await startKubernetes(programs ?? assert.fail("no programs"));
    await kubectl("apply", "--server-side", "-k", base);
    await kubectl("wait", "--for=condition=Established", "crd", "--all", "--timeout=20s");
  });
  after(() => cluster?.stop());

  test("the example policy is taken in every version", async () => {
    for (const version of ["v1", "v1beta1", "v1alpha1"]) {
      await apply(example.replace("policies.kyverno.io/v1", `policies.kyverno.io/${version}`));
    }
    assert.match(await kubectl("get", "ivpol"), /^NAME +READY +MESSAGE +AGE\nstorefront-evidence/);
  });

  test("a misspelt field is stored, and amap refuses it by name", async () => {
    await apply(policyWith("misspelt", "failurePolcy: Fail"));
    const stored = await read("ivpol", "misspelt");
    assert.equal(at(stored, "spec", "failurePolcy"), "Fail");
    const decoded = decodePolicies(writeJson(stored), "misspelt");
    assert.deepEqual(decoded.ok ? [] : decoded.issues.map(({ path }) => path), ["spec.failurePolcy"]);
  });

  test("a value that amap refuses by name is stored; one that nobody knows is not", async () => {
    await apply(policyWith("known", "evaluation: {mode: Envoy}"));
    await assert.rejects(apply(policyWith("unknown", "evaluation: {mode: Envy}")), /Unsupported value: "Envy"/);
  });

  test("what is wrong in itself is refused without amap", async () => {
    await assert.rejects(apply(policyWith("open", "failurePolicy: Open")), /supported values: "Fail", "Ignore"/);
    await assert.rejects(
      apply(policyWith("two", "matchImageReferences: [{}]")),
      /expected exactly one of glob, expression/,
    );
  });

  test("the controller may write a policy's status, and not the policy", async () => {
    assert.equal(await may("patch", "imagevalidatingpolicies"), "no");
    assert.equal(await may("patch", "imagevalidatingpolicies", "--subresource=status"), "yes");
    // kubectl reads before it patches, which the controller does not and may not.
    const status = '{"status":{"conditionStatus":{"ready":true,"message":""}}}';
    await kubectl("patch", "ivpol", "storefront-evidence", "--type=merge", "-p", status, "--subresource=status");
    assert.match(await kubectl("get", "ivpol", "storefront-evidence"), /true/);
  });

  const rights: readonly (readonly [allowed: "yes" | "no", ...question: string[]])[] = [
    ["yes", "watch", "secrets/amap-webhook-tls", "-n", "amap"],
    ["no", "get", "secrets/other", "-n", "amap"],
    ["no", "list", "secrets", "-n", "amap"],
    ["no", "create", "secrets", "-n", "default"],
    ["yes", "update", "leases/amap-controller", "-n", "amap"],
    ["no", "update", "leases/other", "-n", "amap"],
    ["no", "update", "leases", "-n", "kube-system"],
    ["yes", "list", "pods", "-A"],
    ["no", "delete", "pods", "-A"],
    ["yes", "update", "validatingwebhookconfigurations/amap-validating"],
    ["no", "update", "validatingwebhookconfigurations/other"],
  ];
  for (const [allowed, ...question] of rights) {
    test(`the controller ${allowed === "yes" ? "may" : "may not"} ${question.join(" ")}`, async () => {
      assert.equal(await may(...question), allowed);
    });
  }

  test("one webhook configuration can be followed by its name, all cannot", async () => {
    const list = (...more: readonly string[]): Promise<string> =>
      kubectl("get", "validatingwebhookconfigurations", ACCOUNT, ...more);
    assert.match(await list("--field-selector", "metadata.name=amap-validating"), /amap-validating/);
    await assert.rejects(list(), /forbidden/);
  });

  test("applying the manifests again leaves the webhooks as the controller wrote them", async () => {
    const webhook = {
      name: "images.amap.dev",
      clientConfig: { url: "https://127.0.0.1:9/" },
      sideEffects: "None",
      admissionReviewVersions: ["v1"],
    };
    const before = await read("validatingwebhookconfiguration", "amap-validating");
    const written = writeJson({ ...(before as ValueObject), webhooks: [webhook] });
    await cluster.kubectl(["replace", "-f", "-", ACCOUNT], written);
    await kubectl("apply", "--server-side", "-k", base);
    const now = await read("validatingwebhookconfiguration", "amap-validating");
    assert.equal(textAt(now, "webhooks", 0, "name"), "images.amap.dev");
  });

  test("the Pods are taken in a namespace that enforces the restricted standard", async () => {
    assert.equal(
      textAt(await read("namespace", "amap"), "metadata", "labels", "pod-security.kubernetes.io/enforce"),
      "restricted",
    );
    for (const name of ["amap-controller", "amap-server"]) {
      const spec = at(await read("deployment", name, "-n", "amap"), "spec", "template", "spec");
      const pod = { apiVersion: "v1", kind: "Pod", metadata: { name, namespace: "amap" }, spec };
      await cluster.kubectl(["apply", "--dry-run=server", "-f", "-"], writeJson(pod));
    }
  });

  test("a PolicyReport is taken and shown", async () => {
    await apply(
      writeJson({
        apiVersion: "wgpolicyk8s.io/v1alpha2",
        kind: "PolicyReport",
        metadata: { name: "r", namespace: "default" },
        scope: { apiVersion: "apps/v1", kind: "Deployment", name: "shop", namespace: "default" },
        summary: { pass: 4, fail: 1, warn: 0, error: 0, skip: 0 },
        results: [{ source: "amap", policy: "p", result: "fail", timestamp: { seconds: 1, nanos: 0 } }],
      }),
    );
    assert.match(await kubectl("get", "polr", "-A"), /default +r +Deployment +shop +4 +1 +0 +0 +0/);
  });

  test("removing the manifests leaves no webhook and no right behind", async () => {
    await kubectl("delete", "-k", base, "--wait=false");
    for (const kind of ["validatingwebhookconfigurations", "mutatingwebhookconfigurations", "clusterrolebindings"]) {
      const left = listAt(await read(kind), "items").map((each) => textAt(each, "metadata", "name"));
      assert.deepEqual(
        left.filter((name) => name.startsWith("amap")),
        [],
        kind,
      );
    }
  });
});
