import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { encodeUtf8 } from "../bytes/text.ts";
import { isAmapError } from "../errors/amap-error.ts";
import { Double, type Value } from "../value/value.ts";
import { decodeToml } from "./toml-reader.ts";

const ACCEPTED: readonly (readonly [name: string, text: string, value: Value])[] = [
  ["nothing", "", {}],
  ["a comment", "# only this\n", {}],
  ["a byte order mark", "\ufeffa = 1", { a: 1 }],
  ["strings of all kinds", 'a = "x\\u00e9"\nb = \'C:\\x\'\nc = """\ny\nz"""', { a: "xé", b: "C:\\x", c: "y\nz" }],
  [
    "integers, also large ones and those of other bases",
    "a = 1_000\nb = 9007199254740993\nc = 0xff\nd = -0",
    { a: 1000, b: 9007199254740993n, c: 255, d: 0 },
  ],
  [
    "floats",
    "a = 1.5\nb = 1.0\nc = inf\nd = -inf\ne = nan",
    { a: 1.5, b: new Double(1), c: "inf", d: "-inf", e: "nan" },
  ],
  [
    "dates and times as text",
    "a = 1979-05-27T07:32:00Z\nb = 1979-05-27\nc = 07:32:00.5",
    { a: "1979-05-27T07:32:00.000Z", b: "1979-05-27", c: "07:32:00.500" },
  ],
  ["tables", '[a.b]\nc = true\n[[d]]\ne = "1"\n[[d]]\n', { a: { b: { c: true } }, d: [{ e: "1" }, {}] }],
  ["dotted keys and inline tables", 'a.b = { c = [1, "x"], "d.e" = {} }', { a: { b: { c: [1, "x"], "d.e": {} } } }],
  [
    "keys of Object's prototype",
    "constructor = 1\n[toString]\nvalueOf = 2",
    { constructor: 1, toString: { valueOf: 2 } },
  ],
  ["Windows' line ends", "a = 1\r\nb = 2\r\n", { a: 1, b: 2 }],
];

const REFUSED: readonly (readonly [name: string, text: string | Uint8Array, message: RegExp])[] = [
  ["prose", "this is not TOML", /at line 1, column 6/],
  ["a key twice", "a = 1\na = 2", /redefine.*at line 2/],
  ["a table twice", "[a]\n[a]", /redefine/],
  ["an open string", 'a = "b', /unfinished string at line 1/],
  ["an open table", "[a\nb = 1", /line 1/],
  ["__proto__ as a table", "[__proto__]\na = 1", /__proto__/],
  ["__proto__ as a key", "a = { __proto__ = 1 }", /__proto__/],
  ["bytes that are not UTF-8", Uint8Array.of(0x61, 0xff), /UTF-8/],
  ["half of a surrogate pair", 'a = "\ud800"', /surrogate/],
  ["a control character", 'a = "\u0001"', /control/],
];

describe("decodeToml", () => {
  for (const [name, text, value] of ACCEPTED) {
    it(`reads ${name}`, () => {
      assert.deepEqual(decodeToml(text), { ok: true, value });
      assert.deepEqual(decodeToml(encodeUtf8(text)), { ok: true, value });
    });
  }

  for (const [name, text, message] of REFUSED) {
    it(`refuses ${name}`, () => {
      const decoded = decodeToml(text);
      assert.ok(!decoded.ok);
      assert.equal(decoded.issues[0]?.code, "TOML_INVALID");
      assert.match(decoded.issues[0]?.message ?? "", message);
    });
  }

  const LIMITED: readonly (readonly [name: string, text: string, options: object])[] = [
    ["bytes", "a = 1", { maxBytes: 4 }],
    ["nesting of lists", `a = ${"[".repeat(600)}`, {}],
    ["nesting of inline tables", `a = ${"{a=".repeat(600)}`, {}],
    ["nesting of dotted keys", `${"a.".repeat(100_000)}a = 1`, {}],
    ["nesting of headers", `[${"a.".repeat(100_000)}a]`, {}],
    ["a given depth", "a = [[1]]", { maxDepth: 2 }],
  ];
  for (const [name, text, options] of LIMITED) {
    it(`limits ${name}`, () => assert.throws(() => decodeToml(text, options), { code: "LIMIT_EXCEEDED" }));
  }

  it("takes exactly the depth that is given", () => {
    assert.ok(decodeToml("a = [[1]]", { maxDepth: 3 }).ok);
    assert.ok(decodeToml("[a.b]\nc = 1", { maxDepth: 3 }).ok);
    assert.throws(() => decodeToml("[a.b]\nc = 1", { maxDepth: 2 }), { code: "LIMIT_EXCEEDED" });
  });

  it("is not slow on long lines and many lines", () => {
    const long = "x".repeat(1_000_000);
    for (const text of [
      `a = "${long}`,
      `# ${long}`,
      long,
      `a = [${"1,".repeat(300_000)}]`,
      "[[a]]\n".repeat(100_000),
    ]) {
      const started = performance.now();
      decodeToml(text);
      assert.ok(performance.now() - started < 5_000);
    }
  });

  it("gives back what a simple writer wrote, and never throws anything else than limits", () => {
    const scalar = fc.oneof(
      fc.string({ unit: "binary" }).filter((text) => text.isWellFormed()),
      fc.boolean(),
      fc.maxSafeInteger(),
    );
    const table = fc.dictionary(
      fc.string().filter((key) => key !== "__proto__"),
      scalar,
    );
    const write = (value: Record<string, unknown>): string =>
      Object.entries(value)
        .map(([key, item]) => `${quote(key)} = ${typeof item === "string" ? quote(item) : String(item)}\n`)
        .join("");
    fc.assert(
      fc.property(table, (value) => {
        const decoded = decodeToml(write(value));
        assert.ok(decoded.ok);
        assert.deepEqual(decoded.value, JSON.parse(JSON.stringify(value)));
      }),
      { numRuns: 200, seed: 9 },
    );
    fc.assert(
      fc.property(table, fc.nat(), fc.string({ maxLength: 5 }), (value, at, insert) => {
        const text = write(value);
        const place = at % (text.length + 1);
        try {
          decodeToml((text.slice(0, place) + insert + text.slice(place + 2)).toWellFormed());
        } catch (error) {
          assert.ok(isAmapError(error, "LIMIT_EXCEEDED"));
        }
      }),
      { numRuns: 500, seed: 10 },
    );
  });
});

function quote(text: string): string {
  return `"${Array.from(text)
    .map((character) => {
      const code = character.codePointAt(0) ?? 0;
      return code < 0x20 || code === 0x22 || code === 0x5c || code === 0x7f
        ? `\\u${code.toString(16).padStart(4, "0")}`
        : character;
    })
    .join("")}"`;
}
