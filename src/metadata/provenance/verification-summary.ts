import { AmapError, type Decoded, type Value, type ValueObject } from "../../base/index.ts";
import { DocumentReader, describe, join, member, withoutUndefined } from "../document-reader.ts";
import type { ResourceDescriptor } from "./provenance.ts";
import { encodeResourceDescriptor, readResourceDescriptor } from "./resource-descriptor.ts";

/** SLSA verification summary (VSA) v1: who verified what by which policy, with which result. */
export interface VerificationSummary {
  readonly verifierId: string;
  /** Names of the verifier's components → versions. */
  readonly verifierVersion?: Readonly<Record<string, string>>;
  /** RFC 3339. */
  readonly timeVerified?: string;
  /** The resource as its users name it, which they compare: `oci:…`, `registry/repository@digest`. */
  readonly resourceUri: string;
  readonly policy: ResourceDescriptor;
  /** The attestations that the result rests on. */
  readonly inputAttestations: readonly ResourceDescriptor[];
  readonly verificationResult: "PASSED" | "FAILED";
  /** `SLSA_BUILD_LEVEL_2`, an organisation's own words; at most one level of each track. */
  readonly verifiedLevels: readonly string[];
  /** How many dependencies reach which level; left out: no claim, empty: no dependencies. */
  readonly dependencyLevels?: Readonly<Record<string, number>>;
  readonly slsaVersion?: string;
}

const LEVEL = /^SLSA_([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*?)_LEVEL_(\d{1,2}|UNEVALUATED)$/;
/** Highest level of the tracks that are approved; the drafts' are not bounded. */
const HIGHEST_LEVELS: ReadonlyMap<string, number> = new Map([
  ["BUILD", 3],
  ["SOURCE", 4],
]);

/** What is wrong with a list of SLSA results, or undefined. */
function levelsProblem(levels: readonly string[]): string | undefined {
  const tracks = new Set<string>();
  for (const level of levels) {
    if (level === "") return "a level is an empty text";
    if (!level.startsWith("SLSA_")) continue;
    const match = LEVEL.exec(level);
    const track = match?.[1];
    if (track === undefined) return `"${level.slice(0, 60)}" is not SLSA_<TRACK>_LEVEL_<number> or …_UNEVALUATED`;
    if (match?.[2] !== "UNEVALUATED" && Number(match?.[2]) > (HIGHEST_LEVELS.get(track) ?? Number.POSITIVE_INFINITY)) {
      return `the track ${track} has no level ${match?.[2]}`;
    }
    if (tracks.has(track)) return `two levels of the track ${track}`;
    tracks.add(track);
  }
  return undefined;
}

/**
 * Whether a verified level is the wanted one, or of the same SLSA track and higher. Levels of an organisation are words,
 * and only the word itself will do.
 * @example
 * ```ts
 * import { coversLevel } from "../index.ts";
 * coversLevel("SLSA_BUILD_LEVEL_3", "SLSA_BUILD_LEVEL_2"); // true
 * ```
 */
export function coversLevel(verified: string, wanted: string): boolean {
  if (verified === wanted) return true;
  const [found, expected] = [LEVEL.exec(verified), LEVEL.exec(wanted)];
  if (found === null || expected === null || found[1] !== expected[1]) return false;
  return /^\d/.test(found[2] ?? "") && /^\d/.test(expected[2] ?? "") && Number(found[2]) >= Number(expected[2]);
}

/**
 * Writes a verification summary.
 * @throws {AmapError} DOCUMENT_INVALID for levels that SLSA does not know or that contradict each other
 * @see https://slsa.dev/spec/v1.2/verification_summary
 * @example
 * ```ts
 * import { decodeVerificationSummary, encodeVerificationSummary } from "../index.ts";
 * const encoded = encodeVerificationSummary({
 *   verifierId: "https://example.com/amap", resourceUri: "oci:layout@sha256:00", policy: { uri: "policy.yaml", digest: {} },
 *   inputAttestations: [], verificationResult: "PASSED", verifiedLevels: ["SLSA_BUILD_LEVEL_1"],
 * });
 * decodeVerificationSummary(encoded).ok; // true
 * ```
 */
export function encodeVerificationSummary(summary: VerificationSummary): Value {
  const problem =
    levelsProblem(summary.verifiedLevels) ?? dependencyProblem(Object.keys(summary.dependencyLevels ?? {}));
  if (problem !== undefined) throw new AmapError("DOCUMENT_INVALID", `verification summary: ${problem}`);
  return withoutUndefined({
    verifier: withoutUndefined({ id: summary.verifierId, version: summary.verifierVersion }),
    timeVerified: summary.timeVerified,
    resourceUri: summary.resourceUri,
    policy: encodeResourceDescriptor(summary.policy),
    inputAttestations:
      summary.inputAttestations.length === 0 ? undefined : summary.inputAttestations.map(encodeResourceDescriptor),
    verificationResult: summary.verificationResult,
    verifiedLevels: summary.verifiedLevels,
    dependencyLevels: summary.dependencyLevels,
    slsaVersion: summary.slsaVersion,
  });
}

/** Each dependency level by itself: different dependencies may be of different levels of one track. */
function dependencyProblem(levels: readonly string[]): string | undefined {
  return levels.map((level) => levelsProblem([level])).find((problem) => problem !== undefined);
}

/**
 * Reads a verification summary v1. Required: verifier.id, resourceUri, policy with a uri or digest, verificationResult,
 * verifiedLevels. Whether it may be believed is not decided here: compare signer, subject and resourceUri.
 */
export function decodeVerificationSummary(value: Value): Decoded<VerificationSummary> {
  const reader = new DocumentReader();
  const root = reader.object(value, "");
  if (root === undefined) return reader.finish<VerificationSummary>(undefined);
  const verifier = reader.object(member(root, "verifier"), "verifier") ?? {};
  const policy = reader.object(member(root, "policy"), "policy");
  const result = member(root, "verificationResult");
  if (result !== "PASSED" && result !== "FAILED") {
    reader.refuse("verificationResult", `expected PASSED or FAILED, found ${describe(result)}`);
  }
  if (member(root, "verifiedLevels") === undefined) reader.refuse("verifiedLevels", "expected a list, found nothing");
  const verifiedLevels = reader.strings(root, "verifiedLevels", "");
  const problem = levelsProblem(verifiedLevels);
  if (problem !== undefined) reader.refuse("verifiedLevels", problem);
  const version = reader.stringMap(verifier, "version", "verifier");
  return reader.finish<VerificationSummary>(
    withoutUndefined({
      verifierId: reader.string(verifier, "id", "verifier"),
      verifierVersion: version.size === 0 ? undefined : Object.fromEntries(version),
      timeVerified: reader.optionalTime(root, "timeVerified", ""),
      resourceUri: reader.string(root, "resourceUri", ""),
      policy: (policy === undefined ? undefined : readResourceDescriptor(reader, policy, "policy")) ?? { digest: {} },
      inputAttestations: reader.objects(root, "inputAttestations", "", (item, path) =>
        readResourceDescriptor(reader, item, path),
      ),
      verificationResult: result === "PASSED" ? result : "FAILED",
      verifiedLevels,
      dependencyLevels: readDependencyLevels(reader, root),
      slsaVersion: reader.optionalString(root, "slsaVersion", ""),
    }),
  );
}

function readDependencyLevels(reader: DocumentReader, root: ValueObject): Readonly<Record<string, number>> | undefined {
  const object = reader.optionalObject(root, "dependencyLevels", "");
  if (object === undefined) return undefined;
  const problem = dependencyProblem(Object.keys(object));
  if (problem !== undefined) reader.refuse("dependencyLevels", problem);
  const counts: [string, number][] = [];
  for (const [level, count] of Object.entries(object)) {
    if (typeof count === "number" && Number.isSafeInteger(count) && count >= 0) counts.push([level, count]);
    // Counts are written as texts by Go's protobuf JSON for 64-bit integers.
    else if (typeof count === "string" && /^\d{1,15}$/.test(count)) counts.push([level, Number(count)]);
    else reader.refuse(join("dependencyLevels", level), `expected a count, found ${describe(count)}`);
  }
  return Object.fromEntries(counts);
}
