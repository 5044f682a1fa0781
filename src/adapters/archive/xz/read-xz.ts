import { AmapError } from "../../../base/index.ts";
import { ByteTaker } from "../byte-taker.ts";
import type { ChunkFeeder } from "../chunk-feeder.ts";
import { type Checksum, crc32Of, startChecksum } from "./checksums.ts";
import { damaged } from "./damaged.ts";
import { headerRestOf, Lzma2Decoder, readChunkHeader } from "./lzma2.ts";
import { RecordSums } from "./record-sums.ts";

const HEADER_MAGIC = [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00];
const FOOTER_MAGIC = [0x59, 0x5a];
const LZMA2 = 0x21;
/** What the filters are called that come before LZMA2, to make programs smaller. */
const FILTER_NAMES: ReadonlyMap<number, string> = new Map([
  [0x03, "delta"],
  [0x04, "x86"],
  [0x05, "PowerPC"],
  [0x06, "IA-64"],
  [0x07, "ARM"],
  [0x08, "ARM Thumb"],
  [0x09, "SPARC"],
  [0x0a, "ARM64"],
  [0x0b, "RISC-V"],
]);

/**
 * Expands the streams of an xz file (The .xz File Format 1.2), one after the other, and checks all that it states: the
 * checksums of headers, blocks and index, and every size. A dictionary above `maxDictionaryBytes` is refused.
 * @throws {AmapError} ARCHIVE_INVALID, LIMIT_EXCEEDED (the dictionary), NOT_SUPPORTED (filters, other checks)
 */
export async function* readXz(feeder: ChunkFeeder, maxDictionaryBytes: number): AsyncGenerator<Uint8Array> {
  const input = new ByteTaker(
    () => nextOf(feeder),
    () => damaged("it is cut off"),
  );
  do {
    yield* readStream(input, maxDictionaryBytes);
  } while (await skipPadding(input));
}

/** The next chunk; what came before it is not needed again. */
async function nextOf(feeder: ChunkFeeder): Promise<Uint8Array | undefined> {
  feeder.forget(feeder.pulledBytes);
  return feeder.next();
}

/** Passes over the zeros between streams, and says whether another stream follows. */
async function skipPadding(input: ByteTaker): Promise<boolean> {
  while (!(await input.isAtEnd())) {
    const word = await input.take(4);
    if (word.every((byte) => byte === 0)) continue;
    if (!startsWith(word, HEADER_MAGIC.slice(0, 4))) throw damaged("what follows its end is no stream");
    if (!startsWith(await input.take(2), HEADER_MAGIC.slice(4))) throw damaged("what follows its end is no stream");
    return true;
  }
  return false;
}

async function* readStream(input: ByteTaker, maxDictionaryBytes: number): AsyncGenerator<Uint8Array> {
  // Of a stream that follows another one, the first bytes are taken already.
  if (input.position === 0 && !startsWith(await input.take(6), HEADER_MAGIC)) throw damaged("it does not begin as xz");
  const flags = await input.take(2);
  requireSame(await input.take(4), crc32Of(flags), "the checksum of its header");
  const [zero, kind = 0] = flags;
  if (zero !== 0 || kind > 15) throw new AmapError("NOT_SUPPORTED", "an xz stream with flags that amap does not know");
  const written = new RecordSums();
  for (;;) {
    const size = await input.takeByte();
    if (size === 0) break;
    yield* readBlock(input, { headerSize: (size + 1) * 4, kind, maxDictionaryBytes, written });
  }
  const indexBytes = await readIndex(input, written);
  const checksum = await input.take(4);
  const footer = await input.take(6);
  requireSame(checksum, crc32Of(footer), "the checksum of its footer");
  const view = new DataView(footer.buffer, footer.byteOffset, 4);
  if ((view.getUint32(0, true) + 1) * 4 !== indexBytes || !startsWith(footer.subarray(4), [...flags])) {
    throw damaged("its footer and its header say different things");
  }
  if (!startsWith(await input.take(2), FOOTER_MAGIC)) throw damaged("it does not end as xz");
}

interface BlockPlace {
  readonly headerSize: number;
  /** Of the check behind the block. */
  readonly kind: number;
  readonly maxDictionaryBytes: number;
  readonly written: RecordSums;
}

async function* readBlock(input: ByteTaker, place: BlockPlace): AsyncGenerator<Uint8Array> {
  const { headerSize, kind, maxDictionaryBytes, written } = place;
  const start = input.position - 1;
  const header = await readBlockHeader(input, headerSize);
  if (header.dictionaryBytes > maxDictionaryBytes) {
    throw new AmapError(
      "LIMIT_EXCEEDED",
      `an xz stream needs a dictionary of ${header.dictionaryBytes} bytes; xzDictionaryBytes is ${maxDictionaryBytes}`,
    );
  }
  const checksum = startChecksum(kind);
  const packedFrom = input.position;
  let size = 0;
  for await (const chunk of readChunks(input, header.dictionaryBytes, checksum)) {
    size += chunk.length;
    yield chunk;
  }
  requireSize(header.packedBytes, input.position - packedFrom);
  requireSize(header.bytes, size);
  const padding = await input.take((4 - ((input.position - start) % 4)) % 4);
  if (padding.some((byte) => byte !== 0)) throw damaged("there is something behind a block");
  const expected = checksum.digest();
  const unpadded = input.position - padding.length - start + expected.length;
  requireSame(await input.take(expected.length), expected, "the checksum of its bytes");
  written.add(unpadded, size);
}

async function* readChunks(input: ByteTaker, dictionaryBytes: number, checksum: Checksum): AsyncGenerator<Uint8Array> {
  const decoder = new Lzma2Decoder(dictionaryBytes);
  for (;;) {
    const control = await input.takeByte();
    const header = readChunkHeader(control, await input.take(headerRestOf(control)));
    if (header.kind === "end") return;
    const chunk = decoder.expand(header, await input.take(header.packed));
    checksum.update(chunk);
    yield chunk;
  }
}

interface BlockHeader {
  readonly dictionaryBytes: number;
  /** Where they are stated. */
  readonly packedBytes: number | undefined;
  readonly bytes: number | undefined;
}

async function readBlockHeader(input: ByteTaker, headerSize: number): Promise<BlockHeader> {
  const rest = await input.take(headerSize - 5);
  const whole = Uint8Array.of(headerSize / 4 - 1, ...rest);
  requireSame(await input.take(4), crc32Of(whole), "the checksum of a block's header");
  const [flags = 0] = rest;
  let at = 1;
  const next = (): number => {
    const [value, length] = numberAt(rest, at);
    at += length;
    return value;
  };
  if ((flags & 0x3c) !== 0) throw new AmapError("NOT_SUPPORTED", "an xz block with flags that amap does not know");
  const packedBytes = (flags & 0x40) === 0 ? undefined : next();
  const bytes = (flags & 0x80) === 0 ? undefined : next();
  const filters: number[] = [];
  let properties: Uint8Array = rest;
  for (let count = (flags & 3) + 1; count > 0; count -= 1) {
    filters.push(next());
    const length = next();
    properties = rest.subarray(at, at + length);
    at += length;
  }
  if (at > rest.length || rest.subarray(at).some((byte) => byte !== 0)) throw damaged("a block's header is not whole");
  requireOneFilter(filters);
  return { dictionaryBytes: dictionaryBytesOf(properties), packedBytes, bytes };
}

function requireOneFilter(filters: readonly number[]): void {
  const other = filters.find((filter) => filter !== LZMA2);
  if (other === undefined && filters.length === 1) return;
  const name = FILTER_NAMES.get(other ?? LZMA2) ?? String(other ?? LZMA2);
  throw new AmapError("NOT_SUPPORTED", `an xz stream with the filter ${name}: amap reads LZMA2 alone`);
}

/** The dictionary's size is one byte: a power of two, or one and a half times that. */
function dictionaryBytesOf(properties: Uint8Array): number {
  const [bits = 0] = properties;
  if (properties.length !== 1 || bits > 40) throw damaged("a block does not state its dictionary");
  return bits === 40 ? 2 ** 32 - 1 : (2 | (bits & 1)) * 2 ** ((bits >> 1) + 11);
}

/** A number of up to nine bytes with seven bits each, and how many bytes it takes. */
function numberAt(bytes: Uint8Array, at: number): readonly [value: number, length: number] {
  let value = 0;
  for (let index = 0; index < 9; index += 1) {
    const byte = bytes[at + index];
    if (byte === undefined) break;
    value += (byte & 0x7f) * 2 ** (7 * index);
    if (byte >= 0x80) continue;
    if (byte === 0 && index > 0) break;
    return [requireSafe(value), index + 1];
  }
  throw damaged("a number has no end");
}

/** Reads the index and says how many bytes it is. */
async function readIndex(input: ByteTaker, written: RecordSums): Promise<number> {
  const start = input.position - 1;
  const taken: number[] = [0];
  const stated = new RecordSums();
  const next = async (): Promise<number> => {
    const bytes: number[] = [];
    do bytes.push(await input.takeByte());
    while ((bytes.at(-1) as number) >= 0x80 && bytes.length < 9);
    taken.push(...bytes);
    return numberAt(Uint8Array.from(bytes), 0)[0];
  };
  const count = await next();
  // More records than there were blocks are a lie: they are not read.
  if (count !== written.count) throw damaged(`its index states ${count} blocks, and it has ${written.count}`);
  for (let index = 0; index < count; index += 1) stated.add(await next(), await next());
  const padding = await input.take((4 - ((input.position - start) % 4)) % 4);
  requireSame(await input.take(4), crc32Of(Uint8Array.from([...taken, ...padding])), "the checksum of its index");
  if (!stated.isSameAs(written)) throw damaged("its index states other sizes than its blocks have");
  return input.position - start;
}

function requireSafe(value: number): number {
  if (Number.isSafeInteger(value)) return value;
  throw damaged("a size is beyond every file's");
}

function requireSize(stated: number | undefined, found: number): void {
  if (stated !== undefined && stated !== found) throw damaged(`a block states ${stated} bytes and has ${found}`);
}

function requireSame(stated: Uint8Array, found: Uint8Array, what: string): void {
  if (startsWith(stated, [...found])) return;
  throw damaged(`${what} is not that of what it holds`);
}

function startsWith(bytes: Uint8Array, expected: readonly number[]): boolean {
  return expected.every((byte, index) => bytes[index] === byte);
}
