import type { Socket } from "node:net";
import { ERROR_CODES, type ErrorCode } from "../base/index.ts";
import { PROBLEM_TYPE } from "./problems.ts";
import { SECURITY_HEADERS } from "./security-headers.ts";

/** What Node found wrong with bytes that are no request → status line and code. */
const STATUS: Readonly<Record<string, readonly [line: string, code: ErrorCode]>> = {
  HPE_HEADER_OVERFLOW: ["431 Request Header Fields Too Large", "LIMIT_EXCEEDED"],
  ERR_HTTP_REQUEST_TIMEOUT: ["408 Request Timeout", "TIMEOUT"],
};

/** Answers bytes that do not become a request: too slow, too large, or no HTTP. No route or hook sees them. */
export function clientError(error: Error & { readonly code?: string }, socket: Socket): void {
  if (!socket.writable || error.code === "ECONNRESET") {
    socket.destroy();
    return;
  }
  const [line, code] = STATUS[error.code ?? ""] ?? ["400 Bad Request", "REQUEST_INVALID"];
  const { title, hint } = ERROR_CODES[code];
  const status = Number(line.slice(0, 3));
  const body = JSON.stringify({ type: `urn:amap:error:${code}`, title, status, code, hint, requestId: "" });
  const headers = Object.entries({
    ...SECURITY_HEADERS,
    "content-type": PROBLEM_TYPE,
    "content-length": String(Buffer.byteLength(body)),
    "cache-control": "no-store",
    connection: "close",
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${line}\r\n${headers.join("")}\r\n${body}`);
}
