import { createHash } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { type Dispatcher, request } from "undici";
import {
  AmapError,
  concatBytes,
  encodeUtf8,
  isAmapError,
  readJsonFast,
  type Value,
  writeJson,
} from "../../base/index.ts";
import { type ClusterProxy, isRefusedTunnel, openAgent } from "./agent.ts";
import type { CredentialSource, Credentials } from "./credentials.ts";
import { refusalOf, toRefusal } from "./status-error.ts";
import type { Timing } from "./timing.ts";

/** One request to the API server. */
export interface ApiRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Below the server's address, encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: Value;
  readonly contentType?: string;
  readonly accept?: string;
  /** Bytes of answer that are accepted. */
  readonly maxBytes: number;
  /** For messages: `get configmaps "x"`. */
  readonly what: string;
  readonly signal?: AbortSignal;
  /** The caller waits and asks again by itself. */
  readonly isTriedOnce?: boolean;
}

/** An answer that goes on. `chunks` must be read to the end or returned. */
export interface ApiStream {
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** HTTP with one server: JSON in, JSON out, credentials, limits, retries. */
export interface ApiClient {
  readonly server: string;
  /** The answer's JSON. @throws {AmapError} CLUSTER_…, LIMIT_EXCEEDED */
  send(request: ApiRequest): Promise<Value>;
  /** An answer without an end, of which at most `silenceMs` may pass without a byte. Never tried twice. */
  stream(request: ApiRequest, silenceMs: number): Promise<ApiStream>;
  close(): Promise<void>;
}

const RETRIES = 3;
/** A server that asks to wait longer is not waited for: the caller decides. */
const RETRY_AFTER_CAP_MS = 20_000;
/** An error's body: a Status with a long message. */
const ERROR_BYTES = 1024 * 1024;

/** Connects when the first request comes. Redirects are not followed: the token belongs to the configured server alone. */
export function createApiClient(credentials: CredentialSource, timing: Timing, proxy?: ClusterProxy): ApiClient {
  const closed = new AbortController();
  let connection: { readonly key: string; readonly agent: Dispatcher } | undefined;

  const agentFor = (tls: Credentials["tls"]): Dispatcher => {
    const key = createHash("sha256").update(JSON.stringify(tls)).digest("hex");
    if (connection?.key !== key) {
      // What still runs on the old certificate ends in its own time.
      connection?.agent.close().catch(() => {});
      connection = { key, agent: openAgent(tls, timing, proxy) };
    }
    return connection.agent;
  };

  const attempt = async (
    asked: ApiRequest,
    signal: AbortSignal,
    silenceMs: number,
  ): Promise<Dispatcher.ResponseData> => {
    const { headers, tls } = await credentials.current();
    const body = asked.body === undefined ? undefined : encodeUtf8(writeJson(asked.body));
    try {
      return await request(`${credentials.server}${asked.path}${queryOf(asked.query)}`, {
        method: asked.method,
        dispatcher: agentFor(tls),
        signal,
        headersTimeout: timing.headersMs,
        bodyTimeout: silenceMs,
        headers: {
          accept: asked.accept ?? "application/json",
          "accept-encoding": "identity",
          "user-agent": "amap",
          ...(body === undefined ? {} : { "content-type": asked.contentType ?? "application/json" }),
          ...headers,
        },
        ...(body === undefined ? {} : { body }),
      });
    } catch (error) {
      throw toFailure(error, asked);
    }
  };

  /** An accepted answer's head. A 401 is tried once more with credentials read afresh: tokens rotate. */
  const exchange = async (
    asked: ApiRequest,
    signal: AbortSignal,
    silenceMs: number,
  ): Promise<Dispatcher.ResponseData> => {
    let answer = await attempt(asked, signal, silenceMs);
    if (answer.statusCode === 401) {
      await discard(answer);
      credentials.forget();
      answer = await attempt(asked, signal, silenceMs);
    }
    if (answer.statusCode >= 200 && answer.statusCode < 300) return answer;
    throw await readRefusal(answer, asked);
  };

  return {
    server: credentials.server,
    async send(asked) {
      const late = AbortSignal.timeout(timing.totalMs);
      const signal = AbortSignal.any([closed.signal, late, ...(asked.signal === undefined ? [] : [asked.signal])]);
      return withRetries(asked, timing, signal, async () => {
        const answer = await exchange(asked, signal, timing.silenceMs);
        return readAnswer(await readBody(answer, asked, asked.maxBytes), asked);
      });
    },
    async stream(asked, silenceMs) {
      const signal = AbortSignal.any([closed.signal, ...(asked.signal === undefined ? [] : [asked.signal])]);
      const answer = await exchange(asked, signal, silenceMs);
      return { chunks: chunksOf(answer, asked) };
    },
    async close() {
      closed.abort();
      await connection?.agent.destroy();
    },
  };
}

function queryOf(query: ApiRequest["query"] = {}): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return given.length === 0 ? "" : `?${new URLSearchParams(given).toString()}`;
}

/**
 * A request that was not carried out is made again: 429 and, when the server says when, 503; reads also after the other
 * failures of a server or a network. Delays double and are never random here: the loops above have their own jitter.
 */
async function withRetries(
  asked: ApiRequest,
  timing: Timing,
  signal: AbortSignal,
  run: () => Promise<Value>,
): Promise<Value> {
  for (let round = 0; ; round += 1) {
    try {
      return await run();
    } catch (error) {
      if (round >= RETRIES || asked.isTriedOnce === true || !isWorthAnother(error, asked)) throw error;
      const delay = refusalOf(error)?.retryAfterMs ?? timing.requestRetryMs * 2 ** round;
      await wait(delay, undefined, { signal }).catch(() => {});
      if (signal.aborted) throw error;
    }
  }
}

function isWorthAnother(error: unknown, { method }: ApiRequest): boolean {
  if (!isAmapError(error, "CLUSTER_UNAVAILABLE")) return false;
  const refusal = refusalOf(error);
  if ((refusal?.retryAfterMs ?? 0) > RETRY_AFTER_CAP_MS) return false;
  const isUndone = refusal?.status === 429 || (refusal?.status === 503 && refusal.retryAfterMs !== undefined);
  return isUndone || (method === "GET" && error.details["retry"] !== false && refusal?.status !== 410);
}

async function readRefusal(answer: Dispatcher.ResponseData, asked: ApiRequest): Promise<AmapError> {
  const { statusCode: status, headers } = answer;
  const what = asked.what;
  if (status >= 300 && status < 400) {
    await discard(answer);
    return new AmapError("CLUSTER_UNAVAILABLE", `${what}: the server answered with a redirect, which is not followed`, {
      details: { status, reason: "", message: "", retry: false },
    });
  }
  const text = await readBody(answer, asked, ERROR_BYTES).catch(() => undefined);
  const retryAfter = headers["retry-after"];
  return toRefusal({
    what,
    status,
    ...(typeof retryAfter === "string" ? { retryAfter } : {}),
    body: text === undefined ? undefined : readStatus(text),
  });
}

/** Proxies answer with pages; only JSON can be a Status. */
function readStatus(bytes: Uint8Array): Value | undefined {
  try {
    return readJsonFast(bytes);
  } catch {
    return undefined;
  }
}

function readAnswer(bytes: Uint8Array, asked: ApiRequest): Value {
  try {
    return readJsonFast(bytes, { maxBytes: asked.maxBytes });
  } catch (cause) {
    if (!isAmapError(cause, "JSON_INVALID")) throw cause;
    throw new AmapError("CLUSTER_UNAVAILABLE", `${asked.what}: the server's answer is not JSON`, {
      cause,
      details: { retry: false },
    });
  }
}

async function readBody(answer: Dispatcher.ResponseData, asked: ApiRequest, maxBytes: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  // A stated length is believed only where it is too large: then nothing needs to be read.
  const stated = Number(answer.headers["content-length"] ?? 0);
  if (stated > maxBytes) {
    answer.body.on("error", () => {}).destroy();
    throw tooLarge(asked, maxBytes);
  }
  for await (const chunk of chunksOf(answer, asked)) {
    size += chunk.length;
    // Leaving the loop closes the connection.
    if (size > maxBytes) throw tooLarge(asked, maxBytes);
    parts.push(chunk);
  }
  return concatBytes(parts);
}

function tooLarge({ what }: ApiRequest, maxBytes: number): AmapError {
  return new AmapError("LIMIT_EXCEEDED", `${what}: expected an answer of at most ${maxBytes} bytes, found more`);
}

async function* chunksOf(
  answer: Dispatcher.ResponseData,
  asked: ApiRequest,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    for await (const chunk of answer.body) yield chunk as Uint8Array;
  } catch (error) {
    throw toFailure(error, asked);
  }
}

async function discard(answer: Dispatcher.ResponseData): Promise<void> {
  await answer.body.dump({ limit: ERROR_BYTES }).catch(() => {});
}

/** What a failed exchange means. Messages name neither headers nor query: the one has the token, the other selectors. */
function toFailure(error: unknown, { what }: ApiRequest): unknown {
  if (!(error instanceof Error) || error instanceof AmapError) return error;
  const code = (error as NodeJS.ErrnoException).code as unknown;
  if (isRefusedTunnel(error)) {
    return new AmapError("CLUSTER_UNAVAILABLE", `${what}: the proxy refused to connect to the server`, {
      cause: error,
      details: { systemCode: "ERR_PROXY_TUNNEL", retry: false },
    });
  }
  const isAbort = error.name === "AbortError" || error.name === "TimeoutError";
  if (!isAbort && (typeof code !== "string" || error.name === "InvalidArgumentError")) return error;
  const why = isAbort ? (error.name === "TimeoutError" ? "no answer in time" : "given up") : sentenceOf(String(code));
  return new AmapError("CLUSTER_UNAVAILABLE", `${what}: ${why}`, {
    cause: error,
    // TLS does not mend itself, and what was given up is not wanted.
    details: { systemCode: String(code), retry: !isAbort && !/CERT|TLS|SSL|SIGNATURE|ISSUER/.test(String(code)) },
  });
}

const SENTENCES: ReadonlyMap<string, string> = new Map([
  ["ECONNREFUSED", "connection refused"],
  ["ECONNRESET", "the connection was closed"],
  ["UND_ERR_SOCKET", "the connection was closed"],
  ["ENOTFOUND", "the host name does not exist"],
  ["EAI_AGAIN", "the host name could not be resolved"],
  ["UND_ERR_CONNECT_TIMEOUT", "no connection in time"],
  ["UND_ERR_HEADERS_TIMEOUT", "no answer in time"],
  ["UND_ERR_BODY_TIMEOUT", "the answer stopped"],
  ["ERR_PROXY_TUNNEL", "the proxy refused to connect to the server"],
  ["ERR_PROXY_LOGIN", "the proxy refused the login, or wants one"],
  ["ERR_PROXY_PROTOCOL", "the proxy does not speak SOCKS 5"],
]);

function sentenceOf(code: string): string {
  return SENTENCES.get(code) ?? code;
}
