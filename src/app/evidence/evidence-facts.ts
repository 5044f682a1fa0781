import { type Candidate, type Verification, verifyCandidates } from "../../attestation/index.ts";
import { AmapError, canonicalJson, type Digest, isAmapError, LIMITS, memberOf } from "../../base/index.ts";
import {
  type AttestorRequest,
  type Fact,
  type FactRequest,
  notServed,
  requestedAttestors,
  unansweredAttestor,
} from "../../policy/index.ts";
import { collectCandidates } from "../attachments/attachments.ts";
import { mapBounded } from "../bounded.ts";
import { type ImageSource, locateImage } from "../image-target.ts";
import { type OpenImage, openImage, readPlatform } from "../open-image.ts";
import { createTrustRootSource, type TrustRootSource, tellingWarnings } from "../verification/trust-root-source.ts";
import type { World } from "../world.ts";
import { openAttestorSource } from "./attestor-source.ts";
import { describeEvidence } from "./evidence.ts";
import { readImageData } from "./image-data.ts";
import { createAttestorVerifier, mergeVerifications } from "./verify-attestors.ts";

/** Images looked at at the same time. */
const WIDTH = 8;

export interface EvidenceOptions {
  /** Repositories whose images are read from layouts. */
  readonly sources: readonly ImageSource[];
  /** Whether the image's own config and layers are re-hashed too: always for layouts, on request for registries. */
  readonly verifyLayers: boolean;
  /** Where the trusted root of this machine comes from; processes that make many loaders share one. */
  readonly trustRoots?: TrustRootSource;
  /** Told once what the user should know of the trusted root's age. */
  readonly onWarning?: (warning: string) => void;
}

/** Loads facts about images for one check: each name is resolved once, each image read once, whatever asks for it. */
export interface EvidenceLoader {
  load(requests: readonly FactRequest[]): Promise<ReadonlyMap<string, Fact>>;
  /**
   * The digest that a name stands for; the same for the life of the loader.
   * @throws {AmapError} MANIFEST_NOT_FOUND, REGISTRY_…
   */
  resolve(name: string): Promise<Digest>;
}

interface Looked {
  readonly image: OpenImage;
  readonly candidates: readonly Candidate[];
  /** Of the candidates. */
  readonly bytes: number;
}

/**
 * Makes a loader. What cannot be loaded becomes a failed fact with its code: "could not look" is never "unsigned".
 */
export function createEvidenceLoader(world: World, options: EvidenceOptions): EvidenceLoader {
  const { sources, trustRoots = createTrustRootSource(world) } = options;
  const verifier = createAttestorVerifier(world, tellingWarnings(trustRoots, options.onWarning));
  const images = new Map<string, Promise<OpenImage>>();
  const contents = new Map<string, Promise<void>>();
  const looked = new Map<string, Promise<Looked>>();
  let cached = 0;
  const open = (name: string): Promise<OpenImage> =>
    remember(images, name, () => openImage(world, locateImage(name, sources)));
  const look = (name: string, source: AttestorRequest["source"] = {}): Promise<Looked> =>
    remember(looked, `${name} ${canonicalJson(source)}`, async () => {
      const image = await openAttestorSource(world, await open(name), source, sources);
      const whole = options.verifyLayers || locateImage(name, sources).kind === "layout";
      if (whole) await remember(contents, name, () => verifyContent(image));
      const candidates = await collectCandidates(image, { whole });
      const bytes = candidates.reduce((sum, candidate) => sum + sizeOf(candidate), 0);
      cached += bytes;
      return { image, candidates, bytes };
    });
  const verify = async (name: string, attestors: readonly AttestorRequest[]): Promise<Verification> => {
    const verifications: Verification[] = [];
    if (attestors.length === 0) {
      const { image, candidates } = await look(name);
      return verifyCandidates(candidates, { keys: [], subjects: [image.descriptor.digest] });
    }
    for (const attestor of attestors) {
      const { image, candidates } = await look(name, attestor.source);
      verifications.push(await verifier.verify(attestor, candidates, image.descriptor.digest));
    }
    return mergeVerifications(verifications);
  };
  // Other attestors may be asked about the same image soon; many images together must not fill the memory.
  const trim = async (): Promise<void> => {
    for (const [name, entry] of looked) {
      if (cached <= LIMITS.attachmentsCacheBytes) return;
      looked.delete(name);
      cached -= await entry.then(
        ({ bytes }) => bytes,
        () => 0,
      );
    }
  };
  const loadOne = async (request: FactRequest): Promise<Fact> => {
    if (request.kind !== "imageData" && request.kind !== "imageEvidence") return notServed(request);
    const name = memberOf(request.params, "image");
    if (typeof name !== "string") throw new Error(`fact ${request.key} names no image`);
    // An attestor that cannot be asked has not been seen to sign nothing.
    const unanswered = unansweredAttestor(request.params);
    if (unanswered !== "") return { ok: false, code: "NOT_SUPPORTED", message: unanswered };
    try {
      const image = await open(name);
      if (request.kind === "imageData") return { ok: true, value: await readImageData(image) };
      const attestors = requestedAttestors(request.params);
      const verification = await verify(name, attestors);
      return { ok: true, value: describeEvidence(image, verification, world.clock.now(), attestors) };
    } catch (error) {
      if (isAmapError(error)) return { ok: false, code: error.code, message: error.message };
      throw error;
    }
  };
  return {
    load: async (requests) => {
      const facts = await mapBounded(requests, WIDTH, loadOne);
      await trim();
      return new Map(requests.map((request, index) => [request.key, facts[index] as Fact]));
    },
    resolve: async (name) => (await open(name)).descriptor.digest,
  };
}

/**
 * Re-hashes an image's own content: every platform's manifest, config and layers.
 * @throws {AmapError} BLOB_DIGEST_MISMATCH, BLOB_SIZE_MISMATCH, BLOB_NOT_FOUND, MANIFEST_NOT_FOUND
 */
export async function verifyContent(image: OpenImage): Promise<void> {
  const { storage } = image;
  if (image.platforms.length === 0)
    throw new AmapError("MANIFEST_INVALID", `${image.name}: the index lists no platform`);
  // Platforms may share layers, and an index may list one manifest many times: each blob is read once (C9).
  const seen = new Set<string>();
  for (const platform of image.platforms) {
    if (seen.has(platform.digest)) continue;
    seen.add(platform.digest);
    const { manifest } = await readPlatform(image, platform.digest);
    for (const descriptor of [manifest.config, ...manifest.layers]) {
      if (seen.has(descriptor.digest)) continue;
      seen.add(descriptor.digest);
      for await (const _ of storage.openBlob(descriptor)) {
        // Reading to the end is the check: the storage hashes what it gives out.
      }
    }
  }
}

function sizeOf(candidate: Candidate): number {
  return candidate.kind === "simple-signing" ? candidate.payload.length : candidate.bytes.length;
}

function remember<T>(store: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const found = store.get(key) ?? make();
  store.set(key, found);
  return found;
}
