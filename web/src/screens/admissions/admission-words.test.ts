import assert from "node:assert/strict";
import { test } from "node:test";
import { durationInWords, objectName } from "./admission-words.ts";

test("durations are told in the unit that fits", () => {
  assert.deepEqual([0.85, 1, 12.4, 999, 1_500].map(durationInWords), ["850 µs", "1 ms", "12 ms", "999 ms", "1.5 s"]);
});

test("objects are named with their namespace, cluster-wide ones without", () => {
  assert.equal(objectName({ kind: "Pod", namespace: "shop", name: "web" }), "shop/Pod/web");
  assert.equal(objectName({ kind: "Namespace", name: "shop" }), "Namespace/shop");
  assert.equal(objectName({ kind: "Pod", namespace: "shop", name: "" }), "shop/Pod/(no name yet)");
});
