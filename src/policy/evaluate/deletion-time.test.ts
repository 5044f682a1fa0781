import assert from "node:assert/strict";
import { test } from "node:test";
import { formatTime, type Value } from "../../base/index.ts";
import { deletionTimeOf } from "./deletion-time.ts";

const LABEL = "cleanup.kyverno.io/ttl";
const CREATED = "2026-11-23T03:00:00Z";
const labelled = (ttl: Value, more: Readonly<Record<string, Value>> = {}): Value => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "web", labels: { [LABEL]: ttl }, creationTimestamp: CREATED, ...more },
});

const TIMES: readonly (readonly [ttl: string, time: string])[] = [
  ["90s", "2026-11-23T03:01:30Z"],
  ["1h30m", "2026-11-23T04:30:00Z"],
  ["1.5h", "2026-11-23T04:30:00Z"],
  ["0", CREATED],
  ["2d", "2026-11-25T03:00:00Z"],
  ["1d12h", "2026-11-24T15:00:00Z"],
  ["1week", "2026-11-30T03:00:00Z"],
  ["3DAYS", "2026-11-26T03:00:00Z"],
  ["2hr-30min", "2026-11-23T05:30:00Z"],
  // As in Kyverno: a number right before a unit counts, whatever stands before it.
  ["1.5d", "2026-11-28T03:00:00Z"],
  ["2026-01-02", "2026-01-02T00:00:00Z"],
  ["2026-01-02T150405Z", "2026-01-02T15:04:05Z"],
  ["2026-01-02T150405.25Z", "2026-01-02T15:04:05.250Z"],
];
for (const [ttl, time] of TIMES) {
  test(`deletionTimeOf: ${ttl}`, () => {
    const found = deletionTimeOf(labelled(ttl));
    assert.equal(found.status === "at" ? formatTime(found.time) : found.status, time);
  });
}

const INVALID: readonly (readonly [name: string, object: Value, message: RegExp])[] = [
  ["a word", labelled("soon"), /expected a duration such as 2d, .*, found "soon"/],
  ["a number without a unit", labelled("5"), /found "5"/],
  ["an unknown unit", labelled("2months"), /found "2months"/],
  ["a unit that only begins as a known one", labelled("2wks"), /found "2wks"/],
  ["a day that there is not", labelled("2026-02-30"), /found "2026-02-30"/],
  ["a time with colons, which no label has", labelled("2026-01-02T15:04:05Z"), /found/],
  ["an hour that there is not", labelled("2026-01-02T250405Z"), /found/],
  ["no text", labelled(5), /found no text/],
  ["a duration beyond 292 years", labelled("99999w"), /longer than 292 years/],
  ["a number that no computer counts", labelled(`${"9".repeat(30)}d`), /longer than 292 years/],
  ["more than a label holds", labelled("1".repeat(1_000_000)), /found "1{80}"/],
  ["no creation time", labelled("2d", { creationTimestamp: null }), /creationTimestamp, which is no time/],
];
for (const [name, object, message] of INVALID) {
  test(`deletionTimeOf: nothing is deleted for ${name}`, () => {
    const found = deletionTimeOf(object);
    assert.equal(found.status, "invalid");
    const { issue } = found as { issue: { code: string; path: string; message: string } };
    assert.deepEqual([issue.code, issue.path], ["VALUE_INVALID", `metadata.labels["${LABEL}"]`]);
    assert.match(issue.message, message);
  });
}

test("deletionTimeOf: a time needs no creation time", () => {
  assert.equal(deletionTimeOf(labelled("2026-01-02", { creationTimestamp: null })).status, "at");
});

test("deletionTimeOf: nothing without the label, and for what is being deleted", () => {
  for (const object of [null, {}, { metadata: { labels: null } }, { metadata: { labels: { other: "2d" } } }]) {
    assert.deepEqual(deletionTimeOf(object), { status: "none" });
  }
  assert.deepEqual(deletionTimeOf(labelled("2d", { deletionTimestamp: CREATED })), { status: "none" });
});

test("deletionTimeOf: what happens to the objects that belong to it", () => {
  const propagation = (policy: string): string | undefined => {
    const found = deletionTimeOf(labelled("0", { annotations: { "cleanup.kyverno.io/propagation-policy": policy } }));
    return found.status === "at" ? found.propagation : "no time";
  };
  assert.equal(propagation("Orphan"), "Orphan");
  assert.equal(propagation("Foreground"), "Foreground");
  assert.equal(propagation("Background"), "Background");
  assert.equal(propagation("orphan"), undefined);
});
