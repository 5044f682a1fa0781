import { withoutUndefined } from "../../document-reader.ts";
import type { CiBuild } from "./ci-build.ts";
import type { CiVariables } from "./ci-variables.ts";

/**
 * A build of Jenkins with its git plugin. Parameters of the build are variables like all others: they are given by flags,
 * so that no secret is taken for one.
 * @see the page `env-vars.html` of every Jenkins; plugins.jenkins.io/git
 */
export function readJenkins(variables: CiVariables): CiBuild {
  return withoutUndefined({
    system: "jenkins" as const,
    builderId: variables.needUrl("JENKINS_URL"),
    source: withoutUndefined({
      uri: variables.needRepository("GIT_URL"),
      commit: variables.needCommit("GIT_COMMIT"),
      ref: refOf(variables),
    }),
    workflow: { name: variables.need("JOB_NAME") },
    invocationId: variables.needUrl("BUILD_URL"),
    runner: withoutUndefined({ name: variables.text("NODE_NAME"), labels: variables.text("NODE_LABELS") }),
    variables: variables.named(["BUILD_NUMBER", "BUILD_TAG", "EXECUTOR_NUMBER", "CHANGE_ID", "CHANGE_TARGET"]),
  });
}

/** `GIT_BRANCH` has the remote's name before it; the branch of a change is one of Jenkins' own making. */
function refOf(variables: CiVariables): string | undefined {
  const tag = variables.text("TAG_NAME");
  if (tag !== undefined) return `refs/tags/${tag}`;
  if (variables.text("CHANGE_ID") !== undefined) return undefined;
  const local = variables.text("GIT_LOCAL_BRANCH") ?? variables.text("BRANCH_NAME");
  if (local !== undefined) return `refs/heads/${local}`;
  const branch = variables.need("GIT_BRANCH");
  const name = branch.replace(/^(?:refs\/remotes\/)?origin\//, "");
  return branch === "" || name === "detached" ? undefined : `refs/heads/${name}`;
}
