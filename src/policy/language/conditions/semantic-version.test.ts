import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { compareSemanticVersions, parseSemanticVersion, type SemanticVersion } from "./semantic-version.ts";

/** In ascending order, by semver 2.0 §11. */
const ORDERED = [
  "0.0.1",
  "0.1.0",
  "1.0.0-0",
  "1.0.0-2",
  "1.0.0-10",
  "1.0.0-alpha",
  "1.0.0-alpha.1",
  "1.0.0-alpha.beta",
  "1.0.0-beta",
  "1.0.0-beta.2",
  "1.0.0-beta.11",
  "1.0.0-rc.1",
  "1.0.0",
  "1.9.0",
  "1.10.0",
  "18446744073709551615.0.0",
];

describe("semantic versions", () => {
  test("are ordered", () => {
    const versions = ORDERED.map((text) => parseSemanticVersion(text) as SemanticVersion);
    for (const [i, a] of versions.entries()) {
      for (const [j, b] of versions.entries()) {
        assert.equal(compareSemanticVersions(a, b), Math.sign(i - j), `${ORDERED[i]} and ${ORDERED[j]}`);
      }
    }
  });

  test("build metadata does not count", () => {
    const [a, b] = ["1.0.0+x.1", "1.0.0"].map((text) => parseSemanticVersion(text) as SemanticVersion);
    assert.equal(compareSemanticVersions(a as SemanticVersion, b as SemanticVersion), 0);
  });

  const refused = [
    "",
    "1",
    "1.0",
    "v1.0.0",
    "01.0.0",
    "1.0.0-",
    "1.0.0-01",
    "1.0.0-a..b",
    "1.0.0+",
    "1.0.0+a..b",
    "1.0.0 ",
    "1.0.0-ä",
    "18446744073709551616.0.0",
    `1.0.0-${"a".repeat(2_000)}`,
  ];
  for (const text of refused) {
    test(`not ${JSON.stringify(text.slice(0, 20))}`, () => assert.equal(parseSemanticVersion(text), undefined));
  }
});
