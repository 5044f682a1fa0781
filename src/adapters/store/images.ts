import { type ExpressionBuilder, type Insertable, sql } from "kysely";
import { LIMITS } from "../../base/index.ts";
import type {
  ImageDetail,
  ImageIdentity,
  ImageQuery,
  ImageRecord,
  ImageStore,
  ImageSummary,
  ImageUse,
  Page,
  StoredDocument,
  StoredDocumentContent,
} from "../../ports/index.ts";
import { recordChange } from "./changes.ts";
import { checkLimit, decodeCursor, toPage } from "./cursor.ts";
import type { Database } from "./database.ts";
import { listFindings } from "./findings.ts";
import { imageKey, imageName } from "./image-key.ts";
import { contentColumns, documentRow, findingRow, leastRank, SUMMARY_COLUMNS, toImageSummary } from "./image-rows.ts";
import type { DatabaseSession, Db } from "./session.ts";
import { escapeText, fromJson, hashKey, searchText, timeMs, toJson, unescapeText } from "./stored-text.ts";
import { countUses } from "./uses.ts";

/** Rows of one INSERT: within SQLite's 32,766 parameters. */
const ROWS_PER_INSERT = 500;

export function createImageStore(session: DatabaseSession): ImageStore {
  return {
    record: (image) => session.write((db) => recordImage(session, db, image)),
    list: (query) => session.read((db) => listImages(session, db, query)),
    get: (image) => session.read((db) => getImage(db, image), { snapshot: true }),
    document: (image, id) => session.read((db) => getDocument(db, image, id)),
    findings: (query) => session.read((db) => listFindings(session, db, query)),
  };
}

async function recordImage(session: DatabaseSession, db: Db, image: ImageRecord): Promise<void> {
  const key = imageKey(image);
  await session.lockKeys(db, [key]);
  const before = await db
    .selectFrom("images")
    .select(["id", "tags_json", "content_hash", "observed_ms"])
    .where("key", "=", key)
    .executeTakeFirst();
  const tags = mergeTags(before === undefined ? [] : fromJson<readonly string[]>(before.tags_json), image.tags);
  const seen = {
    tags_json: toJson(tags),
    search: searchText(image.repository, ...tags),
    observed_at: image.observedAt,
    observed_ms: timeMs(image.observedAt),
  };
  const contentHash = hashKey(toJson([image.platforms, image.documents, image.findings]));
  if (before !== undefined && before.content_hash === contentHash) {
    await db.updateTable("images").set(seen).where("id", "=", before.id).execute();
  } else {
    const content = { ...seen, ...contentColumns(image), content_hash: contentHash };
    const uses = await countUses(db, key);
    const id = before === undefined ? await insertImage(db, image, { ...content, ...uses, key }) : before.id;
    if (before !== undefined) await db.updateTable("images").set(content).where("id", "=", id).execute();
    await replaceContent(db, id, uses.running > 0, image);
  }
  await recordChange(session, db, "image", imageName(image));
}

type NewImage = Omit<Insertable<Database["images"]>, "repository" | "digest" | "first_seen_at">;

async function insertImage(db: Db, image: ImageRecord, columns: NewImage): Promise<number> {
  const row = await db
    .insertInto("images")
    .values({
      ...columns,
      repository: escapeText(image.repository),
      digest: escapeText(image.digest),
      first_seen_at: image.observedAt,
    })
    .returning("id")
    .executeTakeFirstOrThrow();
  return row.id;
}

/** The oldest go when there are too many. */
function mergeTags(known: readonly string[], met: readonly string[]): readonly string[] {
  const fresh = met.filter((tag) => !known.includes(tag));
  return [...known, ...new Set(fresh)].slice(-LIMITS.storeTags);
}

async function replaceContent(db: Db, imageId: number, isRunning: boolean, image: ImageRecord): Promise<void> {
  await db.deleteFrom("documents").where("image_id", "=", imageId).execute();
  await db.deleteFrom("findings").where("image_id", "=", imageId).execute();
  for (const part of chunks(image.documents)) {
    await db
      .insertInto("documents")
      .values(part.map((each) => documentRow(imageId, each)))
      .execute();
  }
  for (const part of chunks(image.findings)) {
    await db
      .insertInto("findings")
      .values(part.map((each) => findingRow(imageId, isRunning, each)))
      .execute();
  }
}

function chunks<T>(items: readonly T[]): readonly (readonly T[])[] {
  const count = Math.ceil(items.length / ROWS_PER_INSERT);
  return Array.from({ length: count }, (_, at) => items.slice(at * ROWS_PER_INSERT, (at + 1) * ROWS_PER_INSERT));
}

async function listImages(session: DatabaseSession, db: Db, query: ImageQuery): Promise<Page<ImageSummary>> {
  const limit = checkLimit(query);
  let rows = db
    .selectFrom("images")
    .select(SUMMARY_COLUMNS)
    .where((eb) => eb.and(imageConditions(session, eb, query)));
  if (query.cursor !== undefined) {
    const [ms, id] = decodeCursor("images", ["number", "number"], query.cursor);
    rows = rows.where(sql<boolean>`(observed_ms, id) < (${ms}, ${id})`);
  }
  const found = await rows
    .orderBy("observed_ms", "desc")
    .orderBy("id", "desc")
    .limit(limit + 1)
    .execute();
  return toPage("images", found, limit, { item: toImageSummary, key: (row) => [row.observed_ms, row.id] });
}

const MISSING: Readonly<Record<NonNullable<ImageQuery["missing"]>, string>> = {
  signature: "signed = 0",
  sbom: "sbom IS NULL",
  scan: "scanned_ms IS NULL",
  vex: "vex = 0",
  provenance: "provenance = 0",
};

const VERDICTS: Readonly<Record<ImageSummary["verdict"], string>> = {
  denied: "denied > 0",
  allowed: "denied = 0 AND running > 0",
  unknown: "running = 0",
};

function imageConditions(session: DatabaseSession, eb: ExpressionBuilder<Database, "images">, query: ImageQuery) {
  const conditions = [];
  if (query.search !== undefined) {
    const text = searchText(query.search);
    const position = sql.raw(session.positionFunction);
    conditions.push(
      sql<boolean>`(${position}(search, ${text}) > 0 OR ${position}(digest, ${text}) = 1 OR ${position}(digest, ${`sha256:${text}`}) = 1)`,
    );
  }
  if (query.namespace !== undefined) {
    const uses = eb
      .selectFrom("resource_images as use")
      .innerJoin("resources as resource", "resource.id", "use.resource_id")
      .whereRef("use.image_key", "=", "images.key")
      .where("resource.namespace", "=", escapeText(query.namespace))
      .select("use.resource_id");
    conditions.push(eb.exists(uses));
  }
  if (query.running !== undefined) conditions.push(eb("running", query.running ? ">" : "=", 0));
  if (query.verdict !== undefined) conditions.push(sql<boolean>`(${sql.raw(VERDICTS[query.verdict])})`);
  if (query.missing !== undefined) conditions.push(sql<boolean>`${sql.raw(MISSING[query.missing])}`);
  if (query.severity !== undefined) conditions.push(eb("worst_open", ">=", leastRank(query.severity)));
  return conditions;
}

async function getImage(db: Db, image: ImageIdentity): Promise<ImageDetail | undefined> {
  const row = await db
    .selectFrom("images")
    .select(SUMMARY_COLUMNS)
    .where("key", "=", imageKey(image))
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const documents = await db
    .selectFrom("documents")
    .select("document_json")
    .where("image_id", "=", row.id)
    .orderBy("status_rank")
    .orderBy("kind")
    .orderBy("stated_ms", "desc")
    .orderBy("id")
    .limit(LIMITS.storeDocuments)
    .execute();
  return {
    ...toImageSummary(row),
    platformDigests: fromJson<readonly string[]>(row.platforms_json),
    documents: documents.map((each) => fromJson<StoredDocument>(each.document_json)),
    uses: await listUses(db, row.key),
  };
}

async function listUses(db: Db, key: string): Promise<readonly ImageUse[]> {
  const rows = await db
    .selectFrom("resource_images as use")
    .innerJoin("resources as resource", "resource.id", "use.resource_id")
    .where("use.image_key", "=", key)
    .select([
      "resource.cluster",
      "resource.kind",
      "resource.namespace",
      "resource.name",
      "resource.allowed",
      "resource.checked_at",
      sql<string>`min(use.image)`.as("image"),
    ])
    .groupBy("resource.id")
    .orderBy("resource.allowed")
    .orderBy("resource.cluster")
    .orderBy("resource.namespace")
    .orderBy("resource.kind")
    .orderBy("resource.name")
    .limit(LIMITS.storeUses)
    .execute();
  return rows.map((row) => ({
    cluster: unescapeText(row.cluster),
    kind: unescapeText(row.kind),
    ...(row.namespace === null ? {} : { namespace: unescapeText(row.namespace) }),
    name: unescapeText(row.name),
    allowed: row.allowed === 1,
    checkedAt: row.checked_at,
    image: unescapeText(row.image),
  }));
}

async function getDocument(db: Db, image: ImageIdentity, id: string): Promise<StoredDocumentContent | undefined> {
  const row = await db
    .selectFrom("documents")
    .innerJoin("images", "images.id", "documents.image_id")
    .where("images.key", "=", imageKey(image))
    .where("documents.document_key", "=", hashKey(id))
    .select(["documents.document_json", "documents.predicate_json"])
    .orderBy("documents.id")
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const document = fromJson<StoredDocument>(row.document_json);
  return row.predicate_json === null ? document : { ...document, predicate: fromJson(row.predicate_json) };
}
