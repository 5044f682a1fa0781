import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError, addressOf, call } from "./client.ts";

test("addresses are filled in percent-encoded: no parameter leaves its place", () => {
  assert.equal(addressOf("GET /api/v1/overview"), "/api/v1/overview");
  assert.equal(
    addressOf("GET /api/v1/images/:image", { params: { image: "r.local:5000/a/../b@sha256:00?x#y" } }),
    "/api/v1/images/r.local%3A5000%2Fa%2F..%2Fb%40sha256%3A00%3Fx%23y",
  );
  assert.equal(
    addressOf("GET /api/v1/images/:image/document", { params: { image: "a" }, query: { id: "b&c=d" } }),
    "/api/v1/images/a/document?id=b%26c%3Dd",
  );
  assert.equal(
    addressOf("GET /api/v1/findings", { query: { severity: undefined, search: "x" } }),
    "/api/v1/findings?search=x",
  );
});

const PROBLEM = {
  type: "about:blank",
  title: "No",
  status: 404,
  code: "NOT_FOUND",
  requestId: "r-1",
  detail: "image a",
};
const json = (body: unknown, status: number) => new Response(JSON.stringify(body), { status });

const REFUSALS: readonly (readonly [name: string, answer: () => Response, code: string, status: number])[] = [
  ["a problem", () => json(PROBLEM, 404), "NOT_FOUND", 404],
  ["an error that is no problem", () => json({ error: "x" }, 502), "NO_ANSWER", 502],
  ["a page instead of JSON", () => new Response("<!doctype html>", { status: 200 }), "NO_ANSWER", 200],
  [
    "no network",
    () => {
      throw new TypeError("fetch failed");
    },
    "NO_ANSWER",
    0,
  ],
];
for (const [name, answer, code, status] of REFUSALS) {
  test(`a call fails with a problem: ${name}`, async (context) => {
    context.mock.method(globalThis, "fetch", async () => answer());
    await assert.rejects(call("GET /api/v1/overview", {}), (error) => {
      assert.ok(error instanceof ApiError);
      assert.deepEqual([error.problem.code, error.problem.status], [code, status]);
      return true;
    });
  });
}

test("a call sends its method and body, follows no redirect, and takes 204 for nothing", async (context) => {
  const fetch = context.mock.method(globalThis, "fetch", async () => new Response(null, { status: 204 }));
  assert.equal(await call("DELETE /api/v1/session", {}), undefined);
  await call("POST /api/v1/session", { body: { token: "t" } });
  const [first, second] = fetch.mock.calls.map(({ arguments: [address, options] }) => [address, options] as const);
  assert.deepEqual(
    [first?.[0], first?.[1]?.method, first?.[1]?.redirect, first?.[1]?.body],
    ["/api/v1/session", "DELETE", "error", undefined],
  );
  assert.deepEqual([second?.[1]?.method, second?.[1]?.body], ["POST", '{"token":"t"}']);
});

test("a call that was given up is not told as a failure of the server", async (context) => {
  const controller = new AbortController();
  controller.abort();
  context.mock.method(globalThis, "fetch", async () => {
    throw controller.signal.reason;
  });
  await assert.rejects(call("GET /api/v1/overview", {}, controller.signal), { name: "AbortError" });
});
