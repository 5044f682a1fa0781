import type { Socket } from "node:net";
import { Agent, buildConnector, type Dispatcher, ProxyAgent } from "undici";
import type { Credentials } from "./credentials.ts";
import type { Timing } from "./timing.ts";

/** A proxy that the connections to the server go through. */
export interface ClusterProxy {
  /** The address of a proxy that speaks HTTP, with its login. */
  readonly href: string;
  /** Opens a connection through a proxy that does not. */
  readonly connect?: (place: {
    readonly host: string;
    readonly port: number;
    readonly timeoutMs: number;
  }) => Promise<Socket>;
}

/** Connections that are kept: to the server itself, or through a proxy, which sees TLS only. */
export function openAgent(tls: Credentials["tls"], timing: Timing, proxy: ClusterProxy | undefined): Dispatcher {
  // One watch holds one connection; HTTP/2 would put all of them on one, and one lost packet before all.
  const shared = { allowH2: false, pipelining: 1, keepAliveTimeout: 30_000 };
  const direct = { ...tls, minVersion: "TLSv1.2", timeout: timing.headersMs } as const;
  if (proxy === undefined) return new Agent({ ...shared, connect: direct });
  const { connect } = proxy;
  if (connect === undefined) return new ProxyAgent({ ...shared, uri: proxy.href, requestTls: direct });
  const onTop = buildConnector(direct);
  return new Agent({
    ...shared,
    connect: (options, callback) => {
      const { hostname, port, protocol } = options;
      const place = { host: hostname.replace(/^\[|\]$/g, ""), port: Number(port), timeoutMs: timing.headersMs };
      connect(place).then(
        (socket) =>
          protocol === "https:" ? onTop({ ...options, httpSocket: socket }, callback) : callback(null, socket),
        (error: Error) => callback(error, null),
      );
    },
  });
}

/** Whether a proxy answered that it makes no connection; undici tells it by the words alone. */
export function isRefusedTunnel(error: Error): boolean {
  return (error as NodeJS.ErrnoException).code === "UND_ERR_ABORTED" && /^Proxy response \(\d+\)/.test(error.message);
}
