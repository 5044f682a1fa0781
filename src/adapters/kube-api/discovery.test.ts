import assert from "node:assert/strict";
import { test } from "node:test";
import { AmapError, type Value } from "../../base/index.ts";
import type { ClusterKind } from "../../ports/index.ts";
import type { ApiClient } from "./api-client.ts";
import { discoverKinds } from "./discovery.ts";

const kindOf = (group: string, version: string, resource: string, kind: string, namespaced: boolean): ClusterKind => ({
  group,
  version,
  resource,
  kind,
  namespaced,
});

/** A client whose server has these documents; the others fail as those of a server that is away. */
function serving(documents: Readonly<Record<string, Value>>): ApiClient {
  return {
    server: "https://fake.invalid",
    async send({ path }) {
      const document = documents[path];
      if (document === undefined) throw new AmapError("CLUSTER_UNAVAILABLE", "away");
      return document;
    },
    stream: () => assert.fail("discovery does not watch"),
    close: async () => {},
  };
}

test("aggregated discovery: all versions in the server's order, without subresources", async () => {
  const resource = (name: string, kind: string, scope: string): Value => ({
    resource: name,
    responseKind: { group: "", version: "", kind },
    scope,
    verbs: ["list"],
    subresources: [{ subresource: "status" }],
  });
  const list = (group: string, versions: Value): Value => ({
    kind: "APIGroupDiscoveryList",
    items: [{ metadata: group === "" ? {} : { name: group }, versions }],
  });
  const api = serving({
    "/api": list("", [{ version: "v1", resources: [resource("nodes", "Node", "Cluster")] }]),
    "/apis": list("apps", [
      { version: "v2", resources: [resource("deployments", "Deployment", "Namespaced")] },
      { version: "v1", resources: [resource("deployments", "Deployment", "Namespaced"), { resource: "x" }] },
    ]),
  });
  assert.deepEqual(await discoverKinds(api), [
    kindOf("", "v1", "nodes", "Node", false),
    kindOf("apps", "v2", "deployments", "Deployment", true),
    kindOf("apps", "v1", "deployments", "Deployment", true),
  ]);
});

test("the older discovery: the preferred version first, a group that is away left out", async () => {
  const resources = (...names: readonly string[]): Value => ({
    resources: names.map((name) => ({ name, kind: "Thing", namespaced: true })),
  });
  const api = serving({
    "/api": { kind: "APIVersions", versions: ["v1"] },
    "/apis": {
      kind: "APIGroupList",
      groups: [
        {
          name: "g",
          versions: [{ version: "v1beta1" }, { version: "v1" }],
          preferredVersion: { version: "v1" },
        },
        { name: "metrics.k8s.io", versions: [{ version: "v1beta1" }] },
      ],
    },
    "/api/v1": resources("pods", "pods/status"),
    "/apis/g/v1": resources("things"),
    "/apis/g/v1beta1": resources("things"),
  });
  assert.deepEqual(await discoverKinds(api), [
    kindOf("", "v1", "pods", "Thing", true),
    kindOf("g", "v1", "things", "Thing", true),
    kindOf("g", "v1beta1", "things", "Thing", true),
  ]);
});

test("answers that are no discovery give no kinds; a server that is away is an error", async () => {
  assert.deepEqual(await discoverKinds(serving({ "/api": null, "/apis": { groups: "x" } })), []);
  await assert.rejects(discoverKinds(serving({})), { code: "CLUSTER_UNAVAILABLE" });
});
