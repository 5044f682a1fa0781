import type { Candidate, KeyRing, SignedTime, SignerIdentity, VerifierOptions } from "../../attestation/index.ts";
import { AmapError, type ErrorCode, isAmapError } from "../../base/index.ts";
import { collectCandidates } from "../attachments/attachments.ts";
import { readBundleCandidates } from "../attachments/bundle-files.ts";
import { parseImageTarget } from "../image-target.ts";
import { type OpenImage, openImage, openPlatforms } from "../open-image.ts";
import type { World } from "../world.ts";
import { createRingVerifier, type RingVerdict, type RingVerifier } from "./ring-verifier.ts";

/** What is looked at, by which rings. */
export interface PreviewRequest {
  /** The ring as it is. */
  readonly before: KeyRing;
  /** The ring as it would be. */
  readonly after: KeyRing;
  /** When the ring as it would be is looked at, in milliseconds since 1970. */
  readonly at: number;
  /** As the command line names images. */
  readonly images: readonly string[];
  /** Files and folders of bundles. */
  readonly bundles: readonly string[];
  /** The trust root and the thresholds of both. */
  readonly trust: VerifierOptions;
}

/** A signature or attestation that counts by the ring as it is. */
export interface PreviewedEvidence {
  /** The image with the digest that was signed, or the file. */
  readonly where: string;
  readonly kind: "signature" | "attestation";
  readonly predicateType?: string;
  readonly signer: SignerIdentity;
  readonly signedTime: SignedTime;
  /** Whom the ring as it would be trusts for it; the signer above unless another one vouches for it, too. */
  readonly signerAfter?: string;
  /** Why it would stop counting. */
  readonly stops?: { readonly code: ErrorCode; readonly message: string; readonly remedy: string };
}

/** Something that does not count already, or that could not be looked at. */
export interface PreviewedRefusal {
  readonly where: string;
  readonly code: ErrorCode;
  readonly message: string;
}

/** What a change of a ring would do. */
export interface KeyRingPreview {
  readonly evidence: readonly PreviewedEvidence[];
  /** What does not count by the ring as it is. */
  readonly refused: readonly PreviewedRefusal[];
  /** What nobody knows of: the answer is not whole where there is any. */
  readonly notLookedAt: readonly PreviewedRefusal[];
  readonly lookedAt: { readonly images: number; readonly digests: number; readonly bundles: number };
}

/**
 * Verifies all that stands beside images and their platforms, and bundles in files, by a ring as it is and as it would be.
 * What cannot be looked at never counts as nothing: it is told in `notLookedAt`.
 * @throws {AmapError} REFERENCE_INVALID, KEY_RING_INVALID, USAGE where nothing is named
 */
export async function previewKeyRing(world: World, request: PreviewRequest): Promise<KeyRingPreview> {
  if (request.images.length + request.bundles.length === 0) {
    throw new AmapError("USAGE", "expected images, or --bundle, to look at; found none");
  }
  for (const name of request.images) parseImageTarget(name);
  const found = new Preview(request, world.clock.now());
  for (const name of request.images) await found.tryTo(name, async () => lookAtImage(world, name, found));
  for (const path of request.bundles) {
    await found.tryTo(path, async () => {
      for (const candidate of await readBundleCandidates(world, path)) {
        found.add(path, "file", (verifier) => verifier.judgeFile(candidate));
      }
    });
  }
  return found.result();
}

async function lookAtImage(world: World, name: string, found: Preview): Promise<void> {
  const image = await openImage(world, parseImageTarget(name));
  const subjects = [image, ...(await openPlatforms(image))];
  const candidates: (readonly [OpenImage, readonly Candidate[]])[] = [];
  for (const subject of subjects) candidates.push([subject, await collectCandidates(subject)]);
  // Counted when all of it was read: half an image is not an image that was looked at.
  found.images += 1;
  for (const [subject, list] of candidates) {
    found.digests += 1;
    const { digest } = subject.descriptor;
    for (const candidate of list) {
      found.add(`${subject.storage.location}@${digest}`, "image", (verifier) => verifier.judge(candidate, digest));
    }
  }
}

/** Gathers what both rings say. */
class Preview {
  images = 0;
  digests = 0;
  bundles = 0;
  readonly #before: RingVerifier;
  readonly #after: RingVerifier;
  readonly #evidence: PreviewedEvidence[] = [];
  readonly #refused: PreviewedRefusal[] = [];
  readonly #notLookedAt: PreviewedRefusal[] = [];

  constructor({ before, after, at, trust }: PreviewRequest, now: number) {
    const { keys: _keys, identities: _identities, ...terms } = trust;
    this.#before = createRingVerifier(before, now, terms);
    this.#after = createRingVerifier(after, at, terms);
  }

  /** What fails here fails for one target: the others are looked at all the same. */
  async tryTo(where: string, step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      if (!isAmapError(error)) throw error;
      this.#notLookedAt.push({ where, code: error.code, message: error.message });
    }
  }

  add(where: string, place: "image" | "file", judge: (verifier: RingVerifier) => RingVerdict): void {
    if (place === "file") this.bundles += 1;
    const before = judge(this.#before);
    if (before.status !== "counts") {
      const { code, message } = before;
      (before.status === "unjudged" ? this.#notLookedAt : this.#refused).push({ where, code, message });
      return;
    }
    const { status: _status, ...evidence } = before;
    const after = judge(this.#after);
    if (after.status === "counts") {
      // Of a key without a period no time is asked; where it gets one, the proven time shows.
      const { signer, signedTime } = after;
      this.#evidence.push({ where, ...evidence, signedTime, signerAfter: signer.name });
      return;
    }
    const { code, message } = after;
    const stops = { code, message, remedy: remedyOf(where, place, evidence.predicateType) };
    this.#evidence.push({ where, ...evidence, stops });
  }

  result(): KeyRingPreview {
    const { images, digests, bundles } = this;
    return {
      evidence: this.#evidence,
      refused: this.#refused,
      notLookedAt: this.#notLookedAt,
      lookedAt: { images, digests, bundles },
    };
  }
}

/** The command that signs again, with a key that stays. */
function remedyOf(where: string, place: "image" | "file", predicateType: string | undefined): string {
  if (place === "file") {
    const verb = predicateType === undefined ? "sign-blob" : `attest-blob --type ${predicateType}`;
    return `sign the file again: amap ${verb} --key KEY --bundle ${where} FILE`;
  }
  if (predicateType === undefined) return `sign it again: amap sign --key KEY ${where}`;
  return `attest it again: amap attest --key KEY --type ${predicateType} --predicate FILE ${where}`;
}
