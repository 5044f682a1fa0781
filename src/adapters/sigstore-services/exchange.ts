import { AmapError, decodeUtf8, excerptOfValue, isAmapError, LIMITS } from "../../base/index.ts";
import type { HttpClient, HttpRequest, HttpResponse } from "../../ports/index.ts";

const FIRST_DELAY_MS = 200;
/** A service that asks to wait longer than this is not waited for: the user is at the terminal. */
const RETRY_AFTER_CAP_MS = 20_000;
const RETRIED_STATUSES: ReadonlySet<number> = new Set([429, 500, 502, 503, 504]);
/** Failures that say all there is; every other one is the service's. */
const OWN_CODES: ReadonlySet<string> = new Set(["OFFLINE", "TIMEOUT", "USAGE", "BUG"]);
const RESETS: ReadonlySet<unknown> = new Set(["ECONNRESET", "EPIPE"]);
const EXCERPT = 200;

/** What exchanges with a service need. */
export interface Exchange {
  readonly http: HttpClient;
  readonly wait: (ms: number) => Promise<void>;
}

/**
 * Sends a request to a service, and again, at most LIMITS.httpRetries times, while the service is busy or the connection
 * breaks. Delays double; Retry-After in seconds is honoured up to a cap.
 * @throws {AmapError} SIGNING_SERVICE_FAILED, TIMEOUT, OFFLINE
 */
export async function exchange({ http, wait }: Exchange, request: HttpRequest): Promise<HttpResponse> {
  for (let round = 0; ; round++) {
    const isLast = round >= LIMITS.httpRetries;
    try {
      const answer = await http.send(request);
      const delay = RETRIED_STATUSES.has(answer.status) ? delayFor(answer, round) : undefined;
      if (isLast || delay === undefined) return answer;
      await wait(delay);
    } catch (error) {
      if (!isAmapError(error) || OWN_CODES.has(error.code)) throw error;
      if (isLast || !RESETS.has(error.details["systemCode"])) throw failed(request.url, error.message, error);
      await wait(FIRST_DELAY_MS * 2 ** round);
    }
  }
}

function delayFor({ headers }: HttpResponse, round: number): number | undefined {
  const seconds = headers["retry-after"];
  const asked = seconds !== undefined && /^[0-9]{1,9}$/.test(seconds) ? Number(seconds) * 1000 : 0;
  return asked > RETRY_AFTER_CAP_MS ? undefined : Math.max(asked, FIRST_DELAY_MS * 2 ** round);
}

/** A service that did not do what was asked. */
export function failed(url: string, message: string, cause?: unknown): AmapError {
  return new AmapError("SIGNING_SERVICE_FAILED", `${withoutUser(url)}: ${message}`, { cause });
}

/** An answer that is not the one that was asked for, with the beginning of what it says. */
export function unexpected(url: string, { status, body }: HttpResponse): AmapError {
  const text = decodeUtf8(body.subarray(0, 4 * EXCERPT))?.trim();
  const said = text === undefined || text === "" ? "nothing" : excerptOfValue(text, EXCERPT);
  return failed(url, `expected the answer 200 or 201, found ${status}, which says ${said}`);
}

/** Addresses may hold credentials; messages never do. */
function withoutUser(url: string): string {
  return url.replace(/^([a-z]+:\/\/)[^/?#]*@/i, "$1");
}
