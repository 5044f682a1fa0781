import assert from "node:assert/strict";
import { connect } from "node:net";
import { after, before, describe, test } from "node:test";
import fc from "fast-check";
import { ROUTES } from "../api/index.ts";
import { AmapError } from "../base/index.ts";
import { type Ask, openServerFixture, type ServerFixture } from "../testing/server-fixture.ts";
import { SECURITY_HEADERS } from "./security-headers.ts";

let fixture: ServerFixture;
let cookie = "";
before(async () => {
  fixture = await openServerFixture({
    publicHosts: ["amap.example", "other.example:8443"],
    timing: { headersMs: 200 },
    explain: async (id) => {
      if (id === "bug") throw new Error("the password is hunter2");
      throw new AmapError("STORE_UNAVAILABLE", "cannot reach db.internal:5432");
    },
  });
  cookie = await fixture.signIn();
});
after(() => fixture.close());

const about = "/api/v1/about";
const session = "/api/v1/session";
const login = { method: "POST", path: session, body: '{"token":"x"}' };

type Refusal = readonly [name: string, ask: Ask, status: number, code: string];
const OPEN: readonly Refusal[] = [
  ["no cookie", { path: about }, 401, "SESSION_REQUIRED"],
  ["a wrong cookie", { path: about, cookie: `amap_session=${"A".repeat(43)}` }, 401, "SESSION_REQUIRED"],
  ["a cookie that is no token", { path: about, cookie: "amap_session=%00" }, 401, "SESSION_REQUIRED"],
  ["the events without session", { path: "/api/v1/events" }, 401, "SESSION_REQUIRED"],
  ["an unknown address", { path: "/api/v1/nope" }, 404, "ROUTE_UNKNOWN"],
  ["a traversal", { path: "/../../etc/passwd" }, 404, "ROUTE_UNKNOWN"],
  ["a bad percent-encoding", { path: "/%zz" }, 400, "REQUEST_INVALID"],
  ["a name that is too long", { path: `/api/v1/images/${"x".repeat(3_000)}` }, 400, "REQUEST_INVALID"],
  ["a wrong host", { path: about, headers: { host: "evil.example" } }, 421, "HOST_REFUSED"],
  [
    "a host that only begins like ours",
    { path: about, headers: { host: "localhost.evil.example" } },
    421,
    "HOST_REFUSED",
  ],
  ["the host of the root", { path: about, headers: { host: "localhost." } }, 421, "HOST_REFUSED"],
  ["a host with a user", { path: about, headers: { host: "localhost@evil.example" } }, 421, "HOST_REFUSED"],
  ["a host with a zone", { path: about, headers: { host: "[::1%25lo]" } }, 421, "HOST_REFUSED"],
  ["figures for a name that was rebound", { path: "/metrics", headers: { host: "evil.example" } }, 421, "HOST_REFUSED"],
  ["a public host at another port than said", { path: about, headers: { host: "other.example" } }, 421, "HOST_REFUSED"],
  ["a login from another site", { ...login, headers: { "sec-fetch-site": "cross-site" } }, 403, "SESSION_FORBIDDEN"],
  [
    "a login from the same site only",
    { ...login, headers: { "sec-fetch-site": "same-site" } },
    403,
    "SESSION_FORBIDDEN",
  ],
  ["a login with neither header", { ...login, headers: { "sec-fetch-site": undefined } }, 403, "SESSION_FORBIDDEN"],
  [
    "a login of another origin",
    { ...login, headers: { "sec-fetch-site": undefined, origin: "http://evil.example" } },
    403,
    "SESSION_FORBIDDEN",
  ],
  [
    "a login of the null origin",
    { ...login, headers: { "sec-fetch-site": undefined, origin: "null" } },
    403,
    "SESSION_FORBIDDEN",
  ],
  ["a form", { ...login, headers: { "content-type": "application/x-www-form-urlencoded" } }, 415, "MEDIA_TYPE_REFUSED"],
  ["plain text", { ...login, headers: { "content-type": "text/plain" } }, 415, "MEDIA_TYPE_REFUSED"],
  ["no body", { method: "POST", path: session }, 400, "REQUEST_INVALID"],
  ["broken JSON", { ...login, body: "{" }, 400, "JSON_INVALID"],
  ["a key twice", { ...login, body: '{"token":"a","token":"b"}' }, 400, "JSON_INVALID"],
  ["deep JSON", { ...login, body: "[".repeat(1_000) }, 413, "LIMIT_EXCEEDED"],
  ["an unknown member", { ...login, body: '{"token":"a","role":"admin"}' }, 400, "REQUEST_INVALID"],
  ["a prototype's member", { ...login, body: '{"token":"a","__proto__":{}}' }, 400, "JSON_INVALID"],
  ["a huge body", { ...login, body: JSON.stringify({ token: "x".repeat(70_000) }) }, 413, "LIMIT_EXCEEDED"],
  [
    "a preflight",
    { method: "OPTIONS", path: session, headers: { "sec-fetch-site": "cross-site" } },
    403,
    "SESSION_FORBIDDEN",
  ],
];
const SIGNED_IN: readonly Refusal[] = [
  ["an unknown parameter", { path: "/api/v1/images?serach=x" }, 400, "REQUEST_INVALID"],
  ["a parameter where there is none", { path: `${about}?x=1` }, 400, "REQUEST_INVALID"],
  ["a parameter twice", { path: "/api/v1/images?search=a&search=b" }, 400, "REQUEST_INVALID"],
  ["a limit that is none", { path: "/api/v1/images?limit=501" }, 400, "REQUEST_INVALID"],
  ["a flag that is none", { path: "/api/v1/images?running=1" }, 400, "REQUEST_INVALID"],
  ["a foreign cursor", { path: "/api/v1/images?cursor=zzz" }, 400, "REQUEST_INVALID"],
  ["another site's look", { path: about, headers: { "sec-fetch-site": "same-site" } }, 403, "SESSION_FORBIDDEN"],
  [
    "another site's look at an address in disguise",
    { path: "/%61pi/v1/about", headers: { "sec-fetch-site": "same-site" } },
    403,
    "SESSION_FORBIDDEN",
  ],
  [
    "another site's look at an absolute address",
    { path: `http://localhost${about}`, headers: { "sec-fetch-site": "same-site" } },
    403,
    "SESSION_FORBIDDEN",
  ],
  ["an unknown method", { method: "PUT", path: about }, 404, "ROUTE_UNKNOWN"],
  ["a body where there is none", { method: "DELETE", path: session, body: "null" }, 400, "REQUEST_INVALID"],
  [
    "a sign-out from another site",
    { method: "DELETE", path: session, headers: { "sec-fetch-site": "cross-site" } },
    403,
    "SESSION_FORBIDDEN",
  ],
  ["an event id that is none", { path: "/api/v1/events", headers: { "last-event-id": "1e3" } }, 400, "REQUEST_INVALID"],
  ["a failing store", { path: "/api/v1/admissions/x/explanation" }, 503, "STORE_UNAVAILABLE"],
  ["a bug", { path: "/api/v1/admissions/bug/explanation" }, 500, "BUG"],
];

describe("refusals are problems with the headers of every answer", () => {
  for (const [index, [name, ask, status, code]] of [...OPEN, ...SIGNED_IN].entries()) {
    test(`${name}: ${status} ${code}`, async () => {
      const withCookie = index >= OPEN.length ? { ...ask, cookie } : ask;
      const answer = await fixture.ask(withCookie);
      assert.deepEqual([answer.status, answer.json["code"]], [status, code]);
      assert.equal(answer.headers["content-type"], "application/problem+json; charset=utf-8");
      assert.equal(answer.json["requestId"], answer.headers["x-request-id"]);
      assert.equal(answer.headers["set-cookie"], undefined);
      for (const [header, value] of Object.entries(SECURITY_HEADERS)) assert.equal(answer.headers[header], value);
    });
  }
});

test("failures inside are logged, and not told", async () => {
  for (const id of ["bug", "x"]) {
    const answer = await fixture.ask({ path: `/api/v1/admissions/${id}/explanation`, cookie });
    assert.equal(answer.json["detail"], undefined);
    assert.doesNotMatch(answer.text, /hunter2|db\.internal|\.ts:/);
    const requestId = String(answer.json["requestId"]);
    assert.ok(fixture.log.some((line) => line.startsWith("error") && line.includes(requestId)));
  }
});

const ACCEPTED: readonly (readonly [name: string, ask: Ask])[] = [
  ["localhost", { path: about, headers: { host: "LOCALHOST:1" } }],
  ["IPv6 loopback", { path: about, headers: { host: "[::1]:8080" } }],
  ["a public host at any port", { path: about, headers: { host: "amap.example:81" } }],
  ["a public host with its port", { path: about, headers: { host: "other.example:8443" } }],
  ["an address typed by hand", { path: about, headers: { "sec-fetch-site": "none" } }],
  ["a program without Fetch metadata", { path: about, headers: { "sec-fetch-site": undefined } }],
];
for (const [name, ask] of ACCEPTED) {
  test(`${name} is let through`, async () => assert.equal((await fixture.ask({ ...ask, cookie })).status, 200));
}

test("without Fetch metadata our own origin may sign in, at the host that was asked", async () => {
  const token = await fixture.issueToken();
  const headers = { "sec-fetch-site": undefined, host: "amap.example", origin: "http://amap.example" };
  const body = JSON.stringify({ token });
  assert.equal((await fixture.ask({ method: "POST", path: session, body, headers })).status, 200);
});

test("no answer to a page of another site allows it to read", async () => {
  const answer = await fixture.ask({ path: about, cookie, headers: { origin: "http://evil.example" } });
  const cors = Object.keys(answer.headers).filter((name) => name.startsWith("access-control-"));
  assert.deepEqual(cors, []);
});

/** Sends bytes and returns all that comes back. */
function sendBytes(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(bytes));
    let text = "";
    socket.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
    socket.once("close", () => resolve(text));
    socket.once("error", reject);
  });
}

const BROKEN = [
  ["no HTTP", "hello\r\n\r\n", "HTTP/1.1 400"],
  ["huge headers", `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${"x".repeat(20_000)}\r\n\r\n`, "HTTP/1.1 431"],
  ["headers that do not end", "GET / HTTP/1.1\r\nHost: localhost\r\n", "HTTP/1.1 408"],
  [
    "two lengths",
    "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
    "HTTP/1.1 400",
  ],
  ["no host", "GET / HTTP/1.1\r\nConnection: close\r\n\r\n", "HTTP/1.1 421"],
  ["two hosts", "GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil\r\nConnection: close\r\n\r\n", "HTTP/1.1 421"],
  ["an expectation", "GET / HTTP/1.1\r\nHost: localhost\r\nExpect: x\r\n\r\n", "HTTP/1.1 417"],
  ["another protocol", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "HTTP/1.1 400"],
] as const;
for (const [name, bytes, status] of BROKEN) {
  test(`${name}: ${status}, with the headers, and the connection ends`, async () => {
    const text = await sendBytes(fixture.port, bytes);
    assert.ok(text.startsWith(status), text.slice(0, 100));
    for (const [header, value] of Object.entries(SECURITY_HEADERS)) assert.ok(text.includes(`${header}: ${value}\r\n`));
  });
}

test("whatever is asked, the answer is a refusal or an answer: never a failure inside, never without headers", async () => {
  const keys = Object.keys(ROUTES).filter((key) => !key.startsWith("DELETE") && !key.endsWith("/explanation"));
  const odd = fc.constantFrom(
    "%",
    "%FF",
    "%00",
    "%ED%A0%80",
    "__proto__",
    "[]",
    "'--",
    "*",
    "\u2028",
    "..",
    "%2e%2e",
    "@",
    "&&",
    "=",
  );
  const text = fc.oneof(
    odd,
    fc.string({ unit: "grapheme", maxLength: 12 }).map(encodeURIComponent),
    fc.string({ maxLength: 8 }),
  );
  const names = ["cursor", "limit", "search", "image", "id", "status", "namespace", "severity", "constructor", "a[b]"];
  const query = fc.array(fc.tuple(fc.constantFrom(...names), text), { maxLength: 3 });
  const asks = fc.tuple(fc.constantFrom(...keys), text, query, fc.option(fc.json(), { nil: undefined }));
  await fc.assert(
    fc.asyncProperty(asks, async ([key, name, parameters, body]) => {
      const [method = "", pattern = ""] = key.split(" ");
      const search = parameters.map(([each, value]) => `${each}=${value}`).join("&");
      const path = `${pattern.replaceAll(/:[a-z]+/g, name)}?${search}`;
      // Bytes that no address may hold are refused by the client already.
      fc.pre(/^[!-~]+$/.test(path));
      const withBody = method === "POST" && body !== undefined ? { body } : {};
      const answer = await fixture.ask({ method, path, cookie, ...withBody });
      assert.ok(answer.status < 500, `${path}: ${answer.text}`);
      assert.equal(answer.headers["content-security-policy"], SECURITY_HEADERS["content-security-policy"]);
    }),
    { numRuns: 300 },
  );
});
