import assert from "node:assert/strict";
import { test } from "node:test";
import { memberOf, readYaml } from "../../src/base/index.ts";
import { writePods } from "./pods.ts";

test("the bench has as many Pods as asked for, each with a name of its own, always the same", () => {
  const text = [...writePods(450)].join("");
  const pods = readYaml(text);
  const names = pods.map((pod) => memberOf(memberOf(pod, "metadata"), "name"));
  assert.equal(new Set(names).size, 450);
  assert.ok(pods.every((pod) => memberOf(pod, "kind") === "Pod"));
  assert.equal([...writePods(450)].join(""), text);
});
