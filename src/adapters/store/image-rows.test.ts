import assert from "node:assert/strict";
import { test } from "node:test";
import { compareSeverity, type Severity } from "../../metadata/index.ts";
import { findingPlace, leastRank, RUNNING_PLACES, severityRank } from "./image-rows.ts";

const SEVERITIES: readonly Severity[] = ["critical", "high", "unknown", "medium", "low", "none"];

test("severities have metadata's order", () => {
  for (const a of SEVERITIES) {
    for (const b of SEVERITIES) {
      assert.equal(Math.sign(severityRank(a) - severityRank(b)), Math.sign(compareSeverity(a, b)), `${a} ${b}`);
    }
  }
});

test("what nobody knows counts as high", () => {
  assert.equal(leastRank("high"), severityRank("unknown"));
  assert.equal(leastRank("critical"), severityRank("critical"));
  assert.equal(leastRank("medium"), severityRank("medium"));
});

test("places follow running, severity and fix", () => {
  const places = [true, false].flatMap((running) =>
    SEVERITIES.flatMap((severity) => [true, false].map((fix) => findingPlace(running, severityRank(severity), fix))),
  );
  assert.deepEqual(
    places,
    places.map((_, at) => at),
  );
  assert.equal(findingPlace(false, 2, true) - findingPlace(true, 2, true), RUNNING_PLACES);
});
