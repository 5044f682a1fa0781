import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ValueObject } from "../../src/base/index.ts";
import { mismatchOf } from "./assertion.ts";
import { StandInCluster } from "./cluster.ts";

const RULES: Readonly<Record<string, ValueObject>> = {
  validate: {
    validate: { message: "no", failureAction: "Enforce", pattern: { metadata: { labels: { team: "?*" } } } },
  },
  audit: { validate: { message: "no", failureAction: "Audit", pattern: { metadata: { labels: { team: "?*" } } } } },
  mutate: { mutate: { patchStrategicMerge: { metadata: { labels: { team: "a" } } } } },
  generate: {
    generate: { apiVersion: "v1", kind: "ConfigMap", name: "made", namespace: "own", data: { data: { a: "b" } } },
  },
};

function policy(rule: string, match: ValueObject = { kinds: ["ConfigMap"] }): ValueObject {
  return {
    apiVersion: "kyverno.io/v1",
    kind: "ClusterPolicy",
    metadata: { name: rule },
    spec: { background: false, rules: [{ name: rule, match: { any: [{ resources: match }] }, ...RULES[rule] }] },
  };
}

function configMap(name: string, labels: ValueObject = {}): ValueObject {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "own", labels } };
}

function clusterWith(...policies: readonly ValueObject[]): StandInCluster {
  const cluster = new StandInCluster("own");
  for (const each of policies) assert.equal(cluster.write("create", each), undefined);
  return cluster;
}

function holds(cluster: StandInCluster, wanted: ValueObject): boolean {
  return cluster.candidates(wanted).some((found) => mismatchOf(wanted, found) === undefined);
}

describe("the stand-in for a cluster", () => {
  it("denies what an enforced rule fails, and takes what it passes", () => {
    const cluster = clusterWith(policy("validate"));
    assert.match(cluster.write("apply", configMap("bad")) ?? "", /denied the request: validate\/validate: .*no/);
    assert.deepEqual(cluster.candidates(configMap("bad")), []);
    assert.equal(cluster.write("apply", configMap("good", { team: "a" })), undefined);
    assert.equal(holds(cluster, configMap("good")), true);
  });

  it("takes what an audited rule fails", () => {
    assert.equal(clusterWith(policy("audit")).write("apply", configMap("bad")), undefined);
  });

  it("stores what mutation made, and what was generated", () => {
    const cluster = clusterWith(policy("mutate"), policy("generate"));
    cluster.write("apply", configMap("one"));
    assert.equal(holds(cluster, configMap("one", { team: "a" })), true);
    assert.equal(holds(cluster, configMap("one", { team: "b" })), false);
    assert.equal(holds(cluster, { ...configMap("made"), data: { a: "b" } }), true);
  });

  it("leaves objects alone that no rule matches, and those of Kyverno's own namespaces", () => {
    const cluster = clusterWith(policy("validate", { kinds: ["Secret"] }));
    assert.equal(cluster.write("apply", configMap("bad")), undefined);
    const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "s", namespace: "kube-system" } };
    assert.equal(cluster.write("apply", secret), undefined);
    assert.notEqual(cluster.write("apply", { ...secret, metadata: { name: "s", namespace: "own" } }), undefined);
  });

  it("refuses a policy that is not valid, and one that a cluster refuses", () => {
    const cluster = new StandInCluster("own");
    assert.match(cluster.write("create", { ...policy("validate"), spec: { rulez: [] } }) ?? "", /rulez/);
    assert.match(cluster.write("create", policy("validate", { kinds: ["Scale"] })) ?? "", /kind of a subresource/);
  });

  it("says no to scaling and to exec", () => {
    const deny = (kind: string): ValueObject => ({
      apiVersion: "kyverno.io/v1",
      kind: "ClusterPolicy",
      metadata: { name: kind.toLowerCase().replace("/", "-") },
      spec: {
        background: false,
        rules: [
          {
            name: "deny",
            match: { any: [{ resources: { kinds: [kind] } }] },
            validate: { failureAction: "Enforce", message: kind, deny: {} },
          },
        ],
      },
    });
    const cluster = clusterWith(deny("Deployment/scale"), deny("Pod/exec"));
    const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "web" }, spec: { containers: [] } };
    cluster.write("apply", pod);
    cluster.write("apply", { ...pod, apiVersion: "apps/v1", kind: "Deployment" });
    const call = { name: "web", namespace: "own", container: "", image: "", replicas: 2, command: ["ls"] };
    assert.match(cluster.call({ ...call, verb: "scale", kind: "Deployment" }) ?? "", /Deployment\/scale/);
    assert.match(cluster.call({ ...call, verb: "exec", kind: "Pod" }) ?? "", /Pod\/exec/);
    const other = clusterWith(deny("Deployment/scale"));
    other.write("apply", pod);
    assert.equal(other.call({ ...call, verb: "exec", kind: "Pod" }), undefined);
    assert.equal(other.call({ ...call, verb: "debug", kind: "Pod" }), undefined);
  });
});
