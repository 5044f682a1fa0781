import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { isAmapError, isValueObject, type Value } from "../../base/index.ts";
import { readImageInfo } from "./image-info.ts";
import { mergeValues, sizeOfValue } from "./merge-values.ts";
import { splitVariableName } from "./variable-name.ts";

const json = (fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<Value>).filter(
  (value) => !JSON.stringify(value).includes("__proto__"),
);

function freeze(value: Value): Value {
  if (typeof value === "object" && value !== null) for (const member of Object.values(value)) freeze(member as Value);
  return Object.freeze(value);
}

describe("merging", () => {
  test("of a value with itself changes nothing, and neither side is touched", () => {
    fc.assert(
      fc.property(json, json, (there, over) => {
        assert.deepEqual(mergeValues(freeze(there), there), there);
        const merged = mergeValues(there, freeze(over));
        assert.deepEqual(mergeValues(merged, over), merged);
        if (!isValueObject(over)) assert.equal(merged, over);
        else for (const key of Object.keys(over)) assert.ok(isValueObject(merged) && Object.hasOwn(merged, key));
      }),
    );
  });
});

describe("the size of a value", () => {
  test("is about that of its JSON", () => {
    fc.assert(
      fc.property(json, (value) => {
        // Escapes are not counted.
        const written = JSON.stringify(value).replaceAll(/\\(?:u[0-9a-f]{4}|.)/g, "x").length;
        const size = sizeOfValue(value, Number.POSITIVE_INFINITY, () => undefined);
        assert.ok(size >= written && size <= 2 * written + 2, `${size} for ${written}`);
      }),
    );
  });
  test("is not counted far beyond the limit", () => {
    let value: Value = "x".repeat(100);
    for (let level = 0; level < 60; level++) value = [value, value];
    let steps = 0;
    const size = sizeOfValue(value, 1_000, (taken) => {
      steps += taken;
    });
    assert.ok(size > 1_000 && size < 2_000 && steps < 1_000);
  });
});

describe("variable names", () => {
  test("in quotes are read back", () => {
    const part = fc.string({ minLength: 1 }).filter((text) => text !== "__proto__");
    fc.assert(
      fc.property(fc.array(part, { minLength: 1 }), (parts) => {
        const name = parts.map((each) => `"${each.replaceAll('"', '""')}"`).join(".");
        assert.deepEqual(splitVariableName(name), parts);
      }),
    );
  });
  test("of any kind are read or refused", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('"', ".", "a", " ") }), (name) => {
        try {
          assert.ok(splitVariableName(name).length > 0);
        } catch (error) {
          assert.ok(isAmapError(error, "VALUE_INVALID"));
        }
      }),
    );
  });
});

describe("image references", () => {
  test("that are shown are read as the same image", () => {
    const unit = fc.constantFrom(
      "a",
      "b",
      "1",
      ".",
      "-",
      "_",
      "/",
      ":",
      "@",
      "A",
      "localhost",
      `sha256:${"0".repeat(64)}`,
    );
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 20 }), (text) => {
        let image: ReturnType<typeof readImageInfo>;
        try {
          image = readImageInfo(text);
        } catch (error) {
          assert.ok(isAmapError(error, "EXPRESSION_FAILED"));
          return;
        }
        const { registry, path, digest, reference } = readImageInfo(image.reference);
        assert.deepEqual(
          [registry, path, digest, reference],
          [image.registry, image.path, image.digest, image.reference],
        );
      }),
      { numRuns: 2_000 },
    );
  });
});
