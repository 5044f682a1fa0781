/** The values of DER that certificates and timestamps are made of (X.690), over `tlv` of the DER writer. */
import { tlv } from "../der-writer.ts";

export { objectId, pem, sequence, tlv } from "../der-writer.ts";

export const NULL: Buffer = Buffer.from([0x05, 0x00]);
export const TRUE: Buffer = Buffer.from([0x01, 0x01, 0xff]);

/** A whole number of at most 2^53, or the bytes of a positive one. */
export function integer(value: number | Uint8Array): Buffer {
  let bytes = typeof value === "number" ? Buffer.from(evenHex(value), "hex") : Buffer.from(value);
  while (bytes.length > 1 && bytes[0] === 0 && (bytes[1] ?? 0) < 0x80) bytes = bytes.subarray(1);
  return tlv(0x02, (bytes[0] ?? 0) < 0x80 ? bytes : Buffer.concat([Buffer.from([0]), bytes]));
}

function evenHex(value: number): string {
  const hex = value.toString(16);
  return hex.length % 2 === 0 ? hex : `0${hex}`;
}

export const octets = (content: Uint8Array): Buffer => tlv(0x04, content);
export const utf8 = (text: string): Buffer => tlv(0x0c, Buffer.from(text));
export const bitString = (content: Uint8Array, unusedBits = 0): Buffer =>
  tlv(0x03, Buffer.concat([Buffer.from([unusedBits]), content]));

/** A context tag with whole elements inside. */
export const explicit = (number: number, ...content: readonly Uint8Array[]): Buffer =>
  tlv(0xa0 | number, Buffer.concat(content));

/** A context tag in place of a primitive element's own. */
export const implicit = (number: number, content: Uint8Array): Buffer => tlv(0x80 | number, content);

/** SET OF: DER sorts its elements by their bytes. */
export function setOf(...parts: readonly Uint8Array[]): Buffer {
  return tlv(0x31, Buffer.concat([...parts].sort((a, b) => Buffer.compare(a, b))));
}

/** UTCTime until 2049, GeneralizedTime from 2050 on (RFC 5280 §4.1.2.5). */
export function certificateTime(ms: number): Buffer {
  const digits = timeDigits(ms);
  return digits < "2050" ? tlv(0x17, Buffer.from(`${digits.slice(2)}Z`)) : tlv(0x18, Buffer.from(`${digits}Z`));
}

/** GeneralizedTime; `fraction` are the digits behind the point, by default those of the milliseconds without trailing zeros. */
export function generalizedTime(ms: number, fraction?: string): Buffer {
  const milliseconds = new Date(ms).toISOString().slice(20, 23).replace(/0+$/, "");
  const digits = fraction ?? milliseconds;
  return tlv(0x18, Buffer.from(`${timeDigits(ms)}${digits === "" ? "" : `.${digits}`}Z`));
}

/** YYYYMMDDhhmmss in UTC. */
function timeDigits(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace(/[-T:]/g, "");
}
