import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fromBER } from "asn1js";
import fc from "fast-check";
import { decodeHex, encodeHex, isAmapError, LIMITS } from "../../base/index.ts";
import { childrenOf, contextTag, DER_TAGS, DerFields, type DerNode, decodeDer, onlyChildOf, readDer } from "./der.ts";
import { encodeDer } from "./der-writer.ts";

const hex = (text: string): Uint8Array => decodeHex(text.replaceAll(" ", "")) as Uint8Array;
const isRefused = (error: unknown): boolean => isAmapError(error, "DER_INVALID");

/** Everything within, as the tests read it. */
function walk(node: DerNode): unknown {
  return (node.tag & 0x20) === 0 ? [node.tag, encodeHex(node.content)] : [node.tag, childrenOf(node).map(walk)];
}

describe("readDer", () => {
  for (const [what, text, expected] of [
    ["an empty sequence", "30 00", [0x30, []]],
    [
      "values in a sequence",
      "30 06 02 01 05 04 01 ff",
      [
        0x30,
        [
          [2, "05"],
          [4, "ff"],
        ],
      ],
    ],
    ["a context tag", "a0 03 02 01 02", [0xa0, [[2, "02"]]]],
    ["a length of two bytes", `04 81 80 ${"00".repeat(128)}`, [4, "00".repeat(128)]],
    ["a length of three bytes", `04 82 01 00 ${"11".repeat(256)}`, [4, "11".repeat(256)]],
  ] as const) {
    test(`reads ${what}`, () => assert.deepEqual(walk(readDer(hex(text))), expected));
  }

  for (const [what, text] of [
    ["nothing", ""],
    ["a tag alone", "30"],
    ["a cut-off content", "04 02 00"],
    ["a cut-off length", "04 82 01"],
    ["bytes behind the value", "30 00 00"],
    ["an indefinite length", "30 80 02 01 05 00 00"],
    ["a long form for a short length", "04 81 01 00"],
    ["a length with a zero before it", `04 82 00 80 ${"00".repeat(128)}`],
    ["a length of five bytes", "04 85 01 00 00 00 00"],
    ["a length beyond the input", "04 84 ff ff ff ff"],
    ["a tag number of two bytes", "1f 81 01 00"],
  ] as const) {
    test(`refuses ${what}`, () => assert.throws(() => readDer(hex(text)), isRefused));
  }

  test("gives views on the input, without a copy", () => {
    const bytes = hex("30 03 04 01 ff");
    const [child] = childrenOf(readDer(bytes));
    bytes[4] = 1;
    assert.deepEqual(child?.content, Uint8Array.of(1));
    assert.deepEqual(child?.bytes, hex("04 01 01"));
  });
});

describe("childrenOf", () => {
  test("refuses a primitive value", () => assert.throws(() => childrenOf(readDer(hex("04 00"))), isRefused));
  test("refuses a child that reaches over the end of its parent", () => {
    assert.throws(() => childrenOf(readDer(hex("30 03 04 05 00"))), isRefused);
  });

  test("refuses deeper nesting than the limit, and no less deep", () => {
    const nested = (depth: number): Uint8Array => {
      let bytes: Uint8Array = new Uint8Array();
      for (let level = 0; level < depth; level++) bytes = encodeDer(DER_TAGS.sequence, bytes);
      return bytes;
    };
    assert.doesNotThrow(() => walk(readDer(nested(LIMITS.derDepth))));
    assert.throws(() => walk(readDer(nested(LIMITS.derDepth + 1))), isRefused);
  });

  test("refuses more values than the limit", () => {
    const list = (count: number): DerNode => readDer(encodeDer(DER_TAGS.set, ...Array(count).fill(hex("05 00"))));
    assert.equal(childrenOf(list(LIMITS.derValues)).length, LIMITS.derValues);
    assert.throws(() => childrenOf(list(LIMITS.derValues + 1)), isRefused);
  });
});

describe("DerFields", () => {
  const fields = (text: string): DerFields => new DerFields(readDer(hex(text)));

  test("takes what a definition lists, and skips what is optional", () => {
    const list = fields("30 08 02 01 05 a1 03 04 01 ff");
    assert.equal(list.takeIf(contextTag(0)), undefined);
    assert.deepEqual(list.take("a number", DER_TAGS.integer).content, Uint8Array.of(5));
    assert.equal(list.isAtEnd(), false);
    assert.deepEqual(onlyChildOf(list.take("bytes", contextTag(1)), "bytes").content, Uint8Array.of(255));
    assert.equal(list.isAtEnd(), true);
    assert.doesNotThrow(() => list.end("the list"));
  });

  for (const [what, run, message] of [
    ["another type", () => fields("30 02 05 00").take("a number", DER_TAGS.integer), /expected a number, found null/],
    ["a type without a name", () => fields("30 02 99 00").take("a number", DER_TAGS.integer), /the tag 0x99/],
    ["the end", () => fields("30 00").take("a number"), /expected a number, found nothing/],
    ["more than there should be", () => fields("30 02 05 00").end("the list"), /expected the end of the list/],
    ["two values where one is meant", () => onlyChildOf(readDer(hex("a0 04 05 00 05 00")), "it"), /the end of it/],
  ] as const) {
    test(`refuses ${what}`, () => {
      assert.throws(run, (error) => isAmapError(error, "DER_INVALID") && message.test(error.message));
    });
  }
});

test("decodeDer makes an issue of what is malformed, and lets other failures through", () => {
  const decoded = decodeDer("CERTIFICATE_INVALID", "chain[1]", () => readDer(new Uint8Array()));
  assert.deepEqual(decoded, {
    ok: false,
    issues: [{ code: "CERTIFICATE_INVALID", path: "chain[1]", message: "expected a value, found the end" }],
  });
  assert.throws(() => decodeDer("CERTIFICATE_INVALID", "", () => assert.fail("a bug")), /a bug/);
});

/** Trees of values as DER, with asn1js as oracle. */
const trees: fc.Arbitrary<Uint8Array> = fc.letrec<{ node: Uint8Array }>((tie) => ({
  node: fc.oneof(
    { depthSize: "small" },
    fc
      .tuple(fc.constantFrom(0x04, 0x82, 0x9e), fc.uint8Array({ maxLength: 300 }))
      .map(([tag, content]) => encodeDer(tag, content)),
    fc
      .tuple(fc.constantFrom(0x30, 0x31, 0xa0, 0xa3), fc.array(tie("node"), { maxLength: 5 }))
      .map(([tag, children]) => encodeDer(tag, ...children)),
  ),
})).node;

/** The same tree as asn1js reads it. */
function walkOracle(value: ReturnType<typeof fromBER>["result"]): unknown {
  const { tagClass, tagNumber, isConstructed } = value.idBlock;
  const tag = ((tagClass - 1) << 6) | (isConstructed ? 0x20 : 0) | tagNumber;
  const inner = value.valueBlock as { value?: (typeof value)[]; valueHexView?: Uint8Array };
  return [tag, isConstructed ? (inner.value ?? []).map(walkOracle) : encodeHex(inner.valueHexView ?? new Uint8Array())];
}

/** What was read, written again. */
function rewrite(node: DerNode): Uint8Array {
  return encodeDer(node.tag, ...((node.tag & 0x20) === 0 ? [node.content] : childrenOf(node).map(rewrite)));
}

describe("any tree", () => {
  test("reads the same as by asn1js", () => {
    fc.assert(
      fc.property(trees, (bytes) => {
        assert.deepEqual(walk(readDer(bytes)), walkOracle(fromBER(bytes).result));
      }),
      { numRuns: 200 },
    );
  });

  test("after a change it is refused, or is still the one way to write what was read", () => {
    const changed = fc.tuple(trees, fc.nat(), fc.integer({ min: 1, max: 255 })).map(([bytes, place, mask]) => {
      const copy = bytes.slice();
      const index = place % copy.length;
      copy[index] = (copy[index] as number) ^ mask;
      return copy;
    });
    fc.assert(
      fc.property(changed, (bytes) => {
        let written: Uint8Array;
        try {
          written = rewrite(readDer(bytes));
        } catch (error) {
          assert.ok(isRefused(error));
          return;
        }
        assert.deepEqual(written, bytes);
      }),
      { numRuns: 500 },
    );
  });
});
