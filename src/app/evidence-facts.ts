import { decodeImageConfig, formatImageReference, parseImageReference } from "../artifact/index.ts";
import { type Candidate, type TrustedKey, type Verification, verifyCandidates } from "../attestation/index.ts";
import {
  AmapError,
  type Digest,
  isAmapError,
  isValueObject,
  LIMITS,
  listOf,
  memberOf,
  readJson,
  textOf,
  type Value,
} from "../base/index.ts";
import { type Fact, type FactRequest, notServed } from "../policy/index.ts";
import { collectCandidates } from "./attachments/attachments.ts";
import { mapBounded } from "./bounded.ts";
import { describeEvidence } from "./evidence.ts";
import { type ImageSource, locateImage } from "./image-target.ts";
import { type OpenImage, openImage, readPlatform } from "./open-image.ts";
import type { World } from "./world.ts";

/** Images looked at at the same time. */
const WIDTH = 8;

export interface EvidenceOptions {
  /** Repositories whose images are read from layouts. */
  readonly sources: readonly ImageSource[];
  /** Whether the image's own config and layers are re-hashed too: always for layouts, on request for registries. */
  readonly verifyLayers: boolean;
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
  const images = new Map<string, Promise<OpenImage>>();
  const looked = new Map<string, Promise<Looked>>();
  let cached = 0;
  const open = (name: string): Promise<OpenImage> =>
    remember(images, name, () => openImage(world, locateImage(name, options.sources)));
  const look = (name: string): Promise<Looked> =>
    remember(looked, name, async () => {
      const image = await open(name);
      const target = locateImage(name, options.sources);
      const whole = options.verifyLayers || target.kind === "layout";
      if (whole) await verifyContent(image);
      const candidates = await collectCandidates(image, { whole });
      const bytes = candidates.reduce((sum, candidate) => sum + sizeOf(candidate), 0);
      cached += bytes;
      return { image, candidates, bytes };
    });
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
    const attestor = listOf(request.params, "attestors").find((each) => textOf(each, "unanswered") !== "");
    if (attestor !== undefined) {
      const message = `attestor ${textOf(attestor, "name")}: ${textOf(attestor, "unanswered")}`;
      return { ok: false, code: "NOT_SUPPORTED", message };
    }
    try {
      if (request.kind === "imageData") return { ok: true, value: await readImageData(await open(name)) };
      const { image, candidates } = await look(name);
      const verification: Verification = verifyCandidates(candidates, {
        keys: keysOf(request.params),
        subjects: [image.descriptor.digest],
      });
      return { ok: true, value: describeEvidence(image, verification, world.clock.now()) };
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

/**
 * What Kyverno's getImageData gives: names, digest, manifest and config of the first platform. amap adds `platforms`:
 * every platform with its digest and config, so that a policy need not take the first for all.
 */
async function readImageData(image: OpenImage): Promise<Value> {
  const reference = parseImageReference(image.name.startsWith("oci:") ? "layout.invalid/image" : image.name);
  const read = new Map<string, Promise<PlatformData>>();
  const platforms = await mapBounded(image.platforms, WIDTH, async (descriptor) => ({
    digest: descriptor.digest,
    platform: descriptor.platform,
    ...(await remember(read, descriptor.digest, () => readPlatformData(image, descriptor.digest))),
  }));
  const [first] = platforms;
  if (first === undefined) throw new AmapError("MANIFEST_INVALID", `${image.name}: the index lists no platform`);
  return {
    image: image.name,
    resolvedImage: formatImageReference({
      registry: reference.registry,
      repository: reference.repository,
      digest: image.descriptor.digest,
    }),
    registry: reference.registry,
    repository: reference.repository,
    ...(reference.tag === undefined ? {} : { tag: reference.tag }),
    digest: image.descriptor.digest,
    manifest: first.manifest,
    config: first.config,
    platforms: platforms.map(({ digest, platform, own, config }) => ({
      digest,
      platform: { ...(platform ?? own) },
      config,
    })),
  };
}

interface PlatformData {
  readonly manifest: Value;
  readonly config: Value;
  /** The platform that its own config names, for an image that is not in an index. */
  readonly own: { readonly os: string; readonly architecture: string; readonly variant?: string };
}

async function readPlatformData(image: OpenImage, digest: OpenImage["descriptor"]["digest"]): Promise<PlatformData> {
  const { manifest, bytes: stored } = await readPlatform(image, digest);
  const bytes = await image.storage.readBlob(manifest.config, LIMITS.manifestBytes);
  const decoded = decodeImageConfig(bytes);
  if (!decoded.ok) throw new AmapError("MANIFEST_INVALID", `${image.name}: the config of ${digest} is malformed`);
  const { os, architecture, variant } = decoded.value;
  return {
    manifest: readJson(stored, { maxBytes: LIMITS.manifestBytes }),
    config: readJson(bytes, { maxBytes: LIMITS.manifestBytes }),
    own: { os, architecture, ...(variant === undefined ? {} : { variant }) },
  };
}

/** `attestors: [{name, keys: [{name, pem}]}]` of the request. */
function keysOf(params: Value): readonly TrustedKey[] {
  const attestors = memberOf(params, "attestors");
  if (!Array.isArray(attestors)) throw new Error("an evidence fact names no attestors");
  return attestors.flatMap((attestor) => {
    const keys = memberOf(attestor, "keys");
    if (!Array.isArray(keys)) throw new Error("an attestor of an evidence fact has no keys");
    return keys.map((key): TrustedKey => {
      const name = memberOf(key, "name");
      const pem = memberOf(key, "pem");
      if (!isValueObject(key) || typeof name !== "string" || typeof pem !== "string")
        throw new Error("a key of an evidence fact is malformed");
      return { name, pem };
    });
  });
}

function remember<T>(store: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const found = store.get(key) ?? make();
  store.set(key, found);
  return found;
}
