import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decodeXml, encodeUtf8, isAmapError } from "../base/index.ts";
import { DOCUMENT_LAWS } from "../testing/document-laws.ts";
import { holdLaw } from "../testing/fuzzing/hold-law.ts";
import { catalogFiles } from "./sbom/catalogers/catalog.ts";
import { readEnrichRules } from "./sbom/enrich/enrich-rules.ts";
import { decodeOpenVex } from "./vex/openvex.ts";

describe("C9: damaged documents", () => {
  for (const { name, runs, property } of DOCUMENT_LAWS) {
    it(name, () => holdLaw(property, runs));
  }
});

describe("what damaged documents showed", () => {
  it("VEX that no digest can name needs an id", () => {
    const document = {
      "@context": "https://openvex.dev/ns/v0.2.0",
      author: "Zoe",
      timestamp: "2026-01-01T00:00:00Z",
      version: 2n ** 70n,
      statements: [],
    };
    const decoded = decodeOpenVex(document);
    assert.ok(!decoded.ok && decoded.issues.some(({ path }) => path === "@id"));
  });

  it("a phase of life that is no text is an issue", () => {
    const read = readEnrichRules({ document: { lifecycles: [{ toString: [] }] } }, "rules.yaml");
    assert.ok(!read.ok);
    assert.deepEqual(
      read.issues.map(({ path, message }) => [path, message]),
      [["document.lifecycles[0]", "expected text"]],
    );
  });

  it("C9: attributes are counted while a tag is read", () => {
    const many = Array.from({ length: 300 }, (_, at) => `a${at}=""`).join(" ");
    assert.throws(
      () => decodeXml(`<a ${many}`),
      (error) => isAmapError(error, "LIMIT_EXCEEDED"),
    );
  });

  it("C9: a lock file of other bytes is told", () => {
    const { problems } = catalogFiles(new Map([["vendor/modules.txt", encodeUtf8("# a.b/c v1\n\0")]]));
    assert.deepEqual(
      problems.map(({ path, code }) => [path, code]),
      [["/vendor/modules.txt", "LOCKFILE_INVALID"]],
    );
  });
});
