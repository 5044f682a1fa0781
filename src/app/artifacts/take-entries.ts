import { AmapError, LIMITS } from "../../base/index.ts";
import type { ArchiveForm, Cataloger, FileDigests } from "../../metadata/index.ts";
import type { ArchiveEntry, Archives } from "../../ports/index.ts";
import { digestsOf, type FileProblem, type KeptBytes } from "./kept-bytes.ts";

/** What is collected while one file is opened. */
export interface Taking {
  readonly archives: Archives;
  /** The cataloger for which it is opened. */
  readonly opener: Cataloger;
  readonly entries: Map<string, Uint8Array>;
  readonly digests: Map<string, FileDigests>;
  readonly problems: FileProblem[];
  readonly kept: KeptBytes;
}

/** Between an archive's path and that of an entry in it. */
export const INSIDE = "!/";

/** Opens an archive and the archives in it, for the entries that the cataloger wants. */
export async function takeEntries(taking: Taking, path: string, content: Uint8Array): Promise<void> {
  await new EntryTaker(taking).open(path, content, 1);
}

class EntryTaker {
  readonly #taking: Taking;
  #takenBytes = 0;

  constructor(taking: Taking) {
    this.#taking = taking;
  }

  async open(path: string, content: Uint8Array, depth: number): Promise<void> {
    const form = this.#taking.opener.opens?.(path);
    if (form === undefined) return;
    try {
      for await (const { path: inner, bytes } of this.#readEntries(form, path, content)) {
        await this.#take(inner, bytes, depth);
      }
    } catch (error) {
      if (!(error instanceof AmapError) || error.message.includes("catalogTotalBytes")) throw error;
      this.#tell(path, error);
      // What was read before it broke counts; of an archive that is none, not even the name says anything.
      if (!this.#hasEntryIn(path)) return;
    }
    // Known to the cataloger also where nothing in it is wanted.
    this.#taking.entries.set(path, new Uint8Array(0));
  }

  #hasEntryIn(path: string): boolean {
    return [...this.#taking.entries.keys()].some((entry) => entry.startsWith(path + INSIDE));
  }

  async #take(path: string, bytes: Uint8Array, depth: number): Promise<void> {
    const { opener, entries, digests, kept } = this.#taking;
    this.#takenBytes += bytes.length;
    if (this.#takenBytes > LIMITS.openedArchiveTotalBytes) {
      throw new AmapError(
        "LIMIT_EXCEEDED",
        `the archives in it hold more than ${LIMITS.openedArchiveTotalBytes} bytes (openedArchiveTotalBytes)`,
      );
    }
    if (opener.digestsOf?.(path) === true) digests.set(path, digestsOf(bytes));
    if (opener.opens?.(path) !== undefined) {
      if (depth < LIMITS.openedArchiveDepth) return this.open(path, bytes, depth + 1);
      const message = `it lies in ${depth} archives; openedArchiveDepth is ${LIMITS.openedArchiveDepth}`;
      this.#taking.problems.push({ path, code: "LIMIT_EXCEEDED", message });
      return;
    }
    if (!opener.wants(path)) return;
    kept.add(bytes.length);
    entries.set(path, bytes);
  }

  async *#readEntries(
    form: ArchiveForm,
    path: string,
    content: Uint8Array,
  ): AsyncGenerator<{ readonly path: string; readonly bytes: Uint8Array }> {
    const { archives, opener, problems } = this.#taking;
    const pathOf = (entry: ArchiveEntry): string => `${path}${INSIDE}${entry.path.replace(/^(?:\.?\/)+/, "")}`;
    const isWanted = (entry: ArchiveEntry): boolean => {
      const inner = pathOf(entry);
      return opener.wants(inner) || opener.opens?.(inner) !== undefined || opener.digestsOf?.(inner) === true;
    };
    const limitOf = (entry: ArchiveEntry): number =>
      opener.opens?.(pathOf(entry)) === undefined ? LIMITS.catalogFileBytes : LIMITS.openedArchiveBytes;
    const maxFileBytes = LIMITS.openedArchiveBytes;
    const wants = (entry: ArchiveEntry): boolean => {
      if (!isWanted(entry)) return false;
      const problem = nameProblem(entry) ?? sizeProblem(entry, limitOf(entry));
      if (problem !== undefined) problems.push({ path: pathOf(entry), code: "ARCHIVE_INVALID", message: problem });
      return problem === undefined;
    };
    const passedOver = (inner: string, message: string): void => {
      problems.push({ path: `${path}${INSIDE}${inner}`, code: "ARCHIVE_INVALID", message });
    };
    const read =
      form === "zip"
        ? archives.readZip(content, { wants, maxFileBytes, passedOver })
        : archives.readTar(chunksOf(content), { wants, maxFileBytes });
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

/** Bytes in memory, as a reader of streams takes them. */
export async function* chunksOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) yield bytes.subarray(at, at + CHUNK_BYTES);
}
