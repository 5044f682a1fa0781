import assert from "node:assert/strict";
import { test } from "node:test";
import type { Condition } from "../resource/kyverno/conditions.ts";
import { operationsOf } from "./stated-operations.ts";

const asks = (operator: string, value: string | readonly string[], key = "{{ request.operation }}"): Condition =>
  ({ key, operator, value }) as Condition;
const DEFAULT = ["CREATE", "UPDATE"];

const ROWS: readonly (readonly [
  name: string,
  preconditions: unknown,
  denied: unknown,
  operations: readonly string[],
])[] = [
  ["nothing said", undefined, undefined, DEFAULT],
  ["one operation", { all: [asks("Equals", "CREATE")] }, undefined, ["CREATE"]],
  [
    "another default",
    { all: [asks("Equals", "UPDATE", "{{request.operation || 'BACKGROUND'}}")] },
    undefined,
    ["UPDATE"],
  ],
  ["a single one of any", { any: [asks("AnyIn", ["CREATE", "UPDATE"])] }, undefined, DEFAULT],
  ["one of several", { any: [asks("Equals", "CREATE"), asks("Equals", "x", "{{ a }}")] }, undefined, DEFAULT],
  ["none but one", { all: [asks("NotEquals", "DELETE")] }, undefined, DEFAULT],
  ["what is denied", undefined, { all: [asks("In", ["DELETE"])] }, ["DELETE"]],
  ["deletions beside others", undefined, { all: [asks("AnyIn", ["UPDATE", "DELETE"])] }, ["UPDATE"]],
  ["deletions without conditions to deny by", { all: [asks("Equals", "DELETE")] }, undefined, DEFAULT],
  ["what never holds", { all: [asks("Equals", "CREATE"), asks("Equals", "UPDATE")] }, undefined, DEFAULT],
  ["the old form", [asks("Equals", "CREATE")], undefined, ["CREATE"]],
];

for (const [name, preconditions, denied, operations] of ROWS) {
  test(`operations: ${name}`, () => {
    const rule = { name: "r", preconditions, validate: { deny: { conditions: denied } } } as never;
    assert.deepEqual(operationsOf(rule), operations);
  });
}
