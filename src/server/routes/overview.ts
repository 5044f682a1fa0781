import type { Store } from "../../app/index.ts";
import { formatTime } from "../../base/index.ts";
import type { HandlersOf } from "../contract.ts";

interface About {
  readonly version: string;
  readonly demo: boolean;
  readonly now: () => number;
}

/** What this server is, and how everything stands. */
export function overviewRoutes(
  store: Store,
  { version, demo, now }: About,
): HandlersOf<"GET /api/v1/about" | "GET /api/v1/overview"> {
  const { kind, address } = store;
  return {
    "GET /api/v1/about": async () => ({ version, demo, store: { kind, address }, now: formatTime(now()) }),
    "GET /api/v1/overview": async () => store.overview.read(formatTime(now())),
  };
}
