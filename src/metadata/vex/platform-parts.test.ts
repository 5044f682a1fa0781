import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encodeUtf8 } from "../../base/index.ts";
import { type Catalog, catalogFiles, mergeCatalogs } from "../sbom/catalogers/catalog.ts";
import { createSbom, describeImage } from "../sbom/create-sbom.ts";
import type { Finding } from "../vulnerability/vulnerability.ts";
import { answerFindings } from "./answering.ts";
import { explainVex } from "./explain.ts";
import { dependenciesOf } from "./scanned-sbom.ts";
import type { VexComponent, VexProduct, VexStatement, VexSubject } from "./vex.ts";

const digestOf = (digit: string): string => `sha256:${digit.repeat(64)}`;
const [INDEX, AMD, ARM, OTHER] = [digestOf("a"), digestOf("b"), digestOf("c"), digestOf("d")];
const URL = "repository_url=registry.example%2Fshop";
const NAME = "pkg:oci/shop";
const IMAGE: VexSubject = {
  purls: [`${NAME}@${INDEX}?${URL}`],
  digests: [INDEX],
  indexDigest: INDEX,
  platforms: [
    { digest: AMD, name: "linux/amd64", architecture: "amd64" },
    { digest: ARM, name: "linux/arm64", architecture: "arm64" },
  ],
};
const LEFT = "pkg:npm/left@1.0.0";
const FINDING: Finding = {
  vulnerability: "CVE-2026-0001",
  aliases: [],
  advisory: "CVE-2026-0001",
  purl: LEFT,
  component: "left",
  version: "1.0.0",
  severity: "high",
  fixedVersions: [],
};

const part = (id: string): VexComponent => ({ id, identifiers: {}, hashes: {} });
const productOf = (id: string, ...inside: readonly string[]): VexProduct => ({
  ...part(id),
  subcomponents: inside.map(part),
});
const say = (products: readonly VexProduct[], more: Partial<VexStatement> = {}): VexStatement => ({
  vulnerability: "CVE-2026-0001",
  aliases: [],
  products,
  status: "not_affected",
  justification: "component_not_present",
  timestamp: "2026-01-01T00:00:00Z",
  ...more,
});
const sourcesOf = (...statements: readonly VexStatement[]) => [
  { document: { id: "urn:1", author: "a", timestamp: "2026-01-01T00:00:00Z", version: 1, statements }, source: "s" },
];
const answer = (statements: readonly VexStatement[], finding: Finding = FINDING, product: VexSubject = IMAGE) => {
  const [answered] = answerFindings({ findings: [finding], product, documents: sourcesOf(...statements) });
  assert.ok(answered !== undefined);
  return answered;
};
const hashOf = (digest: string): VexProduct => ({
  ...productOf(""),
  hashes: { "sha-256": digest.slice("sha256:".length) },
});
const PLATFORM = "platform=linux%2Famd64";
/** A package URL with the hash of the index. */
const named = (purl: string): VexProduct => ({ ...hashOf(INDEX), id: purl });
/** A package URL with the index as its id. */
const called = (purl: string): VexProduct => ({ ...productOf(`shop@${INDEX}`), identifiers: { purl } });
const alsoCalled = (purl: string): VexProduct => ({ ...productOf(`${NAME}@${INDEX}`), identifiers: { purl } });

describe("a statement about a finding that both platforms of an index have answers", () => {
  type Covered = "all" | "linux/amd64" | "none";
  const rows: readonly (readonly [name: string, products: readonly VexProduct[], covered: Covered])[] = [
    ["all by the digest of the index", [productOf(`shop@${INDEX}`)], "all"],
    ["all by a package URL with it", [productOf(`${NAME}@${INDEX}`)], "all"],
    ["all by a package URL without digest", [productOf(NAME)], "all"],
    ["all by its repository", [productOf(`${NAME}?${URL}`)], "all"],
    ["all by the component alone", [productOf("pkg:npm/left")], "all"],
    ["all by both platforms", [productOf(AMD), productOf(ARM)], "all"],
    ["one by its digest", [productOf(AMD)], "linux/amd64"],
    ["one by its digest in upper case", [productOf(`shop@${AMD.toUpperCase().replace("SHA", "sha")}`)], "linux/amd64"],
    ["one by its hash", [hashOf(AMD)], "linux/amd64"],
    ["one by a package URL with its digest", [productOf(`${NAME}@${AMD}`)], "linux/amd64"],
    ["one by its digest and repository", [productOf(`${NAME}@${AMD}?${URL}`)], "linux/amd64"],
    ["one by another name with its digest", [productOf(`pkg:docker/other@${AMD}`)], "linux/amd64"],
    ["one by its architecture", [productOf(`${NAME}?arch=amd64`)], "linux/amd64"],
    ["one by the index with its architecture", [productOf(`${NAME}@${INDEX}?arch=amd64`)], "linux/amd64"],
    ["one by its platform, as BuildKit writes it", [productOf(`pkg:docker/shop@${INDEX}?${PLATFORM}`)], "linux/amd64"],
    ["one by its architecture and system", [productOf(`${NAME}@${INDEX}?arch=amd64&os=linux`)], "linux/amd64"],
    ["one by its architecture beside the hash of the index", [named(`${NAME}@${INDEX}?arch=amd64`)], "linux/amd64"],
    ["one by its architecture without digest beside that hash", [named(`${NAME}?arch=amd64`)], "linux/amd64"],
    ["one by its architecture beside the name of the index", [called(`${NAME}?arch=amd64`)], "linux/amd64"],
    ["one by that beside a package URL of the index", [alsoCalled(`${NAME}@${INDEX}?arch=amd64`)], "linux/amd64"],
    ["one with the component inside", [productOf(AMD, LEFT)], "linux/amd64"],
    ["none with another component inside", [productOf(AMD, "pkg:npm/right")], "none"],
    ["none of another digest", [productOf(OTHER)], "none"],
    ["none with one digest and the other architecture", [productOf(`${NAME}@${AMD}?arch=arm64`)], "none"],
    ["none of another system", [productOf(`${NAME}@${INDEX}?arch=amd64&os=windows`)], "none"],
    ["none of another system without architecture", [productOf(`${NAME}@${INDEX}?os=windows`)], "none"],
    ["none of a variant that is not there", [productOf(`${NAME}@${INDEX}?arch=arm64&variant=v9`)], "none"],
    ["none of another platform", [productOf(`pkg:docker/shop@${INDEX}?platform=linux%2Farm%2Fv7`)], "none"],
    ["none of an architecture that is not there", [productOf(`${NAME}@${INDEX}?arch=s390x`)], "none"],
  ];
  for (const [name, products, covered] of rows) {
    it(name, () => {
      const { answered, statement, byPlatform, unmatched } = answer([say(products)]);
      assert.equal(answered, covered === "all");
      assert.equal(statement?.status, covered === "all" ? "not_affected" : undefined);
      const parts = byPlatform?.map((each) => [each.platforms.join(), each.answered]);
      const expected =
        covered === "linux/amd64"
          ? [
              ["linux/amd64", true],
              ["linux/arm64", false],
            ]
          : undefined;
      assert.deepEqual(parts, expected);
      assert.equal(unmatched.length, covered === "none" ? 1 : 0);
    });
  }
});

describe("a finding on platforms of an index", () => {
  const [amd, arm, whole] = [say([productOf(AMD)]), say([productOf(ARM)]), say([productOf(INDEX)])];
  const on = (...platforms: readonly string[]): Finding => ({ ...FINDING, platforms });
  const later = { timestamp: "2026-02-01T00:00:00Z" };
  const affected = { status: "affected", actionStatement: "Update." } as const;
  const rows: readonly (readonly [string, Finding, readonly VexStatement[], boolean, string | undefined])[] = [
    [
      "is answered by one statement for each",
      FINDING,
      [amd, say([productOf(ARM)], { status: "fixed" })],
      true,
      "not_affected",
    ],
    ["is open where one of them is affected", FINDING, [amd, say([productOf(ARM)], affected)], false, "affected"],
    [
      "is open on one that a newer statement opens",
      FINDING,
      [whole, say([productOf(ARM)], { ...affected, ...later })],
      false,
      "affected",
    ],
    [
      "is answered where the newer one is about all",
      FINDING,
      [say([productOf(ARM)], affected), say([productOf(INDEX)], later)],
      true,
      "not_affected",
    ],
    ["is answered where it is on that one alone", on(AMD), [amd], true, "not_affected"],
    ["is open where it is on the other one alone", on(AMD), [arm], false, undefined],
    ["is open where nobody knows on which", FINDING, [amd], false, undefined],
    ["is open where it is on one that is not there", on(AMD, OTHER), [amd], false, undefined],
    ["is open where it is said to be on none", on(), [amd], false, undefined],
  ];
  for (const [name, finding, statements, isAnswered, status] of rows) {
    it(name, () => {
      const answered = answer(statements, finding);
      assert.deepEqual([answered.answered, answered.statement?.status], [isAnswered, status]);
      assert.deepEqual(answer(statements.toReversed(), finding), answered);
    });
  }

  it("of two platforms of one manifest is answered by its digest, and not by one architecture", () => {
    const platforms = ["amd64", "arm64"].map((architecture) => ({ digest: AMD, name: architecture, architecture }));
    const twice = { ...IMAGE, platforms };
    assert.equal(answer([amd], FINDING, twice).answered, true);
    assert.equal(answer([say([productOf(`${NAME}?arch=amd64`)])], FINDING, twice).answered, false);
  });

  it("is explained: what decides where, what lost, and what speaks of another platform", () => {
    const older = say([productOf(ARM)], { status: "fixed", timestamp: "2025-01-01T00:00:00Z" });
    const input = { findings: [FINDING], product: IMAGE, documents: sourcesOf(amd, arm, older) };
    const { statements, findings } = explainVex(input);
    assert.deepEqual(
      statements.map(({ outcome, decides, matches }) => [outcome, decides, matches]),
      [
        ["decides", 1, 1],
        ["decides", 1, 1],
        ["superseded", 0, 1],
      ],
    );
    assert.match(statements[2]?.supersededBy?.reason ?? "", /^it is older/);
    assert.deepEqual([findings[0]?.lostCount, findings[0]?.lost[0]?.index], [1, 2]);
    const [missed] = explainVex({ ...input, findings: [on(AMD)], documents: sourcesOf(arm) }).statements;
    assert.deepEqual([missed?.outcome, missed?.miss?.reason], ["unmatched", "other-platform"]);
    assert.match(missed?.miss?.message ?? "", /linux\/arm64/);
  });
});

describe("a component that is below another one on one platform", () => {
  const packageOf = (name: string, ...needs: readonly string[]): readonly [string, Uint8Array] => [
    `app/node_modules/${name}/package.json`,
    encodeUtf8(
      JSON.stringify({ name, version: "1.0.0", dependencies: Object.fromEntries(needs.map((n) => [n, "1"])) }),
    ),
  ];
  const catalogOf = (...packages: readonly (readonly [string, Uint8Array])[]): Catalog =>
    catalogFiles(new Map(packages));
  const below = catalogOf(packageOf("over", "left"), packageOf("left"));
  const rows: readonly (readonly [name: string, catalogs: readonly Catalog[], isAnswered: boolean])[] = [
    ["and on the other one", [below, below], true],
    ["and alone on the other one", [below, catalogOf(packageOf("left"))], false],
    ["and alone on the first one", [catalogOf(packageOf("left")), below], false],
    [
      "and in a circle on the other one",
      [below, catalogOf(packageOf("left", "right"), packageOf("right", "left"))],
      false,
    ],
    ["and nowhere on the other one", [below, catalogOf(packageOf("over"))], true],
  ];
  for (const [name, catalogs, isAnswered] of rows) {
    it(`${name} is ${isAnswered ? "closed" : "left open"} by what is over it`, () => {
      const sbom = createSbom({
        catalog: mergeCatalogs(catalogs),
        subject: describeImage({ name: "shop", digest: INDEX as `sha256:${string}` }),
        createdAt: "2026-01-01T00:00:00Z",
        serialNumber: "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
        tools: [],
      });
      const [answered] = answerFindings({
        findings: [FINDING],
        product: IMAGE,
        documents: sourcesOf(say([productOf("pkg:npm/over@1.0.0", LEFT)])),
        dependencies: dependenciesOf(sbom),
      });
      assert.equal(answered?.answered, isAnswered);
    });
  }
});
