/** Where other scanners say that all is well: the same package in any form has the same findings, and a gap is told. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { createCliChecks, createCliRunner, writeTree } from "../testing/cli-runner.ts";
import { runCli } from "./run-cli.ts";
import { VERBS } from "./verbs.ts";

const runAmap = createCliRunner((words, shell) => runCli(words, shell, VERBS));
const { ok } = createCliChecks(runAmap);
const folder = mkdtempSync(join(tmpdir(), "amap-clear-"));
const at = (...names: readonly string[]): string => join(folder, ...names);

const CRYPTO = "golang.org/x/crypto";
const TIME = "2026-01-01T00:00:00Z";

function advisoryOf(id: string, ecosystem: string, name: string, type = "SEMVER"): object {
  const ranges = [{ type, events: [{ introduced: "0" }, { fixed: "0.17.0" }] }];
  return { schema_version: "1.7.0", id, modified: TIME, affected: [{ package: { ecosystem, name }, ranges }] };
}

/** Packages as SPDX writes them: a package URL, a CPE, or neither. */
function spdxOf(...packages: readonly { name: string; version?: string; purl?: string; cpe?: string }[]): object {
  const reference = (category: string, type: string, locator: string | undefined): readonly object[] =>
    locator === undefined ? [] : [{ referenceCategory: category, referenceType: type, referenceLocator: locator }];
  return {
    spdxVersion: "SPDX-2.3",
    dataLicense: "CC0-1.0",
    SPDXID: "SPDXRef-DOCUMENT",
    name: "shop",
    documentNamespace: "https://shop.example/spdx-1",
    creationInfo: { created: TIME, creators: ["Tool: other-1"] },
    packages: packages.map(({ name, version, purl, cpe }, index) => ({
      name,
      SPDXID: `SPDXRef-${index}`,
      downloadLocation: "NOASSERTION",
      ...(version === undefined ? {} : { versionInfo: version }),
      externalRefs: [...reference("PACKAGE-MANAGER", "purl", purl), ...reference("SECURITY", "cpe23Type", cpe)],
    })),
    relationships: packages.map((_, index) => ({
      spdxElementId: "SPDXRef-DOCUMENT",
      relationshipType: "DESCRIBES",
      relatedSpdxElement: `SPDXRef-${index}`,
    })),
  };
}

function cycloneDxOf(...components: readonly object[]): object {
  return {
    bomFormat: "CycloneDX",
    specVersion: "1.5",
    version: 1,
    metadata: { timestamp: TIME, component: { type: "application", name: "shop", "bom-ref": "shop" } },
    components: components.map((component, index) => ({ type: "library", "bom-ref": String(index), ...component })),
  };
}

const purlOf = (version: string): string => `pkg:golang/${CRYPTO}@${version}`;
const CYCLONEDX = cycloneDxOf({ name: CRYPTO, version: "v0.10.0", purl: purlOf("v0.10.0") });
const STATEMENT = {
  _type: "https://in-toto.io/Statement/v1",
  subject: [{ name: "shop", digest: { sha256: "0a".repeat(32) } }],
  predicateType: "https://cyclonedx.org/bom",
  predicate: CYCLONEDX,
};

/** All that name golang.org/x/crypto at one version. */
const FORMS: Readonly<Record<string, object | string>> = {
  "go/go.mod": `module shop.example/shop\n\ngo 1.21\n\nrequire ${CRYPTO} v0.10.0\n`,
  "spdx.spdx.json": spdxOf({ name: CRYPTO, version: "v0.10.0", purl: purlOf("v0.10.0") }),
  "spdx-of-two.spdx.json": spdxOf(
    { name: CRYPTO, version: "v0.10.0", purl: purlOf("v0.10.0") },
    { name: "other", version: "1", purl: "pkg:golang/shop.example/other@v1.0.0" },
  ),
  "described.cdx.json": {
    ...cycloneDxOf(),
    metadata: {
      component: { type: "library", name: CRYPTO, version: "v0.10.0", "bom-ref": "r", purl: purlOf("v0.10.0") },
    },
  },
  "spdx-without-v.spdx.json": spdxOf({ name: CRYPTO, version: "0.10.0", purl: purlOf("0.10.0") }),
  "spdx-by-purl-alone.spdx.json": spdxOf({ name: "crypto", purl: purlOf("v0.10.0") }),
  "cyclonedx.cdx.json": CYCLONEDX,
  "escaped.cdx.json": cycloneDxOf({
    name: CRYPTO,
    version: "v0.10.0",
    purl: "pkg:GOLANG/golang.org/x/crypto@v0%2E10%2E0?type=module",
  }),
  "nested.cdx.json": cycloneDxOf({
    name: "layer",
    components: [{ type: "library", "bom-ref": "in", name: CRYPTO, version: "v0.10.0", purl: purlOf("v0.10.0") }],
  }),
  "trivy.cdx.json": cycloneDxOf({
    name: "golang.org/x/crypto",
    version: "v0.10.0",
    purl: purlOf("v0.10.0"),
    properties: [{ name: "aquasecurity:trivy:PkgType", value: "gomod" }],
  }),
  "statement.json": STATEMENT,
  "envelope.json": {
    payloadType: "application/vnd.in-toto+json",
    payload: Buffer.from(JSON.stringify(STATEMENT)).toString("base64"),
    signatures: [{ sig: "AA==" }],
  },
};

/** What nobody can judge, each with words that must be told of it. */
const GAPS: Readonly<Record<string, readonly [document: object, says: RegExp]>> = {
  "no-version.cdx.json": [cycloneDxOf({ name: CRYPTO, purl: `pkg:golang/${CRYPTO}` }), /version/],
  "odd-version.cdx.json": [cycloneDxOf({ name: CRYPTO, version: "(devel)", purl: purlOf("(devel)") }), /version|devel/],
  "no-purl.cdx.json": [cycloneDxOf({ name: "openssl", version: "3.0.1" }), /openssl.*package URL/],
  "cpe.cdx.json": [
    cycloneDxOf({ name: "openssl", version: "3.0.1", cpe: "cpe:2.3:a:openssl:openssl:3.0.1:*:*:*:*:*:*:*" }),
    /openssl.*package URL/,
  ],
  "cpe.spdx.json": [
    spdxOf({ name: "openssl", version: "3.0.1", cpe: "cpe:2.3:a:openssl:openssl:3.0.1:*:*:*:*:*:*:*" }),
    /openssl.*package URL/,
  ],
  "bad-purl.cdx.json": [cycloneDxOf({ name: CRYPTO, version: "v0.10.0", purl: "pkg:golang" }), /crypto/],
  "other-type.cdx.json": [cycloneDxOf({ name: "a", version: "1", purl: "pkg:made-up/a@1" }), /made-up/],
  "os-without-release.cdx.json": [
    cycloneDxOf({ name: "bash", version: "5.2", purl: "pkg:deb/debian/bash@5.2" }),
    /Debian|release|deb/,
  ],
  "other-ecosystem.cdx.json": [
    cycloneDxOf({ name: "requests", version: "1.0", purl: "pkg:pypi/requests@1.0" }),
    /no advisories for PyPI/,
  ],
};

before(async () => {
  writeTree(folder, {
    ...FORMS,
    ...Object.fromEntries(Object.entries(GAPS).map(([name, [document]]) => [name, document])),
    "osv/go.json": advisoryOf("GO-2026-1000", "Go", CRYPTO),
    "osv/npm.json": advisoryOf("GHSA-1111-2222-3333", "npm", "made-up"),
    "two/package-lock.json": {
      name: "shop",
      version: "1.0.0",
      lockfileVersion: 3,
      requires: true,
      packages: {
        "": { name: "shop", version: "1.0.0", dependencies: { "made-up": "0.1.0" } },
        "node_modules/made-up": { version: "0.1.0" },
      },
    },
    "two/requirements.txt": "requests==1.0\n",
    "empty/README": "nothing here",
  });
  await ok("db", "import", "--database", at("db"), "--complete", "Go", "--complete", "npm", at("osv"));
});
after(() => rmSync(folder, { recursive: true, force: true }));

const scan = (artifact: string, ...words: readonly string[]): readonly string[] => [
  "scan",
  artifact,
  "--database",
  at("db"),
  "-o",
  "json",
  ...words,
];
const artifactOf = (name: string): string => (name.endsWith("go.mod") ? `dir:${at("go")}` : at(name));

interface Scanned {
  readonly findings: readonly { readonly vulnerability: string; readonly purl: string }[];
  readonly notLookedAt: readonly { readonly path: string; readonly reason: string }[];
}

describe("one package at one version has the same finding", () => {
  for (const name of Object.keys(FORMS))
    test(`in ${name}`, async () => {
      const { findings }: Scanned = JSON.parse((await ok(...scan(artifactOf(name)))).stdout);
      const found = findings.filter(({ purl }) => purl.includes("crypto"));
      assert.deepEqual(
        found.map(({ vulnerability }) => vulnerability),
        ["GO-2026-1000"],
      );
      assert.equal((await runAmap(scan(artifactOf(name), "--fail-on", "low"))).exit, 1);
    });
});

describe("what could not be judged is told, and is no all-clear", () => {
  for (const [name, [, says]] of Object.entries(GAPS))
    test(name, async () => {
      const { stdout, stderr } = await ok(...scan(at(name)));
      const { findings, notLookedAt }: Scanned = JSON.parse(stdout);
      assert.deepEqual(findings, []);
      const told = notLookedAt.map(({ path, reason }) => `${path}: ${reason}`).join("\n");
      assert.match(told, says);
      assert.match(stderr, /not looked at: /);
      assert.equal((await runAmap(scan(at(name), "--fail-on-not-looked-at"))).exit, 2);
    });

  test("one ecosystem without data leaves the findings of the other, and is named beside them", async () => {
    const { stdout, stderr } = await ok(...scan(`dir:${at("two")}`));
    const { findings, notLookedAt }: Scanned = JSON.parse(stdout);
    assert.deepEqual(
      findings.map(({ vulnerability }) => vulnerability),
      ["GHSA-1111-2222-3333"],
    );
    assert.deepEqual(
      notLookedAt.filter(({ path }) => path.startsWith("pkg:")),
      [{ path: "pkg:pypi", reason: "1 package: the database holds no advisories for PyPI" }],
    );
    assert.match(stderr, /not looked at: pkg:pypi/);
  });

  test("a database without records is refused, and so is none, each with a command that gets one", async () => {
    for (const database of ["empty.db", "nosuch.db"]) {
      if (database === "empty.db") await runAmap(["db", "import", "--database", at(database), at("empty")]);
      const ended = await runAmap(["scan", at("cyclonedx.cdx.json"), "--database", at(database)]);
      assert.deepEqual([ended.exit, ended.stdout], [2, ""], database);
      assert.match(ended.stderr, /amap db (?:import|pull|update)/);
    }
  });
});
