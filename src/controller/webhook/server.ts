import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { Socket } from "node:net";
import { LIMITS } from "../../base/index.ts";
import { listen } from "../listen.ts";
import { describeFailure, type Log } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import type { ListenAddress } from "../options.ts";
import { reviewTimeoutMs } from "./deadline.ts";

/** Answers one review: bytes of an AdmissionReview in and out. */
export type ReviewHandler = (
  body: Uint8Array,
  options: { readonly timeoutMs: number; readonly startedAt: number },
) => Promise<WebhookAnswer>;

/** What is sent back. Anything but 200 makes the API server apply the webhook's failure policy. */
export type WebhookAnswer =
  | { readonly status: 200; readonly body: Uint8Array }
  | { readonly status: 400; readonly message: string };

/** A certificate chain and its key, PEM. */
export interface ServingPair {
  readonly certificatePem: string;
  readonly privateKeyPem: string;
}

export interface WebhookServerOptions {
  readonly listen: ListenAddress;
  readonly pair: ServingPair;
  readonly handlers: ReadonlyMap<string, ReviewHandler>;
  /** Until then nothing is judged: without its policies the webhook would allow everything. */
  readonly isReady: () => boolean;
  readonly log: Log;
  readonly metrics: Pick<Metrics, "refused">;
  /** Reviews at the same time; more get 503. */
  readonly maxReviews?: number;
  /** Bytes of all bodies that are read or judged; what comes on top gets 503. A body takes many times that when it is read. */
  readonly maxBodiesBytes?: number;
  readonly maxConnections?: number;
  readonly headersMs?: number;
  readonly requestMs?: number;
}

/** A webhook server that listens. */
export interface WebhookServer {
  readonly port: number;
  /** Serves new connections with another pair; those that are open stay open. @throws where the pair is no pair */
  usePair(pair: ServingPair): void;
  /** From now on each answer asks the client to connect anew: elsewhere, when endpoints have forgotten this replica. */
  drain(): void;
  /** Stops listening, lets running reviews end for at most `withinMs`, then cuts what is left. */
  close(withinMs: number): Promise<void>;
}

const DEFAULTS = {
  maxReviews: 512,
  maxBodiesBytes: 32 * 1_024 * 1_024,
  maxConnections: 4_096,
  headersMs: 5_000,
  requestMs: 15_000,
};
/** Longer than Go's clients keep idle connections (90 s), so that it is never the server that hangs up on a request. */
const KEEP_ALIVE_MS = 120_000;

/** TLS 1.3, and of TLS 1.2 only what has forward secrecy and authenticated encryption (C19). */
const CIPHERS = [
  "TLS_AES_128_GCM_SHA256",
  "TLS_AES_256_GCM_SHA384",
  "TLS_CHACHA20_POLY1305_SHA256",
  "ECDHE-ECDSA-AES128-GCM-SHA256",
  "ECDHE-ECDSA-AES256-GCM-SHA384",
  "ECDHE-ECDSA-CHACHA20-POLY1305",
].join(":");

const tlsOf = ({ certificatePem, privateKeyPem }: ServingPair) =>
  ({ cert: certificatePem, key: privateKeyPem, minVersion: "TLSv1.2", ciphers: CIPHERS }) as const;

/** Starts the webhook server. */
export async function startWebhookServer(options: WebhookServerOptions): Promise<WebhookServer> {
  const { log, headersMs = DEFAULTS.headersMs, requestMs = DEFAULTS.requestMs } = options;
  const exchange = createExchange(options);
  const server = createServer({
    ...tlsOf(options.pair),
    handshakeTimeout: headersMs,
    headersTimeout: headersMs,
    requestTimeout: requestMs,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionsCheckingInterval: Math.min(1_000, headersMs),
    maxHeaderSize: 16 * 1_024,
  });
  server.maxConnections = options.maxConnections ?? DEFAULTS.maxConnections;
  server.on("request", (request, response) => void exchange.answer(request, response));
  server.on("tlsClientError", (error, socket) => {
    log.debug({ reason: error.message }, "a TLS handshake failed");
    socket.destroy();
  });
  server.on("clientError", (_error: Error, socket: Socket) => {
    options.metrics.refused("malformed");
    if (socket.writable) socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    else socket.destroy();
  });
  const port = await listen(server, options.listen);
  server.on("error", (error) => log.error(describeFailure(error), "the webhook server failed"));
  return {
    port,
    usePair: (pair) => server.setSecureContext(tlsOf(pair)),
    drain: () => exchange.drain(),
    close: (withinMs) => close(server, withinMs),
  };
}

function close(server: Server, withinMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), withinMs);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
  });
}

interface Exchange {
  answer(request: IncomingMessage, response: ServerResponse): Promise<void>;
  drain(): void;
}

function createExchange(options: WebhookServerOptions): Exchange {
  const { handlers, log, metrics } = options;
  const { maxReviews = DEFAULTS.maxReviews, maxBodiesBytes = DEFAULTS.maxBodiesBytes } = options;
  let bodiesBytes = 0;
  let running = 0;
  let isDraining = false;

  const send = (response: ServerResponse, status: number, type: string, body: Uint8Array | string): void => {
    if (response.destroyed || response.headersSent) return;
    const bytes = typeof body === "string" ? Buffer.from(body) : body;
    const closing = isDraining || status !== 200 ? { connection: "close" } : {};
    response.writeHead(status, { "content-type": type, "content-length": bytes.byteLength, ...closing });
    response.end(bytes);
  };
  const refuse = (response: ServerResponse, status: number, reason: string, message: string): void => {
    metrics.refused(reason);
    send(response, status, "text/plain; charset=utf-8", `${message}\n`);
  };

  /** Anybody who reaches the port may send a body of any size; all together must not end the process. */
  const takerOf =
    (taken: { bytes: number }) =>
    (bytes: number): boolean => {
      if (bodiesBytes + bytes > maxBodiesBytes) return false;
      bodiesBytes += bytes;
      taken.bytes += bytes;
      return true;
    };

  const review = async (
    request: IncomingMessage,
    response: ServerResponse,
    startedAt: number,
    take: (bytes: number) => boolean,
  ): Promise<void> => {
    const url = new URL(request.url ?? "/", "https://webhook");
    const handler = handlers.get(url.pathname);
    if (handler === undefined) return refuse(response, 404, "not-found", "there is nothing here");
    if (request.method !== "POST") return refuse(response, 405, "malformed", "only POST is answered");
    if (!isJson(request.headers["content-type"])) {
      return refuse(response, 415, "malformed", "only application/json is read");
    }
    const body = await readBody(request, LIMITS.admissionBytes, take);
    if (body === "busy") return refuse(response, 503, "busy", "too many large reviews at the same time");
    if (body === "too-large") {
      return refuse(response, 413, "malformed", `a review is at most ${LIMITS.admissionBytes} bytes`);
    }
    if (body === "cut") return metrics.refused("malformed");
    const timeoutMs = reviewTimeoutMs(url.searchParams.get("timeout")) - (performance.now() - startedAt);
    if (timeoutMs <= 0) return refuse(response, 503, "timeout", "the review arrived too slowly");
    const answer = await handler(body, { timeoutMs: Math.floor(timeoutMs), startedAt });
    if (answer.status !== 200) return refuse(response, answer.status, "malformed", answer.message);
    send(response, 200, "application/json", answer.body);
  };

  return {
    drain: () => {
      isDraining = true;
    },
    answer: async (request, response) => {
      const startedAt = performance.now();
      // What the peer does to its connection is no failure of ours; what is left to do is told by the promise below.
      request.on("error", () => undefined);
      response.on("error", () => undefined);
      // The API server applies the failure policy: that is right for "could not decide", and faster than waiting.
      if (!options.isReady()) return refuse(response, 503, "starting", "the policies are not known yet");
      if (running >= maxReviews) return refuse(response, 503, "busy", "too many reviews at the same time");
      running += 1;
      const taken = { bytes: 0 };
      try {
        await review(request, response, startedAt, takerOf(taken));
      } catch (error) {
        log.error(describeFailure(error), "a review failed");
        refuse(response, 500, "failed", "amap failed; see its log");
      } finally {
        running -= 1;
        bodiesBytes -= taken.bytes;
      }
    },
  };
}

function isJson(contentType: string | undefined): boolean {
  return contentType?.split(";")[0]?.trim().toLowerCase() === "application/json";
}

/** The whole body; never more than `maxBytes` and what one read brings beyond. */
async function readBody(
  request: IncomingMessage,
  maxBytes: number,
  take: (bytes: number) => boolean,
): Promise<Uint8Array | "too-large" | "busy" | "cut"> {
  if (Number(request.headers["content-length"] ?? 0) > maxBytes) return "too-large";
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      length += chunk.byteLength;
      if (length > maxBytes) return "too-large";
      if (!take(chunk.byteLength)) return "busy";
      chunks.push(chunk);
    }
  } catch {
    return "cut";
  }
  return Buffer.concat(chunks, length);
}
