import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { encodeUtf8 } from "../../base/index.ts";
import { decodeBuilderList, isOfBuilder, matchesPart } from "./builder-list.ts";

const PEM = generateKeyPairSync("ec", { namedCurve: "P-256" })
  .publicKey.export({ type: "spki", format: "pem" })
  .toString();
const signer = { issuer: "https://issuer.example", subjectIs: "builder" };
const builder = { id: "https://ci.example/builder", highestLevel: 3, signers: [signer] };
const list = (more: object = {}): object => ({
  apiVersion: "amap.dev/v1alpha1",
  kind: "BuilderList",
  builders: [builder],
  ...more,
});
const decode = (document: object): ReturnType<typeof decodeBuilderList> =>
  decodeBuilderList(encodeUtf8(JSON.stringify(document)));

describe("a list of builders", () => {
  test("is read, with keys, patterns and build types of its own", () => {
    const decoded = decode(
      list({
        builders: [
          builder,
          {
            id: "https://ci.example/k",
            refs: ["refs/tags/v*"],
            highestLevel: 2,
            buildTypes: ["urn:t"],
            signers: [{ publicKey: PEM }],
          },
          {
            id: "urn:c",
            highestLevel: 1,
            signers: [{ issuer: "i", subject: "https://ci/*@refs/tags/*", extensions: { runnerEnvironment: "x" } }],
          },
        ],
        buildTypes: [
          {
            uri: "urn:t",
            statedBy: "platform",
            source: "externalParameters.repo",
            parameters: ["repo"],
            inputs: "externalParameters.in",
          },
        ],
      }),
    );
    assert.ok(decoded.ok, JSON.stringify(decoded));
    assert.deepEqual(
      decoded.value.builders.map(({ signers }) => signers[0]?.kind),
      ["certificate", "key", "certificate"],
    );
    assert.deepEqual(decoded.value.buildTypes[0]?.source, ["externalParameters.repo"]);
  });
  test("of the examples is read", () => {
    const path = new URL("../../../examples/provenance/builders.yaml", import.meta.url);
    const decoded = decodeBuilderList(new Uint8Array(readFileSync(path)));
    assert.ok(decoded.ok, JSON.stringify(decoded));
  });

  const one = (more: object): object => list({ builders: [{ ...builder, ...more }] });
  const refused: readonly (readonly [string, object, string])[] = [
    ["another kind", list({ kind: "KeyRing" }), "kind"],
    ["another version", list({ apiVersion: "v2" }), "apiVersion"],
    ["an unknown field", list({ bulders: [] }), "bulders"],
    ["no builder", list({ builders: [] }), "builders"],
    ["a builder twice", list({ builders: [builder, builder] }), "builders"],
    ["a builder with an unknown field", one({ level: 3 }), "builders[0].level"],
    ["a level that is none", one({ highestLevel: 4 }), "builders[0].highestLevel"],
    ["no level", one({ highestLevel: undefined }), "builders[0].highestLevel"],
    ["nobody who signs", one({ signers: [] }), "builders[0].signers"],
    ["an empty list of references", one({ refs: [] }), "builders[0].refs"],
    ["a signer without an issuer", one({ signers: [{ subject: "x" }] }), "builders[0].signers[0].issuer"],
    ["a signer who may be anybody", one({ signers: [{ issuer: "i" }] }), "builders[0].signers[0]"],
    ["a signer with two subjects", one({ signers: [{ ...signer, subject: "x" }] }), "builders[0].signers[0]"],
    ["a signer with a key and an issuer", one({ signers: [{ ...signer, publicKey: PEM }] }), "builders[0].signers[0]"],
    ["a key that is none", one({ signers: [{ publicKey: "x" }] }), "builders[0].signers[0].publicKey"],
    ["an unknown word", one({ signers: [{ issuer: "i", subjectIs: "anyone" }] }), "builders[0].signers[0].subjectIs"],
    [
      "a place outside the parameters",
      list({ buildTypes: [{ uri: "u", statedBy: "job", source: "runDetails.x", parameters: [] }] }),
      "buildTypes[0].source",
    ],
    ["a build type that nobody states", list({ buildTypes: [{ uri: "u", parameters: [] }] }), "buildTypes[0].statedBy"],
  ];
  for (const [name, document, at] of refused) {
    test(`with ${name} is refused`, () => {
      const decoded = decode(document);
      assert.ok(!decoded.ok);
      assert.ok(
        decoded.issues.some(({ path }) => path === at),
        JSON.stringify(decoded.issues),
      );
    });
  }
  test("that is no document, or several, is refused", () => {
    for (const text of ["", "- a", "a: [", "kind: x\n---\nkind: y"])
      assert.equal(decodeBuilderList(encodeUtf8(text)).ok, false);
  });
});

describe("a pattern", () => {
  const rows: readonly (readonly [string, string, boolean])[] = [
    ["refs/tags/v*", "refs/tags/v1.2.3", true],
    ["refs/tags/v*", "refs/tags/v1/evil", false],
    ["refs/tags/v*", "refs/heads/v1", false],
    ["https://ci/*/release@refs/tags/*", "https://ci/shop/release@refs/tags/v1", true],
    ["https://ci/*/release@refs/tags/*", "https://ci/evil/x/release@refs/tags/v1", false],
    ["https://ci/*@refs/tags/v1", "https://ci/x@y@refs/tags/v1", false],
    ["a?c", "a/c", false],
    ["*", "", true],
  ];
  for (const [pattern, text, matches] of rows) {
    test(`${pattern} ${matches ? "takes" : "does not take"} "${text}"`, () =>
      assert.equal(matchesPart(pattern, text), matches));
  }
  test("of references stands behind the builder's own @", () => {
    const row = { id: "https://b", refs: ["refs/tags/v*"], highestLevel: 3, signers: [] } as const;
    assert.deepEqual(
      ["https://b@refs/tags/v1", "https://b", "https://bb@refs/tags/v1", "https://b@refs/heads/v1"].map((id) =>
        isOfBuilder(row, id),
      ),
      [true, false, false, false],
    );
  });
});
