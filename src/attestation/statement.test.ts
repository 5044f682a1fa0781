import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { AmapError, type Digest, Double, decodeUtf8, encodeUtf8, LIMITS } from "../base/index.ts";
import { createSignatureStatement, createStatement, decodeStatement, encodeStatement } from "./statement.ts";

const hex = "ab".repeat(32);
const digest: Digest = `sha256:${hex}`;
const base = {
  _type: "https://in-toto.io/Statement/v1",
  subject: [{ name: "shop", digest: { sha256: hex } }],
  predicateType: "https://openvex.dev/ns",
  predicate: { a: 1 },
};
const decodeText = (text: string) => decodeStatement(encodeUtf8(text));
const decodeJson = (value: unknown) => decodeText(JSON.stringify(value));

describe("encodeStatement", () => {
  it("writes an image signature byte for byte as cosign 3.1.3", () => {
    const bytes = encodeStatement(createSignatureStatement(digest, { team: "a", x: "<b>&" }));
    assert.equal(
      decodeUtf8(bytes),
      `{"_type":"https://in-toto.io/Statement/v1","subject":[{"digest":{"sha256":"${hex}"},"annotations":{"team":"a","x":"<b>&"}}],"predicateType":"https://sigstore.dev/cosign/sign/v1","predicate":{}}`,
    );
  });

  it("writes an attestation byte for byte as cosign 3.1.3", () => {
    const subjects = [{ name: "127.0.0.1:5000/shop", digest: { sha256: hex } }];
    const type = "https://in-toto.io/Statement/v0.1";
    const bytes = encodeStatement(createStatement({ subjects, predicateType: "urn:t", predicate: { b: "<" }, type }));
    assert.equal(
      decodeUtf8(bytes),
      `{"_type":"https://in-toto.io/Statement/v0.1","subject":[{"name":"127.0.0.1:5000/shop","digest":{"sha256":"${hex}"}}],"predicateType":"urn:t","predicate":{"b":"<"}}`,
    );
  });

  it("keeps numbers that JavaScript would lose", () => {
    const predicate = { big: 9007199254740993n, double: new Double(1) };
    const statement = createStatement({ subjects: base.subject, predicateType: "urn:t", predicate });
    const decoded = decodeStatement(encodeStatement(statement));
    assert.ok(decoded.ok);
    assert.deepEqual(decoded.value.predicate, predicate);
  });

  it("decodes to what was encoded", () => {
    const subject = fc.record(
      {
        name: fc.string(),
        digest: fc.constant({ sha256: hex }),
        annotations: fc.dictionary(fc.stringMatching(/^[a-z]+$/), fc.string()),
      },
      { requiredKeys: ["digest"] },
    );
    const predicate = fc.jsonValue().filter((value) => !JSON.stringify(value).includes("__proto__"));
    fc.assert(
      fc.property(
        fc.array(subject, { minLength: 1, maxLength: 5 }),
        fc.webUrl(),
        predicate,
        (subjects, type, value) => {
          const json = JSON.stringify({ ...base, subject: subjects, predicateType: type, predicate: value });
          const decoded = decodeText(json);
          assert.ok(decoded.ok);
          assert.deepEqual(decodeStatement(encodeStatement(decoded.value)), decoded);
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe("createStatement", () => {
  const cases = [
    ["no subject", { subjects: [], predicateType: "urn:t" }],
    ["a subject without digest", { subjects: [{ name: "a", digest: {} }], predicateType: "urn:t" }],
    ["upper-case hex", { subjects: [{ digest: { sha256: hex.toUpperCase() } }], predicateType: "urn:t" }],
    ["no predicate type", { subjects: base.subject, predicateType: "" }],
  ] as const;
  for (const [title, input] of cases) {
    it(`refuses ${title}`, () => {
      assert.throws(
        () => createStatement({ ...input, predicate: {} }),
        (error) => error instanceof AmapError && error.code === "STATEMENT_INVALID",
      );
    });
  }
});

describe("decodeStatement", () => {
  const accepted = [
    ["v1", base],
    ["v0.1", { ...base, _type: "https://in-toto.io/Statement/v0.1" }],
    [
      "unknown members",
      { ...base, later: 1, subject: [{ ...base.subject[0], uri: "https://example.com", later: {} }] },
    ],
    ["no subject name", { ...base, subject: [{ digest: { sha256: hex } }] }],
    ["a predicate of text, as cosign's spdx", { ...base, predicate: "SPDXVersion: SPDX-2.3" }],
    ["algorithms that are not compared", { ...base, subject: [{ digest: { gitCommit: "HEAD", goModuleH1: "x=" } }] }],
    [
      "the most subjects",
      { ...base, subject: Array.from({ length: LIMITS.statementSubjects }, () => base.subject[0]) },
    ],
  ] as const;
  for (const [title, value] of accepted) it(`reads ${title}`, () => assert.equal(decodeJson(value).ok, true));

  it("reads a predicate that is left out as {}", () => {
    const { predicate: _, ...rest } = base;
    const decoded = decodeJson(rest);
    assert.ok(decoded.ok);
    assert.deepEqual(decoded.value.predicate, {});
  });

  const refused = [
    ["not JSON", "{", ""],
    ["a list", "[]", ""],
    [
      "a duplicate predicateType",
      JSON.stringify(base).replace('"predicate":', '"predicateType":"urn:b","predicate":'),
      "",
    ],
    ["a duplicate deep in the predicate", JSON.stringify(base).replace('"a":1', '"a":1,"a":2'), ""],
    ["__proto__ in the digest set", JSON.stringify(base).replace('"sha256"', '"__proto__"'), ""],
    ["a byte order mark", `\uFEFF${JSON.stringify(base)}`, ""],
    ["text after the document", `${JSON.stringify(base)}{}`, ""],
    ["no type", JSON.stringify({ ...base, _type: undefined }), "_type"],
    ["another type", JSON.stringify({ ...base, _type: "https://in-toto.io/Statement/v1 " }), "_type"],
    ["no subject", JSON.stringify({ ...base, subject: [] }), "subject"],
    ["a subject that is an object", JSON.stringify({ ...base, subject: base.subject[0] }), "subject"],
    [
      "too many subjects",
      JSON.stringify({ ...base, subject: Array.from({ length: LIMITS.statementSubjects + 1 }, () => base.subject[0]) }),
      "subject",
    ],
    ["a subject without digest", JSON.stringify({ ...base, subject: [{ name: "a" }] }), "subject[0].digest"],
    ["a null subject", JSON.stringify({ ...base, subject: [null] }), "subject[0].digest"],
    [
      "upper-case hex",
      JSON.stringify({ ...base, subject: [{ digest: { sha256: hex.toUpperCase() } }] }),
      "subject[0].digest.sha256",
    ],
    [
      "a prefixed digest",
      JSON.stringify({ ...base, subject: [{ digest: { sha256: digest } }] }),
      "subject[0].digest.sha256",
    ],
    [
      "a shortened digest",
      JSON.stringify({ ...base, subject: [{ digest: { sha256: hex.slice(0, 12) } }] }),
      "subject[0].digest.sha256",
    ],
    [
      "a digest that is a number",
      JSON.stringify({ ...base, subject: [{ digest: { gitCommit: 1 } }] }),
      "subject[0].digest.gitCommit",
    ],
    [
      "a name that is a number",
      JSON.stringify({ ...base, subject: [{ ...base.subject[0], name: 1 }] }),
      "subject[0].name",
    ],
    [
      "annotations that are a list",
      JSON.stringify({ ...base, subject: [{ ...base.subject[0], annotations: [] }] }),
      "subject[0].annotations",
    ],
    ["no predicate type", JSON.stringify({ ...base, predicateType: undefined }), "predicateType"],
    ["an empty predicate type", JSON.stringify({ ...base, predicateType: "" }), "predicateType"],
  ] as const;
  for (const [title, text, path] of refused) {
    it(`refuses ${title}`, () => {
      const decoded = decodeText(text);
      assert.ok(!decoded.ok);
      assert.deepEqual(
        decoded.issues.map((issue) => [issue.code, issue.path]),
        [["STATEMENT_INVALID", path]],
      );
    });
  }

  it("lists all issues", () => {
    const decoded = decodeText("{}");
    assert.ok(!decoded.ok);
    assert.deepEqual(
      decoded.issues.map(({ path }) => path),
      ["_type", "subject", "predicateType"],
    );
  });

  it("never throws on junk", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => assert.equal(decodeStatement(bytes).ok, false)),
    );
    fc.assert(fc.property(fc.json(), (text) => typeof decodeText(text).ok === "boolean"));
  });
});
