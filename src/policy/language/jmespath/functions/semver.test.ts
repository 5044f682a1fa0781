import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { callJmes, callOrMessage } from "../../../../testing/jmes-call.ts";

// The results are those of Kyverno 1.19.1 (blang/semver 4.0.0).
const ROWS: readonly (readonly [version: string, range: string, expected: boolean | string])[] = [
  ["1.2.3", "1.2.3", true],
  ["1.2.3", "!1.2.3", false],
  ["1.2.3+b", "==1.2.3", true],
  ["1.2.3-rc.1", "<1.2.3", true],
  ["1.2.3-1", "<1.2.3-alpha", true],
  ["1.10.0", ">1.2.0 <2.0.0", true],
  ["1.2.3", "> 1.0.0 < 2.0.0", true],
  ["2.0.0", "1.x", false],
  ["1.2.3", "1.2.x", true],
  ["1.2.3", ">1.x", false],
  ["2.0.0", ">1.x", true],
  ["1.2.3", "<=1.2.x", true],
  ["1.2.3", "<1.2.x", false],
  // As the library has it, only the last part is a wildcard: this is 1.0.x.
  ["1.2.3", "1.x.x", false],
  ["1.2.3", "<1.0.0 || >=1.2.3", true],
  ["1.2.3", "2.x || 1.x", true],
  ["18446744073709551615.0.0", ">1.0.0", true],
  // No version counts as 0.0.0.
  ["v1.2.3", "0.0.0", true],
  ["1.2", ">=1.0.0", false],
  ["", "<1.0.0", true],
  ["18446744073709551616.0.0", ">1.0.0", false],
  // A part of one character is passed over.
  ["1.2.3", "1.2.3 1", true],
  ["1.2.3", "1", "! Last element in range is '||'"],
  ["1.2.3", "", "! Last element in range is '||'"],
  ["1.2.3", "|| 1.2.3", "! First element in range is '||'"],
  ["1.2.3", "1.2.3 || || 1.2.3", "! Could not parse Range: '||' follows '||'"],
  ["1.2.3", "~1.2.3", '! Could not parse Range "~1.2.3": Could not parse comparator "~" in "~1.2.3"'],
  [
    "1.2.3",
    ">1.02.3",
    '! Could not parse Range ">1.02.3": Could not parse version "1.02.3" in ">1.02.3": Minor number must not contain leading zeroes "02"',
  ],
  [
    "1.2.3",
    "1.2.3+",
    '! Could not parse Range "1.2.3+": Could not parse version "1.2.3+" in "1.2.3+": Build meta data is empty',
  ],
  ["1.2.3", "a.b.c", '! Could not get version from string: "a.b.c"'],
];

describe("semver_compare", () => {
  for (const [version, range, expected] of ROWS) {
    test(`${version} in ${JSON.stringify(range)}`, () => {
      assert.equal(callOrMessage("semver_compare", [version, range]), expected);
    });
  }

  const number = fc.nat({ max: 3 });
  const versions = fc.tuple(number, number, number).map((numbers) => numbers.join("."));
  test("a range and its opposite hold for no version together, and one of them for each", () => {
    fc.assert(
      fc.property(versions, versions, fc.constantFrom(["<", ">="], [">", "<="], ["=", "!="]), (a, b, [one, other]) => {
        const holds = callJmes("semver_compare", [a, `${one}${b}`]);
        assert.equal(callJmes("semver_compare", [a, `${other}${b}`]), !holds);
        assert.equal(callJmes("semver_compare", [a, `${one}${b} ${other}${b}`]), false);
        assert.equal(callJmes("semver_compare", [a, `${one}${b} || ${other}${b}`]), true);
      }),
    );
  });

  test("junk is refused, never a crash", () => {
    const part = fc.constantFrom("1", ".", "x", ">", "=", "!", " ", "||", "-", "+", "é", "0", "~");
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        callOrMessage("semver_compare", ["1.2.3", parts.join("")]);
      }),
      { numRuns: 1_000 },
    );
  });
});
