import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { createCliRunner, writeTree } from "../testing/cli-runner.ts";
import { runCli } from "./run-cli.ts";
import { VERBS } from "./verbs.ts";

const runAmap = createCliRunner((words, shell) => runCli(words, shell, VERBS));
const folder = mkdtempSync(join(tmpdir(), "amap-vex-formats-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const SAID = {
  vulnerability: { name: "CVE-2026-1000" },
  products: [{ "@id": "pkg:oci/shop", subcomponents: [{ "@id": "pkg:npm/left@1.0.0" }] }],
  status: "not_affected",
  justification: "vulnerable_code_not_in_execute_path",
  impact_statement: "It is never called.",
};

function openVex(...statements: readonly object[]): object {
  return {
    "@context": "https://openvex.dev/ns/v0.2.0",
    "@id": "https://example.com/vex-1",
    author: "Zoe",
    timestamp: "2026-01-01T00:00:00Z",
    version: 1,
    statements,
  };
}

function write(name: string, value: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify(value));
  return path;
}

const PUBLISHER = ["--publisher-namespace", "https://example.com"];
const GOOD = write("good.json", openVex(SAID));
const UNDECIDED = write("undecided.json", openVex({ ...SAID, status: "affected", justification: undefined }));

describe("vex convert", () => {
  const targets: readonly (readonly [target: string, ...more: readonly string[]])[] = [
    ["csaf", ...PUBLISHER],
    ["csaf-2.1", ...PUBLISHER, "--tlp", "CLEAR"],
    ["cyclonedx"],
    ["cyclonedx-1.4"],
  ];
  for (const [target, ...more] of targets) {
    it(`to ${target} and back says the same, and is valid`, async () => {
      const there = join(folder, `${target}.json`);
      const first = await runAmap(["vex", "convert", GOOD, "--to", target, "--file", there, ...more]);
      assert.equal(first.exit, 0, first.stderr);
      const valid = await runAmap(["vex", "validate", there, "-o", "json"]);
      assert.equal(valid.exit, 0, valid.stdout);
      const back = await runAmap(["vex", "convert", there, "--to", "openvex"]);
      assert.equal(back.exit, 0, back.stderr);
      const [statement] = JSON.parse(back.stdout).statements;
      assert.deepEqual(
        [statement.status, statement.justification, statement.impact_statement],
        [SAID.status, SAID.justification, SAID.impact_statement],
      );
      assert.equal(statement.products[0].subcomponents[0]["@id"], "pkg:npm/left@1.0.0");
      // The tampered twin: one word changed.
      const text = readFileSync(there, "utf8").replace(/"(?:known_)?not_affected"/, '"safe"');
      writeFileSync(there, text);
      assert.equal((await runAmap(["vex", "validate", there])).exit, 1);
    });
  }

  it("leaves out a statement from the future, which the time of the whole document would bring into force", async () => {
    const { status, justification, impact_statement, ...about } = SAID;
    const now = { ...about, status: "affected", action_statement: "Update.", timestamp: "2026-01-01T00:00:00Z" };
    const later = { ...about, status, justification, impact_statement, timestamp: "2999-01-01T00:00:00Z" };
    const both = write("future.json", openVex(now, later));
    for (const [target, ...more] of [["csaf", ...PUBLISHER], ["cyclonedx-1.4"]]) {
      const there = join(folder, "future-there.json");
      const written = await runAmap(["vex", "convert", both, "--to", `${target}`, "--file", there, ...more]);
      assert.equal(written.exit, 0, written.stderr);
      assert.match(written.stderr, /dated in the future/);
      const back = await runAmap(["vex", "convert", there, "--to", "openvex"]);
      assert.deepEqual(
        JSON.parse(back.stdout).statements.map((each: { status: string }) => each.status),
        ["affected"],
      );
    }
    const none = await runAmap(["vex", "convert", write("later.json", openVex(later)), "--to", "csaf", ...PUBLISHER]);
    assert.deepEqual([none.exit, none.stdout], [2, ""]);
    assert.match(none.stderr, /dated in the future/);
  });

  const missing: readonly (readonly [name: string, flag: RegExp, words: readonly string[]])[] = [
    ["a publisher", /--publisher-namespace/, [GOOD, "--to", "csaf"]],
    ["who may read it", /--tlp/, [GOOD, "--to", "csaf-2.1", ...PUBLISHER]],
    ["what to do", /--action/, [UNDECIDED, "--to", "csaf", ...PUBLISHER]],
    ["a product", /--product/, [write("none.json", openVex({ ...SAID, products: [] })), "--to", "cyclonedx"]],
    ["a format that there is", /csaf-2\.1/, [GOOD, "--to", "sarif"]],
    ["a label of its version", /--tlp/, [GOOD, "--to", "csaf", ...PUBLISHER, "--tlp", "CLEAR"]],
  ];
  for (const [name, flag, words] of missing) {
    it(`names the flag where ${name} is missing`, async () => {
      const ended = await runAmap(["vex", "convert", ...words]);
      assert.deepEqual([ended.exit, ended.code], [2, "USAGE"]);
      assert.match(ended.stderr, flag);
    });
  }

  it("tells what another format cannot say, and with --strict writes nothing", async () => {
    const lossy = write("lossy.json", openVex({ ...SAID, justification: "component_not_present" }));
    const report = join(folder, "losses.json");
    const told = await runAmap(["vex", "convert", lossy, "--to", "cyclonedx", "--loss-report", report]);
    assert.equal(told.exit, 0, told.stderr);
    assert.match(told.stderr, /statements\[\]\.justification/);
    const paths = JSON.parse(readFileSync(report, "utf8")).losses.map(({ path }: { path: string }) => path);
    assert.ok(paths.includes("statements[].justification"));
    const refused = await runAmap(["vex", "convert", lossy, "--to", "cyclonedx", "--strict"]);
    assert.deepEqual([refused.exit, refused.stdout], [1, ""]);
  });

  it("puts in what the user says, and tells it", async () => {
    const words = [
      "vex",
      "convert",
      write("act.json", openVex({ ...SAID, status: "fixed", justification: undefined, products: [] })),
    ];
    const ended = await runAmap([...words, "--to", "cyclonedx", "--product", "pkg:oci/shop"]);
    assert.equal(ended.exit, 0, ended.stderr);
    assert.match(ended.stderr, /taken from --product/);
    assert.equal(JSON.parse(ended.stdout).components[0].purl, "pkg:oci/shop");
  });
});

describe("vex validate", () => {
  it("lists what is wrong with its place, rule and repair", async () => {
    const bad = write("bad.json", openVex({ ...SAID, status: "safe" }));
    const ended = await runAmap(["vex", "validate", GOOD, bad, "-o", "json"]);
    assert.equal(ended.exit, 1);
    const { documents } = JSON.parse(ended.stdout);
    assert.deepEqual(
      documents.map(({ valid }: { valid: boolean }) => valid),
      [true, false],
    );
    const [finding] = documents[1].findings;
    assert.deepEqual(
      [finding.rule, finding.path, finding.severity],
      ["openvex-status", "statements[0].status", "error"],
    );
    assert.match((await runAmap(["vex", "validate", bad])).stdout, /openvex-status/);
  });

  it("counts warnings with --strict", async () => {
    const unknown = write("unknown.json", { ...openVex(SAID), autor: "Zoe" });
    assert.equal((await runAmap(["vex", "validate", unknown])).exit, 0);
    assert.equal((await runAmap(["vex", "validate", unknown, "--strict"])).exit, 1);
  });

  it("names the test that a CSAF document fails, and those that were not run", async () => {
    const path = join(folder, "csaf-broken.json");
    await runAmap(["vex", "convert", GOOD, "--to", "csaf", "--file", path, ...PUBLISHER]);
    const document = JSON.parse(readFileSync(path, "utf8"));
    document.vulnerabilities[0].flags = undefined;
    document.vulnerabilities[0].threats = undefined;
    const ended = await runAmap(["vex", "validate", write("csaf-broken.json", document), "-o", "json"]);
    assert.equal(ended.exit, 1);
    const [{ findings, notRun }] = JSON.parse(ended.stdout).documents;
    assert.ok(
      findings.some(
        ({ rule, severity }: { rule: string; severity: string }) => rule === "6.1.27.9" && severity === "error",
      ),
    );
    assert.ok(notRun.some(({ test }: { test: string }) => test === "6.3.6"));
  });

  it("says valid as far as tested where a mandatory test could not be run", async () => {
    const path = join(folder, "csaf-untested.json");
    const extended = join(folder, "csaf-extended.json");
    await runAmap(["vex", "convert", GOOD, "--to", "csaf-2.1", "--file", path, ...PUBLISHER, "--tlp", "CLEAR"]);
    const document = JSON.parse(readFileSync(path, "utf8"));
    const $schema = "https://docs.oasis-open.org/csaf/made-up_1.0.0.json";
    const extension = { $schema, category: "supplementary", critical: false, content: { a: 1 } };
    writeFileSync(extended, JSON.stringify({ ...document, x_extensions: [extension] }));
    const told = await runAmap(["vex", "validate", path, extended]);
    assert.equal(told.exit, 0, told.stdout);
    assert.match(
      told.stdout + told.stderr,
      /^1 of 2 valid, 1 valid as far as tested, 2 mandatory tests were not run$/m,
    );
    const { documents } = JSON.parse((await runAmap(["vex", "validate", path, extended, "-o", "json"])).stdout);
    type Read = { readonly verdict: string; readonly mandatoryNotRun: number; readonly valid: boolean };
    assert.deepEqual(
      documents.map(({ verdict, mandatoryNotRun, valid }: Read) => [verdict, mandatoryNotRun, valid]),
      [
        ["valid", 0, true],
        ["valid as far as tested", 2, true],
      ],
    );
    assert.equal((await runAmap(["vex", "validate", extended, "--strict"])).exit, 1);
  });

  it("refuses what is no JSON", async () => {
    const path = join(folder, "text.json");
    writeFileSync(path, "no JSON");
    assert.deepEqual((await runAmap(["vex", "validate", path])).exit, 2);
  });
});

describe("scan -o csaf", () => {
  const at = (name: string): string => join(folder, "scanned", name);
  const scan = (name: string, ...more: readonly string[]): readonly string[] => [
    "scan",
    `dir:${at(name)}`,
    "--database",
    at("a.db"),
    ...more,
  ];
  const lockOf = (name: string): object => ({
    name: "shop",
    version: "1.0.0",
    lockfileVersion: 3,
    requires: true,
    packages: { "": { name: "shop", version: "1.0.0" }, [`node_modules/${name}`]: { version: "1.0.0" } },
  });
  before(async () => {
    const affected = (name: string): object => ({
      package: { ecosystem: "npm", name },
      ranges: [{ type: "SEMVER", events: [{ introduced: "0" }] }],
    });
    writeTree(join(folder, "scanned"), {
      "app/package-lock.json": lockOf("left"),
      "clean/package-lock.json": lockOf("fine"),
      "npm/a.json": { id: "CVE-2026-1000", modified: "2026-01-02T00:00:00Z", affected: [affected("left")] },
      "npm/b.json": { id: "CVE-2026-1001", modified: "2026-01-02T00:00:00Z", affected: [affected("left")] },
    });
    const imported = await runAmap(["db", "import", "--database", at("a.db"), "--complete", "npm", at("npm")]);
    assert.equal(imported.exit, 0, imported.stderr);
  });

  it("writes what is said of each finding, valid and as amap reads it", async () => {
    const vex = write("answer.json", openVex({ ...SAID, products: [{ "@id": "pkg:npm/left@1.0.0" }] }));
    const file = join(folder, "scan-csaf.json");
    const ended = await runAmap(scan("app", "--vex", vex, "-o", `csaf=${file}`, ...PUBLISHER));
    assert.equal(ended.exit, 0, ended.stderr);
    const { document, vulnerabilities } = JSON.parse(readFileSync(file, "utf8"));
    assert.equal(document.category, "csaf_vex");
    assert.deepEqual(
      vulnerabilities.map(({ cve, product_status }: { cve: string; product_status: object }) => [
        cve,
        Object.keys(product_status),
      ]),
      [
        ["CVE-2026-1000", ["known_not_affected"]],
        ["CVE-2026-1001", ["under_investigation"]],
      ],
    );
    assert.equal((await runAmap(["vex", "validate", file])).exit, 0);
    const again = await runAmap(scan("app", "--vex", file, "-o", "json"));
    const answered = JSON.parse(again.stdout).findings.map(({ answered: each }: { answered: boolean }) => each);
    // Of what has no name: an answer here is none for the component everywhere.
    assert.deepEqual(answered, [false, false]);
  });

  it("is what vex create writes of a scan, too", async () => {
    const predicate = join(folder, "vuln.json");
    await runAmap(scan("app", "-o", `cosign-vuln=${predicate}`));
    const words = ["vex", "create", predicate, "--author", "Zoe", "--product", "pkg:oci/shop"];
    for (const more of [
      ["-o", "cyclonedx"],
      ["-o", "csaf", ...PUBLISHER],
    ]) {
      const file = join(folder, "created.json");
      const ended = await runAmap([...words, "--file", file, ...more]);
      assert.equal(ended.exit, 0, ended.stderr);
      assert.equal((await runAmap(["vex", "validate", file])).exit, 0);
      assert.equal(JSON.parse(readFileSync(file, "utf8")).vulnerabilities.length, 2);
    }
    assert.equal((await runAmap([...words, "-o", "csaf"])).code, "USAGE");
  });

  it("names the flag that is missing before it reads anything, and says that there is nothing to write", async () => {
    const missing = await runAmap(["scan", "dir:/nowhere", "--database", at("none.db"), "-o", "csaf"]);
    assert.deepEqual([missing.exit, missing.code], [2, "USAGE"]);
    const nothing = await runAmap(scan("clean", "-o", "csaf", ...PUBLISHER));
    assert.equal(nothing.code, "NOT_SUPPORTED");
  });
});
