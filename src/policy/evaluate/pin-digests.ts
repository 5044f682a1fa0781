import { parseImageReference } from "../../artifact/index.ts";
import { isAmapError, LIMITS, listOf, memberOf, type Value } from "../../base/index.ts";
import type { Plan } from "../compile/plan.ts";
import { podSpecPath } from "../resource/built-in-kinds.ts";
import { kindOf, type PolicyInput } from "./input.ts";
import { prepareRequest } from "./request.ts";

/** An image that an object names by tag, at its place. */
export interface TaggedImage {
  /** JSON Pointer (RFC 6901) of the string in the object. */
  readonly pointer: string;
  readonly image: string;
}

/**
 * The images of an object that a plan pins: mutateDigest is on, the plan applies, matchImageReferences cover the image,
 * and it is named without a digest. Containers of all three lists and image volumes; lists that `spec.images` adds are
 * the policy's own reading and have no place to write to. Empty when anything about it cannot be read: the rules that
 * follow say so.
 * @param now milliseconds since 1970
 */
export function findTaggedImages(plan: Plan, input: PolicyInput, now: number): readonly TaggedImage[] {
  if (!plan.mutateDigest || input.operation === "DELETE") return [];
  const { applies, images } = prepareRequest(plan, input, now);
  if (applies.status !== "applies" || !images.ok) return [];
  const covered = new Set(images.coveredImages);
  return placesOf(input.object).filter(({ image }) => covered.has(image) && isTagged(image));
}

function placesOf(object: Value): readonly TaggedImage[] {
  const { group, kind } = kindOf(object);
  const path = podSpecPath(group, kind);
  if (path === undefined) return [];
  const spec = path.reduce<Value | undefined>(memberOf, object);
  const base = `/${path.join("/")}`;
  const places: TaggedImage[] = [];
  for (const list of ["containers", "initContainers", "ephemeralContainers"]) {
    listOf(spec, list).forEach((container, index) => {
      const image = memberOf(container, "image");
      if (typeof image === "string") places.push({ pointer: `${base}/${list}/${index}/image`, image });
    });
  }
  listOf(spec, "volumes").forEach((volume, index) => {
    const image = memberOf(memberOf(volume, "image"), "reference");
    if (typeof image === "string") places.push({ pointer: `${base}/volumes/${index}/image/reference`, image });
  });
  return places;
}

function isTagged(image: string): boolean {
  if (image.length > LIMITS.referenceLength) return false;
  try {
    return parseImageReference(image).digest === undefined;
  } catch (error) {
    if (isAmapError(error)) return false;
    throw error;
  }
}
