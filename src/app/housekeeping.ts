import { formatTime, isAmapError, type Value } from "../base/index.ts";
import type { Clock, Jobs, Store } from "../ports/index.ts";

/** What is kept, and for how long. */
export interface Retention {
  /** Admission decisions: at most this old, and at most so many. */
  readonly admissionsMs: number;
  readonly admissions: number;
  /** Evidence that was loaded; a decision that is older can no longer be replayed. */
  readonly evidenceMs: number;
}

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** 30 days, and 100,000 decisions. */
export const DEFAULT_RETENTION: Retention = Object.freeze({
  admissionsMs: 30 * DAY_MS,
  admissions: 100_000,
  evidenceMs: 31 * DAY_MS,
});

/** The kind of the job that forgets what is older than its retention. */
export const PRUNE_JOB = "prune";

/** How the store is kept in order. */
export interface Housekeeping {
  readonly clock: Clock;
  readonly store: Store;
  readonly jobs: Jobs;
  readonly retention: Retention;
  /** Who does it, for the audit log: `server`, `controller`. */
  readonly actor: string;
  /** Told of what failed; it is tried again by the next hour's job. */
  readonly onFailure: (error: unknown) => void;
}

/**
 * Keeps a store in order until it is stopped: every hour, by a job that any process on the store may run, and that runs
 * once however many there are. What is forgotten is counted in the audit log.
 */
export async function startHousekeeping(housekeeping: Housekeeping): Promise<{ stop(): Promise<void> }> {
  const { clock, jobs, onFailure } = housekeeping;
  const worker = await jobs.work(PRUNE_JOB, () => prune(housekeeping));
  let alarm = clock.alarm(0);
  const stopping = { now: false };
  const schedule = async (): Promise<void> => {
    while (!stopping.now) {
      const hour = formatTime(Math.floor(clock.now() / HOUR_MS) * HOUR_MS);
      await jobs.add({ kind: PRUNE_JOB, key: hour, payload: {} }).catch(onFailure);
      if (stopping.now) return;
      alarm = clock.alarm(HOUR_MS);
      await alarm.rings;
    }
  };
  // It waits for its alarm for ever when it is stopped: nothing holds on to it then.
  void schedule();
  return {
    stop: async () => {
      stopping.now = true;
      alarm.cancel();
      await worker.stop();
    },
  };
}

async function prune({ clock, store, retention, actor, onFailure }: Housekeeping): Promise<void> {
  const now = clock.now();
  const before = (ageMs: number): string => formatTime(now - ageMs);
  const counts: Record<string, number> = {
    admissions: await store.admissions.prune(before(retention.admissionsMs), retention.admissions),
    evidence: await store.evidence.prune(before(retention.evidenceMs)),
    sessions: await store.sessions.prune(formatTime(now)),
  };
  if (Object.values(counts).every((count) => count === 0)) return;
  try {
    const details: Value = counts;
    await store.audit.append({ at: formatTime(now), actor, action: "store.pruned", target: "store", details });
  } catch (error) {
    // What is gone is gone: trying again would find nothing to count.
    if (!isAmapError(error)) throw error;
    onFailure(error);
  }
}
