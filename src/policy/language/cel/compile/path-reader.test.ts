import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, it } from "node:test";
import fc from "fast-check";
import { evaluate } from "../../../../testing/cel-activation.ts";
import { isAmbiguousField, isGeneratedField, pathReader, presenceReader } from "./path-reader.ts";

/** What the readers must do, said in the plainest way. */
function expectedMember(root: unknown, fields: readonly string[]): unknown {
  let value = root;
  for (const field of fields) {
    const isHolder = typeof value === "object" && value !== null && Object.hasOwn(value, field);
    value = isHolder ? (value as Record<string, unknown>)[field] : undefined;
  }
  return value;
}

const SMUGGLED = [
  "a;globalThis.smuggled=1",
  "a'b",
  'a"b',
  "a`${globalThis.smuggled=1}`",
  "a/*",
  "a//b",
  "a\nb",
  "a\n",
  "a\u2028b",
  "\\u0061",
  "a-b",
  "a.b",
  "a b",
  "a()",
  "a]",
  "é",
  "ａ",
  "a\u200d",
  "a$",
  "1a",
  "",
  "a".repeat(129),
];

describe("readers of paths", () => {
  for (const name of SMUGGLED) {
    it(`${JSON.stringify(name.slice(0, 30))} never reaches generated source, and is read all the same`, () => {
      assert.equal(isGeneratedField(name), false);
      if (isAmbiguousField(name)) return;
      assert.equal(pathReader(["x", name])({ x: { [name]: 1 } }), 1);
      assert.equal(pathReader([name, "x"])({ [name]: { x: 1 } }), 1);
      assert.equal(presenceReader(["x", name])({ x: { [name]: 1 } }), true);
      assert.equal(presenceReader(["x", name])({ x: {} }), false);
      assert.equal("smuggled" in globalThis, false);
    });
  }

  for (const name of ["class", "new", "default", "_", "A1", "if", "eval", "arguments", "v", "isPlainMap"]) {
    it(`${name} is a name like any other`, () => {
      assert.equal(isGeneratedField(name), true);
      assert.equal(pathReader([name])({ [name]: 7 }), 7);
      assert.equal(presenceReader([name, name])({ [name]: {} }), false);
    });
  }

  for (const name of ["__proto__", "constructor", "length", "toString", "value", "entries", "map", "0"]) {
    it(`${name}, which more than maps have, gets no reader`, () => {
      assert.equal(isAmbiguousField(name), true);
      assert.equal(isGeneratedField(name), false);
    });
  }

  it("reads own members only, of whatever there is", () => {
    const names = fc.oneof(fc.constantFrom("a", "b", "spec", "a-b"), fc.string({ unit: "grapheme", maxLength: 6 }));
    const fields = fc.array(
      names.filter((name) => !isAmbiguousField(name)),
      { minLength: 1, maxLength: 11 },
    );
    fc.assert(
      fc.property(fields, fc.nat(12), fc.anything(), fc.anything(), (path, depth, leaf, other) => {
        const whole = path.slice(0, depth).reduceRight<unknown>((value, field) => ({ [field]: value }), leaf);
        for (const root of [whole, other, undefined, null, "text", 1, [1], path]) {
          const expected = expectedMember(root, path);
          assert.equal(pathReader(path)(root), expected);
          const presence = presenceReader(path)(root);
          if (expected !== undefined) assert.equal(presence, true);
          else assert.notEqual(presence, true);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("does not say false of what is no plain map", () => {
    for (const parent of [[], "text", new Map(), null, 1, new Uint8Array(1)]) {
      assert.equal(presenceReader(["x", "b"])({ x: parent }), undefined);
    }
  });

  it("goes on with closures when there are too many paths", () => {
    for (let index = 0; index < 4200; index++) {
      assert.equal(pathReader(["many", `f${index}`])({ many: { [`f${index}`]: index } }), index);
    }
  });

  it("works where code must not be made from strings", () => {
    const source = "has(object.spec.replicas) && !has(object.spec.paused) && object.spec.replicas + 1 == 4";
    const program = `
      const { evaluate } = await import(${JSON.stringify(join(import.meta.dirname, "../../../../testing/cel-activation.ts"))});
      let isForbidden = false;
      try { new Function("return 1")(); } catch { isForbidden = true; }
      console.log(isForbidden, evaluate(${JSON.stringify(source)}, { object: { spec: { replicas: 3 } } }));`;
    const flags = ["--disallow-code-generation-from-strings", "--input-type=module", "-e", program];
    const { stdout, stderr } = spawnSync(process.execPath, flags, { encoding: "utf8", timeout: 20_000 });
    assert.equal(stdout, "true true\n", stderr.slice(-1000));
    assert.equal(evaluate(source, { object: { spec: { replicas: 3 } } }), true);
  });
});
