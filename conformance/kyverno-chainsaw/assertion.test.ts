import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Value } from "../../src/base/index.ts";
import { mismatchOf } from "./assertion.ts";

const POD = {
  kind: "Pod",
  metadata: { name: "web", labels: { team: "a" } },
  spec: { containers: [{ name: "c", image: "nginx" }] },
};

describe("assertion trees", () => {
  const rows: readonly (readonly [name: string, wanted: Value, mismatch: RegExp | undefined])[] = [
    ["what is asked for is there", { metadata: { labels: { team: "a" } } }, undefined],
    ["a list in whole", { spec: { containers: [{ image: "nginx" }] } }, undefined],
    ["an expression", { spec: { "(length(containers))": 1 } }, undefined],
    ["another value", { metadata: { labels: { team: "b" } } }, /\.metadata\.labels\.team: expected "b", found "a"/],
    ["a key that is not there", { spec: { hostNetwork: false } }, /\.spec\.hostNetwork: expected false, found nothing/],
    ["a list of another length", { spec: { containers: [] } }, /\.spec\.containers: expected \[\]/],
    ["an expression with another value", { spec: { "(length(containers))": 2 } }, /expected 2, found 1/],
    ["an expression that fails", { spec: { "(length(none))": 0 } }, /expected 0, found nothing/],
    ["an inherited key", { constructor: {} }, /\.constructor: expected/],
  ];
  for (const [name, wanted, mismatch] of rows) {
    it(name, () => {
      const found = mismatchOf(wanted, POD);
      if (mismatch === undefined) assert.equal(found, undefined);
      else assert.match(found ?? "", mismatch);
    });
  }
});
