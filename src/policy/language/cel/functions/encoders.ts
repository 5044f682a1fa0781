import { decodeBase64, encodeBase64 } from "../../../../base/index.ts";
import { CelError } from "../error.ts";
import { type CelFunction, celFunction } from "../function.ts";
import { celTypes } from "../types.ts";

const { bytes, string } = celTypes;
const since = "0.1.0";

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
      const padded = text.endsWith("=") ? text : text.padEnd(Math.ceil(text.length / 4) * 4, "=");
      const decoded = decodeBase64(padded);
      if (decoded === undefined) throw new CelError("invalid_argument", "the text is not base64");
      return decoded;
    },
  }),
];
