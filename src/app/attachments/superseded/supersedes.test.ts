import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { Claim, Proof } from "./claims.ts";
import { supersedes } from "./supersedes.ts";

const claim = (more: Partial<Claim> = {}): Claim => ({
  group: "scan",
  text: "old",
  isReplaceable: true,
  proofs: new Set(),
  isKey: true,
  order: "0",
  ...more,
});
const proven = (provenAt: number, ...proofs: readonly Proof[]): Partial<Claim> => ({
  provenAt,
  proofs: new Set(proofs.length === 0 ? ["log" as const] : proofs),
});
const NEW = { text: "new", order: "1" };
const CERTIFICATE = { isKey: false };

const CASES: readonly { name: string; older: Partial<Claim>; newer: Partial<Claim>; expected: boolean }[] = [
  { name: "a later stated time of one key", older: { statedAt: 1 }, newer: { ...NEW, statedAt: 2 }, expected: true },
  { name: "the same stated time", older: { statedAt: 1 }, newer: { ...NEW, statedAt: 1 }, expected: false },
  { name: "no time at all", older: {}, newer: NEW, expected: false },
  { name: "one without a time", older: { statedAt: 1 }, newer: NEW, expected: false },
  { name: "another group", older: { statedAt: 1 }, newer: { ...NEW, group: "sbom", statedAt: 2 }, expected: false },
  { name: "a later proven time", older: proven(1), newer: { ...NEW, ...proven(2) }, expected: true },
  {
    name: "a proven time that contradicts the stated one",
    older: { ...proven(2), statedAt: 1 },
    newer: { ...NEW, ...proven(1), statedAt: 2 },
    expected: false,
  },
  { name: "less proof", older: { ...proven(1), statedAt: 1 }, newer: { ...NEW, statedAt: 2 }, expected: false },
  {
    name: "other proof",
    older: { ...proven(1, "timestamp"), statedAt: 1 },
    newer: { ...NEW, ...proven(2, "log"), statedAt: 2 },
    expected: false,
  },
  {
    name: "more proof",
    older: { ...proven(1), statedAt: 1 },
    newer: { ...NEW, ...proven(2, "log", "timestamp"), statedAt: 2 },
    expected: true,
  },
  {
    name: "a certificate's own word",
    older: { ...CERTIFICATE, statedAt: 1 },
    newer: { ...NEW, ...CERTIFICATE, statedAt: 2 },
    expected: false,
  },
  {
    name: "certificates with proven times",
    older: { ...CERTIFICATE, ...proven(1), statedAt: 1 },
    newer: { ...NEW, ...CERTIFICATE, ...proven(2), statedAt: 2 },
    expected: true,
  },
  {
    name: "what is not replaceable",
    older: { isReplaceable: false, statedAt: 1 },
    newer: { ...NEW, isReplaceable: false, statedAt: 2 },
    expected: false,
  },
  { name: "the same text, stored later", older: {}, newer: { order: "1" }, expected: true },
  { name: "the same text, with proof", older: { order: "9" }, newer: proven(1), expected: true },
  { name: "the same text, without the proof", older: proven(1), newer: { order: "9" }, expected: false },
  { name: "the same text, proven later", older: { ...proven(1), order: "9" }, newer: proven(2), expected: true },
];

describe("supersedes", () => {
  for (const { name, older, newer, expected } of CASES) {
    test(`${name}: ${expected}`, () => assert.equal(supersedes(claim(newer), claim(older)), expected));
  }
});

test("law: never each other, and never itself", () => {
  const time = fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined });
  const any = fc
    .record({ text: fc.constantFrom("a", "b"), statedAt: time, provenAt: time, isReplaceable: fc.boolean() })
    .map(({ statedAt, provenAt, ...rest }) =>
      claim({
        ...rest,
        ...(statedAt === undefined ? {} : { statedAt }),
        ...(provenAt === undefined ? {} : proven(provenAt)),
      }),
    );
  fc.assert(
    fc.property(any, any, (one, other) => {
      assert.ok(!supersedes(one, one));
      assert.ok(!(supersedes(one, { ...other, order: "1" }) && supersedes({ ...other, order: "1" }, one)));
    }),
    { seed: 20261123 },
  );
});
