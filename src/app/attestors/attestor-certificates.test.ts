/** Attestors of verifyImages by certificates: keyless, timestamps, certificates of one's own; each with its twins. */
import { describe } from "node:test";
import { encodeBase64, encodeUtf8, type Value } from "../../base/index.ts";
import { testAttestors, VERIFIED } from "../../testing/attestor-rows.ts";
import { type AttestorSite } from "../../testing/attestor-site.ts";
import { pem } from "../../testing/sigstore/der-values.ts";
import {
  createLocalSigstore,
  createTestKey,
  type LayerOptions,
  LOCAL_TIME,
  PERSON,
  WORKFLOW_RUN,
} from "../../testing/sigstore/local-sigstore.ts";
import { createTimestampAuthority } from "../../testing/sigstore/timestamp-authority.ts";
import { createAttestorLoader } from "./attestor-loader.ts";

type Members = { readonly [name: string]: Value };

const sigstore = createLocalSigstore();
const other = createLocalSigstore();
const release = createTestKey();
const stranger = createTestKey();
const DAY = 86_400_000;
const chainPem = (chain: readonly Buffer[]): string => chain.map((der) => pem("CERTIFICATE", der)).join("");
const keyed = (more: LayerOptions = {}): LayerOptions => ({ key: release, keyOnly: true, ...more });
const key = (more: Members = {}, publicKeys: string = release.pem): Members => ({ keys: { publicKeys, ...more } });

describe("keyless", () => {
  const { subject, issuer } = PERSON;
  const roots = chainPem(sigstore.fulcio.chain);
  const me = { subject: subject.value, issuer };
  const keyless = (more: Members = {}): Members => ({
    keyless: { ...me, ...more },
  });
  const signed = (site: AttestorSite): Promise<unknown> => site.sign();
  const byWorkflow = (site: AttestorSite): Promise<unknown> => site.sign({ identity: WORKFLOW_RUN });
  const workflow = (extensions: Readonly<Record<string, string>>): Members => ({
    keyless: { additionalExtensions: extensions },
  });
  const UNPROVEN = { rekor: { ignoreTlog: true } };
  testAttestors(createAttestorLoader, sigstore, [
    ["subject and issuer", keyless(), signed, VERIFIED],
    ["another subject", keyless({ subject: "eve@example.com" }), signed, /IDENTITY_MISMATCH: expected the subject/],
    ["another issuer", keyless({ issuer: "https://issuer.example" }), signed, /IDENTITY_MISMATCH: expected the issuer/],
    ["a subject with wildcards", keyless({ subject: "*@example.com" }), signed, VERIFIED],
    ["wildcards that do not match", keyless({ subject: "*@example.co?x" }), signed, /IDENTITY_MISMATCH/],
    ["a pattern for the subject (C7)", { keyless: { issuer, subjectRegExp: "^dev@example\\.com$" } }, signed, VERIFIED],
    ["a pattern for another one (C7)", { keyless: { issuer, subjectRegExp: "^eve@" } }, signed, /IDENTITY_MISMATCH/],
    ["either subject or its pattern", keyless({ subject: "eve", subjectRegExp: "^dev@" }), signed, VERIFIED],
    ["both issuer and its pattern", keyless({ issuerRegExp: "^http://" }), signed, /IDENTITY_MISMATCH/],
    [
      "an empty pattern is refused (C7)",
      keyless({ subjectRegExp: "" }),
      signed,
      /^POLICY_INVALID: .*subjectRegExp: expected a text/,
    ],
    [
      "an empty subject, as a variable may leave it, is refused (C7)",
      keyless({ subject: "" }),
      signed,
      /^POLICY_INVALID: .*subject/,
    ],
    ["a pattern that is none", keyless({ subjectRegExp: "(" }), signed, /^EXPRESSION_INVALID/],
    [
      "a number for a subject is refused (C7)",
      keyless({ subject: 1 }),
      signed,
      /^POLICY_INVALID: .*subject: expected text/,
    ],
    ["nobody in particular", { keyless: {} }, signed, VERIFIED],
    [
      "extensions",
      workflow({ githubWorkflowRepository: "acme/shop", "1.3.6.1.4.1.57264.1.2": "push" }),
      byWorkflow,
      VERIFIED,
    ],
    ["extensions with wildcards", workflow({ githubWorkflowRepository: "acme/*" }), byWorkflow, VERIFIED],
    ["another extension", workflow({ githubWorkflowRepository: "acme/cellar" }), byWorkflow, /IDENTITY_MISMATCH/],
    ["an extension that nobody knows", workflow({ constructor: "x" }), byWorkflow, /IDENTITY_MISMATCH/],
    ["roots of one's own", keyless({ roots }), signed, VERIFIED],
    ["other roots", keyless({ roots: chainPem(other.fulcio.chain) }), signed, /CERTIFICATE_UNTRUSTED/],
    ["roots that are none", keyless({ roots: "PEM" }), signed, /^CERTIFICATE_INVALID/],
    [
      "the authority's key in a log that is named",
      keyless({ rekor: { pubkey: sigstore.rekorV1.key.pem } }),
      signed,
      VERIFIED,
    ],
    ["another log", keyless({ rekor: { pubkey: other.rekorV1.key.pem } }), signed, /TLOG_UNKNOWN/],
    ["no entry in a log", keyless(), (site) => site.sign({ log: "none" }), /THRESHOLD_UNMET/],
    [
      "no entry, none is asked for: the certificate has expired by now",
      keyless(UNPROVEN),
      (site) => site.sign({ log: "none" }),
      /CERTIFICATE_EXPIRED/,
    ],
    ["not published", keyless(), (site) => site.sign({ leaf: { ctLogs: [] } }), /SCT_INVALID/],
    [
      "not published, and that is not asked for",
      keyless({ ctlog: { ignoreSCT: true } }),
      (site) => site.sign({ leaf: { ctLogs: [] } }),
      VERIFIED,
    ],
    ["published in a log that is named", keyless({ ctlog: { pubkey: sigstore.ctLog.key.pem } }), signed, VERIFIED],
    ["published in another", keyless({ ctlog: { pubkey: other.ctLog.key.pem } }), signed, /SCT_INVALID/],
    ["signed by a key alone", keyless(), (site) => site.sign(keyed()), /SIGNER_UNKNOWN|SIGNATURE_INVALID/],
    [
      "issued after it was logged",
      keyless(),
      (site) => site.sign({ leaf: { at: LOCAL_TIME + DAY } }),
      /CERTIFICATE_EXPIRED/,
    ],
  ]);
});

describe("timestamps", () => {
  const authority = sigstore.timestampAuthority;
  const foreign = createTimestampAuthority({ notBefore: LOCAL_TIME - DAY, notAfter: LOCAL_TIME + 365 * DAY });
  const times = (chain: readonly Buffer[]): Members => ({
    rekor: { ignoreTlog: true },
    ctlog: { tsaCertChain: chainPem(chain) },
  });
  const ours = times(authority.chain);
  const keyless = (more: Members): Members => ({
    keyless: { subject: PERSON.subject.value, issuer: PERSON.issuer, ...more },
  });
  const stamped = { log: "none", timestamp: true } as const;
  testAttestors(createAttestorLoader, sigstore, [
    ["a key's signature with one", key(ours), (site) => site.sign(keyed(stamped)), VERIFIED],
    [
      "a key's signature without one, as Kyverno has it",
      key(ours),
      (site) => site.sign(keyed({ log: "none" })),
      VERIFIED,
    ],
    [
      "one of another authority",
      key(ours),
      (site) => site.sign(keyed({ ...stamped, timestamp: [foreign] })),
      /TIMESTAMP_UNKNOWN/,
    ],
    ["one that proves the time of a certificate", keyless(ours), (site) => site.sign(stamped), VERIFIED],
    [
      "one by an authority that the policy does not name",
      keyless({ rekor: { ignoreTlog: true } }),
      (site) => site.sign(stamped),
      /CERTIFICATE_EXPIRED/,
    ],
    [
      "one after the certificate's end",
      keyless(ours),
      (site) => site.sign({ ...stamped, stamp: { at: LOCAL_TIME + DAY } }),
      /CERTIFICATE_EXPIRED/,
    ],
  ]);
});

describe("certificates", () => {
  const leaf = (at: number, more = {}): string =>
    pem("CERTIFICATE", sigstore.fulcio.issue(release.spki, PERSON, { at, ...more }));
  const cert = leaf(LOCAL_TIME);
  const certChain = chainPem(sigstore.fulcio.chain);
  const certificates = (more: Members = {}): Members => ({
    certificates: { cert, ...more },
  });
  const otherChain = chainPem(other.fulcio.chain);
  // As `cosign sign --key --certificate` leaves it: the certificate stands beside the signature and in the log.
  const withCertificate = (site: AttestorSite): Promise<unknown> => site.sign({ key: release });
  testAttestors(createAttestorLoader, sigstore, [
    ["the signature of its key", certificates(), (site) => site.sign(keyed()), VERIFIED],
    ["with the certificate in the log", certificates(), withCertificate, VERIFIED],
    [
      "base64 of the PEM",
      { certificates: { cert: encodeBase64(encodeUtf8(cert)) } },
      (site) => site.sign(keyed()),
      VERIFIED,
    ],
    ["another key", certificates(), (site) => site.sign({ key: stranger, keyOnly: true }), /SIGNATURE_INVALID/],
    ["a certificate that leads to its root", certificates({ certChain }), withCertificate, VERIFIED],
    [
      "one that leads elsewhere",
      certificates({ certChain: otherChain }),
      withCertificate,
      /^CERTIFICATE_UNTRUSTED: certificates: /,
    ],
    [
      "one that was not published",
      { certificates: { cert: leaf(LOCAL_TIME, { ctLogs: [] }), certChain } },
      withCertificate,
      /^SCT_INVALID: certificates: /,
    ],
    [
      "one that need not be",
      { certificates: { cert: leaf(LOCAL_TIME, { ctLogs: [] }), certChain, ctlog: { ignoreSCT: true } } },
      withCertificate,
      VERIFIED,
    ],
    [
      "the one beside the signature had expired",
      certificates(),
      (site) => site.sign({ key: release, leaf: { at: LOCAL_TIME - DAY } }),
      /CERTIFICATE_EXPIRED: expected the certificate beside/,
    ],
    ["whom an authority of one's own certifies", { certificates: { certChain } }, (site) => site.sign(), VERIFIED],
    [
      "whom another one certifies",
      { certificates: { certChain: otherChain } },
      (site) => site.sign(),
      /CERTIFICATE_UNTRUSTED/,
    ],
    ["neither", { certificates: { cert: "" } }, (site) => site.sign(), /^POLICY_INVALID: .*expected cert or certChain/],
    [
      "a certificate that is none",
      { certificates: { cert: "PEM" } },
      (site) => site.sign(),
      /^CERTIFICATE_INVALID: certificates: its certificate/,
    ],
  ]);
});
