/** `amap decisions import`: what other tools ignore becomes drafts that nobody has approved, each entry told. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createCliChecks, createCliRunner, writeTree } from "../testing/cli-runner.ts";
import { runCli } from "./run-cli.ts";
import { VERBS } from "./verbs.ts";

const runAmap = createCliRunner((words, shell) => runCli(words, shell, VERBS));
const { ok, refused } = createCliChecks(runAmap);
const folder = mkdtempSync(join(tmpdir(), "amap-import-"));
const at = (...names: readonly string[]): string => join(folder, ...names);
const read = (name: string): string => readFileSync(at(name), "utf8");
after(() => rmSync(folder, { recursive: true, force: true }));

before(() =>
  writeTree(folder, {
    ".trivyignore": "CVE-2026-1 exp:2099-01-01 # no XML here\nCVE-2026-2\nCVE-2026-3 exp:2020-01-01\nAVD-AWS-0104\n",
    ".grype.yaml": "ignore:\n  - vulnerability: CVE-2026-1\n  - fix-state: wont-fix\n",
    "kept.yaml": `# Ours.
apiVersion: amap.dev/v1alpha1
kind: Decisions
decisions:
  # Never run.
  - finding: cve-2026-2
    status: under_investigation
    author: zoe@shop.example
    decidedAt: 2026-01-01T00:00:00Z
`,
    "broken.yaml": "apiVersion: amap.dev/v1alpha1\nkind: Decisions\ndecisions: [{}]\n",
    "broken.toml": "[[",
    "list.txt": "CVE-2026-1\n",
  }),
);

const importing = (...words: readonly string[]): readonly string[] => [
  "decisions",
  "import",
  "--author",
  "ann@shop.example",
  ...words,
];

test("a file is made, every entry is told, and a second time adds nothing", async () => {
  const words = importing("--file", at("new", "decisions.yaml"), at(".trivyignore"), at(".grype.yaml"));
  const trial = await ok(...words, "--dry-run");
  assert.ok(!existsSync(at("new")));
  assert.match(
    trial.stdout,
    /6 entries: 2 not taken over, 2 draft, lacks something, 1 decided already, 1 expired; nothing was written/,
  );
  const first = await ok(...words, "--owner", "bob@shop.example");
  assert.match(first.stdout, /1 added.*2 entries added to/s);
  assert.match(first.stderr, /Nobody has approved these entries/);
  const written = read("new/decisions.yaml");
  assert.match(
    written,
    /finding: CVE-2026-1\n {4}status: risk_accepted\n {4}reason: no XML here\n {4}owner: bob@shop.example/,
  );
  assert.doesNotMatch(written, /CVE-2026-3|AVD|approvers: \[?\w/);
  assert.match((await ok(...words)).stdout, /3 decided already.*0 entries added/s);
  assert.equal(read("new/decisions.yaml"), written);
});

test("what the file says stays, comments too, and what it decided is not decided again", async () => {
  const before = read("kept.yaml");
  const ended = await ok(...importing("--file", at("kept.yaml"), at(".trivyignore"), "-o", "json"));
  const { added, entries } = JSON.parse(ended.stdout) as {
    added: number;
    entries: { became: string; reasons: string[] }[];
  };
  assert.equal(added, 1);
  assert.deepEqual(
    entries.map(({ became }) => became),
    ["draft", "decided", "expired", "not_said"],
  );
  assert.match(entries[1]?.reasons[0] ?? "", /under_investigation, by zoe@shop.example/);
  assert.ok(read("kept.yaml").startsWith(before));
});

test("wrong use is told before anything is written", async () => {
  const file = ["--file", at("none.yaml")];
  await refused(2, "USAGE", ...importing(...file, at("list.txt")));
  await refused(2, "USAGE", ...importing(...file, "--product", "shop", at(".trivyignore")));
  await refused(2, "USAGE", ...importing(...file, "--from", "snyk", at(".trivyignore")));
  await refused(2, "DOCUMENT_INVALID", ...importing(...file, at(".trivyignore"), at("broken.toml")));
  await refused(2, "DOCUMENT_INVALID", ...importing("--file", at("broken.yaml"), at(".trivyignore")));
  await refused(2, "DOCUMENT_INVALID", ...importing(...file, "--product", "pkg:", at(".trivyignore")));
  assert.ok(!existsSync(at("none.yaml")));
  await ok(...importing(...file, "--from", "trivyignore", at("list.txt")));
});
