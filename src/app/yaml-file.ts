import { AmapError, LIMITS, readYaml, type Value } from "../base/index.ts";
import type { World } from "./world.ts";

/** Reads all YAML (or JSON) documents of a file, naming it in errors. */
export async function readYamlFile(world: World, path: string): Promise<readonly Value[]> {
  try {
    return readYaml(await world.files.read(path, LIMITS.documentBytes));
  } catch (error) {
    if (error instanceof AmapError && !error.message.includes(path))
      throw new AmapError(error.code, `${path}: ${error.message}`, { cause: error });
    throw error;
  }
}
