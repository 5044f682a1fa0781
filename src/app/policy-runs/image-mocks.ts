import { listOf, memberOf, textOf, type Value } from "../../base/index.ts";
import { type Fact, type FactRequest, notServed, unansweredAttestor } from "../../policy/index.ts";
import type { LoadFacts } from "../facts/fact-memory.ts";

/** What a context file says of images, by their names as policies use them. */
export type GivenImages = ReadonlyMap<string, Value>;

/**
 * Answers questions about images: from what is given, else from the registries. Who vouches for an image is given by
 * `attestors` of its entry: those that are listed have signed it, and the others have not. An entry without them says
 * nothing of it.
 */
export function createImageFacts(given: GivenImages, registries: LoadFacts | undefined): LoadFacts {
  return async (requests) => {
    const answers = new Map<string, Fact>();
    const open: FactRequest[] = [];
    for (const request of requests) {
      const value = givenValue(given, request);
      if (value === undefined) open.push(request);
      else answers.set(request.key, Object.freeze({ ok: true, value }));
    }
    const asked = open.filter((request) => unansweredAttestor(request.params) === "");
    const loaded = asked.length > 0 ? await registries?.(asked) : undefined;
    for (const request of open) answers.set(request.key, loaded?.get(request.key) ?? refuse(request));
    return answers;
  };
}

function givenValue(given: GivenImages, { kind, params }: FactRequest): Value | undefined {
  const image = textOf(params, "image");
  const entry = given.get(image);
  if (entry === undefined) return undefined;
  if (kind === "imageData") return entry;
  if (kind !== "imageEvidence" || memberOf(entry, "attestors") === undefined) return undefined;
  return givenEvidence(image, entry, params);
}

/** Evidence as registries give it, with what the asked attestors are said to vouch for. */
function givenEvidence(image: string, entry: Value, params: Value): Value {
  const asked = new Set(listOf(params, "attestors").map((attestor) => textOf(attestor, "name")));
  const vouching = listOf(entry, "attestors").filter((attestor) => asked.has(textOf(attestor, "name")));
  return {
    image,
    digest: textOf(entry, "digest"),
    platforms: [],
    signatures: vouching.map((attestor) => ({ signer: { name: textOf(attestor, "name") }, annotations: {} })),
    attestations: vouching.flatMap((attestor) =>
      listOf(attestor, "attestations").map((attestation) => givenAttestation(attestor, attestation)),
    ),
    rejected: [],
    unreadable: [],
    sboms: [],
    scans: [],
    vex: [],
    provenance: [],
    findings: [],
    isGiven: true,
  };
}

function givenAttestation(attestor: Value, attestation: Value): Value {
  const payload = memberOf(attestation, "payload") ?? null;
  return {
    predicateType: textOf(attestation, "type"),
    predicate: memberOf(payload, "predicate") ?? payload,
    payload,
    signer: { name: textOf(attestor, "name") },
  };
}

function refuse(request: FactRequest): Fact {
  if (request.kind !== "imageEvidence") return notServed(request);
  const image = textOf(request.params, "image");
  const why = unansweredAttestor(request.params) || "registries are not asked";
  const message =
    `whether image ${image} is signed cannot be answered here: ${why}; ` +
    "its answer may be given in a context file (spec.images[].attestors)";
  return Object.freeze({ ok: false, code: "NOT_SUPPORTED", message });
}
