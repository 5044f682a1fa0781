import type { Agent, ClientRequest, IncomingMessage, RequestOptions } from "node:http";
import type { AgentOptions } from "node:https";
import { AmapError, concatBytes, LIMITS } from "../../base/index.ts";
import type { HttpClient, HttpRequest, HttpResponse, HttpStream } from "../../ports/index.ts";
import { describeRequest, toHttpFailure, toInterruption } from "./http-failure.ts";
import { isSocks, proxyFor } from "./proxy.ts";
import { type AddressGuard, createAddressGuard } from "./refused-addresses.ts";
import { goThroughSocks } from "./socks.ts";

/** How connections are made. Times are milliseconds. */
export interface HttpClientOptions {
  /** Refuses every request: no socket is opened, not even to this machine. */
  readonly offline?: boolean;
  /** Where HTTPS_PROXY, HTTP_PROXY and NO_PROXY are looked up; no proxy when left out. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** PEM certificates that replace the system's authorities. */
  readonly caCertificatePem?: string;
  /** PEM certificate and key that are shown to servers that ask for one. */
  readonly clientCertificatePem?: string;
  readonly clientKeyPem?: string;
  /** The name that servers' certificates must have, instead of the host's. */
  readonly serverName?: string;
  /** Accepts any certificate. */
  readonly insecureTls?: boolean;
  /** One request with all its bytes; LIMITS.httpTotalMs when left out. */
  readonly totalMs?: number;
  /** Silence on a connection; LIMITS.httpIdleMs when left out. */
  readonly idleMs?: number;
  /** Connections to one host at the same time; 16 when left out. */
  readonly maxConnectionsPerHost?: number;
  /** Ends all requests but those that have a signal of their own. */
  readonly signal?: AbortSignal;
}

/** A loaded transport: Node's request function with the agent that keeps its connections. */
interface Transport {
  readonly request: (url: URL, options: RequestOptions, listener: (message: IncomingMessage) => void) => ClientRequest;
  readonly agent: Agent;
  readonly guard: AddressGuard;
  /** Of the proxy that it goes through, without its login. */
  readonly proxyHost: string | undefined;
}

/** An answer whose head has come. `chunks` must be read to its end or returned, else the connection stays open. */
interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly chunks: AsyncGenerator<Uint8Array, void, undefined>;
}

const DEFAULT_CONNECTIONS_PER_HOST = 16;

/**
 * An {@link HttpClient} on Node's own HTTP, with connections that are kept between requests. Redirects are not
 * followed, content is not decompressed, nothing is sent twice, and link-local and metadata addresses are refused.
 * A failure's `details.systemCode` is Node's code (`ECONNRESET`). Close it when the work is done: requests that still run
 * end with INTERRUPTED, but those with a signal of their own are waited for.
 *
 * @throws {AmapError} on use: OFFLINE, REGISTRY_UNREACHABLE, TIMEOUT, LIMIT_EXCEEDED, REGISTRY_PROTOCOL (no HTTP),
 * INTERRUPTED
 * @example
 * ```ts
 * import { createHttpClient } from "./index.ts";
 * const http = createHttpClient({ offline: true });
 * await http.close();
 * ```
 */
export function createHttpClient(options: HttpClientOptions = {}): HttpClient {
  const transports = new Map<string, Transport>();
  const transportFor = (url: URL): Transport => {
    const proxy =
      options.env === undefined ? undefined : proxyFor(url, options.env, process.getBuiltinModule("node:net"));
    const key = `${url.protocol} ${proxy?.href ?? ""}`;
    let transport = transports.get(key);
    if (transport === undefined) {
      transport = loadTransport(url.protocol, proxy, options);
      transports.set(key, transport);
    }
    return transport;
  };
  const closed = new AbortController();
  const shared = options.signal === undefined ? closed.signal : AbortSignal.any([options.signal, closed.signal]);
  /** Requests that outlive the signal of all: what gives something up at a server. */
  const outliving = new Set<Promise<unknown>>();
  const open = async (request: HttpRequest): Promise<Answer> => {
    const url = parseUrl(request.url);
    if (options.offline) {
      throw new AmapError("OFFLINE", `${describeRequest(request.method, url)} was needed while --offline is set`, {
        details: { host: url.host },
      });
    }
    const transport = transportFor(url);
    transport.guard.checkHost(url.hostname);
    return exchange(transport, { signal: shared, ...request }, url, options);
  };
  return {
    async send(request) {
      const answer = open(request).then((opened) => collect(opened, request));
      if (request.signal === undefined) return answer;
      outliving.add(answer);
      return answer.finally(() => outliving.delete(answer));
    },
    async stream(request): Promise<HttpStream> {
      const { status, headers, chunks } = await open(request);
      return { status, headers, body: chunks };
    },
    async close() {
      closed.abort(new AmapError("INTERRUPTED", "the connections were closed before the answer was complete"));
      // Whoever waited for an answer learns of it first, and may have something to give up.
      do {
        await new Promise((resolve) => setImmediate(resolve));
        await Promise.allSettled(outliving);
      } while (outliving.size > 0);
      for (const { agent } of transports.values()) agent.destroy();
      transports.clear();
    },
  };
}

function parseUrl(text: string): URL {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "") {
    throw new AmapError("REGISTRY_PROTOCOL", "expected an http or https address without a user name");
  }
  return url;
}

/**
 * TLS costs start-up time, so each transport is loaded when the first address needs it. `import("node:http")` is avoided:
 * it reads every export and so loads Node's whole fetch (27 ms measured, against 3 ms).
 */
function loadTransport(protocol: string, proxy: URL | undefined, options: HttpClientOptions): Transport {
  const guard = createAddressGuard(process.getBuiltinModule("node:net"), process.getBuiltinModule("node:dns"));
  const socks = proxy !== undefined && isSocks(proxy) ? proxy : undefined;
  const shared: AgentOptions = {
    keepAlive: true,
    scheduling: "lifo",
    maxSockets: options.maxConnectionsPerHost ?? DEFAULT_CONNECTIONS_PER_HOST,
    lookup: guard.lookup,
    ...(proxy === undefined || socks ? {} : { proxyEnv: { HTTP_PROXY: proxy.href, HTTPS_PROXY: proxy.href } }),
  };
  const finish = (request: Transport["request"], agent: Agent): Transport => {
    if (socks !== undefined) goThroughSocks(agent, socks, guard.lookup, options.idleMs ?? LIMITS.httpIdleMs);
    return { request, agent, guard, proxyHost: proxy?.host };
  };
  if (protocol === "http:") {
    const http = process.getBuiltinModule("node:http");
    return finish(http.request, new http.Agent(shared));
  }
  const https = process.getBuiltinModule("node:https");
  const agent = new https.Agent({
    ...shared,
    minVersion: "TLSv1.2",
    rejectUnauthorized: options.insecureTls !== true,
    ...(options.caCertificatePem === undefined ? {} : { ca: options.caCertificatePem }),
    ...(options.clientCertificatePem === undefined ? {} : { cert: options.clientCertificatePem }),
    ...(options.clientKeyPem === undefined ? {} : { key: options.clientKeyPem }),
    ...(options.serverName === undefined ? {} : { servername: options.serverName }),
  });
  return finish(https.request, agent);
}

async function exchange(
  transport: Transport,
  request: HttpRequest,
  url: URL,
  options: HttpClientOptions,
): Promise<Answer> {
  const { method, body } = request;
  const idleMs = options.idleMs ?? LIMITS.httpIdleMs;
  const totalMs = options.totalMs ?? LIMITS.httpTotalMs;
  const { signal } = request;
  if (signal?.aborted) throw toInterruption(signal.reason, method, url);
  return new Promise((resolve, reject) => {
    let message: IncomingMessage | undefined;
    const release = (): void => {
      clearTimeout(deadline);
      signal?.removeEventListener("abort", interrupt);
    };
    const headers = {
      "user-agent": "amap",
      "accept-encoding": "identity",
      ...(body === undefined ? {} : { "content-length": String(body.length) }),
      ...request.headers,
    };
    const outgoing = transport.request(
      url,
      { method, headers, agent: transport.agent, timeout: idleMs },
      (incoming) => {
        message = incoming;
        // Without a listener a failure between head and body would end the process; the reader sees it all the same.
        incoming.on("error", () => {});
        incoming.on("close", release);
        resolve({
          status: incoming.statusCode ?? 0,
          headers: flattenHeaders(incoming),
          chunks: readChunks(incoming, request, url),
        });
      },
    );
    const end = (error: AmapError): void => {
      message?.destroy(error);
      outgoing.destroy(error);
      // Where no connection was made yet, the request says nothing until one is.
      reject(error);
    };
    const expire = (what: string): void =>
      end(new AmapError("TIMEOUT", `${describeRequest(method, url)}: ${what}`, { details: { host: url.host } }));
    const interrupt = (): void => end(toInterruption(signal?.reason, method, url));
    const deadline = setTimeout(() => expire(`not complete after ${totalMs} ms`), totalMs);
    outgoing.on("timeout", () => {
      // Bytes that wait for a slow reader are not the server's silence.
      if (message !== undefined && message.readableLength > 0) message.socket.setTimeout(idleMs);
      else expire(`no byte for ${idleMs} ms`);
    });
    signal?.addEventListener("abort", interrupt, { once: true });
    outgoing.on("error", (error) => {
      release();
      reject(toHttpFailure(error, method, url, transport.proxyHost));
    });
    outgoing.end(body);
  });
}

async function* readChunks(
  message: IncomingMessage,
  request: HttpRequest,
  url: URL,
): AsyncGenerator<Uint8Array, void, undefined> {
  let total = 0;
  try {
    for await (const chunk of message as AsyncIterable<Uint8Array>) {
      total += chunk.length;
      if (total > request.maxBytes) throw tooLarge(request, url, `more than ${request.maxBytes} bytes`);
      // Node gives a Buffer, whose slice() and toString() are not a Uint8Array's.
      yield new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    }
  } catch (error) {
    throw toHttpFailure(error, request.method, url);
  } finally {
    message.destroy();
  }
}

async function collect({ status, headers, chunks }: Answer, request: HttpRequest): Promise<HttpResponse> {
  const declared = request.method === "HEAD" ? Number.NaN : Number(headers["content-length"]);
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) {
    // Stated too large: not one byte more is read.
    if (declared > request.maxBytes) throw tooLarge(request, parseUrl(request.url), `${declared} bytes`);
    parts.push(chunk);
  }
  return { status, headers, body: parts.length === 1 && parts[0] !== undefined ? parts[0] : concatBytes(parts) };
}

function tooLarge(request: HttpRequest, url: URL, found: string): AmapError {
  return new AmapError(
    "LIMIT_EXCEEDED",
    `${describeRequest(request.method, url)}: expected at most ${request.maxBytes} bytes, found ${found}`,
    { details: { host: url.host, maxBytes: request.maxBytes } },
  );
}

/** Repeated headers joined as RFC 9110 §5.3 allows; a null prototype, since the names come from outside. */
function flattenHeaders(message: IncomingMessage): Record<string, string> {
  const flat: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(message.headers)) {
    if (value !== undefined) flat[name] = typeof value === "string" ? value : value.join(", ");
  }
  return flat;
}
