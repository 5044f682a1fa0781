/** What an attestor of verifyImages says of an image: keys, annotations, repositories, and what cannot be looked at. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { IMAGE_SIGNATURE_PREDICATE_TYPE } from "../../attestation/index.ts";
import { AmapError, encodeBase64, encodeUtf8, type Value } from "../../base/index.ts";
import { testDigest } from "../../testing/attestation-builders.ts";
import { askAttestor, attestorRequest, saidOf, testAttestors, VERIFIED } from "../../testing/attestor-rows.ts";
import { type AttestorSite, openAttestorSite } from "../../testing/attestor-site.ts";
import { createLocalSigstore, createTestKey, type LayerOptions } from "../../testing/sigstore/local-sigstore.ts";
import { createAttestorLoader } from "./attestor-loader.ts";

type Members = { readonly [name: string]: Value };

const sigstore = createLocalSigstore();
const other = createLocalSigstore();
const release = createTestKey();
const stranger = createTestKey();
const TYPE = "https://example.com/review";
const IGNORES_LOG = { rekor: { ignoreTlog: true } };
const keyed = (more: LayerOptions = {}): LayerOptions => ({ key: release, keyOnly: true, ...more });
const key = (more: Members = {}, publicKeys: string = release.pem): Members => ({ keys: { publicKeys, ...more } });

describe("keys", () => {
  const foreign = createTestKey();
  testAttestors(createAttestorLoader, sigstore, [
    ["with an entry in the log, which is asked for", key(), (site) => site.sign(keyed()), VERIFIED],
    [
      "no entry in the log",
      key(),
      (site) => site.sign(keyed({ log: "none" })),
      /THRESHOLD_UNMET: expected entries in 1/,
    ],
    ["no entry, and none is asked for", key(IGNORES_LOG), (site) => site.sign(keyed({ log: "none" })), VERIFIED],
    [
      "another key",
      key(IGNORES_LOG, stranger.pem),
      (site) => site.sign(keyed()),
      /^no matching signatures: SIGNATURE_/,
    ],
    [
      "an entry in a log that the policy names",
      key({ rekor: { pubkey: sigstore.rekorV1.key.pem } }),
      (site) => site.sign(keyed()),
      VERIFIED,
    ],
    [
      "an entry in another log than it names",
      key({ rekor: { pubkey: foreign.pem } }),
      (site) => site.sign(keyed()),
      /TLOG_UNKNOWN/,
    ],
    ["an entry about another signature", key(), (site) => site.sign(keyed({ log: [other.rekorV1] })), /TLOG_UNKNOWN/],
    [
      "a signature of another digest",
      key(),
      (site) => site.sign({ ...keyed(), about: testDigest("other") }),
      /SUBJECT_MISMATCH/,
    ],
    [
      "a changed payload",
      key(),
      (site) => site.sign({ ...keyed(), tamper: (layer) => ({ ...layer, bytes: encodeUtf8("{}") }) }),
      /SIGNATURE_INVALID/,
    ],
    [
      "nothing at all",
      key(),
      async () => {},
      /^no signatures found beside registry.test\/shop:v1@sha256:.*nothing is attached to it/,
    ],
    [
      "an attestation is no signature",
      key(IGNORES_LOG),
      (site) => site.attest(TYPE, {}, keyed()),
      /^no signatures found .*1 attached, none is one/,
    ],
    [
      "a bundle is not looked at by type Cosign",
      key(IGNORES_LOG),
      (site) => site.bundle(IMAGE_SIGNATURE_PREDICATE_TYPE, {}, keyed()),
      /type: SigstoreBundle looks at those/,
    ],
    [
      "a foreign signature beside the right one",
      key(),
      async (site) => {
        await site.sign({ ...keyed(), key: stranger });
        await site.sign(keyed());
      },
      VERIFIED,
    ],
    [
      "a log's damaged entry",
      key(),
      (site) =>
        site.sign({
          ...keyed(),
          tamper: (layer) => ({ ...layer, annotations: { ...layer.annotations, "dev.sigstore.cosign/bundle": "{}" } }),
        }),
      /TLOG_ENTRY_INVALID/,
    ],
  ]);
});

describe("keys that are refused are errors, never a verdict", () => {
  const rsa = createTestKey("rsa-2048");
  const signed = (site: AttestorSite): Promise<unknown> => site.sign(keyed());
  testAttestors(createAttestorLoader, sigstore, [
    [
      "no key",
      { keys: { publicKeys: "" } },
      signed,
      /^POLICY_INVALID: verifyImages.attestor.keys: expected publicKeys, secret or kms/,
    ],
    [
      "two keys in one text",
      key({}, release.pem + stranger.pem),
      signed,
      /^KEY_INVALID: expected one public key, found 2/,
    ],
    ["no PEM", key({}, "-----BEGIN PUBLIC KEY-----\nAA\n-----END PUBLIC KEY-----"), signed, /^KEY_INVALID/],
    [
      "a key service",
      { keys: { kms: "awskms:///alias/a" } },
      signed,
      /^NOT_SUPPORTED: .*a reference of the kind awskms/,
    ],
    ["a file of whoever runs amap", key({}, "/etc/passwd"), signed, /^NOT_SUPPORTED: expected a public key in PEM/],
    ["an address", key({}, "http://169.254.169.254/key"), signed, /^NOT_SUPPORTED: .*of the kind http/],
    [
      "a hash that is not verified",
      key({ signatureAlgorithm: "sha512" }, rsa.pem),
      signed,
      /^NOT_SUPPORTED: .*expected sha256 for a key rsa/,
    ],
    [
      "a hash that nobody verifies",
      key({ signatureAlgorithm: "sha224" }),
      signed,
      /^NOT_SUPPORTED: signatureAlgorithm/,
    ],
    [
      "a number in place of a text",
      { keys: { publicKeys: 1 } },
      signed,
      /^POLICY_INVALID: .*publicKeys: expected text/,
    ],
    ["Notary", { certificates: { cert: "PEM" } }, signed, /^NOT_SUPPORTED: .*type Notary/, { type: "Notary" }],
  ]);
  for (const kind of ["ecdsa-p384", "ecdsa-p521", "rsa-2048", "ed25519"] as const) {
    test(`a key ${kind} signs with its hash`, async () => {
      const own = createTestKey(kind);
      const site = await openAttestorSite(sigstore);
      await site.sign({ key: own, keyOnly: true, log: "none" });
      const signatureAlgorithm = kind === "ecdsa-p384" ? "sha384" : kind === "ecdsa-p521" ? "sha512" : "sha256";
      const attestor = key({ ...IGNORES_LOG, signatureAlgorithm }, own.pem);
      assert.match(saidOf(await askAttestor(createAttestorLoader, site, { attestor })), VERIFIED);
    });
  }
});

describe("keys in Secrets", () => {
  const data = { "cosign.pub": encodeBase64(encodeUtf8(release.pem)) };
  const secrets: Readonly<Record<string, Value>> = {
    "ops/good": { kind: "Secret", data },
    "ops/text": { kind: "Secret", stringData: { "cosign.pub": release.pem } },
    "ops/empty": { kind: "Secret", data: {} },
  };
  const reference = (name: string): Members => key({}, `k8s://ops/${name}`);
  for (const [name, attestor, expected] of [
    ["by reference", reference("good"), VERIFIED],
    ["by name", { keys: { secret: { namespace: "ops", name: "good" } } }, VERIFIED],
    ["as text", reference("text"), VERIFIED],
    ["without a key", reference("empty"), /^KEY_INVALID: k8s:\/\/ops\/empty/],
    ["that is not there", reference("none"), /^CLUSTER_NOT_FOUND: there is no Secret ops\/none/],
    ["of a name that is none", key({}, "k8s://ops"), /^USAGE: expected k8s:\/\/NAMESPACE\/NAME/],
  ] as const) {
    test(name, async () => {
      const site = await openAttestorSite(sigstore);
      await site.sign(keyed());
      const fact = await askAttestor(
        createAttestorLoader,
        site,
        { attestor },
        async (secret) => secrets[`${secret.namespace}/${secret.name}`] ?? null,
      );
      assert.match(saidOf(fact), expected);
    });
  }
});

describe("annotations, repositories and referrers", () => {
  const stated = { ...keyed(), annotations: { env: "prod", team: "shop" } };
  testAttestors(createAttestorLoader, sigstore, [
    ["that are stated", key(), (site) => site.sign(stated), VERIFIED, { annotations: { env: "prod" } }],
    [
      "that are stated otherwise",
      key(),
      (site) => site.sign(stated),
      /required annotations/,
      { annotations: { env: "test" } },
    ],
    [
      "that are not stated",
      key(),
      (site) => site.sign(keyed()),
      /required annotations/,
      { annotations: { env: "prod" } },
    ],
    [
      "stated by a stranger",
      key(),
      async (site) => {
        await site.sign(keyed());
        await site.sign({ ...stated, key: stranger });
      },
      /required annotations/,
      { annotations: { env: "prod" } },
    ],
    [
      "another repository",
      key(),
      (site) => site.sign({ ...keyed(), repository: "signatures" }),
      VERIFIED,
      { repository: "registry.test/signatures" },
    ],
    [
      "another repository has none",
      key(),
      (site) => site.sign(keyed()),
      /^no signatures found/,
      { repository: "registry.test/signatures" },
    ],
    [
      "a repository with a tag",
      key(),
      (site) => site.sign(keyed()),
      /^REFERENCE_INVALID: repository/,
      { repository: "registry.test/signatures:v1" },
    ],
    [
      "a signature that is a referrer, where the policy looks for those",
      key(IGNORES_LOG),
      (site) => site.sign({ ...keyed(), isReferrer: true }),
      VERIFIED,
      { cosignOCI11: true },
    ],
    [
      "and where it does not",
      key(IGNORES_LOG),
      (site) => site.sign({ ...keyed(), isReferrer: true }),
      /^no signatures found .*1 attached, none is one/,
    ],
    [
      "a tag, where the policy looks for referrers, too",
      key(),
      (site) => site.sign(keyed()),
      VERIFIED,
      { cosignOCI11: true },
    ],
    [
      "an image that is not there",
      key(),
      (site) => site.sign(keyed()),
      /^MANIFEST_NOT_FOUND/,
      { image: "registry.test/shop:v2" },
    ],
  ]);
});

describe("what cannot be looked at", () => {
  test("a registry's failure is a failed fact, with what the policy says of credentials", async () => {
    const site = await openAttestorSite(sigstore);
    site.world.storageOf("registry.test/shop").failWith(new AmapError("REGISTRY_UNAUTHORIZED", "refused"));
    const credentials = { secrets: ["regcred"], providers: ["amazon"], allowInsecureRegistry: true };
    const fact = saidOf(await askAttestor(createAttestorLoader, site, { attestor: key(), credentials }));
    assert.match(
      fact,
      /^REGISTRY_UNAUTHORIZED: refused; .*\(regcred\): pass --cluster.*amazon: pass --k8s-keychain.*insecure/,
    );
    assert.equal(
      saidOf(await askAttestor(createAttestorLoader, site, { attestor: key() })),
      "REGISTRY_UNAUTHORIZED: refused",
    );
  });

  test("a trusted root that cannot be had", async () => {
    const site = await openAttestorSite(sigstore);
    await site.sign(keyed());
    const world = { ...site.world, openTrustRepository: async () => Promise.reject(new Error("unused")) };
    assert.match(
      saidOf(await askAttestor(createAttestorLoader, { ...site, world }, { attestor: key(IGNORES_LOG) })),
      VERIFIED,
    );
    await assert.rejects(askAttestor(createAttestorLoader, { ...site, world }, { attestor: key() }), /unused/);
  });

  test("C1: with the logins of a policy a name is resolved once, too", async () => {
    const site = await openAttestorSite(sigstore);
    await site.sign(keyed());
    const storage = site.world.storageOf("registry.test/shop");
    const resolved: string[] = [];
    const watched = new Proxy(storage, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== "function") return member;
        return (...words: readonly unknown[]) => {
          if (name === "resolve") resolved.push(String(words[0]));
          return member.apply(target, words);
        };
      },
    });
    const logins = encodeBase64(encodeUtf8('{"auths":{}}'));
    const load = createAttestorLoader(
      { ...site.world, openStorage: async () => watched },
      {
        sources: [],
        resolve: async () => assert.fail("others may see another image"),
        readSecret: async () => ({ data: { ".dockerconfigjson": logins } }),
      },
    );
    const params = { attestor: key(), credentials: { secrets: ["regcred"] } };
    const facts = await load(
      ["", "registry.test/signatures"].map((repository) =>
        attestorRequest(site, { ...params, repository }, repository),
      ),
    );
    assert.deepEqual([...facts.values()].map(saidOf), ["verified", "verified"]);
    assert.deepEqual(
      resolved.filter((name) => name === "v1"),
      ["v1"],
    );
  });

  test("each image is read once, however many attestors ask", async () => {
    const site = await openAttestorSite(sigstore);
    await site.sign(keyed());
    const storage = site.world.storageOf("registry.test/shop");
    const load = createAttestorLoader(site.world, {
      sources: [],
      resolve: async () => site.digest,
      readSecret: async () => null,
    });
    const params = {
      image: site.name,
      type: "Cosign",
      repository: "",
      annotations: {},
      attestation: "",
      cosignOCI11: false,
    };
    const requests = [release, stranger].flatMap(({ pem: publicKeys }) =>
      ["", TYPE].map((attestation) => ({
        key: `${publicKeys} ${attestation}`,
        kind: "imageAttestor" as const,
        params: { ...params, attestation, attestor: key({}, publicKeys) },
      })),
    );
    const before = storage.calls.get("readBlob") ?? 0;
    const facts = await load(requests);
    assert.deepEqual(
      [...facts.values()].map((fact) => saidOf(fact).slice(0, 8)),
      ["verified", "no attes", "no match", "no attes"],
    );
    assert.equal((storage.calls.get("readBlob") ?? 0) - before, 1);
  });
});
