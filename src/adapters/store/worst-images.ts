/** The images that stand out in each quadrant, with the reason in a few words. */
import { sql } from "kysely";
import type { WorstImage } from "../../ports/index.ts";
import type { Db } from "./session.ts";
import { unescapeText } from "./stored-text.ts";

const SHOWN = 3;

/** `2 findings`, `1 finding`. */
function count(number: number, one: string, many: string = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}

function toWorst(row: { readonly repository: string; readonly digest: string }, reason: string): WorstImage {
  return {
    repository: unescapeText(row.repository),
    digest: unescapeText(row.digest) as WorstImage["digest"],
    reason,
  };
}

/** Images that most resources name by tag only. */
export async function worstArtifacts(db: Db): Promise<readonly WorstImage[]> {
  const rows = await db
    .selectFrom("resource_images as use")
    .innerJoin("images as image", "image.key", "use.image_key")
    .where("use.unpinned", "=", 1)
    .groupBy(["image.id", "image.repository", "image.digest"])
    .select(["image.repository", "image.digest", sql<number>`count(DISTINCT use.resource_id)`.as("resources")])
    .orderBy("resources", "desc")
    .orderBy("image.id")
    .limit(SHOWN)
    .execute();
  return rows.map((row) => toWorst(row, `named by tag only by ${count(row.resources, "resource")}`));
}

/** Running images first; open critical findings, then what is missing, then open high ones, then old scans. */
export async function worstMetadata(db: Db, freshSince: number): Promise<readonly WorstImage[]> {
  const concern = sql<number>`CASE WHEN open_critical > 0 THEN 5 WHEN scanned_ms IS NULL THEN 4 WHEN sbom IS NULL THEN 3
    WHEN open_high > 0 THEN 2 WHEN scanned_ms < ${freshSince} THEN 1 ELSE 0 END`;
  const rows = await db
    .selectFrom("images")
    .where(concern, ">", 0)
    .select(["repository", "digest", "open_critical", "open_high", concern.as("concern")])
    .orderBy(sql`CASE WHEN running > 0 THEN 0 ELSE 1 END`)
    .orderBy("concern", "desc")
    .orderBy("open_critical", "desc")
    .orderBy("open_high", "desc")
    .orderBy("id")
    .limit(SHOWN)
    .execute();
  return rows.map((row) => {
    const reasons: Readonly<Record<number, string>> = {
      5: `${count(row.open_critical, "critical finding")} without an answer`,
      4: "no verified scan",
      3: "no verified SBOM",
      2: `${count(row.open_high, "high finding")} without an answer`,
      1: "the newest scan is older than 24 hours",
    };
    return toWorst(row, reasons[row.concern] ?? "");
  });
}

/** Running images first; rejected signatures and attestations, then what is missing. */
export async function worstAttestations(db: Db): Promise<readonly WorstImage[]> {
  const concern = sql<number>`CASE WHEN signed = 0 THEN 3 WHEN rejected > 0 THEN 2 WHEN provenance = 0 THEN 1 ELSE 0 END`;
  const rows = await db
    .selectFrom("images")
    .where(concern, ">", 0)
    .select(["repository", "digest", "rejected", concern.as("concern")])
    .orderBy(sql`CASE WHEN running > 0 THEN 0 ELSE 1 END`)
    .orderBy("concern", "desc")
    .orderBy("rejected", "desc")
    .orderBy("id")
    .limit(SHOWN)
    .execute();
  return rows.map((row) => {
    const rejected = count(row.rejected, "signature or attestation", "signatures or attestations");
    const reasons: Readonly<Record<number, string>> = {
      3: row.rejected > 0 ? `not signed, and ${rejected} rejected` : "not signed",
      2: `${rejected} rejected`,
      1: "no verified provenance",
    };
    return toWorst(row, reasons[row.concern] ?? "");
  });
}
