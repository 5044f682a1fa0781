import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AmapError } from "../base/index.ts";
import {
  indexRows,
  isSamePredicateType,
  PREDICATE_TYPES,
  predicateTypeAliases,
  predicateTypeUris,
  resolvePredicateType,
} from "./predicate-types.ts";

describe("resolvePredicateType", () => {
  const cases = [
    ["custom", "https://cosign.sigstore.dev/attestation/v1"],
    ["slsaprovenance", "https://slsa.dev/provenance/v0.2"],
    ["slsaprovenance02", "https://slsa.dev/provenance/v0.2"],
    ["slsaprovenance1", "https://slsa.dev/provenance/v1"],
    ["spdx", "https://spdx.dev/Document"],
    ["spdxjson", "https://spdx.dev/Document"],
    ["cyclonedx", "https://cyclonedx.org/bom"],
    ["link", "https://in-toto.io/Link/v1"],
    ["vuln", "https://cosign.sigstore.dev/attestation/vuln/v1"],
    ["openvex", "https://openvex.dev/ns"],
    ["vsa", "https://slsa.dev/verification_summary/v1"],
    ["https://example.com/t?a=1&b=2", "https://example.com/t?a=1&b=2"],
    ["urn:example:review", "urn:example:review"],
  ] as const;
  for (const [text, uri] of cases) it(`${text} is ${uri}`, () => assert.equal(resolvePredicateType(text), uri));

  for (const text of ["", "cyclone", "CycloneDX", "constructor", "__proto__", "https://a b", "//x"]) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      assert.throws(
        () => resolvePredicateType(text),
        (error) => error instanceof AmapError && error.code === "USAGE" && error.hint.includes("cyclonedx"),
      );
    });
  }
});

describe("isSamePredicateType", () => {
  const cases = [
    ["https://openvex.dev/ns", "https://openvex.dev/ns/v0.2.0", true],
    ["https://cyclonedx.org/bom", "https://cyclonedx.org/bom/v1.4", true],
    ["https://spdx.dev/Document", "https://spdx.dev/Document/v2.3", true],
    ["https://spdx.dev/Document", "https://spdx.dev/Document/v3", false],
    ["https://slsa.dev/provenance/v1", "https://slsa.dev/provenance/v0.2", false],
    ["https://cosign.sigstore.dev/attestation/vuln/v1", "https://in-toto.io/attestation/vulns/v0.2", false],
    ["https://cosign.sigstore.dev/attestation/v1", "https://cosign.sigstore.dev/attestation/vuln/v1", false],
    ["https://openvex.dev/ns", "https://openvex.dev/ns/", false],
    ["https://openvex.dev/ns", "https://OpenVEX.dev/ns", false],
    ["https://example.com/a", "https://example.com/a", true],
    ["https://example.com/a", "https://example.com/b", false],
    ["__proto__", "constructor", false],
  ] as const;
  for (const [a, b, same] of cases) {
    it(`${a} and ${b}: ${same}`, () => {
      assert.equal(isSamePredicateType(a, b), same);
      assert.equal(isSamePredicateType(b, a), same);
    });
  }

  it("joins no two rows", () => {
    for (const one of PREDICATE_TYPES) {
      for (const two of PREDICATE_TYPES) {
        assert.equal(isSamePredicateType(one.uri, two.uri), one === two, `${one.uri} ${two.uri}`);
      }
    }
  });
});

describe("predicateTypeUris", () => {
  it("gives a row's URIs, the written one first, for its name and for an alias", () => {
    const uris = ["https://openvex.dev/ns", "https://openvex.dev/ns/v0.2.0"];
    for (const text of ["openvex", ...uris]) assert.deepEqual(predicateTypeUris(text), uris);
  });

  it("gives an unknown URI alone", () => assert.deepEqual(predicateTypeUris("urn:x"), ["urn:x"]));
});

describe("predicateTypeAliases: a statement's own word is never looked up as a short name (C3)", () => {
  const vex = ["https://openvex.dev/ns", "https://openvex.dev/ns/v0.2.0"];
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ["https://openvex.dev/ns", vex],
    ["https://openvex.dev/ns/v0.2.0", vex],
    ["https://openvex.dev/ns/", ["https://openvex.dev/ns/"]],
    ...["openvex", "vuln", "not a URI", "", "__proto__", "constructor"].map((text) => [text, [text]] as const),
  ];
  for (const [text, uris] of cases) {
    it(JSON.stringify(text), () => assert.deepEqual(predicateTypeAliases(text), uris));
  }
});

describe("indexRows", () => {
  const row = { uri: "https://example.com/a", names: ["a"], aliases: ["https://example.com/a/v1"], note: "" };
  const twins = [
    ["a name", { ...row, uri: "https://example.com/b", aliases: [] }],
    ["a URI", { ...row, names: ["b"], aliases: [] }],
    ["an alias", { ...row, uri: "https://example.com/b", names: ["b"] }],
    ["an alias that is another row's URI", { uri: "u", names: [], aliases: ["https://example.com/a"], note: "" }],
  ] as const;
  for (const [what, twin] of twins) {
    it(`refuses ${what} that stands twice`, () => {
      assert.throws(() => indexRows([row, twin]), /stands twice/);
    });
  }
});
