import { canonicalJson, isAmapError, memberOf, type Value } from "../../base/index.ts";
import { type Fact, type FactRequest, notServed } from "../../policy/index.ts";
import { mapBounded } from "../bounded.ts";
import type { LoadFacts } from "../facts/fact-memory.ts";
import { createTrustRootSource } from "../verification/trust-root-source.ts";
import type { World } from "../world.ts";
import type { ReadSecret } from "./attestor-key.ts";
import { readManifestQuestion } from "./manifest-question.ts";
import { createManifestVerifier, type ManifestVerifier } from "./manifest-verifier.ts";

/** Attestors asked at the same time. */
const WIDTH = 8;

/**
 * Makes a loader of `manifestSignature` facts: whether an attestor of `validate.manifests` signed a manifest. No registry is
 * asked; each attestor's keys and roots are read once. A signature that does not count is an answer; an attestor that
 * cannot be asked is a failed fact with its code, never "not signed".
 */
export function createManifestLoader(world: World, readSecret: ReadSecret): LoadFacts {
  const places = { readSecret, trustRoot: createTrustRootSource(world) };
  const verifiers = new Map<string, ManifestVerifier>();
  const verifierOf = (attestor: Value, question: ReturnType<typeof readManifestQuestion>): ManifestVerifier => {
    const key = canonicalJson(attestor);
    const found = verifiers.get(key) ?? createManifestVerifier(world, question.terms, places);
    verifiers.set(key, found);
    return found;
  };
  const loadOne = async (request: FactRequest): Promise<Fact> => {
    if (request.kind !== "manifestSignature") return notServed(request);
    try {
      const question = readManifestQuestion(request.params);
      const verifier = verifierOf(memberOf(request.params, "attestor") ?? null, question);
      return { ok: true, value: await verifier.verify(question.message, question.signatures) };
    } catch (error) {
      if (!isAmapError(error)) throw error;
      return { ok: false, code: error.code, message: error.message };
    }
  };
  return async (requests) => {
    const facts = await mapBounded(requests, WIDTH, loadOne);
    return new Map(requests.map(({ key }, index) => [key, facts[index] as Fact]));
  };
}
