import type { Issue } from "../base/index.ts";

/** Official schemas of documents, which are part of the program: nothing is fetched to check against them. */
export interface SchemaValidation {
  /**
   * What an official schema finds wrong with the bytes of a document; empty for a document that conforms to it, undefined
   * where there is no schema for the form in this version. At most LIMITS.schemaIssues are told.
   *
   * Forms are those of SBOM_FORMS: `cyclonedx-json`, `cyclonedx-xml`. Paths are those of the document as its schema names
   * them: `components[0].licenses`, or `line 4` of an XML document.
   * @throws {AmapError} LIMIT_EXCEEDED above LIMITS.schemaDocumentBytes
   */
  validate(form: string, version: string, bytes: Uint8Array): Promise<readonly Issue[] | undefined>;
}
