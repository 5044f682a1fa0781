import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { encodeUtf8 } from "../bytes/text.ts";
import { isAmapError } from "../errors/amap-error.ts";
import { readJsonItems } from "./json-items.ts";
import { readJson } from "./json-reader.ts";
import { writeJson } from "./json-writer.ts";
import { listOf, type Value } from "./value.ts";

/** The value as text, which a list whose items are made when they are asked for has like any other, or the error. */
function outcome(read: () => Value): string {
  try {
    return writeJson(read());
  } catch (error) {
    assert.ok(isAmapError(error));
    return `${error.code} ${error.message}`;
  }
}

function assertAlike(bytes: Uint8Array, longListBytes: number): void {
  const options = { maxBytes: 100_000, maxDepth: 20 };
  const whole = outcome(() => readJson(bytes, options));
  assert.equal(
    outcome(() => readJsonItems(bytes, { ...options, longListBytes })),
    whole,
  );
}

/** Documents, valid and not. */
const DOCUMENTS: readonly string[] = [
  '{"a":[{"b":1},{"c":[2,{"d":"x"}]}],"e":null}',
  ' {\n "a" : [ {"b" : 1 } ,\t{ } ] , "z" : { "a" : [ { "b" : 2 } ] } } \n',
  '{"a":[]}',
  '{"a":[{}]}',
  '{"a":[{},1]}',
  '{"a":[1,{}]}',
  '{"a":[[{}],[{}]]}',
  '{"a":{"a":[{"b":1}]},"b":[{"c":1}]}',
  '{"7":[{"b":1}],"2":[{"b":2}]}',
  '[{"a":1}]',
  "{}",
  "",
  "null",
  '{"a":[{"b":1}],"a":[{"b":2}]}',
  '{"a":[{"b":1,"b":2}]}',
  '{"a":[{"__proto__":1}]}',
  '{"__proto__":[{"a":1}]}',
  '{"constructor":[{"toString":1}]}',
  '{"a":[{"b":1}],"c":[{"d":}]}',
  '{"a":[{"b":1}]',
  '{"a":[{"b":1}]} x',
  '{"a":[{"b":1},]}',
  '{"a":[{"b":1} {"b":2}]}',
  '\uFEFF{"a":[{"b":1}]}',
  String.raw`{"\u0061":[{"b":1}],"a":[{"b":1}]}`,
  String.raw`{"a":[{"\u0062":1,"b":2}]}`,
  String.raw`{"a":[{"b":"\ud83d\ude00 😀"}]}`,
  String.raw`{"a":[{"b":"\uD83D\uDE00\n"}]}`,
  String.raw`{"a":[{"b":"\ud83d"}]}`,
  String.raw`{"a":[{"b":"\ude00\ud83d"}]}`,
  String.raw`{"a":[{"b":"\ud83d\u0041"}]}`,
  '{"a":[{"b":1e400}]}',
  '{"a":[{"b":1.0,"c":1e3,"d":12345678901234567890,"e":-0}]}',
  `{"a":[{"b":${"[".repeat(17)}${"]".repeat(17)}}]}`,
  `{"a":[{"b":${"[".repeat(18)}${"]".repeat(18)}}]}`,
  `{"a":[{"b":"${"x".repeat(100_000)}"}]}`,
];

describe("readJsonItems", () => {
  for (const text of DOCUMENTS) {
    test(`reads ${JSON.stringify(text).slice(0, 60)} as readJson does`, () => {
      for (const longListBytes of [0, 12, 1000]) assertAlike(encodeUtf8(text), longListBytes);
    });
  }

  test("refuses what is not UTF-8", () => {
    const bytes = encodeUtf8('{"a":[{"b":"x"}]}').map((byte) => (byte === 0x78 ? 0xff : byte));
    assertAlike(bytes, 0);
  });

  test("accepts and refuses what readJson does, whatever the text", () => {
    const change = fc.tuple(
      fc.array(fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 3 }), { maxLength: 4 }),
      fc.jsonValue(),
      fc.nat(),
      fc.constantFrom("", "", "", '"', "{", "}", ",", ":", "0", "\\", "]", "e"),
    );
    fc.assert(
      fc.property(change, ([items, other, at, inserted]) => {
        const json = JSON.stringify({ first: other, list: items, last: [other] });
        const text = json.slice(0, at % json.length) + inserted + json.slice(at % json.length);
        for (const longListBytes of [0, 40]) assertAlike(encodeUtf8(text), longListBytes);
      }),
      { numRuns: 300 },
    );
  });

  test("a long list is a list like any other, whose items are made anew", () => {
    const text = JSON.stringify({ items: [{ a: 1 }, { b: [2] }, {}] });
    const list = listOf(readJsonItems(encodeUtf8(text), { longListBytes: 0 }), "items");
    assert.ok(Array.isArray(list));
    assert.equal(list.length, 3);
    assert.deepEqual([...list], [{ a: 1 }, { b: [2] }, {}]);
    assert.deepEqual(
      list.map((item, index) => [index, item]),
      [
        [0, { a: 1 }],
        [1, { b: [2] }],
        [2, {}],
      ],
    );
    assert.deepEqual([...list.entries()][1], [1, { b: [2] }]);
    assert.deepEqual(list.toReversed().slice(2), [{ a: 1 }]);
    assert.deepEqual([list[3], list[-1], list.at(-1)], [undefined, undefined, {}]);
    assert.equal(1 in list, true);
    assert.equal(3 in list, false);
    assert.deepEqual(list[0], list[0]);
    assert.notEqual(list[0], list[0]);
    assert.throws(() => {
      (list as Value[])[0] = 1;
    }, TypeError);
  });
});
