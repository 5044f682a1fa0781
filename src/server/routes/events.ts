import type { FastifyInstance } from "fastify";
import { EVENTS_PATH } from "../../api/index.ts";
import { AmapError } from "../../base/index.ts";
import type { EventStream } from "../event-stream.ts";
import type { RequireSession } from "../register-routes.ts";
import type { Sessions } from "../sessions.ts";

/** The stream of changes, for those who have a session. */
export function addEventRoute(
  app: FastifyInstance,
  events: EventStream,
  sessions: Sessions,
  requireSession: RequireSession,
): void {
  app.route({
    method: "GET",
    url: EVENTS_PATH,
    exposeHeadRoute: false,
    schema: { hide: true },
    onRequest: requireSession,
    handler: async (request, reply) => {
      const lastEventId = readLastEventId(request.headers["last-event-id"]);
      const { tokenHash } = sessions.of(request);
      events.reserve();
      reply.hijack();
      reply.raw.writeHead(200, {
        ...(reply.getHeaders() as Record<string, string>),
        "content-type": "text/event-stream; charset=utf-8",
        "cache-control": "no-store",
        // nginx would gather events before it hands them on.
        "x-accel-buffering": "no",
      });
      reply.raw.flushHeaders();
      await events.add(reply.raw, { tokenHash, ...(lastEventId === undefined ? {} : { lastEventId }) });
    },
  });
}

function readLastEventId(header: string | readonly string[] | undefined): number | undefined {
  if (header === undefined || header === "") return undefined;
  if (typeof header === "string" && /^\d{1,15}$/.test(header)) return Number(header);
  throw new AmapError("REQUEST_INVALID", "Last-Event-ID: expected the number of a change");
}
