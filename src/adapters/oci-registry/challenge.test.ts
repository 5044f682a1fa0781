import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { parseChallenges } from "./challenge.ts";

const cases: readonly (readonly [string, unknown])[] = [
  ['Basic realm="x"', [["basic", { realm: "x" }]]],
  [
    'Bearer realm="https://a/t",service="s",scope="repository:a/b:pull,push"',
    [["bearer", { realm: "https://a/t", service: "s", scope: "repository:a/b:pull,push" }]],
  ],
  ['bearer Realm = "a" , SERVICE=s', [["bearer", { realm: "a", service: "s" }]]],
  [
    'Basic realm="x", Bearer realm="y",service="z"',
    [
      ["basic", { realm: "x" }],
      ["bearer", { realm: "y", service: "z" }],
    ],
  ],
  ["Negotiate", [["negotiate", {}]]],
  ['Bearer realm="a \\"quoted\\" text"', [["bearer", { realm: 'a "quoted" text' }]]],
  ['Bearer realm="first",realm="second"', [["bearer", { realm: "first" }]]],
  ["", []],
  ['Bearer realm="open', undefined],
  ['Bearer realm="a"service="b"', undefined],
  ["Bearer realm=", undefined],
  ["Negotiate abc==", undefined],
  ['="x"', undefined],
  [`Bearer realm="${"x".repeat(9_000)}"`, undefined],
];

describe("parseChallenges", () => {
  for (const [header, expected] of cases) {
    it(JSON.stringify(header.slice(0, 60)), () => {
      const found = parseChallenges(header)?.map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)]);
      assert.deepEqual(found, expected);
    });
  }

  it("never throws or hangs on junk", () => {
    const junk = fc.array(fc.constantFrom("Bearer", "Basic", " ", ",", "=", '"', "\\", "realm", "x", "\t", "é"));
    fc.assert(fc.property(junk, (parts) => void parseChallenges(parts.join(""))));
  });
});
