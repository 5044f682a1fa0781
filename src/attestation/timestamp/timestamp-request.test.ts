import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { hashBytes } from "../../base/index.ts";
import { DER_TAGS, DerFields, readDer } from "../der/der.ts";
import { readBoolean, readInteger, readOctets, readOid } from "../der/der-values.ts";
import { encodeTimestampRequest } from "./timestamp-request.ts";

describe("encodeTimestampRequest", () => {
  for (const [hash, oid] of [
    ["sha256", "2.16.840.1.101.3.4.2.1"],
    ["sha384", "2.16.840.1.101.3.4.2.2"],
    ["sha512", "2.16.840.1.101.3.4.2.3"],
  ] as const) {
    test(`asks for a timestamp over ${hash}, with the certificate`, () => {
      const digest = hashBytes(hash, new Uint8Array());
      fc.assert(
        fc.property(fc.uint8Array({ minLength: 1, maxLength: 20 }), (nonce) => {
          const fields = new DerFields(readDer(encodeTimestampRequest({ hash, digest, nonce })));
          assert.equal(readInteger(fields.take("version")), 1n);
          const imprint = new DerFields(fields.take("imprint", DER_TAGS.sequence));
          const algorithm = new DerFields(imprint.take("algorithm"));
          assert.equal(readOid(algorithm.take("oid")), oid);
          assert.equal(algorithm.take("parameters").tag, DER_TAGS.null);
          assert.deepEqual(readOctets(imprint.take("digest")), digest);
          const expected = nonce.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
          assert.equal(readInteger(fields.take("nonce")), expected);
          assert.equal(readBoolean(fields.take("certReq")), true);
          fields.end("request");
        }),
        { numRuns: 20 },
      );
    });
  }
});
