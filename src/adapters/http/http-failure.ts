import { AmapError, type ErrorCode } from "../../base/index.ts";

/** Method and address without its query: upload states and signed addresses carry secrets there. */
export function describeRequest(method: string, url: URL): string {
  return `${method} ${url.origin}${url.pathname}`;
}

const SENTENCES: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ECONNRESET: "the connection was closed before the answer was complete",
  EPIPE: "the connection was closed while the request was sent",
  ENOTFOUND: "the host name does not exist",
  EAI_AGAIN: "the host name could not be resolved",
  EHOSTUNREACH: "no route to the host",
  ENETUNREACH: "no route to the network",
  ETIMEDOUT: "the connection timed out",
  ERR_PROXY_TUNNEL: "the proxy refused to connect to it",
  ERR_PROXY_LOGIN: "the proxy refused the login, or wants one",
  ERR_PROXY_PROTOCOL: "the proxy does not speak SOCKS 5",
  EPROTO: "TLS failed; the server may speak plain HTTP",
};

/**
 * What a failed exchange means, with the proxy that may be at fault. `details.systemCode` has Node's own code, by which callers tell a reset connection
 * from one that was never made.
 */
export function toHttpFailure(cause: unknown, method: string, url: URL, proxyHost?: string): unknown {
  if (cause instanceof AmapError) return cause;
  const systemCode = systemCodeOf(cause);
  if (systemCode === undefined) return cause;
  const what = SENTENCES[systemCode] ?? (isTlsCode(systemCode) ? `TLS: ${systemCode}` : systemCode);
  const through = proxyHost === undefined ? "" : ` (through the proxy ${proxyHost})`;
  return new AmapError(failureCode(systemCode), `${describeRequest(method, url)}${through}: ${what}`, {
    details: { host: url.host, systemCode },
    cause,
  });
}

/** Why a signal ended a request: its own reason where amap gave one. */
export function toInterruption(reason: unknown, method: string, url: URL): AmapError {
  if (reason instanceof AmapError) return reason;
  const isLate = reason instanceof Error && reason.name === "TimeoutError";
  const what = isLate ? "not complete in the time that was given" : "given up before its end";
  return new AmapError(isLate ? "TIMEOUT" : "INTERRUPTED", `${describeRequest(method, url)}: ${what}`, {
    details: { host: url.host },
  });
}

function failureCode(systemCode: string): ErrorCode {
  if (systemCode === "ETIMEDOUT") return "TIMEOUT";
  if (systemCode === "HPE_HEADER_OVERFLOW") return "LIMIT_EXCEEDED";
  // HPE_…: bytes that the HTTP parser refuses.
  return systemCode.startsWith("HPE_") ? "REGISTRY_PROTOCOL" : "REGISTRY_UNREACHABLE";
}

function isTlsCode(systemCode: string): boolean {
  return /CERT|TLS|SSL|SIGNATURE|CRL|ISSUER/.test(systemCode);
}

function systemCodeOf(cause: unknown): string | undefined {
  if (!(cause instanceof Error)) return undefined;
  const { code } = cause as NodeJS.ErrnoException;
  // A TypeError of Node (ERR_INVALID_…) is a wrong call, that is, a bug of the caller.
  if (typeof code !== "string" || cause instanceof TypeError) return undefined;
  return code;
}
