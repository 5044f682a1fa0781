import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Clock, Entropy } from "../../ports/index.ts";

/** The machine's clock. */
export const systemClock: Clock = Object.freeze({
  now: () => Date.now(),
  wait: (ms: number) => sleep(ms),
  alarm: (ms: number) => {
    let timer: NodeJS.Timeout | undefined;
    const rings = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ms);
      timer.unref();
    });
    return { rings, cancel: () => clearTimeout(timer) };
  },
});

/** The operating system's random source. */
export const systemEntropy: Entropy = Object.freeze({
  bytes: (length: number) => new Uint8Array(randomBytes(length)),
});
