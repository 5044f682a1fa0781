import assert from "node:assert/strict";
import { Agent, request } from "node:https";
import { connect as connectPlain } from "node:net";
import { after, before, describe, test } from "node:test";
import { connect } from "node:tls";
import { encodeUtf8, LIMITS } from "../../base/index.ts";
import { certificates, logOf, metricOf } from "../../testing/controller-fixture.ts";
import type { Pair } from "../certificates-plan.ts";
import { createMetrics } from "../metrics.ts";
import { type ReviewHandler, startWebhookServer, type WebhookServer, type WebhookServerOptions } from "./server.ts";

const DAY = 86_400_000;
const validity = { notBefore: Date.now() - DAY, notAfter: Date.now() + DAY };
const authority = await certificates.createAuthority({ commonName: "authority", ...validity });
const other = await certificates.createAuthority({ commonName: "other authority", ...validity });
const names = { commonName: "webhook", dnsNames: [], ipAddresses: ["127.0.0.1"], ...validity };
const pair = await certificates.createServing(authority, names);
const otherPair = await certificates.createServing(other, names);
const echo: ReviewHandler = async (body) => ({ status: 200, body });

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly connection: string | undefined;
}

function post(
  port: number,
  body: Uint8Array | string,
  options: {
    readonly path?: string;
    readonly type?: string;
    readonly method?: string;
    readonly ca?: string;
    readonly agent?: Agent;
  } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: "127.0.0.1",
        port,
        path: options.path ?? "/echo",
        method: options.method ?? "POST",
        headers: { "content-type": options.type ?? "application/json" },
        ca: options.ca ?? `${authority.certificatePem}${other.certificatePem}`,
        agent: options.agent ?? false,
      },
      (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (part: string) => {
          text += part;
        });
        response.on("end", () =>
          resolve({ status: response.statusCode ?? 0, body: text, connection: response.headers.connection }),
        );
        response.on("error", reject);
      },
    );
    sent.on("error", reject);
    sent.end(body);
  });
}

async function start(options: Partial<WebhookServerOptions> = {}): Promise<{
  readonly server: WebhookServer;
  readonly log: ReturnType<typeof logOf>;
  readonly metrics: ReturnType<typeof createMetrics>;
}> {
  const [log, metrics] = [logOf(), createMetrics()];
  const server = await startWebhookServer({
    listen: { host: "127.0.0.1", port: 0 },
    pair,
    handlers: new Map([["/echo", echo]]),
    isReady: () => true,
    log,
    metrics,
    ...options,
  });
  return { server, log, metrics };
}

describe("the webhook server", () => {
  let running: Awaited<ReturnType<typeof start>>;
  const handlers: ReadonlyMap<string, ReviewHandler> = new Map([
    ["/echo", echo],
    ["/throws", async () => Promise.reject(new Error("a bug with a secret"))],
    ["/malformed", async () => ({ status: 400, message: "request.uid: expected a string" })],
    ["/late", async (_body, { timeoutMs }) => ({ status: 200, body: encodeUtf8(String(timeoutMs)) })],
  ]);
  before(async () => {
    running = await start({ handlers, headersMs: 300, requestMs: 600 });
  });
  after(() => running.server.close(100));
  const at = () => running.server.port;

  test("answers a review", async () => {
    assert.deepEqual(await post(at(), "{}"), { status: 200, body: "{}", connection: "close" });
  });

  const refusals: readonly [string, string | Uint8Array, Parameters<typeof post>[2], number][] = [
    ["another path", "{}", { path: "/nothing" }, 404],
    ["a path of the prototype", "{}", { path: "/constructor" }, 404],
    ["GET", "", { method: "GET" }, 405],
    ["another type", "{}", { type: "text/plain" }, 415],
    ["a type that only looks like JSON", "{}", { type: "application/jsonx" }, 415],
    ["a review that is none", "{}", { path: "/malformed" }, 400],
    ["a handler that fails", "{}", { path: "/throws" }, 500],
  ];
  for (const [name, body, options, status] of refusals) {
    test(`${name}: ${status}`, async () => {
      const answer = await post(at(), body, options);
      assert.equal(answer.status, status);
      assert.doesNotMatch(answer.body, /secret/);
    });
  }

  test("more than a review may be is refused without reading it, announced or not", async () => {
    const huge = new Uint8Array(LIMITS.admissionBytes + 1);
    const outcome = await post(at(), huge).then(
      ({ status }) => status,
      // The server may hang up while the client still writes.
      (error: NodeJS.ErrnoException) => error.code,
    );
    assert.ok(outcome === 413 || outcome === "EPIPE" || outcome === "ECONNRESET", String(outcome));
    assert.ok(((await metricOf(running.metrics, 'amap_admission_refused_total{reason="malformed"}')) ?? 0) > 0);
  });

  test("the API server's timeout, less what the way home takes, is the deadline", async () => {
    for (const [query, least, most] of [
      ["?timeout=10s", 9_000, 9_500],
      ["?timeout=1s", 700, 900],
      ["?timeout=nonsense", 9_000, 9_500],
      ["?timeout=9999h", 28_000, 28_500],
      ["?timeout=-1s", 9_000, 9_500],
    ] as const) {
      const { body } = await post(at(), "{}", { path: `/late${query}` });
      assert.ok(Number(body) >= least && Number(body) <= most, `${query}: ${body}`);
    }
  });

  test("a body that never ends, a handshake that never begins and a header that is none hold nothing up", async () => {
    const slow = connect({ host: "127.0.0.1", port: at(), rejectUnauthorized: false });
    slow.write("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{");
    const silent = connectPlain(at(), "127.0.0.1");
    const wrong = connect({ host: "127.0.0.1", port: at(), rejectUnauthorized: false });
    wrong.write("\u0000\u0000 nonsense\r\n\r\n");
    const closed = [slow, silent, wrong].map(
      (socket) =>
        new Promise<void>((resolve) =>
          socket
            .on("error", () => undefined)
            .on("close", () => resolve())
            .resume(),
        ),
    );
    assert.equal((await post(at(), "{}")).status, 200, "others are answered meanwhile");
    await Promise.all(closed);
    assert.equal((await post(at(), "{}")).status, 200);
  });

  test("TLS below 1.2 is refused (C19)", async () => {
    const socket = connect({
      host: "127.0.0.1",
      port: at(),
      rejectUnauthorized: false,
      minVersion: "TLSv1",
      maxVersion: "TLSv1.1",
      ciphers: "ALL:@SECLEVEL=0",
    });
    const error = await new Promise<NodeJS.ErrnoException>((resolve) => socket.on("error", resolve));
    assert.ok(error.code !== undefined);
  });

  test("three hundred connections that do nothing leave room for a review", async () => {
    const sockets = Array.from({ length: 300 }, () => connectPlain(at(), "127.0.0.1").on("error", () => undefined));
    assert.equal((await post(at(), "{}")).status, 200);
    for (const socket of sockets) socket.destroy();
  });
});

describe("a webhook server under load", () => {
  test("more reviews than it can take get 503, so that the failure policy decides", async () => {
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const handlers = new Map([
      ["/echo", async () => gate.then(() => ({ status: 200, body: encodeUtf8("{}") }) as const)],
    ]);
    const { server, metrics } = await start({ handlers, maxReviews: 2 });
    const first = [post(server.port, "{}"), post(server.port, "{}")];
    while ((await metricOf(metrics, 'amap_admission_refused_total{reason="busy"}')) === undefined) {
      const answer = await Promise.race([post(server.port, "{}"), ...first]);
      assert.equal(answer.status, 503);
    }
    release();
    assert.deepEqual(
      (await Promise.all(first)).map(({ status }) => status),
      [200, 200],
    );
    await server.close(100);
  });

  test("bodies that are too large together get 503, and what was taken is given back (C8)", async () => {
    const gate = Promise.withResolvers<void>();
    const handlers = new Map([
      ["/echo", async () => gate.promise.then(() => ({ status: 200, body: encodeUtf8("{}") }) as const)],
    ]);
    const { server } = await start({ handlers, maxBodiesBytes: 1_500_000 });
    const large = "x".repeat(1_000_000);
    const both = [post(server.port, large), post(server.port, large)];
    assert.equal((await Promise.race(both)).status, 503);
    const small = post(server.port, "{}");
    gate.resolve();
    assert.deepEqual(
      (await Promise.all(both)).map(({ status }) => status).toSorted((a, b) => a - b),
      [200, 503],
    );
    assert.equal((await small).status, 200);
    assert.equal((await post(server.port, large)).status, 200);
    await server.close(100);
  });

  test("until the policies are known nothing is judged", async () => {
    const { server } = await start({ isReady: () => false });
    assert.equal((await post(server.port, "{}")).status, 503);
    await server.close(100);
  });

  test("another pair is served to new connections while reviews go on: none fails", async () => {
    const { server } = await start();
    const agent = new Agent({ keepAlive: true, maxSockets: 4, ca: authority.certificatePem });
    const failures: unknown[] = [];
    const over = new AbortController();
    let sent = 0;
    const client = async (ca: string, own: Agent | undefined): Promise<void> => {
      while (!over.signal.aborted) {
        sent += 1;
        await post(server.port, "{}", { ca, ...(own === undefined ? {} : { agent: own }) }).catch((error: unknown) =>
          failures.push(error),
        );
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    };
    const both = `${authority.certificatePem}${other.certificatePem}`;
    const clients = [client(both, undefined), client(both, undefined), client(authority.certificatePem, agent)];
    for (const next of [otherPair, pair, otherPair] satisfies Pair[]) {
      await new Promise((resolve) => setTimeout(resolve, 150));
      server.usePair(next);
    }
    await new Promise((resolve) => setTimeout(resolve, 150));
    over.abort();
    await Promise.all(clients);
    assert.deepEqual(failures, []);
    assert.ok(sent > 20, `${sent} reviews`);
    await assert.rejects(
      post(server.port, "{}", { ca: authority.certificatePem }),
      "the old authority's is not served any more",
    );
    agent.destroy();
    await server.close(100);
  });

  test("a pair that is none is refused, and the one in use stays", async () => {
    const { server } = await start();
    assert.throws(() => server.usePair({ ...pair, certificatePem: "nonsense" }));
    assert.throws(() => server.usePair({ ...pair, privateKeyPem: otherPair.privateKeyPem }));
    assert.equal((await post(server.port, "{}")).status, 200);
    await server.close(100);
  });

  test("draining asks clients to connect anew, closing lets a running review end", async () => {
    let isAsked = (): void => undefined;
    const asked = new Promise<void>((resolve) => {
      isAsked = resolve;
    });
    const handler: ReviewHandler = async (body) => {
      isAsked();
      await new Promise((resolve) => setTimeout(resolve, 100));
      return { status: 200, body };
    };
    const { server } = await start({ handlers: new Map([["/echo", handler]]) });
    const agent = new Agent({ keepAlive: true });
    const running = post(server.port, "{}", { agent });
    await asked;
    server.drain();
    const closed = server.close(5_000);
    assert.deepEqual(await running, { status: 200, body: "{}", connection: "close" });
    await closed;
    await assert.rejects(post(server.port, "{}"));
    agent.destroy();
  });

  test("a taken port is the user's to mend", async () => {
    const { server } = await start();
    await assert.rejects(start({ listen: { host: "127.0.0.1", port: server.port } }), { code: "USAGE" });
    await server.close(100);
  });
});
