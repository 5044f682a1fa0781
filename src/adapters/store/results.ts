import { type Insertable, type Selectable, sql } from "kysely";
import { formatTime } from "../../base/index.ts";
import type {
  Page,
  ResourceIdentity,
  ResourceResult,
  ResultChange,
  ResultQuery,
  ResultRow,
  ResultStore,
} from "../../ports/index.ts";
import { recordChange } from "./changes.ts";
import { checkLimit, decodeCursor, toPage } from "./cursor.ts";
import type { Database } from "./database.ts";
import { addHistory, listHistory } from "./history.ts";
import { imageKey } from "./image-key.ts";
import { flag } from "./image-rows.ts";
import { findFew, holds } from "./search.ts";
import type { DatabaseSession, Db } from "./session.ts";
import {
  cutForIndex,
  escapeName,
  escapeText,
  fromJson,
  hashKey,
  searchText,
  timeMs,
  toJson,
  unescapeText,
} from "./stored-text.ts";
import { updateUses } from "./uses.ts";

type Status = ResultRow["status"];

/** Worst first. */
const RANKS: Readonly<Record<Status, number>> = { error: 0, fail: 1, warn: 2, pass: 3, skip: 4 };
const SORT_LENGTH = 300;
/** No row has this id: an empty list is no SQL. */
const NO_ROW = 0;
const REMOVED_AT_ONCE = 500;
/** Rows of one INSERT: within SQLite's 32,766 parameters. */
const ROWS_PER_INSERT = 1_000;

export function createResultStore(session: DatabaseSession): ResultStore {
  return {
    record: (result) => session.write((db) => recordResult(session, db, result)),
    remove: (resource, at) => session.write((db) => removeResource(session, db, resourceKey(resource), at)),
    prune: (cluster, before, at) => pruneResources(session, cluster, before, at),
    get: (resource) => session.read((db) => getResource(db, resource)),
    list: (query) => session.read((db) => listResults(session, db, query)),
    history: (query) => session.read((db) => listHistory(db, query)),
  };
}

/** A resource stays the same under another version of its API and when it is made again with its name. */
function resourceKey({ cluster, apiVersion, kind, namespace, name }: ResourceIdentity): string {
  const slash = apiVersion.indexOf("/");
  const group = slash === -1 ? "" : apiVersion.slice(0, slash);
  return hashKey(cluster, group, kind, ...(namespace === undefined ? [] : [namespace]), name);
}

function resourceName({ cluster, kind, namespace, name }: ResourceIdentity): string {
  return [cluster, kind, ...(namespace === undefined ? [] : [namespace]), name].join("/");
}

async function recordResult(
  session: DatabaseSession,
  db: Db,
  result: ResourceResult,
): Promise<readonly ResultChange[]> {
  const key = resourceKey(result.resource);
  await session.lockKeys(db, [key]);
  const before = await db.selectFrom("resources").select("id").where("key", "=", key).executeTakeFirst();
  const keysBefore = before === undefined ? [] : await imageKeysOf(db, [before.id]);
  const keysAfter = result.images.flatMap((image) => keyOf(image) ?? []);
  const keys = [...new Set([...keysBefore, ...keysAfter])].sort();
  await session.lockKeys(db, keys);
  const id = await putResource(db, key, before?.id, result);
  await putImages(db, id, result.images);
  const changes = await putResults(db, id, result);
  await addHistory(db, changes);
  await updateUses(db, keys);
  await recordChange(session, db, "result", resourceName(result.resource));
  return changes;
}

function keyOf(image: ResourceResult["images"][number]): string | undefined {
  return image.digest === undefined ? undefined : imageKey({ repository: image.repository, digest: image.digest });
}

async function imageKeysOf(db: Db, resourceIds: readonly number[]): Promise<readonly string[]> {
  const rows = await db
    .selectFrom("resource_images")
    .select("image_key")
    .distinct()
    .where("resource_id", "in", resourceIds)
    .where("image_key", "is not", null)
    .execute();
  return rows.flatMap((row) => row.image_key ?? []);
}

async function putResource(db: Db, key: string, id: number | undefined, result: ResourceResult): Promise<number> {
  const { resource } = result;
  const columns = {
    api_version: escapeText(resource.apiVersion),
    uid: resource.uid === undefined ? null : escapeText(resource.uid),
    checked_at: result.checkedAt,
    checked_ms: timeMs(result.checkedAt),
    process: result.process,
    allowed: flag(result.decision.allowed),
    decision_json: toJson(result.decision),
    images_json: toJson(result.images),
  };
  if (id !== undefined) {
    await db.updateTable("resources").set(columns).where("id", "=", id).execute();
    return id;
  }
  const row = await db
    .insertInto("resources")
    .values({
      ...columns,
      key,
      cluster: escapeName(resource.cluster),
      kind: escapeName(resource.kind),
      namespace: resource.namespace === undefined ? null : escapeName(resource.namespace),
      name: escapeName(resource.name),
    })
    .returning("id")
    .executeTakeFirstOrThrow();
  return row.id;
}

async function putImages(db: Db, resourceId: number, images: ResourceResult["images"]): Promise<void> {
  await db.deleteFrom("resource_images").where("resource_id", "=", resourceId).execute();
  if (images.length === 0) return;
  const rows = images.map((image, ordinal) => ({
    resource_id: resourceId,
    ordinal,
    image_key: keyOf(image) ?? null,
    image: escapeText(image.image),
    unpinned: flag(image.unpinned),
  }));
  await db.insertInto("resource_images").values(rows).execute();
}

/** Writes what differs from before and returns it; results that stay as they are cost nothing. */
async function putResults(db: Db, resourceId: number, result: ResourceResult): Promise<readonly ResultChange[]> {
  const rows = await db
    .selectFrom("results")
    .select(["id", "policy", "rule", "status", "code", "message", "since"])
    .where("resource_id", "=", resourceId)
    .execute();
  const known = new Map(rows.map((row) => [hashKey(row.policy, row.rule), row]));
  const { resource, checkedAt: at } = result;
  const changes: ResultChange[] = [];
  const fresh: Insertable<Database["results"]>[] = [];
  const outdated: number[] = [];
  for (const rule of worstOfEachRule(result)) {
    const key = hashKey(escapeText(rule.policy), escapeText(rule.rule));
    const before = known.get(key);
    known.delete(key);
    const isSame = before?.status === rule.status;
    const row = resultRow(resourceId, result, rule, isSame ? before.since : at);
    if (isSame && before.code === row.code && before.message === row.message) continue;
    fresh.push(row);
    if (before !== undefined) outdated.push(before.id);
    if (!isSame) changes.push(toResultChange(result, rule, before?.status as Status | undefined));
  }
  for (const gone of known.values()) {
    outdated.push(gone.id);
    changes.push(toGone(resource, gone, at));
  }
  if (outdated.length > 0) await db.deleteFrom("results").where("id", "in", outdated).execute();
  for (let start = 0; start < fresh.length; start += ROWS_PER_INSERT) {
    await db
      .insertInto("results")
      .values(fresh.slice(start, start + ROWS_PER_INSERT))
      .execute();
  }
  return changes;
}

function toResultChange(result: ResourceResult, rule: Rule, from: Status | undefined): ResultChange {
  return {
    at: result.checkedAt,
    resource: result.resource,
    policy: rule.policy,
    rule: rule.rule,
    ...(from === undefined ? {} : { from }),
    to: rule.status,
    ...(rule.message === undefined ? {} : { message: rule.message }),
  };
}

type Rule = ResourceResult["decision"]["rules"][number];

/** A rule that speaks of several images has a row for each. */
function worstOfEachRule(result: ResourceResult): Iterable<Rule> {
  const worst = new Map<string, Rule>();
  for (const rule of result.decision.rules) {
    const key = hashKey(rule.policy, rule.rule);
    const other = worst.get(key);
    if (other === undefined || RANKS[rule.status] < RANKS[other.status]) worst.set(key, rule);
  }
  return worst.values();
}

function resultRow(
  resourceId: number,
  result: ResourceResult,
  rule: Rule,
  since: string,
): Insertable<Database["results"]> & Pick<Selectable<Database["results"]>, "code" | "message"> {
  const { cluster, namespace, kind, name } = result.resource;
  const order = [cluster, namespace ?? "", kind, name, rule.policy, rule.rule].join("\u0001");
  return {
    resource_id: resourceId,
    policy: escapeName(rule.policy),
    rule: escapeText(rule.rule),
    status: rule.status,
    rank: RANKS[rule.status],
    sort_key: cutForIndex(escapeText(order), SORT_LENGTH),
    cluster: escapeName(cluster),
    kind: escapeName(kind),
    namespace: namespace === undefined ? null : escapeName(namespace),
    search: searchText(name),
    code: rule.code ?? null,
    message: rule.message === undefined ? null : escapeText(rule.message),
    since,
  };
}

async function removeResource(session: DatabaseSession, db: Db, key: string, at: string): Promise<void> {
  timeMs(at);
  await session.lockKeys(db, [key]);
  const row = await db.selectFrom("resources").selectAll().where("key", "=", key).executeTakeFirst();
  if (row === undefined) return;
  const keys = [...(await imageKeysOf(db, [row.id]))].sort();
  await session.lockKeys(db, keys);
  const resource = toIdentity(row);
  const results = await db
    .selectFrom("results")
    .select(["policy", "rule", "status"])
    .where("resource_id", "=", row.id)
    .execute();
  await addHistory(
    db,
    results.map((each) => toGone(resource, each, at)),
  );
  await db.deleteFrom("resources").where("id", "=", row.id).execute();
  await updateUses(db, keys);
  await recordChange(session, db, "result", resourceName(resource));
}

function toGone(
  resource: ResourceIdentity,
  row: Pick<Selectable<Database["results"]>, "policy" | "rule" | "status">,
  at: string,
): ResultChange {
  return { at, resource, policy: unescapeText(row.policy), rule: unescapeText(row.rule), from: row.status as Status };
}

/** In several transactions, so that others can write between. */
async function pruneResources(session: DatabaseSession, cluster: string, before: string, at: string): Promise<number> {
  const beforeMs = timeMs(before);
  for (let removed = 0; ; ) {
    const count = await session.write(async (db) => {
      const rows = await db
        .selectFrom("resources")
        .select("key")
        .where("cluster", "=", escapeName(cluster))
        .where("checked_ms", "<", beforeMs)
        .orderBy("key")
        .limit(REMOVED_AT_ONCE)
        .execute();
      for (const row of rows) await removeResource(session, db, row.key, at);
      return rows.length;
    });
    removed += count;
    if (count < REMOVED_AT_ONCE) return removed;
  }
}

/** The results of a policy that is no longer in force. */
export async function removePolicyResults(db: Db, storedName: string): Promise<void> {
  const at = formatTime(Date.now());
  const rows = await db
    .selectFrom("results as result")
    .innerJoin("resources as resource", "resource.id", "result.resource_id")
    .where("result.policy", "=", storedName)
    .select(["result.policy", "result.rule", "result.status"])
    .select([
      "resource.cluster",
      "resource.api_version",
      "resource.kind",
      "resource.namespace",
      "resource.name",
      "resource.uid",
    ])
    .execute();
  await addHistory(
    db,
    rows.map((row) => toGone(toIdentity(row), row, at)),
  );
  await db.deleteFrom("results").where("policy", "=", storedName).execute();
}

type IdentityRow = Pick<
  Selectable<Database["resources"]>,
  "cluster" | "api_version" | "kind" | "namespace" | "name" | "uid"
>;

export function toIdentity(row: IdentityRow): ResourceIdentity {
  return {
    cluster: unescapeText(row.cluster),
    apiVersion: unescapeText(row.api_version),
    kind: unescapeText(row.kind),
    ...(row.namespace === null ? {} : { namespace: unescapeText(row.namespace) }),
    name: unescapeText(row.name),
    ...(row.uid === null ? {} : { uid: unescapeText(row.uid) }),
  };
}

async function getResource(db: Db, resource: ResourceIdentity): Promise<ResourceResult | undefined> {
  const row = await db.selectFrom("resources").selectAll().where("key", "=", resourceKey(resource)).executeTakeFirst();
  if (row === undefined) return undefined;
  return {
    resource: toIdentity(row),
    checkedAt: row.checked_at,
    process: row.process as ResourceResult["process"],
    decision: fromJson<ResourceResult["decision"]>(row.decision_json),
    images: fromJson<ResourceResult["images"]>(row.images_json),
  };
}

async function listResults(session: DatabaseSession, db: Db, query: ResultQuery): Promise<Page<ResultRow>> {
  const limit = checkLimit(query);
  let rows = db
    .selectFrom("results as result")
    .innerJoin("resources as resource", "resource.id", "result.resource_id")
    .select(["result.id", "result.rank", "result.sort_key", "result.policy", "result.rule", "result.status"])
    .select(["result.code", "result.message", "result.since", "resource.checked_at"])
    .select([
      "resource.cluster",
      "resource.api_version",
      "resource.kind",
      "resource.namespace",
      "resource.name",
      "resource.uid",
    ]);
  if (query.cluster !== undefined) rows = rows.where("result.cluster", "=", escapeText(query.cluster));
  if (query.policy !== undefined) rows = rows.where("result.policy", "=", escapeText(query.policy));
  if (query.rule !== undefined) rows = rows.where("result.rule", "=", escapeText(query.rule));
  if (query.status !== undefined) rows = rows.where("result.rank", "=", RANKS[query.status]);
  if (query.namespace !== undefined) rows = rows.where("result.namespace", "=", escapeText(query.namespace));
  if (query.kind !== undefined) rows = rows.where("result.kind", "=", escapeText(query.kind));
  if (query.search !== undefined) {
    const text = searchText(query.search);
    const few = await findFew(session, db, "results", text);
    rows =
      few === undefined
        ? rows.where(holds(session, sql.ref("result.search"), text))
        : rows.where("result.id", "in", [NO_ROW, ...few]);
  }
  if (query.image !== undefined) {
    const uses = db.selectFrom("resource_images").select("resource_id").where("image_key", "=", keyOfName(query.image));
    rows = rows.where("result.resource_id", "in", uses);
  }
  if (query.cursor !== undefined) {
    const [rank, key, id] = decodeCursor("results", ["number", "string", "number"], query.cursor);
    rows = rows.where(sql<boolean>`(result.rank, result.sort_key, result.id) > (${rank}, ${key}, ${id})`);
  }
  const found = await rows
    .orderBy("result.rank")
    .orderBy("result.sort_key")
    .orderBy("result.id")
    .limit(limit + 1)
    .execute();
  return toPage("results", found, limit, { item: toResultRow, key: (row) => [row.rank, row.sort_key, row.id] });
}

/** Of `repository@digest`. */
function keyOfName(image: string): string {
  const at = image.lastIndexOf("@");
  return imageKey({ repository: image.slice(0, Math.max(at, 0)), digest: image.slice(at + 1) });
}

type ListedRow = IdentityRow &
  Pick<Selectable<Database["results"]>, "policy" | "rule" | "status" | "code" | "message" | "since"> & {
    readonly checked_at: string;
  };

function toResultRow(row: ListedRow): ResultRow {
  return {
    resource: toIdentity(row),
    policy: unescapeText(row.policy),
    rule: unescapeText(row.rule),
    status: row.status as Status,
    ...(row.code === null ? {} : { code: row.code }),
    ...(row.message === null ? {} : { message: unescapeText(row.message) }),
    checkedAt: row.checked_at,
    since: row.since,
  };
}
