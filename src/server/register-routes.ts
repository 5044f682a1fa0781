import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { problem, ROUTES, type Route, type RouteKey } from "../api/index.ts";
import { AmapError } from "../base/index.ts";
import type { Handlers } from "./contract.ts";

/** What a route without parameters of its own takes: nothing. An unknown parameter is refused, not ignored. */
const NOTHING = z.strictObject({});

/** Checks that a request carries a session. */
export type RequireSession = (request: FastifyRequest) => Promise<void>;

/** Adds every route of the contract to the server, with its schemas, its session check and its handler. */
export function registerRoutes(app: FastifyInstance, handlers: Handlers, requireSession: RequireSession): void {
  for (const key of Object.keys(ROUTES) as RouteKey[]) registerRoute(app, key, handlers, requireSession);
}

function registerRoute(app: FastifyInstance, key: RouteKey, handlers: Handlers, requireSession: RequireSession): void {
  const route: Route = ROUTES[key];
  const [method = "", url = ""] = key.split(" ");
  app.route({
    method,
    url,
    schema: schemaOf(route, key),
    ...(route.open === true ? {} : { onRequest: requireSession }),
    handler: async (request, reply) => {
      if (route.body === undefined && request.body !== undefined)
        throw new AmapError("REQUEST_INVALID", "body: expected none");
      const { params, query, body } = request;
      reply.header("cache-control", "no-store");
      const handle = handlers[key] as (call: unknown) => Promise<unknown>;
      const answer = await handle({ params, query, body, request, reply });
      return route.response === undefined ? reply.code(204).send() : sendAnswer(reply, answer);
    },
  });
}

function sendAnswer(reply: FastifyReply, answer: unknown): FastifyReply {
  return reply.type("application/json; charset=utf-8").send(answer);
}

/** The parts of the contract as Fastify and its OpenAPI plug-in take them. */
function schemaOf(route: Route, key: RouteKey): object {
  const problems = { description: "An error.", content: { "application/problem+json": { schema: problem } } };
  return {
    operationId: operationOf(key),
    summary: route.summary,
    ...(route.open === true ? { security: [] } : {}),
    querystring: route.query ?? NOTHING,
    ...(route.params === undefined ? {} : { params: route.params }),
    ...(route.body === undefined ? {} : { body: route.body }),
    response: {
      ...(route.response === undefined ? { 204: z.undefined().describe("Done.") } : { 200: route.response }),
      default: problems,
    },
  };
}

/** `GET /api/v1/images/:image` → `getImagesImage`. */
function operationOf(key: RouteKey): string {
  const [method = "", ...words] = key.replace("/api/v1", "").split(/[ /:]+/);
  return method.toLowerCase() + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
}
