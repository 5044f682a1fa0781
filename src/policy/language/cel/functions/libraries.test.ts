import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { evaluate } from "../../../../testing/cel-activation.ts";
import type { CelValue } from "../values/value.ts";

describe("functions at their edges", () => {
  const holds: readonly string[] = [
    // lists
    "[].distinct() == [] && [1, 1u, 1.0, dyn('1')].distinct() == [1, dyn('1')]",
    "[dyn(9223372036854775807), 9223372036854775807.0].distinct().size() == 1",
    "[double('NaN'), double('NaN')].distinct().size() == 2",
    "[[1], [1.0], [2]].distinct() == [[1], [2]]",
    "['\\uffff', '😀', 'a'].sort() == ['a', '\\uffff', '😀']",
    "[1.5, double('NaN'), -1.0].sort().size() == 3 && [].sort() == []",
    "[[1, [2]], dyn(3)].flatten(0) == [[1, [2]], dyn(3)] && [[[[1]]]].flatten(9223372036854775807) == [1]",
    "lists.range(-5) == [] && [1, 2].slice(2, 2) == []",
    // sets
    "sets.contains([1], []) && sets.contains([dyn(1)], [1.0, 1u]) && !sets.contains([], [1])",
    "sets.equivalent([], []) && !sets.intersects([], [])",
    // optionals
    "!optional.ofNonZeroValue(duration('0s')).hasValue() && !optional.ofNonZeroValue(0u).hasValue()",
    "!optional.ofNonZeroValue(timestamp('0001-01-01T00:00:00Z')).hasValue()",
    "optional.ofNonZeroValue(timestamp(0)).hasValue() && optional.ofNonZeroValue(optional.none()).hasValue()",
    "optional.of(null).orValue(dyn(1)) == null",
    "!dyn([]).first().hasValue() && [1, 2, 3].last() == optional.of(3)",
    "optional.unwrap([]) == [] && [optional.none()].unwrapOpt() == []",
    // math
    "string(math.sign(-0.0)) == '0' && string(math.round(-0.4)) == '-0' && math.round(0.49999999999999994) == 0.0",
    "math.bitShiftRight(-1, 1) == 9223372036854775807 && math.bitShiftLeft(1, 64) == 0",
    "math.sqrt(-1) != math.sqrt(-1) && math.isInf(-1.0 / 0.0) && !math.isFinite(0.0 / 0.0)",
    // conversions
    "int('-0') == 0 && int('+007') == 7 && uint('00000000000000000000000000000000012') == 12u",
    "double('1_000.5') == 1000.5 && double('.5') == 0.5 && math.isInf(double('-Infinity'))",
    "string(1e6) == '1e+06' && string(123456.0) == '123456' && string(1e-5) == '1e-05' && string(-0.0) == '-0'",
    "string(b'\\xef\\xbb\\xbfa').size() == 2",
    "string(duration('9223372036.854775807s')) == '9223372036.854776s' && string(duration('1ns')) == '0.000000001s'",
    "duration('-2562047h47m16.854775808s') < duration('0') && duration('.5h') == duration('1800s')",
    "timestamp('2009-02-13T3:31:30,5Z') == timestamp('2009-02-13T03:31:30.5Z')",
    "timestamp('2009-02-13T00:00:00.1234567899Z').getMilliseconds() == 123",
    // encoders
    "base64.decode('aGVs\\r\\nbG8') == b'hello' && base64.decode('aGVsbG9=') == b'hello' && base64.decode('') == b''",
    // times in zones
    "timestamp('0001-01-01T00:00:00Z').getFullYear('America/New_York') == 0",
    "timestamp('9999-12-31T23:59:59Z').getFullYear('+14:00') == 10000",
    "timestamp('1900-01-01T00:00:00Z').getSeconds('Africa/Monrovia') == 52",
    "timestamp('2026-03-29T01:30:00Z').getHours('Europe/Berlin') == 3",
    "timestamp(0).getMinutes('00:-30') == 30 && timestamp(0).getHours('100:00') == 4",
    "timestamp(0).getDayOfWeek('US/Central') == 3 && timestamp(0).getHours('') == 0",
    "duration('59m59.999999999s').getHours() == 0 && duration('-90s').getMinutes() == -1",
    // literals
    "'''a\r\nb\rc''' == 'a\\nb\\nc' && r'''\r''' == '\\n' && b'''\r\n''' == b'\\n' && '\\r' != '\\n'",
  ];
  for (const source of holds) {
    it(`${JSON.stringify(source)} is true`, () => assert.equal(evaluate(source), true));
  }

  const fails: readonly (readonly [source: string, reason: string])[] = [
    ["[1, 2].flatten(-1)", "invalid_argument"],
    ["dyn([1, 'a']).sort()", "no_such_overload"],
    ["dyn([{}]).sort()", "no_such_overload"],
    ["[1].slice(1, 0)", "index_out_of_range"],
    ["[1].slice(0, 9223372036854775807)", "index_out_of_range"],
    ["optional.unwrap(dyn([1]))", "no_such_overload"],
    ["math.abs(-9223372036854775808)", "overflow"],
    ["math.bitShiftLeft(1, -1)", "invalid_argument"],
    ["math.greatest(dyn([]))", "invalid_argument"],
    ["math.greatest(1.5, double('NaN'))", "invalid_argument"],
    ["int('9223372036854775808')", "overflow"],
    ["int('1e3')", "invalid_argument"],
    ["int('')", "invalid_argument"],
    ["uint('-1')", "invalid_argument"],
    ["double('+nan')", "invalid_argument"],
    ["double('1__0')", "invalid_argument"],
    ["double('1e999')", "invalid_argument"],
    ["int(9223372036854775808.0)", "overflow"],
    ["string(b'\\xff')", "invalid_argument"],
    ["bool('TrUe')", "invalid_argument"],
    ["duration('9223372037s')", "overflow"],
    ["duration('1d')", "invalid_argument"],
    ["duration('1')", "invalid_argument"],
    ["timestamp('2009-02-29T00:00:00Z')", "invalid_argument"],
    ["timestamp('0000-12-31T23:59:59Z')", "overflow"],
    ["timestamp(253402300800)", "overflow"],
    ["timestamp(0) - duration('-9223372036.854775808s')", "overflow"],
    ["base64.decode('aGVsbG8==')", "invalid_argument"],
    ["base64.decode('a')", "invalid_argument"],
    ["base64.decode('a-_b')", "invalid_argument"],
    ["timestamp(0).getHours('europe/berlin')", "invalid_argument"],
    ["timestamp(0).getHours('us/central')", "invalid_argument"],
    ["timestamp(0).getHours('Local')", "invalid_argument"],
    ["timestamp(0).getHours('+:00')", "invalid_argument"],
    ["timestamp(0).getHours('999999999999:00')", "invalid_argument"],
  ];
  for (const [source, reason] of fails) {
    it(`${source} fails: ${reason}`, () => {
      assert.throws(() => evaluate(source), { code: "EXPRESSION_FAILED", reason });
    });
  }
});

describe("functions under hostile input (C15)", () => {
  let nested: CelValue = [1];
  for (let level = 0; level < 60; level++) nested = [nested, nested];
  let twin: CelValue = [1];
  for (let level = 0; level < 60; level++) twin = [twin, twin];
  const ints = Array.from({ length: 20_000 }, (_, index) => index + 0.5);
  const values = { x: nested, y: twin };
  const spent: readonly (readonly [source: string, values: Readonly<Record<string, CelValue>>])[] = [
    ["lists.range(1000000000)", {}],
    ["lists.range(9223372036854775807)", {}],
    ["x.flatten(100)", values],
    ["x == y", values],
    ["sets.equivalent(x, y)", values],
    ["[x, y].distinct()", values],
    ["x.distinct()", { x: ints }],
    ["sets.contains(x, x)", { x: ints }],
    ["x.replace('', y)", { x: "x".repeat(100_000), y: "y".repeat(10_000) }],
    ["x.join(y)", { x: Array.from({ length: 50_000 }, () => ""), y: "y".repeat(10_000) }],
    ["lists.range(200000).map(i, timestamp(i).getHours('Europe/Berlin'))", {}],
  ];
  for (const [source, given] of spent) {
    it(`${source} ends with the budget`, () => {
      assert.throws(() => evaluate(source, given), { code: "BUDGET_EXCEEDED" });
    });
  }

  const long = "0".repeat(2_000_000);
  const quick: readonly (readonly [source: string, x: string])[] = [
    ["int(x)", `${long}x`],
    ["double(x)", `${long}x`],
    ["duration(x)", `${long}x`],
    ["timestamp(x)", `2026-01-01T00:00:00.${long}x`],
    ["base64.decode(x)", `${"=".repeat(2_000_000)}x`],
    ["bool(x)", long],
    ["timestamp(0).getHours(x)", long],
  ];
  for (const [source, x] of quick) {
    it(`${source} refuses a text of two million characters without reading it twice`, () => {
      assert.throws(() => evaluate(source, { x }), { code: "EXPRESSION_FAILED" });
    });
  }
});
