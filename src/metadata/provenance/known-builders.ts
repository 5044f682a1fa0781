import type { BuilderList, BuilderSigner, TrustedBuilder } from "./builder-list.ts";

/** The issuer of tokens to workflows of GitHub Actions. */
export const GITHUB_ISSUER = "https://token.actions.githubusercontent.com";
const GENERATOR = "https://github.com/slsa-framework/slsa-github-generator/.github/workflows";
const HOSTED = { runnerEnvironment: "github-hosted" };

const bySelf: BuilderSigner = {
  kind: "certificate",
  issuer: GITHUB_ISSUER,
  subject: { is: "builder" },
  extensions: {},
  // The first certificates of these builders state no runner.
  extensionsIfStated: HOSTED,
};
const byWorkflow: BuilderSigner = {
  kind: "certificate",
  issuer: GITHUB_ISSUER,
  subject: { is: "workflow" },
  extensions: HOSTED,
};

/** The workflows of slsa-github-generator that run another builder and sign for it. */
const byDelegator: readonly BuilderSigner[] = [
  "delegator_generic_slsa3.yml",
  "delegator_lowperms-generic_slsa3.yml",
].map((name) => ({
  kind: "certificate",
  issuer: GITHUB_ISSUER,
  subject: { is: "pattern", pattern: `${GENERATOR}/${name}@refs/tags/v*` },
  extensions: HOSTED,
}));

const generator = (name: string, signers: readonly BuilderSigner[]): TrustedBuilder => ({
  id: `${GENERATOR}/${name}`,
  refs: ["refs/tags/v*.*.*"],
  highestLevel: 3,
  signers,
});

/** Builders that are believed where no list is given: those of slsa-github-generator, and GitHub's own runners. */
export const KNOWN_BUILDERS: BuilderList = {
  buildTypes: [],
  builders: [
    ...[
      "builder_go_slsa3.yml",
      "generator_generic_slsa3.yml",
      "generator_container_slsa3.yml",
      "builder_container-based_slsa3.yml",
      "builder_docker-based_slsa3.yml",
    ].map((name) => generator(name, [bySelf])),
    ...[
      "builder_maven_slsa3.yml",
      "builder_gradle_slsa3.yml",
      "builder_nodejs_slsa3.yml",
      "builder_bazel_slsa3.yml",
    ].map((name) => generator(name, byDelegator)),
    // npm's first provenance calls it so, and has no other name for it.
    ...["https://github.com/actions/runner/github-hosted", "https://github.com/actions/runner"].map(
      (id): TrustedBuilder => ({ id, highestLevel: 2, signers: [byWorkflow] }),
    ),
  ],
};

/**
 * The builders that are believed without a list: those that amap knows, and the one that is named where it is none of
 * them. A version of a known builder that is not believed is not believed by being named.
 */
export function believedBuilders(builderId: string | undefined): readonly TrustedBuilder[] {
  const known = KNOWN_BUILDERS.builders;
  if (builderId === undefined) return known;
  const name = builderId.split("@")[0];
  return known.some(({ id }) => id === name) ? known : [...known, ...unlistedBuilders(builderId)];
}

/**
 * A builder that is on no list, by the id that the caller expects: what it states is level 1 at most, since nobody says that
 * its build steps cannot reach what it signs with. Without `signers` it is a workflow of GitHub's that signs itself, or
 * that slsa-github-generator runs.
 */
export function unlistedBuilders(id: string, signers?: readonly BuilderSigner[]): readonly TrustedBuilder[] {
  const builder: TrustedBuilder = {
    id,
    highestLevel: 1,
    signers: signers ?? [bySelf, ...byDelegator],
    isUnlisted: true,
  };
  const refs = ["refs/heads/*", "refs/tags/*", "refs/heads/*/*", "refs/tags/*/*"];
  return id.includes("@") ? [builder] : [builder, { ...builder, refs }];
}
