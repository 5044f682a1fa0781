import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  dnsName,
  emailName,
  issueAuthority,
  issueLeaf,
  readCertificate,
  uriName,
  withExtension,
} from "../../testing/certificate-chains.ts";
import type { TestExtension } from "../../testing/sigstore/certificates.ts";
import { NULL, utf8 } from "../../testing/sigstore/der-values.ts";
import {
  type CertificateIdentity,
  describeSigner,
  FULCIO_EXTENSIONS,
  type IdentityExpectation,
  matchIdentity,
  type TextExpectation,
} from "./identity.ts";

const FULCIO = "1.3.6.1.4.1.57264.1";
const issuer = issueAuthority();

function certificateOf(names: readonly Buffer[], ...extensions: readonly TestExtension[]) {
  const add = (usual: readonly TestExtension[]): readonly TestExtension[] =>
    extensions.reduce((all, one) => withExtension(one)(all), usual);
  return readCertificate(issueLeaf(issuer, { names, extensions: add }));
}

const bare = (arc: number, text: string): TestExtension => [`${FULCIO}.${arc}`, false, Buffer.from(text)];
const der = (arc: number, text: string): TestExtension => [`${FULCIO}.${arc}`, false, utf8(text)];

function identityOf(...input: Parameters<typeof certificateOf>): CertificateIdentity {
  const signer = describeSigner(certificateOf(...input));
  assert.ok(signer.ok, JSON.stringify(signer));
  return signer.value;
}

describe("describeSigner", () => {
  test("reads the old and the new form of every extension of Fulcio", () => {
    const oids = Object.entries(FULCIO_EXTENSIONS).map(
      ([name, { oid }]) => [name, Number(oid.split(".").at(-1))] as const,
    );
    const extensions = oids.map(([name, arc]) => (arc < 7 ? bare(arc, `${name}!`) : der(arc, `${name}!`)));
    const identity = identityOf([emailName("dev@example.com")], bare(1, "issuer!"), ...extensions);
    assert.deepEqual(identity.extensions, Object.fromEntries(oids.map(([name]) => [name, `${name}!`])));
    assert.equal(identity.issuer, "issuer!");
    assert.deepEqual(
      oids.map(([, arc]) => arc).sort((a, b) => a - b),
      [2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24],
    );
  });

  for (const [what, extensions, expected] of [
    ["the old extension alone", [bare(1, "https://a.test")], "https://a.test"],
    ["the new extension alone", [der(8, "https://a.test")], "https://a.test"],
    ["both, the same", [bare(1, "https://a.test"), der(8, "https://a.test")], "https://a.test"],
    ["none", [], undefined],
  ] as const) {
    test(`the issuer: ${what}`, () => {
      const identity = identityOf([emailName("a@b.test")], ...extensions);
      assert.equal(identity.issuer, expected);
      assert.equal(identity.extensions.issuer, expected);
    });
  }

  test("every name is a subject", () => {
    const identity = identityOf([uriName("https://a.test/"), dnsName("a.test"), emailName("a@a.test")]);
    assert.deepEqual(identity.subjects, ["https://a.test/", "a.test", "a@a.test"]);
  });

  test("other extensions have a text by their identifier", () => {
    const own: TestExtension = ["1.2.3.4", false, utf8("bär")];
    const identity = identityOf([emailName("a@b.test")], own, bare(99, "plain"), [
      "1.2.3.5",
      false,
      Buffer.from([0xff]),
    ]);
    const texts = ["1.2.3.4", `${FULCIO}.99`, "1.2.3.5", "1.2.3.6"].map((oid) => identity.extensionText(oid));
    assert.deepEqual(texts, ["bär", "plain", undefined, undefined]);
  });

  for (const [what, extensions, path, message] of [
    [
      "two issuers",
      [bare(1, "https://a.test"), der(8, "https://b.test")],
      "issuer",
      /found "https:\/\/a\.test" and "https:\/\/b\.test"/,
    ],
    ["an issuer that is no DER", [bare(8, "https://a.test")], "issuer", /expected text in the extension .*\.8/],
    [
      "DER with something behind it",
      [[`${FULCIO}.9`, false, Buffer.concat([utf8("x"), NULL])]],
      "buildSignerURI",
      /\.9,/,
    ],
    ["DER that is no text", [[`${FULCIO}.11`, false, NULL]], "runnerEnvironment", /\.11,/],
    ["bytes that are no text", [[`${FULCIO}.2`, false, Buffer.from([0xff])]], "githubWorkflowTrigger", /\.2,/],
    ["an old issuer that is no text", [[`${FULCIO}.1`, false, Buffer.from([0xff])]], "issuer", /\.1/],
  ] as const satisfies readonly (readonly [string, readonly TestExtension[], string, RegExp])[]) {
    test(`refuses ${what}`, () => {
      const signer = describeSigner(certificateOf([emailName("a@b.test")], ...extensions));
      assert.equal(signer.ok, false);
      const [issue] = signer.issues;
      assert.deepEqual([issue?.code, issue?.path], ["CERTIFICATE_INVALID", path]);
      assert.match(issue?.message ?? "", message);
    });
  }
});

const workflow = "https://github.com/o/r/.github/workflows/release.yml@refs/heads/main";
const identity: CertificateIdentity = {
  subjects: [workflow, "second@example.com"],
  issuer: "https://token.actions.githubusercontent.com",
  extensions: {
    issuer: "https://token.actions.githubusercontent.com",
    sourceRepositoryURI: "https://github.com/o/r",
    githubWorkflowSHA: "abc",
  },
  extensionText: (oid) => (oid === "1.2.3.4" ? "own" : undefined),
};
const exact = (text: string): TextExpectation => ({ exact: text });
const regexp = (source: string): TextExpectation => ({
  regexp: source,
  matches: (text) => new RegExp(source).test(text),
});

describe("matchIdentity takes", () => {
  for (const [what, expectation] of [
    ["the subject", { subject: exact(workflow) }],
    ["any of the subjects", { subject: exact("second@example.com") }],
    ["subject and issuer", { subject: exact(workflow), issuer: exact("https://token.actions.githubusercontent.com") }],
    ["a regular expression", { subject: regexp("^https://github\\.com/o/.*$") }],
    ["the issuer by a regular expression", { issuer: regexp("githubusercontent\\.com$") }],
    ["an extension by name", { extensions: { sourceRepositoryURI: exact("https://github.com/o/r") } }],
    ["an extension by cosign's name", { extensions: { githubWorkflowSha: exact("abc") } }],
    ["an extension by its identifier", { extensions: { "1.3.6.1.4.1.57264.1.12": exact("https://github.com/o/r") } }],
    [
      "the issuer as an extension",
      { extensions: { oidcIssuer: exact("https://token.actions.githubusercontent.com") } },
    ],
    ["a foreign extension", { extensions: { "1.2.3.4": regexp("^own$") } }],
    ["anyone", { anyone: true }],
    ["anyone of an issuer", { anyone: true, issuer: regexp("githubusercontent") }],
  ] as const satisfies readonly (readonly [string, IdentityExpectation])[]) {
    test(what, () => assert.deepEqual(matchIdentity(identity, [expectation]), { ok: true, matched: 0 }));
  }

  test("the first of several that fits", () => {
    const expectations = [{ subject: exact("x") }, { subject: exact(workflow) }, { issuer: regexp(".*") }];
    assert.deepEqual(matchIdentity(identity, expectations), { ok: true, matched: 1 });
  });
});

describe("matchIdentity refuses", () => {
  for (const [what, expectations, message] of [
    ["no expectation", [], /expected a trusted identity to compare with, found none/],
    ["an expectation that names nothing", [{}], /names nothing/],
    ["one with no extensions", [{ extensions: {} }], /names nothing/],
    ["anyone of another issuer", [{ anyone: true, issuer: exact("x") }], /expected the issuer "x"/],
    [
      "another subject",
      [{ subject: exact("x") }],
      /expected the subject "x", found "https:\/\/github\.com\/o\/r.*" and 1 more/,
    ],
    ["part of the subject", [{ subject: exact("https://github.com/o/r") }], /expected the subject/],
    ["the subject in capitals", [{ subject: exact("Second@example.com") }], /expected the subject/],
    ["an empty subject", [{ subject: exact("") }], /expected the subject ""/],
    [
      "another issuer",
      [{ subject: exact(workflow), issuer: exact("https://a.test") }],
      /^expected the issuer "https:\/\/a\.test", found "https:\/\/token/,
    ],
    [
      "a regular expression that does not match",
      [{ subject: regexp("^x$") }],
      /expected the subject to match "\^x\$", found/,
    ],
    [
      "another value of an extension",
      [{ extensions: { githubWorkflowSHA: exact("def") } }],
      /expected githubWorkflowSHA "def", found "abc"/,
    ],
    [
      "an extension that the certificate does not have",
      [{ extensions: { buildTrigger: exact("push") } }],
      /expected buildTrigger "push", found nothing/,
    ],
    [
      "an extension that matches all, where there is none",
      [{ extensions: { buildTrigger: regexp("") } }],
      /found nothing/,
    ],
    [
      "a foreign extension that is not there",
      [{ extensions: { "1.2.3.5": regexp(".*") } }],
      /the extension 1\.2\.3\.5 to match/,
    ],
    [
      "an extension by an unknown name",
      [{ subject: exact(workflow), extensions: { sourceRepository: exact("x") } }],
      /expected a name or object identifier of an extension, found "sourceRepository"/,
    ],
    ["a name of every object's", [{ extensions: { constructor: exact("x") } }], /found "constructor"/],
    ["an identifier that is none", [{ extensions: { "1.02": exact("x") } }], /found "1\.02"/],
    [
      "all that differs, in one message",
      [{ subject: exact("x"), issuer: exact("y"), extensions: { githubWorkflowSHA: exact("z") } }],
      /the subject "x".* and expected the issuer "y".* and expected githubWorkflowSHA "z"/,
    ],
    [
      "every identity, told apart",
      [{ subject: exact("x") }, { subject: exact("y") }],
      /"x".*; or expected the subject "y"/,
    ],
    [
      "many identities, not all told",
      Array.from({ length: 7 }, (_, index) => ({ subject: exact(`n${index}`) })),
      /"n4".*; and 2 more identities differ$/,
    ],
  ] as const satisfies readonly (readonly [string, readonly IdentityExpectation[], RegExp])[]) {
    test(what, () => {
      const result = matchIdentity(identity, expectations);
      assert.equal(result.ok, false);
      assert.equal(result.refusal.code, "IDENTITY_MISMATCH");
      assert.match(result.refusal.message, message);
    });
  }

  test("an issuer where the certificate states none", () => {
    const result = matchIdentity({ ...identity, issuer: undefined } as unknown as CertificateIdentity, [
      { issuer: regexp("") },
    ]);
    assert.equal(result.ok, false);
  });
});
