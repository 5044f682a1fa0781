import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  CHAIN_TIME,
  dnsName,
  emailName,
  ipName,
  issueAuthority,
  issueLeaf,
  readCertificate,
  uriName,
  withExtension,
} from "../../testing/certificate-chains.ts";
import type { TestExtension } from "../../testing/sigstore/certificates.ts";
import { explicit, implicit, integer, sequence } from "../../testing/sigstore/der-values.ts";
import { verifyCertificateChain } from "./chain.ts";

const constraints = (permitted: readonly Buffer[], excluded: readonly Buffer[] = []): TestExtension => [
  "2.5.29.30",
  true,
  sequence(
    ...(permitted.length === 0 ? [] : [explicit(0, ...permitted.map((name) => sequence(name)))]),
    ...(excluded.length === 0 ? [] : [explicit(1, ...excluded.map((name) => sequence(name)))]),
  ),
];

/** A leaf of these names below a root that limits them; the message where it is refused. */
function judge(limit: TestExtension, ...names: readonly Buffer[]): string | undefined {
  const root = issueAuthority({ commonName: "root", extensions: withExtension(limit) });
  const issuer = issueAuthority({ commonName: "issuer" }, root);
  const result = verifyCertificateChain(readCertificate(issueLeaf(issuer, { names })), {
    authorities: [{ chain: [issuer, root].map(({ certificate }) => readCertificate(certificate)) }],
    at: CHAIN_TIME,
    purpose: "codeSigning",
  });
  if (result.ok) return undefined;
  assert.equal(result.refusal.code, "CERTIFICATE_UNTRUSTED");
  return result.refusal.message;
}

const github = uriName("https://github.com/o/r/.github/workflows/w.yml@refs/heads/main");

describe("permitted names", () => {
  for (const [what, limit, name, isPermitted] of [
    ["an address at the host", emailName("example.com"), emailName("dev@example.com"), true],
    ["an address at the host in capitals", emailName("EXAMPLE.com"), emailName("dev@example.COM"), true],
    ["an address at a host below", emailName("example.com"), emailName("dev@mail.example.com"), true],
    ["an address below a point", emailName(".example.com"), emailName("dev@mail.example.com"), true],
    ["an address at the host of a point", emailName(".example.com"), emailName("dev@example.com"), false],
    ["an address at a host that ends alike", emailName("example.com"), emailName("dev@badexample.com"), false],
    ["an address elsewhere", emailName("example.com"), emailName("dev@example.org"), false],
    ["the very address", emailName("dev@example.com"), emailName("dev@example.com"), true],
    ["another address", emailName("dev@example.com"), emailName("ops@example.com"), false],
    ["the address in capitals", emailName("dev@example.com"), emailName("DEV@example.com"), false],
    ["a quoted address", emailName("example.com"), emailName('"dev"@example.com'), false],
    ["no address", emailName("example.com"), emailName("example.com"), false],
    ["an address with two at signs", emailName("example.com"), emailName("dev@evil.org@example.com"), false],
    ["every address", emailName(""), emailName("dev@example.org"), true],
    ["a URI at the host", uriName("github.com"), github, true],
    ["a URI below the host", uriName(".github.com"), uriName("https://api.github.com:443/x?y#z"), true],
    ["a URI at the host of a point", uriName(".github.com"), github, false],
    ["a URI elsewhere", uriName("github.com"), uriName("https://gitlab.com/github.com"), false],
    ["a URI with the host as a user", uriName("github.com"), uriName("https://github.com@evil.org/"), false],
    ["a URI with a user", uriName("github.com"), uriName("https://user:x@github.com/"), true],
    ["a URI with a backslash", uriName("github.com"), uriName("https://evil.org\\.github.com/"), false],
    ["a URI without a host", uriName("github.com"), uriName("urn:github.com"), false],
    ["a URI with an address as its host", uriName(""), uriName("https://127.0.0.1/"), false],
    ["a URI with an address of IPv6", uriName(""), uriName("https://[::1]/"), false],
    ["a domain", dnsName("example.com"), dnsName("www.example.com"), true],
    ["a domain elsewhere", dnsName("example.com"), dnsName("example.org"), false],
    ["a domain that is none", dnsName(""), dnsName("a..b"), false],
    ["a network of IPv4", ipName(10, 0, 0, 0, 255, 0, 0, 0), ipName(10, 1, 2, 3), true],
    ["another network", ipName(10, 0, 0, 0, 255, 0, 0, 0), ipName(11, 1, 2, 3), false],
    ["IPv6 where IPv4 is permitted", ipName(0, 0, 0, 0, 0, 0, 0, 0), ipName(...Array(16).fill(0)), false],
    ["a name of another kind", dnsName("example.com"), emailName("dev@evil.org"), true],
    ["a name of another kind that cannot be compared", dnsName("example.com"), uriName("urn:x"), false],
  ] as const) {
    test(`${what}: ${isPermitted ? "holds" : "is refused"}`, () => {
      const message = judge(constraints([limit]), name);
      if (isPermitted) assert.equal(message, undefined);
      else assert.match(message ?? "", /does not permit|cannot be compared/);
    });
  }

  test("every name must be permitted, by any of the constraints", () => {
    const limit = constraints([emailName("a.test"), emailName("b.test")]);
    assert.equal(judge(limit, emailName("x@a.test"), emailName("x@b.test")), undefined);
    assert.match(
      judge(limit, emailName("x@a.test"), emailName("x@c.test")) ?? "",
      /the authority "CN=root,O=local\.sigstore\.test" does not permit the email name "x@c\.test"/,
    );
  });
});

describe("excluded names", () => {
  for (const [what, limit, name, isExcluded] of [
    ["an address at the host", emailName("example.com"), emailName("dev@example.com"), true],
    ["an address below", emailName("example.com"), emailName("dev@mail.example.com"), true],
    ["an address elsewhere", emailName("example.com"), emailName("dev@example.org"), false],
    ["a URI", uriName("github.com"), github, true],
    ["a domain", dnsName("example.com"), dnsName("example.com"), true],
    ["a wildcard that reaches it", dnsName("www.example.com"), dnsName("*.example.com"), true],
    ["a wildcard below", dnsName("example.com"), dnsName("*.example.com"), true],
    ["a wildcard elsewhere", dnsName("www.example.com"), dnsName("*.example.org"), false],
    ["an IP address", ipName(10, 0, 0, 0, 255, 0, 0, 0), ipName(10, 0, 0, 1), true],
    ["a name that cannot be compared", uriName("github.com"), uriName("urn:x"), true],
  ] as const) {
    test(`${what}: ${isExcluded ? "is refused" : "holds"}`, () => {
      const message = judge(constraints([], [limit]), name);
      if (isExcluded) assert.match(message ?? "", /excludes|cannot be compared/);
      else assert.equal(message, undefined);
    });
  }

  test("what is permitted and excluded is excluded", () => {
    const limit = constraints([emailName("example.com")], [emailName("mail.example.com")]);
    assert.equal(judge(limit, emailName("dev@example.com")), undefined);
    assert.match(judge(limit, emailName("dev@mail.example.com")) ?? "", /excludes/);
  });
});

describe("constraints that cannot be applied are refused, never skipped", () => {
  const directory = explicit(4, sequence());
  for (const [what, limit] of [
    ["of a directory name", constraints([directory])],
    ["of a directory name, excluded", constraints([], [directory])],
    ["of another kind", constraints([implicit(8, Buffer.from([1]))])],
    ["none", ["2.5.29.30", true, sequence()]],
    ["an empty list", ["2.5.29.30", true, sequence(explicit(0))]],
    [
      "with a minimum",
      ["2.5.29.30", true, sequence(explicit(0, sequence(dnsName("a.test"), implicit(0, Buffer.from([1])))))],
    ],
    ["a host that is none", constraints([emailName("a..b")])],
    ["an address in a URI's", constraints([uriName("127.0.0.1")])],
    ["an address that is none", constraints([emailName("@example.com")])],
    ["a network of five bytes", constraints([ipName(1, 2, 3, 4, 5)])],
    ["a mask with a gap", constraints([ipName(10, 0, 0, 0, 255, 0, 255, 0)])],
    ["no DER", ["2.5.29.30", true, Buffer.from([1])]],
    ["another type", ["2.5.29.30", true, integer(1)]],
    ["not critical, as it should be", ["2.5.29.30", false, constraints([directory])[2]]],
  ] as const satisfies readonly (readonly [string, TestExtension])[]) {
    test(what, () => assert.match(judge(limit, emailName("dev@a.test")) ?? "", /in a way that cannot be applied/));
  }
});

test("the names of intermediate certificates are judged too", () => {
  const alternative: TestExtension = ["2.5.29.17", false, sequence(dnsName("evil.org"))];
  const limit = constraints([dnsName("example.com")]);
  const root = issueAuthority({ commonName: "root", extensions: withExtension(limit) });
  const issuer = issueAuthority({ commonName: "issuer", extensions: withExtension(alternative) }, root);
  const result = verifyCertificateChain(readCertificate(issueLeaf(issuer)), {
    authorities: [{ chain: [issuer, root].map(({ certificate }) => readCertificate(certificate)) }],
    at: CHAIN_TIME,
    purpose: "codeSigning",
  });
  assert.equal(result.ok, false);
  assert.match(result.refusal.message, /dns name "evil\.org"/);
});
