import assert from "node:assert/strict";
import { test } from "node:test";
import { isAmapError } from "../base/index.ts";
import type { ResourceIdentity, ResourceResult, ResultRow } from "./result-store.ts";
import type { Store } from "./store.ts";

const TIME = "2026-01-02T03:04:05Z";
const LATER = "2026-01-02T04:00:00Z";

interface ResultOptions {
  readonly resource?: Partial<ResourceIdentity>;
  readonly at?: string;
  readonly allowed?: boolean;
  readonly images?: readonly {
    readonly repository: string;
    readonly digest: ResourceResult["images"][number]["digest"];
  }[];
  /** `policy/rule` → status. */
  readonly rules?: Readonly<Record<string, ResultRow["status"]>>;
}

export function resultOf(name: string, options: ResultOptions = {}): ResourceResult {
  const rules = Object.entries(options.rules ?? {}).map(([id, status]) => {
    const [policy = "", rule = ""] = id.split("/");
    return { policy, rule, status, ...(status === "fail" ? { message: `${rule} failed`, code: "NO_SIGNATURES" } : {}) };
  });
  return {
    resource: {
      cluster: "local",
      apiVersion: "apps/v1",
      kind: "Deployment",
      namespace: "shop",
      name,
      ...options.resource,
    },
    checkedAt: options.at ?? TIME,
    process: "background",
    decision: { resource: `Deployment shop/${name}`, allowed: options.allowed ?? true, images: [], rules },
    images: (options.images ?? []).map(({ repository, digest }) => ({
      image: `${repository}:v1`,
      repository,
      ...(digest === undefined ? {} : { digest }),
      unpinned: true,
    })),
  };
}

/** What every store does with results and their history. */
export function resultStoreContract(open: () => Store): void {
  test("what differs from before is returned, written down, and nothing else", async () => {
    const store = open();
    const changes = async (rules: Readonly<Record<string, ResultRow["status"]>>, at: string): Promise<unknown> =>
      (await store.results.record(resultOf("app", { rules, at }))).map(({ policy, rule, from, to }) => [
        policy,
        rule,
        from,
        to,
      ]);
    assert.deepEqual(await changes({ "p/one": "pass", "p/two": "fail" }, TIME), [
      ["p", "one", undefined, "pass"],
      ["p", "two", undefined, "fail"],
    ]);
    assert.deepEqual(await changes({ "p/one": "pass", "p/two": "fail" }, LATER), []);
    assert.deepEqual(await changes({ "p/one": "fail", "q/new": "warn" }, "2026-01-03T00:00:00Z"), [
      ["p", "one", "pass", "fail"],
      ["q", "new", undefined, "warn"],
      ["p", "two", "fail", undefined],
    ]);
    const history = await store.results.history({ limit: 10 });
    assert.deepEqual(
      history.items.map((change) => `${change.rule} ${change.from} ${change.to} ${change.at}`),
      [
        "two fail undefined 2026-01-03T00:00:00Z",
        "new undefined warn 2026-01-03T00:00:00Z",
        "one pass fail 2026-01-03T00:00:00Z",
        `two undefined fail ${TIME}`,
        `one undefined pass ${TIME}`,
      ],
    );
    const first = await store.results.history({ limit: 2 });
    const second = await store.results.history({ limit: 9, cursor: first.next ?? "" });
    assert.deepEqual([...first.items, ...second.items], history.items);
    for (const [query, count] of [
      [{ policy: "q" }, 1],
      [{ namespace: "shop" }, 5],
      [{ namespace: "other" }, 0],
      [{ kind: "Deployment", name: "app" }, 5],
      [{ kind: "Pod" }, 0],
    ] as const) {
      assert.equal((await store.results.history({ limit: 9, ...query })).items.length, count, JSON.stringify(query));
    }
  });

  test("a status is known since it was first seen; the last check is known too", async () => {
    const store = open();
    await store.results.record(resultOf("app", { rules: { "p/r": "fail" } }));
    await store.results.record(resultOf("app", { rules: { "p/r": "fail" }, at: LATER }));
    const [row] = (await store.results.list({ limit: 1 })).items;
    assert.deepEqual(row, {
      resource: resultOf("app").resource,
      policy: "p",
      rule: "r",
      status: "fail",
      code: "NO_SIGNATURES",
      message: "r failed",
      checkedAt: LATER,
      since: TIME,
    });
  });

  test("the last decision about a resource comes back as it was", async () => {
    const store = open();
    const result = resultOf("app", {
      rules: { "p/r": "fail" },
      resource: { uid: "u-1" },
      images: [{ repository: "r/x", digest: undefined }],
    });
    await store.results.record(result);
    assert.deepEqual(await store.results.get(result.resource), result);
    assert.deepEqual(await store.results.get({ ...result.resource, apiVersion: "apps/v1beta1", uid: "other" }), result);
    assert.equal(await store.results.get({ ...result.resource, apiVersion: "other/v1" }), undefined);
    assert.equal(await store.results.get({ ...result.resource, cluster: "other" }), undefined);
  });

  test("a resource without a namespace is not the one in a namespace", async () => {
    const store = open();
    const { namespace: _, ...clusterWide } = resultOf("app").resource;
    await store.results.record({ ...resultOf("app", { rules: { "p/r": "pass" } }), resource: clusterWide });
    await store.results.record(resultOf("app", { rules: { "p/r": "fail" } }));
    const { items } = await store.results.list({ limit: 9 });
    assert.deepEqual(
      items.map((row) => [row.resource.namespace, row.status]),
      [
        ["shop", "fail"],
        [undefined, "pass"],
      ],
    );
    assert.equal(Object.hasOwn(items[1]?.resource ?? {}, "namespace"), false);
  });

  test("a rule with several outcomes counts by its worst", async () => {
    const store = open();
    const result = resultOf("app");
    const rules = (["pass", "error", "fail"] as const).map((status) => ({ policy: "p", rule: "r", status }));
    await store.results.record({ ...result, decision: { ...result.decision, rules } });
    assert.deepEqual(
      (await store.results.list({ limit: 9 })).items.map((row) => row.status),
      ["error"],
    );
  });

  resultLists(open);
  goneResources(open);

  test("hostile names come back as they were, and very long ones are refused whole", async () => {
    const store = open();
    const name = "\0'\"; DROP TABLE results; --\ud800\u0010<b>";
    await store.results.record(
      resultOf(name, { rules: { [`${name.replaceAll("/", "")}/r`]: "fail" }, resource: { namespace: name } }),
    );
    const [row] = (await store.results.list({ limit: 9, namespace: name, search: name })).items;
    assert.deepEqual([row?.resource.name, row?.policy], [name, name]);
    const long = resultOf("x".repeat(600), { rules: { "p/r": "fail" } });
    await assert.rejects(store.results.record(long), (error) => isAmapError(error, "LIMIT_EXCEEDED"));
    assert.equal((await store.results.list({ limit: 9 })).items.length, 1);
  });
}

function resultLists(open: () => Store): void {
  const filters: readonly (readonly [string, Parameters<Store["results"]["list"]>[0], readonly string[]])[] = [
    ["all, worst first", { limit: 9 }, ["b e", "a f", "b f", "a p", "c p", "a s"]],
    ["a status", { limit: 9, status: "fail" }, ["a f", "b f"]],
    ["a policy", { limit: 9, policy: "other" }, ["c p"]],
    ["a rule", { limit: 9, rule: "f" }, ["a f", "b f"]],
    ["a namespace", { limit: 9, namespace: "web" }, ["c p"]],
    ["a kind", { limit: 9, kind: "Pod" }, ["c p"]],
    ["a cluster", { limit: 9, cluster: "other" }, []],
    ["part of the name", { limit: 9, search: "-B" }, ["b e", "b f"]],
    ["an image", { limit: 9, image: `r/x@sha256:${"a".repeat(64)}` }, ["a f", "a p", "a s"]],
    ["an image that nobody runs", { limit: 9, image: "r/x@sha256:0" }, []],
    ["no image", { limit: 9, image: "" }, []],
  ];
  test("results are found by each filter, in their order, page by page", async () => {
    const store = open();
    const digest = `sha256:${"a".repeat(64)}` as const;
    await store.results.record(
      resultOf("app-a", {
        rules: { "p/p": "pass", "p/f": "fail", "p/s": "skip" },
        images: [{ repository: "r/x", digest }],
      }),
    );
    await store.results.record(resultOf("app-b", { rules: { "p/f": "fail", "p/e": "error" } }));
    await store.results.record(
      resultOf("app-c", {
        rules: { "other/p": "pass" },
        resource: { kind: "Pod", namespace: "web", apiVersion: "v1" },
      }),
    );
    const short = (row: ResultRow): string => `${row.resource.name.slice(-1)} ${row.rule}`;
    for (const [name, query, expected] of filters) {
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await store.results.list({ ...query, limit: 2, ...(cursor === undefined ? {} : { cursor }) });
        seen.push(...page.items.map(short));
        cursor = page.next;
      } while (cursor !== undefined);
      assert.deepEqual(seen, expected, name);
    }
  });
}

function goneResources(open: () => Store): void {
  test("a removed resource leaves its history", async () => {
    const store = open();
    const result = resultOf("app", { rules: { "p/r": "fail" } });
    await store.results.record(result);
    await store.results.remove(result.resource, LATER);
    await store.results.remove(result.resource, LATER);
    assert.equal(await store.results.get(result.resource), undefined);
    assert.deepEqual((await store.results.list({ limit: 9 })).items, []);
    const [last, ...rest] = (await store.results.history({ limit: 9 })).items;
    assert.deepEqual([last?.from, last?.to, last?.at, rest.length], ["fail", undefined, LATER, 1]);
  });

  test("resources of a cluster that were not seen again are pruned", async () => {
    const store = open();
    await store.results.record(resultOf("old", { rules: { "p/r": "fail" } }));
    await store.results.record(resultOf("new", { rules: { "p/r": "fail" }, at: LATER }));
    await store.results.record(resultOf("other", { rules: { "p/r": "fail" }, resource: { cluster: "other" } }));
    assert.equal(await store.results.prune("local", LATER, LATER), 1);
    assert.equal(await store.results.prune("local", LATER, LATER), 0);
    const names = (await store.results.list({ limit: 9 })).items.map((row) => row.resource.name);
    assert.deepEqual(names.toSorted(), ["new", "other"]);
  });
}
