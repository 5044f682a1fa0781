import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { after, before, describe, it } from "node:test";
import { AmapError, decodeUtf8, type ErrorCode, encodeUtf8 } from "../../base/index.ts";
import type { HttpRequest } from "../../ports/index.ts";
import { createHttpClient, type HttpClientOptions } from "./index.ts";

type Handler = (request: IncomingMessage, response: ServerResponse) => void;
const seen: { path: string; headers: IncomingMessage["headers"]; port: number | undefined }[] = [];

const HANDLERS: Readonly<Record<string, Handler>> = {
  "/text": (_, response) => response.end("hello"),
  "/echo": (request, response) => void request.pipe(response),
  "/redirect": (_, response) => response.writeHead(302, { location: "/text" }).end(),
  "/repeated": (_, response) =>
    response
      .writeHead(
        200,
        [
          ["Link", "<a>"],
          ["Link", "<b>"],
          ["Set-Cookie", "x"],
        ].flat(),
      )
      .end(),
  "/declared": (_, response) => response.writeHead(200, { "content-length": "1000" }).end("x".repeat(1000)),
  "/chunked": (_, response) => {
    for (let part = 0; part < 10; part += 1) response.write("x".repeat(100));
    response.end();
  },
  "/hang": () => {},
  "/stall": (_, response) => void response.writeHead(200).write("first"),
  "/drip": (_, response) => {
    response.writeHead(200);
    const timer = setInterval(() => response.write("x"), 5);
    response.on("close", () => clearInterval(timer));
  },
  "/cut": (_, response) => {
    response.writeHead(200, { "content-length": "100" });
    response.write("half", () => response.socket?.destroy());
  },
  "/gzip": (_, response) => response.writeHead(200, { "content-encoding": "gzip" }).end("raw bytes"),
};

describe("createHttpClient", () => {
  let server: Server;
  let origin = "";
  before(async () => {
    server = createServer((request, response) => {
      seen.push({ path: request.url ?? "", headers: request.headers, port: request.socket.remotePort });
      HANDLERS[new URL(request.url ?? "", origin).pathname]?.(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => {
    server.close();
    server.closeAllConnections();
  });

  const request = (path: string, more: Partial<HttpRequest> = {}): HttpRequest => ({
    method: "GET",
    url: `${origin}${path}`,
    maxBytes: 500,
    ...more,
  });
  const send = async (path: string, more: Partial<HttpRequest> = {}, options: HttpClientOptions = {}) => {
    const http = createHttpClient(options);
    try {
      return await http.send(request(path, more));
    } finally {
      await http.close();
    }
  };

  it("sends a body and headers and gives status, lower-case headers and body", async () => {
    const body = encodeUtf8("payload");
    const answer = await send("/echo", { method: "POST", body, headers: { "x-one": "1" } });
    assert.equal(answer.status, 200);
    assert.equal(decodeUtf8(answer.body), "payload");
    const headers = seen.at(-1)?.headers ?? {};
    assert.deepEqual(
      [headers["x-one"], headers["content-length"], headers["accept-encoding"], headers["user-agent"]],
      ["1", "7", "identity", "amap"],
    );
  });

  it("does not follow redirects, and joins repeated headers", async () => {
    const redirect = await send("/redirect");
    assert.equal(redirect.status, 302);
    assert.equal(redirect.headers["location"], "/text");
    assert.equal((await send("/repeated")).headers["link"], "<a>, <b>");
    assert.equal((await send("/repeated")).headers["constructor"], undefined);
  });

  it("gives the bytes as sent, even where the server says that they are compressed", async () => {
    assert.equal(decodeUtf8((await send("/gzip")).body), "raw bytes");
  });

  it("answers to HEAD may state a length above the limit", async () => {
    const answer = await send("/declared", { method: "HEAD", maxBytes: 0 });
    assert.equal(answer.headers["content-length"], "1000");
    assert.equal(answer.body.length, 0);
  });

  it("uses one connection for requests one after the other, streamed ones too", async () => {
    const http = createHttpClient();
    const start = seen.length;
    await http.send(request("/text"));
    const streamed = await http.stream(request("/chunked", { maxBytes: 1_000 }));
    let total = 0;
    for await (const chunk of streamed.body) total += chunk.length;
    await http.send(request("/text"));
    await http.close();
    assert.equal(total, 1_000);
    assert.equal(new Set(seen.slice(start).map(({ port }) => port)).size, 1);
  });

  const failures: readonly (readonly [string, string, ErrorCode, HttpClientOptions])[] = [
    ["C8: a stated length above the limit", "/declared", "LIMIT_EXCEEDED", {}],
    ["C8: more bytes than the limit without a stated length", "/chunked", "LIMIT_EXCEEDED", {}],
    ["C8: a server that never answers", "/hang", "TIMEOUT", { idleMs: 50 }],
    ["C8: a server that falls silent within the body", "/stall", "TIMEOUT", { idleMs: 50 }],
    ["C8: a body one byte at a time (slow-loris)", "/drip", "TIMEOUT", { idleMs: 1_000, totalMs: 100 }],
    ["a body that breaks off", "/cut", "REGISTRY_UNREACHABLE", {}],
    ["offline", "/text", "OFFLINE", { offline: true }],
  ];
  for (const [name, path, code, options] of failures) {
    it(`${name} is ${code}, whole and streamed`, async () => {
      await rejectsWith(code, () => send(path, {}, options));
      const http = createHttpClient(options);
      await rejectsWith(code, async () => {
        for await (const _ of (await http.stream(request(path))).body);
      });
      await http.close();
    });
  }

  it("offline opens no socket", async () => {
    const count = seen.length;
    await rejectsWith("OFFLINE", () => send("/text", {}, { offline: true }));
    assert.equal(seen.length, count);
  });

  describe("a signal ends a request", () => {
    const stopped = new AmapError("INTERRUPTED", "stopped by SIGINT");
    const rows: readonly (readonly [name: string, path: string, isAnswered: boolean])[] = [
      ["that nobody answers", "/hang", false],
      ["in the middle of its answer", "/drip", true],
    ];
    for (const [name, path, isAnswered] of rows) {
      for (const owner of ["client", "request"] as const) {
        it(`${name}: the ${owner}'s`, async () => {
          const controller = new AbortController();
          const { signal } = controller;
          const http = createHttpClient(owner === "client" ? { signal } : {});
          try {
            const asked = http.stream(request(path, { maxBytes: 1e9, ...(owner === "request" ? { signal } : {}) }));
            if (isAnswered) {
              for await (const _ of (await asked).body) break;
              const { body } = await http.stream(
                request(path, { maxBytes: 1e9, ...(owner === "request" ? { signal } : {}) }),
              );
              setTimeout(() => controller.abort(stopped), 20);
              await assert.rejects(async () => {
                for await (const _ of body);
              }, stopped);
            } else {
              setTimeout(() => controller.abort(stopped), 20);
              await assert.rejects(asked, stopped);
            }
            await assert.rejects(http.send(request("/text", { signal })), stopped);
          } finally {
            await http.close();
          }
        });
      }
    }

    it("a request with a signal of its own is not ended by the client's", async () => {
      const http = createHttpClient({ signal: AbortSignal.abort(stopped) });
      try {
        await assert.rejects(http.send(request("/text")), stopped);
        assert.equal((await http.send(request("/text", { signal: AbortSignal.timeout(20_000) }))).status, 200);
      } finally {
        await http.close();
      }
    });

    it("a reason that is no AmapError is INTERRUPTED, and a time that passed is TIMEOUT", async () => {
      await rejectsWith("INTERRUPTED", () => send("/text", { signal: AbortSignal.abort() }));
      await rejectsWith("TIMEOUT", () => send("/hang", { signal: AbortSignal.timeout(20) }));
    });
  });

  it("a slow reader of a streamed body is not taken for a silent server", async () => {
    const http = createHttpClient({ idleMs: 30 });
    const { body } = await http.stream(request("/declared", { maxBytes: 1_000 }));
    await new Promise((resolve) => setTimeout(resolve, 120));
    let total = 0;
    for await (const chunk of body) total += chunk.length;
    assert.equal(total, 1_000);
    await http.close();
  });

  it("a body that is never read does not end the process when it breaks off", async () => {
    const http = createHttpClient();
    const { status } = await http.stream(request("/cut"));
    await new Promise((resolve) => setTimeout(resolve, 30));
    assert.equal(status, 200);
    await http.close();
  });

  it("says what failed, without the query, and gives Node's code", async () => {
    await rejectsWith(
      "REGISTRY_UNREACHABLE",
      () => send("/cut?token=secret-text"),
      (error) => {
        assert.doesNotMatch(error.message, /secret-text/);
      },
    );
    await rejectsWith(
      "REGISTRY_UNREACHABLE",
      () => send("/cut"),
      (error) => {
        assert.equal(error.details["systemCode"], "ECONNRESET");
      },
    );
    await rejectsWith(
      "REGISTRY_UNREACHABLE",
      () => send("", { url: "http://127.0.0.1:1/" }),
      (error) => {
        assert.match(error.message, /connection refused/);
      },
    );
  });

  it("bytes that are not HTTP are REGISTRY_PROTOCOL", async () => {
    const tcp = createTcpServer((socket) => {
      // Read to its end, without which a socket stays open.
      socket.on("error", () => {}).resume();
      socket.end("SSH-2.0-server\r\n");
    });
    await new Promise<void>((resolve) => tcp.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(tcp.address() as AddressInfo).port}/`;
    await rejectsWith("REGISTRY_PROTOCOL", () => send("", { url }));
    tcp.close();
  });

  const refused = [
    "http://169.254.169.254/latest/meta-data/",
    "http://[fe80::1]/",
    "http://[::ffff:169.254.169.254]/",
    "http://0xa9fea9fe/",
    "http://100.100.100.200/",
    "http://[fd00:ec2::254]/",
  ];
  for (const url of refused) {
    it(`C11: ${url} is never connected to`, async () => {
      await rejectsWith(
        "REGISTRY_UNREACHABLE",
        () => send("", { url }),
        (error) => {
          assert.match(error.message, /link-local or metadata/);
        },
      );
    });
  }

  for (const url of ["ftp://127.0.0.1/", "http://user:password@127.0.0.1/", "file:///etc/passwd", "nonsense"]) {
    it(`${url} is not an address for requests`, () => rejectsWith("REGISTRY_PROTOCOL", () => send("", { url })));
  }
});

async function rejectsWith(
  code: ErrorCode,
  run: () => Promise<unknown>,
  check: (error: AmapError) => void = () => {},
): Promise<void> {
  await assert.rejects(run, (error) => {
    assert.ok(error instanceof AmapError, `expected ${code}, found ${String(error)}`);
    assert.equal(error.code, code, error.message);
    check(error);
    return true;
  });
}
