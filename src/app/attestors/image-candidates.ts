import { parseImageReference } from "../../artifact/index.ts";
import type { Candidate } from "../../attestation/index.ts";
import { AmapError, type Digest, LIMITS } from "../../base/index.ts";
import { collectCandidates } from "../attachments/attachments.ts";
import { verifyContent } from "../evidence/evidence-facts.ts";
import { type ImageSource, type ImageTarget, locateImage } from "../image-target.ts";
import { type OpenImage, openImage } from "../open-image.ts";
import type { World } from "../world.ts";

/** An image with all that stands beside it; nothing of that is verified. */
export interface ImageCandidates {
  readonly image: OpenImage;
  readonly candidates: readonly Candidate[];
}

interface Kept extends ImageCandidates {
  /** Of the candidates. */
  readonly bytes: number;
}

/** Reads what stands beside images, once for each image and place, whoever asks. */
export class CandidateReader {
  readonly #world: World;
  readonly #sources: readonly ImageSource[];
  readonly #resolve: (name: string) => Promise<Digest>;
  readonly #kept = new Map<string, Promise<Kept>>();
  #bytes = 0;

  /** `resolve` gives the digest that a name stands for, the same each time. */
  constructor(world: World, sources: readonly ImageSource[], resolve: (name: string) => Promise<Digest>) {
    this.#world = world;
    this.#sources = sources;
    this.#resolve = resolve;
  }

  /**
   * `repository` is another one that holds signatures and attestations; empty for the image's own.
   * @throws {AmapError} REFERENCE_INVALID, MANIFEST_NOT_FOUND, REGISTRY_…, BLOB_…, LIMIT_EXCEEDED, OFFLINE
   */
  read(name: string, repository: string): Promise<ImageCandidates> {
    const key = `${name}\n${repository}`;
    const found = this.#kept.get(key) ?? this.#collect(name, repository);
    this.#kept.set(key, found);
    return found;
  }

  /** Forgets the oldest beyond LIMITS.attachmentsCacheBytes: many images together must not fill the memory. */
  async trim(): Promise<void> {
    for (const [key, entry] of this.#kept) {
      if (this.#bytes <= LIMITS.attachmentsCacheBytes) return;
      this.#kept.delete(key);
      this.#bytes -= await entry.then(
        ({ bytes }) => bytes,
        () => 0,
      );
    }
  }

  async #collect(name: string, repository: string): Promise<Kept> {
    const target = locateImage(name, this.#sources);
    const named = await openImage(this.#world, pinTarget(target, await this.#resolve(name)));
    const image = repository === "" ? named : await this.#withAttachmentsIn(named, target, repository);
    const whole = target.kind === "layout";
    if (whole) await verifyContent(image);
    const candidates = await collectCandidates(image, { whole });
    const bytes = candidates.reduce((sum, candidate) => sum + sizeOf(candidate), 0);
    this.#bytes += bytes;
    return { image, candidates, bytes };
  }

  async #withAttachmentsIn(image: OpenImage, target: ImageTarget, named: string): Promise<OpenImage> {
    const { registry, repository, tag, digest } = parseImageReference(named);
    if (tag !== undefined || digest !== undefined) {
      throw new AmapError("REFERENCE_INVALID", `repository: expected one without tag and digest, found "${named}"`);
    }
    const place = locateImage(named, this.#sources);
    // A layout on this machine holds what stands beside its images, unless another layout was named for the repository.
    if (target.kind === "layout" && place.kind === "registry") return image;
    const attachments = await this.#world.openStorage(
      place.kind === "layout" ? place : { kind: "registry", image: { registry, repository } },
    );
    return { ...image, attachments };
  }
}

function pinTarget(target: ImageTarget, digest: Digest): ImageTarget {
  if (target.kind === "layout") return { ...target, reference: digest };
  return { kind: "registry", image: { ...target.image, digest } };
}

function sizeOf(candidate: Candidate): number {
  return candidate.kind === "simple-signing" ? candidate.payload.length : candidate.bytes.length;
}
