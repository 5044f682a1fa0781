import assert from "node:assert/strict";
import { test } from "node:test";
import { type ImageSummary, quadrantsOf } from "./quadrants.ts";

const IMAGE: ImageSummary = {
  repository: "registry.local/shop/web",
  digest: "sha256:00",
  tags: ["1.0.0"],
  platforms: 1,
  firstSeenAt: "2026-11-22T00:00:00Z",
  observedAt: "2026-11-22T00:00:00Z",
  running: 2,
  verdict: "allowed",
  signed: true,
  provenance: true,
  vex: true,
  sbom: "CycloneDX 1.6",
  scannedAt: "2026-11-22T00:00:00Z",
  rejected: 0,
  findings: {},
  open: {},
  fixable: 0,
};
const { sbom: _sbom, scannedAt: _scannedAt, ...BARE } = IMAGE;

const ROWS: readonly (readonly [name: string, image: ImageSummary, states: string])[] = [
  ["everything is there", IMAGE, "good good good good"],
  ["nothing names it", { ...IMAGE, running: 0, tags: [] }, "unknown good good good"],
  ["no SBOM and no scan", BARE, "good bad good good"],
  ["a scan alone", { ...BARE, scannedAt: "2026-11-22T00:00:00Z" }, "good partly good good"],
  ["signed without provenance", { ...IMAGE, provenance: false }, "good good partly good"],
  ["neither signed nor provenance", { ...IMAGE, signed: false, provenance: false }, "good good bad good"],
  ["a rejected document beside good ones is not all good", { ...IMAGE, rejected: 1 }, "good good partly good"],
  ["denied", { ...IMAGE, verdict: "denied" }, "good good good bad"],
  ["not judged is not allowed", { ...IMAGE, verdict: "unknown" }, "good good good unknown"],
];

for (const [name, image, states] of ROWS) {
  test(`quadrants: ${name}`, () => {
    assert.equal(
      quadrantsOf(image)
        .map(({ state }) => state)
        .join(" "),
      states,
    );
  });
}

test("quadrants say in words what a mark stands for", () => {
  const words = quadrantsOf({ ...BARE, rejected: 2, running: 1 }).map((each) => each.words);
  assert.deepEqual(words, [
    "named by 1 resource, 1 tag",
    "no verified SBOM, never scanned, VEX statements",
    "signed, provenance, 2 documents rejected",
    "allowed",
  ]);
});
