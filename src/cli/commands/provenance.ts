import type { Command } from "commander";
import { createCiProvenance, createProvenance, encodeProvenanceDocument, toJsonBytes } from "../../app/index.ts";
import { AmapError, decodeUtf8 } from "../../base/index.ts";
import { VERSION } from "../../wiring/index.ts";
import { choiceOf, collect, isOn, pairsOf, requireText, textOf, textsOf } from "../flags.ts";
import type { Flags, Verb } from "../verb.ts";

const CI = ["auto", "github", "gitlab", "jenkins", "tekton", "circleci", "buildkite", "environment", "none"] as const;

/** Flags that say what a CI system cannot: with `--ci none` they would be ignored, and are refused. */
const CI_FLAGS = {
  directory: "--directory",
  requireClean: "--require-clean",
  sourceUri: "--source-uri",
  tektonRun: "--tekton-run",
  sbom: "--sbom",
  byproduct: "--byproduct",
  toolchain: "--toolchain",
  tool: "--tool",
  step: "--step",
  steps: "--steps",
} as const;

function declare(command: Command): void {
  command
    .option(
      "--ci <system>",
      `whose word to take: ${CI.join(", ")} (default: auto, or none where --build-type is given)`,
    )
    .option("--builder-id <uri>", "who built, in place of what the CI system says; needed where it says nothing")
    .option("--build-type <uri>", "how to read the parameters; only with --ci none")
    .option("--parameter <key=value>", "an external parameter", collect)
    .option("--dependency <uri@sha256:…>", "something that went in", collect)
    .option("--sbom <file>", "an SBOM whose components went in; may be repeated", collect)
    .option("--byproduct <file>", "a file that the build made beside its artifacts; may be repeated", collect)
    .option("--toolchain <name=version>", "a tool that was used; may be repeated", collect)
    .option("--tool <name>", "a tool that is asked for its version: go, node, java, …; may be repeated", collect)
    .option("--step <name=command>", "a step of the build; may be repeated", collect)
    .option("--steps <file>", "a list of steps in YAML or JSON: name, command, image")
    .option("--directory <folder>", "the working tree of git that is built; its commit must be the CI system's")
    .option("--source-uri <repository>", "with --ci environment: the repository, in place of git's origin")
    .option("--require-clean", "refuse a working tree with changes")
    .option("--tekton-run <file>", "the TaskRun or PipelineRun, as kubectl get -o json writes it")
    .option("--invocation-id <id>")
    .option("--started-on <time>", "RFC 3339")
    .option("--finished-on <time>", "RFC 3339, or now")
    .option("--file <file>", "write it there instead of standard output");
}

function optional<K extends string>(flags: Flags, ...names: readonly K[]): Partial<Record<K, string>> {
  const found = names.flatMap((name) => {
    const value = textOf(flags, name);
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(found) as Partial<Record<K, string>>;
}

/** `amap provenance create`. */
export const provenanceCreate: Verb = {
  positional: [],
  registry: false,
  declare,
  run: async ({ world, terminal }, _, flags) => {
    const ci = choiceOf(flags, "ci", "--ci", CI, textOf(flags, "buildType") === undefined ? "auto" : "none");
    const given = {
      parameters: pairsOf(textsOf(flags, "parameter"), "--parameter"),
      dependencies: textsOf(flags, "dependency"),
      ...optional(flags, "invocationId", "startedOn", "finishedOn"),
    };
    const provenance =
      ci === "none"
        ? createProvenance(withoutCi(flags, given))
        : await createCiProvenance(world, { ...given, ...withCi(flags), ci });
    const bytes = toJsonBytes(encodeProvenanceDocument(provenance));
    const file = textOf(flags, "file");
    if (file === undefined) terminal.result(decodeUtf8(bytes) ?? "");
    else await world.files.write(file, bytes);
    return 0;
  },
};

type Given = Pick<Parameters<typeof createCiProvenance>[1], "parameters" | "dependencies">;

function withoutCi(flags: Flags, { parameters, ...given }: Given): Parameters<typeof createProvenance>[0] {
  for (const [name, flag] of Object.entries(CI_FLAGS)) {
    if (flags[name] !== undefined) throw new AmapError("USAGE", `${flag} is only of use with --ci`);
  }
  return {
    ...given,
    externalParameters: parameters,
    builderId: requireText(flags, "builderId", "--builder-id"),
    buildType: requireText(flags, "buildType", "--build-type"),
  };
}

function withCi(flags: Flags): Omit<Parameters<typeof createCiProvenance>[1], "ci" | keyof Given> {
  if (textOf(flags, "buildType") !== undefined) {
    throw new AmapError("USAGE", "--build-type is only of use with --ci none: a CI system has a build type of its own");
  }
  const { steps, ...texts } = optional(flags, "builderId", "directory", "sourceUri", "tektonRun", "steps");
  return {
    ...texts,
    ...(steps === undefined ? {} : { stepsFile: steps }),
    requiresClean: isOn(flags, "requireClean"),
    version: VERSION,
    sboms: textsOf(flags, "sbom"),
    byproducts: textsOf(flags, "byproduct"),
    toolchains: textsOf(flags, "toolchain"),
    tools: textsOf(flags, "tool"),
    steps: textsOf(flags, "step"),
  };
}
