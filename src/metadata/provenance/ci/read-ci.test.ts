/** What each CI system says of its build: the good case, what is missing, and that nothing secret is ever told. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { Value } from "../../../base/index.ts";
import { readBuildClaims } from "../build-claims.ts";
import { decodeProvenance, encodeProvenance } from "../slsa.ts";
import type { CiBuild, CiSystem } from "./ci-build.ts";
import { createBuildProvenance } from "./create-build.ts";
import { type CiInput, detectCiSystems, readCiBuild } from "./read-ci.ts";
import { findUntellable, looksSecret, namesSecret, toPlainUrl, toSourceUri } from "./secrets.ts";

const COMMIT = "0123456789abcdef0123456789abcdef01234567";
type Variables = Readonly<Record<string, string>>;

const GITHUB: Variables = {
  GITHUB_ACTIONS: "true",
  GITHUB_SERVER_URL: "https://github.com",
  GITHUB_REPOSITORY: "acme/shop",
  GITHUB_REF: "refs/tags/v1.2.3",
  GITHUB_SHA: COMMIT,
  GITHUB_RUN_ID: "7",
  GITHUB_RUN_ATTEMPT: "2",
  GITHUB_EVENT_NAME: "workflow_dispatch",
  GITHUB_WORKFLOW_REF: "acme/shop/.github/workflows/release.yml@refs/tags/v1.2.3",
  GITHUB_WORKFLOW: "Release",
  RUNNER_ENVIRONMENT: "github-hosted",
  RUNNER_NAME: "GitHub Actions 4",
  RUNNER_OS: "Linux",
  RUNNER_ARCH: "X64",
  ImageOS: "ubuntu24",
  ImageVersion: "20261101.1.0",
};
const GITLAB: Variables = {
  GITLAB_CI: "true",
  CI_PROJECT_URL: "https://gitlab.com/acme/shop",
  CI_COMMIT_SHA: COMMIT,
  CI_COMMIT_BRANCH: "main",
  CI_PIPELINE_SOURCE: "push",
  CI_JOB_ID: "12",
  CI_JOB_NAME: "build",
  CI_RUNNER_ID: "34",
  CI_CONFIG_PATH: ".gitlab-ci.yml",
  CI_JOB_STARTED_AT: "2026-11-22T10:00:00Z",
  CI_JOB_IMAGE: "node:24",
};
const JENKINS: Variables = {
  JENKINS_URL: "https://jenkins.example.com/",
  BUILD_URL: "https://jenkins.example.com/job/shop/5/",
  JOB_NAME: "shop",
  BUILD_NUMBER: "5",
  GIT_URL: "https://user:hunter2@git.example.com/acme/shop.git",
  GIT_COMMIT: COMMIT,
  GIT_BRANCH: "origin/main",
  NODE_NAME: "agent-1",
};
const CIRCLECI: Variables = {
  CIRCLECI: "true",
  CIRCLE_REPOSITORY_URL: "git@github.com:acme/shop.git",
  CIRCLE_SHA1: COMMIT,
  CIRCLE_BRANCH: "main",
  CIRCLE_BUILD_URL: "https://circleci.com/gh/acme/shop/99",
  CIRCLE_JOB: "build",
  CIRCLE_WORKFLOW_ID: "w",
};
const BUILDKITE: Variables = {
  BUILDKITE: "true",
  BUILDKITE_REPO: "ssh://git@git.example.com:2222/acme/shop.git",
  BUILDKITE_COMMIT: COMMIT,
  BUILDKITE_BRANCH: "main",
  BUILDKITE_BUILD_URL: "https://buildkite.com/acme/shop/builds/3",
  BUILDKITE_JOB_ID: "j",
  BUILDKITE_AGENT_ID: "a",
  BUILDKITE_ORGANIZATION_SLUG: "acme",
  BUILDKITE_PIPELINE_SLUG: "shop",
  BUILDKITE_SOURCE: "webhook",
};
const SYSTEMS: readonly (readonly [CiSystem, Variables])[] = [
  ["github", GITHUB],
  ["gitlab", GITLAB],
  ["jenkins", JENKINS],
  ["circleci", CIRCLECI],
  ["buildkite", BUILDKITE],
];

const from = (variables: Variables, more: Partial<CiInput> = {}): CiInput => ({
  environment: (name) => (Object.hasOwn(variables, name) ? variables[name] : undefined),
  ...more,
});
const without = (variables: Variables, name: string): Variables =>
  Object.fromEntries(Object.entries(variables).filter(([each]) => each !== name));

function build(system: CiSystem, input: CiInput): CiBuild {
  const read = readCiBuild(system, input);
  assert.ok(read.ok, JSON.stringify(read));
  return read.value;
}

const NONE = { parameters: {}, dependencies: [], byproducts: [], tools: [], steps: [] };

describe("a CI system", () => {
  const rows: readonly (readonly [CiSystem, Variables, builderId: string | undefined, uri: string, ref: string])[] = [
    [
      "github",
      GITHUB,
      "https://github.com/actions/runner/github-hosted",
      "git+https://github.com/acme/shop",
      "refs/tags/v1.2.3",
    ],
    [
      "gitlab",
      GITLAB,
      "https://gitlab.com/acme/shop/-/runners/34",
      "git+https://gitlab.com/acme/shop",
      "refs/heads/main",
    ],
    ["jenkins", JENKINS, "https://jenkins.example.com", "git+https://git.example.com/acme/shop", "refs/heads/main"],
    ["circleci", CIRCLECI, "https://circleci.com", "git+https://github.com/acme/shop", "refs/heads/main"],
    [
      "buildkite",
      BUILDKITE,
      "https://buildkite.com/organizations/acme/agents/a",
      "git+ssh://git.example.com:2222/acme/shop",
      "refs/heads/main",
    ],
  ];
  for (const [system, variables, builderId, uri, ref] of rows) {
    test(`${system} says who built what, as a verifier reads it`, () => {
      assert.deepEqual(detectCiSystems(from(variables).environment), [system]);
      const made = createBuildProvenance(build(system, from(variables)), NONE);
      assert.ok(made);
      const decoded = decodeProvenance(encodeProvenance(made));
      assert.ok(decoded.ok, JSON.stringify(decoded));
      const claims = readBuildClaims(decoded.value);
      assert.deepEqual(
        [claims.builderId, claims.repository, claims.ref, claims.commit, claims.row?.statedBy],
        [builderId, uri.slice("git+".length), ref, COMMIT, "job"],
      );
      assert.deepEqual([claims.unexpectedParameters, claims.contradictions], [[], []]);
    });
  }

  const references: readonly (readonly [CiSystem, Variables, string | undefined])[] = [
    ["gitlab", { ...without(GITLAB, "CI_COMMIT_BRANCH"), CI_COMMIT_TAG: "v1" }, "refs/tags/v1"],
    ["gitlab", { ...GITLAB, CI_MERGE_REQUEST_REF_PATH: "refs/merge-requests/1/head" }, "refs/merge-requests/1/head"],
    ["jenkins", { ...JENKINS, TAG_NAME: "v1" }, "refs/tags/v1"],
    ["jenkins", { ...JENKINS, BRANCH_NAME: "PR-3", CHANGE_ID: "3" }, undefined],
    ["circleci", { ...without(CIRCLECI, "CIRCLE_BRANCH"), CIRCLE_TAG: "v1" }, "refs/tags/v1"],
    ["circleci", { ...CIRCLECI, CIRCLE_BRANCH: "pull/12" }, "refs/pull/12/head"],
    ["buildkite", { ...BUILDKITE, BUILDKITE_TAG: "v1" }, "refs/tags/v1"],
  ];
  for (const [system, variables, ref] of references) {
    test(`${system} builds ${ref ?? "a change, which is no branch"}`, () =>
      assert.equal(build(system, from(variables)).source.ref, ref));
  }

  test("tells the image and the inputs of a run on GitHub", () => {
    const event = { inputs: { channel: "stable", dry: true, deploy_token: "x", note: "ghp_0123456789abcdefghij0123" } };
    const { runner, inputs, workflow, invocationId } = build("github", from(GITHUB, { event }));
    assert.deepEqual(runner?.["image"], { name: "ubuntu24", version: "20261101.1.0" });
    assert.deepEqual(inputs, { channel: "stable", dry: true, deploy_token: "***", note: "***" });
    assert.deepEqual(workflow, { path: ".github/workflows/release.yml", name: "Release" });
    assert.equal(invocationId, "https://github.com/acme/shop/actions/runs/7/attempts/2");
  });

  const needed: Readonly<Record<string, readonly string[]>> = {
    github: [
      "GITHUB_SERVER_URL",
      "GITHUB_REPOSITORY",
      "GITHUB_REF",
      "GITHUB_SHA",
      "GITHUB_RUN_ID",
      "GITHUB_RUN_ATTEMPT",
      "GITHUB_EVENT_NAME",
      "GITHUB_WORKFLOW_REF",
      "RUNNER_ENVIRONMENT",
    ],
    gitlab: ["CI_PROJECT_URL", "CI_COMMIT_SHA", "CI_PIPELINE_SOURCE", "CI_JOB_ID", "CI_JOB_NAME", "CI_RUNNER_ID"],
    jenkins: ["JENKINS_URL", "BUILD_URL", "JOB_NAME", "GIT_URL", "GIT_COMMIT", "GIT_BRANCH"],
    circleci: ["CIRCLE_REPOSITORY_URL", "CIRCLE_SHA1", "CIRCLE_BUILD_URL", "CIRCLE_JOB"],
    buildkite: [
      "BUILDKITE_REPO",
      "BUILDKITE_COMMIT",
      "BUILDKITE_BRANCH",
      "BUILDKITE_BUILD_URL",
      "BUILDKITE_JOB_ID",
      "BUILDKITE_AGENT_ID",
      "BUILDKITE_ORGANIZATION_SLUG",
      "BUILDKITE_SOURCE",
    ],
  };
  for (const [system, variables] of SYSTEMS) {
    test(`${system} without a variable that is needed is an error that names it`, () => {
      for (const name of needed[system] ?? []) {
        for (const input of [without(variables, name), { ...variables, [name]: "" }]) {
          const read = readCiBuild(system, from(input));
          assert.ok(!read.ok, name);
          assert.deepEqual(
            read.issues.map(({ code, path }) => [code, path]),
            [["CI_FACTS_MISSING", name]],
          );
        }
      }
    });
  }

  const refused: readonly (readonly [string, CiSystem, Variables, string])[] = [
    ["a commit that is a word", "buildkite", { ...BUILDKITE, BUILDKITE_COMMIT: "HEAD" }, "BUILDKITE_COMMIT"],
    ["a repository that is a folder", "jenkins", { ...JENKINS, GIT_URL: "/srv/git/shop" }, "GIT_URL"],
    ["a control character", "github", { ...GITHUB, GITHUB_REF: "refs/heads/a\u001b[2J" }, "GITHUB_REF"],
    ["a text of many characters", "gitlab", { ...GITLAB, CI_JOB_NAME: "x".repeat(5_000) }, "CI_JOB_NAME"],
    ["a time that is none", "gitlab", { ...GITLAB, CI_JOB_STARTED_AT: "yesterday" }, "CI_JOB_STARTED_AT"],
    ["an address of another scheme", "circleci", { ...CIRCLECI, CIRCLE_BUILD_URL: "file:///etc" }, "CIRCLE_BUILD_URL"],
    [
      "no branch and no tag",
      "gitlab",
      without(GITLAB, "CI_COMMIT_BRANCH"),
      "CI_COMMIT_BRANCH or CI_COMMIT_TAG or CI_MERGE_REQUEST_REF_PATH",
    ],
  ];
  for (const [name, system, variables, at] of refused) {
    test(`with ${name} is refused`, () => {
      const read = readCiBuild(system, from(variables));
      assert.ok(!read.ok);
      assert.deepEqual(
        read.issues.map(({ path }) => path),
        [at],
      );
    });
  }
});

describe("Tekton", () => {
  const DIGEST = "ab".repeat(32);
  const RUN = {
    apiVersion: "tekton.dev/v1",
    kind: "TaskRun",
    metadata: { name: "build-1", namespace: "ci", uid: "u-1" },
    spec: {
      taskRef: { name: "build" },
      params: [
        { name: "image", value: "shop" },
        { name: "password", value: "x" },
        { name: "db", value: { host: "h", password: "hunter2" } },
        { name: "args", value: ["--pwd", "hunter2"] },
        { name: "list", value: ["a", "b"] },
      ],
    },
    status: {
      startTime: "2026-11-22T10:00:00Z",
      completionTime: "2026-11-22T10:01:00Z",
      results: [
        { name: "CHAINS-GIT_URL", value: "https://github.com/acme/shop.git" },
        { name: "CHAINS-GIT_COMMIT", value: COMMIT },
      ],
      steps: [{ name: "compile", imageID: `docker-pullable://registry.example.com/go@sha256:${DIGEST}` }],
    },
  };
  const read = (run: Value): ReturnType<typeof readCiBuild> => readCiBuild("tekton", from({}, { tektonRun: run }));

  test("a TaskRun has its source, inputs, steps and their images", () => {
    const made = build("tekton", from({}, { tektonRun: RUN }));
    assert.deepEqual(made.source, { uri: "git+https://github.com/acme/shop", commit: COMMIT });
    assert.deepEqual(made.inputs, { image: "shop", password: "***", db: "***", args: "***", list: '["a","b"]' });
    assert.deepEqual(made.dependencies, [{ uri: "oci://registry.example.com/go", digest: { sha256: DIGEST } }]);
    assert.deepEqual([made.steps?.length, made.startedOn, made.invocationId], [1, "2026-11-22T10:00:00Z", "u-1"]);
    assert.equal(createBuildProvenance(made, NONE), undefined, "it does not say who built");
    assert.equal(createBuildProvenance(made, { ...NONE, builderId: "urn:tekton" })?.builderId, "urn:tekton");
  });
  test("the source may stand in a result for inputs, with its reference", () => {
    const value = { uri: "git+https://github.com/acme/shop@refs/tags/v1", digest: `sha1:${COMMIT}` };
    const results = [{ name: "git-ARTIFACT_INPUTS", value }];
    const { source } = build("tekton", from({}, { tektonRun: { ...RUN, status: { ...RUN.status, results } } }));
    assert.deepEqual(source, { uri: "git+https://github.com/acme/shop", commit: COMMIT, ref: "refs/tags/v1" });
  });

  const refused: readonly (readonly [string, Value, string])[] = [
    ["a Pod", { ...RUN, kind: "Pod" }, "kind"],
    ["another group", { ...RUN, apiVersion: "evil.dev/v1" }, "kind"],
    ["no run", null, ""],
    ["a run without results", { ...RUN, status: {} }, "status.results"],
    [
      "a commit that is none",
      {
        ...RUN,
        spec: { params: [{ name: "CHAINS-GIT_COMMIT", value: "main" }, RUN.status.results[0] as Value] },
        status: {},
      },
      "CHAINS-GIT_COMMIT",
    ],
  ];
  for (const [name, run, at] of refused) {
    test(`${name} is refused`, () => {
      const result = read(run);
      assert.ok(!result.ok);
      assert.equal(result.issues[0]?.path, at);
    });
  }
});

describe("which system runs the job", () => {
  test("is none, one, or several that must be told apart", () => {
    const of = (variables: Variables): readonly CiSystem[] => detectCiSystems(from(variables).environment);
    assert.deepEqual(of({}), []);
    assert.deepEqual(of({ GITHUB_ACTIONS: "false", GITLAB_CI: "" }), []);
    assert.deepEqual(of({ ...GITHUB, ...JENKINS }), ["github", "jenkins"]);
  });
});

describe("secrets", () => {
  const secret = fc.constantFrom(
    "ghp_0123456789abcdefghijABCDEFGHIJ012345",
    "glpat-abcdefghijklmnopqrst",
    "AKIA0123456789ABCDEF",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc",
    "-----BEGIN PRIVATE KEY-----",
    "https://bob:hunter2@host/x",
  );
  /** Variables that are never asked for, as jobs have them. */
  const OTHERS = [
    "GITHUB_TOKEN",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    "CI_JOB_TOKEN",
    "CI_REGISTRY_PASSWORD",
    "CIRCLE_TOKEN",
    "BUILDKITE_AGENT_ACCESS_TOKEN",
    "BUILDKITE_COMMAND",
    "DB_PASSWORD",
  ];

  for (const [system, variables] of SYSTEMS) {
    test(`planted in any variable of ${system} are never told, neither in provenance nor in a message`, () => {
      const names = [...Object.keys(variables), ...OTHERS];
      fc.assert(
        fc.property(fc.constantFrom(...names), secret, fc.boolean(), (name, planted, isAppended) => {
          const value = isAppended ? `${variables[name] ?? ""}${planted}` : planted;
          const read = readCiBuild(system, from({ ...variables, [name]: value }));
          const told = JSON.stringify(read.ok ? createBuildProvenance(read.value, NONE) : read.issues);
          assert.ok(!told.includes(planted), `${name}: ${told}`);
          assert.ok(!told.includes("hunter2"), `${name}: ${told}`);
        }),
        { numRuns: 150 },
      );
    });
  }
  test("in an address are left out: user, password, query and fragment", () => {
    for (const [address, uri] of [
      ["https://oauth2:glpat-abcdefghijklmnopqrst@gitlab.com/a/b.git", "git+https://gitlab.com/a/b"],
      ["https://host/a/b.git?private_token=x#y", "git+https://host/a/b"],
      ["https://a:b@c:d@host/a/b", "git+https://host/a/b"],
      ["git@github.com:a/b.git", "git+https://github.com/a/b"],
      ["ssh://git@github.com/a/b.git", "git+https://github.com/a/b"],
      ["git@host:a/b.git", "git+ssh://host/a/b"],
    ] as const)
      assert.equal(toSourceUri(address), uri, address);
    for (const address of ["/srv/git", "file:///srv/git", "host", "https://host", "https://host/a b", "C:\\git", ""])
      assert.equal(toSourceUri(address), undefined, address);
    assert.equal(toPlainUrl("https://u:p@host/a/?token=x#y"), "https://host/a");
    for (const url of ["ftp://host/a", "https://", "https://host/a@b"]) assert.equal(toPlainUrl(url), undefined, url);
  });
  test("look like what they are, and common words do not", () => {
    for (const text of [
      "refs/heads/main",
      "v1.2.3",
      "build-and-push",
      "https://host/a@b",
      "skeleton-key",
      "eyJ",
      "AKIA",
    ])
      assert.equal(looksSecret(text), false, text);
    for (const text of [
      "https://0123456789abcdef@host/x",
      "git+https://deadbeef@host/x@refs/heads/main",
      "make DB_PASSWORD=hunter2",
      "deploy --api-key=hunter2 now",
      '{"token": "hunter2"}',
      "https://host/x?se=1&sig=abcdefghijklmnopqrst%3D",
    ])
      assert.equal(looksSecret(text), true, text);
    for (const text of [
      "docker://alpine@sha256:00",
      "oci://golang:1.25@sha256:00",
      "ssh://git@host/x",
      "make PASSWORD=$PASSWORD",
      "registry.example.com/secret-manager:v1",
      "https://proxy.example.com/x/@v/list",
      "git+https://github.com/acme/shop@refs/heads/main",
      "pkg:npm/%40acme/token@1.0.0",
    ])
      assert.equal(looksSecret(text), false, text);
    for (const name of ["db-pass", "dbPass", "GH_PAT", "sshKey", "signing-key", "passphrase", "PWD", "KEY", "password"])
      assert.equal(namesSecret(name), true, name);
    for (const name of ["compass", "pattern", "monkey", "keyboard", "channel", "path", "spin", "bypass-cache"])
      assert.equal(namesSecret(name), false, name);
    assert.deepEqual(findUntellable({ a: ["fine", "glpat-abcdefghijklmnopqrst"], b: "\u0007" }), ["a[1]", "b"]);
  });
});
