import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { isAmapError, type Value, type ValueObject } from "../../base/index.ts";
import { encodeCsafVex } from "./encode-csaf.ts";
import { CYCLONEDX_VEX_VERSIONS, encodeCycloneDxVex } from "./encode-cyclonedx-vex.ts";
import { readVexDocument } from "./read-vex.ts";
import { VEX_JUSTIFICATIONS, type VexComponent, type VexDocument, type VexProduct, type VexStatement } from "./vex.ts";

const TIME = "2026-01-01T00:00:00Z";
const NAMESPACE = "https://example.com";

const component = (id: string): VexComponent => ({ id, identifiers: {}, hashes: {} });
const product = (id: string, ...inside: readonly string[]): VexProduct => ({
  ...component(id),
  subcomponents: inside.map(component),
});

function statement(more: Partial<VexStatement> = {}): VexStatement {
  return {
    vulnerability: "CVE-2026-1000",
    aliases: [],
    products: [product("pkg:npm/left@1.0.0")],
    status: "fixed",
    timestamp: TIME,
    ...more,
  };
}

function documentOf(...statements: readonly VexStatement[]): VexDocument {
  return { id: `${NAMESPACE}/vex-1`, author: "Zoe", timestamp: TIME, version: 1, statements };
}

const asCsaf = (document: VexDocument, version: "2.0" | "2.1" = "2.0") =>
  encodeCsafVex(document, { version, publisherNamespace: NAMESPACE, tlp: version === "2.0" ? "WHITE" : "CLEAR" });

/** What a document says, each vulnerability in each product by itself and in no order. */
function saidBy({ statements }: VexDocument): readonly string[] {
  return statements
    .flatMap((each) =>
      each.products.flatMap(({ subcomponents, ...outer }) =>
        (subcomponents.length === 0 ? [undefined] : subcomponents).map((inner) =>
          JSON.stringify([
            [each.vulnerability, ...each.aliases].sort(),
            each.status,
            each.justification ?? "",
            each.impactStatement ?? "",
            each.actionStatement ?? "",
            each.statusNotes ?? "",
            nameOf(outer),
            inner === undefined ? "" : nameOf(inner),
          ]),
        ),
      ),
    )
    .sort();
}

function nameOf({ id, identifiers, hashes }: VexComponent): string {
  const digest = /^sha256:(.+)$/.exec(id)?.[1];
  const name =
    identifiers["purl"] ??
    identifiers["cpe23"] ??
    (id.includes(":") && !/^(?:sha256|csaf|cyclonedx):/.test(id) ? id : "");
  return JSON.stringify([name, digest ?? hashes["sha-256"] ?? ""]);
}

function readBack(value: Value): VexDocument {
  const read = readVexDocument(value);
  assert.ok(read.ok, JSON.stringify(read.ok ? "" : read.issues));
  return read.value.document;
}

const words = fc.constantFrom("Update it.", "It is not used.", "See the site.");
const reasons = fc.oneof(
  fc.record({ status: fc.constantFrom("fixed" as const, "under_investigation" as const) }),
  fc.record({ status: fc.constant("affected" as const), actionStatement: words }),
  fc.record({
    status: fc.constant("not_affected" as const),
    justification: fc.constantFrom(...VEX_JUSTIFICATIONS),
    impactStatement: words,
  }),
);
const names = fc.constantFrom("CVE-2026-1000", "CVE-2026-1001", "GHSA-aaaa-bbbb-cccc", "TEST-1");
const leaves = fc.constantFrom("pkg:npm/left@1.0.0", "pkg:deb/debian/right@2?arch=amd64", `sha256:${"ab".repeat(32)}`);

/** Statements of which no two are about the same vulnerability in the same product. */
function documents(products: fc.Arbitrary<VexProduct>): fc.Arbitrary<VexDocument> {
  const statements = fc.uniqueArray(fc.tuple(names, products, reasons), {
    minLength: 1,
    maxLength: 6,
    selector: ([name, each]) => JSON.stringify([name, each]),
  });
  return statements.map((all) =>
    documentOf(...all.map(([vulnerability, each, said]) => statement({ vulnerability, products: [each], ...said }))),
  );
}

describe("CSAF", () => {
  const inside = fc
    .tuple(leaves, fc.constantFrom("pkg:npm/a@1", "pkg:npm/b@2"))
    .map(([outer, inner]) => product(outer, inner));
  for (const version of ["2.0", "2.1"] as const) {
    it(`${version} is read as what was written`, () => {
      fc.assert(
        fc.property(
          documents(
            fc.oneof(
              leaves.map((id) => product(id)),
              inside,
            ),
          ),
          (document) => {
            const { value, losses } = asCsaf(document, version);
            assert.deepEqual(losses, []);
            const again = readBack(value);
            assert.deepEqual(saidBy(again), saidBy(document));
            assert.deepEqual([again.id, again.author, again.timestamp, again.version], [document.id, "Zoe", TIME, 1]);
          },
        ),
        { numRuns: 100 },
      );
    });
  }

  const losing: readonly (readonly [name: string, document: VexDocument, path: string, outcome: string])[] = [
    ["another id", { ...documentOf(statement()), id: "urn:uuid:1" }, "id", "changed"],
    ["a later edition", { ...documentOf(statement()), version: 3 }, "version", "changed"],
    ["a role", { ...documentOf(statement()), role: "Document Creator" }, "role", "changed"],
    [
      "a time of its own",
      documentOf(statement({ timestamp: "2025-01-01T00:00:00Z" })),
      "statements[].timestamp",
      "changed",
    ],
    [
      "an alias that is a CVE",
      documentOf(statement({ vulnerability: "GHSA-1", aliases: ["CVE-2026-1000"] })),
      "statements[].vulnerability",
      "changed",
    ],
    [
      "a note on not_affected",
      documentOf(statement({ status: "not_affected", justification: "component_not_present", statusNotes: "n" })),
      "statements[].statusNotes",
      "dropped",
    ],
    [
      "an IRI",
      documentOf(statement({ products: [product("https://example.com/product")] })),
      "statements[].products[].id",
      "changed",
    ],
    [
      "two statements about the same",
      documentOf(statement({ timestamp: "2025-01-01T00:00:00Z", status: "under_investigation" }), statement()),
      "statements[]",
      "dropped",
    ],
  ];
  for (const [name, document, path, outcome] of losing) {
    it(`tells of ${name}`, () => {
      const { losses } = asCsaf(document);
      assert.ok(
        losses.some((loss) => loss.path === path && loss.outcome === outcome),
        JSON.stringify(losses),
      );
    });
  }

  it("writes the newer of two statements about the same, and of two as new the less favourable", () => {
    const older = statement({ status: "under_investigation", timestamp: "2025-01-01T00:00:00Z" });
    for (const both of [
      [older, statement()],
      [statement(), older],
    ])
      assert.equal(readBack(asCsaf(documentOf(...both)).value).statements[0]?.status, "fixed");
    const tied = documentOf(statement(), statement({ status: "affected", actionStatement: "Update." }));
    assert.deepEqual(
      readBack(asCsaf(tied).value).statements.map(({ status }) => status),
      ["affected"],
    );
  });

  it("is as new as its newest statement, and what is not affected keeps its time", () => {
    const [older, newer] = ["2025-01-01T00:00:00Z", "2026-05-01T00:00:00Z"];
    const not = statement({ status: "not_affected", justification: "component_not_present", timestamp: older });
    const is = statement({
      vulnerability: "CVE-2026-1001",
      status: "affected",
      actionStatement: "Update.",
      timestamp: newer,
    });
    const again = readBack(asCsaf(documentOf(not, is)).value);
    assert.equal(again.timestamp, newer);
    assert.deepEqual(
      again.statements.map(({ status, timestamp }) => [status, timestamp]),
      [
        ["not_affected", older],
        ["affected", newer],
      ],
    );
  });

  it("refuses what CSAF cannot say", () => {
    const refused = [
      documentOf(statement({ products: [] })),
      documentOf(statement({ status: "affected" })),
      documentOf(statement({ status: "not_affected" })),
    ];
    for (const document of refused)
      assert.throws(
        () => asCsaf(document),
        (error) => isAmapError(error, "DOCUMENT_INVALID"),
      );
  });
});

describe("CycloneDX", () => {
  const root = "pkg:oci/shop@sha256%3Aaa";
  const inner = fc.constantFrom("pkg:npm/a@1", "pkg:npm/b@2").map((id) => product(root, id));
  for (const version of CYCLONEDX_VEX_VERSIONS) {
    it(`${version} is read as what was written, but for justifications that it does not have`, () => {
      fc.assert(
        fc.property(fc.oneof(documents(leaves.map((id) => product(id))), documents(inner)), (document) => {
          const { value, losses } = encodeCycloneDxVex(document, version);
          const told = new Set(losses.map(({ path }) => path));
          const again = readBack(value);
          // The reader adds the word of the format as a note.
          const withoutNotes = again.statements.map(({ statusNotes, ...each }) =>
            statusNotes === undefined ? each : { ...each },
          );
          if (!told.has("statements[].justification"))
            assert.deepEqual(saidBy({ ...again, statements: withoutNotes }), saidBy(document));
          assert.deepEqual(
            [...told].filter((path) => path !== "id" && path !== "statements[].justification"),
            [],
          );
        }),
        { numRuns: 50 },
      );
    });
  }

  it("keeps a justification that it does not have as a property", () => {
    const not = statement({ status: "not_affected", justification: "component_not_present" });
    const { value, losses } = encodeCycloneDxVex(documentOf(not), "1.6");
    assert.ok(losses.some(({ path, outcome }) => path === "statements[].justification" && outcome === "changed"));
    const [vulnerability] = (value as ValueObject)["vulnerabilities"] as readonly ValueObject[];
    assert.deepEqual(vulnerability?.["properties"], [
      { name: "amap:vex:justification", value: "component_not_present" },
    ]);
  });

  it("gives the same document the same serial number, and a BOM-Link its own", () => {
    const serialOf = (document: VexDocument) =>
      (encodeCycloneDxVex(document, "1.6").value as ValueObject)["serialNumber"];
    assert.equal(serialOf(documentOf(statement())), serialOf(documentOf(statement())));
    const link = "urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/2";
    const linked = { ...documentOf(statement()), id: link, version: 2 };
    assert.equal(readBack(encodeCycloneDxVex(linked, "1.6").value).id, link);
  });

  it("refuses components inside a product that it cannot name, which would be meant everywhere", () => {
    const nameless: readonly VexComponent[] = [
      component("https://example.com/shop"),
      component("urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/2#shop"),
      component("pkg:%%"),
      { ...component("https://example.com/shop"), hashes: { "sha3-224": "ab" } },
    ];
    for (const outer of nameless)
      assert.throws(
        () =>
          encodeCycloneDxVex(
            documentOf(statement({ products: [{ ...outer, subcomponents: [component("pkg:npm/x@1")] }] })),
            "1.6",
          ),
        (error) => isAmapError(error, "NOT_SUPPORTED"),
        outer.id,
      );
  });

  it("refuses components inside several products", () => {
    const two = documentOf(
      statement({ products: [product("pkg:oci/a", "pkg:npm/x@1")] }),
      statement({ products: [product("pkg:oci/b", "pkg:npm/x@1")] }),
    );
    const mixed = documentOf(statement({ products: [product("pkg:oci/a", "pkg:npm/x@1"), product("pkg:oci/b")] }));
    for (const document of [two, mixed])
      assert.throws(
        () => encodeCycloneDxVex(document, "1.6"),
        (error) => isAmapError(error, "NOT_SUPPORTED"),
      );
  });
});
