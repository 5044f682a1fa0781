import type { RouteResponse } from "../../api/index.ts";
import type { Store } from "../../app/index.ts";
import { memberOf, type Value } from "../../base/index.ts";
import { flagOf, found, type HandlersOf, pageOf, present, type ReadOnly } from "../contract.ts";

/** A stored decision made again. It throws NOT_FOUND for an id that the store does not have. */
export type Explain = (id: string) => Promise<ReadOnly<RouteResponse<"GET /api/v1/admissions/:id/explanation">>>;

type AdmissionRoutes =
  | "GET /api/v1/admissions"
  | "GET /api/v1/admissions/:id"
  | "GET /api/v1/admissions/:id/explanation";

/** What was asked at admission, what was answered, and why. */
export function admissionRoutes({ admissions }: Store, explain: Explain): HandlersOf<AdmissionRoutes> {
  return {
    "GET /api/v1/admissions": async ({ query: { cursor, limit, allowed, ...rest } }) =>
      admissions.list({ ...pageOf({ cursor, limit }), ...present({ ...rest, allowed: flagOf(allowed) }) }),
    "GET /api/v1/admissions/:id": async ({ params: { id } }) => {
      const { inputs, ...admission } = found(await admissions.get(id), `admission ${id}`);
      return { ...admission, ...present({ object: objectOf(inputs?.input) }) };
    },
    "GET /api/v1/admissions/:id/explanation": async ({ params: { id } }) => explain(id),
  };
}

/** The object asked about; of a deletion, the one that was there. */
function objectOf(input: Value | undefined): Value | undefined {
  return memberOf(input, "object") ?? memberOf(input, "oldObject");
}
