import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  concatBytes,
  decodeUtf8,
  encodeUtf8,
  equalValues,
  readJson,
  readJsonItems,
  type Value,
  type ValueObject,
  writeJson,
  writeYaml,
} from "../../base/index.ts";
import { convertToCycloneDx } from "./cyclonedx/encode.ts";
import { chunksOf } from "./document-stream.ts";
import { decodeSbom, readSbom, SBOM_FORMS, streamSbom, writeSbom } from "./formats.ts";
import type { Component, Sbom } from "./sbom.ts";
import { convertToSpdx } from "./spdx/encode.ts";
import { convertToSpdx3 } from "./spdx3/encode.ts";

const COMPONENTS: readonly ValueObject[] = [
  {
    type: "library",
    "bom-ref": "a",
    name: "a",
    version: "1",
    purl: "pkg:npm/a@1",
    hashes: [{ alg: "SHA-1", content: "0b".repeat(20) }],
    licenses: [{ license: { id: "MIT" } }, { license: { name: "our words" } }],
    externalReferences: [{ type: "website", url: "https://shop.example/a", comment: "front" }],
    properties: [{ name: "x:y", value: "🛒" }],
    pedigree: { notes: "patched" },
    components: [{ type: "library", name: "inner", "bom-ref": "inner" }],
  },
  { type: "library", name: "no ref", supplier: { name: "Shop", url: ["https://shop.example"] }, tags: ["one"] },
  { type: "data", "bom-ref": "a", name: "a again", licenses: [{ expression: "MIT OR LicenseRef-x" }] },
];

const CYCLONEDX: ValueObject = {
  dependencies: [
    { ref: "a", dependsOn: ["inner", "app"] },
    { ref: "app", dependsOn: ["a"], provides: ["a"] },
  ],
  metadata: { timestamp: "2026-01-01T00:00:00Z", component: { type: "application", "bom-ref": "app", name: "shop" } },
  components: COMPONENTS,
  services: [{ name: "checkout", "bom-ref": "s" }],
  serialNumber: "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
  version: 3,
  bomFormat: "CycloneDX",
  specVersion: "1.6",
};

const spdxPackage = (id: string, more: ValueObject = {}): ValueObject => ({
  SPDXID: `SPDXRef-${id}`,
  name: id,
  downloadLocation: "NOASSERTION",
  ...more,
});

const SPDX: ValueObject = {
  packages: [
    spdxPackage("app"),
    spdxPackage("a", { licenseDeclared: "LicenseRef-x", hasFiles: ["SPDXRef-f"], versionInfo: "1" }),
    spdxPackage("a", { comment: "the same id", licenseConcluded: "LicenseRef-unexplained" }),
    { name: "without id", licenseDeclared: "our own words" },
  ],
  files: [
    { SPDXID: "SPDXRef-f", fileName: "./f", checksums: [] },
    { SPDXID: "SPDXRef-g", fileName: "./g", checksums: [] },
  ],
  relationships: [
    { spdxElementId: "SPDXRef-DOCUMENT", relationshipType: "DESCRIBES", relatedSpdxElement: "SPDXRef-app" },
    { spdxElementId: "SPDXRef-app", relationshipType: "DEPENDS_ON", relatedSpdxElement: "SPDXRef-a" },
    { spdxElementId: "SPDXRef-a", relationshipType: "CONTAINS", relatedSpdxElement: "SPDXRef-f", comment: "c" },
  ],
  hasExtractedLicensingInfos: [{ licenseId: "LicenseRef-x", extractedText: "do what you want" }],
  annotations: [
    { annotationDate: "2026-01-01T00:00:00Z", annotationType: "OTHER", annotator: "Tool: x", comment: "n" },
  ],
  documentNamespace: "https://shop.example/sbom",
  creationInfo: { created: "2026-01-01T00:00:00Z", creators: ["Tool: x-1"] },
  dataLicense: "CC0-1.0",
  SPDXID: "SPDXRef-DOCUMENT",
  name: "shop",
  spdxVersion: "SPDX-2.3",
};

const SPDX3: Value = convertToSpdx3(sbomOf(CYCLONEDX)).document;

/** Documents that are read, and some that are refused. */
const DOCUMENTS: readonly (readonly [name: string, document: Value])[] = [
  ["CycloneDX", CYCLONEDX],
  ["CycloneDX that gives itself again", convertToCycloneDx(sbomOf(CYCLONEDX)).document],
  [
    "CycloneDX with items that are no objects",
    { ...CYCLONEDX, components: [{}, 1, { name: 2 }, "x"], dependencies: [1] },
  ],
  ["CycloneDX with lists that are none", { ...CYCLONEDX, components: {}, dependencies: "x" }],
  ["CycloneDX with components that have no names", { ...CYCLONEDX, components: [{}, { name: 1 }] }],
  ["CycloneDX with edges without refs", { ...CYCLONEDX, dependencies: [{ dependsOn: ["a"] }, { ref: 1 }] }],
  ["CycloneDX of a version to come", { ...CYCLONEDX, specVersion: "9.9" }],
  ["SPDX", SPDX],
  ["SPDX with items that are no objects", { ...SPDX, packages: [{ name: 1 }, null], relationships: [{}, []] }],
  ["SPDX of a version to come", { ...SPDX, spdxVersion: "SPDX-9.9" }],
  ["SPDX 3", SPDX3],
  ["something else", { components: [{ name: "x" }] }],
];

function sbomOf(document: Value): Sbom {
  const decoded = decodeSbom(document, { keepsRemainders: true });
  assert.ok(decoded.ok, JSON.stringify(decoded));
  return decoded.value.sbom;
}

describe("a document read item by item", () => {
  for (const [name, document] of DOCUMENTS) {
    for (const keepsRemainders of [true, false]) {
      it(`is the same: ${name}${keepsRemainders ? ", with what remains" : ""}`, () => {
        const bytes = encodeUtf8(writeJson(document));
        const whole = decodeSbom(readJson(bytes), { keepsRemainders });
        assert.deepEqual(decodeSbom(readJsonItems(bytes, { longListBytes: 0 }), { keepsRemainders }), whole);
        assert.deepEqual(readSbom(bytes, { keepsRemainders }), whole);
      });
    }
  }

  it("is the same where it is so long that its lists are not read at once", () => {
    const components = Array.from({ length: 600 }, (_, index) => ({
      ...COMPONENTS[0],
      "bom-ref": `c${index % 590}`,
      name: `n${index}`,
      components: [],
    }));
    const dependencies = components.map(({ "bom-ref": ref }, index) => ({ ref, dependsOn: [`c${(index * 7) % 600}`] }));
    const bytes = encodeUtf8(writeJson({ ...CYCLONEDX, components, dependencies }, { indent: 1 }));
    assert.ok(bytes.length > 200_000);
    assert.deepEqual(
      readSbom(bytes, { keepsRemainders: true }),
      decodeSbom(readJson(bytes), { keepsRemainders: true }),
    );
    const broken = bytes.slice();
    broken[bytes.length - 1] = 0x5d;
    assert.throws(() => readSbom(broken), { code: "JSON_INVALID" });
  });

  it("keeps nothing of the bytes that it was read from", () => {
    const bytes = encodeUtf8(writeJson(SPDX));
    const decoded = decodeSbom(readJsonItems(bytes, { longListBytes: 0 }), { keepsRemainders: true });
    const before = JSON.parse(JSON.stringify(decoded));
    bytes.fill(0x20);
    assert.deepEqual(JSON.parse(JSON.stringify(decoded)), before);
  });
});

describe("a document written item by item", () => {
  for (const [name, document] of DOCUMENTS) {
    const decoded = decodeSbom(document, { keepsRemainders: true });
    if (!decoded.ok) continue;
    const { sbom } = decoded.value;
    it(`has the bytes of the whole: ${name}`, () => {
      const json = (value: Value): string => `${writeJson(value, { indent: 2 })}\n`;
      const textOf = (id: Parameters<typeof writeSbom>[1], version: string): string => {
        const { bytes, losses } = writeSbom(sbom, id, version);
        const stream = streamSbom(sbom, id, version);
        assert.deepEqual(concatBytes([...stream.chunks]), bytes);
        assert.deepEqual(stream.losses(), losses);
        return decodeUtf8(bytes) ?? "";
      };
      for (const version of ["1.2", "1.5", "1.7"] as const) {
        const { document: whole, losses } = convertToCycloneDx(sbom, { version });
        assert.equal(textOf("cyclonedx-json", version), json(whole));
        assert.deepEqual(writeSbom(sbom, "cyclonedx-json", version).losses, losses);
      }
      for (const version of ["2.2", "2.3"] as const) {
        const { document: whole, losses } = convertToSpdx(sbom, { version });
        assert.equal(textOf("spdx-json", version), json(whole));
        assert.equal(textOf("spdx-yaml", version), writeYaml(whole));
        assert.deepEqual(writeSbom(sbom, "spdx-yaml", version).losses, losses);
      }
      assert.equal(textOf("spdx3-json", "3.0.1"), json(convertToSpdx3(sbom).document));
    });
  }

  it("tells each loss once, however often the items are gone through", () => {
    const { losses } = writeSbom(sbomOf(SPDX), "spdx-tag-value");
    assert.deepEqual(
      losses.filter(({ path }) => path.includes("hasFiles")),
      [],
    );
    const twice = writeSbom(sbomOf({ ...CYCLONEDX, properties: [] }), "spdx-yaml").losses.find(
      ({ path }) => path === "components[].properties",
    );
    assert.equal(twice?.count, 1);
  });

  it("what remains of a large document is read again, however large it is", () => {
    const services = Array.from({ length: 30_000 }, (_, index) => ({
      name: `service ${index}`,
      description: "x".repeat(150),
    }));
    const sbom = sbomOf({ ...CYCLONEDX, services });
    const spdx = readSbom(writeSbom(sbom, "spdx-json").bytes, { keepsRemainders: true });
    assert.ok(spdx.ok);
    const again = readSbom(writeSbom(spdx.value.sbom, "cyclonedx-json").bytes, { keepsRemainders: true });
    assert.ok(again.ok);
    const remainder = again.value.sbom.remainders?.find(({ format }) => format === "CycloneDX");
    // Not deepEqual: where it fails, to show the difference takes it minutes.
    assert.ok(equalValues(remainder?.members["services"] ?? null, services));
  });

  it("every form ends with a line, and no chunk is empty", () => {
    const sbom = sbomOf(CYCLONEDX);
    for (const { id } of SBOM_FORMS) {
      const chunks = [...streamSbom(sbom, id).chunks];
      assert.ok(chunks.every((chunk) => chunk.length > 0 && decodeUtf8(chunk) !== undefined));
      assert.equal(chunks.at(-1)?.at(-1), 0x0a, id);
    }
  });
});

describe("chunksOf", () => {
  it("joins pieces, and ends none within a character", () => {
    const pieces = Array.from({ length: 1000 }, (_, index) => "🛒é".repeat(index % 300));
    const chunks = [...chunksOf(pieces)];
    assert.ok(chunks.length > 1);
    assert.ok(chunks.every((chunk) => decodeUtf8(chunk) !== undefined));
    assert.equal(decodeUtf8(concatBytes(chunks)), pieces.join(""));
    assert.deepEqual([...chunksOf([])], []);
    assert.deepEqual([...chunksOf(["", ""])], []);
  });
});

describe("parts of parts", () => {
  const part = (ref: string, partOf?: string): Component => ({
    ref,
    kind: "library",
    name: ref,
    licenses: [],
    hashes: [],
    locations: [],
    scope: "production",
    ...(partOf === undefined ? {} : { partOf }),
  });
  const sbom = sbomOf(CYCLONEDX);
  const namesIn = (components: readonly Component[]): readonly string[] => {
    const written = writeSbom({ ...sbom, components, dependencies: new Map() }, "cyclonedx-json");
    const read = readSbom(written.bytes);
    assert.ok(read.ok);
    return read.value.sbom.components.map(({ name }) => name);
  };

  it("none is lost that is a part of itself, or in a circle", () => {
    const circle = [part("a", "b"), part("b", "c"), part("c", "a"), part("d", "a"), part("e", "e")];
    assert.deepEqual(namesIn(circle), ["a", "b", "c", "d", "e"]);
    const { losses } = writeSbom({ ...sbom, components: circle }, "cyclonedx-json");
    assert.deepEqual(
      losses.filter(({ path }) => path === "components[].partOf").map(({ outcome, count }) => [outcome, count]),
      [["changed", 2]],
    );
  });

  it("none is lost that lies deep", () => {
    const chain = Array.from({ length: 1000 }, (_, index) =>
      part(`c${String(index).padStart(4, "0")}`, index === 0 ? undefined : `c${String(index - 1).padStart(4, "0")}`),
    );
    assert.equal(namesIn(chain).length, 1000);
  });

  it("many with one name are told apart in time that grows with their number", () => {
    const many = Array.from({ length: 20_000 }, (_, index) =>
      part(`é${"é".repeat(index % 50)}${"ü".repeat(index / 50)}`),
    );
    const { bytes } = writeSbom({ ...sbom, components: many, dependencies: new Map() }, "spdx-json");
    assert.ok((decodeUtf8(bytes) ?? "").includes('"SPDXRef---20000"'));
  });
});
