/** The verbs of key rings, and --key-ring of the verifying verbs, against a Sigstore of the test's own. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, describe, test } from "node:test";
import { createSignatureStatement, createStatement, encodeStatement } from "../attestation/index.ts";
import { type Digest, digestHex, encodeUtf8 } from "../base/index.ts";
import { buildTestImage } from "../testing/cli-fixture.ts";
import { createCliChecks, createCliRunner, type Ended, writeTree } from "../testing/cli-runner.ts";
import { createLocalSigstore, createTestKey, jsonBytes, PERSON } from "../testing/sigstore/local-sigstore.ts";
import { runCli } from "./run-cli.ts";
import { VERBS } from "./verbs.ts";

const runAmap = createCliRunner((words, shell) => runCli(words, shell, VERBS));
const { ok, refused } = createCliChecks(runAmap);
const folder = mkdtempSync(join(tmpdir(), "amap-key-ring-"));
const at = (name: string): string => join(folder, name);
const sigstore = createLocalSigstore();
const release = createTestKey();
const other = createTestKey("ecdsa-p384");
const image = `oci:${at("image")}:v1`;
const TYPE = "https://example.com/review";
const ROOT = ["--trusted-root", at("root.json")];
const RING = ["--key-ring", at("ring.yaml")];
/** When everything here is signed: LOCAL_TIME. */
const SIGNED = "2026-06-01T12:00:00Z";
const EARLIER = "2026-06-01T11:59:59Z";
const blob = encodeUtf8("a file");
let digest: Digest;

async function attach(payload: Uint8Array, options: object): Promise<void> {
  writeTree(folder, { "attached.json": sigstore.signBundle({ content: { payload }, ...options }).bytes });
  await ok("attach", "attestation", "--attestation", at("attached.json"), image);
}

function review(sha256: string): Uint8Array {
  const subjects = [{ name: "subject", digest: { sha256 } }];
  return encodeStatement(createStatement({ subjects, predicateType: TYPE, predicate: { reviewed: true } }));
}

before(async () => {
  digest = await buildTestImage(folder);
  const byRelease = { key: release, keyOnly: true };
  await attach(encodeStatement(createSignatureStatement(digest)), byRelease);
  await attach(review(digestHex(digest)), byRelease);
  const about = review(createHash("sha256").update(blob).digest("hex"));
  const signed = sigstore.signBundle({ content: { artifact: blob }, ...byRelease });
  writeTree(folder, {
    "release.pub": release.pem,
    "other.pub": other.pem,
    "root.json": jsonBytes(sigstore.trustedRoot()),
    file: blob,
    "changed-file": encodeUtf8("another file"),
    "file.json": signed.bytes,
    "about.json": sigstore.signBundle({ content: { payload: about }, ...byRelease }).bytes,
    "file.sig": encodeUtf8(signed.bundle.messageSignature?.signature ?? ""),
    "keyless.json": sigstore.signBundle({ content: { artifact: blob } }).bytes,
  });
});
beforeEach(async () => {
  rmSync(at("ring.yaml"), { force: true });
  await ok("key-ring", "create", ...RING, `release=${at("release.pub")}`);
});
after(() => rmSync(folder, { recursive: true, force: true }));

const retire = (...words: readonly string[]): Promise<Ended> =>
  runAmap(["key-ring", "retire", "release", ...RING, ...words]);

describe("key-ring", () => {
  test("create, add, rotate, retire and show", async () => {
    await refused(2, "USAGE", "key-ring", "create", ...RING);
    const person = ["--certificate-identity", PERSON.subject.value, "--certificate-oidc-issuer", PERSON.issuer];
    await ok("key-ring", "add", "dev", ...RING, ...person, "--predicate-type", "openvex");
    const key = ["--key", at("other.pub")];
    await ok("key-ring", "rotate", "release", "other", ...RING, ...key, "--overlap", "1h");
    await ok("key-ring", "retire", "other", ...RING, "--at", SIGNED, "--reason", "lost", "--compromised");
    const { stdout } = await ok("key-ring", "show", ...RING, "-o", "json");
    const shown = JSON.parse(stdout) as Record<string, Record<string, unknown>[]>;
    assert.deepEqual(
      [...(shown["keys"] ?? []), ...(shown["identities"] ?? [])].map(({ name, status }) => [name, status]),
      [
        ["release", "in use"],
        ["other", "compromised"],
        ["dev", "in use"],
      ],
    );
    const table = (await ok("key-ring", "show", ...RING)).stdout;
    assert.match(table, /compromised +other .*compromised 2026-06-01T12:00:00Z \(lost\)/);
    assert.match(table, /dev +always +https:\/\/openvex\.dev\/ns/);
  });

  const wrong: readonly (readonly [name: string, code: string, words: readonly string[]])[] = [
    ["a name that is taken", "KEY_RING_INVALID", ["add", "release", "--key", at("other.pub")]],
    ["a key that is there", "KEY_RING_INVALID", ["add", "again", "--key", at("release.pub")]],
    ["a name that is none", "KEY_RING_INVALID", ["add", "a b", "--key", at("other.pub")]],
    ["a key that is none", "KEY_INVALID", ["add", "file", "--key", at("file")]],
    ["neither key nor identity", "USAGE", ["add", "other"]],
    ["half an identity", "USAGE", ["add", "dev", "--certificate-identity", "dev@example.com"]],
    ["key and identity", "USAGE", ["add", "dev", "--key", at("other.pub"), "--certificate-identity", "dev"]],
    ["a time that is none", "USAGE", ["retire", "release", "--at", "yesterday"]],
    ["a name that is not there", "KEY_RING_INVALID", ["retire", "release-2025"]],
    ["an overlap that is none", "USAGE", ["rotate", "release", "o", "--key", at("other.pub"), "--overlap", "soon"]],
    ["images without --dry-run", "USAGE", ["retire", "release", image]],
    ["--dry-run without images", "USAGE", ["retire", "release", "--dry-run"]],
    ["a check of nothing", "USAGE", ["check"]],
  ];
  for (const [name, code, [verb = "", ...words]] of wrong) {
    test(`refuses ${name}, and changes nothing`, async () => {
      const text = readFileSync(at("ring.yaml"), "utf8");
      await refused(2, code, "key-ring", verb, ...words, ...RING);
      assert.equal(readFileSync(at("ring.yaml"), "utf8"), text);
    });
  }
});

describe("--dry-run", () => {
  test("what would stop verifying is 1, with what to do; nothing is written", async () => {
    const text = readFileSync(at("ring.yaml"), "utf8");
    const { exit, stdout, stderr } = await retire("--at", EARLIER, "--dry-run", ...ROOT, image);
    assert.equal(exit, 1, stderr);
    assert.match(stdout, /release is retired at 2026-06-01T11:59:59Z/);
    const words = stdout.replaceAll(/\s+/g, " ");
    assert.match(words, /stops release .*: signature, signed 2026-06-01T12:00:00Z \(transparencyLog https:/);
    assert.match(words, new RegExp(`amap sign --key KEY oci:${at("image")}@${digest}`));
    assert.match(
      words,
      /looked at 1 image \(3 digests\): 2 signatures and attestations verify now, 0 do not; 2 would stop/,
    );
    assert.equal(readFileSync(at("ring.yaml"), "utf8"), text);
  });

  test("as JSON", async () => {
    const { exit, stdout } = await retire("--at", EARLIER, "--dry-run", ...ROOT, image, "-o", "json");
    const { stopping, evidence } = JSON.parse(stdout) as { stopping: number; evidence: Record<string, unknown>[] };
    assert.deepEqual([exit, stopping], [1, 2]);
    assert.deepEqual(
      evidence.map(({ status, predicateType }) => [status, predicateType]),
      [
        ["stops", undefined],
        ["stops", TYPE],
      ],
    );
  });

  test("nothing would stop is 0, and says how much was looked at", async () => {
    const { exit, stdout } = await retire("--at", SIGNED, "--dry-run", ...ROOT, image, "--bundle", at("file.json"));
    assert.equal(exit, 0, stdout);
    assert.match(stdout, /looked at 1 image \(3 digests\) and 1 bundle: 3 .* verify now, 0 do not; nothing would stop/);
  });

  test("where nothing verifies in the first place, a warning says why", async () => {
    const ring = ["--key-ring", at("other.yaml")];
    await ok("key-ring", "create", ...ring, `other=${at("other.pub")}`);
    const { stdout, stderr } = await ok("key-ring", "retire", "other", ...ring, "--dry-run", ...ROOT, image);
    assert.match(stdout, /0 signatures and attestations verify now, 2 do not/);
    assert.match(stderr, /warning: nothing that was found verifies by the ring as it is.*SIGNER_UNKNOWN/);
  });

  test("what could not be looked at is 3, never nothing", async () => {
    const { exit, stdout } = await retire("--dry-run", ...ROOT, image, `oci:${at("image")}:none`);
    assert.equal(exit, 3);
    assert.match(stdout, /not looked at +MANIFEST_NOT_FOUND/);
    assert.match(stdout, /1 could not be looked at/);
    assert.doesNotMatch(stdout, /nothing would stop/);
  });

  test("check tells all that verifies, and what will not at a later time", async () => {
    const now = await ok("key-ring", "check", ...RING, ...ROOT, image);
    assert.match(now.stdout, /verifies +release/);
    const plain = ["--insecure-ignore-tlog", image];
    await ok("key-ring", "rotate", "release", "other", ...RING, "--key", at("other.pub"), "--overlap", "1h");
    await ok("key-ring", "check", ...RING, ...plain);
    const later = await runAmap(["key-ring", "check", ...RING, ...plain, "--at", "2999-01-01T00:00:00Z"]);
    assert.equal(later.exit, 1, later.stdout);
    assert.match(later.stdout.replaceAll(/\s+/g, " "), /2 would stop verifying/);
  });
});

describe("--key-ring of the verifying verbs", () => {
  const verbs: readonly (readonly string[])[] = [
    ["verify", image],
    ["verify-attestation", "--type", TYPE, image],
    ["verify-blob", "--bundle", at("file.json"), at("file")],
    ["verify-blob-attestation", "--type", TYPE, "--bundle", at("about.json"), at("file")],
  ];
  for (const [verb = "", ...words] of verbs) {
    test(`${verb}: in use, retired later, retired before, another's`, async () => {
      await ok(verb, ...RING, ...ROOT, ...words);
      await retire("--at", SIGNED);
      await ok(verb, ...RING, ...ROOT, ...words);
      await retire("--at", SIGNED, "--compromised");
      await refused(12, "KEY_EXPIRED", verb, ...RING, ...ROOT, ...words);
      rmSync(at("ring.yaml"));
      await ok("key-ring", "create", ...RING, `other=${at("other.pub")}`);
      await refused(12, "SIGNER_UNKNOWN", verb, ...RING, ...ROOT, ...words);
    });
  }

  test("without a log a retired key proves nothing", async () => {
    const plain = [...RING, "--insecure-ignore-tlog", image];
    await ok("verify", ...plain);
    await retire("--at", SIGNED);
    await refused(12, "TIME_UNPROVEN", "verify", ...plain);
  });

  test("an entry counts for what it may sign alone", async () => {
    rmSync(at("ring.yaml"));
    await ok("key-ring", "create", ...RING, `other=${at("other.pub")}`);
    await ok("key-ring", "add", "release", ...RING, "--key", at("release.pub"), "--predicate-type", TYPE);
    await ok("verify-attestation", ...RING, ...ROOT, "--type", TYPE, image);
    await refused(12, "SIGNER_UNKNOWN", "verify", ...RING, ...ROOT, image);
  });

  test("an identity beside a key: a team that moves to keyless", async () => {
    const keyless = ["verify-blob", ...RING, ...ROOT, "--bundle", at("keyless.json"), at("file")];
    await refused(12, "SIGNER_UNKNOWN", ...keyless);
    const person = ["--certificate-identity-regexp", ".*@example[.]com", "--certificate-oidc-issuer", PERSON.issuer];
    await ok("key-ring", "add", "dev", ...RING, ...person);
    await ok(...keyless);
    await ok("verify-blob", ...RING, ...ROOT, "--bundle", at("file.json"), at("file"));
    await refused(12, "SUBJECT_MISMATCH", ...keyless.slice(0, -1), at("changed-file"));
    const old = ["verify-blob", ...RING, ...ROOT, "--insecure-ignore-tlog", "--signature", at("file.sig")];
    await ok(...old, at("file"));
    await refused(12, "SIGNATURE_INVALID", ...old, at("changed-file"));
    await ok("key-ring", "retire", "dev", ...RING, "--at", EARLIER);
    await refused(12, "IDENTITY_EXPIRED", ...keyless);
  });

  test("a ring excludes a key and an identity", async () => {
    await refused(2, "USAGE", "verify", ...RING, "--key", at("release.pub"), image);
    await refused(2, "FILE_NOT_FOUND", "verify", "--key-ring", at("none.yaml"), image);
    await refused(2, "KEY_RING_INVALID", "verify", "--key-ring", at("root.json"), image);
  });
});
