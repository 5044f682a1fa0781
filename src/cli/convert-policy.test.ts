import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { createCliRunner, writeTree } from "../testing/cli-runner.ts";
import { runCli } from "./run-cli.ts";
import { VERBS } from "./verbs.ts";

const runAmap = createCliRunner((words, shell) => runCli(words, shell, VERBS));
const root = mkdtempSync(join(tmpdir(), "amap-convert-"));
after(() => rmSync(root, { recursive: true, force: true }));

const policy = (name: string, rule: string): string =>
  `apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: ${name}}\nspec:\n  rules:\n  - {name: r, match: {any: [{resources: {kinds: [Pod]}}]}, ${rule}}\n`;
const pod = (image: string) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "a", namespace: "b" },
  spec: { containers: [{ name: "c", image }] },
});
const review = (image: string): string =>
  JSON.stringify({
    apiVersion: "admission.k8s.io/v1",
    kind: "AdmissionReview",
    request: {
      uid: "1",
      kind: { group: "", version: "v1", kind: "Pod" },
      resource: { group: "", version: "v1", resource: "pods" },
      name: "a",
      namespace: "b",
      operation: "CREATE",
      userInfo: { username: "u" },
      object: pod(image),
    },
  });

writeTree(root, {
  "tags.yaml": policy(
    "tags",
    'validate: {message: state a tag, pattern: {spec: {containers: [{image: "!*:latest"}]}}}',
  ),
  "mixed/secure.yaml": policy("secure", "validate: {podSecurity: {level: baseline}}"),
  "mixed/pod.yaml": JSON.stringify(pod("a")),
  "cip.yaml":
    "apiVersion: policy.sigstore.dev/v1beta1\nkind: ClusterImagePolicy\nmetadata: {name: keys}\n" +
    'spec: {images: [{glob: "ghcr.io/acme/**"}], authorities: [{keyless: {identities: [{issuer: i, subject: s}]}}]}\n',
  "cue.yaml":
    "apiVersion: policy.sigstore.dev/v1beta1\nkind: ClusterImagePolicy\nmetadata: {name: cue}\n" +
    'spec: {images: [{glob: "**"}], authorities: [{static: {action: pass}}], policy: {type: cue, data: "a: 1"}}\n',
  "trustpolicy.json": JSON.stringify({
    version: "1.0",
    trustPolicies: [
      {
        name: "acme",
        registryScopes: ["registry.example/acme/app"],
        signatureVerification: { level: "strict" },
        trustStores: ["ca:acme"],
        trustedIdentities: ["*"],
      },
    ],
  }),
  "acme.pem": "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
  "others/generate.yaml":
    "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: made}\nspec:\n  rules:\n" +
    "  - name: r\n    match: {any: [{resources: {kinds: [Namespace]}}]}\n" +
    "    generate: {apiVersion: v1, kind: ConfigMap, name: base, namespace: '{{request.object.metadata.name}}', data: {data: {a: b}}}\n",
  "others/cleanup.yaml":
    'apiVersion: kyverno.io/v2\nkind: ClusterCleanupPolicy\nmetadata: {name: old}\nspec:\n  schedule: "@daily"\n' +
    "  match: {any: [{resources: {kinds: [Pod]}}]}\n" +
    '  conditions: {all: [{key: "{{ target.metadata.name }}", operator: Equals, value: web}]}\n',
  "excepted/exception.yaml":
    "apiVersion: kyverno.io/v2\nkind: PolicyException\nmetadata: {name: old, namespace: ops}\nspec:\n" +
    "  exceptions: [{policyName: tags, ruleNames: [r, autogen-r, autogen-cronjob-r]}]\n" +
    "  match: {any: [{resources: {kinds: [Pod, Deployment], namespaces: [default]}}]}\n",
  "excepted/tags.yaml": policy(
    "tags",
    'validate: {message: state a tag, pattern: {spec: {containers: [{image: "!*:latest"}]}}}',
  ),
  "pod.yaml": JSON.stringify(pod("d:latest")),
  "requests.jsonl": `${review("d:latest")}\n\n${review("d:1")}\n`,
  "broken.jsonl": "{}\n",
});
const at = (name: string): string => join(root, name);

describe("amap convert-policy", () => {
  test("writes the policy, and says how it was proven", async () => {
    const words = ["convert-policy", at("tags.yaml"), "--generated", "200", "--resource", at("pod.yaml")];
    const { exit, stdout, stderr } = await runAmap([...words, "--requests", at("requests.jsonl")]);
    assert.equal(exit, 0);
    assert.match(stdout, /^---\napiVersion: policies\.kyverno\.io\/v1\nkind: ValidatingPolicy\n/);
    assert.match(stdout, /object\.spec\.containers\.all\(container, !container\.image\.endsWith\(':latest'\)\)/);
    assert.match(stderr, /spec\.rules\[0\] \(r\): equal on 203 requests \(\d+ denied, 0 changed\)/);
    assert.match(stderr, /differs at spec\.rules\[0\]: it is not extended to ReplicationControllers/);
  });

  test("JSON has both", async () => {
    const { exit, stdout } = await runAmap(["convert-policy", at("tags.yaml"), "--generated", "20", "-o", "json"]);
    const { policies } = JSON.parse(stdout) as { policies: { name: string; rules: { status: string }[] }[] };
    assert.deepEqual([exit, policies[0]?.name, policies[0]?.rules[0]?.status], [0, "tags", "proven"]);
  });

  test("what was not denied once is not proven", async () => {
    const { exit, stderr } = await runAmap(["convert-policy", at("tags.yaml"), "--generated", "0"]);
    assert.equal(exit, 1);
    assert.match(stderr, /not proven: equal on 0 requests/);
  });

  test("what has no counterpart is named, and nothing is written", async () => {
    const { exit, stdout, stderr } = await runAmap(["convert-policy", at("mixed")]);
    assert.deepEqual([exit, stdout], [1, ""]);
    assert.match(stderr, /not converted: spec\.rules\[0\]\.validate\.podSecurity: /);
    const other = await runAmap(["convert-policy", at("cue.yaml")]);
    assert.deepEqual([other.exit, other.stdout], [1, ""]);
    assert.match(other.stderr, /not converted: spec\.policy: what it demands in cue or rego/);
  });

  test("generate rules and cleanup policies are proven by what they make and delete", async () => {
    const { exit, stdout, stderr } = await runAmap(["convert-policy", at("others"), "--generated", "100"]);
    assert.equal(exit, 0, stderr);
    assert.match(stdout, /^kind: DeletingPolicy$/m);
    assert.match(stdout, /^kind: GeneratingPolicy$/m);
    assert.match(
      stderr,
      /cleanup\.yaml: ClusterCleanupPolicy old\n {2}spec \(old\): equal on 100 requests \(\d+ deleted\)/,
    );
    assert.match(stderr, /spec\.rules\[0\] \(r\): equal on 100 requests \(\d+ made objects\)/);
  });

  test("an exception comes after the policies that it is from", async () => {
    const { exit, stdout, stderr } = await runAmap(["convert-policy", at("excepted"), "--generated", "300"]);
    assert.equal(exit, 0, stderr);
    assert.match(
      stdout,
      /kind: ValidatingPolicy[^]*kind: PolicyException[^]*policyRefs:\n {2}- kind: ValidatingPolicy\n {4}name: tags/,
    );
    assert.match(stderr, /PolicyException old\n {2}spec \(old\): equal on \d+ requests \(\d+ excepted, \d+ denied\)/);
  });

  test("policies of other tools are written, and not proven", async () => {
    const { exit, stdout, stderr } = await runAmap(["convert-policy", at("cip.yaml")]);
    assert.equal(exit, 1);
    assert.match(stdout, /kind: ImageValidatingPolicy\n[^]*glob: "?ghcr\.io\/acme\/\*"?\n/);
    assert.match(stderr, /spec \(keys\): not proven: amap has no engine of the other tool/);
    const unknown = await runAmap(["convert-policy", at("trustpolicy.json")]);
    assert.match(unknown.stderr, /trustStores\[0\]: the certificates of ca:acme are not given: pass --trust-store/);
    const store = `ca:acme=${at("acme.pem")}`;
    const trusted = await runAmap(["convert-policy", at("trustpolicy.json"), "--trust-store", store]);
    assert.match(trusted.stdout, /notary:\n {6}certs:\n/);
    const wrong = await runAmap(["convert-policy", at("trustpolicy.json"), "--trust-store", "acme"]);
    assert.equal(wrong.code, "USAGE");
  });

  test("wrong use", async () => {
    assert.equal((await runAmap(["convert-policy"])).exit, 2);
    assert.equal((await runAmap(["convert-policy", at("none")])).code, "FILE_NOT_FOUND");
    assert.equal((await runAmap(["convert-policy", at("pod.yaml")])).code, "POLICY_INVALID");
    assert.equal((await runAmap(["convert-policy", at("tags.yaml"), "--generated", "many"])).code, "USAGE");
    const broken = await runAmap(["convert-policy", at("tags.yaml"), "--requests", at("broken.jsonl")]);
    assert.equal(broken.code, "DOCUMENT_INVALID");
  });
});
