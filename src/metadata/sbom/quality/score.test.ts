import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { encodeUtf8 } from "../../../base/index.ts";
import { readSbom } from "../formats.ts";
import type { DecodedSbom } from "../sbom.ts";
import type { QualityReading, QualityStandard } from "./quality.ts";
import { scoreSbom } from "./score.ts";

type Members = Readonly<Record<string, unknown>>;

function decodedOf(document: Members): DecodedSbom {
  const read = readSbom(encodeUtf8(JSON.stringify(document)), { keepsRemainders: true });
  assert.ok(read.ok, JSON.stringify(read));
  return read.value;
}

/** A CycloneDX document with one component. */
function cycloneDx(component: Members = {}, metadata: Members = {}, more: Members = {}): DecodedSbom {
  const subject = { type: "application", "bom-ref": "shop", name: "shop", version: "1", ...component };
  return decodedOf({
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: { component: subject, ...metadata },
    ...more,
  });
}

function spdx(packages: readonly Members[], relationships: readonly string[], more: Members = {}): DecodedSbom {
  return decodedOf({
    spdxVersion: "SPDX-2.3",
    SPDXID: "SPDXRef-DOCUMENT",
    name: "shop",
    dataLicense: "CC0-1.0",
    documentNamespace: "https://shop.example/sbom",
    creationInfo: { created: "2026-11-23T12:00:00Z", creators: ["Tool: made-up-1"] },
    packages: packages.map((each) => ({ downloadLocation: "NOASSERTION", ...each })),
    relationships: relationships.map((line) => {
      const [from, type, to] = line.split(" ");
      return { spdxElementId: `SPDXRef-${from}`, relationshipType: type, relatedSpdxElement: `SPDXRef-${to}` };
    }),
    ...more,
  });
}

function readingOf(
  decoded: DecodedSbom,
  standard: QualityStandard,
  reading: QualityReading["reading"],
): QualityReading {
  const found = scoreSbom(decoded, standard).find((each) => each.reading === reading);
  assert.ok(found !== undefined);
  return found;
}

/** `1/2`: one of two has it. */
function countOf({ elements }: QualityReading, id: string): string {
  const element = elements.find((each) => each.id === id);
  assert.ok(element !== undefined, `there is no element ${id}`);
  return `${element.present}/${element.total}`;
}

const FULL = { SPDXID: "SPDXRef-a", name: "a", versionInfo: "1", supplier: "Organization: A" };

describe("the NTIA's elements, where the two known checkers differ", () => {
  const rows: readonly (readonly [name: string, decoded: DecodedSbom, id: string, strict: string, generous: string])[] =
    [
      [
        "an originator in place of the supplier",
        spdx([{ ...FULL, supplier: "NOASSERTION", originator: "Person: Ann" }], ["DOCUMENT DESCRIBES a"]),
        "component-supplier",
        "0/1",
        "1/1",
      ],
      ["no identifier but the id", spdx([FULL], ["DOCUMENT DESCRIBES a"]), "component-identifier", "1/1", "0/0"],
      [
        "a package URL of one of two",
        spdx(
          [
            FULL,
            {
              ...FULL,
              SPDXID: "SPDXRef-b",
              externalRefs: [
                { referenceCategory: "PACKAGE-MANAGER", referenceType: "purl", referenceLocator: "pkg:npm/b@1" },
              ],
            },
          ],
          ["DOCUMENT DESCRIBES a", "a DEPENDS_ON b"],
        ),
        "component-identifier",
        "2/2",
        "1/2",
      ],
      ["nothing is depended on", spdx([FULL], ["DOCUMENT DESCRIBES a"]), "dependency-relationship", "1/1", "0/1"],
      [
        "a package that nothing leads to",
        spdx([FULL, { ...FULL, SPDXID: "SPDXRef-b", supplier: "NOASSERTION" }], ["DOCUMENT DESCRIBES a"]),
        "component-supplier",
        "1/1",
        "1/2",
      ],
      ["nothing is described", spdx([FULL], []), "component-name", "0/1", "1/1"],
      ["a tool as the author", spdx([FULL], ["DOCUMENT DESCRIBES a"]), "sbom-author", "1/1", "1/1"],
      [
        "CycloneDX: a manufacturer in place of the supplier",
        cycloneDx({ manufacturer: { name: "A" } }),
        "component-supplier",
        "0/1",
        "1/1",
      ],
    ];
  for (const [name, decoded, id, strict, generous] of rows) {
    test(name, () => {
      assert.equal(countOf(readingOf(decoded, "ntia", "strict"), id), strict);
      assert.equal(countOf(readingOf(decoded, "ntia", "generous"), id), generous);
    });
  }

  test("conformant in the strict reading, and not where the document is invalid", () => {
    const decoded = spdx([FULL], ["DOCUMENT DESCRIBES a"]);
    assert.equal(readingOf(decoded, "ntia", "strict").conformant, true);
    const finding = { rule: "x", severity: "error", path: "", message: "m", fix: "f" } as const;
    const [strict] = scoreSbom(decoded, "ntia", { findings: [finding] });
    assert.equal(strict?.conformant, false);
    const [warned] = scoreSbom(decoded, "ntia", { findings: [{ ...finding, severity: "warning" }] });
    assert.equal(warned?.conformant, true);
  });

  test("files of a package whose files were not analyzed are a fault where faults were looked for", () => {
    const decoded = spdx([{ ...FULL, filesAnalyzed: false }], ["DOCUMENT DESCRIBES a", "a CONTAINS f"], {
      files: [{ SPDXID: "SPDXRef-f", fileName: "./f", checksums: [] }],
    });
    assert.equal(readingOf(decoded, "ntia", "strict").conformant, true);
    assert.equal(scoreSbom(decoded, "ntia", { findings: [] })[0]?.conformant, false);
  });
});

describe("the score", () => {
  test("is the mean of the required elements that apply, each the part that has it", () => {
    const reading = readingOf(cycloneDx(), "ntia", "generous");
    // Name and version are there; supplier, dependencies, author and time are not; identifiers do not apply.
    assert.equal(reading.score, 20 / 6);
    assert.equal(reading.conformant, false);
  });

  test("a document without components does not conform", () => {
    const decoded = decodedOf({ bomFormat: "CycloneDX", specVersion: "1.6", version: 1, components: [] });
    for (const standard of ["ntia", "cisa-2025", "bsi-tr-03183"] as const) {
      assert.ok(scoreSbom(decoded, standard).every(({ conformant }) => !conformant));
    }
  });

  test("names the first components that lack an element, what to do, and the rule that would fill it", () => {
    const components = Array.from({ length: 12 }, (_, index) => ({
      type: "library",
      "bom-ref": `c${index}`,
      name: `c${index}`,
      purl: `pkg:npm/c${index}@1.0.0`,
    }));
    const reading = readingOf(cycloneDx({}, {}, { components }), "cisa-2025", "stated");
    const element = reading.elements.find(({ id }) => id === "component-license");
    assert.equal(element?.lacking.length, 10);
    assert.equal(element?.total, 13);
    assert.match(element?.fix ?? "", /licence/);
    assert.equal(element?.rule, '- { match: { name: "shop" }, set: { licenses: "SPDX EXPRESSION" } }');
  });
});

const SHA512 = { alg: "SHA-512", content: "a".repeat(128) };
const property = (name: string, value: string): Members => ({ properties: [{ name: `bsi:component:${name}`, value }] });
const reference = (type: string, url: string, hashes: readonly Members[] = []): Members => ({
  externalReferences: [{ type, url, hashes }],
});

describe("the BSI's elements of a component, there and not there", () => {
  const rows: readonly (readonly [id: string, there: Members, not: Members])[] = [
    ["component-creator", { manufacturer: { name: "A", url: ["https://a.example"] } }, { manufacturer: { name: "A" } }],
    ["component-creator", { authors: [{ email: "a@a.example" }] }, { authors: [{ name: "A", email: "nobody" }] }],
    ["filename", property("filename", "shop.tgz"), property("filename", " ")],
    ["executable-property", property("executable", "non-executable"), property("executable", "perhaps")],
    ["archive-property", property("archive", "no archive"), property("archive", "executable")],
    ["structured-property", property("structured", "structured"), {}],
    [
      "deployable-hash",
      reference("distribution", "https://a.example/a.tgz", [SHA512]),
      {
        hashes: [SHA512],
        ...reference("distribution", "https://a.example", [{ alg: "MD5", content: "a".repeat(32) }]),
      },
    ],
    [
      "distribution-licences",
      { licenses: [{ expression: "MIT", acknowledgement: "concluded" }] },
      { licenses: [{ license: { name: "our own", acknowledgement: "concluded" } }] },
    ],
    ["original-licences", { licenses: [{ expression: "MIT OR ISC" }] }, { licenses: [{ expression: "MIT OR" }] }],
    ["source-uri", reference("source-distribution", "https://a.example/a"), reference("source-distribution", "a/b")],
    ["deployable-uri", reference("distribution", "https://a.example/a"), {}],
    ["other-identifiers", { swid: { tagId: "a", name: "a" } }, {}],
    ["effective-licence", property("effectiveLicense", "MIT"), property("effectiveLicense", "no")],
    ["source-hash", reference("source-distribution", "https://a.example", [SHA512]), {}],
    ["security-txt", reference("rfc-9116", "https://a.example/security.txt"), reference("rfc-9116", "security.txt")],
  ];
  for (const [id, there, not] of rows) {
    test(`${id}: ${JSON.stringify(there).slice(0, 60)}`, () => {
      assert.equal(countOf(readingOf(cycloneDx(there), "bsi-tr-03183", "stated"), id), "1/1");
      assert.equal(countOf(readingOf(cycloneDx(not), "bsi-tr-03183", "stated"), id), "0/1");
    });
  }
});

describe("the BSI's elements of a document, there and not there", () => {
  const rows: readonly (readonly [id: string, there: DecodedSbom, not: DecodedSbom])[] = [
    ["format", cycloneDx(), spdx([FULL], [])],
    [
      "sbom-creator",
      cycloneDx({}, { authors: [{ name: "Ann", email: "ann@a.example" }] }),
      cycloneDx({}, { authors: [{ name: "Ann", email: "ann" }] }),
    ],
    [
      "sbom-timestamp",
      cycloneDx({}, { timestamp: "2026-11-23T12:00:00+01:00" }),
      cycloneDx({}, { timestamp: "2026-11-23 12:00" }),
    ],
    [
      "dependencies-resolve",
      cycloneDx({}, {}, { dependencies: [{ ref: "shop", dependsOn: [] }] }),
      cycloneDx({}, {}, { dependencies: [{ ref: "shop", dependsOn: ["gone"] }] }),
    ],
    ["dependencies-complete", cycloneDx({}, {}, { compositions: [{ aggregate: "complete" }] }), cycloneDx()],
    ["no-vulnerabilities", cycloneDx(), cycloneDx({}, {}, { vulnerabilities: [{ id: "CVE-2026-1" }] })],
    ["sbom-uri", cycloneDx({}, {}, { serialNumber: "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79" }), cycloneDx()],
  ];
  for (const [id, there, not] of rows) {
    test(id, () => {
      assert.equal(countOf(readingOf(there, "bsi-tr-03183", "stated"), id), "1/1");
      assert.equal(countOf(readingOf(not, "bsi-tr-03183", "stated"), id), "0/1");
    });
  }

  test("SPDX: a relationship that leads to nothing", () => {
    const decoded = spdx([FULL], ["DOCUMENT DESCRIBES a", "a DEPENDS_ON gone"]);
    assert.equal(countOf(readingOf(decoded, "bsi-tr-03183", "stated"), "dependencies-resolve"), "0/1");
  });
});

describe("CISA's elements", () => {
  test("a tool is no author, and a component that nothing leads to is not covered", () => {
    const component = { type: "library", "bom-ref": "a", name: "a" };
    const tools = { tools: { components: [{ type: "application", name: "made-up" }] } };
    const reading = readingOf(cycloneDx({}, tools, { components: [component] }), "cisa-2025", "stated");
    assert.deepEqual(
      ["sbom-author", "tool-name", "coverage", "generation-context"].map((id) => countOf(reading, id)),
      ["0/1", "1/1", "1/2", "0/1"],
    );
    const dependencies = [{ ref: "shop", dependsOn: ["a"] }];
    const metadata = { ...tools, authors: [{ name: "Ann" }], lifecycles: [{ phase: "build" }] };
    const better = readingOf(cycloneDx({}, metadata, { components: [component], dependencies }), "cisa-2025", "stated");
    assert.deepEqual(
      ["sbom-author", "coverage", "generation-context", "dependency-relationship"].map((id) => countOf(better, id)),
      ["1/1", "2/2", "1/1", "1/1"],
    );
  });
});
