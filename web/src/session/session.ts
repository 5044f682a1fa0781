import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ApiError, call } from "../api/client.ts";
import { routeQuery } from "../api/queries.ts";

/** A token from the address, sent once: a page that is drawn twice must not use it twice. */
let given: string | undefined;
let refused = false;

/** Remembers the token that the page was opened with, until the session is asked for. */
export function holdToken(token: string | undefined): void {
  given = token;
}

/** The session that the cookie stands for; before the first look the address's token is turned into one. */
export function useSession() {
  return useQuery({
    ...routeQuery("GET /api/v1/session"),
    staleTime: 60_000,
    retry: false,
    queryFn: async () => {
      if (given !== undefined) {
        const token = given;
        given = undefined;
        refused = true;
        await call("POST /api/v1/session", { body: { token } });
        refused = false;
      }
      return call("GET /api/v1/session", {});
    },
  });
}

/** Sends a token that was typed; the session is then read again. */
export function useLogin() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (token: string) => {
      given = undefined;
      return call("POST /api/v1/session", { body: { token } });
    },
    onSuccess: (session) => client.setQueryData(routeQuery("GET /api/v1/session").queryKey, session),
  });
}

/** Ends the session and forgets what was read in it. */
export function useLogout() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => call("DELETE /api/v1/session", {}),
    onSettled: async () => {
      client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== "GET /api/v1/session" });
      await client.resetQueries({ queryKey: ["GET /api/v1/session"] });
    },
  });
}

/** Whether the token of the address was sent and did not become a session. */
export function wasTokenRefused(): boolean {
  return refused;
}

/** Whether an error says that there is no session. */
export function isNoSession(error: Error | null): boolean {
  return error instanceof ApiError && error.problem.status === 401;
}
