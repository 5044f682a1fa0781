import { compressGzip, decodeUtf8, encodeUtf8, gunzip, isAmapError, LIMITS } from "../../../../../base/index.ts";
import { CelError } from "../../error.ts";
import { type CelContext, type CelFunction, celFunction } from "../../function.ts";
import { celTypes } from "../../types.ts";

const { bytes, string } = celTypes;
const COMPRESSED_PER_STEP = 1;
const INFLATED_PER_STEP = 8;

function compress(text: string, context: CelContext): Uint8Array {
  context.charge(text.length / COMPRESSED_PER_STEP);
  return compressGzip(encodeUtf8(text));
}

function decompress(data: Uint8Array, context: CelContext): string {
  let inflated: Uint8Array;
  try {
    inflated = gunzip(data, LIMITS.expressionInflateBytes);
  } catch (error) {
    if (!isAmapError(error)) throw error;
    // The work was done before the limit was met.
    if (error.code === "DECOMPRESSION_LIMIT") context.charge(LIMITS.expressionInflateBytes / INFLATED_PER_STEP);
    throw new CelError("invalid_argument", `gzip.decompress: ${error.message}`, { cause: error });
  }
  context.charge(inflated.length / INFLATED_PER_STEP);
  const text = decodeUtf8(inflated);
  if (text === undefined) throw new CelError("invalid_argument", "gzip.decompress: the content is not UTF-8 text");
  return text;
}

/** Kyverno's gzip library. */
export const GZIP_FUNCTIONS: readonly CelFunction[] = [
  celFunction({
    name: "gzip.compress",
    args: [string],
    result: bytes,
    note: "The text's UTF-8 as gzip, without a time. The bytes are amap's own: compare what they decompress to.",
    example: 'gzip.decompress(gzip.compress("kyverno")) == "kyverno"',
    since: "0.2.0",
    call: compress,
  }),
  celFunction({
    name: "gzip.decompress",
    args: [bytes],
    result: string,
    note: "The text that gzip bytes hold, up to 16 MiB; an error when it is damaged, larger or no UTF-8.",
    example: 'gzip.decompress(base64.decode("H4sIAAAAAAAAA8uuLEstyssHAOgPnDMHAAAA")) == "kyverno"',
    since: "0.2.0",
    call: decompress,
  }),
];
