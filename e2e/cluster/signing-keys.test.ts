/** Key pairs in Secrets of a real kube-apiserver: amap opens what cosign made there, and cosign what amap made. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { memberOf, type Value } from "../../src/base/index.ts";
import { runCli } from "../../src/cli/run-cli.ts";
import { VERBS } from "../../src/cli/verbs.ts";
import { createCliRunner, type Ended } from "../../src/testing/cli-runner.ts";
import { createWorld } from "../../src/wiring/index.ts";
import { findKubernetes, type RunningKubernetes, startKubernetes } from "../../tools/peers/kubernetes.ts";
import { findCosign } from "../../tools/peers/peers.ts";

const PASSWORD = "correct horse";
const SECRETS = { group: "", version: "v1", resource: "secrets", kind: "Secret", namespaced: true };
const folder = mkdtempSync(join(tmpdir(), "amap-e2e-secrets-"));
const at = (name: string): string => join(folder, name);
const runAmap = createCliRunner((words, shell) => runCli(words, shell, VERBS));
const cosign = findCosign({ install: true }) ?? "";
let kubernetes: RunningKubernetes;

before(async () => {
  const programs = findKubernetes({ install: true });
  if (programs === undefined || cosign === "") throw new Error("cosign, kube-apiserver or etcd cannot be had");
  kubernetes = await startKubernetes(programs);
});

after(async () => {
  await kubernetes?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const amap = (words: readonly string[], password?: string): Promise<Ended> =>
  runAmap(words, { KUBECONFIG: kubernetes.kubeconfig, COSIGN_PASSWORD: password });

function peer(...words: readonly string[]): string {
  const env = { ...process.env, KUBECONFIG: kubernetes.kubeconfig, COSIGN_PASSWORD: PASSWORD, HOME: folder };
  const { status, stdout, stderr } = spawnSync(cosign, words, { cwd: folder, env, encoding: "utf8" });
  assert.equal(status, 0, stderr);
  return stdout;
}

async function secretOf(name: string): Promise<Value | undefined> {
  const world = createWorld({ offline: false, env: {} });
  const cluster = await world.openCluster({ kubeconfig: kubernetes.kubeconfig });
  try {
    return await cluster.get(SECRETS, { namespace: "default", name });
  } finally {
    await cluster.close();
    await world.close();
  }
}

test("both write the same Secret, and each opens the other's without being told the password", async () => {
  const made = await amap(["generate-key-pair", "k8s://default/ours", "--output-key-prefix", at("ours")], PASSWORD);
  assert.equal(made.exit, 0, made.stderr);
  assert.equal(peer("public-key", "--key", "k8s://default/ours"), readFileSync(at("ours.pub"), "utf8"));
  peer("generate-key-pair", "k8s://default/theirs");
  const read = await amap(["public-key", "--key", "k8s://default/theirs"]);
  assert.deepEqual([read.exit, read.stdout], [0, readFileSync(at("cosign.pub"), "utf8")], read.stderr);
  const [ours, theirs] = [await secretOf("ours"), await secretOf("theirs")];
  for (const member of ["type", "immutable"]) assert.deepEqual(memberOf(ours, member), memberOf(theirs, member));
  const entriesOf = (secret: Value | undefined): readonly string[] =>
    Object.keys((memberOf(secret, "data") ?? {}) as object).sort();
  assert.deepEqual(entriesOf(ours), entriesOf(theirs));
  const passwordOf = (secret: Value | undefined) => memberOf(memberOf(secret, "data"), "cosign.password");
  assert.equal(passwordOf(ours), passwordOf(theirs));
});

test("a key is never lost: neither amap's nor cosign's is overwritten", async () => {
  const before = await secretOf("theirs");
  const words = ["generate-key-pair", "k8s://default/theirs", "--output-key-prefix", at("again")];
  const ended = await amap(words, PASSWORD);
  assert.deepEqual([ended.exit, ended.code], [2, "USAGE"], ended.stderr);
  assert.deepEqual(await secretOf("theirs"), before);
});

test("a Secret that is not there is told so", async () => {
  const ended = await amap(["public-key", "--key", "k8s://default/none"]);
  assert.equal(ended.code, "CLUSTER_NOT_FOUND", ended.stderr);
});
