import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { Finding } from "../vulnerability/vulnerability.ts";
import { type AnsweredFinding, answerFindings } from "./answering.ts";
import type { TrustedVexDocument } from "./prepared-statements.ts";
import { matchesPackage } from "./purl-matching.ts";
import { VEX_STATUSES, type VexProduct, type VexStatement, type VexStatus, type VexSubject } from "./vex.ts";

const HEX = "ab".repeat(32);
const DIGEST = `sha256:${HEX}`;
const IMAGE: VexSubject = {
  purls: ["pkg:oci/storefront?repository_url=registry.example.com/shop/storefront"],
  digests: [DIGEST],
};
const LODASH = "pkg:npm/lodash@4.17.20";

function findingOf(vulnerability: string, purl = LODASH, aliases: readonly string[] = []): Finding {
  return {
    vulnerability,
    aliases,
    advisory: vulnerability,
    purl,
    component: "x",
    version: "1",
    severity: "high",
    fixedVersions: [],
  };
}

function productOf(id: string, subcomponents: readonly string[] = [], more: Partial<VexProduct> = {}): VexProduct {
  return {
    id,
    identifiers: {},
    hashes: {},
    subcomponents: subcomponents.map((sub) => ({ id: sub, identifiers: {}, hashes: {} })),
    ...more,
  };
}

function statementOf(vulnerability: string, status: VexStatus, more: Partial<VexStatement> = {}): VexStatement {
  return {
    vulnerability,
    aliases: [],
    products: [productOf(`pkg:oci/storefront@sha256%3A${HEX}`)],
    status,
    timestamp: "2026-01-01T00:00:00Z",
    ...more,
  };
}

function documentOf(
  id: string,
  statements: readonly VexStatement[],
  more: Partial<TrustedVexDocument> & { version?: number } = {},
): TrustedVexDocument {
  const { version, ...rest } = more;
  return {
    document: { id, author: `author of ${id}`, timestamp: "2026-01-01T00:00:00Z", version: version ?? 1, statements },
    source: `source of ${id}`,
    ...rest,
  };
}

function answer(
  finding: Finding,
  documents: readonly TrustedVexDocument[],
  now = Date.parse("2026-06-01T00:00:00Z"),
): AnsweredFinding {
  const [answered] = answerFindings({ findings: [finding], product: IMAGE, documents, now });
  assert.ok(answered !== undefined);
  return answered;
}

describe("a statement answers a finding when it names", () => {
  const CVE = findingOf("CVE-2025-0001", LODASH, ["GHSA-aaaa"]);
  const cases: readonly (readonly [string, readonly VexProduct[], boolean])[] = [
    ["the image by digest", [productOf(`pkg:oci/storefront@sha256%3A${HEX}`)], true],
    [
      "the image by digest, whatever its name",
      [productOf(`pkg:oci/other@sha256%3A${HEX}?repository_url=elsewhere`)],
      true,
    ],
    ["the image by a reference with its digest", [productOf(`registry.example.com/storefront@${DIGEST}`)], true],
    ["the image by its hash", [productOf("https://example.com/product", [], { hashes: { "sha-256": HEX } })], true],
    ["the image by name", [productOf("pkg:oci/storefront")], true],
    [
      "the image by name and repository",
      [productOf("pkg:oci/storefront?repository_url=registry.example.com/shop/storefront")],
      true,
    ],
    [
      "the image in its identifiers",
      [productOf("https://example.com/product", [], { identifiers: { purl: "pkg:oci/storefront" } })],
      true,
    ],
    ["the image and the component", [productOf("pkg:oci/storefront", ["pkg:npm/lodash"])], true],
    ["the image and the component among others", [productOf("pkg:oci/storefront", ["pkg:npm/axios", LODASH])], true],
    ["the component itself", [productOf(LODASH)], true],
    ["the component in any version", [productOf("pkg:npm/lodash")], true],
    ["one of several products", [productOf("pkg:npm/axios"), productOf("pkg:oci/storefront")], true],
    ["another image", [productOf("pkg:oci/other")], false],
    ["another digest", [productOf(`pkg:oci/storefront@sha256%3A${"cd".repeat(32)}`)], false],
    ["another repository", [productOf("pkg:oci/storefront?repository_url=evil.example.com/storefront")], false],
    ["another component of the image", [productOf("pkg:oci/storefront", ["pkg:npm/axios"])], false],
    ["another version of the component", [productOf("pkg:npm/lodash@4.17.21")], false],
    ["the component inside another product", [productOf("pkg:npm/parent@1.0.0", [LODASH])], false],
    ["a digest that only begins alike", [productOf(`registry.example.com/storefront@${DIGEST.slice(0, -2)}`)], false],
    ["nothing", [], false],
  ];
  for (const [name, products, expected] of cases) {
    test(`${name}: ${expected}`, () => {
      const statement = statementOf("CVE-2025-0001", "not_affected", {
        products,
        justification: "component_not_present",
      });
      const answered = answer(CVE, [documentOf("a", [statement])]);
      assert.equal(answered.answered, expected);
      assert.equal(answered.statement?.status, expected ? "not_affected" : undefined);
      assert.equal(answered.unmatched.length, expected ? 0 : 1, "an inert statement is named");
    });
  }

  const architectures: readonly (readonly [string, Omit<VexSubject, "digests">, string, boolean])[] = [
    ["the image of its architecture", { purls: [`pkg:oci/a@${DIGEST}?arch=arm64`] }, "?arch=arm64", true],
    ["the image of another architecture", { purls: [`pkg:oci/a@${DIGEST}?arch=amd64`] }, "?arch=arm64", false],
    ["an image that does not say which", { purls: [] }, "?arch=arm64", true],
    ["one architecture of an index", { purls: [], indexDigest: DIGEST }, "?arch=arm64", false],
    ["an index", { purls: [], indexDigest: DIGEST }, "", true],
  ];
  for (const [name, subject, qualifiers, expected] of architectures) {
    test(`${name}: ${expected}`, () => {
      const products = [productOf(`pkg:oci/a@sha256%3A${HEX}${qualifiers}`)];
      const said = statementOf("CVE-2025-0001", "not_affected", { products, justification: "component_not_present" });
      const product = { ...subject, digests: [DIGEST] };
      const [answered] = answerFindings({ findings: [CVE], product, documents: [documentOf("a", [said])] });
      assert.equal(answered?.answered, expected);
    });
  }

  const names: readonly (readonly [string, string, readonly string[], boolean])[] = [
    ["its CVE", "CVE-2025-0001", [], true],
    ["its alias", "GHSA-aaaa", [], true],
    ["its alias among its own", "OTHER-1", ["GHSA-AAAA"], true],
    ["another one", "CVE-2025-0002", ["GHSA-bbbb"], false],
    ["another CVE that shares a name", "CVE-2025-0002", ["GHSA-aaaa"], false],
    ["the shared name of another CVE", "GHSA-aaaa", ["CVE-2025-0002"], false],
    ["its CVE in lower case", "cve-2025-0001", [], true],
  ];
  for (const [name, vulnerability, aliases, expected] of names) {
    test(`${name} as the vulnerability: ${expected}`, () => {
      assert.equal(
        answer(CVE, [documentOf("a", [statementOf(vulnerability, "fixed", { aliases })])]).answered,
        expected,
      );
    });
  }

  for (const status of VEX_STATUSES) {
    const expected = status === "not_affected" || status === "fixed";
    test(`it with the status ${status}: ${expected}`, () => {
      const answered = answer(CVE, [documentOf("a", [statementOf("CVE-2025-0001", status)])]);
      assert.equal(answered.answered, expected);
      assert.equal(answered.statement?.status, status);
    });
  }

  test("no product, in an attestation about the image", () => {
    const bare = statementOf("CVE-2025-0001", "fixed", { products: [] });
    assert.equal(answer(CVE, [documentOf("a", [bare], { isAttestedForProduct: true })]).answered, true);
    assert.equal(answer(CVE, [documentOf("a", [bare])]).answered, false);
  });

  test("it shows what decided", () => {
    const statement = statementOf("CVE-2025-0001", "not_affected", {
      justification: "component_not_present",
      impactStatement: "gone",
    });
    assert.deepEqual(answer(CVE, [documentOf("a", [statement])]).statement, {
      status: "not_affected",
      justification: "component_not_present",
      impactStatement: "gone",
      timestamp: "2026-01-01T00:00:00Z",
      author: "author of a",
      documentId: "a",
      source: "source of a",
    });
  });
});

const at = (status: VexStatus, timestamp: string): VexStatement => statementOf("CVE-2025-0001", status, { timestamp });

describe("of several statements", () => {
  const CVE = findingOf("CVE-2025-0001");
  const cases: readonly (readonly [string, readonly TrustedVexDocument[], VexStatus])[] = [
    [
      "the newest decides",
      [
        documentOf("a", [at("not_affected", "2026-01-01T00:00:00Z")]),
        documentOf("b", [at("affected", "2026-01-02T00:00:00Z")]),
      ],
      "affected",
    ],
    [
      "the newest decides in its favour too",
      [
        documentOf("a", [at("affected", "2026-01-01T00:00:00Z")]),
        documentOf("b", [at("fixed", "2026-01-02T00:00:00Z")]),
      ],
      "fixed",
    ],
    [
      "times are compared, not texts",
      [
        documentOf("a", [at("fixed", "2026-01-01T23:00:00-05:00")]),
        documentOf("b", [at("affected", "2026-01-02T01:00:00Z")]),
      ],
      "fixed",
    ],
    [
      "inside one document the newest decides",
      [documentOf("a", [at("fixed", "2026-01-02T00:00:00Z"), at("affected", "2026-01-01T00:00:00Z")])],
      "fixed",
    ],
    [
      "at one time the higher version of a document decides",
      [
        documentOf("a", [at("affected", "2026-01-01T00:00:00Z")]),
        documentOf("a", [at("fixed", "2026-01-01T00:00:00Z")], { version: 2 }),
      ],
      "fixed",
    ],
    [
      "at one time versions of different documents say nothing",
      [
        documentOf("a", [at("affected", "2026-01-01T00:00:00Z")]),
        documentOf("b", [at("fixed", "2026-01-01T00:00:00Z")], { version: 99 }),
      ],
      "affected",
    ],
    [
      "at one time the current versions of several documents decide by the least favourable",
      [
        documentOf("a", [at("affected", "2026-01-01T00:00:00Z")]),
        documentOf("a", [at("fixed", "2026-01-01T00:00:00Z")], { version: 2 }),
        documentOf("b", [at("under_investigation", "2026-01-01T00:00:00Z")]),
      ],
      "under_investigation",
    ],
    [
      "one from the future does not decide",
      [
        documentOf("a", [at("affected", "2026-01-01T00:00:00Z")]),
        documentOf("b", [at("fixed", "2099-01-01T00:00:00Z")]),
      ],
      "affected",
    ],
    [
      "at one time and version the less favourable decides",
      [
        documentOf("a", [at("not_affected", "2026-01-01T00:00:00Z")]),
        documentOf("b", [at("under_investigation", "2026-01-01T00:00:00Z")]),
      ],
      "under_investigation",
    ],
    [
      "none is newer than the signature over it",
      [
        documentOf("a", [at("not_affected", "2099-01-01T00:00:00Z")], { trustedAt: "2026-01-01T00:00:00Z" }),
        documentOf("b", [at("affected", "2026-01-02T00:00:00Z")]),
      ],
      "affected",
    ],
    [
      "one about another component does not decide",
      [
        documentOf("a", [at("fixed", "2026-01-01T00:00:00Z")]),
        documentOf("b", [{ ...at("affected", "2026-01-02T00:00:00Z"), products: [productOf("pkg:npm/axios")] }]),
      ],
      "fixed",
    ],
  ];
  for (const [name, documents, expected] of cases) {
    test(name, () => {
      for (const order of [documents, documents.toReversed()])
        assert.equal(answer(CVE, order).statement?.status, expected);
    });
  }

  test("at one time documents of one id and different authors say nothing about each other's version", () => {
    const mine = documentOf("a", [at("affected", "2026-01-01T00:00:00Z")]);
    const other = documentOf("a", [at("fixed", "2026-01-01T00:00:00Z")], { version: 2 });
    const theirs = { ...other, document: { ...other.document, author: "somebody else" } };
    assert.equal(answer(CVE, [mine, theirs]).statement?.status, "affected");
  });

  const times: readonly (readonly [string, boolean])[] = [
    ["2026-06-01T00:05:00Z", true],
    ["2026-06-01T00:05:01Z", false],
    ["2026-06-01T01:05:00+01:00", true],
  ];
  for (const [time, expected] of times) {
    test(`one dated ${time} against a clock of midnight decides: ${expected}`, () => {
      const answered = answer(CVE, [documentOf("a", [at("fixed", time)])]);
      assert.equal(answered.answered, expected);
      const reasons = answered.unmatched.map(({ reason }) => reason);
      assert.deepEqual(reasons, expected ? [] : [`it is dated in the future: ${time}`]);
    });
  }

  test("a newer document about one vulnerability leaves the answers to others", () => {
    const old = documentOf("old", [
      statementOf("CVE-2025-0001", "fixed"),
      statementOf("CVE-2025-0002", "not_affected"),
    ]);
    const later = documentOf("later", [at("under_investigation", "2026-02-01T00:00:00Z")], { version: 9 });
    const answered = answerFindings({
      findings: [CVE, findingOf("CVE-2025-0002")],
      product: IMAGE,
      documents: [old, later],
    });
    assert.deepEqual(
      answered.map((finding) => [finding.statement?.status, finding.answered]),
      [
        ["under_investigation", false],
        ["not_affected", true],
      ],
    );
  });
});

const pick = <T>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
const statements = fc
  .record({
    vulnerability: pick("CVE-2025-0001", "CVE-2025-0002", "GHSA-aaaa"),
    status: pick(...VEX_STATUSES),
    timestamp: pick("2026-01-01T00:00:00Z", "2026-01-01T01:00:00+01:00", "2026-01-02T00:00:00Z"),
    product: pick("pkg:oci/storefront", "pkg:npm/lodash", "pkg:npm/axios"),
    subcomponents: fc.subarray([LODASH, "pkg:npm/axios"]),
  })
  .map(({ vulnerability, status, timestamp, product, subcomponents }) =>
    statementOf(vulnerability, status, { timestamp, products: [productOf(product, subcomponents)] }),
  );
const documents = fc.array(
  fc
    .record({ id: pick("a", "b"), version: pick(1, 2), statements: fc.array(statements, { maxLength: 4 }) })
    .map(({ id, version, statements: drawn }) => documentOf(id, drawn, { version })),
  { maxLength: 4 },
);

describe("laws", () => {
  const findings = [
    findingOf("CVE-2025-0001", LODASH, ["GHSA-aaaa"]),
    findingOf("CVE-2025-0002"),
    findingOf("CVE-2025-0001", "pkg:npm/axios@0.21.1"),
  ];

  test("the order of documents and of their statements does not matter", () => {
    const shuffled = documents.chain((drawn) =>
      fc.tuple(fc.constant(drawn), fc.shuffledSubarray(drawn, { minLength: drawn.length }), fc.boolean()),
    );
    fc.assert(
      fc.property(shuffled, ([drawn, order, reverse]) => {
        const changed = order.map((entry) =>
          reverse
            ? { ...entry, document: { ...entry.document, statements: entry.document.statements.toReversed() } }
            : entry,
        );
        assert.deepEqual(
          answerFindings({ findings, product: IMAGE, documents: changed }),
          answerFindings({ findings, product: IMAGE, documents: drawn }),
        );
      }),
    );
  });

  test("documents about other vulnerabilities change nothing", () => {
    fc.assert(
      fc.property(documents, documents, (drawn, others) => {
        const about = others.map((entry) => ({
          ...entry,
          document: {
            ...entry.document,
            statements: entry.document.statements.map((statement) => ({
              ...statement,
              vulnerability: "CVE-1999-0001",
            })),
          },
        }));
        assert.deepEqual(
          answerFindings({ findings, product: IMAGE, documents: [...drawn, ...about] }),
          answerFindings({ findings, product: IMAGE, documents: drawn }),
        );
      }),
    );
  });

  test("answered means a deciding statement of not_affected or fixed, and findings keep their order", () => {
    fc.assert(
      fc.property(documents, (drawn) => {
        const answered = answerFindings({ findings, product: IMAGE, documents: drawn });
        assert.deepEqual(
          answered.map((finding) => finding.purl),
          findings.map((finding) => finding.purl),
        );
        for (const { statement, answered: isAnswered } of answered) {
          assert.equal(isAnswered, statement?.status === "not_affected" || statement?.status === "fixed");
        }
      }),
    );
  });
});

describe("a package URL as a pattern", () => {
  const cases: readonly (readonly [string, string, boolean])[] = [
    ["pkg:apk/wolfi/curl@8.1.2-r0?arch=x86_64", "pkg:apk/wolfi/curl@8.1.2-r0?arch=x86_64", true],
    ["pkg:apk/wolfi/curl", "pkg:apk/wolfi/curl@8.1.2-r0?arch=x86_64", true],
    ["pkg:apk/wolfi/curl@8.1.2-r0", "pkg:apk/alpine/curl@8.1.2-r0", false],
    ["pkg:apk/wolfi/curl@8.1.2-r0", "pkg:deb/wolfi/curl@8.1.2-r0", false],
    ["pkg:apk/wolfi/curl@8.1.2-r0?arch=x86_64", "pkg:apk/wolfi/curl@8.1.2-r0", false],
    ["pkg:apk/wolfi/curl?arch=x86_64", "pkg:apk/wolfi/curl@8.1.2-r0?arch=aarch64", false],
    ["pkg:deb/debian/bash?distro=debian-12", "pkg:deb/debian/bash@5.2?distro=debian-12.13", true],
    ["pkg:deb/debian/bash?distro=debian-1", "pkg:deb/debian/bash@5.2?distro=debian-12", false],
    ["pkg:deb/debian/bash?distro=debian-12.13", "pkg:deb/debian/bash@5.2?distro=debian-12", false],
    ["pkg:npm/%40a/b", "pkg:npm/@a/b@1", true],
    ["pkg:golang/a.b/c#x", "pkg:golang/a.b/c@1", false],
    ["not a purl", "pkg:npm/a@1", false],
    ["pkg:npm/a", "not a purl", false],
  ];
  for (const [pattern, purl, expected] of cases) {
    test(`${pattern} names ${purl}: ${expected}`, () => assert.equal(matchesPackage(pattern, purl), expected));
  }
});
