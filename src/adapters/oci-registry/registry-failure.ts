import { AmapError, type ErrorCode, isValueObject, memberOf, readJson } from "../../base/index.ts";
import { retryAfterMs } from "./retry.ts";

/** The end of an exchange: what was asked, and what came. */
export interface Answer {
  readonly method: string;
  /** The address that answered, after redirects. */
  readonly url: URL;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/**
 * The error that an unexpected status means. Only the answer's error code is repeated, and only when it looks like one:
 * a registry's free text could hold anything, even a token that it was sent.
 */
export function registryFailure(answer: Answer): AmapError {
  const { method, url, status } = answer;
  const stated = statedCode(answer.body);
  const suffix = stated === undefined ? "" : ` (${stated})`;
  const waitMs = retryAfterMs(answer.headers);
  const asks = waitMs === 0 ? "" : `, to be asked again in ${Math.ceil(waitMs / 1000)} s`;
  return new AmapError(
    failureCode(status),
    `${method} ${url.origin}${url.pathname}: status ${status}${suffix}${asks}`,
    {
      details: {
        host: url.host,
        status,
        ...(stated === undefined ? {} : { registryCode: stated }),
        ...(waitMs === 0 ? {} : { retryAfterMs: waitMs }),
      },
    },
  );
}

/** A malformed or contradicting answer. */
export function protocolFailure(what: string, url: URL): AmapError {
  return new AmapError("REGISTRY_PROTOCOL", `${url.origin}${url.pathname}: ${what}`, { details: { host: url.host } });
}

/** The first error code of a registry's error document (distribution specification 1.1, "Error codes"). */
export function statedCode(body: Uint8Array): string | undefined {
  if (body.length === 0 || body.length > 65_536) return undefined;
  try {
    const errors = memberOf(readJson(body, { maxDepth: 16 }), "errors");
    const first = Array.isArray(errors) ? errors[0] : undefined;
    const code = isValueObject(first) ? memberOf(first, "code") : undefined;
    return typeof code === "string" && /^[A-Z][A-Z_]{0,39}$/.test(code) ? code : undefined;
  } catch {
    // The body only decorates the message; the status has decided already.
    return undefined;
  }
}

function failureCode(status: number): ErrorCode {
  if (status === 401) return "REGISTRY_UNAUTHORIZED";
  if (status === 403) return "REGISTRY_FORBIDDEN";
  if (status === 429) return "REGISTRY_RATE_LIMITED";
  // An informational or success status that the request cannot lead to, or a redirect that is not followed.
  if (status < 400) return "REGISTRY_PROTOCOL";
  return "REGISTRY_FAILED";
}
