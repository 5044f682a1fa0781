import type { Value } from "../base/index.ts";

/** Facts about one image under one set of attestors, as they were loaded. */
export interface CachedEvidence {
  /** RFC 3339. */
  readonly loadedAt: string;
  readonly value: Value;
}

/** The newest statement of one kind that was ever seen, so that a deleted one is missed. */
export interface SeenEvidence {
  /** Names the subject, the signer's key, the kind and, for scans, the scanner. */
  readonly key: string;
  /** RFC 3339. */
  readonly statedAt: string;
  /** Where it was found. */
  readonly id: string;
}

/** Evidence and verdicts that replicas share and that survive restarts. */
export interface EvidenceStore {
  /** What was loaded under a key, if it was put there at or after `notBefore` (RFC 3339). */
  find(key: string, notBefore: string): Promise<CachedEvidence | undefined>;
  put(key: string, evidence: CachedEvidence): Promise<void>;
  /** The newest seen for each of the keys that are known. */
  seen(keys: readonly string[]): Promise<ReadonlyMap<string, SeenEvidence>>;
  /** Remembers each that is newer than what is remembered under its key. */
  remember(entries: readonly SeenEvidence[]): Promise<void>;
  /** Forgets cached evidence that was loaded before; what was seen stays. Returns how many went. */
  prune(before: string): Promise<number>;
}
