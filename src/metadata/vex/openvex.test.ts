import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { isAmapError, readJson, type Value, type ValueObject, writeJson } from "../../base/index.ts";
import { decodeOpenVex, encodeOpenVex } from "./openvex.ts";
import { VEX_JUSTIFICATIONS, type VexComponent, type VexDocument, type VexStatement } from "./vex.ts";

const TIME = "2026-01-02T03:04:05Z";
const STATEMENT: ValueObject = {
  vulnerability: {
    "@id": "https://example.com/CVE-2025-0001",
    name: "CVE-2025-0001",
    aliases: ["GHSA-aaaa", "CVE-2025-0001"],
  },
  products: [
    {
      "@id": "pkg:oci/storefront",
      identifiers: { purl: "pkg:oci/storefront", cpe23: "cpe:2.3:a:b:c:*:*:*:*:*:*:*:*" },
      hashes: { "sha-256": "00ff" },
      subcomponents: [{ "@id": "pkg:npm/lodash@4.17.20" }],
    },
  ],
  status: "not_affected",
  justification: "vulnerable_code_not_in_execute_path",
  impact_statement: "templates are fixed",
};
const DOCUMENT: ValueObject = {
  "@context": "https://openvex.dev/ns/v0.2.0",
  "@id": "https://example.com/vex-1",
  author: "security@example.com",
  role: "Document Creator",
  tooling: "amap",
  timestamp: TIME,
  version: 3,
  statements: [STATEMENT],
  unknown_member: true,
};
const withStatement = (change: Readonly<Record<string, Value | undefined>>): Value => ({
  ...DOCUMENT,
  statements: [
    Object.fromEntries(
      Object.entries({ ...STATEMENT, ...change }).filter(([, value]) => value !== undefined),
    ) as ValueObject,
  ],
});
const without = (key: string): ValueObject =>
  Object.fromEntries(Object.entries(DOCUMENT).filter(([name]) => name !== key));

function decoded(value: Value): VexDocument {
  const result = decodeOpenVex(value);
  assert.ok(result.ok, JSON.stringify(result));
  return result.value;
}

describe("a document", () => {
  test("is read", () => {
    assert.deepEqual(decoded(DOCUMENT), {
      id: "https://example.com/vex-1",
      author: "security@example.com",
      role: "Document Creator",
      tooling: "amap",
      timestamp: TIME,
      version: 3,
      statements: [
        {
          vulnerability: "CVE-2025-0001",
          aliases: ["GHSA-aaaa"],
          products: [
            {
              id: "pkg:oci/storefront",
              identifiers: { purl: "pkg:oci/storefront", cpe23: "cpe:2.3:a:b:c:*:*:*:*:*:*:*:*" },
              hashes: { "sha-256": "00ff" },
              subcomponents: [{ id: "pkg:npm/lodash@4.17.20", identifiers: {}, hashes: {} }],
            },
          ],
          status: "not_affected",
          justification: "vulnerable_code_not_in_execute_path",
          impactStatement: "templates are fixed",
          timestamp: TIME,
        },
      ],
    });
  });

  test("gives its time to statements that have none", () => {
    const own = "2025-06-01T00:00:00+02:00";
    assert.equal(decoded(withStatement({ timestamp: own })).statements[0]?.timestamp, own);
    assert.equal(decoded(withStatement({})).statements[0]?.timestamp, TIME);
  });

  const accepted: readonly (readonly [string, Value, (document: VexDocument) => void])[] = [
    [
      "without @id is named by its digest",
      without("@id"),
      (document) => assert.match(document.id, /^sha256:[0-9a-f]{64}$/),
    ],
    [
      "without statements but with a list",
      { ...DOCUMENT, statements: [] },
      (document) => assert.deepEqual(document.statements, []),
    ],
    [
      "with an impact statement alone",
      withStatement({ justification: "" }),
      (document) => assert.equal(document.statements[0]?.justification, undefined),
    ],
    [
      "with a vulnerability that is named by its IRI alone",
      withStatement({ vulnerability: { "@id": "https://nvd.nist.gov/vuln/detail/CVE-2025-0001" } }),
      (document) => assert.equal(document.statements[0]?.vulnerability, "CVE-2025-0001"),
    ],
    [
      "with a vulnerability that is a text",
      withStatement({ vulnerability: "CVE-2025-0001" }),
      (document) => assert.equal(document.statements[0]?.vulnerability, "CVE-2025-0001"),
    ],
    [
      "with products left to what encloses it",
      withStatement({ products: undefined }),
      (document) => assert.deepEqual(document.statements[0]?.products, []),
    ],
    [
      "with a product that has identifiers only",
      withStatement({ products: [{ identifiers: { purl: "pkg:npm/a@1" } }] }),
      (document) => assert.equal(document.statements[0]?.products[0]?.id, "pkg:npm/a@1"),
    ],
  ];
  for (const [name, value, check] of accepted) test(`${name} is read`, () => check(decoded(value)));

  test("of version 0.0.1 is read, with texts as products and version", () => {
    const early = decoded({
      "@context": "https://openvex.dev/ns",
      "@id": "my-document",
      author: "me",
      version: "2",
      statements: [
        {
          timestamp: TIME,
          vulnerability: "CVE-2025-0001",
          products: ["pkg:apk/wolfi/bash@1.0.0"],
          subcomponents: ["pkg:generic/readline"],
          status: "fixed",
          status_notes: "",
        },
      ],
    });
    assert.equal(early.version, 2);
    assert.equal(early.timestamp, TIME);
    assert.deepEqual(early.statements[0]?.products, [
      {
        id: "pkg:apk/wolfi/bash@1.0.0",
        identifiers: {},
        hashes: {},
        subcomponents: [{ id: "pkg:generic/readline", identifiers: {}, hashes: {} }],
      },
    ]);
  });

  test("of version 0.0.1 keeps the subcomponents with products that are objects", () => {
    const narrow = { products: [{ "@id": "pkg:npm/a@1" }], subcomponents: ["pkg:npm/b@1"], status: "fixed" };
    const early = decoded({
      "@context": "https://openvex.dev/ns",
      author: "me",
      statements: [{ timestamp: TIME, vulnerability: "CVE-2025-0001", ...narrow }],
    });
    assert.deepEqual(
      early.statements[0]?.products[0]?.subcomponents.map(({ id }) => id),
      ["pkg:npm/b@1"],
    );
  });
});

describe("a document that breaks the specification is refused", () => {
  const cases: readonly (readonly [string, Value, string])[] = [
    ["another context", { ...DOCUMENT, "@context": "https://openvex.dev/ns/v9" }, "@context"],
    ["no author", without("author"), "author"],
    ["no timestamp", without("timestamp"), "timestamp"],
    ["a timestamp that is none", { ...DOCUMENT, timestamp: "2026-01-02" }, "timestamp"],
    ["no version", without("version"), "version"],
    ["a version that is a text", { ...DOCUMENT, version: "3" }, "version"],
    ["no statements", without("statements"), "statements"],
    ["an unknown status", withStatement({ status: "resolved" }), "statements[0].status"],
    ["an unknown justification", withStatement({ justification: "because" }), "statements[0].justification"],
    [
      "not_affected without reason",
      withStatement({ justification: undefined, impact_statement: undefined }),
      "statements[0]",
    ],
    ["affected without action", withStatement({ status: "affected", justification: undefined }), "statements[0]"],
    ["fixed with a justification", withStatement({ status: "fixed" }), "statements[0]"],
    ["no vulnerability", withStatement({ vulnerability: undefined }), "statements[0].vulnerability"],
    ["a vulnerability without name", withStatement({ vulnerability: {} }), "statements[0].vulnerability.name"],
    ["a product without any name", withStatement({ products: [{ subcomponents: [] }] }), "statements[0].products[0]"],
    [
      "subcomponents beside the products",
      withStatement({ subcomponents: [{ "@id": "pkg:npm/a@1" }] }),
      "statements[0].subcomponents",
    ],
    ["a product that is no list of products", withStatement({ product: "pkg:npm/a@1" }), "statements[0].product"],
    [
      "a subcomponent that is no list of them",
      withStatement({ products: [{ "@id": "pkg:npm/a@1", subcomponent: [{ "@id": "pkg:npm/b@1" }] }] }),
      "statements[0].products[0].subcomponent",
    ],
    ["a product that is a text", withStatement({ products: ["pkg:npm/a@1"] }), "statements[0].products[0]"],
  ];
  for (const [name, value, path] of cases) {
    test(name, () => {
      const result = decodeOpenVex(value);
      assert.ok(!result.ok);
      assert.ok(
        result.issues.some((issue) => issue.path === path),
        JSON.stringify(result.issues),
      );
    });
  }

  test("junk never throws", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom("statements", "author", "@id", "version"), (junk, key) => {
        decodeOpenVex(junk as Value);
        decodeOpenVex({ ...DOCUMENT, [key]: junk as Value });
        decodeOpenVex(withStatement({ products: junk as Value, vulnerability: junk as Value }));
      }),
    );
  });
});

const text = fc.string({ minLength: 1, maxLength: 12, unit: "grapheme" });
const map = fc.dictionary(fc.constantFrom("purl", "cpe23", "sha-256", "__proto__", "constructor"), text, {
  maxKeys: 3,
});
const component: fc.Arbitrary<VexComponent> = fc.record({ id: text, identifiers: map, hashes: map });
const optional = (value: string): fc.Arbitrary<Record<string, string>> =>
  fc.option(text).map((drawn): Record<string, string> => (drawn === null ? {} : { [value]: drawn }));
const statement = fc
  .tuple(
    fc.record({
      vulnerability: text,
      aliases: fc.uniqueArray(text, { maxLength: 2 }),
      products: fc.array(fc.tuple(component, fc.array(component, { maxLength: 2 })), { maxLength: 2 }),
      timestamp: fc.constantFrom(TIME, "2025-01-01T00:00:00.123456789+01:00"),
    }),
    fc.oneof(
      fc
        .constantFrom(...VEX_JUSTIFICATIONS)
        .map((justification) => ({ status: "not_affected" as const, justification })),
      text.map((impactStatement) => ({ status: "not_affected" as const, impactStatement })),
      text.map((actionStatement) => ({ status: "affected" as const, actionStatement })),
      fc.constantFrom("fixed" as const, "under_investigation" as const).map((status) => ({ status })),
    ),
    optional("statusNotes"),
  )
  .map(([frame, answer, notes]) => ({
    ...frame,
    ...answer,
    ...notes,
    aliases: frame.aliases.filter((alias) => alias !== frame.vulnerability),
    products: frame.products.map(([product, subcomponents]) => ({ ...product, subcomponents })),
  })) as fc.Arbitrary<VexStatement>;

test("decode ∘ encode gives an equal document, also through JSON text", () => {
  const base = {
    id: text,
    author: text,
    timestamp: fc.constant(TIME),
    version: fc.nat(),
    statements: fc.array(statement, { maxLength: 3 }),
  };
  fc.assert(
    fc.property(fc.record(base), optional("role"), optional("tooling"), (frame, role, tooling) => {
      // Drawn objects have no prototype; decoded ones do.
      const document = structuredClone({ ...frame, ...role, ...tooling }) as VexDocument;
      assert.deepEqual(decoded(encodeOpenVex(document)), document);
    }),
    { numRuns: 60 },
  );
  const document = decoded(DOCUMENT);
  assert.deepEqual(decoded(readJson(writeJson(encodeOpenVex(document)))), document);
});

test("a statement that lacks what its status needs is not written", () => {
  const document = decoded(DOCUMENT);
  const broken = document.statements.map(({ vulnerability, aliases, products, status, timestamp }) => {
    return { vulnerability, aliases, products, status, timestamp };
  });
  assert.throws(
    () => encodeOpenVex({ ...document, statements: broken }),
    (error) => isAmapError(error, "DOCUMENT_INVALID"),
  );
});
