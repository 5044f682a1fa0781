import { randomBytes } from "node:crypto";
import type { Clock, Entropy } from "../../ports/index.ts";

/** The machine's clock. */
export const systemClock: Clock = Object.freeze({ now: () => Date.now() });

/** The operating system's random source. */
export const systemEntropy: Entropy = Object.freeze({
  bytes: (length: number) => new Uint8Array(randomBytes(length)),
});
