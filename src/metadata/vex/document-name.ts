import { canonicalJson, digestOf, encodeUtf8, isAmapError, type Value } from "../../base/index.ts";
import type { DocumentReader } from "../document-reader.ts";

/** The digest of a document's canonical JSON, for one that has no name of its own. */
export function nameByDigest(reader: DocumentReader, value: Value, path: string): string {
  try {
    return digestOf(encodeUtf8(canonicalJson(value)));
  } catch (error) {
    // Integers beyond 2^53 have no canonical form.
    if (!isAmapError(error, "VALUE_INVALID")) throw error;
    reader.refuse(path, `expected an id, or a document that can be named by its digest: ${error.message}`);
    return "";
  }
}
