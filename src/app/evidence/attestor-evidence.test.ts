/** What attestors of ImageValidatingPolicies vouch for: each kind, each condition, and its tampered twins. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type ErrorCode, LIMITS, listOf, memberOf, textOf, type Value } from "../../base/index.ts";
import type { AttestorRequest, Fact } from "../../policy/index.ts";
import { type AttestorSite, openAttestorSite } from "../../testing/attestor-site.ts";
import { FAKE_NOW } from "../../testing/fake-world.ts";
import { pem } from "../../testing/sigstore/der-values.ts";
import {
  createLocalSigstore,
  createTestKey,
  jsonBytes,
  type LayerOptions,
  PERSON,
  WORKFLOW_RUN,
} from "../../testing/sigstore/local-sigstore.ts";
import { createEvidenceLoader } from "./evidence-facts.ts";

const sigstore = createLocalSigstore();
const other = createLocalSigstore();
const KEY = createTestKey();
const REVIEW = "https://example.com/review/v1";
const SIGNATURE = "https://sigstore.dev/cosign/sign/v1";
const FULCIO = sigstore.fulcio.chain.map((der) => pem("CERTIFICATE", der)).join("");
const OTHER_FULCIO = other.fulcio.chain.map((der) => pem("CERTIFICATE", der)).join("");
const TSA = tsaOf(sigstore);

type More = Partial<Omit<AttestorRequest, "name" | "logs">> & { readonly logs?: Partial<AttestorRequest["logs"]> };

const identity = { issuer: PERSON.issuer, subject: PERSON.subject.value };
const keyless = { identities: [identity] };
const byKey = { key: { pem: KEY.pem, hashAlgorithm: "sha256" } } as const;

function attestor(more: More): AttestorRequest {
  const { logs, ...rest } = more;
  return { name: "a", ...rest, logs: { ignoresEntries: false, ignoresCertificateTimestamps: false, ...logs } };
}

async function factOf(site: AttestorSite, ...attestors: readonly AttestorRequest[]): Promise<Fact> {
  const loader = createEvidenceLoader(site.world, { sources: [], verifyLayers: false });
  const params = { image: site.name, attestors };
  const fact = (await loader.load([{ key: "k", kind: "imageEvidence", params }])).get("k");
  assert.ok(fact !== undefined);
  return fact;
}

/** What an attestor makes of one signature: `verified`, the codes of what was rejected, or that of the failed fact. */
async function verdict(more: More, signed: LayerOptions & { readonly annotations?: Record<string, string> }) {
  const site = await openAttestorSite(sigstore);
  await site.sign(signed);
  const fact = await factOf(site, attestor(more));
  if (!fact.ok) return `failed: ${fact.code}`;
  if (listOf(fact.value, "signatures").length === 1) return "verified";
  return listOf(fact.value, "rejected")
    .map((each) => textOf(each, "code"))
    .join();
}

function tsaOf({ timestampAuthority }: typeof sigstore): string {
  return timestampAuthority.chain.map((der) => pem("CERTIFICATE", der)).join("");
}

const ignoring = { ignoresEntries: true, ignoresCertificateTimestamps: false };

describe("keyless attestors", () => {
  const rows: readonly (readonly [
    name: string,
    more: More,
    signed: LayerOptions & { readonly annotations?: Record<string, string> },
    expected: ErrorCode | "verified" | `failed: ${ErrorCode}`,
  ])[] = [
    ["the identity", { keyless }, {}, "verified"],
    [
      "the second of two identities",
      { keyless: { identities: [{ ...identity, subject: "x" }, identity] } },
      {},
      "verified",
    ],
    ["another identity", { keyless }, { identity: WORKFLOW_RUN }, "IDENTITY_MISMATCH"],
    [
      "another subject (C7)",
      { keyless: { identities: [{ ...identity, subject: "dev@example.co" }] } },
      {},
      "IDENTITY_MISMATCH",
    ],
    [
      "another issuer (C7)",
      { keyless: { identities: [{ ...identity, issuer: "https://i" }] } },
      {},
      "IDENTITY_MISMATCH",
    ],
    [
      "patterns",
      { keyless: { identities: [{ issuerRegExp: "^https://accounts[.]", subjectRegExp: "^dev@example[.]com$" }] } },
      {},
      "verified",
    ],
    [
      "a pattern that does not match (C7)",
      { keyless: { identities: [{ issuer: PERSON.issuer, subjectRegExp: "^evil@" }] } },
      {},
      "IDENTITY_MISMATCH",
    ],
    [
      "an issuer's pattern that does not match (C7)",
      { keyless: { identities: [{ issuerRegExp: "^https://evil", subject: PERSON.subject.value }] } },
      {},
      "IDENTITY_MISMATCH",
    ],
    [
      "a text that holds, and a pattern that does not (C7)",
      { keyless: { identities: [{ ...identity, subjectRegExp: "^evil@" }] } },
      {},
      "IDENTITY_MISMATCH",
    ],
    [
      "a pattern that matches, and a text that does not (C7)",
      { keyless: { identities: [{ ...identity, subject: "x@example.com", subjectRegExp: "@example" }] } },
      {},
      "IDENTITY_MISMATCH",
    ],
    [
      "extensions",
      {
        keyless: {
          identities: [{ issuer: WORKFLOW_RUN.issuer, subject: WORKFLOW_RUN.subject.value }],
          extensions: { githubWorkflowRepository: WORKFLOW_RUN.extensions?.githubWorkflowRepository ?? "" },
        },
      },
      { identity: WORKFLOW_RUN },
      "verified",
    ],
    [
      "another extension (C7)",
      {
        keyless: {
          identities: [{ issuer: WORKFLOW_RUN.issuer, subject: WORKFLOW_RUN.subject.value }],
          extensions: { githubWorkflowRepository: "evil/shop" },
        },
      },
      { identity: WORKFLOW_RUN },
      "IDENTITY_MISMATCH",
    ],
    [
      "an extension that nobody knows (C7)",
      { keyless: { ...keyless, extensions: { githubWorkflow: "x" } } },
      {},
      "failed: POLICY_INVALID",
    ],
    ["no log entry", { keyless }, { log: "none" }, "THRESHOLD_UNMET"],
    ["a key signed it", { keyless }, { key: KEY, keyOnly: true }, "SIGNER_UNKNOWN"],
    ["an entry of Rekor v2, which tags cannot hold", { keyless }, { log: "v2" }, "TLOG_ENTRY_INVALID"],
    ["no certificate timestamp", { keyless }, { leaf: { ctLogs: [] } }, "SCT_INVALID"],
    [
      "no certificate timestamp, where none is needed",
      { keyless, logs: { ignoresCertificateTimestamps: true } },
      { leaf: { ctLogs: [] } },
      "verified",
    ],
    [
      "without logs, a certificate that has expired",
      { keyless, logs: ignoring },
      { log: "none" },
      "CERTIFICATE_EXPIRED",
    ],
    ["without logs, a certificate of now", { keyless, logs: ignoring }, { log: "none", at: FAKE_NOW }, "verified"],
    ["its own authorities", { keyless: { ...keyless, roots: FULCIO } }, {}, "verified"],
    ["authorities of others", { keyless: { ...keyless, roots: OTHER_FULCIO } }, {}, "CERTIFICATE_UNTRUSTED"],
    ["roots that are none", { keyless: { ...keyless, roots: "x" } }, {}, "failed: CERTIFICATE_INVALID"],
    ["its own log", { keyless, logs: { rekorKey: sigstore.rekorV1.key.pem, url: "https://r" } }, {}, "verified"],
    ["the log of others", { keyless, logs: { rekorKey: other.rekorV1.key.pem, url: "https://r" } }, {}, "TLOG_UNKNOWN"],
    ["its own log of certificates", { keyless, logs: { ctLogKey: sigstore.ctLog.key.pem } }, {}, "verified"],
    ["the log of certificates of others", { keyless, logs: { ctLogKey: other.ctLog.key.pem } }, {}, "SCT_INVALID"],
    ["a signed time", { keyless, logs: { tsaChain: TSA } }, { timestamp: true }, "verified"],
    ["no signed time", { keyless, logs: { tsaChain: TSA } }, {}, "THRESHOLD_UNMET"],
    [
      "a signed time without a log",
      { keyless, logs: { ...ignoring, tsaChain: TSA } },
      { log: "none", timestamp: true },
      "verified",
    ],
    ["its own trusted root", { keyless, trustedRoot: rootText(sigstore) }, {}, "verified"],
    ["the trusted root of others", { keyless, trustedRoot: rootText(other) }, {}, "TLOG_UNKNOWN"],
    ["the repository of this machine", { keyless, trustRepository: "https://tuf.example/" }, {}, "verified"],
    ["another repository", { keyless, trustRepository: "https://tuf.other" }, {}, "failed: NOT_SUPPORTED"],
    ["a trusted root that is none", { keyless, trustedRoot: "{}" }, {}, "failed: TRUST_ROOT_INVALID"],
    ["annotations", { keyless, annotations: { env: "prod" } }, { annotations: { env: "prod", more: "x" } }, "verified"],
    [
      "other annotations",
      { keyless, annotations: { env: "prod" } },
      { annotations: { env: "test" } },
      "CLAIM_MISMATCH",
    ],
    ["no annotations", { keyless, annotations: { env: "prod" } }, {}, "CLAIM_MISMATCH"],
  ];
  for (const [name, more, signed, expected] of rows) {
    test(`${name}: ${expected}`, async () => assert.equal(await verdict(more, signed), expected));
  }

  test("a signature of another digest is none of this image", async () => {
    const site = await openAttestorSite(sigstore);
    await site.sign({ about: `sha256:${"c".repeat(64)}` });
    const fact = await factOf(site, attestor({ keyless }));
    assert.ok(fact.ok);
    assert.deepEqual(
      listOf(fact.value, "rejected").map((each) => memberOf(each, "code")),
      ["SUBJECT_MISMATCH"],
    );
  });
});

function rootText(of: typeof sigstore): string {
  return Buffer.from(jsonBytes(of.trustedRoot())).toString();
}

describe("key attestors", () => {
  const signed = { key: KEY, keyOnly: true };
  const rows: readonly (readonly [string, More, LayerOptions, string])[] = [
    ["with a log entry", byKey, signed, "verified"],
    ["without one", byKey, { ...signed, log: "none" }, "THRESHOLD_UNMET"],
    ["without one, where none is needed", { ...byKey, logs: ignoring }, { ...signed, log: "none" }, "verified"],
    ["in the log of others", { ...byKey, logs: { rekorKey: other.rekorV1.key.pem } }, signed, "TLOG_UNKNOWN"],
    ["another key", byKey, { keyOnly: true }, "SIGNATURE_INVALID"],
    ["a certificate", byKey, {}, "SIGNER_UNKNOWN"],
    ["with a signed time", { ...byKey, logs: { tsaChain: TSA } }, { ...signed, timestamp: true }, "verified"],
    ["without a signed time", { ...byKey, logs: { tsaChain: TSA } }, signed, "THRESHOLD_UNMET"],
    ["what is no key", { key: { pem: "x", hashAlgorithm: "sha256" } }, signed, "failed: KEY_INVALID"],
  ];
  for (const [name, more, options, expected] of rows) {
    test(`${name}: ${expected}`, async () => assert.equal(await verdict(more, options), expected));
  }
});

describe("certificate attestors", () => {
  const leaf = (at: number, ctLogs = [sigstore.ctLog]): string =>
    pem("CERTIFICATE", sigstore.fulcio.issue(KEY.spki, PERSON, { at, ctLogs }));
  const signed = { key: KEY, keyOnly: true };
  const cert = leaf(Date.UTC(2026, 5, 1, 12));
  const rows: readonly (readonly [string, More, LayerOptions, string])[] = [
    ["its key", { certificate: { cert } }, signed, "verified"],
    ["in base64", { certificate: { cert: Buffer.from(cert).toString("base64") } }, signed, "verified"],
    ["another key", { certificate: { cert } }, { keyOnly: true }, "SIGNATURE_INVALID"],
    ["without a log entry", { certificate: { cert } }, { ...signed, log: "none" }, "THRESHOLD_UNMET"],
    ["signed after it expired", { certificate: { cert } }, { ...signed, at: FAKE_NOW }, "KEY_EXPIRED"],
    [
      "expired, and no proven time",
      { certificate: { cert }, logs: ignoring },
      { ...signed, log: "none" },
      "TIME_UNPROVEN",
    ],
    [
      "valid now, and no proven time",
      { certificate: { cert: leaf(FAKE_NOW) }, logs: ignoring },
      { ...signed, log: "none" },
      "verified",
    ],
    ["with its chain", { certificate: { cert, certChain: FULCIO } }, signed, "verified"],
    ["with another chain", { certificate: { cert, certChain: OTHER_FULCIO } }, signed, "failed: CERTIFICATE_UNTRUSTED"],
    [
      "with its chain, published nowhere",
      { certificate: { cert: leaf(Date.UTC(2026, 5, 1, 12), []), certChain: FULCIO } },
      signed,
      "failed: SCT_INVALID",
    ],
    [
      "with its chain, which publishes nothing",
      {
        certificate: { cert: leaf(Date.UTC(2026, 5, 1, 12), []), certChain: FULCIO },
        logs: { ignoresCertificateTimestamps: true },
      },
      signed,
      "verified",
    ],
    ["a chain alone", { certificate: { certChain: FULCIO } }, { identity: WORKFLOW_RUN }, "verified"],
    ["another chain alone", { certificate: { certChain: OTHER_FULCIO } }, {}, "CERTIFICATE_UNTRUSTED"],
    ["what is no certificate", { certificate: { cert: "x" } }, signed, "failed: CERTIFICATE_INVALID"],
  ];
  for (const [name, more, options, expected] of rows) {
    test(`${name}: ${expected}`, async () => assert.equal(await verdict(more, options), expected));
  }
});

const none = (): Promise<never> => Promise.reject(new Error("the repository was opened"));

describe("the trusted root of this machine", () => {
  test("is read once for a loader, and not where everything is given", async () => {
    const site = await openAttestorSite(sigstore);
    await site.sign();
    let opened = 0;
    const openTrustRepository = async () => {
      opened += 1;
      return site.world.openTrustRepository();
    };
    const world = { ...site.world, openTrustRepository };
    const loader = createEvidenceLoader(world, { sources: [], verifyLayers: false });
    const ask = async (more: More) => {
      const params = { image: site.name, attestors: [attestor(more)] };
      return (await loader.load([{ key: "k", kind: "imageEvidence", params }])).get("k");
    };
    await ask({ keyless });
    await ask({ keyless: { identities: [{ ...identity, subject: "x" }] } });
    assert.equal(opened, 1);
    const given = { rekorKey: sigstore.rekorV1.key.pem, ctLogKey: sigstore.ctLog.key.pem, url: "https://r" };
    const alone = createEvidenceLoader({ ...world, openTrustRepository: none }, { sources: [], verifyLayers: false });
    const params = { image: site.name, attestors: [attestor({ keyless: { ...keyless, roots: FULCIO }, logs: given })] };
    const fact = (await alone.load([{ key: "k", kind: "imageEvidence", params }])).get("k");
    assert.equal(fact?.ok === true ? listOf(fact.value, "signatures").length : fact?.code, 1);
  });

  test("that is older than it should be is told of once", async () => {
    const site = await openAttestorSite(sigstore);
    await site.sign();
    const repository = await site.world.openTrustRepository();
    const read = async (name: string) => ({ ...(await repository.read(name)), warnings: ["it expired 3 days ago"] });
    const world = { ...site.world, openTrustRepository: async () => ({ ...repository, read }) };
    const told: string[] = [];
    const onWarning = (warning: string): void => void told.push(warning);
    const loader = createEvidenceLoader(world, { sources: [], verifyLayers: false, onWarning });
    for (const subject of [PERSON.subject.value, "x"]) {
      const request = attestor({ keyless: { identities: [{ ...identity, subject }] } });
      const params = { image: site.name, attestors: [request] };
      await loader.load([{ key: subject, kind: "imageEvidence", params }]);
    }
    assert.deepEqual(told, ["it expired 3 days ago"]);
  });

  test("that cannot be had is a failed fact, never an unsigned image (C4)", async () => {
    const site = await openAttestorSite(sigstore);
    await site.sign();
    const repository = await site.world.openTrustRepository();
    const offline = { ...repository, read: async () => repository.read("missing.json") };
    const world = { ...site.world, openTrustRepository: async () => offline };
    const fact = await factOf({ ...site, world }, attestor({ keyless }));
    assert.deepEqual(fact.ok ? fact.value : fact.code, "NOT_SUPPORTED");
  });
});

describe("several attestors", () => {
  test("none of them vouches for anything", async () => {
    const site = await openAttestorSite(sigstore);
    await site.sign();
    const fact = await factOf(site);
    assert.ok(fact.ok);
    assert.deepEqual([listOf(fact.value, "signatures").length, listOf(fact.value, "rejected").length], [0, 1]);
  });

  test("each by what it trusts; entries name the one that matched, and what one accepts is not rejected", async () => {
    const site = await openAttestorSite(sigstore);
    await site.sign();
    await site.sign({ key: KEY, keyOnly: true, log: "none" });
    const dev = { ...attestor({ keyless }), name: "dev" };
    const release = { ...attestor({ ...byKey, logs: ignoring }), name: "release" };
    const stranger = { ...attestor({ keyless: { ...keyless, roots: OTHER_FULCIO } }), name: "stranger" };
    const fact = await factOf(site, stranger, dev, release);
    assert.ok(fact.ok);
    const signers = listOf(fact.value, "signatures").map((each) => memberOf(each, "signer") ?? null);
    assert.deepEqual(
      signers.map((signer) => textOf(signer, "name")),
      ["dev", "release"],
    );
    assert.deepEqual(
      [textOf(signers[0], "subject"), textOf(signers[0], "issuer"), textOf(signers[1], "keyId")],
      [PERSON.subject.value, PERSON.issuer, KEY.keyId.toString("base64")],
    );
    assert.deepEqual(listOf(fact.value, "rejected"), []);
    const alone = await factOf(site, stranger);
    assert.equal(alone.ok && listOf(alone.value, "signatures").length, 0);
  });

  test("that trust the same signer are named together, and what it signed is there once", async () => {
    const site = await openAttestorSite(sigstore);
    await site.bundle(REVIEW, { approved: true });
    const fact = await factOf(site, { ...attestor({ keyless }), name: "b" }, { ...attestor({ keyless }), name: "a" });
    assert.ok(fact.ok);
    const [entry, ...more] = listOf(fact.value, "attestations");
    assert.equal(more.length, 0);
    const signer = memberOf(entry, "signer") ?? null;
    assert.deepEqual([textOf(signer, "name"), memberOf(signer, "otherNames")], ["b", ["a"]]);
    assert.deepEqual(memberOf(entry, "predicate"), { approved: true });
  });
});

describe("where signatures are", () => {
  test("in another repository, and only there", async () => {
    const site = await openAttestorSite(sigstore);
    await site.sign({ repository: "signatures" });
    const source = { repository: "registry.test/signatures" };
    assert.equal(await countOf(site, attestor({ keyless, source })), 1);
    assert.equal(await countOf(site, attestor({ keyless })), 0);
    assert.equal(await countOf(site, attestor({ keyless, source: { repository: "registry.test/empty" } })), 0);
  });

  test("under tags with a prefix", async () => {
    const site = await openAttestorSite(sigstore);
    await site.sign();
    const storage = site.world.storageOf("registry.test/shop");
    const tag = `sha256-${site.digest.slice("sha256:".length)}.sig`;
    const found = await storage.resolve(tag);
    const read = found && (await storage.readManifest(found.digest));
    assert.ok(read);
    await storage.writeManifest(read.bytes, { mediaType: read.descriptor.mediaType, tag: `team-${tag}` });
    assert.equal(await countOf(site, attestor({ keyless, source: { tagPrefix: "team-" } })), 1);
    assert.equal(await countOf(site, attestor({ keyless, source: { tagPrefix: "other-" } })), 0);
  });

  for (const source of [{ repository: "registry.test/a:v1" }, { repository: "A B" }, { tagPrefix: "../" }]) {
    test(`${JSON.stringify(source)} is refused`, async () => {
      const fact = await factOf(await openAttestorSite(sigstore), attestor({ keyless, source }));
      assert.equal(fact.ok ? "ok" : fact.code, "POLICY_INVALID");
    });
  }
});

async function countOf(site: AttestorSite, request: AttestorRequest): Promise<number> {
  const fact = await factOf(site, request);
  assert.ok(fact.ok, JSON.stringify(fact));
  return listOf(fact.value, "signatures").length;
}

describe("statements", () => {
  const cases: readonly (readonly [string, More, Parameters<AttestorSite["bundle"]>[2], Value])[] = [
    ["of the identity", { keyless }, {}, [1, ""]],
    ["with Rekor v2 and a signed time", { keyless }, { log: "v2" }, [1, ""]],
    ["with Rekor v2 in a log that the policy names", { keyless, logs: v2Log(sigstore) }, { log: "v2" }, [1, ""]],
    ["with Rekor v2 in the log of others", { keyless, logs: v2Log(other) }, { log: "v2" }, [0, "TLOG_UNKNOWN"]],
    ["of another identity", { keyless }, { identity: WORKFLOW_RUN }, [0, "IDENTITY_MISMATCH"]],
    ["of another digest", { keyless }, { about: `sha256:${"c".repeat(64)}` }, [0, "SUBJECT_MISMATCH"]],
    ["with annotations", { keyless, annotations: { env: "prod" } }, { annotations: { env: "prod" } }, [1, ""]],
    ["with others", { keyless, annotations: { env: "prod" } }, { annotations: { env: "test" } }, [0, "CLAIM_MISMATCH"]],
  ];
  for (const [name, more, options, expected] of cases) {
    test(name, async () => {
      const site = await openAttestorSite(sigstore);
      await site.bundle(REVIEW, { approved: true }, options);
      const fact = await factOf(site, attestor(more));
      assert.ok(fact.ok, JSON.stringify(fact));
      const codes = listOf(fact.value, "rejected").map((each) => textOf(each, "code"));
      assert.deepEqual([listOf(fact.value, "attestations").length, codes.join()], expected);
    });
  }

  test("that sign an image are signatures, and no attestations", async () => {
    const site = await openAttestorSite(sigstore);
    await site.bundle(SIGNATURE, {});
    assert.equal(await countOf(site, attestor({ keyless })), 1);
  });
});

function v2Log({ rekorV2 }: typeof sigstore): Partial<AttestorRequest["logs"]> {
  return { rekorKey: rekorV2.key.pem, url: "https://log2026-1.rekor.local.test" };
}

test("certificates that a policy states have a limit", async () => {
  const roots = FULCIO.repeat(LIMITS.givenCertificates);
  assert.equal(await verdict({ keyless: { ...keyless, roots } }, {}), "failed: LIMIT_EXCEEDED");
});
