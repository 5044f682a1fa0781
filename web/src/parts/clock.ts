import { useSyncExternalStore } from "react";

const TICK_MS = 30_000;
let nowMs = Date.now();

/** The time as the page shows it: one clock for all time stamps, moved twice a minute. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => nowMs);
}

function subscribe(listener: () => void): () => void {
  nowMs = Date.now();
  const timer = setInterval(() => {
    nowMs = Date.now();
    listener();
  }, TICK_MS);
  return () => clearInterval(timer);
}
