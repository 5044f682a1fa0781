import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { hasZodFastifySchemaValidationErrors } from "fastify-type-provider-zod";
import type { Problem } from "../api/index.ts";
import { AmapError, ERROR_CODES, type ErrorCode, isAmapError, LIMITS } from "../base/index.ts";
import type { ServerLog } from "./log.ts";

/** RFC 9457. */
export const PROBLEM_TYPE = "application/problem+json; charset=utf-8";

/** Fastify's own errors that a client can cause → amap's code and words: Fastify's repeat what was sent. */
const FASTIFY_ERRORS: Readonly<Record<string, readonly [code: ErrorCode, detail: string]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: ["LIMIT_EXCEEDED", `body: expected at most ${LIMITS.apiBodyBytes} bytes`],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ["MEDIA_TYPE_REFUSED", "body: expected Content-Type: application/json"],
  FST_ERR_CTP_EMPTY_TYPE: ["MEDIA_TYPE_REFUSED", "body: expected Content-Type: application/json"],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ["REQUEST_INVALID", "body: its length is not what Content-Length says"],
  FST_ERR_BAD_URL: ["REQUEST_INVALID", "the address is not percent-encoded as it should be"],
  FST_STATIC_FORBIDDEN_PATH: ["ROUTE_UNKNOWN", "there is no such file"],
  FST_ERR_MAX_PARAM_LENGTH: ["REQUEST_INVALID", "a name in the address is too long"],
};

const UNMET: readonly [code: ErrorCode, detail: string] = ["REQUEST_INVALID", "what the head asks for cannot be met"];

/** The problem that an error is for the caller. Of failures inside it says their title only. */
export function toProblem(error: unknown, requestId: string): Problem {
  const { code, detail, hint } = describeError(error);
  const { http, title } = ERROR_CODES[code];
  return {
    type: `urn:amap:error:${code}`,
    title,
    status: http,
    ...(detail === undefined || (http >= 500 && code !== "NOT_SUPPORTED") ? {} : { detail }),
    code,
    hint,
    requestId,
  };
}

/** Answers with an error, and logs it when it is not the caller's doing. */
export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply, log: ServerLog): void {
  const problem = toProblem(error, request.id);
  if (problem.status >= 500) log.error({ requestId: request.id, code: problem.code, error: traceOf(error) }, "failed");
  if (isAmapError(error, "RATE_LIMITED")) {
    const { retryAfterS } = error.details;
    reply.header("retry-after", typeof retryAfterS === "number" ? retryAfterS : 1);
  }
  reply
    .code(problem.status)
    .header("cache-control", "no-store")
    .header("content-type", PROBLEM_TYPE)
    .send(JSON.stringify(problem));
}

function describeError(error: unknown): { readonly code: ErrorCode; readonly detail?: string; readonly hint: string } {
  if (isAmapError(error) && error.code !== "USAGE")
    return { code: error.code, detail: error.message, hint: error.hint };
  // Whoever reads a cursor or a name calls a wrong one wrong use; here it came with the request.
  if (isAmapError(error)) return refusal("REQUEST_INVALID", error.message);
  if (hasZodFastifySchemaValidationErrors(error)) {
    const places = error.validation.map(({ instancePath, message }) => `${instancePath.slice(1)}: ${message}`);
    const part = error.validationContext === "querystring" ? "query" : (error.validationContext ?? "request");
    return refusal("REQUEST_INVALID", `${part}: ${places.slice(0, MAX_PLACES).join("; ").replace(/^: /, "")}`);
  }
  const { code: name = "", statusCode = 500 } = (error ?? {}) as Partial<FastifyError>;
  // Such as a Range or an If-Match that the dashboard's files do not meet.
  const unknown = statusCode >= 400 && statusCode < 500 ? UNMET : [];
  const [code, detail] = FASTIFY_ERRORS[name] ?? unknown;
  return code === undefined ? { code: "BUG", hint: ERROR_CODES.BUG.hint } : refusal(code, detail ?? "");
}

function refusal(
  code: ErrorCode,
  detail: string,
): { readonly code: ErrorCode; readonly detail: string; readonly hint: string } {
  return { code, detail, hint: ERROR_CODES[code].hint };
}

const MAX_PLACES = 10;

/** For the log only. */
function traceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? "" : `\ncaused by ${traceOf(error.cause)}`;
  return `${isAmapError(error) ? error.message : (error.stack ?? error.message)}${cause}`;
}

/** What the error of a body that is no JSON is called. */
export function invalidBody(cause: unknown): AmapError {
  return isAmapError(cause) ? cause : new AmapError("REQUEST_INVALID", "the body cannot be read", { cause });
}
