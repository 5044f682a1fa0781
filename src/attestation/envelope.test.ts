import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { decodeUtf8, encodeBase64, encodeHex, encodeUtf8, LIMITS } from "../base/index.ts";
import { decodeEnvelope, encodeEnvelope, preAuthEncoding } from "./envelope.ts";

const decodeText = (text: string) => decodeEnvelope(encodeUtf8(text));
const sig = { sig: "AAEC" };
const base = { payload: "e30=", payloadType: "application/vnd.in-toto+json", signatures: [sig] };

describe("preAuthEncoding", () => {
  const cases = [
    ["http://example.com/HelloWorld", "hello world", "DSSEv1 29 http://example.com/HelloWorld 11 hello world"],
    ["", "", "DSSEv1 0  0 "],
    ["é", "ü", "DSSEv1 2 é 2 ü"],
  ] as const;
  for (const [type, payload, expected] of cases) {
    it(`of ${JSON.stringify(type)} and ${JSON.stringify(payload)}`, () => {
      assert.equal(decodeUtf8(preAuthEncoding(type, encodeUtf8(payload))), expected);
    });
  }

  it("is injective", () => {
    const digits = fc.string({ unit: fc.constantFrom("1", "2", " ", "D", "a"), maxLength: 6 });
    fc.assert(
      fc.property(digits, digits, digits, digits, (type1, body1, type2, body2) => {
        const same = type1 === type2 && body1 === body2;
        const one = encodeHex(preAuthEncoding(type1, encodeUtf8(body1)));
        assert.equal(one === encodeHex(preAuthEncoding(type2, encodeUtf8(body2))), same);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("encodeEnvelope", () => {
  it("writes members in cosign's order", () => {
    const envelope = { payload: encodeUtf8("{}"), payloadType: "t", signatures: [{ sig: new Uint8Array([0, 1, 2]) }] };
    assert.equal(
      decodeUtf8(encodeEnvelope(envelope)),
      '{"payload":"e30=","payloadType":"t","signatures":[{"sig":"AAEC"}]}',
    );
  });

  it("decodes to what was encoded", () => {
    const signature = fc.record(
      { sig: fc.uint8Array({ maxLength: 80 }), keyid: fc.string({ minLength: 1 }) },
      { requiredKeys: ["sig"] },
    );
    const envelope = fc.record({
      payload: fc.uint8Array({ maxLength: 200 }),
      payloadType: fc.string(),
      signatures: fc.array(signature, { minLength: 1, maxLength: 4 }),
    });
    fc.assert(
      fc.property(envelope, (value) => {
        const decoded = decodeEnvelope(encodeEnvelope(value));
        assert.ok(decoded.ok);
        assert.deepEqual(
          { ...decoded.value, signatures: decoded.value.signatures.map((each) => ({ ...each })) },
          { ...value, signatures: value.signatures.map((each) => ({ ...each })) },
        );
      }),
    );
  });
});

describe("decodeEnvelope", () => {
  const accepted = [
    ["cosign's", base],
    ["unknown members, as DSSE asks", { ...base, later: 1, signatures: [{ ...sig, cert: "PEM" }] }],
    ["an empty keyid", { ...base, signatures: [{ ...sig, keyid: "" }] }],
    ["an empty payload", { ...base, payload: "" }],
    ["the URL-safe alphabet, as DSSE allows", { ...base, payload: "-_-_" }],
    ["the standard alphabet", { ...base, payload: "+/+/" }],
    ["the most signatures", { ...base, signatures: Array.from({ length: LIMITS.envelopeSignatures }, () => sig) }],
  ] as const;
  for (const [title, value] of accepted) {
    it(`reads ${title}`, () => {
      const decoded = decodeText(JSON.stringify(value));
      assert.ok(decoded.ok);
      assert.equal(decoded.value.signatures[0]?.keyid, undefined);
    });
  }

  it("reads both alphabets to the same bytes", () => {
    const decoded = ["-_-_", "+/+/"].map((payload) => decodeText(JSON.stringify({ ...base, payload })));
    assert.deepEqual(decoded[0], decoded[1]);
  });

  const refused = [
    ["not JSON", "", ""],
    ["a duplicate payload", '{"payload":"e30=","payload":"e30=","payloadType":"t","signatures":[{"sig":""}]}', ""],
    ["no payload", JSON.stringify({ ...base, payload: undefined }), "payload"],
    ["base64 without padding", JSON.stringify({ ...base, payload: "e30" }), "payload"],
    ["base64 with a line end", JSON.stringify({ ...base, payload: "e30=\n" }), "payload"],
    ["base64 with stray bits", JSON.stringify({ ...base, payload: "e31=" }), "payload"],
    ["mixed alphabets", JSON.stringify({ ...base, payload: "+_+_" }), "payload"],
    ["a payload that is an object", JSON.stringify({ ...base, payload: {} }), "payload"],
    ["no payload type", JSON.stringify({ ...base, payloadType: undefined }), "payloadType"],
    ["no signatures", JSON.stringify({ ...base, signatures: undefined }), "signatures"],
    ["empty signatures", JSON.stringify({ ...base, signatures: [] }), "signatures"],
    [
      "too many signatures",
      JSON.stringify({ ...base, signatures: Array.from({ length: LIMITS.envelopeSignatures + 1 }, () => sig) }),
      "signatures",
    ],
    ["a signature without sig", JSON.stringify({ ...base, signatures: [{}] }), "signatures[0].sig"],
    ["one bad signature of two", JSON.stringify({ ...base, signatures: [sig, { sig: "*" }] }), "signatures[1].sig"],
    [
      "a keyid that is a number",
      JSON.stringify({ ...base, signatures: [{ ...sig, keyid: 1 }] }),
      "signatures[0].keyid",
    ],
  ] as const;
  for (const [title, text, path] of refused) {
    it(`refuses ${title}`, () => {
      const decoded = decodeText(text);
      assert.ok(!decoded.ok);
      assert.deepEqual(
        decoded.issues.map((issue) => [issue.code, issue.path]),
        [["ENVELOPE_INVALID", path]],
      );
    });
  }

  it("never throws on junk", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => assert.equal(decodeEnvelope(bytes).ok, false)));
    const value = fc.record({
      payload: fc.oneof(fc.base64String(), fc.jsonValue()),
      payloadType: fc.jsonValue(),
      signatures: fc.oneof(fc.array(fc.record({ sig: fc.jsonValue() })), fc.jsonValue()),
    });
    fc.assert(fc.property(value, (junk) => typeof decodeText(JSON.stringify(junk)).ok === "boolean"));
  });

  it("keeps the bytes of a payload that is not text", () => {
    const payload = new Uint8Array([0, 255, 128]);
    const decoded = decodeText(JSON.stringify({ ...base, payload: encodeBase64(payload) }));
    assert.ok(decoded.ok);
    assert.deepEqual([...decoded.value.payload], [...payload]);
  });
});
