import { damaged } from "./damaged.ts";
import { LzmaState } from "./lzma-state.ts";

/** What a chunk begins with (the LZMA2 part of the xz format). */
type ChunkHeader =
  | { readonly kind: "end" }
  | { readonly kind: "stored"; readonly resetsDictionary: boolean; readonly size: number; readonly packed: number }
  | {
      readonly kind: "lzma";
      readonly resetsDictionary: boolean;
      readonly resetsState: boolean;
      /** The three parameters of the model, where they are stated anew. */
      readonly properties?: number;
      readonly size: number;
      readonly packed: number;
    };

/** First bytes of chunks that are compressed; three bits tell what they begin anew. */
const FIRST_LZMA = 0x80;

/** Bytes of a chunk's header behind the first one, which tells how many these are. */
export function headerRestOf(control: number): number {
  if (control === 0) return 0;
  if (control < FIRST_LZMA) return 2;
  return control >= 0xc0 ? 5 : 4;
}

/**
 * Reads a chunk's header.
 * @throws {AmapError} ARCHIVE_INVALID
 */
export function readChunkHeader(control: number, rest: Uint8Array): ChunkHeader {
  if (control === 0) return { kind: "end" };
  const [a = 0, b = 0, c = 0, d = 0, properties = 0] = rest;
  if (control < FIRST_LZMA) {
    if (control > 2) throw damaged(`a chunk begins with the byte ${control}`);
    const size = a * 256 + b + 1;
    return { kind: "stored", resetsDictionary: control === 1, size, packed: size };
  }
  return {
    kind: "lzma",
    resetsDictionary: control >= 0xe0,
    resetsState: control >= 0xa0,
    ...(control >= 0xc0 ? { properties } : {}),
    size: ((control & 0x1f) << 16) + a * 256 + b + 1,
    packed: c * 256 + d + 1,
  };
}

/** The most that one chunk expands to. */
const CHUNK_BYTES = 2 * 1024 * 1024;
/** Room behind the dictionary, so that it is not moved with every chunk. */
const ROOM_BYTES = 4 * CHUNK_BYTES;

/** Expands chunks one after the other; what came before is the dictionary of what follows. */
export class Lzma2Decoder {
  readonly #dictionaryBytes: number;
  #window = new Uint8Array(0);
  /** Where the dictionary begins: nothing before it may be referred to. */
  #start = 0;
  #end = 0;
  #state: LzmaState | undefined;
  /** Bytes since the dictionary began. */
  #position = 0;
  #needsDictionary = true;
  #needsProperties = true;

  /** @param dictionaryBytes how far back a chunk may refer */
  constructor(dictionaryBytes: number) {
    this.#dictionaryBytes = dictionaryBytes;
  }

  /**
   * The bytes of a chunk, the caller's own.
   * @throws {AmapError} ARCHIVE_INVALID
   */
  expand(header: Exclude<ChunkHeader, { kind: "end" }>, packed: Uint8Array): Uint8Array {
    if (header.resetsDictionary) {
      this.#start = this.#end;
      this.#position = 0;
      this.#needsDictionary = false;
      this.#needsProperties = true;
    }
    if (this.#needsDictionary) throw damaged("the first chunk does not begin a dictionary");
    this.#makeRoom(header.size);
    const from = this.#end;
    if (header.kind === "stored") this.#window.set(packed, from);
    else this.#expandLzma(header, packed);
    this.#end = from + header.size;
    this.#position += header.size;
    return this.#window.slice(from, this.#end);
  }

  #expandLzma(header: Extract<ChunkHeader, { kind: "lzma" }>, packed: Uint8Array): void {
    if (header.properties !== undefined) {
      this.#state = new LzmaState(header.properties);
      this.#needsProperties = false;
    } else if (header.resetsState) this.#state?.reset();
    if (this.#state === undefined || this.#needsProperties) throw damaged("a chunk does not state its parameters");
    this.#state.expand({
      packed,
      window: this.#window,
      from: this.#end,
      to: this.#end + header.size,
      start: this.#start,
      dictionaryBytes: this.#dictionaryBytes,
      position: this.#position,
    });
  }

  /** Memory grows with what was expanded, up to what the dictionary needs: its size alone is only a claim. */
  #makeRoom(size: number): void {
    if (this.#end + size <= this.#window.length) return;
    const most = this.#dictionaryBytes + ROOM_BYTES;
    const kept = Math.min(this.#end - this.#start, this.#dictionaryBytes);
    const keptFrom = this.#end - kept;
    if (kept + size > this.#window.length || this.#window.length < most / 2) {
      const grown = new Uint8Array(Math.min(most, Math.max(this.#window.length * 4, kept + size)));
      grown.set(this.#window.subarray(keptFrom, this.#end));
      this.#window = grown;
    } else this.#window.copyWithin(0, keptFrom, this.#end);
    this.#start = 0;
    this.#end = kept;
  }
}
