import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { LIMITS } from "../../../../../base/index.ts";
import { objectId, pem, sequence, tlv } from "../../../../../testing/der-writer.ts";
import { evaluateKyverno, showValue } from "../../../../../testing/kyverno-functions.ts";
import {
  certificatePem,
  rsaCertificate,
  rsaKey,
  rsaRequest,
  type TestCertificate,
  type TestExtension,
  utcTime,
} from "../../../../../testing/rsa-certificate.ts";
import { createSelfSignedCertificate } from "../../../../../testing/self-signed-certificate.ts";

type Fields = Readonly<Record<string, unknown>>;

const decode = (text: string): Fields =>
  showValue(evaluateKyverno("x509.decode(p)", { variables: { p: text } })) as Fields;
const decodeCertificate = (stated: TestCertificate): Fields => decode(certificatePem(stated));
const number = (value: number): unknown => ({ double: value });
const oid = (text: string): unknown => text.split(".").map((arc) => number(Number(arc)));
const text = (tag: number, value: string): Buffer => tlv(tag, Buffer.from(value));

describe("x509.decode of a certificate", () => {
  it("gives Go's fields, empty where nothing is stated", () => {
    const fields = decodeCertificate({});
    const modulus = Buffer.from(rsaKey().publicKey.export({ format: "jwk" }).n ?? "", "base64url").toString("hex");
    assert.deepEqual(fields.PublicKey, { N: BigInt(`0x${modulus}`).toString(), E: number(65_537) });
    assert.equal(fields.Raw, rsaCertificate().toString("base64"));
    assert.deepEqual(fields.SerialNumber, number(7));
    assert.deepEqual(fields.PublicKeyAlgorithm, number(1));
    assert.equal(fields.NotBefore, "2026-01-01T00:00:00Z");
    assert.equal(fields.NotAfter, "2050-12-31T23:59:59Z");
    for (const name of ["Extensions", "ExtKeyUsage", "DNSNames", "AuthorityKeyId", "PolicyIdentifiers"]) {
      assert.equal(fields[name], null, name);
    }
    assert.equal(fields.IsCA, false);
    assert.deepEqual(fields.MaxPathLen, number(0));
    assert.deepEqual(Object.keys(fields).length, 37);
  });

  it("takes names apart", () => {
    const { Issuer } = decodeCertificate({
      name: [
        ["2.5.4.6", "DE"],
        ["2.5.4.10", "Acme"],
        ["2.5.4.10", "Größe"],
        ["2.5.4.5", "77"],
        ["1.2.3.4", "other"],
        ["2.5.4.3", "first"],
        ["2.5.4.3", "last"],
      ],
    });
    const issuer = Issuer as Fields;
    assert.deepEqual(issuer.Country, ["DE"]);
    assert.deepEqual(issuer.Organization, ["Acme", "Größe"]);
    assert.equal(issuer.SerialNumber, "77");
    assert.equal(issuer.CommonName, "last");
    assert.equal(issuer.Locality, null);
    assert.deepEqual((issuer.Names as readonly unknown[])[4], { Type: oid("1.2.3.4"), Value: "other" });
  });

  const extensions: readonly (readonly [name: string, extension: TestExtension, expected: Fields])[] = [
    ["key usage", ["2.5.29.15", true, tlv(0x03, Buffer.from([2, 0xa4]))], { KeyUsage: number(37) }],
    ["the ninth key usage", ["2.5.29.15", true, tlv(0x03, Buffer.from([7, 0, 0x80]))], { KeyUsage: number(256) }],
    [
      "an authority",
      ["2.5.29.19", true, sequence(tlv(0x01, Buffer.from([0xff])))],
      { IsCA: true, BasicConstraintsValid: true, MaxPathLen: number(-1), MaxPathLenZero: false },
    ],
    [
      "an authority of leaves only",
      ["2.5.29.19", true, sequence(tlv(0x01, Buffer.from([0xff])), tlv(0x02, Buffer.from([0])))],
      { IsCA: true, MaxPathLen: number(0), MaxPathLenZero: true },
    ],
    ["no authority", ["2.5.29.19", true, sequence()], { IsCA: false, BasicConstraintsValid: true }],
    [
      "extended key usage, unknown ones left out",
      ["2.5.29.37", false, sequence(objectId("1.3.6.1.5.5.7.3.1"), objectId("1.2.3.4"), objectId("2.5.29.37.0"))],
      { ExtKeyUsage: [number(1), number(0)] },
    ],
    [
      "alternative names",
      [
        "2.5.29.17",
        false,
        sequence(
          text(0x82, "a.example"),
          text(0x81, "x@y.z"),
          text(0x86, "spiffe://a/b"),
          tlv(0x87, Buffer.from([10, 0, 0, 1])),
          tlv(0x87, Buffer.from("20010db8000000000001000000000001", "hex")),
          tlv(0x87, Buffer.from("00000000000000000000ffff0a000001", "hex")),
          tlv(0x87, Buffer.alloc(16)),
          tlv(0x87, Buffer.from("20010db8000100010001000100010000", "hex")),
        ),
      ],
      {
        DNSNames: ["a.example"],
        EmailAddresses: ["x@y.z"],
        IPAddresses: ["10.0.0.1", "2001:db8::1:0:0:1", "10.0.0.1", "::", "2001:db8:1:1:1:1:1:0"],
      },
    ],
    [
      "where to ask",
      [
        "1.3.6.1.5.5.7.1.1",
        false,
        sequence(
          sequence(objectId("1.3.6.1.5.5.7.48.1"), text(0x86, "http://ocsp")),
          sequence(objectId("1.3.6.1.5.5.7.48.2"), text(0x86, "http://ca")),
        ),
      ],
      { OCSPServer: ["http://ocsp"], IssuingCertificateURL: ["http://ca"] },
    ],
    [
      "revocation lists",
      ["2.5.29.31", false, sequence(sequence(tlv(0xa0, tlv(0xa0, text(0x86, "http://crl")))))],
      { CRLDistributionPoints: ["http://crl"] },
    ],
    [
      "policies",
      ["2.5.29.32", false, sequence(sequence(objectId("2.23.140.1.2.1")))],
      { PolicyIdentifiers: [oid("2.23.140.1.2.1")] },
    ],
    ["the authority's key", ["2.5.29.35", false, sequence(tlv(0x80, Buffer.from([1, 2])))], { AuthorityKeyId: "AQI=" }],
    [
      "name constraints",
      [
        "2.5.29.30",
        true,
        sequence(
          tlv(0xa0, sequence(text(0x82, "example.com"))),
          tlv(0xa1, sequence(tlv(0x87, Buffer.from([10, 0, 0, 0, 255, 0, 0, 0])))),
        ),
      ],
      {
        PermittedDNSDomains: ["example.com"],
        PermittedDNSDomainsCritical: true,
        ExcludedIPRanges: [{ IP: "10.0.0.0", Mask: "/wAAAA==" }],
        PermittedIPRanges: null,
      },
    ],
  ];
  for (const [name, extension, expected] of extensions) {
    it(`reads ${name}`, () => {
      const fields = decodeCertificate({ extensions: [extension] });
      for (const [key, value] of Object.entries(expected)) assert.deepEqual(fields[key], value, key);
      const [id, critical, content] = extension;
      assert.deepEqual(fields.Extensions, [{ Id: oid(id), Critical: critical, Value: content.toString("base64") }]);
    });
  }

  it("cuts a long serial number to 64 bits, as Go does", () => {
    const serial = Buffer.from("7fffffffffffffffff11", "hex");
    assert.deepEqual(decodeCertificate({ serial }).SerialNumber, number(-239));
  });

  it("reads times of the last century", () => {
    assert.equal(decodeCertificate({ notBefore: utcTime("700101000000Z") }).NotBefore, "1970-01-01T00:00:00Z");
  });

  it("passes over text before the block, and takes other line ends", () => {
    const wanted = decodeCertificate({});
    const block = certificatePem();
    assert.deepEqual(decode(`Bag Attributes\n  name: x\n${block}`), wanted);
    assert.deepEqual(decode(block.replaceAll("\n", "\r\n")), wanted);
    assert.deepEqual(decode(`-----BEGIN JUNK-----\n!\n-----END JUNK-----\n${block}`), wanted);
    assert.deepEqual(decode(block.replace("-----\n", "-----\nComment: x\n\n")), wanted);
  });
});

describe("x509.decode of a request", () => {
  it("gives its fields and the extensions it asks for", () => {
    const names: TestExtension = ["2.5.29.17", false, sequence(text(0x82, "csr.example"))];
    const fields = decode(pem("CERTIFICATE REQUEST", rsaRequest([names])));
    assert.equal((fields.Subject as Fields).CommonName, "csr");
    assert.deepEqual(fields.DNSNames, ["csr.example"]);
    assert.deepEqual(fields.SignatureAlgorithm, number(4));
    assert.deepEqual(fields.Version, number(0));
    assert.equal((fields.Extensions as readonly unknown[]).length, 1);
    assert.equal((fields.Attributes as readonly unknown[]).length, 1);
  });

  it("without extensions has none", () => {
    const fields = decode(pem("CERTIFICATE REQUEST", rsaRequest([])));
    assert.equal(fields.Extensions, null);
    assert.equal(fields.Attributes, null);
  });
});

describe("x509.decode refuses", () => {
  const twice: TestExtension = ["2.5.29.15", true, tlv(0x03, Buffer.from([2, 0xa4]))];
  const rows: readonly (readonly [name: string, text: string, message: RegExp])[] = [
    ["no PEM", "not a valid PEM", /no PEM block/],
    ["an empty block", "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n", /found the end/],
    ["a block that does not end", certificatePem().slice(0, -20), /no PEM block/],
    ["base64 that is none", certificatePem().replace("MI", "M!"), /no PEM block/],
    ["a key", pem("PRIVATE KEY", Buffer.from([0x30, 0])), /is a "PRIVATE KEY"/],
    ["an elliptic key", createSelfSignedCertificate("a.example").certificatePem, /not an RSA key/],
    ["an extension that is there twice", certificatePem({ extensions: [twice, twice] }), /twice/],
    ["bytes behind it", pem("CERTIFICATE", Buffer.concat([rsaCertificate(), Buffer.from([0])])), /behind the last/],
    ["a time that is none", certificatePem({ notBefore: utcTime("269901000000Z") }), /a time/],
    [
      "an address of 5 bytes",
      certificatePem({ extensions: [["2.5.29.17", false, sequence(tlv(0x87, Buffer.alloc(5)))]] }),
      /IP/,
    ],
    ["an indefinite length", pem("CERTIFICATE", Buffer.from([0x30, 0x80, 0, 0])), /indefinite/],
    [
      "a length that is too large",
      pem("CERTIFICATE", Buffer.from([0x30, 0x84, 0xff, 0xff, 0xff, 0xff])),
      /expected 4294967295 bytes, found 0/,
    ],
    ["a text that is too large", certificatePem() + " ".repeat(LIMITS.expressionPemBytes), /larger than/],
  ];
  for (const [name, input, message] of rows) {
    it(name, () => assert.throws(() => decode(input), { name: "CelError", message }));
  }

  it("whatever byte is changed: an error or other fields, never a crash", () => {
    const good = rsaCertificate({ extensions: [["2.5.29.17", false, sequence(text(0x82, "a.example"))]] });
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }), (place, change) => {
        const bytes = Buffer.from(good);
        bytes[place] = (bytes[place] as number) ^ change;
        try {
          assert.notDeepEqual(decode(pem("CERTIFICATE", bytes)), decode(pem("CERTIFICATE", good)));
        } catch (error) {
          assert.equal((error as Error).name, "CelError");
        }
      }),
      { numRuns: 500 },
    );
  });

  it("wherever it is cut off", () => {
    const good = rsaCertificate();
    for (let length = 0; length < good.length; length += 7) {
      assert.throws(() => decode(pem("CERTIFICATE", good.subarray(0, length))), { name: "CelError" });
    }
  });
});
