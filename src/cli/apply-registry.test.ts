/** `--registry` of `amap apply` and `amap test`, and ImageValidatingPolicies beside other policies in one report. */
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { digestOf, encodeUtf8, listOf, readJson, readYaml, textOf } from "../base/index.ts";
import { createCliRunner, type Ended, writeTree } from "../testing/cli-runner.ts";
import { type RegistryServer, startRegistryServer } from "../testing/registry-server.ts";
import { runCli } from "./run-cli.ts";
import { VERBS } from "./verbs.ts";

const runAmap = createCliRunner((words, shell) => runCli(words, shell, VERBS));
const folder = mkdtempSync(join(tmpdir(), "amap-apply-registry-"));
const at = (...names: readonly string[]): string => join(folder, ...names);
let server: RegistryServer;

const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const KEY = publicKey.export({ type: "spki", format: "pem" });
const OCI = "application/vnd.oci.image";

/** An image without layers whose configuration names a user. */
function putImage(name: string, user: string): void {
  const config = encodeUtf8(
    JSON.stringify({
      architecture: "amd64",
      os: "linux",
      rootfs: { type: "layers", diff_ids: [] },
      config: { User: user },
    }),
  );
  const repository = server.repository(name);
  repository.blobs.set(digestOf(config), config);
  const descriptor = { mediaType: `${OCI}.config.v1+json`, digest: digestOf(config), size: config.length };
  const manifest = { schemaVersion: 2, mediaType: `${OCI}.manifest.v1+json`, config: descriptor, layers: [] };
  repository.putManifest(encodeUtf8(JSON.stringify(manifest)), `${OCI}.manifest.v1+json`, "v1");
}

const pod = (name: string, image: string): string =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}, namespace: default}\nspec: {containers: [{name: a, image: "${server.host}/${image}"}]}\n`;

async function run(exit: number, ...words: readonly string[]): Promise<Ended> {
  const ended = await runAmap(words);
  assert.equal(ended.exit, exit, `${words.join(" ")}\n${ended.stderr}${ended.stdout}`);
  return ended;
}

before(async () => {
  server = await startRegistryServer();
  putImage("good", "nobody");
  putImage("bad", "root");
  const test = (image: string, result: string): string =>
    `apiVersion: cli.kyverno.io/v1alpha1\nkind: Test\nmetadata: {name: t}\npolicies: [../user.yaml]\nresources: [../${image}.yaml]\nresults:\n- {policy: user, rule: user, kind: Pod, resources: [${image}], result: ${result}}\n`;
  writeTree(folder, {
    "user.yaml":
      "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: user}\nspec:\n  rules:\n  - name: user\n    match: {any: [{resources: {kinds: [Pod]}}]}\n    context: [{name: image, imageRegistry: {reference: '{{ request.object.spec.containers[0].image }}'}}]\n    validate: {message: as root, deny: {conditions: {all: [{key: '{{ image.configData.config.User }}', operator: Equals, value: root}]}}}\n",
    "images.yaml": `apiVersion: policies.kyverno.io/v1\nkind: ImageValidatingPolicy\nmetadata: {name: images}\nspec:\n  validationConfigurations: {verifyDigest: false}\n  matchConstraints: {resourceRules: [{apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [pods]}]}\n  matchImageReferences: [{glob: '*'}]\n  attestors: [{name: a, cosign: {key: {data: ${JSON.stringify(KEY)}}, ctlog: {insecureIgnoreTlog: true}}}]\n  validations: [{expression: 'images.containers.all(image, verifyImageSignatures(image, [attestors.a]) > 0)', message: not signed}]\n`,
    "good.yaml": pod("good", "good:v1"),
    "bad.yaml": pod("bad", "bad:v1"),
    "none.yaml": pod("none", "none:v1"),
    "good/kyverno-test.yaml": test("good", "pass"),
    "bad/kyverno-test.yaml": test("bad", "fail"),
    "wrong/kyverno-test.yaml": test("bad", "pass"),
    "none/kyverno-test.yaml": test("none", "error"),
  });
});
after(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

describe("--registry", () => {
  it("apply asks what images are", async () => {
    await run(0, "apply", at("user.yaml"), "-r", at("good.yaml"), "--registry");
    assert.match((await run(1, "apply", at("user.yaml"), "-r", at("bad.yaml"), "--registry")).stdout, /fail: 1/);
  });

  it("without it nothing is asked, and what cannot be found is an error", async () => {
    const { requests } = server;
    const before = requests.length;
    assert.match((await run(1, "apply", at("user.yaml"), "-r", at("good.yaml"))).stdout, /error: 1/);
    assert.equal(requests.length, before);
    assert.match((await run(1, "apply", at("user.yaml"), "-r", at("none.yaml"), "--registry")).stdout, /error: 1/);
    const offline = await run(1, "--offline", "apply", at("user.yaml"), "-r", at("good.yaml"), "--registry");
    assert.match(offline.stdout, /error: 1/);
  });

  it("test asks what images are", async () => {
    await run(0, "test", at("good"), "--registry");
    await run(0, "test", at("bad"), "--registry");
    await run(1, "test", at("wrong"), "--registry");
    await run(0, "test", at("none"), "--registry");
    await run(1, "test", at("good"));
  });
});

describe("ImageValidatingPolicies beside other policies", () => {
  const words = ["apply", at("user.yaml"), at("images.yaml"), "-r", at("good.yaml"), "--registry"];

  it("are in one report", async () => {
    const { stdout } = await run(1, ...words, "--policy-report");
    const results = readYaml(stdout).flatMap((document) => listOf(document, "results"));
    assert.deepEqual(
      results.map((result) => `${textOf(result, "policy")} ${textOf(result, "result")}`),
      ["user pass", "images fail"],
    );
    const json = readJson((await run(1, ...words, "-p", "--output-format", "json")).stdout.trim());
    assert.equal(listOf(json, "results").length, 2);
    assert.equal(textOf(results[1] ?? null, "message"), "not signed");
  });

  it("are in one table, and beside text in their own", async () => {
    assert.match((await run(1, ...words, "--table")).stdout, /user[^]*images/);
    const text = await run(1, ...words, "--report", "json");
    assert.equal(textOf(readJson(text.stdout.trim()), "schema"), "amap.check/v1");
  });
});
