/** The webhook's engine under bad input, bad policies, a registry that hangs and a store that fails (C4, C8, C14, C15, C16). */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { AmapError, type Value } from "../../base/index.ts";
import type { OciStorage, Store } from "../../ports/index.ts";
import type { AdmissionRequest } from "../../report/index.ts";
import {
  createEnforcementFixture,
  type EnforcementFixture,
  podRequest,
  policyObject,
  writeTestImage,
} from "../../testing/enforcement-fixture.ts";
import { createFakeWorld, type FakeWorld } from "../../testing/fake-world.ts";
import { pod } from "../../testing/policy-builders.ts";
import type { Reviewed } from "./enforcement.ts";

const REPOSITORY = "registry.example/shop";
const IMAGE = `${REPOSITORY}:v1`;
const SIGNED = "images.containers.all(i, verifyImageSignatures(i, [attestors.builder]) > 0)";
const signed = (more: { readonly [key: string]: Value } = {}) => ({
  validations: [{ expression: SIGNED, message: "not signed" }],
  ...more,
});
const never = new Promise<never>(() => {});

/** Lets everything run that can run without the clock, then moves the clock, until the work is done. */
async function withTime<T>({ world }: Pick<EnforcementFixture, "world">, work: Promise<T>, stepMs = 100): Promise<T> {
  const progress = { isDone: false };
  const done = work.finally(() => {
    progress.isDone = true;
  });
  for (let turn = 0; turn < 400 && !progress.isDone; turn++) {
    await new Promise((resolve) => setTimeout(resolve, 2));
    if (turn > 10 && turn % 4 === 0 && !progress.isDone) world.clock.advance(stepMs);
  }
  return done;
}

/** A world in which some repositories never answer. */
function worldThatHangs(...repositories: readonly string[]): FakeWorld {
  const world = createFakeWorld();
  const hang = (storage: OciStorage): OciStorage => ({
    ...storage,
    resolve: () => never,
    readManifest: () => never,
    listReferrers: () => never,
  });
  return {
    ...world,
    openStorage: async (target, options) => {
      const storage = await world.openStorage(target, options);
      return repositories.includes(storage.repository) ? hang(storage) : storage;
    },
  };
}

/** A store of which every method does this. */
function storeThat(behaves: () => Promise<never>): Store {
  const answer = (): unknown => behaves();
  const part = new Proxy({}, { get: () => answer });
  return new Proxy({}, { get: (_, key) => (key === "close" ? async () => {} : part) }) as unknown as Store;
}

async function using(fixture: EnforcementFixture, run: (fixture: EnforcementFixture) => Promise<void>): Promise<void> {
  try {
    await run(fixture);
  } finally {
    await fixture.store.close();
  }
}

const statuses = ({ decision }: Reviewed) => decision?.rules.map(({ policy, status, code }) => [policy, status, code]);

describe("a registry that hangs (C8)", () => {
  for (const [failurePolicy, allowed] of [
    ["Fail", false],
    ["Ignore", true],
  ] as const) {
    test(`failurePolicy ${failurePolicy}: answered within the time`, async () => {
      const fixture = await createEnforcementFixture({ world: worldThatHangs(REPOSITORY) });
      await using(fixture, async ({ enforcement, world }) => {
        await enforcement.applyPolicy(policyObject("p", signed({ failurePolicy })));
        const startedAt = world.clock.now();
        const reviewed = await withTime(fixture, enforcement.review(podRequest(pod(IMAGE)), { timeoutMs: 5_000 }));
        assert.ok(world.clock.now() - startedAt <= 5_000, String(world.clock.now() - startedAt));
        assert.equal(reviewed.response.allowed, allowed);
        assert.deepEqual(statuses(reviewed), [["p", "error", "FACT_FAILED"]]);
        assert.equal(reviewed.notEnforced, allowed ? 1 : 0);
        assert.equal(reviewed.response.status?.code, allowed ? undefined : 403);
      });
    });
  }

  test("one repository that hangs takes no other image's rules with it", async () => {
    const world = worldThatHangs("registry.example/hangs");
    await writeTestImage(world, REPOSITORY);
    await using(await createEnforcementFixture({ world }), async (fixture) => {
      const { enforcement } = fixture;
      await enforcement.applyPolicy(
        policyObject("good", {
          validations: [{ expression: `verifyImageSignatures("${IMAGE}", [attestors.builder]) == 0` }],
        }),
      );
      const expression = 'images.containers.all(i, i == "IMAGE" || verifyImageSignatures(i, [attestors.builder]) > 0)';
      const validations = [{ expression: expression.replace("IMAGE", IMAGE) }];
      await enforcement.applyPolicy(policyObject("hangs", { validations, failurePolicy: "Ignore" }));
      const request = podRequest(pod(IMAGE, ...Array.from({ length: 7 }, (_, n) => `registry.example/hangs:v${n}`)));
      const reviewed = await withTime(fixture, enforcement.review(request, { timeoutMs: 5_000 }));
      assert.deepEqual(statuses(reviewed), [
        ["good", "pass", undefined],
        ["hangs", "error", "FACT_FAILED"],
      ]);
      assert.equal(reviewed.response.allowed, true);
    });
  });

  test("200 containers are answered, each image looked at once", async () => {
    const world = createFakeWorld();
    await using(await createEnforcementFixture({ world }), async ({ enforcement }) => {
      await enforcement.applyPolicy(policyObject("p", signed()));
      await writeTestImage(world, REPOSITORY);
      const reviewed = await enforcement.review(podRequest(pod(...Array.from({ length: 200 }, () => IMAGE))), {
        timeoutMs: 5_000,
      });
      assert.deepEqual(statuses(reviewed), [["p", "fail", undefined]]);
      assert.equal(world.storageOf(REPOSITORY).calls.get("listReferrers"), 1);
    });
  });

  test("the late denial can be explained: what was late is stored as late", async () => {
    const fixture = await createEnforcementFixture({ world: worldThatHangs(REPOSITORY) });
    await using(fixture, async ({ enforcement, store }) => {
      const { explainAdmission } = await import("../explain.ts");
      await enforcement.applyPolicy(policyObject("p", signed()));
      await withTime(fixture, enforcement.review(podRequest(pod(IMAGE)), { timeoutMs: 5_000 }));
      assert.equal((await explainAdmission(store, "uid-1")).outcome, "same");
    });
  });
});

describe("a store that does not work", () => {
  const cases: readonly (readonly [name: string, behaves: () => Promise<never>])[] = [
    ["hangs", () => never],
    ["fails", () => Promise.reject(new AmapError("STORE_UNAVAILABLE", "down"))],
    [
      "throws",
      () => {
        throw new Error("bug in the store");
      },
    ],
  ];
  for (const [name, behaves] of cases) {
    test(`${name}: the answer is the evidence's, and the failure is told`, async () => {
      const world = createFakeWorld();
      await writeTestImage(world, REPOSITORY);
      const fixture = await createEnforcementFixture({ world, store: storeThat(behaves) });
      const { enforcement, storeFailures, bugs } = fixture;
      await withTime(
        fixture,
        Promise.race([enforcement.applyPolicy(policyObject("p", signed())), world.clock.wait(0)]),
      );
      const reviewed = await withTime(fixture, enforcement.review(podRequest(pod(IMAGE)), { timeoutMs: 9_000 }));
      assert.deepEqual(statuses(reviewed), [["p", "fail", undefined]]);
      assert.equal(reviewed.response.allowed, false);
      assert.ok(storeFailures.length > 0);
      assert.deepEqual(bugs, []);
    });
  }

  test("listeners that throw change no answer", async () => {
    const world = createFakeWorld();
    await writeTestImage(world, REPOSITORY);
    const fail = (): never => {
      throw new Error("the listener fails");
    };
    const store = storeThat(() => Promise.reject(new Error("down")));
    const { enforcement } = await createEnforcementFixture({ world, store, onStoreFailure: fail, onBug: fail });
    await enforcement.applyPolicy(policyObject("p", signed()));
    const reviewed = await enforcement.review(podRequest(pod(IMAGE)), { timeoutMs: 9_000 });
    assert.deepEqual(statuses(reviewed), [["p", "fail", undefined]]);
  });
});

describe("bad policies (C15)", () => {
  test("an endless comprehension is an error of its own policy only", async () => {
    await using(await createEnforcementFixture(), async ({ enforcement }) => {
      const many = Array.from({ length: 3_000 }, (_, n) => `l${n}`);
      const object: Value = { ...pod(IMAGE), metadata: { name: "web", namespace: "shop", finalizers: many } };
      const all = (name: string, inner: string): string => `object.metadata.finalizers.all(${name}, ${inner})`;
      const endless = all("a", all("b", all("c", "a != b || c != ''")));
      await enforcement.applyPolicy(
        policyObject("endless", { validations: [{ expression: endless }], failurePolicy: "Ignore" }),
      );
      await enforcement.applyPolicy(policyObject("good", { validations: [{ expression: "true" }] }));
      const reviewed = await enforcement.review(podRequest(object), { timeoutMs: 5_000 });
      assert.deepEqual(statuses(reviewed), [
        ["endless", "error", "BUDGET_EXCEEDED"],
        ["good", "pass", undefined],
      ]);
      assert.deepEqual([reviewed.response.allowed, reviewed.notEnforced], [true, 1]);
    });
  });

  test("a namespace that is not known is an error, not a skip (C14)", async () => {
    await using(await createEnforcementFixture(), async ({ enforcement }) => {
      const matchConstraints = {
        resourceRules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"] }],
        namespaceSelector: { matchLabels: { guarded: "yes" } },
      };
      await enforcement.applyPolicy(policyObject("p", { matchConstraints }));
      const review = (namespace: string) =>
        enforcement.review(podRequest(pod(IMAGE), { namespace }), { timeoutMs: 5_000 });
      assert.equal((await review("unknown")).response.allowed, false);
      assert.equal((await review("shop")).response.allowed, true);
    });
  });

  test("a namespace look-up that throws denies where a policy fails closed", async () => {
    for (const failurePolicy of ["Fail", "Ignore"]) {
      const namespaceOf = (): never => {
        throw new Error("informer");
      };
      await using(await createEnforcementFixture({ namespaceOf }), async ({ enforcement, bugs }) => {
        await enforcement.applyPolicy(policyObject("p", { failurePolicy }));
        const { response } = await enforcement.review(podRequest(pod(IMAGE)), { timeoutMs: 5_000 });
        assert.equal(response.allowed, failurePolicy === "Ignore");
        const pinned = await enforcement.pin(podRequest(pod(IMAGE)), { timeoutMs: 5_000 });
        assert.equal(pinned.response.allowed, true);
        assert.equal(bugs.length, 2);
      });
    }
  });
});

describe("what is asked about (C14, C16)", () => {
  const rule = (resource: string, group = "", operations: readonly string[] = ["*"]): Value => ({
    resourceRules: [{ apiGroups: [group], apiVersions: ["v1"], operations, resources: [resource] }],
  });
  const no = [{ expression: "false", message: "no" }];
  const scale: Value = { apiVersion: "autoscaling/v1", kind: "Scale", metadata: { name: "web", namespace: "shop" } };
  const gone: Value = {
    ...pod(IMAGE),
    metadata: { name: "web", namespace: "shop", deletionTimestamp: "2026-11-22T11:00:00Z" },
  };
  const cases: readonly (readonly [name: string, matchConstraints: Value, request: Partial<AdmissionRequest>])[] = [
    [
      "a debug container",
      rule("pods"),
      { subresource: "ephemeralcontainers", operation: "UPDATE", oldObject: pod(IMAGE) },
    ],
    ["an update", rule("pods", "", ["UPDATE"]), { operation: "UPDATE", oldObject: pod(IMAGE) }],
    ["an object that is going away", rule("pods"), { operation: "UPDATE", object: gone, oldObject: gone }],
    ["a deletion", rule("pods", "", ["DELETE"]), { operation: "DELETE", object: null, oldObject: pod(IMAGE) }],
    ["a deletion without the object", rule("pods", "", ["DELETE"]), { operation: "DELETE", object: null }],
    [
      "scale: an object of another group",
      rule("deployments/scale", "apps"),
      {
        operation: "UPDATE",
        resource: { group: "apps", version: "v1", resource: "deployments" },
        subresource: "scale",
        object: scale,
        oldObject: scale,
      },
    ],
    [
      "connect",
      rule("pods/exec", "", ["CONNECT"]),
      {
        operation: "CONNECT",
        subresource: "exec",
        object: { apiVersion: "v1", kind: "PodExecOptions", command: ["sh"] },
      },
    ],
    ["an object without kind", rule("pods"), { object: { metadata: { name: "web" } } }],
    ["an empty object", rule("pods"), { object: {} }],
    ["no name yet", rule("pods"), { name: "", object: { ...pod(IMAGE), metadata: { generateName: "web-" } } }],
    ["a Namespace itself", rule("namespaces"), namespaceRequest({})],
  ];
  for (const [name, matchConstraints, request] of cases) {
    test(`${name} is judged`, async () => {
      await using(await createEnforcementFixture(), async ({ enforcement, bugs, store, storeFailures }) => {
        await enforcement.applyPolicy(policyObject("p", { matchConstraints, validations: no }));
        const reviewed = await enforcement.review(podRequest(pod(IMAGE), request), { timeoutMs: 5_000 });
        assert.equal(reviewed.response.allowed, false, JSON.stringify(reviewed));
        assert.deepEqual([bugs, storeFailures], [[], []]);
        assert.equal((await store.admissions.list({ limit: 10 })).items.length, 1);
      });
    });
  }

  test("a Namespace's own new labels decide, not those it had", async () => {
    await using(await createEnforcementFixture(), async ({ enforcement }) => {
      const matchConstraints = {
        ...(rule("namespaces") as object),
        namespaceSelector: { matchLabels: { guarded: "yes" } },
      };
      await enforcement.applyPolicy(policyObject("p", { matchConstraints, validations: no }));
      const review = (labels: { readonly [key: string]: Value }) =>
        enforcement.review(podRequest(null, namespaceRequest(labels)), { timeoutMs: 5_000 });
      assert.equal((await review({ guarded: "yes" })).response.allowed, false);
      assert.equal((await review({})).response.allowed, true);
    });
  });

  test("annotations of an object never change a verdict", async () => {
    const world = createFakeWorld();
    const digest = await writeTestImage(world, REPOSITORY);
    await using(await createEnforcementFixture({ world }), async ({ enforcement }) => {
      await enforcement.applyPolicy(policyObject("p", signed()));
      const names = fc.constantFrom(
        "kyverno.io/image-verification-outcomes",
        "kyverno.io/verify-images",
        "policies.amap.dev/rule-names",
        "policies.amap.dev/verified",
        "__proto__",
      );
      const outcome = JSON.stringify({ [IMAGE]: true, [`${REPOSITORY}@${digest}`]: "pass" });
      const values = fc.constantFrom(outcome, "true", "pass", "skip");
      await fc.assert(
        fc.asyncProperty(fc.dictionary(names, values), async (annotations) => {
          const object: Value = { ...pod(IMAGE), metadata: { name: "web", namespace: "shop", annotations } };
          const { response, decision } = await enforcement.review(podRequest(object), { timeoutMs: 5_000 });
          assert.deepEqual([response.allowed, decision?.rules[0]?.message], [false, "not signed"]);
        }),
        { numRuns: 30 },
      );
    });
  });

  test("any object at all is answered and nothing throws", async () => {
    await using(await createEnforcementFixture(), async ({ enforcement, bugs }) => {
      const everything = {
        resourceRules: [{ apiGroups: ["*"], apiVersions: ["*"], operations: ["*"], resources: ["*/*"] }],
      };
      await enforcement.applyPolicy(
        policyObject("p", { ...signed(), matchConstraints: everything, mutateDigest: true }),
      );
      await fc.assert(
        fc.asyncProperty(
          fc.oneof(
            fc.object(),
            fc.record({
              apiVersion: fc.constant("v1"),
              kind: fc.constant("Pod"),
              metadata: fc.anything(),
              spec: fc.object(),
            }),
          ),
          fc.constantFrom("CREATE", "UPDATE", "DELETE", "CONNECT"),
          async (object, operation) => {
            const request = podRequest(JSON.parse(JSON.stringify(object)) as Value, { operation, dryRun: true });
            const { response } = await enforcement.review(request, { timeoutMs: 5_000 });
            assert.equal(typeof response.allowed, "boolean");
            assert.equal((await enforcement.pin(request, { timeoutMs: 5_000 })).response.allowed, true);
          },
        ),
        { numRuns: 100 },
      );
      assert.deepEqual(bugs, []);
    });
  });

  function namespaceRequest(labels: Value): Partial<AdmissionRequest> {
    const object: Value = { apiVersion: "v1", kind: "Namespace", metadata: { name: "new", labels } };
    return {
      kind: { group: "", version: "v1", kind: "Namespace" },
      resource: { group: "", version: "v1", resource: "namespaces" },
      name: "new",
      namespace: "unknown",
      operation: "CREATE",
      object,
    };
  }
});

describe("pin", () => {
  const validationConfigurations = { mutateDigest: true, verifyDigest: true, required: false };

  test("one tag that hangs does not lose the others' pins", async () => {
    const world = worldThatHangs("registry.example/hangs");
    const digest = await writeTestImage(world, REPOSITORY);
    await using(await createEnforcementFixture({ world }), async (fixture) => {
      const { enforcement } = fixture;
      await enforcement.applyPolicy(policyObject("p", { validationConfigurations }));
      const request = podRequest(pod("registry.example/hangs:v1", IMAGE));
      const { response } = await withTime(fixture, enforcement.pin(request, { timeoutMs: 2_000 }));
      assert.deepEqual(response.patch, [
        { op: "replace", path: "/spec/containers/1/image", value: `${IMAGE}@${digest}` },
      ]);
      assert.equal(response.warnings?.length, 1);
      assert.equal(response.allowed, true);
    });
  });

  test("what is pinned is what is judged, wherever the tag goes between the two (C1)", async () => {
    const world = createFakeWorld();
    const first = await writeTestImage(world, REPOSITORY, "v1", "first");
    await using(await createEnforcementFixture({ world }), async ({ enforcement }) => {
      await enforcement.applyPolicy(policyObject("p", { ...signed(), validationConfigurations }));
      const { response } = await enforcement.pin(podRequest(pod(IMAGE)), { timeoutMs: 2_000 });
      const [operation = null] = response.patch ?? [];
      const pinned = (operation as { readonly value: string }).value;
      assert.equal(pinned, `${IMAGE}@${first}`);
      await writeTestImage(world, REPOSITORY, "v1", "second");
      const { decision } = await enforcement.review(podRequest(pod(pinned)), { timeoutMs: 2_000 });
      assert.deepEqual(
        decision?.images.map(({ image, digest }) => [image, digest]),
        [[pinned, first]],
      );
    });
  });

  test("a tag that nobody pinned is refused while verifyDigest is on", async () => {
    await using(await createEnforcementFixture(), async ({ enforcement }) => {
      await enforcement.applyPolicy(
        policyObject("p", { validationConfigurations: { mutateDigest: false, verifyDigest: true, required: false } }),
      );
      const { response } = await enforcement.review(podRequest(pod(IMAGE)), { timeoutMs: 2_000 });
      assert.match(response.status?.message ?? "", /does not name a digest/);
    });
  });
});
