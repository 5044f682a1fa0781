import { AmapError, LIMITS, textOf } from "../../base/index.ts";
import type { Fact, FactRequest } from "../../policy/index.ts";
import type { ReadSecret } from "../attestors/attestor-key.ts";
import { type LoadFacts, rememberFacts } from "../facts/fact-memory.ts";
import type { RegistryFacts } from "./registry-facts.ts";

/** Who vouches for images: registries say it, with keys that may be in Secrets of the cluster or of what stands for it. */
export function createAttestorFacts(attestors: RegistryFacts["attestors"] | undefined, world: LoadFacts): LoadFacts {
  if (attestors === undefined) return async (requests) => new Map(requests.map((each) => [each.key, refuse(each)]));
  const load = attestors(readSecretsOf(world));
  return rememberFacts(load, { maxBytes: LIMITS.runFactBytes, isRemembered: () => true });
}

/** Reads Secrets as policies name them: from the cluster, or what stands for it. */
export function readSecretsOf(world: LoadFacts): ReadSecret {
  return async ({ namespace, name }) => {
    const params = { apiVersion: "v1", resource: "secrets", namespace, name };
    const key = `${namespace}/${name}`;
    const fact = (await world([{ key, kind: "resource", params }])).get(key);
    if (fact?.ok === true) return fact.value;
    throw new AmapError(fact?.code ?? "FACT_FAILED", fact?.message ?? `nothing looks up the Secret ${key}`);
  };
}

function refuse({ params }: FactRequest): Fact {
  const asked = `whether image ${textOf(params, "image")} is signed cannot be answered here`;
  return Object.freeze({ ok: false, code: "NOT_SUPPORTED", message: `${asked}: registries are asked with --registry` });
}
