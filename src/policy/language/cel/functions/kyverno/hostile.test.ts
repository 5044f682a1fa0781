import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { compressGzip, LIMITS } from "../../../../../base/index.ts";
import { evaluateKyverno } from "../../../../../testing/kyverno-functions.ts";
import { certificatePem } from "../../../../../testing/rsa-certificate.ts";
import type { CelValue } from "../../values/value.ts";
import { kyvernoLibraries } from "./libraries.ts";

const withText = (expression: string, x: CelValue): CelValue => evaluateKyverno(expression, { variables: { x } });

describe("random", () => {
  const pattern = "[a-z]{3}-(?:x|yy|[0-9]{2,4})+[^a-z]?.\\d\\w\\s[[:upper:]]\\x41";
  const regexp = /^[a-z]{3}-(?:x|yy|[0-9]{2,4})+[^a-z]?.\d\w\s[A-Z]A$/;

  it("matches its pattern for any seed, and is the same for the same seed", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (seed) => {
        const draw = (): CelValue => evaluateKyverno("random(p)", { variables: { p: pattern }, seed });
        assert.match(draw() as string, regexp);
        assert.equal(draw(), draw());
      }),
      { numRuns: 200 },
    );
  });

  it("draws anew in one evaluation, and differs by seed", () => {
    const draws = evaluateKyverno("[random(), random(), random.random()]") as readonly string[];
    assert.equal(new Set(draws).size, 3);
    assert.notEqual(evaluateKyverno("random()"), evaluateKyverno("random()", { seed: new Uint8Array(32).fill(1) }));
  });

  it("draws each character of a class about as often", () => {
    const counts = new Map<string, number>();
    for (const letter of evaluateKyverno("random('[a-e]{1000}') + random('[a-e]{1000}')") as string) {
      counts.set(letter, (counts.get(letter) ?? 0) + 1);
    }
    for (const letter of "abcde") assert.ok(Math.abs((counts.get(letter) ?? 0) - 400) < 100, letter);
  });

  const refused: readonly string[] = [
    "(a{1000}){1000}",
    "a{1001}",
    "(",
    "[z-a]",
    "a".repeat(LIMITS.randomTextLength + 1),
    "((((x*)+)*)+)*".repeat(300),
    `${"(".repeat(150)}a${")".repeat(150)}`,
    "[^\\x{0}-\\x{10FFFF}]",
  ];
  for (const source of refused) {
    it(`refuses ${source.slice(0, 40)}`, () => {
      assert.throws(() => withText("random(x)", source), { name: "CelError" });
    });
  }

  it("leaves many characters out of a class in time that grows with their number", () => {
    const letters = Array.from({ length: 20_000 }, (_, index) => String.fromCodePoint(0x10000 + 2 * index)).join("");
    assert.match(withText("random('[^' + x + ']{4}')", letters) as string, /^[ -~]{4}$/);
    assert.equal((withText("random(x)", "[^\\x{0}-\\x{2F}:-\\x{10FFFF}]") as string).length, 1);
  });

  it("counts repetitions that write nothing", () => {
    const run = { variables: { x: "(?:()*)*".repeat(2_000) }, steps: 300_000 };
    assert.throws(() => evaluateKyverno("random(x)", run), { code: "BUDGET_EXCEEDED" });
  });
});

describe("x509.decode", () => {
  const begins = "-----BEGIN CERTIFICATE-----\n".repeat(2_000);
  for (const [title, text] of [
    ["beginnings without an end", begins],
    ["beginnings with one end", `${begins}-----END CERTIFICATE-----\n`],
    ["an end of another kind", `${begins}-----END X-----\n`],
    ["ends without a beginning", "-----END CERTIFICATE-----\n".repeat(2_000)],
  ] as const) {
    it(`refuses ${title}`, () => {
      assert.throws(() => withText("x509.decode(x)", text), { name: "CelError" });
    });
  }

  it("reads the block that has an end, behind one that has none", () => {
    const pem = `-----BEGIN A-----\n${certificatePem()}`;
    assert.equal(withText("x509.decode(x) == x509.decode(x.substring(18))", pem), true);
  });
});

describe("gzip", () => {
  const bomb = compressGzip(new Uint8Array(LIMITS.expressionInflateBytes + 1));

  it("does not inflate a bomb, and many of them use the budget up", () => {
    assert.throws(() => withText("gzip.decompress(x)", bomb), { name: "CelError", message: /more than/ });
    const many = "[1,2,3,4,5,6,7,8,9].map(i, gzip.decompress(x) == '' ? i : i)";
    const fits = compressGzip(new Uint8Array(LIMITS.expressionInflateBytes));
    assert.throws(() => withText(many, fits), { code: "BUDGET_EXCEEDED" });
  });

  it("refuses text that is not UTF-8, cut-off streams and bytes behind them", () => {
    assert.throws(() => withText("gzip.decompress(x)", compressGzip(Uint8Array.of(0xff))), { message: /UTF-8/ });
    const good = compressGzip(Uint8Array.of(97));
    assert.throws(() => withText("gzip.decompress(x)", good.subarray(0, good.length - 3)), { message: /damaged/ });
    assert.throws(() => withText("gzip.decompress(x)", Uint8Array.from([...good, 1])), { name: "CelError" });
  });
});

describe("documents", () => {
  it("that are nested too deeply are refused", () => {
    const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
    assert.throws(() => withText("json.unmarshal(x)", deep), { name: "CelError", message: /deep|nest/ });
    assert.throws(() => withText("yaml.parse(x)", deep), { name: "CelError" });
  });

  it("of YAML with billions of nodes by aliases are refused", () => {
    const lines = ["a: &a [1,1,1,1,1,1,1,1,1,1]"];
    for (let index = 1; index < 12; index++) {
      const before = String.fromCharCode(96 + index);
      const name = String.fromCharCode(97 + index);
      lines.push(`${name}: &${name} [${`*${before},`.repeat(9)}*${before}]`);
    }
    assert.throws(() => withText("yaml.parse(x)", lines.join("\n")), { name: "CelError" });
  });

  it("with shared parts are not copied part by part", () => {
    const lines = ["a: &a [1,1,1,1,1,1,1,1,1,1]", "b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]", "c: [*b,*b,*b,*b,*b]"];
    const c = (withText("yaml.parse(x)", lines.join("\n")) as { readonly c: readonly unknown[] }).c;
    assert.equal(c[0], c[4]);
  });

  it("use the budget up by their length", () => {
    const long = `[${"1,".repeat(200_000)}1]`;
    for (const name of ["json.unmarshal", "yaml.parse"]) {
      const run = { variables: { x: long }, steps: 100_000 };
      assert.throws(() => evaluateKyverno(`${name}(x)`, run), { code: "BUDGET_EXCEEDED" });
    }
  });

  it("keep names of JavaScript's own objects as plain keys", () => {
    const value = withText("json.unmarshal(x)", '{"constructor": 1, "toString": 2}');
    assert.deepEqual(Object.keys(value as object), ["constructor", "toString"]);
    assert.throws(() => withText("json.unmarshal(x).valueOf", "{}"), { name: "CelError" });
  });

  it("are written within the budget and the depth", () => {
    const deep = Array.from({ length: 2_000 }).reduce<CelValue>((inner) => [inner], 1);
    assert.throws(() => withText("json.marshal(x)", deep), { name: "CelError", message: /deeper/ });
    const wide: CelValue = Array.from({ length: 1_000 }, () => "x".repeat(1_000));
    assert.throws(() => evaluateKyverno("json.marshal(x)", { variables: { x: wide }, steps: 10_000 }), {
      code: "BUDGET_EXCEEDED",
    });
  });

  it("are not written where one long text is in them very often", () => {
    const x = "\u0001".repeat(1_000_000);
    for (const expression of [
      "json.marshal(lists.range(1000).map(i, x))",
      "json.marshal(lists.range(1000).map(i, {x: i}))",
      "json.marshal(lists.range(1000).map(i, bytes(x)))",
    ]) {
      assert.throws(() => withText(expression, x), { code: "BUDGET_EXCEEDED" }, expression);
    }
  });

  it("any JSON text is read back as it was written", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        const text = JSON.stringify(value);
        if (text.includes("__proto__")) return;
        assert.deepEqual(JSON.parse(withText("json.marshal(json.unmarshal(x))", text) as string), JSON.parse(text));
      }),
      { numRuns: 300 },
    );
  });
});

describe("junk", () => {
  const rows = kyvernoLibraries()
    .flatMap((library) => library.functions)
    .filter((row) => row.receiver === undefined && row.args.length > 0 && row.loads === undefined);
  const junk = fc.oneof(
    fc.string({ maxLength: 40 }),
    fc.uint8Array({ maxLength: 40 }),
    fc.integer(),
    fc.double(),
    fc.constant(null),
    fc.constant([]),
    fc.constant([{ "": 1 }]),
    fc.constant({ a: "b" }),
  );
  for (const row of rows) {
    it(`${row.name} with ${row.args.length} of anything gives a value or a CelError`, () => {
      const names = row.args.map((_, index) => `a${index}`);
      fc.assert(
        fc.property(fc.tuple(...names.map(() => junk)), (values) => {
          const variables = Object.fromEntries(names.map((name, index) => [name, values[index] as CelValue]));
          try {
            evaluateKyverno(`${row.name}(${names.join(", ")})`, { variables, effects: [] });
          } catch (error) {
            assert.equal((error as Error).name, "CelError", String(error));
          }
        }),
        { numRuns: 60 },
      );
    });
  }
});
