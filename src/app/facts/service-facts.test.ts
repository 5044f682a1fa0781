import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createHttpClient } from "../../adapters/http/index.ts";
import type { Value } from "../../base/index.ts";
import type { Fact, FactKind } from "../../policy/index.ts";
import { openScriptedServer, type ScriptedServer } from "../../testing/scripted-server.ts";
import { createServiceFacts } from "./service-facts.ts";

describe("what services answer", () => {
  let server: ScriptedServer;
  let opened = 0;
  const facts = createServiceFacts({
    openHttp: async (options) => {
      opened++;
      return createHttpClient({ ...options, totalMs: 10_000 });
    },
  });
  before(async () => {
    server = await openScriptedServer(({ method, url, body, headers }, response) => {
      if (url.pathname === "/moved") response.writeHead(302, { location: "/json" }).end();
      else if (url.pathname === "/text") response.end("no JSON");
      else if (url.pathname === "/cut") {
        response.writeHead(200, { "content-length": "9" }).write("{", () => response.destroy());
      } else {
        const answer = { method, body, token: headers["x-token"] ?? "", type: headers["content-type"] ?? "" };
        response.writeHead(url.pathname === "/teapot" ? 418 : 200).end(JSON.stringify(answer));
      }
    });
  });
  after(async () => {
    await facts.close();
    await server.close();
  });
  const ask = async (kind: FactKind, path: string, more: Readonly<Record<string, Value>> = {}): Promise<Fact> => {
    const params = { url: path.startsWith("/") ? server.origin + path : path, headers: {}, ...more };
    return (await facts.load([{ key: "k", kind, params }])).get("k") as Fact;
  };

  const answers: readonly (readonly [
    kind: FactKind,
    path: string,
    more: Readonly<Record<string, Value>>,
    value: Value,
  ])[] = [
    ["http", "/json", {}, { status: 200, body: { method: "GET", body: "", token: "", type: "" } }],
    [
      "http",
      "/json",
      { headers: { "x-token": "t" } },
      { status: 200, body: { method: "GET", body: "", token: "t", type: "" } },
    ],
    ["http", "/teapot", {}, { status: 418, body: { method: "GET", body: "", token: "", type: "" } }],
    ["http", "/text", {}, { status: 200, body: null }],
    ["http", "/moved", {}, { status: 302, body: null }],
    [
      "httpPost",
      "/json",
      { body: { a: [1] } },
      { status: 200, body: { method: "POST", body: '{"a":[1]}', token: "", type: "application/json" } },
    ],
  ];
  for (const [kind, path, more, value] of answers) {
    it(`${kind} ${path} ${JSON.stringify(more)}`, async () => {
      assert.deepEqual(await ask(kind, path, more), { ok: true, value });
    });
  }

  const failures: readonly (readonly [path: string, code: string])[] = [
    ["/cut", "REGISTRY_UNREACHABLE"],
    ["http://127.0.0.1:1/", "REGISTRY_UNREACHABLE"],
    ["http://169.254.169.254/latest", "REGISTRY_UNREACHABLE"],
    ["file:///etc/passwd", "REGISTRY_PROTOCOL"],
    ["http://user:secret@127.0.0.1/", "REGISTRY_PROTOCOL"],
  ];
  for (const [path, code] of failures) {
    it(`${path} is a failed fact`, async () => {
      const fact = await ask("http", path);
      assert.equal(fact.ok ? "answered" : fact.code, code);
    });
  }

  it("keeps one client, and one for each bundle of authorities", async () => {
    const before = opened;
    await ask("http", "/json", { caBundle: "" });
    assert.equal(opened, before);
    await ask("http", "/json", { caBundle: "no certificate" });
    assert.equal(opened, before + 1);
  });

  it("other questions are not for services", async () => {
    const fact = await ask("kubernetesApi", "/version");
    assert.equal(fact.ok ? "answered" : fact.code, "NOT_SUPPORTED");
  });
});
