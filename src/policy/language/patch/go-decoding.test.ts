import assert from "node:assert/strict";
import { test } from "node:test";
import type { Value, ValueObject } from "../../../base/index.ts";
import { decodingFailure } from "./go-decoding.ts";

const deployment = (spec: Value): ValueObject => ({ apiVersion: "apps/v1", kind: "Deployment", metadata: {}, spec });
const pod = (container: Value): Value => ({ template: { spec: { containers: [container] } } });
const FIELD = "Go struct field";

const ROWS: readonly (readonly [name: string, spec: Value, failure: string | undefined])[] = [
  ["nothing is wrong", { replicas: 3, paused: true, ...(pod({ name: "a", args: ["b"] }) as ValueObject) }, undefined],
  ["a text for a number", { replicas: "3" }, `string into ${FIELD} DeploymentSpec.spec.replicas of type int32`],
  ["a number for a boolean", { paused: 1 }, `number into ${FIELD} DeploymentSpec.spec.paused of type bool`],
  [
    "a number for a text in a list of objects",
    pod({ name: "a", image: 1 }),
    `number into ${FIELD} Container.spec.template.spec.containers.image of type string`,
  ],
  [
    "a text for a list",
    { template: { spec: { containers: "a" } } },
    `string into ${FIELD} PodSpec.spec.template.spec.containers of type []v1.Container`,
  ],
  [
    "a list for an object",
    { template: [] },
    `array into ${FIELD} DeploymentSpec.spec.template of type v1.PodTemplateSpec`,
  ],
  [
    "a boolean in a map",
    { selector: { matchLabels: { a: true } } },
    `bool into ${FIELD} LabelSelector.spec.selector.matchLabels of type string`,
  ],
  [
    "the first by name",
    { replicas: "3", paused: "no" },
    `string into ${FIELD} DeploymentSpec.spec.paused of type bool`,
  ],
  ["either of an int-or-string", { strategy: { rollingUpdate: { maxSurge: "1%", maxUnavailable: 1 } } }, undefined],
  ["unknown fields and null", { nothing: { deep: 1 }, replicas: null }, undefined],
];

for (const [name, spec, failure] of ROWS) {
  test(name, () => {
    const expected = failure === undefined ? undefined : `json: cannot unmarshal ${failure}`;
    assert.equal(
      decodingFailure(deployment(spec), null, () => {}),
      expected,
    );
  });
}

test("what was there before is not looked at, and costs nothing", () => {
  const spec: Value = { replicas: "3" };
  let steps = 0;
  assert.equal(
    decodingFailure(deployment(spec), { metadata: {}, spec }, (more) => void (steps += more)),
    undefined,
  );
  assert.ok(steps < 10, String(steps));
});

test("objects of other kinds are not read into types", () => {
  assert.equal(
    decodingFailure({ apiVersion: "example.com/v1", kind: "Shop", spec: 1 }, null, () => {}),
    undefined,
  );
});
