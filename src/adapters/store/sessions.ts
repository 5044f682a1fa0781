import type { Session, SessionStore } from "../../ports/index.ts";
import type { DatabaseSession } from "./session.ts";
import { escapeName, timeMs, unescapeText } from "./stored-text.ts";

export function createSessionStore(session: DatabaseSession): SessionStore {
  return {
    putLoginToken: (tokenHash, expiresAt) =>
      session.write(async (db) => {
        const row = { expires_ms: timeMs(expiresAt) };
        await db
          .insertInto("login_tokens")
          .values({ token_hash: escapeName(tokenHash), ...row })
          .onConflict((conflict) => conflict.column("token_hash").doUpdateSet(row))
          .execute();
      }),
    // One DELETE finds the row: of two callers at once, the other's finds none.
    takeLoginToken: (tokenHash, now) =>
      session.write(async (db) => {
        const result = await db
          .deleteFrom("login_tokens")
          .where("token_hash", "=", escapeName(tokenHash))
          .where("expires_ms", ">", timeMs(now))
          .executeTakeFirst();
        return result.numDeletedRows === 1n;
      }),
    put: (one) =>
      session.write(async (db) => {
        const row = {
          role: one.role,
          created_at: one.createdAt,
          expires_at: one.expiresAt,
          expires_ms: timeMs(one.expiresAt),
        };
        await db
          .insertInto("sessions")
          .values({ token_hash: escapeName(one.tokenHash), ...row })
          .onConflict((conflict) => conflict.column("token_hash").doUpdateSet(row))
          .execute();
      }),
    find: (tokenHash, now) =>
      session.read(async (db) => {
        const row = await db
          .selectFrom("sessions")
          .selectAll()
          .where("token_hash", "=", escapeName(tokenHash))
          .where("expires_ms", ">", timeMs(now))
          .executeTakeFirst();
        if (row === undefined) return undefined;
        return {
          tokenHash: unescapeText(row.token_hash),
          role: row.role as Session["role"],
          createdAt: row.created_at,
          expiresAt: row.expires_at,
        };
      }),
    revoke: (tokenHash) =>
      session.write(async (db) => {
        await db.deleteFrom("sessions").where("token_hash", "=", escapeName(tokenHash)).execute();
      }),
    prune: (now) =>
      session.write(async (db) => {
        const ms = timeMs(now);
        const sessions = await db.deleteFrom("sessions").where("expires_ms", "<=", ms).executeTakeFirst();
        const tokens = await db.deleteFrom("login_tokens").where("expires_ms", "<=", ms).executeTakeFirst();
        return Number(sessions.numDeletedRows + tokens.numDeletedRows);
      }),
  };
}
