import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { AmapError, isAmapError, LIMITS, readJsonFast, type Value, writeJson } from "../../base/index.ts";
import type { JobRequest } from "../../ports/index.ts";

const DEFAULT_ATTEMPTS = 5;
const MAX_ATTEMPTS = 1_000;
const MAX_DELAY_MS = 30 * 86_400_000;
const MAX_ERROR_LENGTH = 2_000;
const KIND = /^[a-z][a-z0-9-]{0,62}$/;

/** A request as both queues store it. */
export interface StoredRequest {
  readonly kind: string;
  /** JSON text: a key may hold what a database's text does not. */
  readonly keyJson: string;
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
  const keyJson = JSON.stringify(key);
  const keyHash = createHash("sha256").update(keyJson).digest("hex");
  return { kind, keyJson, keyHash, payloadJson, delayMs: Math.round(delayMs), maxAttempts };
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

/** Keys were written by JSON.stringify, which escapes half of a surrogate pair; only it reads that back. */
export function readKey(json: string): string {
  return String(JSON.parse(json));
}

/** Code and message of a failed attempt, short and without what a database's text does not hold. */
export function describeError(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const text = isAmapError(error) ? `${error.code}: ${message}` : message;
  return text.slice(0, MAX_ERROR_LENGTH).toWellFormed().replaceAll("\0", "\ufffd");
}
