import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { ValueStream } from "./json-writer.ts";
import { Double, type Value } from "./value.ts";
import { readYaml } from "./yaml-reader.ts";
import { writeYaml, writeYamlPieces } from "./yaml-writer.ts";

describe("writeYaml", () => {
  const cases: readonly (readonly [value: Value, written: string])[] = [
    [{}, "{}\n"],
    [[], "[]\n"],
    ["text", "text\n"],
    [null, "null\n"],
    [{ b: 1, a: "x" }, "a: x\nb: 1\n"],
    [{ a: { b: [1, { c: 2, d: [] }] } }, "a:\n  b:\n  - 1\n  - c: 2\n    d: []\n"],
    [[["a", "b"], []], "-\n  - a\n  - b\n- []\n"],
    [
      { a: "true", b: "12", c: "", d: "a: b", e: "- x", f: "yes", g: "nginx:1.27" },
      'a: "true"\nb: "12"\nc: ""\nd: "a: b"\ne: "- x"\nf: "yes"\ng: nginx:1.27\n',
    ],
    [{ script: "a\n  b\n\nc\n" }, "script: |\n  a\n    b\n\n  c\n"],
    [{ a: new Double(1), b: 12345678901234567890n }, "a: 1.0\nb: 12345678901234567890\n"],
  ];
  for (const [value, written] of cases) {
    it(JSON.stringify(written), () => {
      assert.equal(writeYaml(value), written);
      assert.deepEqual(readYaml(written), [value]);
    });
  }

  it("writes what reads back, whatever the texts", () => {
    const text = fc.oneof(
      fc.string({ unit: "grapheme", maxLength: 12 }),
      fc
        .array(
          fc.constantFrom(
            "a",
            " ",
            ":",
            "\n",
            "- ",
            "#",
            "'",
            '"',
            "1",
            ".",
            "e",
            "0x",
            "~",
            "|",
            "true",
            "=",
            "\t",
            "é",
          ),
          { maxLength: 8 },
        )
        .map((parts) => parts.join("")),
    );
    const leaf: fc.Arbitrary<Value> = fc.oneof(text, fc.maxSafeInteger(), fc.boolean(), fc.constant(null));
    const { value } = fc.letrec<{ value: Value }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.array(tie("value"), { maxLength: 4 }),
        fc.dictionary(
          text.filter((key) => key !== "__proto__"),
          tie("value"),
          { maxKeys: 4, noNullPrototype: true },
        ),
      ),
    }));
    fc.assert(
      fc.property(value, (given) => {
        assert.deepEqual(readYaml(writeYaml(given)), [given]);
      }),
      { numRuns: 1000 },
    );
  });
});

describe("writeYamlPieces", () => {
  it("writes what writeYaml does, also where items are made while they are written", () => {
    const object = fc.dictionary(fc.string(), fc.jsonValue() as fc.Arbitrary<Value>, { minKeys: 1, maxKeys: 4 });
    fc.assert(
      fc.property(object, (members) => {
        const sorted = Object.keys(members)
          .sort()
          .map((key) => [key, members[key] as Value] as const);
        const streamed = sorted.map(
          ([key, member]) =>
            [key, Array.isArray(member) ? new ValueStream(member as readonly Value[]) : member] as const,
        );
        const whole = writeYaml(members);
        assert.equal([...writeYamlPieces(sorted)].join(""), whole);
        assert.equal([...writeYamlPieces(streamed)].join(""), whole);
      }),
    );
  });
});
