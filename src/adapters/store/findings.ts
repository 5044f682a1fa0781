import { sql } from "kysely";
import type { FindingQuery, FindingRow, Page, StoredFinding } from "../../ports/index.ts";
import { checkLimit, decodeCursor, toPage } from "./cursor.ts";
import { imageKey } from "./image-key.ts";
import { findingPlace, flag, leastRank, severityRank } from "./image-rows.ts";
import { findFew, holds } from "./search.ts";
import type { DatabaseSession, Db } from "./session.ts";
import { escapeText, fromJson, searchText, unescapeText } from "./stored-text.ts";

/** No row has it: an empty list is no SQL. */
const NO_ROW = 0;
const FEW_IMAGES = 500;

/** Each list is a walk along one index: all findings, those of an image, or those that are open or answered. */
export async function listFindings(session: DatabaseSession, db: Db, query: FindingQuery): Promise<Page<FindingRow>> {
  const limit = checkLimit(query);
  const cursor =
    query.cursor === undefined ? undefined : decodeCursor("findings", ["number", "string", "number"], query.cursor);
  let rows = db
    .selectFrom("findings as finding")
    .innerJoin("images as image", "image.id", "finding.image_id")
    .select(["finding.id", "finding.place", "finding.sort_key", "finding.finding_json"])
    .select(["image.repository", "image.digest", "image.running"]);
  const ids = await imageIds(db, query);
  if (ids !== undefined && ids.length <= FEW_IMAGES) rows = rows.where("finding.image_id", "in", [NO_ROW, ...ids]);
  else {
    if (query.repository !== undefined) rows = rows.where("image.repository", "=", escapeText(query.repository));
    if (query.digest !== undefined) rows = rows.where("image.digest", "=", escapeText(query.digest));
  }
  if (query.search !== undefined) {
    const text = searchText(query.search);
    const few = await findFew(session, db, "findings", text);
    rows =
      few === undefined
        ? rows.where(holds(session, sql.ref("finding.search"), text))
        : rows.where("finding.id", "in", [NO_ROW, ...few]);
  }
  if (query.state !== undefined) rows = rows.where("finding.answered", "=", flag(query.state === "answered"));
  if (query.severity !== undefined || query.fixable !== undefined)
    rows = rows.where("finding.place", "in", places(query));
  if (cursor !== undefined) {
    rows = rows.where(
      sql<boolean>`(finding.place, finding.sort_key, finding.id) > (${cursor[0]}, ${cursor[1]}, ${cursor[2]})`,
    );
  }
  const found = await rows
    .orderBy("finding.place")
    .orderBy("finding.sort_key")
    .orderBy("finding.id")
    .limit(limit + 1)
    .execute();
  return toPage("findings", found, limit, {
    item: (row): FindingRow => ({
      ...fromJson<StoredFinding>(row.finding_json),
      repository: unescapeText(row.repository),
      digest: unescapeText(row.digest) as FindingRow["digest"],
      running: row.running,
    }),
    key: (row) => [row.place, row.sort_key, row.id],
  });
}

/**
 * The images that are asked for, looked up before, so that the list walks their findings and not all. One more than a
 * few means that they are too many for it; undefined that all are asked for.
 */
async function imageIds(db: Db, { repository, digest }: FindingQuery): Promise<readonly number[] | undefined> {
  if (repository === undefined && digest === undefined) return undefined;
  let rows = db.selectFrom("images").select("id");
  if (repository !== undefined && digest !== undefined) rows = rows.where("key", "=", imageKey({ repository, digest }));
  else if (repository !== undefined) rows = rows.where("repository", "=", escapeText(repository));
  else if (digest !== undefined) rows = rows.where("digest", "=", escapeText(digest));
  return (await rows.limit(FEW_IMAGES + 1).execute()).map((row) => row.id);
}

/** Severity and fix are part of the place: asking for them is asking for some of its values. */
function places(query: FindingQuery): readonly number[] {
  const least = query.severity === undefined ? 0 : leastRank(query.severity);
  const ranks = Array.from({ length: severityRank("critical") + 1 - least }, (_, at) => least + at);
  const fixables = query.fixable === undefined ? [true, false] : [query.fixable];
  return [true, false].flatMap((running) =>
    ranks.flatMap((rank) => fixables.map((fixable) => findingPlace(running, rank, fixable))),
  );
}
