import { decodeHex, encodeHex, hashBytes } from "../base/index.ts";
import { indexSubjects, type SubjectDigest, type SubjectIndex } from "./subject-match.ts";

/** What a bundle must speak of: bytes, or digests of which any one suffices. */
export type SignedArtifact =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | { readonly kind: "digests"; readonly digests: readonly SubjectDigest[] };

/** The digests that signatures are over. */
export type SignedDigestAlgorithm = "sha256" | "sha384" | "sha512";

/** An artifact with what is known of its digests; those of bytes are computed when they are asked for, and kept. */
export interface ArtifactDigests {
  /** For statements. */
  readonly subjects: SubjectIndex;
  /** The bytes themselves, where they are there. */
  readonly bytes?: Uint8Array;
  /** The digest by an algorithm; undefined where none or more than one is known. */
  digestOf(algorithm: SignedDigestAlgorithm): Uint8Array | undefined;
}

const ALGORITHMS: ReadonlySet<string> = new Set<SignedDigestAlgorithm>(["sha256", "sha384", "sha512"]);

/** Makes an artifact's digests ready to be compared. */
export function knowDigests(artifact: SignedArtifact): ArtifactDigests {
  return artifact.kind === "bytes" ? digestsOfBytes(artifact.bytes) : digestsGiven(artifact.digests);
}

function digestsGiven(digests: readonly SubjectDigest[]): ArtifactDigests {
  return {
    subjects: indexSubjects(digests),
    digestOf: (algorithm) => {
      const [digest, ...others] = digests.filter((each) => each.startsWith(`${algorithm}:`));
      return digest === undefined || others.length > 0 ? undefined : decodeHex(digest.slice(algorithm.length + 1));
    },
  };
}

function digestsOfBytes(bytes: Uint8Array): ArtifactDigests {
  const known = new Map<SignedDigestAlgorithm, Uint8Array>();
  const digestOf = (algorithm: SignedDigestAlgorithm): Uint8Array => {
    const digest = known.get(algorithm) ?? hashBytes(algorithm, bytes);
    known.set(algorithm, digest);
    return digest;
  };
  const isDigest = (text: string): boolean => {
    const algorithm = text.slice(0, text.indexOf(":"));
    if (!ALGORITHMS.has(algorithm)) return false;
    return text === `${algorithm}:${encodeHex(digestOf(algorithm as SignedDigestAlgorithm))}`;
  };
  const subjects: SubjectIndex = {
    get shown() {
      return `sha256:${encodeHex(digestOf("sha256"))}`;
    },
    positionOf: (digest) => (isDigest(digest) ? 0 : undefined),
    knows: (algorithm) => ALGORITHMS.has(algorithm),
  };
  return { subjects, bytes, digestOf };
}
