import type { Value } from "../base/index.ts";
import type { Page, PageQuery } from "./page.ts";

/** Something that somebody did. */
export interface AuditEvent {
  /** RFC 3339. */
  readonly at: string;
  /** Who: `admin`, `controller`, … */
  readonly actor: string;
  /** What: `session.created`, `policy.refused`, … */
  readonly action: string;
  /** To what. */
  readonly target: string;
  /** Small and safe to show: no secrets. */
  readonly details: Value;
}

/** An event in the chain: `hash` is over the event, its number and the hash before. */
export interface AuditEntry extends AuditEvent {
  /** 1, 2, 3 … without gaps. */
  readonly sequence: number;
  readonly previousHash: string;
  /** `sha256:…` */
  readonly hash: string;
}

/** An append-only list in which a changed, removed or inserted entry is found. */
export interface AuditLog {
  append(event: AuditEvent): Promise<AuditEntry>;
  /** Newest first. */
  list(query: PageQuery): Promise<Page<AuditEntry>>;
  /** Reads the whole chain; `brokenAt` is the sequence number of the first entry that does not fit. */
  verify(): Promise<{ readonly entries: number; readonly brokenAt?: number }>;
}
