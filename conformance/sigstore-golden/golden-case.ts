import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { AmapError, type Decoded, type ErrorCode } from "../../src/base/index.ts";

/** One case: passes when `run` ends without throwing. */
export interface GoldenCase {
  readonly name: string;
  readonly run: () => unknown;
}

/** A reader of the files below a folder. */
export function filesOf(...folder: readonly string[]): (name: string) => Uint8Array {
  return (name) => new Uint8Array(readFileSync(join(...folder, name)));
}

/** The decoded value; the issues fail the case. */
export function unwrap<T>(decoded: Decoded<T>): T {
  assert.ok(decoded.ok, decoded.ok ? "" : JSON.stringify(decoded.issues));
  return decoded.value;
}

/** Bytes as they are written, shown as text where they differ. */
export function assertSameBytes(found: Uint8Array, expected: Uint8Array): void {
  assert.equal(Buffer.from(found).toString("latin1"), Buffer.from(expected).toString("latin1"));
}

/** Bytes with one bit changed in the middle. */
export function flipMiddle(bytes: Uint8Array): Uint8Array {
  const middle = Math.floor(bytes.length / 2);
  return bytes.map((byte, index) => (index === middle ? byte ^ 1 : byte));
}

/** That a call ends with this code. */
export function assertCode(run: () => unknown, code: ErrorCode): void {
  assert.throws(run, (error) => {
    assert.ok(error instanceof AmapError, String(error));
    assert.equal(error.code, code, error.message);
    return true;
  });
}
