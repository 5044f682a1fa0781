import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { LIMITS } from "../../base/index.ts";
import {
  alternativeNames,
  CHAIN_TIME,
  HOUR,
  issueAuthority,
  issueLeaf,
  type LeafInput,
  readCertificate,
  withExtension,
  withoutExtension,
} from "../../testing/certificate-chains.ts";
import {
  basicConstraints,
  CODE_SIGNING,
  distinguishedName,
  extendedKeyUsage,
  keyUsage,
  type TestAuthority,
  type TestExtension,
  TIME_STAMPING,
} from "../../testing/sigstore/certificates.ts";
import { implicit, sequence, tlv } from "../../testing/sigstore/der-values.ts";
import { createTestKey, type TestKeyKind } from "../../testing/sigstore/keys.ts";
import type { Certificate } from "./certificate.ts";
import { type ChainOptions, isSignedBy, type TrustedAuthority, verifyCertificateChain } from "./chain.ts";

const CODE_SIGNING_CHAIN = { at: CHAIN_TIME, purpose: "codeSigning" } as const;

/** Root, intermediate and leaf, each with what a row changes. */
interface Row {
  readonly root?: Parameters<typeof issueAuthority>[0];
  readonly intermediate?: Parameters<typeof issueAuthority>[0];
  readonly leaf?: LeafInput;
  readonly options?: Partial<ChainOptions<TrustedAuthority>>;
}

function judge({ root, intermediate, leaf, options }: Row): ReturnType<typeof verifyCertificateChain> {
  const top = issueAuthority({ commonName: "root", ...root });
  const middle = issueAuthority({ commonName: "intermediate", purpose: CODE_SIGNING, ...intermediate }, top);
  const authorities: readonly TrustedAuthority[] = [
    { chain: [middle, top].map(({ certificate }) => readCertificate(certificate)) },
  ];
  return verifyCertificateChain(readCertificate(issueLeaf(middle, leaf)), {
    ...CODE_SIGNING_CHAIN,
    authorities,
    ...options,
  });
}

const unusual: TestExtension = ["1.2.3.4", true, tlv(0x05, Buffer.alloc(0))];
const allNames: TestExtension = [
  "2.5.29.32",
  true,
  sequence(sequence(tlv(0x06, Buffer.from([0x55, 0x1d, 0x20, 0x00])))),
];

describe("a chain of three holds", () => {
  const rows: readonly (readonly [string, Row])[] = [
    ["as Fulcio makes it", {}],
    ["in the first millisecond of the leaf", { options: { at: CHAIN_TIME - HOUR } }],
    ["in the last millisecond of the leaf", { options: { at: CHAIN_TIME + HOUR } }],
    [
      "without a limit of the purpose anywhere",
      {
        intermediate: { extensions: withoutExtension("2.5.29.37") },
        leaf: { extensions: withoutExtension("2.5.29.37") },
      },
    ],
    ["with any purpose", { leaf: { extensions: withExtension(extendedKeyUsage(false, "2.5.29.37.0")) } }],
    [
      "with several purposes",
      { leaf: { extensions: withExtension(extendedKeyUsage(false, TIME_STAMPING, CODE_SIGNING)) } },
    ],
    ["without key usage", { leaf: { extensions: withoutExtension("2.5.29.15") } }],
    [
      "with exactly as many authorities as the root allows",
      { root: { pathLength: 1 }, intermediate: { pathLength: 0 } },
    ],
    [
      "with an extension that is not known and not critical",
      {
        leaf: { extensions: withExtension(["1.2.3.4", false, unusual[2]]) },
      },
    ],
    ["with a critical policy, which limits nothing", { root: { extensions: withExtension(allNames) } }],
    [
      "with P-384 and P-521",
      { root: { key: createTestKey("ecdsa-p521") }, intermediate: { key: createTestKey("ecdsa-p384") } },
    ],
    ["with Ed25519", { intermediate: { key: createTestKey("ed25519") } }],
  ];
  for (const [what, row] of rows) {
    test(what, () => {
      const result = judge(row);
      assert.ok(result.ok, JSON.stringify(result));
      assert.equal(result.chain.length, 3);
    });
  }

  test("with RSA", () => {
    assert.ok(judge({ root: { key: createTestKey("rsa-2048") } }).ok);
  });
});

describe("a chain of three is refused", () => {
  const before12 = { notBefore: CHAIN_TIME - 24 * HOUR, notAfter: CHAIN_TIME - 1 };
  const after12 = { notBefore: CHAIN_TIME + 1000, notAfter: CHAIN_TIME + 24 * HOUR };
  const rows: readonly (readonly [string, Row, string, RegExp])[] = [
    [
      "with an expired leaf",
      { leaf: before12 },
      "CERTIFICATE_EXPIRED",
      /signer's certificate "dev@example.com" to be valid at 2026-06-01T12:00:00Z/,
    ],
    ["with a leaf of the future", { leaf: after12 }, "CERTIFICATE_EXPIRED", /valid from 2026-06-01T12:00:01Z/],
    ["with an expired intermediate", { intermediate: before12 }, "CERTIFICATE_EXPIRED", /intermediate/],
    ["with an intermediate of the future", { intermediate: after12 }, "CERTIFICATE_EXPIRED", /intermediate/],
    ["with an expired root", { root: before12 }, "CERTIFICATE_EXPIRED", /CN=root/],
    ["with a root of the future", { root: after12 }, "CERTIFICATE_EXPIRED", /CN=root/],
    ["a millisecond too early", { options: { at: CHAIN_TIME - HOUR - 1 } }, "CERTIFICATE_EXPIRED", /T10:59:59.999Z/],
    ["a millisecond too late", { options: { at: CHAIN_TIME + HOUR + 1 } }, "CERTIFICATE_EXPIRED", /T13:00:00.001Z/],
    ["at no time", { options: { at: Number.NaN } }, "CERTIFICATE_EXPIRED", /NaN ms/],
    ["at a time beyond all calendars", { options: { at: 1e20 } }, "CERTIFICATE_EXPIRED", /100000000000000000000 ms/],
    ["for timestamps", { options: { purpose: "timeStamping" } }, "CERTIFICATE_UNTRUSTED", /for timestamps alone/],
    [
      "with a leaf for timestamps",
      {
        leaf: { extensions: withExtension(extendedKeyUsage(false, TIME_STAMPING)) },
      },
      "CERTIFICATE_UNTRUSTED",
      /for codeSigning, found timeStamping/,
    ],
    [
      "with an intermediate for timestamps",
      { intermediate: { purpose: TIME_STAMPING } },
      "CERTIFICATE_UNTRUSTED",
      /intermediate.* for codeSigning, found timeStamping/,
    ],
    [
      "with a root for something else",
      { root: { purpose: "1.3.6.1.5.5.7.3.1" } },
      "CERTIFICATE_UNTRUSTED",
      /found 1.3.6.1.5.5.7.3.1/,
    ],
    [
      "with a leaf that is an authority",
      {
        leaf: { extensions: withExtension(basicConstraints()) },
      },
      "CERTIFICATE_UNTRUSTED",
      /certificate of a signer, found that of an authority/,
    ],
    [
      "with a leaf that is not for signatures",
      {
        leaf: { extensions: withExtension(keyUsage(true)) },
      },
      "CERTIFICATE_UNTRUSTED",
      /digital signatures, found keyCertSign, cRLSign/,
    ],
    [
      "with an intermediate that is no authority",
      {
        intermediate: { extensions: withExtension(["2.5.29.19", true, sequence()]) },
      },
      "CERTIFICATE_UNTRUSTED",
      /one of an authority, found that it is none/,
    ],
    [
      "with an intermediate without basic constraints",
      {
        intermediate: { extensions: withoutExtension("2.5.29.19") },
      },
      "CERTIFICATE_UNTRUSTED",
      /one of an authority, found that it is none/,
    ],
    [
      "with a root that is no authority",
      {
        root: { extensions: withoutExtension("2.5.29.19") },
      },
      "CERTIFICATE_UNTRUSTED",
      /one of an authority, found that it is none/,
    ],
    [
      "with an intermediate that may not sign certificates",
      {
        intermediate: { extensions: withExtension(keyUsage(false)) },
      },
      "CERTIFICATE_UNTRUSTED",
      /signing certificates, found digitalSignature/,
    ],
    [
      "with more authorities than the root allows",
      { root: { pathLength: 0 } },
      "CERTIFICATE_UNTRUSTED",
      /allows 0 authorities below it, found 1/,
    ],
    [
      "with a critical extension in the leaf that nobody knows",
      {
        leaf: { extensions: withExtension(unusual) },
      },
      "CERTIFICATE_UNTRUSTED",
      /critical extension 1\.2\.3\.4/,
    ],
    [
      "with one in the intermediate",
      { intermediate: { extensions: withExtension(unusual) } },
      "CERTIFICATE_UNTRUSTED",
      /critical extension 1\.2\.3\.4/,
    ],
    [
      "with one in the root",
      { root: { extensions: withExtension(unusual) } },
      "CERTIFICATE_UNTRUSTED",
      /critical extension 1\.2\.3\.4/,
    ],
    [
      "with critical names that have no text",
      {
        leaf: { extensions: withExtension(alternativeNames(true, implicit(8, Buffer.from([1])))) },
      },
      "CERTIFICATE_UNTRUSTED",
      /critical extension 2\.5\.29\.17/,
    ],
    [
      "with a policy that must be explicit",
      {
        root: { extensions: withExtension(["2.5.29.36", true, sequence(implicit(0, Buffer.from([0])))]) },
      },
      "CERTIFICATE_UNTRUSTED",
      /critical extension 2\.5\.29\.36/,
    ],
    [
      "with another issuer's name",
      { leaf: { issuerName: distinguishedName("elsewhere", "other") } },
      "CERTIFICATE_UNTRUSTED",
      /issued by "CN=intermediate,O=local\.sigstore\.test", found one by "CN=other,O=elsewhere"/,
    ],
    [
      "without an authority",
      { options: { authorities: [] } },
      "CERTIFICATE_UNTRUSTED",
      /found none in the trusted root/,
    ],
    [
      "with an authority of no certificates",
      { options: { authorities: [{ chain: [] }] } },
      "CERTIFICATE_UNTRUSTED",
      /issued by nothing/,
    ],
  ];
  for (const [what, row, code, message] of rows) {
    test(what, () => {
      const result = judge(row);
      assert.equal(result.ok, false);
      assert.equal(result.refusal.code, code);
      assert.match(result.refusal.message, message);
    });
  }
});

describe("with one authority", () => {
  let root: TestAuthority;
  let issuer: TestAuthority;
  let authority: TrustedAuthority;
  let leaf: Certificate;
  const judgeLeaf = (certificate: Certificate, options: Partial<ChainOptions<TrustedAuthority>> = {}) =>
    verifyCertificateChain(certificate, { ...CODE_SIGNING_CHAIN, authorities: [authority], ...options });

  before(() => {
    root = issueAuthority({ commonName: "root" });
    issuer = issueAuthority({ commonName: "issuer" }, root);
    authority = {
      uri: "https://fulcio.test",
      chain: [issuer, root].map(({ certificate }) => readCertificate(certificate)),
    };
    leaf = readCertificate(issueLeaf(issuer));
  });

  test("a flipped bit anywhere in a certificate is refused, or cannot be read", () => {
    const { der } = leaf;
    for (let index = 0; index < der.length; index += 1) {
      const changed = der.slice();
      changed[index] = (changed[index] as number) ^ 1;
      let certificate: Certificate;
      try {
        certificate = readCertificate(changed);
      } catch {
        continue;
      }
      assert.equal(judgeLeaf(certificate).ok, false, `byte ${index}`);
    }
  });

  test("a stranger's authority of the same names is refused", () => {
    const stranger = issueAuthority({ commonName: "issuer" }, issueAuthority({ commonName: "root" }));
    const forged = readCertificate(issueLeaf(stranger));
    const result = judgeLeaf(forged, { intermediates: [readCertificate(stranger.certificate)] });
    assert.equal(result.ok, false);
    assert.match(result.refusal.message, /is not signed by the key of/);
  });

  test("the authority must be in service, both ends included", () => {
    const at = CHAIN_TIME;
    const within = (start?: number, end?: number) =>
      judgeLeaf(leaf, {
        authorities: [
          {
            ...authority,
            validFor: { ...(start === undefined ? {} : { start }), ...(end === undefined ? {} : { end }) },
          },
        ],
      });
    for (const result of [within(at, at), within(), within(at), within(undefined, at)]) assert.ok(result.ok);
    for (const result of [within(at + 1), within(undefined, at - 1)]) {
      assert.equal(result.ok, false);
      assert.equal(result.refusal.code, "CERTIFICATE_EXPIRED");
      assert.match(result.refusal.message, /authority "https:\/\/fulcio\.test" to be trusted at 2026-06-01T12:00:00Z/);
    }
  });

  test("the authority that fits is found among others, and returned", () => {
    const other = { chain: [readCertificate(issueAuthority().certificate)] };
    const result = judgeLeaf(leaf, { authorities: [other, authority, other] });
    assert.ok(result.ok && result.authority === authority);
  });

  test("an authority that is only trusted by its last certificate takes links that came along", () => {
    const trusted = [{ chain: authority.chain.slice(1) }];
    const [link] = authority.chain as [Certificate];
    assert.ok(judgeLeaf(leaf, { authorities: trusted, intermediates: [link] }).ok);
    assert.equal(judgeLeaf(leaf, { authorities: trusted }).ok, false);
  });

  test("the last certificate is trusted for itself, also when another issued it", () => {
    const result = judgeLeaf(leaf, { authorities: [{ chain: authority.chain.slice(0, 1) }] });
    assert.ok(result.ok);
    assert.equal(result.chain.length, 2);
  });

  test("a root among the intermediates is refused, trusted or not", () => {
    for (const own of [authority.chain[1] as Certificate, readCertificate(issueAuthority().certificate)]) {
      const result = judgeLeaf(leaf, { intermediates: [own] });
      assert.equal(result.ok, false);
      assert.match(result.refusal.message, /found a root certificate/);
    }
  });

  test("an authority's new key, certified by its old one, is no root", () => {
    const renewed = issueAuthority({ commonName: "issuer" }, issuer);
    const result = judgeLeaf(readCertificate(issueLeaf(renewed)), {
      intermediates: [readCertificate(renewed.certificate)],
    });
    assert.ok(result.ok);
    assert.equal(result.chain.length, 4);
  });

  test("a certificate's signature is checked once, whatever the times it is judged at", () => {
    let checks = 0;
    const [first, ...others] = authority.chain as [Certificate, ...Certificate[]];
    const counted = {
      ...first,
      publicKey: () => {
        checks++;
        return first.publicKey();
      },
    };
    const authorities = [{ chain: [counted, ...others] }];
    const fresh = readCertificate(issueLeaf(issuer));
    for (const at of [CHAIN_TIME, CHAIN_TIME + 1]) assert.ok(judgeLeaf(fresh, { authorities, at }).ok);
    assert.equal(judgeLeaf(fresh, { authorities, at: CHAIN_TIME + 2 * HOUR }).ok, false);
    assert.equal(checks, 1);
  });

  test("a leaf that is trusted for itself is a chain", () => {
    const alone = readCertificate(issueLeaf(issuer, { subject: distinguishedName("o", "tsa") }));
    assert.ok(judgeLeaf(alone, { authorities: [{ chain: [alone] }] }).ok);
    assert.equal(judgeLeaf(alone, { authorities: [{ chain: [leaf] }] }).ok, false);
  });

  test("authorities that certify each other do not lead in circles", () => {
    const [left, right] = [createTestKey(), createTestKey()];
    const a = issueAuthority({ commonName: "a", key: left });
    const b = issueAuthority({ commonName: "b", key: right });
    const intermediates = [
      issueAuthority({ commonName: "a", key: left }, b),
      issueAuthority({ commonName: "b", key: right }, a),
    ].map(({ certificate }) => readCertificate(certificate));
    const lost = readCertificate(issueLeaf(a));
    assert.equal(judgeLeaf(lost, { intermediates }).ok, false);
    const found = judgeLeaf(lost, { intermediates, authorities: [{ chain: [readCertificate(b.certificate)] }] });
    assert.ok(found.ok);
  });

  test("a thicket that leads nowhere ends at the limit of signatures", () => {
    const key = createTestKey();
    const upper = Array.from({ length: 12 }, () => issueAuthority({ commonName: "upper" }, root));
    const lower = upper.map((parent) => issueAuthority({ commonName: "lower", key }, parent));
    let checks = 0;
    const counted = (certificate: Certificate): Certificate => ({
      ...certificate,
      publicKey: () => {
        checks++;
        return certificate.publicKey();
      },
    });
    const intermediates = [...lower, ...upper].map(({ certificate }) => counted(readCertificate(certificate)));
    const lost = readCertificate(issueLeaf(lower[0] as TestAuthority));
    const nowhere = [{ chain: [readCertificate(issueAuthority().certificate)] }];
    assert.equal(judgeLeaf(lost, { intermediates, authorities: nowhere }).ok, false);
    assert.equal(checks, LIMITS.certificateChecks);
    const tooMany = judgeLeaf(leaf, { intermediates: Array(LIMITS.certificates + 1).fill(intermediates[0]) });
    assert.equal(tooMany.ok, false);
    assert.match(tooMany.refusal.message, /at most 100 intermediate certificates, found 101/);
  });

  test("signatures of the trusted root are checked, once", () => {
    const impostor = issueAuthority({ commonName: "issuer", key: issuer.key }, issueAuthority({ commonName: "root" }));
    const broken = { chain: [readCertificate(impostor.certificate), authority.chain[1] as Certificate] };
    for (const _ of [1, 2]) assert.equal(judgeLeaf(leaf, { authorities: [broken] }).ok, false);
    for (const _ of [1, 2]) assert.ok(judgeLeaf(leaf).ok);
  });
});

describe("isSignedBy", () => {
  for (const kind of ["ecdsa-p256", "ecdsa-p384", "ecdsa-p521", "rsa-2048", "ed25519"] satisfies TestKeyKind[]) {
    test(`knows ${kind}`, () => {
      const root = issueAuthority({ key: createTestKey(kind) });
      const [issuer, leaf] = [readCertificate(root.certificate), readCertificate(issueLeaf(root))];
      const stranger = readCertificate(issueAuthority({ key: createTestKey(kind) }).certificate);
      assert.deepEqual([isSignedBy(leaf, issuer), isSignedBy(leaf, stranger)], [true, false]);
      assert.equal(isSignedBy({ ...leaf, signature: leaf.signature.slice(1) }, issuer), false);
      assert.equal(isSignedBy({ ...leaf, signatureScheme: undefined }, issuer), false);
    });
  }

  test("says no for a key that cannot be read", () => {
    const root = issueAuthority();
    const odd = sequence(sequence(tlv(0x06, Buffer.from([0x2a, 3]))), tlv(0x03, Buffer.from([0, 1])));
    const issuer = readCertificate(issueLeaf(root, { key: { ...createTestKey(), spki: odd } }));
    assert.throws(() => issuer.publicKey());
    assert.equal(isSignedBy(readCertificate(issueLeaf(root)), issuer), false);
  });
});

test("names are told in messages without line breaks or control characters", () => {
  const issuer = issueAuthority();
  const leaf = readCertificate(
    issueLeaf(issuer, { subject: distinguishedName("o", "a\n\u0007b"), notAfter: CHAIN_TIME - 1 }),
  );
  const authorities = [{ chain: [readCertificate(issuer.certificate)] }];
  const result = verifyCertificateChain(leaf, { ...CODE_SIGNING_CHAIN, authorities });
  assert.equal(result.ok, false);
  assert.match(result.refusal.message, /"CN=a\\n\\u0007b,O=o"/);
});
