import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import type { Problem } from "../../src/api/index.ts";
import { MODES, type Mode } from "./fixture-values.ts";
import { answersOf } from "./fixtures.ts";

/** What the real server sends with everything. */
const HEADERS = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
    "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; " +
    "require-trusted-types-for 'script'; trusted-types",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cache-control": "no-store",
};
const MEDIA: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};
const COOKIE = "amap_session=stub";
const TOKEN = "demo";

interface Stub {
  readonly url: string;
  /** Sends one event to all listeners. */
  readonly tell: (kind: string) => void;
  readonly close: () => Promise<void>;
}

/** Serves the built dashboard with made-up answers: for looking at screens and for the browser tests. */
export async function startStub(mode: Mode, port = 0): Promise<Stub> {
  const answers = answersOf(mode);
  const listeners = new Set<ServerResponse>();
  const server = createServer((request, response) => {
    void answer(request, response).catch(() => response.destroy());
  });
  let sequence = 0;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://127.0.0.1");
    if (!url.pathname.startsWith("/api/")) return sendFile(url.pathname, response);
    const path = url.pathname.slice("/api/v1/".length);
    if (path === "session" && request.method === "POST") return login(request, response);
    if (path === "session" && request.method === "DELETE") {
      response.writeHead(204, { ...HEADERS, "set-cookie": `${COOKIE}; Max-Age=0; Path=/` }).end();
      return undefined;
    }
    if (request.headers.cookie?.includes(COOKIE) !== true) return sendProblem(response, 401, "SESSION_MISSING");
    if (path === "events") {
      response.writeHead(200, { ...HEADERS, "content-type": "text/event-stream" }).write(": hello\n\n");
      listeners.add(response);
      response.on("close", () => listeners.delete(response));
      return undefined;
    }
    if (path === "session") return send(response, { role: "admin", expiresAt: "2026-11-23T05:00:00Z" });
    if (path === "about") return send(response, answers.about);
    if (mode === "error") return sendProblem(response, 503, "STORE_UNAVAILABLE");
    const body = read(answers, path.split("/").map(decodeURIComponent), url.searchParams);
    return body === undefined ? sendProblem(response, 404, "NOT_FOUND") : send(response, body);
  }

  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    url: addressOf(server),
    tell: (kind) => {
      sequence += 1;
      const change = { sequence, kind, id: String(sequence), at: new Date(0).toISOString() };
      for (const each of listeners) each.write(`id: ${String(sequence)}\ndata: ${JSON.stringify(change)}\n\n`);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function addressOf(server: Server): string {
  const address = server.address();
  return `http://127.0.0.1:${String(typeof address === "object" ? address?.port : 0)}`;
}

type Answers = ReturnType<typeof answersOf>;

function read(answers: Answers, [topic = "", id, part]: readonly string[], query: URLSearchParams): unknown {
  if (topic === "overview") return answers.overview;
  if (id !== undefined) return readOne(answers, [topic, id, part ?? ""], query);
  const lists: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>> = {
    images: answers.images,
    findings: answers.findings.filter((each) => [null, nameOf(each)].includes(query.get("image"))),
    results: answers.results,
    admissions: answers.admissions,
    jobs: answers.jobs,
    audit: answers.audit,
  };
  if (topic === "policies") return { items: answers.policies };
  const search = (query.get("search") ?? "").toLowerCase();
  const found = lists[topic]?.filter(
    (item) => JSON.stringify(item).toLowerCase().includes(search) && fits(item, query),
  );
  return found === undefined ? undefined : page(found, query);
}

function readOne(
  answers: Answers,
  [topic, id, part]: readonly [string, string, string],
  query: URLSearchParams,
): unknown {
  switch (`${topic}/${part}`) {
    case "images/":
      return answers.image(id);
    case "images/document": {
      const document = answers.image(id)?.documents.find((each) => each.id === query.get("id"));
      return document === undefined
        ? undefined
        : { ...document, predicate: { stub: document.summary, list: [1, 2, 3] } };
    }
    case "policies/":
      return answers.policies.find((each) => each.name === id);
    case "results/":
      return page(answers.history, query);
    case "admissions/":
      return answers.admission(id);
    case "admissions/explanation":
      return answers.explanation(id);
    case "audit/":
      return { entries: answers.audit.length };
    default:
      return undefined;
  }
}

function nameOf({ repository, digest }: { readonly repository: string; readonly digest: string }): string {
  return `${repository}@${digest}`;
}

/** Whether an item has the values asked for, for those filters that name a field of it. */
function fits(item: Readonly<Record<string, unknown>>, query: URLSearchParams): boolean {
  for (const [name, value] of query) {
    const own = item[name];
    if (
      ["verdict", "severity", "status", "state", "namespace", "kind", "user", "allowed"].includes(name) &&
      own !== undefined &&
      JSON.stringify(own).replaceAll('"', "") !== value
    )
      return false;
  }
  return query.get("state") === null || (query.get("state") === "answered") === (item["answered"] === true);
}

function page<T>(items: readonly T[], query: URLSearchParams): { items: readonly T[]; next?: string } {
  const from = Number(query.get("cursor") ?? 0);
  const to = from + Number(query.get("limit") ?? 50);
  return { items: items.slice(from, to), ...(to < items.length ? { next: String(to) } : {}) };
}

async function login(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  const { token } = JSON.parse(text) as { token?: unknown };
  if (token !== TOKEN) return sendProblem(response, 401, "TOKEN_REFUSED");
  response.setHeader("set-cookie", `${COOKIE}; HttpOnly; SameSite=Strict; Path=/`);
  return send(response, { role: "admin", expiresAt: "2026-11-23T05:00:00Z" });
}

function send(response: ServerResponse, body: unknown): void {
  response.writeHead(200, { ...HEADERS, "content-type": "application/json" }).end(JSON.stringify(body));
}

function sendProblem(response: ServerResponse, status: number, code: string): void {
  const problem: Problem = {
    type: "about:blank",
    title: code === "TOKEN_REFUSED" ? "The token is not valid" : "The stub refuses this",
    status,
    detail: `Expected another request; this one has the answer ${String(status)}.`,
    code,
    hint: "Ask again, or start the stub in another mode.",
    requestId: "stub-1",
  };
  response.writeHead(status, { ...HEADERS, "content-type": "application/problem+json" }).end(JSON.stringify(problem));
}

async function sendFile(path: string, response: ServerResponse): Promise<void> {
  const root = fileURLToPath(new URL("../dist", import.meta.url));
  const name = /^\/(assets\/[\w.-]+|favicon\.svg)$/.test(path) ? normalize(path) : "/index.html";
  const bytes = await readFile(join(root, name));
  response
    .writeHead(200, { ...HEADERS, "content-type": MEDIA[extname(name)] ?? "application/octet-stream" })
    .end(bytes);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const mode = MODES.find((each) => each === process.argv[2]) ?? "normal";
  const stub = await startStub(mode, 4280);
  console.log(`${mode}: ${stub.url}/#token=${TOKEN}`);
}
