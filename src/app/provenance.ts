import { AmapError, type Digest, digestOf, isDigest, LIMITS, parseTime, type Value } from "../base/index.ts";
import {
  decodeProvenance,
  encodeProvenance,
  findUntellable,
  type Provenance,
  type ResourceDescriptor,
} from "../metadata/index.ts";
import type { BuiltImage } from "./build-image.ts";
import { readNamedJson } from "./scan.ts";
import type { World } from "./world.ts";

/** The build type of images that amap itself builds from folders; its parameters are `layers` and `platforms`. */
export const AMAP_BUILD_TYPE = "urn:amap:build-type:image-from-folders:v1";

/** Facts of a build that just ran. */
export interface BuildFacts {
  readonly builderId: string;
  readonly builderVersion: string;
  readonly invocationId: string;
  /** RFC 3339. */
  readonly startedOn: string;
  readonly finishedOn: string;
  readonly externalParameters: Readonly<Record<string, Value>>;
}

/** SLSA provenance of an image that amap built: every file that went in is a resolved dependency with its digest. */
export function describeBuild(built: BuiltImage, facts: BuildFacts): Provenance {
  return {
    buildType: AMAP_BUILD_TYPE,
    externalParameters: facts.externalParameters,
    resolvedDependencies: built.materials.map(
      ({ path, bytes }): ResourceDescriptor => ({ uri: `file:${path}`, digest: sha256(digestOf(bytes)) }),
    ),
    builderId: facts.builderId,
    builderVersion: { amap: facts.builderVersion },
    invocationId: facts.invocationId,
    startedOn: facts.startedOn,
    finishedOn: facts.finishedOn,
    byproducts: built.platforms.map(
      ({ digest, platform }): ResourceDescriptor => ({
        name: `manifest for ${platform?.os ?? ""}/${platform?.architecture ?? ""}`,
        digest: sha256(digest),
      }),
    ),
  };
}

/**
 * Reads a SLSA provenance v1 predicate.
 * @throws {AmapError} FILE_NOT_FOUND, JSON_INVALID, DOCUMENT_INVALID with the place
 */
export async function readProvenance(world: World, path: string): Promise<Provenance> {
  const decoded = decodeProvenance(readNamedJson(await world.files.read(path, LIMITS.attachmentBytes), path));
  if (decoded.ok) return decoded.value;
  const [issue] = decoded.issues;
  throw new AmapError("DOCUMENT_INVALID", `${path}: ${issue?.path ?? ""} ${issue?.message ?? ""}`, {
    details: { issues: decoded.issues },
  });
}

function sha256(digest: Digest): Readonly<Record<string, string>> {
  return { [digest.slice(0, digest.indexOf(":"))]: digest.slice(digest.indexOf(":") + 1) };
}

/** What `provenance create` is told. */
export interface ProvenanceInput {
  readonly builderId: string;
  readonly buildType: string;
  readonly externalParameters: Readonly<Record<string, string>>;
  /** `URI@sha256:HEX` each. */
  readonly dependencies: readonly string[];
  readonly invocationId?: string;
  readonly startedOn?: string;
  readonly finishedOn?: string;
}

/**
 * Provenance from what a build system states.
 * @throws {AmapError} USAGE for a dependency without digest, VALUE_INVALID for a time that is none and for what looks like
 * a secret
 */
export function createProvenance(input: ProvenanceInput): Provenance {
  for (const time of [input.startedOn, input.finishedOn]) {
    if (time !== undefined && parseTime(time) === undefined)
      throw new AmapError("VALUE_INVALID", `expected an RFC 3339 time, found "${time}"`);
  }
  const { dependencies, ...stated } = input;
  return tellable({
    ...stated,
    resolvedDependencies: dependencies.map(parseDependency),
    byproducts: [],
  });
}

/** Provenance that may be read by everybody. @throws {AmapError} VALUE_INVALID with the place of what may not */
export function tellable(provenance: Provenance): Provenance {
  const [untellable] = findUntellable(encodeProvenance(provenance));
  if (untellable === undefined) return provenance;
  throw new AmapError("VALUE_INVALID", `${untellable}: it looks like a secret, or holds control characters`, {
    hint: "Provenance is read by everybody: leave it out, or name it otherwise.",
  });
}

/** `URI@sha256:HEX`. @throws {AmapError} USAGE */
export function parseDependency(text: string): ResourceDescriptor {
  return parsePinned(text, "--dependency");
}

/** `URI@sha256:HEX` of a flag. @throws {AmapError} USAGE */
export function parsePinned(text: string, flag: string): ResourceDescriptor {
  const at = text.lastIndexOf("@");
  const digest = text.slice(at + 1);
  if (at <= 0 || !isDigest(digest)) {
    throw new AmapError("USAGE", `${flag}: expected URI@sha256:…, found "${text.slice(0, 200)}"`);
  }
  return { uri: text.slice(0, at), digest: sha256(digest) };
}

/** Provenance as a SLSA v1 predicate. */
export function encodeProvenanceDocument(provenance: Provenance): Value {
  return encodeProvenance(provenance);
}
