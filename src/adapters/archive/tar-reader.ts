import { AmapError } from "../../base/index.ts";
import type { ArchiveEntry, TarChoice } from "../../ports/index.ts";
import type { ArchiveLimits } from "./decompress.ts";
import { readPaxRecords } from "./pax-records.ts";
import { BLOCK_BYTES, entryKind, hasContent, invalid, lossyText, readHeader, type TarHeader } from "./tar-header.ts";

/** What reading a tar gives: entries in order. */
export interface TarEvent {
  readonly entry: ArchiveEntry;
  readonly content?: Uint8Array;
}

export interface TarReaderOptions extends TarChoice {
  readonly limits: ArchiveLimits;
  /** The first file with this path, whose bytes are given out as they come. */
  readonly streams?: { readonly path: string; readonly take: (chunk: Uint8Array) => void };
}

/** Bytes of a file by which its kind is told. */
const HEAD_BYTES = 8;

/** A header of a header (a long name, extended records) is read whole; Go's reader has the same bound. */
const SPECIAL_BYTES = 1024 * 1024;

/** What is being read, and how many bytes of it are still to come. */
type State =
  | { readonly kind: "header" }
  | { readonly kind: "special"; readonly type: string; readonly bytes: Uint8Array; filled: number }
  | { readonly kind: "content"; readonly entry: ArchiveEntry; readonly bytes: Uint8Array; filled: number }
  | { readonly kind: "head"; readonly entry: ArchiveEntry; readonly bytes: Uint8Array; filled: number }
  | { readonly kind: "stream"; remaining: number; readonly padding: number }
  | { readonly kind: "skip"; remaining: number }
  | { readonly kind: "end" };

/**
 * A tar archive, pushed in chunks of any size. Of the special headers it reads pax's `x` (path, linkpath, size) and
 * GNU's `L` and `K`; pax's global `g` is passed over, as containerd does; a sparse file is NOT_SUPPORTED.
 */
export class TarReader {
  readonly #options: TarReaderOptions;
  readonly #block = new Uint8Array(BLOCK_BYTES);
  #blockFilled = 0;
  #state: State = { kind: "header" };
  #events: TarEvent[] = [];
  #headers = 0;
  #zeroBlocks = 0;
  #pax: ReadonlyMap<string, string> = new Map();
  #longName: string | undefined;
  #longLink: string | undefined;

  /** Whether the file that is given out has come to its end. */
  hasStreamed = false;

  constructor(options: TarReaderOptions) {
    this.#options = options;
  }

  /** Reads a chunk and gives the entries that it completes. */
  push(chunk: Uint8Array): readonly TarEvent[] {
    let at = 0;
    while (at < chunk.length) at += this.#take(chunk.subarray(at));
    const events = this.#events;
    this.#events = [];
    return events;
  }

  /** @param endIsProven whether the compressed stream around it already said that this is the end */
  finish(endIsProven: boolean): void {
    if (this.#state.kind === "end") return;
    const isBetweenEntries = this.#state.kind === "header" && this.#blockFilled === 0;
    const hasSpecial = this.#pax.size > 0 || this.#longName !== undefined || this.#longLink !== undefined;
    if (!isBetweenEntries || hasSpecial) throw invalid("it ends within an entry");
    if (this.#zeroBlocks === 0 && !endIsProven) throw invalid("its end marker is missing");
  }

  /** Takes some of the bytes and says how many. */
  #take(bytes: Uint8Array): number {
    const state = this.#state;
    switch (state.kind) {
      case "header":
        return this.#takeHeader(bytes);
      case "skip": {
        const taken = Math.min(state.remaining, bytes.length);
        state.remaining -= taken;
        if (state.remaining === 0) this.#state = { kind: "header" };
        return taken;
      }
      case "stream":
        return this.#stream(state, bytes);
      case "end":
        if (bytes.some((byte) => byte !== 0)) throw invalid("there is more behind its end marker");
        return bytes.length;
      default: {
        const taken = Math.min(state.bytes.length - state.filled, bytes.length);
        state.bytes.set(bytes.subarray(0, taken), state.filled);
        state.filled += taken;
        if (state.filled === state.bytes.length) this.#completed(state);
        return taken;
      }
    }
  }

  #stream(state: Extract<State, { kind: "stream" }>, bytes: Uint8Array): number {
    const taken = Math.min(state.remaining, bytes.length);
    this.#options.streams?.take(bytes.subarray(0, taken));
    state.remaining -= taken;
    if (state.remaining === 0) this.#endStream(state.padding);
    return taken;
  }

  #endStream(padding: number): void {
    this.hasStreamed = true;
    this.#skip(padding);
  }

  #takeHeader(bytes: Uint8Array): number {
    const taken = Math.min(BLOCK_BYTES - this.#blockFilled, bytes.length);
    this.#block.set(bytes.subarray(0, taken), this.#blockFilled);
    this.#blockFilled += taken;
    if (this.#blockFilled < BLOCK_BYTES) return taken;
    this.#blockFilled = 0;
    if (this.#block.every((byte) => byte === 0)) {
      this.#zeroBlocks += 1;
      if (this.#zeroBlocks === 2) this.#state = { kind: "end" };
      return taken;
    }
    if (this.#zeroBlocks > 0) throw invalid("there is more behind its end marker");
    this.#headers += 1;
    if (this.#headers > this.#options.limits.layerEntries) {
      throw new AmapError("LIMIT_EXCEEDED", `a layer has more than ${this.#options.limits.layerEntries} entries`);
    }
    this.#readHeader(readHeader(this.#block));
    return taken;
  }

  #readHeader(header: TarHeader): void {
    if (/^[xgLK]$/.test(header.type)) {
      if (header.size > SPECIAL_BYTES) {
        throw new AmapError("LIMIT_EXCEEDED", `an extended header of ${header.size} bytes, at most ${SPECIAL_BYTES}`);
      }
      this.#begin({ kind: "special", type: header.type, bytes: new Uint8Array(header.size), filled: 0 });
      return;
    }
    const entry = this.#entryOf(header);
    if (entry.kind === "file" && !this.hasStreamed && this.#options.streams?.path === entry.path) {
      this.#state = { kind: "stream", remaining: entry.size, padding: paddingOf(entry.size) };
      if (entry.size === 0) this.#endStream(0);
      return;
    }
    if (entry.kind === "file" && this.#options.wants(entry)) return this.#collect(entry, new Uint8Array(0));
    if (entry.kind === "file" && this.#options.wantsHead !== undefined) {
      const bytes = new Uint8Array(Math.min(HEAD_BYTES, entry.size));
      return this.#begin({ kind: "head", entry, bytes, filled: 0 });
    }
    this.#events.push({ entry });
    this.#skip(hasContent(header.type) ? entry.size + paddingOf(entry.size) : 0);
  }

  /** Collects the content of an entry of which these first bytes were read. */
  #collect(entry: ArchiveEntry, head: Uint8Array): void {
    if (entry.size > this.#options.maxFileBytes) {
      const message = `${JSON.stringify(entry.path.slice(0, 200))} has ${entry.size} bytes, at most ${this.#options.maxFileBytes} are read`;
      throw new AmapError("LIMIT_EXCEEDED", message);
    }
    const bytes = new Uint8Array(entry.size);
    bytes.set(head);
    this.#begin({ kind: "content", entry, bytes, filled: head.length });
  }

  /** The entry with what the special headers before it say; they hold for this one entry. */
  #entryOf(header: TarHeader): ArchiveEntry {
    const pax = this.#pax;
    const path = this.#longName ?? (pax.get("path") || header.name);
    const linkPath = this.#longLink ?? (pax.get("linkpath") || header.linkName);
    const size = pax.get("size") || undefined;
    if (header.type === "S" || [...pax.keys()].some((key) => key.startsWith("GNU.sparse."))) {
      throw new AmapError("NOT_SUPPORTED", `a sparse file in a layer: ${JSON.stringify(path.slice(0, 200))}`);
    }
    this.#pax = new Map();
    this.#longName = undefined;
    this.#longLink = undefined;
    this.#requirePathLength(path);
    this.#requirePathLength(linkPath);
    const kind = entryKind(header.type);
    const isLink = kind === "symlink" || kind === "hardlink";
    return {
      path,
      kind,
      size: hasContent(header.type) ? (size === undefined ? header.size : paxSize(size)) : 0,
      mode: header.mode,
      ...(isLink ? { linkPath } : {}),
    };
  }

  #requirePathLength(path: string): void {
    const { pathBytes } = this.#options.limits;
    if (path.length <= pathBytes && Buffer.byteLength(path) <= pathBytes) return;
    throw new AmapError("LIMIT_EXCEEDED", `a layer holds a path of more than ${pathBytes} bytes`);
  }

  #begin(state: Extract<State, { bytes: Uint8Array }>): void {
    this.#state = state;
    if (state.bytes.length === state.filled) this.#completed(state);
  }

  #completed(state: Extract<State, { bytes: Uint8Array }>): void {
    if (state.kind === "head") return this.#chooseByHead(state.entry, state.bytes);
    this.#skip(paddingOf(state.bytes.length));
    if (state.kind === "content") this.#events.push({ entry: state.entry, content: state.bytes });
    else this.#readSpecial(state.type, state.bytes);
  }

  #chooseByHead(entry: ArchiveEntry, head: Uint8Array): void {
    if (this.#options.wantsHead?.(entry, head) === true) return this.#collect(entry, head);
    this.#events.push({ entry });
    this.#skip(entry.size - head.length + paddingOf(entry.size));
  }

  #readSpecial(type: string, bytes: Uint8Array): void {
    if (type === "x") this.#pax = readPaxRecords(bytes);
    else if (type === "L") this.#longName = untilNul(bytes);
    else if (type === "K") this.#longLink = untilNul(bytes);
  }

  #skip(bytes: number): void {
    this.#state = bytes === 0 ? { kind: "header" } : { kind: "skip", remaining: bytes };
  }
}

function paddingOf(size: number): number {
  return (BLOCK_BYTES - (size % BLOCK_BYTES)) % BLOCK_BYTES;
}

function paxSize(text: string): number {
  const size = Number(text);
  if (!/^[0-9]+$/.test(text) || !Number.isSafeInteger(size)) throw invalid("an extended size is no number");
  return size;
}

function untilNul(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return lossyText(end === -1 ? bytes : bytes.subarray(0, end));
}
