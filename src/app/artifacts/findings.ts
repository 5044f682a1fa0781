import { LIMITS } from "../../base/index.ts";
import {
  archiveCatalogerOf,
  type CatalogerResult,
  type FileDigests,
  needsDigests,
  readProgram,
  readsFile,
} from "../../metadata/index.ts";
import type { Archives } from "../../ports/index.ts";
import { digestsOf, type FileProblem, type KeptBytes } from "./kept-bytes.ts";
import { beginsAsProgram } from "./program.ts";
import { takeEntries } from "./take-entries.ts";

/** What was taken out of one file. Paths begin with the file's own. */
export interface FileFindings {
  /** The path under which it was looked into. */
  readonly path: string;
  /** Its bytes, where a cataloger reads them. */
  readonly content?: Uint8Array;
  /** Wanted entries of the archives that it is and holds, and those archives, without bytes. */
  readonly entries: ReadonlyMap<string, Uint8Array>;
  /** The archive that each of those entries lies in; an archive that was opened is held by itself. */
  readonly holders: ReadonlyMap<string, string>;
  readonly digests: ReadonlyMap<string, FileDigests>;
  /** What it says as a program, and what the programs in it say. */
  readonly results: readonly CatalogerResult[];
  readonly problems: readonly FileProblem[];
}

/** Bytes of a file that are read; 0 for one that is not looked into by its name. */
export function bytesToRead(path: string): number {
  if (archiveCatalogerOf(path) !== undefined) return LIMITS.openedArchiveBytes;
  return readsFile(path) ? LIMITS.catalogFileBytes : 0;
}

/**
 * Looks into one file: keeps it where it is read as it is, opens it where it is an archive, asks it where it is a program.
 * @throws {AmapError} LIMIT_EXCEEDED of `kept`
 */
export async function lookInto(
  archives: Archives,
  path: string,
  content: Uint8Array,
  kept: KeptBytes,
): Promise<FileFindings> {
  const reads = readsFile(path);
  const opener = archiveCatalogerOf(path);
  const taking = {
    archives,
    entries: new Map<string, Uint8Array>(),
    holders: new Map<string, string>(),
    digests: new Map<string, FileDigests>(),
    results: [] as CatalogerResult[],
    problems: [] as FileProblem[],
    kept,
  };
  const { entries, holders, digests, results, problems } = taking;
  if (needsDigests(path)) digests.set(path, digestsOf(content));
  if (opener !== undefined) await takeEntries(taking, path, content);
  const isProgram = opener === undefined && !reads && beginsAsProgram(content);
  if (reads) kept.add(content.length);
  return {
    path,
    ...(reads ? { content } : {}),
    entries,
    holders,
    digests,
    results: isProgram ? readProgram(path, content) : results,
    problems,
  };
}
