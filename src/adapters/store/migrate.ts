import { sql } from "kysely";
import { AmapError, formatTime } from "../../base/index.ts";
import { MIGRATIONS, type Migration } from "./migrations.ts";
import type { DatabaseSession } from "./session.ts";

/**
 * Brings the schema up to date in one transaction, under a lock: of two processes that open a store at once, one does it
 * and the other finds it done.
 * @throws {AmapError} STORE_INVALID for a store that a newer amap wrote
 */
export async function migrate(session: DatabaseSession, migrations: readonly Migration[] = MIGRATIONS): Promise<void> {
  await session.write(async (db) => {
    await session.lock(db, "migrations");
    const { text } = session.types;
    await sql
      .raw(
        `CREATE TABLE IF NOT EXISTS amap_migrations (name ${text} NOT NULL PRIMARY KEY, applied_at ${text} NOT NULL)`,
      )
      .execute(db);
    const rows = await db.selectFrom("amap_migrations").select("name").orderBy("name").execute();
    const applied = rows.map((row) => row.name);
    const unknown = applied.filter((name, at) => migrations[at]?.name !== name);
    if (unknown.length > 0) {
      throw new AmapError("STORE_INVALID", `the store was written by a newer amap: it has the migration ${unknown[0]}`);
    }
    for (const migration of migrations.slice(applied.length)) {
      for (const statement of migration.statements(session.types)) await sql.raw(statement).execute(db);
      const appliedAt = formatTime(Date.now());
      await db.insertInto("amap_migrations").values({ name: migration.name, applied_at: appliedAt }).execute();
    }
  });
}
