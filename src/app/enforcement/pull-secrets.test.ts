/** Registries are asked with the pull secrets of the Pod that is judged, and nobody else sees what they let see (C10). */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  AmapError,
  encodeBase64,
  encodeUtf8,
  LIMITS,
  memberOf,
  type Value,
  type ValueObject,
} from "../../base/index.ts";
import { type Cluster, type OciStorage, SECRETS, SERVICE_ACCOUNTS } from "../../ports/index.ts";
import {
  createEnforcementFixture,
  type EnforcementFixture,
  podRequest,
  policyObject,
  writeTestImage,
} from "../../testing/enforcement-fixture.ts";
import { createFakeCluster, type FakeCluster } from "../../testing/fake-cluster.ts";
import { createFakeWorld, FAKE_NOW, type FakeWorld } from "../../testing/fake-world.ts";
import type { Reviewed } from "./enforcement.ts";

const REPOSITORY = "registry.example/shop";
const IMAGE = `${REPOSITORY}:v1`;
const TOKEN = "c2hvcDpyZWQ=";
/** Holds where the image could be looked at, and nobody signed it. */
const LOOKED = "images.containers.all(i, verifyImageSignatures(i, [attestors.builder]) == 0)";

interface PrivateWorld {
  readonly world: FakeWorld;
  /** How often the registry was asked with logins that it takes, and without. */
  readonly asked: { let: number; refused: number };
}

/** A world whose one registry lets those in who have this login. */
async function privateWorld(refusal = "REGISTRY_UNAUTHORIZED" as const): Promise<PrivateWorld> {
  const fake = createFakeWorld();
  await writeTestImage(fake, REPOSITORY);
  const asked = { let: 0, refused: 0 };
  const refuse = async (): Promise<never> => {
    asked.refused++;
    throw new AmapError(refusal, `${REPOSITORY} was not read`);
  };
  const shut = (storage: OciStorage): OciStorage => ({ ...storage, resolve: refuse, readManifest: refuse });
  const world: FakeWorld = {
    ...fake,
    openStorage: async (target, options = {}) => {
      const storage = await fake.openStorage(target, options);
      const texts = (options.logins ?? []).map(({ bytes }) => new TextDecoder().decode(bytes));
      if (!texts.some((text) => text.includes(TOKEN))) return shut(storage);
      asked.let++;
      return storage;
    },
  };
  return { world, asked };
}

const cluster = (): FakeCluster =>
  createFakeCluster(
    [SECRETS, SERVICE_ACCOUNTS].map((kind) => ({ ...kind, hasStatus: false })),
    { now: () => FAKE_NOW },
  );

/** A Secret as `kubectl create secret docker-registry` makes it. */
function pullSecret(namespace: string, name: string, more: { readonly [key: string]: Value } = {}): Value {
  const document = JSON.stringify({ auths: { "registry.example": { auth: TOKEN } } });
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { namespace, name },
    type: "kubernetes.io/dockerconfigjson",
    data: { ".dockerconfigjson": encodeBase64(encodeUtf8(document)) },
    ...more,
  };
}

function podIn(namespace: string, secrets: readonly string[], spec: { readonly [key: string]: Value } = {}): Value {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "web", namespace },
    spec: {
      containers: [{ name: "a", image: IMAGE }],
      ...(secrets.length === 0 ? {} : { imagePullSecrets: secrets.map((name) => ({ name })) }),
      ...spec,
    },
  };
}

interface Place extends PrivateWorld {
  readonly fixture: EnforcementFixture;
  readonly cluster: FakeCluster;
  readonly review: (object: Value, namespace?: string) => Promise<Reviewed>;
}

async function using(
  objects: readonly Value[],
  run: (place: Place) => Promise<void>,
  pullSecrets?: (cluster: FakeCluster) => Pick<Cluster, "get"> | undefined,
): Promise<void> {
  const [{ world, asked }, kube] = [await privateWorld(), cluster()];
  for (const object of objects) {
    const kind = memberOf(object, "kind") === "Secret" ? SECRETS : SERVICE_ACCOUNTS;
    await kube.create(kind, object);
  }
  const reader = pullSecrets === undefined ? kube : pullSecrets(kube);
  const fixture = await createEnforcementFixture({
    world,
    ...(reader === undefined ? {} : { pullSecrets: reader }),
  });
  try {
    await fixture.enforcement.applyPolicy(policyObject("p", { validations: [{ expression: LOOKED }] }));
    const review: Place["review"] = (object, namespace = "shop") =>
      fixture.enforcement.review(podRequest(object, { namespace }), { timeoutMs: 5_000 });
    await run({ world, asked, fixture, cluster: kube, review });
    assert.deepEqual(fixture.bugs, []);
  } finally {
    await fixture.store.close();
  }
}

const saidOf = ({ decision }: Reviewed): string =>
  (decision?.rules ?? [])
    .map(({ status, code = "", message = "" }) => `${status} ${code} ${message}`.trim())
    .join("; ");

describe("whose Secrets", () => {
  const account = (name: string, ...secrets: readonly string[]): Value => ({
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { namespace: "shop", name },
    imagePullSecrets: secrets.map((secret) => ({ name: secret })),
  });
  const template = (object: Value): Value => ({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace: "shop" },
    spec: { template: { metadata: {}, spec: memberOf(object, "spec") ?? {} } },
  });
  const rows: readonly (readonly [name: string, objects: readonly Value[], pod: Value, isLet: boolean])[] = [
    ["the Pod's own", [pullSecret("shop", "red")], podIn("shop", ["red"]), true],
    ["one of several", [pullSecret("shop", "red")], podIn("shop", ["blue", "red"]), true],
    ["none is named, and the default ServiceAccount names none", [pullSecret("shop", "red")], podIn("shop", []), false],
    [
      "those of the default ServiceAccount",
      [pullSecret("shop", "red"), account("default", "red")],
      podIn("shop", []),
      true,
    ],
    [
      "those of the Pod's ServiceAccount",
      [pullSecret("shop", "red"), account("web", "red"), account("default")],
      podIn("shop", [], { serviceAccountName: "web" }),
      true,
    ],
    [
      "those of another ServiceAccount",
      [pullSecret("shop", "red"), account("web", "red"), account("default")],
      podIn("shop", []),
      false,
    ],
    [
      "a ServiceAccount counts only where the Pod names none",
      [pullSecret("shop", "red"), account("default", "red")],
      podIn("shop", ["blue"]),
      false,
    ],
    ["a Secret of another namespace", [pullSecret("bank", "red")], podIn("shop", ["red"]), false],
    [
      "the older type",
      [
        pullSecret("shop", "red", {
          type: "kubernetes.io/dockercfg",
          data: { ".dockercfg": encodeBase64(encodeUtf8(JSON.stringify({ "registry.example": { auth: TOKEN } }))) },
        }),
      ],
      podIn("shop", ["red"]),
      true,
    ],
    ["a controller's template", [pullSecret("shop", "red")], template(podIn("shop", ["red"])), true],
  ];
  for (const [name, objects, object, isLet] of rows) {
    test(name, () =>
      using(objects, async ({ review, fixture }) => {
        const reviewed = await review(object);
        const metadata = { name: "web", namespace: "shop", uid: "u" };
        const scanned = await fixture.enforcement.scan({ ...(object as ValueObject), metadata });
        if (memberOf(object, "kind") === "Pod") {
          assert.equal(reviewed.response.allowed, isLet, saidOf(reviewed));
          if (!isLet) assert.match(saidOf(reviewed), /^error REGISTRY_UNAUTHORIZED/);
        }
        assert.equal(scanned?.decision.allowed, isLet);
      }),
    );
  }
  test("without the setting no Secret is read", () =>
    using(
      [pullSecret("shop", "red")],
      async ({ review, cluster: kube }) => {
        assert.match(saidOf(await review(podIn("shop", ["red"]))), /^error REGISTRY_UNAUTHORIZED [^;]*$/);
        assert.equal(kube.calls.get("get"), undefined);
      },
      () => undefined,
    ));
  test("pinning uses them, too", () =>
    using([pullSecret("shop", "red")], async ({ fixture }) => {
      await fixture.enforcement.applyPolicy(
        policyObject("p", { validations: [{ expression: LOOKED }], validationConfigurations: { mutateDigest: true } }),
      );
      const pin = (secrets: readonly string[]): Promise<Reviewed> =>
        fixture.enforcement.pin(podRequest(podIn("shop", secrets)), { timeoutMs: 5_000 });
      assert.equal((await pin(["red"])).response.patch?.length, 1);
      const { response } = await pin(["blue"]);
      assert.equal(response.patch, undefined);
      assert.match(String(response.warnings), /could not pin .*the Secret shop\/blue was not used: CLUSTER_NOT_FOUND/);
    }));
});

describe("a Secret that cannot be used is told where the registry refuses, and never admits", () => {
  const broken = (more: { readonly [key: string]: Value }): readonly Value[] => [pullSecret("shop", "red", more)];
  const holding = (document: unknown): { readonly [key: string]: Value } => ({
    data: { ".dockerconfigjson": encodeBase64(encodeUtf8(JSON.stringify(document))) },
  });
  const rows: readonly (readonly [name: string, objects: readonly Value[], expected: RegExp])[] = [
    ["missing", [], /the Secret shop\/red was not used: CLUSTER_NOT_FOUND/],
    [
      "of another type",
      broken({ type: "Opaque" }),
      /shop\/red was not used: JSON_INVALID: expected the type .* found "Opaque"/,
    ],
    ["without its entry", broken({ data: {} }), /shop\/red was not used: JSON_INVALID/],
    ["with the entry of the other type", broken({ data: { ".dockercfg": "e30=" } }), /was not used: JSON_INVALID/],
    ["no base64", broken({ data: { ".dockerconfigjson": "?" } }), /was not used: JSON_INVALID/],
    ["no JSON", broken({ data: { ".dockerconfigjson": encodeBase64(encodeUtf8("{")) } }), /was not used: JSON_INVALID/],
    ["without logins", broken(holding({})), /was not used: JSON_INVALID: expected JSON with an object of logins/],
    [
      "with a login that is none",
      broken(holding({ auths: { "registry.example": TOKEN } })),
      /was not used: JSON_INVALID/,
    ],
    [
      "with a login that is no name and password",
      broken(holding({ auths: { "registry.example": { auth: encodeBase64(encodeUtf8("no colon")) } } })),
      /was not used: JSON_INVALID: expected JSON with an object of logins/,
    ],
    [
      "with a login that is no base64",
      broken(holding({ auths: { "other.example": { auth: "?" } } })),
      /was not used: JSON_INVALID: expected JSON with an object of logins/,
    ],
    [
      "with two lists of logins",
      broken({
        data: {
          ".dockerconfigjson": encodeBase64(
            encodeUtf8(`{"auths":{},"auths":{"registry.example":{"auth":"${TOKEN}"}}}`),
          ),
        },
      }),
      /was not used: JSON_INVALID: expected JSON with an object of logins/,
    ],
    [
      "too large",
      broken(holding({ auths: {}, more: "x".repeat(LIMITS.pullSecretBytes) })),
      /was not used: LIMIT_EXCEEDED/,
    ],
  ];
  for (const [name, objects, expected] of rows) {
    test(name, () =>
      using(objects, async ({ review }) => {
        const reviewed = await review(podIn("shop", ["red"]));
        assert.equal(reviewed.response.allowed, false);
        const said = saidOf(reviewed);
        assert.match(said, /^error REGISTRY_UNAUTHORIZED/);
        assert.match(said, expected);
        assert.ok(!said.includes(TOKEN));
      }),
    );
  }
  test("more than are read", () => {
    const names = Array.from({ length: LIMITS.pullSecrets + 1 }, (_, place) => `s${place}`);
    return using([pullSecret("shop", `s${LIMITS.pullSecrets}`)], async ({ review, cluster: kube }) => {
      assert.match(saidOf(await review(podIn("shop", names))), /expected at most 16 pull secrets, found 17/);
      assert.equal(kube.calls.get("get"), LIMITS.pullSecrets);
    });
  });
  test("one that cannot be read does not keep a good one from being used", () =>
    using([pullSecret("shop", "red"), pullSecret("shop", "blue", { type: "Opaque" })], async ({ review }) => {
      assert.equal((await review(podIn("shop", ["blue", "red"]))).response.allowed, true);
    }));
  test("amap may not read Secrets", () =>
    using(
      [],
      async ({ review }) => {
        const reviewed = await review(podIn("shop", ["red"]));
        assert.equal(reviewed.response.allowed, false);
        assert.match(saidOf(reviewed), /the Secret shop\/red was not used: CLUSTER_FORBIDDEN/);
      },
      () => ({
        get: async () => {
          throw new AmapError("CLUSTER_FORBIDDEN", "secrets is forbidden");
        },
      }),
    ));
  test("an API server that hangs leaves time for the registry", () =>
    using(
      [],
      async ({ review, world }) => {
        const startedAt = world.clock.now();
        const progress = { isDone: false };
        const work = review(podIn("shop", ["red"])).finally(() => {
          progress.isDone = true;
        });
        for (let turn = 0; turn < 400 && !progress.isDone; turn++) {
          await new Promise((resolve) => setTimeout(resolve, 2));
          if (turn > 10 && !progress.isDone) world.clock.advance(100);
        }
        assert.match(saidOf(await work), /REGISTRY_UNAUTHORIZED.*the API server was too slow/);
        assert.ok(world.clock.now() - startedAt < 2_500);
      },
      () => ({ get: () => new Promise<never>(() => {}) }),
    ));
});

describe("what is found with Secrets is for those who have them (C10)", () => {
  test("a Pod of another namespace is not answered from what was found for this one", () =>
    using([pullSecret("shop", "red")], async ({ review, asked }) => {
      assert.equal((await review(podIn("shop", ["red"]))).response.allowed, true);
      const other = await review(podIn("bank", ["red"]), "bank");
      assert.equal(other.response.allowed, false);
      assert.match(saidOf(other), /^error REGISTRY_UNAUTHORIZED .*the Secret bank\/red/);
      assert.ok(!saidOf(other).includes("shop/red"));
      assert.equal(asked.refused > 0, true);
    }));
  test("nor a Pod of this namespace that names no Secret", () =>
    using([pullSecret("shop", "red")], async ({ review }) => {
      assert.equal((await review(podIn("shop", ["red"]))).response.allowed, true);
      assert.equal((await review(podIn("shop", []))).response.allowed, false);
    }));
  test("nor through the store that replicas share", () =>
    using([pullSecret("shop", "red")], async ({ review, world, fixture }) => {
      assert.equal((await review(podIn("shop", ["red"]))).response.allowed, true);
      const replica = await createEnforcementFixture({ world, store: fixture.store, pullSecrets: cluster() });
      await replica.enforcement.applyPolicy(policyObject("p", { validations: [{ expression: LOOKED }] }));
      const reviewed = await replica.enforcement.review(podRequest(podIn("shop", ["red"])), { timeoutMs: 5_000 });
      assert.equal(reviewed.response.allowed, false);
    }));
  test("two at the same time hear nothing of one another's Secrets", () =>
    using([], async ({ review }) => {
      const [one, other] = await Promise.all([review(podIn("shop", ["red"])), review(podIn("bank", ["blue"]), "bank")]);
      assert.match(saidOf(one), /shop\/red/);
      assert.ok(!saidOf(one).includes("bank/blue"));
      assert.match(saidOf(other), /bank\/blue/);
      assert.ok(!saidOf(other).includes("shop/red"));
    }));
  test("those of the same namespace with the same Secret share it: the registry and the API server are asked once", () =>
    using([pullSecret("shop", "red")], async ({ review, asked, cluster: kube }) => {
      for (let count = 0; count < 3; count++) {
        assert.equal((await review(podIn("shop", ["red"]))).response.allowed, true);
      }
      assert.deepEqual(asked, { let: 1, refused: 0 });
      assert.equal(kube.calls.get("get"), 1);
    }));
  test("a Secret that was taken away or changed counts after ten seconds", () =>
    using([pullSecret("shop", "red")], async ({ review, world, cluster: kube }) => {
      assert.equal((await review(podIn("shop", ["red"]))).response.allowed, true);
      const patch = {
        type: "merge",
        patch: { data: { ".dockerconfigjson": encodeBase64(encodeUtf8('{"auths":{}}')) } },
      } as const;
      await kube.patch(SECRETS, { namespace: "shop", name: "red" }, patch);
      world.clock.advance(10_001);
      assert.equal((await review(podIn("shop", ["red"]))).response.allowed, false);
    }));
  test("what cannot be read is read anew at once", () =>
    using([], async ({ review, cluster: kube }) => {
      assert.equal((await review(podIn("shop", ["red"]))).response.allowed, false);
      await kube.create(SECRETS, pullSecret("shop", "red"));
      assert.equal((await review(podIn("shop", ["red"]))).response.allowed, true);
    }));
});
