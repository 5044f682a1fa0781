import assert from "node:assert/strict";
import { test } from "node:test";
import { Double, isAmapError, LIMITS, textOf, type Value, type ValueObject } from "../../../base/index.ts";
import { convertToKubernetesType } from "./kubernetes-conversion.ts";

const free = (): void => {};
const pod = (limits: Value): ValueObject => ({
  apiVersion: "v1",
  kind: "Pod",
  spec: { containers: [{ name: "a", resources: { limits } }] },
});
const deployment = (spec: Value): ValueObject => ({ apiVersion: "apps/v1", kind: "Deployment", spec });
const service = (targetPort: Value): ValueObject => ({
  apiVersion: "v1",
  kind: "Service",
  spec: { ports: [{ port: 80, targetPort }] },
});
const dated = (deletionTimestamp: Value): ValueObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { deletionTimestamp },
});
const lease = (renewTime: Value): ValueObject => ({
  apiVersion: "coordination.k8s.io/v1",
  kind: "Lease",
  spec: { renewTime },
});
const secret = (value: Value): ValueObject => ({ apiVersion: "v1", kind: "Secret", data: { a: value } });

/** Measured with Kubernetes 1.36.3's own types. */
const quantities: readonly [Value, string][] = [
  ["1", "1"],
  [2, "2"],
  [1.5, "1500m"],
  ["0.5", "500m"],
  ["1024Mi", "1Gi"],
  ["1000m", "1"],
  ["1000", "1k"],
  ["1e1000", "10e999"],
  ["1.5Gi", "1536Mi"],
  ["+1", "+1"],
  ["1.", "1."],
  ["000123", "000123"],
  ["01Gi", "01Gi"],
  ["1.500", "1.500"],
  ["0.500", "500m"],
  ["8Ki", "8Ki"],
  ["2048Ki", "2Mi"],
  ["0.1n", "1n"],
  [" 1 ", "1"],
];

test("quantities get the server's form, or keep their own where the server does not look closer", async (t) => {
  for (const [given, kept] of quantities) {
    await t.test(JSON.stringify(given), () => {
      assert.deepEqual(convertToKubernetesType(pod({ cpu: given }), free), {
        status: "converted",
        object: pod({ cpu: kept }),
      });
    });
  }
});

const converted: readonly { name: string; given: ValueObject; object: ValueObject }[] = [
  { name: "a whole float", given: deployment({ replicas: new Double(2) }), object: deployment({ replicas: 2 }) },
  { name: "more than 32 bits", given: deployment({ replicas: 2 ** 32 + 5 }), object: deployment({ replicas: 5 }) },
  { name: "null", given: deployment({ replicas: null }), object: deployment({ replicas: null }) },
  { name: "a member that the kind has not", given: deployment({ other: 1.5 }), object: deployment({ other: 1.5 }) },
  { name: "an integer or text", given: service(new Double(80)), object: service(80) },
  { name: "a text or integer", given: service("http"), object: service("http") },
  { name: "a time elsewhere", given: dated("2026-01-01T01:00:00+01:00"), object: dated("2026-01-01T00:00:00Z") },
  { name: "a fraction of a second", given: dated("2026-01-01T00:00:00.9Z"), object: dated("2026-01-01T00:00:00Z") },
  {
    name: "a fraction of a second that counts",
    given: lease("2026-01-01T01:00:00.123456+01:00"),
    object: lease("2026-01-01T00:00:00.123456Z"),
  },
  { name: "bytes on two lines", given: secret("YW\nJj"), object: secret("YWJj") },
];

test("values get the form that the server writes", async (t) => {
  for (const { name, given, object } of converted) {
    await t.test(name, () => {
      const before = structuredClone(given);
      assert.deepEqual(convertToKubernetesType(given, free), { status: "converted", object });
      assert.deepEqual(structuredClone(given), before);
    });
  }
});

const NO_QUANTITY = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const LIMIT = ".spec.containers[0].resources.limits.cpu";
const PORT = ".spec.ports[0].targetPort";
const TIME = ".metadata.deletionTimestamp";

const refused: readonly { name: string; given: ValueObject; path: string; message: string }[] = [
  {
    name: "half a replica",
    given: deployment({ replicas: 1.5 }),
    path: ".spec.replicas",
    message: "cannot convert float64 to int32",
  },
  {
    name: "half a second",
    given: { apiVersion: "v1", kind: "Pod", spec: { activeDeadlineSeconds: 0.5 } },
    path: ".spec.activeDeadlineSeconds",
    message: "cannot convert float64 to int64",
  },
  { name: "no quantity", given: pod({ cpu: "abc" }), path: LIMIT, message: NO_QUANTITY },
  { name: "an empty quantity", given: pod({ cpu: "" }), path: LIMIT, message: NO_QUANTITY },
  { name: "a boolean for a quantity", given: pod({ cpu: true }), path: LIMIT, message: NO_QUANTITY },
  { name: "an unknown suffix", given: pod({ cpu: "1mm" }), path: LIMIT, message: "unable to parse quantity's suffix" },
  ...(
    [
      [true, "bool"],
      [{}, "object"],
      [[], "array"],
      [1.5, "number 1.5"],
      [99_999_999_999, "number 99999999999"],
    ] as const
  ).map(([value, shown]) => ({
    name: `${shown} for an integer or text`,
    given: service(value),
    path: PORT,
    message: `json: cannot unmarshal ${shown} into Go value of type int32`,
  })),
  {
    name: "no time",
    given: dated("x"),
    path: TIME,
    message: 'parsing time "x" as "2006-01-02T15:04:05Z07:00": cannot parse "x" as "2006"',
  },
  {
    name: "a month that is none",
    given: dated("2026-13-01T00:00:00Z"),
    path: TIME,
    message: 'parsing time "2026-13-01T00:00:00Z": month out of range',
  },
  {
    name: "a number for a time",
    given: dated(5),
    path: TIME,
    message: "json: cannot unmarshal number into Go value of type string",
  },
  {
    name: "no base64",
    given: secret("!!"),
    path: ".data.a",
    message: "error decoding from json: illegal base64 data at input byte 0",
  },
];

test("what the server cannot read is refused", async (t) => {
  for (const { name, given, path, message } of refused) {
    await t.test(name, () => {
      const outcome = convertToKubernetesType(given, free);
      assert.ok(outcome.status === "error");
      assert.deepEqual(outcome.issue, { path, message });
      assert.ok(outcome.message.startsWith("unable to convert unstructured object to "), outcome.message);
      assert.ok(outcome.message.endsWith(`, Kind=${textOf(given, "kind")}: ${message}`), outcome.message);
    });
  }
});

test("the message names group, version and kind", () => {
  const outcome = convertToKubernetesType(deployment({ replicas: 1.5 }), free);
  assert.ok(outcome.status === "error");
  assert.match(outcome.message, / to apps\/v1, Kind=Deployment: /);
  const core = convertToKubernetesType(service(true), free);
  assert.ok(core.status === "error");
  assert.match(core.message, / to \/v1, Kind=Service: /);
});

test("objects that nothing changes, and those of other kinds, are returned themselves", () => {
  for (const object of [
    pod({ cpu: "500m" }),
    deployment({ replicas: 1, selector: { matchLabels: { a: "b" } } }),
    { apiVersion: "example.com/v1", kind: "Widget", spec: { replicas: 1.5 } },
    {},
  ]) {
    const outcome = convertToKubernetesType(object, free);
    assert.ok(outcome.status === "converted");
    assert.equal(outcome.object, object);
  }
});

test("values that are too deep are refused", () => {
  let schema: Value = {};
  for (let level = 0; level <= LIMITS.documentDepth; level++) schema = { not: schema };
  const object = {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    spec: { versions: [{ schema: { openAPIV3Schema: schema } }] },
  };
  assert.throws(
    () => convertToKubernetesType(object, free),
    (error) => isAmapError(error) && error.code === "LIMIT_EXCEEDED",
  );
});
