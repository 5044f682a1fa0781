/** What other tools' ignore files and analyses become: each entry told, none wider than it was. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { encodeUtf8 } from "../../../base/index.ts";
import { DECISION_IMPORTS, findDecisionImport } from "./import-formats.ts";
import type { ImportContext, ImportedEntry } from "./imported-entry.ts";

const NOW = Date.parse("2026-11-20T12:00:00Z");
const CONTEXT: ImportContext = { author: "ann@shop.example", products: [], now: NOW };
const SHOP = "pkg:oci/shop";
const IN_SHOP: ImportContext = { ...CONTEXT, products: [SHOP] };

function read(id: string, text: string, context: ImportContext = CONTEXT): readonly ImportedEntry[] {
  const form = DECISION_IMPORTS.find((each) => each.id === id);
  const decoded = form?.read(encodeUtf8(text), context);
  assert.ok(decoded?.ok, JSON.stringify(decoded));
  return decoded.value;
}

/** An entry in one line: what it became, with all that its decision says. */
function tell({ place, outcome }: ImportedEntry): string {
  if (outcome.kind === "not_said") return `${place} no: ${outcome.reason}`;
  if (outcome.kind === "expired") return `${place} expired ${outcome.until}`;
  if (outcome.kind === "undecided") return `${place} undecided`;
  const { finding, scope, status, author, approvers, decidedAt, origin, ...rest } = outcome.decision;
  assert.deepEqual([author, approvers], ["ann@shop.example", []]);
  assert.ok(origin !== undefined && decidedAt !== "");
  const parts = [finding, ...scope.components, ...scope.products.map((name) => `of ${name}`), status];
  const texts = Object.entries(rest).map(([key, value]) => `${key}=${value}`);
  const lacks = outcome.lacks.length === 0 ? [] : [`lacks ${outcome.lacks.length}`];
  return [place, ...parts, ...texts, ...lacks].join(" ");
}

const tellAll = (id: string, text: string, context?: ImportContext): readonly string[] =>
  read(id, text, context).map(tell);

test(".trivyignore: names of vulnerabilities, an end, a reason behind the name", () => {
  const text = [
    "# Accepted by the team",
    "CVE-2026-1",
    "  CVE-2026-2 exp:2027-01-31 # nobody parses XML here",
    "CVE-2026-3 exp:2026-11-20",
    "CVE-2026-4 exp:soon",
    "AVD-AWS-0104",
    "GPL-3.0",
    "",
  ].join("\r\n");
  assert.deepEqual(tellAll("trivyignore", text), [
    "line 2 CVE-2026-1 risk_accepted lacks 3",
    "line 3 CVE-2026-2 risk_accepted reason=nobody parses XML here until=2027-01-31T00:00:00Z lacks 1",
    "line 4 expired 2026-11-20T00:00:00Z",
    'line 5 no: its end "soon" is no day: Trivy passes over the line',
    "line 6 no: it is no name of a vulnerability that amap knows",
    "line 7 no: it is no name of a vulnerability that amap knows",
  ]);
  assert.deepEqual(tellAll("trivyignore", "CVE-2026-2 exp:2027-01-31 # why", { ...IN_SHOP, owner: "bob" }), [
    `line 1 CVE-2026-2 of ${SHOP} risk_accepted reason=why owner=bob until=2027-01-31T00:00:00Z`,
  ]);
});

test(".trivyignore.yaml: package URLs narrow, paths cannot be said", () => {
  const text = `
vulnerabilities:
  - id: CVE-2026-1
    purls: [pkg:deb/debian/libssl1.1, "pkg:npm/%40a/b@1.0.0"]
    statement: accepted
    expired_at: 2027-01-31
  - { id: CVE-2026-2, paths: [usr/lib/a] }
  - { id: CVE-2026-3, purls: [libssl] }
  - { id: CVE-2026-4, purls: libssl }
  - { id: CVE-2026-5, expired_at: 2026-01-01 10:00:00 }
  - { id: CVE-2026-6, expires: 2027-01-01 }
  - CVE-2026-7
  - { id: CVE-2026-8, purls: ["pkg:npm/a@"] }
  - { id: CVE-2026-9, statement: " " }
misconfigurations: [{ id: AVD-DS-0002 }]
secrets:
others: []
`;
  assert.deepEqual(tellAll("trivyignore-yaml", text), [
    "vulnerabilities[0] CVE-2026-1 pkg:deb/debian/libssl1.1 pkg:npm/%40a/b@1.0.0 risk_accepted reason=accepted until=2027-01-31T00:00:00Z lacks 1",
    "vulnerabilities[1] no: it is for the files at its paths alone, which a decision cannot name",
    "vulnerabilities[2] no: libssl is no package URL, or one with an empty part",
    "vulnerabilities[3] no: its purls are no list of texts",
    "vulnerabilities[4] expired 2026-01-01T10:00:00Z",
    "vulnerabilities[5] no: Trivy knows no field expires",
    "vulnerabilities[6] no: it is no object",
    "vulnerabilities[7] no: pkg:npm/a@ is no package URL, or one with an empty part",
    "vulnerabilities[8] CVE-2026-9 risk_accepted lacks 3",
    "misconfigurations[0] no: it is about misconfigurations, and not about a vulnerability",
    "others no: Trivy knows no such member",
  ]);
});

test("grype: a rule becomes a decision only where a package URL says no more than it", () => {
  const rows: readonly (readonly [rule: string, expected: string])[] = [
    [
      "{ vulnerability: CVE-2026-1, include-aliases: true, reason: fine }",
      "CVE-2026-1 risk_accepted reason=fine lacks 2",
    ],
    [
      "{ vulnerability: CVE-2026-1, package: { name: left, type: npm } }",
      "CVE-2026-1 pkg:npm/left risk_accepted lacks 3",
    ],
    [
      '{ vulnerability: CVE-2026-1, package: { name: "@a/left", version: 1.0.0, type: npm } }',
      "CVE-2026-1 pkg:npm/%40a/left@1.0.0 risk_accepted lacks 3",
    ],
    [
      "{ vulnerability: CVE-2026-1, package: { name: golang.org/x/net, language: go } }",
      "CVE-2026-1 pkg:golang/golang.org/x/net risk_accepted lacks 3",
    ],
    [
      "{ vulnerability: CVE-2026-1, package: { name: curl, type: deb } }",
      "CVE-2026-1 pkg:deb/debian/curl pkg:deb/ubuntu/curl risk_accepted lacks 3",
    ],
    [
      "{ vulnerability: CVE-2026-1, namespace: debian:distro:debian:12, package: { name: curl, type: deb } }",
      "CVE-2026-1 pkg:deb/debian/curl?distro=debian-12 risk_accepted lacks 3",
    ],
    [
      "{ vulnerability: CVE-2026-1, package: { name: curl } }",
      "no: its package has no type: packages of any kind have this name, and a package URL names one kind",
    ],
    [
      "{ vulnerability: CVE-2026-1, package: { name: log4j-core, type: java-archive } }",
      "no: grype's names of java-archive packages are not those of package URLs",
    ],
    [
      "{ vulnerability: CVE-2026-1, package: { name: left, type: npm, language: go } }",
      "no: grype's names of npm packages are not those of package URLs",
    ],
    [
      '{ vulnerability: CVE-2026-1, package: { name: "lib.*", type: npm } }',
      "no: its package's name is a pattern: a decision names packages",
    ],
    [
      "{ vulnerability: CVE-2026-1, package: { location: /a } }",
      "no: it is for packages at a place alone, which a decision cannot name",
    ],
    [
      "{ vulnerability: CVE-2026-1, package: { upstream-name: openssl } }",
      "no: it names a source package: a decision names the packages made of it",
    ],
    [
      "{ vulnerability: CVE-2026-1, package: { type: npm } }",
      "no: it is about all packages of a kind: a decision names packages, or is about all",
    ],
    [
      "{ vulnerability: CVE-2026-1, namespace: github:language:python }",
      "no: it is for what one source of advisories says alone, which a decision cannot name",
    ],
    [
      "{ vulnerability: CVE-2026-1, namespace: nvd:cpe, package: { name: left, type: npm } }",
      "no: it is for what one source of advisories says alone, which a decision cannot name",
    ],
    [
      "{ vulnerability: CVE-2026-1, match-type: cpe-match }",
      "no: it is about how grype found it, which a decision cannot name",
    ],
    [
      "{ vulnerability: CVE-2026-1, fix-state: wont-fix }",
      "no: it is about whatever has this state of a fix, today or later: a decision is about one finding",
    ],
    [
      "{ fix-state: unknown }",
      "no: it is about whatever has this state of a fix, today or later: a decision is about one finding",
    ],
    [
      "{ vulnerability: CVE-2026-1, vex-status: not_affected, vex-justification: vulnerable_code_not_present }",
      "no: it selects statements of VEX documents: give those to amap with --vex",
    ],
    ["{ package: { name: left, type: npm } }", "no: it names no vulnerability: a decision is about one finding"],
    ["{ vulnerability: CVE-2026-1, packages: left }", "no: grype knows no field packages"],
    ["{ vulnerability: CVE-2026-1, package: { name: left, type: npm, path: a } }", "no: grype knows no field path"],
    ["{ vulnerability: CVE-2026-1, package: left }", "no: package is no object"],
    ["{ vulnerability: CVE-2026-1, reason: [a] }", "no: reason is a list, and no text"],
    [
      "{ vulnerability: CVE-2026-1, package: { name: a//, type: npm } }",
      "no: its package has no package URL: a package URL of type npm needs a name",
    ],
  ];
  const text = `ignore:\n${rows.map(([rule]) => `  - ${rule}\n`).join("")}only-fixed: true\nexclude: []\nfail-on-severity: high\n`;
  assert.deepEqual(tellAll("grype", text), [
    ...rows.map(([, expected], index) => `ignore[${index}] ${expected}`),
    "only-fixed no: it hides findings without a fix: amap scan has --only-fixed",
  ]);
});

test("osv-scanner.toml: vulnerabilities by id; what is about packages is told", () => {
  const text = `
GoVersionOverride = "1.22"
[[IgnoredVulns]]
id = "GO-2026-1"
ignoreUntil = 2027-01-31
reason = "no servers"
[[IgnoredVulns]]
id = "GO-2026-2"
ignoreUntil = 2026-11-20T13:00:00+02:00
[[IgnoredVulns]]
id = "GO-2026-3"
until = 2027-01-31
[[PackageOverrides]]
name = "lib"
ecosystem = "Go"
vulnerability.ignore = true
[[PackageOverrides]]
ecosystem = "npm"
ignore = true
[[PackageOverrides]]
name = "lib"
license.override = ["MIT"]
`;
  const every =
    "it is about every vulnerability of a package, also those that nobody knows yet: a decision is about one";
  assert.deepEqual(tellAll("osv-scanner", text), [
    "IgnoredVulns[0] GO-2026-1 risk_accepted reason=no servers until=2027-01-31T00:00:00Z lacks 1",
    "IgnoredVulns[1] expired 2026-11-20T13:00:00.000+02:00",
    "IgnoredVulns[2] no: osv-scanner knows no field until",
    `PackageOverrides[0] no: ${every}`,
    `PackageOverrides[1] no: ${every}`,
    "PackageOverrides[2] no: it is about a licence, and not about a vulnerability",
    "GoVersionOverride no: it is a setting of the scanner",
  ]);
});

const PURL = "pkg:npm/left@1.0.0";

function findingsOf(analyses: readonly object[], project: object = { name: "shop" }): string {
  const component = { name: "left", version: "1.0.0", purl: PURL };
  const findings = analyses.map((more) => ({ component, vulnerability: { vulnId: "CVE-2026-1" }, ...more }));
  return JSON.stringify({ version: "1.2", meta: {}, project, findings });
}

describe("Dependency-Track's findings", () => {
  const of = `CVE-2026-1 ${PURL} of ${SHOP}`;
  const rows: readonly (readonly [what: string, analysis: object, expected: string])[] = [
    ["nothing decided", { state: "NOT_SET", isSuppressed: false }, "undecided"],
    [
      "a fact with its reason",
      { state: "NOT_AFFECTED", justification: "CODE_NOT_REACHABLE", detail: "never called", isSuppressed: true },
      `${of} not_affected justification=vulnerable_code_not_in_execute_path impactStatement=never called statusNotes=Dependency-Track justification: CODE_NOT_REACHABLE`,
    ],
    [
      "a reason that VEX has no label for",
      { state: "NOT_AFFECTED", justification: "REQUIRES_CONFIGURATION" },
      `${of} not_affected impactStatement=It needs a configuration that is not set. statusNotes=Dependency-Track justification: REQUIRES_CONFIGURATION`,
    ],
    ["a fact without reason is a draft", { state: "NOT_AFFECTED" }, `${of} not_affected lacks 1`],
    [
      "a false positive",
      { state: "FALSE_POSITIVE" },
      `${of} not_affected impactStatement=The finding is a false positive.`,
    ],
    ["resolved", { state: "RESOLVED" }, `${of} fixed`],
    [
      "exploitable",
      { state: "EXPLOITABLE", response: "UPDATE" },
      `${of} affected actionStatement=Update to a later version.`,
    ],
    ["in triage", { state: "IN_TRIAGE" }, `${of} under_investigation`],
    // A suppression hides; it says nothing in favour of the software.
    ["suppressed only", { isSuppressed: true }, `${of} risk_accepted lacks 3`],
    [
      "suppressed though exploitable",
      { state: "EXPLOITABLE", isSuppressed: true, detail: "later" },
      `${of} risk_accepted statusNotes=Suppressed in Dependency-Track in the state EXPLOITABLE. reason=later lacks 2`,
    ],
    ["an unknown state", { state: "MAYBE" }, 'no: its state "MAYBE" is not known'],
    [
      "an unknown justification",
      { state: "NOT_AFFECTED", justification: "HOPE" },
      'no: its justification "HOPE" is not known',
    ],
    ["a state that is no text", { state: 1 }, "no: analysis.state is a number, and no text"],
  ];
  for (const [what, analysis, expected] of rows) {
    test(what, () =>
      assert.deepEqual(tellAll("dependency-track", findingsOf([{ analysis }]), IN_SHOP), [`findings[0] ${expected}`]),
    );
  }

  const fact = { analysis: { state: "RESOLVED" } };
  const WITHOUT =
    "no: the analysis is about one project that the file names by no package URL: say with --product what it is";

  test("are about their project alone, which the file or the user names", () => {
    const text = findingsOf([fact]);
    assert.deepEqual(tellAll("dependency-track", text), [`findings[0] ${WITHOUT}`]);
    const named = findingsOf([fact], { name: "shop", purl: "pkg:maven/a/shop@1" });
    assert.deepEqual(tellAll("dependency-track", named), [
      `findings[0] CVE-2026-1 ${PURL} of pkg:maven/a/shop@1 fixed`,
    ]);
    assert.deepEqual(tellAll("dependency-track", named, IN_SHOP), [`findings[0] ${of} fixed`]);
  });

  test("without a package URL, or a name that others know", () => {
    const other = { ...fact, component: { name: "left" } };
    const numbered = { ...fact, vulnerability: { vulnId: "533", source: "NPM" } };
    const alias = { ...fact, vulnerability: { vulnId: "533", aliases: [{ ghsaId: "GHSA-aaaa-bbbb-cccc" }] } };
    assert.deepEqual(tellAll("dependency-track", findingsOf([other, numbered, alias]), IN_SHOP), [
      "findings[0] no: its component has no package URL: a decision would be about all",
      "findings[1] no: it is no name of a vulnerability that amap knows",
      `findings[2] GHSA-aaaa-bbbb-cccc ${PURL} of ${SHOP} fixed`,
    ]);
  });
});

describe("Dependency-Track's VEX", () => {
  const vex = (purl: string | undefined, ref = "p", timestamp = "2026-11-01T00:00:00Z"): string =>
    JSON.stringify({
      bomFormat: "CycloneDX",
      specVersion: "1.5",
      serialNumber: "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
      version: 1,
      metadata: {
        timestamp,
        authors: [{ name: "Ann" }],
        component: { type: "application", name: "shop", "bom-ref": "p", purl },
      },
      components: [{ type: "library", name: "left", "bom-ref": "c", purl: PURL }],
      vulnerabilities: [
        {
          id: "CVE-2026-1",
          analysis: { state: "not_affected", justification: "code_not_present", detail: "cut" },
          affects: [{ ref }],
        },
        { id: "CVE-2026-2", affects: [{ ref }] },
      ],
    });
  const said =
    "not_affected justification=vulnerable_code_not_present impactStatement=cut statusNotes=CycloneDX justification: code_not_present";
  const past = "vulnerabilities[1] no: read past: a vulnerability without analysis: it says nothing of any product";

  test("speaks of the project, and of what is in it", () => {
    const own = "pkg:maven/a/shop@1";
    assert.deepEqual(tellAll("dependency-track", vex(own)), [`statement 1 CVE-2026-1 of ${own} ${said}`, past]);
    assert.deepEqual(tellAll("dependency-track", vex(own, "c")), [
      `statement 1 CVE-2026-1 ${PURL} of ${own} ${said}`,
      past,
    ]);
    assert.deepEqual(tellAll("dependency-track", vex(own, "c"), IN_SHOP), [
      `statement 1 CVE-2026-1 ${PURL} of ${SHOP} ${said}`,
      past,
    ]);
  });

  test("of a project without package URL is said of what the user names, or not at all", () => {
    assert.match(
      tellAll("dependency-track", vex(undefined))[0] ?? "",
      /^statement 1 no: the analysis is about one project/,
    );
    assert.equal(tellAll("dependency-track", vex(undefined), IN_SHOP)[0], `statement 1 CVE-2026-1 of ${SHOP} ${said}`);
    assert.match(
      tellAll("dependency-track", vex(undefined, "x"), IN_SHOP)[0] ?? "",
      /^statement 1 no: what it is about/,
    );
  });

  test("keeps its date, but none of tomorrow", () => {
    const decidedAt = (text: string): string | undefined => {
      const outcome = read("dependency-track", text, IN_SHOP)[0]?.outcome;
      return outcome?.kind === "decision" ? outcome.decision.decidedAt : undefined;
    };
    assert.equal(decidedAt(vex(undefined)), "2026-11-01T00:00:00Z");
    assert.equal(decidedAt(vex(undefined, "p", "2027-11-01T00:00:00Z")), "2026-11-20T12:00:00Z");
  });
});

test("a file's name tells its form, or nothing does", () => {
  const rows: readonly (readonly [path: string, expected: string | undefined])[] = [
    ["a/.trivyignore", "trivyignore"],
    ["a/.trivyignore.yaml", "trivyignore-yaml"],
    [".grype.yaml", "grype"],
    ["osv-scanner.toml", "osv-scanner"],
    ["findings.json", "dependency-track"],
    ["grype/ignored.txt", undefined],
  ];
  for (const [path, expected] of rows) assert.equal(findDecisionImport(path)?.id, expected, path);
  assert.equal(findDecisionImport("ignored.txt", "trivyignore")?.id, "trivyignore");
  assert.equal(findDecisionImport("ignored.yml", "trivyignore")?.id, "trivyignore-yaml");
  assert.equal(findDecisionImport("ignored.txt", "grype")?.id, "grype");
});
