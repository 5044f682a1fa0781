import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type CelCase, readCase } from "./case.ts";
import { messageOfJson } from "./json-message.ts";
import { usesProtobuf } from "./protobuf.ts";
import { runCase } from "./run-case.ts";
import { mergeCases } from "./sources.ts";
import { readTextproto } from "./textproto.ts";
import { showExactly } from "./values.ts";

const fromText = (text: string, name = "file/section/test"): CelCase => readCase(name, readTextproto(text));
const fault = (text: string): string | undefined => runCase(fromText(text), false).fault;

describe("text format and JSON give the same case", () => {
  for (const [text, json] of [
    ["value { int64_value: -5 }", { value: { int64Value: "-5" } }],
    ["value { uint64_value: 5 }", { value: { uint64Value: "5" } }],
    ["value { double_value: -inf }", { value: { doubleValue: "-Infinity" } }],
    ["value { null_value: NULL_VALUE }", { value: { nullValue: null } }],
    [String.raw`value { bytes_value: "\xff" }`, { value: { bytesValue: "/w==" } }],
    ["value { list_value {} }", { value: { listValue: {} } }],
    [
      "value { object_value { [type.googleapis.com/google.protobuf.Timestamp] { seconds: -1 nanos: 5000000 } } }",
      {
        value: {
          objectValue: {
            "@type": "type.googleapis.com/google.protobuf.Timestamp",
            value: "1969-12-31T23:59:59.005Z",
          },
        },
      },
    ],
    [
      "value { object_value { [type.googleapis.com/google.protobuf.Duration] { seconds: -1 nanos: -5000000 } } }",
      { value: { objectValue: { "@type": "type.googleapis.com/google.protobuf.Duration", value: "-1.005s" } } },
    ],
    ["eval_error { errors { message: 'x' } } disable_check: true", { evalError: {}, disableCheck: true }],
    [
      "type_env { name: 'x' ident { type { list_type { elem_type { primitive: INT64 } } } } }",
      { typeEnv: [{ name: "x", ident: { type: { listType: { elemType: { primitive: "INT64" } } } } }] },
    ],
    ["bindings { key: 'x' value { value { bool_value: true } } }", { bindings: { x: { value: { boolValue: true } } } }],
    ["", {}],
  ] as const) {
    it(JSON.stringify(json), () => {
      const [left, right] = [fromText(text), readCase("file/section/test", messageOfJson(json))];
      assert.equal(mergeCases([left], [right]).length, 1);
    });
  }
});

describe("values are compared by kind", () => {
  for (const [expression, value, passes] of [
    ["1", "int64_value: 1", true],
    ["1", "uint64_value: 1", false],
    ["1", "double_value: 1", false],
    ["1u", "int64_value: 1", false],
    ["1.0", "double_value: 1", true],
    ["1.0", "int64_value: 1", false],
    ["-0.0", "double_value: -0", true],
    ["-0.0", "double_value: 0", false],
    ["0.0 / 0.0", "double_value: nan", true],
    ["'a'", "bytes_value: 'a'", false],
    ["b'a'", "bytes_value: 'a'", true],
    ["[1, 2]", "list_value { values { int64_value: 2 } values { int64_value: 1 } }", false],
    [
      "{'a': 1, 2: 3u}",
      `map_value { entries { key { int64_value: 2 } value { uint64_value: 3 } }
        entries { key { string_value: "a" } value { int64_value: 1 } } }`,
      true,
    ],
    ["{1u: 1}", "map_value { entries { key { int64_value: 1 } value { int64_value: 1 } } }", false],
    ["type(1)", "type_value: 'int'", true],
    ["'int'", "type_value: 'int'", false],
  ] as const) {
    it(`${expression} ${passes ? "is" : "is not"} ${value}`, () => {
      assert.equal(fault(`expr: "${expression}" value { ${value} }`) === undefined, passes);
    });
  }

  it("texts cannot pretend to be other values", () => {
    assert.notEqual(showExactly(["a", "b"]), showExactly(['a", "b']));
  });
});

describe("errors and types", () => {
  for (const [text, message] of [
    [`expr: "1 / 0" eval_error {}`, undefined],
    [`expr: "1 / 1" eval_error {}`, /expected an error, found 1/],
    [`expr: "1 / 0" value { int64_value: 1 }`, /found the error/],
    [`expr: "1 + 'a'" eval_error {}`, undefined],
    [`expr: "1 +" eval_error {}`, /refused/],
    [`expr: "missing" eval_error {} disable_check: true`, undefined],
    [
      `expr: "[1]" check_only: true typed_result { deduced_type { list_type { elem_type { dyn {} } } } }`,
      /list\(int\)/,
    ],
    [`expr: "x" value { int64_value: 1 } disable_check: true bindings { key: "x" value { value { int64_value: 1 } } }`],
    [`expr: "[1].all(x, true)" disable_macros: true`, /refused/],
    [`expr: "1" unknown { exprs: 1 }`, /unknown inputs/],
  ] as const) {
    it(text, () => {
      const found = fault(text);
      if (message === undefined) assert.equal(found, undefined);
      else assert.match(found ?? "passed", message);
    });
  }
});

describe("a case about protobuf", () => {
  for (const [expression, container, is] of [
    ["TestAllTypes{single_int64: 1}", "cel.expr.conformance.proto3", true],
    ["any.thing{}", "", true],
    ["TestAllTypes", "cel.expr.conformance.proto3", true],
    ["TestAllTypes", "", false],
    ["GlobalEnum.GOO", "cel.expr.conformance.proto2", true],
    ["proto2.GlobalEnum.GOO", "cel.expr.conformance", true],
    ["google.protobuf.Int32Value", "", true],
    ["type(now) == google.protobuf.Timestamp", "", false],
    ["1 in {2: 3}", "", false],
    ["'TestAllTypes{}' + r'\\\\' + '''Test{'''", "cel.expr.conformance.proto3", false],
    ["1 // Test{}", "", false],
  ] as const) {
    it(`${expression} in "${container}": ${is}`, () => {
      const text = `expr: ${JSON.stringify(expression)} container: "${container}"`;
      assert.equal(usesProtobuf(fromText(text)), is);
    });
  }

  for (const text of [
    `type_env { name: "x" ident { type { message_type: "a.B" } } }`,
    `type_env { name: "x" ident { type { list_type { elem_type { wrapper: INT64 } } } } }`,
    `value { object_value { [type.googleapis.com/a.B] {} } }`,
    `value { list_value { values { enum_value { type: "a.E" value: 1 } } } }`,
    `typed_result { result { int64_value: 1 } deduced_type { wrapper: INT64 } }`,
    `bindings { key: "x" value { value { object_value { [type.googleapis.com/a.B] {} } } } }`,
  ]) {
    it(text, () => assert.equal(usesProtobuf(fromText(`expr: "1" ${text}`)), true));
  }

  it("a timestamp is none; a file of messages is one as a whole", () => {
    const text = `expr: "1" value { object_value { [type.googleapis.com/google.protobuf.Timestamp] {} } }`;
    assert.equal(usesProtobuf(fromText(text)), false);
    assert.equal(usesProtobuf(fromText(text, "proto3/a/b")), true);
  });

  it("does not pass by a refusal", () => {
    const test = fromText(`expr: "missing" eval_error {}`);
    assert.equal(runCase(test, false).refused, true);
    assert.match(runCase(test, true).fault ?? "", /refused/);
  });
});

it("cases of two sources: equal ones once, different ones and a source's own repetitions as they are", () => {
  const one = fromText(`expr: "1"`);
  const two = fromText(`expr: "2"`);
  const names = mergeCases([one, one], [one, two]).map((test) => `${test.name} ${test.expression}`);
  assert.deepEqual(names, ["file/section/test 1", "file/section/test (2) 1", "file/section/test (3) 2"]);
});
