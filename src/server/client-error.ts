import type { IncomingMessage, ServerResponse } from "node:http";
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
  const { headers, body } = problemOf(Number(line.slice(0, 3)), code);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${line}\r\n${lines.join("")}\r\n${body}`);
}

/** Answers an `Expect` header other than `100-continue`, which Node would do without our headers. */
export function refuseExpectation(_: IncomingMessage, response: ServerResponse): void {
  const { headers, body } = problemOf(417, "REQUEST_INVALID");
  response.writeHead(417, headers).end(body);
}

function problemOf(
  status: number,
  code: ErrorCode,
): { readonly headers: Readonly<Record<string, string>>; readonly body: string } {
  const { title, hint } = ERROR_CODES[code];
  const body = JSON.stringify({ type: `urn:amap:error:${code}`, title, status, code, hint, requestId: "" });
  const headers = {
    ...SECURITY_HEADERS,
    "content-type": PROBLEM_TYPE,
    "content-length": String(Buffer.byteLength(body)),
    "cache-control": "no-store",
    connection: "close",
  };
  return { headers, body };
}
