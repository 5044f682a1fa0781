/** `amap sbom …`: the verbs on files with SBOMs. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { createCliChecks, createCliRunner, type Ended, writeTree } from "../testing/cli-runner.ts";
import { runCli } from "./run-cli.ts";
import { VERBS } from "./verbs.ts";

const runAmap = createCliRunner((words, shell) => runCli(words, shell, VERBS));
const { ok, refused } = createCliChecks(runAmap);
const folder = mkdtempSync(join(tmpdir(), "amap-sbom-"));
const at = (name: string): string => join(folder, name);
const read = (name: string): string => readFileSync(at(name), "utf8");

function documentOf(version: string): string {
  const left = { type: "library", "bom-ref": "left", name: "left", version, purl: `pkg:npm/left@${version}` };
  const metadata = { component: { type: "application", "bom-ref": "shop", name: "shop|x" } };
  return JSON.stringify({ bomFormat: "CycloneDX", specVersion: "1.6", version: 1, metadata, components: [left] });
}

const LOCK = '{"name":"app","lockfileVersion":3,"packages":{"node_modules/made-up":{"version":"1.0.0"}}}';

before(() =>
  writeTree(folder, {
    "old.json": documentOf("1.0.0"),
    "new.json": documentOf("1.1.0"),
    "broken.json": '{"bomFormat":"CycloneDX","specVersion":"1.6","version":1,"components":[{"type":"library"}]}',
    "other.json": "{}",
    "rules.yaml": "rules:\n- match: pkg:npm/*\n  set: { supplier: Shop, licenses: MIT }\n",
    "app/package-lock.json": LOCK,
  }),
);
after(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a command that ends with 1: it did what it was asked, and the answer is no. */
async function denied(...words: readonly string[]): Promise<Ended> {
  const ended = await runAmap(words);
  assert.equal(ended.exit, 1, ended.stderr);
  return ended;
}

describe("sbom", () => {
  test("several outputs in one go, with versions and files", async () => {
    const outputs = [
      "-o",
      `cyclonedx-json@1.4=${at("a.cdx.json")}`,
      "-o",
      `spdx-tag-value=${at("a.spdx")}`,
      "-o",
      "table",
    ];
    const { stdout } = await ok("sbom", `dir:${at("app")}`, ...outputs);
    assert.match(stdout, /made-up +1\.0\.0/);
    assert.equal(JSON.parse(read("a.cdx.json")).specVersion, "1.4");
    assert.match(read("a.spdx"), /^SPDXVersion: SPDX-2.3$/m);
  });

  test("the same bytes with SOURCE_DATE_EPOCH", async () => {
    const words = ["sbom", `dir:${at("app")}`, "-o", "spdx-json"];
    const [first, second] = [
      await runAmap(words, { SOURCE_DATE_EPOCH: "1700000000" }),
      await runAmap(words, { SOURCE_DATE_EPOCH: "1700000000" }),
    ];
    assert.equal(first.stdout, second.stdout);
    assert.equal(JSON.parse(first.stdout).creationInfo.created, "2023-11-14T22:13:20Z");
    const wrong = await runAmap(words, { SOURCE_DATE_EPOCH: "today" });
    assert.deepEqual([wrong.exit, wrong.code], [2, "USAGE"]);
  });

  test("two documents do not fit on standard output", async () => {
    await refused(2, "USAGE", "sbom", `dir:${at("app")}`, "-o", "spdx-json", "-o", "table");
  });

  test("a form that there is not", async () => {
    await refused(2, "USAGE", "sbom", `dir:${at("app")}`, "-o", "spdx");
  });
});

describe("sbom convert", () => {
  test("the document on stdout, the losses on stderr and as JSON", async () => {
    const report = at("losses.json");
    const ended = await ok("sbom", "convert", at("old.json"), "-o", "spdx-json", "--loss-report", report);
    assert.equal(JSON.parse(ended.stdout).spdxVersion, "SPDX-2.3");
    assert.match(ended.stderr, /changed +createdAt/);
    assert.ok(JSON.parse(read("losses.json")).losses.length > 0);
  });

  test("--fail-on-loss ends with 1, and the document is written all the same", async () => {
    await denied("sbom", "convert", at("old.json"), "-o", `spdx-json=${at("c.json")}`, "--fail-on-loss");
    assert.ok(existsSync(at("c.json")));
    await ok("sbom", "convert", at("old.json"), "-o", "cyclonedx-json@1.6", "--fail-on-loss");
  });

  test("a file that is no SBOM, and one that is not there", async () => {
    await refused(2, "DOCUMENT_INVALID", "sbom", "convert", at("other.json"), "-o", "spdx-json");
    await refused(2, "FILE_NOT_FOUND", "sbom", "convert", at("none.json"), "-o", "spdx-json");
  });
});

describe("sbom validate", () => {
  test("ends with 0 for valid ones and with 1 for others, with the reason and the place", async () => {
    await ok("sbom", "validate", at("old.json"), at("new.json"));
    const { stdout } = await denied("sbom", "validate", at("old.json"), at("broken.json"), "-o", "json");
    const [valid, broken] = JSON.parse(stdout).sboms;
    assert.deepEqual([valid.valid, broken.valid], [true, false]);
    assert.match(JSON.stringify(broken.issues), /components/);
    await denied("sbom", "validate", at("other.json"));
  });
});

describe("sbom score", () => {
  test("by one standard and by all, for people and for programs", async () => {
    assert.match((await ok("sbom", "score", at("old.json"))).stdout, /ntia \(strict\).*ntia \(generous\)/s);
    const { stdout } = await ok("sbom", "score", at("old.json"), "--standard", "all", "-o", "json");
    assert.equal(JSON.parse(stdout).sboms[0].readings.length, 4);
    await refused(2, "USAGE", "sbom", "score", at("old.json"), "--standard", "iso");
  });

  test("--fail-under and --fail-on-nonconformance end with 1", async () => {
    await denied("sbom", "score", at("old.json"), "--fail-under", "9.5");
    await ok("sbom", "score", at("old.json"), "--fail-under", "0");
    await denied("sbom", "score", at("old.json"), "--fail-on-nonconformance");
    await refused(2, "USAGE", "sbom", "score", at("old.json"), "--fail-under", "eleven");
  });
});

describe("sbom diff", () => {
  test("as a table, as Markdown and as JSON; --fail-on-change ends with 1", async () => {
    const words = ["sbom", "diff", at("old.json"), at("new.json")];
    assert.match((await ok(...words)).stdout, /pkg:npm\/left +version +1\.0\.0 +1\.1\.0/);
    assert.match(
      (await ok(...words, "-o", "markdown")).stdout,
      /^\| pkg:npm\/left \| version \| 1\.0\.0 \| 1\.1\.0 \|$/m,
    );
    assert.equal(JSON.parse((await ok(...words, "-o", "json")).stdout).changed.length, 1);
    await denied(...words, "--fail-on-change");
    await ok("sbom", "diff", at("old.json"), at("old.json"), "--fail-on-change");
    await refused(2, "USAGE", "sbom", "diff", "-", "-");
  });
});

describe("sbom enrich", () => {
  test("by rules and from another SBOM", async () => {
    const file = at("full.json");
    await ok("sbom", "enrich", at("old.json"), "--rules", at("rules.yaml"), "--file", file);
    assert.equal(JSON.parse(read("full.json")).components[0].supplier.name, "Shop");
    const { stdout, stderr } = await ok("sbom", "enrich", at("old.json"), "--from", file, "-o", "spdx-json");
    assert.equal(
      JSON.parse(stdout).packages.find(({ name }: { name: string }) => name === "left").licenseDeclared,
      "MIT",
    );
    assert.match(stderr, /2 values filled in 1 components/);
    await refused(2, "USAGE", "sbom", "enrich", at("old.json"));
    await refused(
      2,
      "DOCUMENT_INVALID",
      "sbom",
      "enrich",
      at("old.json"),
      "--rules",
      at("other.json"),
      "--from",
      at("other.json"),
    );
  });
});

describe("sbom merge", () => {
  test("one document of two, each component once", async () => {
    const { stdout } = await ok("sbom", "merge", at("old.json"), at("new.json"), at("old.json"), "--name", "all");
    const refs = JSON.parse(stdout).dependencies.map(({ ref }: { ref: string }) => ref);
    assert.ok(refs.includes("merged:all"));
    assert.equal(stdout.match(/"purl"/g)?.length, 2);
    await refused(2, "USAGE", "sbom", "merge", at("old.json"), "--name", "all", "--order", "random");
  });
});

describe("sbom search", () => {
  test("in files and folders; --fail-on-match ends with 1", async () => {
    const { stdout } = await ok("sbom", "search", "pkg:npm/left@<1.1.0", at("old.json"), at("new.json"), "-o", "json");
    assert.deepEqual(
      JSON.parse(stdout).hits.map(({ version }: { version: string }) => version),
      ["1.0.0"],
    );
    assert.match((await ok("sbom", "search", "left", folder)).stdout, /found in \d+ of \d+ SBOMs/);
    await denied("sbom", "search", "left", at("old.json"), "--fail-on-match");
    await refused(2, "USAGE", "sbom", "search", "sha256:short", at("old.json"));
  });
});
