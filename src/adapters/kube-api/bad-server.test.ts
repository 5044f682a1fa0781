import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import { LIMITS, type Value, writeJson } from "../../base/index.ts";
import type { Cluster, ClusterEvent, ClusterKind } from "../../ports/index.ts";
import { openScriptedServer, type ScriptedRequest, type ScriptedServer } from "../../testing/scripted-server.ts";
import { type OpenClusterOptions, openCluster } from "./index.ts";

const PODS: ClusterKind = { group: "", version: "v1", resource: "pods", kind: "Pod", namespaced: true };
const TOKEN = "secret-token-of-the-test";
const FAST: NonNullable<OpenClusterOptions["timing"]> = {
  headersMs: 10_000,
  silenceMs: 10_000,
  totalMs: 15_000,
  watchSeconds: [1, 1],
  watchMarginMs: 0,
  watchAtLeastMs: 100,
  requestRetryMs: 5,
  retryMs: [5, 40],
};

interface Scene {
  readonly cluster: Cluster;
  readonly server: ScriptedServer;
}

/** Runs a test against a server that plays `answer`, and closes everything. */
async function withServer(
  answer: (request: ScriptedRequest, response: ServerResponse) => void,
  run: (scene: Scene) => Promise<void>,
  options: Partial<OpenClusterOptions> = {},
): Promise<void> {
  const server = await openScriptedServer(answer);
  const folder = mkdtempSync(join(tmpdir(), "amap-kube-api-"));
  const kubeconfig = join(folder, "config");
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      clusters: [{ name: "c", cluster: { server: server.origin } }],
      users: [{ name: "u", user: { token: TOKEN } }],
      contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
      "current-context": "x",
    }),
  );
  const cluster = await openCluster({ kubeconfig, env: {}, timing: FAST, ...options });
  try {
    await run({ cluster, server });
  } finally {
    await cluster.close();
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

const send = (response: ServerResponse, status: number, body: Value, headers: Record<string, string> = {}): void => {
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(writeJson(body));
};
const pod = (name: string, resourceVersion: string, uid = `uid-${name}`): Value => ({
  metadata: { namespace: "n", name, uid, resourceVersion },
});
const podList = (items: readonly Value[], resourceVersion: string, next = ""): Value => ({
  kind: "PodList",
  apiVersion: "v1",
  metadata: { resourceVersion, continue: next },
  items,
});
const GONE: Value = { kind: "Status", status: "Failure", message: "too old", reason: "Expired", code: 410 };
const events = (response: ServerResponse, list: readonly Value[]): void => {
  if (!response.headersSent) response.writeHead(200).flushHeaders();
  for (const event of list) response.write(`${writeJson(event)}\n`);
};

async function follow(cluster: Cluster, until: (told: readonly string[]) => boolean): Promise<readonly string[]> {
  const abort = new AbortController();
  const told: string[] = [];
  for await (const event of cluster.follow(PODS, {}, abort.signal)) {
    told.push(describeEvent(event));
    if (until(told)) abort.abort();
  }
  return told;
}

function describeEvent(event: ClusterEvent): string {
  if (event.type === "interrupted") return `interrupted: ${event.message}`;
  if (event.type === "synced") return "synced";
  const { metadata } = event.object as {
    readonly metadata: { readonly name: string; readonly resourceVersion: string };
  };
  return `${event.type} ${metadata.name}@${metadata.resourceVersion}`;
}

async function collect(cluster: Cluster): Promise<number> {
  let count = 0;
  for await (const _ of cluster.list(PODS)) count += 1;
  return count;
}

describe("answers without an end", () => {
  it("a list of ever more pages is refused", async () => {
    let page = 0;
    await withServer(
      (_, response) => send(response, 200, podList([pod(`p${(page += 1)}`, "1")], "1", `next-${page}`)),
      async ({ cluster }) => {
        await assert.rejects(collect(cluster), { code: "LIMIT_EXCEEDED", message: /at most 50 pages/ });
      },
      { list: { pages: 50 } },
    );
    assert.equal(page, 50);
  });

  it("an object of more bytes than an object can have is refused before it is whole", async () => {
    await withServer(
      (_, response) => {
        response.writeHead(200);
        const more = (): void => {
          while (!response.destroyed && response.write(" ".repeat(1024 * 1024)));
          if (!response.destroyed) response.once("drain", more);
        };
        more();
      },
      async ({ cluster }) => {
        await assert.rejects(cluster.get(PODS, { namespace: "n", name: "a" }), { code: "LIMIT_EXCEEDED" });
      },
    );
  });

  it("a page that is too large is asked for in smaller ones", async () => {
    await withServer(
      ({ url }, response) => {
        if (url.searchParams.get("limit") === "500") {
          response.writeHead(200, { "content-length": LIMITS.clusterPageBytes + 1 }).flushHeaders();
        } else send(response, 200, podList([pod("a", "1")], "1"));
      },
      async ({ cluster }) => {
        assert.equal(await collect(cluster), 1);
      },
    );
  });

  it("a line of a watch without an end is dropped, and the kind is listed again", async () => {
    let lists = 0;
    await withServer(
      ({ url }, response) => {
        if (!url.searchParams.has("watch")) send(response, 200, podList([pod("a", String((lists += 1)))], "1"));
        else response.writeHead(200).end("x".repeat(LIMITS.clusterObjectBytes + 1));
      },
      async ({ cluster }) => {
        const told = await follow(cluster, (events) => events.filter((event) => event === "synced").length === 2);
        assert.deepEqual(told.slice(0, 2), ["added a@1", "synced"]);
        assert.match(told[2] ?? "", /^interrupted: expected an event of at most/);
        assert.deepEqual(told.slice(3), ["modified a@2", "synced"]);
      },
    );
  });
});

describe("servers that do not answer", () => {
  it("a request without an answer is given up", async () => {
    await withServer(
      () => {},
      async ({ cluster }) => {
        await assert.rejects(cluster.version(), {
          code: "CLUSTER_UNAVAILABLE",
          message: /no (?:answer|connection) in time/,
        });
      },
      { timing: { ...FAST, headersMs: 60, totalMs: 300 } },
    );
  });

  it("an answer that stops is given up, and a write is never made twice", async () => {
    await withServer(
      (_, response) => response.writeHead(200).write("{"),
      async ({ cluster, server }) => {
        const object = { apiVersion: "v1", kind: "Pod", metadata: { namespace: "n", name: "a" } };
        await assert.rejects(cluster.create(PODS, object), {
          code: "CLUSTER_UNAVAILABLE",
          message: /the answer stopped/,
        });
        assert.equal(server.requests.length, 1);
      },
      { timing: { ...FAST, silenceMs: 50 } },
    );
  });

  it("a closed port is CLUSTER_UNAVAILABLE", async () => {
    await withServer(
      () => {},
      async ({ cluster, server }) => {
        await server.close();
        await assert.rejects(cluster.version(), {
          code: "CLUSTER_UNAVAILABLE",
          message: "get version: connection refused",
        });
      },
    );
  });

  it("a silent watch is dropped and opened again from where it was", async () => {
    let watches = 0;
    await withServer(
      ({ url }, response) => {
        if (!url.searchParams.has("watch")) return send(response, 200, podList([], "7"));
        watches += 1;
        events(response, watches === 1 ? [] : [{ type: "ADDED", object: pod("a", "8") }]);
      },
      async ({ cluster, server }) => {
        const told = await follow(cluster, (events) => events.at(-1) === "added a@8");
        assert.deepEqual(told, ["synced", "interrupted: watch pods: the answer stopped", "synced", "added a@8"]);
        const versions = server.requests.map(({ url }) => url.searchParams.get("resourceVersion"));
        assert.deepEqual(versions, [null, "7", "7"]);
      },
    );
  });
});

describe("waiting and trying again", () => {
  it("429 with Retry-After is waited for, also for writes", async () => {
    let count = 0;
    await withServer(
      (_, response) =>
        (count += 1) === 1 ? send(response, 429, null, { "retry-after": "0" }) : send(response, 201, pod("a", "1")),
      async ({ cluster }) => {
        await cluster.create(PODS, { apiVersion: "v1", kind: "Pod", metadata: { namespace: "n", name: "a" } });
        assert.equal(count, 2);
      },
    );
  });

  it("a Retry-After of an hour is not waited for, and said", async () => {
    await withServer(
      (_, response) => send(response, 429, null, { "retry-after": "3600" }),
      async ({ cluster, server }) => {
        await assert.rejects(cluster.version(), (error: { code: string; details: Value }) => {
          assert.equal(error.code, "CLUSTER_UNAVAILABLE");
          assert.equal((error.details as { retryAfterMs: number }).retryAfterMs, 3_600_000);
          return true;
        });
        assert.equal(server.requests.length, 1);
      },
    );
  });

  it("a write that failed with 500 is not made again", async () => {
    await withServer(
      (_, response) => send(response, 500, { kind: "Status", message: "etcd" }),
      async ({ cluster, server }) => {
        const patch = { type: "merge", patch: {} } as const;
        await assert.rejects(cluster.patch(PODS, { namespace: "n", name: "a" }, patch), {
          code: "CLUSTER_UNAVAILABLE",
        });
        assert.equal(server.requests.length, 1);
      },
    );
  });

  it("failures of a follower are told with growing waits, up to the longest, until it goes on", async () => {
    let count = 0;
    await withServer(
      (_, response) => ((count += 1) <= 6 ? send(response, 503, null) : send(response, 200, podList([], "1"))),
      async ({ cluster }) => {
        const abort = new AbortController();
        const waits: number[] = [];
        for await (const event of cluster.follow(PODS, {}, abort.signal)) {
          if (event.type === "interrupted") waits.push(event.retryInMs);
          if (event.type === "synced" || waits.length === 3) abort.abort();
        }
        assert.ok(
          waits.every((ms, index) => ms >= Math.min(0.75 * 5 * 2 ** index, 30) - 1 && ms <= 40),
          waits.join(),
        );
      },
    );
  });
});

describe("a server that forgets", () => {
  for (const [how, gone] of [
    ["as a status", (response: ServerResponse) => send(response, 410, GONE)],
    ["as an event", (response: ServerResponse) => events(response, [{ type: "ERROR", object: GONE }])],
  ] as const) {
    it(`410 ${how} lists again: what is gone is deleted, what changed modified, the rest not told`, async () => {
      let lists = 0;
      await withServer(
        ({ url }, response) => {
          if (url.searchParams.has("watch")) return lists === 1 ? gone(response) : events(response, []);
          lists += 1;
          const first = [pod("same", "1"), pod("changed", "2"), pod("gone", "3"), pod("replaced", "4")];
          const second = [pod("same", "1"), pod("changed", "5"), pod("replaced", "6", "uid-new"), pod("new", "7")];
          send(response, 200, podList(lists === 1 ? first : second, String(lists * 10)));
        },
        async ({ cluster }) => {
          const told = await follow(cluster, (events) => events.filter((event) => event === "synced").length === 2);
          assert.deepEqual(told.slice(5), [
            "modified changed@5",
            "deleted replaced@4",
            "added replaced@6",
            "added new@7",
            "deleted gone@3",
            "synced",
          ]);
        },
      );
    });
  }

  it("410 between two pages starts the list over, and tells nothing twice", async () => {
    let lists = 0;
    await withServer(
      ({ url }, response) => {
        if (url.searchParams.has("watch")) return events(response, []);
        const isFirst = !url.searchParams.has("continue");
        if (isFirst) lists += 1;
        if (isFirst) send(response, 200, podList([pod("a", "1")], "1", "next"));
        else if (lists === 1) send(response, 410, GONE);
        else send(response, 200, podList([pod("b", "2")], "1"));
      },
      async ({ cluster }) => {
        const told = await follow(cluster, (events) => events.includes("synced"));
        assert.deepEqual(told, ["added a@1", "added b@2", "synced"]);
      },
    );
  });

  it("a plain list goes on with the token that the server offers", async () => {
    await withServer(
      ({ url }, response) => {
        const token = url.searchParams.get("continue");
        if (token === null) send(response, 200, podList([pod("a", "1")], "1", "old"));
        else if (token === "old") send(response, 410, { ...(GONE as object), metadata: { continue: "fresh" } });
        else send(response, 200, podList([pod("b", "2")], "2"));
      },
      async ({ cluster }) => {
        assert.equal(await collect(cluster), 2);
      },
    );
  });

  it("410 after each list is not asked for without a pause", async () => {
    await withServer(
      ({ url }, response) =>
        url.searchParams.has("watch") ? send(response, 410, GONE) : send(response, 200, podList([], "1")),
      async ({ cluster }) => {
        const told = await follow(cluster, (events) => events.filter((event) => event === "synced").length === 3);
        assert.deepEqual(told, ["synced", "synced", "interrupted: watch pods: too old", "synced"]);
      },
    );
  });

  it("bookmarks move the moment from which the next watch begins", async () => {
    let watches = 0;
    await withServer(
      ({ url }, response) => {
        if (!url.searchParams.has("watch")) return send(response, 200, podList([], "1"));
        watches += 1;
        if (watches > 1) return events(response, [{ type: "ADDED", object: pod("a", "60") }]);
        events(response, [{ type: "BOOKMARK", object: { kind: "Pod", metadata: { resourceVersion: "50" } } }]);
        response.end();
      },
      async ({ cluster, server }) => {
        assert.deepEqual(await follow(cluster, (events) => events.at(-1) === "added a@60"), ["synced", "added a@60"]);
        const [, first, second] = server.requests.map(({ url }) => url.searchParams);
        assert.deepEqual([first?.get("resourceVersion"), second?.get("resourceVersion")], ["1", "50"]);
        assert.equal(first?.get("allowWatchBookmarks"), "true");
      },
    );
  });
});

describe("answers that make no sense", () => {
  for (const [what, body] of [
    ["not JSON", "<html>"],
    ["half of JSON", '{"kind":"PodList","items":['],
    ["JSON that is no list", '{"kind":"Pod"}'],
    ["a list of numbers", '{"metadata":{"resourceVersion":"1"},"items":[1]}'],
    ["the key __proto__", '{"metadata":{"resourceVersion":"1"},"items":[{"__proto__":{}}]}'],
  ] as const) {
    it(`a list that is ${what} is CLUSTER_UNAVAILABLE`, async () => {
      await withServer(
        (_, response) => response.writeHead(200).end(body),
        async ({ cluster, server }) => {
          await assert.rejects(collect(cluster), { code: "CLUSTER_UNAVAILABLE" });
          assert.equal(server.requests.length, 1);
        },
      );
    });
  }

  for (const line of [
    "{",
    '{"type":"ADDED"}',
    '{"type":"NEW","object":{"metadata":{"resourceVersion":"2"}}}',
    "null",
  ]) {
    it(`the event ${line} is told as an interruption, and the kind is listed again`, async () => {
      await withServer(
        ({ url }, response) => {
          if (url.searchParams.has("watch")) response.writeHead(200).end(`${line}\n`);
          else send(response, 200, podList([], "1"));
        },
        async ({ cluster }) => {
          const told = await follow(cluster, (events) => events.filter((event) => event === "synced").length === 2);
          assert.match(told[1] ?? "", /^interrupted: watch pods: the server sent something that is no event/);
        },
      );
    });
  }
});

describe("C10: the token stays with the server it belongs to", () => {
  for (const status of [301, 302, 307, 308]) {
    it(`a ${status} to another host is not followed`, async () => {
      const other = await openScriptedServer((_, response) => send(response, 200, {}));
      await withServer(
        (_, response) => response.writeHead(status, { location: `${other.origin}/stolen` }).end(),
        async ({ cluster, server }) => {
          await assert.rejects(cluster.get(PODS, { namespace: "n", name: "a" }), { code: "CLUSTER_UNAVAILABLE" });
          await assert.rejects(cluster.version(), { message: /redirect, which is not followed/ });
          assert.equal(server.requests[0]?.headers.authorization, `Bearer ${TOKEN}`);
          assert.equal(other.requests.length, 0);
        },
      );
      await other.close();
    });
  }

  it("no error holds the token", async () => {
    for (const status of [200, 307, 400, 401, 403, 500]) {
      await withServer(
        (_, response) => response.writeHead(status).end("not JSON"),
        async ({ cluster }) => {
          const error: unknown = await cluster.version().then(assert.fail, (error: unknown) => error);
          assert.equal(inspect(error, { depth: 10, showHidden: true }).includes(TOKEN), false);
        },
      );
    }
  });
});

describe("ending", () => {
  it("close ends followers and what is under way", async () => {
    await withServer(
      ({ url }, response) => {
        if (url.searchParams.has("watch")) events(response, []);
        else if (url.pathname.endsWith("/pods")) send(response, 200, podList([], "1"));
      },
      async ({ cluster }) => {
        const ended = follow(cluster, () => false);
        const failed = assert.rejects(cluster.get(PODS, { namespace: "n", name: "a" }), {
          code: "CLUSTER_UNAVAILABLE",
        });
        setTimeout(() => void cluster.close(), 30);
        assert.deepEqual(await ended, ["synced"]);
        await failed;
      },
    );
  });

  it("a consumer that leaves its loop ends the watch", async () => {
    let closed: (() => void) | undefined;
    const end = new Promise<void>((resolve) => (closed = resolve));
    await withServer(
      ({ url }, response) => {
        if (!url.searchParams.has("watch")) return send(response, 200, podList([], "1"));
        response.on("close", () => closed?.());
        events(response, [{ type: "ADDED", object: pod("a", "2") }]);
      },
      async ({ cluster }) => {
        for await (const event of cluster.follow(PODS, {}, new AbortController().signal)) {
          if (event.type === "added") break;
        }
        await end;
      },
    );
  });
});
