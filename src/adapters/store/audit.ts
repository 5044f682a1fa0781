import type { Selectable } from "kysely";
import { canonicalJson, Double, digestOf, encodeUtf8, isValueObject, type Value } from "../../base/index.ts";
import type { AuditEntry, AuditEvent, AuditLog } from "../../ports/index.ts";
import { recordChange } from "./changes.ts";
import { checkLimit, decodeCursor, toPage } from "./cursor.ts";
import type { Database } from "./database.ts";
import type { DatabaseSession, Db } from "./session.ts";
import { escapeText, fromJson, timeMs, toJson, unescapeText } from "./stored-text.ts";

/** Before the first entry. */
const NO_HASH = `sha256:${"0".repeat(64)}`;
/** Entries that are verified between two reads. */
const BATCH = 1_000;

export function createAuditLog(session: DatabaseSession): AuditLog {
  return {
    append: (event) => session.write((db) => append(session, db, event)),
    list: (query) => session.read((db) => list(db, query)),
    verify: () => verify(session),
  };
}

/** sha256 over the canonical JSON (RFC 8785) of the entry without its own hash. */
function hashEntry(entry: Omit<AuditEntry, "hash">): string {
  return digestOf(encodeUtf8(canonicalJson(entry)));
}

async function append(session: DatabaseSession, db: Db, event: AuditEvent): Promise<AuditEntry> {
  timeMs(event.at);
  await session.lock(db, "audit");
  const last = await db
    .selectFrom("audit")
    .select(["sequence", "hash"])
    .orderBy("sequence", "desc")
    .limit(1)
    .executeTakeFirst();
  const unsigned = {
    sequence: (last?.sequence ?? 0) + 1,
    previousHash: last?.hash ?? NO_HASH,
    at: event.at,
    actor: event.actor.toWellFormed(),
    action: event.action.toWellFormed(),
    target: event.target.toWellFormed(),
    details: toWellFormed(event.details),
  };
  const entry: AuditEntry = { ...unsigned, hash: hashEntry(unsigned) };
  await db
    .insertInto("audit")
    .values({
      sequence: entry.sequence,
      at: entry.at,
      actor: escapeText(entry.actor),
      action: escapeText(entry.action),
      target: escapeText(entry.target),
      details_json: toJson(entry.details),
      previous_hash: entry.previousHash,
      hash: entry.hash,
    })
    .execute();
  await recordChange(session, db, "audit", String(entry.sequence));
  return entry;
}

/** Canonical JSON has no text for half of a surrogate pair: it becomes U+FFFD. */
function toWellFormed(value: Value): Value {
  if (typeof value === "string") return value.toWellFormed();
  if (Array.isArray(value)) return value.map((item: Value) => toWellFormed(item));
  if (value instanceof Double || !isValueObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key.toWellFormed(), toWellFormed(member)]));
}

function toEntry(row: Selectable<Database["audit"]>): AuditEntry {
  return {
    sequence: row.sequence,
    previousHash: row.previous_hash,
    at: row.at,
    actor: unescapeText(row.actor),
    action: unescapeText(row.action),
    target: unescapeText(row.target),
    details: fromJson(row.details_json),
    hash: row.hash,
  };
}

async function list(db: Db, query: Parameters<AuditLog["list"]>[0]): ReturnType<AuditLog["list"]> {
  const limit = checkLimit(query);
  let rows = db.selectFrom("audit").selectAll();
  if (query.cursor !== undefined) {
    const [sequence] = decodeCursor("audit", ["number"], query.cursor);
    rows = rows.where("sequence", "<", sequence as number);
  }
  const found = await rows
    .orderBy("sequence", "desc")
    .limit(limit + 1)
    .execute();
  return toPage("audit", found, limit, { item: toEntry, key: (row) => [row.sequence] });
}

async function verify(session: DatabaseSession): ReturnType<AuditLog["verify"]> {
  let entries = 0;
  let previousHash = NO_HASH;
  for (;;) {
    const rows = await session.read((db) =>
      db.selectFrom("audit").selectAll().where("sequence", ">", entries).orderBy("sequence").limit(BATCH).execute(),
    );
    for (const row of rows) {
      if (!follows(row, entries, previousHash)) return { entries, brokenAt: entries + 1 };
      entries += 1;
      previousHash = row.hash;
    }
    if (rows.length < BATCH) return { entries };
  }
}

function follows(row: Selectable<Database["audit"]>, before: number, previousHash: string): boolean {
  if (row.sequence !== before + 1 || row.previous_hash !== previousHash) return false;
  try {
    const { hash, ...unsigned } = toEntry(row);
    return hash === hashEntry(unsigned);
  } catch {
    // Details that are no JSON any more were changed.
    return false;
  }
}
