/** One decision for all: `check`, the webhook's engine, the background scan and a replay agree about every twin. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import {
  checkResources,
  createEnforcement,
  DEMO_CLUSTER,
  type DemoReport,
  explainAdmission,
  fillStoreFromDemo,
  loadPolicies,
  readYamlFile,
  runDemo,
  type Store,
} from "../app/index.ts";
import { podRequest } from "../testing/enforcement-fixture.ts";
import { createWorld } from "./create-world.ts";
import { findExamples } from "./examples.ts";

const folder = mkdtempSync(join(tmpdir(), "amap-enforcement-"));
const demo = join(folder, "demo");
const world = createWorld({ offline: true, env: {} });
let report: DemoReport;
let store: Store;

before(async () => {
  report = await runDemo(world, {
    directory: demo,
    examples: findExamples(),
    tool: { name: "amap", version: "0.0.0-test" },
    password: "test",
  });
  store = await world.openStore(":memory:");
});

after(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const DEPLOYMENT = {
  kind: { group: "apps", version: "v1", kind: "Deployment" },
  resource: { group: "apps", version: "v1", resource: "deployments" },
  name: "storefront",
};

const sourcesOf = (name: string) => [
  {
    repository: "registry.example/storefront",
    directory: name === "good" ? join(demo, "image") : join(demo, "twins", name),
  },
];

function enforcementOver(name: string) {
  return createEnforcement(world, store, {
    cluster: "test",
    namespaceOf: (namespace) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } }),
    evidenceTtlMs: 0,
    sources: sourcesOf(name),
    onStoreFailure: (error) => assert.fail(String(error)),
    onBug: (error) => assert.fail(String(error)),
  });
}

describe("the same decision object", () => {
  test("from check, webhook, background scan and replay, for the good image and every twin", async () => {
    const [policy = null] = await readYamlFile(world, join(demo, "policy.yaml"));
    const [object = null] = await readYamlFile(world, join(demo, "deployment.yaml"));
    const policies = await loadPolicies(world, [join(demo, "policy.yaml")]);
    for (const name of ["good", ...report.twins.map((twin) => twin.name)]) {
      const evidence = { sources: sourcesOf(name), verifyLayers: true };
      const checked = (await checkResources(world, { policies, resources: [object], evidence })).report.resources[0];
      const enforcement = enforcementOver(name);
      assert.equal((await enforcement.applyPolicy(policy)).state, "ready");
      const uid = `uid-${name}`;
      const reviewed = await enforcement.review(podRequest(object, { uid, ...DEPLOYMENT }), { timeoutMs: 30_000 });
      const scanned = await enforcement.scan(object);
      const explained = await explainAdmission(store, uid);
      // Times in messages are the moment of the check; the scans' ages do not matter to what is compared.
      assert.deepEqual(reviewed.decision, checked, `webhook and check about ${name}`);
      assert.deepEqual(scanned?.decision, checked, `background and check about ${name}`);
      assert.deepEqual([explained.outcome, explained.decision], ["same", checked], `replay and check about ${name}`);
      assert.equal(reviewed.response.allowed, name === "good");
    }
  });

  test("the demo fills the store with what the engine said", async () => {
    const filled = await world.openStore(":memory:");
    try {
      await fillStoreFromDemo(world, filled, report);
      const admissions = await filled.admissions.list({ limit: 100 });
      assert.equal(admissions.items.length, 1 + report.twins.length);
      assert.deepEqual(
        admissions.items.filter(({ allowed }) => allowed).map(({ name, cluster }) => [name, cluster]),
        [["storefront", DEMO_CLUSTER]],
      );
      for (const { id } of admissions.items) assert.equal((await explainAdmission(filled, id)).outcome, "same");
      const images = await filled.images.list({ limit: 100 });
      // An image whose layer was changed cannot be looked at: there is a denial, and nothing to show of it.
      assert.equal(images.items.length, report.twins.length);
      const overview = await filled.overview.read(new Date(world.clock.now()).toISOString());
      assert.equal(overview.artifacts.images, report.twins.length);
      assert.ok(overview.policies.results.fail > 0);
    } finally {
      await filled.close();
    }
  });
});
