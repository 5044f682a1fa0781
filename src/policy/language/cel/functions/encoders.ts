import { decodeBase64, encodeBase64 } from "../../../../base/index.ts";
import { CelError } from "../error.ts";
import { type CelFunction, celFunction } from "../function.ts";
import { celTypes } from "../types.ts";

const { bytes, string } = celTypes;
const since = "0.1.0";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** As Go reads base64: line breaks and unused bits of the last character are passed over, padding may be missing. */
function decodeLenient(text: string): Uint8Array | undefined {
  const joined = text.replace(/[\r\n]/g, "");
  const padding = joined.endsWith("==") ? 2 : joined.endsWith("=") ? 1 : 0;
  if (padding > 0 && joined.length % 4 !== 0) return undefined;
  const digits = joined.slice(0, joined.length - padding);
  const spare = digits.length % 4;
  if (spare === 0) return padding === 0 ? decodeBase64(digits) : undefined;
  if (spare === 1) return undefined;
  const last = ALPHABET.indexOf(digits.charAt(digits.length - 1));
  const unused = spare === 2 ? 0b1111 : 0b11;
  return decodeBase64(digits.slice(0, -1) + ALPHABET.charAt(last & ~unused) + "=".repeat(4 - spare));
}

/** The encoders extension. */
export const ENCODER_FUNCTIONS: readonly CelFunction[] = [
  celFunction({
    name: "base64.encode",
    args: [bytes],
    result: string,
    note: "The bytes in base64, with padding.",
    example: "base64.encode(b'hello') == 'aGVsbG8='",
    since,
    call: encodeBase64,
  }),
  celFunction({
    name: "base64.decode",
    args: [string],
    result: bytes,
    note: "The bytes of a base64 text, with or without padding; an error for other texts.",
    example: "base64.decode('aGVsbG8') == b'hello'",
    since,
    call: (text) => {
      const decoded = decodeLenient(text);
      if (decoded === undefined) throw new CelError("invalid_argument", "the text is not base64");
      return decoded;
    },
  }),
];
