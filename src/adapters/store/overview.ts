/** The overview by SQL aggregates: no list is read whole. */
import { sql } from "kysely";
import { LIMITS } from "../../base/index.ts";
import type { NamespaceChecklist, Overview, OverviewStore, ResultCounts } from "../../ports/index.ts";
import { listFindings } from "./findings.ts";
import { NO_RESULTS } from "./policies.ts";
import type { DatabaseSession, Db } from "./session.ts";
import { timeMs, unescapeText } from "./stored-text.ts";
import { worstArtifacts, worstAttestations, worstMetadata } from "./worst-images.ts";

const DAY_MS = 86_400_000;
const DO_FIRST = 7;

export function createOverviewStore(session: DatabaseSession): OverviewStore {
  return { read: (now) => session.read((db) => readOverview(session, db, timeMs(now)), { snapshot: true }) };
}

async function readOverview(session: DatabaseSession, db: Db, nowMs: number): Promise<Overview> {
  const since = nowMs - DAY_MS;
  const { doFirst, ...rest } = {
    ...(await readImages(db, since)),
    policies: await readPolicies(db, since),
    doFirst: (await listFindings(session, db, { state: "open", limit: DO_FIRST })).items,
    namespaces: await readNamespaces(db, since),
    newest: await readNewest(db),
  };
  return { ...rest, doFirst };
}

async function readImages(db: Db, since: number): Promise<Pick<Overview, "artifacts" | "metadata" | "attestations">> {
  const sum = (column: string) => sql<number>`coalesce(sum(${sql.raw(column)}), 0)`;
  const totals = await db
    .selectFrom("images")
    .select([
      sql<number>`count(*)`.as("images"),
      sum("CASE WHEN running > 0 THEN 1 ELSE 0 END").as("running"),
      sum("CASE WHEN sbom IS NOT NULL THEN 1 ELSE 0 END").as("withSbom"),
      sql<number>`coalesce(sum(CASE WHEN scanned_ms >= ${since} THEN 1 ELSE 0 END), 0)`.as("freshScan"),
      sum("findings").as("findings"),
      sum("answered").as("answered"),
      sum("signed").as("signed"),
      sum("provenance").as("withProvenance"),
      sum("rejected").as("rejected"),
    ])
    .executeTakeFirstOrThrow();
  const unpinned = await db
    .selectFrom("resource_images")
    .where("unpinned", "=", 1)
    .select(sql<number>`count(DISTINCT coalesce(image_key, image))`.as("count"))
    .executeTakeFirstOrThrow();
  const { images, running, withSbom, freshScan, findings, answered, signed, withProvenance, rejected } = totals;
  return {
    artifacts: { images, running, unpinned: unpinned.count, worst: await worstArtifacts(db) },
    metadata: { images, withSbom, freshScan, findings, answered, worst: await worstMetadata(db, since) },
    attestations: { images, signed, withProvenance, rejected, worst: await worstAttestations(db) },
  };
}

async function readPolicies(db: Db, since: number): Promise<Overview["policies"]> {
  const states = await db
    .selectFrom("policies as policy")
    .innerJoin("policy_versions as version", "version.name", "policy.name")
    .where("version.id", "=", (eb) =>
      eb
        .selectFrom("policy_versions as newest")
        .whereRef("newest.name", "=", "policy.name")
        .select((inner) => inner.fn.max("newest.id").as("id")),
    )
    .groupBy("version.state")
    .select(["version.state", sql<number>`count(*)`.as("count")])
    .execute();
  const results = await db
    .selectFrom("results")
    .groupBy("status")
    .select(["status", sql<number>`count(*)`.as("count")])
    .execute();
  const resources = await db
    .selectFrom("resources")
    .groupBy("allowed")
    .select(["allowed", sql<number>`count(*)`.as("count")])
    .execute();
  const deniedLastDay = await db
    .selectFrom("admissions")
    .where("allowed", "=", 0)
    .where("at_ms", ">=", since)
    .select(sql<number>`count(*)`.as("count"))
    .executeTakeFirstOrThrow();
  const stateCount = (state: string): number => states.find((row) => row.state === state)?.count ?? 0;
  return {
    ready: stateCount("ready"),
    refused: stateCount("refused"),
    results: Object.fromEntries([
      ...Object.entries(NO_RESULTS),
      ...results.map((row) => [row.status, row.count] as const),
    ]) as ResultCounts,
    denied: resources.find((row) => row.allowed === 0)?.count ?? 0,
    allowed: resources.find((row) => row.allowed === 1)?.count ?? 0,
    deniedLastDay: deniedLastDay.count,
  };
}

/**
 * The five rules, each for the images that a namespace's resources name. An image that was never looked at, or whose
 * name could not be resolved, keeps none of them; without a verified scan "no findings" would mean "nobody looked".
 */
async function readNamespaces(db: Db, since: number): Promise<readonly NamespaceChecklist[]> {
  const used = db
    .selectFrom("resource_images as use")
    .innerJoin("resources as resource", "resource.id", "use.resource_id")
    .where("resource.namespace", "is not", null)
    .select(["resource.cluster", "resource.namespace", "use.image_key"])
    .select(sql<string>`coalesce(use.image_key, use.image)`.as("image"))
    .distinct();
  const kept = (condition: ReturnType<typeof sql<boolean>>) =>
    sql<number>`coalesce(sum(CASE WHEN ${condition} THEN 1 ELSE 0 END), 0)`;
  const rows = await db
    .selectFrom(used.as("used"))
    .leftJoin("images as image", "image.key", "used.image_key")
    .groupBy(["used.cluster", "used.namespace"])
    .select(["used.cluster", "used.namespace", sql<number>`count(*)`.as("images")])
    .select([
      kept(sql`image.provenance = 1 AND image.scanned_ms IS NOT NULL AND image.sbom IS NOT NULL`).as("evidence"),
      kept(sql`image.scanned_ms IS NOT NULL AND image.unstated = 0`).as("vexAnswers"),
      kept(sql`image.scanned_ms >= ${since}`).as("freshScan"),
      kept(sql`image.scanned_ms IS NOT NULL AND image.open_high = 0`).as("noOpenHigh"),
      kept(sql`image.sbom_standard = 1`).as("sbomFormat"),
    ])
    .orderBy("used.cluster")
    .orderBy("used.namespace")
    .limit(LIMITS.storeNamespaces)
    .execute();
  return rows.map((row) => ({
    ...row,
    cluster: unescapeText(row.cluster),
    namespace: unescapeText(row.namespace ?? ""),
  }));
}

async function readNewest(db: Db): Promise<Overview["newest"]> {
  const scan = await db
    .selectFrom("images")
    .where("scanned_at", "is not", null)
    .orderBy("scanned_ms", "desc")
    .select("scanned_at as at")
    .limit(1)
    .executeTakeFirst();
  const check = await db
    .selectFrom("resources")
    .orderBy("checked_ms", "desc")
    .select("checked_at as at")
    .limit(1)
    .executeTakeFirst();
  const admission = await db.selectFrom("admissions").orderBy("at_ms", "desc").select("at").limit(1).executeTakeFirst();
  return {
    ...(typeof scan?.at === "string" ? { scan: unescapeText(scan.at) } : {}),
    ...(check === undefined ? {} : { check: check.at }),
    ...(admission === undefined ? {} : { admission: admission.at }),
  };
}
