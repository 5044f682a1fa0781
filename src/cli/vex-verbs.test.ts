/** `amap vex explain`, `merge`, `filter` and `add`, and what `amap scan --vex` says of inert statements. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { createCliChecks, createCliRunner, writeTree } from "../testing/cli-runner.ts";
import { runCli } from "./run-cli.ts";
import { VERBS } from "./verbs.ts";

const runAmap = createCliRunner((words, shell) => runCli(words, shell, VERBS));
const { ok, refused } = createCliChecks(runAmap);
const folder = mkdtempSync(join(tmpdir(), "amap-vex-"));
const at = (...names: readonly string[]): string => join(folder, ...names);
const readJson = (name: string) => JSON.parse(readFileSync(at(name), "utf8"));

const [BAD, ODD] = ["CVE-2026-1001", "CVE-2026-1002"];

function advisoryOf(id: string, name: string): object {
  const affected = [
    { package: { ecosystem: "npm", name }, ranges: [{ type: "SEMVER", events: [{ introduced: "0" }] }] },
  ];
  return { schema_version: "1.7.0", id, modified: "2026-01-02T00:00:00Z", affected };
}

function vexOf(id: string, ...statements: readonly object[]): object {
  const head = { "@context": "https://openvex.dev/ns/v0.2.0", "@id": id, author: `author of ${id}`, version: 1 };
  return { ...head, timestamp: "2026-01-01T00:00:00Z", statements };
}

const statementOf = (name: string, product: string, more: object = {}): object => ({
  vulnerability: { name },
  products: [{ "@id": product }],
  status: "not_affected",
  justification: "component_not_present",
  ...more,
});

before(async () => {
  writeTree(folder, {
    "app/package-lock.json": {
      name: "shop",
      version: "1.0.0",
      lockfileVersion: 3,
      requires: true,
      packages: {
        "": { name: "shop", version: "1.0.0", dependencies: { "made-up-bad": "1.0.0", "made-up-odd": "1.0.0" } },
        "node_modules/made-up-bad": { version: "1.0.0" },
        "node_modules/made-up-odd": { version: "1.0.0" },
      },
    },
    "npm/bad.json": advisoryOf(BAD, "made-up-bad"),
    "npm/odd.json": advisoryOf(ODD, "made-up-odd"),
    "good.json": vexOf("good", statementOf(BAD, "pkg:npm/made-up-bad@1.0.0")),
    "late.json": vexOf(
      "late",
      statementOf(BAD, "pkg:npm/made-up-bad@1.0.0", {
        timestamp: "2026-03-01T00:00:00Z",
        status: "fixed",
        justification: "",
      }),
    ),
    "wrong.json": vexOf(
      "wrong",
      statementOf(BAD, "pkg:npm/made-up-bad@1.0.1"),
      statementOf("CVE-2020-1000", "pkg:npm/other"),
    ),
    "hostile.json": vexOf("\u001b[2J", statementOf(BAD, "pkg:npm/made-up-bad@\u001b[31m2")),
    "no.json": { hello: "there" },
  });
  await ok("db", "import", "--database", at("db"), "--complete", "npm", at("npm"));
  await ok(
    "scan",
    `dir:${at("app")}`,
    "--database",
    at("db"),
    "-o",
    `json=${at("scan.json")}`,
    "-o",
    `cosign-vuln=${at("vuln.json")}`,
  );
});
after(() => rmSync(folder, { recursive: true, force: true }));

const app = (): readonly string[] => ["--database", at("db"), "--artifact", `dir:${at("app")}`];

describe("vex explain", () => {
  test("tells what decides, what is superseded, and what matches nothing with what to write instead", async () => {
    const { stdout, stderr } = await ok("vex", "explain", at("good.json"), at("late.json"), at("wrong.json"), ...app());
    const words = stdout.replaceAll(/\s+/g, " ");
    assert.match(
      words,
      /4 statements: 1 decide, 1 are superseded, 2 match nothing; 1 of 2 findings are answered; 1 conflicts/,
    );
    assert.match(words, /it is older: 2026-01-01T00:00:00Z against 2026-03-01T00:00:00Z/);
    assert.match(stderr, /warning: 2 statements match nothing/);
    const json = JSON.parse((await ok("vex", "explain", at("wrong.json"), ...app(), "-o", "json")).stdout);
    assert.deepEqual(
      json.statements.map(({ outcome, miss }: { outcome: string; miss: { reason: string; suggestion?: string } }) => [
        outcome,
        miss.reason,
        miss.suggestion,
      ]),
      [
        ["unmatched", "other-component", "write pkg:npm/made-up-bad@1.0.0, if it holds for that one"],
        ["unmatched", "vulnerability-not-found", undefined],
      ],
    );
  });

  for (const form of ["scan.json", "vuln.json"])
    test(`against an earlier scan: ${form}`, async () => {
      const { stdout } = await ok("vex", "explain", at("good.json"), "--scan", at(form), "-o", "json");
      const { statements, findings } = JSON.parse(stdout);
      assert.deepEqual([statements[0].outcome, findings.length], ["decides", 2]);
    });

  test("the artifact may be the last word, and an SBOM", async () => {
    await ok("sbom", `dir:${at("app")}`, "-o", `cyclonedx-json=${at("sbom.json")}`);
    for (const words of [[at("sbom.json")], ["--sbom", at("sbom.json")]])
      await ok("vex", "explain", at("good.json"), ...words, "--database", at("db"), "--strict");
  });

  test("--strict ends with 1 where a statement matches nothing, and with 0 where all do", async () => {
    assert.equal((await runAmap(["vex", "explain", at("wrong.json"), ...app(), "--strict"])).exit, 1);
    await ok("vex", "explain", at("good.json"), ...app(), "--strict");
  });

  test("--vulnerability shows what is about one, by any case", async () => {
    const { stdout } = await ok(
      "vex",
      "explain",
      at("wrong.json"),
      ...app(),
      "--vulnerability",
      BAD.toLowerCase(),
      "-o",
      "json",
    );
    const { statements, findings } = JSON.parse(stdout);
    assert.deepEqual([statements.length, findings.length], [1, 1]);
  });

  test("nothing that a document says reaches the terminal as it is", async () => {
    const { stdout, stderr } = await ok("vex", "explain", at("hostile.json"), ...app());
    assert.ok(!`${stdout}${stderr}`.includes("\u001b"));
  });

  const wrong: readonly (readonly [string, readonly string[], string])[] = [
    ["nothing to hold it against", [at("good.json")], "USAGE"],
    ["two things to hold it against", [at("good.json"), "--scan", at("scan.json"), "--sbom", "x"], "USAGE"],
    ["a document that is no VEX", [at("no.json"), "--scan", at("scan.json")], "DOCUMENT_INVALID"],
    ["a scan that is none", [at("good.json"), "--scan", at("good.json")], "DOCUMENT_INVALID"],
    ["no database", [at("good.json"), `dir:${at("app")}`, "--database", at("nosuch.db")], "FILE_NOT_FOUND"],
    ["a form that there is not", [at("good.json"), "--scan", at("scan.json"), "-o", "xml"], "USAGE"],
  ];
  for (const [name, words, code] of wrong)
    test(`${name} is refused`, async () => void (await refused(2, code, "vex", "explain", ...words)));
});

describe("scan --vex", () => {
  const scan = (...words: readonly string[]): readonly string[] => [
    "scan",
    `dir:${at("app")}`,
    "--database",
    at("db"),
    "-o",
    "json",
    ...words,
  ];

  test("warns of each statement that matches nothing, and --strict-vex makes that a failure", async () => {
    const { stderr } = await ok(...scan("--vex", at("wrong.json")));
    assert.match(
      stderr,
      /warning: .*wrong\.json: statement 1 about CVE-2026-1001 matches nothing: .*1\.0\.0.*write pkg:npm\/made-up-bad@1\.0\.0/,
    );
    assert.match(stderr, /warning: 1 statements match nothing: their vulnerabilities were not found/);
    const strict = await runAmap(scan("--vex", at("wrong.json"), "--strict-vex"));
    assert.equal(strict.exit, 1);
    assert.match(strict.stderr, /2 VEX statements match nothing \(--strict-vex\)/);
  });

  test("says nothing where all match", async () => {
    const { stderr, stdout } = await ok(...scan("--vex", at("good.json"), "--strict-vex"));
    assert.doesNotMatch(stderr, /match/);
    assert.equal(JSON.parse(stdout).findings.filter(({ answered }: { answered: boolean }) => answered).length, 1);
  });
});

describe("vex merge, filter and add", () => {
  test("merge makes one document that answers as both, and tells of the contradiction", async () => {
    const { stderr } = await ok(
      "vex",
      "merge",
      at("good.json"),
      at("late.json"),
      "--author",
      "me",
      "--file",
      at("merged.json"),
    );
    assert.match(stderr, /not kept: statements by author of good, author of late are by me now/);
    assert.match(stderr, /conflict: CVE-2026-1001 in pkg:npm\/made-up-bad@1\.0\.0: fixed .* the newest counts/);
    assert.deepEqual([readJson("merged.json").statements.length, readJson("merged.json").author], [2, "me"]);
    const { stdout } = await ok("vex", "merge", at("merged.json"), "--latest-only", "--id", "urn:x");
    const latest = JSON.parse(stdout);
    assert.deepEqual(
      [latest["@id"], latest.statements.map(({ status }: { status: string }) => status)],
      ["urn:x", ["fixed"]],
    );
  });

  test("merge asks who vouches for documents of several authors", async () => {
    await refused(2, "USAGE", "vex", "merge", at("good.json"), at("late.json"));
  });

  test("filter keeps what is asked for, counts the version up, and ends with 1 where nothing is left", async () => {
    const { stdout } = await ok("vex", "filter", at("wrong.json"), "--vulnerability", "cve-2020-1000");
    const kept = JSON.parse(stdout);
    assert.deepEqual([kept.version, kept["@id"], kept.statements.length], [2, "wrong", 1]);
    for (const words of [
      ["--product", "pkg:npm/nothing"],
      ["--status", "fixed"],
      ["--since", "2026-01-02"],
      ["--author", "Ada"],
    ])
      assert.equal((await runAmap(["vex", "filter", at("wrong.json"), ...words])).exit, 1, words.join(" "));
    for (const words of [
      ["--product", "pkg:npm/other"],
      ["--until", "2026-01-01"],
      ["--author", "author of wrong"],
    ])
      await ok("vex", "filter", at("wrong.json"), ...words);
    await refused(2, "USAGE", "vex", "filter", at("wrong.json"), "--since", "yesterday");
    await refused(2, "USAGE", "vex", "filter", at("wrong.json"), "--status", "gone");
  });

  test("add begins a document, goes on with it in place, and the statement is found by explain", async () => {
    const words = ["--product", "pkg:npm/made-up-odd", "--vuln", ODD, "--status", "under_investigation"];
    await ok("vex", "add", at("own.json"), ...words, "--create", "--author", "me");
    assert.equal(readJson("own.json").statements.length, 1);
    await ok(
      "vex",
      "add",
      at("own.json"),
      "pkg:npm/made-up-bad",
      BAD,
      "not_affected",
      "-j",
      "component_not_present",
      "-i",
    );
    const { version, statements, last_updated: updated } = readJson("own.json");
    assert.deepEqual([version, statements.length, updated], [2, 2, statements[1].timestamp]);
    await ok("vex", "explain", at("own.json"), ...app(), "--strict");
    assert.equal(JSON.parse((await ok("vex", "add", at("own.json"), ...words)).stdout).version, 3);
    assert.equal(readJson("own.json").version, 2, "without --in-place the file stays");
  });

  const given = ["pkg:npm/a", BAD, "fixed"];
  const wrong: readonly (readonly [string, readonly string[], string])[] = [
    ["a document that is there already", [at("good.json"), ...given, "--create", "--author", "me"], "USAGE"],
    ["a new document without author", [at("new.json"), ...given, "--create"], "USAGE"],
    ["a document that is not there", [at("new.json"), ...given], "FILE_NOT_FOUND"],
    ["a product twice", [at("good.json"), ...given, "--product", "pkg:npm/b"], "USAGE"],
    ["no status", [at("good.json"), "pkg:npm/a", BAD], "USAGE"],
    ["a status that there is not", [at("good.json"), "pkg:npm/a", BAD, "gone"], "USAGE"],
    ["not_affected without a reason", [at("good.json"), "pkg:npm/a", BAD, "not_affected"], "DOCUMENT_INVALID"],
    ["a reason for another status", [at("good.json"), ...given, "-j", "component_not_present"], "DOCUMENT_INVALID"],
    ["a file beside --in-place", [at("good.json"), ...given, "-i", "--file", at("new.json")], "USAGE"],
  ];
  for (const [name, words, code] of wrong)
    test(`add: ${name} is refused`, async () => {
      await refused(2, code, "vex", "add", ...words);
      assert.ok(!existsSync(at("new.json")));
    });
});
