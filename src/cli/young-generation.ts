import { setFlagsFromString } from "node:v8";

/**
 * Keeps V8's space for young objects at the size that it has come to. It doubles with what survives, however little that
 * is at a time: a long stream of objects would come to the largest space for no gain, tens of MiB above a short one.
 */
export function stopYoungGeneration(): void {
  // Read at each collection; the size that --max-semi-space-size would set is read only once, before the program starts.
  setFlagsFromString("--semi-space-growth-factor=1");
}
