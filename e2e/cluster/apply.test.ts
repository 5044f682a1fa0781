/** `amap apply --cluster` against a real kube-apiserver. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { type Ended, writeTree } from "../../src/testing/cli-runner.ts";
import { findKubernetes, type RunningKubernetes, startKubernetes } from "../../tools/peers/kubernetes.ts";

const root = join(import.meta.dirname, "..", "..");
const folder = mkdtempSync(join(tmpdir(), "amap-e2e-apply-"));
const at = (name: string): string => join(folder, name);
let cluster: RunningKubernetes;

/** Runs amap as a process of its own: it has to end by itself, with every socket closed. */
function amap(...words: readonly string[]): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, NO_COLOR: "1", HOME: folder, KUBECONFIG: "" };
    const all = [join(root, "src/cli/main.ts"), "apply", ...words];
    execFile(process.execPath, all, { cwd: folder, env, timeout: 60_000 }, (error, stdout, stderr) => {
      if (error?.killed === true) reject(new Error(`amap did not end: ${stderr}`));
      const code = /^ {2}code {2}([A-Z_]+)$/m.exec(stderr)?.[1];
      resolve({ exit: typeof error?.code === "number" ? error.code : 0, stdout, stderr, code });
    });
  });
}

async function run(exit: number, ...words: readonly string[]): Promise<Ended> {
  const ended = await amap(...words, "--kubeconfig", cluster.kubeconfig);
  assert.equal(ended.exit, exit, `${words.join(" ")}\n${ended.stderr}${ended.stdout}`);
  return ended;
}

const policy = (name: string, rule: string, resources = "kinds: [Pod]"): string =>
  `apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: ${name}}\nspec:\n  rules:\n  - name: ${name}\n    match: {any: [{resources: {${resources}}}]}\n${rule}`;
const deny = (entry: string, value: string, wanted: string): string =>
  `    context: [{name: found, ${entry}}]\n    validate: {message: "not ${wanted}", deny: {conditions: {all: [{key: "{{ ${value} }}", operator: NotEquals, value: "${wanted}"}]}}}\n`;
const namespace = (name: string, tier: string): string =>
  `apiVersion: v1\nkind: Namespace\nmetadata: {name: ${name}, labels: {tier: ${tier}}}\n---\n`;
const pod = (name: string, where: string, labels = "{}"): string =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}, namespace: ${where}, labels: ${labels}}\nspec: {containers: [{name: a, image: "nginx:1.27"}]}\n---\n`;
const OWNED = '    validate: {message: "who owns it?", pattern: {metadata: {labels: {owner: "?*"}}}}\n';

const OBJECTS = [
  namespace("shop", "front"),
  namespace("team", "back"),
  pod("web", "shop", "{owner: a}"),
  pod("db", "shop"),
  pod("web", "team", "{owner: b}"),
  "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: shop}\ndata: {answer: yes please}\n---\n",
  "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: amap-podreader}\nrules: [{apiGroups: [''], resources: [pods, namespaces], verbs: [get, list]}]\n---\n",
].join("");

before(async () => {
  const programs = findKubernetes({ install: true });
  if (programs === undefined) throw new Error("kube-apiserver, kubectl and etcd cannot be had");
  cluster = await startKubernetes(programs);
  await cluster.kubectl(["apply", "-f", "-"], OBJECTS);
  writeTree(folder, {
    "owned.yaml": policy("owned", OWNED),
    "front.yaml": policy("front", OWNED, "kinds: [Pod], namespaceSelector: {matchLabels: {tier: front}}"),
    "settings.yaml": policy(
      "settings",
      deny("configMap: {name: settings, namespace: shop}", "found.data.answer", "yes please"),
    ),
    "pods.yaml": policy(
      "pods",
      deny(
        'apiCall: {urlPath: "/api/v1/namespaces/{{ request.namespace }}/pods", jmesPath: length(items)}',
        "to_string(found)",
        "1",
      ),
    ),
    "version.yaml": policy("version", deny("apiCall: {urlPath: /version, jmesPath: major}", "found", "1")),
    "access.yaml": policy(
      "access",
      deny(
        "apiCall: {urlPath: /apis/authorization.k8s.io/v1/selfsubjectaccessreviews, method: POST, data: [{key: kind, value: SelfSubjectAccessReview}, {key: apiVersion, value: authorization.k8s.io/v1}, {key: spec, value: {resourceAttributes: {verb: delete, resource: pods, namespace: shop}}}], jmesPath: to_string(status.allowed)}",
        "found",
        "true",
      ),
    ),
    "posts.yaml": policy(
      "posts",
      deny(
        "apiCall: {urlPath: /api/v1/namespaces/shop/configmaps, method: POST, data: [{key: kind, value: ConfigMap}, {key: apiVersion, value: v1}, {key: metadata, value: {name: made}}]}",
        "found.kind",
        "ConfigMap",
      ),
    ),
    "nothing.yaml": policy("nothing", deny("apiCall: {urlPath: /apis/nothing.example/v1/things}", "found", "x")),
    "mutates.yaml": policy(
      "mutates",
      '    mutate: {targets: [{apiVersion: v1, kind: ConfigMap, name: settings, namespace: shop}], patchStrategicMerge: {metadata: {labels: {seen: "{{ request.object.metadata.name }}"}}}}\n',
    ),
    "nodes.yaml": policy("nodes", OWNED, "kinds: [Namespace, Node]"),
    "all.yaml": policy(
      "all",
      '    validate: {message: "system", deny: {conditions: {all: [{key: "{{ request.object.metadata.name }}", operator: Equals, value: kube-system}]}}}\n',
      'kinds: ["*"]',
    ).replace("spec:", "spec:\n  background: false"),
    "pod.yaml": pod("new", "shop"),
    "elsewhere.yaml": pod("new", "nowhere"),
  });
});

after(async () => {
  await cluster?.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe("the objects of a cluster", () => {
  const cases: readonly (readonly [words: readonly string[], exit: number, counts: string])[] = [
    [["owned.yaml", "-c"], 1, "pass: 2, fail: 1, warn: 0, error: 0, skip: 0"],
    [["owned.yaml", "-c", "-n", "team"], 0, "pass: 1, fail: 0, warn: 0, error: 0, skip: 0"],
    [["owned.yaml", "-c", "--batch-size", "1", "--concurrent", "1"], 1, "pass: 2, fail: 1, warn: 0, error: 0, skip: 0"],
    [["owned.yaml", "-c", "-r", "db"], 1, "pass: 0, fail: 1, warn: 0, error: 0, skip: 0"],
    [["front.yaml", "-c"], 1, "pass: 1, fail: 1, warn: 0, error: 0, skip: 0"],
    [["settings.yaml", "-c"], 0, "pass: 3, fail: 0, warn: 0, error: 0, skip: 0"],
    [["pods.yaml", "-c"], 1, "pass: 1, fail: 2, warn: 0, error: 0, skip: 0"],
    [["version.yaml", "-c"], 0, "pass: 3, fail: 0, warn: 0, error: 0, skip: 0"],
    [["access.yaml", "-c"], 0, "pass: 3, fail: 0, warn: 0, error: 0, skip: 0"],
    [["posts.yaml", "-c"], 1, "pass: 0, fail: 0, warn: 0, error: 3, skip: 0"],
    [["nothing.yaml", "-c"], 1, "pass: 0, fail: 0, warn: 0, error: 3, skip: 0"],
    [["mutates.yaml", "-c", "-n", "team"], 0, "pass: 1, fail: 0, warn: 0, error: 0, skip: 0"],
    [["settings.yaml", "-c", "-r", "pod.yaml"], 0, "pass: 1, fail: 0, warn: 0, error: 0, skip: 0"],
    [["owned.yaml", "-c", "-r", "elsewhere.yaml"], 1, "pass: 0, fail: 0, warn: 0, error: 1, skip: 0"],
    [["all.yaml", "-c", "-n", "shop"], 0, "pass: 3, fail: 0, warn: 0, error: 0, skip: 0"],
  ];
  for (const [words, exit, counts] of cases) {
    it(words.join(" "), async () => {
      const ended = await run(exit, ...words);
      assert.ok(ended.stdout.includes(counts), ended.stdout + ended.stderr);
    });
  }

  it("everything that is kept is judged, and what is only posted is none of it", async () => {
    const ended = await run(1, "all.yaml", "-c");
    assert.match(ended.stdout, /Namespace\/kube-system failed/);
    assert.match(ended.stdout, /error: 0/);
    assert.equal(ended.stderr, "");
  });

  it("nothing in the cluster was changed by all this", async () => {
    const maps = await cluster.kubectl(["get", "configmaps", "-n", "shop", "-o", "name"]);
    assert.ok(!maps.includes("made"));
    assert.ok(!(await cluster.kubectl(["get", "configmap", "settings", "-n", "shop", "-o", "yaml"])).includes("seen"));
    const shown = await run(0, "mutates.yaml", "-c", "-n", "team");
    assert.match(shown.stdout, /seen: web/);
    assert.ok(!shown.stdout.includes("managedFields"));
  });

  it("a name that nothing has", async () =>
    assert.equal((await run(2, "owned.yaml", "-c", "-r", "none")).code, "VALUE_INVALID"));

  it("what a user may not read is an error beside what it may", async () => {
    await cluster.kubectl([
      "create",
      "clusterrolebinding",
      "amap-podreader",
      "--clusterrole=amap-podreader",
      "--user=reader",
    ]);
    const config = await cluster.kubectl(["config", "view", "--raw", "-o", "json"]);
    const reader = JSON.parse(config);
    for (const each of reader.users) each.user = { ...each.user, as: "reader" };
    writeTree(folder, {
      "reader.json": JSON.stringify(reader),
      "two.yaml": policy("two", OWNED, "kinds: [Pod, Secret]"),
    });
    const ended = await amap("two.yaml", "-c", "--kubeconfig", at("reader.json"));
    assert.equal(ended.exit, 1, ended.stderr);
    assert.ok(ended.stdout.includes("pass: 2, fail: 1, warn: 0, error: 1, skip: 0"), ended.stdout + ended.stderr);
    assert.match(ended.stderr, /error: list secrets: .*forbidden/);
    const strict = await amap("two.yaml", "-c", "--continue-on-error=false", "--kubeconfig", at("reader.json"));
    assert.deepEqual([strict.exit, strict.code], [3, "CLUSTER_FORBIDDEN"]);
    const none = await amap("nodes.yaml", "-c", "--continue-on-error=false", "--kubeconfig", at("reader.json"));
    assert.deepEqual([none.exit, none.code], [3, "CLUSTER_FORBIDDEN"]);
  });

  it("a policy report and exceptions of a cluster's objects", async () => {
    const report = JSON.parse((await run(1, "owned.yaml", "-c", "-p", "--output-format", "json")).stdout);
    assert.equal(report.summary.fail, 1);
    const exceptions = await run(1, "owned.yaml", "-c", "--generate-exceptions");
    await cluster.kubectl(["version"]);
    writeTree(folder, { "exceptions.yaml": exceptions.stdout });
    const excepted = await run(0, "owned.yaml", "-c", "-e", "exceptions.yaml");
    assert.ok(excepted.stdout.includes("pass: 2, fail: 0, warn: 0, error: 0, skip: 1"), excepted.stdout);
  });
});

describe("no cluster", () => {
  it("a cluster that is lost is an error with its exit code, and the process ends", async () => {
    await cluster.stop();
    const ended = await amap("owned.yaml", "-c", "--kubeconfig", at("lost"));
    assert.deepEqual([ended.exit, ended.code], [2, "FILE_NOT_FOUND"], ended.stderr);
    const kubeconfig = `apiVersion: v1\nkind: Config\ncurrent-context: c\ncontexts: [{name: c, context: {cluster: c, user: u}}]\nclusters: [{name: c, cluster: {server: "${cluster.server}"}}]\nusers: [{name: u, user: {token: t}}]\n`;
    writeTree(folder, { lost: kubeconfig });
    const lost = await amap("owned.yaml", "-c", "--kubeconfig", at("lost"));
    assert.deepEqual([lost.exit, lost.code], [3, "CLUSTER_UNAVAILABLE"], lost.stderr);
    assert.equal(lost.stdout, "");
  });
});
