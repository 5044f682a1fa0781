/** The door of `adapters/schemas`: the official schemas of CycloneDX, for JSON and XML. */
export { createSchemaValidation } from "./schema-validation.ts";
