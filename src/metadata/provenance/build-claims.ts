import { isValueObject, listOf, memberOf, textOf, type Value, type ValueObject } from "../../base/index.ts";
import { withoutUndefined } from "../document-reader.ts";
import type { BuildTypeRow } from "./build-type.ts";
import { findBuildType } from "./build-types.ts";
import type { Provenance, ResourceDescriptor } from "./provenance.ts";
import { parseSourceUri } from "./source-uri.ts";

/** What provenance says of a build, wherever its build type puts it. Claims: the signer's word, until they are judged. */
export interface BuildClaims {
  readonly builderId: string;
  readonly buildType: string;
  /** Undefined for a build type that is not known: then nothing below it is, either. */
  readonly row?: BuildTypeRow;
  /** `https://github.com/acme/shop`, without its reference. */
  readonly repository?: string;
  /** `refs/heads/main`, `refs/tags/v1`. */
  readonly ref?: string;
  /** `refs/heads/main`: the branch from which the tag was made. */
  readonly baseRef?: string;
  /** The commit, in hex. */
  readonly commit?: string;
  /** The resolved dependency that is the source, where there is one. */
  readonly sourceDependency?: ResourceDescriptor;
  readonly trigger?: string;
  readonly workflow?: string;
  readonly inputs?: ValueObject;
  readonly invocationId?: string;
  /** Paths of external parameters that the build type does not have. */
  readonly unexpectedParameters: readonly string[];
  /** What the document says twice and differently, in a sentence each. */
  readonly contradictions: readonly string[];
}

const COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/**
 * What provenance says of a build, by the rules of its build type; `more` are build types that the caller knows.
 * @example
 * ```ts
 * import { readBuildClaims } from "../index.ts";
 * const none = { resolvedDependencies: [], byproducts: [], externalParameters: {} };
 * readBuildClaims({ ...none, buildType: "urn:other", builderId: "urn:builder" }).row; // undefined
 * ```
 */
export function readBuildClaims(provenance: Provenance, more: readonly BuildTypeRow[] = []): BuildClaims {
  const { builderId, buildType, invocationId, externalParameters, internalParameters = {} } = provenance;
  const row = findBuildType(buildType, more);
  if (row === undefined) {
    return withoutUndefined({ builderId, buildType, invocationId, unexpectedParameters: [], contradictions: [] });
  }
  const definition = { externalParameters, internalParameters };
  const text = (places: readonly string[] | undefined): string | undefined => firstText(definition, places ?? []);
  const source = readSource(row, text, provenance.resolvedDependencies);
  const statedRef = text(row.ref);
  return withoutUndefined({
    builderId,
    buildType,
    row,
    repository: source.repository,
    ref: statedRef ?? source.ref ?? source.dependencyRef,
    baseRef: text(row.baseRef),
    commit: source.commit,
    sourceDependency: source.dependency,
    trigger: text(row.trigger),
    workflow: text(row.workflow),
    inputs: firstObject(definition, row.inputs ?? []),
    invocationId,
    unexpectedParameters: unexpectedIn(externalParameters, row.parameters),
    contradictions: [
      ...source.contradictions,
      ...contradiction("ref", fullRef(statedRef), fullRef(source.ref)),
      ...contradiction("ref", fullRef(statedRef ?? source.ref), fullRef(source.dependencyRef)),
    ],
  });
}

/** What the parameters and the dependencies say of the source. */
interface StatedSource {
  readonly repository?: string;
  readonly ref?: string;
  readonly commit?: string;
  readonly dependency?: ResourceDescriptor;
  readonly dependencyRef?: string;
  readonly contradictions: readonly string[];
}

function readSource(
  row: BuildTypeRow,
  text: (places: readonly string[] | undefined) => string | undefined,
  dependencies: readonly ResourceDescriptor[],
): StatedSource {
  const fallback = row.source.includes("dependency") ? dependencies.find(isGitSource)?.uri : undefined;
  const uri = text(row.source.filter((place) => place !== "dependency")) ?? fallback ?? "";
  const { repository, ref } = parseSourceUri(uri) ?? {};
  const of = (descriptor: ResourceDescriptor): string | undefined => parseSourceUri(descriptor.uri ?? "")?.repository;
  const sources = repository === undefined ? [] : dependencies.filter((each) => of(each) === repository);
  const [dependency] = sources;
  const dependencyCommits = sources.map(commitOf);
  const [dependencyCommit] = dependencyCommits;
  const statedCommit = text(row.commit);
  return withoutUndefined({
    repository,
    ref,
    commit: dependencyCommit ?? statedCommit,
    dependency,
    dependencyRef: parseSourceUri(dependency?.uri ?? "")?.ref,
    contradictions: [
      ...contradiction("commit", statedCommit, dependencyCommit),
      ...dependencyCommits
        .slice(1)
        .flatMap((other) => contradiction("commit", dependencyCommit ?? "none", other ?? "none")),
    ],
  });
}

/** Only whole names are compared: a bare `main` may be a branch or a tag. */
function fullRef(ref: string | undefined): string | undefined {
  return ref?.startsWith("refs/") === true ? ref : undefined;
}

function contradiction(what: string, one: string | undefined, other: string | undefined): readonly string[] {
  if (one === undefined || other === undefined || one === other) return [];
  return [`the ${what} is ${one.slice(0, 100)} in one place and ${other.slice(0, 100)} in another`];
}

function isGitSource({ uri = "", digest }: ResourceDescriptor): boolean {
  return uri.startsWith("git+") && Object.keys(digest).length > 0;
}

/** `gitCommit`, or `sha1` as the older documents have it; GitLab's runners call it `sha256`, whatever its length. */
function commitOf({ digest }: ResourceDescriptor): string | undefined {
  const found = ["gitCommit", "sha1", "sha256"].map((name) => textOf(digest, name)).find((hex) => hex !== "");
  return found !== undefined && COMMIT.test(found) ? found : undefined;
}

function find(root: Value, place: string): Value | undefined {
  let at: Value | undefined = root;
  for (const name of place.split(".")) at = memberOf(at, name);
  return at ?? undefined;
}

function firstText(root: Value, places: readonly string[]): string | undefined {
  for (const place of places) {
    const found = find(root, place);
    if (typeof found === "string" && found !== "") return found;
  }
  return undefined;
}

function firstObject(root: Value, places: readonly string[]): ValueObject | undefined {
  for (const place of places) {
    const found = find(root, place);
    if (isValueObject(found)) return found;
  }
  return undefined;
}

/** Paths of members that are not allowed: `workflow.path` allows that member, and of `workflow` no other. */
function unexpectedIn(parameters: ValueObject, allowed: readonly string[], path = ""): readonly string[] {
  return Object.entries(parameters).flatMap(([name, value]): readonly string[] => {
    const at = path === "" ? name : `${path}.${name}`;
    if (allowed.includes(at)) return [];
    const isHolder = allowed.some((each) => each.startsWith(`${at}.`));
    return isHolder && isValueObject(value) ? unexpectedIn(value, allowed, at) : [at];
  });
}

/** What a build says of the machine, the runner, its tools and steps, where amap (or who follows its shape) wrote it. */
export interface BuildSurroundings {
  readonly runner?: ValueObject;
  readonly machine?: ValueObject;
  readonly tools: readonly Value[];
  readonly steps: readonly Value[];
}

/**
 * The surroundings that provenance states of a build: of amap's own build types, steps also of slsa-github-generator.
 * @example
 * ```ts
 * import { readBuildSurroundings } from "../index.ts";
 * const none = { resolvedDependencies: [], byproducts: [], externalParameters: {} };
 * readBuildSurroundings({ ...none, buildType: "urn:other", builderId: "urn:builder" }).tools.length; // 0
 * ```
 */
export function readBuildSurroundings({ internalParameters = {} }: Provenance): BuildSurroundings {
  const object = (name: string): ValueObject | undefined => {
    const value = memberOf(internalParameters, name);
    return isValueObject(value) ? value : undefined;
  };
  const ownSteps = listOf(internalParameters, "steps");
  return withoutUndefined({
    runner: object("runner"),
    machine: object("machine"),
    tools: listOf(internalParameters, "tools"),
    steps: ownSteps.length > 0 ? ownSteps : listOf(memberOf(internalParameters, "buildConfig"), "steps"),
  });
}
