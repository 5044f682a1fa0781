import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encodeUtf8 } from "../../base/index.ts";
import type { SchemaValidation } from "../../ports/index.ts";
import { validateSbom } from "./validate-sbom.ts";

const SERIAL = "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79";
const DOCUMENT = encodeUtf8(
  JSON.stringify({
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    serialNumber: SERIAL,
    dependencies: [{ ref: "x" }],
  }),
);
const schemas = (issues: Awaited<ReturnType<SchemaValidation["validate"]>>): SchemaValidation => ({
  validate: async () => issues,
});

describe("validateSbom", () => {
  it("tells what the schema finds, then what the rules find", async () => {
    const { form, version, hasSchema, issues } = await validateSbom(
      DOCUMENT,
      schemas([{ code: "DOCUMENT_INVALID", path: "components", message: "it must be a list" }]),
    );
    assert.deepEqual([form, version, hasSchema], ["cyclonedx-json", "1.6", true]);
    assert.deepEqual(
      issues.map(({ rule, severity, path }) => [rule, severity, path]),
      [
        ["schema", "error", "components"],
        ["dependencies-found", "error", "dependencies[0].ref"],
      ],
    );
  });

  it("says where there is no schema", async () => {
    const spdx = encodeUtf8("SPDXVersion: SPDX-2.3\nSPDXID: SPDXRef-DOCUMENT\nDocumentName: n\n");
    const { form, hasSchema } = await validateSbom(spdx, schemas(undefined));
    assert.deepEqual([form, hasSchema], ["spdx-tag-value", false]);
  });

  it("asks no schema about what is no SBOM", async () => {
    const validation = await validateSbom(encodeUtf8("prose"), {
      validate: async () => assert.fail("no schema of prose"),
    });
    assert.equal(validation.form, undefined);
    assert.equal(validation.issues[0]?.severity, "error");
  });
});
