import swagger from "@fastify/swagger";
import Fastify, {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type FastifyServerOptions,
} from "fastify";
import { createSerializerCompiler, jsonSchemaTransform, validatorCompiler } from "fastify-type-provider-zod";
import { EVENTS_PATH } from "../api/index.ts";
import type { Jobs, Store } from "../app/index.ts";
import { LIMITS, readJson } from "../base/index.ts";
import { clientError, refuseExpectation } from "./client-error.ts";
import type { Handlers } from "./contract.ts";
import { addDashboardFiles, answerUnknown } from "./dashboard-files.ts";
import { createEventStream, type EventStream } from "./event-stream.ts";
import type { ServerLog } from "./log.ts";
import { createLoginRate } from "./login-rate.ts";
import { createMetrics, type Metrics } from "./metrics.ts";
import { addNamedSchemas, describeApi } from "./open-api.ts";
import { invalidBody, sendProblem } from "./problems.ts";
import { registerRoutes } from "./register-routes.ts";
import { createRequestGuards, type GuardOptions, type RequestGuards } from "./request-guards.ts";
import { admissionRoutes, type Explain } from "./routes/admissions.ts";
import { auditRoutes } from "./routes/audit.ts";
import { addEventRoute } from "./routes/events.ts";
import { addHealthRoutes, addMetricsRoute, PROBE_ROUTES } from "./routes/health.ts";
import { type ChainOf, imageRoutes } from "./routes/images.ts";
import { jobRoutes } from "./routes/jobs.ts";
import { overviewRoutes } from "./routes/overview.ts";
import { policyRoutes } from "./routes/policies.ts";
import { sessionRoutes } from "./routes/session.ts";
import { SECURITY_HEADERS, STRICT_TRANSPORT } from "./security-headers.ts";
import { createSessions } from "./sessions.ts";

/** What the application is made with, whatever it listens on. */
export interface ApplicationOptions {
  readonly store: Store;
  /** The queue beside the store. */
  readonly jobs: Pick<Jobs, "list" | "retry">;
  readonly explain: Explain;
  readonly chainOf: ChainOf;
  readonly version: string;
  readonly demo: boolean;
  readonly webRoot: string | undefined;
  /** Milliseconds since 1970, whole. */
  readonly now: () => number;
  /** Unpredictable bytes. */
  readonly randomBytes: (length: number) => Uint8Array;
  readonly log: ServerLog;
  readonly guards: GuardOptions;
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
  /** Whether the dashboard's port has the figures too, for this machine only. */
  readonly metricsHere: boolean;
  readonly timing: Timing;
}

/** Times in ms; tests shorten them. */
export interface Timing {
  readonly pollMs: number;
  readonly heartbeatMs: number;
  readonly headersMs: number;
  /** How long nothing may move on a connection. */
  readonly idleMs: number;
  /** How long readiness waits for the store. */
  readonly pingMs: number;
}

/** The application, not listening yet. */
export interface Application {
  readonly app: FastifyInstance;
  readonly metrics: Metrics;
  readonly events: EventStream;
  /** Readiness says no from here on. */
  beginClosing(): void;
}

/** Puts routes, guards, errors and figures together. */
export async function createApplication(options: ApplicationOptions): Promise<Application> {
  const { store, log, now } = options;
  const guards = createRequestGuards(options.guards);
  const sessions = createSessions(store, options);
  const events = createEventStream({ store, log, isValid: sessions.isValid, ...options.timing });
  const metrics = createMetrics(() => events.clients);
  const app = createFastify(options);
  let isClosing = false;

  addBodyReader(app);
  addGuards(app, guards, options.tls !== undefined);
  addObservation(app, metrics, log);
  app.setErrorHandler((error, request, reply) => sendProblem(error, request, reply, log));
  app.setNotFoundHandler((request, reply) => answerUnknown(request, reply, options.webRoot));
  await app.register(swagger, {
    openapi: describeApi(options.version),
    transform: jsonSchemaTransform,
    transformObject: addNamedSchemas,
  });
  await app.register(async (inner) => {
    const requireSession = (request: FastifyRequest): Promise<void> =>
      sessions.require(request, guards.isSecure(request));
    const handlers: Handlers = {
      ...overviewRoutes(store, options),
      ...imageRoutes(store, options.chainOf),
      ...policyRoutes(store),
      ...admissionRoutes(store, options.explain),
      ...auditRoutes(store),
      ...jobRoutes(options.jobs),
      ...sessionRoutes(sessions, createLoginRate(now), guards, (tokenHash) => events.endSession(tokenHash)),
    };
    registerRoutes(inner, handlers, requireSession);
    addEventRoute(inner, events, sessions, requireSession);
    inner.get("/api/v1/openapi.json", { schema: { hide: true } }, async (_, reply) =>
      reply.header("cache-control", "no-store").send(app.swagger()),
    );
    addHealthRoutes(inner, store, () => isClosing, options.timing.pingMs);
    if (options.metricsHere) addMetricsRoute(inner, metrics, { onlyLoopback: true });
    await addDashboardFiles(inner, options.webRoot);
  });
  await app.ready();
  return {
    app,
    metrics,
    events,
    beginClosing: () => {
      isClosing = true;
      events.close();
    },
  };
}

function createFastify({ timing, tls, randomBytes, log }: ApplicationOptions): FastifyInstance {
  const node = {
    headersTimeout: timing.headersMs,
    // Node looks for late requests only this often.
    connectionsCheckingInterval: Math.min(timing.headersMs, 1_000),
    maxHeaderSize: 16 * 1024,
    // Node's own refusal would lack our headers; without the header no host is ours.
    requireHostHeader: false,
  };
  const server: FastifyServerOptions = {
    logger: false,
    bodyLimit: LIMITS.apiBodyBytes,
    requestTimeout: LIMITS.serverRequestMs,
    // A connection on which nothing moves: whoever does not read an answer would hold it for ever.
    connectionTimeout: timing.idleMs,
    keepAliveTimeout: 10_000,
    forceCloseConnections: "idle",
    // Fastify's own refusal would lack our headers; whoever still asks on an open connection is answered.
    return503OnClosing: false,
    genReqId: () => Buffer.from(randomBytes(8)).toString("hex"),
    requestIdHeader: false,
    clientErrorHandler: clientError,
    // Image names with their digest, percent-encoded: longer than the 100 characters that Fastify allows.
    routerOptions: { maxParamLength: 2_000 },
    frameworkErrors: (error, request, reply) => {
      addSecurityHeaders(request, reply, tls !== undefined);
      sendProblem(error, request, reply, log);
    },
  };
  const app = Fastify({
    ...server,
    ...(tls === undefined ? { http: node } : { https: { ...node, ...tls, minVersion: "TLSv1.2" } }),
  } as FastifyServerOptions);
  app.server.maxConnections = LIMITS.serverConnections;
  app.server.on("checkExpectation", refuseExpectation);
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(createSerializerCompiler({ replacer: writeBigInteger }));
  return app;
}

/** Integers beyond 2^53 in a stored document keep their digits on the wire. */
function writeBigInteger(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? (JSON as unknown as RawJson).rawJSON(String(value)) : value;
}

/** ES2026; Node 24 has it, the compiler's library not yet. */
interface RawJson {
  rawJSON(text: string): unknown;
}

/** JSON by amap's own strict reader, and nothing else. */
function addBodyReader(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    "application/json",
    { parseAs: "buffer" },
    async (_request: FastifyRequest, body: Buffer) => {
      if (body.length === 0) return undefined;
      try {
        return readJson(new Uint8Array(body), { maxDepth: 16 });
      } catch (error) {
        throw invalidBody(error);
      }
    },
  );
}

function addSecurityHeaders(request: FastifyRequest, reply: FastifyReply, isTls: boolean): void {
  reply.headers(SECURITY_HEADERS).header("x-request-id", request.id);
  if (isTls) reply.header("strict-transport-security", STRICT_TRANSPORT);
}

/** On every request, in this order: headers first, so that refusals carry them too. */
function addGuards(app: FastifyInstance, guards: RequestGuards, isTls: boolean): void {
  app.addHook("onRequest", async (request, reply) => {
    addSecurityHeaders(request, reply, isTls);
    // By the route that was found, not by the address: that can be written in many ways (`/%61pi/`, `http://host/api/`).
    const route = request.routeOptions.url ?? "";
    if (PROBE_ROUTES.has(route)) return;
    guards.checkHost(request);
    const isChange = request.method !== "GET" && request.method !== "HEAD";
    if (isChange || route.startsWith("/api/")) guards.checkSite(request);
  });
}

/** Counts and logs answers by the route's pattern: addresses and queries name people and things. */
function addObservation(app: FastifyInstance, metrics: Metrics, log: ServerLog): void {
  app.addHook("onResponse", async (request, reply) => {
    const route = request.routeOptions.url ?? "unmatched";
    // A stream lasts as long as somebody looks: that is no duration of an answer.
    if (route === EVENTS_PATH && reply.statusCode === 200) return;
    const { method, id } = request;
    const seconds = reply.elapsedTime / 1000;
    metrics.observe({ method, route, status: reply.statusCode, seconds });
    log.info(
      { requestId: id, method, route, status: reply.statusCode, durationMs: Math.round(seconds * 1000) },
      "answered",
    );
  });
}
