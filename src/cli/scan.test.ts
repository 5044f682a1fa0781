/** `amap scan`: its database, its gates and its forms, each with its twin. */
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
const folder = mkdtempSync(join(tmpdir(), "amap-scan-"));
const at = (...names: readonly string[]): string => join(folder, ...names);
const read = (name: string): string => readFileSync(at(name), "utf8");

const HIGH = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H";
const LOW = "CVSS:3.1/AV:L/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N";

function advisoryOf(id: string, name: string, vector: string | undefined, fixed: string | undefined): object {
  const events = [{ introduced: "0" }, ...(fixed === undefined ? [] : [{ fixed }])];
  const severity = vector === undefined ? {} : { severity: [{ type: "CVSS_V3", score: vector }] };
  const affected = [{ package: { ecosystem: "npm", name }, ranges: [{ type: "SEMVER", events }] }];
  return {
    schema_version: "1.7.0",
    id,
    modified: "2026-01-02T00:00:00Z",
    summary: `about ${name}`,
    ...severity,
    affected,
  };
}

function lockOf(version: string, ...names: readonly string[]): object {
  const entries = names.map((name) => [`node_modules/${name}`, { version }]);
  const dependencies = Object.fromEntries(names.map((name) => [name, version]));
  const packages = { "": { name: "shop", version: "1.0.0", dependencies }, ...Object.fromEntries(entries) };
  return { name: "shop", version: "1.0.0", lockfileVersion: 3, requires: true, packages };
}

const ALL = ["made-up-bad", "made-up-low", "made-up-odd"];
const BAD = "CVE-2026-1001";

before(async () => {
  writeTree(folder, {
    "app/package-lock.json": lockOf("1.0.0", ...ALL),
    "later/package-lock.json": lockOf("1.0.1", ...ALL),
    "less/package-lock.json": lockOf("1.0.0", "made-up-low", "made-up-odd"),
    "clean/package-lock.json": lockOf("1.0.0", "made-up-fine"),
    "npm/bad.json": advisoryOf(BAD, "made-up-bad", HIGH, "1.2.3"),
    "npm/low.json": advisoryOf("CVE-2026-1002", "made-up-low", LOW, undefined),
    "npm/odd.json": advisoryOf("CVE-2026-1003", "made-up-odd", undefined, undefined),
    "kev.json": {
      catalogVersion: "2026.11.01",
      vulnerabilities: [{ cveID: BAD, dateAdded: "2026-11-01", dueDate: "", knownRansomwareCampaignUse: "Known" }],
    },
    "epss.csv": `#model_version:v2026.01.01,score_date:2026-11-20T00:00:00+0000\ncve,epss,percentile\n${BAD},0.4,0.9\n`,
    "decisions.yaml": `- vulnerability: ${BAD}\n  status: not_affected\n  justification: vulnerable_code_not_present\n`,
  });
  const whole = ["--complete", "npm", at("npm")];
  await ok("db", "import", "--database", at("bare.db"), ...whole);
  await ok("db", "import", "--database", at("full.db"), ...whole, at("kev.json"), at("epss.csv"));
  await ok("db", "import", "--database", at("partial.db"), at("npm"));
});
after(() => rmSync(folder, { recursive: true, force: true }));

const scan = (name: string, ...words: readonly string[]): readonly string[] => [
  "scan",
  `dir:${at(name)}`,
  ...(words.includes("--database") ? [] : ["--database", at("full.db")]),
  ...words,
];

interface Shown {
  readonly vulnerability: string;
  readonly isNew?: boolean;
  readonly path?: readonly string[];
}

async function findingsOf(name: string, ...words: readonly string[]): Promise<readonly Shown[]> {
  return JSON.parse((await ok(...scan(name, "-o", "json", ...words))).stdout).findings;
}

describe("the database", () => {
  const folderOf = (name: string): Readonly<Record<string, string>> => ({ XDG_CACHE_HOME: at(name) });

  test("is made in the folder of caches, and found there by status and scan", async () => {
    const imported = await runAmap(["db", "import", at("npm")], folderOf("caches"));
    assert.equal(imported.exit, 0, imported.stderr);
    assert.ok(existsSync(at("caches", "amap", "advisories.db")));
    const status = await runAmap(["db", "status"], folderOf("caches"));
    assert.match(status.stdout, /npm +3 advisories/);
    const scanned = await runAmap(["scan", `dir:${at("app")}`, "-o", "json"], folderOf("caches"));
    assert.equal(JSON.parse(scanned.stdout).findings.length, 3);
  });

  test("below the home folder where no folder of caches is named", async () => {
    const imported = await runAmap(["db", "import", at("npm")], { HOME: at("home") });
    assert.equal(imported.exit, 0, imported.stderr);
    assert.ok(existsSync(at("home", ".cache", "amap", "advisories.db")));
  });

  test("AMAP_DATABASE goes before the folder of caches, and the flag before both", async () => {
    const env = { ...folderOf("none"), AMAP_DATABASE: at("full.db") };
    assert.equal((await runAmap(["scan", `dir:${at("app")}`], env)).exit, 0);
    assert.equal((await runAmap(scan("app"), { AMAP_DATABASE: at("nosuch.db") })).exit, 0);
  });

  for (const words of [
    ["scan", `dir:${at("app")}`],
    ["db", "status"],
  ])
    test(`without one ${words[0]} says how to get one, and makes none`, async () => {
      const ended = await runAmap(words, folderOf("empty"));
      assert.deepEqual([ended.exit, ended.code, ended.stdout], [2, "FILE_NOT_FOUND", ""]);
      assert.match(ended.stderr, /amap db import --database \S+advisories\.db /);
      assert.ok(!existsSync(at("empty")));
    });

  test("nothing names a folder", async () => {
    const ended = await runAmap(["scan", `dir:${at("app")}`], { HOME: undefined });
    assert.deepEqual([ended.exit, ended.code], [2, "USAGE"]);
    assert.match(ended.stderr, /AMAP_DATABASE/);
  });
});

describe("a gate", () => {
  const rows: readonly [
    name: string,
    artifact: string,
    words: readonly string[],
    exit: number,
    says: RegExp | undefined,
  ][] = [
    ["no gate", "app", [], 0, undefined],
    ["high", "app", ["--fail-on", "high"], 1, /2 unanswered findings are high or worse \(--fail-on\)/],
    ["an unknown severity alone", "less", ["--fail-on", "high"], 1, /1 unanswered findings are high/],
    ["an unknown severity as low", "less", ["--fail-on", "high", "--unknown-severity", "low"], 0, undefined],
    [
      "an unknown severity as critical",
      "less",
      ["--fail-on", "critical", "--unknown-severity", "critical"],
      1,
      /critical/,
    ],
    ["known exploited", "app", ["--fail-on-kev"], 1, /1 unanswered findings are known to be exploited/],
    ["none is known exploited", "less", ["--fail-on-kev"], 0, undefined],
    ["likely enough", "app", ["--fail-on-epss", "0.4"], 1, /probability of 0\.4 or more/],
    ["not likely enough", "app", ["--fail-on-epss", ".41"], 0, /2 findings have no EPSS score/],
    ["only fixed, and the bad one is", "app", ["--only-fixed", "--fail-on", "none"], 1, /1 unanswered findings/],
    ["only fixed, and none is", "less", ["--only-fixed", "--fail-on", "none"], 0, /2 findings without a fix/],
    ["nothing to look at", "app", ["--fail-on-not-looked-at"], 2, /gaps|not looked at/],
    [
      "a partial database",
      "clean",
      ["--database", at("partial.db"), "--fail-on-not-looked-at"],
      2,
      /not said to be complete/,
    ],
    ["a partial database is told", "clean", ["--database", at("partial.db")], 0, /not said to be complete/],
  ];
  for (const [name, artifact, words, exit, says] of rows)
    test(name, async () => {
      const ended = await runAmap(scan(artifact, "-o", "json", ...words));
      assert.deepEqual([ended.exit, ended.code], [exit, undefined], ended.stderr);
      if (says !== undefined) assert.match(ended.stderr, says);
    });

  const wrong: readonly (readonly [string, readonly string[], string])[] = [
    ["a severity that is none", ["--unknown-severity", "bad"], "USAGE"],
    ["a probability in percent", ["--fail-on-epss", "40"], "USAGE"],
    ["a probability that is no number", ["--fail-on-epss", "0x1"], "USAGE"],
    ["no catalogue of exploited vulnerabilities", ["--database", at("bare.db"), "--fail-on-kev"], "DATABASE_INVALID"],
    ["no scores", ["--database", at("bare.db"), "--fail-on-epss", "0.1"], "DATABASE_INVALID"],
    ["a baseline that is not there", ["--new-since", at("nosuch.json")], "FILE_NOT_FOUND"],
    ["a baseline that is no scan", ["--new-since", at("kev.json")], "DOCUMENT_INVALID"],
    ["a form that there is not", ["-o", "xml"], "USAGE"],
    ["a form without the name of its file", ["-o", "sarif="], "USAGE"],
    ["two documents on standard output", ["-o", "sarif", "-o", "table"], "USAGE"],
  ];
  for (const [name, words, code] of wrong)
    test(`${name} is refused`, async () => void (await refused(2, code, ...scan("app", ...words))));
});

describe("--new-since", () => {
  for (const form of ["json", "cosign-vuln", "in-toto-vulns"])
    test(`${form}: what was there does not count, in another version neither; what was not there does`, async () => {
      await ok(...scan("less", "-o", `${form}=${at("base.json")}`));
      await ok(...scan("app", "-o", `${form}=${at("whole.json")}`));
      const gate = ["--fail-on", "none", "-o", "json", "--new-since"];
      assert.match(
        (await ok(...scan("later", ...gate, at("whole.json")))).stderr,
        /3 unanswered findings were there before/,
      );
      const ended = await runAmap(scan("later", ...gate, at("base.json")));
      assert.equal(ended.exit, 1, ended.stderr);
      const found: readonly Shown[] = JSON.parse(ended.stdout).findings;
      assert.deepEqual(
        found.filter(({ isNew }) => isNew).map(({ vulnerability }) => vulnerability),
        [BAD],
      );
      assert.equal(found.length, 3);
    });

  test("what the earlier scan had answered counts again where the answer is gone", async () => {
    await ok(...scan("app", "-o", `cosign-vuln=${at("scan.json")}`));
    const create = ["vex", "create", at("scan.json"), "--author", "tester", "--product", "pkg:npm/made-up-bad"];
    await ok(...create, "--decisions", at("decisions.yaml"), "--file", at("vex.json"));
    await ok(
      ...scan("app", "--vex", at("vex.json"), "--only-fixed", "--fail-on", "none", "-o", `json=${at("base.json")}`),
    );
    const gate = ["--fail-on-kev", "--new-since", at("base.json")];
    await ok(...scan("app", ...gate, "--vex", at("vex.json")));
    assert.equal((await runAmap(scan("app", ...gate))).exit, 1);
  });
});

describe("the forms", () => {
  test("all of them in one go, with the table on standard output", async () => {
    const forms = ["json", "sarif", "cyclonedx", "openvex", "cosign-vuln", "in-toto-vulns"];
    const words = forms.flatMap((form) => ["-o", `${form}=${at(`out-${form}`)}`]);
    const { stdout } = await ok(...scan("app", ...words, "-o", "table"));
    assert.match(stdout, /fixed in +EPSS +KEV +VEX/);
    assert.match(stdout, /high +CVE-2026-1001 +made-up-bad +1\.0\.0 +1\.2\.3 +40\.0% +ransomware/);
    assert.match(stdout, /^3 findings in \d+ components$/m);
    const of = (form: string): Readonly<Record<string, unknown>> => JSON.parse(read(`out-${form}`));
    assert.equal(of("sarif")["version"], "2.1.0");
    assert.equal((of("cyclonedx")["vulnerabilities"] as readonly unknown[]).length, 3);
    const statements = of("openvex")["statements"] as readonly { readonly status: string }[];
    assert.deepEqual(
      statements.map(({ status }) => status),
      Array(3).fill("under_investigation"),
    );
    const base = ["--new-since", at("out-json"), "--fail-on", "none"];
    await ok(...scan("app", ...base));
  });

  test("openvex holds no statement for what is answered, and can be given back", async () => {
    await ok(...scan("app", "-o", `cosign-vuln=${at("scan.json")}`));
    const create = ["vex", "create", at("scan.json"), "--author", "tester", "--product", "pkg:npm/made-up-bad"];
    await ok(...create, "--decisions", at("decisions.yaml"), "--file", at("vex.json"));
    await ok(
      ...scan("app", "--vex", at("vex.json"), "-o", `openvex=${at("open.json")}`, "-o", `sarif=${at("sarif.json")}`),
    );
    assert.ok(!read("open.json").includes(BAD));
    const [run] = JSON.parse(read("sarif.json")).runs;
    const suppressed = run.results.filter((result: { suppressions: unknown[] }) => result.suppressions.length > 0);
    assert.deepEqual(
      suppressed.map((result: { ruleId: string }) => result.ruleId),
      [BAD],
    );
    assert.equal((await runAmap(scan("app", "--vex", at("open.json"), "--fail-on-kev"))).exit, 1);
  });

  test("--only-fixed leaves out of what is shown, never out of evidence", async () => {
    const words = ["--only-fixed", "-o", `json=${at("j")}`, "-o", `cosign-vuln=${at("c")}`, "-o", "table"];
    const { stdout, stderr } = await ok(...scan("app", ...words));
    assert.match(stdout, /1 findings in \d+ components; 2 without a fix are left out/);
    assert.match(stderr, /2 findings without a fix are neither shown nor counted/);
    const shown = JSON.parse(read("j"));
    assert.deepEqual([shown.findings.length, shown.withoutFix], [1, 2]);
    assert.equal(JSON.parse(read("c")).scanner.result.findings.length, 3);
  });

  test("a finding has its path from the root", async () => {
    const [bad] = await findingsOf("app");
    assert.equal(bad?.vulnerability, BAD);
    assert.equal(bad.path?.at(-1), "pkg:npm/made-up-bad@1.0.0");
    assert.ok((bad.path?.length ?? 0) >= 2);
  });
});
