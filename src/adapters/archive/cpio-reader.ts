import { AmapError, decodeLatin1 } from "../../base/index.ts";
import type { ArchiveEntry, TarChoice } from "../../ports/index.ts";
import { ByteTaker } from "./byte-taker.ts";
import { type ArchiveLimits, decompress } from "./decompress.ts";
import type { TarEvent } from "./tar-reader.ts";

const HEADER_BYTES = 110;
/** The new form, and the one with a sum of each file's bytes, which is not looked at: the package has digests. */
const MAGICS = new Set(["070701", "070702"]);
/** What rpm writes where a file has more than 4 GiB: the header of the package then says what the files are. */
const STRIPPED = "07070X";
const LAST_NAME = "TRAILER!!!";
const FILE_TYPE = 0o170000;
const KINDS: ReadonlyMap<number, ArchiveEntry["kind"]> = new Map([
  [0o100000, "file"],
  [0o040000, "directory"],
  [0o120000, "symlink"],
]);
const HEAD_BYTES = 8;

/** See `Archives.readCpio`. */
export async function* readCpio(
  source: AsyncIterable<Uint8Array>,
  options: TarChoice,
  limits: ArchiveLimits,
): AsyncGenerator<TarEvent> {
  const parts = decompress(source, limits);
  const input = new ByteTaker(
    async () => (await parts.next()).value?.chunk,
    () => damaged("it is cut off"),
  );
  try {
    yield* readEntries(input, options, limits);
    // What is behind the end belongs to no file; a damaged compression is still found.
    await input.skipRest();
  } finally {
    await parts.return(undefined);
  }
}

async function* readEntries(input: ByteTaker, options: TarChoice, limits: ArchiveLimits): AsyncGenerator<TarEvent> {
  const waiting = new Map<string, string[]>();
  for (let count = 1; ; count += 1) {
    if (count > limits.layerEntries) {
      throw new AmapError("LIMIT_EXCEEDED", `a cpio archive with more than ${limits.layerEntries} entries`);
    }
    const header = await readHeader(input, limits);
    if (header.entry.path === LAST_NAME && header.entry.size === 0) break;
    const entry = await withTarget(input, header, limits);
    // All names of one file but the last one are written without its bytes.
    if (entry.kind === "file" && header.links > 1 && entry.size === 0) {
      const names = waiting.get(header.inode);
      if (names === undefined) waiting.set(header.inode, [entry.path]);
      else names.push(entry.path);
      continue;
    }
    const content = entry.kind === "file" ? await readContent(input, entry, options) : undefined;
    await input.skip(paddingOf(input));
    yield content === undefined ? { entry } : { entry, content };
    const names = entry.kind === "file" && header.links > 1 ? (waiting.get(header.inode) ?? []) : [];
    waiting.delete(header.inode);
    for (const path of names) {
      yield { entry: { path, kind: "hardlink", size: 0, mode: entry.mode, linkPath: entry.path } };
    }
  }
  // Names of empty files.
  for (const path of [...waiting.values()].flat()) yield { entry: { path, kind: "file", size: 0, mode: 0 } };
}

interface CpioHeader {
  readonly entry: ArchiveEntry;
  /** Which file a name is of. */
  readonly inode: string;
  readonly links: number;
}

async function readHeader(input: ByteTaker, limits: ArchiveLimits): Promise<CpioHeader> {
  const text = decodeLatin1(await input.take(HEADER_BYTES));
  const magic = text.slice(0, 6);
  if (magic === STRIPPED) {
    throw new AmapError(
      "NOT_SUPPORTED",
      "a cpio archive without names, as rpm writes it where a file has more than 4 GiB",
    );
  }
  if (!MAGICS.has(magic) || !/^[0-9A-Fa-f]{104}$/.test(text.slice(6)))
    throw damaged("an entry does not begin as it has to");
  const field = (index: number): number => Number.parseInt(text.slice(6 + index * 8, 14 + index * 8), 16);
  const nameBytes = field(11);
  if (nameBytes > limits.pathBytes) {
    throw new AmapError("LIMIT_EXCEEDED", `a cpio archive holds a path of more than ${limits.pathBytes} bytes`);
  }
  const name = await input.take(nameBytes);
  if (name.at(-1) !== 0) throw damaged("a name has no end");
  await input.skip(paddingOf(input));
  const mode = field(1);
  const kind = KINDS.get(mode & FILE_TYPE) ?? "other";
  const path = Buffer.from(name.buffer, name.byteOffset, nameBytes - 1).toString("utf8");
  return {
    entry: { path, kind, size: field(6), mode: mode & 0o777 },
    inode: `${field(7)}:${field(8)}:${field(0)}`,
    links: field(4),
  };
}

/** A symbolic link's target is its content; what other kinds have is passed over. */
async function withTarget(input: ByteTaker, { entry }: CpioHeader, limits: ArchiveLimits): Promise<ArchiveEntry> {
  if (entry.kind === "file") return entry;
  if (entry.kind !== "symlink") {
    await input.skip(entry.size);
    return { ...entry, size: 0 };
  }
  if (entry.size > limits.pathBytes) {
    throw new AmapError("LIMIT_EXCEEDED", `a cpio archive holds a link of more than ${limits.pathBytes} bytes`);
  }
  const target = await input.take(entry.size);
  return { ...entry, size: 0, linkPath: Buffer.from(target).toString("utf8") };
}

async function readContent(input: ByteTaker, entry: ArchiveEntry, options: TarChoice): Promise<Uint8Array | undefined> {
  const isWanted = options.wants(entry);
  const needsHead = !isWanted && options.wantsHead !== undefined && options.mayWantHead?.(entry) !== false;
  const head = await input.take(needsHead ? Math.min(HEAD_BYTES, entry.size) : 0);
  if (!isWanted && !(needsHead && options.wantsHead?.(entry, head))) {
    await input.skip(entry.size - head.length);
    return undefined;
  }
  if (entry.size > options.maxFileBytes) {
    const message = `${JSON.stringify(entry.path.slice(0, 200))} has ${entry.size} bytes, at most ${options.maxFileBytes} are read`;
    throw new AmapError("LIMIT_EXCEEDED", message);
  }
  const content = new Uint8Array(entry.size);
  content.set(head);
  await input.takeInto(content, head.length);
  return content;
}

/** Names and contents end at multiples of four bytes. */
function paddingOf({ position }: ByteTaker): number {
  return (4 - (position % 4)) % 4;
}

function damaged(what: string): AmapError {
  return new AmapError("ARCHIVE_INVALID", `the cpio archive is damaged: ${what}`);
}
