/** Who signed a Kubernetes manifest, by the annotations in it: keys, certificates, identities, logs, and tampered twins. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  AmapError,
  compressGzip,
  decodeBase64,
  encodeBase64,
  encodeUtf8,
  gunzip,
  type Value,
} from "../../base/index.ts";
import type { Fact } from "../../policy/index.ts";
import { saidOf, VERIFIED } from "../../testing/attestor-rows.ts";
import { openAttestorSite } from "../../testing/attestor-site.ts";
import { type ManifestSigningOptions, manifestAnnotations } from "../../testing/signed-manifests.ts";
import {
  createLocalSigstore,
  createTestKey,
  type LocalSigstore,
  PERSON,
} from "../../testing/sigstore/local-sigstore.ts";
import { createManifestLoader } from "./manifest-loader.ts";

type Members = { readonly [name: string]: Value };
type Annotations = Readonly<Record<string, string>>;

const sigstore = createLocalSigstore();
const stranger = createLocalSigstore();
const release = createTestKey();
const other = createTestKey();
const MANIFEST = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "settings" }, data: { mode: "safe" } };
const NAME = "cosign.sigstore.dev";

const keyed = (more: ManifestSigningOptions = {}): ManifestSigningOptions => ({
  key: release,
  keyOnly: true,
  log: "none",
  ...more,
});
const key = (more: Members = {}, publicKeys: string = release.pem): Members => ({ keys: { publicKeys, ...more } });
const person = (more: Members = {}): Members => ({
  keyless: { subject: "dev@example.com", issuer: PERSON.issuer ?? "", ...more },
});
const sign = (...signers: readonly ManifestSigningOptions[]): Annotations =>
  manifestAnnotations(sigstore, MANIFEST, signers);

/** The fact's params, as the policy makes them of these annotations. */
function questionOf(attestor: Members, annotations: Annotations): Members {
  const at = (name: string, place: number): string =>
    annotations[`${NAME}/${name}${place === 0 ? "" : `_${place}`}`] ?? "";
  const signatures: Value[] = [];
  for (let place = 0; at("signature", place) !== ""; place++) {
    signatures.push({
      signature: at("signature", place),
      certificate: at("certificate", place),
      bundle: at("bundle", place),
    });
  }
  return { message: at("message", 0), signatures, attestor, repository: "" };
}

async function ask(params: Members, root: LocalSigstore = sigstore, secret: Value = null): Promise<Fact> {
  const { world } = await openAttestorSite(root);
  const load = createManifestLoader(world, async () => secret);
  const fact = (await load([{ key: "asked", kind: "manifestSignature", params }])).get("asked");
  assert.ok(fact);
  return fact;
}

type Row = readonly [name: string, attestor: Members, annotations: () => Annotations, expected: RegExp];

function testRows(rows: readonly Row[]): void {
  for (const [name, attestor, annotations, expected] of rows) {
    test(name, async () => assert.match(saidOf(await ask(questionOf(attestor, annotations()))), expected));
  }
}

/** An annotation with its content changed, compressed as before. */
function changed(annotations: Annotations, name: string, change: (text: string) => string): Annotations {
  const bytes = gunzip(decodeBase64(annotations[`${NAME}/${name}`] ?? "") ?? new Uint8Array(), 1_000_000);
  const text = encodeUtf8(change(new TextDecoder().decode(bytes)));
  return { ...annotations, [`${NAME}/${name}`]: encodeBase64(compressGzip(text)) };
}

const without = (annotations: Annotations, name: string): Annotations =>
  Object.fromEntries(Object.entries(annotations).filter(([each]) => each !== `${NAME}/${name}`));

const REFUSED = /^no matching signatures: /;

describe("keys", () => {
  const p384 = createTestKey("ecdsa-p384");
  testRows([
    ["the right one", key(), () => sign(keyed()), VERIFIED],
    ["the right one, over a tar", key(), () => sign(keyed({ form: "tar" })), VERIFIED],
    ["another one", key({}, other.pem), () => sign(keyed()), /SIGNATURE_INVALID/],
    ["the second of two signatures", key({}, other.pem), () => sign(keyed(), keyed({ key: other })), VERIFIED],
    [
      "a changed message",
      key(),
      () => changed(sign(keyed()), "message", (text) => text.replace("safe", "open")),
      /SIGNATURE_INVALID/,
    ],
    [
      "the message of another object",
      key(),
      () => ({
        ...sign(keyed()),
        [`${NAME}/message`]:
          changed(sign(keyed()), "message", (text) => text.replace("settings", "x"))[`${NAME}/message`] ?? "",
      }),
      /SIGNATURE_INVALID/,
    ],
    ["a signature that is none", key(), () => ({ ...sign(keyed()), [`${NAME}/signature`]: "AAAA" }), REFUSED],
    [
      "a signature that is no base64",
      key(),
      () => ({ ...sign(keyed()), [`${NAME}/signature`]: "?" }),
      /SIGNATURE_INVALID/,
    ],
    ["no signature", key(), () => without(sign(keyed()), "signature"), /there is none/],
    ["another curve", key({}, p384.pem), () => sign(keyed({ key: p384 })), VERIFIED],
    [
      "a certificate beside it is nothing to a key",
      key(),
      () => ({ ...sign(keyed()), [`${NAME}/certificate`]: "AAAA" }),
      VERIFIED,
    ],
  ]);
});

describe("the log, for keys", () => {
  const IGNORES = { rekor: { ignoreTlog: true } };
  const logged = (): Annotations => sign(keyed({ log: "v1" }));
  const foreign = (): Annotations => manifestAnnotations(stranger, MANIFEST, [keyed({ log: "v1" })]);
  testRows([
    ["an entry", key(), logged, VERIFIED],
    ["an entry of a log that nobody trusts", key(), foreign, /TLOG_UNKNOWN|TLOG_/],
    ["an entry of a log that nobody trusts, and none is asked for", key(IGNORES), foreign, VERIFIED],
    ["a broken entry", key(), () => changed(logged(), "bundle", () => "{}"), /TLOG_ENTRY_INVALID/],
    [
      "an entry of another signature",
      key(),
      () => ({
        ...logged(),
        [`${NAME}/bundle`]:
          changed(sign(keyed({ key: other, log: "v1" })), "bundle", (text) => text)[`${NAME}/bundle`] ?? "",
      }),
      /TLOG_ENTRY_MISMATCH/,
    ],
    [
      "no entry, where the policy names the log's key",
      key({ rekor: { pubkey: sigstore.rekorV1.key.pem } }),
      () => sign(keyed()),
      /THRESHOLD_UNMET/,
    ],
    [
      "an entry of the log that the policy names",
      key({ rekor: { pubkey: sigstore.rekorV1.key.pem } }),
      logged,
      VERIFIED,
    ],
    [
      "an entry of another log than the policy names",
      key({ rekor: { pubkey: stranger.rekorV1.key.pem } }),
      logged,
      /TLOG_UNKNOWN|TLOG_/,
    ],
  ]);
});

describe("identities", () => {
  const byPerson = (more: ManifestSigningOptions = {}): Annotations => sign({ ...more });
  testRows([
    ["whom the policy names", person(), byPerson, VERIFIED],
    ["another subject", person({ subject: "mallory@example.com" }), byPerson, /IDENTITY_MISMATCH/],
    ["another issuer", person({ issuer: "https://evil.example" }), byPerson, /IDENTITY_MISMATCH/],
    ["nobody in particular", { keyless: {} }, byPerson, VERIFIED],
    [
      "without its certificate",
      person(),
      () => without(byPerson(), "certificate"),
      /SIGNER_UNKNOWN: expected a certificate/,
    ],
    ["a broken certificate", person(), () => changed(byPerson(), "certificate", () => "x"), /CERTIFICATE_INVALID/],
    [
      "the certificate of another",
      person(),
      () => ({ ...byPerson(), [`${NAME}/certificate`]: byPerson()[`${NAME}/certificate`] ?? "" }),
      REFUSED,
    ],
    ["without its log entry", person(), () => without(byPerson(), "bundle"), /THRESHOLD_UNMET/],
    [
      "no log entry, and none is asked for",
      person({ rekor: { ignoreTlog: true } }),
      () => without(byPerson({ at: Date.UTC(2026, 10, 22, 11, 59) }), "bundle"),
      VERIFIED,
    ],
    [
      "an expired certificate without a log",
      person({ rekor: { ignoreTlog: true } }),
      () => without(byPerson(), "bundle"),
      /CERTIFICATE_EXPIRED/,
    ],
    [
      "an authority that nobody trusts",
      person(),
      () => manifestAnnotations(stranger, MANIFEST, [{}]),
      /CERTIFICATE_UNTRUSTED|TLOG_/,
    ],
    [
      "a changed message",
      person(),
      () => changed(byPerson(), "message", (text) => text.replace("safe", "open")),
      REFUSED,
    ],
    ["a key's signature", person(), () => sign(keyed()), /SIGNER_UNKNOWN/],
  ]);
});

describe("certificates that the policy states", () => {
  const at = Date.UTC(2026, 10, 22, 11, 59);
  const made = sigstore.signLayer(encodeUtf8("x"), "simple-signing", { key: release, at });
  const cert = made.annotations["dev.sigstore.cosign/certificate"] ?? "";
  testRows([
    ["its key signed", { certificates: { cert } }, () => sign(keyed()), VERIFIED],
    ["another key signed", { certificates: { cert } }, () => sign(keyed({ key: other })), /SIGNATURE_INVALID/],
    ["neither certificate nor chain", { certificates: {} }, () => sign(keyed()), /^POLICY_INVALID/],
  ]);
});

describe("attestors that cannot be asked are errors, never a verdict", () => {
  testRows([
    [
      "no key",
      { keys: {} },
      () => sign(keyed()),
      /^POLICY_INVALID: validate.manifests.attestor.keys: expected publicKeys/,
    ],
    ["a key of PGP", key({}, "-----BEGIN PGP PUBLIC KEY BLOCK-----\n"), () => sign(keyed()), /^NOT_SUPPORTED: .*PGP/],
    ["a file of whoever runs amap", key({}, "/etc/passwd"), () => sign(keyed()), /^NOT_SUPPORTED/],
    ["a Secret that is not there", key({}, "k8s://keys/release"), () => sign(keyed()), /^CLUSTER_NOT_FOUND/],
    ["a key service", { keys: { kms: "awskms:///alias/a" } }, () => sign(keyed()), /^NOT_SUPPORTED/],
    ["roots that are none", person({ roots: "x" }), () => sign({}), /^CERTIFICATE_INVALID: validate.manifests/],
    ["an empty subject", { keyless: { subject: "" } }, () => sign({}), /^POLICY_INVALID/],
  ]);
  test("an image of manifests", async () => {
    const params = { ...questionOf(key(), sign(keyed())), repository: "ghcr.io/a/b" };
    assert.match(saidOf(await ask(params)), /^NOT_SUPPORTED: validate.manifests.repository/);
  });
  test("a trusted root that cannot be had", async () => {
    const { world } = await openAttestorSite(sigstore);
    const offline = {
      ...world,
      openTrustRepository: async () => {
        throw new AmapError("OFFLINE", "no network");
      },
    };
    const load = createManifestLoader(offline, async () => null);
    const asked = async (attestor: Members): Promise<string> => {
      const params = questionOf(attestor, sign(keyed()));
      const fact = (await load([{ key: "k", kind: "manifestSignature", params }])).get("k");
      return saidOf(fact as Fact);
    };
    assert.match(await asked(person()), /^OFFLINE/);
    // A key asks for none.
    assert.match(await asked(key()), VERIFIED);
  });
  test("other facts are not served", async () => {
    const { world } = await openAttestorSite(sigstore);
    const load = createManifestLoader(world, async () => null);
    const fact = (await load([{ key: "k", kind: "imageData", params: {} }])).get("k");
    assert.match(saidOf(fact as Fact), /^NOT_SUPPORTED/);
  });
});

test("a key in a Secret", async () => {
  const secret = { data: { "cosign.pub": encodeBase64(encodeUtf8(release.pem)) } };
  const params = questionOf(key({}, "k8s://keys/release"), sign(keyed()));
  assert.match(saidOf(await ask(params, sigstore, secret)), VERIFIED);
  const twin = { data: { "cosign.pub": encodeBase64(encodeUtf8(other.pem)) } };
  assert.match(saidOf(await ask(params, sigstore, twin)), /SIGNATURE_INVALID/);
});

test("the answer names the signer", async () => {
  const fact = await ask(questionOf(person(), sign({})));
  assert.deepEqual(fact.ok && fact.value, { verified: true, signer: "dev@example.com" });
});
