import { performance } from "node:perf_hooks";
import { type Digest, digestHex } from "../../base/index.ts";
import type { Wait } from "./retry.ts";

/**
 * Watches a tag after a write for as long as another writer, that had read before, may still be about to write. A
 * registry without conditional writes gives no other means to learn that an update was lost. The time follows from how
 * long the own read and write took, since another writer's take about as long.
 */
export interface Settling {
  /** Looks twice; whether `isStillThere` held both times. Call it as soon as the own write has ended. */
  readonly watch: (isStillThere: () => Promise<boolean>, wait: Wait) => Promise<boolean>;
}

const SHORTEST_MS = 60;
const LONGEST_MS = 2_000;
/** Another writer may be this many times slower. */
const SLOWER = 4;

/** Starts to measure; call it before the read. */
export function startSettling(): Settling {
  const startedAt = performance.now();
  return {
    async watch(isStillThere, wait) {
      const delayMs = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, (performance.now() - startedAt) * SLOWER));
      for (const pause of [delayMs, delayMs * 2]) {
        await wait(pause);
        if (!(await isStillThere())) return false;
      }
      return true;
    },
  };
}

/** A delay that differs between writers of different manifests, so that two that collided do not collide again. */
export function staggerMs(digest: Digest, round: number): number {
  const own = Number.parseInt(digestHex(digest).slice(0, 4), 16) % 64;
  return own * (round + 1) + 10 * 2 ** Math.min(round, 6);
}
