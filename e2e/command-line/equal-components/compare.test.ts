/** The comparison itself bites: each change of an SBOM is a difference. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Component, Sbom } from "../../../src/metadata/index.ts";
import { differencesOf, type Without } from "./compare.ts";

const component = (name: string, more: Partial<Component> = {}): Component => ({
  ref: `ref-${name}`,
  kind: "library",
  name,
  version: "1",
  purl: `pkg:deb/debian/${name}@1`,
  licenses: ["MIT"],
  hashes: [{ algorithm: "SHA-1", value: "00" }],
  locations: ["/var/lib/dpkg/status"],
  layers: [`sha256:${"0".repeat(64)}`],
  partOf: "ref-whole",
  sourcePackage: { name: "source", version: "1" },
  scope: "production",
  ...more,
});

const sbom = (first: Partial<Component> = {}, more: Partial<Sbom> = {}): Sbom => ({
  serialNumber: "",
  createdAt: "",
  authors: [],
  tools: [],
  subject: component("whole"),
  components: [component("a", first), component("b")],
  dependencies: new Map([["ref-a", ["ref-b"]]]),
  notLookedAt: [{ path: "/x", reason: "broken" }],
  ...more,
});

describe("differencesOf", () => {
  const rows: readonly (readonly [name: string, found: Sbom, count: number, without?: Without])[] = [
    ["nothing", sbom(), 0],
    ["another reference", renamed(), 0],
    ["another name of the whole", sbom({}, { subject: { ...component("whole"), name: "other" } }), 0],
    ["a name", sbom({ name: "c" }), 2],
    ["a version", sbom({ version: "2" }), 2],
    ["a package URL", sbom({ purl: "pkg:deb/debian/a@2" }), 4],
    ["a kind", sbom({ kind: "application" }), 2],
    ["a licence", sbom({ licenses: [] }), 2],
    ["a hash", sbom({ hashes: [] }), 2],
    ["a location", sbom({ locations: ["/elsewhere"] }), 2],
    ["a layer", sbom({ layers: [] }), 2],
    ["a layer, where there are none", sbom({ layers: [] }), 0, ["layers"]],
    ["a source package", sbom({ sourcePackage: { name: "other", version: "1" } }), 2],
    ["a scope", sbom({ scope: "development" }), 2],
    ["the component that it is part of", sbom({ partOf: "ref-b" }), 2],
    ["a field that is more", sbom({ supplier: "somebody" }), 2],
    ["a component that is gone", sbom({}, { components: [component("a")] }), 4],
    ["a component twice", sbom({}, { components: [component("a"), component("b"), component("b")] }), 1],
    ["a dependency that is gone", sbom({}, { dependencies: new Map() }), 2],
    ["a dependency on nothing", sbom({}, { dependencies: new Map([["ref-a", []]]) }), 2],
    ["a dependency of the whole", sbom({}, { dependencies: new Map([["ref-whole", ["ref-b"]]]) }), 2],
    ["a note", sbom({}, { notLookedAt: [] }), 2],
    ["a note, where there are none", sbom({}, { notLookedAt: [] }), 0, ["notLookedAt"]],
  ];
  for (const [name, found, count, without] of rows) {
    test(name, () => assert.equal(differencesOf(sbom(), found, without).length, count));
  }
});

/** The same with references of another document. */
function renamed(): Sbom {
  const other = (ref: string): string => ref.replace("ref-", "SPDXRef-");
  const { components, subject, dependencies } = sbom();
  const moved = (each: Component): Component => ({ ...each, ref: other(each.ref), partOf: other(each.partOf ?? "") });
  return sbom(
    {},
    {
      components: components.map(moved),
      subject: moved(subject),
      dependencies: new Map([...dependencies].map(([from, targets]) => [other(from), targets.map(other)])),
    },
  );
}
