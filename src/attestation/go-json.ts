import { encodeUtf8, type Value, writeJson } from "../base/index.ts";

const ESCAPES: Readonly<Record<string, string>> = {
  "<": "\\u003c",
  ">": "\\u003e",
  "&": "\\u0026",
  "\u2028": "\\u2028",
  "\u2029": "\\u2029",
};

/**
 * JSON bytes as Go's encoding/json writes them: these five characters are escaped, so that a manifest or payload made
 * here has the digest that cosign's would have. They stand in strings only, so replacing them in the text is enough.
 */
export function encodeGoJson(value: Value): Uint8Array {
  return encodeUtf8(writeJson(value).replace(/[<>&\u2028\u2029]/g, (character) => ESCAPES[character] ?? character));
}
