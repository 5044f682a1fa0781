import { randomBytes } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import type { Clock, Entropy } from "../../ports/index.ts";

/** The machine's clock. */
export const systemClock: Clock = Object.freeze({
  now: () => Date.now(),
  wait: (ms: number) => setTimeout(ms),
});

/** The operating system's random source. */
export const systemEntropy: Entropy = Object.freeze({
  bytes: (length: number) => new Uint8Array(randomBytes(length)),
});
