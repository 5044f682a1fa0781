import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { isAmapError, memberOf, type Value } from "../base/index.ts";
import type { Cluster, ClusterEvent, ClusterKind, ClusterSelection } from "./cluster.ts";

/** A cluster under test. It serves {@link CONTRACT_KINDS}, or makes custom kinds of CustomResourceDefinitions. */
export interface ClusterUnderTest {
  readonly cluster: Cluster;
  readonly dispose: () => Promise<void>;
}

const kindOf = (group: string, version: string, resource: string, kind: string, namespaced: boolean): ClusterKind => ({
  group,
  version,
  resource,
  kind,
  namespaced,
});
const CONFIG_MAP = kindOf("", "v1", "configmaps", "ConfigMap", true);
const NAMESPACE = kindOf("", "v1", "namespaces", "Namespace", false);
const CRD = kindOf("apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition", false);
const WIDGET = kindOf("contract.amap.test", "v1", "widgets", "Widget", true);
const ABSENT = kindOf("absent.amap.test", "v1", "nothings", "Nothing", true);

/** The kinds that a fake must serve for the contract. */
export const CONTRACT_KINDS: readonly (ClusterKind & { readonly hasStatus?: boolean })[] = [
  CONFIG_MAP,
  NAMESPACE,
  CRD,
  { ...WIDGET, hasStatus: true },
];

const WIDGET_CRD: Value = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "widgets.contract.amap.test" },
  spec: {
    group: WIDGET.group,
    scope: "Namespaced",
    names: { plural: "widgets", singular: "widget", kind: "Widget", listKind: "WidgetList" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
      },
    ],
  },
};

/** What every Cluster must do. `open` gives one cluster for all tests, which each use a namespace of their own. */
export function clusterContract(name: string, open: () => Promise<ClusterUnderTest>): void {
  describe(`Cluster contract: ${name}`, () => {
    let under: ClusterUnderTest;
    let made = 0;
    before(async () => {
      under = await open();
      await serveWidgets(under.cluster);
    });
    after(async () => under.dispose());
    const test = (title: string, run: (scene: Scene) => Promise<void>): void => {
      it(title, async () => {
        made += 1;
        const namespace = `amap-contract-${made}`;
        const { cluster } = under;
        await cluster.create(NAMESPACE, { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
        await run({ cluster, namespace, ...sceneOf(namespace) });
      });
    };
    serverTests(test);
    readTests(test);
    rawTests(test);
    writeTests(test);
    patchTests(test);
    followTests(test);
  });
}

interface Scene {
  readonly cluster: Cluster;
  readonly namespace: string;
  readonly configMap: (name: string, data: Value, labels?: Value) => Value;
  readonly widget: (name: string, spec: Value) => Value;
  readonly named: (name: string) => { readonly namespace: string; readonly name: string };
}
type DefineTest = (title: string, run: (scene: Scene) => Promise<void>) => void;

function sceneOf(namespace: string): Pick<Scene, "configMap" | "widget" | "named"> {
  return {
    configMap: (name, data, labels = {}) => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { namespace, name, labels },
      data,
    }),
    widget: (name, spec) => ({
      apiVersion: "contract.amap.test/v1",
      kind: "Widget",
      metadata: { namespace, name },
      spec,
    }),
    named: (name) => ({ namespace, name }),
  };
}

async function serveWidgets(cluster: Cluster): Promise<void> {
  await cluster.create(CRD, WIDGET_CRD);
  for (let attempt = 0; attempt < 100; attempt += 1) {
    try {
      await collect(cluster.list(WIDGET));
      return;
    } catch (error) {
      if (!isAmapError(error, "CLUSTER_NOT_FOUND")) throw error;
      await wait(100);
    }
  }
  throw new Error("the widgets were never served");
}

function serverTests(test: DefineTest): void {
  test("it says its version, and an address without credentials", async ({ cluster }) => {
    assert.match(await cluster.version(), /^v\d+\.\d+\.\d+/);
    const url = new URL(cluster.address);
    assert.deepEqual([url.username, url.password, url.search], ["", "", ""]);
  });

  test("it tells its kinds, without subresources", async ({ cluster }) => {
    let kinds: readonly ClusterKind[] = [];
    // A server tells of a new kind some moments after it serves it.
    for (let attempt = 0; attempt < 100 && !kinds.some(({ kind }) => kind === "Widget"); attempt += 1) {
      kinds = await cluster.kinds();
      if (attempt > 0) await wait(100);
    }
    for (const { group, version, resource, kind, namespaced } of [CONFIG_MAP, NAMESPACE, CRD, WIDGET]) {
      const found = kinds.filter((one) => one.group === group && one.resource === resource);
      assert.deepEqual(found, [{ group, version, resource, kind, namespaced }]);
    }
    assert.deepEqual(
      kinds.filter(({ resource }) => resource.includes("/")),
      [],
    );
  });

  test("a kind that is not served is not found, in every call", async ({ cluster, named }) => {
    const object = { apiVersion: "absent.amap.test/v1", kind: "Nothing", metadata: named("x") };
    const calls: readonly (() => Promise<unknown>)[] = [
      () => cluster.get(ABSENT, named("x")),
      () => collect(cluster.list(ABSENT)),
      () => cluster.create(ABSENT, object),
      () => cluster.update(ABSENT, object),
      () => cluster.patch(ABSENT, named("x"), { type: "merge", patch: {} }),
      () => collect(cluster.follow(ABSENT, {}, AbortSignal.timeout(5_000))),
    ];
    for (const call of calls) await assert.rejects(call, { code: "CLUSTER_NOT_FOUND" });
  });

  test("names that lead to another path are refused", async ({ cluster, namespace }) => {
    for (const name of ["", ".", ".."]) {
      await assert.rejects(cluster.get(CONFIG_MAP, { namespace, name }), { code: "VALUE_INVALID" });
    }
    await assert.rejects(cluster.get(CONFIG_MAP, { name: "x" }), { code: "VALUE_INVALID" });
    assert.equal(await cluster.get(CONFIG_MAP, { namespace, name: "__proto__" }), undefined);
    assert.equal(await cluster.get(CONFIG_MAP, { namespace, name: "constructor" }), undefined);
  });
}

function readTests(test: DefineTest): void {
  test("an object that is not there is undefined", async ({ cluster, named }) => {
    assert.equal(await cluster.get(CONFIG_MAP, named("none")), undefined);
  });

  test("a list holds the objects of its namespace, each with its type", async ({ cluster, namespace, configMap }) => {
    for (const name of ["a", "b", "c"]) await cluster.create(CONFIG_MAP, configMap(name, { name }));
    const items = await collect(cluster.list(CONFIG_MAP, { namespace }));
    assert.deepEqual(items.map(nameIn).sort(), ["a", "b", "c"]);
    for (const item of items) {
      assert.deepEqual([memberOf(item, "apiVersion"), memberOf(item, "kind")], ["v1", "ConfigMap"]);
    }
  });

  const selections: readonly [selection: ClusterSelection, expected: readonly string[]][] = [
    [{ labelSelector: "app=web" }, ["a", "b"]],
    [{ labelSelector: "app!=web" }, ["c", "d"]],
    [{ labelSelector: "app in (web,db),tier" }, ["a"]],
    [{ labelSelector: "app notin (web)" }, ["c", "d"]],
    [{ labelSelector: "!app" }, ["d"]],
    [{ fieldSelector: "metadata.name=c" }, ["c"]],
    [{ fieldSelector: "metadata.name!=c", labelSelector: "app" }, ["a", "b"]],
  ];
  for (const [selection, expected] of selections) {
    test(`a list selects by ${JSON.stringify(selection)}`, async ({ cluster, namespace, configMap }) => {
      const labels: Readonly<Record<string, Value>> = {
        a: { app: "web", tier: "front" },
        b: { app: "web" },
        c: { app: "db" },
        d: {},
      };
      for (const [name, of] of Object.entries(labels)) await cluster.create(CONFIG_MAP, configMap(name, {}, of));
      const items = await collect(cluster.list(CONFIG_MAP, { namespace, ...selection }));
      assert.deepEqual(items.map(nameIn).sort(), expected);
    });
  }

  test("a selector that is not valid is refused", async ({ cluster }) => {
    await assert.rejects(collect(cluster.list(CONFIG_MAP, { labelSelector: "a b c" })), { code: "CLUSTER_REFUSED" });
    await assert.rejects(collect(cluster.list(CONFIG_MAP, { fieldSelector: "data.x=1" })), { code: "CLUSTER_REFUSED" });
  });
}

function rawTests(test: DefineTest): void {
  test("a path is asked as it is written", async ({ cluster, namespace, configMap }) => {
    for (const [name, app] of Object.entries({ a: "web", b: "db" })) {
      await cluster.create(CONFIG_MAP, configMap(name, { name }, { app }));
    }
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    const names = async (query: string): Promise<readonly string[]> => {
      const items = memberOf(await cluster.ask(`${path}${query}`), "items");
      assert.ok(Array.isArray(items));
      return (items as readonly Value[]).map(nameIn).sort();
    };
    assert.deepEqual(await names(""), ["a", "b"]);
    assert.deepEqual(await names("?labelSelector=app%3Dweb"), ["a"]);
    assert.deepEqual(await names("?labelSelector=app=db&fieldSelector=metadata.name=b"), ["b"]);
    assert.deepEqual(memberOf(await cluster.ask(`${path}/a`), "data"), { name: "a" });
    const version = memberOf(await cluster.ask("/version"), "gitVersion");
    assert.ok(typeof version === "string" && version.startsWith("v1."));
  });

  test("what is not there is not found, and never null", async ({ cluster, namespace }) => {
    for (const path of [
      `/api/v1/namespaces/${namespace}/configmaps/none`,
      "/apis/absent.amap.test/v1/nothings",
      "/nowhere",
    ]) {
      await assert.rejects(cluster.ask(path), { code: "CLUSTER_NOT_FOUND" }, path);
    }
  });

  for (const path of ["api/v1/pods", "/api/v1/../v1/pods", "/api//v1", "/api/v1/pods#x", "/api/v1/a b", "", "\\api"]) {
    test(`the path ${JSON.stringify(path)} is not asked`, async ({ cluster }) => {
      await assert.rejects(cluster.ask(path), { code: "VALUE_INVALID" });
    });
  }

  test("a review that is posted is answered", async ({ cluster, namespace }) => {
    const answer = await cluster.ask("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SelfSubjectAccessReview",
      spec: { resourceAttributes: { namespace, verb: "list", resource: "pods" } },
    });
    assert.equal(memberOf(memberOf(answer, "status"), "allowed"), true);
  });
}

function writeTests(test: DefineTest): void {
  test("what is created can be read, with uid, time and version", async ({ cluster, configMap, named }) => {
    const created = await cluster.create(CONFIG_MAP, configMap("a", { text: 'quote " newline \n ü', proto: "1" }));
    assert.deepEqual(await cluster.get(CONFIG_MAP, named("a")), created);
    assert.match(metadataText(created, "uid"), /^[0-9a-f-]{36}$/);
    assert.match(metadataText(created, "creationTimestamp"), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    assert.notEqual(metadataText(created, "resourceVersion"), "");
    assert.deepEqual(memberOf(created, "data"), { text: 'quote " newline \n ü', proto: "1" });
  });

  test("the server makes a name from generateName", async ({ cluster, namespace }) => {
    const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { namespace, generateName: "made-" } };
    const names = [nameIn(await cluster.create(CONFIG_MAP, object)), nameIn(await cluster.create(CONFIG_MAP, object))];
    assert.match(names[0] ?? "", /^made-\w{5}$/);
    assert.notEqual(names[0], names[1]);
  });

  test("a dry run answers and keeps nothing", async ({ cluster, configMap, named }) => {
    const created = await cluster.create(CONFIG_MAP, configMap("a", { x: "1" }), { dryRun: true });
    assert.deepEqual(memberOf(created, "data"), { x: "1" });
    assert.equal(await cluster.get(CONFIG_MAP, named("a")), undefined);
  });

  test("creating what exists is a conflict", async ({ cluster, configMap }) => {
    await cluster.create(CONFIG_MAP, configMap("a", {}));
    await assert.rejects(cluster.create(CONFIG_MAP, configMap("a", {})), { code: "CLUSTER_CONFLICT" });
  });

  test("an object that is not valid is refused with the server's words", async ({ cluster, configMap, named }) => {
    await assert.rejects(cluster.create(CONFIG_MAP, configMap("Not_A_Name", {})), (error) => {
      assert.ok(isAmapError(error, "CLUSTER_REFUSED"));
      assert.match(error.message, /ConfigMap "Not_A_Name" is invalid: metadata\.name/);
      return true;
    });
    const other = { apiVersion: "v1", kind: "Secret", metadata: named("a") };
    await assert.rejects(cluster.create(CONFIG_MAP, other), { code: "CLUSTER_REFUSED" });
    const { metadata: _, ...unnamed } = { ...(configMap("a", {}) as object), metadata: undefined };
    await assert.rejects(cluster.create(CONFIG_MAP, unnamed), { code: "VALUE_INVALID" });
  });

  test("an update replaces, and the same again changes nothing", async ({ cluster, configMap, named }) => {
    const created = await cluster.create(CONFIG_MAP, configMap("a", { x: "1", y: "1" }));
    const updated = await cluster.update(CONFIG_MAP, { ...(created as object), data: { x: "2" } });
    assert.deepEqual(memberOf(updated, "data"), { x: "2" });
    assert.equal(metadataText(updated, "uid"), metadataText(created, "uid"));
    assert.notEqual(metadataText(updated, "resourceVersion"), metadataText(created, "resourceVersion"));
    const again = await cluster.update(CONFIG_MAP, updated);
    assert.equal(metadataText(again, "resourceVersion"), metadataText(updated, "resourceVersion"));
    assert.deepEqual(await cluster.get(CONFIG_MAP, named("a")), updated);
  });

  test("an update of an old version is a conflict, of nothing is not found", async ({ cluster, configMap, named }) => {
    const created = await cluster.create(CONFIG_MAP, configMap("a", { x: "1" }));
    await cluster.update(CONFIG_MAP, { ...(created as object), data: { x: "2" } });
    const late = { ...(created as object), data: { x: "3" } };
    await assert.rejects(cluster.update(CONFIG_MAP, late), { code: "CLUSTER_CONFLICT" });
    assert.deepEqual(memberOf(await cluster.get(CONFIG_MAP, named("a")), "data"), { x: "2" });
    await assert.rejects(cluster.update(CONFIG_MAP, configMap("none", {})), { code: "CLUSTER_NOT_FOUND" });
  });

  test("status is changed by its subresource alone, and counts no generation", async ({ cluster, widget, named }) => {
    const created = await cluster.create(WIDGET, { ...(widget("w", { size: 1 }) as object), status: { ready: true } });
    assert.equal(memberOf(created, "status"), undefined);
    const asked = { ...(created as object), spec: { size: 2 }, status: { ready: true } };
    const status = await cluster.update(WIDGET, asked, { subresource: "status" });
    assert.deepEqual([memberOf(status, "spec"), memberOf(status, "status")], [{ size: 1 }, { ready: true }]);
    const merge = { spec: { size: 3 }, status: { ready: false } };
    const patched = await cluster.patch(WIDGET, named("w"), { type: "merge", patch: merge });
    assert.deepEqual([memberOf(patched, "spec"), memberOf(patched, "status")], [{ size: 3 }, { ready: true }]);
    const generations = [created, status, patched].map((object) =>
      memberOf(memberOf(object, "metadata"), "generation"),
    );
    assert.deepEqual(generations, [1, 1, 2]);
  });

  test("numbers and unusual keys come back as they went", async ({ cluster, widget, named }) => {
    const spec = { large: 9_007_199_254_740_993n, half: 0.5, constructor: "x", "": "empty", list: [1, null, []] };
    await cluster.create(WIDGET, widget("w", spec));
    assert.deepEqual(memberOf(await cluster.get(WIDGET, named("w")), "spec"), spec);
  });

  test("delete says whether there was one, and spares a successor", async ({ cluster, configMap, named }) => {
    const first = await cluster.create(CONFIG_MAP, configMap("a", {}));
    assert.equal(await cluster.delete(CONFIG_MAP, named("a")), true);
    assert.equal(await cluster.delete(CONFIG_MAP, named("a")), false);
    const second = await cluster.create(CONFIG_MAP, configMap("a", {}));
    assert.notEqual(metadataText(second, "uid"), metadataText(first, "uid"));
    assert.equal(await cluster.delete(CONFIG_MAP, named("a"), { uid: metadataText(first, "uid") }), false);
    assert.equal(await cluster.delete(CONFIG_MAP, named("a"), { uid: metadataText(second, "uid") }), true);
    assert.equal(await cluster.get(CONFIG_MAP, named("a")), undefined);
  });
}

function patchTests(test: DefineTest): void {
  test("a merge patch merges, null removes", async ({ cluster, configMap, named }) => {
    await cluster.create(CONFIG_MAP, configMap("a", { x: "1", y: "1" }));
    const patch = { data: { x: null, z: "3" } };
    const patched = await cluster.patch(CONFIG_MAP, named("a"), { type: "merge", patch });
    assert.deepEqual(memberOf(patched, "data"), { y: "1", z: "3" });
  });

  test("a JSON patch is applied whole or not at all", async ({ cluster, widget, named }) => {
    await cluster.create(WIDGET, widget("w", { "x/y": "1" }));
    const replace = { op: "replace", path: "/spec/x~1y", value: "2" };
    const good = [{ op: "test", path: "/spec/x~1y", value: "1" }, replace, { op: "add", path: "/spec/n", value: "3" }];
    const patched = await cluster.patch(WIDGET, named("w"), { type: "json", patch: good });
    assert.deepEqual(memberOf(patched, "spec"), { "x/y": "2", n: "3" });
    const bad = [
      { ...replace, value: "4" },
      { op: "test", path: "/spec/n", value: "other" },
    ];
    await assert.rejects(cluster.patch(WIDGET, named("w"), { type: "json", patch: bad }), { code: "CLUSTER_REFUSED" });
    assert.deepEqual(memberOf(await cluster.get(WIDGET, named("w")), "spec"), { "x/y": "2", n: "3" });
  });

  test("apply creates, then merges", async ({ cluster, configMap, named }) => {
    const apply = (data: Value): Promise<Value> =>
      cluster.patch(CONFIG_MAP, named("a"), { type: "apply", fieldManager: "contract", patch: configMap("a", data) });
    const created = await apply({ x: "1" });
    assert.deepEqual(memberOf(created, "data"), { x: "1" });
    const applied = await apply({ x: "2" });
    assert.deepEqual(memberOf(applied, "data"), { x: "2" });
    assert.equal(metadataText(applied, "uid"), metadataText(created, "uid"));
    const again = await apply({ x: "2" });
    assert.equal(metadataText(again, "resourceVersion"), metadataText(applied, "resourceVersion"));
  });

  test("a patch of nothing is not found, of an old version a conflict", async ({ cluster, configMap, named }) => {
    const created = await cluster.create(CONFIG_MAP, configMap("a", {}));
    await cluster.patch(CONFIG_MAP, named("a"), { type: "merge", patch: { data: { x: "1" } } });
    const { resourceVersion } = { resourceVersion: metadataText(created, "resourceVersion") };
    const late = { metadata: { resourceVersion }, data: { x: "2" } };
    await assert.rejects(cluster.patch(CONFIG_MAP, named("a"), { type: "merge", patch: late }), {
      code: "CLUSTER_CONFLICT",
    });
    await assert.rejects(cluster.patch(CONFIG_MAP, named("none"), { type: "merge", patch: {} }), {
      code: "CLUSTER_NOT_FOUND",
    });
  });
}

function followTests(test: DefineTest): void {
  test("following tells what is there, then each change", async ({ cluster, namespace, configMap, named }) => {
    await cluster.create(CONFIG_MAP, configMap("a", { x: "1" }));
    await using following = follow(cluster, CONFIG_MAP, { namespace });
    assert.deepEqual(await following.take(2), ["added a", "synced"]);
    await cluster.create(CONFIG_MAP, configMap("b", {}));
    await cluster.patch(CONFIG_MAP, named("a"), { type: "merge", patch: { data: { x: "2" } } });
    await cluster.delete(CONFIG_MAP, named("b"));
    assert.deepEqual(await following.take(3), ["added b", "modified a", "deleted b"]);
    const [added] = following.objects;
    assert.deepEqual([memberOf(added, "apiVersion"), memberOf(added, "kind")], ["v1", "ConfigMap"]);
  });

  test("an object that leaves the selection is deleted, one that comes into it added", async (scene) => {
    const { cluster, namespace, configMap, named } = scene;
    const label = (app: string): Promise<Value> =>
      cluster.patch(CONFIG_MAP, named("a"), { type: "merge", patch: { metadata: { labels: { app } } } });
    await cluster.create(CONFIG_MAP, configMap("a", {}, { app: "web" }));
    await using following = follow(cluster, CONFIG_MAP, { namespace, labelSelector: "app=web" });
    assert.deepEqual(await following.take(2), ["added a", "synced"]);
    await label("db");
    await label("web");
    assert.deepEqual(await following.take(2), ["deleted a", "added a"]);
  });

  test("two followers hear the same, and an aborted one ends", async ({ cluster, namespace, widget }) => {
    await using first = follow(cluster, WIDGET, { namespace });
    await using second = follow(cluster, WIDGET, { namespace });
    assert.deepEqual([await first.take(1), await second.take(1)], [["synced"], ["synced"]]);
    await cluster.create(WIDGET, widget("w", {}));
    assert.deepEqual([await first.take(1), await second.take(1)], [["added w"], ["added w"]]);
    await first[Symbol.asyncDispose]();
    assert.deepEqual(await first.take(1), []);
  });

  test("a follower that was aborted before it began ends at once", async ({ cluster, namespace }) => {
    assert.deepEqual(await collect(cluster.follow(CONFIG_MAP, { namespace }, AbortSignal.abort())), []);
  });
}

/** A follower whose events are taken one by one, as text. Some servers add objects of their own to each namespace. */
function follow(cluster: Cluster, kind: ClusterKind, selection: ClusterSelection) {
  const abort = new AbortController();
  const events = cluster.follow(kind, selection, abort.signal)[Symbol.asyncIterator]();
  const objects: Value[] = [];
  return {
    objects,
    async take(count: number): Promise<readonly string[]> {
      const told: string[] = [];
      while (told.length < count) {
        const { done, value } = await events.next();
        if (done === true) break;
        const event: ClusterEvent = value;
        if ("object" in event) objects.push(event.object);
        told.push("object" in event ? `${event.type} ${nameIn(event.object)}` : event.type);
      }
      return told;
    },
    async [Symbol.asyncDispose](): Promise<void> {
      abort.abort();
      await events.return?.();
    },
  };
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

function nameIn(object: Value): string {
  return metadataText(object, "name");
}

function metadataText(object: Value | undefined, key: string): string {
  const text = memberOf(memberOf(object, "metadata"), key);
  return typeof text === "string" ? text : "";
}
