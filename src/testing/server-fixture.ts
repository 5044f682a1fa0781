import { randomBytes } from "node:crypto";
import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { request as httpsRequest } from "node:https";
import { openJobs } from "../adapters/jobs/index.ts";
import { openStore } from "../adapters/store/index.ts";
import type { Jobs, Store } from "../app/index.ts";
import { AmapError } from "../base/index.ts";
import { issueLoginToken, type RunningServer, type ServerOptions, startServer } from "../server/index.ts";

/** What a server answered. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body as JSON. */
  readonly json: Record<string, unknown>;
}

/** A request as a test makes it; headers of the dashboard's own page unless said otherwise. */
export interface Ask {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly cookie?: string;
  readonly body?: string;
}

/** A server on a free port of this machine with an empty store in memory and a clock that a test moves. */
export interface ServerFixture {
  readonly server: RunningServer;
  readonly store: Store;
  readonly jobs: Jobs;
  readonly port: number;
  readonly clock: { now: number };
  /** Every line of the log. */
  readonly log: string[];
  readonly ask: (ask: Ask) => Promise<Answer>;
  issueToken(): Promise<string>;
  /** A session's Cookie header. */
  signIn(): Promise<string>;
  close(): Promise<void>;
}

/** Starts a server; `options` replace what it is started with. */
export async function openServerFixture(options: Partial<ServerOptions> = {}): Promise<ServerFixture> {
  const store = options.store ?? (await openStore(":memory:"));
  const clock = { now: Date.UTC(2026, 10, 22, 12) };
  const log: string[] = [];
  const write = (level: string) => (fields: object, message: string) =>
    void log.push(`${level} ${message} ${JSON.stringify(fields)}`);
  const chance = { now: () => clock.now, randomBytes: (length: number) => new Uint8Array(randomBytes(length)) };
  const jobs = await openJobs(":memory:");
  const server = await startServer({
    store,
    jobs,
    explain: async (id) => {
      throw new AmapError("NOT_FOUND", `there is no admission ${id}`);
    },
    chainOf: async () => ({ nodes: [], edges: [] }),
    version: "0.0.0-test",
    demo: false,
    webRoot: undefined,
    listen: { host: "127.0.0.1", port: 0 },
    log: { info: write("info"), warn: write("warn"), error: write("error") },
    ...chance,
    ...options,
  });
  const { port } = new URL(server.url);
  const send = (ask: Ask): Promise<Answer> => sendRequest(server.url, ask);
  const issueToken = (): Promise<string> => issueLoginToken(store, chance);
  return {
    server,
    store,
    jobs,
    port: Number(port),
    clock,
    log,
    ask: send,
    issueToken,
    signIn: async () => {
      const body = JSON.stringify({ token: await issueToken() });
      const answer = await send({ method: "POST", path: "/api/v1/session", body });
      return cookieOf(answer);
    },
    close: async () => {
      await server.close();
      await jobs.close();
      if (options.store === undefined) await store.close();
    },
  };
}

/** The Cookie header that a browser would send after an answer. */
export function cookieOf({ headers }: Answer): string {
  return (headers["set-cookie"]?.[0] ?? "").split(";")[0] ?? "";
}

/** One request over a connection of its own. */
export function sendRequest(url: string, ask: Ask): Promise<Answer> {
  const { protocol, hostname, port, host } = new URL(url);
  const headers = {
    host,
    "sec-fetch-site": "same-origin",
    ...(ask.body === undefined
      ? {}
      : { "content-type": "application/json", "content-length": String(Buffer.byteLength(ask.body)) }),
    ...(ask.cookie === undefined ? {} : { cookie: ask.cookie }),
    ...ask.headers,
  };
  const present = Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
  return new Promise((resolve, reject) => {
    const make = protocol === "https:" ? httpsRequest : httpRequest;
    const request = make(
      {
        hostname: hostname.replaceAll(/[[\]]/g, ""),
        port,
        path: ask.path,
        method: ask.method ?? "GET",
        headers: present,
        agent: false,
        ...(protocol === "https:" ? { rejectUnauthorized: false } : {}),
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.once("error", reject);
        response.once("end", () => {
          const text = Buffer.concat(chunks).toString("utf8");
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text,
            get json() {
              return JSON.parse(text) as Record<string, unknown>;
            },
          });
        });
      },
    );
    request.once("error", reject);
    request.end(ask.body);
  });
}
