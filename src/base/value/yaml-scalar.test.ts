import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Double } from "./value.ts";
import { floatKey, resolveScalar } from "./yaml-scalar.ts";

// The tables below were taken from sigs.k8s.io/yaml 1.6.0 (YAMLToJSONStrict); only where it is said they differ.
const words = (text: string): string[] => text.trim().split(/\s+/);
const pairs = (text: string): [string, string][] => words(text).map((pair) => pair.split("=") as [string, string]);

describe("a plain scalar is", () => {
  const BOOLEANS = {
    true: words("y Y yes Yes YES true True TRUE on On ON"),
    false: words("n N no No NO false False FALSE off Off OFF"),
  };
  for (const [value, spellings] of Object.entries(BOOLEANS)) {
    for (const text of spellings) {
      test(`${text}: ${value}`, () => assert.deepEqual(resolveScalar(text), { type: "bool", value: value === "true" }));
    }
  }

  for (const text of ["", "~", "null", "Null", "NULL"]) {
    test(`${JSON.stringify(text)}: null`, () => assert.deepEqual(resolveScalar(text), { type: "null", value: null }));
  }

  for (const [text, value] of pairs(`
    0=0 -0=0 +0=0 00=0 0_=0 123=123 +123=123 -123=-123 1_000=1000 1__000=1000 1_=1 +1_0=10 -_1=-1
    0777=511 -0777=-511 +0777=511 010=8 -010=-8 0_7=7 0777_=511 0o777=511 -0o777=-511 0O777=511 0o10=8 0O1_1=9
    08=8 09=9 0888=888 -08=-8 -089=-89 0089=89 0_9=9
    0x1F=31 0X1F=31 -0x1F=-31 +0x1f=31 0x_1F=31 +0x_1_=1 0XFFFF_FFFF=4294967295
    0b101=5 -0b101=-5 0B101=5 0B1_1=3`)) {
    test(`${text}: the integer ${value}`, () => {
      assert.deepStrictEqual(resolveScalar(text), { type: "int", value: Number(value) });
    });
  }

  for (const [text, value] of pairs(`
    9007199254740993=9007199254740993 9223372036854775807=9223372036854775807 9223372036854775808=9223372036854775808
    18446744073709551615=18446744073709551615 -9223372036854775808=-9223372036854775808
    0xFFFFFFFFFFFFFFFF=18446744073709551615 0x7fffffffffffffff=9223372036854775807 -0x8000000000000000=-9223372036854775808
    0777777777777777777777=9223372036854775807 01777777777777777777777=18446744073709551615
    0b1111111111111111111111111111111111111111111111111111111111111111=18446744073709551615`)) {
    test(`${text}: the integer ${value}`, () => {
      assert.deepStrictEqual(resolveScalar(text), { type: "int", value: BigInt(value) });
    });
  }

  // Kubernetes makes doubles of these; here no digit is lost.
  for (const [text, value] of pairs(`
    18446744073709551616=18446744073709551616 -9223372036854775809=-9223372036854775809
    1_000_000_000_000_000_000_000=1000000000000000000000 07777777777777777777777=7777777777777777777777`)) {
    test(`${text}: kept with all its digits`, () => {
      assert.deepStrictEqual(resolveScalar(text), { type: "int", value: BigInt(value) });
    });
  }

  for (const [text, value] of pairs(`
    1.0=1 1.=1 1e3=1000 1E3=1000 1e+3=1000 1.0e3=1000 12e03=12000 0.0=0 -0.0=-0 0e0=0 1e-400=0 1e21=1e21
    100000000000000000000000.0=1e23 1e1_0=10000000000 1_0e1_0=100000000000 1e_3=1000 5.e3=5000 +.5e3=500 .1e1=1 1.e+1=10
    1_.e1=10`)) {
    test(`${text}: the double ${value}`, () => {
      assert.deepStrictEqual(resolveScalar(text), { type: "float", value: new Double(Number(value)) });
    });
  }

  for (const [text, value] of pairs(`
    .5=0.5 -.5=-0.5 +.5=0.5 1.5=1.5 0.1=0.1 1.10=1.1 00.5=0.5 01.5=1.5 08.5=8.5 0_8.5=8.5 1e-3=0.001 1e-7=1e-7 5e-324=5e-324
    1_000.5=1000.5 1_.5=1.5 12_.5=12.5 1__0.5=10.5 .1_1=0.11 3.14159265358979323846=3.141592653589793`)) {
    test(`${text}: the number ${value}`, () => {
      assert.deepStrictEqual(resolveScalar(text), { type: "float", value: Number(value) });
    });
  }

  for (const text of words(`
    tRUE nULL _1 1:30 1:30:00 190:20:30 1:2:3.5 2001-12-14 2001-12-14T21:59:43Z 0x1FFFFFFFFFFFFFFFF 1e400 -1e400 1.5e400
    0o17777777777777777777777 -0o7777777777777777777777 0x 0b 0o 0o8 0b2 00x1 0x_ 0x1p-2 0x1.8p1 inf nan +inf -nan Infinity
    1.2.3 1.5.5 1-2 1,000 1e e3 .e3 ._1 . .. + - -- +-1 ++1 0+1 = ~x x`)) {
    test(`${text}: text`, () => assert.deepEqual(resolveScalar(text), { type: "str", value: text }));
  }

  for (const text of words(".inf .Inf .INF +.inf -.inf -.INF .nan .NaN .NAN")) {
    test(`${text}: no JSON number`, () => assert.equal(resolveScalar(text).type, "special"));
  }

  test("a row of a million digits: text, at once", () => {
    assert.equal(resolveScalar("9".repeat(1_000_000)).type, "str");
    assert.equal(resolveScalar(`0x${"f".repeat(1_000_000)}`).type, "str");
  });
});

describe("a key that is a double is written as Kubernetes does", () => {
  for (const [text, expected] of pairs(`
    1.0=1 1.5=1.5 -1.5=-1.5 1.10=1.1 10.5=10.5 0.1=0.1 1e3=1000 100000.0=100000 1234567.0=1.234567e+06 16777217.0=1.6777216e+07
    1e21=1e+21 1e20=1e+20 0.0001=0.0001 0.00001=1e-05 3.14159265358979=3.1415927 -0.0=-0 0.0=0`)) {
    test(`${text}: ${expected}`, () => assert.equal(floatKey(Number(text)), expected));
  }
});
