import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { containsVersion, overlap, parseVersionRange, type VersionRange } from "./version-ranges.ts";

function rangeOf(name: string): VersionRange {
  const range = parseVersionRange(name);
  if (typeof range === "string") throw new assert.AssertionError({ message: `${name}: ${range}` });
  return range;
}

describe("version ranges", () => {
  const versions: readonly (readonly [range: string, version: string, expected: boolean | undefined])[] = [
    ["vers:intdot/>2.1.0|<4.2.0", "2.4.0", true],
    ["vers:intdot/>2.1.0|<4.2.0", "2.1.0", false],
    ["vers:intdot/>=2.1.0|<4.2.0", "2.1.0", true],
    ["vers:intdot/>2.1.0|!=2.4.0|<4.2.0", "2.4.0", false],
    [">2.1.0|<3.16.0|>3.16.0|<4.2.0", "3.16.0", false],
    [">2.1.0|<3.16.0|>3.16.0|<4.2.0", "3.9", true],
    ["<4.2", "4.10", false],
    [">4.2", "4.10", true],
    ["vers:npm/1.2.3|>=2.0.0|<5.0.0", "1.2.3", true],
    ["vers:npm/1.2.3|>=2.0.0|<5.0.0", "1.2.4", false],
    ["vers:npm/<2.0.0", "2.0.0-rc.1", true],
    ["vers:all/*", "1", true],
    ["<2024-4-pabc", "2024-3", undefined],
    ["vers:tomee/<=8.0.1", "8.0.0", undefined],
  ];
  for (const [range, version, expected] of versions)
    it(`${range} ${expected === undefined ? "says nothing of" : expected ? "holds" : "is without"} ${version}`, () =>
      assert.equal(containsVersion(rangeOf(range), version), expected));

  const pairs: readonly (readonly [a: string, b: string, expected: boolean | undefined])[] = [
    ["vers:intdot/>2.1.0|<4.2.0", "vers:intdot/>1.2.0|<2.4.0", true],
    ["vers:intdot/>2.1.0|<4.2.0", "vers:intdot/>1.2.0|<=2.1.0", false],
    ["vers:intdot/>=2.1.0|<4.2.0", "vers:intdot/>1.2.0|<=2.1.0", true],
    ["<1.0", ">2.0", false],
    ["<3.0", ">2.0", true],
    ["vers:npm/<3.0.0", "<3.0.0", undefined],
  ];
  for (const [a, b, expected] of pairs)
    it(`${a} and ${b}: ${expected}`, () => {
      assert.equal(overlap(rangeOf(a), rangeOf(b)), expected);
      assert.equal(overlap(rangeOf(b), rangeOf(a)), expected);
    });

  for (const text of ["all versions", "vers:npm/", "vers:NPM/<1", "vers:npm/*", "*", "<", "1||2", "<=>1"])
    it(`"${text}" is none`, () => assert.equal(typeof parseVersionRange(text), "string"));
});
