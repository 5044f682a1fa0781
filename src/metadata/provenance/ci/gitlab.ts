import { withoutUndefined } from "../../document-reader.ts";
import type { CiBuild } from "./ci-build.ts";
import type { CiVariables } from "./ci-variables.ts";

const NUMBERS = [
  "CI_PIPELINE_ID",
  "CI_PIPELINE_IID",
  "CI_JOB_ID",
  "CI_JOB_STAGE",
  "CI_PROJECT_ID",
  "CI_PROJECT_PATH",
  "CI_COMMIT_REF_PROTECTED",
  "CI_ENVIRONMENT_NAME",
];

/**
 * A job of GitLab CI. Pipeline variables are not read: any of them may be a secret.
 * @see docs.gitlab.com, Predefined CI/CD variables reference
 */
export function readGitlab(variables: CiVariables): CiBuild {
  const project = variables.needUrl("CI_PROJECT_URL");
  const image = variables.text("CI_JOB_IMAGE");
  return withoutUndefined({
    system: "gitlab" as const,
    builderId: `${project}/-/runners/${variables.need("CI_RUNNER_ID")}`,
    source: {
      uri: `git+${project}`,
      commit: variables.needCommit("CI_COMMIT_SHA"),
      ref: refOf(variables),
    },
    workflow: withoutUndefined({ path: variables.text("CI_CONFIG_PATH"), name: variables.need("CI_JOB_NAME") }),
    trigger: variables.need("CI_PIPELINE_SOURCE"),
    invocationId: `${project}/-/jobs/${variables.need("CI_JOB_ID")}`,
    startedOn: variables.time("CI_JOB_STARTED_AT"),
    runner: withoutUndefined({
      name: variables.text("CI_RUNNER_DESCRIPTION"),
      version: variables.text("CI_RUNNER_VERSION"),
      architecture: variables.text("CI_RUNNER_EXECUTABLE_ARCH"),
      labels: variables.text("CI_RUNNER_TAGS"),
      image: image === undefined ? undefined : { name: image },
    }),
    variables: variables.named(NUMBERS),
  });
}

function refOf(variables: CiVariables): string {
  const mergeRequest = variables.text("CI_MERGE_REQUEST_REF_PATH");
  const tag = variables.text("CI_COMMIT_TAG");
  if (mergeRequest !== undefined) return mergeRequest;
  if (tag !== undefined) return `refs/tags/${tag}`;
  return `refs/heads/${variables.needOne(["CI_COMMIT_BRANCH", "CI_COMMIT_TAG", "CI_MERGE_REQUEST_REF_PATH"])}`;
}
