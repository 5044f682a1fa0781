import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { describe, test } from "node:test";
import fc from "fast-check";
import { encodeHex, isAmapError, LIMITS } from "../../base/index.ts";
import {
  alternativeNames,
  CHAIN_TIME,
  dnsName,
  emailName,
  HOUR,
  ipName,
  issueAuthority,
  issueLeaf,
  readCertificate,
  uriName,
  withExtension,
} from "../../testing/certificate-chains.ts";
import {
  basicConstraints,
  CODE_SIGNING,
  distinguishedName,
  extendedKeyUsage,
  keyUsage,
  subjectKeyId,
  type TestExtension,
} from "../../testing/sigstore/certificates.ts";
import {
  bitString,
  certificateTime,
  explicit,
  implicit,
  integer,
  NULL,
  objectId,
  octets,
  pem,
  sequence,
  TRUE,
  tlv,
  utf8,
} from "../../testing/sigstore/der-values.ts";
import { createTestKey } from "../../testing/sigstore/keys.ts";
import { type Certificate, decodeCertificate } from "./certificate.ts";
import { decodeCertificatesPem } from "./certificates-pem.ts";

const key = createTestKey();
const issuer = issueAuthority({ commonName: "issuer", key });

/** The first issue of bytes that are no certificate. */
function issueOf(der: Uint8Array): string {
  const decoded = decodeCertificate(new Uint8Array(der));
  assert.equal(decoded.ok, false);
  const [first, ...others] = decoded.issues;
  assert.equal(others.length, 0);
  assert.equal(first?.code, "CERTIFICATE_INVALID");
  return first.message;
}

describe("decodeCertificate", () => {
  test("reads what a signer's certificate says", () => {
    const der = issueLeaf(issuer, { key, names: [emailName("dev@example.com"), uriName("https://example.com/")] });
    const certificate = readCertificate(der);
    assert.deepEqual(certificate.der, der);
    assert.deepEqual(encodeHex(certificate.issuer), issuer.name.toString("hex"));
    assert.deepEqual(certificate.subject, Uint8Array.of(0x30, 0));
    assert.deepEqual([certificate.issuerText, certificate.subjectText], ["CN=issuer,O=local.sigstore.test", ""]);
    assert.deepEqual([certificate.notBefore, certificate.notAfter], [CHAIN_TIME - HOUR, CHAIN_TIME + HOUR]);
    assert.deepEqual(Buffer.from(certificate.spki), key.spki);
    assert.deepEqual(Buffer.from(certificate.publicKey().keyId), key.keyId);
    assert.equal(certificate.publicKey(), certificate.publicKey(), "the key is read once");
    assert.equal(certificate.isAuthority, false);
    assert.equal(certificate.pathLength, undefined);
    assert.deepEqual([...(certificate.keyUsage ?? [])], ["digitalSignature"]);
    assert.deepEqual(certificate.extendedKeyUsage, [CODE_SIGNING]);
    assert.deepEqual(certificate.subjectAlternativeNames, [
      { kind: "email", value: "dev@example.com" },
      { kind: "uri", value: "https://example.com/" },
    ]);
    assert.deepEqual(Buffer.from(certificate.subjectKeyId ?? []), subjectKeyId(key.spki));
    assert.deepEqual(Buffer.from(certificate.authorityKeyId ?? []), subjectKeyId(key.spki));
    assert.equal(certificate.signatureScheme, "ecdsa-sha256");
    assert.deepEqual(
      [...certificate.extensions.keys()],
      ["2.5.29.15", "2.5.29.37", "2.5.29.14", "2.5.29.35", "2.5.29.17"],
    );
    assert.equal(certificate.extensions.get("2.5.29.17")?.critical, true);
  });

  test("reads what an authority's certificate says", () => {
    const certificate = readCertificate(issueAuthority({ pathLength: 3, notAfter: Date.UTC(2050, 0, 1) }).certificate);
    assert.deepEqual([certificate.isAuthority, certificate.pathLength], [true, 3]);
    assert.deepEqual([...(certificate.keyUsage ?? [])], ["keyCertSign", "cRLSign"]);
    assert.equal(certificate.notAfter, Date.UTC(2050, 0, 1));
    assert.deepEqual(certificate.subjectAlternativeNames, []);
  });

  test("reads every kind of name, and leaves out those that have no text", () => {
    const fulcio = explicit(0, objectId("1.3.6.1.4.1.57264.1.7"), explicit(0, utf8("dev!example.com")));
    const foreign = explicit(0, objectId("1.3.6.1.4.1.311.20.2.3"), explicit(0, utf8("dev@example.com")));
    const directory = explicit(4, distinguishedName("o", "c"));
    const names = [
      dnsName("example.com"),
      ipName(127, 0, 0, 1),
      fulcio,
      foreign,
      directory,
      implicit(8, Buffer.of(42)),
    ];
    assert.deepEqual(readCertificate(issueLeaf(issuer, { names })).subjectAlternativeNames, [
      { kind: "dns", value: "example.com" },
      { kind: "ip", value: "127.0.0.1" },
      { kind: "other", value: "dev!example.com", oid: "1.3.6.1.4.1.57264.1.7" },
    ]);
  });

  for (const [bytes, expected] of [
    [[0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], "2001:db8::1"],
    [Array(16).fill(0), "::"],
    [[0, 1, ...Array(14).fill(0)], "1::"],
    [[...Array(14).fill(0), 0, 1], "::1"],
    [[0, 1, 0, 0, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7], "1:0:2:3:4:5:6:7"],
    [[0, 1, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 6, 0, 7], "1::3:0:0:6:7"],
  ] as const) {
    test(`reads the address ${expected}`, () => {
      const { subjectAlternativeNames } = readCertificate(issueLeaf(issuer, { names: [ipName(...bytes)] }));
      assert.deepEqual(subjectAlternativeNames, [{ kind: "ip", value: expected }]);
    });
  }

  const attribute = (id: string, value: Buffer): Buffer => sequence(objectId(id), value);
  for (const [what, subject, expected] of [
    ["the last part first", distinguishedName("sigstore.dev", "sigstore"), "CN=sigstore,O=sigstore.dev"],
    [
      "several attributes in one part",
      sequence(tlv(0x31, Buffer.concat([attribute("2.5.4.3", utf8("a")), attribute("2.5.4.11", utf8("b"))]))),
      "CN=a+OU=b",
    ],
    ["an attribute without a short name", sequence(tlv(0x31, attribute("1.2.3", utf8("a")))), "1.2.3=a"],
    [
      "characters with a meaning",
      distinguishedName('a,b+c"d\\e<f>g;h', "#i "),
      'CN=\\#i\\ ,O=a\\,b\\+c\\"d\\\\e\\<f\\>g\\;h',
    ],
  ] as const) {
    test(`writes a name with ${what}`, () => {
      assert.equal(readCertificate(issueLeaf(issuer, { subject })).subjectText, expected);
    });
  }

  /** A certificate whose parts a row replaces; it is not signed, which nobody looks at here. */
  const parts = {
    version: explicit(0, integer(2)),
    serial: integer(7),
    algorithm: sequence(objectId("1.2.840.10045.4.3.2")),
    issuer: distinguishedName("o", "c"),
    validity: sequence(certificateTime(CHAIN_TIME), certificateTime(CHAIN_TIME + HOUR)),
    subject: distinguishedName("o", "s"),
    spki: key.spki,
    extensions: explicit(3, sequence()),
    outerAlgorithm: sequence(objectId("1.2.840.10045.4.3.2")),
    signature: bitString(Buffer.from([1])),
    more: Buffer.alloc(0),
  };
  const build = (changed: Partial<Record<keyof typeof parts, Buffer>>): Uint8Array => {
    const all = { ...parts, ...changed };
    const { outerAlgorithm, signature, more, ...tbs } = all;
    return new Uint8Array(sequence(sequence(...Object.values(tbs)), outerAlgorithm, signature, more));
  };
  const extension = (id: string, content: Buffer): Partial<Record<keyof typeof parts, Buffer>> => ({
    extensions: explicit(3, sequence(sequence(objectId(id), octets(content)))),
  });

  test("takes a certificate without extensions", () => {
    assert.ok(decodeCertificate(build({})).ok);
    assert.ok(decodeCertificate(build({ extensions: Buffer.alloc(0) })).ok);
  });

  test("skips the identifiers that version 2 brought", () => {
    const unique = Buffer.concat([key.spki, implicit(1, Buffer.from([0])), implicit(2, Buffer.from([0]))]);
    assert.ok(decodeCertificate(build({ spki: unique })).ok);
  });

  const pss = (hash: string, mask: string, salt: number): Buffer =>
    sequence(
      objectId("1.2.840.113549.1.1.10"),
      sequence(
        explicit(0, sequence(objectId(hash), NULL)),
        explicit(1, sequence(objectId("1.2.840.113549.1.1.8"), sequence(objectId(mask), NULL))),
        explicit(2, integer(salt)),
      ),
    );
  const [SHA256, SHA512] = ["2.16.840.1.101.3.4.2.1", "2.16.840.1.101.3.4.2.3"];
  for (const [what, algorithm, expected] of [
    ["ECDSA with SHA-512", sequence(objectId("1.2.840.10045.4.3.4")), "ecdsa-sha512"],
    ["RSA with SHA-384", sequence(objectId("1.2.840.113549.1.1.12"), NULL), "rsa-pkcs1-sha384"],
    ["Ed25519", sequence(objectId("1.3.101.112")), "ed25519"],
    ["RSA-PSS with SHA-256", pss(SHA256, SHA256, 32), "rsa-pss-sha256"],
    ["RSA-PSS with SHA-512", pss(SHA512, SHA512, 64), "rsa-pss-sha512"],
    ["RSA-PSS with another salt", pss(SHA256, SHA256, 20), undefined],
    ["RSA-PSS with two hashes", pss(SHA256, SHA512, 32), undefined],
    ["RSA-PSS with SHA-1, which its absence means", sequence(objectId("1.2.840.113549.1.1.10"), sequence()), undefined],
    ["RSA-PSS without parameters", sequence(objectId("1.2.840.113549.1.1.10")), undefined],
    ["ECDSA with SHA-1", sequence(objectId("1.2.840.10045.4.1")), undefined],
    ["RSA with SHA-1", sequence(objectId("1.2.840.113549.1.1.5"), NULL), undefined],
    ["RSA with MD5", sequence(objectId("1.2.840.113549.1.1.4"), NULL), undefined],
    ["ECDSA with parameters", sequence(objectId("1.2.840.10045.4.3.2"), sequence()), undefined],
  ] as const) {
    test(`${what} is ${expected ?? "not trusted"}`, () => {
      assert.equal(readCertificate(build({ algorithm, outerAlgorithm: algorithm })).signatureScheme, expected);
    });
  }

  for (const [what, changed, message] of [
    ["version 1", { version: Buffer.alloc(0) }, /version 3, found version 1/],
    ["version 2", { version: explicit(0, integer(1)) }, /version 3, found version 2/],
    ["version 4", { version: explicit(0, integer(3)) }, /version 3, found version 4/],
    ["a negative serial number", { serial: tlv(2, Buffer.from([0x80])) }, /not negative/],
    ["two signature algorithms", { outerAlgorithm: sequence(objectId("1.2.840.10045.4.3.3")) }, /found two/],
    [
      "a name with a value that is no text",
      { subject: sequence(tlv(0x31, attribute("2.5.4.3", NULL))) },
      /text, found null/,
    ],
    [
      "a name with bytes that are not UTF-8",
      { subject: sequence(tlv(0x31, attribute("2.5.4.3", tlv(0x0c, Buffer.from([0xff]))))) },
      /UTF-8/,
    ],
    ["another kind of name", { issuer: utf8("issuer") }, /expected a name/],
    ["no end of the validity", { validity: sequence(certificateTime(CHAIN_TIME)) }, /end of the validity/],
    ["a third time", { validity: sequence(...Array(3).fill(certificateTime(CHAIN_TIME))) }, /end of a validity/],
    ["half a byte of a signature", { signature: bitString(Buffer.from([0x10]), 4) }, /whole bytes/],
    ["something behind the signature", { more: NULL }, /end of a certificate/],
    [
      "something behind the extensions",
      { extensions: Buffer.concat([parts.extensions, NULL]) },
      /end of the signed part/,
    ],
    [
      "an extension twice",
      { extensions: explicit(3, sequence(...Array(2).fill(sequence(objectId("1.2.3"), octets(NULL))))) },
      /1\.2\.3 twice/,
    ],
    [
      "more extensions than the limit",
      {
        extensions: explicit(
          3,
          sequence(...Array.from({ length: 101 }, (_, index) => sequence(objectId(`1.2.${index}`), octets(NULL)))),
        ),
      },
      /at most 100 extensions/,
    ],
    [
      "an extension of three values",
      { extensions: explicit(3, sequence(sequence(objectId("1.2.3"), octets(NULL), NULL))) },
      /end of an extension/,
    ],
    ["a negative path length", extension("2.5.29.19", sequence(TRUE, tlv(2, Buffer.from([0xff])))), /path length/],
    ["basic constraints of another type", extension("2.5.29.19", NULL), /basic constraints/],
    ["no purpose", extension("2.5.29.37", sequence()), /found none/],
    ["a purpose that is none", extension("2.5.29.37", sequence(NULL)), /object identifier/],
    ["key usage of another type", extension("2.5.29.15", NULL), /bit string/],
    ["a name that is not ASCII", extension("2.5.29.17", sequence(emailName("é@example.com"))), /ASCII/],
    ["a name with a line break", extension("2.5.29.17", sequence(uriName("https://a.test/\n"))), /control characters/],
    [
      "a name that ends in a zero byte",
      extension("2.5.29.17", sequence(emailName("a@b.test\0"))),
      /control characters/,
    ],
    ["an IP address of five bytes", extension("2.5.29.17", sequence(ipName(1, 2, 3, 4, 5))), /4 or 16 bytes/],
    [
      "more names than the limit",
      extension("2.5.29.17", sequence(...Array(1_001).fill(dnsName("a")))),
      /at most 1000 names/,
    ],
    [
      "a user name that is no text",
      extension("2.5.29.17", sequence(explicit(0, objectId("1.3.6.1.4.1.57264.1.7"), explicit(0, NULL)))),
      /a name, found null/,
    ],
    ["a key identifier of another type", extension("2.5.29.14", NULL), /octet string/],
    ["an authority key identifier of another type", extension("2.5.29.35", NULL), /authority key identifier/],
  ] as const) {
    test(`refuses ${what}`, () => assert.match(issueOf(build(changed)), message));
  }

  test("refuses bytes that are no certificate", () => {
    for (const bytes of [[], [0x30, 0], [5, 0], [0x30, 0x80, 0, 0]]) issueOf(Uint8Array.from(bytes));
    assert.match(issueOf(new Uint8Array(LIMITS.certificateBytes + 1)), /at most 65536 bytes/);
  });

  test("refuses every cut-off certificate, and every byte behind one", () => {
    const der = issueLeaf(issuer);
    for (let end = 0; end < der.length; end++) issueOf(der.slice(0, end));
    issueOf(Uint8Array.of(...der, 0));
  });

  test("a path length beyond any chain is one", () => {
    const huge = basicConstraints();
    const value = sequence(TRUE, integer(Buffer.alloc(20, 0x7f)));
    assert.equal(readCertificate(build(extension(huge[0], value))).pathLength, 1_000);
  });

  test("a key that cannot be read fails when it is asked for, each time", () => {
    const certificate = readCertificate(build({ spki: sequence(sequence(objectId("1.2.3")), bitString(NULL)) }));
    const isKeyError = (error: unknown): boolean =>
      isAmapError(error, "KEY_UNSUPPORTED") || isAmapError(error, "KEY_INVALID");
    for (const _ of [1, 2]) assert.throws(() => certificate.publicKey(), isKeyError);
  });
});

/** Whether the key can be read, which is put off until somebody asks for it. */
function hasKey(certificate: Certificate): boolean {
  try {
    certificate.publicKey();
    return true;
  } catch {
    return false;
  }
}

describe("against node's own reader", () => {
  const names = fc.array(
    fc.oneof(
      fc.emailAddress().map(emailName),
      fc.domain().map(dnsName),
      fc.webUrl().map(uriName),
      fc.uint8Array({ minLength: 4, maxLength: 4 }).map((bytes) => ipName(...bytes)),
    ),
    { minLength: 1, maxLength: 4 },
  );
  const text = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9 .-]{0,20}[A-Za-z0-9]$/);
  const second = fc.integer({ min: Date.UTC(1951, 0, 1) / 1000, max: Date.UTC(2100, 0, 1) / 1000 });
  const extensions = fc.subarray<TestExtension>([
    ["1.2.3.4", false, NULL],
    extendedKeyUsage(false, CODE_SIGNING, "1.3.6.1.5.5.7.3.3"),
    basicConstraints(2),
    keyUsage(true),
  ]);

  test("a certificate of any content reads the same", () => {
    fc.assert(
      fc.property(names, text, text, second, second, extensions, (list, organization, name, from, to, more) => {
        const der = issueLeaf(issuer, {
          key,
          names: list,
          subject: distinguishedName(organization, name),
          notBefore: from * 1000,
          notAfter: to * 1000,
          extensions: (usual) => more.reduce<readonly TestExtension[]>((all, one) => withExtension(one)(all), usual),
        });
        const [own, oracle] = [readCertificate(der), new X509Certificate(der)];
        assert.equal(own.serialNumber, oracle.serialNumber);
        assert.equal(own.subjectText, `CN=${name},O=${organization}`);
        assert.equal(oracle.subject, `O=${organization}\nCN=${name}`);
        assert.deepEqual([own.notBefore, own.notAfter], [oracle.validFromDate.getTime(), oracle.validToDate.getTime()]);
        assert.equal(own.isAuthority && own.keyUsage?.has("keyCertSign"), oracle.ca);
        assert.deepEqual(own.extendedKeyUsage, oracle.keyUsage);
        const kinds = { email: "email", uri: "URI", dns: "DNS", ip: "IP Address", other: "" } as const;
        const shown = own.subjectAlternativeNames.map(({ kind, value }) => `${kinds[kind]}:${value}`);
        if (!oracle.subjectAltName?.includes('"')) assert.equal(shown.join(", "), oracle.subjectAltName);
        assert.deepEqual(Buffer.from(own.spki), oracle.publicKey.export({ type: "spki", format: "der" }));
      }),
      { numRuns: 100 },
    );
  });

  test("what is read after a change, node reads too", () => {
    const der = issueLeaf(issuer, { key, names: [emailName("dev@example.com")] });
    let read = 0;
    for (let index = 0; index < der.length; index++) {
      for (const mask of [1, 0x80, 0xff]) {
        const changed = der.slice();
        changed[index] = (changed[index] as number) ^ mask;
        const decoded = decodeCertificate(changed);
        if (!decoded.ok || !hasKey(decoded.value)) continue;
        read++;
        assert.doesNotThrow(() => new X509Certificate(changed), `byte ${index}`);
      }
    }
    assert.ok(read > 0);
  });

  test("any bytes are read or refused, never a crash", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        decodeCertificate(bytes);
      }),
    );
  });
});

test("withExtension of the builder replaces", () => {
  const replaced = readCertificate(
    issueLeaf(issuer, { extensions: withExtension(alternativeNames(false, dnsName("x"))) }),
  );
  assert.deepEqual(replaced.subjectAlternativeNames, [{ kind: "dns", value: "x" }]);
});

describe("decodeCertificatesPem", () => {
  const ders = [issueLeaf(issuer), new Uint8Array(issuer.certificate)];
  const blocks = ders.map((der) => pem("CERTIFICATE", der));

  test("reads all blocks in their order, with text around them", () => {
    const decoded = decodeCertificatesPem(
      `subject=…\n${blocks[0]}\n# the issuer\r\n${blocks[1]?.replaceAll("\n", "\r\n")}\n`,
    );
    assert.ok(decoded.ok);
    assert.deepEqual(
      decoded.value.map(({ der }) => der),
      ders,
    );
  });

  for (const [what, text, message] of [
    ["nothing", "", /found none/],
    ["a block of another kind", pem("PUBLIC KEY", key.spki), /found "PUBLIC KEY"/],
    ["one of another kind behind a certificate", `${blocks[0]}${pem("PRIVATE KEY", key.spki)}`, /found "PRIVATE KEY"/],
    ["a block without an end", blocks[0]?.slice(0, -10) ?? "", /the end of a PEM block/],
    ["a block that begins and no more", "-----BEGIN ", /found ""/],
    ["no base64", blocks[0]?.replace(/\n./, "\n!") ?? "", /base64/],
    ["more than the limit", blocks[0]?.repeat(LIMITS.certificates + 1) ?? "", /at most 100 certificates/],
    ["a text beyond the limit", " ".repeat(LIMITS.certificatesPemBytes + 1), /at most 1048576 characters/],
  ] as const) {
    test(`refuses ${what}`, () => {
      const decoded = decodeCertificatesPem(text);
      assert.equal(decoded.ok, false);
      assert.match(decoded.issues[0]?.message ?? "", message);
    });
  }

  test("tells every certificate that is malformed, by its place", () => {
    const broken = pem("CERTIFICATE", NULL);
    const decoded = decodeCertificatesPem(`${broken}${blocks[0]}${broken}`);
    assert.equal(decoded.ok, false);
    assert.deepEqual(
      decoded.issues.map(({ path }) => path),
      ["[0]", "[2]"],
    );
  });
});
