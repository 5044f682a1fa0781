/** The verifying verbs against a Sigstore of the test's own: identities, logs, timestamps, each with its refusal. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { createSignatureStatement, createStatement, encodeStatement } from "../attestation/index.ts";
import { type Digest, digestHex, encodeUtf8 } from "../base/index.ts";
import { buildTestImage } from "../testing/cli-fixture.ts";
import { createCliChecks, createCliRunner, writeTree } from "../testing/cli-runner.ts";
import {
  type BundleOptions,
  createLocalSigstore,
  createTestKey,
  jsonBytes,
  PERSON,
  WORKFLOW_RUN,
} from "../testing/sigstore/local-sigstore.ts";
import { runCli } from "./run-cli.ts";
import { VERBS } from "./verbs.ts";

const runAmap = createCliRunner((words, shell) => runCli(words, shell, VERBS));
const { ok, refused } = createCliChecks(runAmap);
const folder = mkdtempSync(join(tmpdir(), "amap-keyless-"));
const at = (...names: readonly string[]): string => join(folder, ...names);
const sigstore = createLocalSigstore();
const image = `oci:${at("image")}:v1`;
const TYPE = "https://example.com/review";
const ROOT = ["--trusted-root", at("root.json")];
const ME = ["--certificate-identity", PERSON.subject.value, "--certificate-oidc-issuer", PERSON.issuer];

/** Signs without a key and attaches the bundle to the image. */
async function attach(payload: Uint8Array, options: Omit<BundleOptions, "content"> = {}): Promise<void> {
  writeTree(folder, { "attached.json": sigstore.signBundle({ content: { payload }, ...options }).bytes });
  await ok("attach", "attestation", "--attestation", at("attached.json"), image);
}

before(async () => {
  const digest = await buildTestImage(folder);
  const review = createStatement({
    subjects: [{ name: "shop", digest: { sha256: digestHex(digest) } }],
    predicateType: TYPE,
    predicate: { reviewed: true },
  });
  await attach(encodeStatement(createSignatureStatement(digest)));
  await attach(encodeStatement(review), { identity: WORKFLOW_RUN, log: "v2" });
  const blob = encodeUtf8("a file");
  const about = createStatement({
    subjects: [{ name: "file", digest: { sha256: digestHex(digestOfBytes(blob)) } }],
    predicateType: TYPE,
    predicate: { reviewed: true },
  });
  writeTree(folder, {
    "root.json": jsonBytes(sigstore.trustedRoot()),
    "other-root.json": jsonBytes(createLocalSigstore().trustedRoot()),
    file: blob,
    "other-file": encodeUtf8("another file"),
    "file.sigstore.json": sigstore.signBundle({ content: { artifact: blob } }).bytes,
    "attested.sigstore.json": sigstore.signBundle({ content: { payload: encodeStatement(about) } }).bytes,
  });
});
after(() => rmSync(folder, { recursive: true, force: true }));

function digestOfBytes(bytes: Uint8Array): Digest {
  return `sha256:${Buffer.from(createHash("sha256").update(bytes).digest()).toString("hex")}`;
}

describe("verify", () => {
  test("an identity with its issuer, and what is told of it", async () => {
    const { stdout, stderr } = await ok("verify", ...ME, ...ROOT, image);
    const [payload] = JSON.parse(stdout) as { optional: Record<string, string> }[];
    assert.deepEqual(
      [payload?.optional["Subject"], payload?.optional["Issuer"]],
      [PERSON.subject.value, PERSON.issuer],
    );
    assert.match(stderr, new RegExp(`made by ${PERSON.subject.value}`));
    assert.match(stderr, /2026-06-01T12:00:00Z, by the transparency log/);
  });

  const accepted: readonly (readonly [name: string, words: readonly string[]])[] = [
    ["patterns", ["--certificate-identity-regexp", "^dev", "--certificate-oidc-issuer-regexp", "https://.*"]],
    ["one of several", ["--certificate-identity", "nobody@example.com", ...ME]],
    ["a second trusted root", [...ME, "--trusted-root", at("other-root.json")]],
  ];
  for (const [name, words] of accepted) {
    test(`accepts ${name}`, () => ok("verify", ...words, ...ROOT, image).then(() => {}));
  }

  const rows: readonly (readonly [name: string, exit: number, code: string, words: readonly string[]])[] = [
    [
      "C7: another identity",
      12,
      "IDENTITY_MISMATCH",
      ["--certificate-identity", "eve@example.com", ...ME.slice(2), ...ROOT],
    ],
    [
      "C7: another issuer",
      12,
      "IDENTITY_MISMATCH",
      [...ME.slice(0, 2), "--certificate-oidc-issuer", "https://evil.example", ...ROOT],
    ],
    [
      "C7: a pattern that matches nothing",
      12,
      "IDENTITY_MISMATCH",
      ["--certificate-identity-regexp", "^eve", ...ME.slice(2), ...ROOT],
    ],
    [
      "C7: a workflow that it does not state",
      12,
      "IDENTITY_MISMATCH",
      [...ME, "--certificate-github-workflow-ref", "refs/heads/main", ...ROOT],
    ],
    ["another trusted root", 12, "TLOG_UNKNOWN", [...ME, "--trusted-root", at("other-root.json")]],
    ["a timestamp that is not there", 12, "THRESHOLD_UNMET", [...ME, "--use-signed-timestamps", ...ROOT]],
    [
      "a certificate that has expired, without log",
      12,
      "CERTIFICATE_EXPIRED",
      [...ME, "--insecure-ignore-tlog", ...ROOT],
    ],
    ["no trusted root, and a mirror whose root is not known", 2, "USAGE", ME],
    ["nobody", 2, "USAGE", ROOT],
    ["an identity without an issuer", 2, "USAGE", [...ME.slice(0, 2), ...ROOT]],
    ["an issuer without an identity", 2, "USAGE", [...ME.slice(2), ...ROOT]],
    ["a pattern that is none", 2, "USAGE", ["--certificate-identity-regexp", "(", ...ME.slice(2), ...ROOT]],
    ["C7: an empty pattern of identities", 2, "USAGE", ["--certificate-identity-regexp", "", ...ME.slice(2), ...ROOT]],
    [
      "C7: an empty pattern of issuers",
      2,
      "USAGE",
      [...ME.slice(0, 2), "--certificate-oidc-issuer-regexp", "", ...ROOT],
    ],
    ["C7: an empty identity", 2, "USAGE", ["--certificate-identity", "", ...ME.slice(2), ...ROOT]],
    ["C7: an identity and a pattern", 2, "USAGE", [...ME, "--certificate-identity-regexp", ".*", ...ROOT]],
    ["key and identity", 2, "USAGE", [...ME, "--key", at("root.json"), ...ROOT]],
    ["certificates that are none", 12, "CERTIFICATE_INVALID", [...ME, "--ca-roots", at("root.json"), ...ROOT]],
    ["a trusted root that is none", 2, "TRUST_ROOT_INVALID", [...ME, "--trusted-root", at("file.sigstore.json")]],
  ];
  for (const [name, exit, code, words] of rows) {
    test(`refuses ${name}: ${code}`, async () => {
      const ended = await runAmap(["verify", ...words, image]);
      assert.equal(ended.code, code, ended.stderr);
      assert.notEqual(ended.exit, 0);
      if (exit === 12 || exit === 2) assert.equal(ended.exit, exit, ended.stderr);
    });
  }
});

describe("verify-attestation", () => {
  const workflow = [
    "--certificate-identity",
    WORKFLOW_RUN.subject.value,
    "--certificate-oidc-issuer",
    WORKFLOW_RUN.issuer,
  ];

  test("of a workflow, with what its certificate states, in Rekor v2", async () => {
    const ref = ["--certificate-github-workflow-repository", "acme/shop"];
    await ok("verify-attestation", "--type", TYPE, ...workflow, ...ROOT, image);
    await ok("verify-attestation", "--type", TYPE, ...workflow, ...ref, ...ROOT, image);
    const other = ["--certificate-github-workflow-repository", "evil/shop"];
    await refused(12, "IDENTITY_MISMATCH", "verify-attestation", "--type", TYPE, ...workflow, ...other, ...ROOT, image);
  });

  test("C3: a signature is no attestation, and another type does not count", async () => {
    await refused(12, "IDENTITY_MISMATCH", "verify-attestation", "--type", TYPE, ...ME, ...ROOT, image);
    await refused(
      12,
      "PREDICATE_TYPE_MISMATCH",
      "verify-attestation",
      "--type",
      "spdxjson",
      ...workflow,
      ...ROOT,
      image,
    );
  });
});

describe("--bundle", () => {
  test("bundles from a file or a folder stand in for what is beside the image", async () => {
    const [line = "", ...others] = (await ok("download", "attestation", image)).stdout.trimEnd().split("\n");
    writeTree(folder, { "bundles/github.jsonl": [line, ...others].join("\n"), "none/readme.txt": "nothing" });
    await ok("verify", ...ME, ...ROOT, "--bundle", at("bundles"), image);
    await ok("verify", ...ME, ...ROOT, "--bundle", at("bundles/github.jsonl"), image);
    await refused(12, "BUNDLE_INVALID", "verify", ...ME, ...ROOT, "--bundle", at("none"), image);
    await refused(2, "FILE_NOT_FOUND", "verify", ...ME, ...ROOT, "--bundle", at("nothing"), image);
  });
});

describe("verify-blob", () => {
  const bundle = ["--bundle", at("file.sigstore.json")];

  test("a file, standard input's twin, and a digest alone", async () => {
    assert.match((await ok("verify-blob", ...bundle, ...ME, ...ROOT, at("file"))).stderr, /^Verified OK\n/);
    await ok("verify-blob", ...bundle, ...ME, ...ROOT, digestOfBytes(readFileSync(at("file"))));
  });

  test("another file, another digest, another signer", async () => {
    await refused(12, "SUBJECT_MISMATCH", "verify-blob", ...bundle, ...ME, ...ROOT, at("other-file"));
    await refused(12, "SUBJECT_MISMATCH", "verify-blob", ...bundle, ...ME, ...ROOT, `sha256:${"0".repeat(64)}`);
    const eve = ["--certificate-identity", "eve@example.com", ...ME.slice(2)];
    await refused(12, "IDENTITY_MISMATCH", "verify-blob", ...bundle, ...eve, ...ROOT, at("file"));
  });

  test("C3: an attestation about the file is no signature of it (pain 5)", async () => {
    const attested = ["--bundle", at("attested.sigstore.json")];
    await refused(12, "BUNDLE_UNSUPPORTED", "verify-blob", ...attested, ...ME, ...ROOT, at("file"));
  });

  test("C4: what is no bundle is refused", async () => {
    await refused(12, "BUNDLE_UNSUPPORTED", "verify-blob", "--bundle", at("root.json"), ...ME, ...ROOT, at("file"));
    await refused(2, "FILE_NOT_FOUND", "verify-blob", "--bundle", at("nothing"), ...ME, ...ROOT, at("file"));
  });
});

describe("verify-blob-attestation", () => {
  const words = ["--bundle", at("attested.sigstore.json"), "--type", TYPE, ...ME, ...ROOT];

  test("a file, or a digest in its place", async () => {
    await ok("verify-blob-attestation", ...words, at("file"));
    const hex = digestHex(digestOfBytes(readFileSync(at("file"))));
    await ok("verify-blob-attestation", ...words, "--digest", hex, "--digestAlg", "sha256");
    await refused(
      2,
      "USAGE",
      "verify-blob-attestation",
      ...words,
      "--digest",
      hex,
      "--digestAlg",
      "sha256",
      at("file"),
    );
  });

  test("another file, another type, a signature of a file", async () => {
    await refused(12, "SUBJECT_MISMATCH", "verify-blob-attestation", ...words, at("other-file"));
    await refused(12, "PREDICATE_TYPE_MISMATCH", "verify-blob-attestation", ...words, "--type", "spdxjson", at("file"));
    const signed = ["--bundle", at("file.sigstore.json"), "--type", TYPE, ...ME, ...ROOT];
    await refused(12, "BUNDLE_UNSUPPORTED", "verify-blob-attestation", ...signed, at("file"));
  });
});

describe("trusted-root create", () => {
  test("what it writes is read again; a log needs a start", async () => {
    writeTree(folder, { "log.pub": createTestKeyPem() });
    const log = `url=https://rekor.example,public-key=${at("log.pub")},start-time=2026-01-01T00:00:00Z`;
    await ok("trusted-root", "create", "--rekor", log, "--out", at("made.json"));
    const made = JSON.parse(readFileSync(at("made.json"), "utf8")) as { tlogs: { baseUrl: string }[] };
    assert.equal(made.tlogs[0]?.baseUrl, "https://rekor.example");
    await refused(12, "TLOG_UNKNOWN", "verify", ...ME, "--trusted-root", at("made.json"), image);
    const endless = `url=https://rekor.example,public-key=${at("log.pub")}`;
    await refused(2, "USAGE", "trusted-root", "create", "--rekor", endless);
    await refused(2, "USAGE", "trusted-root", "create", "--rekor", `${log},unknown=1`);
    await refused(2, "FILE_NOT_FOUND", "trusted-root", "create", "--rekor", log.replace("log.pub", "nothing.pub"));
  });
});

function createTestKeyPem(): string {
  return createTestKey().pem;
}
