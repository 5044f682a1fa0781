import {
  concatBytes,
  Double,
  decodeBase64,
  decodeUtf8,
  encodeUtf8,
  type HashAlgorithm,
  hashBytes,
  isValueObject,
  memberOf,
  readJson,
  type Value,
  type ValueObject,
} from "../../../../../base/index.ts";
import { CelError } from "../../error.ts";
import { type CelContext, type CelFunction, celFunction } from "../../function.ts";
import { celTypes } from "../../types.ts";
import { type CelObject, Message } from "../../values/value.ts";
import { readDocument } from "../kyverno/json.ts";

const { bool, dyn, map, string } = celTypes;
const TOKEN_NAME = "jwt.Token";
const TOKEN = celTypes.object(TOKEN_NAME, { Claims: map(string, dyn), Valid: bool });

/** Algorithms with one secret for both sides (RFC 7518 3.2), with the size of their hash's block in bytes. */
const ALGORITHMS: ReadonlyMap<string, readonly [hash: HashAlgorithm, blockBytes: number]> = new Map([
  ["HS256", ["sha256", 64]],
  ["HS384", ["sha384", 128]],
  ["HS512", ["sha512", 128]],
] as const);

const SIGNED_PER_STEP = 16;

/** As Kyverno: a token whose signature is not the secret's is an error; one out of its time is not Valid. */
function decode(token: string, secret: string, context: CelContext): Message {
  context.charge(token.length / SIGNED_PER_STEP);
  const parts = token.split(".");
  const [header = "", payload = "", signature = ""] = parts;
  if (parts.length !== 3) throw invalid("expected three parts with . between them");
  const name = memberOf(readPart(header, "header"), "alg");
  const algorithm = typeof name === "string" ? ALGORITHMS.get(name) : undefined;
  if (algorithm === undefined) {
    throw invalid(
      `expected one of the algorithms ${[...ALGORITHMS.keys()].join(", ")} for a secret, found ${shown(name)}`,
    );
  }
  const wanted = sign(algorithm, encodeUtf8(secret), encodeUtf8(`${header}.${payload}`));
  if (!equals(decodePart(signature, "signature"), wanted)) throw invalid("the signature is not the secret's");
  const claims = readPart(payload, "payload");
  return new Message(
    TOKEN_NAME,
    new Map<string, CelObject | boolean>([
      ["Claims", claims],
      ["Valid", isInTime(claims, context.now)],
    ]),
    () => undefined,
  );
}

/** HMAC (RFC 2104). */
function sign([hash, blockBytes]: readonly [HashAlgorithm, number], key: Uint8Array, data: Uint8Array): Uint8Array {
  const block = new Uint8Array(blockBytes);
  block.set(key.length > blockBytes ? hashBytes(hash, key) : key);
  const inner = hashBytes(hash, concatBytes([block.map((byte) => byte ^ 0x36), data]));
  return hashBytes(hash, concatBytes([block.map((byte) => byte ^ 0x5c), inner]));
}

function equals(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}

/** exp, nbf and iat (RFC 7519 4.1), in seconds. */
function isInTime(claims: ValueObject, nowMs: number): boolean {
  const now = nowMs / 1000;
  const time = (name: string): number | undefined => {
    const value = memberOf(claims, name);
    return value === undefined ? undefined : timeOf(name, value);
  };
  const expires = time("exp");
  return (expires === undefined || now < expires) && (time("nbf") ?? now) <= now && (time("iat") ?? now) <= now;
}

const DECIMAL = /^\d{1,20}(?:\.\d{1,20})?$/;

/** A time in any form of number, as Kyverno reads it; in another form nobody knows whether the token holds. */
function timeOf(name: string, value: Value): number {
  if (typeof value === "number") return value;
  if (value instanceof Double) return value.value;
  if (typeof value === "bigint") return Number(value);
  if (typeof value === "string" && DECIMAL.test(value)) return Number(value);
  throw invalid(`the claim ${name} is no time in seconds`);
}

function readPart(text: string, what: string): ValueObject {
  const content = decodeUtf8(decodePart(text, what));
  if (content === undefined) throw invalid(`the ${what} is not UTF-8`);
  const value = readDocument("jwt.Decode", () => readJson(content));
  if (!isValueObject(value)) throw invalid(`the ${what} is no JSON object`);
  return value;
}

/** Base64 for URLs without padding (RFC 7515 2). */
function decodePart(text: string, what: string): Uint8Array {
  const padded = text.replaceAll("-", "+").replaceAll("_", "/") + "=".repeat((4 - (text.length % 4)) % 4);
  const bytes = /[+/=]/.test(text) ? undefined : decodeBase64(padded);
  if (bytes === undefined) throw invalid(`the ${what} is not base64url`);
  return bytes;
}

function invalid(reason: string): CelError {
  return new CelError("invalid_argument", `jwt.Decode: ${reason}`);
}

function shown(value: Value | undefined): string {
  return typeof value === "string" ? JSON.stringify(value.slice(0, 20)) : "none";
}

/** Kyverno's jwt library, without sets of keys. */
export const JWT_FUNCTIONS: readonly CelFunction[] = [
  celFunction({
    name: "jwt.Decode",
    args: [string, string],
    result: TOKEN,
    note: "A JSON Web Token that a secret signed (HS256, HS384, HS512): its Claims, and whether it is Valid now.",
    example:
      'jwt.Decode("eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoiYWRtaW4ifQ.FMHoHuVXEs4zqLWQ33bLJfQLNwXnBLTBjVQiDvOLQ0g", "secret").Valid',
    since: "0.2.0",
    call: decode,
  }),
];
