/** The verifying verbs by every flag: saved folders, files in place of what stands beside an image, tables, explanations. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { encodeSimpleSigning } from "../attestation/index.ts";
import { digestHex, encodeUtf8 } from "../base/index.ts";
import { buildTestImage } from "../testing/cli-fixture.ts";
import { createCliChecks, createCliRunner, writeTree } from "../testing/cli-runner.ts";
import { pem } from "../testing/sigstore/der-values.ts";
import {
  createLocalSigstore,
  createTestKey,
  jsonBytes,
  PERSON,
  type SignedLayer,
} from "../testing/sigstore/local-sigstore.ts";
import { loadProgram, runCli } from "./run-cli.ts";
import { VERBS } from "./verbs.ts";

const runAmap = createCliRunner((words, shell) => runCli(words, shell, VERBS));
const { ok, refused } = createCliChecks(runAmap);
const folder = mkdtempSync(join(tmpdir(), "amap-verify-flags-"));
const at = (...names: readonly string[]): string => join(folder, ...names);
const image = `oci:${at("image")}:v1`;
const TYPE = "https://example.com/review";
const KEY = ["--key", at("good.key")];
const PUB = ["--key", at("good.pub"), "--insecure-ignore-tlog"];
const BAD = ["--key", at("other.pub"), "--insecure-ignore-tlog"];
const ROOT = ["--trusted-root", at("root.json")];
const ME = ["--certificate-identity", PERSON.subject.value, "--certificate-oidc-issuer", PERSON.issuer];
const sigstore = createLocalSigstore();
let layer: SignedLayer;
let digest = "";

before(async () => {
  const built = await buildTestImage(folder);
  digest = built;
  const payload = encodeSimpleSigning({ dockerReference: "registry.example/shop", digest: built });
  layer = sigstore.signLayer(payload, "simple-signing", { log: "v1" });
  const blob = encodeUtf8("a file");
  const signed = sigstore.signLayer(blob, "simple-signing", { log: "v1" });
  const statement = jsonBytes({
    _type: "https://in-toto.io/Statement/v0.1",
    subject: [{ name: "file", digest: { sha256: createHash("sha256").update(blob).digest("hex") } }],
    predicateType: TYPE,
    predicate: { reviewed: true },
  });
  const attested = sigstore.signLayer(statement, "envelope", { log: "v1", timestamp: true });
  const chain = sigstore.fulcio.chain.map((der) => pem("CERTIFICATE", der));
  writeTree(folder, {
    "predicate.json": { reviewed: true },
    "sbom.json": { bomFormat: "CycloneDX", specVersion: "1.6" },
    "root.json": jsonBytes(sigstore.trustedRoot()),
    "rekor.pub": sigstore.rekorV1.key.pem,
    "ct-log.pub": sigstore.ctLog.key.pem,
    payload,
    signature: layer.annotations["dev.cosignproject.cosign/signature"] ?? "",
    "leaf.pem": layer.annotations["dev.sigstore.cosign/certificate"] ?? "",
    "other-leaf.pem": signed.annotations["dev.sigstore.cosign/certificate"] ?? "",
    "chain.pem": chain.join(""),
    "ca.pem": chain.at(-1) ?? "",
    "links.pem": chain.slice(0, -1).join(""),
    "other-ca.pem": pem("CERTIFICATE", createLocalSigstore().fulcio.chain.at(-1) ?? Buffer.alloc(0)),
    "tsa.pem": sigstore.timestampAuthority.chain.map((der) => pem("CERTIFICATE", der)).join(""),
    file: blob,
    "other-file": encodeUtf8("another file"),
    "old.json": oldBundle(signed.annotations["dev.cosignproject.cosign/signature"] ?? "", signed),
    "old-attested.json": oldBundle(Buffer.from(attested.bytes).toString("base64"), attested),
    envelope: attested.bytes,
    "envelope.pem": attested.annotations["dev.sigstore.cosign/certificate"] ?? "",
    "timestamp.json": attested.annotations["dev.sigstore.cosign/rfc3161timestamp"] ?? "",
  });
  await ok("generate-key-pair", "--output-key-prefix", at("good"));
  await ok("generate-key-pair", "--output-key-prefix", at("other"));
  await ok("sign", ...KEY, "-a", "team=shop", image);
  await ok("sign", ...KEY, "--new-bundle-format=false", image);
  await ok("attest", ...KEY, "--predicate", at("predicate.json"), "--type", TYPE, image);
  await ok("attach", "sbom", "--sbom", at("sbom.json"), "--type", "cyclonedx", image);
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** cosign's old bundle of a file, as `sign-blob --bundle` wrote it. */
function oldBundle(base64Signature: string, { annotations }: SignedLayer): object {
  const certificate = annotations["dev.sigstore.cosign/certificate"] ?? "";
  return {
    base64Signature,
    cert: Buffer.from(certificate).toString("base64"),
    rekorBundle: JSON.parse(annotations["dev.sigstore.cosign/bundle"] ?? "null") as object,
  };
}

describe("--local-image", () => {
  test("verifies what save wrote, where it is", async () => {
    await ok("save", "--dir", at("saved"), image);
    assert.match((await ok("verify", ...PUB, "--local-image", at("saved"))).stdout, /docker-manifest-digest/);
    await ok("verify-attestation", ...PUB, "--type", TYPE, "--local-image", at("saved"));
    await refused(12, "SIGNATURE_INVALID", "verify", ...BAD, "--local-image", at("saved"));
    await refused(2, "FILE_NOT_FOUND", "verify", ...PUB, "--local-image", at("nothing"));
  });

  test("bundles that the folder holds and its index does not list, as cosign saves them", async () => {
    await ok("save", "--dir", at("unlisted"), image);
    const index = JSON.parse(readFileSync(at("unlisted", "index.json"), "utf8")) as {
      manifests: { annotations?: { kind?: string } }[];
    };
    const manifests = index.manifests.filter(({ annotations }) => annotations?.kind?.endsWith("imageIndex") === true);
    writeTree(folder, { "unlisted/index.json": { ...index, manifests } });
    const { stdout } = await ok("verify", ...PUB, "--local-image", at("unlisted"));
    assert.match(stdout, /sigstore\.dev\/cosign\/sign\/v1/);
    await ok("verify-attestation", ...PUB, "--type", TYPE, "--local-image", at("unlisted"));
    await refused(12, "SIGNER_UNKNOWN", "verify", ...BAD, "--local-image", at("unlisted"));
    await ok("load", "--dir", at("unlisted"), `oci:${at("loaded")}:v1`);
    await ok("verify", ...PUB, `oci:${at("loaded")}:v1`);
  });

  test("a saved blob that was changed is found out", async () => {
    await ok("save", "--dir", at("changed"), image);
    const { manifests } = JSON.parse(readFileSync(at("changed", "index.json"), "utf8")) as {
      manifests: { digest: string; annotations?: { kind?: string } }[];
    };
    const root = manifests.find(({ annotations }) => annotations?.kind?.endsWith("imageIndex") === true);
    const path = at("changed", "blobs", "sha256", (root?.digest ?? "").slice("sha256:".length));
    writeTree(folder, { [path.slice(folder.length + 1)]: readFileSync(path, "utf8").replace("linux", "LINUX") });
    await refused(1, "BLOB_DIGEST_MISMATCH", "verify", ...PUB, "--local-image", at("changed"));
  });
});

describe("--signature, --payload, --certificate", () => {
  const files = ["--signature", at("signature"), "--payload", at("payload"), "--certificate", at("leaf.pem")];
  // The log's promise is not among these files, and the certificate was good for some minutes in June.
  const alone = [...files, "--insecure-ignore-tlog", ...ME];

  test("a certificate whose time nobody proves is judged now", async () => {
    const { stderr } = await refused(12, "CERTIFICATE_EXPIRED", "verify", ...alone, ...ROOT, image);
    assert.match(stderr, /--signature is deprecated/);
    assert.match(stderr, /--certificate is deprecated/);
    await refused(12, "THRESHOLD_UNMET", "verify", ...files, ...ME, ...ROOT, image);
  });

  test("a signature made now counts, by each way to name its authority", async () => {
    const now = createLocalSigstore({ at: Date.now() });
    const payload = readFileSync(at("payload"));
    const made = now.signLayer(payload, "simple-signing", { log: "none", at: Date.now() });
    const chain = now.fulcio.chain.map((der) => pem("CERTIFICATE", der));
    writeTree(folder, {
      "now/signature": made.annotations["dev.cosignproject.cosign/signature"] ?? "",
      "now/leaf.pem": made.annotations["dev.sigstore.cosign/certificate"] ?? "",
      "now/chain.pem": chain.join(""),
      "now/ca.pem": chain.at(-1) ?? "",
      "now/links.pem": chain.slice(0, -1).join(""),
      "now/ct-log.pub": now.ctLog.key.pem,
    });
    const words = ["verify", "--signature", at("now/signature"), "--payload", at("payload"), "--insecure-ignore-tlog"];
    const leaf = ["--certificate", at("now/leaf.pem"), ...ME];
    const noSct = "--insecure-ignore-sct";
    const chained = ["--certificate-chain", at("now/chain.pem")];
    await ok(...words, ...leaf, ...chained, noSct, image);
    await ok(
      ...words,
      ...leaf,
      "--ca-roots",
      at("now/ca.pem"),
      "--ca-intermediates",
      at("now/links.pem"),
      noSct,
      image,
    );
    const ended = await runAmap([...words, ...leaf, ...chained, image], {
      SIGSTORE_CT_LOG_PUBLIC_KEY_FILE: at("now/ct-log.pub"),
    });
    assert.equal(ended.exit, 0, ended.stderr);
    // Each part put out of place.
    await refused(12, "CERTIFICATE_UNTRUSTED", ...words, ...leaf, "--ca-roots", at("other-ca.pem"), noSct, image);
    await refused(12, "SIGNATURE_INVALID", ...words, "--certificate", at("leaf.pem"), ...ME, ...chained, noSct, image);
    const eve = ["--certificate-identity", "eve@example.com", ...ME.slice(2)];
    await refused(12, "IDENTITY_MISMATCH", ...words, ...leaf.slice(0, 2), ...eve, ...chained, noSct, image);
    const unpublished = await runAmap([...words, ...leaf, ...chained, image], {
      SIGSTORE_CT_LOG_PUBLIC_KEY_FILE: at("ct-log.pub"),
    });
    assert.equal(unpublished.code, "SCT_INVALID", unpublished.stderr);
  });

  test("a payload of another image, and a signature by a key", async () => {
    const payload = encodeSimpleSigning({ dockerReference: "x", digest: `sha256:${"0".repeat(64)}` });
    const key = createTestKey();
    writeTree(folder, { "key.pub": key.pem, "their.sig": key.sign(payload), "their.payload": payload });
    const by = ["--key", at("key.pub"), "--insecure-ignore-tlog", "--signature", at("their.sig")];
    await refused(12, "SUBJECT_MISMATCH", "verify", ...by, "--payload", at("their.payload"), image);
    await refused(12, "SIGNATURE_INVALID", "verify", ...by, image);
  });

  test("bundles name their signer, so a given certificate counts for none", async () => {
    await ok("sign", ...KEY, "--new-bundle-format", image);
    const words = ["verify", "--certificate", at("leaf.pem"), ...ME, ...ROOT, image];
    const { stderr } = await runAmap(words);
    assert.match(stderr, /BUNDLE_UNSUPPORTED|SIGNATURE_INVALID/);
  });

  const rows: readonly (readonly [name: string, exit: number, code: string, words: readonly string[]])[] = [
    ["a payload alone", 2, "USAGE", [...PUB, "--payload", at("payload")]],
    ["a signature and a bundle", 2, "USAGE", [...PUB, "--signature", at("signature"), "--bundle", at("root.json")]],
    ["a key and a certificate", 2, "USAGE", [...PUB, "--certificate", at("leaf.pem")]],
    ["a key ring and a certificate", 2, "USAGE", ["--key-ring", at("ring.yaml"), "--certificate", at("leaf.pem")]],
    ["a chain and roots", 2, "USAGE", [...ME, "--certificate-chain", at("chain.pem"), "--ca-roots", at("ca.pem")]],
    ["links without roots", 2, "USAGE", [...ME, "--ca-intermediates", at("links.pem")]],
    ["a chain that is none", 12, "CERTIFICATE_INVALID", [...ME, "--certificate-chain", at("root.json")]],
    ["an attachment that nobody knows", 2, "USAGE", [...PUB, "--attachment", "photo"]],
    ["an explanation that is none", 2, "USAGE", [...PUB, "--explain=loud"]],
    ["an output that is none", 2, "USAGE", [...PUB, "-o", "xml"]],
    ["another digest", 2, "NOT_SUPPORTED", [...PUB, "--signature-digest-algorithm", "sha224"]],
    ["claims of another image", 2, "NOT_SUPPORTED", [...PUB, "--check-claims=false"]],
  ];
  for (const [name, exit, code, words] of rows) {
    test(`refuses ${name}: ${code}`, async () => {
      const ended = await runAmap(["verify", ...words, image]);
      assert.deepEqual([ended.exit, ended.code], [exit, code], ended.stderr);
    });
  }

  test("--policy names what replaces it", async () => {
    const ended = await runAmap(["verify-attestation", ...PUB, "--policy", at("a.cue"), image]);
    assert.deepEqual([ended.code, /ImageValidatingPolicy/.test(ended.stderr)], ["NOT_SUPPORTED", true], ended.stderr);
  });
});

describe("services by variables, as cosign has them", () => {
  const words = ["verify-blob", "--bundle", at("old.json"), ...ME, at("file")];
  const SERVICES = {
    SIGSTORE_ROOT_FILE: at("chain.pem"),
    SIGSTORE_REKOR_PUBLIC_KEY: at("rekor.pub"),
    SIGSTORE_CT_LOG_PUBLIC_KEY_FILE: at("ct-log.pub"),
  };

  test("authorities and logs, each alone not enough", async () => {
    const ended = await runAmap(words, SERVICES);
    assert.equal(ended.exit, 0, ended.stderr);
    for (const [name, other, code] of [
      ["SIGSTORE_ROOT_FILE", "other-ca.pem", "CERTIFICATE_UNTRUSTED"],
      ["SIGSTORE_REKOR_PUBLIC_KEY", "ct-log.pub", "TLOG_UNKNOWN"],
      ["SIGSTORE_CT_LOG_PUBLIC_KEY_FILE", "rekor.pub", "SCT_INVALID"],
    ] as const) {
      const twin = await runAmap(words, { ...SERVICES, [name]: at(other) });
      assert.deepEqual([twin.exit, twin.code], [12, code], twin.stderr);
    }
  });

  test("a timestamp authority", async () => {
    const attested = ["verify-blob-attestation", "--type", TYPE, "--signature", at("envelope"), ...ME];
    const by = ["--certificate", at("envelope.pem"), "--rfc3161-timestamp", at("timestamp.json")];
    const flags = [...attested, ...by, "--insecure-ignore-tlog", "--use-signed-timestamps", at("file")];
    const ended = await runAmap(flags, { ...SERVICES, SIGSTORE_TSA_CERTIFICATE_FILE: at("tsa.pem") });
    assert.equal(ended.exit, 0, ended.stderr);
    const twin = await runAmap(flags, { ...SERVICES, SIGSTORE_TSA_CERTIFICATE_FILE: at("chain.pem") });
    assert.equal(twin.exit, 12, twin.stderr);
    await ok(
      ...attested,
      ...by,
      "--insecure-ignore-tlog",
      "--timestamp-certificate-chain",
      at("tsa.pem"),
      ...ROOT,
      at("file"),
    );
  });
});

describe("old bundles of files", () => {
  const BLOB = ["verify-blob", ...ME, ...ROOT];
  const ATTESTED = ["verify-blob-attestation", "--type", TYPE, ...ME, ...ROOT];

  test("a signature, an attestation, and each one's twins", async () => {
    const old = ["--bundle", at("old.json")];
    await ok(...BLOB, ...old, at("file"));
    await ok(...BLOB, ...old, "--certificate", at("other-leaf.pem"), at("file"));
    await refused(12, "SIGNATURE_INVALID", ...BLOB, ...old, at("other-file"));
    await refused(12, "CERTIFICATE_INVALID", ...BLOB, ...old, "--certificate", at("leaf.pem"), at("file"));
    const attested = ["--bundle", at("old-attested.json")];
    await ok(...ATTESTED, ...attested, at("file"));
    await refused(12, "SUBJECT_MISMATCH", ...ATTESTED, ...attested, at("other-file"));
    await refused(12, "PREDICATE_TYPE_MISMATCH", ...ATTESTED, ...attested, "--type", "vuln", at("file"));
    // A signature of a file is no attestation, and the other way round.
    assert.notEqual((await runAmap([...ATTESTED, ...old, at("file")])).exit, 0);
    assert.notEqual((await runAmap([...BLOB, ...attested, at("file")])).exit, 0);
  });

  test("another log entry's promise, another signature, no certificate, junk", async () => {
    type Old = { base64Signature: string; cert?: string; rekorBundle: { Payload: { integratedTime: number } } };
    const good = JSON.parse(readFileSync(at("old.json"), "utf8")) as Old;
    const { rekorBundle: others } = JSON.parse(readFileSync(at("old-attested.json"), "utf8")) as Old;
    const { Payload } = good.rekorBundle;
    const later = { ...good.rekorBundle, Payload: { ...Payload, integratedTime: Payload.integratedTime + 1 } };
    const { cert: _, ...nobody } = good;
    const twins: readonly (readonly [string, object, number, string])[] = [
      ["C5: another entry", { ...good, rekorBundle: others }, 12, "TLOG_ENTRY_MISMATCH"],
      ["C6: another time", { ...good, rekorBundle: later }, 12, "TLOG_INCLUSION_PROMISE"],
      ["no entry", { ...good, rekorBundle: null }, 12, "THRESHOLD_UNMET"],
      ["no certificate", nobody, 2, "USAGE"],
      ["a certificate that is none", { ...good, cert: "AAAA" }, 12, "CERTIFICATE_INVALID"],
      ["a member that is not known", { ...good, more: 1 }, 12, "BUNDLE_INVALID"],
      ["no signature", { ...good, base64Signature: "" }, 12, "BUNDLE_INVALID"],
    ];
    for (const [name, twin, exit, code] of twins) {
      writeTree(folder, { "twin.json": twin });
      const ended = await runAmap([...BLOB, "--bundle", at("twin.json"), at("file")]);
      assert.deepEqual([ended.exit, ended.code], [exit, code], `${name}\n${ended.stderr}`);
    }
  });

  test("what is given beside a Sigstore bundle is refused, not ignored", async () => {
    const bundle = sigstore.signBundle({ content: { artifact: readFileSync(at("file")) } }).bytes;
    writeTree(folder, { "new.json": bundle });
    await ok(...BLOB, "--bundle", at("new.json"), at("file"));
    for (const flag of ["--signature", "--certificate", "--rfc3161-timestamp"]) {
      await refused(2, "USAGE", ...BLOB, "--bundle", at("new.json"), flag, at("leaf.pem"), at("file"));
    }
    await refused(2, "USAGE", ...BLOB, at("file"));
  });

  test("--allow-certificate-chain: a chain in a bundle 0.3 links, and is not trusted itself", async () => {
    type Material = { certificate?: object; x509CertificateChain?: object };
    const chained = (from: typeof sigstore): object => {
      const { bundle } = from.signBundle({ content: { artifact: readFileSync(at("file")) } });
      const { certificate, ...material } = bundle.verificationMaterial as Material;
      const links = from.fulcio.chain.map((der) => ({ rawBytes: der.toString("base64") }));
      const x509CertificateChain = { certificates: [certificate, ...links] };
      return { ...bundle, verificationMaterial: { ...material, x509CertificateChain } };
    };
    writeTree(folder, { "chained.json": chained(sigstore), "theirs.json": chained(createLocalSigstore()) });
    const allow = "--allow-certificate-chain";
    await refused(12, "BUNDLE_INVALID", ...BLOB, "--bundle", at("chained.json"), at("file"));
    await ok(...BLOB, "--bundle", at("chained.json"), allow, at("file"));
    await refused(12, "SUBJECT_MISMATCH", ...BLOB, "--bundle", at("chained.json"), allow, at("other-file"));
    const theirs = [...BLOB, "--bundle", at("theirs.json"), allow, "--insecure-ignore-tlog", "--insecure-ignore-sct"];
    assert.notEqual((await runAmap([...theirs, at("file")])).exit, 0);
  });

  test("sha384 names an artifact, too", async () => {
    const sha384 = createHash("sha384")
      .update(readFileSync(at("file")))
      .digest("hex");
    const words = ["--bundle", at("old-attested.json"), "--digest", sha384, "--digestAlg", "sha384"];
    assert.equal((await runAmap([...ATTESTED, ...words])).code, "SUBJECT_MISMATCH");
  });
});

describe("--explain", () => {
  interface Explained {
    readonly candidates: readonly {
      readonly verdict: string;
      readonly code?: string;
      readonly checks: readonly { readonly name: string; readonly passed: boolean }[];
    }[];
    readonly refusal: { readonly code: string } | null;
  }
  const explained = (stderr: string): Explained =>
    JSON.parse(stderr.split("\n").find((line) => line.startsWith('{"image"')) ?? "") as Explained;

  test("names each candidate that counts, and what verifies and was not asked for", async () => {
    const { stderr } = await ok("verify", ...PUB, "-a", "team=shop", "--explain=json", image);
    const { candidates, refusal } = explained(stderr);
    assert.equal(refusal, null);
    assert.deepEqual([...new Set(candidates.map(({ verdict }) => verdict))].toSorted(), ["counts", "other"]);
    const text = (await ok("verify", ...PUB, "-a", "team=shop", "--explain", image)).stderr;
    assert.match(text, /verifies and is not what was asked for: an attestation of https:\/\/example\.com\/review/);
  });

  test("names the cause of each that is rejected", async () => {
    const ended = await runAmap(["verify", ...BAD, "--explain=json", image]);
    const { candidates, refusal } = explained(ended.stderr);
    assert.equal(ended.exit, 12, ended.stderr);
    assert.equal(refusal?.code, ended.code);
    assert.equal(
      candidates.every(({ verdict, code }) => verdict === "rejected" && code !== undefined),
      true,
    );
    const text = (await runAmap(["verify", ...BAD, "--explain", image])).stderr;
    assert.match(text, /rejected, SIGNATURE_INVALID/);
  });

  test("what nobody vouches for adds no line", async () => {
    const statement = jsonBytes({
      _type: "https://in-toto.io/Statement/v1",
      subject: [{ digest: { sha256: digest.slice("sha256:".length) } }],
      predicateType: "https://x.example/\n7. tag: counts",
      predicate: {},
    });
    const { bytes } = sigstore.signBundle({ content: { payload: statement }, keyOnly: true, log: "none" });
    writeTree(folder, { "hostile.json": bytes });
    const { stderr } = await runAmap(["verify", ...PUB, "--bundle", at("hostile.json"), "--explain", image]);
    assert.match(stderr, /which says it is https:\/\/x\.example\/\\u\{a\}7\. tag: counts \(unverified\): rejected/);
    assert.doesNotMatch(stderr, /^7\. /m);
  });

  test("shows the checks up to the one that fails", async () => {
    writeTree(folder, {
      "keyless.json": sigstore.signBundle({ content: { artifact: readFileSync(at("file")) } }).bytes,
    });
    const words = ["verify-blob", "--bundle", at("keyless.json"), ...ROOT, "--use-signed-timestamps", at("file")];
    const { stderr } = await runAmap([...words, ...ME, "--explain"]);
    assert.match(stderr, /holds {2}signature/);
    assert.match(stderr, /holds {2}identity/);
    assert.match(stderr, /fails {2}timestamps/);
    const good = ["verify-blob", "--bundle", at("keyless.json"), ...ROOT, ...ME, "--explain=json", at("file")];
    assert.match((await ok(...good)).stderr, /\{"checks":\[\{"name":"signature","passed":true/);
  });
});

describe("--recursive", () => {
  test("one table of the index and its platforms, and the exit code of the worst", async () => {
    const { stderr } = await refused(10, "NO_SIGNATURES", "verify", ...PUB, "--recursive", image);
    assert.match(stderr, /index +sha256:\S+ +verified +key /);
    assert.match(stderr, /linux\/amd64 +sha256:\S+ +NO_SIGNATURES/);
    await ok("sign", ...KEY, "-r", image);
    const { stdout, stderr: table } = await ok("verify", ...PUB, "--recursive", image);
    assert.equal((table.match(/ verified /g) ?? []).length, 3, table);
    assert.ok((JSON.parse(stdout) as unknown[]).length >= 3);
    await refused(12, "SIGNATURE_INVALID", "verify", ...BAD, "--recursive", image);
  });
});

describe("-o text", () => {
  test("a payload on each line, and of a certificate whom it names", async () => {
    const lines = (await ok("verify", ...PUB, "-o", "text", image)).stdout.trimEnd().split("\n");
    for (const line of lines) assert.match(line, new RegExp(`"docker-manifest-digest":"${digest}"`));
    const { bytes } = sigstore.signBundle({
      content: {
        payload: jsonBytes({
          _type: "https://in-toto.io/Statement/v1",
          subject: [{ digest: { sha256: digestHex(`sha256:${digest.slice("sha256:".length)}`) } }],
          predicateType: "https://sigstore.dev/cosign/sign/v1",
          predicate: {},
        }),
      },
    });
    writeTree(folder, { "keyless-image.json": bytes });
    const words = ["verify", "--bundle", at("keyless-image.json"), ...ME, ...ROOT, "-o", "text", image];
    assert.match((await ok(...words)).stderr, new RegExp(`Certificate subject: ${PERSON.subject.value}`));
  });

  test("--attachment sbom asks for the SBOM's own signature", async () => {
    await refused(10, "NO_SIGNATURES", "verify", ...PUB, "--attachment", "sbom", image);
  });
});

/** Every flag of cosign 3.1.3 for these verbs, deprecated and hidden ones too; registry flags are tested elsewhere. */
const SHARED =
  "key certificate certificate-chain certificate-identity certificate-identity-regexp certificate-oidc-issuer " +
  "certificate-oidc-issuer-regexp certificate-github-workflow-trigger certificate-github-workflow-sha " +
  "certificate-github-workflow-name certificate-github-workflow-repository certificate-github-workflow-ref " +
  "ca-roots ca-intermediates sct insecure-ignore-sct insecure-ignore-tlog private-infrastructure rekor-url " +
  "timestamp-certificate-chain use-signed-timestamps trusted-root new-bundle-format allow-certificate-chain " +
  "experimental-oci11 max-workers sk slot signature-digest-algorithm";
const COSIGN_FLAGS: Readonly<Record<string, string>> = {
  verify: `${SHARED} annotations attachment check-claims local-image output payload signature`,
  "verify-attestation": `${SHARED} check-claims local-image output policy type`,
  "verify-blob": `${SHARED} bundle rfc3161-timestamp signature`,
  "verify-blob-attestation": `${SHARED} bundle check-claims digest digestAlg rfc3161-timestamp signature type`,
  tree: "registry-referrers-mode experimental-oci11",
  "bundle create":
    "artifact attestation bundle certificate ignore-tlog key out rekor-url rfc3161-timestamp signature sk slot",
  "bundle inspect": "",
  "bundle upgrade": "out rekor-url",
  "trusted-root create":
    "fulcio rekor ctfe tsa with-default-services no-default-fulcio no-default-rekor no-default-ctfe no-default-tsa out " +
    "certificate-chain fulcio-uri ctfe-key ctfe-start-time ctfe-end-time ctfe-url rekor-key rekor-start-time " +
    "rekor-end-time rekor-url timestamp-certificate-chain timestamp-uri",
  "signing-config create":
    "fulcio rekor oidc-provider tsa rekor-config tsa-config with-default-services with-default-rekor-v2 base-config " +
    "no-default-fulcio no-default-rekor no-default-oidc no-default-tsa out",
};

describe("no flag of cosign's is unknown", () => {
  for (const [name, flags] of Object.entries(COSIGN_FLAGS)) {
    test(name, async () => {
      const program = await loadProgram(VERBS.filter((verb) => verb.name === name));
      const [first = "", second] = name.split(" ");
      const group = program.commands.find((command) => command.name() === first);
      const command = second === undefined ? group : group?.commands.find((each) => each.name() === second);
      const declared = new Set(command?.options.map(({ long }) => long?.slice("--".length)));
      const unknown = flags.split(" ").filter((flag) => flag !== "" && !declared.has(flag));
      assert.deepEqual(unknown, []);
    });
  }
});
