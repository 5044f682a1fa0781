/** The door of `api`: the HTTP contract, all that the web may see (types only there). */
import type { z } from "zod";
import type { problem as problemSchema } from "./problem.ts";
import type { change } from "./session.ts";

export { problem } from "./problem.ts";
export {
  EVENTS_PATH,
  ROUTES,
  type Route,
  type RouteBody,
  type RouteKey,
  type RouteParams,
  type RouteQuery,
  type RouteResponse,
} from "./routes.ts";

/** An error answer. */
export type Problem = z.output<typeof problemSchema>;
/** One message of the event stream. */
export type Change = z.output<typeof change>;
