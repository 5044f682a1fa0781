import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AmapError, type Value } from "../../../../base/index.ts";
import { compileExpression } from "../compile/compile.ts";
import { estimateCost } from "../cost/estimate.ts";
import { createEnvironment } from "../environment.ts";
import { celTypes } from "../types.ts";
import { sizesOfSchema } from "./schema-size.ts";
import { typeOfSchema } from "./schema-type.ts";

const text = { type: "string" };
const REQUEST = 3n * 1024n * 1024n;

const SCHEMA: Value = {
  type: "object",
  properties: {
    free: text,
    short: { ...text, maxLength: 5 },
    "a-b": { ...text, maxLength: 2 },
    bytes: { ...text, format: "byte", maxLength: 5 },
    time: { ...text, format: "date-time" },
    day: { ...text, format: "date" },
    choice: { ...text, enum: ["a", "éé", 5] },
    numbers: { ...text, enum: [1, 2] },
    count: { type: "integer" },
    port: { "x-kubernetes-int-or-string": true },
    list: { type: "array", items: { ...text, maxLength: 3 } },
    four: { type: "array", maxItems: 4, items: { type: "boolean" } },
    flags: { type: "array", items: { type: "boolean" } },
    map: { type: "object", additionalProperties: { type: "array", items: text } },
    seven: { type: "object", maxProperties: 7, additionalProperties: text },
    pairs: {
      type: "array",
      items: { type: "object", required: ["key", "other"], properties: { key: text, other: { ...text, default: "" } } },
    },
    secret: { type: "array", items: {} },
  },
};

describe("sizes of schemas", () => {
  const sizeOf = sizesOfSchema(SCHEMA);
  const cases: readonly (readonly [path: string, max: bigint | undefined])[] = [
    ["self", 0n],
    ["self free", REQUEST - 2n],
    ["self short", 20n],
    ["self a-b", 8n],
    ["self bytes", 5n],
    ["self time", 32n],
    ["self day", 12n],
    ["self choice", 4n],
    ["self numbers", 0n],
    ["self count", 0n],
    ["self port", REQUEST - 2n],
    ["self list", (REQUEST - 2n) / 3n],
    ["self list @items", 12n],
    ["self four", 4n],
    ["self flags", (REQUEST - 2n) / 5n],
    ["self map", (REQUEST - 2n) / 8n],
    ["self map @keys", 0n],
    ["self map @values", (REQUEST - 2n) / 3n],
    ["self map @values @items", REQUEST - 2n],
    ["self seven", 7n],
    // {}, then "key":"" and a comma.
    ["self pairs", (REQUEST - 2n) / (2n + 3n + 2n + 4n + 1n)],
    ["self pairs @items", 0n],
    ["self pairs @items key", REQUEST - 2n],
    ["self kind", REQUEST - 2n],
    ["self metadata name", REQUEST - 2n],
    ["self a__dash__b", undefined],
    ["self missing", undefined],
    ["self secret", undefined],
    ["self map x", undefined],
    ["self map @keys x", undefined],
    ["self list @keys", undefined],
    ["self list @indices", undefined],
    ["self free @items", undefined],
    ["self constructor", undefined],
    ["self __proto__", undefined],
  ];
  for (const [path, max] of cases) {
    it(path, () => assert.deepEqual(sizeOf(path.split(" ")), max === undefined ? undefined : { min: 0n, max }));
  }

  it("finds escaped names of converted values", () => {
    const converted = sizesOfSchema(SCHEMA, { values: "converted" });
    assert.deepEqual(converted(["self", "a__dash__b"]), { min: 0n, max: 8n });
    assert.equal(converted(["self", "a-b"]), undefined);
  });

  it("answers for the stated variables only", () => {
    const some = sizesOfSchema(SCHEMA, { variables: ["object"] });
    assert.deepEqual(some(["object", "short"]), { min: 0n, max: 20n });
    assert.equal(some(["request", "short"]), undefined);
    assert.equal(some([]), undefined);
  });

  it("makes an unbounded estimate a bounded one", () => {
    const environment = createEnvironment({ variables: { self: typeOfSchema("Widget", SCHEMA), s: celTypes.string } });
    const { checked } = compileExpression("self.four.all(f, f) && self.short == s", environment);
    const options = { sizeOf: sizesOfSchema(SCHEMA, { variables: ["self"] }) };
    assert.deepEqual(estimateCost(checked, options), { min: 3n, max: 24n });
    assert.ok(estimateCost(checked).max > 2n ** 60n);
  });
});

describe("sizes through references", () => {
  const resolve =
    (schemas: Readonly<Record<string, Value>>) =>
    (ref: string): Value | undefined =>
      schemas[ref];

  it("end where a schema requires itself", () => {
    const Tree = { type: "object", required: ["next", "value"], properties: { next: { $ref: "Tree" }, value: text } };
    const sizeOf = sizesOfSchema({ type: "array", items: { $ref: "Tree" } }, { resolve: resolve({ Tree }) });
    // {} with "next":{}, and "value":"".
    assert.deepEqual(sizeOf(["self"]), { min: 0n, max: (REQUEST - 2n) / (2n + 4n + 2n + 4n + 5n + 2n + 4n + 1n) });
    assert.deepEqual(sizeOf(["self", "@items", "next", "next", "value"]), { min: 0n, max: REQUEST - 2n });
  });

  it("grow no further than a request, in linear time", () => {
    const schemas: Record<string, Value> = { "100": text };
    for (let level = 0; level < 100; level++) {
      const next = { $ref: String(level + 1) };
      schemas[level] = { type: "object", required: ["a", "b"], properties: { a: next, b: next } };
    }
    const sizeOf = sizesOfSchema({ type: "array", items: { $ref: "0" } }, { resolve: resolve(schemas) });
    assert.deepEqual(sizeOf(["self"]), { min: 0n, max: 0n });
  });

  it("have a limit of depth", () => {
    const endless = (ref: string): Value => {
      if (ref === "300") return text;
      return { type: "object", required: ["a"], properties: { a: { $ref: String(Number(ref) + 1) } } };
    };
    const sizeOf = sizesOfSchema({ type: "array", items: { $ref: "0" } }, { resolve: endless });
    assert.throws(
      () => sizeOf(["self"]),
      (error) => error instanceof AmapError && error.code === "LIMIT_EXCEEDED",
    );
  });
});
