import {
  type CutDocument,
  type Decoded,
  type ErrorCode,
  isAmapError,
  isValueObject,
  LIMITS,
  readJson,
  readJsonCut,
  readJsonFast,
  type Value,
  type ValueObject,
} from "../base/index.ts";

/**
 * Reads one JSON object strictly. With `isSigned` false by the fast reader, which has the same meaning: the JSON of an
 * envelope or bundle is not signed, what it carries is. What is wrong with the bytes is an issue with the caller's code,
 * never an exception: the bytes come from a registry, and one broken attachment must not hide the others.
 */
export function readDocument(bytes: Uint8Array, code: ErrorCode, what: string, isSigned = true): Decoded<ValueObject> {
  const options = { maxBytes: LIMITS.attachmentBytes };
  return toDocument(code, what, () => (isSigned ? readJson(bytes, options) : readJsonFast(bytes, options)));
}

/** A document whose large strings were left as bytes. */
export interface LargeDocument {
  readonly value: ValueObject;
  readonly cuts: CutDocument["cuts"];
}

/**
 * As {@link readDocument} of what is not signed; strings over LIMITS.copiedPayloadBytes stay bytes. Beside them there are
 * at most LIMITS.attachmentRestBytes.
 */
export function readLargeDocument(bytes: Uint8Array, code: ErrorCode, what: string): Decoded<LargeDocument> {
  let cuts: CutDocument["cuts"] = new Map();
  const document = toDocument(code, what, () => {
    const read = readJsonCut(bytes, LIMITS.copiedPayloadBytes, {
      maxBytes: LIMITS.attachmentBytes,
      maxRestBytes: LIMITS.attachmentRestBytes,
    });
    cuts = read.cuts;
    return read.value;
  });
  return document.ok ? { ok: true, value: { value: document.value, cuts } } : document;
}

/** What `read` gives as one JSON object; an AmapError that it throws is an issue with the caller's code. */
export function toDocument(code: ErrorCode, what: string, read: () => Value): Decoded<ValueObject> {
  try {
    const value = read();
    if (isValueObject(value)) return { ok: true, value };
    return { ok: false, issues: [{ code, path: "", message: `expected ${what}, a JSON object` }] };
  } catch (error) {
    if (!isAmapError(error)) throw error;
    return { ok: false, issues: [{ code, path: "", message: error.message }] };
  }
}
