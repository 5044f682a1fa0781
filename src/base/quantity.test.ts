import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { compareQuantities, formatQuantity, parseQuantity, type Quantity } from "./quantity.ts";

const quantity = (text: string): Quantity => {
  const parsed = parseQuantity(text);
  assert.ok(parsed !== undefined, `${text} is no quantity`);
  return parsed;
};

// The canonical texts are those of k8s.io/apimachinery 0.34.1 (Quantity.CanonicalizeBytes).
describe("a quantity and its canonical text", () => {
  for (const [text, canonical] of [
    ["0", "0"],
    ["-0", "0"],
    ["0Ki", "0"],
    ["0e5", "0"],
    ["1", "1"],
    ["+1", "1"],
    ["-1", "-1"],
    ["1.", "1"],
    [".5", "500m"],
    ["0.5", "500m"],
    ["00100", "100"],
    ["1000", "1k"],
    ["1500", "1500"],
    ["1.5k", "1500"],
    ["100m", "100m"],
    ["1000m", "1"],
    ["1500m", "1500m"],
    ["1u", "1u"],
    ["1n", "1n"],
    ["0.1n", "1n"],
    ["-0.1n", "-1n"],
    ["1.0000000001", "1000000001n"],
    ["1Ki", "1Ki"],
    ["1023", "1023"],
    ["1024", "1024"],
    ["1023Ki", "1023Ki"],
    ["1024Ki", "1Mi"],
    ["1.5Gi", "1536Mi"],
    ["0.5Ki", "512"],
    [".0001Ki", "102400u"],
    ["-0.5Ki", "-512"],
    ["0.1Ki", "102400m"],
    ["1.0001Ki", "1024102400u"],
    ["1M", "1M"],
    ["1E", "1E"],
    ["1e3", "1e3"],
    ["1E3", "1e3"],
    ["12e-3", "12e-3"],
    ["1e1", "10"],
    ["1e+5", "100e3"],
    ["123456789e0", "123456789"],
    ["8Ei", "9223372036854775807"],
    ["-9Ei", "-9223372036854775807"],
    ["9223372036854775808", "9223372036854775808"],
    ["123456789012345678901234567890", "123456789012345678901234567890"],
    ["k", "0"],
    ["-", "0"],
  ] as const) {
    test(`${text}: ${canonical}`, () => assert.equal(formatQuantity(quantity(text)), canonical));
  }

  // apimachinery 0.34.1 writes "1" here: it has no decimal suffix beyond E and leaves the exponent out.
  test("1000E keeps its value", () => assert.equal(formatQuantity(quantity("1000E")), "1e21"));
});

describe("no quantity is", () => {
  for (const text of [
    "",
    " ",
    " 1",
    "1 ",
    "1 Gi",
    "1K",
    "1ki",
    "1mi",
    "1i",
    "1Zi",
    "1x",
    "1kk",
    "1Kii",
    "1ee3",
    "1e1.5",
    "1.5.5",
    "1_0",
    "0x1",
    "Ei",
    ".Pi",
    "e-12",
    "--1",
    "１",
    "1,5",
    "1e1001",
    "1e-1001",
    "1".repeat(257),
    "NaN",
  ]) {
    test(JSON.stringify(text).slice(0, 40), () => assert.equal(parseQuantity(text), undefined));
  }
});

describe("compareQuantities", () => {
  for (const [a, b, expected] of [
    ["1", "1000m", 0],
    ["1Ki", "1024", 0],
    ["1Gi", "1G", 1],
    ["100m", "0.2", -1],
    ["1e3", "1k", 0],
    ["-1", "1", -1],
    ["9007199254740993", "9007199254740992", 1],
    ["0.000000001", "0", 1],
  ] as const) {
    test(`${a} and ${b}: ${expected}`, () => {
      assert.equal(compareQuantities(quantity(a), quantity(b)), expected);
      assert.equal(compareQuantities(quantity(b), quantity(a)), 0 - expected);
    });
  }
});

test("the canonical text has the same value, and is its own canonical text", () => {
  const text = fc
    .tuple(
      fc.constantFrom("", "-", "+"),
      fc.bigInt({ min: 0n, max: 10n ** 18n }),
      fc.constantFrom("", ".5", ".125", ".000000001", ".999999999999"),
      fc.constantFrom(
        "",
        "n",
        "u",
        "m",
        "k",
        "M",
        "G",
        "T",
        "P",
        "E",
        "Ki",
        "Mi",
        "Gi",
        "Ti",
        "Pi",
        "Ei",
        "e3",
        "e-7",
        "E21",
      ),
    )
    .map((parts) => parts.join(""));
  fc.assert(
    fc.property(text, (input) => {
      const canonical = formatQuantity(quantity(input));
      assert.equal(compareQuantities(quantity(canonical), quantity(input)), 0);
      assert.equal(formatQuantity(quantity(canonical)), canonical);
    }),
  );
});
