/** Stores of an earlier amap keep their data; processes that open an empty store at once agree. */
import assert from "node:assert/strict";
import { sql } from "kysely";
import { openStore } from "../../src/adapters/store/index.ts";
import { migrate } from "../../src/adapters/store/migrate.ts";
import { MIGRATIONS } from "../../src/adapters/store/migrations.ts";
import { openPostgresSession } from "../../src/adapters/store/postgres-session.ts";
import type { DatabaseSession } from "../../src/adapters/store/session.ts";
import { openSqliteSession } from "../../src/adapters/store/sqlite-session.ts";

function openSession(address: string): DatabaseSession {
  return address.startsWith("postgres") ? openPostgresSession(address) : openSqliteSession(address);
}

/** A store with the first migration only, and with data, is opened by today's code. */
export async function migrateOldStore(address: string): Promise<string> {
  const session = openSession(address);
  await migrate(session, MIGRATIONS.slice(0, 1));
  await session.write(async (db) => {
    await sql`INSERT INTO evidence (key_hash, loaded_at, loaded_ms, value_json) VALUES ('k', 'then', 1, '{"kept":true}')`.execute(
      db,
    );
  });
  await session.close();
  const store = await openStore(address);
  try {
    await store.audit.append({ at: "2026-01-01T00:00:00Z", actor: "a", action: "b", target: "c", details: {} });
    assert.deepEqual(await store.audit.verify(), { entries: 1 });
  } finally {
    await store.close();
  }
  const again = openSession(address);
  const rows = await again.read((db) => db.selectFrom("evidence").select("value_json").execute());
  const applied = await again.read((db) => db.selectFrom("amap_migrations").select("name").orderBy("name").execute());
  await again.close();
  assert.deepEqual(
    rows.map((row) => row.value_json),
    ['{"kept":true}'],
  );
  assert.deepEqual(
    applied.map((row) => row.name),
    MIGRATIONS.map((migration) => migration.name),
  );
  return `${MIGRATIONS.length - 1} migrations on top of the first`;
}

/** Several open an empty store at once. */
export async function openAtOnce(address: string): Promise<string> {
  const stores = await Promise.all(Array.from({ length: 4 }, () => openStore(address)));
  try {
    await Promise.all(
      stores.map((store) =>
        store.audit.append({ at: "2026-01-01T00:00:00Z", actor: "a", action: "b", target: "c", details: {} }),
      ),
    );
    assert.deepEqual(await stores[0]?.audit.verify(), { entries: 4 });
  } finally {
    await Promise.all(stores.map((store) => store.close()));
  }
  return "4 at once, one chain";
}
