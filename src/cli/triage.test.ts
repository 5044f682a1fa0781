/** `amap triage` with somebody who answers, and without; and evidence about reachability in it and in `amap scan`. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, describe, test } from "node:test";
import { createCliChecks, createCliRunner, type Ended, writeTree } from "../testing/cli-runner.ts";
import type { Questions } from "./questions.ts";
import { runCli } from "./run-cli.ts";
import { VERBS } from "./verbs.ts";

const runAmap = createCliRunner((words, shell) => runCli(words, shell, VERBS));
const { ok, refused } = createCliChecks(runAmap);
const folder = mkdtempSync(join(tmpdir(), "amap-triage-"));
const at = (...names: readonly string[]): string => join(folder, ...names);
after(() => rmSync(folder, { recursive: true, force: true }));

const FIXTURES = join(import.meta.dirname, "..", "metadata", "vulnerability", "reachability", "fixtures");
const EVIDENCE = join(FIXTURES, "source.govulncheck.txt");
const CRITICAL = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H";
const LOW = "CVSS:3.1/AV:L/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N";

function advisoryOf(id: string, module: string, vector: string): object {
  return {
    schema_version: "1.7.0",
    id: id.replace("CVE", "GO"),
    aliases: [id],
    modified: "2026-01-02T00:00:00Z",
    summary: `about ${module}`,
    severity: [{ type: "CVSS_V3", score: vector }],
    affected: [
      {
        package: { ecosystem: "Go", name: `made-up.example/${module}` },
        ranges: [{ type: "SEMVER", events: [{ introduced: "0" }, { fixed: "1.9.0" }] }],
      },
    ],
  };
}

function sbomOf(left: string): object {
  const components = [
    { module: "left", version: left },
    { module: "right", version: "v1.2.0" },
  ].map(({ module, version }) => ({
    type: "library",
    "bom-ref": module,
    name: `made-up.example/${module}`,
    version,
    purl: `pkg:golang/made-up.example/${module}@${version}`,
  }));
  const shop = {
    type: "application",
    "bom-ref": "shop",
    name: "shop",
    version: "1",
    purl: "pkg:golang/shop.example/shop@v1.0.0",
  };
  return {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: { component: shop },
    components,
    dependencies: [{ ref: "shop", dependsOn: ["left", "right"] }],
  };
}

before(async () => {
  writeTree(folder, {
    "go/1.json": advisoryOf("CVE-2026-9001", "left", LOW),
    "go/2.json": advisoryOf("CVE-2026-9002", "left", LOW),
    "go/3.json": advisoryOf("CVE-2026-9003", "right", CRITICAL),
    "kev.json": {
      catalogVersion: "2026.11.01",
      vulnerabilities: [{ cveID: "CVE-2026-9002", dateAdded: "2026-11-01" }],
    },
    "sbom.cdx.json": sbomOf("v1.0.0"),
    "other.cdx.json": sbomOf("v1.1.0"),
  });
  await ok("db", "import", "--database", at("db"), "--complete", "Go", at("go"), at("kev.json"));
});

const FILE = at("amap", "decisions.yaml");
const written = (): string => readFileSync(FILE, "utf8");
beforeEach(() => rmSync(FILE, { force: true }));

const WORDS = ["triage", "--database", at("db"), "--decisions", FILE, "--author", "ann@shop.example"];

/** Runs it for somebody who gives these answers, line by line, and leaves then; those about one finding may be a list. */
async function answer(
  answers: readonly (string | readonly string[])[],
  ...words: readonly string[]
): Promise<Ended & { readonly asked: string }> {
  const asked: string[] = [];
  const left = answers.flat();
  const questions = (): Questions => ({
    isAnswered: true,
    password: async () => "",
    confirm: async () => false,
    line: async (question) => {
      asked.push(question);
      return left.shift();
    },
  });
  const run = createCliRunner((all, shell) => runCli(all, { ...shell, questions }, VERBS));
  const ended = await run([...WORDS, ...words]);
  assert.equal(left.length, 0, `answers are left: ${left.join(", ")}\n${asked.join("")}${ended.stderr}`);
  return { ...ended, asked: asked.join("") };
}

const SBOM = at("sbom.cdx.json");
const statuses = (): readonly string[] =>
  [...written().matchAll(/finding: (.*)\n[^]*?status: (.*)\n/g)].map((each) => `${each[1]} ${each[2]}`);

describe("triage", () => {
  test("goes from the worst to the least, and writes each decision at once", async () => {
    const ended = await answer(
      [
        ["n", "3", "never called", "", "v"],
        ["r", "nobody reaches it", "bob@shop.example", "90d", "c"],
        ["affected", "update", "2099-01-01", "a"],
      ],
      SBOM,
      "--reachability",
      EVIDENCE,
    );
    assert.equal(ended.exit, 0, ended.stderr);
    // Known to be exploited goes before critical.
    assert.deepEqual(statuses(), [
      "CVE-2026-9002 not_affected",
      "CVE-2026-9003 risk_accepted",
      "CVE-2026-9001 affected",
    ]);
    assert.match(
      ended.asked,
      /\[1\/3\] CVE-2026-9002 · low 1\.8 · KEV: exploited\n {2}made-up\.example\/left v1\.0\.0/,
    );
    assert.match(ended.asked, /path: .*shop.* → .*left/);
    assert.match(
      ended.asked,
      /imported, not called\n {2}the evidence could support: vulnerable_code_not_in_execute_path/,
    );
    assert.match(ended.stderr, /3 decided, 0 left open\nNobody has approved them yet/);
    const text = written();
    assert.match(
      text,
      /components:\n {6}- pkg:golang\/made-up\.example\/left@v1\.0\.0\n {6}products:\n {6}- pkg:golang\/shop\.example\/shop\n/,
    );
    assert.match(text, /- pkg:golang\/made-up\.example\/right\n/);
    assert.equal(text.match(/approvers: \[\]/g)?.length, 3);
    assert.match(text, /justification: vulnerable_code_not_in_execute_path\n {4}impactStatement: never called\n/);
  });

  test("is taken up where it was left, and shows no more of what is decided", async () => {
    const first = await answer(["u", "", "", "c", "q"], SBOM);
    assert.match(first.stderr, /1 decided, 2 left open/);
    const again = await answer(["s", "s"], SBOM);
    assert.doesNotMatch(again.asked, /CVE-2026-9002/);
    assert.match(again.stderr, /2 findings to decide \(1 decided already/);
    assert.match(again.stderr, /0 decided, 2 left open\n$/);
  });

  test("the end of the input ends it, and decides nothing that was half said", async () => {
    await answer(["n", "1"], SBOM);
    assert.ok(!existsSync(FILE));
  });

  test("the last decision is taken back, unless somebody changed the file", async () => {
    const ended = await answer(["b", "f", "", "", "v", "b", "u", "", "", "v", "q"], SBOM);
    assert.match(ended.stderr, /nothing to take back/);
    assert.deepEqual(statuses(), ["CVE-2026-9002 under_investigation"]);
    const kept = written();
    await answer(["f", "", "", "v", "b", "q"], SBOM);
    assert.equal(written(), kept);
    const questions = ["f", "", "", "v", "b", "q"];
    let asked = 0;
    const run = createCliRunner((words, shell) =>
      runCli(
        words,
        {
          ...shell,
          questions: () => ({
            isAnswered: true,
            password: async () => "",
            confirm: async () => false,
            line: async () => {
              asked += 1;
              if (asked === 5) writeFileSync(FILE, `${written()}# changed\n`);
              return questions.shift();
            },
          }),
        },
        VERBS,
      ),
    );
    const changed = await run([...WORDS, SBOM]);
    assert.match(changed.stderr, /changed by somebody else: nothing is taken back/);
    assert.match(written(), /# changed/);
  });

  test("what lacks something is told and asked again, and never written", async () => {
    const ended = await answer(
      [
        ["x", "n", "0", ""],
        ["r", "", ""],
        ["a", ""],
        ["r", "why", "bob", ""],
        ["r", "why", "bob", "soon", "v"],
        ["r", "why", "bob", "2020-01-01", "v"],
        "q",
      ],
      SBOM,
    );
    assert.match(ended.stderr, /needs a justification, or words\n/);
    assert.match(ended.stderr, /needs a reason and an owner\n/);
    assert.match(ended.stderr, /needs what is done about it\n/);
    assert.match(ended.stderr, /needs an end\n/);
    assert.match(ended.stderr, /not written: "soon" is no day/);
    assert.match(ended.stderr, /not written: until is not after decidedAt; it counted until 2020/);
    assert.ok(!existsSync(FILE));
  });

  test("completes a draft in its place, with the comments of the file", async () => {
    const file = `# Ours.
apiVersion: amap.dev/v1alpha1
kind: Decisions
decisions:
  # Imported.
  - finding: CVE-2026-9003
    status: risk_accepted
    reason: from Trivy
    author: zoe@shop.example
    decidedAt: 2026-01-01T00:00:00Z
    origin: trivyignore
`;
    writeTree(folder, { "amap/decisions.yaml": file });
    const ended = await answer(["s", "r", "", "bob@shop.example", "2099-01-01", "d", "q"], SBOM);
    assert.match(ended.asked, /draft: risk_accepted, by zoe@shop.example: risk_accepted needs an owner/);
    assert.match(
      written(),
      /^# Ours\.[^]*# Imported\.\n[^]*reason: from Trivy\n {4}owner: bob@shop\.example\n {4}author: ann@shop/,
    );
    assert.match(written(), /origin: trivyignore\n/);
    assert.deepEqual(statuses(), ["CVE-2026-9003 risk_accepted"]);
  });

  test("a decision that another one contradicts is not written", async () => {
    writeTree(folder, {
      "amap/decisions.yaml": `apiVersion: amap.dev/v1alpha1
kind: Decisions
decisions:
  - finding: CVE-2026-9003
    scope:
      components:
        - pkg:golang/made-up.example/right@v1.1.0
    status: affected
    actionStatement: update
    author: zoe@shop.example
    decidedAt: 2026-01-01T00:00:00Z
`,
    });
    const before = written();
    const ended = await answer(["s", "u", "", "", "c", "q"], SBOM);
    assert.match(ended.stderr, /not written: decisions\[0\] \(affected, by zoe@shop\.example\) speaks of the same/);
    assert.equal(written(), before);
  });

  test("takes a scan instead, of which nobody knows the product but the user", async () => {
    await ok("scan", "--database", at("db"), SBOM, "-o", "json", "--file", at("scan.json"));
    const ended = await answer(["u", "", "", "a", "q"], "--scan", at("scan.json"));
    assert.match(ended.stderr, /about whatever artifact the file is used for/);
    assert.doesNotMatch(written(), /scope/);
    rmSync(FILE);
    await answer(["u", "", "", "a", "q"], "--scan", at("scan.json"), "--product", "pkg:oci/shop");
    assert.match(written(), /scope:\n {6}products:\n {6}- pkg:oci\/shop\n {4}status/);
    rmSync(FILE);
    await answer(["u", "", "", "a", "q"], SBOM, "--any-product");
    assert.doesNotMatch(written(), /scope/);
  });

  test("what VEX answers is not asked again, and a statement that matches nothing is told", async () => {
    const statement = (name: string, id: string): object => ({
      vulnerability: { name },
      products: [{ "@id": id }],
      status: "fixed",
    });
    const vex = {
      "@context": "https://openvex.dev/ns/v0.2.0",
      "@id": "urn:example:vex",
      author: "zoe@shop.example",
      timestamp: "2026-01-03T00:00:00Z",
      version: 1,
      statements: [
        statement("CVE-2026-9002", "pkg:golang/made-up.example/left"),
        statement("CVE-2026-9003", "pkg:golang/made-up.example/other"),
      ],
    };
    writeTree(folder, { "vex.json": vex });
    const listing = ["triage", "--list", "--decisions", FILE, "--vex", at("vex.json")];
    for (const words of [
      ["--database", at("db"), SBOM],
      ["--scan", at("scan.json")],
    ]) {
      await ok("scan", "--database", at("db"), SBOM, "-o", "json", "--file", at("scan.json"));
      const ended = await ok(...listing, ...words);
      assert.match(ended.stdout, /2 findings are open, 0 decided already in .*, 1 answered/);
      assert.match(ended.stderr, /statement 2 about CVE-2026-9003 matches nothing/);
    }
    await ok("scan", "--database", at("db"), SBOM, "--vex", at("vex.json"), "-o", "json", "--file", at("scan.json"));
    const closed = await ok("triage", "--list", "--decisions", FILE, "--scan", at("scan.json"));
    assert.match(closed.stdout, /2 findings are open, 0 decided already in .*, 1 answered/);
    const text = readFileSync(at("scan.json"), "utf8");
    const taken = (until: string): string =>
      text.replace('"vulnerability": "CVE-2026-9003",', `$&"acceptance":{"until":"${until}"},`);
    writeTree(folder, { "taken.json": taken("2099-01-01T00:00:00Z"), "ended.json": taken("2026-01-01T00:00:00Z") });
    // A risk that was taken is open again when its end is reached.
    for (const [name, open] of [
      ["taken.json", 1],
      ["ended.json", 2],
    ] as const) {
      const ended = await ok("triage", "--list", "--decisions", FILE, "--scan", at(name));
      assert.ok(ended.stdout.includes(`\n${open} findings are open`), ended.stdout);
    }
    const damaged = readFileSync(at("scan.json"), "utf8").replace('"severity": "critical"', '"severity": "fine"');
    writeTree(folder, { "damaged.json": damaged });
    await refused(2, "DOCUMENT_INVALID", "triage", "--list", "--decisions", FILE, "--scan", at("damaged.json"));
  });

  test("wrong use is told before anything is asked", async () => {
    await refused(2, "USAGE", ...WORDS, SBOM);
    await refused(2, "USAGE", "triage", "--list");
    await refused(2, "USAGE", "triage", "--list", SBOM, "--scan", at("scan.json"));
    await refused(2, "DOCUMENT_INVALID", "triage", "--list", "--scan", at("kev.json"));
    const ended = await answer([], SBOM, "--product", "pkg:oci/a", "--any-product");
    assert.equal(ended.code, "USAGE");
    assert.equal((await answer([], SBOM, "--product", "shop")).code, "USAGE");
  });

  test("--list tells what is open, and asks nobody", async () => {
    const words = ["triage", "--list", "--database", at("db"), "--decisions", FILE, SBOM];
    const table = await ok(...words, "--reachability", EVIDENCE);
    assert.match(table.stdout, /3 findings are open, 0 decided already/);
    assert.match(table.stdout, /CVE-2026-9003.*required, not imported/);
    const { open } = JSON.parse((await ok(...words, "-o", "json")).stdout) as {
      open: { finding: { vulnerability: string } }[];
    };
    assert.deepEqual(
      open.map(({ finding }) => finding.vulnerability),
      ["CVE-2026-9002", "CVE-2026-9003", "CVE-2026-9001"],
    );
    assert.ok(!existsSync(FILE));
  });
});

describe("scan --reachability", () => {
  interface Shown {
    readonly vulnerability: string;
    readonly answered: boolean;
    readonly reachability?: readonly { readonly level: string; readonly says: string; readonly source: string }[];
  }
  const scanning = (sbom: string, ...words: readonly string[]): readonly string[] => [
    "scan",
    "--database",
    at("db"),
    sbom,
    "--reachability",
    EVIDENCE,
    ...words,
  ];
  const shown = ({ stdout }: Ended): readonly Shown[] =>
    (JSON.parse(stdout) as { findings: readonly Shown[] }).findings;

  test("is shown beside Go findings, and answers none", async () => {
    const findings = shown(await ok(...scanning(SBOM, "-o", "json")));
    assert.deepEqual(
      findings.map(({ vulnerability, answered, reachability }) => [vulnerability, answered, reachability?.[0]?.level]),
      [
        ["CVE-2026-9003", false, "required"],
        ["CVE-2026-9001", false, "called"],
        ["CVE-2026-9002", false, "imported"],
      ],
    );
    assert.match((await ok(...scanning(SBOM, "-o", "table"))).stdout, /reachability.*called: /s);
    const gated = await runAmap(scanning(SBOM, "--fail-on", "critical"));
    assert.equal(gated.exit, 1);
    assert.match((await ok(...scanning(SBOM, "-o", "sarif"))).stdout, /"says": "required, not imported"/);
  });

  test("of another version does not count, and is told", async () => {
    const ended = await ok(...scanning(at("other.cdx.json"), "-o", "json"));
    assert.match(
      ended.stderr,
      /CVE-2026-9001 in made-up\.example\/left: evidence that does not count: .*left v1\.0\.0, and not v1\.1\.0/,
    );
    assert.deepEqual(
      shown(ended).map(({ reachability }) => reachability?.length ?? 0),
      [1, 0, 0],
    );
  });

  test("that says nothing about any finding is told; a damaged one is refused", async () => {
    const other = readFileSync(EVIDENCE, "utf8").replaceAll("made-up.example", "others.example");
    writeTree(folder, { "others.txt": other, "cut.txt": other.slice(0, -3) });
    const words = ["scan", "--database", at("db"), SBOM, "-o", "json", "--reachability"];
    assert.match((await ok(...words, at("others.txt"))).stderr, /others\.txt: it says nothing about any finding/);
    await refused(2, "DOCUMENT_INVALID", ...words, at("cut.txt"));
    await refused(2, "DOCUMENT_INVALID", ...words, at("sbom.cdx.json"));
  });
});
