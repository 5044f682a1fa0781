import { concatBytes } from "../../base/index.ts";
import { DER_TAGS } from "./der.ts";

/** One DER value from what stands inside it. */
export function encodeDer(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const length = contents.reduce((sum, content) => sum + content.length, 0);
  return concatBytes([Uint8Array.of(tag, ...encodeLength(length)), ...contents]);
}

function encodeLength(length: number): readonly number[] {
  if (length < 0x80) return [length];
  const bytes: number[] = [];
  for (let left = length; left > 0; left = Math.floor(left / 256)) bytes.unshift(left % 256);
  return [0x80 | bytes.length, ...bytes];
}

/** An OBJECT IDENTIFIER from dotted decimal with arcs below 2^53. */
export function encodeOid(oid: string): Uint8Array {
  const [first = 0, second = 0, ...others] = oid.split(".").map(Number);
  const bytes = [first * 40 + second, ...others].flatMap((arc) => {
    const groups = [arc % 128];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) groups.unshift((left % 128) | 0x80);
    return groups;
  });
  return encodeDer(DER_TAGS.oid, Uint8Array.from(bytes));
}

/** An INTEGER that is not negative, from its bytes, the highest first. */
export function encodeUnsigned(bytes: Uint8Array): Uint8Array {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start++;
  const shortest = bytes.length === 0 ? Uint8Array.of(0) : bytes.subarray(start);
  const isNegative = ((shortest[0] as number) & 0x80) !== 0;
  return encodeDer(DER_TAGS.integer, ...(isNegative ? [Uint8Array.of(0), shortest] : [shortest]));
}
