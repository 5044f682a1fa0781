import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Digest, memberOf, type Value, type ValueObject } from "../../../base/index.ts";
import { createSbom, describeImage } from "../create-sbom.ts";
import type { Component, Sbom } from "../sbom.ts";
import { decodeSpdx } from "./decode.ts";
import { encodeSpdx } from "./encode.ts";

const digest: Digest = `sha256:${"0a".repeat(32)}`;

function library(ref: string, more: Partial<Component> = {}): Component {
  return { ref, kind: "library", name: ref, licenses: [], hashes: [], locations: [], scope: "production", ...more };
}

function createExample(
  components: readonly Component[],
  edges: Readonly<Record<string, readonly string[]>> = {},
): Sbom {
  return createSbom({
    catalog: { components, dependencies: new Map(Object.entries(edges)), notLookedAt: [] },
    subject: describeImage({ name: "shop", digest }),
    subjectDigest: digest,
    createdAt: "2026-11-22T12:00:00.250Z",
    serialNumber: "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
    tools: [{ name: "amap", version: "0.1.0" }],
    authors: ["Zoe", "Organization: Shop"],
  });
}

function listMember(value: Value | undefined, key: string): readonly Value[] {
  const member = memberOf(value, key);
  return Array.isArray(member) ? member : [];
}

function textMember(value: Value, key: string): string {
  const member = memberOf(value, key);
  return typeof member === "string" ? member : "";
}

describe("encodeSpdx", () => {
  it("writes a document of its own name, whole seconds and creators", () => {
    const document = encodeSpdx(createExample([]));
    assert.equal(
      memberOf(document, "documentNamespace"),
      "https://spdx.org/spdxdocs/shop-3e671687-395b-41f5-a30f-a58921a69b79",
    );
    assert.deepEqual(memberOf(document, "creationInfo"), {
      created: "2026-11-22T12:00:00Z",
      creators: ["Tool: amap-0.1.0", "Person: Zoe", "Organization: Shop"],
    });
  });

  it("makes ids of the allowed characters, each once", () => {
    const refs = ["pkg:npm/%40s/a@1.0.0", "pkg:npm/-40s/a@1.0.0", "pkg npm -40s a 1.0.0", "DOCUMENT", "ü"];
    const ids = listMember(encodeSpdx(createExample(refs.map((ref) => library(ref)))), "packages").map((one) =>
      textMember(one, "SPDXID"),
    );
    assert.equal(new Set(ids).size, refs.length + 1);
    for (const id of ids) assert.match(id, /^SPDXRef-[A-Za-z0-9.-]+$/);
    assert.ok(!ids.includes("SPDXRef-DOCUMENT"));
  });

  it("gives words that are no SPDX licence a reference and its text", () => {
    const document = encodeSpdx(
      createExample([
        library("a", { licenses: ["MIT OR ISC", "our words"] }),
        library("b", { licenses: ["our words"] }),
        library("c", { licenses: ["our-words"] }),
        library("d", { licenses: ["LicenseRef-theirs"] }),
        library("e"),
      ]),
    );
    assert.deepEqual(
      listMember(document, "packages").map((one) => memberOf(one, "licenseDeclared")),
      [
        "NOASSERTION",
        "(MIT OR ISC) AND LicenseRef-amap-our-words",
        "LicenseRef-amap-our-words",
        "LicenseRef-amap-our-words-2",
        "LicenseRef-theirs",
        "NOASSERTION",
      ],
    );
    assert.deepEqual(memberOf(document, "hasExtractedLicensingInfos"), [
      { licenseId: "LicenseRef-amap-our-words", extractedText: "our words", name: "our words" },
      { licenseId: "LicenseRef-amap-our-words-2", extractedText: "our-words", name: "our-words" },
      { licenseId: "LicenseRef-theirs", extractedText: "NOASSERTION" },
    ]);
  });

  it("tells 'depends on nothing' from 'nobody knows'", () => {
    const document = encodeSpdx(createExample([library("a"), library("b"), library("c")], { a: ["b"], b: [] }));
    const edges = listMember(document, "relationships")
      .filter((one) => memberOf(one, "relationshipType") === "DEPENDS_ON")
      .map((one) => `${textMember(one, "spdxElementId")} ${textMember(one, "relatedSpdxElement")}`);
    assert.deepEqual(
      edges.filter((edge) => !edge.includes("oci")),
      ["SPDXRef-a SPDXRef-b", "SPDXRef-b NONE"],
    );
  });

  it("refuses what SPDX cannot be without", () => {
    const sbom = createExample([]);
    assert.throws(() => encodeSpdx({ ...sbom, createdAt: "" }), { code: "VALUE_INVALID" });
    assert.throws(() => encodeSpdx({ ...sbom, serialNumber: "" }), { code: "VALUE_INVALID" });
  });
});

const PACKAGES = [
  { SPDXID: "SPDXRef-a", name: "a", versionInfo: "1" },
  { SPDXID: "SPDXRef-b", name: "b" },
];

function decode(document: ValueObject) {
  return decodeSpdx({ spdxVersion: "SPDX-2.3", name: "doc", ...document });
}

function relation(from: string, relationshipType: string, to: string): ValueObject {
  return { spdxElementId: `SPDXRef-${from}`, relationshipType, relatedSpdxElement: `SPDXRef-${to}` };
}

describe("decodeSpdx", () => {
  const subjects: readonly (readonly [name: string, document: ValueObject, subject: string, components: number])[] = [
    ["what the document describes", { relationships: [relation("DOCUMENT", "DESCRIBES", "a")] }, "a", 1],
    ["the same the other way round", { relationships: [relation("a", "DESCRIBED_BY", "DOCUMENT")] }, "a", 1],
    ["the list of 2.2", { documentDescribes: ["SPDXRef-b"] }, "b", 1],
    ["itself when it describes several", { documentDescribes: ["SPDXRef-a", "SPDXRef-b"] }, "doc", 2],
    ["itself when it does not say", {}, "doc", 2],
  ];
  for (const [name, document, subject, components] of subjects) {
    it(`is about ${name}`, () => {
      const decoded = decode({ packages: PACKAGES, ...document });
      assert.ok(decoded.ok);
      assert.deepEqual([decoded.value.sbom.subject.name, decoded.value.sbom.components.length], [subject, components]);
    });
  }

  const relations: readonly (readonly [type: string, edge: readonly [string, readonly string[]] | undefined])[] = [
    ["DEPENDS_ON", ["a", ["b"]]],
    ["DEPENDENCY_OF", ["b", ["a"]]],
    ["DEV_DEPENDENCY_OF", ["b", ["a"]]],
    ["DYNAMIC_LINK", ["a", ["b"]]],
    ["CONTAINS", undefined],
  ];
  for (const [type, edge] of relations) {
    it(`reads ${type}`, () => {
      const decoded = decode({ packages: PACKAGES, relationships: [relation("a", type, "b")] });
      assert.ok(decoded.ok);
      assert.deepEqual([...decoded.value.sbom.dependencies], edge === undefined ? [] : [edge]);
      const scope = decoded.value.sbom.components.find(({ ref }) => ref === "a")?.scope;
      assert.equal(scope, type === "DEV_DEPENDENCY_OF" ? "development" : "production");
    });
  }

  const members: readonly (readonly [name: string, member: ValueObject, expected: object])[] = [
    ["a declared licence", { licenseDeclared: "MIT AND ISC", licenseConcluded: "Zlib" }, { licenses: ["MIT", "ISC"] }],
    [
      "a concluded one where none is declared",
      { licenseDeclared: "NOASSERTION", licenseConcluded: "Zlib" },
      { licenses: ["Zlib"] },
    ],
    ["no licence", { licenseDeclared: "NONE" }, { licenses: [] }],
    ["a reference's words", { licenseDeclared: "LicenseRef-1 AND MIT" }, { licenses: ["ours", "MIT"] }],
    ["a reference without words", { licenseDeclared: "LicenseRef-2" }, { licenses: ["LicenseRef-2"] }],
    ["an organization", { supplier: "Organization: Shop (z@shop.example)" }, { supplier: "Shop <z@shop.example>" }],
    ["a person", { supplier: "Person: Zoe ()" }, { supplier: "Zoe" }],
    ["no supplier", { supplier: "NOASSERTION" }, { supplier: undefined }],
    [
      "a checksum",
      { checksums: [{ algorithm: "SHA256", checksumValue: "0A".repeat(32) }] },
      { hashes: [{ algorithm: "SHA-256", value: "0a".repeat(32) }] },
    ],
    [
      "a checksum nobody else writes",
      { checksums: [{ algorithm: "ADLER32", checksumValue: "00000000" }] },
      { hashes: [] },
    ],
    [
      "a package URL of 2.2",
      {
        externalRefs: [
          { referenceCategory: "PACKAGE_MANAGER", referenceType: "purl", referenceLocator: "pkg:npm/a@1" },
        ],
      },
      { purl: "pkg:npm/a@1" },
    ],
    [
      "another reference",
      {
        externalRefs: [
          {
            referenceCategory: "SECURITY",
            referenceType: "cpe23Type",
            referenceLocator: "cpe:2.3:a:a:a:1:*:*:*:*:*:*:*",
          },
        ],
      },
      { purl: undefined },
    ],
    ["a purpose", { primaryPackagePurpose: "OPERATING-SYSTEM" }, { kind: "operating-system" }],
    [
      "another tool's sourceInfo",
      { sourceInfo: "acquired package info from: /lib/apk/db/installed" },
      { locations: [] },
    ],
  ];
  for (const [name, member, expected] of members) {
    it(`reads ${name}`, () => {
      const decoded = decode({
        packages: [{ SPDXID: "SPDXRef-a", name: "a", ...member }],
        hasExtractedLicensingInfos: [
          { licenseId: "LicenseRef-1", extractedText: "ours" },
          { licenseId: "LicenseRef-2", extractedText: "long ".repeat(100) },
        ],
      });
      assert.ok(decoded.ok, JSON.stringify(decoded));
      const found: Readonly<Record<string, unknown>> = { ...decoded.value.sbom.components[0] };
      for (const [key, value] of Object.entries(expected)) assert.deepEqual(found[key], value);
    });
  }

  it("reads creators", () => {
    const creators = ["Tool: syft-v1.2.3", "Tool: some-tool", "Organization: Shop", "Person: Zoe (z@shop.example)"];
    const decoded = decode({ creationInfo: { created: "2026-11-22T12:00:00Z", creators } });
    assert.ok(decoded.ok);
    assert.deepEqual(decoded.value.sbom.tools, [
      { name: "syft", version: "v1.2.3" },
      { name: "some-tool", version: "" },
    ]);
    assert.deepEqual(decoded.value.sbom.authors, ["Shop", "Zoe <z@shop.example>"]);
  });

  const broken: readonly (readonly [name: string, document: Record<string, Value>, paths: readonly string[]])[] = [
    ["packages that are no list", { packages: {} }, ["packages"]],
    [
      "half a relationship",
      { relationships: [{ spdxElementId: "SPDXRef-a", relationshipType: "CONTAINS" }] },
      ["relationships[0]"],
    ],
    ["a creator that is no text", { creationInfo: { creators: [1] } }, ["creationInfo.creators[0]"]],
  ];
  const repaired: readonly (readonly [
    name: string,
    document: ValueObject,
    refs: readonly string[],
    paths: readonly string[],
  ])[] = [
    [
      "packages without id or name",
      { packages: [{ name: "a" }, { SPDXID: "SPDXRef-b" }] },
      ["Package", "b"],
      ["packages[0].SPDXID", "packages[1].name"],
    ],
    ["an id twice", { packages: [PACKAGES[0] ?? {}, PACKAGES[0] ?? {}] }, ["a", "a-2"], ["packages[1].SPDXID"]],
  ];
  for (const [name, document, refs, paths] of repaired) {
    it(`reads ${name}, and tells`, () => {
      const decoded = decode(document);
      assert.ok(decoded.ok);
      const { sbom, problems } = decoded.value;
      assert.deepEqual(
        [sbom.subject, ...sbom.components].map(({ ref }) => ref).filter((ref) => ref !== "DOCUMENT"),
        refs,
      );
      assert.deepEqual(
        problems.map(({ path }) => path),
        paths,
      );
    });
  }
  for (const [name, document, paths] of broken) {
    it(`refuses ${name}`, () => {
      const decoded = decode(document);
      assert.ok(!decoded.ok);
      assert.deepEqual(
        decoded.issues.map(({ path }) => path),
        paths,
      );
    });
  }
});
