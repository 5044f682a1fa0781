/** What is kept of a decision makes it again, holds no secret, and shows when it was tampered with. */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { encodeBase64, encodeUtf8, memberOf, type Value } from "../../base/index.ts";
import type { AdmissionRecord, CachedEvidence, PolicyRecord, Store } from "../../ports/index.ts";
import {
  createEnforcementFixture,
  podRequest,
  policyObject,
  writeTestImage,
} from "../../testing/enforcement-fixture.ts";
import { createFakeWorld } from "../../testing/fake-world.ts";
import { pod } from "../../testing/policy-builders.ts";
import { explainAdmission } from "../explain.ts";

const IMAGE = "registry.example/shop:v1";
const SIGNED = "images.containers.all(i, verifyImageSignatures(i, [attestors.builder]) > 0)";

async function denied(run: (fixture: Awaited<ReturnType<typeof createEnforcementFixture>>) => Promise<void>) {
  const world = createFakeWorld();
  await writeTestImage(world, "registry.example/shop");
  const fixture = await createEnforcementFixture({ world });
  try {
    await fixture.enforcement.applyPolicy(policyObject("p", { validations: [{ expression: SIGNED, message: "old" }] }));
    const reviewed = await fixture.enforcement.review(podRequest(pod(IMAGE)), { timeoutMs: 10_000 });
    assert.equal(reviewed.response.allowed, false);
    await run(fixture);
    assert.deepEqual([fixture.bugs, fixture.storeFailures], [[], []]);
  } finally {
    await fixture.store.close();
  }
}

/** A store that gives out something else than what was put into it. */
function tampered(
  store: Store,
  change: {
    readonly evidence?: (evidence: CachedEvidence) => CachedEvidence | undefined;
    readonly version?: (record: PolicyRecord) => PolicyRecord;
    readonly admission?: (record: AdmissionRecord) => AdmissionRecord;
  },
): Store {
  const { evidence = (same) => same, version = (same) => same, admission = (same) => same } = change;
  const changed = <T, R>(found: T | undefined, by: (found: T) => R): R | undefined =>
    found === undefined ? undefined : by(found);
  return {
    ...store,
    evidence: { ...store.evidence, find: async (...asked) => changed(await store.evidence.find(...asked), evidence) },
    policies: { ...store.policies, version: async (digest) => changed(await store.policies.version(digest), version) },
    admissions: { ...store.admissions, get: async (id) => changed(await store.admissions.get(id), admission) },
  };
}

const withFacts =
  (facts: Value) =>
  (record: AdmissionRecord): AdmissionRecord => {
    assert.ok(record.inputs !== undefined);
    return { ...record, inputs: { ...record.inputs, facts } };
  };

describe("replay", () => {
  test("a stored denial comes out the same, also after the policy changed and evidence for admission was forgotten", () =>
    denied(async ({ store, enforcement, world }) => {
      assert.equal((await explainAdmission(store, "uid-1")).outcome, "same");
      await enforcement.applyPolicy(policyObject("p", { validations: [{ expression: "true" }] }));
      const explained = await explainAdmission(store, "uid-1");
      assert.deepEqual([explained.outcome, explained.rules[0]?.message], ["same", "old"]);
      assert.deepEqual(
        explained.facts.map(({ kind, image, ok }) => [kind, image, ok]),
        [["imageEvidence", IMAGE, true]],
      );
      await store.evidence.prune(new Date(world.clock.now() + 1).toISOString());
      const pruned = await explainAdmission(store, "uid-1");
      assert.equal(pruned.outcome, "impossible");
      assert.match(pruned.message, /^the evidence sha256:[0-9a-f]{64} is no longer kept$/);
    }));

  const cases: readonly (readonly [name: string, change: Parameters<typeof tampered>[1], message: RegExp])[] = [
    [
      "a changed fact",
      { evidence: (found) => ({ ...found, value: { ...(found.value as object), note: "x" } }) },
      /was changed in the store/,
    ],
    ["a fact that is gone", { evidence: () => undefined }, /is no longer kept/],
    [
      "a changed policy",
      { version: (record) => ({ ...record, text: record.text.replace('"old"', '"new"') }) },
      /policy p was changed/,
    ],
    ["a fact that cannot be read", { admission: withFacts({ k: { ok: true } }) }, /cannot be read/],
    [
      "a failure of an unknown code",
      { admission: withFacts({ k: { ok: false, code: "constructor" } }) },
      /cannot be read/,
    ],
  ];
  for (const [name, change, message] of cases) {
    test(`${name}: impossible`, () =>
      denied(async ({ store }) => {
        const explained = await explainAdmission(tampered(store, change), "uid-1");
        assert.deepEqual([explained.outcome, message.test(explained.message)], ["impossible", true], explained.message);
      }));
  }

  const different: readonly (readonly [name: string, change: Parameters<typeof tampered>[1]])[] = [
    ["without its facts", { admission: withFacts({}) }],
    [
      "with another verdict",
      { admission: (record) => ({ ...record, decision: { ...record.decision, allowed: true } }) },
    ],
  ];
  for (const [name, change] of different) {
    test(`${name}: different`, () =>
      denied(async ({ store }) => {
        assert.equal((await explainAdmission(tampered(store, change), "uid-1")).outcome, "different");
      }));
  }

  test("facts are shared by their digest, and put again before they grow old", () =>
    denied(async ({ store, enforcement, world }) => {
      const review = (uid: string) => enforcement.review(podRequest(pod(IMAGE), { uid }), { timeoutMs: 10_000 });
      const digestsOf = async (uid: string) => {
        const facts = (await store.admissions.get(uid))?.inputs?.facts ?? {};
        return Object.values(facts).map((fact: Value) => memberOf(fact, "digest"));
      };
      await review("uid-2");
      assert.deepEqual(await digestsOf("uid-2"), await digestsOf("uid-1"));
      world.clock.advance(3_600_000);
      await review("uid-3");
      await store.evidence.prune(new Date(world.clock.now()).toISOString());
      assert.equal((await explainAdmission(store, "uid-3")).outcome, "same");
    }));

  test("a policy that changes while it is evaluated is recorded as the version that decided", async () => {
    const world = createFakeWorld();
    await writeTestImage(world, "registry.example/shop");
    const fixture = await createEnforcementFixture({ world });
    try {
      await fixture.enforcement.applyPolicy(
        policyObject("p", { validations: [{ expression: SIGNED, message: "old" }] }),
      );
      const reviewing = fixture.enforcement.review(podRequest(pod(IMAGE)), { timeoutMs: 10_000 });
      await Promise.all([
        fixture.enforcement.applyPolicy(policyObject("p", { validations: [{ expression: "true" }] })),
        reviewing,
      ]);
      assert.equal((await explainAdmission(fixture.store, "uid-1")).outcome, "same");
    } finally {
      await fixture.store.close();
    }
  });
});

test("a store that hangs does not fill the memory: only so many records wait for it", async () => {
  const world = createFakeWorld();
  const store = await world.openStore(":memory:");
  let asked = 0;
  const record = (): Promise<never> => {
    asked += 1;
    return new Promise(() => {});
  };
  const silent: Store = { ...store, admissions: { ...store.admissions, record } };
  const { enforcement, storeFailures } = await createEnforcementFixture({ world, store: silent });
  await enforcement.applyPolicy(policyObject("p", { validations: [{ expression: "true" }] }));
  const reviews = Array.from({ length: 300 }, (_, turn) =>
    enforcement.review(podRequest(pod("shop"), { uid: `u-${turn}` }), { timeoutMs: 5_000 }),
  );
  const progress = { answered: 0 };
  for (const review of reviews) void review.then(() => (progress.answered += 1));
  for (let turn = 0; turn < 200 && progress.answered < 300; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    if (turn > 20) world.clock.advance(100);
  }
  assert.deepEqual([progress.answered, asked], [300, 256]);
  assert.equal(storeFailures.length, 300, "each is told");
  await store.close();
});

describe("Secrets", () => {
  test("no value is anywhere in the store, whatever quotes it", async () => {
    const folder = mkdtempSync(join(tmpdir(), "amap-secrets-"));
    const store = await createFakeWorld().openStore(join(folder, "store.sqlite"));
    try {
      const { enforcement, bugs, storeFailures } = await createEnforcementFixture({ store });
      const [plain, hidden, decodedText] = ["tea-with-lemon-71", "quince-jelly-29", "damson-plum-83"];
      const encoded = encodeBase64(encodeUtf8(decodedText));
      const secret: Value = {
        apiVersion: "v1",
        kind: "Secret",
        metadata: {
          name: "web",
          namespace: "shop",
          annotations: {
            "kubectl.kubernetes.io/last-applied-configuration": JSON.stringify({ stringData: { a: plain } }),
            "tool.example/original": `copy of ${hidden}`,
          },
        },
        stringData: { a: plain, b: hidden },
        data: { c: encoded },
      };
      const rules = [{ apiGroups: [""], apiVersions: ["v1"], operations: ["*"], resources: ["secrets"] }];
      const quotes = "'found ' + object.stringData.a + ' and ' + string(base64.decode(object.data.c))";
      await enforcement.applyPolicy(
        policyObject("p", {
          matchConstraints: { resourceRules: rules },
          validations: [{ expression: "false", messageExpression: quotes }, { expression: "object.data.c == ''" }],
        }),
      );
      const request = podRequest(secret, {
        kind: { group: "", version: "v1", kind: "Secret" },
        resource: { group: "", version: "v1", resource: "secrets" },
        operation: "UPDATE",
        oldObject: secret,
      });
      const { response } = await enforcement.review(request, { timeoutMs: 10_000 });
      assert.ok(response.status?.message.includes(plain), "the user who sent it is told");
      assert.deepEqual([bugs, storeFailures], [[], []]);
      const record = await store.admissions.get("uid-1");
      assert.equal(record?.replayable, false);
      assert.match(record?.decision.rules[0]?.message ?? "", /withheld/);
      assert.match(JSON.stringify(record?.inputs), /sha256:[0-9a-f]{64}/);
      const files = readdirSync(folder).map((name) => readFileSync(join(folder, name)));
      for (const value of [plain, hidden, decodedText, encoded]) {
        assert.ok(!files.some((bytes) => bytes.includes(value)), `${value} is in the store`);
      }
      assert.ok(
        files.some((bytes) => bytes.includes("uid-1")),
        "the store's bytes were looked at",
      );
    } finally {
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
