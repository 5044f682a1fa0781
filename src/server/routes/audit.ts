import type { Store } from "../../app/index.ts";
import { type HandlersOf, pageOf } from "../contract.ts";

/** What was done, and whether the list of it is whole. */
export function auditRoutes({ audit }: Store): HandlersOf<"GET /api/v1/audit" | "GET /api/v1/audit/verification"> {
  return {
    "GET /api/v1/audit": async ({ query }) => audit.list(pageOf(query)),
    "GET /api/v1/audit/verification": async () => audit.verify(),
  };
}
