import { createServer } from "node:http";
import { listen } from "./listen.ts";
import { describeFailure, type Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import type { ListenAddress } from "./options.ts";

/** A plain HTTP server for probes and metrics; it has nothing secret and answers only GET. */
export interface HealthServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Starts the server of `/healthz/live`, `/healthz/ready` and `/metrics`. */
export async function startHealthServer(options: {
  readonly listen: ListenAddress;
  readonly log: Log;
  readonly metrics: Pick<Metrics, "read" | "contentType">;
  /** Why this replica is not ready; empty when it is. */
  readonly reasons: () => Promise<readonly string[]>;
}): Promise<HealthServer> {
  const { log, metrics } = options;
  const text = "text/plain; charset=utf-8";
  const answers: ReadonlyMap<string, () => Promise<readonly [number, string, string]>> = new Map([
    ["/healthz/live", async () => [200, text, "alive\n"]],
    [
      "/healthz/ready",
      async () => {
        const reasons = await options.reasons();
        return reasons.length === 0 ? [200, text, "ready\n"] : [503, text, `not ready:\n${reasons.join("\n")}\n`];
      },
    ],
    ["/metrics", async () => [200, metrics.contentType, await metrics.read()]],
  ]);
  const server = createServer({ headersTimeout: 5_000, requestTimeout: 5_000, maxHeaderSize: 16 * 1_024 });
  server.maxConnections = 256;
  server.on("request", (request, response) => {
    const path = request.url?.split("?")[0] ?? "";
    const answer = request.method === "GET" || request.method === "HEAD" ? answers.get(path) : undefined;
    const send = ([status, type, body]: readonly [number, string, string]): void => {
      response.writeHead(status, { "content-type": type }).end(request.method === "HEAD" ? undefined : body);
    };
    request.resume();
    if (answer === undefined) return send([404, text, "there is nothing here\n"]);
    answer().then(send, (error: unknown) => {
      log.error(describeFailure(error), "a probe failed");
      send([500, text, "amap failed; see its log\n"]);
    });
  });
  const port = await listen(server, options.listen);
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
