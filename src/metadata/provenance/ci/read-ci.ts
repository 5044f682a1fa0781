import type { Decoded, Value } from "../../../base/index.ts";
import { DocumentReader } from "../../document-reader.ts";
import { readBuildkite } from "./buildkite.ts";
import { type CiBuild, type CiSource, type CiSystem } from "./ci-build.ts";
import { CiVariables, type Environment } from "./ci-variables.ts";
import { readCircleci } from "./circleci.ts";
import { readGithub } from "./github.ts";
import { readGitlab } from "./gitlab.ts";
import { readJenkins } from "./jenkins.ts";
import { toSourceUri } from "./secrets.ts";
import { readTekton } from "./tekton.ts";

/** The variable by which each system says that it runs the job, and its value where it has but one. */
const SIGNS: readonly (readonly [CiSystem, variable: string, value?: string])[] = [
  ["github", "GITHUB_ACTIONS", "true"],
  ["gitlab", "GITLAB_CI", "true"],
  ["jenkins", "JENKINS_URL"],
  ["circleci", "CIRCLECI", "true"],
  ["buildkite", "BUILDKITE", "true"],
];

/**
 * The systems that seem to run the job; more than one where a job of one is started inside another's, and then nobody can
 * tell whose word to take.
 * @example
 * ```ts
 * import { detectCiSystems } from "../../index.ts";
 * detectCiSystems((name) => (name === "GITLAB_CI" ? "true" : undefined)); // ["gitlab"]
 * ```
 */
export function detectCiSystems(environment: Environment): readonly CiSystem[] {
  return SIGNS.filter(([, name, value]) => {
    const found = environment(name) ?? "";
    return value === undefined ? found !== "" : found === value;
  }).map(([system]) => system);
}

/** What is read beside the variables. */
export interface CiInput {
  readonly environment: Environment;
  /** The file of GITHUB_EVENT_PATH. */
  readonly event?: Value;
  /** A TaskRun or PipelineRun. */
  readonly tektonRun?: Value;
  /** What git says of the working tree; its remote as git has it. */
  readonly workTree?: { readonly remote: string; readonly commit: string; readonly ref?: string };
}

/**
 * What a CI system says of its build. Issues name every variable that is missing (CI_FACTS_MISSING) or that cannot be told
 * (VALUE_INVALID), and never hold a value.
 * @example
 * ```ts
 * import { readCiBuild } from "../../index.ts";
 * const read = readCiBuild("gitlab", { environment: () => undefined });
 * read.ok ? "" : read.issues[0]?.path; // "CI_PROJECT_URL"
 * ```
 */
export function readCiBuild(system: CiSystem, input: CiInput): Decoded<CiBuild> {
  const variables = new CiVariables(input.environment);
  const build = READERS[system](variables, input);
  return variables.reader.finish(build);
}

const READERS: Readonly<Record<CiSystem, (variables: CiVariables, input: CiInput) => CiBuild | undefined>> = {
  github: (variables, { event }) => readGithub(variables, event),
  gitlab: readGitlab,
  jenkins: readJenkins,
  circleci: readCircleci,
  buildkite: readBuildkite,
  tekton: ({ reader }, { tektonRun }) => readTekton(reader, tektonRun ?? null),
  environment: ({ reader }, { workTree }) => readWorkTree(reader, workTree),
};

function readWorkTree(reader: DocumentReader, workTree: CiInput["workTree"]): CiBuild | undefined {
  if (workTree === undefined)
    return reader.refuse("", "expected a working tree of git, found none", "CI_FACTS_MISSING");
  const uri = toSourceUri(workTree.remote);
  if (uri === undefined) {
    return reader.refuse("remote.origin.url", "expected the address of a repository on a server", "CI_FACTS_MISSING");
  }
  const source: CiSource = {
    uri,
    commit: workTree.commit,
    ...(workTree.ref === undefined ? {} : { ref: workTree.ref }),
  };
  return { system: "environment", source };
}
