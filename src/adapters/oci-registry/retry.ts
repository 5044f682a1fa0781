import { type AmapError, isAmapError, LIMITS } from "../../base/index.ts";

/** Waits; given by tests, real time otherwise. */
export type Wait = (milliseconds: number) => Promise<void>;

const FIRST_DELAY_MS = 200;
/** A registry that asks to wait longer than this is not waited for: the caller's deadline is nearer. */
const RETRY_AFTER_CAP_MS = 20_000;
const RETRIED_STATUSES: ReadonlySet<number> = new Set([429, 502, 503, 504]);
/** docker-registry 2.8 answers 500 to a read of a tag that is just being written (seen with eight writers). */
const RETRIED_READ_STATUSES: ReadonlySet<number> = new Set([...RETRIED_STATUSES, 500]);
const RESETS: ReadonlySet<unknown> = new Set(["ECONNRESET", "EPIPE"]);

/** What a retry is decided by. */
interface Retriable {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Runs an idempotent exchange again, at most LIMITS.httpRetries times, after a status that asks for it or a connection
 * that broke. Delays double and are never random; Retry-After, as seconds or as a date, is honoured up to a cap.
 */
export async function withRetries<T extends Retriable>(
  attempt: () => Promise<T>,
  wait: Wait,
  kind: "read" | "write" = "write",
): Promise<T> {
  const statuses = kind === "read" ? RETRIED_READ_STATUSES : RETRIED_STATUSES;
  for (let round = 0; ; round += 1) {
    const last = round >= LIMITS.httpRetries;
    try {
      const answer = await attempt();
      const delay = statuses.has(answer.status) ? delayMs(retryAfterMs(answer.headers), round) : undefined;
      if (last || delay === undefined) return answer;
      await wait(delay);
    } catch (error) {
      if (last || !isReset(error)) throw error;
      await wait(FIRST_DELAY_MS * 2 ** round);
    }
  }
}

/** As {@link withRetries} for a read that fails only by throwing: a body that broke off is fetched again from its start. */
export async function withResetRetries<T>(attempt: () => Promise<T>, wait: Wait): Promise<T> {
  for (let round = 0; ; round += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (round >= LIMITS.httpRetries || !isReset(error)) throw error;
      await wait(FIRST_DELAY_MS * 2 ** round);
    }
  }
}

/** Whether a connection broke, so that the request may not have arrived. */
export function isReset(error: unknown): boolean {
  return isAmapError(error, "REGISTRY_UNREACHABLE") && RESETS.has(error.details["systemCode"]);
}

/** How long to wait after a failure; undefined where the registry asks for more than is waited. */
export function retryDelayMs(failure: AmapError, round: number): number | undefined {
  const asked = failure.details["retryAfterMs"];
  return delayMs(typeof asked === "number" ? asked : 0, round);
}

function delayMs(askedMs: number, round: number): number | undefined {
  return askedMs > RETRY_AFTER_CAP_MS ? undefined : Math.max(askedMs, FIRST_DELAY_MS * 2 ** round);
}

/**
 * What Retry-After asks for (RFC 9110 section 10.2.3): seconds, or a date, which is compared with the answer's own date
 * because clocks differ. 0 where it asks for nothing, or for a moment that has passed.
 */
export function retryAfterMs(headers: Readonly<Record<string, string>>): number {
  const stated = headers["retry-after"] ?? "";
  if (/^[0-9]{1,9}$/.test(stated)) return Number(stated) * 1000;
  // Of the three forms of a date only this one may still be sent; anything else that Date.parse would guess is none.
  const until = /^[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} GMT$/.test(stated) ? Date.parse(stated) : 0;
  const answeredAt = Date.parse(headers["date"] ?? "") || Date.now();
  return Math.max(0, (until || 0) - answeredAt);
}
