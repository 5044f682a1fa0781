import { setFlagsFromString } from "node:v8";

/**
 * Lets few dead objects gather before V8 collects all of them. By itself it waits until there are several times as many
 * as live: of a stream that holds 20 MB the process would grow with its length, by 70 MiB from ten to a hundred thousand
 * Pods. To be called before anything large is read, since each collection sets when the next one is due.
 */
export function collectSoon(): void {
  setFlagsFromString("--heap-growing-percent=30");
}

/**
 * Keeps V8's space for young objects at the size that it has come to. It doubles with what survives, however little that
 * is at a time: a long stream of objects would come to the largest space for no gain, tens of MiB above a short one.
 */
export function stopYoungGeneration(): void {
  // Read at each collection; the size that --max-semi-space-size would set is read only once, before the program starts.
  setFlagsFromString("--semi-space-growth-factor=1");
}
