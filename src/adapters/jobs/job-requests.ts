import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { AmapError, isAmapError, LIMITS, readJsonFast, type Value, writeJson } from "../../base/index.ts";
import type { JobRequest } from "../../ports/index.ts";

const DEFAULT_ATTEMPTS = 5;
const MAX_ATTEMPTS = 1_000;
const MAX_DELAY_MS = 30 * 86_400_000;
const MAX_ERROR_LENGTH = 2_000;
const KIND = /^[a-z][a-z0-9-]{0,62}$/;

/** Not in PostgreSQL's text: NUL and half of a surrogate pair; and the sign of our own escape. */
// oxlint-disable-next-line no-control-regex -- NUL is what is looked for.
const NEEDS_ESCAPE = /[\0\\]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** A request as both queues store it. */
export interface StoredRequest {
  readonly kind: string;
  /** Escaped: a key may hold what a database's text does not. */
  readonly keyText: string;
  /** Of fixed length, whatever the key is. */
  readonly keyHash: string;
  readonly payloadJson: string;
  readonly delayMs: number;
  readonly maxAttempts: number;
}

/** @throws {AmapError} USAGE, LIMIT_EXCEEDED, VALUE_INVALID */
export function storeRequest(request: JobRequest): StoredRequest {
  const { kind, key, payload, delayMs = 0, maxAttempts = DEFAULT_ATTEMPTS } = request;
  checkKind(kind);
  if (!Number.isSafeInteger(maxAttempts) || maxAttempts < 1 || maxAttempts > MAX_ATTEMPTS) {
    throw new AmapError("USAGE", `a job has 1 to ${MAX_ATTEMPTS} attempts, found ${maxAttempts}`);
  }
  if (!(delayMs >= 0 && delayMs <= MAX_DELAY_MS)) {
    throw new AmapError("USAGE", `a job waits 0 to ${MAX_DELAY_MS} ms, found ${delayMs}`);
  }
  const payloadJson = writeJson(payload);
  if (Buffer.byteLength(payloadJson) > LIMITS.jobPayloadBytes) {
    throw new AmapError("LIMIT_EXCEEDED", `a job's payload has at most ${LIMITS.jobPayloadBytes} bytes`);
  }
  const keyText = key.replace(NEEDS_ESCAPE, (unit) => `\\${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
  const keyHash = createHash("sha256").update(keyText).digest("hex");
  return { kind, keyText, keyHash, payloadJson, delayMs: Math.round(delayMs), maxAttempts };
}

/** @throws {AmapError} USAGE */
export function checkKind(kind: string): void {
  if (!KIND.test(kind)) {
    throw new AmapError(
      "USAGE",
      `a kind of job is lower-case letters, digits and hyphens, found "${kind.slice(0, 80)}"`,
    );
  }
}

/** @throws {AmapError} USAGE */
export function checkLimit(limit: number): number {
  if (Number.isSafeInteger(limit) && limit >= 1 && limit <= LIMITS.pageItems) return limit;
  throw new AmapError("USAGE", `a page has 1 to ${LIMITS.pageItems} items, found ${limit}`);
}

/** @throws {AmapError} STORE_INVALID */
export function readStored(json: string): Value {
  try {
    return readJsonFast(json);
  } catch (cause) {
    throw new AmapError("STORE_INVALID", "the queue holds a job that is not JSON", { cause });
  }
}

/** The key that was escaped. */
export function readKey(keyText: string): string {
  return keyText.replace(/\\([0-9a-f]{4})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
}

/** Code and message of a failed attempt, short and without what a database's text does not hold. */
export function describeError(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const text = isAmapError(error) ? `${error.code}: ${message}` : message;
  return text.slice(0, MAX_ERROR_LENGTH).toWellFormed().replaceAll("\0", "\ufffd");
}
