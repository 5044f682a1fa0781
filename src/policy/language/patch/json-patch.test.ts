import assert from "node:assert/strict";
import { test } from "node:test";
import { AmapError, Double, type Value } from "../../../base/index.ts";
import { applyJsonPatch, parseJsonPatch } from "./json-patch.ts";

const free = (): void => {};

/** Throws as an evaluation does when its steps are spent. */
function budget(steps: number): (taken: number) => void {
  let left = steps;
  return (taken) => {
    left -= taken;
    if (left < 0) throw new AmapError("BUDGET_EXCEEDED", "the steps are spent");
  };
}

const POD = { kind: "Pod", metadata: { labels: { "a/b": "1", "c~d": "2" } }, list: [1, 2, 3], nothing: null };

interface Row {
  readonly name: string;
  readonly text: string;
  readonly to: Value;
  readonly on?: Value;
}

const APPLIED: readonly Row[] = [
  { name: "adds a member", text: "- {op: add, path: /x, value: 1}", on: {}, to: { x: 1 } },
  { name: "add replaces a member", text: "- {op: add, path: /x, value: 2}", on: { x: 1 }, to: { x: 2 } },
  {
    name: "inserts before an index",
    text: "- {op: add, path: /x/1, value: b}",
    on: { x: ["a", "c"] },
    to: { x: ["a", "b", "c"] },
  },
  { name: "appends with -", text: "- {op: add, path: /x/-, value: b}", on: { x: ["a"] }, to: { x: ["a", "b"] } },
  { name: "-1 adds at the end", text: "- {op: add, path: /x/-1, value: b}", on: { x: ["a"] }, to: { x: ["a", "b"] } },
  {
    name: "an index may have zeros and a sign",
    text: "- {op: replace, path: /x/+01, value: b}",
    on: { x: [1, 2] },
    to: { x: [1, "b"] },
  },
  { name: "makes missing objects", text: "- {op: add, path: /a/b/c, value: 1}", on: {}, to: { a: { b: { c: 1 } } } },
  { name: "makes a missing list for -", text: "- {op: add, path: /a/-, value: 1}", on: {}, to: { a: [1] } },
  {
    name: "fills a missing list with null",
    text: "- {op: add, path: /a/2, value: 1}",
    on: {},
    to: { a: [null, null, 1] },
  },
  {
    name: "fills a list that is too short",
    text: "- {op: add, path: /a/2/b, value: 1}",
    on: { a: [0] },
    to: { a: [0, null, { b: 1 }] },
  },
  {
    name: "makes an object in the place of null",
    text: "- {op: add, path: /a/b, value: 1}",
    on: { a: null },
    to: { a: { b: 1 } },
  },
  {
    name: "escapes",
    text: "- {op: replace, path: /metadata/labels/a~1b, value: x}\n- {op: remove, path: /metadata/labels/c~0d}",
    on: POD,
    to: { ...POD, metadata: { labels: { "a/b": "x" } } },
  },
  { name: "~01 is ~1", text: "- {op: add, path: /~01, value: 1}", on: {}, to: { "~1": 1 } },
  { name: "removes an element", text: "- {op: remove, path: /x/0}", on: { x: [1, 2] }, to: { x: [2] } },
  { name: "removes the last element", text: "- {op: remove, path: /x/-1}", on: { x: [1, 2] }, to: { x: [1] } },
  {
    name: "remove of what is missing does nothing",
    text: "- {op: remove, path: /a/b/c}\n- {op: remove, path: /x/7}",
    on: { x: [1] },
    to: { x: [1] },
  },
  {
    name: "replaces by index from the end",
    text: "- {op: replace, path: /x/-2, value: z}",
    on: { x: [1, 2] },
    to: { x: ["z", 2] },
  },
  {
    name: "replaces null",
    text: "- {op: replace, path: /nothing, value: 1}",
    on: { nothing: null },
    to: { nothing: 1 },
  },
  {
    name: "replaces the whole",
    text: '[{"op": "replace", "path": "", "value": {"a": 1}}]',
    on: { b: 1 },
    to: { a: 1 },
  },
  { name: "moves", text: "- {op: move, from: /a, path: /b/-}", on: { a: 1, b: [] }, to: { b: [1] } },
  {
    name: "copies",
    text: "- {op: copy, from: /a, path: /b}\n- {op: add, path: /b/x, value: 1}",
    on: { a: { y: 2 } },
    to: { a: { y: 2 }, b: { y: 2, x: 1 } },
  },
  {
    name: "tests in any number form",
    text: '[{"op": "test", "path": "/a", "value": 1}]',
    on: { a: new Double(1) },
    to: { a: new Double(1) },
  },
  { name: "a missing member tests as null", text: "- {op: test, path: /q, value: null}", on: { a: 1 }, to: { a: 1 } },
  { name: "an empty key at the end", text: "- {op: add, path: /a/, value: 1}", on: { a: {} }, to: { a: { "": 1 } } },
  { name: "nothing in the text", text: "# later", on: { a: 1 }, to: { a: 1 } },
  {
    name: "constructor is a key like others",
    text: "- {op: add, path: /constructor/name, value: 1}",
    on: {},
    to: { constructor: { name: 1 } },
  },
];

for (const row of APPLIED) {
  test(`JSON Patch: ${row.name}`, () => {
    const patch = parseJsonPatch(row.text);
    assert.equal(patch.status, "parsed");
    const before = freeze(structuredCloneOf(row.on ?? {}));
    const outcome = applyJsonPatch(before, patch.status === "parsed" ? patch.operations : [], free);
    assert.deepEqual(outcome, { status: "applied", object: row.to });
  });
}

const REFUSED: readonly (Row & { readonly message: RegExp })[] = [
  {
    name: "test that fails",
    text: "- {op: test, path: /a, value: 2}",
    on: { a: 1 },
    to: null,
    message: /^testing value \/a failed: test failed$/,
  },
  {
    name: "test of a missing member against a value",
    text: "- {op: test, path: /b, value: 2}",
    on: { a: 1 },
    to: null,
    message: /testing value \/b failed/,
  },
  {
    name: "replace of what is missing",
    text: "- {op: replace, path: /b, value: 2}",
    on: { a: 1 },
    to: null,
    message: /^replace operation does not apply: doc is missing key: \/b: missing value$/,
  },
  {
    name: "replace in what is missing",
    text: "- {op: replace, path: /b/c, value: 2}",
    on: { a: 1 },
    to: null,
    message: /doc is missing path: \/b\/c/,
  },
  {
    name: "add behind the end",
    text: "- {op: add, path: /x/3, value: 2}",
    on: { x: [1] },
    to: null,
    message: /^error in add for path: '\/x\/3': Unable to access invalid index: 3: invalid index referenced$/,
  },
  {
    name: "add to a text",
    text: "- {op: add, path: /a/b, value: 2}",
    on: { a: "x" },
    to: null,
    message: /^invalid state detected$/,
  },
  {
    name: "add below a text",
    text: "- {op: add, path: /a/b/c, value: 2}",
    on: { a: "x" },
    to: null,
    message: /invalid state detected/,
  },
  {
    name: "a word as index",
    text: "- {op: add, path: /x/y, value: 2}",
    on: { x: [1] },
    to: null,
    message: /value was not a proper array index: 'y'/,
  },
  {
    name: "parents with an escape are not made",
    text: "- {op: add, path: /a~1b/c, value: 2}",
    on: {},
    to: null,
    message: /doc is missing path: "\/a~1b\/c"/,
  },
  {
    name: "a path without slash",
    text: "- {op: add, path: a, value: 2}",
    on: {},
    to: null,
    message: /doc is missing path: "a"/,
  },
  {
    name: "an empty key on the way",
    text: "- {op: add, path: //a, value: 2}",
    on: {},
    to: null,
    message: /invalid state detected/,
  },
  {
    name: "a scalar for the whole",
    text: '[{"op": "add", "path": "", "value": 1}]',
    on: {},
    to: null,
    message: /expected object/,
  },
  {
    name: "moving the whole",
    text: '[{"op": "move", "path": "/a", "from": ""}]',
    on: {},
    to: null,
    message: /unable to move entire document/,
  },
  {
    name: "moving what is missing",
    text: "- {op: move, path: /a, from: /b}",
    on: {},
    to: null,
    message: /unable to get nonexistent key: b/,
  },
  {
    name: "an index below -1 in what is missing",
    text: "- {op: add, path: /a/-2, value: 1}",
    on: {},
    to: null,
    message: /negative index other than -1: -2/,
  },
  {
    name: "__proto__",
    text: "- {op: add, path: /__proto__, value: 1}",
    on: {},
    to: null,
    message: /"__proto__" is not taken/,
  },
  {
    name: "__proto__ on the way",
    text: "- {op: add, path: /__proto__/polluted, value: 1}",
    on: {},
    to: null,
    message: /doc is missing path/,
  },
];

for (const row of REFUSED) {
  test(`JSON Patch refuses ${row.name}`, () => {
    const patch = parseJsonPatch(row.text);
    assert.equal(patch.status, "parsed");
    const outcome = applyJsonPatch(row.on ?? {}, patch.status === "parsed" ? patch.operations : [], free);
    assert.equal(outcome.status, "error");
    assert.match(outcome.status === "error" ? outcome.message : "", row.message);
    assert.equal(({} as { polluted?: unknown }).polluted, undefined);
  });
}

const UNREADABLE: readonly (readonly [name: string, text: string, message: RegExp])[] = [
  [
    "an unknown operation",
    "- {op: merge, path: /a}",
    /^failed to decode patches: invalid operation .*: unsupported operation$/,
  ],
  ["add without value", "- {op: add, path: /a}", /missing value field/],
  ["copy without from", "- {op: copy, path: /a}", /missing from field/],
  ["no path", "- {op: remove}", /missing path field/],
  ["an object instead of a list", "op: remove\npath: /a", /expected a list of operations/],
  ["a null operation", "- null", /unsupported operation/],
  ["broken YAML", "- {op: add", /^failed to convert patchesJson6902 to JSON/i],
  ["YAML that begins as JSON does", "[{op: add}]", /^failed to decode patches/],
  ["two documents", "- {op: remove, path: /a}\n---\n- {op: remove, path: /b}", /expected one YAML document, found 2/],
];

for (const [name, text, message] of UNREADABLE) {
  test(`a JSON Patch with ${name} cannot be read`, () => {
    const patch = parseJsonPatch(text);
    assert.equal(patch.status, "error");
    assert.match(patch.status === "error" ? patch.message : "", message);
  });
}

test("an object that no operation changes is returned itself", () => {
  const object = { a: [1, { b: 2 }] };
  const outcome = applyJsonPatch(object, [{ op: "replace", path: "/a/1/b", value: 2 }], free);
  assert.equal(outcome.status === "applied" && outcome.object, object);
});

test("what is not touched is shared with the object", () => {
  const object = { spec: { a: 1 }, metadata: { labels: {} } };
  const outcome = applyJsonPatch(object, [{ op: "add", path: "/metadata/labels/x", value: "y" }], free);
  const after = outcome.status === "applied" ? (outcome.object as typeof object) : undefined;
  assert.equal(after?.spec, object.spec);
  assert.deepEqual(object.metadata.labels, {});
});

test("a null that an operation put in is no place for containers", () => {
  const operations = [
    { op: "add", path: "/a", value: null },
    { op: "add", path: "/a/b", value: 1 },
  ];
  assert.equal(applyJsonPatch({}, operations, free).status, "error");
  assert.deepEqual(applyJsonPatch({}, operations.slice(0, 1), free), { status: "applied", object: { a: null } });
});

test("copies of copies end at the budget", () => {
  const operations = Array.from({ length: 64 }, (_, index) => ({ op: "copy", from: "", path: `/x${index}` }));
  assert.throws(() => applyJsonPatch({ a: [1, 2, 3] }, operations, budget(100_000)), { code: "BUDGET_EXCEEDED" });
});

test("a list that would be filled up to 10^9 ends at the budget", () => {
  const operations = [{ op: "add", path: "/a/1000000000", value: 1 }];
  assert.throws(() => applyJsonPatch({}, operations, budget(100_000)), { code: "BUDGET_EXCEEDED" });
});

test("values that get too deep are refused", () => {
  const far = "/a".repeat(500);
  const moves = Array.from({ length: 100 }, () => [
    { op: "add", path: `/x${far}`, value: {} },
    { op: "move", from: "/y", path: `/x${far}/a` },
    { op: "move", from: "/x", path: "/y" },
  ]).flat();
  assert.throws(() => applyJsonPatch({ y: {} }, moves, free), { code: "LIMIT_EXCEEDED" });
  assert.throws(() => applyJsonPatch({ y: {} }, [...moves, { op: "test", path: "/y", value: {} }], free), {
    code: "LIMIT_EXCEEDED",
  });
  const copies = Array.from({ length: 30 }, (_, index) => ({ op: "copy", from: "", path: "/x".repeat(index + 1) }));
  assert.equal(applyJsonPatch({ y: {} }, copies.slice(0, 8), free).status, "applied");
  assert.throws(() => applyJsonPatch({}, [{ op: "add", path: "/a".repeat(100_000), value: 1 }], free), {
    code: "LIMIT_EXCEEDED",
  });
});

test("10^5 operations are applied, and charged", () => {
  const operations = Array.from({ length: 100_000 }, (_, index) => ({ op: "add", path: "/a/-", value: index }));
  const outcome = applyJsonPatch({ a: [] }, operations, budget(1_000_000));
  assert.equal(outcome.status === "applied" && (outcome.object as { a: Value[] }).a.length, 100_000);
  assert.throws(() => applyJsonPatch({ a: [] }, operations, budget(99_999)), { code: "BUDGET_EXCEEDED" });
  const front = operations.map((operation) => ({ ...operation, path: "/a/0" }));
  assert.throws(() => applyJsonPatch({ a: [] }, front, budget(1_000_000)), { code: "BUDGET_EXCEEDED" });
});

function structuredCloneOf(value: Value): Value {
  if (Array.isArray(value)) return (value as readonly Value[]).map(structuredCloneOf);
  if (typeof value !== "object" || value === null || value instanceof Double) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, structuredCloneOf(member)]));
}

function freeze<T>(value: T): T {
  if (typeof value === "object" && value !== null) for (const member of Object.values(value)) freeze(member);
  return Object.freeze(value);
}
