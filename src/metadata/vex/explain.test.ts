/** What other tools did with VEX documents of these shapes without a word, and what is said here. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { Value } from "../../base/index.ts";
import { readVexOf } from "../../testing/vex-reading.ts";
import type { Finding } from "../vulnerability/vulnerability.ts";
import type { AnswerInput } from "./answering.ts";
import { type ExplainedStatement, explainVex } from "./explain.ts";
import type { ComponentIdentity } from "./prepared-statements.ts";
import { matchesPackage } from "./purl-matching.ts";

const NOW = Date.parse("2026-06-01T00:00:00Z");
const HEX = "0dbb10bb65e5df8a6d6aecb69f130441dc941e306ce89844c2870a25152c44a2";
const DIGEST = `sha256:${HEX}`;
const OTHER = `sha256:${"61".repeat(32)}`;
const REPOSITORY = "registry.example.com/ubi10/podman";
const IMAGE = { purls: [`pkg:oci/podman@${DIGEST}?repository_url=${REPOSITORY}`], digests: [DIGEST] };
const CVE = "CVE-2026-1000";
const LIBSSL = "pkg:deb/debian/libssl3@3.0.19-1~deb12u2?arch=amd64&distro=debian-12.13";

function findingOf(purl: string, more: Partial<Finding> = {}): Finding {
  return {
    vulnerability: CVE,
    aliases: ["GHSA-aaaa-bbbb-cccc"],
    advisory: CVE,
    purl,
    component: "x",
    version: "1",
    severity: "high",
    fixedVersions: [],
    ...more,
  };
}

const statementOf = (products: Value, more: Readonly<Record<string, Value>> = {}): Value => ({
  vulnerability: { name: CVE },
  products,
  status: "not_affected",
  justification: "component_not_present",
  ...more,
});
const within = (product: string, ...subcomponents: readonly string[]): Value => [
  { "@id": product, subcomponents: subcomponents.map((id) => ({ "@id": id })) },
];
const named = (...products: readonly string[]): Value => products.map((id) => ({ "@id": id }));

function documentOf(id: string, ...statements: readonly Value[]): Value {
  return {
    "@context": "https://openvex.dev/ns/v0.2.0",
    "@id": id,
    author: "Zoe",
    timestamp: "2026-01-01T00:00:00Z",
    version: 1,
    statements,
  };
}

function explain(documents: readonly Value[], more: Partial<AnswerInput> = {}): ReturnType<typeof explainVex> {
  return explainVex({
    findings: [findingOf(LIBSSL)],
    product: IMAGE,
    now: NOW,
    documents: documents.map((document) => {
      const { document: read } = readVexOf(document);
      return { document: read, source: `${read.id}.json` };
    }),
    ...more,
  });
}

function explainOne(statement: Value, more: Partial<AnswerInput> = {}): ExplainedStatement {
  const [explained] = explain([documentOf("one", statement)], more).statements;
  assert.ok(explained !== undefined);
  return explained;
}

interface Row {
  readonly name: string;
  readonly statement: Value;
  readonly more?: Partial<AnswerInput>;
  /** `decides`, or the reason and words of the message. */
  readonly expected: "decides" | readonly [reason: string, message: RegExp, suggestion?: RegExp];
}

describe("a statement of a reported shape", () => {
  const npm = (name: string): Partial<AnswerInput> => ({ findings: [findingOf(name)] });
  const rows: readonly Row[] = [
    {
      name: "grype#3657: the image's repository_url in full, its digest elsewhere",
      statement: statementOf(named(`pkg:oci/podman?repository_url=${REPOSITORY}`)),
      expected: "decides",
    },
    {
      name: "grype#3657: the folder as repository_url",
      statement: statementOf(named("pkg:oci/podman?repository_url=registry.example.com/ubi10")),
      expected: "decides",
    },
    {
      name: "grype#3657: the digest of the manifest, where the scan knows the index",
      statement: statementOf(named(`pkg:oci/podman@${OTHER}`)),
      expected: [
        "other-image",
        new RegExp(`the version is "${DIGEST}", and "${OTHER}" is asked for`),
        /pkg:oci\/podman@sha256:0dbb.*if it holds/,
      ],
    },
    {
      name: "grype#2818: Docker Hub by another name",
      statement: statementOf(named("pkg:oci/nginx?repository_url=docker.io%2Flibrary")),
      more: {
        product: { purls: [`pkg:oci/nginx@${DIGEST}?repository_url=index.docker.io/library/nginx`], digests: [] },
      },
      expected: "decides",
    },
    {
      name: "grype#1905, #2355: a tag alone, of an image whose tag is not known",
      statement: statementOf(named("pkg:oci/podman?tag=10.2")),
      expected: ["other-image", /there is no qualifier tag, and "10.2" is asked for/, /^write pkg:oci\/podman$/],
    },
    {
      name: "grype#1589: a digest that says sha256 twice",
      statement: statementOf(within(`pkg:oci/podman@sha256:${DIGEST}`, "pkg:deb/debian/libssl3")),
      expected: ["not-understood", /no digest: it says sha256: more than once/, new RegExp(`pkg:oci/podman@${DIGEST}`)],
    },
    {
      name: "a tag where the digest belongs",
      statement: statementOf(named("pkg:oci/podman@10.2")),
      expected: ["not-understood", /no digest, as that of an image must be/, /pkg:oci\/podman\?tag=10\.2/],
    },
    {
      name: "grype#3212, #2471: the component itself, and nothing of an image",
      statement: statementOf(named("pkg:npm/urllib@2.2.1")),
      more: { ...npm("pkg:npm/urllib@2.2.1"), product: { purls: [], digests: [] } },
      expected: "decides",
    },
    {
      name: "grype#3476, fleet#43785: an image's name, which is no package URL",
      statement: statementOf(named("localhost/prod-images/podman")),
      expected: ["not-understood", /is no package URL, digest, CPE or BOM-Link/, /write pkg:oci\/podman/],
    },
    {
      name: "grype#3145: Go's own library, its version with and without v",
      statement: statementOf(within(`pkg:oci/podman@${DIGEST}`, "pkg:golang/stdlib@v1.24.6")),
      more: npm("pkg:golang/stdlib@1.24.6"),
      expected: "decides",
    },
    {
      name: "Trivy: a release of a distribution against its point release",
      statement: statementOf(
        within(`pkg:oci/podman@${DIGEST}`, "pkg:deb/debian/libssl3@3.0.19-1~deb12u2?distro=debian-12"),
      ),
      expected: "decides",
    },
    {
      name: "Trivy the other way round: a point release against the release",
      statement: statementOf(
        within(`pkg:oci/podman@${DIGEST}`, "pkg:deb/debian/libssl3@3.0.19-1~deb12u2?distro=debian-12.13"),
      ),
      more: npm("pkg:deb/debian/libssl3@3.0.19-1~deb12u2?arch=amd64&distro=debian-12"),
      expected: [
        "other-component",
        /its product is this artifact, and its subcomponent .* qualifier distro is "debian-12", and "debian-12.13" is asked for/,
        /^write pkg:deb\/debian\/libssl3@3\.0\.19-1~deb12u2$/,
      ],
    },
    {
      name: "docker-hardened-images#2051: qualifiers that only one scanner writes",
      statement: statementOf(
        within(`pkg:oci/podman@${DIGEST}`, "pkg:deb/debian/libssl3@3.0.19-1~deb12u2?os_name=debian&os_version=12"),
      ),
      expected: [
        "other-component",
        /there is no qualifier os_name, and "debian" is asked for; there is no qualifier os_version/,
        /libssl3@3\.0\.19-1~deb12u2$/,
      ],
    },
    {
      name: "another version of the subcomponent",
      statement: statementOf(within(`pkg:oci/podman@${DIGEST}`, "pkg:deb/debian/libssl3@3.0.18")),
      expected: [
        "other-component",
        /the version is "3\.0\.19-1~deb12u2", and "3\.0\.18" is asked for/,
        /if it holds for that one/,
      ],
    },
    {
      name: "another type of package",
      statement: statementOf(within(`pkg:oci/podman@${DIGEST}`, "pkg:rpm/redhat/libssl3")),
      expected: [
        "other-component",
        /the type is "deb", and "rpm" is asked for; the namespace is "debian", and "redhat"/,
        /write pkg:deb\/debian\/libssl3$/,
      ],
    },
    {
      name: "a subcomponent that has no such finding",
      statement: statementOf(within(`pkg:oci/podman@${DIGEST}`, "pkg:deb/debian/bash@5")),
      expected: ["component-not-found", /bash@5 is not among the components with the vulnerability/],
    },
    {
      name: "another vulnerability",
      statement: statementOf(named("pkg:oci/podman"), { vulnerability: { name: "CVE-2020-1000" } }),
      expected: ["vulnerability-not-found", /no finding is named CVE-2020-1000; what it names is there/],
    },
    {
      name: "another CVE that shares a name",
      statement: statementOf(named("pkg:oci/podman"), {
        vulnerability: { name: "CVE-2020-1000", aliases: ["GHSA-aaaa-bbbb-cccc"] },
      }),
      expected: ["other-vulnerability", /it speaks of CVE-2020-1000/],
    },
    {
      name: "from the future",
      statement: statementOf(named("pkg:oci/podman"), { timestamp: "2027-01-01T00:00:00Z" }),
      expected: ["future", /dated in the future: 2027-01-01T00:00:00Z/],
    },
    {
      name: "without a product, and no attestation",
      statement: statementOf([]),
      expected: ["no-product", /names no product/, /attest the document/],
    },
    {
      name: "a reference with another digest",
      statement: statementOf(named(`registry.example.com/ubi10/podman@${OTHER}`)),
      expected: ["other-image", new RegExp(`its product is ${OTHER}, and the artifact is ${DIGEST}`)],
    },
    {
      name: "a hash of another file",
      statement: statementOf([{ hashes: { "sha-256": "ab".repeat(32) } }]),
      expected: ["hash", /the artifact is sha256:0dbb/],
    },
    {
      name: "a BOM-Link to another document",
      statement: statementOf(named("urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1#a")),
      more: {
        product: { ...IMAGE, bom: { serialNumber: "urn:uuid:4e671687-395b-41f5-a30f-a58921a69b79", refs: new Map() } },
      },
      expected: ["other-document", /urn:cdx:3e67.*\/1, the one given is urn:cdx:4e67/],
    },
    {
      name: "a CPE that the component has",
      statement: statementOf([{ identifiers: { cpe23: "cpe:2.3:a:openssl:openssl:*:*:*:*:*:*:*:*" } }]),
      more: { components: identity({ cpes: ["cpe:2.3:a:openssl:openssl:3.0.19:*:*:*:*:*:*:*"] }) },
      expected: "decides",
    },
    {
      name: "a CPE of another version",
      statement: statementOf([{ identifiers: { cpe23: "cpe:2.3:a:openssl:openssl:3.0.18:*:*:*:*:*:*:*" } }]),
      more: { components: identity({ cpes: ["cpe:2.3:a:openssl:openssl:3.0.19:*:*:*:*:*:*:*"] }) },
      expected: ["cpe", /covers no CPE of the components with the vulnerability \(cpe:2\.3:a:openssl:openssl:3\.0\.19/],
    },
    {
      name: "a CPE beside a package URL that does not match",
      statement: statementOf([
        { "@id": "pkg:deb/debian/libssl3@2", identifiers: { cpe23: "cpe:2.3:a:openssl:openssl:*:*:*:*:*:*:*:*" } },
      ]),
      more: { components: identity({ cpes: ["cpe:2.3:a:openssl:openssl:3.0.19:*:*:*:*:*:*:*"] }) },
      expected: ["other-component", /the version is/],
    },
    {
      name: "a hash of the component's file",
      statement: statementOf([{ hashes: { "sha-256": "AB".repeat(32) } }]),
      more: { components: identity({ hashes: [`sha-256:${"ab".repeat(32)}`] }) },
      expected: "decides",
    },
    {
      name: "what contains the component, with another way to it",
      statement: statementOf(within("pkg:npm/direct@1", "pkg:npm/deep@1")),
      more: {
        ...npm("pkg:npm/deep@1"),
        dependencies: {
          root: "pkg:npm/root@1",
          edges: new Map([
            ["pkg:npm/root@1", ["pkg:npm/direct@1", "pkg:npm/deep@1"]],
            ["pkg:npm/direct@1", ["pkg:npm/deep@1"]],
          ]),
        },
      },
      expected: ["path-open", /reached without it as well: pkg:npm\/root@1 > pkg:npm\/deep@1/],
    },
  ];
  for (const { name, statement, more, expected } of rows) {
    test(name, () => {
      const explained = explainOne(statement, more);
      if (expected === "decides") {
        assert.deepEqual([explained.outcome, explained.miss], ["decides", undefined]);
        return;
      }
      const [reason, message, suggestion] = expected;
      assert.deepEqual([explained.outcome, explained.matches], ["unmatched", 0]);
      assert.equal(explained.miss?.reason, reason, explained.miss?.message);
      assert.match(explained.miss?.message ?? "", message);
      if (suggestion !== undefined) assert.match(explained.miss?.suggestion ?? "", suggestion);
    });
  }

  test("dependency-track#2977, #3221: CycloneDX without source, by CPE alone", () => {
    const document: Value = {
      bomFormat: "CycloneDX",
      specVersion: "1.4",
      version: 1,
      metadata: { timestamp: "2026-01-01T00:00:00Z" },
      components: [
        { type: "library", name: "freetype", "bom-ref": "f", cpe: "cpe:2.3:a:freetype:freetype:2.11.1:*:*:*:*:*:*:*" },
      ],
      vulnerabilities: [{ id: CVE, analysis: { state: "resolved" }, affects: [{ ref: "f" }] }],
    };
    const freetype = "pkg:generic/freetype@2.11.1";
    const known = new Map([[freetype, { cpes: ["cpe:2.3:a:freetype:freetype:2.11.1:*:*:*:*:*:*:*"], hashes: [] }]]);
    const findings = [findingOf(freetype), findingOf("pkg:generic/other@1")];
    const { statements, findings: answered } = explain([document], { findings, components: known });
    assert.deepEqual(
      statements.map(({ outcome, matches }) => [outcome, matches]),
      [["decides", 1]],
    );
    assert.deepEqual(
      answered.map(({ finding }) => finding.answered),
      [true, false],
      "dependency-track#3554",
    );
  });
});

function identity(known: Partial<ComponentIdentity>): ReadonlyMap<string, ComponentIdentity> {
  return new Map([[LIBSSL, { cpes: [], hashes: [], ...known }]]);
}

describe("of several statements the specification's order decides", () => {
  const at = (timestamp: string, status: string): Value =>
    statementOf(named("pkg:oci/podman"), {
      timestamp,
      status,
      ...(status === "affected" ? { justification: "", action_statement: "update" } : {}),
    });
  const early = at("2026-01-01T00:00:00Z", "not_affected");
  const late = at("2026-02-01T00:00:00Z", "affected");

  for (const [name, documents] of [
    ["in two documents (grype takes the oldest)", [documentOf("a", early), documentOf("b", late)]],
    ["in the other order of documents", [documentOf("b", late), documentOf("a", early)]],
    ["in one document, the newest first", [documentOf("a", late, early)]],
  ] as const)
    test(name, () => {
      const { findings, statements } = explain(documents);
      const [only] = findings;
      assert.deepEqual([only?.finding.answered, only?.decidedBy?.status, only?.lostCount], [false, "affected", 1]);
      const loser = statements.find(({ outcome }) => outcome === "superseded");
      assert.equal(loser?.supersededBy?.status, "affected");
      assert.equal(loser?.supersededBy?.reason, "it is older: 2026-01-01T00:00:00Z against 2026-02-01T00:00:00Z");
      assert.deepEqual(
        only?.lost.map(({ status, reason }) => [status, reason]),
        [["not_affected", loser?.supersededBy?.reason]],
      );
    });

  test("contradictions are shown where documents differ or time does not decide, and not as one's history", () => {
    const tie = at("2026-01-01T00:00:00Z", "affected");
    const conflictsOf = (...documents: readonly Value[]): readonly (readonly [boolean, number])[] =>
      explain(documents).conflicts.map(({ isTie, count }) => [isTie, count]);
    assert.deepEqual(conflictsOf(documentOf("a", early), documentOf("b", late)), [[false, 2]]);
    assert.deepEqual(conflictsOf(documentOf("a", early), documentOf("b", tie)), [[true, 2]]);
    assert.deepEqual(conflictsOf(documentOf("a", early, tie)), [[true, 2]]);
    assert.deepEqual(conflictsOf(documentOf("a", early, late)), []);
    assert.deepEqual(conflictsOf(documentOf("a", early), documentOf("b", early)), []);
    const { findings } = explain([documentOf("a", early), documentOf("b", tie)]);
    assert.equal(findings[0]?.lost[0]?.reason, "of two of the same time the less favourable one counts: affected");
  });
});

test("law: what is looked up by keys is what a comparison with each package URL finds", () => {
  const pick = <T>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
  const purl = pick(
    "pkg:golang/a.b/c",
    "pkg:golang/a.b/c@1.2.3",
    "pkg:golang/a.b/c@v1.2.3",
    "pkg:golang/a.b/c@v1.2.4",
    "pkg:deb/debian/c@1?distro=debian-12",
    "pkg:deb/debian/c@1?distro=debian-12.13&arch=amd64",
    "pkg:deb/debian/c",
    "pkg:oci/podman?repository_url=registry.example.com/ubi10",
    "pkg:oci/podman?tag=1",
  );
  fc.assert(
    fc.property(purl, fc.array(purl, { maxLength: 2 }), purl, (product, subcomponents, found) => {
      const [subject = ""] = IMAGE.purls;
      const isNamed = (each: string): boolean => matchesPackage(each, found);
      const expected =
        (matchesPackage(product, subject) || isNamed(product)) &&
        (subcomponents.length === 0 || subcomponents.some(isNamed));
      const explained = explainOne(statementOf(within(product, ...subcomponents)), { findings: [findingOf(found)] });
      assert.equal(explained.outcome === "decides", expected);
      assert.equal(explained.miss === undefined, expected);
    }),
    { numRuns: 300 },
  );
});

test("many findings and many statements: of one vulnerability, of one package, and each of its own", () => {
  const size = 2_000;
  const count = Array.from({ length: size }, (_, index) => index);
  const shapes: readonly (readonly [string, (index: number) => Finding, (index: number) => Value, number])[] = [
    [
      "one vulnerability, other packages",
      (index) => findingOf(`pkg:npm/p${index}@1`),
      (index) => statementOf(within("pkg:oci/podman", `pkg:npm/p${index}@1`)),
      size,
    ],
    [
      "one package in many versions",
      (index) => findingOf(`pkg:npm/p@${index}`),
      (index) => statementOf(within("pkg:oci/podman", `pkg:npm/p@${index}`)),
      size,
    ],
    [
      "the whole image, again and again",
      (index) => findingOf(`pkg:npm/p${index}@1`),
      (index) => statementOf(named("pkg:oci/podman"), { timestamp: `2026-01-01T00:00:00.${index}Z` }),
      1,
    ],
    [
      "none that matches",
      (index) => findingOf(`pkg:npm/p${index}@1`),
      (index) => statementOf(within("pkg:oci/podman", `pkg:npm/p${index}@2`)),
      0,
    ],
  ];
  for (const [name, finding, statement, deciding] of shapes) {
    const input = [documentOf("many", ...count.map(statement))];
    const started = performance.now();
    const { statements, findings } = explain(input, { findings: count.map(finding) });
    const spent = performance.now() - started;
    assert.equal(statements.filter(({ outcome }) => outcome === "decides").length, deciding, name);
    assert.equal(findings.filter(({ finding: { answered } }) => answered).length, deciding === 0 ? 0 : size, name);
    // Four million comparisons would take longer, and with ten thousand of each minutes.
    assert.ok(spent < 8_000, `${name}: ${spent} ms`);
  }
});
