import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Double, type Value } from "../../base/index.ts";
import { nearestName } from "./nearest-name.ts";
import {
  anything,
  boolean,
  deprecated,
  deprecationsOf,
  either,
  integer,
  known,
  list,
  map,
  normalizeResource,
  object,
  objectInAnyCase,
  oneOf,
  optional,
  recursive,
  required,
  type Schema,
  string,
  textOfScalar,
  validateResource,
} from "./schema.ts";

const SCHEMA = object(
  {
    name: required(string(), "n"),
    mode: optional(oneOf(["Deny", "Audit"], { Envoy: "only Kubernetes" }), "m"),
    count: optional(integer(1, 30), "c"),
    on: optional(boolean(), "o"),
    off: optional(boolean({ value: false, reason: "cannot be on" }), "o"),
    labels: optional(map(string({ allowEmpty: true })), "l"),
    rules: optional(list(object({ expression: required(string(), "e") }), { minItems: 1, maxItems: 2 }), "r"),
    extra: optional(anything(), "x"),
    keyless: known(object({ issuer: required(string(), "i") }), "k", "keys only"),
    left: optional(string(), "l"),
    right: optional(string(), "r"),
  },
  [["left", "right"]],
);

const GOOD = { name: "a", left: "l" };

const cases: readonly { name: string; value: Value; issues: readonly string[] }[] = [
  { name: "good", value: GOOD, issues: [] },
  {
    name: "all fields",
    value: { name: "a", mode: "Deny", count: 3, on: true, off: false, labels: { "x/y": "" }, extra: [1], right: "r" },
    issues: [],
  },
  { name: "not an object", value: "text", issues: ["POLICY_INVALID : expected an object, found a string"] },
  { name: "missing", value: { left: "l" }, issues: ["POLICY_INVALID name: expected a string, found nothing"] },
  {
    name: "null is absent",
    value: { name: null, left: "l" },
    issues: ["POLICY_INVALID name: expected a string, found nothing"],
  },
  { name: "null optional", value: { ...GOOD, count: null }, issues: [] },
  {
    name: "empty string",
    value: { ...GOOD, name: "" },
    issues: ["POLICY_INVALID name: expected a string that is not empty"],
  },
  {
    name: "unknown field with a near name",
    value: { ...GOOD, moed: "Deny" },
    issues: ['POLICY_INVALID moed: unknown field "moed": did you mean mode?'],
  },
  {
    name: "unknown field with no near name",
    value: { ...GOOD, zzzzzzzz: 1 },
    issues: [
      'POLICY_INVALID zzzzzzzz: unknown field "zzzzzzzz": the fields here are name, mode, count, on, off, labels, rules, extra, keyless, left, right',
    ],
  },
  {
    name: "inherited names are unknown fields",
    value: { ...GOOD, constructor: 1, toString: 2 },
    issues: [
      'POLICY_INVALID constructor: unknown field "constructor": the fields here are name, mode, count, on, off, labels, rules, extra, keyless, left, right',
      'POLICY_INVALID toString: unknown field "toString": the fields here are name, mode, count, on, off, labels, rules, extra, keyless, left, right',
    ],
  },
  {
    name: "wrong enum value",
    value: { ...GOOD, mode: "deny" },
    issues: ['POLICY_INVALID mode: expected one of Deny, Audit, found "deny" (did you mean Deny?)'],
  },
  { name: "known enum value", value: { ...GOOD, mode: "Envoy" }, issues: ["NOT_SUPPORTED mode: only Kubernetes"] },
  { name: "known boolean value", value: { ...GOOD, off: true }, issues: ["NOT_SUPPORTED off: cannot be on"] },
  {
    name: "known field, looked into all the same",
    value: { ...GOOD, keyless: { isuer: "x" } },
    issues: [
      "NOT_SUPPORTED keyless: keys only",
      'POLICY_INVALID keyless.isuer: unknown field "isuer": did you mean issuer?',
      "POLICY_INVALID keyless.issuer: expected a string, found nothing",
    ],
  },
  {
    name: "integer too large",
    value: { ...GOOD, count: 31 },
    issues: ["POLICY_INVALID count: expected an integer from 1 to 30, found 31"],
  },
  {
    name: "a double is no integer",
    value: { ...GOOD, count: new Double(3) },
    issues: ["POLICY_INVALID count: expected an integer, found a number with a point"],
  },
  {
    name: "a text is no boolean",
    value: { ...GOOD, on: "true" },
    issues: ["POLICY_INVALID on: expected a boolean, found a string"],
  },
  {
    name: "a list is no map",
    value: { ...GOOD, labels: [] },
    issues: ["POLICY_INVALID labels: expected an object, found a list"],
  },
  {
    name: "map values by key",
    value: { ...GOOD, labels: { "a b": 1 } },
    issues: ['POLICY_INVALID labels["a b"]: expected a string, found an integer'],
  },
  {
    name: "too few items",
    value: { ...GOOD, rules: [] },
    issues: ["POLICY_INVALID rules: expected at least 1 item, found none"],
  },
  {
    name: "too many items",
    value: { ...GOOD, rules: [{ expression: "a" }, { expression: "a" }, {}] },
    issues: ["POLICY_INVALID rules: expected at most 2 items, found 3"],
  },
  {
    name: "all issues, with their places",
    value: { rules: [{ expression: 1 }, { expresion: "a" }], left: "l" },
    issues: [
      "POLICY_INVALID rules[0].expression: expected a string, found an integer",
      'POLICY_INVALID rules[1].expresion: unknown field "expresion": did you mean expression?',
      "POLICY_INVALID rules[1].expression: expected a string, found nothing",
      "POLICY_INVALID name: expected a string, found nothing",
    ],
  },
  {
    name: "neither of two",
    value: { name: "a" },
    issues: ["POLICY_INVALID : expected exactly one of left, right, found none"],
  },
  {
    name: "both of two",
    value: { name: "a", left: "l", right: "r" },
    issues: ["POLICY_INVALID : expected exactly one of left, right, found left and right"],
  },
];

for (const { name, value, issues } of cases) {
  test(`validateResource: ${name}`, () => {
    const found = validateResource(value, SCHEMA).map((issue) => `${issue.code} ${issue.path}: ${issue.message}`);
    assert.deepEqual(found, issues);
  });
}

test("validateResource: __proto__ as a key is an unknown field", () => {
  const value = JSON.parse('{"name":"a","left":"l","__proto__":{"x":1}}') as Value;
  assert.equal(validateResource(value, SCHEMA)[0]?.path, "__proto__");
});

test("validateResource: never throws, whatever the value", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      validateResource(value as Value, SCHEMA);
    }),
  );
});

for (const [name, expected] of [
  ["validtions", "validations"],
  ["Validations", "validations"],
  ["matchConstraint", "matchConstraints"],
  ["attestros", "attestors"],
  ["x", undefined],
  ["completelyDifferent", undefined],
  ["v".repeat(10_000), undefined],
] as const) {
  test(`nearestName: ${name.slice(0, 30)} → ${expected}`, () => {
    assert.equal(nearestName(name, ["validations", "matchConstraints", "attestors", "attestations"]), expected);
  });
}

interface Loop {
  readonly list?: string;
  readonly foreach?: readonly Loop[];
}

const LOOP = object({
  list: required(string(), "l"),
  when: optional(either(list(string()), object({ any: optional(list(string()), "a") })), "w"),
  foreach: optional(list(recursive<Loop>((): Schema => LOOP)), "f"),
  each: deprecated(string(), "e", "write list"),
  patch: optional(anything(), "p"),
});

const LOOSE = objectInAnyCase({
  isMutating: optional(boolean(), "i"),
  text: required(textOfScalar(), "t"),
  labels: optional(map(textOfScalar()), "l"),
  items: optional(list(objectInAnyCase({ name: optional(textOfScalar(), "n") })), "i"),
});

const MORE: readonly { name: string; schema: Schema; value: Value; issues: readonly string[] }[] = [
  { name: "a schema in itself", schema: LOOP, value: { list: "a", foreach: [{ list: "b", foreach: [] }] }, issues: [] },
  {
    name: "a schema in itself: wrong below",
    schema: LOOP,
    value: { list: "a", foreach: [{ list: "b", foreach: [{ lst: "c" }, "d"] }] },
    issues: [
      'foreach[0].foreach[0].lst: unknown field "lst": did you mean list?',
      "foreach[0].foreach[0].list: expected a string, found nothing",
      "foreach[0].foreach[1]: expected an object, found a string",
    ],
  },
  { name: "one of two types: a list", schema: LOOP, value: { list: "a", when: ["b"] }, issues: [] },
  {
    name: "one of two types: the second's fields",
    schema: LOOP,
    value: { list: "a", when: { ani: [] } },
    issues: ['when.ani: unknown field "ani": did you mean any?'],
  },
  {
    name: "one of two types: neither",
    schema: LOOP,
    value: { list: "a", when: 1 },
    issues: ["when: expected a list or an object, found an integer"],
  },
  {
    name: "names in any case, scalars as text",
    schema: LOOSE,
    value: { ISMutating: true, Text: new Double(1), labels: { a: false, b: 7n }, items: [{ NAME: 1 }] },
    issues: [],
  },
  {
    name: "names in any case: not there, unknown, no text",
    schema: LOOSE,
    value: { texts: [], LABELS: { a: [] } },
    issues: [
      'texts: unknown field "texts": did you mean text?',
      "LABELS.a: expected a string, found a list",
      "text: expected a string, found nothing",
    ],
  },
];
for (const { name, schema, value, issues } of MORE) {
  test(`validateResource: ${name}`, () => {
    assert.deepEqual(
      validateResource(value, schema).map(({ path, message }) => `${path}: ${message}`),
      issues,
    );
  });
}

test("normalizeResource: nulls of fields go, those of open values stay; names and texts as the schema has them", () => {
  const value = {
    list: "a",
    each: null,
    when: { any: null },
    foreach: [{ list: "b", when: null }],
    patch: { a: null },
  };
  assert.deepEqual(normalizeResource(value, LOOP), {
    list: "a",
    when: {},
    foreach: [{ list: "b" }],
    patch: { a: null },
  });
  const loose = { ISMutating: true, TEXT: 1, text: 1.5, Labels: { a: false, b: 12345678901234567890n } };
  assert.deepEqual(normalizeResource(loose, LOOSE), {
    isMutating: true,
    text: "1.5",
    labels: { a: "false", b: "12345678901234567890" },
  });
});

test("normalizeResource: twice is once", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (junk) => {
      const value = { list: "a", patch: junk as Value, foreach: [{ list: "b", each: null, patch: junk as Value }] };
      const once = normalizeResource(value, LOOP);
      assert.deepEqual(normalizeResource(once, LOOP), once);
      assert.deepEqual(validateResource(once, LOOP), []);
    }),
    { numRuns: 100 },
  );
});

test("deprecationsOf: wherever the field is", () => {
  assert.deepEqual(deprecationsOf({ list: "a", each: "b", foreach: [{ list: "c", each: "d" }], when: ["e"] }, LOOP), [
    { path: "each", message: "each is deprecated: write list" },
    { path: "foreach[0].each", message: "each is deprecated: write list" },
  ]);
});
