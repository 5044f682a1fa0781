/** Verbs that clean up, upload and log in, those that verify what files name, and the flags that all verbs have. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { ADVISORY, buildTestImage } from "../testing/cli-fixture.ts";
import { createCliChecks, createCliRunner, type Ended, writeTree } from "../testing/cli-runner.ts";
import {
  type RegistryServer,
  type RegistryServerOptions,
  startRegistryServer,
  TEST_LOGIN,
} from "../testing/registry-server.ts";
import { runCli } from "./run-cli.ts";
import { VERBS } from "./verbs.ts";

const runAmap = createCliRunner((words, shell) => runCli(words, shell, VERBS));
const { ok, refused } = createCliChecks(runAmap);
const folder = mkdtempSync(join(tmpdir(), "amap-more-"));
const at = (...names: readonly string[]): string => join(folder, ...names);
const image = `oci:${at("image")}:v1`;
const KEY = ["--key", at("good.key")];
const VERIFY = ["--key", at("good.pub"), "--insecure-ignore-tlog"];
const SUMMARY = "https://slsa.dev/verification_summary/v1";

before(async () => {
  await buildTestImage(folder);
  writeTree(folder, { "foo.txt": "hello\n", "bar.json": { a: 1 }, "advisories/a.json": ADVISORY });
  await ok("generate-key-pair", "--output-key-prefix", at("good"));
  await ok("generate-key-pair", "--output-key-prefix", at("other"));
  await ok("db", "import", "--database", at("advisories.db"), at("advisories"));
});
after(() => rmSync(folder, { recursive: true, force: true }));

async function withRegistry(
  run: (server: RegistryServer) => Promise<void>,
  options: RegistryServerOptions = {},
): Promise<void> {
  const server = await startRegistryServer(options);
  try {
    await run(server);
  } finally {
    await server.close();
  }
}

interface Cleaned {
  readonly dryRun: boolean;
  readonly attachments: readonly { isKept: boolean; type: string; reason: string }[];
}

const cleaned = ({ stdout }: Ended): Cleaned => JSON.parse(stdout) as Cleaned;

async function attestSummary(hour: number, ...more: readonly string[]): Promise<void> {
  writeTree(folder, {
    "summary.json": {
      verifier: { id: "https://example.com/verifier" },
      timeVerified: `2026-01-01T0${hour}:00:00Z`,
      resourceUri: "oci:shop",
      policy: { uri: "policy.yaml" },
      verificationResult: "PASSED",
      verifiedLevels: [],
    },
  });
  await ok("attest", "--predicate", at("summary.json"), "--type", SUMMARY, ...more);
}

describe("clean --superseded", () => {
  test("says what goes, removes it, and leaves what verifies", () =>
    withRegistry(async ({ host }) => {
      const name = `${host}/shop:v1`;
      await ok("copy", image, name);
      for (const hour of [1, 2, 3]) await attestSummary(hour, ...KEY, name);
      await attestSummary(1, "--key", at("other.key"), name);
      for (const _ of [1, 2]) await ok("sign", ...KEY, name);
      const said = cleaned(await ok("clean", "--superseded", "--dry-run", ...VERIFY, "-o", "json", name));
      assert.equal(said.dryRun, true);
      assert.deepEqual(said.attachments.map(({ isKept, type }) => `${isKept} ${type}`).sort(), [
        "false https://slsa.dev/verification_summary/v1",
        "false https://slsa.dev/verification_summary/v1",
        "false signature",
        "true bundle",
        "true https://slsa.dev/verification_summary/v1",
        "true signature",
      ]);
      const { stdout, stderr } = await ok("clean", "--superseded", ...VERIFY, name);
      assert.match(
        stdout,
        /removed\s+https:\/\/slsa\.dev\/verification_summary\/v1\s+\S+good\.pub\s+sha256:\S+\s+superseded by the one of\s+2026-01-01T03:00:00Z/,
      );
      assert.match(stdout, /kept\s+bundle\s+sha256:\S+\s+not verified:\s+SIGNER_UNKNOWN/);
      assert.match(stderr, /3 removed, 3 kept/);
      await ok("verify", ...VERIFY, name);
      const { stdout: shown } = await ok("verify-attestation", ...VERIFY, "--type", SUMMARY, name);
      assert.equal(shown.trimEnd().split("\n").length, 1);
      await ok("verify-attestation", "--key", at("other.pub"), "--insecure-ignore-tlog", "--type", SUMMARY, name);
      assert.match((await ok("clean", "--superseded", ...VERIFY, name)).stderr, /0 removed, 3 kept/);
    }));

  test("twin: another key removes nothing", () =>
    withRegistry(async ({ host }) => {
      const name = `${host}/shop:v1`;
      await ok("copy", image, name);
      for (const hour of [1, 2]) await attestSummary(hour, ...KEY, name);
      const other = ["--key", at("other.pub"), "--insecure-ignore-tlog"];
      assert.match((await ok("clean", "--superseded", ...other, name)).stderr, /0 removed, 2 kept/);
    }));

  test("asks whom to trust, and takes no flag that trusts less", async () => {
    await refused(2, "USAGE", "clean", "--superseded", image);
    const identity = ["--certificate-identity", "a@b.c", "--certificate-oidc-issuer", "https://issuer"];
    await refused(2, "USAGE", "clean", "--superseded", ...identity, "--insecure-ignore-tlog", image);
    await refused(2, "USAGE", "clean", "--superseded", ...VERIFY, "--insecure-ignore-sct", image);
    await refused(2, "USAGE", "clean", "--superseded", ...VERIFY, "--type", "all", image);
    await refused(2, "USAGE", "clean", "--force", "--dry-run", image);
    await refused(2, "USAGE", "clean", "--force", ...VERIFY.slice(0, 2), image);
    for (const words of [
      ["--certificate-oidc-issuer", "https://issuer"],
      ["--certificate-github-workflow-ref", "refs/heads/main"],
      ["--certificate", at("good.pub")],
      ["--insecure-ignore-tlog"],
      ["--new-bundle-format=false"],
    ]) {
      await refused(2, "USAGE", "clean", "--force", ...words, image);
    }
    await refused(2, "USAGE", "clean", image);
  });

  test("produce with supersede does not pile up", async () => {
    const layout = `oci:${at("produced")}:v1`;
    await ok("save", "--dir", at("produced"), image);
    const config = (supersede: boolean): string =>
      JSON.stringify({
        key: at("good.key"),
        database: at("advisories.db"),
        author: "Shop",
        forms: ["bundle", "tag"],
        supersede,
      });
    const superseded = async (): Promise<number> =>
      cleaned(await ok("clean", "--superseded", "--dry-run", ...VERIFY, "-o", "json", layout)).attachments.filter(
        ({ isKept }) => !isKept,
      ).length;
    writeFileSync(at("produce.yaml"), config(false));
    for (const _ of [1, 2]) await ok("produce", "--config", at("produce.yaml"), layout);
    assert.ok((await superseded()) > 0);
    writeFileSync(at("produce.yaml"), config(true));
    const { stderr } = await ok("produce", "--config", at("produce.yaml"), layout);
    assert.match(stderr, /\d+ superseded attachments removed/);
    assert.equal(await superseded(), 0);
    for (const type of ["vuln", "cyclonedx", "openvex"])
      await ok("verify-attestation", ...VERIFY, "--type", type, layout);
    writeFileSync(at("produce.yaml"), `{"supersede": "yes"}`);
    await refused(2, "VALUE_INVALID", "produce", "--config", at("produce.yaml"), layout);
  });
});

describe("upload and generate", () => {
  test("upload blob writes an image, of several files an index; upload wasm a module", () =>
    withRegistry(async (server) => {
      const { host } = server;
      const name = `${host}/blobs:v1`;
      const { stdout } = await ok("upload", "blob", "-f", at("foo.txt"), "-a", "k=v", name);
      assert.match(stdout, /^127\.0\.0\.1:\d+\/blobs@sha256:[0-9a-f]{64}\n$/);
      const files = `${at("foo.txt")}:linux/amd64,${at("bar.json")}:darwin`;
      assert.equal((await ok("upload", "blob", "-f", files, "--ct", "text/x", `${host}/blobs:v2`)).stdout, "");
      await ok("upload", "wasm", "-f", at("foo.txt"), `${host}/blobs:v3`);
      const manifestOf = (
        tag: string,
      ): { mediaType: string; layers?: { mediaType: string }[]; manifests?: unknown[] } => {
        const { tags, manifests } = server.repository("blobs");
        return JSON.parse(new TextDecoder().decode(manifests.get(tags.get(tag) ?? "sha256:")?.bytes));
      };
      assert.equal(manifestOf("v1").layers?.[0]?.mediaType, "text/plain");
      assert.equal(manifestOf("v2").manifests?.length, 2);
      assert.equal(manifestOf("v3").layers?.[0]?.mediaType, "application/vnd.wasm.content.layer.v1+wasm");
    }));

  test("upload refuses what would be ambiguous", async () => {
    const target = "127.0.0.1:1/blobs:v1";
    for (const files of [
      [],
      ["-f", at("foo.txt"), "-f", at("bar.json")],
      ["-f", "a:linux", "-f", "b:linux"],
      ["-f", "a:linux/amd64/v8"],
      ["-f", ":linux"],
    ]) {
      await refused(2, "USAGE", "upload", "blob", ...files, target);
    }
    await refused(2, "USAGE", "upload", "wasm", target);
    await refused(2, "FILE_NOT_FOUND", "upload", "blob", "-f", at("nowhere"), target);
    await refused(
      2,
      "REFERENCE_INVALID",
      "upload",
      "wasm",
      "-f",
      at("foo.txt"),
      `127.0.0.1:1/a@sha256:${"0".repeat(64)}`,
    );
  });

  test("generate prints the payload and nothing else", async () => {
    const { stdout } = await ok("generate", "-a", "b=<x>", "-a", "a=1", image);
    assert.match(
      stdout,
      /^\{"critical":\{"identity":\{"docker-reference":".*"\},"image":\{"docker-manifest-digest":"sha256:[0-9a-f]{64}"\},"type":"cosign container image signature"\},"optional":\{"a":"1","b":"\\u003cx\\u003e"\}\}$/,
    );
    assert.match((await ok("generate", image)).stdout, /"optional":null\}$/);
  });
});

describe("login", () => {
  const { username, password } = TEST_LOGIN;

  test("checks a login, keeps it, uses it, and forgets it", () =>
    withRegistry(
      async ({ host }) => {
        const env = { DOCKER_CONFIG: at("docker") };
        const words = ["login", host, "-u", username, "-p", password];
        const wrong = await runAmap(["login", host, "-u", username, "-p", "wrong"], env);
        assert.equal(wrong.code, "REGISTRY_UNAUTHORIZED");
        assert.equal(existsSync(at("docker", "config.json")), false);
        const done = await runAmap(words, env);
        assert.equal(done.exit, 0, done.stderr);
        assert.ok(!done.stderr.includes(password));
        assert.equal((await runAmap(["copy", image, `${host}/shop:v1`], env)).exit, 0);
        assert.match((await runAmap(["logout", host], env)).stderr, /Removed the login/);
        assert.equal((await runAmap(["tree", `${host}/shop:v1`], env)).code, "REGISTRY_UNAUTHORIZED");
        assert.match((await runAmap(["logout", host], env)).stderr, /There is no login/);
      },
      { auth: "basic" },
    ));

  test("tells of a registry that lets everybody in", () =>
    withRegistry(async ({ host }) => {
      const ended = await runAmap(["login", host, "-u", "a", "-p", "b"], { DOCKER_CONFIG: at("docker-2") });
      assert.match(ended.stderr, /lets everybody in/);
    }));

  test("refuses half a login, and what is no registry", async () => {
    await refused(2, "USAGE", "login", "127.0.0.1:1", "-u", "a");
    await refused(2, "USAGE", "login", "127.0.0.1:1", "-p", "a");
    await refused(2, "USAGE", "login", "127.0.0.1:1", "-u", "a:b", "-p", "c");
    await refused(2, "USAGE", "login", "127.0.0.1:1", "-u", "a", "-p", "c", "--password-stdin");
    await refused(2, "REFERENCE_INVALID", "login", "127.0.0.1:1/shop", "-u", "a", "-p", "b");
    await refused(2, "OFFLINE", "--offline", "login", "registry.example", "-u", "a", "-p", "b");
  });
});

describe("manifest verify and dockerfile verify", () => {
  test("verify every image that is named, and end as verify does", () =>
    withRegistry(async ({ host }) => {
      const [signed, unsigned] = [`${host}/signed:v1`, `${host}/unsigned:v1`];
      for (const name of [signed, unsigned]) await ok("copy", image, name);
      await ok("sign", ...KEY, signed);
      const pod = (...images: readonly string[]): object => ({
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: "p" },
        spec: { containers: images.map((name) => ({ name: "c", image: name })) },
      });
      writeTree(folder, {
        "good.yaml": pod(signed),
        "bad.yaml": pod(signed, unsigned),
        "Dockerfile.good": `ARG TAG=v1\nFROM ${host}/signed:$TAG AS build\nFROM scratch\nCOPY --from=build / /\n`,
        "Dockerfile.bad": `FROM ${unsigned}\nFROM ${signed}\n`,
      });
      assert.match((await ok("manifest", "verify", ...VERIFY, at("good.yaml"))).stderr, /Images to verify: /);
      await refused(10, "NO_SIGNATURES", "manifest", "verify", ...VERIFY, at("bad.yaml"));
      await refused(10, "NO_SIGNATURES", "manifest", "verify", ...VERIFY, at("good.yaml"), at("bad.yaml"));
      await ok("dockerfile", "verify", ...VERIFY, at("Dockerfile.good"));
      await refused(
        11,
        "MANIFEST_NOT_FOUND",
        "dockerfile",
        "verify",
        ...VERIFY,
        "--build-arg",
        "TAG=v2",
        at("Dockerfile.good"),
      );
      await refused(10, "NO_SIGNATURES", "dockerfile", "verify", ...VERIFY, at("Dockerfile.bad"));
      await ok("dockerfile", "verify", ...VERIFY, "--base-image-only", at("Dockerfile.bad"));
      await refused(2, "VALUE_INVALID", "dockerfile", "verify", ...VERIFY, "--base-image-only", at("Dockerfile.good"));
    }));
});

describe("env and the flags of all verbs", () => {
  test("env hides what is secret unless it is asked for", async () => {
    const env = { COSIGN_REPOSITORY: "a.io/b", SIGSTORE_OTHER: "x" };
    const shown = (await runAmap(["env"], env)).stdout;
    assert.match(shown, /^# COSIGN_PASSWORD opens private keys\n# Expects: .*\nCOSIGN_PASSWORD=\*{6}$/m);
    assert.match(shown, /^COSIGN_REPOSITORY=a\.io\/b$/m);
    assert.match(shown, /^# amap does not read the variables below\.\nSIGSTORE_OTHER=\*{6}$/m);
    const bare = (await runAmap(["env", "--show-descriptions=false", "--show-sensitive-values"], env)).stdout;
    assert.ok(!bare.includes("#"));
    assert.match(bare, /^COSIGN_PASSWORD=correct horse$/m);
  });

  for (const [name, words] of [
    ["debug", ["debug", "providers"]],
    ["piv-tool", ["piv-tool", "attestation", "--output", "json"]],
    ["pkcs11-tool", ["pkcs11-tool"]],
    ["completion", ["completion", "bash"]],
  ] as const) {
    test(`${name} of cosign's is refused by name`, async () => {
      const { stderr } = await refused(2, "NOT_SUPPORTED", ...words);
      assert.match(stderr, new RegExp(`error: ${name} is not supported`));
    });
  }

  test("--output-file takes the results, before and behind the verb; messages stay", async () => {
    for (const words of [
      ["--output-file", at("out"), "generate", image],
      ["generate", image, `--output-file=${at("out")}`],
    ]) {
      const { stdout } = await ok("generate", image);
      const ended = await ok(...words);
      assert.equal(ended.stdout, "");
      assert.equal(readFileSync(at("out"), "utf8"), stdout);
    }
    await refused(2, "FILE_UNREADABLE", "version", "--output-file", at("nowhere", "out"));
  });

  test("-t and -d are known to every verb", async () => {
    await ok("version", "-t", "1m", "-d");
    assert.match(
      (await refused(2, "FILE_NOT_FOUND", "verify-blob", "-d", "-t", "1m", "--bundle", at("no"), ...VERIFY, at("no")))
        .stderr,
      /\n\s+at /,
    );
  });
});
