import assert from "node:assert/strict";
import type { Value } from "../base/index.ts";
import { type ReadVex, readVexDocument, type VexStatement } from "../metadata/index.ts";

/** A VEX document that must be readable. */
export function readVexOf(value: Value): ReadVex {
  const decoded = readVexDocument(value);
  assert.ok(decoded.ok, JSON.stringify(decoded));
  return decoded.value;
}

/** The one statement of a VEX document. */
export function onlyStatement(value: Value): VexStatement {
  const { statements } = readVexOf(value).document;
  assert.equal(statements.length, 1);
  return statements[0] as VexStatement;
}
