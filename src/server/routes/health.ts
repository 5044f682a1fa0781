import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Store } from "../../app/index.ts";
import { AmapError, isAmapError } from "../../base/index.ts";
import { isLoopbackAddress } from "../listen-address.ts";
import type { Metrics } from "../metrics.ts";

/** For the machines that run the server: any host name may ask, for the answer tells nothing. */
export const PROBE_ROUTES: ReadonlySet<string> = new Set(["/healthz/live", "/healthz/ready"]);

/** `live`: the process answers. `ready`: the store answers too, and the server is not on its way out. */
export function addHealthRoutes(app: FastifyInstance, store: Store, isClosing: () => boolean, pingMs: number): void {
  app.get("/healthz/live", { schema: { hide: true } }, async (_, reply) => sayOk(reply));
  app.get("/healthz/ready", { schema: { hide: true } }, async (_, reply) => {
    if (isClosing()) throw new AmapError("STORE_UNAVAILABLE", "the server is closing");
    await pingStore(store, pingMs);
    return sayOk(reply);
  });
}

function sayOk(reply: FastifyReply): FastifyReply {
  return reply.header("cache-control", "no-store").type("text/plain; charset=utf-8").send("ok\n");
}

async function pingStore(store: Store, pingMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new AmapError("STORE_UNAVAILABLE", "the store does not answer")), pingMs);
  });
  try {
    await Promise.race([store.ping(), late]);
  } catch (error) {
    throw isAmapError(error) ? error : new AmapError("STORE_UNAVAILABLE", "the store failed", { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

/**
 * The figures. Where they share the dashboard's port only this machine reads them: to all others the address does not
 * exist. A request that a proxy handed on is not this machine's.
 */
export function addMetricsRoute(
  app: FastifyInstance,
  metrics: Metrics,
  options: { readonly onlyLoopback: boolean },
): void {
  app.get("/metrics", { schema: { hide: true } }, async (request, reply) => {
    if (options.onlyLoopback && !isFromHere(request)) throw new AmapError("ROUTE_UNKNOWN", "there is no such address");
    return reply
      .header("cache-control", "no-store")
      .type(metrics.contentType)
      .send(await metrics.read());
  });
}

function isFromHere({ socket, headers }: FastifyRequest): boolean {
  return (
    isLoopbackAddress(socket.remoteAddress ?? "") &&
    headers["x-forwarded-for"] === undefined &&
    headers.forwarded === undefined
  );
}
