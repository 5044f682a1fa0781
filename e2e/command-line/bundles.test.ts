/**
 * Bundles, old forms of signatures, saved folders, trusted roots and signing configurations: what amap writes and what
 * cosign 3.1.3 writes of the same input is the same, byte for byte, and both judge the same, each with its tampered twin.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { storefrontImage } from "../../src/app/demo/storefront.ts";
import { buildImage, parseImageTarget } from "../../src/app/index.ts";
import { runCli } from "../../src/cli/run-cli.ts";
import { VERBS } from "../../src/cli/verbs.ts";
import { createCliRunner, type Ended } from "../../src/testing/cli-runner.ts";
import { pem } from "../../src/testing/sigstore/der-values.ts";
import { type BundleJson, PERSON } from "../../src/testing/sigstore/local-sigstore.ts";
import { emailClaims } from "../../src/testing/sigstore/services/identity-provider.ts";
import { type LocalServices, openLocalServices } from "../../src/testing/sigstore/services/local-services.ts";
import { createWorld } from "../../src/wiring/index.ts";

const root = join(import.meta.dirname, "..", "..");
const cosign = process.env["AMAP_E2E_COSIGN"] ?? "";
const registry = process.env["AMAP_E2E_REGISTRY"] ?? "";
const folder = mkdtempSync(join(tmpdir(), "amap-e2e-bundles-"));
const at = (name: string): string => join(folder, name);
const DAY = 86_400_000;
const IGNORE = "--insecure-ignore-tlog";
const SUBJECT = PERSON.subject.value;
let local: LocalServices;
/** Identity and issuer; the issuer's address is known once it runs. */
let me: readonly string[];
/** Keys and certificates of the services, by cosign's variables. */
let variables: Readonly<Record<string, string>>;

type Tool = (words: readonly string[], more?: Readonly<Record<string, string>>) => Promise<Ended>;

const own = (copy: string) => ({ HOME: folder, NO_COLOR: "1", COSIGN_PASSWORD: "e2e", TUF_ROOT: at(copy) });

/** Runs cosign without holding up the services, which are in this process. */
const peer: Tool = (words, more = {}) =>
  new Promise((resolve) => {
    const env = { PATH: process.env["PATH"], ...own("by-cosign"), ...more };
    const child = execFile(cosign, words, { cwd: folder, env, timeout: 60_000 }, (_, stdout, stderr) =>
      resolve({ exit: child.exitCode ?? 70, stdout, stderr, code: undefined }),
    );
  });

/** amap runs in this process: two hundred starts of a program would be most of this test's time. */
const runHere = createCliRunner((words, shell) => runCli(words, shell, VERBS));
const amap: Tool = (words, more = {}) => runHere(words, { TUF_MIRROR: undefined, ...own("by-amap"), ...more });

async function ok(running: Promise<Ended>): Promise<Ended> {
  const ended = await running;
  assert.equal(ended.exit, 0, `${ended.stderr}\n${ended.stdout}`);
  return ended;
}

/** What both write on standard output, which must be the same. */
async function same(...words: readonly string[]): Promise<string> {
  const [ours, theirs] = await Promise.all([ok(amap(words)), ok(peer(words))]);
  assert.equal(inOrder(ours.stdout), inOrder(theirs.stdout), words.join(" "));
  return ours.stdout;
}

/** Of logs with one start of validity cosign writes any first: those of a trusted root by their ids, whatever follows. */
function inOrder(text: string): string {
  return text.replace(/"tlogs":(\[[^\]]*\])/, (_, list: string) => {
    const logs = JSON.parse(list) as { logId: { keyId: string } }[];
    const sorted = logs.toSorted((one, other) => one.logId.keyId.localeCompare(other.logId.keyId));
    return `"tlogs":${JSON.stringify(sorted)}`;
  });
}

/** Both end well, or neither does. */
async function agree(isGood: boolean, words: readonly string[], more = {}): Promise<void> {
  const ended = await Promise.all([peer(words, more), amap(words, more)]);
  for (const [index, { exit, stderr, stdout }] of ended.entries()) {
    const name = index === 0 ? "cosign" : "amap";
    assert.equal(exit === 0, isGood, `${name} ${words.join(" ")}\n${stderr}${stdout}`);
  }
}

async function pushImage(name: string): Promise<string> {
  const world = createWorld({ offline: false, env: {} });
  const storage = await world.openStorage(parseImageTarget(`${registry}/${name}:v1`));
  const built = await buildImage(world, storage, storefrontImage(join(root, "examples"), "v1"));
  await world.close();
  // One platform: cosign reads no bundles of an index that is saved.
  return `${registry}/${name}@${built.platforms[0]?.digest}`;
}

before(async () => {
  process.chdir(folder);
  local = await openLocalServices({ sigstore: { at: Date.now() - DAY } });
  const { sigstore, urls, tuf, provider } = local;
  me = ["--certificate-identity", SUBJECT, "--certificate-oidc-issuer", urls.issuer];
  variables = {
    SIGSTORE_ROOT_FILE: at("chain.pem"),
    SIGSTORE_REKOR_PUBLIC_KEY: at("rekor.pub"),
    SIGSTORE_CT_LOG_PUBLIC_KEY_FILE: at("ct-log.pub"),
  };
  const files: Readonly<Record<string, string | Uint8Array>> = {
    blob: "a file\n",
    "other-blob": "another file\n",
    "predicate.json": '{"reviewed":true}',
    "1.root.json": tuf.firstRoot,
    "chain.pem": sigstore.fulcio.chain.map((der) => pem("CERTIFICATE", der)).join(""),
    "rekor.pub": sigstore.rekorV1.key.pem,
    "ct-log.pub": sigstore.ctLog.key.pem,
    token: provider.issueToken(emailClaims(SUBJECT)),
    "0.2.json": sigstore.signBundle({ content: { artifact: Buffer.from("a file\n") }, version: "0.2" }).bytes,
  };
  for (const [name, content] of Object.entries(files)) writeFileSync(at(name), content);
  await Promise.all([
    ok(peer(["initialize", "--mirror", urls.tuf, "--root", "1.root.json"])),
    ok(amap(["initialize", "--mirror", urls.tuf, "--root", "1.root.json"])),
    ok(peer(["generate-key-pair"])),
  ]);
  const old = ["-y", "--use-signing-config=false", "--new-bundle-format=false"];
  const alone = [...old, "--key", "cosign.key", "--tlog-upload=false"];
  const person = [...old, "--identity-token", "token", `--fulcio-url=${urls.fulcio}`, `--rekor-url=${urls.rekorV1}`];
  const type = ["--type", "https://example.com/review", "--predicate", "predicate.json"];
  await Promise.all([
    ok(peer(["sign-blob", ...alone, "--bundle", "key.old.json", "--output-signature", "key.sig", "blob"])),
    ok(
      peer([
        "attest-blob",
        ...alone,
        ...type,
        "--bundle",
        "attested.old.json",
        "--output-signature",
        "envelope",
        "blob",
      ]),
    ),
    ok(
      peer([
        "sign-blob",
        ...person,
        "--bundle",
        "person.old.json",
        "--output-signature",
        "person.sig",
        "--output-certificate",
        "person.pem",
        "blob",
      ]),
    ),
  ]);
});
after(async () => {
  await local.close();
  process.chdir(root);
  rmSync(folder, { recursive: true, force: true });
});

describe("bundle create and upgrade: the same bytes", () => {
  test("of a key, a certificate, an old bundle, an attestation", async () => {
    const create = ["bundle", "create", "--artifact", "blob"];
    const key = ["--key", "cosign.pub", "--ignore-tlog"];
    await same(...create, ...key, "--signature", "key.sig");
    await same(...create, ...key, "--bundle", "key.old.json");
    await same(...create, ...key, "--bundle", "attested.old.json");
    await same(...create, "--ignore-tlog", "--signature", "person.sig", "--certificate", "person.pem");
    // With the entry that the log is asked for.
    const log = ["--rekor-url", local.urls.rekorV1];
    writeFileSync(at("made.json"), await same(...create, "--bundle", "person.old.json", ...log));
    await agree(true, ["verify-blob", "--bundle", "made.json", ...me, "blob"]);
    await agree(false, ["verify-blob", "--bundle", "made.json", ...me, "other-blob"]);
  });

  test("of versions 0.1, with a promise alone, and 0.2; of 0.3 nothing changes", async () => {
    const made = JSON.parse(readFileSync(at("made.json"), "utf8")) as BundleJson;
    const { certificate, ...material } = made.verificationMaterial;
    const tlogEntries = (material.tlogEntries ?? []).map((entry) =>
      Object.fromEntries(Object.entries(entry).filter(([name]) => name !== "inclusionProof")),
    );
    const chain = { certificates: [certificate] };
    const old = {
      ...made,
      mediaType: "application/vnd.dev.sigstore.bundle+json;version=0.1",
      verificationMaterial: { ...material, x509CertificateChain: chain, tlogEntries },
    };
    writeFileSync(at("0.1.json"), JSON.stringify(old));
    const links = local.sigstore.fulcio.chain.slice(0, 1).map((der) => ({ rawBytes: der.toString("base64") }));
    const longer = { ...material, x509CertificateChain: { certificates: [certificate, ...links] } };
    writeFileSync(at("chained.json"), JSON.stringify({ ...made, verificationMaterial: longer }));
    await agree(false, ["verify-blob", "--bundle", "chained.json", ...me, "blob"]);
    await agree(true, ["verify-blob", "--bundle", "chained.json", "--allow-certificate-chain", ...me, "blob"]);
    await agree(false, ["verify-blob", "--bundle", "chained.json", "--allow-certificate-chain", ...me, "other-blob"]);
    const log = ["--rekor-url", local.urls.rekorV1];
    writeFileSync(at("upgraded.json"), await same("bundle", "upgrade", "0.1.json", ...log));
    await agree(true, ["verify-blob", "--bundle", "upgraded.json", ...me, "blob"]);
    await same("bundle", "upgrade", "0.2.json", ...log);
    await same("bundle", "upgrade", "upgraded.json", ...log);
    await agree(false, ["bundle", "upgrade", "person.old.json", ...log]);
    await Promise.all([
      ok(amap(["bundle", "inspect", "upgraded.json"])),
      ok(peer(["bundle", "inspect", "upgraded.json"])),
    ]);
  });
});

describe("old signatures of files: the same verdicts", () => {
  test("of a key: signature, old bundle, attestation", async () => {
    const key = ["--key", "cosign.pub", IGNORE];
    for (const proof of [
      ["--signature", "key.sig"],
      ["--bundle", "key.old.json"],
    ]) {
      await agree(true, ["verify-blob", ...key, ...proof, "blob"]);
      await agree(false, ["verify-blob", ...key, ...proof, "other-blob"]);
    }
    const type = ["--type", "https://example.com/review"];
    for (const proof of [
      ["--signature", "envelope"],
      ["--bundle", "attested.old.json"],
    ]) {
      await agree(true, ["verify-blob-attestation", ...key, ...type, ...proof, "blob"]);
      await agree(false, ["verify-blob-attestation", ...key, ...type, ...proof, "other-blob"]);
      await agree(false, ["verify-blob-attestation", ...key, "--type", "vuln", ...proof, "blob"]);
    }
  });

  test("keyless: an old bundle with the services' keys; a certificate with its chain", async () => {
    const bundle = ["verify-blob", "--bundle", "person.old.json"];
    await agree(true, [...bundle, ...me, "blob"], variables);
    await agree(false, [...bundle, ...me, "other-blob"], variables);
    await agree(false, [...bundle, "--certificate-identity", "eve@example.com", ...me.slice(2), "blob"], variables);
    await agree(false, [...bundle, ...me, "blob"], { ...variables, SIGSTORE_REKOR_PUBLIC_KEY: at("ct-log.pub") });
    const alone = ["verify-blob", "--signature", "person.sig", "--certificate", "person.pem", IGNORE, ...me];
    const chain = ["--certificate-chain", "chain.pem", "--insecure-ignore-sct"];
    await agree(true, [...alone, ...chain, "blob"]);
    await agree(false, [...alone, ...chain, "other-blob"]);
    await agree(false, ["verify-blob", "--signature", "key.sig", ...alone.slice(3), ...chain, "blob"]);
  });
});

describe("images", () => {
  test("a saved folder of either tool, verified where it is by both", async () => {
    const image = await pushImage("bundles-local");
    const old = ["--new-bundle-format=false", "--tlog-upload=false"];
    await ok(peer(["sign", "-y", "--key", "cosign.key", "--use-signing-config=false", ...old, image]));
    await ok(peer(["save", "--dir", "old-by-cosign", image]));
    await ok(amap(["save", "--dir", "old-by-amap", image]));
    await ok(amap(["sign", "--key", "cosign.key", image]));
    await ok(amap(["attest", "--key", "cosign.key", "--type", "vuln", "--predicate", "predicate.json", image]));
    await ok(peer(["save", "--dir", "new-by-cosign", image]));
    await ok(amap(["save", "--dir", "new-by-amap", image]));
    const key = ["--key", "cosign.pub", IGNORE];
    for (const saved of ["old-by-cosign", "old-by-amap", "new-by-cosign", "new-by-amap"]) {
      await agree(true, ["verify", ...key, "--local-image", saved]);
      await agree(false, ["verify", "--key", "rekor.pub", IGNORE, "--local-image", saved]);
    }
    for (const saved of ["new-by-cosign", "new-by-amap"]) {
      await agree(true, ["verify-attestation", ...key, "--type", "vuln", "--local-image", saved]);
      await agree(false, ["verify-attestation", ...key, "--type", "spdx", "--local-image", saved]);
    }
  });

  test("-o json and text write the same of a signature under a tag", async () => {
    const image = await pushImage("bundles-output");
    const old = ["--use-signing-config=false", "--new-bundle-format=false", "--tlog-upload=false"];
    await ok(peer(["sign", "-y", "--key", "cosign.key", ...old, "-a", "team=shop", image]));
    const words = ["verify", "--key", "cosign.pub", IGNORE, image];
    await same(...words);
    await same(...words, "-o", "json");
    await same(...words, "-o", "text");
    const other = await pushImage("bundles-output-bundle");
    await ok(amap(["sign", "--key", "cosign.key", "-a", "team=shop", other]));
    await same(...words.slice(0, -1), other);
    await same(...words.slice(0, -1), "-o", "text", other);
  });

  test("a certificate from a file for a signature under a tag, with its chain", async () => {
    const image = await pushImage("bundles-certificate");
    const { fulcio, rekorV1 } = local.urls;
    const signing = ["--use-signing-config=false", "--new-bundle-format=false", "--identity-token", "token"];
    const services = [`--fulcio-url=${fulcio}`, `--rekor-url=${rekorV1}`, "--output-certificate", "image.pem"];
    await ok(peer(["sign", "-y", ...signing, ...services, image]));
    const words = ["verify", "--certificate", "image.pem", "--certificate-chain", "chain.pem", ...me];
    await agree(true, [...words, image], variables);
    const roots = ["--ca-roots", "chain.pem"];
    await agree(true, ["verify", ...roots, ...me, image], variables);
    const [ours, theirs] = await Promise.all(
      [amap, peer].map((tool) => tool(["verify", ...roots, ...me, image], variables)),
    );
    assert.equal(ours?.stdout, theirs?.stdout);
    await agree(false, ["verify", "--certificate", "person.pem", ...words.slice(3), image], variables);
    await agree(
      false,
      [...words.slice(0, 5), "--certificate-identity", "eve@example.com", ...me.slice(2), image],
      variables,
    );
  });
});

describe("default services of a mirror: the same bytes", () => {
  test("trusted roots", async () => {
    const create = ["trusted-root", "create", "--with-default-services"];
    await same(...create);
    await same(...create, "--no-default-fulcio", "--no-default-tsa");
    await same(...create, "--no-default-rekor", "--no-default-ctfe");
    const log = "url=https://log.example,public-key=ct-log.pub,start-time=2026-01-01T00:00:00Z";
    await same(...create, "--rekor", log, "--fulcio", "url=https://ca.example,certificate-chain=chain.pem");
    await same("trusted-root", "create", "--no-default-rekor");
  });

  test("signing configurations", async () => {
    const create = ["signing-config", "create", "--with-default-services"];
    const spec = "url=https://more.example,api-version=1,start-time=2026-01-01T00:00:00Z,operator=more";
    writeFileSync(at("base.json"), await same(...create));
    await same(...create, "--no-default-fulcio", "--no-default-oidc");
    await same(...create, "--rekor", spec, "--rekor-config", "EXACT:1");
    await same(...create, "--no-default-rekor", "--rekor", spec, "--rekor-config", "ALL");
    await same("signing-config", "create", "--base-config", "base.json", "--fulcio", spec);
    await agree(false, [...create, "--base-config", "base.json"]);
    await same("signing-config", "create", "--base-config", "base.json", "--no-default-tsa");
    await agree(false, ["signing-config", "create", "--with-default-rekor-v2"]);
  });
});
