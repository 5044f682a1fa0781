import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { encodeUtf8 } from "../bytes/text.ts";
import { isAmapError } from "../errors/amap-error.ts";
import { readJson } from "./json-reader.ts";
import { readJsonCut, readJsonWithout } from "./json-skim.ts";
import { isValueObject, type Value } from "./value.ts";

const without = (text: string, name = "a") => readJsonWithout(encodeUtf8(text), name);

/** Values in JSON, valid and not; each is put into the member that is left out. */
const VALUES: readonly string[] = [
  "null",
  " true ",
  "\t\r\nfalse\n",
  '""',
  "[]",
  "{}",
  "[ 1 , [ ] , { } ]",
  '{"a" : {"b":[null]}}',
  String.raw`"\"\\\/\b\f\n\r\t\u0041\u00e9"`,
  String.raw`"\ud83d\ude00 😀"`,
  String.raw`"\ud83d"`,
  String.raw`"\u12g4"`,
  String.raw`"\x"`,
  String.raw`{"\u0061":1,"a":2}`,
  '{"a":1,"b":2,"a":3}',
  '{"__proto__":1}',
  '{"_document":1}',
  '{"constructor":1}',
  "0",
  "-0",
  "00",
  "01",
  "-",
  "1.",
  "1.5",
  "1.50000000000000000001",
  "1e3",
  "1e400",
  "12345678901234567890",
  "+1",
  ".5",
  "1a",
  "--1",
  '"\u0001"',
  '"',
  '"x',
  "{",
  "[",
  "[1,]",
  "[,1]",
  '{"a":1,}',
  '{"a"}',
  '{"a":}',
  "{1:2}",
  "tru",
  "nul",
  "nullx",
  "\u00a0",
  "[1 2]",
  `{${Array.from({ length: 40 }, (_, index) => `"key${index}":${index}`).join(",")}}`,
  `{${Array.from({ length: 40 }, (_, index) => `"key${index % 39}":${index}`).join(",")}}`,
];

describe("readJsonWithout", () => {
  const judge = (read: () => unknown): string => {
    try {
      read();
      return "accepted";
    } catch (error) {
      assert.ok(isAmapError(error));
      return `${error.code} ${error.message}`;
    }
  };

  test("leaves the member out", () => {
    const text = '{"a":{"b":[1,{"c":"\\u0041"}]},"b":2}';
    assert.deepEqual(without(text), { value: { b: 2 }, hasMember: true });
    assert.deepEqual(without(text, "c"), { value: readJson(text), hasMember: false });
    assert.deepEqual(without('[{"a":1}]'), { value: [{ a: 1 }], hasMember: false });
    assert.deepEqual(without('{"b":{"a":1}}'), { value: { b: { a: 1 } }, hasMember: false });
  });

  for (const text of VALUES) {
    const documents = [`{"a":${text},"b":2}`, `{"b":1,"a":[{"c":${text}}]}`, `{"a":[1,${text}]}`, `{"b":${text}}`];
    test(`judges ${JSON.stringify(text).slice(0, 40)} inside it as readJson does`, () => {
      for (const document of documents) assertAlike(document);
    });
  }

  test("refuses the member twice", () => assertAlike('{"a":1,"a":2}'));
  test("refuses what follows", () => assertAlike('{"a":1} {}'));
  test("limits nesting alike", () => assertAlike(`{"a":${"[".repeat(600)}${"]".repeat(600)}}`));

  test("refuses what is not UTF-8", () => {
    const bytes = encodeUtf8('{"a":"x"}').map((byte) => (byte === 0x78 ? 0xff : byte));
    assert.throws(
      () => readJsonWithout(bytes, "a"),
      (error) => isAmapError(error, "JSON_INVALID"),
    );
  });

  test("accepts and refuses what readJson does, whatever the text", () => {
    const change = fc.tuple(
      fc.jsonValue(),
      fc.nat(),
      fc.constantFrom("", '"', "{", "}", ",", ":", "0", "\\", "e", "-"),
    );
    fc.assert(
      fc.property(change, ([value, at, inserted]) => {
        const json = `{"a":${JSON.stringify(value)},"b":1}`;
        assertAlike(json.slice(0, at % json.length) + inserted + json.slice(at % json.length));
      }),
      { numRuns: 500 },
    );
  });

  function assertAlike(text: string): void {
    const whole = judge(() => readJson(text));
    assert.equal(
      judge(() => without(text)),
      whole,
      text,
    );
    if (whole !== "accepted") return;
    const { a: _, ...rest } = readJson(text) as Record<string, unknown>;
    assert.deepEqual(without(text).value, rest);
  }
});

describe("readJsonCut", () => {
  const cut = (text: string, length = 8) => readJsonCut(encodeUtf8(text), length);
  /** The value with what was cut put back. */
  const restored = ({ value, cuts }: ReturnType<typeof readJsonCut>): Value => {
    const restore = (item: Value): Value => {
      if (typeof item === "string") return Buffer.from(cuts.get(item) ?? encodeUtf8(item)).toString();
      if (Array.isArray(item)) return item.map(restore);
      if (!isValueObject(item)) return item;
      return Object.fromEntries(Object.entries(item).map(([key, member]) => [key, restore(member)]));
    };
    return restore(value);
  };

  test("leaves large strings as bytes", () => {
    const document = cut('{"a":"12345678","b":["1234567",{"c":"123456789"}],"d":"12\\n45678"}');
    assert.deepEqual(
      [...document.cuts.values()].map((bytes) => Buffer.from(bytes).toString()),
      ["12345678", "123456789"],
    );
    const whole = { a: "12345678", b: ["1234567", { c: "123456789" }], d: "12\n45678" };
    assert.deepEqual(restored(document), whole);
  });

  for (const [what, text] of [
    ["nothing that is large", '{"a":"1234567"}'],
    ["an escape that could be what stands for a string", String.raw`{"a":"12345678","b":"\u00000"}`],
    ["a list", '["12345678"]'],
  ] as const) {
    test(`reads the whole of ${what}`, () => {
      const document = cut(text);
      assert.equal(document.cuts.size, 0);
      assert.deepEqual(document.value, readJson(text));
    });
  }

  describe("with a limit for what is beside the long strings", () => {
    const limited = (text: string) => readJsonCut(encodeUtf8(text), 8, { maxRestBytes: 16 });

    test("counts long strings with and without escapes as none of it", () => {
      const [text, line] = ["x".repeat(100), "\n".repeat(100)];
      assert.deepEqual(restored(limited(JSON.stringify({ a: text }))), { a: text });
      assert.deepEqual(restored(limited(JSON.stringify({ a: line }))), { a: line });
    });

    for (const [what, text] of [
      ["many values (C8)", `{"a":[${"1,".repeat(20)}1]}`],
      ["many members (C8)", JSON.stringify(Object.fromEntries(Array.from({ length: 9 }, (_, index) => [index, 0])))],
      ["many values behind a long string (C8)", `{"a":"${"x".repeat(100)}","b":[${"1,".repeat(20)}1]}`],
      ["a long key (C8)", `{"${"a".repeat(40)}":1}`],
      ["what only the strict reader understands", `{"\\u0061":"${"x".repeat(100)}"}`],
      ["malformed text", `{"a":"${"x".repeat(100)}"`],
      ["a list", `["${"x".repeat(100)}"]`],
    ] as const) {
      test(`refuses ${what}`, () => {
        assert.throws(
          () => limited(text),
          (error) => isAmapError(error, "LIMIT_EXCEEDED"),
        );
      });
    }
  });

  for (const text of ['{"a":"12345678"', '{"a":"12345678","a":1}', '{"a":"12345678"}}']) {
    test(`refuses ${text} as readJson does`, () => {
      assert.throws(
        () => cut(text),
        (error) => isAmapError(error, "JSON_INVALID"),
      );
    });
  }

  test("gives what readJson gives", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const text = JSON.stringify({ first: "x".repeat(20), value });
        // The one key that neither reader accepts.
        fc.pre(!text.includes("__proto__"));
        assert.deepEqual(restored(cut(text)), readJson(text));
      }),
    );
  });
});
