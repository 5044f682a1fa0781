import assert from "node:assert/strict";
import { test } from "node:test";
import { boundedLabel, createMetrics } from "./metrics.ts";

test("a label from outside has a bounded number of values (C19)", () => {
  const label = boundedLabel(2);
  assert.deepEqual(["a", "b", "c", "a", "x".repeat(1_000)].map(label), ["a", "b", "other", "a", "other"]);
});

test("ten thousand kinds and policies are at most a few hundred series", async () => {
  const metrics = createMetrics();
  for (let index = 0; index < 10_000; index += 1) {
    metrics.admission({ purpose: "validate", operation: "CREATE", kind: `Kind${index}`, allowed: true, durationMs: 1 });
    metrics.result("admission", `policy-${index}`, "pass");
  }
  const text = await metrics.read();
  assert.equal(text.match(/^amap_admission_requests_total\{/gm)?.length, 51);
  assert.equal(text.match(/^amap_policy_results_total\{/gm)?.length, 201);
  assert.match(text, /kind="other",allowed="true"\} 9950/);
});
