/** ImageValidatingPolicies in `amap test` and `amap apply`: what is mocked, what is excepted, what cannot be answered. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { createCliRunner, type Ended, writeTree } from "../testing/cli-runner.ts";
import { runCli } from "./run-cli.ts";
import { VERBS } from "./verbs.ts";

const runAmap = createCliRunner((words, shell) => runCli(words, shell, VERBS));
const folder = mkdtempSync(join(tmpdir(), "amap-image-policies-"));
const at = (...names: readonly string[]): string => join(folder, ...names);

const pod = (name: string, image: string): string =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}, namespace: shop}\nspec: {containers: [{name: c, image: "${image}"}]}\n---\n`;

/** A policy by an attestor that amap cannot ask yet. */
const policy = (name: string, spec: string): string =>
  `apiVersion: policies.kyverno.io/v1\nkind: ImageValidatingPolicy\nmetadata: {name: ${name}}\nspec:\n  attestors: [{name: notary, notary: {certs: {value: PEM}}}]\n  attestations: [{name: sbom, referrer: {type: sbom/cyclone-dx}}]\n${spec}`;
const PODS =
  "  matchConstraints: {resourceRules: [{apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [pods]}]}\n";
const SIGNED =
  "  validationConfigurations: {verifyDigest: false}\n  validations:\n" +
  "  - {expression: 'images.containers.all(i, verifyImageSignatures(i, [attestors.notary]) > 0)', message: not signed}\n" +
  "  - {expression: 'images.containers.all(i, extractPayload(i, attestations.sbom).bomFormat == \"CycloneDX\")', message: no SBOM}\n";

const result = (of: string, resource: string, expected: string): string =>
  `- {isImageValidatingPolicy: true, policy: ${of}, kind: Pod, resources: [${resource}], result: ${expected}}\n`;
const testFile = (results: string, more = ""): string =>
  `apiVersion: cli.kyverno.io/v1alpha1\nkind: Test\nmetadata: {name: t}\npolicies: [../policies.yaml]\nresources: [../pods.yaml]\n${more}results:\n${results}`;
const MOCKS = "context: ../context.yaml\nexceptions: [../exception.yaml]\n";

async function run(exit: number, ...words: readonly string[]): Promise<Ended> {
  const ended = await runAmap(words);
  assert.equal(ended.exit, exit, `${words.join(" ")}\n${ended.stderr}${ended.stdout}`);
  return ended;
}

before(() => {
  const right = [
    result("signed", "good", "pass"),
    result("signed", "bad", "fail"),
    result("signed", "unknown", "error"),
    result("signed", "excepted", "skip"),
    result("digest", "good", "fail"),
  ].join("");
  writeTree(folder, {
    "policies.yaml": `${policy("signed", PODS + SIGNED)}---\n${policy("digest", `${PODS}  validations: [{expression: "true"}]\n`)}`,
    "pods.yaml": pod("good", "a/good:1") + pod("bad", "a/bad:1") + pod("unknown", "a/x:1") + pod("excepted", "a/x:1"),
    "good.yaml": pod("good", "a/good:1"),
    "unknown.yaml": pod("unknown", "a/x:1"),
    "excepted.yaml": pod("excepted", "a/x:1"),
    "exception.yaml":
      "apiVersion: policies.kyverno.io/v1\nkind: PolicyException\nmetadata: {name: e, namespace: ops}\nspec:\n" +
      "  policyRefs: [{name: signed, kind: ImageValidatingPolicy}, {name: digest, kind: ImageValidatingPolicy}]\n" +
      "  matchConditions: [{name: c, expression: \"object.metadata.name == 'excepted'\"}]\n",
    "context.yaml":
      "apiVersion: cli.kyverno.io/v1alpha1\nkind: Context\nmetadata: {name: c}\nspec:\n  images:\n" +
      "  - image: a/good:1\n    attestors: [{name: notary, attestations: [{type: sbom/cyclone-dx, payload: {bomFormat: CycloneDX}}]}]\n" +
      "  - image: a/bad:1\n    attestors: [{name: another}]\n",
    "right/kyverno-test.yaml": testFile(right, MOCKS),
    "wrong/kyverno-test.yaml": testFile(result("signed", "bad", "pass"), MOCKS),
    "unmocked/kyverno-test.yaml": testFile(result("signed", "good", "pass")),
    "payload.json": '{"image": "a/good:1"}',
    "json.yaml": policy(
      "json",
      "  evaluation: {mode: JSON}\n  images: [{name: used, expression: '[object.image]'}]\n  validations: [{expression: 'true'}]\n",
    ),
    "json/kyverno-test.yaml":
      "apiVersion: cli.kyverno.io/v1alpha1\nkind: Test\nmetadata: {name: t}\npolicies: [../json.yaml]\njsonPayloads: [../payload.json]\nresults:\n" +
      '- {isImageValidatingPolicy: true, policy: json, kind: "", result: fail}\n',
  });
});
after(() => rmSync(folder, { recursive: true }));

describe("amap test of ImageValidatingPolicies", () => {
  it("knows what is given of images, and what is excepted", async () => {
    const { stdout, stderr } = await run(0, "test", at("right"));
    assert.match(stdout + stderr, /5 tests passed and 0 tests failed/);
    assert.match(stdout, /exception +│ v1\/Pod\/shop\/excepted/);
  });

  it("says so when a test expects otherwise", async () => {
    assert.match((await run(1, "test", at("wrong"))).stdout, /Want pass, got fail/);
  });

  it("does not take what it cannot ask for a signature", async () => {
    assert.match((await run(1, "test", at("unmocked"))).stdout, /Want pass, got error/);
  });

  it("judges JSON payloads", async () => {
    await run(0, "test", at("json"));
  });
});

describe("amap apply of ImageValidatingPolicies", () => {
  it("says what is wrong, and why what is not known is not", async () => {
    const { stdout } = await run(1, "apply", at("policies.yaml"), "-r", at("unknown.yaml"), "-e", at("exception.yaml"));
    assert.match(
      stdout,
      /policy digest -> resource shop\/Pod\/unknown failed:\n1 - digest image a\/x:1 does not have a digest/,
    );
    assert.match(stdout, /attestor notary: amap does not verify Notary signatures yet/);
    assert.match(stdout, /pass: 0, fail: 1, warn: 0, error: 1, skip: 0/);
  });

  it("leaves out what an exception lifts", async () => {
    const { stdout } = await run(
      0,
      "apply",
      at("policies.yaml"),
      "-r",
      at("excepted.yaml"),
      "-e",
      at("exception.yaml"),
    );
    assert.match(stdout, /with 1 exception\(s\)/);
    assert.match(stdout, /pass: 0, fail: 0, warn: 0, error: 0, skip: 2/);
  });

  it("takes what a context file gives", async () => {
    const words = ["apply", at("policies.yaml"), "-r", at("good.yaml"), "--context-file", at("context.yaml")];
    assert.match((await run(1, ...words)).stdout, /pass: 1, fail: 1, warn: 0, error: 0, skip: 0/);
  });

  it("explains which exception holds and what each validation came to", async () => {
    const words = ["apply", at("policies.yaml"), "-e", at("exception.yaml"), "--explain"];
    const excepted = await run(0, ...words, "-r", at("excepted.yaml"));
    assert.match(excepted.stdout + excepted.stderr, /ops\/e/);
    const good = await run(1, ...words, "-r", at("good.yaml"), "--context-file", at("context.yaml"));
    assert.match(good.stdout + good.stderr, /validations\[1\]/);
  });
});
