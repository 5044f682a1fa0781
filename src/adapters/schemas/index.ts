/** The door of `adapters/schemas`: the official schemas of CycloneDX, for JSON and XML, and the tests of CSAF. */
export { createCsafValidation } from "./csaf/csaf-validation.ts";
export { createSchemaValidation } from "./schema-validation.ts";
