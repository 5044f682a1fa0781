import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { encodeUtf8, isAmapError, LIMITS } from "../../base/index.ts";
import { createSchemaValidation } from "./index.ts";

const schemas = createSchemaValidation();

const json = (version: string, members: object = {}): Uint8Array =>
  encodeUtf8(JSON.stringify({ bomFormat: "CycloneDX", specVersion: version, version: 1, ...members }));
const xml = (version: string, inner = "<components/>"): Uint8Array =>
  encodeUtf8(
    `<?xml version="1.0"?>\n<bom xmlns="http://cyclonedx.org/schema/bom/${version}" version="1">${inner}</bom>`,
  );

describe("official schemas", () => {
  for (const version of ["1.2", "1.3", "1.4", "1.5", "1.6", "1.7"]) {
    it(`hold JSON ${version}`, async () => {
      const component = { type: "library", name: "n", version: "1" };
      assert.deepEqual(
        await schemas.validate("cyclonedx-json", version, json(version, { components: [component] })),
        [],
      );
      const wrong = await schemas.validate(
        "cyclonedx-json",
        version,
        json(version, { components: [{ ...component, type: "x" }] }),
      );
      assert.equal(wrong?.[0]?.path, "components[0].type");
      const unknown = await schemas.validate("cyclonedx-json", version, json(version, { price: 1 }));
      assert.match(unknown?.[0]?.message ?? "", /price/);
    });
  }

  for (const version of ["1.0", "1.1", "1.2", "1.3", "1.4", "1.5", "1.6", "1.7"]) {
    it(`hold XML ${version}`, async () => {
      assert.deepEqual(await schemas.validate("cyclonedx-xml", version, xml(version)), []);
      const wrong = await schemas.validate("cyclonedx-xml", version, xml(version, "<price/>"));
      assert.equal(wrong?.[0]?.path, "line 2");
      assert.match(wrong?.[0]?.message ?? "", /price/);
    });
  }

  it("tell all issues of one document", async () => {
    const components = [{ type: "x", name: "n" }, { type: "library" }];
    const issues = await schemas.validate("cyclonedx-json", "1.6", json("1.6", { components }));
    assert.deepEqual(
      issues?.map(({ path }) => path),
      ["components[0].type", "components[1]"],
    );
  });

  it("refuse the same component twice, whatever the order of its members, among many", async () => {
    const components = Array.from({ length: 20_000 }, (_, index) => ({ type: "library", name: `n${index}` }));
    assert.deepEqual(await schemas.validate("cyclonedx-json", "1.6", json("1.6", { components })), []);
    const twice = [...components, { name: "n7", type: "library" }];
    const issues = await schemas.validate("cyclonedx-json", "1.6", json("1.6", { components: twice }));
    assert.match(issues?.[0]?.message ?? "", /same item twice/);
  });

  const FORMATS: readonly (readonly [name: string, members: object, isValid: boolean])[] = [
    [
      "an address with signs of any language",
      { externalReferences: [{ type: "other", url: "https://bücher.example/ü" }] },
      true,
    ],
    ["an address with a blank", { externalReferences: [{ type: "other", url: "https://x.example/a b" }] }, false],
    ["a mailbox of any language", { metadata: { authors: [{ email: "jürgen@bücher.example" }] } }, true],
    ["a mailbox without a place", { metadata: { authors: [{ email: "jürgen" }] } }, false],
    ["a time", { metadata: { timestamp: "2026-11-23T10:00:00Z" } }, true],
    ["a day without a time", { metadata: { timestamp: "2026-11-23" } }, false],
    ["a whole number beyond 2^53", { version: 1 }, true],
  ];
  for (const [name, members, isValid] of FORMATS) {
    it(`${isValid ? "allow" : "refuse"} ${name}`, async () => {
      const issues = await schemas.validate("cyclonedx-json", "1.6", json("1.6", members));
      assert.equal(issues?.length === 0, isValid, JSON.stringify(issues));
    });
  }

  it("say that there is none for other forms and versions", async () => {
    for (const [form, version] of [
      ["spdx-json", "2.3"],
      ["cyclonedx-json", "1.1"],
      ["cyclonedx-xml", "9"],
    ] as const) {
      assert.equal(await schemas.validate(form, version, json("1.6")), undefined);
    }
  });

  it("open nothing that a document names", async () => {
    const entity =
      '<!DOCTYPE bom [<!ENTITY a SYSTEM "file:///etc/passwd">]><bom xmlns="http://cyclonedx.org/schema/bom/1.6">&a;</bom>';
    const issues = await schemas.validate("cyclonedx-xml", "1.6", encodeUtf8(entity));
    assert.match(issues?.[0]?.message ?? "", /document type/);
    const hinted = `<bom xmlns="http://cyclonedx.org/schema/bom/1.6" version="1" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="urn:x file:///etc/passwd"><components/></bom>`;
    assert.deepEqual(await schemas.validate("cyclonedx-xml", "1.6", encodeUtf8(hinted)), []);
  });

  it("limit the size of a document, and how many issues are told", async () => {
    const large = new Uint8Array(LIMITS.schemaDocumentBytes + 1).fill(0x20);
    for (const form of ["cyclonedx-json", "cyclonedx-xml"]) {
      await assert.rejects(schemas.validate(form, "1.6", large), { code: "LIMIT_EXCEEDED" });
    }
    const components = Array.from({ length: LIMITS.schemaIssues * 2 }, () => ({ type: "x", name: "n" }));
    const issues = await schemas.validate("cyclonedx-json", "1.6", json("1.6", { components }));
    assert.equal(issues?.length, LIMITS.schemaIssues);
  });

  it("take any junk without anything but issues or a refusal", async () => {
    const texts = [
      json("1.6", { components: [{ type: "library", name: "n" }] }),
      xml("1.6", "<components><component type='library'><name>n</name></component></components>"),
    ];
    const junk = fc.tuple(fc.nat(1), fc.nat(200), fc.nat(20), fc.uint8Array({ maxLength: 8 }));
    await fc.assert(
      fc.asyncProperty(junk, async ([which, at, length, bytes]) => {
        const text = texts[which] as Uint8Array;
        const place = at % text.length;
        const mutated = Uint8Array.from([...text.subarray(0, place), ...bytes, ...text.subarray(place + length)]);
        try {
          await schemas.validate(which === 0 ? "cyclonedx-json" : "cyclonedx-xml", "1.6", mutated);
        } catch (error) {
          assert.ok(isAmapError(error), String(error));
        }
      }),
      { seed: 9, numRuns: 300 },
    );
  });
});
