import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, it, mock } from "node:test";
import fc from "fast-check";
import { evaluate, TEST_ENVIRONMENT, testActivation } from "../../../../testing/cel-activation.ts";
import type { CelObject, CelValue } from "../values/value.ts";
import { compileExpression } from "./compile.ts";
import { isAmbiguousField } from "./fields.ts";
import { type Quick, QuickWriter } from "./quick-writer.ts";

/** The sources that are given to `new Function` meanwhile. */
function sourcesOf(run: () => void): readonly string[] {
  const sources: string[] = [];
  const { Function: real } = globalThis;
  const spy = new Proxy(real, {
    construct: (target, args: string[]) => {
      sources.push(args.at(-1) ?? "");
      return Reflect.construct(target, args);
    },
  });
  mock.property(globalThis, "Function", spy);
  try {
    run();
  } finally {
    mock.restoreAll();
  }
  return sources;
}

/** What stands in generated source: fixed words, names of the writer, and members. */
const WORDS =
  "use|strict|const|let|return|undefined|if|else|for|break|typeof|object|null|boolean|number|string|true|false|throw|" +
  "new|vs|ls|b|f|c|isPlainMap|ownMember|exhausted|Optional|NONE|Array|isArray|length|steps|push|has|[vrlic][0-9]+|[0-9]+";
const TOKEN = new RegExp(String.raw`^(?:${WORDS}|[-+=!<>?:;,.&|(){}\[\]"]|=>)$`);

/** The tokens that are neither. */
function foreignTokens(source: string): readonly string[] {
  const tokens = source.match(/=>|[A-Za-z0-9_$]+|\S/gu) ?? [];
  return [...new Set(tokens.filter((token) => !TOKEN.test(token)))];
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

const reads = (fields: readonly string[]): Quick => {
  return (writer) => fields.reduce((holder, field) => writer.member(holder, field), writer.variable(0));
};
const run = (quick: Quick, root: CelValue | undefined): unknown => {
  return QuickWriter.generate(quick)?.run([root], [], { steps: 100 }, undefined);
};

/** What reading must give, said in the plainest way. */
function expectedMember(root: unknown, fields: readonly string[]): unknown {
  let value = root;
  for (const field of fields) {
    const isHolder = typeof value === "object" && value !== null && Object.hasOwn(value, field);
    value = isHolder ? (value as Record<string, unknown>)[field] : undefined;
  }
  return value;
}

describe("generated source", () => {
  for (const name of SMUGGLED) {
    it(`holds nothing of the field ${JSON.stringify(name.slice(0, 30))}, which is read all the same`, () => {
      const sources = sourcesOf(() => {
        assert.equal(run(reads(["x", name]), { x: { [name]: 1 } }), 1);
        assert.equal(run(reads([name, "x"]), { [name]: { x: 1 } }), 1);
        assert.equal(run(reads(["x", name]), { x: {} }), undefined);
      });
      assert.equal(sources.length, 3);
      for (const source of sources) assert.deepEqual(foreignTokens(source), ["x"]);
      assert.equal("smuggled" in globalThis, false);
    });

    it(`holds nothing of the text ${JSON.stringify(name.slice(0, 30))}`, () => {
      const text = JSON.stringify(name);
      const program = compileExpression(
        `x == ${text} || x in [${text}, 'b'] || x.startsWith(${text}) || {${text}: [y]}[${text}].exists(e, e == y + ${text})`,
        TEST_ENVIRONMENT,
      );
      const sources = sourcesOf(() => {
        for (let time = 0; time < 10; time++) {
          assert.equal(program.evaluate(testActivation({ x: name, y: 1 })), true);
        }
      });
      assert.equal(sources.length, 1);
      assert.deepEqual(foreignTokens(sources[0] as string), []);
    });
  }

  for (const name of ["class", "new", "default", "_", "A1", "if", "eval", "arguments", "v1", "isPlainMap", "f"]) {
    it(`has members of the name ${name} as of any other`, () => {
      assert.equal(run(reads([name, name]), { [name]: { [name]: 7 } }), 7);
      assert.equal(run(reads([name, name]), { [name]: {} }), undefined);
    });
  }

  for (const name of ["__proto__", "constructor", "length", "toString", "value", "entries", "map", "0"]) {
    it(`reads ${name}, which more than maps have, of maps only`, () => {
      const map = JSON.parse(JSON.stringify({ x: { NAME: 1 } }).replace("NAME", name)) as CelObject;
      assert.equal(isAmbiguousField(name), true);
      assert.equal(run(reads(["x", name]), map), 1);
      for (const holder of [{}, [], [1], "text", new Uint8Array(2)]) {
        assert.equal(run(reads(["x", name]), { x: holder }), undefined);
      }
    });
  }

  it("reads own members only, of whatever there is", () => {
    const names = fc.oneof(
      fc.constantFrom("a", "b", "spec", "a-b", "value", "length", "__proto__"),
      fc.string({ unit: "grapheme", maxLength: 6 }),
    );
    fc.assert(
      fc.property(
        fc.array(names, { minLength: 1, maxLength: 11 }),
        fc.nat(12),
        fc.anything(),
        fc.anything(),
        (path, depth, leaf, other) => {
          const whole = path
            .slice(0, depth)
            .reduceRight<unknown>((value, field) => Object.fromEntries([[field, value]]), leaf);
          for (const root of [whole, undefined, null, "text", 1, [1], path]) {
            const given = run(reads(path), root as CelValue);
            if (given !== undefined) assert.equal(given, expectedMember(root, path));
          }
          // Of maps in maps, all.
          const maps = path.reduceRight<CelValue>((value, field) => Object.fromEntries([[field, value]]), 1);
          assert.equal(run(reads(path), maps), 1);
          run(reads(path), other as CelValue);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("does not say that something which is no map has no member", () => {
    const has: Quick = (writer) => writer.define(`${writer.memberOrNone(reads(["x"])(writer), "b")} !== undefined`);
    for (const parent of [[], "text", new Uint8Array(1), null, 1]) assert.equal(run(has, { x: parent }), undefined);
    assert.equal(run(has, { x: {} }), false);
    assert.equal(run(has, { x: { b: null } }), true);
  });

  it("is not made for what would be too long, and of its parts it is", () => {
    const source = `[${Array.from({ length: 3000 }, (_, index) => `x.f${index} == ${index}`).join(", ")}].all(e, e)`;
    const x = Object.fromEntries(Array.from({ length: 3000 }, (_, index) => [`f${index}`, index]));
    const sources = sourcesOf(() => assert.equal(evaluate(source, { x }), true));
    assert.equal(sources.length, 0);
  });

  it("takes blocks as deep as an expression can be", () => {
    const source = `${"[[1]].all(a, a.all(b, ".repeat(60)}x${"))".repeat(60)}`;
    assert.equal(evaluate(source, { x: true }), true);
    assert.equal(evaluate(`${"x ? 1 : (".repeat(200)}2${")".repeat(200)}`, { x: false }), 2);
  });

  it("is not needed where code must not be made from strings", () => {
    const source = "has(object.spec.replicas) && !has(object.spec.paused) && object.spec.replicas + 1 == 4";
    const module = join(import.meta.dirname, "../../../../testing/cel-activation.ts");
    const program = `
      const { evaluate } = await import(${JSON.stringify(module)});
      let isForbidden = false;
      try { new Function("return 1")(); } catch { isForbidden = true; }
      console.log(isForbidden, evaluate(${JSON.stringify(source)}, { object: { spec: { replicas: 3 } } }));`;
    const flags = ["--disallow-code-generation-from-strings", "--input-type=module", "-e", program];
    const { stdout, stderr } = spawnSync(process.execPath, flags, { encoding: "utf8", timeout: 20_000 });
    assert.equal(stdout, "true true\n", stderr.slice(-1000));
  });
});
