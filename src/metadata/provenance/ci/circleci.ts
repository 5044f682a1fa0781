import { withoutUndefined } from "../../document-reader.ts";
import type { CiBuild } from "./ci-build.ts";
import type { CiVariables } from "./ci-variables.ts";

const NUMBERS = [
  "CIRCLE_BUILD_NUM",
  "CIRCLE_PIPELINE_ID",
  "CIRCLE_WORKFLOW_ID",
  "CIRCLE_WORKFLOW_JOB_ID",
  "CIRCLE_PR_NUMBER",
  "CIRCLE_NODE_INDEX",
];

/**
 * A job of CircleCI. The builder is the server that runs it: jobs see nothing that tells runners apart.
 * @see circleci.com/docs, Project values and variables
 */
export function readCircleci(variables: CiVariables): CiBuild {
  const url = variables.needUrl("CIRCLE_BUILD_URL");
  const tag = variables.text("CIRCLE_TAG");
  const branch = tag === undefined ? variables.needOne(["CIRCLE_BRANCH", "CIRCLE_TAG"]) : "";
  return withoutUndefined({
    system: "circleci" as const,
    builderId: /^https?:\/\/[^/]+/.exec(url)?.[0],
    source: {
      uri: variables.needRepository("CIRCLE_REPOSITORY_URL"),
      commit: variables.needCommit("CIRCLE_SHA1"),
      ref: tag === undefined ? branchRef(branch) : `refs/tags/${tag}`,
    },
    workflow: { name: variables.need("CIRCLE_JOB") },
    invocationId: url,
    variables: variables.named(NUMBERS),
  });
}

/** A pull request from another repository is the branch `pull/12` to CircleCI, and no branch of this one. */
function branchRef(branch: string): string {
  return /^pull\/\d+$/.test(branch) ? `refs/${branch}/head` : `refs/heads/${branch}`;
}
