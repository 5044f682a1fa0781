import { isAmapError, LIMITS } from "../../base/index.ts";

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
 * that broke. Delays double and are never random; Retry-After in seconds is honoured up to a cap.
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
      const delay = statuses.has(answer.status) ? delayFor(answer.headers, round) : undefined;
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

function isReset(error: unknown): boolean {
  return isAmapError(error, "REGISTRY_UNREACHABLE") && RESETS.has(error.details["systemCode"]);
}

function delayFor(headers: Readonly<Record<string, string>>, round: number): number | undefined {
  const seconds = headers["retry-after"];
  const asked = seconds !== undefined && /^[0-9]{1,9}$/.test(seconds) ? Number(seconds) * 1000 : 0;
  if (asked > RETRY_AFTER_CAP_MS) return undefined;
  return Math.max(asked, FIRST_DELAY_MS * 2 ** round);
}
