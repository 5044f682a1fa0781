import { AmapError, isValueObject, memberOf, type Value } from "../../base/index.ts";
import { extractPodImages } from "../../policy/index.ts";
import { describeResource, readResources } from "../resources.ts";
import type { World } from "../world.ts";

/** Where kinds that amap does not know may have a Pod: itself, a template, a template of jobs. */
const POD_PATHS = [
  ["spec"],
  ["spec", "template", "spec"],
  ["spec", "jobTemplate", "spec", "template", "spec"],
] as const;

/**
 * The images that Kubernetes manifests name, each once, in their order: all containers and image volumes of Pods and of
 * everything that makes Pods. An object of a kind that amap does not know counts where it has a Pod at one of the usual
 * places.
 * @throws {AmapError} VALUE_INVALID where there is none, or one that cannot be read; as readResources
 */
export async function readManifestImages(world: World, paths: readonly string[]): Promise<readonly string[]> {
  const images = new Set<string>();
  for (const object of await readResources(world, paths)) {
    for (const image of imagesOf(object)) images.add(image);
  }
  if (images.size > 0) return [...images];
  throw new AmapError("VALUE_INVALID", `${paths.join(", ")}: expected images in the manifest, found none`);
}

/**
 * The images of one Kubernetes object.
 * @throws {AmapError} VALUE_INVALID where one cannot be read
 */
export function imagesOf(object: Value): readonly string[] {
  const known = namesIn(object, object);
  if (known !== undefined) return known;
  return POD_PATHS.flatMap((path) => {
    const spec = path.reduce<Value | undefined>(memberOf, object);
    const isPod = isValueObject(spec) && ["containers", "initContainers"].some((list) => Array.isArray(spec[list]));
    return isPod ? (namesIn({ apiVersion: "v1", kind: "Pod", spec }, object) ?? []) : [];
  });
}

/** Undefined for a kind without a known place of images. */
function namesIn(pod: Value, object: Value): readonly string[] | undefined {
  const extraction = extractPodImages(pod);
  if (!extraction.ok) throw new AmapError("VALUE_INVALID", `${describeResource(object)}: ${extraction.message}`);
  const lists = Object.values(extraction.lists);
  return lists.length === 0 ? undefined : lists.flat();
}
