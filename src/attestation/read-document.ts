import {
  type Decoded,
  type ErrorCode,
  isAmapError,
  isValueObject,
  LIMITS,
  readJson,
  readJsonFast,
  type ValueObject,
} from "../base/index.ts";

/**
 * Reads one JSON object strictly. With `isSigned` false by the fast reader, which has the same meaning: the JSON of an
 * envelope or bundle is not signed, what it carries is. What is wrong with the bytes is an issue with the caller's code,
 * never an exception: the bytes come from a registry, and one broken attachment must not hide the others.
 */
export function readDocument(bytes: Uint8Array, code: ErrorCode, what: string, isSigned = true): Decoded<ValueObject> {
  try {
    const options = { maxBytes: LIMITS.attachmentBytes };
    const value = isSigned ? readJson(bytes, options) : readJsonFast(bytes, options);
    if (isValueObject(value)) return { ok: true, value };
    return { ok: false, issues: [{ code, path: "", message: `expected ${what}, a JSON object` }] };
  } catch (error) {
    if (!isAmapError(error)) throw error;
    return { ok: false, issues: [{ code, path: "", message: error.message }] };
  }
}
