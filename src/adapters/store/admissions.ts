import { type Selectable, sql } from "kysely";
import type {
  AdmissionQuery,
  AdmissionRecord,
  AdmissionStore,
  AdmissionSummary,
  DecisionInputs,
  Page,
} from "../../ports/index.ts";
import { recordChange } from "./changes.ts";
import { checkLimit, decodeCursor, toPage } from "./cursor.ts";
import type { Database } from "./database.ts";
import { flag } from "./image-rows.ts";
import { holds } from "./search.ts";
import type { DatabaseSession, Db } from "./session.ts";
import { escapeName, escapeText, fromJson, hashKey, searchText, timeMs, toJson, unescapeText } from "./stored-text.ts";

const REMOVED_AT_ONCE = 500;

export function createAdmissionStore(session: DatabaseSession): AdmissionStore {
  return {
    record: (admission) => session.write((db) => recordAdmission(session, db, admission)),
    list: (query) => session.read((db) => listAdmissions(session, db, query)),
    get: (id) => session.read((db) => getAdmission(db, id)),
    prune: (before, keep) => pruneAdmissions(session, timeMs(before), keep),
  };
}

async function recordAdmission(session: DatabaseSession, db: Db, admission: AdmissionRecord): Promise<void> {
  const { inputs } = admission;
  const optional = (text: string | undefined): string | null => (text === undefined ? null : escapeText(text));
  const result = await db
    .insertInto("admissions")
    .values({
      id: escapeName(admission.id),
      at: admission.at,
      at_ms: timeMs(admission.at),
      cluster: escapeName(admission.cluster),
      operation: admission.operation,
      kind: escapeName(admission.kind),
      namespace: admission.namespace === undefined ? null : escapeName(admission.namespace),
      name: escapeText(admission.name),
      search: searchText(admission.name),
      user_name: escapeText(admission.user),
      user_key: hashKey(admission.user),
      allowed: flag(admission.allowed),
      dry_run: flag(admission.dryRun),
      duration_ms: admission.durationMs,
      message: optional(admission.message),
      replayable: flag(admission.replayable),
      not_replayable: optional(admission.notReplayable),
      policies_json: toJson(admission.policies),
      decision_json: toJson(admission.decision),
      input_json: inputs === undefined ? null : toJson(inputs.input),
      facts_json: inputs === undefined ? null : toJson(inputs.facts),
      evaluated_ms: inputs?.now ?? null,
      seed: optional(inputs?.seed),
    })
    .onConflict((conflict) => conflict.column("id").doNothing())
    .executeTakeFirst();
  if ((result.numInsertedOrUpdatedRows ?? 0n) > 0n) await recordChange(session, db, "admission", admission.id);
}

const SUMMARY_COLUMNS = [
  "sequence",
  "id",
  "at",
  "at_ms",
  "cluster",
  "operation",
  "kind",
  "namespace",
  "name",
  "user_name",
  "allowed",
  "dry_run",
  "duration_ms",
  "message",
  "replayable",
] as const satisfies readonly (keyof Database["admissions"])[];

type SummaryRow = Pick<Selectable<Database["admissions"]>, (typeof SUMMARY_COLUMNS)[number]>;

async function listAdmissions(
  session: DatabaseSession,
  db: Db,
  query: AdmissionQuery,
): Promise<Page<AdmissionSummary>> {
  const limit = checkLimit(query);
  let rows = db.selectFrom("admissions").select(SUMMARY_COLUMNS);
  if (query.cluster !== undefined) rows = rows.where("cluster", "=", escapeText(query.cluster));
  if (query.allowed !== undefined) rows = rows.where("allowed", "=", flag(query.allowed));
  if (query.namespace !== undefined) rows = rows.where("namespace", "=", escapeText(query.namespace));
  if (query.kind !== undefined) rows = rows.where("kind", "=", escapeText(query.kind));
  if (query.user !== undefined) rows = rows.where("user_key", "=", hashKey(query.user));
  if (query.search !== undefined) rows = rows.where(holds(session, sql.ref("search"), searchText(query.search)));
  if (query.cursor !== undefined) {
    const [ms, sequence] = decodeCursor("admissions", ["number", "number"], query.cursor);
    rows = rows.where(sql<boolean>`(at_ms, sequence) < (${ms}, ${sequence})`);
  }
  const found = await rows
    .orderBy("at_ms", "desc")
    .orderBy("sequence", "desc")
    .limit(limit + 1)
    .execute();
  return toPage("admissions", found, limit, { item: toSummary, key: (row) => [row.at_ms, row.sequence] });
}

function toSummary(row: SummaryRow): AdmissionSummary {
  return {
    id: unescapeText(row.id),
    at: row.at,
    cluster: unescapeText(row.cluster),
    operation: row.operation as AdmissionSummary["operation"],
    kind: unescapeText(row.kind),
    ...(row.namespace === null ? {} : { namespace: unescapeText(row.namespace) }),
    name: unescapeText(row.name),
    user: unescapeText(row.user_name),
    allowed: row.allowed === 1,
    dryRun: row.dry_run === 1,
    durationMs: row.duration_ms,
    ...(row.message === null ? {} : { message: unescapeText(row.message) }),
    replayable: row.replayable === 1,
  };
}

async function getAdmission(db: Db, id: string): Promise<AdmissionRecord | undefined> {
  const row = await db.selectFrom("admissions").selectAll().where("id", "=", escapeText(id)).executeTakeFirst();
  if (row === undefined) return undefined;
  const inputs = readInputs(row);
  return {
    ...toSummary(row),
    policies: fromJson<AdmissionRecord["policies"]>(row.policies_json),
    decision: fromJson<AdmissionRecord["decision"]>(row.decision_json),
    ...(inputs === undefined ? {} : { inputs }),
    ...(row.not_replayable === null ? {} : { notReplayable: unescapeText(row.not_replayable) }),
  };
}

function readInputs(row: Selectable<Database["admissions"]>): DecisionInputs | undefined {
  const { input_json: input, facts_json: facts, evaluated_ms: now, seed } = row;
  if (input === null || facts === null || now === null || seed === null) return undefined;
  return { input: fromJson(input), facts: fromJson(facts), now, seed: unescapeText(seed) };
}

/** In several transactions, so that others can write between. */
async function pruneAdmissions(session: DatabaseSession, beforeMs: number, keep: number): Promise<number> {
  for (let removed = 0; ; ) {
    const count = await session.write((db) => pruneSome(db, beforeMs, Math.max(0, Math.trunc(keep))));
    removed += count;
    if (count < REMOVED_AT_ONCE) return removed;
  }
}

/** The oldest of those that are too old or too many. */
async function pruneSome(db: Db, beforeMs: number, keep: number): Promise<number> {
  const newestGone = await db
    .selectFrom("admissions")
    .select(["at_ms", "sequence"])
    .orderBy("at_ms", "desc")
    .orderBy("sequence", "desc")
    .offset(keep)
    .limit(1)
    .executeTakeFirst();
  const tooMany = newestGone && sql<boolean>`(at_ms, sequence) <= (${newestGone.at_ms}, ${newestGone.sequence})`;
  const gone = db
    .selectFrom("admissions")
    .select("sequence")
    .where((eb) => eb.or([eb("at_ms", "<", beforeMs), ...(tooMany === undefined ? [] : [tooMany])]))
    .orderBy("at_ms")
    .orderBy("sequence")
    .limit(REMOVED_AT_ONCE);
  const result = await db.deleteFrom("admissions").where("sequence", "in", gone).executeTakeFirst();
  return Number(result.numDeletedRows);
}
