import { withoutUndefined } from "../../document-reader.ts";
import type { CiBuild } from "./ci-build.ts";
import type { CiVariables } from "./ci-variables.ts";

const NUMBERS = [
  "BUILDKITE_BUILD_NUMBER",
  "BUILDKITE_BUILD_ID",
  "BUILDKITE_JOB_ID",
  "BUILDKITE_STEP_KEY",
  "BUILDKITE_PULL_REQUEST",
];

/**
 * A job of Buildkite. The command that it runs is not read: it may hold a secret.
 * @see buildkite.com/docs, Environment variables
 */
export function readBuildkite(variables: CiVariables): CiBuild {
  const url = variables.needUrl("BUILDKITE_BUILD_URL");
  const organization = variables.need("BUILDKITE_ORGANIZATION_SLUG");
  const agent = variables.need("BUILDKITE_AGENT_ID");
  const tag = variables.text("BUILDKITE_TAG");
  const isTag = tag !== undefined;
  const origin = /^https?:\/\/[^/]+/.exec(url)?.[0] ?? "";
  return withoutUndefined({
    system: "buildkite" as const,
    builderId: `${origin}/organizations/${organization}/agents/${agent}`,
    source: {
      uri: variables.needRepository("BUILDKITE_REPO"),
      commit: variables.needCommit("BUILDKITE_COMMIT"),
      ref: isTag ? `refs/tags/${tag}` : `refs/heads/${variables.need("BUILDKITE_BRANCH")}`,
    },
    workflow: { name: variables.need("BUILDKITE_PIPELINE_SLUG") },
    trigger: variables.need("BUILDKITE_SOURCE"),
    invocationId: `${url}#${variables.need("BUILDKITE_JOB_ID")}`,
    runner: withoutUndefined({ name: variables.text("BUILDKITE_AGENT_NAME") }),
    variables: variables.named(NUMBERS),
  });
}
