import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { LIMITS, type Value } from "../../../../base/index.ts";
import { objectId, pem, sequence, tlv } from "../../../../testing/der-writer.ts";
import { CountingContext, callJmes, callOrMessage, messageOf } from "../../../../testing/jmes-call.ts";
import { certificatePem, rsaRequest, type TestExtension } from "../../../../testing/rsa-certificate.ts";
import { createSelfSignedCertificate } from "../../../../testing/self-signed-certificate.ts";

const BAD = "defaultRegistry: docker.io, enableDefaultRegistryMutation: true";
const DIGEST = `sha256:${"a".repeat(64)}`;

// The results are those of Kyverno 1.19.1.
const ROWS: readonly (readonly [name: string, argument: string, expected: Value])[] = [
  ["image_normalize", "nginx", "docker.io/nginx:latest"],
  ["image_normalize", "library/nginx:1.27", "docker.io/library/nginx:1.27"],
  ["image_normalize", "localhost:5000/x", "localhost:5000/x:latest"],
  ["image_normalize", `ghcr.io/a/b:1@${DIGEST}`, `ghcr.io/a/b@${DIGEST}`],
  [
    "image_normalize",
    "a:b:c",
    `! JMESPath function 'image_normalize': bad image: docker.io/a:b:c, ${BAD}: invalid reference format`,
  ],
  ["is_external_url", "http://10.0.0.1:80/x", false],
  ["is_external_url", "https://8.8.8.8", true],
  ["is_external_url", "http://172.31.255.255", false],
  ["is_external_url", "http://172.32.0.0", true],
  ["is_external_url", "http://127.9.9.9", false],
  ["is_external_url", "http://0.0.0.0", true],
  ["is_external_url", "http://[::1]:1/", false],
  ["is_external_url", "http://[fd12::]", false],
  ["is_external_url", "http://[fe80::1]", true],
  ["is_external_url", "http://[::ffff:10.0.0.1]", false],
  ["is_external_url", "http://[::ffff:a00:1]", false],
  ["is_external_url", "http://[::ffff:8.8.8.8]", true],
  ["is_external_url", "http://[fc00::1%25eth0]/", false],
  ["is_external_url", "http://localhost/x", false],
  ["is_external_url", "http://user:secret@10.0.0.1/", false],
  ["is_external_url", "", "! lookup : no such host"],
  [
    "is_external_url",
    "http://u:secret@10.0.0.1:x/#f",
    '! parse "http://***@10.0.0.1:x/": invalid port ":x" after host',
  ],
  ["is_external_url", "::", '! parse "::": missing protocol scheme'],
  ["random", "", "! no pattern provided"],
  ["random", "[a", "! error parsing regexp: missing closing ]: `[a`"],
  ["random", "a{3}", "aaa"],
  ["x509_decode", "x", "! failed to decode PEM block"],
  ["x509_decode", createSelfSignedCertificate("a.example").certificatePem, "! certificate should use rsa algorithm"],
  [
    "x509_decode",
    pem("PRIVATE KEY", Buffer.from([0x30, 0])),
    "! PEM block neither contains a CERTIFICATE or CERTIFICATE REQUEST",
  ],
];

describe("functions over images, addresses, certificates and chance", () => {
  for (const [name, argument, expected] of ROWS) {
    test(`${name}(${JSON.stringify(argument).slice(0, 60)})`, () =>
      assert.equal(callOrMessage(name, [argument]), expected));
  }

  test("is_external_url looks no name up", () => {
    assert.match(messageOf("is_external_url", ["https://example.com/"]), /"example.com" is not looked up/);
    assert.doesNotMatch(messageOf("is_external_url", ["https://u:hunter2@example.com/"]), /hunter2/);
  });

  test("random draws by the seed alone", () => {
    const draw = (seed: number): string =>
      callJmes("random", ["[0-9a-z]{16}"], new CountingContext(1e6, seed)) as string;
    assert.match(draw(1), /^[0-9a-z]{16}$/);
    assert.equal(draw(1), draw(1));
    assert.notEqual(draw(1), draw(2));
    assert.throws(() => callJmes("random", ["((a{1000})b)"], new CountingContext(100)), { code: "BUDGET_EXCEEDED" });
  });
});

type Fields = Readonly<Record<string, unknown>>;
const decode = (text: string): Fields => callJmes("x509_decode", [text]) as Fields;
const oid = (text: string): readonly number[] => text.split(".").map(Number);
const text = (tag: number, value: string): Buffer => tlv(tag, Buffer.from(value));
const octets = (...bytes: readonly number[]): Buffer => Buffer.from(bytes);

describe("x509_decode", () => {
  test("shows all fields of Go's certificate", () => {
    const fields = decode(
      certificatePem({ name: [["2.5.4.3", "a"]], serial: Buffer.from("7fffffffffffffffff11", "hex") }),
    );
    assert.equal(Object.keys(fields).length, 52);
    assert.equal(fields.Version, 3);
    assert.equal(fields.SignatureAlgorithm, 4);
    assert.equal(Number(fields.SerialNumber), Number(0x7fffffffffffffffff11n));
    assert.equal((fields.Subject as Fields).CommonName, "a");
    for (const name of ["SubjectKeyId", "URIs", "Policies", "PolicyMappings", "UnhandledCriticalExtensions"]) {
      assert.equal(fields[name], null, name);
    }
    assert.equal(fields.InhibitAnyPolicyZero, false);
  });

  const url = {
    Scheme: "spiffe",
    Opaque: "",
    User: {},
    Host: "a",
    Path: "/b c",
    RawPath: "",
    OmitHost: false,
    ForceQuery: false,
    RawQuery: "q=1",
    Fragment: "f",
    RawFragment: "",
  };
  const rows: readonly (readonly [name: string, extension: TestExtension, expected: Fields])[] = [
    ["URIs", ["2.5.29.17", false, sequence(text(0x86, "spiffe://u:p@a/b%20c?q=1#f"))], { URIs: [url] }],
    ["a subject key identifier", ["2.5.29.14", false, tlv(0x04, octets(1, 2))], { SubjectKeyId: "AQI=" }],
    [
      "policies",
      ["2.5.29.32", false, sequence(sequence(objectId("2.23.140.1.2.1")))],
      { Policies: ["2.23.140.1.2.1"], PolicyIdentifiers: [oid("2.23.140.1.2.1")] },
    ],
    [
      "policy mappings",
      ["2.5.29.33", true, sequence(sequence(objectId("1.2.3"), objectId("1.2.4")))],
      {
        PolicyMappings: [{ IssuerDomainPolicy: "1.2.3", SubjectDomainPolicy: "1.2.4" }],
        UnhandledCriticalExtensions: null,
      },
    ],
    [
      "policy constraints",
      ["2.5.29.36", true, sequence(tlv(0x80, octets(2)), tlv(0x81, octets(0)))],
      {
        RequireExplicitPolicy: 2,
        RequireExplicitPolicyZero: false,
        InhibitPolicyMapping: 0,
        InhibitPolicyMappingZero: true,
      },
    ],
    ["the inhibition of any policy", ["2.5.29.54", true, tlv(0x02, octets(3))], { InhibitAnyPolicy: 3 }],
    [
      "unknown usages",
      ["2.5.29.37", false, sequence(objectId("1.3.6.1.5.5.7.3.1"), objectId("1.2.3.4"))],
      { ExtKeyUsage: [1], UnknownExtKeyUsage: [oid("1.2.3.4")] },
    ],
    [
      "an unknown critical extension",
      ["1.2.3.4.5", true, text(0x0c, "hi")],
      { UnhandledCriticalExtensions: [oid("1.2.3.4.5")] },
    ],
    [
      "an unknown one that is not critical",
      ["1.2.3.4.5", false, text(0x0c, "hi")],
      { UnhandledCriticalExtensions: null },
    ],
    [
      "names of kinds that Go does not read",
      ["2.5.29.17", true, sequence(tlv(0x88, octets(42)))],
      { UnhandledCriticalExtensions: [oid("2.5.29.17")] },
    ],
    [
      "constraints of kinds that Go does not read",
      ["2.5.29.30", true, sequence(tlv(0xa0, sequence(tlv(0x88, octets(42)))))],
      { UnhandledCriticalExtensions: [oid("2.5.29.30")] },
    ],
  ];
  for (const [name, extension, expected] of rows) {
    test(`reads ${name}`, () => {
      const fields = decode(certificatePem({ extensions: [extension] }));
      for (const [key, value] of Object.entries(expected)) assert.deepEqual(fields[key], value, key);
    });
  }

  test("shows a request with its URIs", () => {
    const names: TestExtension = ["2.5.29.17", false, sequence(text(0x86, "https://h/"), text(0x82, "csr.example"))];
    const fields = decode(pem("CERTIFICATE REQUEST", rsaRequest([names])));
    assert.equal(Object.keys(fields).length, 17);
    assert.equal((fields.URIs as readonly Fields[])[0]?.Host, "h");
    assert.deepEqual(fields.DNSNames, ["csr.example"]);
  });

  for (const [name, input] of [
    ["a critical subject key identifier", certificatePem({ extensions: [["2.5.29.14", true, tlv(0x04, octets(1))]] })],
    ["a URI that is none", certificatePem({ extensions: [["2.5.29.17", false, sequence(text(0x86, "%zz"))]] })],
    ["a text that is too large", certificatePem() + " ".repeat(LIMITS.expressionPemBytes)],
  ] as const) {
    test(`refuses ${name}`, () => {
      assert.throws(() => decode(input), { name: "AmapError", code: "EXPRESSION_FAILED" });
    });
  }

  test("whatever byte is changed: a failure or other fields, never a crash", () => {
    const extension: TestExtension = ["2.5.29.36", true, sequence(tlv(0x80, octets(2)))];
    const good = Buffer.from(
      certificatePem({ extensions: [extension] })
        .split("\n")
        .filter((line) => !line.startsWith("-"))
        .join(""),
      "base64",
    );
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }), (place, change) => {
        const bytes = Buffer.from(good);
        bytes[place] = (bytes[place] as number) ^ change;
        assert.notDeepEqual(
          callOrMessage("x509_decode", [pem("CERTIFICATE", bytes)]),
          decode(pem("CERTIFICATE", good)),
        );
      }),
      { numRuns: 300 },
    );
  });
});
