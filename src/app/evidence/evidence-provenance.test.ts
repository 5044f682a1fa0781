import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { CertificateSigner, VerifiedAttestation } from "../../attestation/index.ts";
import { createBuildProvenance, type Provenance } from "../../metadata/index.ts";
import { describeProvenance } from "./evidence-provenance.ts";

const COMMIT = "0123456789abcdef0123456789abcdef01234567";
const REPOSITORY = "https://github.com/acme/shop";
const BUILDER = "https://github.com/actions/runner/github-hosted";
const signer: CertificateSigner = {
  kind: "certificate",
  name: "release",
  subject: `${REPOSITORY}/.github/workflows/a.yml@refs/heads/main`,
  issuer: "https://token.actions.githubusercontent.com",
  extensions: {
    runnerEnvironment: "github-hosted",
    sourceRepositoryURI: REPOSITORY,
    sourceRepositoryDigest: COMMIT,
    sourceRepositoryRef: "refs/heads/main",
  },
  fingerprint: "00",
};
const attested = (by: VerifiedAttestation["signer"]): VerifiedAttestation => ({ signer: by }) as VerifiedAttestation;
const key = { kind: "key", keyId: "k", name: "release" } as const;

const workflow: Provenance = {
  buildType: "https://actions.github.io/buildtypes/workflow/v1",
  externalParameters: {
    workflow: { repository: REPOSITORY, ref: "refs/heads/main", path: ".github/workflows/a.yml" },
    inputs: { channel: "stable" },
  },
  resolvedDependencies: [{ uri: `git+${REPOSITORY}@refs/heads/main`, digest: { gitCommit: COMMIT } }],
  builderId: BUILDER,
  byproducts: [],
};

describe("provenance for policies", () => {
  test("has source, inputs, materials and the level", () => {
    const seen = describeProvenance(workflow, attested(signer));
    assert.deepEqual(seen["source"], { repository: REPOSITORY, ref: "refs/heads/main", commit: COMMIT });
    assert.deepEqual([seen["buildLevel"], seen["inputs"], seen["statedBy"]], [2, { channel: "stable" }, "workflow"]);
    assert.deepEqual(seen["materials"], [
      { name: null, uri: `git+${REPOSITORY}@refs/heads/main`, digest: { gitCommit: COMMIT } },
    ]);
  });
  test("of a job has what it says of runner, machine, tools and steps, and is level 1", () => {
    const source = { uri: `git+${REPOSITORY}`, ref: "refs/heads/main", commit: COMMIT };
    const made = createBuildProvenance(
      { system: "github", builderId: BUILDER, source, runner: { os: "Linux" } },
      {
        parameters: {},
        dependencies: [],
        byproducts: [],
        machine: { os: "linux" },
        tools: [{ name: "go", version: "1.26.0" }],
        steps: [{ name: "make" }],
      },
    );
    assert.ok(made);
    const seen = describeProvenance(made, attested(signer));
    assert.deepEqual(
      [seen["runner"], seen["machine"], seen["tools"], seen["steps"], seen["buildLevel"]],
      [{ os: "Linux" }, { os: "linux" }, [{ name: "go", version: "1.26.0" }], [{ name: "make" }], 1],
    );
  });

  const levels: readonly (readonly [string, Provenance, VerifiedAttestation["signer"], number])[] = [
    ["by a key of whom the policy trusts", workflow, key, 1],
    ["by another workflow than it names", workflow, { ...signer, subject: `${REPOSITORY}/b.yml@refs/heads/main` }, 1],
    [
      "against its certificate",
      workflow,
      { ...signer, extensions: { ...signer.extensions, sourceRepositoryDigest: "f".repeat(40) } },
      0,
    ],
    [
      "with a parameter too many",
      { ...workflow, externalParameters: { ...workflow.externalParameters, x: 1 } },
      signer,
      0,
    ],
    ["of a build type that is not known", { ...workflow, buildType: "urn:other" }, signer, 0],
  ];
  for (const [name, document, by, level] of levels) {
    test(`${name} is level ${level}`, () =>
      assert.equal(describeProvenance(document, attested(by))["buildLevel"], level));
  }
});
