import type { Value, ValueObject } from "../../../base/index.ts";
import type { ResourceDescriptor } from "../provenance.ts";

/**
 * The build type of what amap writes in a job of each.
 * @see docs/build-types.md
 */
export const CI_BUILD_TYPES = {
  github: "urn:amap:build-type:github-actions:v1",
  gitlab: "urn:amap:build-type:gitlab-ci:v1",
  jenkins: "urn:amap:build-type:jenkins:v1",
  tekton: "urn:amap:build-type:tekton:v1",
  circleci: "urn:amap:build-type:circleci:v1",
  buildkite: "urn:amap:build-type:buildkite:v1",
  environment: "urn:amap:build-type:environment:v1",
} as const;

/** The CI systems whose variables are read; `environment` is none of them: what git says of a working tree. */
export type CiSystem = keyof typeof CI_BUILD_TYPES;

/** What a CI system says of the build that it runs, in the places of amap's build types. Nothing in it is secret. */
export interface CiBuild {
  readonly system: CiSystem;
  /** Absent where the system has no name for what builds. */
  readonly builderId?: string;
  readonly source: CiSource;
  readonly workflow?: { readonly path?: string; readonly name?: string };
  readonly trigger?: string;
  readonly inputs?: ValueObject;
  readonly invocationId?: string;
  /** RFC 3339. */
  readonly startedOn?: string;
  readonly finishedOn?: string;
  /** Name, labels, image and the like of the machine that runs the job, by plain names. */
  readonly runner?: ValueObject;
  /** Numbers and names of the run, by the system's own names. */
  readonly variables?: ValueObject;
  readonly dependencies?: readonly ResourceDescriptor[];
  readonly steps?: readonly Value[];
}

/** What was built. */
export interface CiSource {
  /** `git+https://github.com/acme/shop`. */
  readonly uri: string;
  /** `refs/heads/main`; absent where it is no branch or tag. */
  readonly ref?: string;
  /** 40 or 64 hex digits. */
  readonly commit: string;
}
