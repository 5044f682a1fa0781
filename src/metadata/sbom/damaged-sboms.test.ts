import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encodeUtf8, type Value, writeJson } from "../../base/index.ts";
import { holdLaw } from "../../testing/fuzzing/hold-law.ts";
import { SBOM_LAWS } from "../../testing/sbom-laws.ts";
import { readSbom, writeSbom } from "./formats.ts";
import type { Sbom } from "./sbom.ts";

describe("C9: damaged SBOMs", () => {
  for (const { name, runs, property } of SBOM_LAWS) {
    it(name, () => holdLaw(property, runs));
  }
});

function read(document: Value): Sbom {
  const decoded = readSbom(encodeUtf8(writeJson(document)), { keepsRemainders: true });
  assert.ok(decoded.ok, "the document is not read");
  return decoded.value.sbom;
}

function readAgain(sbom: Sbom, form: Parameters<typeof writeSbom>[1]): Sbom {
  const decoded = readSbom(writeSbom(sbom, form).bytes, { keepsRemainders: true });
  assert.ok(decoded.ok, `what was written as ${form} is not read`);
  return decoded.value.sbom;
}

/** An SPDX document of packages with these relationships. */
function spdx(count: number, relationships: readonly (readonly [from: string, type: string, to: string])[]): Value {
  return {
    spdxVersion: "SPDX-2.3",
    SPDXID: "SPDXRef-DOCUMENT",
    name: "shop",
    dataLicense: "CC0-1.0",
    documentNamespace: "https://shop.example/1",
    creationInfo: { created: "2026-11-22T12:00:00Z", creators: ["Tool: t"] },
    packages: Array.from({ length: count }, (_, index) => ({
      SPDXID: `SPDXRef-${index}`,
      name: `n${index}`,
      downloadLocation: "NOASSERTION",
    })),
    relationships: relationships.map(([from, relationshipType, to]) => ({
      spdxElementId: `SPDXRef-${from}`,
      relationshipType,
      relatedSpdxElement: `SPDXRef-${to}`,
    })),
  };
}

describe("parts in parts", () => {
  const partsOf = ({ components }: Sbom): readonly string[] =>
    components.map(({ ref, partOf }) => `${ref} in ${partOf ?? "nothing"}`);

  it("C9: nothing is a part of itself", () => {
    const circle = read(
      spdx(3, [
        ["0", "CONTAINS", "1"],
        ["1", "CONTAINS", "2"],
        ["2", "CONTAINS", "0"],
      ]),
    );
    assert.deepEqual(partsOf(circle), ["0 in 2", "1 in nothing", "2 in 1"]);
    assert.deepEqual(partsOf(readAgain(circle, "cyclonedx-json")), partsOf(circle));
    assert.deepEqual(partsOf(readAgain(circle, "spdx3-json")).length, 3);
  });

  it("C9: as deep as they are, they are written so that they can be read", () => {
    const links = Array.from({ length: 299 }, (_, at) => [`${at}`, "CONTAINS", `${at + 1}`] as const);
    const deep = read(spdx(300, links));
    for (const form of ["cyclonedx-json", "cyclonedx-xml"] as const) {
      assert.equal(readAgain(deep, form).components.length, 300, form);
      const { losses } = writeSbom(deep, form);
      assert.ok(
        losses.some(({ path, outcome }) => path === "components[].partOf" && outcome !== "kept"),
        form,
      );
    }
    assert.deepEqual(partsOf(readAgain(deep, "spdx-json")), partsOf(deep));
  });
});

describe("what damaged documents showed", () => {
  it("a tag holds one hash of an algorithm", () => {
    const hashes = ["0b", "0c"].map((pair) => ({ alg: "SHA-256", content: pair.repeat(32) }));
    const sbom = read({
      bomFormat: "CycloneDX",
      specVersion: "1.6",
      metadata: { component: { type: "application", name: "shop" } },
      components: [{ type: "file", name: "a", hashes }],
    });
    assert.equal(readAgain(sbom, "swid-xml").components[0]?.hashes.length, 1);
    assert.ok(writeSbom(sbom, "swid-xml").losses.some(({ path }) => path.includes("hashes")));
  });

  it("what the document describes is written also where something else describes it", () => {
    const document = { ...(spdx(2, [["1", "DESCRIBES", "0"]]) as object), documentDescribes: ["SPDXRef-0"] };
    assert.equal(readAgain(read(document as Value), "spdx-tag-value").subject.ref, "0");
  });

  it("a name that is null is none in YAML", () => {
    const document = spdx(1, []) as { readonly packages: readonly object[] };
    const packages = [
      { ...document.packages[0], name: null },
      { SPDXID: "SPDXRef-b", name: "null" },
    ];
    const names = ({ components }: Sbom): readonly string[] => components.map(({ name }) => name).sort();
    const sbom = read({ ...document, packages });
    assert.deepEqual(names(readAgain(sbom, "spdx-yaml")), ["", "null"]);
  });

  it("relationships that somebody broke in a property are not written", () => {
    const members = { members: { relationships: [{ spdxElementId: "SPDXRef-DOCUMENT" }] } };
    const properties = [{ name: "amap:remainder:SPDX:2.3", value: writeJson(members) }];
    const metadata = {
      timestamp: "2026-11-22T12:00:00Z",
      component: { type: "application", name: "shop" },
      properties,
    };
    const serialNumber = "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79";
    const sbom = read({ bomFormat: "CycloneDX", specVersion: "1.6", serialNumber, metadata, components: [] });
    assert.equal(readAgain(sbom, "spdx-json").subject.name, "shop");
  });
});
