import type { AddressInfo } from "node:net";
import Fastify, { type FastifyInstance } from "fastify";
import { AmapError, LIMITS } from "../base/index.ts";
import { type Application, type ApplicationOptions, createApplication, type Timing } from "./application.ts";
import { clientError, refuseExpectation } from "./client-error.ts";
import { isLoopbackAddress, type ListenAddress, toUrl } from "./listen-address.ts";
import type { ServerLog } from "./log.ts";
import { sendProblem } from "./problems.ts";
import { addMetricsRoute } from "./routes/health.ts";
import { SECURITY_HEADERS } from "./security-headers.ts";

/** What the server is started with. */
export interface ServerOptions
  extends Pick<
    ApplicationOptions,
    "store" | "jobs" | "explain" | "chainOf" | "version" | "demo" | "webRoot" | "now" | "randomBytes" | "log"
  > {
  readonly listen: ListenAddress;
  /** Certificate chain and key in PEM: the server speaks TLS itself. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Names under which people reach it, beside the loopback names. */
  readonly publicHosts?: readonly string[];
  /** Plain HTTP for other machines, for a proxy that speaks TLS in front. */
  readonly insecureHttp?: boolean;
  /** Whether that proxy's X-Forwarded-Proto and X-Forwarded-For are to be believed. */
  readonly trustProxy?: boolean;
  /** Where figures are given to anyone who asks; left out, this machine alone reads them at the server's own port. */
  readonly metricsListen?: ListenAddress;
  readonly timing?: Partial<Timing>;
}

/** A server that listens. */
export interface RunningServer {
  /** `http://127.0.0.1:8080`, with the port that it got. */
  readonly url: string;
  readonly metricsUrl?: string;
  /** Stops accepting, ends the event streams, lets running requests end, then closes. The store stays open. */
  close(): Promise<void>;
}

/** How long running requests may take when the server closes. */
const CLOSE_MS = 5_000;

/**
 * Starts the API and the dashboard, and returns where they are. Everything but one-time login needs a session; only JSON
 * and the dashboard's own files are served.
 * @throws {AmapError} USAGE for an address of other machines without TLS, or one that cannot be listened on
 * @see docs/adr/0011-http-and-sessions.md
 * @example
 * ```ts
 * import { parseListenAddress, type ServerOptions, startServer } from "./index.ts";
 * const start = async (options: Omit<ServerOptions, "listen">) => {
 *   const server = await startServer({ ...options, listen: parseListenAddress("127.0.0.1:0") });
 *   await server.close();
 * };
 * ```
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { listen, tls, insecureHttp = false, metricsListen } = options;
  const isLoopback = isLoopbackAddress(listen.host);
  if (!isLoopback && tls === undefined && !insecureHttp)
    throw new AmapError("USAGE", `other machines reach ${listen.host}, and there is no TLS`, {
      hint: "Give --tls-cert and --tls-key, or --insecure-http behind a proxy that speaks TLS.",
    });
  const application = await createApplication({
    ...options,
    tls,
    guards: {
      publicHosts: options.publicHosts ?? [],
      isLoopback,
      isTls: tls !== undefined,
      trustProxy: options.trustProxy ?? false,
    },
    metricsHere: metricsListen === undefined,
    timing: {
      pollMs: 500,
      heartbeatMs: 15_000,
      headersMs: LIMITS.serverHeadersMs,
      idleMs: LIMITS.serverIdleMs,
      pingMs: 2_000,
      ...options.timing,
    },
  });
  const metrics = metricsListen === undefined ? undefined : await createMetricsServer(application, options.log);
  try {
    const url = await listenOn(application.app, listen, tls === undefined ? "http" : "https");
    const metricsUrl =
      metrics === undefined || metricsListen === undefined ? undefined : await listenOn(metrics, metricsListen, "http");
    return {
      url,
      ...(metricsUrl === undefined ? {} : { metricsUrl }),
      close: () => closeAll(application, metrics),
    };
  } catch (error) {
    await closeAll(application, metrics);
    throw error;
  }
}

async function createMetricsServer({ metrics }: Application, log: ServerLog): Promise<FastifyInstance> {
  const app = Fastify({
    logger: false,
    requestTimeout: LIMITS.serverRequestMs,
    connectionTimeout: LIMITS.serverIdleMs,
    bodyLimit: 1_024,
    clientErrorHandler: clientError,
    http: { headersTimeout: LIMITS.serverHeadersMs, requireHostHeader: false },
  });
  app.server.maxConnections = LIMITS.metricsConnections;
  app.server.on("checkExpectation", refuseExpectation);
  app.addHook("onRequest", async (_, reply) => void reply.headers(SECURITY_HEADERS));
  app.setErrorHandler((error, request, reply) => sendProblem(error, request, reply, log));
  app.setNotFoundHandler(() => {
    throw new AmapError("ROUTE_UNKNOWN", "there is no such address");
  });
  addMetricsRoute(app, metrics, { onlyLoopback: false });
  await app.ready();
  return app;
}

async function listenOn(
  app: FastifyInstance,
  { host: name, port }: ListenAddress,
  scheme: "http" | "https",
): Promise<string> {
  // For this name Fastify would open a second listener, without our limits; and a link to the name may lead to another
  // program at the other address.
  const host = name.toLowerCase() === "localhost" ? "127.0.0.1" : name;
  try {
    await app.listen({ host, port });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new AmapError("USAGE", `cannot listen on ${host}:${port}: ${reason}`, {
      hint: "Choose another with --listen HOST:PORT; port 0 takes any free one.",
      cause: error,
    });
  }
  return toUrl(scheme, { host, port: (app.server.address() as AddressInfo).port });
}

async function closeAll(application: Application, metrics: FastifyInstance | undefined): Promise<void> {
  application.beginClosing();
  const force = setTimeout(() => application.app.server.closeAllConnections(), CLOSE_MS);
  try {
    await Promise.all([application.app.close(), metrics?.close()]);
  } finally {
    clearTimeout(force);
  }
}
