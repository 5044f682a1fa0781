import { isValueObject, memberOf, type Value } from "../../../base/index.ts";
import { withoutUndefined } from "../../document-reader.ts";
import type { CiBuild } from "./ci-build.ts";
import { type CiVariables, toldInputs } from "./ci-variables.ts";

const NUMBERS = [
  "GITHUB_RUN_ID",
  "GITHUB_RUN_NUMBER",
  "GITHUB_RUN_ATTEMPT",
  "GITHUB_REPOSITORY_ID",
  "GITHUB_REPOSITORY_OWNER_ID",
  "GITHUB_ACTOR_ID",
  "GITHUB_JOB",
  "GITHUB_WORKFLOW_SHA",
  "GITHUB_REF_PROTECTED",
];

/**
 * A job of GitHub Actions.
 * @param event the file that GITHUB_EVENT_PATH names
 * @see docs.github.com, Variables reference
 */
export function readGithub(variables: CiVariables, event: Value | undefined): CiBuild {
  const server = variables.needUrl("GITHUB_SERVER_URL");
  const repository = variables.need("GITHUB_REPOSITORY");
  const ref = variables.need("GITHUB_REF");
  const run = `${variables.need("GITHUB_RUN_ID")}/attempts/${variables.need("GITHUB_RUN_ATTEMPT")}`;
  const trigger = variables.need("GITHUB_EVENT_NAME");
  // The machines' makers are told apart by this alone.
  const environment = variables.need("RUNNER_ENVIRONMENT");
  const inputs = memberOf(event, "inputs");
  return withoutUndefined({
    system: "github" as const,
    builderId: `${server}/actions/runner/${environment}`,
    source: { uri: `git+${server}/${repository}`, ref, commit: variables.needCommit("GITHUB_SHA") },
    workflow: withoutUndefined({
      path: workflowPath(variables.need("GITHUB_WORKFLOW_REF"), repository),
      name: variables.text("GITHUB_WORKFLOW"),
    }),
    trigger,
    inputs: isValueObject(inputs) ? toldInputs(variables.reader, inputs, "inputs of the event") : undefined,
    invocationId: `${server}/${repository}/actions/runs/${run}`,
    runner: withoutUndefined({
      environment,
      name: variables.text("RUNNER_NAME"),
      os: variables.text("RUNNER_OS"),
      architecture: variables.text("RUNNER_ARCH"),
      image: image(variables.text("ImageOS"), variables.text("ImageVersion")),
    }),
    variables: variables.named(NUMBERS),
  });
}

/** `acme/shop/.github/workflows/release.yml@refs/heads/main` without repository and reference. */
function workflowPath(workflowRef: string, repository: string): string {
  const path = workflowRef.split("@")[0] ?? "";
  return path.startsWith(`${repository}/`) ? path.slice(repository.length + 1) : path;
}

function image(name: string | undefined, version: string | undefined): Value | undefined {
  return name === undefined ? undefined : withoutUndefined({ name, version });
}
