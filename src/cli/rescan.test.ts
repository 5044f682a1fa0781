/** `amap rescan`: its folders, its gates and what it says. What is scanned again is tested in `src/app/rescan.test.ts`. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { createCliChecks, createCliRunner, writeTree } from "../testing/cli-runner.ts";
import { runCli } from "./run-cli.ts";
import { VERBS } from "./verbs.ts";

const runAmap = createCliRunner((words, shell) => runCli(words, shell, VERBS));
const { ok } = createCliChecks(runAmap);
async function ends(words: readonly string[], exit: number, text: RegExp): Promise<void> {
  const ended = await runAmap(words);
  assert.equal(ended.exit, exit, ended.stderr);
  assert.match(ended.stderr, text);
}

const folder = mkdtempSync(join(tmpdir(), "amap-rescan-"));
const at = (...names: readonly string[]): string => join(folder, ...names);
const HIGH = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H";

function advisoryOf(id: string, name: string): object {
  return {
    schema_version: "1.7.0",
    id,
    modified: "2026-01-02T00:00:00Z",
    severity: [{ type: "CVSS_V3", score: HIGH }],
    affected: [
      {
        package: { ecosystem: "npm", name },
        ranges: [{ type: "SEMVER", events: [{ introduced: "0" }, { fixed: "2.0.0" }] }],
      },
    ],
  };
}

function sbomOf(...names: readonly string[]): object {
  const components = names.map((name) => ({
    type: "library",
    "bom-ref": name,
    name,
    version: "1.0.0",
    purl: `pkg:npm/${name}@1.0.0`,
  }));
  return { bomFormat: "CycloneDX", specVersion: "1.6", version: 1, components };
}

const DATABASE = ["--database", at("advisories.db")];
const rescan = (...words: readonly string[]): readonly string[] =>
  ["rescan", at("sboms"), "--scans", at("scans")].concat(DATABASE, words);
const dump = (...words: readonly string[]): readonly string[] =>
  ["db", "import", "--complete", "npm", at("npm")].concat(DATABASE, words);

interface Told {
  readonly sboms: readonly {
    readonly sbom: string;
    readonly outcome: string;
    readonly findings: number;
    readonly fresh: readonly object[];
  }[];
}

async function told(...words: readonly string[]): Promise<Told["sboms"]> {
  const { stdout } = await runAmap(rescan("-o", "json", ...words));
  return (JSON.parse(stdout) as Told).sboms;
}

before(async () => {
  writeTree(folder, {
    "sboms/one.json": sbomOf("made-up-one"),
    "sboms/team/two.json": sbomOf("made-up-two"),
    "sboms/README.txt": "what lies here",
    "npm/one.json": advisoryOf("CVE-2026-1001", "made-up-one"),
  });
  await ok(...dump());
});
after(() => rmSync(folder, { recursive: true, force: true }));

describe("amap rescan", () => {
  test("keeps each scan as a predicate that other verbs read, and tells what it did not look at", async () => {
    const { stdout, stderr } = await ok(...rescan());
    assert.match(stdout, /one\.json +whole +1 +1 +1 +0 +0\n/);
    assert.match(stdout, /2 SBOMs: 0 kept, 0 in part, 2 whole, 0 failed; 1 findings/);
    assert.match(stderr, /1 files are not called as SBOMs are/);
    const stored = at("scans", "one.json.vuln.json");
    const again = await ok(
      "scan",
      at("sboms", "one.json"),
      "--database",
      at("advisories.db"),
      "--new-since",
      stored,
      "--fail-on",
      "low",
    );
    assert.match(again.stderr, /1 unanswered findings were there before/);
  });

  test("after an update scans only what it reaches, and its gates count what is new", async () => {
    await ok(...rescan());
    await ends(rescan("--fail-on", "high"), 1, /1 findings are high or worse/);
    await ok(...rescan("--fail-on", "high", "--only-new"));
    const before = statSync(at("scans", "one.json.vuln.json")).size;
    writeFileSync(at("npm", "two.json"), JSON.stringify(advisoryOf("CVE-2026-1002", "made-up-two")));
    await ok(...dump());
    const { exit, stdout } = await runAmap(rescan("--fail-on", "high", "--only-new", "-o", "json"));
    assert.equal(exit, 1);
    const rows = (JSON.parse(stdout) as Told).sboms;
    assert.deepEqual(
      rows.map(({ sbom, outcome, findings }) => `${sbom} ${outcome} ${findings}`),
      ["one.json kept 1", "team/two.json part 1"],
    );
    assert.deepEqual(rows[1]?.fresh, [
      { vulnerability: "CVE-2026-1002", purl: "pkg:npm/made-up-two@1.0.0", severity: "high" },
    ]);
    assert.equal(statSync(at("scans", "one.json.vuln.json")).size, before);
    assert.deepEqual(
      (await told()).map(({ outcome }) => outcome),
      ["kept", "kept"],
    );
    assert.deepEqual(
      (await told("--all")).map(({ outcome }) => outcome),
      ["whole", "whole"],
    );
  });

  test("tells a file that is no SBOM, and is no all-clear then", async () => {
    writeFileSync(at("sboms", "broken.json"), "{");
    await ends(rescan(), 2, /not scanned: broken\.json: .*broken\.json/);
    rmSync(at("sboms", "broken.json"));
  });

  test("tells of SBOMs with parts that the database knows nothing about", async () => {
    const purl = "pkg:pypi/made-up@1.0.0";
    const component = { type: "library", "bom-ref": "a", name: "made-up", version: "1.0.0", purl };
    writeFileSync(at("sboms", "other.json"), JSON.stringify({ ...sbomOf(), components: [component] }));
    const { stdout } = await ok(...rescan());
    assert.match(stdout, /; of 1 SBOMs a part was not looked at/);
    rmSync(at("sboms", "other.json"));
    rmSync(at("scans", "other.json.vuln.json"));
  });

  test("tells a scan whose SBOM is gone, and leaves it", async () => {
    await ok(...rescan());
    const kept = readFileSync(at("sboms", "one.json"));
    rmSync(at("sboms", "one.json"));
    const { stderr } = await ok(...rescan());
    assert.match(stderr, /one\.json\.vuln\.json: its SBOM is gone/);
    writeFileSync(at("sboms", "one.json"), kept);
  });

  const vex = (name: string, status: string): string => {
    writeFileSync(
      at(name),
      JSON.stringify({
        "@context": "https://openvex.dev/ns/v0.2.0",
        "@id": "https://example.com/vex/1",
        author: "team",
        timestamp: "2026-01-03T00:00:00Z",
        version: 1,
        statements: [
          {
            vulnerability: { name: "CVE-2026-1001" },
            products: [{ "@id": "pkg:npm/made-up-one@1.0.0" }],
            status,
            ...(status === "not_affected" ? { justification: "vulnerable_code_not_present" } : {}),
          },
        ],
      }),
    );
    return at(name);
  };

  test("--vex answers as in scan, for as long as it says so", async () => {
    const gate = ["--fail-on", "high", "--only-new"];
    writeFileSync(at("sboms", "alone.json"), JSON.stringify(sbomOf("made-up-one")));
    rmSync(at("sboms", "team"), { recursive: true });
    const given = ["--vex", vex("vex.json", "not_affected"), "--fail-on", "high"];
    await ok(...rescan(...given));
    const { stdout } = await ok(...rescan(...given));
    assert.match(stdout, /2 kept[^;]*; 2 findings, 2 of them answered/);
    vex("vex.json", "under_investigation");
    await ends(rescan(...given, "--only-new"), 1, /2 findings are high or worse/);
    await ok(...rescan(...given, "--only-new"));
    await ok(...rescan(...gate));
    // A statement that matches nothing anywhere.
    const other = vex("other.json", "not_affected");
    writeFileSync(other, readFileSync(other, "utf8").replace("CVE-2026-1001", "CVE-2026-9999"));
    await ends(rescan("--vex", other), 0, /1 statements match nothing/);
    await ends(rescan("--vex", other, "--strict-vex"), 1, /match nothing in any SBOM/);
    await ends(rescan("--max-database-age", "1h"), 2, /npm are older than .*max-database-age/);
    await ok(...rescan("--max-database-age", "99999d"));
    rmSync(at("sboms", "alone.json"));
    rmSync(at("scans", "alone.json.vuln.json"));
  });

  test("a stored scan that somebody edited is not believed, and that is said", async () => {
    await ok(...rescan());
    const stored = at("scans", "one.json.vuln.json");
    writeFileSync(stored, readFileSync(stored, "utf8").replace('"severity":"high"', '"severity":"none"'));
    await ends(rescan("--fail-on", "high", "--only-new"), 1, /changed after it was written; it was scanned anew/);
    assert.match(readFileSync(stored, "utf8"), /"severity":"high"/);
  });

  test("what a run that was cut off stored is new to the next one, and that is said", async () => {
    const gate = ["--fail-on", "high", "--only-new"];
    await ok(...rescan());
    await ok(...rescan(...gate));
    writeFileSync(at("scans", "rescan.unfinished"), "2026-01-01T00:00:00Z\n");
    await ends(rescan(...gate), 1, /a run that began at 2026-01-01T00:00:00Z did not end; all findings/);
    await ok(...rescan(...gate));
  });

  const wrong: readonly (readonly [string, readonly string[], number, RegExp])[] = [
    ["no folder for the scans", ["rescan", at("sboms"), "--database", at("advisories.db")], 2, /--scans/],
    [
      "scans among the SBOMs",
      ["rescan", folder, "--scans", at("scans"), "--database", at("advisories.db")],
      2,
      /not kept among/,
    ],
    ["no such folder", ["rescan", at("none"), "--scans", at("x"), "--database", at("advisories.db")], 2, /none/],
    [
      "a folder without SBOMs",
      ["rescan", at("empty"), "--scans", at("y"), "--database", at("advisories.db")],
      2,
      /no all-clear/,
    ],
    [
      "no database",
      ["rescan", at("sboms"), "--scans", at("x"), "--database", at("none.db")],
      2,
      /no advisory database/,
    ],
    ["a gate without its facts", rescan("--fail-on-kev"), 2, /nothing would ever fail/],
  ];
  for (const [name, words, code, text] of wrong)
    test(`is refused: ${name}`, async () => {
      writeTree(folder, { "empty/notes.txt": "" });
      await ends(words, code, text);
    });
});
