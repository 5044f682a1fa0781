import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { Double, isAmapError } from "../../base/index.ts";
import { decodeCursor, encodeCursor } from "./cursor.ts";
import { cutForIndex, escapeName, escapeText, fromJson, timeMs, toJson, unescapeText } from "./stored-text.ts";
import { pack, packError, unpack, unpackError } from "./thread-messages.ts";

/** Any UTF-16 units, with those that need care among them. */
const units = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.constantFrom(0, 0x10, 0xd800, 0xdfff, 0x30, 0x61)))
  .map((codes) => String.fromCharCode(...codes));

describe("text in a database", () => {
  test("any text comes back, and is stored as well-formed text without NUL", () => {
    fc.assert(
      fc.property(units, (text) => {
        const stored = escapeText(text);
        assert.ok(stored.isWellFormed() && !stored.includes("\0"));
        assert.equal(unescapeText(stored), text);
      }),
    );
  });

  test("what is cut for an index is a beginning that is well-formed", () => {
    fc.assert(
      fc.property(units, fc.integer({ min: 1, max: 30 }), (text, length) => {
        const cut = cutForIndex(escapeText(text), length);
        assert.ok(cut.length <= length && cut.isWellFormed() && escapeText(text).startsWith(cut));
        assert.ok(text.startsWith(unescapeText(cut)));
      }),
    );
  });

  test("a name that no index takes is refused", () => {
    assert.equal(escapeName("a".repeat(512)).length, 512);
    assert.throws(
      () => escapeName("a".repeat(513)),
      (error) => isAmapError(error, "LIMIT_EXCEEDED"),
    );
  });

  test("any JSON value comes back through JSON, and through a thread", () => {
    const leaf = fc.oneof(
      units,
      fc.boolean(),
      fc.constant(null),
      fc.maxSafeInteger(),
      fc.bigInt({ min: 2n ** 60n, max: 2n ** 80n }),
      fc.constant(new Double(3)),
    );
    const key = fc.oneof(
      units.filter((text) => text !== "__proto__"),
      fc.constantFrom("constructor", "toString"),
    );
    const value = fc.oneof(
      leaf,
      fc.array(leaf),
      fc.dictionary(key, fc.oneof(leaf, fc.array(leaf)), { noNullPrototype: true }),
    );
    fc.assert(
      fc.property(value, (tree) => {
        const json = toJson(tree);
        assert.ok(json.isWellFormed() && !json.includes("\0"));
        assert.deepEqual(fromJson(json), tree);
        assert.deepEqual(unpack(structuredClone(pack(tree))), tree);
      }),
    );
  });

  test("what is not JSON, or no time, is refused", () => {
    assert.throws(
      () => fromJson("{"),
      (error) => isAmapError(error, "STORE_INVALID"),
    );
    assert.throws(
      () => timeMs("yesterday"),
      (error) => isAmapError(error, "VALUE_INVALID"),
    );
    assert.throws(
      () => toJson({ list: [{ ["__proto__"]: 1 }] }),
      (error) => isAmapError(error, "VALUE_INVALID"),
    );
    assert.equal(toJson({ a: undefined, b: 1 }), '{"b":1}');
  });
});

test("a cursor gives back its key, and any other text is refused", () => {
  const key = [3, "text \u0010d800", 7] as const;
  assert.deepEqual(decodeCursor("list", ["number", "string", "number"], encodeCursor("list", key)), key);
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json().map((text) => Buffer.from(text).toString("base64url")),
      ),
      (cursor) => {
        assert.throws(
          () => decodeCursor("list", ["number"], cursor),
          (error) => isAmapError(error, "USAGE"),
        );
      },
    ),
  );
});

test("errors cross threads with their code, and bugs with their stack", () => {
  const thrown = unpackError(packError(new TypeError("a bug")));
  assert.ok(!isAmapError(thrown) && thrown.message === "a bug" && thrown.stack?.includes("stored-text.test"));
});
