import { decodeBase64, encodeBase64 } from "./text.ts";

/** One block of a PEM text (RFC 7468), as it stands there. */
export interface PemBlock {
  /** What stands behind BEGIN: `PUBLIC KEY`. */
  readonly label: string;
  /** Undefined when the body is not base64. */
  readonly bytes: Uint8Array | undefined;
  /** Whether header lines of RFC 1421 stand before the body, as OpenSSL writes them for encrypted keys. */
  readonly hasHeaders: boolean;
  /** Where the block starts and ends in the text. */
  readonly start: number;
  readonly end: number;
}

const BEGIN = "-----BEGIN ";
const DASHES = "-----";
const LABEL_CHARACTERS = 64;

/**
 * The first whole block of a PEM text at or behind `from`, with text around it skipped; undefined when there is none.
 * The caller limits the text.
 *
 * @see RFC 7468 §2, RFC 1421 §4.4
 * @example
 * ```ts
 * import { readPemBlock } from "../index.ts";
 * readPemBlock("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n")?.label; // "PUBLIC KEY"
 * ```
 */
export function readPemBlock(text: string, from = 0): PemBlock | undefined {
  const start = text.indexOf(BEGIN, from);
  if (start < 0) return undefined;
  const labelStart = start + BEGIN.length;
  const labelEnd = text.indexOf(DASHES, labelStart);
  if (labelEnd < 0 || labelEnd - labelStart > LABEL_CHARACTERS) return undefined;
  const label = text.slice(labelStart, labelEnd);
  const ending = `${DASHES}END ${label}${DASHES}`;
  const bodyEnd = text.indexOf(ending, labelEnd);
  if (bodyEnd < 0) return undefined;
  const body = text.slice(labelEnd + DASHES.length, bodyEnd);
  const bytes = decodeBase64(body.replaceAll(/[\r\n\t ]/g, ""));
  return { label, bytes, hasHeaders: body.includes(":"), start, end: bodyEnd + ending.length };
}

const LINE = /.{1,64}/g;

/**
 * Bytes as one PEM block with lines of 64 characters, as Go and OpenSSL write it.
 *
 * @see RFC 7468 §2
 * @example
 * ```ts
 * import { writePemBlock } from "../index.ts";
 * writePemBlock("PUBLIC KEY", new Uint8Array(3)); // "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"
 * ```
 */
export function writePemBlock(label: string, bytes: Uint8Array): string {
  const lines = encodeBase64(bytes).match(LINE) ?? [];
  return [`${BEGIN}${label}${DASHES}`, ...lines, `${DASHES}END ${label}${DASHES}`, ""].join("\n");
}
