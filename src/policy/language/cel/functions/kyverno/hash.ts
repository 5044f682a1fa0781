import { encodeUtf8, type HashAlgorithm, hashHex } from "../../../../../base/index.ts";
import { type CelFunction, celFunction } from "../../function.ts";
import { celTypes } from "../../types.ts";
import { withNamespace } from "./spellings.ts";

const READ_PER_STEP = 16;

function hashFunction(algorithm: HashAlgorithm, title: string, ofAbc: string): readonly CelFunction[] {
  return withNamespace("hash", algorithm, (name) => [
    celFunction({
      name,
      args: [celTypes.string],
      result: celTypes.string,
      note: `The ${title} of the text's UTF-8, in lower-case hex.`,
      example: `${name}("abc") == "${ofAbc}"`,
      since: "0.2.0",
      call: (text, context) => {
        context.charge(text.length / READ_PER_STEP);
        return hashHex(algorithm, encodeUtf8(text));
      },
    }),
  ]);
}

/** Kyverno's hash library. SHA-1 and MD5 are there to compare with other people's checksums, not to trust. */
export const HASH_FUNCTIONS: readonly CelFunction[] = [
  ...hashFunction("sha1", "SHA-1", "a9993e364706816aba3e25717850c26c9cd0d89d"),
  ...hashFunction("sha256", "SHA-256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
  ...hashFunction("md5", "MD5", "900150983cd24fb0d6963f7d28e17f72"),
];
