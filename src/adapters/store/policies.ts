import { AmapError, LIMITS } from "../../base/index.ts";
import type { PolicyRecord, PolicyStore, PolicySummary, ResultCounts } from "../../ports/index.ts";
import { recordChange } from "./changes.ts";
import { removePolicyResults } from "./results.ts";
import type { DatabaseSession, Db } from "./session.ts";
import { escapeName, fromJson, timeMs, toJson, unescapeText } from "./stored-text.ts";

export const NO_RESULTS: ResultCounts = { pass: 0, warn: 0, fail: 0, error: 0, skip: 0 };

export function createPolicyStore(session: DatabaseSession): PolicyStore {
  return {
    record: (policy) => session.write((db) => recordPolicy(session, db, policy)),
    remove: (name) => session.write((db) => removePolicy(session, db, name)),
    list: () => session.read((db) => listPolicies(db), { snapshot: true }),
    get: (name) => session.read(async (db) => (await listPolicies(db, name))[0], { snapshot: true }),
    version: (digest) =>
      session.read(async (db) => {
        const row = await versions(db).where("digest", "=", escapeName(digest)).executeTakeFirst();
        return row && fromJson<PolicyRecord>(row.policy_json);
      }),
    lastReady: (name) =>
      session.read(async (db) => {
        const row = await versions(db)
          .where("name", "=", escapeName(name))
          .where("state", "=", "ready")
          .executeTakeFirst();
        return row && fromJson<PolicyRecord>(row.policy_json);
      }),
  };
}

/** Newest first. */
function versions(db: Db) {
  return db.selectFrom("policy_versions").select("policy_json").orderBy("id", "desc").limit(1);
}

async function recordPolicy(session: DatabaseSession, db: Db, policy: PolicyRecord): Promise<void> {
  timeMs(policy.recordedAt);
  const [name, digest] = [escapeName(policy.name), escapeName(policy.digest)];
  const row = { policy_json: toJson(policy) };
  await db
    .insertInto("policies")
    .values({ name, ...row })
    .onConflict((conflict) => conflict.column("name").doUpdateSet(row))
    .execute();
  const { count } = await db
    .selectFrom("policies")
    .select((eb) => eb.fn.countAll<number>().as("count"))
    .executeTakeFirstOrThrow();
  if (count > LIMITS.storePolicies) {
    throw new AmapError("LIMIT_EXCEEDED", `the store takes at most ${LIMITS.storePolicies} policies`);
  }
  // The same version again is the newest again.
  await db.deleteFrom("policy_versions").where("name", "=", name).where("digest", "=", digest).execute();
  await db
    .insertInto("policy_versions")
    .values({ name, digest, state: policy.state, ...row })
    .execute();
  await forgetOldVersions(db, name);
  await recordChange(session, db, "policy", policy.name);
}

async function forgetOldVersions(db: Db, name: string): Promise<void> {
  const oldest = await db
    .selectFrom("policy_versions")
    .select("id")
    .where("name", "=", name)
    .orderBy("id", "desc")
    .offset(LIMITS.storePolicyVersions)
    .limit(1)
    .executeTakeFirst();
  if (oldest === undefined) return;
  await db.deleteFrom("policy_versions").where("name", "=", name).where("id", "<=", oldest.id).execute();
}

async function removePolicy(session: DatabaseSession, db: Db, name: string): Promise<void> {
  const stored = escapeName(name);
  const result = await db.deleteFrom("policies").where("name", "=", stored).executeTakeFirst();
  await removePolicyResults(db, stored);
  if (result.numDeletedRows > 0n) await recordChange(session, db, "policy", name);
}

async function listPolicies(db: Db, name?: string): Promise<readonly PolicySummary[]> {
  let rows = db.selectFrom("policies").selectAll().orderBy("name");
  let counts = db
    .selectFrom("results")
    .select((eb) => ["policy", "status", eb.fn.countAll<number>().as("count")])
    .groupBy(["policy", "status"]);
  if (name !== undefined) {
    rows = rows.where("name", "=", escapeName(name));
    counts = counts.where("policy", "=", escapeName(name));
  }
  const results = new Map<string, Record<string, number>>();
  for (const { policy, status, count } of await counts.execute()) {
    results.set(policy, { ...NO_RESULTS, ...results.get(policy), [status]: count });
  }
  return (await rows.execute()).map((row) => ({
    ...fromJson<PolicyRecord>(row.policy_json),
    name: unescapeText(row.name),
    results: (results.get(row.name) as ResultCounts | undefined) ?? NO_RESULTS,
  }));
}
