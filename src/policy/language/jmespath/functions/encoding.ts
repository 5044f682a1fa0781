import {
  encodeBase64,
  encodeUtf8,
  type HashAlgorithm,
  hashHex,
  isAmapError,
  readJson,
  readYaml,
  type Value,
} from "../../../../base/index.ts";
import type { JmesFunction } from "../function.ts";
import type { JmesContext } from "../program.ts";
import { STRING, textArgument } from "./arguments.ts";
import { callFailed, failed } from "./failure.ts";
import { decodeGoBase64, decodeGoText } from "./go-base64.ts";

const since = "0.2.0";
const READ_PER_STEP = 16;
const YAML_STEPS_PER_CHARACTER = 2;

function chargeText(text: string, context: JmesContext): string {
  context.charge(Math.ceil(text.length / READ_PER_STEP));
  return text;
}

function decode(args: readonly Value[], context: JmesContext): string {
  const bytes = decodeGoBase64(chargeText(textArgument("", args, 0), context));
  if (typeof bytes === "number") throw failed(`illegal base64 data at input byte ${bytes}`);
  return decodeGoText(bytes);
}

function parseJson(args: readonly Value[], context: JmesContext): Value {
  const text = textArgument("parse_json", args, 0);
  context.charge(text.length);
  return readDocument("parse_json", () => readJson(text));
}

/** A text of which a second document would not be seen by the policy is refused, where Kyverno reads the first. */
function parseYaml(args: readonly Value[], context: JmesContext): Value {
  const text = textArgument("parse_yaml", args, 0);
  context.charge(text.length * YAML_STEPS_PER_CHARACTER);
  const documents = readDocument("parse_yaml", () => readYaml(text));
  if (!Array.isArray(documents) || documents.length > 1) {
    throw callFailed("parse_yaml", "the text holds several documents: split it at ---");
  }
  return (documents as readonly Value[])[0] ?? null;
}

/** What a reader of base makes of an argument. */
function readDocument(name: string, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    if (!isAmapError(error)) throw error;
    throw callFailed(name, error.message, error);
  }
}

function hashFunction(algorithm: HashAlgorithm, title: string, ofAbc: string): JmesFunction {
  return {
    name: algorithm,
    args: [STRING],
    result: "string",
    note: `The ${title} of the text's UTF-8, in lower-case hex.`,
    example: `${algorithm}('abc') == '${ofAbc}'`,
    since,
    call: (args, context) => hashHex(algorithm, encodeUtf8(chargeText(textArgument("", args, 0), context))),
  };
}

/** Kyverno's functions that encode, decode and hash. SHA-1 and MD5 are there to compare with, not to trust. */
export const ENCODING_FUNCTIONS: readonly JmesFunction[] = [
  {
    name: "base64_decode",
    args: [STRING],
    result: "string",
    note: "The text that standard base64 holds; bytes that are no UTF-8 become U+FFFD.",
    example: "base64_decode('SGVsbG8=') == 'Hello'",
    since,
    call: decode,
  },
  {
    name: "base64_encode",
    args: [STRING],
    result: "string",
    note: "The text's UTF-8 in standard base64.",
    example: "base64_encode('Hello') == 'SGVsbG8='",
    since,
    call: (args, context) => encodeBase64(encodeUtf8(chargeText(textArgument("", args, 0), context))),
  },
  {
    name: "parse_json",
    args: [STRING],
    result: "any",
    note: "The value of a JSON text. A key that is there twice is an error.",
    example: "parse_json('{\"a\": [1, 2]}').a[1] == `2`",
    since,
    isNesting: true,
    call: parseJson,
  },
  {
    name: "parse_yaml",
    args: [STRING],
    result: "any",
    note: "The value of a YAML text with one document, read as Kubernetes does.",
    example: "parse_yaml('tiers: [web, db]').tiers[0] == 'web'",
    since,
    isNesting: true,
    call: parseYaml,
  },
  hashFunction("sha256", "SHA-256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
  hashFunction("sha1", "SHA-1", "a9993e364706816aba3e25717850c26c9cd0d89d"),
  hashFunction("md5", "MD5", "900150983cd24fb0d6963f7d28e17f72"),
];
