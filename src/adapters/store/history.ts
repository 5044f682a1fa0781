import { type Selectable, sql } from "kysely";
import { LIMITS } from "../../base/index.ts";
import type { HistoryQuery, Page, ResultChange } from "../../ports/index.ts";
import { checkLimit, decodeCursor, toPage } from "./cursor.ts";
import type { Database } from "./database.ts";
import type { Db } from "./session.ts";
import { escapeName, escapeText, timeMs, unescapeText } from "./stored-text.ts";

/** How many rows are added between two times that old ones are removed. */
const PRUNE_EVERY = 10_000;
/** Rows of one INSERT: within SQLite's 32,766 parameters. */
const ROWS_PER_INSERT = 1_000;

export async function addHistory(db: Db, changes: readonly ResultChange[]): Promise<void> {
  const rows = changes.map(({ at, resource, policy, rule, from, to, message }) => ({
    at,
    at_ms: timeMs(at),
    cluster: escapeName(resource.cluster),
    api_version: escapeText(resource.apiVersion),
    kind: escapeName(resource.kind),
    namespace: resource.namespace === undefined ? null : escapeName(resource.namespace),
    name: escapeName(resource.name),
    uid: resource.uid === undefined ? null : escapeText(resource.uid),
    policy: escapeName(policy),
    rule: escapeText(rule),
    from_status: from ?? null,
    to_status: to ?? null,
    message: message === undefined ? null : escapeText(message),
  }));
  for (let start = 0; start < rows.length; start += ROWS_PER_INSERT) {
    const added = await db
      .insertInto("result_changes")
      .values(rows.slice(start, start + ROWS_PER_INSERT))
      .returning("id")
      .execute();
    const crossed = added.find(({ id }) => id % PRUNE_EVERY === 0);
    if (crossed === undefined) continue;
    await db
      .deleteFrom("result_changes")
      .where("id", "<=", crossed.id - LIMITS.storeHistory)
      .execute();
  }
}

export async function listHistory(db: Db, query: HistoryQuery): Promise<Page<ResultChange>> {
  const limit = checkLimit(query);
  let rows = db.selectFrom("result_changes").selectAll();
  if (query.policy !== undefined) rows = rows.where("policy", "=", escapeText(query.policy));
  if (query.namespace !== undefined) rows = rows.where("namespace", "=", escapeText(query.namespace));
  if (query.kind !== undefined) rows = rows.where("kind", "=", escapeText(query.kind));
  if (query.name !== undefined) rows = rows.where("name", "=", escapeText(query.name));
  if (query.cursor !== undefined) {
    const [ms, id] = decodeCursor("history", ["number", "number"], query.cursor);
    rows = rows.where(sql<boolean>`(at_ms, id) < (${ms}, ${id})`);
  }
  const found = await rows
    .orderBy("at_ms", "desc")
    .orderBy("id", "desc")
    .limit(limit + 1)
    .execute();
  return toPage("history", found, limit, { item: toChange, key: (row) => [row.at_ms, row.id] });
}

function toChange(row: Selectable<Database["result_changes"]>): ResultChange {
  return {
    at: row.at,
    resource: {
      cluster: unescapeText(row.cluster),
      apiVersion: unescapeText(row.api_version),
      kind: unescapeText(row.kind),
      ...(row.namespace === null ? {} : { namespace: unescapeText(row.namespace) }),
      name: unescapeText(row.name),
      ...(row.uid === null ? {} : { uid: unescapeText(row.uid) }),
    },
    policy: unescapeText(row.policy),
    rule: unescapeText(row.rule),
    ...(row.from_status === null ? {} : { from: row.from_status as NonNullable<ResultChange["from"]> }),
    ...(row.to_status === null ? {} : { to: row.to_status as NonNullable<ResultChange["to"]> }),
    ...(row.message === null ? {} : { message: unescapeText(row.message) }),
  };
}
