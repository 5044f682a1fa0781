/** `amap docs`: a page for each command, whose links lead to the others. */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { createCliRunner } from "../testing/cli-runner.ts";
import { runCli } from "./run-cli.ts";
import { VERBS } from "./verbs.ts";

const runAmap = createCliRunner((words, shell) => runCli(words, shell, VERBS));
const folder = mkdtempSync(join(tmpdir(), "amap-docs-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const GROUPS = [...new Set(VERBS.flatMap(({ name }) => (name.includes(" ") ? [name.split(" ")[0] ?? ""] : [])))];
/** A verb may be a group, too: `sbom` has verbs below it. */
const NAMES = [...new Set(["", ...GROUPS, ...VERBS.map(({ name }) => name)])]
  .map((name) => `${`amap ${name}`.trim().replaceAll(" ", "_")}.md`)
  .sort();

let runs = 0;

/** Runs `amap docs` with flags into a new folder: its pages. */
async function write(...flags: readonly string[]): Promise<Readonly<Record<string, string>>> {
  runs += 1;
  const target = join(folder, `run-${runs}`, "inner");
  const ended = await runAmap(["docs", "--offline", "-o", target, ...flags]);
  assert.deepEqual([ended.exit, ended.stdout], [0, ""], ended.stderr);
  assert.match(ended.stderr, new RegExp(`^Wrote ${NAMES.length} pages to `));
  const names = readdirSync(target).sort();
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(target, name), "utf8")]));
}

test("there is a page for the program, each group and each verb, and links lead to them", async () => {
  const pages = await write();
  assert.deepEqual(Object.keys(pages), NAMES);
  const targets = Object.values(pages).flatMap((page) => [...page.matchAll(/\]\(([^)]*)\)/g)].map(([, to = ""]) => to));
  assert.deepEqual([...new Set(targets)].sort(), NAMES);
});

test("a page has the verb's words, its flags, those it refuses, and the date it was made", async () => {
  const page = (await write())["amap_sign.md"] ?? "";
  assert.match(page, /^## amap sign <image…>\n\nSign images\.\n\n- `--key <key>` private key: /);
  assert.match(page, /^Known from cosign or Kyverno and refused with NOT_SUPPORTED: `--/m);
  assert.match(page, /\n### See also\n\n- \[amap\]\(amap\.md\): /);
  assert.match(page, /\nMade by amap \S+ on \d{4}-\d\d-\d\d\.\n$/);
});

test("a flag that is needed is called so", async () => {
  const page = (await write())["amap_public-key.md"] ?? "";
  assert.match(page, /^- `--key <key>` \(needed\) private key: /m);
});

test("a group's page names its verbs, a verb's page its group", async () => {
  const pages = await write("--autogenTag=false");
  assert.match(
    pages["amap_create.md"] ?? "",
    /^- \[amap create test\]\(amap_create_test\.md\): Write a new kyverno-test/m,
  );
  assert.match(pages["amap_create_test.md"] ?? "", /^- \[amap create\]\(amap_create\.md\): /m);
  assert.doesNotMatch(Object.values(pages).join(""), /Made by|^date: |\n\n\n/);
});

const website: readonly (readonly [name: string, flags: readonly string[], start: RegExp, link: string])[] = [
  [
    "with a date",
    [],
    /^---\ndate: \d{4}-\d\d-\d\dT[\d:]+Z\ntitle: "amap jp query"\nweight: 35\n---\n\n## /,
    "../amap_jp",
  ],
  ["without a date", ["--noDate"], /^---\ntitle: "amap jp query"\nweight: 35\n---\n\n## /, "../amap_jp"],
  ["with links to files", ["--markdownLinks"], /^---\ndate: /, "amap_jp.md"],
];
for (const [name, flags, start, link] of website) {
  test(`--website ${name}`, async () => {
    const page = (await write("--website", ...flags))["amap_jp_query.md"] ?? "";
    assert.match(page, start);
    assert.ok(page.includes(`[amap jp](${link})`), page);
  });
}

test("without dates the same pages are written twice", async () => {
  const flags = ["--website", "--noDate", "--autogenTag=false"];
  assert.deepEqual(await write(...flags), await write(...flags));
});

const refused: readonly (readonly [name: string, words: readonly string[], exit: number, said: RegExp])[] = [
  ["no folder", [], 2, /required option '-o, --output <folder>' not specified/],
  ["an empty folder name", ["--output="], 2, /--output is needed/],
  ["an unknown flag", ["-o", join(folder, "x"), "--markdownlinks"], 2, /Did you mean --markdownLinks/],
  ["too many words", ["-o", join(folder, "x"), "apply"], 2, /too many arguments/],
  ["a file in place of the folder", ["-o", join(folder, "file")], 2, /FILE_UNREADABLE/],
];
for (const [name, words, exit, said] of refused) {
  test(`refused: ${name}`, async () => {
    writeFileSync(join(folder, "file"), "");
    const ended = await runAmap(["docs", ...words]);
    assert.equal(ended.exit, exit, ended.stderr);
    assert.match(ended.stderr, said);
    assert.ok(!readdirSync(folder).includes("x"));
  });
}
