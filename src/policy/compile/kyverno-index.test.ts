import assert from "node:assert/strict";
import { test } from "node:test";
import { compileMatch } from "../language/match/match.ts";
import { createKindIndex } from "./kyverno-index.ts";

function entry(item: string, ...kinds: string[]) {
  return { item, kinds: compileMatch({ match: { any: [{ resources: { kinds } }] } }, "").kinds };
}

const index = createKindIndex([
  entry("pods", "Pod", "v1/Service"),
  entry("all", "*"),
  entry("deploy", "apps/v1/Deploy*"),
  entry("services", "Service"),
]);

const rows: readonly (readonly [string, string])[] = [
  ["Pod", "pods all"],
  ["Service", "pods all services"],
  ["Deployment", "all deploy"],
  ["ConfigMap", "all"],
  ["constructor", "all"],
  ["", "all"],
];

for (const [kind, expected] of rows) {
  test(`${JSON.stringify(kind)} meets ${expected}`, () => {
    assert.equal(index.lookup(kind).join(" "), expected);
    assert.equal(index.lookup(kind).join(" "), expected, "the second time");
  });
}

test("a named kind meets patterns that it is like", () => {
  const both = createKindIndex([entry("named", "Deployment"), entry("pattern", "D*")]);
  assert.deepEqual(both.lookup("Deployment"), ["named", "pattern"]);
  assert.deepEqual(both.lookup("DaemonSet"), ["pattern"]);
});
