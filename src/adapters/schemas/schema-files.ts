import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** Where the schemas are: beside the built program or its parts, or in the package that they come from. */
const PLACES: readonly (readonly string[])[] = [
  ["schemas"],
  ["..", "schemas"],
  ["..", "..", "..", "node_modules", "@cyclonedx", "cyclonedx-library", "res", "schema"],
];
/** A file of that folder, by which it is known. */
const MARK = "bom-1.7.SNAPSHOT.xsd";

/** Reads a schema that is part of the program. */
export async function readSchema(name: string): Promise<Uint8Array> {
  const folders = PLACES.map((parts) => join(import.meta.dirname, ...parts));
  const folder = folders.find((each) => existsSync(join(each, MARK)));
  if (folder === undefined) throw new Error(`the schemas of CycloneDX are not among ${folders.join(", ")}`);
  return readFile(join(folder, name));
}
