/** What an earlier run stored and never told: it was cut off in between, so that all of that is still new. */
import { decodeUtf8, encodeUtf8, parseTime } from "../base/index.ts";
import type { Scan } from "../metadata/index.ts";
import { nowOf } from "./sbom.ts";
import type { World } from "./world.ts";

/** In the folder of the scans while a run has not told what it found: when the first such run began. */
const NAME = "rescan.unfinished";
const MAX_BYTES = 1_000;

/** A run over a folder of scans. */
export interface RunMark {
  /** When the earliest run began that did not end; left out where each did. */
  readonly cutSince?: string;
  /** Whether a stored scan may be of a run that did not end. */
  isUntold(scan: Scan): boolean;
  /** To be called when all was told. */
  end(): Promise<void>;
}

/** Marks a folder of scans until all that is found was told. */
export async function markRun(world: World, scans: string): Promise<RunMark> {
  const file = `${scans}/${NAME}`;
  const isCut = (await world.files.kindOf(file)) !== undefined;
  const cutSince = isCut ? (decodeUtf8(await world.files.read(file, MAX_BYTES)) ?? "").trim() : undefined;
  if (!isCut) await world.files.write(file, encodeUtf8(`${nowOf(world)}\n`));
  // A mark that says nothing is of any time.
  const since = cutSince === undefined ? Number.POSITIVE_INFINITY : (parseTime(cutSince) ?? 0);
  return {
    ...(cutSince === undefined ? {} : { cutSince }),
    isUntold: ({ finishedAt }) => (parseTime(finishedAt) ?? since) >= since,
    end: () => world.files.remove(file),
  };
}
