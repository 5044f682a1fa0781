import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { encodeUtf8, isAmapError } from "../../../base/index.ts";
import { checkSbom } from "../../index.ts";

const SERIAL = "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79";

/** A document without a finding, with members replaced. */
const cycloneDx = (members: object): object => ({
  bomFormat: "CycloneDX",
  specVersion: "1.6",
  version: 1,
  serialNumber: SERIAL,
  ...members,
});
const component = (members: object): object =>
  cycloneDx({ components: [{ type: "library", "bom-ref": "a", name: "n", version: "1", ...members }] });

const PACKAGE = { SPDXID: "SPDXRef-a", name: "a", downloadLocation: "NOASSERTION" };
const spdx = (members: object): object => ({
  spdxVersion: "SPDX-2.3",
  SPDXID: "SPDXRef-DOCUMENT",
  dataLicense: "CC0-1.0",
  name: "shop",
  documentNamespace: "https://example.org/shop",
  creationInfo: { created: "2026-11-22T12:00:00Z", creators: ["Tool: amap"] },
  packages: [PACKAGE],
  relationships: [
    { spdxElementId: "SPDXRef-DOCUMENT", relationshipType: "DESCRIBES", relatedSpdxElement: "SPDXRef-a" },
  ],
  ...members,
});
const spdxPackage = (members: object): object => spdx({ packages: [{ ...PACKAGE, ...members }] });
const related = (...edges: readonly (readonly [string, string, string])[]): object =>
  spdx({
    packages: [PACKAGE, { ...PACKAGE, SPDXID: "SPDXRef-b" }],
    relationships: [["SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-a"] as const, ...edges].map(
      ([spdxElementId, relationshipType, relatedSpdxElement]) => ({
        spdxElementId,
        relationshipType,
        relatedSpdxElement,
      }),
    ),
  });

const SHA256 = "ab".repeat(32);

/** Documents, and the findings that there must be: severity, rule and path. */
const CASES: readonly (readonly [name: string, document: object, expected: readonly string[]])[] = [
  ["a plain CycloneDX document", component({ purl: "pkg:npm/n@1", cpe: "cpe:2.3:a:n:n:1:*:*:*:*:*:*:*" }), []],
  ["a plain SPDX document", spdx({}), []],
  [
    "refs that occur twice",
    cycloneDx({ components: ["a", "a"].map((ref) => ({ type: "library", "bom-ref": ref, name: "n" })) }),
    ["error unique-refs components[1].bom-ref"],
  ],
  [
    "dependencies that point nowhere",
    cycloneDx({ dependencies: [{ ref: "a", dependsOn: ["b"] }] }),
    ["error dependencies-found dependencies[0].ref", "error dependencies-found dependencies[0].dependsOn[0]"],
  ],
  ["a dependency in another document", component({ "bom-ref": "urn:cdx:x/1#a" }), []],
  [
    "what depends on itself, stated twice",
    cycloneDx({
      components: [{ type: "library", "bom-ref": "a", name: "n" }],
      dependencies: [{ ref: "a", dependsOn: ["a"] }, { ref: "a" }],
    }),
    ["warning dependencies-cycle dependencies[0].dependsOn[0]", "warning dependencies-once dependencies[1].ref"],
  ],
  [
    "a composition and a vulnerability of nothing",
    cycloneDx({
      compositions: [{ aggregate: "complete", assemblies: ["x"] }],
      vulnerabilities: [{ affects: [{ ref: "y" }] }],
    }),
    ["warning refs-found compositions[0].assemblies[0]", "warning refs-found vulnerabilities[0].affects[0].ref"],
  ],
  ["a malformed package URL", component({ purl: "npm/n@1" }), ["error purl components[0].purl"]],
  [
    "a package URL in another writing",
    component({ purl: "pkg:NPM/n@1" }),
    ["warning purl-canonical components[0].purl"],
  ],
  ["a malformed CPE name", component({ cpe: "cpe:2.3:a:n:n" }), ["error cpe components[0].cpe"]],
  ["a CPE name of 2.2", component({ cpe: "cpe:/a:n:n:1" }), []],
  [
    "a hash of another length",
    component({ hashes: [{ alg: "SHA-1", content: SHA256 }] }),
    ["error hash components[0].hashes[0].content"],
  ],
  ["a right hash", component({ hashes: [{ alg: "SHA-256", content: SHA256 }] }), []],
  [
    "an unknown and a deprecated licence",
    component({ licenses: [{ license: { id: "Nobody-1.0" } }, { license: { id: "GPL-2.0" } }] }),
    [
      "error license-id components[0].licenses[0].license.id",
      "warning license-deprecated components[0].licenses[1].license.id",
    ],
  ],
  [
    "a malformed expression",
    component({ licenses: [{ expression: "MIT OR" }] }),
    ["error license-expression components[0].licenses[0].expression"],
  ],
  ["a version without a name", component({ name: " " }), ["error component-name components[0].name"]],
  ["a serial number of another form", cycloneDx({ serialNumber: "1" }), ["error serial-number serialNumber"]],
  [
    "no serial number",
    { bomFormat: "CycloneDX", specVersion: "1.6", version: 1 },
    ["warning serial-number serialNumber"],
  ],
  [
    "a day that no month has",
    cycloneDx({ metadata: { timestamp: "2026-02-31T00:00:00Z" } }),
    ["error time metadata.timestamp"],
  ],
  [
    "SPDX without what a document needs",
    spdx({ dataLicense: "MIT", documentNamespace: "shop#1", name: undefined }),
    ["error spdx-document dataLicense", "error spdx-document documentNamespace", "error spdx-document name"],
  ],
  [
    "a time that SPDX has no place for, and a creator of no kind",
    spdx({ creationInfo: { created: "2026-11-22T12:00:00+01:00", creators: ["amap"] } }),
    ["error spdx-creator creationInfo.creators[0]", "error time creationInfo.created"],
  ],
  [
    "ids of SPDX that are malformed or occur twice",
    spdx({ packages: [PACKAGE, PACKAGE, { ...PACKAGE, SPDXID: "SPDXRef-a_b" }] }),
    ["error spdx-id packages[2].SPDXID", "error unique-refs packages[1].SPDXID"],
  ],
  [
    "a licence whose text is missing",
    spdxPackage({ licenseDeclared: "LicenseRef-own" }),
    ["error extracted-license hasExtractedLicensingInfos"],
  ],
  [
    "the licence with its text",
    {
      ...spdxPackage({ licenseDeclared: "LicenseRef-own" }),
      hasExtractedLicensingInfos: [{ licenseId: "LicenseRef-own", extractedText: "x" }],
    },
    [],
  ],
  [
    "a package of SPDX 2.2 without licences",
    spdx({ spdxVersion: "SPDX-2.2" }),
    [
      "error spdx-required packages[0].copyrightText",
      "error spdx-required packages[0].licenseConcluded",
      "error spdx-required packages[0].licenseDeclared",
    ],
  ],
  [
    "a supplier of no kind, and a version that says nothing",
    spdxPackage({ supplier: "Example", versionInfo: "NOASSERTION" }),
    ["error spdx-supplier packages[0].supplier", "warning no-assertion packages[0].versionInfo"],
  ],
  [
    "a file without its checksum",
    spdx({ files: [{ SPDXID: "SPDXRef-f", fileName: "./f" }] }),
    ["error spdx-required files[0].checksums"],
  ],
  [
    "relationships that point nowhere, of no type, and of nothing",
    related(
      ["SPDXRef-a", "DEPENDS_ON", "SPDXRef-c"],
      ["SPDXRef-a", "LIKES", "SPDXRef-b"],
      ["NONE", "CONTAINS", "NONE"],
    ),
    [
      "error no-assertion relationships[3].spdxElementId",
      "error relationship relationships[2].relationshipType",
      "error relationship-found relationships[1].relatedSpdxElement",
    ],
  ],
  [
    "another document that is not named",
    related(["SPDXRef-a", "DEPENDS_ON", "DocumentRef-x:SPDXRef-b"]),
    ["error relationship-found relationships[1].relatedSpdxElement"],
  ],
  [
    "parts that contain themselves",
    related(["SPDXRef-a", "CONTAINS", "SPDXRef-b"], ["SPDXRef-a", "CONTAINED_BY", "SPDXRef-b"]),
    ["error parts-cycle relationships"],
  ],
  ["a document of nothing", { ...related(), relationships: [] }, ["error describes relationships"]],
];

function found(document: object): readonly string[] {
  const { findings } = checkSbom(encodeUtf8(JSON.stringify(document)));
  for (const { message, fix } of findings) assert.ok(message !== "" && fix !== "");
  return findings.map(({ severity, rule, path }) => `${severity} ${rule} ${path}`);
}

describe("checkSbom", () => {
  for (const [name, document, expected] of CASES) {
    it(`looks at ${name}`, () => assert.deepEqual([...found(document)].sort(), [...expected].sort()));
  }

  it("finds the same in XML, YAML and tag-value", () => {
    const xml = `<bom xmlns="http://cyclonedx.org/schema/bom/1.6" serialNumber="${SERIAL}"><components><component type="library"><name>n</name><purl>x</purl></component></components></bom>`;
    const forms = [
      [xml, "cyclonedx-xml", "1.6", "components[0].purl"],
      ["spdxVersion: SPDX-2.3\nSPDXID: SPDXRef-DOCUMENT\nname: n\n", "spdx-yaml", "2.3", "dataLicense"],
      ["SPDXVersion: SPDX-2.3\nSPDXID: SPDXRef-DOCUMENT\nDocumentName: n\n", "spdx-tag-value", "2.3", "dataLicense"],
    ] as const;
    for (const [text, form, version, path] of forms) {
      const checked = checkSbom(encodeUtf8(text));
      assert.deepEqual([checked.form, checked.version], [form, version]);
      assert.ok(
        checked.findings.some((finding) => finding.path === path),
        JSON.stringify(checked.findings),
      );
    }
  });

  const UNREADABLE: readonly (readonly [name: string, text: string])[] = [
    ["nothing", ""],
    ["broken JSON", '{"bomFormat": '],
    ["another document", '{"kind": "Pod"}'],
    ["broken XML", "<bom"],
    ["prose", "this is no SBOM"],
  ];
  for (const [name, text] of UNREADABLE) {
    it(`tells ${name} as a finding`, () => {
      const { form, findings } = checkSbom(encodeUtf8(text));
      assert.equal(form, undefined);
      assert.equal(findings[0]?.rule, "readable");
    });
  }

  it("takes any junk without anything but findings", () => {
    const texts = CASES.map(([, document]) => JSON.stringify(document));
    const junk = fc.tuple(
      fc.constantFrom(...texts),
      fc.nat(2_000),
      fc.nat(30),
      fc.constantFrom("", "[", "null", '"', "{}", "1e999"),
    );
    fc.assert(
      fc.property(junk, ([text, at, length, added]) => {
        const place = at % text.length;
        try {
          checkSbom(encodeUtf8(text.slice(0, place) + added + text.slice(place + length)));
        } catch (error) {
          assert.ok(isAmapError(error, "LIMIT_EXCEEDED"), String(error));
        }
      }),
      { seed: 9, numRuns: 500 },
    );
  });

  it("does not take long for names that are hard on patterns", () => {
    const started = performance.now();
    for (const cpe of [
      `cpe:2.3:a:${"\\.".repeat(1_000)}`,
      `cpe:2.3:a:${"*?".repeat(1_000)}:x`,
      `cpe:/a:${"a".repeat(2_000)}!`,
    ]) {
      assert.deepEqual(found(component({ cpe })), ["error cpe components[0].cpe"]);
    }
    assert.ok(performance.now() - started < 5_000);
  });
});
