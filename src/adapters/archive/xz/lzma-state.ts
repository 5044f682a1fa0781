import { damaged } from "./damaged.ts";

/** One chunk, and where it goes. */
interface LzmaChunk {
  readonly packed: Uint8Array;
  readonly window: Uint8Array;
  readonly from: number;
  readonly to: number;
  /** The first byte that may be referred to. */
  readonly start: number;
  /** How far back a match may refer. */
  readonly dictionaryBytes: number;
  /** Bytes since the dictionary began, up to `from`. */
  readonly position: number;
}

const STATES = 12;
/** States from this one on follow a match. */
const AFTER_MATCH = 7;
const MOST_POSITION_STATES = 16;
const PROBABILITY_BITS = 11;
const HALF = 1 << (PROBABILITY_BITS - 1);
const FULL = 1 << PROBABILITY_BITS;
/** How fast probabilities follow what is read. */
const SHIFT = 5;
const LEAST_RANGE = 1 << 24;
const LEAST_LENGTH = 2;
/** Slots from this one on have bits that no model knows. */
const FIRST_ALIGNED_SLOT = 14;
const LITERAL_PROBABILITIES = 0x300;
const LENGTH_PROBABILITIES = 2 + MOST_POSITION_STATES * 8 * 2 + 256;

/** Where each group of probabilities begins. */
const IS_MATCH = 0;
const IS_REPEAT = IS_MATCH + STATES * MOST_POSITION_STATES;
const IS_REPEAT_0 = IS_REPEAT + STATES;
const IS_REPEAT_1 = IS_REPEAT_0 + STATES;
const IS_REPEAT_2 = IS_REPEAT_1 + STATES;
const IS_LONG = IS_REPEAT_2 + STATES;
const SLOTS = IS_LONG + STATES * MOST_POSITION_STATES;
const SPECIAL = SLOTS + 4 * 64;
const ALIGNMENT = SPECIAL + 128;
const LENGTHS = ALIGNMENT + 16;
const REPEAT_LENGTHS = LENGTHS + LENGTH_PROBABILITIES;
const LITERALS = REPEAT_LENGTHS + LENGTH_PROBABILITIES;

/**
 * The model of LZMA: probabilities that follow what is read, and the last four distances. It lives from chunk to chunk,
 * until one of them begins anew. The range coder's numbers are kept as signed 32-bit integers and compared as unsigned
 * ones, so that the engine holds them as integers.
 * @see https://tukaani.org/xz/xz-file-format.txt and the LZMA specification of the LZMA SDK
 */
export class LzmaState {
  readonly #literalContextBits: number;
  readonly #literalPositionMask: number;
  readonly #positionMask: number;
  readonly #probabilities: Uint16Array;
  #state = 0;
  /** The last four distances, each one less than it is. */
  #last = 0;
  #second = 0;
  #third = 0;
  #fourth = 0;
  #packed: Uint8Array = new Uint8Array(0);
  #at = 0;
  #range = 0;
  #code = 0;

  /**
   * @param properties the three parameters in one byte
   * @throws {AmapError} ARCHIVE_INVALID
   */
  constructor(properties: number) {
    const positionBits = Math.floor(properties / 45);
    const literalPositionBits = Math.floor(properties / 9) % 5;
    const literalContextBits = properties % 9;
    if (positionBits > 4 || literalContextBits + literalPositionBits > 4) {
      throw damaged(`its parameters are ${properties}, which no writer may state`);
    }
    this.#literalContextBits = literalContextBits;
    this.#literalPositionMask = (1 << literalPositionBits) - 1;
    this.#positionMask = (1 << positionBits) - 1;
    const literals = LITERAL_PROBABILITIES << (literalContextBits + literalPositionBits);
    this.#probabilities = new Uint16Array(LITERALS + literals).fill(HALF);
  }

  /** Forgets what was learnt. */
  reset(): void {
    this.#probabilities.fill(HALF);
    this.#state = 0;
    this.#last = 0;
    this.#second = 0;
    this.#third = 0;
    this.#fourth = 0;
  }

  /**
   * Expands a chunk.
   * @throws {AmapError} ARCHIVE_INVALID
   */
  expand(chunk: LzmaChunk): void {
    this.#begin(chunk.packed);
    for (let at = chunk.from; at < chunk.to; ) at += this.#step(chunk, at);
    this.#normalise();
    if (this.#code !== 0 || this.#at !== this.#packed.length) throw damaged("a chunk does not end where it says");
  }

  #begin(packed: Uint8Array): void {
    if (packed.length < 5 || packed[0] !== 0) throw damaged("a chunk does not begin as it has to");
    this.#packed = packed;
    this.#range = -1;
    this.#code = new DataView(packed.buffer, packed.byteOffset, packed.length).getInt32(1);
    this.#at = 5;
  }

  /** Reads one literal or match, and says how many bytes it gave. */
  #step(chunk: LzmaChunk, at: number): number {
    const { window } = chunk;
    const position = chunk.position + at - chunk.from;
    const state = this.#state;
    const positionState = position & this.#positionMask;
    if (this.#bit(IS_MATCH + state * MOST_POSITION_STATES + positionState) === 0) {
      const previous = at > chunk.start ? (window[at - 1] as number) : 0;
      window[at] = this.#literal(previous, position, state < AFTER_MATCH ? undefined : window[at - this.#last - 1]);
      this.#state = state < 4 ? 0 : state < 10 ? state - 3 : state - 6;
      return 1;
    }
    const length =
      this.#bit(IS_REPEAT + state) === 0 ? this.#match(state, positionState) : this.#repeat(state, positionState);
    const distance = this.#last >>> 0;
    if (distance >= at - chunk.start || distance >= chunk.dictionaryBytes) {
      throw damaged("a match refers to what is not there");
    }
    if (length > chunk.to - at) throw damaged("a match is longer than its chunk");
    // What is copied may be what was just written.
    for (let index = at, source = at - distance - 1; index < at + length; )
      window[index++] = window[source++] as number;
    return length;
  }

  /** A byte; behind a match its likeliest values are those that differ from the byte that the match would go on with. */
  #literal(previous: number, position: number, expected: number | undefined): number {
    const bits = this.#literalContextBits;
    const context = ((position & this.#literalPositionMask) << bits) + (previous >> (8 - bits));
    const group = LITERALS + LITERAL_PROBABILITIES * context;
    let symbol = 1;
    if (expected !== undefined) {
      let offset = 0x100;
      for (let byte = expected << 1; symbol < 0x100; byte <<= 1) {
        const expectedBit = byte & offset;
        const bit = this.#bit(group + offset + expectedBit + symbol);
        symbol = (symbol << 1) | bit;
        offset &= bit === 0 ? ~expectedBit : expectedBit;
      }
    }
    while (symbol < 0x100) symbol = (symbol << 1) | this.#bit(group + symbol);
    return symbol & 0xff;
  }

  /** A match at a new distance. */
  #match(state: number, positionState: number): number {
    this.#state = state < AFTER_MATCH ? 7 : 10;
    this.#fourth = this.#third;
    this.#third = this.#second;
    this.#second = this.#last;
    const length = this.#length(LENGTHS, positionState);
    const slot = this.#tree(SLOTS + Math.min(length - LEAST_LENGTH, 3) * 64, 6);
    const bits = (slot >> 1) - 1;
    if (slot < 4) this.#last = slot;
    else if (slot < FIRST_ALIGNED_SLOT) {
      const base = (2 + (slot & 1)) << bits;
      this.#last = base + this.#reverseTree(SPECIAL + base - slot - 1, bits);
    } else {
      const high = ((2 + (slot & 1)) << (bits - 4)) | this.#directBits(bits - 4);
      this.#last = (high << 4) | this.#reverseTree(ALIGNMENT, 4);
    }
    return length;
  }

  /** A match at one of the last four distances. */
  #repeat(state: number, positionState: number): number {
    if (this.#bit(IS_REPEAT_0 + state) === 0) {
      if (this.#bit(IS_LONG + state * MOST_POSITION_STATES + positionState) === 0) {
        this.#state = state < AFTER_MATCH ? 9 : 11;
        return 1;
      }
    } else this.#chooseDistance(state);
    this.#state = state < AFTER_MATCH ? 8 : 11;
    return this.#length(REPEAT_LENGTHS, positionState);
  }

  /** Brings one of the older distances to the front. */
  #chooseDistance(state: number): void {
    let chosen = this.#second;
    if (this.#bit(IS_REPEAT_1 + state) === 1) {
      chosen = this.#third;
      if (this.#bit(IS_REPEAT_2 + state) === 1) {
        chosen = this.#fourth;
        this.#fourth = this.#third;
      }
      this.#third = this.#second;
    }
    this.#second = this.#last;
    this.#last = chosen;
  }

  #length(group: number, positionState: number): number {
    if (this.#bit(group) === 0) return LEAST_LENGTH + this.#tree(group + 2 + positionState * 8, 3);
    if (this.#bit(group + 1) === 0) return LEAST_LENGTH + 8 + this.#tree(group + 130 + positionState * 8, 3);
    return LEAST_LENGTH + 16 + this.#tree(group + 258, 8);
  }

  /** A number whose bits come from the highest. */
  #tree(group: number, bits: number): number {
    let symbol = 1;
    for (let count = bits; count > 0; count -= 1) symbol = (symbol << 1) | this.#bit(group + symbol);
    return symbol - (1 << bits);
  }

  /** A number whose bits come from the lowest. */
  #reverseTree(group: number, bits: number): number {
    let symbol = 1;
    let value = 0;
    for (let index = 0; index < bits; index += 1) {
      const bit = this.#bit(group + symbol);
      symbol = (symbol << 1) | bit;
      value |= bit << index;
    }
    return value;
  }

  /** Bits that are as likely 0 as 1. */
  #directBits(bits: number): number {
    let value = 0;
    for (let count = bits; count > 0; count -= 1) {
      this.#normalise();
      this.#range >>>= 1;
      const code = (this.#code - this.#range) | 0;
      if (code >= 0) this.#code = code;
      value = (value << 1) | (code >= 0 ? 1 : 0);
    }
    return value;
  }

  #bit(index: number): number {
    this.#normalise();
    const probability = this.#probabilities[index] as number;
    const bound = Math.imul(this.#range >>> PROBABILITY_BITS, probability);
    if (this.#code >>> 0 < bound >>> 0) {
      this.#range = bound;
      this.#probabilities[index] = probability + ((FULL - probability) >> SHIFT);
      return 0;
    }
    this.#range = (this.#range - bound) | 0;
    this.#code = (this.#code - bound) | 0;
    this.#probabilities[index] = probability - (probability >> SHIFT);
    return 1;
  }

  /** What lies behind the chunk's end is read as 0, and found when the chunk was expanded. */
  #normalise(): void {
    if (this.#range >>> 0 >= LEAST_RANGE) return;
    this.#range <<= 8;
    this.#code = (this.#code << 8) | (this.#packed[this.#at++] ?? 0);
  }
}
