import type { SchemaValidation } from "../../ports/index.ts";
import { validateJson } from "./json-schemas.ts";
import { validateXml } from "./xml-schemas.ts";

/**
 * The official schemas of CycloneDX: JSON from 1.2 by ajv, XML from 1.0 by libxml2. The libraries and each schema are
 * loaded when they are first needed.
 */
export function createSchemaValidation(): SchemaValidation {
  return {
    validate: async (form, version, bytes) => {
      if (form === "cyclonedx-json") return validateJson(version, bytes);
      return form === "cyclonedx-xml" ? validateXml(version, bytes) : undefined;
    },
  };
}
