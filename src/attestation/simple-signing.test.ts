import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type Digest, decodeUtf8, encodeUtf8 } from "../base/index.ts";
import { decodeSimpleSigning, encodeSimpleSigning, sortMembers } from "./simple-signing.ts";

const digest: Digest = `sha256:${"ab".repeat(32)}`;
const TYPE = "cosign container image signature";
const base = {
  critical: {
    identity: { "docker-reference": "127.0.0.1:5000/shop" },
    image: { "docker-manifest-digest": digest },
    type: TYPE,
  },
  optional: null,
};
const decodeJson = (value: unknown) => decodeSimpleSigning(encodeUtf8(JSON.stringify(value)));
const critical = (changes: object) => ({ ...base, critical: { ...base.critical, ...changes } });

describe("encodeSimpleSigning", () => {
  it("writes a payload without annotations byte for byte as cosign", () => {
    const bytes = encodeSimpleSigning({ dockerReference: "127.0.0.1:5000/shop", digest });
    assert.equal(decodeUtf8(bytes), JSON.stringify(base));
  });

  it("sorts annotations and escapes as Go", () => {
    const bytes = encodeSimpleSigning({ dockerReference: "r", digest, annotations: { x: "<b>&\u2028", team: "a" } });
    const text = String.raw`"optional":{"team":"a","x":"\u003cb\u003e\u0026\u2028"}}`;
    assert.ok(decodeUtf8(bytes)?.endsWith(text));
  });

  it("decodes to what was encoded", () => {
    const annotations = fc.dictionary(fc.stringMatching(/^[a-z&<]+$/), fc.string());
    fc.assert(
      fc.property(fc.string(), annotations, (dockerReference, value) => {
        const decoded = decodeSimpleSigning(encodeSimpleSigning({ dockerReference, digest, annotations: value }));
        assert.ok(decoded.ok);
        assert.deepEqual(decoded.value, { dockerReference, digest, annotations: { ...value } });
      }),
    );
  });
});

it("sortMembers orders by UTF-8 bytes, as Go", () => {
  assert.deepEqual(Object.keys(sortMembers({ "\u{1F600}": 1, "\uFFFD": 1, b: 1, B: 1, ab: 1, a: 1 })), [
    "B",
    "a",
    "ab",
    "b",
    "\uFFFD",
    "\u{1F600}",
  ]);
});

describe("decodeSimpleSigning", () => {
  const { optional: _, ...withoutOptional } = base;
  for (const [title, value] of [
    ["null annotations", base],
    ["annotations left out", withoutOptional],
    ["annotations of any value", { ...base, optional: { a: 1, b: { c: [] } } }],
    ["an empty docker-reference", critical({ identity: { "docker-reference": "" } })],
  ] as const) {
    it(`reads ${title}`, () => assert.equal(decodeJson(value).ok, true));
  }

  const refused = [
    ["no critical", { optional: null }],
    ["another type", critical({ type: "atomic container signature" })],
    ["no type", critical({ type: undefined })],
    ["no digest", critical({ image: {} })],
    ["an upper-case digest", critical({ image: { "docker-manifest-digest": digest.toUpperCase() } })],
    ["a digest without algorithm", critical({ image: { "docker-manifest-digest": digest.slice(7) } })],
    ["a digest with an unknown algorithm", critical({ image: { "docker-manifest-digest": `md5:${"a".repeat(32)}` } })],
    ["a digest that is a list", critical({ image: { "docker-manifest-digest": [digest] } })],
    ["no reference", critical({ identity: {} })],
    ["an unknown critical member", critical({ later: 1 })],
    ["an unknown image member", critical({ image: { "docker-manifest-digest": digest, later: 1 } })],
    ["an unknown member", { ...base, later: 1 }],
    ["annotations that are a list", { ...base, optional: [] }],
    ["a list", []],
  ] as const;
  for (const [title, value] of refused) {
    it(`refuses ${title}`, () => {
      const decoded = decodeJson(value);
      assert.ok(!decoded.ok);
      assert.ok(decoded.issues.every(({ code }) => code === "PAYLOAD_INVALID"));
    });
  }

  it("refuses a duplicate digest: two readers could take different ones", () => {
    const text = JSON.stringify(base).replace(
      '"docker-manifest-digest"',
      `"docker-manifest-digest":"x","docker-manifest-digest"`,
    );
    assert.equal(decodeSimpleSigning(encodeUtf8(text)).ok, false);
  });

  it("never throws on junk", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => assert.equal(decodeSimpleSigning(bytes).ok, false)),
    );
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) =>
        assert.equal(decodeJson({ critical: a, optional: b }).ok, false),
      ),
    );
  });
});
