import type { BuildClaims } from "./build-claims.ts";
import type { BuildTypeRow } from "./build-type.ts";
import type { TrustedBuilder } from "./builder-list.ts";
import type { CertificateComparison } from "./certificate-claims.ts";

/** One requirement of SLSA's build track, with the reason for the answer. */
export interface LevelRequirement {
  readonly level: 1 | 2 | 3;
  readonly requirement: string;
  readonly met: boolean;
  readonly why: string;
}

/** The build level that provenance gives an artifact, with every requirement of every level. */
export interface BuildLevel {
  readonly level: 0 | 1 | 2 | 3;
  readonly requirements: readonly LevelRequirement[];
}

/** What a level rests on. */
export interface LevelBasis {
  readonly claims: BuildClaims;
  /** Who wrote the claims, as far as the signer shows it; undefined for a build type that is not known. */
  readonly statedBy: BuildTypeRow["statedBy"] | undefined;
  /** The builder that is believed, with a signer that may speak for it. */
  readonly builder: TrustedBuilder | undefined;
  readonly certificate: CertificateComparison;
  /** Whether every expectation holds: what is not the expected build has no level. */
  readonly holds: boolean;
}

/**
 * The level of SLSA's build track that verified provenance proves, and why no more: what a build says of itself in its own
 * job is level 1, whoever signs it; a builder counts as far as the list says.
 * @see slsa.dev/spec/v1.2/build-track-basics, slsa.dev/spec/v1.2/build-requirements
 */
export function judgeLevel({ claims, statedBy, builder, certificate, holds }: LevelBasis): BuildLevel {
  const listed = builder?.highestLevel ?? 0;
  const byPlatform = statedBy === "platform" || (statedBy === "workflow" && certificate.vouchesForSource);
  const requirements: readonly LevelRequirement[] = [
    requirement(1, "provenance of this artifact exists", true, "a verified statement names the artifact's digest"),
    requirement(
      1,
      "the build is the expected one",
      holds,
      holds ? "every expectation holds" : "an expectation does not hold: see the checks",
    ),
    requirement(2, "the builder signs it, and is known to be a hosted platform", listed >= 2, whatIsListed(builder)),
    requirement(2, "the platform states it, not the build", byPlatform, whoStates(claims, statedBy, certificate)),
    requirement(3, "builds are apart from each other, and from what signs", listed >= 3, whatIsListed(builder)),
  ];
  const unmet = requirements.filter(({ met }) => !met).map(({ level }) => level);
  const level = Math.min(3, ...unmet.map((each) => each - 1)) as BuildLevel["level"];
  return { level, requirements };
}

function requirement(level: LevelRequirement["level"], text: string, met: boolean, why: string): LevelRequirement {
  return { level, requirement: text, met, why };
}

function whatIsListed(builder: TrustedBuilder | undefined): string {
  if (builder === undefined) return "the builder is not believed, or its signer may not speak for it";
  const { id, highestLevel, isUnlisted } = builder;
  if (isUnlisted === true) return `${id} is on no list of builders that says so`;
  return `the list says that ${id} reaches level ${highestLevel}`;
}

function whoStates(
  { buildType }: BuildClaims,
  statedBy: LevelBasis["statedBy"],
  { vouchesForSource }: CertificateComparison,
): string {
  if (statedBy === undefined) return `the build type ${buildType.slice(0, 200)} is not known`;
  if (statedBy === "platform") return "its build type is written by the platform";
  if (statedBy === "job") return "the job wrote it about itself: level 1 at most";
  return vouchesForSource
    ? "a step of the build wrote it, and the certificate says the same of source, commit and reference"
    : "a step of the build wrote it, and no certificate says the same of source, commit and reference";
}
