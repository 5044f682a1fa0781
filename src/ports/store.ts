import type { AdmissionStore } from "./admission-store.ts";
import type { AuditLog } from "./audit-log.ts";
import type { EvidenceStore } from "./evidence-store.ts";
import type { ImageStore } from "./image-store.ts";
import type { OverviewStore } from "./overview-store.ts";
import type { PolicyStore } from "./policy-store.ts";
import type { ResultStore } from "./result-store.ts";
import type { SessionStore } from "./session-store.ts";

/** Something that was written, so that another process can tell those who watch. */
export interface StoreChange {
  /** Rising; with gaps. */
  readonly sequence: number;
  readonly kind: "image" | "policy" | "result" | "admission" | "audit";
  /** Of the thing that changed. */
  readonly id: string;
  /** RFC 3339. */
  readonly at: string;
}

/**
 * Where amap keeps what it saw and decided: SQLite in one file, or PostgreSQL. A promise that is kept means that the
 * write is on disk: kill -9 loses nothing that was acknowledged. Reads are bounded; every failure is STORE_UNAVAILABLE.
 */
export interface Store {
  readonly kind: "sqlite" | "postgres";
  /** Where, without credentials. */
  readonly address: string;
  readonly images: ImageStore;
  readonly evidence: EvidenceStore;
  readonly policies: PolicyStore;
  readonly results: ResultStore;
  readonly admissions: AdmissionStore;
  readonly audit: AuditLog;
  readonly sessions: SessionStore;
  readonly overview: OverviewStore;
  /** Changes after a sequence number, oldest first, at most `limit`; old ones are forgotten (LIMITS.storeChanges). */
  changes(after: number, limit: number): Promise<readonly StoreChange[]>;
  /** The newest change's sequence number; 0 when nothing was written. */
  lastChange(): Promise<number>;
  /** Throws when the store does not answer. @throws {AmapError} STORE_UNAVAILABLE */
  ping(): Promise<void>;
  close(): Promise<void>;
}
