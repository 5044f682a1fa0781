/** The built bundle beside the source: verbs with a bundle of their own end as they do from source. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

const root = join(import.meta.dirname, "..", "..");
const folder = mkdtempSync(join(tmpdir(), "amap-bundle-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const FILES: Readonly<Record<string, string>> = {
  // Nobody listens on port 1.
  "kubeconfig.yaml": `apiVersion: v1
kind: Config
clusters: [{name: a, cluster: {server: "https://127.0.0.1:1"}}]
contexts: [{name: a, context: {cluster: a, user: a}}]
current-context: a
users: [{name: a, user: {}}]
`,
  "policy.yaml": `apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: labelled}
spec:
  rules:
  - name: team
    match: {any: [{resources: {kinds: [Pod]}}]}
    validate: {message: who owns it, pattern: {metadata: {labels: {team: "?*"}}}}
`,
  "pod.yaml":
    "apiVersion: v1\nkind: Pod\nmetadata: {name: a, labels: {weight: 1.0e3}}\nspec: {containers: [{name: a, image: a}]}\n",
  "kyverno-test.yaml": `apiVersion: cli.kyverno.io/v1alpha1
kind: Test
metadata: {name: t}
policies: [policy.yaml]
resources: [pod.yaml]
results: [{policy: labelled, rule: team, kind: Pod, resources: [a], result: fail}]
`,
};

before(() => {
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(folder, name), text);
  execFileSync(process.execPath, [join(root, "tools", "build.ts")], { stdio: "ignore" });
});

const CASES: readonly (readonly [words: readonly string[], status: number])[] = [
  [["apply", "policy.yaml", "-r", "pod.yaml"], 1],
  [["apply", "policy.yaml", "--cluster", "--kubeconfig", "kubeconfig.yaml"], 3],
  [["apply", "policy.yaml", "-pc", "--kubeconfig", "kubeconfig.yaml"], 3],
  [["apply", "none.yaml", "-r", "pod.yaml"], 2],
  [["test", "."], 0],
  [["test", ".", "--registry"], 0],
  [["test", "none"], 2],
  [["version"], 0],
];

for (const [words, status] of CASES) {
  test(words.join(" "), () => {
    const run = (program: string): { readonly status: number | null; readonly said: string } => {
      const ended = spawnSync(process.execPath, [join(root, program), ...words], { cwd: folder, encoding: "utf8" });
      return { status: ended.status, said: ended.stdout + ended.stderr };
    };
    const built = run("dist/amap.mjs");
    assert.equal(built.status, status, built.said);
    assert.deepEqual(built, run("src/cli/main.ts"));
  });
}
