import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ApiError, call } from "../api/client.ts";
import { routeQuery } from "../api/queries.ts";

/** A token from the address, sent once: it works once, and the session is looked at often. */
let given: string | undefined;
let refusal: Error | undefined;

/** Remembers the token that the page was opened with, until the session is asked for. */
export function holdToken(token: string | undefined): void {
  given = token;
}

/** Why the address's token did not become a session; undefined when none was given or it did. */
export function tokenRefusal(): Error | undefined {
  return refusal;
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
        // A link that was used before may still find the session that it started.
        refusal = await call("POST /api/v1/session", { body: { token } }).then(
          () => undefined,
          (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
        );
      }
      return call("GET /api/v1/session", {});
    },
  });
}

/** Sends a token that was typed; what it gives is the session from then on. */
export function useLogin() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (token: string) => {
      refusal = undefined;
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

/** Whether an error says that there is no session. */
export function isNoSession(error: Error | null): boolean {
  return error instanceof ApiError && error.problem.status === 401;
}
