import type { VerifiedAttestation } from "../../attestation/index.ts";
import type { Value, ValueObject } from "../../base/index.ts";
import {
  judgeBuild,
  KNOWN_BUILDERS,
  type Provenance,
  type ResourceDescriptor,
  readBuildClaims,
  readBuildSurroundings,
  unlistedBuilders,
} from "../../metadata/index.ts";

/**
 * Provenance as policies see it. `source`, `trigger`, `workflow` and `inputs` are where the build type puts them, and null
 * or empty for one that amap does not know. `buildLevel` is the SLSA level by the builders that amap knows: of any other
 * it is 1, and 0 where the document contradicts its signer's certificate or itself, or has parameters that its build type
 * does not have.
 */
export function describeProvenance(document: Provenance, { signer }: VerifiedAttestation): ValueObject {
  const claims = readBuildClaims(document);
  const surroundings = readBuildSurroundings(document);
  const builders = [...KNOWN_BUILDERS.builders, ...unlistedBuilders(document.builderId, [{ kind: "anyone-trusted" }])];
  const { level } = judgeBuild({ claims, signer }, builders, {});
  const { repository, ref, commit } = claims;
  return {
    builderId: document.builderId,
    buildType: document.buildType,
    statedBy: claims.row?.statedBy ?? null,
    buildLevel: level.level,
    source: repository === undefined ? null : { repository, ref: ref ?? null, commit: commit ?? null },
    trigger: claims.trigger ?? null,
    workflow: claims.workflow ?? null,
    inputs: claims.inputs ?? {},
    externalParameters: document.externalParameters,
    unexpectedParameters: claims.unexpectedParameters,
    materials: document.resolvedDependencies.map(describeMaterial),
    byproducts: document.byproducts.map(describeMaterial),
    runner: surroundings.runner ?? null,
    machine: surroundings.machine ?? null,
    tools: surroundings.tools,
    steps: surroundings.steps,
    invocationId: document.invocationId ?? null,
    startedOn: document.startedOn ?? null,
    finishedOn: document.finishedOn ?? null,
  };
}

function describeMaterial({ name, uri, digest }: ResourceDescriptor): Value {
  return { name: name ?? null, uri: uri ?? null, digest };
}
