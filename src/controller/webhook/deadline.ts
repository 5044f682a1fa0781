import { parseDuration } from "../../base/index.ts";

/** What an API server waits when it does not say. */
const DEFAULT_MS = 10_000;
const LONGEST_MS = 30_000;

/**
 * How long a review may take, ms, from the `timeout` query that the API server sends (`?timeout=10s`): a twentieth, at
 * least 100 ms, is kept back for the way home. A text that is no duration counts as the default.
 */
export function reviewTimeoutMs(query: string | null): number {
  const asked = query === null ? undefined : parseDuration(query);
  const waitMs = asked === undefined || asked <= 0 ? DEFAULT_MS : Math.min(asked, LONGEST_MS);
  return Math.max(50, Math.floor(waitMs - Math.max(100, waitMs / 20)));
}
