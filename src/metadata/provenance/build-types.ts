import type { BuildTypeRow } from "./build-type.ts";
import { CI_BUILD_TYPES } from "./ci/ci-build.ts";

const environment = "internalParameters.environment";
const internal = "internalParameters";

/** What slsa-github-generator writes as provenance 0.2: the workflow's context stands in the environment. */
const generator = (name: string, note: string): BuildTypeRow => ({
  uri: `https://github.com/slsa-framework/${name}`,
  note,
  statedBy: "platform",
  source: ["externalParameters.configSource.uri"],
  commit: ["externalParameters.configSource.digest.sha1"],
  ref: [`${environment}.github_ref`],
  baseRef: [`${environment}.github_event_payload.base_ref`],
  inputs: [`${environment}.github_event_payload.inputs`],
  trigger: [`${environment}.github_event_name`],
  workflow: ["externalParameters.configSource.entryPoint"],
  parameters: ["configSource", "parameters"],
});

/** The variables of GitHub's that other generators put among the internal parameters, or in 0.2 in the environment. */
const githubVariables = {
  ref: [`${internal}.GITHUB_REF`, `${environment}.GITHUB_REF`],
  commit: [`${internal}.GITHUB_SHA`, `${environment}.GITHUB_SHA`],
  baseRef: [`${internal}.GITHUB_EVENT_PAYLOAD.base_ref`, `${environment}.GITHUB_EVENT_PAYLOAD.base_ref`],
  inputs: [`${internal}.GITHUB_EVENT_PAYLOAD.inputs`, `${environment}.GITHUB_EVENT_PAYLOAD.inputs`],
  trigger: [`${internal}.GITHUB_EVENT_NAME`, `${environment}.GITHUB_EVENT_NAME`],
} as const;

/** GitHub's attestations, and npm's since version 1 of the predicate: claims of the workflow's token. */
const workflowType = (uri: string): BuildTypeRow => ({
  uri,
  note: "A run of a GitHub Actions workflow, as its token describes it",
  statedBy: "workflow",
  source: ["externalParameters.workflow.repository"],
  ref: ["externalParameters.workflow.ref"],
  inputs: ["externalParameters.inputs"],
  trigger: ["internalParameters.github.event_name"],
  workflow: ["externalParameters.workflow.path"],
  parameters: ["workflow.ref", "workflow.repository", "workflow.path", "inputs", "vars"],
});

/** Builds that platforms describe. */
const PLATFORM_TYPES: readonly BuildTypeRow[] = [
  workflowType("https://actions.github.io/buildtypes/workflow/v1"),
  workflowType("https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1"),
  {
    uri: "https://github.com/npm/cli/gha/v2",
    note: "npm publish --provenance in GitHub Actions, provenance 0.2",
    statedBy: "workflow",
    source: ["externalParameters.configSource.uri"],
    ...githubVariables,
    workflow: ["externalParameters.configSource.entryPoint"],
    parameters: ["configSource", "parameters"],
  },
  generator("slsa-github-generator/generic@v1", "slsa-github-generator: digests that a workflow gave it"),
  generator("slsa-github-generator/container@v1", "slsa-github-generator: an image that a workflow pushed"),
  generator("slsa-github-generator/go@v1", "slsa-github-generator: a Go program"),
  generator("slsa-github-generator-go@v1", "slsa-github-generator: a Go program, its first version"),
  {
    uri: "https://github.com/slsa-framework/slsa-github-generator/delegator-generic@v0",
    note: "slsa-github-generator: a builder that it runs apart from its caller",
    statedBy: "platform",
    source: ["externalParameters.configSource.uri", "dependency"],
    ...githubVariables,
    parameters: ["inputs", "vars", "configSource", "parameters"],
  },
  {
    uri: "https://slsa.dev/container-based-build/v0.1?draft",
    note: "slsa-github-generator: a command in a container",
    statedBy: "platform",
    source: ["externalParameters.source.uri"],
    ...githubVariables,
    parameters: ["source", "builderImage", "configPath", "buildConfig"],
  },
  {
    uri: "https://gitlab.com/gitlab-org/gitlab-runner/-/blob/*",
    note: "GitLab Runner's metadata of artifacts",
    statedBy: "platform",
    source: ["externalParameters.source", "externalParameters.configSource.uri"],
    ref: ["externalParameters.variables.CI_COMMIT_REF_NAME"],
    commit: ["externalParameters.variables.CI_COMMIT_SHA"],
    trigger: ["externalParameters.variables.CI_PIPELINE_SOURCE"],
    parameters: ["source", "entryPoint", "variables", "configSource", "parameters"],
  },
  ...["https://tekton.dev/chains/v2/slsa", "https://tekton.dev/chains/v2/slsa-tekton"].map(
    (uri): BuildTypeRow => ({
      uri,
      note: "Tekton Chains: a TaskRun or PipelineRun",
      statedBy: "platform",
      source: ["dependency"],
      parameters: ["runSpec", "buildConfigSource"],
    }),
  ),
  {
    uri: "https://mobyproject.org/buildkit@v1",
    note: "BuildKit, provenance 0.2",
    statedBy: "platform",
    source: ["externalParameters.configSource.uri"],
    commit: ["externalParameters.configSource.digest.sha1"],
    parameters: ["configSource", "parameters"],
  },
  {
    uri: "https://github.com/moby/buildkit/blob/master/docs/attestations/slsa-definitions.md",
    note: "BuildKit, provenance 1",
    statedBy: "platform",
    source: ["externalParameters.configSource.uri"],
    commit: ["externalParameters.configSource.digest.sha1"],
    parameters: ["configSource", "request"],
  },
];

/** What amap writes in a job, about the job that it runs in. */
const JOB_TYPES: readonly BuildTypeRow[] = [
  ...Object.entries(CI_BUILD_TYPES).map(
    ([system, uri]): BuildTypeRow => ({
      uri,
      note: `amap provenance create --ci ${system}: stated by the job itself`,
      statedBy: "job",
      source: ["externalParameters.source.uri"],
      ref: ["externalParameters.source.ref"],
      inputs: ["externalParameters.inputs"],
      trigger: ["externalParameters.trigger"],
      workflow: ["externalParameters.workflow.path"],
      parameters: ["source.uri", "source.ref", "workflow.path", "workflow.name", "trigger", "inputs", "parameters"],
    }),
  ),
  {
    uri: "urn:amap:build-type:image-from-folders:v1",
    note: "An image that amap built from folders; it has no repository",
    statedBy: "job",
    source: [],
    parameters: ["layers", "platforms"],
  },
];

/** Every build type that amap knows. */
const BUILD_TYPES: readonly BuildTypeRow[] = [...PLATFORM_TYPES, ...JOB_TYPES];

/**
 * The row of a build type, or undefined for one that amap does not know; `more` are asked first.
 * @example
 * ```ts
 * import { findBuildType } from "./build-types.ts";
 * findBuildType("https://actions.github.io/buildtypes/workflow/v1")?.statedBy; // "workflow"
 * ```
 */
export function findBuildType(uri: string, more: readonly BuildTypeRow[] = []): BuildTypeRow | undefined {
  return [...more, ...BUILD_TYPES].find((row) =>
    row.uri.endsWith("*") ? uri.startsWith(row.uri.slice(0, -1)) : row.uri === uri,
  );
}
