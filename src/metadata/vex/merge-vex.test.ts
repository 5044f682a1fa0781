import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { canonicalJson, isAmapError, type Value, type ValueObject } from "../../base/index.ts";
import { readVexOf } from "../../testing/vex-reading.ts";
import type { Finding } from "../vulnerability/vulnerability.ts";
import { answerFindings } from "./answering.ts";
import { addStatement, filterVex, type GivenStatement, startVex, type VexQuery } from "./edit-vex.ts";
import { explainVex } from "./explain.ts";
import { type MergedVex, type MergeVexOptions, mergeVex } from "./merge-vex.ts";
import { VEX_STATUSES, type VexStatus } from "./vex.ts";
import type { VexSource } from "./vex-entries.ts";

const NOW = Date.parse("2026-06-01T00:00:00Z");
const IMAGE = { purls: ["pkg:oci/shop?repository_url=ghcr.io/acme/shop"], digests: [] };
const [LEFT, RIGHT] = ["pkg:npm/left@1.0.0", "pkg:npm/right@1.0.0"];

function sourceOf(value: Value): VexSource {
  const { notes: _, ...read } = readVexOf(value);
  return { ...read, value, source: `${read.document.id}.json` };
}

const merge = (sources: readonly VexSource[], more: Partial<MergeVexOptions> = {}): MergedVex =>
  mergeVex(sources, { id: "merged", author: "me", timestamp: "2026-06-01T00:00:00Z", now: NOW, ...more });

function findingOf(vulnerability: string, purl: string, aliases: readonly string[] = []): Finding {
  const shared = { component: "x", version: "1", severity: "high", fixedVersions: [] } as const;
  return { ...shared, vulnerability, aliases, advisory: vulnerability, purl };
}

const FINDINGS = [
  findingOf("CVE-2026-1000", LEFT, ["GHSA-a"]),
  findingOf("CVE-2026-1000", RIGHT),
  findingOf("CVE-2026-2000", LEFT),
];

/** What is answered, by what status of what time. */
function answersOf(sources: readonly VexSource[], now = NOW): readonly unknown[] {
  const documents = sources.map(({ document, source }) => ({ document, source, isAttestedForProduct: true }));
  return answerFindings({ findings: FINDINGS, product: IMAGE, documents, now }).map(({ statement }) =>
    statement === null ? null : [statement.status, Date.parse(statement.timestamp)],
  );
}

const pick = <T>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
const components = fc.subarray([LEFT, RIGHT, "pkg:npm/left"]).map((ids) => ids.map((id) => ({ "@id": id })));
const product = fc
  .record({ id: pick("pkg:oci/shop", LEFT, "pkg:npm/right", "pkg:oci/other"), subcomponents: components })
  .map(({ id, subcomponents }): Value => ({ "@id": id, ...(subcomponents.length === 0 ? {} : { subcomponents }) }));
const statement = fc
  .record({
    name: pick("CVE-2026-1000", "CVE-2026-2000", "GHSA-a"),
    aliases: pick<readonly string[]>([], ["GHSA-a"]),
    status: pick(...VEX_STATUSES),
    timestamp: pick(
      "2026-01-01T00:00:00Z",
      "2026-01-01T01:00:00+01:00",
      "2026-01-02T00:00:00Z",
      "2027-01-01T00:00:00Z",
    ),
    products: fc.array(product, { maxLength: 3 }),
  })
  .map(
    ({ name, aliases, status, timestamp, products }): Value => ({
      vulnerability: { name, aliases: aliases.filter((alias) => alias !== name) },
      status,
      timestamp,
      products,
      ...(status === "not_affected" ? { impact_statement: "i" } : {}),
      ...(status === "affected" ? { action_statement: "a" } : {}),
    }),
  );
const statements = fc.array(statement, { maxLength: 5 });

const documentOf = (id: string, listed: readonly Value[], more: ValueObject = {}): VexSource =>
  sourceOf({
    "@context": "https://openvex.dev/ns/v0.2.0",
    "@id": id,
    author: "Zoe",
    timestamp: "2026-01-01T00:00:00Z",
    version: 1,
    statements: listed,
    ...more,
  });
const documents = fc
  .array(statements, { minLength: 1, maxLength: 4 })
  .map((drawn) => drawn.map((listed, index) => documentOf(`d${index}`, listed)));

describe("laws of merging", () => {
  test("a merged document answers as its documents do, with or without their history, now and later", () => {
    fc.assert(
      fc.property(documents, fc.boolean(), (drawn, latestOnly) => {
        const merged = sourceOf(merge(drawn, { latestOnly }).value);
        assert.deepEqual(answersOf([merged]), answersOf(drawn));
        if (!latestOnly)
          assert.deepEqual(answersOf([merged], Number.MAX_SAFE_INTEGER), answersOf(drawn, Number.MAX_SAFE_INTEGER));
      }),
    );
  });

  test("the order does not matter, nor what is merged first, nor how often", () => {
    fc.assert(
      fc.property(documents, fc.boolean(), (drawn, latestOnly) => {
        const options = { latestOnly };
        const all = merge(drawn, options).value;
        assert.deepEqual(merge(drawn.toReversed(), options).value, all);
        const [first, ...rest] = drawn;
        assert.ok(first !== undefined);
        const nested = [first, sourceOf(merge(rest, { ...options, id: "rest" }).value)];
        assert.deepEqual(statementsIn(merge(nested, options).value), statementsIn(all));
        assert.deepEqual(statementsIn(merge([sourceOf(all), ...drawn], options).value), statementsIn(all));
      }),
    );
  });

  test("of two editions of one document nothing becomes more favourable", () => {
    fc.assert(
      fc.property(statements, statements, (old, later) => {
        const editions = [documentOf("d", old), documentOf("d", later, { version: 2 })];
        const merged = answerFindings(inputOf([sourceOf(merge(editions).value)]));
        const beside = answerFindings(inputOf(editions));
        for (const [index, { answered }] of merged.entries()) assert.ok(!answered || beside[index]?.answered);
      }),
    );
  });

  test("filtering only removes, and keeps what it keeps as it is", () => {
    const queries = fc.record({
      vulnerabilities: fc.subarray(["cve-2026-1000", "GHSA-A"]),
      products: fc.subarray(["pkg:oci/shop", "pkg:npm/left"]),
      components: fc.subarray(["pkg:npm/left"]),
      statuses: fc.subarray([...VEX_STATUSES]),
    });
    fc.assert(
      fc.property(statements, queries, (listed, query) => {
        const { value, kept, removed } = filterVex(
          documentOf("d", listed),
          { ...query, authors: [] },
          "2026-06-01T00:00:00Z",
        );
        const left = statementsIn(value);
        assert.deepEqual([left.length, kept + removed], [kept, listed.length]);
        for (const each of left)
          assert.ok(listed.some((other) => JSON.stringify(sorted(other)) === JSON.stringify(sorted(each))));
        assert.equal(readVexOf(value).document.statements.length, kept);
      }),
    );
  });

  test("what is added is found, and decides", () => {
    fc.assert(
      fc.property(statements, pick<VexStatus>("affected", "fixed", "under_investigation"), (listed, status) => {
        const given: GivenStatement = {
          vulnerability: "CVE-2026-1000",
          aliases: [],
          products: ["pkg:oci/shop"],
          subcomponents: ["pkg:npm/left"],
          status,
          ...(status === "affected" ? { actionStatement: "a" } : {}),
        };
        const added = sourceOf(addStatement(documentOf("d", listed), given, "2026-05-01T00:00:00Z").value);
        const explained = explainVex(inputOf([added]));
        assert.deepEqual(explained.statements.at(-1)?.outcome, "decides");
        assert.equal(explained.findings[0]?.decidedBy?.status, status);
        assert.deepEqual(statementsIn(added.value).slice(0, -1), listed, "the others stay as they are");
      }),
    );
  });
});

function inputOf(sources: readonly VexSource[]): Parameters<typeof explainVex>[0] {
  const trusted = sources.map(({ document, source }) => ({ document, source, isAttestedForProduct: true }));
  return { findings: FINDINGS, product: IMAGE, documents: trusted, now: NOW };
}

const statementsIn = (value: Value): readonly Value[] =>
  (value as { readonly statements: readonly Value[] }).statements;

/** Without the order of members, and without an empty list of aliases, which says nothing. */
function sorted(value: Value): unknown {
  const { vulnerability, timestamp, products = [], ...rest } = value as Record<string, Value>;
  const { name, aliases = [] } = vulnerability as Record<string, Value>;
  return [name, aliases, timestamp, products, JSON.parse(canonicalJson(rest))];
}

describe("a merged document", () => {
  const affected = { vulnerability: { name: "CVE-2026-1000" }, status: "affected", action_statement: "a" };
  const fixed = (ids: readonly string[], timestamp: string): Value => ({
    vulnerability: { name: "CVE-2026-1000", "@id": "https://nvd.example/CVE-2026-1000", description: "d" },
    status: "fixed",
    timestamp,
    products: [{ "@id": "pkg:oci/shop", supplier: "Zoe", subcomponents: ids.map((id) => ({ "@id": id })) }],
  });

  test("loses with --latest-only what is said anew, and never speaks of more", () => {
    const [old, later] = [
      documentOf("a", [fixed([LEFT, RIGHT], "2026-01-01T00:00:00Z")]),
      documentOf("b", [
        {
          ...affected,
          timestamp: "2026-02-01T00:00:00Z",
          products: (fixed([LEFT], "") as ValueObject)["products"] ?? [],
        },
      ]),
    ];
    const { value, statements: count } = merge([old, later], { latestOnly: true });
    assert.equal(count, 2);
    assert.deepEqual(statementsIn(value)[0], fixed([RIGHT], "2026-01-01T00:00:00Z"));
    const both = merge([old, documentOf("b", [fixed([RIGHT, LEFT], "2026-02-01T00:00:00Z")])], { latestOnly: true });
    assert.deepEqual(statementsIn(both.value), [fixed([RIGHT, LEFT], "2026-02-01T00:00:00Z")]);
  });

  test("loses a product whose subcomponents are all said anew, and keeps the other one", () => {
    const inside = (id: string): Value => ({ "@id": id, subcomponents: [{ "@id": LEFT }] });
    const old = {
      ...affected,
      timestamp: "2026-01-01T00:00:00Z",
      products: [inside("pkg:oci/shop"), inside("pkg:oci/b")],
    };
    const later = { ...affected, timestamp: "2026-02-01T00:00:00Z", products: [inside("pkg:oci/shop")] };
    const { value } = merge([documentOf("a", [old]), documentOf("b", [later])], { latestOnly: true });
    assert.deepEqual(statementsIn(value), [{ ...old, products: [inside("pkg:oci/b")] }, later]);
  });

  test("has of two editions of one document at one time what the later one says", () => {
    const said = (status: string): Value => ({
      vulnerability: { name: "CVE-2026-1000" },
      status,
      products: [{ "@id": "pkg:oci/shop" }],
    });
    const editions = [documentOf("d", [said("fixed")], { version: 2 }), documentOf("d", [said("under_investigation")])];
    const { value } = merge(editions);
    assert.deepEqual(answersOf([sourceOf(value)]), answersOf(editions));
    assert.deepEqual([statementsIn(value).length, readVexOf(value).document.statements[0]?.status], [1, "fixed"]);
  });

  test("keeps an older statement that one from the future would replace", () => {
    const future = documentOf("b", [fixed([LEFT], "2099-01-01T00:00:00Z")]);
    assert.equal(
      merge([documentOf("a", [fixed([LEFT], "2026-01-01T00:00:00Z")]), future], { latestOnly: true }).statements,
      2,
    );
  });

  test("keeps what OpenVEX says beyond the model, and says the same once", () => {
    const one = fixed([LEFT], "2026-01-01T00:00:00Z");
    const { value, losses } = merge([documentOf("a", [one]), documentOf("b", [one, one])], { author: "Zoe" });
    assert.deepEqual([statementsIn(value), losses], [[one], []]);
  });

  test("tells whose words they were, contradictions, and what stands in for what is lacking", () => {
    const { losses, conflicts, value } = merge([
      documentOf("a", [{ ...affected, action_statement: "", products: [{ "@id": "pkg:oci/shop" }] }], { role: "r" }),
      documentOf("b", [{ ...affected, status: "fixed", action_statement: "", products: [{ "@id": "pkg:oci/shop" }] }], {
        author: "Ada",
      }),
    ]);
    assert.deepEqual(losses, [
      "statements by Ada, Zoe are by me now",
      "the authors' roles are not kept: r",
      'a.json: statement 1: an affected statement needs an action_statement: it is written as "No action is stated."',
    ]);
    assert.deepEqual(
      conflicts.map(({ isTie, count }) => [isTie, count]),
      [[true, 2]],
    );
    assert.match(JSON.stringify(value), /"action_statement":"No action is stated\."/);
  });

  test("takes CSAF and CycloneDX", () => {
    const csaf: Value = {
      document: {
        category: "csaf_vex",
        csaf_version: "2.0",
        publisher: { name: "Zoe" },
        tracking: { id: "1", version: "1", current_release_date: "2026-01-01T00:00:00Z" },
      },
      product_tree: { full_product_names: [{ product_id: "a", product_identification_helper: { purl: LEFT } }] },
      vulnerabilities: [{ cve: "CVE-2026-1000", product_status: { known_not_affected: ["a"] } }],
    };
    const cyclonedx: Value = {
      bomFormat: "CycloneDX",
      specVersion: "1.6",
      metadata: { timestamp: "2026-01-01T00:00:00Z", authors: [{ name: "Zoe" }] },
      components: [{ type: "library", name: "right", "bom-ref": "r", purl: RIGHT }],
      vulnerabilities: [{ id: "CVE-2026-1000", analysis: { state: "resolved" }, affects: [{ ref: "r" }] }],
    };
    const merged = merge([sourceOf(csaf), sourceOf(cyclonedx)], { author: "Zoe" });
    assert.deepEqual(
      answersOf([sourceOf(merged.value)]).map((answer) => (answer as readonly unknown[] | null)?.[0]),
      ["not_affected", "fixed", undefined],
    );
    assert.match(
      merged.losses.join("\n"),
      /CSAF is written as OpenVEX\n.*CycloneDX is written as OpenVEX\n.*"No reason is stated\."/,
    );
  });
});

describe("a statement is added", () => {
  const given: GivenStatement = {
    vulnerability: "CVE-2026-1000",
    aliases: ["GHSA-a"],
    products: ["pkg:oci/shop", `sha256:${"0a".repeat(32)}`],
    subcomponents: [LEFT],
    status: "not_affected",
    justification: "component_not_present",
  };
  const TIME = "2026-06-01T00:00:00Z";

  test("to a document, which counts up and keeps all else", () => {
    const own = documentOf("d", [], { tooling: "t", "x-note": "kept", version: 7 });
    const { value, version, isOutdated } = addStatement(own, given, TIME);
    assert.deepEqual([version, isOutdated, value["x-note"], value["last_updated"]], [8, false, "kept", TIME]);
    assert.equal(readVexOf(value).document.lastUpdated, TIME);
  });

  test("and one of a later time about the same is told", () => {
    const later = [
      {
        vulnerability: { name: "GHSA-a", aliases: ["CVE-2026-1000"] },
        status: "fixed",
        timestamp: "2027-01-01T00:00:00Z",
        products: [{ "@id": "pkg:oci/shop", subcomponents: [{ "@id": LEFT }] }],
      },
    ];
    assert.equal(addStatement(documentOf("d", later), given, TIME).isOutdated, true);
  });

  test("as the first of a new document", () => {
    const value = startVex({ id: "urn:x", author: "me" }, given, TIME);
    assert.deepEqual(readVexOf(value).document.statements[0]?.products[1]?.hashes, { "sha-256": "0a".repeat(32) });
  });

  const refused: readonly (readonly [string, () => unknown, string])[] = [
    [
      "without reason",
      () => addStatement(documentOf("d", []), { ...given, justification: undefined } as never, TIME),
      "DOCUMENT_INVALID",
    ],
    ["without product", () => addStatement(documentOf("d", []), { ...given, products: [] }, TIME), "DOCUMENT_INVALID"],
    [
      "affected without action",
      () => startVex({ id: "a", author: "b" }, { ...given, status: "affected" }, TIME),
      "DOCUMENT_INVALID",
    ],
    [
      "to early OpenVEX",
      () => addStatement(documentOf("d", [], { "@context": "https://openvex.dev/ns" }), given, TIME),
      "NOT_SUPPORTED",
    ],
  ];
  for (const [name, action, code] of refused)
    test(`${name} is refused`, () => assert.throws(action, (error) => isAmapError(error, code as never)));
});

test("a document of early OpenVEX is written as one of today when it is filtered", () => {
  const early = sourceOf({
    "@context": "https://openvex.dev/ns",
    "@id": "e",
    author: "Zoe",
    timestamp: "2026-01-01T00:00:00Z",
    version: "3",
    statements: [
      { vulnerability: "CVE-2026-1000", products: ["pkg:oci/shop"], subcomponents: [LEFT], status: "fixed" },
    ],
  });
  const all: VexQuery = { vulnerabilities: [], products: [], components: [], statuses: [], authors: [] };
  const { value } = filterVex(early, { ...all, since: Date.parse("2026-01-01T00:00:00Z") }, "2026-06-01T00:00:00Z");
  assert.deepEqual(value["version"], 4);
  assert.deepEqual(answersOf([sourceOf(value)]), answersOf([early]));
  assert.equal(filterVex(early, { ...all, since: NOW }, "").kept, 0);
  assert.equal(filterVex(early, { ...all, authors: ["Ada"] }, "").kept, 0);
});
