import { existsSync } from "node:fs";
import { join } from "node:path";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { AmapError } from "../base/index.ts";

const HOW_TO_BUILD = `The API of amap is here, the dashboard is not: it has not been built.
Build it with "npm run build", then start amap again.
`;

/** Names of built files carry a hash of their content: what such a name stands for never changes. */
const HASHED = /\/assets\/[^/]+$/;

/** A file beside the page, such as /favicon.svg. Deeper dots belong to names of images. */
const FILE = /^\/[^/]*\.[^/]*$/;

/**
 * The folder with the built dashboard: `web/dist` in a checkout, `web` beside the bundle in the package. Undefined where
 * it has not been built.
 * @example
 * ```ts
 * import { findDashboard } from "./index.ts";
 * findDashboard() ?? "not built";
 * ```
 */
export function findDashboard(): string | undefined {
  const candidates = [["..", "..", "web", "dist"], ["..", "web"], ["web"]].map((parts) =>
    join(import.meta.dirname, ...parts),
  );
  return candidates.find((folder) => existsSync(join(folder, "index.html")));
}

/** Serves the dashboard's files; its own addresses (`/images/…`) all answer with the page, which finds its way. */
export async function addDashboardFiles(app: FastifyInstance, webRoot: string | undefined): Promise<void> {
  if (webRoot === undefined) {
    app.get("/", { schema: { hide: true } }, async (_, reply) =>
      reply.header("cache-control", "no-store").type("text/plain; charset=utf-8").send(HOW_TO_BUILD),
    );
    return;
  }
  await app.register(fastifyStatic, {
    root: webRoot,
    wildcard: true,
    dotfiles: "ignore",
    redirect: false,
    cacheControl: false,
    etag: true,
    lastModified: false,
    schemaHide: true,
    setHeaders: (response, path) => {
      const isHashed = HASHED.test(path.replaceAll("\\\\", "/"));
      response.header("cache-control", isHashed ? "public, max-age=31536000, immutable" : "no-cache");
    },
  });
}

/**
 * Answers what no route takes: with the page where a person navigates, with ROUTE_UNKNOWN otherwise.
 * @throws {AmapError} ROUTE_UNKNOWN
 */
export async function answerUnknown(
  request: FastifyRequest,
  reply: FastifyReply,
  webRoot: string | undefined,
): Promise<FastifyReply> {
  const [path = ""] = request.url.split("?");
  const isPage =
    webRoot !== undefined &&
    (request.method === "GET" || request.method === "HEAD") &&
    !/^\/(?:\.|(?:api|assets|healthz|metrics)(?:\/|$))/.test(path) &&
    (request.headers.accept ?? "").includes("text/html") &&
    !FILE.test(path);
  if (!isPage) throw new AmapError("ROUTE_UNKNOWN", "there is no such address or method");
  return reply.sendFile("index.html");
}
