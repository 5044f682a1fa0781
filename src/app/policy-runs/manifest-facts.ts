import type { ReadSecret } from "../attestors/attestor-key.ts";
import type { LoadFacts } from "../facts/fact-memory.ts";
import type { World } from "../world.ts";

/** Makes what says who signed manifests; keys may be in Secrets. */
export type ManifestFacts = (readSecret: ReadSecret) => LoadFacts;

/** What verifies is loaded when it is first asked: most runs ask nothing, and every start would take longer. */
export function createManifestFacts(world: World): ManifestFacts {
  return (readSecret) => {
    let loader: Promise<LoadFacts> | undefined;
    return async (requests) => {
      loader ??= import("../attestors/manifest-loader.ts").then((room) => room.createManifestLoader(world, readSecret));
      return (await loader)(requests);
    };
  };
}
