import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { encodeUtf8 } from "../base/index.ts";
import { createLocalSigstore } from "../testing/sigstore/local-sigstore.ts";
import { decodeOldBundle } from "./old-bundle.ts";

const LAYER = createLocalSigstore().signLayer(encodeUtf8("a file"), "simple-signing", { log: "v1" });
const SIGNATURE = LAYER.annotations["dev.cosignproject.cosign/signature"] ?? "";
const PEM = LAYER.annotations["dev.sigstore.cosign/certificate"] ?? "";
const ENTRY = JSON.parse(LAYER.annotations["dev.sigstore.cosign/bundle"] ?? "null") as Record<string, unknown>;
const WHOLE = { base64Signature: SIGNATURE, cert: Buffer.from(PEM).toString("base64"), rekorBundle: ENTRY };

const decode = (value: unknown) => decodeOldBundle(encodeUtf8(JSON.stringify(value)));

describe("decodeOldBundle reads", () => {
  test("signature, certificate and entry", () => {
    const decoded = decode(WHOLE);
    assert.ok(decoded.ok);
    assert.equal(Buffer.from(decoded.value.signature).toString("base64"), SIGNATURE);
    assert.equal(decoded.value.certificatePem, PEM);
    assert.equal(decoded.value.logEntry?.kind, "hashedrekord");
  });

  const rows: readonly (readonly [name: string, value: object, hasPem: boolean, hasEntry: boolean])[] = [
    ["a signature alone", { base64Signature: SIGNATURE }, false, false],
    ["a certificate in PEM", { ...WHOLE, cert: PEM }, true, true],
    ["no entry, as Go writes it", { ...WHOLE, rekorBundle: null }, true, false],
    ["an entry without a promise", { ...WHOLE, rekorBundle: { SignedEntryTimestamp: null, Payload: {} } }, true, false],
    ["an empty certificate", { ...WHOLE, cert: "" }, false, true],
  ];
  for (const [name, value, hasPem, hasEntry] of rows) {
    test(name, () => {
      const decoded = decode(value);
      assert.ok(decoded.ok);
      const { certificatePem, logEntry } = decoded.value;
      assert.deepEqual([certificatePem !== undefined, logEntry !== undefined], [hasPem, hasEntry]);
    });
  }
});

describe("decodeOldBundle refuses", () => {
  const rows: readonly (readonly [name: string, value: unknown, code: string])[] = [
    ["a list", [], "BUNDLE_INVALID"],
    ["no signature", { cert: PEM }, "BUNDLE_INVALID"],
    ["a signature that is no base64", { base64Signature: "%" }, "BUNDLE_INVALID"],
    ["a signature that is no text", { base64Signature: 1 }, "BUNDLE_INVALID"],
    ["a certificate that is no text", { ...WHOLE, cert: {} }, "BUNDLE_INVALID"],
    ["a certificate that is neither PEM nor base64", { ...WHOLE, cert: "%" }, "BUNDLE_INVALID"],
    ["a member that is not known", { ...WHOLE, __proto: 1 }, "BUNDLE_INVALID"],
    ["an entry that is a list", { ...WHOLE, rekorBundle: [] }, "TLOG_ENTRY_INVALID"],
    ["an entry without a payload", { ...WHOLE, rekorBundle: { SignedEntryTimestamp: "AAAA" } }, "TLOG_ENTRY_INVALID"],
  ];
  for (const [name, value, code] of rows) {
    test(name, () => {
      const decoded = decode(value);
      assert.deepEqual([decoded.ok, decoded.ok ? undefined : decoded.issues[0]?.code], [false, code]);
    });
  }

  test("and never throws on junk", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        decodeOldBundle(encodeUtf8(text));
      }),
      { numRuns: 300 },
    );
  });
});
