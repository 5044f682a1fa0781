import type { ReadSecret } from "../attestors/attestor-key.ts";
import type { EvidenceLoader, EvidenceOptions } from "../evidence/evidence-facts.ts";
import type { LoadFacts } from "../facts/fact-memory.ts";
import type { World } from "../world.ts";

/** Answers of registries about images. */
export interface RegistryFacts {
  /** What images are, and what attestors of ImageValidatingPolicies say of them. */
  readonly load: LoadFacts;
  /** What attestors of `verifyImages` say; keys may be in Secrets. */
  readonly attestors: (readSecret: ReadSecret) => LoadFacts;
}

/**
 * Opens the answers of registries: a name stands for the same digest, whoever asks. What reads evidence is loaded when it is
 * first asked: most runs ask nothing, and it takes some 20 ms of a start of 100.
 */
export function createRegistryFacts(world: World, options: EvidenceOptions): RegistryFacts {
  let evidence: Promise<EvidenceLoader> | undefined;
  const open = (): Promise<EvidenceLoader> => {
    evidence ??= import("../evidence/evidence-facts.ts").then((room) => room.createEvidenceLoader(world, options));
    return evidence;
  };
  return {
    load: async (requests) => (await open()).load(requests),
    attestors: (readSecret) => {
      let loader: Promise<LoadFacts> | undefined;
      const { sources } = options;
      return async (requests) => {
        loader ??= import("../attestors/attestor-loader.ts").then((room) =>
          room.createAttestorLoader(world, {
            sources,
            readSecret,
            resolve: async (name) => (await open()).resolve(name),
          }),
        );
        return (await loader)(requests);
      };
    },
  };
}
