import type { EvidenceStore, SeenEvidence } from "../../ports/index.ts";
import type { DatabaseSession, Db } from "./session.ts";
import { escapeText, fromJson, hashKey, timeMs, toJson, unescapeText } from "./stored-text.ts";

/** Keys of one query, rows of one deletion. */
const BATCH = 500;

export function createEvidenceStore(session: DatabaseSession): EvidenceStore {
  return {
    find: (key, notBefore) =>
      session.read(async (db) => {
        const row = await db
          .selectFrom("evidence")
          .select(["loaded_at", "value_json"])
          .where("key_hash", "=", hashKey(key))
          .where("loaded_ms", ">=", timeMs(notBefore))
          .executeTakeFirst();
        return row && { loadedAt: row.loaded_at, value: fromJson(row.value_json) };
      }),
    put: (key, evidence) =>
      session.write(async (db) => {
        const row = {
          loaded_at: evidence.loadedAt,
          loaded_ms: timeMs(evidence.loadedAt),
          value_json: toJson(evidence.value),
        };
        await db
          .insertInto("evidence")
          .values({ key_hash: hashKey(key), ...row })
          .onConflict((conflict) =>
            conflict.column("key_hash").doUpdateSet(row).where("evidence.loaded_ms", "<=", row.loaded_ms),
          )
          .execute();
      }),
    seen: (keys) => session.read((db) => readSeen(db, keys)),
    remember: (entries) => session.write((db) => remember(db, entries)),
    prune: (before) => pruneEvidence(session, timeMs(before)),
  };
}

/** In several transactions, so that others can write between. */
async function pruneEvidence(session: DatabaseSession, beforeMs: number): Promise<number> {
  for (let removed = 0; ; ) {
    const { numDeletedRows } = await session.write((db) => {
      const old = db.selectFrom("evidence").select("key_hash").where("loaded_ms", "<", beforeMs).limit(BATCH);
      return db.deleteFrom("evidence").where("key_hash", "in", old).executeTakeFirst();
    });
    removed += Number(numDeletedRows);
    if (numDeletedRows < BATCH) return removed;
  }
}

async function readSeen(db: Db, keys: readonly string[]): Promise<ReadonlyMap<string, SeenEvidence>> {
  const hashes = [...new Set(keys)].map((key) => hashKey(key));
  const found = new Map<string, SeenEvidence>();
  for (let start = 0; start < hashes.length; start += BATCH) {
    const rows = await db
      .selectFrom("seen_evidence")
      .selectAll()
      .where("key_hash", "in", hashes.slice(start, start + BATCH))
      .execute();
    for (const row of rows) {
      const key = unescapeText(row.key);
      found.set(key, { key, statedAt: row.stated_at, id: unescapeText(row.document_id) });
    }
  }
  return found;
}

/** In one order for all, so that two that remember the same keys do not wait for each other. */
async function remember(db: Db, entries: readonly SeenEvidence[]): Promise<void> {
  const rows = entries.map((entry) => ({
    key_hash: hashKey(entry.key),
    key: escapeText(entry.key),
    stated_at: entry.statedAt,
    stated_ms: timeMs(entry.statedAt),
    document_id: escapeText(entry.id),
  }));
  rows.sort((a, b) => (a.key_hash < b.key_hash ? -1 : a.key_hash > b.key_hash ? 1 : a.stated_ms - b.stated_ms));
  for (const row of rows) {
    const { key_hash: _, ...newer } = row;
    await db
      .insertInto("seen_evidence")
      .values(row)
      .onConflict((conflict) =>
        conflict.column("key_hash").doUpdateSet(newer).where("seen_evidence.stated_ms", "<", row.stated_ms),
      )
      .execute();
  }
}
