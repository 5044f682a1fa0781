import { isValueObject, textOf, type Value, type ValueObject } from "../../base/index.ts";
import { type ContextFile, decodeContextFile } from "../../policy/index.ts";
import type { World } from "../world.ts";
import { completeResource } from "./given-resources.ts";
import { readCliFile } from "./read-files.ts";

/** What a context file gives. */
export interface GivenContext {
  readonly objects: readonly ValueObject[];
  /** What registries say of images, by the names that policies use. */
  readonly images: ReadonlyMap<string, Value>;
}

/**
 * What a context file says that policies find outside; nothing without a file.
 * @throws {AmapError} FILE_NOT_FOUND; POLICY_INVALID and YAML_INVALID with the file
 */
export async function readContext(world: World, path: string | undefined): Promise<GivenContext> {
  if (path === undefined) return { objects: [], images: new Map() };
  const { spec }: ContextFile = await readCliFile(world, path, decodeContextFile);
  const resources = spec?.resources ?? [];
  const objects = resources.filter((object) => isValueObject(object)).map((object) => completeResource(object));
  const images = spec?.images ?? [];
  return { objects, images: new Map(images.map((image) => [textOf(image, "image"), image])) };
}
