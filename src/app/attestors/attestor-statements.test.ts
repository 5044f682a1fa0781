/** Attestors of verifyImages about attestations and bundles, each with its twins. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { COSIGN_CUSTOM_PREDICATE_TYPE, IMAGE_SIGNATURE_PREDICATE_TYPE } from "../../attestation/index.ts";
import { type Value } from "../../base/index.ts";
import { testDigest } from "../../testing/attestation-builders.ts";
import { askAttestor, testAttestors, VERIFIED } from "../../testing/attestor-rows.ts";
import { openAttestorSite } from "../../testing/attestor-site.ts";
import { pem } from "../../testing/sigstore/der-values.ts";
import {
  createLocalSigstore,
  createTestKey,
  type LayerOptions,
  PERSON,
  WORKFLOW_RUN,
} from "../../testing/sigstore/local-sigstore.ts";
import { createAttestorLoader } from "./attestor-loader.ts";

type Members = { readonly [name: string]: Value };

const sigstore = createLocalSigstore();
const other = createLocalSigstore();
const release = createTestKey();
const stranger = createTestKey();
const TYPE = "https://example.com/review";
const chainPem = (chain: readonly Buffer[]): string => chain.map((der) => pem("CERTIFICATE", der)).join("");
const keyed = (more: LayerOptions = {}): LayerOptions => ({ key: release, keyOnly: true, ...more });
const key = (more: Members = {}, publicKeys: string = release.pem): Members => ({ keys: { publicKeys, ...more } });

describe("attestations", () => {
  const asked = { attestation: TYPE };
  const predicate = { reviewed: true };
  const keyless = { keyless: { subject: PERSON.subject.value, issuer: PERSON.issuer } };
  testAttestors(createAttestorLoader, sigstore, [
    ["of the type, by the key", key(), (site) => site.attest(TYPE, predicate, keyed()), VERIFIED, asked],
    [
      "by another key",
      key({}, stranger.pem),
      (site) => site.attest(TYPE, predicate, keyed()),
      /^no matching attestations: SIGNATURE_INVALID/,
      asked,
    ],
    [
      "about another digest",
      key(),
      (site) => site.attest(TYPE, predicate, { ...keyed(), about: testDigest("x") }),
      /SUBJECT_MISMATCH/,
      asked,
    ],
    [
      "without an entry in the log",
      key(),
      (site) => site.attest(TYPE, predicate, keyed({ log: "none" })),
      /THRESHOLD_UNMET/,
      asked,
    ],
    ["by an identity", keyless, (site) => site.attest(TYPE, predicate), VERIFIED, asked],
    [
      "by another identity",
      keyless,
      (site) => site.attest(TYPE, predicate, { identity: WORKFLOW_RUN }),
      /IDENTITY_MISMATCH/,
      asked,
    ],
    [
      "by whomever the public authority certifies",
      {},
      (site) => site.attest(TYPE, predicate, { leaf: { ctLogs: [] } }),
      VERIFIED,
      asked,
    ],
    [
      "by whomever, without a log",
      {},
      (site) => site.attest(TYPE, predicate, { log: "none" }),
      /THRESHOLD_UNMET/,
      asked,
    ],
    [
      "annotations that nobody stated",
      key(),
      (site) => site.attest(TYPE, predicate, keyed()),
      /required annotations/,
      { ...asked, annotations: { a: "b" } },
    ],
    ["none", key(), (site) => site.sign(keyed()), /^no attestations found .*1 attached, none is one/, asked],
  ]);

  test("only statements of the type, by the attestor, are told", async () => {
    const site = await openAttestorSite(sigstore);
    await site.attest(TYPE, { by: "release" }, keyed());
    await site.attest(TYPE, { by: "stranger" }, { key: stranger, keyOnly: true });
    await site.attest(COSIGN_CUSTOM_PREDICATE_TYPE, { Data: "x" }, keyed());
    const tell = async (attestation: string): Promise<Value> => {
      const fact = await askAttestor(createAttestorLoader, site, { attestor: key(), attestation });
      return fact.ok ? fact.value : null;
    };
    const value = { verified: true, digest: site.digest };
    assert.deepEqual(await tell(TYPE), { ...value, statements: [{ type: TYPE, predicate: { by: "release" } }] });
    assert.deepEqual(await tell("https://example.com/none"), { ...value, statements: [] });
  });
});

describe("bundles", () => {
  const bundles = { type: "SigstoreBundle" };
  const statements = { ...bundles, attestation: TYPE };
  const SIGN = IMAGE_SIGNATURE_PREDICATE_TYPE;
  const keyless = (more: Members = {}): Members => ({
    keyless: { subject: PERSON.subject.value, issuer: PERSON.issuer, ...more },
  });
  const UNPROVEN = { rekor: { ignoreTlog: true }, ctlog: { ignoreSCT: true } };
  testAttestors(createAttestorLoader, sigstore, [
    ["a key's signature", key(), (site) => site.bundle(SIGN, {}, keyed()), VERIFIED, bundles],
    ["of another key", key({}, stranger.pem), (site) => site.bundle(SIGN, {}, keyed()), /SIGNER_UNKNOWN/, bundles],
    [
      "of another digest",
      key(),
      (site) => site.bundle(SIGN, {}, { ...keyed(), about: testDigest("x") }),
      /SUBJECT_MISMATCH/,
      bundles,
    ],
    ["without a log", key(), (site) => site.bundle(SIGN, {}, keyed({ log: "none" })), /THRESHOLD_UNMET/, bundles],
    [
      "without a log, and none is asked for",
      key(UNPROVEN),
      (site) => site.bundle(SIGN, {}, keyed({ log: "none" })),
      VERIFIED,
      bundles,
    ],
    [
      "a log without times, where a time is asked for",
      key(),
      (site) => site.bundle(SIGN, {}, keyed({ log: "v2", timestamp: false })),
      /TIME_UNPROVEN/,
      bundles,
    ],
    [
      "a log without times, with a timestamp",
      key(),
      (site) => site.bundle(SIGN, {}, keyed({ log: "v2" })),
      VERIFIED,
      bundles,
    ],
    [
      "a timestamp in place of a log",
      key({ rekor: { ignoreTlog: true } }),
      (site) => site.bundle(SIGN, {}, keyed({ log: "none", timestamp: true })),
      VERIFIED,
      bundles,
    ],
    [
      "neither timestamp nor log",
      key({ rekor: { ignoreTlog: true } }),
      (site) => site.bundle(SIGN, {}, keyed({ log: "none" })),
      /TIME_UNPROVEN/,
      bundles,
    ],
    ["an identity", keyless(), (site) => site.bundle(SIGN, {}), VERIFIED, bundles],
    [
      "an identity that was not published, as Kyverno has it",
      keyless(),
      (site) => site.bundle(SIGN, {}, { leaf: { ctLogs: [] } }),
      VERIFIED,
      bundles,
    ],
    [
      "another identity",
      keyless(),
      (site) => site.bundle(SIGN, {}, { identity: WORKFLOW_RUN }),
      /IDENTITY_MISMATCH/,
      bundles,
    ],
    [
      "wildcards are texts here",
      keyless({ subject: "*" }),
      (site) => site.bundle(SIGN, {}),
      /IDENTITY_MISMATCH/,
      bundles,
    ],
    [
      "subject and its pattern must both hold here",
      keyless({ subjectRegExp: "^eve@" }),
      (site) => site.bundle(SIGN, {}),
      /IDENTITY_MISMATCH/,
      bundles,
    ],
    [
      "no issuer",
      { keyless: { subject: "dev@example.com" } },
      (site) => site.bundle(SIGN, {}),
      /^POLICY_INVALID: .*expected a subject and an issuer/,
      bundles,
    ],
    [
      "certificates",
      { certificates: { cert: "PEM" } },
      (site) => site.bundle(SIGN, {}),
      /^POLICY_INVALID: .*expected keys or keyless/,
      bundles,
    ],
    [
      "roots of one's own",
      keyless({ roots: chainPem(other.fulcio.chain) }),
      (site) => site.bundle(SIGN, {}),
      /CERTIFICATE_UNTRUSTED/,
      bundles,
    ],
    [
      "an attestation is no signature",
      keyless(),
      (site) => site.bundle(TYPE, {}),
      /^no signatures found .*what is attached are attestations/,
      bundles,
    ],
    [
      "a signature in a tag is not looked at",
      key(),
      (site) => site.sign(keyed()),
      /type: Cosign looks at those/,
      bundles,
    ],
    [
      "annotations",
      key(),
      (site) => site.bundle(SIGN, {}, { ...keyed(), annotations: { a: "b" } }),
      VERIFIED,
      { ...bundles, annotations: { a: "b" } },
    ],
    [
      "other annotations",
      key(),
      (site) => site.bundle(SIGN, {}, { ...keyed(), annotations: { a: "b" } }),
      /required annotations/,
      { ...bundles, annotations: { a: "c" } },
    ],
    ["an attestation", keyless(), (site) => site.bundle(TYPE, { a: 1 }), VERIFIED, statements],
    [
      "an attestation by another",
      keyless(),
      (site) => site.bundle(TYPE, { a: 1 }, { identity: WORKFLOW_RUN }),
      /^no matching attestations: IDENTITY_/,
      statements,
    ],
  ]);
});
