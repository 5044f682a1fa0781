import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { connect as connectTls } from "node:tls";
import type { Store } from "../app/index.ts";
import { AmapError, isAmapError } from "../base/index.ts";
import { createSelfSignedCertificate } from "../testing/self-signed-certificate.ts";
import { cookieOf, openServerFixture, type ServerFixture, sendRequest } from "../testing/server-fixture.ts";
import { isLoopbackAddress, parseListenAddress } from "./listen-address.ts";
import { SECURITY_HEADERS } from "./security-headers.ts";
import type { ServerOptions } from "./server.ts";

/** A store that no test asks anything. */
const NO_STORE = {} as Store;
const session = "/api/v1/session";

async function withServer(
  options: Partial<ServerOptions>,
  run: (fixture: ServerFixture) => Promise<void>,
): Promise<void> {
  const fixture = await openServerFixture(options);
  try {
    await run(fixture);
  } finally {
    await fixture.close();
  }
}

describe("where a server may listen", () => {
  for (const host of ["0.0.0.0", "::", "amap.example", "192.0.2.1"]) {
    test(`${host} without TLS is refused`, () =>
      assert.rejects(
        openServerFixture({ store: NO_STORE, listen: { host, port: 0 } }),
        (error) => isAmapError(error, "USAGE") && error.hint.includes("--insecure-http"),
      ));
  }

  test("a port that is taken is wrong use, and says how to choose another", () =>
    withServer({ store: NO_STORE }, async ({ port }) => {
      await assert.rejects(
        openServerFixture({ store: NO_STORE, listen: { host: "127.0.0.1", port } }),
        (error) => isAmapError(error, "USAGE") && error.hint.includes("--listen"),
      );
    }));

  test("localhost is one address, and the link leads there", () =>
    withServer({ store: NO_STORE, listen: { host: "localhost", port: 0 } }, async ({ server }) =>
      assert.match(server.url, /^http:\/\/127\.0\.0\.1:/),
    ));

  const ADDRESSES = [
    ["127.0.0.1:8080", { host: "127.0.0.1", port: 8080 }],
    ["[::1]:0", { host: "::1", port: 0 }],
    ["amap.example:443", { host: "amap.example", port: 443 }],
    [":8080", undefined],
    ["8080", undefined],
    ["::1:8080", undefined],
    ["localhost:65536", undefined],
    ["localhost:-1", undefined],
    ["http://localhost:80", undefined],
  ] as const;
  for (const [text, expected] of ADDRESSES) {
    test(`"${text}" is ${expected === undefined ? "no address" : "an address"}`, () => {
      if (expected !== undefined) assert.deepEqual(parseListenAddress(text), expected);
      else
        assert.throws(
          () => parseListenAddress(text),
          (error) => isAmapError(error, "USAGE"),
        );
    });
  }

  test("only this machine's addresses are loopback", () => {
    for (const host of ["localhost", "127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])
      assert.ok(isLoopbackAddress(host), host);
    for (const host of ["0.0.0.0", "::", "10.0.0.1", "127.example", "localhost.example", "128.0.0.1"])
      assert.ok(!isLoopbackAddress(host), host);
  });
});

describe("TLS", () => {
  const { certificatePem: cert, keyPem: key } = createSelfSignedCertificate("amap.example");

  test("gives a __Host- cookie that only TLS carries, and asks for TLS from then on", () =>
    withServer({ tls: { cert, key }, publicHosts: ["amap.example"] }, async (fixture) => {
      assert.match(fixture.server.url, /^https:/);
      const body = JSON.stringify({ token: await fixture.issueToken() });
      const answer = await fixture.ask({ method: "POST", path: session, body });
      assert.match(answer.headers["set-cookie"]?.[0] ?? "", /^__Host-amap=[\w-]{43}; Path=\/; .*; Secure$/);
      assert.equal(answer.headers["strict-transport-security"], "max-age=31536000");
      const cookie = cookieOf(answer);
      assert.equal((await fixture.ask({ path: session, cookie })).status, 200);
      const plain = cookie.replace("__Host-amap", "amap_session");
      assert.equal((await fixture.ask({ path: session, cookie: plain })).status, 401, "the plain name");
    }));

  test("is 1.2 or newer", () =>
    withServer({ store: NO_STORE, tls: { cert, key } }, async ({ port }) => {
      const versionWith = (maxVersion: "TLSv1.1" | "TLSv1.2"): Promise<string | null> =>
        new Promise((resolve) => {
          const socket = connectTls({
            port,
            host: "127.0.0.1",
            minVersion: "TLSv1",
            maxVersion,
            ciphers: "DEFAULT@SECLEVEL=0",
            rejectUnauthorized: false,
          });
          socket.once("secureConnect", () => {
            resolve(socket.getProtocol());
            socket.destroy();
          });
          socket.once("error", () => resolve(null));
        });
      assert.deepEqual([await versionWith("TLSv1.1"), await versionWith("TLSv1.2")], [null, "TLSv1.2"]);
    }));
});

describe("behind a proxy", () => {
  const listen = { host: "127.0.0.1", port: 0 };
  const https = { "x-forwarded-proto": "https", host: "amap.example" };
  const options = { listen, publicHosts: ["amap.example"] };

  test("that is trusted, its scheme makes cookies secure and its address counts logins", () =>
    withServer({ ...options, trustProxy: true }, async (fixture) => {
      const login = async (address: string, token: string) =>
        fixture.ask({
          method: "POST",
          path: session,
          body: JSON.stringify({ token }),
          headers: { ...https, "x-forwarded-for": `spoofed, ${address}` },
        });
      assert.match((await login("192.0.2.1", await fixture.issueToken())).headers["set-cookie"]?.[0] ?? "", /^__Host-/);
      for (let attempt = 0; attempt < 10; attempt += 1) await login("192.0.2.1", "x");
      assert.equal((await login("192.0.2.1", "x")).status, 429);
      assert.equal((await login("192.0.2.2", "x")).status, 401);
    }));

  test("that is trusted, our own origin is the one of its scheme", () =>
    withServer({ ...options, trustProxy: true }, async (fixture) => {
      const login = async (origin: string) =>
        fixture.ask({
          method: "POST",
          path: session,
          body: '{"token":"x"}',
          headers: { ...https, origin, "sec-fetch-site": undefined },
        });
      assert.equal((await login("https://amap.example")).status, 401);
      assert.equal((await login("http://amap.example")).status, 403);
    }));

  test("that is not trusted, what its headers say is nothing", () =>
    withServer(options, async (fixture) => {
      const body = JSON.stringify({ token: await fixture.issueToken() });
      const answer = await fixture.ask({ method: "POST", path: session, body, headers: https });
      assert.match(answer.headers["set-cookie"]?.[0] ?? "", /^amap_session=/);
    }));
});

describe("probes and figures", () => {
  test("any host name may ask how the server is", () =>
    withServer({}, async ({ ask }) => {
      for (const path of ["/healthz/live", "/healthz/ready"]) {
        const { status, text } = await ask({ path, headers: { host: "10.0.0.7:8080", "sec-fetch-site": undefined } });
        assert.deepEqual([status, text], [200, "ok\n"]);
      }
    }));

  const FAILING: readonly (readonly [name: string, ping: () => Promise<void>])[] = [
    ["fails", () => Promise.reject(new Error("disk"))],
    ["says so itself", () => Promise.reject(new AmapError("STORE_UNAVAILABLE", "gone"))],
    ["does not answer", () => new Promise(() => undefined)],
  ];
  for (const [name, ping] of FAILING) {
    test(`a server whose store ${name} is alive, but not ready`, () =>
      withServer({ store: { ping } as Store, timing: { pingMs: 100 } }, async ({ ask }) => {
        assert.equal((await ask({ path: "/healthz/live" })).status, 200);
        const { status, json } = await ask({ path: "/healthz/ready" });
        assert.deepEqual([status, json["code"]], [503, "STORE_UNAVAILABLE"]);
      }));
  }

  test("figures count by route pattern and class, with labels that callers cannot invent (C19)", () =>
    withServer({ store: NO_STORE }, async ({ ask }) => {
      for (const path of ["/api/v1/images/a", "/api/v1/images/b", "/x1", "/x2"]) await ask({ path });
      await ask({ path: "/api/v1/about", method: "PROPFIND" });
      const { text } = await ask({ path: "/metrics" });
      assert.match(
        text,
        /^amap_http_requests_total\{method="GET",route="\/api\/v1\/images\/:image",status="4xx"\} 2$/m,
      );
      assert.match(text, /^amap_http_requests_total\{method="GET",route="unmatched",status="4xx"\} 2$/m);
      assert.match(text, /^amap_http_requests_total\{method="other",route="unmatched",status="4xx"\} 1$/m);
      assert.match(text, /^process_resident_memory_bytes \d+$/m);
    }));

  test("figures are not for what a proxy hands on", () =>
    withServer({ store: NO_STORE }, async ({ ask }) => {
      const { status } = await ask({ path: "/metrics", headers: { "x-forwarded-for": "192.0.2.1" } });
      assert.equal(status, 404);
    }));

  test("with an address of their own, figures are only there", () =>
    withServer({ store: NO_STORE, metricsListen: { host: "127.0.0.1", port: 0 } }, async ({ ask, server }) => {
      assert.equal((await ask({ path: "/metrics" })).status, 404);
      const own = await sendRequest(server.metricsUrl ?? "", { path: "/metrics" });
      assert.match(own.text, /amap_http_requests_total/);
      const none = await sendRequest(server.metricsUrl ?? "", { path: session });
      assert.deepEqual([none.status, none.json["code"]], [404, "ROUTE_UNKNOWN"]);
      for (const answer of [own, none])
        for (const [header, value] of Object.entries(SECURITY_HEADERS)) assert.equal(answer.headers[header], value);
    }));
});

describe("the dashboard's files", () => {
  test("without a build the page says how to make one", () =>
    withServer({ store: NO_STORE }, async ({ ask }) => {
      const { status, text, headers } = await ask({ path: "/" });
      assert.deepEqual([status, headers["content-type"]], [200, "text/plain; charset=utf-8"]);
      assert.match(text, /npm run build/);
    }));

  test("are cached by their kind, and the page answers its own addresses", async () => {
    const webRoot = mkdtempSync(join(tmpdir(), "amap-web-"));
    mkdirSync(join(webRoot, "assets"));
    writeFileSync(join(webRoot, "index.html"), "<!doctype html><title>amap</title>");
    writeFileSync(join(webRoot, "assets", "index-abc123.js"), "export {};");
    writeFileSync(join(webRoot, ".secret"), "no");
    const accept = { accept: "text/html,*/*", "sec-fetch-site": "none" };
    try {
      await withServer({ store: NO_STORE, webRoot }, async ({ ask }) => {
        for (const path of ["/", "/index.html", "/images/registry.example%2Fb@sha256:00", "/policies/x"]) {
          const page = await ask({ path, headers: accept });
          assert.deepEqual([page.status, page.headers["cache-control"]], [200, "no-cache"], path);
          assert.match(page.text, /<title>amap/);
          assert.match(
            String(page.headers["content-security-policy"]),
            /require-trusted-types-for 'script'; trusted-types$/,
          );
        }
        const script = await ask({ path: "/assets/index-abc123.js" });
        assert.deepEqual(
          [script.status, script.headers["cache-control"]],
          [200, "public, max-age=31536000, immutable"],
        );
        assert.match(script.headers["content-type"] ?? "", /javascript/);
        const etag = script.headers.etag ?? "";
        const again = await ask({ path: "/assets/index-abc123.js", headers: { "if-none-match": etag } });
        assert.deepEqual([again.status, again.text], [304, ""]);
        const none = [
          ["/assets/gone-1.js", accept],
          ["/assets/", accept],
          ["/.secret", accept],
          ["/assets/..%2f..%2fetc%2fpasswd", accept],
          ["/api/v1/nope", accept],
          ["/images", { accept: "application/json" }],
          ["/robots.txt", accept],
        ] as const;
        for (const [path, headers] of none)
          assert.equal((await ask({ path, headers })).json["code"], "ROUTE_UNKNOWN", path);
        for (const headers of [{ range: "bytes=99999-" }, { "if-match": '"x"' }])
          assert.equal((await ask({ path: "/index.html", headers })).json["code"], "REQUEST_INVALID");
        for (const path of [
          "/%2esecret",
          "/assets/..%2f.secret",
          "/assets/%2e%2e/.secret",
          "//.secret",
          "/.secret%00",
        ]) {
          const { status, text, headers } = await ask({ path, headers: accept });
          assert.ok(text !== "no" && status < 500 && headers.location === undefined, path);
        }
      });
    } finally {
      rmSync(webRoot, { recursive: true });
    }
  });
});

test("who asks for a large answer and does not read it is cut off", async () => {
  const webRoot = mkdtempSync(join(tmpdir(), "amap-web-"));
  writeFileSync(join(webRoot, "index.html"), "<!doctype html><title>amap</title>");
  writeFileSync(join(webRoot, "large.js"), Buffer.alloc(32 * 1024 * 1024, "x"));
  try {
    await withServer({ store: NO_STORE, webRoot, timing: { idleMs: 100 } }, async ({ port }) => {
      const socket = connect(port, "127.0.0.1").pause();
      socket.on("error", () => undefined);
      socket.write("GET /large.js HTTP/1.1\r\nHost: localhost\r\n\r\n");
      // Who does not read learns of the end only by writing.
      while (!socket.destroyed) {
        await new Promise((resolve) => setTimeout(resolve, 300));
        socket.write("\r\n");
      }
    });
  } finally {
    rmSync(webRoot, { recursive: true });
  }
});

test("a server that closes lets a running answer end and ends the event streams", async () => {
  let release = (): void => undefined;
  let arrived = (): void => undefined;
  const asked = new Promise<void>((resolve) => (arrived = resolve));
  const gate = new Promise<void>((resolve) => (release = resolve));
  const fixture = await openServerFixture({
    explain: async (id) => {
      arrived();
      await gate;
      return { id, outcome: "same", message: "", rules: [], facts: [] };
    },
  });
  const cookie = await fixture.signIn();
  const stream = fixture.ask({ path: "/api/v1/events", cookie });
  while (!/streams 1$/m.test((await fixture.ask({ path: "/metrics" })).text));
  const slow = fixture.ask({ path: "/api/v1/admissions/x/explanation", cookie });
  await asked;
  const closed = fixture.close();
  release();
  assert.equal((await slow).status, 200);
  assert.equal((await stream).status, 200);
  await closed;
  await assert.rejects(fixture.ask({ path: "/healthz/live" }));
});
