import { AmapError } from "../errors/amap-error.ts";

/** Where one DER value lies in its source. */
export interface DerHeader {
  /** The identifier octet: class, form and a number up to 30. */
  readonly tag: number;
  readonly contentStart: number;
  /** Where the next value begins. */
  readonly end: number;
}

/**
 * Reads the header of the DER value that begins at an offset, as strictly as DER is: a definite length in its shortest form,
 * of at most four octets, that does not reach behind the end of the source. Tag numbers above 30 are refused.
 * @throws {AmapError} DER_INVALID
 * @see X.690 §8.1, §10.1
 * @example
 * ```ts
 * import { readDerHeader } from "../index.ts";
 * readDerHeader(new Uint8Array([0x02, 0x01, 0x05]), 0); // { tag: 2, contentStart: 2, end: 3 }
 * ```
 */
export function readDerHeader(source: Uint8Array, start: number): DerHeader {
  const tag = source[start];
  const first = source[start + 1];
  if (tag === undefined || first === undefined) throw invalid("expected a value, found the end");
  if ((tag & 0x1f) === 0x1f) throw invalid("expected a tag number up to 30, found a larger one");
  let length = first;
  let contentStart = start + 2;
  if (first >= 0x80) {
    const count = first & 0x7f;
    if (count === 0 || count > 4) throw invalid(count === 0 ? "a length is indefinite" : "a length is too large");
    length = 0;
    for (let index = 0; index < count; index++) length = length * 256 + (source[contentStart + index] ?? 0);
    if (length < 0x80 || length < 2 ** (8 * (count - 1))) throw invalid("a length is not in its shortest form");
    contentStart += count;
  }
  const end = contentStart + length;
  if (end > source.length)
    throw invalid(`expected ${length} bytes, found ${Math.max(0, source.length - contentStart)}`);
  return { tag, contentStart, end };
}

function invalid(message: string): AmapError {
  return new AmapError("DER_INVALID", message);
}
