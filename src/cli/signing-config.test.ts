/** `amap signing-config create`: what cosign writes for the same flags, and what is refused. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { createCliRunner } from "../testing/cli-runner.ts";
import { runCli } from "./run-cli.ts";
import { VERBS } from "./verbs.ts";

const runAmap = createCliRunner((words, shell) => runCli(words, shell, VERBS));
const folder = mkdtempSync(join(tmpdir(), "amap-signing-config-"));
const at = (name: string): string => join(folder, name);
after(() => rmSync(folder, { recursive: true, force: true }));

const MEDIA = '"mediaType":"application/vnd.dev.sigstore.signingconfig.v0.2+json"';
const spec = (name: string): string =>
  `url=https://${name}.example,api-version=1,start-time=2026-01-01T00:00:00Z,operator=${name}`;
const service = (name: string): string =>
  `{"url":"https://${name}.example","majorApiVersion":1,"validFor":{"start":"2026-01-01T00:00:00Z"},"operator":"${name}"}`;
const create = (...words: readonly string[]) => runAmap(["signing-config", "create", ...words]);

const BASE = `{${MEDIA},"caUrls":[${service("ca")}],"rekorTlogUrls":[${service("log")}],"rekorTlogConfig":{"selector":"ANY"},"tsaUrls":[${service("tsa")}],"tsaConfig":{"selector":"EXACT","count":1}}`;
writeFileSync(at("base.json"), BASE);

describe("signing-config create writes", () => {
  const base = ["--base-config", at("base.json")];
  for (const [what, words, expected] of [
    ["nothing", [], `{${MEDIA},"rekorTlogConfig":{},"tsaConfig":{}}`],
    [
      "services from the flags",
      [
        "--fulcio",
        spec("ca"),
        "--rekor",
        spec("log"),
        "--rekor-config",
        "any",
        "--tsa",
        spec("tsa"),
        "--tsa-config",
        "EXACT:1",
      ],
      BASE,
    ],
    [
      "several services of a kind",
      ["--fulcio", spec("a"), "--fulcio", spec("b")],
      `{${MEDIA},"caUrls":[${service("a")},${service("b")}],"rekorTlogConfig":{},"tsaConfig":{}}`,
    ],
    ["the base", base, BASE],
    [
      "the base with other authorities",
      [...base, "--fulcio", spec("new")],
      BASE.replace(service("ca"), service("new")),
    ],
    [
      "the base without logs",
      [...base, "--no-default-rekor"],
      BASE.replace(`"rekorTlogUrls":[${service("log")}],"rekorTlogConfig":{"selector":"ANY"}`, '"rekorTlogConfig":{}'),
    ],
    ["the base with another selection", [...base, "--rekor-config", "ALL"], BASE.replace('"ANY"', '"ALL"')],
  ] as const) {
    test(what, async () => {
      const ended = await create(...words);
      assert.deepEqual([ended.exit, ended.stdout], [0, `${expected}\n`], ended.stderr);
    });
  }

  test("a file, for its owner only", async () => {
    const ended = await create("--base-config", at("base.json"), "--out", at("out.json"));
    assert.deepEqual([ended.exit, ended.stdout], [0, ""], ended.stderr);
    assert.equal(readFileSync(at("out.json"), "utf8"), BASE);
    assert.equal(statSync(at("out.json")).mode & 0o777, 0o600);
  });
});

describe("signing-config create refuses", () => {
  writeFileSync(at("broken.json"), BASE.replace('"ANY"', '"SOME"'));
  for (const [what, words, code, text] of [
    ["logs without a selection", ["--rekor", spec("log")], "USAGE", /--rekor-config/],
    [
      "a service without an operator",
      ["--fulcio", "url=https://a.example"],
      "USAGE",
      /--fulcio: expected api-version=/,
    ],
    ["an unknown key", ["--fulcio", `${spec("a")},color=red`], "USAGE", /each once/],
    ["an unknown selection", ["--tsa-config", "SOME"], "USAGE", /ANY, ALL or EXACT/],
    ["a base that is not there", ["--base-config", at("none.json")], "FILE_NOT_FOUND", /none\.json/],
    [
      "a base that is none",
      ["--base-config", at("broken.json")],
      "SIGNING_CONFIG_INVALID",
      /broken\.json: rekorTlogConfig\.selector/,
    ],
    ["services of a mirror that nobody knows", ["--with-default-services"], "USAGE", /amap initialize --mirror/],
    ["two starts", ["--with-default-rekor-v2", "--base-config", at("base.json")], "USAGE", /start from one of them/],
  ] as const) {
    test(what, async () => {
      const ended = await create(...words, "--out", at("refused.json"));
      assert.deepEqual([ended.exit, ended.code], [2, code], ended.stderr);
      assert.match(ended.stderr, text);
      assert.equal(existsSync(at("refused.json")), false);
    });
  }
});
