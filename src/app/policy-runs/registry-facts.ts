import type { EvidenceOptions } from "../evidence-facts.ts";
import type { LoadFacts } from "../facts/fact-memory.ts";
import type { World } from "../world.ts";

/**
 * Answers of registries about images. What reads evidence is loaded when it is first asked: most runs ask nothing, and it
 * takes some 20 ms of a start of 100.
 */
export function createRegistryFacts(world: World, options: EvidenceOptions): LoadFacts {
  let loader: Promise<{ readonly load: LoadFacts }> | undefined;
  return async (requests) => {
    loader ??= import("../evidence-facts.ts").then((room) => room.createEvidenceLoader(world, options));
    return (await loader).load(requests);
  };
}
