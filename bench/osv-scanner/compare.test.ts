import assert from "node:assert/strict";
import { test } from "node:test";
import { compareFindings, packageKey, readAmap, readPeer } from "./compare.ts";

const AMAP = {
  findings: [
    { purl: "pkg:npm/%40a/b@1", version: "1", advisory: "A-1", otherAdvisories: ["A-2"] },
    { purl: "pkg:bitnami/c@1", version: "1", advisory: "B-1" },
    { purl: "pkg:npm/odd@1", version: "1", advisory: "O-1" },
  ],
};
const PEER = {
  results: [
    {
      packages: [
        { package: { name: "@a/b", version: "1", ecosystem: "npm" }, vulnerabilities: [{ id: "A-1" }, { id: "A-9" }] },
        { package: { name: "odd", version: "1", ecosystem: "npm" } },
      ],
    },
  ],
};

test("each difference has its cause, or is listed", () => {
  const holds = new Set(["npm/@a/b@1 A-1", "npm/@a/b@1 A-2", "Bitnami/c@1 B-1"]);
  const { both, causes, unexplained } = compareFindings(readAmap(AMAP), readPeer(PEER), (each) => holds.has(each));
  assert.equal(both, 1);
  assert.deepEqual(causes, {
    "osv-scanner alone, and the truth says no: npm": 1,
    "osv-scanner looks up no package URLs of Bitnami": 1,
    "osv-scanner misses what the truth says: npm": 1,
  });
  assert.deepEqual(unexplained, ["amap alone: npm/odd@1 O-1"]);
});

test("of what the truth does not tell nothing is explained", () => {
  const { unexplained } = compareFindings(readAmap(AMAP), readPeer(PEER), () => undefined);
  assert.equal(unexplained.length, 4);
});

const keys: readonly (readonly [string, string, string])[] = [
  ["pkg:maven/org.a/b@1", "1", "Maven/org.a:b@1"],
  ["pkg:golang/Example.com/A@v1.0.0#v2", "v1.0.0", "Go/example.com/a/v2@1.0.0"],
  ["pkg:pypi/A_b@1", "1", "PyPI/a-b@1"],
  ["pkg:rpm/almalinux/c@1-2", "1-2", "AlmaLinux/c@1-2"],
];
for (const [purl, version, key] of keys) test(purl, () => assert.equal(packageKey(purl, version), key));
