import type { Digest, Value } from "../base/index.ts";
import type { Statement, Subject } from "./statement.ts";

/** A digest of an image, or one that only blobs have. */
export type SubjectDigest = Digest | `sha384:${string}`;

/** The digests that a statement may speak of, ready to be compared. */
export interface SubjectIndex {
  /** For messages. */
  readonly shown: string;
  /** The place of a digest in the caller's order, or undefined when it is not asked for. */
  positionOf(digest: string): number | undefined;
  /** Whether the caller knows any digest of this algorithm. */
  knows(algorithm: string): boolean;
}

/** Indexes the digests that are asked for. */
export function indexSubjects(digests: readonly SubjectDigest[]): SubjectIndex {
  const positions: ReadonlyMap<string, number> = new Map(digests.map((digest, index) => [digest, index]));
  const algorithms: ReadonlySet<string> = new Set(digests.map((digest) => digest.slice(0, digest.indexOf(":"))));
  const more = digests.length > 1 ? ` (or ${digests.length - 1} more)` : "";
  return {
    shown: `${digests[0] ?? "no digest"}${more}`,
    positionOf: (digest) => positions.get(digest),
    knows: (algorithm) => algorithms.has(algorithm),
  };
}

/** The subject of a statement that was asked for. */
export interface SubjectMatch {
  readonly digest: SubjectDigest;
  readonly annotations: Readonly<Record<string, Value>>;
}

/**
 * The asked-for digest that a statement speaks of, the caller's first when there are several, with that subject's
 * annotations. A subject counts when one of its digests is asked for and none of the others contradicts: an entry with
 * the right sha256 and a wrong sha512 is about something else, as far as the caller knows sha512 digests.
 */
export function matchStatement(statement: Statement, subjects: SubjectIndex): SubjectMatch | undefined {
  let best: (SubjectMatch & { readonly position: number }) | undefined;
  for (const subject of statement.subject) {
    const match = matchSubject(subject, subjects);
    if (match !== undefined && (best === undefined || match.position < best.position)) {
      best = { ...match, annotations: subject.annotations ?? {} };
    }
  }
  return best === undefined ? undefined : { digest: best.digest, annotations: best.annotations };
}

function matchSubject(
  subject: Subject,
  subjects: SubjectIndex,
): { readonly digest: SubjectDigest; readonly position: number } | undefined {
  let best: { readonly digest: SubjectDigest; readonly position: number } | undefined;
  for (const [algorithm, hex] of Object.entries(subject.digest)) {
    if (!subjects.knows(algorithm)) continue;
    const digest = `${algorithm}:${hex}`;
    const position = subjects.positionOf(digest);
    if (position === undefined) return undefined;
    // Only what was asked for has a position, so it is one of these digests.
    if (best === undefined || position < best.position) best = { digest: digest as SubjectDigest, position };
  }
  return best;
}
