import { formatTime, LIMITS } from "../../base/index.ts";
import type { StoreChange } from "../../ports/index.ts";
import type { DatabaseSession, Db } from "./session.ts";
import { escapeText, unescapeText } from "./stored-text.ts";

/** How many changes are added between two times that old ones are removed. */
const PRUNE_EVERY = 500;

/**
 * Tells a write to those who watch, as the last step of its transaction: the lock makes sequence numbers appear in their
 * order, so that a watcher who has seen 7 has missed no 6.
 */
export async function recordChange(
  session: DatabaseSession,
  db: Db,
  kind: StoreChange["kind"],
  id: string,
): Promise<void> {
  await session.lock(db, "changes");
  const { sequence } = await db
    .insertInto("changes")
    .values({ kind, id: escapeText(id), at: formatTime(Date.now()) })
    .returning("sequence")
    .executeTakeFirstOrThrow();
  if (sequence % PRUNE_EVERY === 0) {
    await db
      .deleteFrom("changes")
      .where("sequence", "<=", sequence - LIMITS.storeChanges)
      .execute();
  }
}

export async function readChanges(db: Db, after: number, limit: number): Promise<readonly StoreChange[]> {
  const rows = await db
    .selectFrom("changes")
    .selectAll()
    .where("sequence", ">", after)
    .orderBy("sequence")
    .limit(limit)
    .execute();
  return rows.map((row) => ({ ...row, id: unescapeText(row.id), kind: row.kind as StoreChange["kind"] }));
}

export async function readLastChange(db: Db): Promise<number> {
  const row = await db.selectFrom("changes").select("sequence").orderBy("sequence", "desc").limit(1).executeTakeFirst();
  return row?.sequence ?? 0;
}
