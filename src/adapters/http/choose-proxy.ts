import type { Socket } from "node:net";
import { isSocks, parseProxy, proxyFor } from "./proxy.ts";
import { connectBySocks } from "./socks.ts";

/** A proxy that connections go through. */
export interface ProxyChoice {
  /** With its login, where it has one: never for messages. */
  readonly href: string;
  /** Opens a connection through a SOCKS 5 proxy; absent where the proxy speaks HTTP. */
  readonly connect?: (place: {
    readonly host: string;
    readonly port: number;
    readonly timeoutMs: number;
  }) => Promise<Socket>;
}

/**
 * The proxy for a server: the one that is `stated` for it, whatever its address, else that of the environment by the rules
 * of {@link createHttpClient}. For clients that make their own connections.
 *
 * @throws {AmapError} USAGE for a proxy's address that cannot be used; its password is not shown
 * @example
 * ```ts
 * import { chooseProxy } from "./index.ts";
 * chooseProxy(new URL("https://kubernetes.example"), { HTTPS_PROXY: "proxy.example:3128" })?.href; // "http://proxy.example:3128/"
 * ```
 */
export function chooseProxy(
  server: URL,
  env: Readonly<Record<string, string | undefined>>,
  stated?: string,
): ProxyChoice | undefined {
  const proxy =
    stated === undefined
      ? proxyFor(server, env, process.getBuiltinModule("node:net"))
      : parseProxy(stated, "proxy-url");
  if (proxy === undefined) return undefined;
  if (!isSocks(proxy)) return { href: proxy.href };
  return { href: proxy.href, connect: (place) => connectBySocks({ proxy, ...place }) };
}
