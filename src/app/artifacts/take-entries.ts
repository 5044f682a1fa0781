import { AmapError, LIMITS } from "../../base/index.ts";
import {
  type ArchiveForm,
  archiveCatalogerOf,
  type Cataloger,
  type CatalogerResult,
  type FileDigests,
  readProgram,
} from "../../metadata/index.ts";
import type { ArchiveEntry, Archives, OpenedFile, TarChoice } from "../../ports/index.ts";
import { digestsOf, type FileProblem, type KeptBytes } from "./kept-bytes.ts";
import { beginsAsProgram, mayBeProgram } from "./program.ts";

/** What is collected while one file is opened. */
export interface Taking {
  readonly archives: Archives;
  readonly entries: Map<string, Uint8Array>;
  /** The archive in which each entry lies, and that archive itself, by path. */
  readonly holders: Map<string, string>;
  /** What programs say. */
  readonly results: CatalogerResult[];
  readonly digests: Map<string, FileDigests>;
  readonly problems: FileProblem[];
  readonly kept: KeptBytes;
}

/** Between an archive's path and that of an entry in it. */
export const INSIDE = "!/";

/**
 * Opens an archive and the archives in it. Each cataloger sees the entries of the archives that it opens; programs are
 * looked into wherever they lie.
 */
export async function takeEntries(taking: Taking, path: string, content: Uint8Array | OpenedFile): Promise<void> {
  await new EntryTaker(taking).open(path, content, 1);
}

class EntryTaker {
  readonly #taking: Taking;
  #takenBytes = 0;

  constructor(taking: Taking) {
    this.#taking = taking;
  }

  async open(path: string, content: Uint8Array | OpenedFile, depth: number): Promise<void> {
    const opener = archiveCatalogerOf(path);
    const form = opener?.opens?.(path);
    if (opener === undefined || form === undefined) return;
    const taken = this.#taking.entries.size;
    try {
      for await (const { path: inner, bytes } of this.#readEntries({ opener, form, path }, content)) {
        await this.#take({ opener, path, depth }, inner, bytes);
      }
    } catch (error) {
      if (!(error instanceof AmapError) || error.message.includes("catalogTotalBytes")) throw error;
      this.#tell(path, error);
      // What was read before it broke counts; of an archive that is none, not even the name says anything.
      if (this.#taking.entries.size === taken) return;
    }
    // Known to the cataloger also where nothing in it is wanted.
    this.#taking.entries.set(path, new Uint8Array(0));
    this.#taking.holders.set(path, path);
  }

  async #take(
    { opener, path: holder, depth }: { readonly opener: Cataloger; readonly path: string; readonly depth: number },
    path: string,
    bytes: Uint8Array,
  ): Promise<void> {
    const { entries, digests, holders, kept, results } = this.#taking;
    this.#takenBytes += bytes.length;
    if (this.#takenBytes > LIMITS.openedArchiveTotalBytes) {
      throw new AmapError(
        "LIMIT_EXCEEDED",
        `the archives in it hold more than ${LIMITS.openedArchiveTotalBytes} bytes (openedArchiveTotalBytes)`,
      );
    }
    const inner = archiveCatalogerOf(path);
    if ((inner ?? opener).digestsOf?.(path) === true) digests.set(path, digestsOf(bytes));
    if (inner !== undefined) {
      if (depth < LIMITS.openedArchiveDepth) return this.open(path, bytes, depth + 1);
      const message = `it lies in ${depth} archives; openedArchiveDepth is ${LIMITS.openedArchiveDepth}`;
      this.#taking.problems.push({ path, code: "LIMIT_EXCEEDED", message });
      return;
    }
    if (opener.wants(path)) {
      kept.add(bytes.length);
      entries.set(path, bytes);
      holders.set(path, holder);
    } else if (beginsAsProgram(bytes)) results.push(...readProgram(path, bytes));
  }

  async *#readEntries(
    { opener, form, path }: { readonly opener: Cataloger; readonly form: ArchiveForm; readonly path: string },
    content: Uint8Array | OpenedFile,
  ): AsyncGenerator<{ readonly path: string; readonly bytes: Uint8Array }> {
    const { archives, problems } = this.#taking;
    const pathOf = (entry: ArchiveEntry): string => `${path}${INSIDE}${entry.path.replace(/^(?:\.?\/)+/, "")}`;
    const isWanted = (entry: ArchiveEntry): boolean => {
      const inner = pathOf(entry);
      return opener.wants(inner) || archiveCatalogerOf(inner) !== undefined || opener.digestsOf?.(inner) === true;
    };
    const limitOf = (entry: ArchiveEntry): number =>
      archiveCatalogerOf(pathOf(entry)) === undefined ? LIMITS.catalogFileBytes : LIMITS.openedArchiveBytes;
    const isSound = (entry: ArchiveEntry, limit: number): boolean => {
      const problem = nameProblem(entry) ?? sizeProblem(entry, limit);
      if (problem !== undefined) problems.push({ path: pathOf(entry), code: "ARCHIVE_INVALID", message: problem });
      return problem === undefined;
    };
    const choice: TarChoice = {
      wants: (entry) => isWanted(entry) && isSound(entry, limitOf(entry)),
      mayWantHead: mayBeProgram,
      wantsHead: (entry, head) => mayBeProgram(entry) && beginsAsProgram(head) && isSound(entry, LIMITS.programBytes),
      maxFileBytes: Math.max(LIMITS.openedArchiveBytes, LIMITS.programBytes),
    };
    const passedOver = (inner: string, message: string): void => {
      problems.push({ path: `${path}${INSIDE}${inner}`, code: "ARCHIVE_INVALID", message });
    };
    const read =
      form === "zip"
        ? archives.readZip(content, { ...choice, passedOver })
        : archives.readTar(content instanceof Uint8Array ? chunksOf(content) : chunksOfFile(content), choice);
    for await (const file of read) {
      if (file.content !== undefined) yield { path: pathOf(file.entry), bytes: file.content };
    }
  }

  #tell(path: string, error: AmapError): void {
    this.#taking.problems.push({ path, code: error.code, message: error.message });
  }
}

function nameProblem({ path }: ArchiveEntry): string | undefined {
  const leaves = path.startsWith("/") || path.includes("\0") || path.split("/").includes("..");
  return leaves ? "its name leads out of the archive" : undefined;
}

function sizeProblem({ size }: ArchiveEntry, limit: number): string | undefined {
  return size > limit ? `it has ${size} bytes; at most ${limit} are read` : undefined;
}

const CHUNK_BYTES = 1024 * 1024;

/** The bytes of a file that is open. */
export async function* chunksOfFile(file: OpenedFile, from = 0, to = file.size): AsyncGenerator<Uint8Array> {
  for (let at = from; at < to; ) {
    const chunk = await file.read(at, Math.min(CHUNK_BYTES, to - at));
    if (chunk.length === 0) return;
    yield chunk;
    at += chunk.length;
  }
}

/** Bytes in memory, as a reader of streams takes them. */
export async function* chunksOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) yield bytes.subarray(at, at + CHUNK_BYTES);
}
