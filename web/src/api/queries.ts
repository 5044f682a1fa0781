import { QueryCache, QueryClient, queryOptions } from "@tanstack/react-query";
import type { RouteKey } from "../../../src/api/index.ts";
import { ApiError, type CallArguments, type CallInputs, call } from "./client.ts";

const SESSION: RouteKey = "GET /api/v1/session";

/** Options of `useQuery` for a route of the API; the route's key comes first in the query's key. */
export function routeQuery<K extends RouteKey>(key: K, ...[inputs]: CallArguments<K>) {
  return queryOptions({
    queryKey: [key, inputs ?? {}] as const,
    queryFn: ({ signal }) => call(key, (inputs ?? {}) as CallInputs<K>, signal),
  });
}

/** The one cache of the page. A refusal stays a refusal: only a missing answer is asked for once more. */
export function createQueryClient(): QueryClient {
  const client = new QueryClient({
    queryCache: new QueryCache({
      onError: (error, query) => {
        // A session that ended shows at the first refusal: the shell looks at it again and asks to sign in.
        const isRefused = error instanceof ApiError && error.problem.status === 401;
        if (isRefused && query.queryKey[0] !== SESSION) void client.invalidateQueries({ queryKey: [SESSION] });
      },
    }),
    defaultOptions: {
      queries: {
        staleTime: 15_000,
        refetchOnWindowFocus: false,
        retry: (failures, error) => failures < 1 && error instanceof ApiError && error.problem.status === 0,
        retryDelay: 500,
      },
    },
  });
  return client;
}
