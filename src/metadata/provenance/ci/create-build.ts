import type { Value, ValueObject } from "../../../base/index.ts";
import { withoutUndefined } from "../../document-reader.ts";
import type { Provenance, ResourceDescriptor } from "../provenance.ts";
import { CI_BUILD_TYPES, type CiBuild } from "./ci-build.ts";

/** What the person who runs it adds to what the CI system says, or says instead of it. */
export interface BuildAdditions {
  readonly builderId?: string;
  readonly builderVersion?: Readonly<Record<string, string>>;
  readonly parameters: Readonly<Record<string, string>>;
  readonly dependencies: readonly ResourceDescriptor[];
  readonly byproducts: readonly ResourceDescriptor[];
  readonly machine?: ValueObject;
  /** `{name, version}` each. */
  readonly tools: readonly Value[];
  /** `{name, command?}` each. */
  readonly steps: readonly Value[];
  readonly invocationId?: string;
  readonly startedOn?: string;
  readonly finishedOn?: string;
  /** What git says of the working tree: changed files, tags. */
  readonly workTree?: ValueObject;
}

/**
 * Provenance of a build, as its CI system describes it; undefined where nobody says who built.
 * @example
 * ```ts
 * import { createBuildProvenance } from "../../index.ts";
 * const source = { uri: "git+https://github.com/acme/shop", ref: "refs/heads/main", commit: "ab".repeat(20) };
 * const none = { parameters: {}, dependencies: [], byproducts: [], tools: [], steps: [] };
 * createBuildProvenance({ system: "environment", source }, { ...none, builderId: "urn:laptop" })?.builderId; // "urn:laptop"
 * ```
 */
export function createBuildProvenance(build: CiBuild, more: BuildAdditions): Provenance | undefined {
  const builderId = more.builderId ?? build.builderId;
  if (builderId === undefined) return undefined;
  const { source } = build;
  const steps = [...(build.steps ?? []), ...more.steps];
  const at = source.ref === undefined ? "" : `@${source.ref}`;
  return withoutUndefined({
    buildType: CI_BUILD_TYPES[build.system],
    externalParameters: withoutUndefined({
      source: withoutUndefined({ uri: source.uri, ref: source.ref }),
      workflow: build.workflow,
      trigger: build.trigger,
      inputs: build.inputs,
      parameters: Object.keys(more.parameters).length === 0 ? undefined : more.parameters,
    }),
    internalParameters: withoutUndefined({
      variables: build.variables,
      runner: build.runner,
      machine: more.machine,
      workTree: more.workTree,
      tools: more.tools.length === 0 ? undefined : more.tools,
      steps: steps.length === 0 ? undefined : steps,
    }),
    resolvedDependencies: [
      { uri: `${source.uri}${at}`, digest: { gitCommit: source.commit } },
      ...(build.dependencies ?? []),
      ...more.dependencies,
    ],
    builderId,
    builderVersion: more.builderVersion,
    invocationId: more.invocationId ?? build.invocationId,
    startedOn: more.startedOn ?? build.startedOn,
    finishedOn: more.finishedOn ?? build.finishedOn,
    byproducts: more.byproducts,
  });
}
