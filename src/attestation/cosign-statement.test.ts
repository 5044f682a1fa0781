import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Double, decodeUtf8, isAmapError, LIMITS, type Value } from "../base/index.ts";
import { encodeCosignStatement } from "./cosign-statement.ts";
import { decodeStatement } from "./statement.ts";

const subject = { name: "app", digest: { sha256: "ab".repeat(32) } };
const predicateType = "https://example.com/x";
const written = (predicate: Value): string =>
  decodeUtf8(encodeCosignStatement({ subject, predicateType, predicate })) ?? "";

describe("encodeCosignStatement", () => {
  const head = `{"_type":"https://in-toto.io/Statement/v0.1","subject":[{"name":"app","digest":{"sha256":"${"ab".repeat(32)}"}}],"predicateType":"https://example.com/x","predicate":`;
  for (const [what, predicate, expected] of [
    ["sorts members at every depth", { b: 1, a: { d: [], c: null } }, '{"a":{"c":null,"d":[]},"b":1}'],
    ["sorts by characters, also keys that look like numbers", { "9": 1, "10": 2, A: 3 }, '{"10":2,"9":1,"A":3}'],
    [
      "sorts beyond U+FFFF as UTF-8 does",
      { "\u{1F600}": 1, "\uFF5E": 2, a: 3, "": 4 },
      '{"":4,"a":3,"\uFF5E":2,"\u{1F600}":1}',
    ],
    ["keeps the order of lists", [2, 1, { b: 1, a: 2 }], '[2,1,{"a":2,"b":1}]'],
    ["does not escape what HTML does", { a: "<&>\u2028" }, '{"a":"<&>\u2028"}'],
    ["writes numbers in their shortest form", [1.5, new Double(2), -0, 1e21, 1e-7], "[1.5,2,-0,1e+21,1e-7]"],
    ["keeps every digit of a large integer", 12345678901234567890n, "12345678901234567890"],
    ["keeps a text as a text", "SPDXVersion: SPDX-2.3\n", '"SPDXVersion: SPDX-2.3\\n"'],
  ] as const satisfies readonly (readonly [string, Value, string])[]) {
    it(what, () => assert.equal(written(predicate), `${head}${expected}}`));
  }

  it("is read again as what it says", () => {
    const bytes = encodeCosignStatement({ subject, predicateType, predicate: { b: 1, a: 2 } });
    const statement = decodeStatement(bytes);
    assert.ok(statement.ok);
    assert.deepEqual(statement.value.subject, [subject]);
    assert.deepEqual(statement.value.predicate, { a: 2, b: 1 });
  });

  it("refuses a subject without a digest, and a predicate over the limit", () => {
    const refuses = (run: () => unknown, code: "STATEMENT_INVALID" | "LIMIT_EXCEEDED"): void =>
      assert.throws(run, (error) => isAmapError(error, code));
    const without = { name: "app", digest: {} };
    refuses(() => encodeCosignStatement({ subject: without, predicateType, predicate: {} }), "STATEMENT_INVALID");
    refuses(() => written("a".repeat(LIMITS.attachmentBytes)), "LIMIT_EXCEEDED");
  });
});
