/** `amap jp` beside what Kyverno's CLI 1.19.1 printed for the same words. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { createCliRunner, writeTree } from "../testing/cli-runner.ts";
import { runCli } from "./run-cli.ts";
import { VERBS } from "./verbs.ts";

const runAmap = createCliRunner((words, shell) => runCli(words, shell, VERBS));
const folder = mkdtempSync(join(tmpdir(), "amap-jp-"));
const at = (name: string): string => join(folder, name);

before(() =>
  writeTree(folder, {
    "o.yaml": "a: {b: [1, 2.5, 1.0]}\nname: x<y>é\non: yes\n1: one\nd: 2020-01-01\n",
    "query.txt": "a.b\n",
    "two.yaml": "a: 1\n---\nb: 2\n",
    "loose.json": '{"a": }',
    "empty.yaml": "",
    "bad.yaml": "a: [",
  }),
);
after(() => rmSync(folder, { recursive: true, force: true }));

describe("amap jp query", () => {
  const rows: readonly (readonly [name: string, words: readonly string[], stdout: string])[] = [
    ["a list on lines", ["-i", at("o.yaml"), "a.b"], "# a.b\n[\n  1,\n  2.5,\n  1\n]\n"],
    [
      "all on one line, with Go's escapes and keys in order",
      ["-i", at("o.yaml"), "-c", "@"],
      '# @\n{"1":"one","a":{"b":[1,2.5,1]},"d":"2020-01-01","name":"x\\u003cy\\u003eé","true":true}\n',
    ],
    ["a text with quotes", ["-i", at("o.yaml"), "name"], '# name\n"x\\u003cy\\u003eé"\n'],
    ["a text without quotes", ["-i", at("o.yaml"), "name", "-u"], "# name\nx<y>é\n"],
    ["what is no text stays JSON", ["-i", at("o.yaml"), "-u", "['a']"], "# ['a']\n[\n  \"a\"\n]\n"],
    [
      "words first, then files, with their line breaks",
      ["-i", at("o.yaml"), "-c", "-q", `${at("query.txt")},${at("query.txt")}`, "name == 'x'"],
      "# name == 'x'\nfalse\n# a.b\n\n[1,2.5,1]\n# a.b\n\n[1,2.5,1]\n",
    ],
    ["both short flags in one word", ["-i", at("o.yaml"), "-cu", "a.b", "'a'"], "# a.b\n[1,2.5,1]\n# 'a'\na\n"],
    ["nothing is null", ["-i", at("o.yaml"), "[]", "`null`"], "# []\nnull\n# `null`\nnull\n"],
    [
      "what is empty stays on its line",
      ["-i", at("o.yaml"), '`{"z":[],"y":{}}`'],
      '# `{"z":[],"y":{}}`\n{\n  "y": {},\n  "z": []\n}\n',
    ],
    ["the first document counts", ["-i", at("two.yaml"), "-c", "@"], '# @\n{"a":1}\n'],
    ["JSON that only YAML reads", ["-i", at("loose.json"), "a"], "# a\nnull\n"],
    ["an empty file is null", ["-i", at("empty.yaml"), "@"], "# @\nnull\n"],
    ["Kyverno's functions", ["-i", at("o.yaml"), "-u", "name | truncate(@, `1`)"], "# name | truncate(@, `1`)\nx\n"],
  ];
  for (const [name, words, stdout] of rows) {
    test(name, async () => {
      const ended = await runAmap(["jp", "query", ...words]);
      assert.deepEqual([ended.exit, ended.stdout], [0, stdout], ended.stderr);
    });
  }

  const refused: readonly (readonly [
    name: string,
    words: readonly string[],
    code: string,
    exit: number,
    says: RegExp,
  ])[] = [
    ["a key that is not there", ["-i", at("o.yaml"), "zz"], "VARIABLE_NOT_FOUND", 1, /Unknown key "zz" in path/],
    [
      "a syntax error, with its place",
      ["-i", at("o.yaml"), "a.["],
      "EXPRESSION_INVALID",
      2,
      /\(column 4\)\n {2}\| a\.\[\n {2}\| {4}\^\n/,
    ],
    ["a function that there is not", ["-i", at("o.yaml"), "nope(a)"], "EXPRESSION_FAILED", 1, /unknown function: nope/],
    ["a wrong argument", ["-i", at("o.yaml"), "length(`1`)"], "EXPRESSION_FAILED", 1, /Invalid type for: 1, expected/],
    ["a file that is not there", ["-i", at("none"), "a"], "FILE_NOT_FOUND", 2, /none/],
    ["a query's file that is not there", ["-i", at("o.yaml"), "-q", at("none")], "FILE_NOT_FOUND", 2, /none/],
    ["a file that is no YAML", ["-i", at("bad.yaml"), "a"], "YAML_INVALID", 2, /bad\.yaml/],
    ["neither a query nor a document", [], "USAGE", 2, /--input/],
    [
      "an expression that grows",
      ["-i", at("o.yaml"), `'${"x".repeat(99)}'${" | join('', [@,@,@,@,@,@,@,@,@,@])".repeat(12)}`],
      "BUDGET_EXCEEDED",
      1,
      /steps/,
    ],
  ];
  for (const [name, words, code, exit, says] of refused) {
    test(name, async () => {
      const ended = await runAmap(["jp", "query", ...words]);
      assert.deepEqual([ended.exit, ended.code], [exit, code], ended.stderr.slice(0, 500));
      assert.match(ended.stderr, says);
    });
  }

  test("what came before an error is printed", async () => {
    const ended = await runAmap(["jp", "query", "-i", at("two.yaml"), "a", "b"]);
    assert.deepEqual([ended.exit, ended.stdout], [1, "# a\n1\n"]);
    assert.match(ended.stderr, /only the first of 2 documents/);
  });

  const piped: readonly (readonly [name: string, words: readonly string[], input: string, stdout: string])[] = [
    ["the document from standard input", ["query", "a"], "a: 1", "# a\n1\n"],
    ["the expression from standard input", ["query", "-i", at("two.yaml")], "a", "# a\n1\n"],
    ["the expression to parse from standard input", ["parse"], "a", '# a\nASTField {\n  value: "a"\n}\n\n'],
  ];
  for (const [name, words, input, expected] of piped) {
    test(name, () => {
      writeTree(folder, { "input.txt": input });
      const standardInput = openSync(at("input.txt"), "r");
      try {
        const main = join(import.meta.dirname, "main.ts");
        const { stdout, stderr } = spawnSync(process.execPath, [main, "jp", ...words], {
          encoding: "utf8",
          stdio: [standardInput, "pipe", "pipe"],
        });
        assert.equal(stdout, expected, stderr);
      } finally {
        closeSync(standardInput);
      }
    });
  }
});

describe("amap jp parse", () => {
  test("prints each tree as Kyverno does", async () => {
    const ended = await runAmap(["jp", "parse", "a", "b", "-f", at("query.txt")]);
    const tree = (name: string): string => `ASTField {\n  value: "${name}"\n}\n\n`;
    assert.equal(ended.exit, 0, ended.stderr);
    assert.match(ended.stdout, /^# a\nASTField \{\n {2}value: "a"\n\}\n\n# b\nASTField /);
    assert.ok(ended.stdout.startsWith(`# a\n${tree("a")}# b\n${tree("b")}# a.b\n\nASTSubexpression {\n`));
  });

  test("points at a syntax error", async () => {
    const ended = await runAmap(["jp", "parse", "a", "b.["]);
    assert.deepEqual([ended.exit, ended.code], [2, "EXPRESSION_INVALID"]);
    assert.match(ended.stdout, /^# a\n/);
    assert.match(ended.stderr, /\n {2}\| b\.\[\n {2}\| {4}\^\n/);
  });
});

describe("amap jp function", () => {
  test("shows the functions that are named, in order", async () => {
    const ended = await runAmap(["jp", "function", "truncate", "sum"]);
    assert.equal(ended.exit, 0, ended.stderr);
    const lines = ended.stdout.split("\n");
    assert.deepEqual(
      lines.filter((line) => !/^ {2}(?:Note|Example): /.test(line)),
      [
        "Name: sum",
        "  Signature: sum(array) any",
        "",
        "Name: truncate",
        "  Signature: truncate(string, number) string",
        "",
        "",
      ],
    );
  });

  test("lists all", async () => {
    const { stdout } = await runAmap(["jp", "function"]);
    const names = [...stdout.matchAll(/^Name: (.*)$/gm)].map(([, name]) => name);
    assert.equal(names.length, 76);
    assert.ok(names.includes("x509_decode") && names.includes("sort_by"));
    assert.equal([...stdout.matchAll(/^ {2}Example: {3}\S/gm)].length, 76);
  });

  test("refuses one that there is not", async () => {
    const ended = await runAmap(["jp", "function", "sum", "nope"]);
    assert.deepEqual([ended.exit, ended.code, ended.stdout], [2, "USAGE", ""]);
  });
});
