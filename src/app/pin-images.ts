import { isAmapError, type Value, type ValueObject } from "../base/index.ts";
import { findTaggedImages, type Plan, type PolicyInput } from "../policy/index.ts";
import { mapBounded } from "./bounded.ts";
import type { EvidenceLoader } from "./evidence/evidence-facts.ts";

/** Tags resolved at the same time. */
const WIDTH = 8;

/** An object whose tags were pinned. */
export interface PinnedObject {
  readonly object: Value;
  /** JSON Patch (RFC 6902) that makes it of the one that was asked about. */
  readonly patch: readonly Value[];
  /** Images that stay as they were: the rules that follow say what that means. */
  readonly unresolved: readonly { readonly image: string; readonly message: string }[];
}

/**
 * Adds the digest to every image that a plan with mutateDigest covers and that is named by tag: `shop:v1` becomes
 * `shop:v1@sha256:…`. A tag is resolved once, by the loader that the rules ask as well, so what is judged is what is
 * pinned. A tag that cannot be resolved stays.
 */
export async function pinImages(asked: {
  readonly plans: readonly Plan[];
  readonly input: PolicyInput;
  readonly loader: Pick<EvidenceLoader, "resolve">;
  readonly now: number;
  /** Told of an error that no AmapError explains, which then takes nothing else with it; without it, it is thrown. */
  readonly onBug?: (error: unknown) => void;
}): Promise<PinnedObject> {
  const { plans, input, loader, now } = asked;
  const bug = (error: unknown): void => {
    if (asked.onBug === undefined) throw error;
    asked.onBug(error);
  };
  const tagged = new Map<string, string>();
  for (const plan of plans) {
    try {
      for (const { pointer, image } of findTaggedImages(plan, input, now)) tagged.set(pointer, image);
    } catch (error) {
      bug(error);
    }
  }
  const patch: Value[] = [];
  const unresolved: { image: string; message: string }[] = [];
  let object = input.object;
  const resolved = await mapBounded([...tagged], WIDTH, async ([pointer, image]) => {
    try {
      return { pointer, image, pinned: `${image}@${await loader.resolve(image)}` };
    } catch (error) {
      if (isAmapError(error) && error.code !== "BUG") return { pointer, image, message: error.message };
      bug(error);
      return { pointer, image, message: "amap failed unexpectedly" };
    }
  });
  for (const each of resolved) {
    if (each.pinned === undefined) unresolved.push({ image: each.image, message: each.message });
    else {
      patch.push({ op: "replace", path: each.pointer, value: each.pinned });
      object = replaceAt(object, each.pointer.split("/").slice(1), each.pinned);
    }
  }
  return { object, patch, unresolved };
}

/** A copy with another value at a place that is there. */
function replaceAt(value: Value, path: readonly string[], put: Value): Value {
  const [key, ...rest] = path;
  if (key === undefined) return put;
  if (Array.isArray(value)) {
    return value.map((item, index) => (index === Number(key) ? replaceAt(item, rest, put) : item));
  }
  const members = value as ValueObject;
  return { ...members, [key]: replaceAt(members[key] ?? null, rest, put) };
}
