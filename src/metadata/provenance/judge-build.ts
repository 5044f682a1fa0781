import { Double, memberOf, type Value } from "../../base/index.ts";
import { type BuildCheck, type BuildSigner, check } from "./build-check.ts";
import type { BuildClaims } from "./build-claims.ts";
import { type BuildLevel, judgeLevel } from "./build-level.ts";
import type { BuildTypeRow } from "./build-type.ts";
import { type BuilderSigner, isOfBuilder, matchesPart, type TrustedBuilder } from "./builder-list.ts";
import { compareCertificate } from "./certificate-claims.ts";
import { parseSourceUri } from "./source-uri.ts";
import { isVersionWithin } from "./version-tag.ts";

/** What a caller expects of a build. */
export interface BuildExpectations {
  /** `github.com/acme/shop`, or with scheme or `git+`; without it the source is not compared. */
  readonly sourceUri?: string;
  readonly branch?: string;
  readonly tag?: string;
  /** `v1.2`: the tag is that version, or one within it. */
  readonly versionedTag?: string;
  /** With or without what stands behind its `@`. */
  readonly builderId?: string;
  readonly inputs?: Readonly<Record<string, string>>;
  /** No other inputs than those. */
  readonly exactInputs?: boolean;
  /** Of the subject of a package: `@acme/shop`, and its version. */
  readonly packageName?: string;
  readonly packageVersion?: string;
  readonly level?: 1 | 2 | 3;
}

/** What is judged: claims, and who made them. */
export interface StatedBuild {
  readonly claims: BuildClaims;
  readonly signer: BuildSigner;
  /** The name of the statement's subject that the artifact is. */
  readonly subjectName?: string;
}

/** What came of it: accepted when every check passed. */
export interface BuildVerdict {
  readonly accepted: boolean;
  readonly checks: readonly BuildCheck[];
  readonly level: BuildLevel;
}

/**
 * Holds verified provenance against what a caller expects of the build: the builder is believed and its signer may speak
 * for it, the build type is known, no parameter is unexpected, source and dependency are the expected repository, and the
 * certificate says nothing else. Every check is made and told. What is not stated does not pass.
 * @see slsa.dev/spec/v1.2/verifying-artifacts
 * @example
 * ```ts
 * import { judgeBuild, readBuildClaims } from "../index.ts";
 * const stated = { buildType: "urn:other", builderId: "urn:b", externalParameters: {}, resolvedDependencies: [], byproducts: [] };
 * const signer = { kind: "key", name: "release" } as const;
 * judgeBuild({ claims: readBuildClaims(stated), signer }, [], { sourceUri: "github.com/acme/shop" }).accepted; // false
 * ```
 */
export function judgeBuild(
  build: StatedBuild,
  builders: readonly TrustedBuilder[],
  expected: BuildExpectations,
): BuildVerdict {
  const { claims, signer } = build;
  const found = findBuilder(build, builders);
  const certificate = compareCertificate(claims, signer);
  const statedBy = writerOf(build);
  const checks = [
    ...found.checks,
    ...judgeBuilderId(build, expected),
    judgeBuildType(claims, found.builder),
    judgeParameters(claims),
    ...judgeSource(claims, expected),
    ...certificate.checks,
    ...judgeRef(claims, expected, statedBy),
    ...judgeInputs(claims, expected),
    ...judgePackage(build, expected),
  ];
  const level = judgeLevel({
    claims,
    statedBy,
    builder: found.builder,
    certificate,
    holds: checks.every(({ passed }) => passed),
  });
  const wanted = expected.level;
  if (wanted !== undefined) {
    checks.push(check("level", level.level >= wanted, `build level ${wanted} or more`, `build level ${level.level}`));
  }
  return { accepted: checks.every(({ passed }) => passed), checks, level };
}

const NOTHING = "nothing";

/**
 * Who wrote what the claims say. What is signed by a workflow of the repository that was built is a workflow's word, also
 * where it calls itself by the build type of a platform.
 */
function writerOf({ claims: { row, repository }, signer }: StatedBuild): BuildTypeRow["statedBy"] | undefined {
  const isOwn =
    signer.kind === "certificate" && repository !== undefined && signer.subject.startsWith(`${repository}/`);
  return row?.statedBy === "platform" && isOwn ? "workflow" : row?.statedBy;
}

interface FoundBuilder {
  readonly builder?: TrustedBuilder;
  readonly checks: readonly BuildCheck[];
}

/** The row whose id is the builder's and one of whose signers is the signer: only the pair counts. */
function findBuilder({ claims, signer }: StatedBuild, builders: readonly TrustedBuilder[]): FoundBuilder {
  const { builderId } = claims;
  const rows = builders.filter((row) => isOfBuilder(row, builderId));
  if (rows.length === 0) {
    return { checks: [check("builder", false, `one of ${builders.length} builders that are believed`, builderId)] };
  }
  const known = check("builder", true, "a builder that is believed", builderId);
  const builder = rows.find((row) => row.signers.some((each) => maySign(each, claims, signer)));
  const allowed = rows.flatMap((row) => row.signers).map((each) => describeSigner(each, claims));
  const bound = check("signer", builder !== undefined, allowed.slice(0, 5).join(", or "), nameSigner(signer));
  return { checks: [known, bound], ...(builder === undefined ? {} : { builder }) };
}

function maySign(allowed: BuilderSigner, claims: BuildClaims, signer: BuildSigner): boolean {
  if (allowed.kind === "anyone-trusted") return true;
  if (allowed.kind === "key")
    return signer.kind === "key" && signer.publicKeyPems?.includes(allowed.publicKeyPem) === true;
  if (signer.kind !== "certificate" || signer.issuer !== allowed.issuer) return false;
  const { extensions, extensionsIfStated = {} } = allowed;
  const stated = ([name]: readonly [string, string]): boolean => memberOf(signer.extensions, name) !== undefined;
  const wanted = [...Object.entries(extensions), ...Object.entries(extensionsIfStated).filter(stated)];
  if (wanted.some(([name, value]) => memberOf(signer.extensions, name) !== value)) return false;
  if (allowed.subject.is === "pattern") return matchesPart(allowed.subject.pattern, signer.subject);
  if (allowed.subject.is === "builder") return signer.subject === claims.builderId;
  return signer.subject === workflowUri(claims);
}

/** A workflow as certificates of GitHub name it. */
function workflowUri({ repository, workflow, ref }: BuildClaims): string | undefined {
  if (repository === undefined || workflow === undefined || ref === undefined) return undefined;
  return `${repository}/${workflow}@${ref}`;
}

function describeSigner(allowed: BuilderSigner, claims: BuildClaims): string {
  if (allowed.kind === "anyone-trusted") return "whoever is trusted";
  if (allowed.kind === "key") return "the builder's key";
  const { subject, issuer } = allowed;
  const names = { builder: claims.builderId, workflow: workflowUri(claims) ?? "the workflow that was run" };
  return `${subject.is === "pattern" ? subject.pattern : names[subject.is]} by ${issuer}`;
}

function nameSigner(signer: BuildSigner): string {
  return signer.kind === "key" ? `the key ${signer.name}` : `${signer.subject} by ${signer.issuer ?? "no issuer"}`;
}

const HOSTED_RUNNER = "https://github.com/actions/runner/github-hosted";
/** npm's name for it in provenance 0.2. */
const OLD_RUNNER = "https://github.com/actions/runner";

function isHosted(signer: BuildSigner): boolean {
  return signer.kind === "certificate" && memberOf(signer.extensions, "runnerEnvironment") === "github-hosted";
}

function judgeBuilderId(
  { claims: { builderId }, signer }: StatedBuild,
  { builderId: expected }: BuildExpectations,
): readonly BuildCheck[] {
  if (expected === undefined) return [];
  const isSame =
    builderId === expected ||
    (!expected.includes("@") && builderId.split("@")[0] === expected) ||
    (expected === HOSTED_RUNNER && builderId === OLD_RUNNER && isHosted(signer));
  return [check("builder id", isSame, expected, builderId)];
}

function judgeBuildType({ buildType, row }: BuildClaims, builder: TrustedBuilder | undefined): BuildCheck {
  const allowed = builder?.buildTypes;
  if (allowed !== undefined && !allowed.includes(buildType)) {
    return check("build type", false, allowed.join(" or "), buildType);
  }
  return check("build type", row !== undefined, "a build type whose parameters are known", buildType);
}

function judgeParameters({ unexpectedParameters, contradictions, row }: BuildClaims): BuildCheck {
  const expected = `no external parameters but ${row?.parameters.join(", ") ?? "those of a known build type"}`;
  const wrong = [...unexpectedParameters, ...contradictions];
  const isKnown = row !== undefined;
  return check(
    "parameters",
    isKnown && wrong.length === 0,
    expected,
    isKnown ? wrong.join("; ") || "no others" : "unknown",
  );
}

function judgeSource(claims: BuildClaims, { sourceUri }: BuildExpectations): readonly BuildCheck[] {
  if (sourceUri === undefined) return [];
  const expected = parseSourceUri(sourceUri)?.repository;
  const { repository, sourceDependency, commit } = claims;
  const isSame = expected !== undefined && repository === expected;
  const dependency = sourceDependency?.uri;
  return [
    check("source", isSame, expected ?? sourceUri, repository ?? NOTHING),
    check(
      "source dependency",
      dependency !== undefined && commit !== undefined,
      "the source among the resolved dependencies, with its commit",
      dependency === undefined ? "no such dependency" : `${dependency} at ${commit ?? "no commit"}`,
    ),
  ];
}

function judgeRef(
  { ref, baseRef }: BuildClaims,
  expected: BuildExpectations,
  statedBy: BuildTypeRow["statedBy"] | undefined,
): readonly BuildCheck[] {
  const checks: BuildCheck[] = [];
  const { branch, tag, versionedTag } = expected;
  const built = ref ?? NOTHING;
  if (branch !== undefined) {
    // A tag's branch is the one that it was made from, where the platform says so: no certificate does.
    const tagged = statedBy === "platform" ? baseRef : undefined;
    const found = ref?.startsWith("refs/tags/") === true ? tagged : ref;
    checks.push(check("branch", found === `refs/heads/${branch}`, `refs/heads/${branch}`, found ?? built));
  }
  if (tag !== undefined) checks.push(check("tag", ref === `refs/tags/${tag}`, `refs/tags/${tag}`, built));
  if (versionedTag !== undefined) {
    const name = ref?.startsWith("refs/tags/") === true ? ref.slice("refs/tags/".length) : undefined;
    const isWithin = name !== undefined && isVersionWithin(name, versionedTag);
    checks.push(check("versioned tag", isWithin, `a tag of version ${versionedTag}`, built));
  }
  return checks;
}

function judgeInputs({ inputs }: BuildClaims, expected: BuildExpectations): readonly BuildCheck[] {
  const wanted = Object.entries(expected.inputs ?? {});
  const checks = wanted.map(([name, value]) => {
    const found = inputText(memberOf(inputs, name));
    return check(`input ${name}`, found === value, value, found ?? NOTHING);
  });
  if (expected.exactInputs !== true) return checks;
  const others = Object.keys(inputs ?? {}).filter((name) => !wanted.some(([each]) => each === name));
  return [...checks, check("inputs", others.length === 0, "no other inputs", others.join(", ") || "no others")];
}

/** Forms give texts, events of an API may give other values; lists and objects have no text. */
function inputText(value: Value | undefined): string | undefined {
  if (typeof value === "string") return value;
  if (value instanceof Double) return String(value.value);
  const isPlain = typeof value === "number" || typeof value === "bigint" || typeof value === "boolean";
  return isPlain ? String(value) : undefined;
}

/** npm's subjects are package URLs: `pkg:npm/%40acme/shop@1.0.0`. */
function judgePackage({ subjectName = "" }: StatedBuild, expected: BuildExpectations): readonly BuildCheck[] {
  const { packageName, packageVersion } = expected;
  if (packageName === undefined && packageVersion === undefined) return [];
  const match = /^pkg:npm\/([^?#]+)@([^@?#/]+)$/.exec(subjectName);
  const found = { name: match?.[1]?.replace(/^%40/i, "@") ?? NOTHING, version: match?.[2] ?? NOTHING };
  return [
    ...(packageName === undefined ? [] : [check("package name", found.name === packageName, packageName, found.name)]),
    ...(packageVersion === undefined
      ? []
      : [check("package version", found.version === packageVersion, packageVersion, found.version)]),
  ];
}
