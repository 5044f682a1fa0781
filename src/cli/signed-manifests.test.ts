/** `amap apply` and `amap test` over signed manifests: the object is what its signer signed, or the rule fails. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { encodeBase64, encodeUtf8, type ValueObject, writeYaml } from "../base/index.ts";
import { createCliRunner, type Ended, writeTree } from "../testing/cli-runner.ts";
import { signManifest } from "../testing/signed-manifests.ts";
import { createLocalSigstore, createTestKey } from "../testing/sigstore/local-sigstore.ts";
import { runCli } from "./run-cli.ts";
import { VERBS } from "./verbs.ts";

const runAmap = createCliRunner((words, shell) => runCli(words, shell, VERBS));
const folder = mkdtempSync(join(tmpdir(), "amap-signed-manifests-"));
const at = (...names: readonly string[]): string => join(folder, ...names);

const release = createTestKey();
const MANIFEST: ValueObject = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "web", namespace: "shop" },
  spec: { selector: { app: "web" }, ports: [{ port: 80 }] },
};
const SIGNED = signManifest(createLocalSigstore(), MANIFEST, { key: release, keyOnly: true, log: "none" });

function policyOf(publicKeys: string): string {
  const rule = {
    name: "signed",
    match: { any: [{ resources: { kinds: ["Service"] } }] },
    validate: { failureAction: "Enforce", manifests: { attestors: [{ entries: [{ keys: { publicKeys } }] }] } },
  };
  const metadata = { name: "manifests" };
  return writeYaml({ apiVersion: "kyverno.io/v1", kind: "ClusterPolicy", metadata, spec: { rules: [rule] } });
}

/** The signed object with another name, and otherwise as it is or changed. */
function named(name: string, change: (text: string) => string = (text) => text): string {
  return change(writeYaml(SIGNED)).replace(/name: "?web"?\n/, `name: ${name}\n`);
}

async function run(exit: number, ...words: readonly string[]): Promise<Ended> {
  const ended = await runAmap(words);
  assert.equal(ended.exit, exit, `${words.join(" ")}\n${ended.stderr}${ended.stdout}`);
  return ended;
}

before(() => {
  const secret = {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "release", namespace: "keys" },
    data: { "cosign.pub": encodeBase64(encodeUtf8(release.pem)) },
  };
  const result = (resource: string, expected: string): string =>
    `- {policy: manifests, rule: signed, kind: Service, resources: [${resource}], result: ${expected}}\n`;
  writeTree(folder, {
    "policy.yaml": policyOf(release.pem),
    "stranger.yaml": policyOf(createTestKey().pem),
    "in-secret.yaml": policyOf("k8s://keys/release"),
    "signed.yaml": writeYaml(SIGNED),
    "changed.yaml": writeYaml(SIGNED).replace("port: 80", "port: 81"),
    "unsigned.yaml": writeYaml(MANIFEST),
    "secret.yaml": writeYaml(secret),
    "test/kyverno-test.yaml":
      "apiVersion: cli.kyverno.io/v1alpha1\nkind: Test\nmetadata: {name: t}\npolicies: [../policy.yaml]\n" +
      `resources: [objects.yaml]\nresults:\n${result("shop/web", "pass")}${result("shop/other", "fail")}`,
    "test/objects.yaml": `${writeYaml(SIGNED)}---\n${named("other")}`,
  });
});
after(() => rmSync(folder, { recursive: true, force: true }));

describe("apply", () => {
  const apply = (exit: number, policy: string, ...objects: readonly string[]): Promise<Ended> =>
    run(exit, "apply", at(policy), ...objects.flatMap((object) => ["--resource", at(object)]));
  it("passes what was signed, and fails what was changed, another's, or not signed", async () => {
    assert.match((await apply(0, "policy.yaml", "signed.yaml")).stdout, /pass: 1, fail: 0/);
    assert.match(
      (await apply(1, "policy.yaml", "changed.yaml")).stdout,
      /differs from what was signed: spec.ports.0.port: expected 80, found 81/,
    );
    assert.match((await apply(1, "policy.yaml", "unsigned.yaml")).stdout, /message not found/);
    assert.match((await apply(1, "stranger.yaml", "signed.yaml")).stdout, /no matching signatures: SIGNATURE_INVALID/);
  });
  it("reads keys from Secrets among the resources, and without them says so", async () => {
    assert.match((await apply(0, "in-secret.yaml", "signed.yaml", "secret.yaml")).stdout, /pass: 1, fail: 0/);
    assert.match((await apply(1, "in-secret.yaml", "signed.yaml")).stdout, /error: 1/);
  });
});

it("test", async () => {
  const { stdout } = await run(0, "test", at("test"));
  assert.equal(stdout.match(/ Pass +│ Ok /g)?.length, 2);
});
