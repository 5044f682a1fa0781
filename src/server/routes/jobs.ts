import type { Jobs } from "../../app/index.ts";
import { AmapError } from "../../base/index.ts";
import { type HandlersOf, pageOf, present } from "../contract.ts";

/** Work in the background: what waits, what runs, what failed. */
export function jobRoutes(
  jobs: Pick<Jobs, "list" | "retry">,
): HandlersOf<"GET /api/v1/jobs" | "POST /api/v1/jobs/:id/retry"> {
  return {
    "GET /api/v1/jobs": async ({ query: { cursor, limit, ...rest } }) =>
      jobs.list({ ...pageOf({ cursor, limit }), ...present(rest) }),
    "POST /api/v1/jobs/:id/retry": async ({ params }) => {
      if (!(await jobs.retry(params.id))) throw new AmapError("NOT_FOUND", "there is no failed job of this id");
      return undefined;
    },
  };
}
