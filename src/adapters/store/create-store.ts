import { sql } from "kysely";
import { LIMITS } from "../../base/index.ts";
import type { Store } from "../../ports/index.ts";
import { createAdmissionStore } from "./admissions.ts";
import { createAuditLog } from "./audit.ts";
import { readChanges, readLastChange } from "./changes.ts";
import { createEvidenceStore } from "./evidence.ts";
import { toStoreError } from "./failure.ts";
import { createImageStore } from "./images.ts";
import { createOverviewStore } from "./overview.ts";
import { createPolicyStore } from "./policies.ts";
import { createResultStore } from "./results.ts";
import type { DatabaseSession } from "./session.ts";
import { createSessionStore } from "./sessions.ts";

/** The store over a database; every failure is one of amap's errors. */
export function createStore(database: DatabaseSession, address: string): Store {
  const session = guard(database, address);
  return {
    kind: database.kind,
    address,
    images: createImageStore(session),
    evidence: createEvidenceStore(session),
    policies: createPolicyStore(session),
    results: createResultStore(session),
    admissions: createAdmissionStore(session),
    audit: createAuditLog(session),
    sessions: createSessionStore(session),
    overview: createOverviewStore(session),
    changes: (after, limit) => session.read((db) => readChanges(db, after, Math.min(limit, LIMITS.storeChanges))),
    lastChange: () => session.read(readLastChange),
    ping: () =>
      session.read(async (db) => {
        await sql`SELECT 1`.execute(db);
      }),
    close: () => session.close(),
  };
}

function guard(session: DatabaseSession, address: string): DatabaseSession {
  const guarded = async <T>(run: () => Promise<T>): Promise<T> => {
    try {
      return await run();
    } catch (error) {
      throw toStoreError(error, address);
    }
  };
  return {
    kind: session.kind,
    types: session.types,
    positionFunction: session.positionFunction,
    read: (run, options) => guarded(() => session.read(run, options)),
    write: (run) => guarded(() => session.write(run)),
    lock: (db, name) => session.lock(db, name),
    lockKeys: (db, keys) => session.lockKeys(db, keys),
    close: () => session.close(),
  };
}
