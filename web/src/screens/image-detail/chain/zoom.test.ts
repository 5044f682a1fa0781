import assert from "node:assert/strict";
import { test } from "node:test";
import { zoomIn, zoomOut, zoomToFit } from "./zoom.ts";

const FITS: readonly [drawing: number, region: number, scale: number][] = [
  [1000, 1000, 1],
  [1000, 2000, 1],
  [1000, 800, 0.8],
  [1000, 100, 0.75],
  [0, 100, 1],
  [100, 0, 1],
];
for (const [drawing, region, scale] of FITS) {
  test(`zoomToFit: ${drawing} in ${region}`, () => assert.equal(zoomToFit(drawing, region), scale));
}

test("zooming stays within what is useful", () => {
  assert.equal(zoomIn(1), 1.25);
  assert.equal(zoomIn(1.9), 2);
  assert.equal(zoomOut(1), 0.8);
  assert.equal(zoomOut(0.26), 0.25);
});
