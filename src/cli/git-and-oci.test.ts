/** Policies from git repositories and from registries, over real connections on this machine. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { createCliRunner, type Ended, snapshot, writeTree } from "../testing/cli-runner.ts";
import { createGitRepository } from "../testing/git-repository.ts";
import { type GitServer, startGitServer } from "../testing/git-server.ts";
import { type RegistryServer, startRegistryServer } from "../testing/registry-server.ts";
import { runCli } from "./run-cli.ts";
import { VERBS } from "./verbs.ts";

const runAmap = createCliRunner((words, shell) => runCli(words, shell, VERBS));
const folder = mkdtempSync(join(tmpdir(), "amap-git-and-oci-"));
const at = (...names: readonly string[]): string => join(folder, ...names);
/** Where checkouts are made. */
const env = { PATH: process.env["PATH"], TMPDIR: at("temporary") };
const me = { username: "me", password: "se cret%41" };

const policy = (name: string, kind = "ClusterPolicy"): string =>
  `apiVersion: kyverno.io/v1\nkind: ${kind}\nmetadata: {name: ${name}}\nspec:\n  rules:\n  - name: ${name}\n    match: {any: [{resources: {kinds: [Pod]}}]}\n    validate: {failureAction: Enforce, message: m, pattern: {metadata: {name: "a*"}}}\n`;
const pod = (name: string): string => `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}}\nspec: {containers: []}\n`;
const test = (result: string, resources: string): string =>
  `apiVersion: cli.kyverno.io/v1alpha1\nkind: Test\nmetadata: {name: t}\npolicies: [../named.yaml]\nresources: [${resources}]\nresults:\n- {policy: named, rule: named, kind: Pod, resources: [b], result: ${result}}\n`;

async function run(exit: number, ...words: readonly string[]): Promise<Ended> {
  const ended = await runAmap(words, env);
  assert.equal(ended.exit, exit, `${words.join(" ")}\n${ended.stderr}${ended.stdout}`);
  return ended;
}

before(() => mkdirSync(at("temporary")));
before(() => writeTree(folder, { "a.yaml": pod("a"), "b.yaml": pod("b"), "pods/objects.yaml": pod("b") }));
after(() => rmSync(folder, { recursive: true, force: true }));

describe("apply and test with git repositories", () => {
  let server: GitServer;
  let secured: GitServer;
  let url: string;
  before(async () => {
    const repository = createGitRepository(at("served", "team", "policies"));
    repository.commit("main", {
      "named.yaml": policy("named"),
      "objects.yaml": pod("b"),
      "good/kyverno-test.yaml": test("fail", "../objects.yaml"),
      "bad/kyverno-test.yaml": test("pass", "../objects.yaml"),
    });
    repository.commit("escapes", {
      "named.yaml": policy("named"),
      "a/kyverno-test.yaml": test("fail", at("pods", "objects.yaml")),
    });
    repository.commit("release/1.0", { "other.yaml": policy("other") });
    repository.commit("empty", { "readme.txt": "nothing" });
    [server, secured] = await Promise.all([startGitServer(at("served")), startGitServer(at("served"), me)]);
    url = `http://${server.host}/team/policies`;
  });
  after(() => Promise.all([server.close(), secured.close()]));

  it("apply takes main, the branch in the address, or a folder of the branch that is named", async () => {
    assert.match((await run(0, "apply", url, "-r", at("a.yaml"))).stdout, /pass: 1, fail: 0/);
    assert.match((await run(1, "apply", url, "-r", at("b.yaml"))).stdout, /policy named -> resource default\/Pod\/b/);
    const release = await run(1, "apply", `${url}/release/1.0`, "-r", at("b.yaml"));
    assert.match(release.stdout, /policy other -> resource/);
    assert.match((await run(1, "apply", `${url}/named.yaml`, "-b", "main", "-r", at("b.yaml"))).stdout, /policy named/);
  });

  it("test runs the tests of a folder and says 1 when one fails", async () => {
    assert.match((await run(0, "test", `${url}/good`, "-b", "main")).stdout, /named .* Pass/);
    await run(1, "test", `${url}/bad`, "--git-branch", "main");
    await run(1, "test", url);
  });

  it("a test of a repository does not read a file of this machine", async () => {
    const ended = await run(2, "test", `${url}/escapes`);
    assert.equal(ended.code, "FILE_NOT_FOUND");
  });

  it("shows a user name and a password to the server, and never in a message", async () => {
    const address = `http://${secured.host}/team/policies`;
    const given = ["--username", me.username, "--password", me.password];
    await run(0, "apply", address, ...given, "-r", at("a.yaml"));
    const inAddress = `http://${me.username}:${encodeURIComponent(me.password)}@${secured.host}/team/policies`;
    await run(0, "apply", inAddress, "-r", at("a.yaml"));
    await run(0, "test", `${inAddress}/good`, "-b", "main");
    for (const words of [
      ["apply", address, "-r", at("a.yaml")],
      ["apply", address, "--username", "me", "--password", "wrong-one", "-r", at("a.yaml")],
      ["test", address.replace("//", "//me:wrong-one@")],
    ]) {
      const ended = await run(3, ...words);
      assert.equal(ended.code, "GIT_UNAUTHORIZED");
      assert.doesNotMatch(ended.stderr, /wrong-one/);
    }
  });

  const refused: readonly (readonly [string, () => readonly string[], number, string])[] = [
    ["an address without a repository", () => ["apply", `http://${server.host}/team`], 2, "USAGE"],
    ["a branch that is not there", () => ["apply", `${url}/none`], 2, "GIT_NOT_FOUND"],
    ["a folder that is not there", () => ["apply", `${url}/none`, "-b", "main"], 2, "FILE_NOT_FOUND"],
    ["a repository that is not there", () => ["apply", `http://${server.host}/team/none`], 2, "GIT_NOT_FOUND"],
    ["a branch without policies", () => ["apply", `${url}/empty`], 2, "POLICY_INVALID"],
    ["a branch that is an option", () => ["apply", url, "--git-branch=--upload-pack=x"], 2, "USAGE"],
    ["a user name without a password", () => ["apply", url, "--username", "me"], 2, "USAGE"],
    ["no network", () => ["--offline", "apply", url], 2, "OFFLINE"],
  ];
  for (const [what, words, exit, code] of refused) {
    it(`apply with ${what} is ${code}`, async () => {
      assert.equal((await run(exit, ...words(), "-r", at("a.yaml"))).code, code);
    });
  }

  it("test with no network is OFFLINE, and with no git a clear error", async () => {
    assert.equal((await run(2, "--offline", "test", url)).code, "OFFLINE");
    const ended = await runAmap(["test", url], { ...env, PATH: folder });
    assert.deepEqual([ended.exit, ended.code], [3, "GIT_FAILED"]);
    assert.match(ended.stderr, /git is not installed/);
  });

  it("leaves no checkout behind", () => {
    assert.deepEqual(readdirSync(at("temporary")), []);
  });
});

describe("oci push and oci pull", () => {
  let registry: RegistryServer;
  let image: string;
  before(async () => {
    writeTree(folder, {
      "policies/one.yaml": policy("one"),
      "policies/two.yaml": `${policy("two", "Policy")}---\n${pod("not-a-policy")}`,
      "broken/one.yaml": policy("one").replace("pattern", "patern"),
    });
    registry = await startRegistryServer();
    image = `${registry.host}/team/policies:v1`;
  });
  after(() => registry.close());

  it("bring policies to a registry and back", async () => {
    const pushed = await run(0, "oci", "push", at("policies"), "-i", image);
    assert.equal(pushed.stdout, "");
    assert.match(
      pushed.stderr,
      /^Adding cluster policy \[one\]\nAdding policy \[two\]\nwarning: Pod not-a-policy is left out.*\nUploading \[.*:v1\]\.\.\.\nDone\. .*sha256:[0-9a-f]{64}\n$/,
    );
    const pulled = await run(0, "oci", "pull", at("pulled"), "-i", image);
    assert.match(
      pulled.stderr,
      /^Downloading policies .*\nSaved policy to disk \[.*one\.yaml\]\nSaved .*two\.yaml\]\nDone\.\n$/,
    );
    const files = Object.keys(snapshot(at("pulled")));
    assert.deepEqual(files, ["one.yaml", "two.yaml"]);
    assert.match((await run(1, "apply", at("pulled"), "-r", at("b.yaml"))).stdout, /policy one -> .*\n1 - one/);
  });

  it("bring them to a layout and back, with the flags of older versions", async () => {
    await run(0, "oci", "push", "-p", at("policies", "one.yaml"), "-i", `oci:${at("layout")}:v1`);
    await run(0, "--offline", "oci", "pull", "-d", at("from-layout"), "-i", `oci:${at("layout")}:v1`);
    assert.deepEqual(Object.keys(snapshot(at("from-layout"))), ["one.yaml"]);
  });

  it("refuse a layout in which a byte of a policy was changed, and write nothing", async () => {
    await run(0, "oci", "push", at("policies", "one.yaml"), "-i", `oci:${at("changed")}:v1`);
    const blobs = at("changed", "blobs", "sha256");
    const layer = readdirSync(blobs).find((name) => readFileSync(join(blobs, name), "utf8").startsWith("apiVersion"));
    const path = join(blobs, layer ?? assert.fail());
    writeTree(blobs, { [layer ?? ""]: readFileSync(path, "utf8").replace("Enforce", "Audited") });
    const ended = await run(1, "oci", "pull", at("none"), "-i", `oci:${at("changed")}:v1`);
    assert.equal(ended.code, "BLOB_DIGEST_MISMATCH");
    assert.ok(!readdirSync(folder).includes("none"));
  });

  it("write through a link to a folder that the user has", async () => {
    mkdirSync(at("real"));
    symlinkSync("real", at("link"));
    await run(0, "oci", "pull", at("link"), "-i", image);
    assert.deepEqual(Object.keys(snapshot(at("real"))), ["one.yaml", "two.yaml"]);
  });

  it("show registry credentials to the image's registry, not to one that a path looks like", async () => {
    const secured = await startRegistryServer({ auth: "basic" });
    const name = `${secured.host}/team/policies:v1`;
    const given = ["--registry-username", "amap", "--registry-password", "wrong"];
    assert.equal((await run(3, "oci", "push", at("policies"), "-i", name, ...given)).code, "REGISTRY_UNAUTHORIZED");
    assert.ok(secured.requests.some(({ headers }) => headers["authorization"] !== undefined));
    await secured.close();
  });

  const refused: readonly (readonly [string, () => readonly string[], number, string])[] = [
    ["push without an image", () => ["push", at("policies")], 2, "USAGE"],
    ["push without a path", () => ["push", "-i", image], 2, "USAGE"],
    ["push with two paths", () => ["push", at("policies"), "-p", at("policies"), "-i", image], 2, "USAGE"],
    ["push of a broken policy", () => ["push", at("broken"), "-i", image], 2, "POLICY_INVALID"],
    ["push to a registry with --offline", () => ["push", at("policies"), "-i", image, "--offline"], 2, "OFFLINE"],
    ["push to a name that is none", () => ["push", at("policies"), "-i", "A B"], 2, "REFERENCE_INVALID"],
    ["pull of no image", () => ["pull", at("none"), "-i", `${registry.host}/team/none`], 2, "MANIFEST_NOT_FOUND"],
    ["pull without a folder", () => ["pull", "-i", image], 2, "USAGE"],
    ["pull to a file", () => ["pull", at("a.yaml"), "-i", image], 2, "FILE_UNREADABLE"],
  ];
  for (const [what, words, exit, code] of refused) {
    it(`refuse ${what}: ${code}`, async () => {
      const offline = words().includes("--offline") ? ["--offline"] : [];
      const others = words().filter((word) => word !== "--offline");
      assert.equal((await run(exit, ...offline, "oci", ...others)).code, code);
    });
  }
});
