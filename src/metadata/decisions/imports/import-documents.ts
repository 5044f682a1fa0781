import { type Issue, isAmapError, readYaml, type Value, type ValueObject } from "../../../base/index.ts";
import type { DocumentReader } from "../../document-reader.ts";

/** The object of a YAML (or JSON) file with one document; a file without any is an empty object. */
export function readOneYaml(reader: DocumentReader, bytes: Uint8Array): ValueObject | undefined {
  let documents: readonly Value[];
  try {
    documents = readYaml(bytes, { hasPlainWords: true });
  } catch (error) {
    if (!isAmapError(error)) throw error;
    return reader.refuse("", error.message, error.code);
  }
  if (documents.length > 1) return reader.refuse("", `expected one document, found ${documents.length}`);
  return documents.length === 0 ? {} : reader.object(documents[0], "");
}

/** Passes on what another reader refused. */
export function refuseAll(reader: DocumentReader, issues: readonly Issue[]): undefined {
  for (const { code, path, message } of issues) reader.refuse(path, message, code);
  return undefined;
}
