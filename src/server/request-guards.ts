import { isIP } from "node:net";
import type { FastifyRequest } from "fastify";
import { AmapError } from "../base/index.ts";

/** Where requests may come from. */
export interface GuardOptions {
  /** Names under which people reach the server, with or without port, beside the loopback names. */
  readonly publicHosts: readonly string[];
  /** Whether the server listens on this machine only. */
  readonly isLoopback: boolean;
  /** Whether the server itself speaks TLS. */
  readonly isTls: boolean;
  /** Whether one proxy in front says scheme and address in X-Forwarded-Proto and X-Forwarded-For. */
  readonly trustProxy: boolean;
}

/** Decides by a request's head whether it may go on. */
export interface RequestGuards {
  /** @throws {AmapError} HOST_REFUSED */
  checkHost(request: FastifyRequest): void;
  /** @throws {AmapError} SESSION_FORBIDDEN */
  checkSite(request: FastifyRequest): void;
  /** Whether the person's browser speaks TLS. */
  isSecure(request: FastifyRequest): boolean;
  /** The address that the request comes from. */
  addressOf(request: FastifyRequest): string;
}

const HOST = /^(?<name>\[[0-9a-f:.]{2,45}\]|[a-z0-9._-]{1,253})(?::\d{1,5})?$/;
const LOOPBACK_NAMES = new Set(["localhost", "127.0.0.1", "[::1]"]);
const READING = new Set(["GET", "HEAD"]);

/** Guards against DNS rebinding (checkHost) and against other sites' pages (checkSite). */
export function createRequestGuards(options: GuardOptions): RequestGuards {
  const publicHosts = new Set(options.publicHosts.map((host) => host.toLowerCase()));
  const isSecure = (request: FastifyRequest): boolean =>
    options.isTls || (options.trustProxy && lastOf(request.headers["x-forwarded-proto"]) === "https");

  const checkHost = (request: FastifyRequest): void => {
    // Of two Host headers a proxy in front may have read the other one.
    const [host = "", ...more] = (request.raw.headersDistinct["host"] ?? []).map((each) => each.toLowerCase());
    if (more.length > 0) throw new AmapError("HOST_REFUSED", "the request has two Host headers");
    const name = HOST.exec(host)?.groups?.["name"];
    if (name !== undefined && (LOOPBACK_NAMES.has(name) || publicHosts.has(name) || publicHosts.has(host))) return;
    // A page that rebinds its own name to our address sends that name; an address is what the person typed.
    if (name !== undefined && !options.isLoopback && isIP(name.replaceAll(/[[\]]/g, "")) !== 0) return;
    throw new AmapError("HOST_REFUSED", "the Host header names no address of this server");
  };

  const checkSite = (request: FastifyRequest): void => {
    const { "sec-fetch-site": site, origin, host } = request.headers;
    if (READING.has(request.method)) {
      // Pages of other ports of this machine count as the same site and send cookies; they have nothing to ask here.
      if (site === undefined || site === "same-origin" || site === "none") return;
    } else if (site === undefined) {
      if (origin?.toLowerCase() === `${isSecure(request) ? "https" : "http"}://${host?.toLowerCase()}`) return;
    } else if (site === "same-origin") return;
    throw new AmapError("SESSION_FORBIDDEN", "the request was not made by the dashboard's own page");
  };

  const addressOf = (request: FastifyRequest): string => {
    const forwarded = options.trustProxy ? lastOf(request.headers["x-forwarded-for"]) : undefined;
    return forwarded !== undefined && isIP(forwarded) !== 0 ? forwarded : (request.socket.remoteAddress ?? "");
  };

  return { checkHost, checkSite, isSecure, addressOf };
}

/** The last entry of a list header: the only one that the nearest proxy wrote. */
function lastOf(header: string | readonly string[] | undefined): string | undefined {
  const text = typeof header === "object" ? header.at(-1) : header;
  return text?.split(",").at(-1)?.trim().toLowerCase();
}
