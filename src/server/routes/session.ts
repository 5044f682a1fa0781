import { AmapError } from "../../base/index.ts";
import type { HandlersOf } from "../contract.ts";
import type { LoginRate } from "../login-rate.ts";
import type { RequestGuards } from "../request-guards.ts";
import { clearCookie, type Sessions, writeCookie } from "../sessions.ts";

type SessionRoutes = "POST /api/v1/session" | "GET /api/v1/session" | "DELETE /api/v1/session";

/** Signing in with a one-time token, and out. */
export function sessionRoutes(
  sessions: Sessions,
  rate: LoginRate,
  guards: RequestGuards,
  onEnd: (tokenHash: string) => void,
): HandlersOf<SessionRoutes> {
  return {
    "POST /api/v1/session": async ({ body: { token }, request, reply }) => {
      const address = guards.addressOf(request);
      rate.begin(address);
      const started = await sessions.start(token);
      if (started === undefined)
        throw new AmapError("LOGIN_REFUSED", "the one-time token is wrong, was used before, or has expired");
      rate.succeeded(address);
      reply.header("set-cookie", writeCookie(started.token, guards.isSecure(request)));
      const { role, expiresAt } = started.session;
      return { role, expiresAt };
    },
    "GET /api/v1/session": async ({ request }) => {
      const { role, expiresAt } = sessions.of(request);
      return { role, expiresAt };
    },
    "DELETE /api/v1/session": async ({ request, reply }) => {
      const { tokenHash } = sessions.of(request);
      await sessions.end(tokenHash);
      onEnd(tokenHash);
      reply.header("set-cookie", clearCookie(guards.isSecure(request)));
      return undefined;
    },
  };
}
