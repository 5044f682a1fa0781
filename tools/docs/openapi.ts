import { openApiDocument } from "../../src/server/index.ts";
import { VERSION } from "../../src/wiring/index.ts";

/** docs/reference/openapi.json from the contract in src/api. */
export function renderOpenApi(): Promise<string> {
  return openApiDocument(VERSION);
}
