import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { decodeUtf8, encodeUtf8, isAmapError } from "../../../base/index.ts";
import { readSbom, writeSbom } from "../../index.ts";

const SHA256 = "ab".repeat(32);
const TAG = `<?xml version="1.0" encoding="UTF-8"?>
<SoftwareIdentity xmlns="http://standards.iso.org/iso/19770/-2/2015/schema.xsd" xmlns:h="http://www.w3.org/2001/04/xmlenc#sha256"
  name="Storefront" tagId="example.org.storefront-1.2" version="1.2" versionScheme="multipartnumeric" tagVersion="2" corpus="false">
  <Entity name="Example" regid="https://example.org" role="tagCreator softwareCreator"/>
  <Link rel="license" href="https://example.org/license"/>
  <Link rel="requires" href="swid:example.org.base-1"/>
  <Meta description="A shop" product="Storefront" edition="team"/>
  <Payload>
    <Directory root="/opt" name="shop">
      <File name="shop.js" size="12" h:hash="${SHA256}"/>
    </Directory>
    <File name="readme"/>
  </Payload>
</SoftwareIdentity>`;

function read(text: string) {
  const decoded = readSbom(encodeUtf8(text), { keepsRemainders: true });
  assert.ok(decoded.ok, JSON.stringify(decoded));
  return decoded.value;
}

describe("SWID", () => {
  it("reads the software, its parties, references and files", () => {
    const { format, specVersion, sbom } = read(TAG);
    assert.deepEqual([format, specVersion], ["SWID", "2015"]);
    const { name, version, description, supplier, references, ref } = sbom.subject;
    assert.deepEqual([name, version, description, supplier], ["Storefront", "1.2", "A shop", "Example"]);
    assert.equal(ref, "example.org.storefront-1.2");
    assert.equal(sbom.version, 2);
    assert.deepEqual(sbom.authors, ["Example"]);
    assert.deepEqual(references, [
      { kind: "license", url: "https://example.org/license", hashes: [] },
      { kind: "other", url: "swid:example.org.base-1", comment: "requires", hashes: [] },
    ]);
    assert.deepEqual(
      sbom.components.map((file) => [file.name, file.locations, file.hashes]),
      [
        ["shop.js", ["/opt/shop/shop.js"], [{ algorithm: "SHA-256", value: SHA256 }]],
        ["readme", [], []],
      ],
    );
  });

  it("gives the tag back as it was, and the same SBOM from its own writing", () => {
    const { sbom } = read(TAG);
    const { bytes, losses } = writeSbom(sbom, "swid-xml");
    assert.deepEqual(losses, []);
    for (const word of ['corpus="false"', 'edition="team"', 'size="12"', "multipartnumeric"]) {
      assert.ok(decodeUtf8(bytes)?.includes(word), word);
    }
    assert.deepEqual(read(decodeUtf8(bytes) ?? "").sbom, sbom);
    const { remainders: _, ...model } = sbom;
    const plain = read(decodeUtf8(writeSbom(model, "swid-xml").bytes) ?? "").sbom;
    assert.deepEqual({ ...plain, remainders: [] }, { ...sbom, remainders: [] });
  });

  it("does not undo what was changed since, and says what is gone", () => {
    const { sbom } = read(TAG);
    const changed = { ...sbom, subject: { ...sbom.subject, version: "1.3" } };
    const { bytes, losses } = writeSbom(changed, "swid-xml");
    assert.equal(read(decodeUtf8(bytes) ?? "").sbom.subject.version, "1.3");
    assert.deepEqual(
      losses.map(({ path, outcome }) => [path, outcome]),
      [["remainder.tag", "dropped"]],
    );
  });

  it("keeps the tag in a property of other formats", () => {
    const between = writeSbom({ ...read(TAG).sbom, createdAt: "2026-01-01T00:00:00Z" }, "cyclonedx-json");
    const back = writeSbom({ ...read(decodeUtf8(between.bytes) ?? "").sbom, createdAt: "" }, "swid-xml");
    assert.ok(decodeUtf8(back.bytes)?.includes('edition="team"'));
  });

  it("names what a tag has no place for", () => {
    const document = {
      bomFormat: "CycloneDX",
      specVersion: "1.6",
      version: 1,
      serialNumber: "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
      metadata: { timestamp: "2026-01-01T00:00:00Z", component: { type: "application", "bom-ref": "r", name: "app" } },
      components: [{ type: "library", "bom-ref": "a", name: "n" }],
      dependencies: [{ ref: "r", dependsOn: ["a"] }],
    };
    const { bytes, losses } = writeSbom(read(JSON.stringify(document)).sbom, "swid-xml");
    assert.deepEqual(
      losses.map(({ path }) => path),
      ["components[]", "createdAt", "dependencies"],
    );
    assert.match(decodeUtf8(bytes) ?? "", /tagId="3e671687-395b-41f5-a30f-a58921a69b79"/);
  });

  const REFUSED: readonly (readonly [name: string, text: string, message: RegExp])[] = [
    ["a tag without tagId", TAG.replace(/tagId="[^"]*"/, ""), /needs a tagId/],
    ["a tag of the edition of 2009", TAG.replace("/2015/", "/2009/"), /2009/],
    ["a broken tag", TAG.slice(0, 300), /line/],
  ];
  for (const [name, text, message] of REFUSED) {
    it(`refuses ${name}`, () => {
      const decoded = readSbom(encodeUtf8(text));
      assert.ok(!decoded.ok);
      assert.match(decoded.issues[0]?.message ?? "", message);
    });
  }

  it("takes any junk in a tag without anything but a refusal", () => {
    const junk = fc.tuple(
      fc.nat(TAG.length),
      fc.nat(40),
      fc.constantFrom("", "<File/>", '"', "</Payload>", "&lt;", "<a>"),
    );
    fc.assert(
      fc.property(junk, ([at, length, text]) => {
        try {
          const decoded = readSbom(encodeUtf8(TAG.slice(0, at) + text + TAG.slice(at + length)), {
            keepsRemainders: true,
          });
          if (decoded.ok) writeSbom(decoded.value.sbom, "swid-xml");
        } catch (error) {
          assert.ok(isAmapError(error), String(error));
        }
      }),
      { seed: 9, numRuns: 300 },
    );
  });
});
