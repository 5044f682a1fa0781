import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { AmapError } from "../../../base/index.ts";

/** Takes a block's bytes and gives the check that must stand behind them. */
export interface Checksum {
  update(bytes: Uint8Array): void;
  digest(): Uint8Array;
}

/** What the four bits of a stream's flags say; other kinds have a length and no meaning yet. */
const KINDS: ReadonlyMap<number, () => Checksum> = new Map([
  [0, () => ({ update: () => {}, digest: () => new Uint8Array(0) })],
  [1, crc32Checksum],
  [4, crc64Checksum],
  [10, sha256Checksum],
]);

/**
 * Begins a check of a kind.
 * @throws {AmapError} NOT_SUPPORTED for kinds that the format keeps for later
 */
export function startChecksum(kind: number): Checksum {
  const start = KINDS.get(kind);
  if (start !== undefined) return start();
  throw new AmapError(
    "NOT_SUPPORTED",
    `an xz stream with the check ${kind}: amap knows none, CRC32, CRC64 and SHA-256`,
  );
}

/** CRC32 in four bytes, the lowest first. */
export function crc32Of(bytes: Uint8Array): Uint8Array {
  return littleEndian(crc32(bytes));
}

function crc32Checksum(): Checksum {
  let value = 0;
  return { update: (bytes) => void (value = crc32(bytes, value)), digest: () => littleEndian(value) };
}

function sha256Checksum(): Checksum {
  const hash = createHash("sha256");
  return { update: (bytes) => void hash.update(bytes), digest: () => new Uint8Array(hash.digest()) };
}

function littleEndian(value: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, value, true);
  return new Uint8Array(view.buffer);
}

/** The polynomial of ECMA-182, reflected, in two halves: numbers of 64 bits are slow. */
const [POLYNOMIAL_HIGH, POLYNOMIAL_LOW] = [0xc96c5795 | 0, 0xd7870f42 | 0];
let crc64Tables: { readonly high: Int32Array; readonly low: Int32Array } | undefined;

function tablesOfCrc64(): { readonly high: Int32Array; readonly low: Int32Array } {
  if (crc64Tables !== undefined) return crc64Tables;
  const [high, low] = [new Int32Array(256), new Int32Array(256)];
  for (let byte = 0; byte < 256; byte += 1) {
    let [h, l] = [0, byte];
    for (let bit = 0; bit < 8; bit += 1) {
      const isOdd = (l & 1) === 1;
      l = (l >>> 1) | (h << 31);
      h >>>= 1;
      if (isOdd) [h, l] = [h ^ POLYNOMIAL_HIGH, l ^ POLYNOMIAL_LOW];
    }
    high[byte] = h;
    low[byte] = l;
  }
  crc64Tables = { high, low };
  return crc64Tables;
}

function crc64Checksum(): Checksum {
  const { high, low } = tablesOfCrc64();
  let [h, l] = [-1, -1];
  return {
    update(bytes) {
      for (let index = 0; index < bytes.length; index += 1) {
        const entry = (l ^ (bytes[index] as number)) & 0xff;
        l = ((l >>> 8) | (h << 24)) ^ (low[entry] as number);
        h = (h >>> 8) ^ (high[entry] as number);
      }
    },
    digest() {
      const view = new DataView(new ArrayBuffer(8));
      view.setInt32(0, ~l, true);
      view.setInt32(4, ~h, true);
      return new Uint8Array(view.buffer);
    },
  };
}
