import type { Store } from "../../app/index.ts";
import { found, type HandlersOf, pageOf, present } from "../contract.ts";

type PolicyRoutes =
  | "GET /api/v1/policies"
  | "GET /api/v1/policies/:name"
  | "GET /api/v1/results"
  | "GET /api/v1/results/history";

/** Policies, and what they say about resources. */
export function policyRoutes({ policies, results }: Store): HandlersOf<PolicyRoutes> {
  return {
    "GET /api/v1/policies": async () => ({ items: await policies.list() }),
    "GET /api/v1/policies/:name": async ({ params: { name } }) => found(await policies.get(name), `policy ${name}`),
    "GET /api/v1/results": async ({ query: { cursor, limit, ...rest } }) =>
      results.list({ ...pageOf({ cursor, limit }), ...present(rest) }),
    "GET /api/v1/results/history": async ({ query: { cursor, limit, ...rest } }) =>
      results.history({ ...pageOf({ cursor, limit }), ...present(rest) }),
  };
}
