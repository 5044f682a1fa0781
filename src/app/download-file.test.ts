import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { afterEach, beforeEach, describe, test } from "node:test";
import { createHttpClient } from "../adapters/http/index.ts";
import { AmapError, decodeUtf8, digestOf, type ErrorCode, isAmapError, LIMITS } from "../base/index.ts";
import { createFakeClock } from "../testing/fake-clock.ts";
import { createFakeFiles } from "../testing/fake-files.ts";
import { openScriptedServer, type ScriptedRequest, type ScriptedServer } from "../testing/scripted-server.ts";
import { type DownloadOptions, downloadFile, parseMirror } from "./download-file.ts";

const BODY = "0123456789".repeat(1_000);
type Answer = (request: ScriptedRequest, response: ServerResponse) => void;

describe("a download", () => {
  let server: ScriptedServer;
  let answer: Answer;
  let waits = 0;
  /** Files that bytes are kept in, and are still there. */
  let kept = 0;
  beforeEach(async () => {
    waits = 0;
    kept = 0;
    server = await openScriptedServer((request, response) => answer(request, response));
  });
  afterEach(async () => {
    await server.close();
    assert.equal(kept, 0, "something of a download was left");
  });

  const world = () => {
    const clock = createFakeClock(0);
    const wait = async (): Promise<void> => void (waits += 1);
    const held = createFakeFiles({ "/db/other.db": "" });
    const openScratch: typeof held.openScratch = async (beside) => {
      const file = await held.openScratch(beside);
      kept += 1;
      const close = async (): Promise<void> => void (kept -= 1);
      return Object.defineProperties({ ...file, close }, { size: { get: () => file.size } });
    };
    const files = { ...held, openScratch };
    return { files, clock: { ...clock, now: () => clock.now(), wait }, openHttp: async () => createHttpClient() };
  };
  const get = async (path = "/all.zip", options: Partial<DownloadOptions> = {}, given = world()) => {
    const address = path.startsWith("http") ? path : `${server.origin}${path}`;
    const found = await downloadFile(given, address, { beside: "/db/advisories.db", ...options });
    if (found === "unchanged") return found;
    const bytes = await found.file.read(0, found.file.size);
    await found.file.close();
    assert.equal(found.digest, digestOf(bytes));
    return { ...found, bytes };
  };
  const fails = (code: ErrorCode, text: RegExp) => (error: unknown) =>
    isAmapError(error, code) && text.test((error as Error).message);
  const cutAt = (response: ServerResponse, from: number, to: number, head: Record<string, string> = {}): void => {
    response.writeHead(from === 0 ? 200 : 206, {
      "content-length": String(BODY.length - from),
      etag: '"one"',
      ...(from === 0 ? {} : { "content-range": `bytes ${from}-${BODY.length - 1}/${BODY.length}` }),
      ...head,
    });
    response.write(BODY.slice(from, to), () => response.socket?.destroy());
  };
  const fromOf = ({ headers }: ScriptedRequest): number => Number(/^bytes=(\d+)-$/.exec(headers.range ?? "")?.[1] ?? 0);
  const textOf = (found: Awaited<ReturnType<typeof get>>): string =>
    found === "unchanged" ? found : (decodeUtf8(found.bytes) ?? "");

  test("gives the bytes and what the server calls them, and is told when they did not change", async () => {
    answer = ({ headers }, response) =>
      headers["if-none-match"] === '"one"'
        ? response.writeHead(304).end()
        : response.writeHead(200, { etag: '"one"' }).end(BODY);
    const first = await get();
    assert.equal(textOf(first), BODY);
    const { etag = "" } = first === "unchanged" ? {} : first;
    assert.equal(await get("/all.zip", { etag }), "unchanged");
    // Another place may call other bytes so.
    assert.equal(textOf(await get("/other.zip", { etag })), BODY);
  });

  test("goes on where it broke off, as often as it gets further", async () => {
    answer = (request, response) => cutAt(response, fromOf(request), fromOf(request) + 2_000);
    const expected = [0, 2_000, 4_000, 6_000, 8_000];
    assert.equal(textOf(await get()), BODY);
    assert.deepEqual(server.requests.map(fromOf), expected);
    assert.deepEqual([...new Set(server.requests.slice(1).map(({ headers }) => headers["if-range"]))], ['"one"']);
  });

  const restarts: readonly (readonly [string, Record<string, string>])[] = [
    ["has no name for it", { etag: "" }],
    ["has only a weak name for it", { etag: 'W/"one"' }],
  ];
  for (const [name, head] of restarts)
    test(`begins anew where the server ${name}`, async () => {
      answer = (_, response) => cutAt(response, 0, server.requests.length < 3 ? 2_000 : BODY.length, head);
      assert.equal(textOf(await get()), BODY);
      assert.deepEqual(server.requests.map(fromOf), [0, 0, 0]);
    });

  test("begins anew where the file changed meanwhile: no mixture of two", async () => {
    const other = BODY.replaceAll("0", "x");
    answer = (request, response) =>
      fromOf(request) === 0 ? cutAt(response, 0, 5_000) : response.writeHead(200, { etag: '"two"' }).end(other);
    assert.equal(textOf(await get()), other);
  });

  test("begins anew where the part is of another file, whatever was asked for", async () => {
    const other = BODY.replaceAll("0", "x");
    answer = (request, response) => {
      const from = fromOf(request);
      if (from === 0 && server.requests.length === 1) cutAt(response, 0, 5_000);
      else if (from === 0) response.writeHead(200, { etag: '"two"' }).end(other);
      else {
        const head = { etag: '"two"', "content-range": `bytes ${from}-${BODY.length - 1}/${BODY.length}` };
        response.writeHead(206, head).end(other.slice(from));
      }
    };
    assert.equal(textOf(await get()), other);
  });

  test("goes on where less was sent than was asked for", async () => {
    answer = (request, response) => {
      const from = fromOf(request);
      if (from === 0) cutAt(response, 0, 5_000);
      else {
        const range = `bytes ${from}-${from + 999}/${BODY.length}`;
        response.writeHead(206, { etag: '"one"', "content-range": range }).end(BODY.slice(from, from + 1_000));
      }
    };
    assert.equal(textOf(await get()), BODY);
  });

  const refused: readonly (readonly [string, Answer, ErrorCode, RegExp])[] = [
    ["an answer that is none", (_, response) => response.writeHead(404).end(), "DOWNLOAD_FAILED", /answered 404/],
    [
      "a part that nobody asked for",
      (_, response) => response.writeHead(206).end("x"),
      "DOWNLOAD_FAILED",
      /answered 206/,
    ],
    [
      "nothing newer, where nothing was known",
      (_, response) => response.writeHead(304).end(),
      "DOWNLOAD_FAILED",
      /answered 304/,
    ],
    ["a server that fails for long", (_, response) => response.writeHead(503).end(), "DOWNLOAD_FAILED", /answered 503/],
    [
      "another part than the one that is missing",
      (request, response) =>
        cutAt(
          response,
          fromOf(request),
          fromOf(request) + 100,
          fromOf(request) === 0 ? {} : { "content-range": "bytes 1-2/3" },
        ),
      "DOWNLOAD_FAILED",
      /answered 206/,
    ],
    [
      "C8: a body that breaks off again and again",
      (request, response) => cutAt(response, fromOf(request), fromOf(request) + 1),
      "DOWNLOAD_FAILED",
      /closed before/,
    ],
    [
      "C8: more than the limit",
      (_, response) =>
        response.writeHead(200, { "content-length": String(LIMITS.advisoryDownloadBytes + 1) }).write("x"),
      "LIMIT_EXCEEDED",
      /./,
    ],
    [
      "a circle of redirects",
      (_, response) => response.writeHead(302, { location: "/again" }).end(),
      "DOWNLOAD_FAILED",
      /redirects/,
    ],
    [
      "C10: a redirect with a login",
      ({ url }, response) => response.writeHead(302, { location: `http://user:secret@127.0.0.1${url.pathname}` }).end(),
      "DOWNLOAD_FAILED",
      /with a login/,
    ],
    [
      "a redirect to another machine without TLS",
      (_, response) => response.writeHead(302, { location: "http://example.com/" }).end(),
      "USAGE",
      /only downloaded by https/,
    ],
    [
      "C11: a redirect to the cloud's metadata",
      (_, response) => response.writeHead(302, { location: "https://169.254.169.254/" }).end(),
      "DOWNLOAD_FAILED",
      /link-local/,
    ],
    [
      "a redirect to nowhere",
      (_, response) => response.writeHead(302, { location: "http://[" }).end(),
      "DOWNLOAD_FAILED",
      /leads nowhere/,
    ],
  ];
  for (const [name, given, code, message] of refused) {
    test(`${name} is refused`, async () => {
      answer = given;
      await assert.rejects(get(), (error) => {
        assert.ok(fails(code, message)(error), String(error));
        assert.doesNotMatch(String(error), /secret/);
        return true;
      });
      assert.ok(server.requests.length <= 20, `${server.requests.length} requests`);
    });
  }

  test("a disk that is full ends it, whatever mirrors there are; nothing of it stays", async () => {
    answer = (_, response) => response.end(BODY);
    const given = world();
    const full = async (): Promise<void> => {
      throw new AmapError("FILE_UNREADABLE", "the disk is full");
    };
    const openScratch: typeof given.files.openScratch = async (beside) => ({
      ...(await given.files.openScratch(beside)),
      append: full,
    });
    const mirrors = [parseMirror(`${server.origin}=${server.origin}/mirror`)];
    const getting = get("/all.zip", { mirrors }, { ...given, files: { ...given.files, openScratch } });
    await assert.rejects(getting, fails("FILE_UNREADABLE", /full/));
    assert.equal(server.requests.length, 1);
  });

  test("follows redirects, and sends no login anywhere", async () => {
    answer = ({ url }, response) =>
      url.pathname === "/all.zip" ? response.writeHead(307, { location: "/there" }).end() : response.end(BODY);
    assert.equal(textOf(await get()), BODY);
    for (const { headers } of server.requests) assert.equal(headers.authorization ?? headers.cookie, undefined);
  });

  test("asks a mirror first, and then the place itself", async () => {
    answer = ({ url }, response) => {
      if (url.pathname.startsWith("/down/")) response.writeHead(404).end();
      else response.end(url.pathname);
    };
    const told: string[] = [];
    const mirrors = ["/down", "/mirror"].map((path) => parseMirror(`${server.origin}=${server.origin}${path}`));
    assert.equal(
      textOf(await get("/npm/all.zip", { mirrors, tell: (text) => told.push(text) })),
      "/mirror/npm/all.zip",
    );
    assert.match(told.join("\n"), /down\/npm\/all\.zip: the server answered 404; trying the next place/);
    assert.equal(textOf(await get("/npm/all.zip", { mirrors: mirrors.slice(0, 1) })), "/npm/all.zip");
    const elsewhere = parseMirror("https://elsewhere.example=https://mirror.example");
    assert.equal(textOf(await get("/npm/all.zip", { mirrors: [elsewhere] })), "/npm/all.zip");
  });

  for (const [name, address] of [
    ["a login", "https://user:secret@example.com/all.zip"],
    ["a query, which may be a login", "https://example.com/all.zip?token=secret"],
    ["no TLS, to another machine", "http://example.com/all.zip"],
    ["no host", "https://"],
  ] as const)
    test(`an address with ${name} is refused before anything is asked`, async () => {
      await assert.rejects(get(address), (error) => isAmapError(error, "USAGE") && !/secret/.test(error.message));
    });
});

for (const text of [
  "https://a.example",
  "=https://a.example",
  "a=b",
  "https://a.example=http://b.example",
  "https://a.example=https://u:p@b.example",
])
  test(`a mirror is not ${text}`, () => {
    assert.throws(
      () => parseMirror(text),
      (error) => isAmapError(error, "USAGE"),
    );
  });
