/** Decisions on the command line: checked, compiled, attested, and used by a scan, by a repository with signed commits. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { createCliChecks, createCliRunner, writeTree } from "../testing/cli-runner.ts";
import { createGitRepository } from "../testing/git-repository.ts";
import { createSshSigner } from "../testing/ssh-signing.ts";
import { runCli } from "./run-cli.ts";
import { VERBS } from "./verbs.ts";

const runAmap = createCliRunner((words, shell) =>
  runCli(words, { ...shell, env: { ...shell.env, PATH: process.env["PATH"] } }, VERBS),
);
const { ok, refused } = createCliChecks(runAmap);
const folder = mkdtempSync(join(tmpdir(), "amap-decisions-"));
const at = (...names: readonly string[]): string => join(folder, ...names);
const HEAD = "apiVersion: amap.dev/v1alpha1\nkind: Decisions\ndecisions:\n";

interface Entry {
  readonly finding: string;
  readonly more: string;
  readonly approver?: string;
  readonly until?: string;
}

const entry = ({ finding, more, approver = "", until = "" }: Entry): string => `  - finding: ${finding}
${more.replace(/^/gm, "    ")}
    author: alice@example.com
${approver === "" ? "" : `    approvers: [${approver}]\n`}    decidedAt: 2026-01-01T00:00:00Z
${until === "" ? "" : `    until: ${until}\n`}`;

const fact = (finding: string, more: Partial<Entry> = {}): string =>
  entry({ finding, more: "status: not_affected\njustification: vulnerable_code_not_present", ...more });
const risk = (finding: string, until: string, more: Partial<Entry> = {}): string =>
  entry({ finding, more: "status: risk_accepted\nreason: No way in.\nowner: shop team", until, ...more });

const BOB = "bob@example.com";
const LATER = "2999-01-01T00:00:00Z";
const EARLIER = "2026-02-01T00:00:00Z";

const advisory = (id: string, name: string): object => ({
  schema_version: "1.7.0",
  id,
  modified: "2026-01-02T00:00:00Z",
  summary: `about ${name}`,
  severity: [{ type: "CVSS_V3", score: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H" }],
  affected: [{ package: { ecosystem: "npm", name }, ranges: [{ type: "SEMVER", events: [{ introduced: "0" }] }] }],
});

before(async () => {
  const names = ["made-up-a", "made-up-b"];
  const packages = Object.fromEntries(names.map((name) => [`node_modules/${name}`, { version: "1.0.0" }]));
  const root = { name: "shop", version: "1.0.0", dependencies: { "made-up-a": "1.0.0", "made-up-b": "1.0.0" } };
  const bob = createSshSigner();
  const file = `${HEAD}${fact("CVE-2026-1001", { approver: BOB })}${risk("CVE-2026-1002", LATER, { approver: BOB })}`;
  writeTree(folder, {
    "app/package-lock.json": {
      name: "shop",
      version: "1.0.0",
      lockfileVersion: 3,
      packages: { "": root, ...packages },
    },
    "npm/a.json": advisory("CVE-2026-1001", "made-up-a"),
    "npm/b.json": advisory("CVE-2026-1002", "made-up-b"),
    signers: `${BOB} ${bob.publicLine}\n`,
    "work/decisions.yaml": file,
    "stated.yaml": file,
    "tampered/decisions.yaml": file.replace("No way in.", "No way in, and none out."),
    "expired.yaml": `${HEAD}${fact("CVE-2026-1001", { approver: BOB, until: EARLIER })}${risk("CVE-2026-1002", EARLIER, { approver: BOB })}`,
    "conflict.yaml": `${HEAD}${fact("CVE-2026-1002", { approver: BOB })}${risk("CVE-2026-1002", LATER, { approver: BOB })}`,
    "unused.yaml": `${HEAD}${fact("CVE-2026-9999", { approver: BOB })}`,
    "draft.yaml": `${HEAD}${fact("CVE-2026-1001")}`,
    "broken.yaml": `${HEAD}  - finding: CVE-1\n    status: maybe\n    ignore: true\n`,
  });
  for (const name of ["work", "tampered"]) {
    const git = createGitRepository(at(name, ".git"));
    const draft = file.replaceAll(`    approvers: [${BOB}]\n`, "");
    git.write("main", { author: "Alice <alice@example.com>", message: "draft\n", files: { "decisions.yaml": draft } });
    const sign = (payload: string): string => bob.sign(payload);
    git.write("main", { author: `Bob <${BOB}>`, message: "approve\n", files: { "decisions.yaml": file }, sign });
  }
  await ok("db", "import", "--database", at("db"), "--complete", "npm", at("npm"));
});
after(() => rmSync(folder, { recursive: true, force: true }));

const SCAN = ["scan", `dir:${at("app")}`, "--database", at("db"), "--fail-on", "high"];
const scanWords = (...words: readonly string[]): readonly string[] => [...SCAN, "-o", "json", ...words];

interface ScanJson {
  readonly findings: readonly {
    readonly vulnerability: string;
    readonly answered: boolean;
    readonly statement: { readonly status: string; readonly author: string } | null;
    readonly acceptance?: { readonly owner: string; readonly approvers: readonly { readonly proof: string }[] };
  }[];
  readonly decisions?: {
    readonly file: string;
    readonly counted: number;
    readonly notCounted: readonly { readonly decision: number; readonly state: string }[];
  };
}

const shown = ({ findings }: ScanJson): readonly string[] =>
  findings.map(({ vulnerability, answered, statement, acceptance }) =>
    [vulnerability, statement?.status ?? "–", answered ? "answered" : "open", acceptance?.owner ?? "–"].join(" "),
  );

describe("a scan with decisions", () => {
  const proven = ["--allowed-signers", at("signers")];
  const OPEN = ["CVE-2026-1001 – open –", "CVE-2026-1002 – open –"];
  const CLOSED = ["CVE-2026-1001 not_affected answered –", "CVE-2026-1002 affected open shop team"];
  const rows: readonly [string, readonly string[], number, readonly string[], string, RegExp][] = [
    ["that are proven", ["--decisions", at("work/decisions.yaml"), ...proven], 0, CLOSED, "", /2 of 2 decisions count/],
    [
      "of which one was changed after it was approved",
      ["--decisions", at("tampered/decisions.yaml"), ...proven],
      1,
      [CLOSED[0] as string, OPEN[1] as string],
      "1 unapproved",
      /decisions\[1\] CVE-2026-1002 does not count \(unapproved\): it is not committed in this form/,
    ],
    [
      "without anything to prove them by",
      ["--decisions", at("work/decisions.yaml")],
      1,
      OPEN,
      "0 unapproved, 1 unapproved",
      /name allowed signers/,
    ],
    [
      "that are stated only, where proof is asked for",
      ["--decisions", at("stated.yaml"), ...proven],
      1,
      OPEN,
      "0 unapproved, 1 unapproved",
      /no repository/,
    ],
    [
      "that are stated, where that is enough",
      ["--decisions", at("stated.yaml"), "--approvals", "stated"],
      0,
      CLOSED,
      "",
      /approvals stated/,
    ],
    [
      "whose accepted risks are not to count",
      ["--decisions", at("stated.yaml"), "--approvals", "stated", "--no-accepted-risk"],
      1,
      [CLOSED[0] as string, "CVE-2026-1002 affected open –"],
      "",
      /1 unanswered findings are high or worse/,
    ],
    [
      "that have expired",
      ["--decisions", at("expired.yaml"), "--approvals", "stated"],
      1,
      OPEN,
      "0 expired, 1 expired",
      /it counted until 2026-02-01/,
    ],
    [
      "in conflict",
      ["--decisions", at("conflict.yaml"), "--approvals", "stated"],
      1,
      OPEN,
      "0 conflicting, 1 conflicting",
      /speaks of the same/,
    ],
    [
      "about other findings",
      ["--decisions", at("unused.yaml"), "--approvals", "stated"],
      1,
      OPEN,
      "0 unused",
      /it fits no finding/,
    ],
    [
      "that nobody approved",
      ["--decisions", at("draft.yaml"), "--approvals", "stated"],
      1,
      OPEN,
      "0 unapproved",
      /names no approver/,
    ],
    [
      "that nobody had to approve",
      ["--decisions", at("draft.yaml"), "--approvals", "none"],
      1,
      [CLOSED[0] as string, OPEN[1] as string],
      "",
      /1 of 1/,
    ],
  ];
  for (const [name, words, exit, findings, notCounted, note] of rows)
    test(name, async () => {
      const ended = await runAmap(scanWords(...words));
      assert.equal(ended.exit, exit, ended.stderr);
      const json = JSON.parse(ended.stdout) as ScanJson;
      assert.deepEqual(shown(json), findings);
      assert.equal(
        json.decisions?.notCounted.map(({ decision, state }) => `${decision} ${state}`).join(", "),
        notCounted,
      );
      assert.match(ended.stderr, note);
    });

  test("is a scan without them where the file merely lies there", async () => {
    writeTree(folder, { "app/.amap/decisions.yaml": readFileSync(at("stated.yaml"), "utf8") });
    const ended = await runAmap(scanWords());
    const json = JSON.parse(ended.stdout) as ScanJson;
    assert.deepEqual([ended.exit, shown(json), json.decisions], [1, OPEN, undefined]);
  });

  test("shows who takes a risk, and suppresses it in SARIF by that name", async () => {
    const words = [...SCAN, "--decisions", at("work/decisions.yaml"), ...proven];
    await ok(...words, "-o", `sarif=${at("scan.sarif")}`, "-o", `table=${at("scan.txt")}`);
    const table = readFileSync(at("scan.txt"), "utf8");
    assert.match(table, /risk accepted by shop team until 2999/);
    assert.match(
      table,
      /decisions: 2 of 2 in \S+work\/decisions\.yaml \(sha256:[0-9a-f]{64}\) count, approvals proven/,
    );
    const log = JSON.parse(readFileSync(at("scan.sarif"), "utf8")) as {
      readonly runs: readonly [{ readonly results: readonly { readonly suppressions: readonly object[] }[] }];
    };
    assert.deepEqual(log.runs[0].results[1]?.suppressions, [
      {
        kind: "external",
        status: "accepted",
        justification: `risk accepted by shop team until ${LATER}: No way in. (alice@example.com, approved by ${BOB}, 2026-01-01T00:00:00Z)`,
      },
    ]);
  });

  test("is not begun with a file that is broken: all is told", async () => {
    const ended = await refused(2, "DOCUMENT_INVALID", ...scanWords("--decisions", at("broken.yaml")));
    for (const place of ["author", "status", "ignore", "decidedAt"])
      assert.ok(ended.stderr.includes(`decisions[0].${place}`), ended.stderr);
  });

  test("is not begun with a word that approvals do not have", async () => {
    await refused(2, "USAGE", ...scanWords("--decisions", at("stated.yaml"), "--approvals", "any"));
  });
});

describe("decisions check", () => {
  const rows: readonly [string, readonly string[], number, string][] = [
    ["in order", [at("work/decisions.yaml"), "--allowed-signers", at("signers")], 0, "counts counts"],
    ["not proven", [at("work/decisions.yaml")], 1, "unapproved unapproved"],
    ["expired", [at("expired.yaml"), "--approvals", "stated"], 1, "expired expired"],
    ["in conflict", [at("conflict.yaml"), "--approvals", "stated"], 1, "conflicting conflicting"],
    ["a draft", [at("draft.yaml"), "--approvals", "stated"], 1, "unapproved"],
  ];
  for (const [name, words, exit, states] of rows)
    test(name, async () => {
      const ended = await runAmap(["decisions", "check", ...words, "-o", "json"]);
      const { decisions } = JSON.parse(ended.stdout) as { readonly decisions: readonly { readonly state: string }[] };
      assert.deepEqual([ended.exit, decisions.map(({ state }) => state).join(" ")], [exit, states], ended.stderr);
    });

  test("tells those that fit no finding of a scan, and fails by them where asked", async () => {
    await runAmap([...SCAN, "-o", `cosign-vuln=${at("scan.json")}`]);
    const words = [at("unused.yaml"), "--approvals", "stated", "--scan", at("scan.json")];
    assert.match((await ok("decisions", "check", ...words)).stdout, /it fits no finding/);
    assert.equal((await runAmap(["decisions", "check", ...words, "--strict"])).exit, 1);
    await refused(2, "USAGE", "decisions", "check", at("unused.yaml"), "--strict");
  });
});

describe("decisions compile", () => {
  const compile = (file: string, ...words: readonly string[]): readonly string[] => [
    "decisions",
    "compile",
    at(file),
    "--author",
    "shop",
    "--product",
    "pkg:oci/shop",
    "--approvals",
    "stated",
    "--vex",
    at("vex.json"),
    "--acceptances",
    at("acceptances.json"),
    ...words,
  ];

  test("writes facts and risks apart, and VEX that answers what the decisions answer", async () => {
    const { stderr } = await ok(...compile("stated.yaml"));
    assert.match(stderr, /1 statements end, which VEX cannot say: make the document anew before 2999/);
    const vex = JSON.parse(readFileSync(at("vex.json"), "utf8")) as {
      readonly statements: readonly { readonly status: string; readonly action_statement?: string }[];
    };
    assert.deepEqual(
      vex.statements.map(({ status, action_statement = "" }) => `${status} ${action_statement}`),
      ["not_affected ", `affected Risk accepted by shop team until ${LATER}: No way in.`],
    );
    const { acceptances } = JSON.parse(readFileSync(at("acceptances.json"), "utf8")) as {
      readonly acceptances: readonly object[];
    };
    assert.equal(acceptances.length, 1);
  });

  test("writes no VEX of what does not count", async () => {
    const ended = await runAmap(compile("expired.yaml"));
    assert.deepEqual([ended.exit, JSON.parse(readFileSync(at("acceptances.json"), "utf8"))], [1, { acceptances: [] }]);
    assert.match(ended.stderr, /no decision counts for this product/);
  });

  test("needs one thing that the decisions are about", async () => {
    await refused(2, "USAGE", ...compile("stated.yaml", "--image", "registry.example/shop"));
    await refused(2, "USAGE", "decisions", "compile", at("stated.yaml"), "--author", "shop");
  });
});
