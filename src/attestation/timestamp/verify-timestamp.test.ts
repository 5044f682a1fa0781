import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import fc from "fast-check";
import { encodeUtf8, LIMITS } from "../../base/index.ts";
import { issueAuthority, readCertificate, withExtension, withoutExtension } from "../../testing/certificate-chains.ts";
import {
  basicConstraints,
  CODE_SIGNING,
  extendedKeyUsage,
  keyUsage,
  TIME_STAMPING,
} from "../../testing/sigstore/certificates.ts";
import { createTestKey, type TestKeyKind } from "../../testing/sigstore/keys.ts";
import {
  createTimestampAuthority,
  type StampOptions,
  type TestTimestampAuthority,
  type TimestampAuthorityOptions,
} from "../../testing/sigstore/timestamp-authority.ts";
import type { TrustedAuthority } from "../certificate/chain.ts";
import { decodeTimestampToken } from "./timestamp-token.ts";
import { verifyTimestamp } from "./verify-timestamp.ts";

const AT = Date.UTC(2026, 5, 1, 12);
const DAY = 86_400_000;
const signed = encodeUtf8("the signature that gets a timestamp");
const VALIDITY = { notBefore: AT - DAY, notAfter: AT + DAY };

const createTsa = (options: Partial<TimestampAuthorityOptions> = {}): TestTimestampAuthority =>
  createTimestampAuthority({ ...VALIDITY, ...options });
const trust = (tsa: TestTimestampAuthority, more: Partial<TrustedAuthority> = {}): TrustedAuthority => ({
  uri: tsa.uri,
  chain: tsa.chain.map((der) => readCertificate(der)),
  ...more,
});
const stamp = (tsa: TestTimestampAuthority, options: Partial<StampOptions> = {}, bytes = signed): Uint8Array =>
  new Uint8Array(tsa.stamp(bytes, { at: AT, ...options }));

let tsa: TestTimestampAuthority;
let authority: TrustedAuthority;
before(() => {
  tsa = createTsa();
  authority = trust(tsa);
});

/** The refusal, which must be one. */
function refusal(token: Uint8Array, authorities: readonly TrustedAuthority[] = [authority], bytes = signed) {
  const result = verifyTimestamp(token, bytes, authorities);
  assert.equal(result.ok, false, "the timestamp was accepted");
  return result.refusal;
}

describe("a timestamp holds", () => {
  for (const [what, options] of [
    ["as Sigstore's authority makes it", {}],
    ["with its certificate", { embed: "leaf" }],
    ["with the whole chain, the root included", { embed: "chain" }],
    ["alone, without the response around it", { bare: true }],
    ["granted with modifications", { status: 1 }],
    ["with accuracy and nonce", { accuracySeconds: 1, nonce: 0x1234567890 }],
    ["with SHA-384 over what was signed", { imprintHash: "sha384" }],
    ["with SHA-512 throughout", { imprintHash: "sha512", hash: "sha512" }],
    ["with the certificate named by SHA-1, as RFC 3161 first had it", { signingCertificate: "v1" }],
  ] as const satisfies readonly (readonly [string, Partial<StampOptions>])[]) {
    test(what, () => {
      const result = verifyTimestamp(stamp(tsa, options), signed, [authority]);
      assert.ok(result.ok, JSON.stringify(result));
      assert.equal(result.time, AT);
      assert.equal(result.authority, authority);
      assert.equal(result.certificate, authority.chain[0]);
    });
  }

  for (const kind of ["ecdsa-p384", "ecdsa-p521", "rsa-2048", "ed25519"] satisfies TestKeyKind[]) {
    test(`by ${kind}`, () => {
      const other = createTsa({ key: kind });
      const result = verifyTimestamp(stamp(other), signed, [trust(other)]);
      assert.ok(result.ok, JSON.stringify(result));
    });
  }

  test("without an intermediate", () => {
    const other = createTsa({ intermediate: false });
    assert.ok(verifyTimestamp(stamp(other), signed, [trust(other)]).ok);
  });

  for (const [fraction, expected] of [
    ["5", 500],
    ["05", 50],
    ["25", 250],
    ["123", 123],
    ["001", 1],
    ["0001", 0],
    ["123456", 123],
    ["999999999", 999],
    ["123456789012", 123],
  ] as const) {
    test(`with the fraction .${fraction} of a second`, () => {
      const result = verifyTimestamp(stamp(tsa, { fraction }), signed, [authority]);
      assert.ok(result.ok, JSON.stringify(result));
      assert.equal(result.time, AT + expected);
    });
  }

  test("of an authority whose signer is not trusted by name, with the certificates in the token", () => {
    const [, intermediate, root] = authority.chain;
    for (const chain of [[intermediate, root], [root]]) {
      const trusted = { uri: "x", chain: chain as TrustedAuthority["chain"] };
      assert.ok(verifyTimestamp(stamp(tsa, { embed: "chain" }), signed, [trusted]).ok);
      assert.equal(refusal(stamp(tsa), [trusted]).code, "TIMESTAMP_UNKNOWN");
    }
    assert.equal(
      refusal(stamp(tsa, { embed: "leaf" }), [{ chain: [root as (typeof authority.chain)[0]] }]).code,
      "CERTIFICATE_UNTRUSTED",
    );
  });

  test("by the authority that made it, among others", () => {
    const others = [trust(createTsa()), trust(createTsa({ name: "another" }))];
    const result = verifyTimestamp(stamp(tsa), signed, [...others, authority]);
    assert.ok(result.ok && result.authority === authority);
  });

  test("at both ends of every validity", () => {
    const [start, end] = [AT - DAY, AT + DAY];
    for (const at of [start, end]) {
      const period = { ...authority, validFor: { start: at, end: at } };
      assert.ok(verifyTimestamp(stamp(tsa, { at }), signed, [period]).ok);
    }
  });
});

describe("a timestamp is refused", () => {
  for (const [what, options, message] of [
    [
      "over other bytes",
      { imprint: new Uint8Array(32) },
      /expected a timestamp over sha256:[0-9a-f]{16}…, found one over 0{16}…/,
    ],
    ["over a hash that is cut off", { imprint: new Uint8Array(31) }, /expected a timestamp over/],
    [
      "over SHA-1",
      { imprintHash: "sha1" },
      /expected SHA-256, SHA-384 or SHA-512, found the algorithm 1\.3\.14\.3\.2\.26/,
    ],
    ["with a digest of other content", { messageDigest: new Uint8Array(32) }, /changed afterwards/],
    ["with another content type", { contentType: "1.2.840.113549.1.7.1" }, /content type/],
    [
      "without naming its certificate",
      { signingCertificate: "none" },
      /expected the certificate among the signed attributes/,
    ],
    ["with another serial number", { signerSerial: Buffer.from([1]) }, /found one by another authority/],
    ["that was not granted", { status: 2 }, /granted, found the status 2/],
    ["with a fraction that ends in zero", { fraction: "50" }, /zeros at the end/],
  ] as const satisfies readonly (readonly [string, Partial<StampOptions>, RegExp])[]) {
    test(what, () => {
      const { code, message: found } = refusal(stamp(tsa, options));
      assert.equal(code, what === "with another serial number" ? "TIMESTAMP_UNKNOWN" : "TIMESTAMP_INVALID");
      assert.match(found, message);
    });
  }

  test("for another signature", () => {
    assert.match(refusal(stamp(tsa), [authority], encodeUtf8("another")).message, /expected a timestamp over/);
  });

  test("by another key", () => {
    const { code, message } = refusal(stamp(tsa, { signer: createTestKey() }));
    assert.equal(code, "TIMESTAMP_INVALID");
    assert.match(
      message,
      /expected a signature by "CN=local tsa,O=local\.sigstore\.test", found one that does not verify/,
    );
  });

  test("where another certificate is named in what is signed", () => {
    for (const signingCertificate of ["v1", "v2"] as const) {
      const namedCertificate = createTsa().certificate;
      assert.match(
        refusal(stamp(tsa, { signingCertificate, namedCertificate })).message,
        /the timestamp names in what is signed/,
      );
    }
  });

  test("with a certificate beside it that has the signer's number and is another", () => {
    const chain = [readCertificate(createTsa().certificate), ...authority.chain.slice(1)];
    const { issuer, serialNumber } = chain[0] as (typeof chain)[0];
    const first = { ...(authority.chain[0] as (typeof chain)[0]), issuer, serialNumber };
    assert.equal(
      refusal(stamp(tsa, { embed: "leaf" }), [{ chain: [first, ...chain.slice(1)] }]).code,
      "TIMESTAMP_UNKNOWN",
    );
  });

  test("by a stranger of the same names", () => {
    const { code } = refusal(stamp(createTsa(), { embed: "chain" }));
    assert.equal(code, "TIMESTAMP_UNKNOWN");
  });

  test("where nobody is trusted", () => {
    assert.match(refusal(stamp(tsa), []).message, /expected a timestamp by a trusted timestamp authority/);
    assert.match(refusal(stamp(tsa), [{ chain: [] }]).message, /another authority/);
  });

  for (const [what, options, message] of [
    [
      "for code",
      { leafExtensions: withExtension(extendedKeyUsage(true, CODE_SIGNING)) },
      /for timestamps alone.*found codeSigning/,
    ],
    [
      "for timestamps and code",
      { leafExtensions: withExtension(extendedKeyUsage(true, TIME_STAMPING, CODE_SIGNING)) },
      /for timestamps alone/,
    ],
    [
      "for timestamps and what nobody knows",
      { leafExtensions: withExtension(extendedKeyUsage(true, TIME_STAMPING, "1.2.3")) },
      /for timestamps alone/,
    ],
    ["for any purpose", { leafExtensions: withExtension(extendedKeyUsage(true, "2.5.29.37.0")) }, /found any/],
    [
      "for timestamps, not critically",
      { leafExtensions: withExtension(extendedKeyUsage(false, TIME_STAMPING)) },
      /found timeStamping, not critical/,
    ],
    ["for nothing", { leafExtensions: withoutExtension("2.5.29.37") }, /found nothing, not critical/],
    ["not for signatures", { leafExtensions: withExtension(keyUsage(true)) }, /digital signatures/],
  ] as const satisfies readonly (readonly [string, Partial<TimestampAuthorityOptions>, RegExp])[]) {
    test(`by a certificate ${what}`, () => {
      const other = createTsa(options);
      const { code, message: found } = refusal(stamp(other), [trust(other)]);
      assert.equal(code, "CERTIFICATE_UNTRUSTED");
      assert.match(found, message);
    });
  }

  test("by the certificate of an authority", () => {
    const other = createTsa({ leafExtensions: withExtension(basicConstraints()) });
    const { message } = refusal(stamp(other, { embed: "leaf" }), [trust(other)]);
    assert.match(message, /found that of an authority/);
  });

  for (const [what, options, at] of [
    ["after the signer's certificate expired", { leafNotAfter: AT - 1000 }, AT],
    ["before the signer's certificate was valid", { leafNotBefore: AT + 1000 }, AT],
    ["after all certificates expired", {}, AT + DAY + 1],
    ["before any certificate was valid", {}, AT - DAY - 1000],
  ] as const) {
    test(`at its own time, ${what}`, () => {
      const other = createTsa(options);
      assert.equal(refusal(stamp(other, { at }), [trust(other)]).code, "CERTIFICATE_EXPIRED");
    });
  }

  test("at a time at which the authority was not in service", () => {
    for (const validFor of [{ start: AT + 1 }, { end: AT - 1 }]) {
      const { code, message } = refusal(stamp(tsa), [{ ...authority, validFor }]);
      assert.equal(code, "CERTIFICATE_EXPIRED");
      assert.match(message, /authority "http:\/\/127\.0\.0\.1\/tsa" to be trusted at 2026-06-01T12:00:00Z/);
    }
  });

  test("by an issuer that is not one", () => {
    const [leaf] = authority.chain;
    const stranger = readCertificate(issueAuthority({ commonName: "local tsa intermediate" }).certificate);
    assert.equal(refusal(stamp(tsa), [{ chain: [leaf as typeof stranger, stranger] }]).code, "CERTIFICATE_UNTRUSTED");
  });

  test("cut off anywhere, or with a byte behind it", () => {
    const token = stamp(tsa, { embed: "leaf" });
    for (let end = 0; end < token.length; end += 7) {
      assert.equal(refusal(token.slice(0, end)).code, "TIMESTAMP_INVALID");
    }
    assert.equal(refusal(Uint8Array.of(...token, 0)).code, "TIMESTAMP_INVALID");
    assert.match(refusal(new Uint8Array(LIMITS.timestampBytes + 1)).message, /at most 131072 bytes/);
  });

  test("any bytes are refused, never a crash", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void refusal(bytes)));
  });

  test("one flipped bit is refused wherever it changes what is said", () => {
    const token = stamp(tsa, { embed: "leaf" });
    const original = decodeTimestampToken(token);
    assert.ok(original.ok);
    for (let index = 0; index < token.length; index++) {
      for (const mask of [1, 0x80]) {
        const changed = token.slice();
        changed[index] = (changed[index] as number) ^ mask;
        const result = verifyTimestamp(changed, signed, [authority]);
        if (!result.ok) continue;
        // What is not signed and says nothing here: versions, the status, lists of algorithms, certificates beside it.
        assert.equal(result.time, AT);
        const decoded = decodeTimestampToken(changed);
        assert.ok(decoded.ok);
        for (const part of ["content", "imprint", "signature"] as const) {
          assert.deepEqual(decoded.value[part], original.value[part], `byte ${index}`);
        }
        assert.deepEqual(decoded.value.attributes, original.value.attributes);
      }
    }
  });
});

describe("decodeTimestampToken", () => {
  test("gives the nonce, for whoever asked", () => {
    const decoded = decodeTimestampToken(stamp(tsa, { nonce: Buffer.from([0x12, 0x34]) }));
    assert.ok(decoded.ok);
    assert.deepEqual(decoded.value.nonce, Uint8Array.of(0x12, 0x34));
    assert.deepEqual([decoded.value.hash, decoded.value.time], ["sha256", AT]);
  });
});
