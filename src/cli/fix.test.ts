import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { createCliRunner, snapshot, writeTree } from "../testing/cli-runner.ts";
import { runCli } from "./run-cli.ts";
import { VERBS } from "./verbs.ts";

const runAmap = createCliRunner((words, shell) => runCli(words, shell, VERBS));
const root = mkdtempSync(join(tmpdir(), "amap-fix-"));
after(() => rmSync(root, { recursive: true, force: true }));

let folders = 0;
/** A new folder with these files. */
function folderWith(files: Readonly<Record<string, string>>): (name?: string) => string {
  const folder = join(root, String(folders++));
  writeTree(folder, files);
  return (name) => (name === undefined ? folder : join(folder, name));
}

const policy = (name: string, rule: string): string =>
  `apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: ${name}}\nspec:\n  rules:\n  - {name: r, ${rule}, validate: {message: m, pattern: {a: b}}}\n`;
const OLD = policy("old", "match: {resources: {kinds: [Pod]}}");
const NEW = policy("new", "match: {any: [{resources: {kinds: [Pod]}}]}");
const POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: x}\n";

const FIXED_OLD = `apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata:
  name: old
spec:
  rules:
  - match:
      any:
      - resources:
          kinds:
          - Pod
    name: r
    validate:
      message: m
      pattern:
        a: b
`;

describe("amap fix policy", () => {
  test("says what it would rewrite, and writes with --save only", async () => {
    const at = folderWith({ "old.yaml": `# why\n${OLD}`, "sub/new.yml": NEW, "pod.yaml": POD, "notes.txt": "x" });
    const before = snapshot(at());
    const said = `Processing file (${at("old.yaml")})...\n  WARNING: match uses old syntax, moving to any\n`;
    const dry = await runAmap(["fix", "policy", at()]);
    const rest = `Processing file (${at("sub/new.yml")})...\nDone.\n`;
    assert.deepEqual([dry.exit, dry.stdout], [0, `${said}${rest}`]);
    assert.deepEqual(snapshot(at()), before);

    const saved = await runAmap(["fix", "policy", "--save", at()]);
    const saving = `  WARNING: comments are not kept\n  Saving file (${at("old.yaml")})...\n    OK\n`;
    assert.deepEqual([saved.exit, saved.stdout], [0, `${said}${saving}${rest}`]);
    assert.equal(readFileSync(at("old.yaml"), "utf8"), FIXED_OLD);
    assert.equal(readFileSync(at("sub/new.yml"), "utf8"), NEW);

    const again = await runAmap(["fix", "policy", "--save", at()]);
    assert.equal(again.stdout, `Processing file (${at("old.yaml")})...\n${rest}`);
  });

  test("keeps the other documents of a file", async () => {
    const at = folderWith({ "all.yaml": `${POD}---\n${OLD}---\n` });
    await runAmap(["fix", "policy", "--save", at("all.yaml")]);
    assert.equal(
      readFileSync(at("all.yaml"), "utf8"),
      `apiVersion: v1\nkind: Pod\nmetadata:\n  name: x\n---\n${FIXED_OLD}`,
    );
  });

  test("leaves what it does not understand alone, goes on, and ends with 1", async () => {
    const at = folderWith({
      "bad.yaml": "a: [",
      "mixed.yaml": `${OLD}---\n${OLD.replace("message", "mesage")}`,
      "old.yaml": OLD,
    });
    const before = snapshot(at());
    const ended = await runAmap(["fix", "policy", "--save", at()]);
    assert.equal(ended.exit, 1);
    assert.match(ended.stdout, /bad\.yaml\)\.\.\.\n {2}ERROR: .*line 1/);
    assert.match(
      ended.stdout,
      /mixed\.yaml\)\.\.\.\n {2}ERROR: spec\.rules\[0\]\.validate\.mesage: .*did you mean message/,
    );
    assert.match(ended.stdout, /old\.yaml\)\.\.\.\n {4}OK\nDone\.\n$/);
    const { "old.yaml": _, ...left } = snapshot(at());
    const { "old.yaml": __, ...was } = before;
    assert.deepEqual(left, was);
  });

  test("needs a path that is there", async () => {
    const at = folderWith({});
    assert.equal((await runAmap(["fix", "policy"])).exit, 2);
    assert.equal((await runAmap(["fix", "policy", at("none")])).code, "FILE_NOT_FOUND");
  });
});

const TEST = `apiVersion: cli.kyverno.io/v1alpha1
kind: Test
metadata:
  name: t
policies:
- p.yaml
resources:
- r.yaml
results:
- kind: Pod
  policy: p
  resources:
  - x
  result: pass
  rule: r
`;
const OLD_TEST = TEST.replace(/^apiVersion.*\n/, "");

describe("amap fix test", () => {
  test("rewrites tests and the files that they name", async () => {
    const at = folderWith({
      "sub/kyverno-test.yaml": `${OLD_TEST}variables: ../values.yaml\nuserinfo: user.yaml\n`,
      "values.yaml": "globalValues: {a: b}\n",
      "sub/user.yaml": "apiVersion: cli.kyverno.io/v1alpha1\nkind: UserInfo\nroles: [a]\n",
      "other.yaml": OLD_TEST,
    });
    const before = snapshot(at());
    const words = ["fix", "test", at()];
    assert.equal((await runAmap(words)).exit, 0);
    assert.deepEqual(snapshot(at()), before);
    const ended = await runAmap([...words, "--save"]);
    assert.equal(
      ended.stdout,
      `Processing test file (${at("sub/kyverno-test.yaml")})...
  WARNING: api version is not set, setting \`cli.kyverno.io/v1alpha1\`
  Saving test file (${at("sub/kyverno-test.yaml")})...
    OK
Processing user info file (${at("sub/user.yaml")})...
Processing values file (${at("values.yaml")})...
  WARNING: api version is not set, setting \`cli.kyverno.io/v1alpha1\`
  WARNING: kind is not set, setting \`Values\`
  Saving values file (${at("values.yaml")})...
    OK
Done.
`,
    );
    assert.equal(
      readFileSync(at("sub/kyverno-test.yaml"), "utf8"),
      `${TEST}userinfo: user.yaml\nvariables: "../values.yaml"\n`,
    );
    assert.equal(
      readFileSync(at("values.yaml"), "utf8"),
      "apiVersion: cli.kyverno.io/v1alpha1\nglobalValues:\n  a: b\nkind: Values\n",
    );
    assert.equal(readFileSync(at("other.yaml"), "utf8"), OLD_TEST);
  });

  test("--file-name, --compress, --force", async () => {
    const result = (name: string): string => `- {kind: Pod, policy: p, rule: r, result: pass, resources: [${name}]}\n`;
    const at = folderWith({
      "t.yaml": `${TEST.replace(/- kind[^]*/, "")}${result("b")}${result("a")}---\n${TEST}`,
    });
    await runAmap(["fix", "test", "-f", "t.yaml", "--compress", "--save", at()]);
    const both = TEST.replace("  - x\n", "  - a\n  - b\n");
    assert.equal(readFileSync(at("t.yaml"), "utf8"), `${both}---\n${TEST}`);
    const again = await runAmap(["fix", "test", "-f", "t.yaml", "--save", at()]);
    assert.doesNotMatch(again.stdout, /Saving/);
    const forced = await runAmap(["fix", "test", "-f", "t.yaml", "--save", "--force", at()]);
    assert.match(forced.stdout, /Saving test file/);
    assert.equal(readFileSync(at("t.yaml"), "utf8"), `${both}---\n${TEST}`);
  });

  test("leaves what it does not understand alone, with --force too", async () => {
    const at = folderWith({
      "a/kyverno-test.yaml": `${TEST}bogus: 1\n`,
      "b/kyverno-test.yaml": `${TEST}variables: none.yaml\n`,
      "c/kyverno-test.yaml": `${TEST}variables: two.yaml\n`,
      "c/two.yaml": "globalValues: {a: 1}\n---\nglobalValues: {b: 1}\n",
    });
    const before = snapshot(at());
    const ended = await runAmap(["fix", "test", "--save", "--force", at()]);
    assert.equal(ended.exit, 1);
    assert.match(ended.stdout, /ERROR: .*unknown field "bogus"/);
    assert.match(ended.stdout, /ERROR: .*none\.yaml/);
    assert.match(ended.stdout, /ERROR: only the first of 2 documents counts/);
    const after = snapshot(at());
    assert.equal(after["a/kyverno-test.yaml"], before["a/kyverno-test.yaml"]);
    assert.equal(after["c/two.yaml"], before["c/two.yaml"]);
  });

  test("needs a folder that is there, and a file name", async () => {
    const at = folderWith({});
    assert.equal((await runAmap(["fix", "test"])).exit, 2);
    assert.equal((await runAmap(["fix", "test", at("none")])).code, "FILE_NOT_FOUND");
    assert.equal((await runAmap(["fix", "test", "-f", "", at()])).code, "USAGE");
  });
});
