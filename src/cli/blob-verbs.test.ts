/** Signing with keys, beside a Sigstore of the test's own: blobs and images, witnessed by logs and timestamp authorities. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { buildTestImage } from "../testing/cli-fixture.ts";
import { createCliChecks, createCliRunner, writeTree } from "../testing/cli-runner.ts";
import { jsonBytes } from "../testing/sigstore/local-sigstore.ts";
import { type LocalServices, openLocalServices } from "../testing/sigstore/services/local-services.ts";
import { runCli } from "./run-cli.ts";
import { VERBS } from "./verbs.ts";

const runAmap = createCliRunner((words, shell) => runCli(words, shell, VERBS));
const { ok, refused } = createCliChecks(runAmap);
const folder = mkdtempSync(join(tmpdir(), "amap-blobs-"));
const at = (...names: readonly string[]): string => join(folder, ...names);
const image = `oci:${at("image")}:v1`;
const KEY = ["--key", at("good.key")];
const PUBLIC = ["--key", at("good.pub")];
const ALONE = ["--insecure-ignore-tlog"];
const ROOT = ["--trusted-root", at("root.json")];
const TYPE = "https://example.com/review";
let services: LocalServices;

before(async () => {
  services = await openLocalServices();
  await buildTestImage(folder);
  await ok("generate-key-pair", "--output-key-prefix", at("good"));
  await ok("generate-key-pair", "--output-key-prefix", at("stranger"));
  const start = "start-time=2020-01-01T00:00:00Z,operator=local";
  for (const [name, rekor, version] of [
    ["v1", services.urls.rekorV1, 1],
    ["v2", services.urls.rekorV2, 2],
  ] as const) {
    const log = ["--rekor", `url=${rekor},api-version=${version},${start}`, "--rekor-config", "ANY"];
    const tsa = ["--tsa", `url=${services.urls.tsa},api-version=1,${start}`, "--tsa-config", "ANY"];
    await ok("signing-config", "create", ...log, ...tsa, "--out", at(`${name}.json`));
  }
  writeTree(folder, {
    file: "a file",
    other: "another file",
    "predicate.json": { reviewed: true },
    "root.json": jsonBytes(services.sigstore.trustedRoot()),
  });
});
after(async () => {
  await services.close();
  rmSync(folder, { recursive: true, force: true });
});

describe("sign-blob and verify-blob", () => {
  test("with the key alone", async () => {
    const bundle = ["--bundle", at("alone.json")];
    await ok("sign-blob", ...KEY, ...bundle, at("file"));
    await ok("verify-blob", ...PUBLIC, ...bundle, ...ALONE, at("file"));
    await refused(12, "SUBJECT_MISMATCH", "verify-blob", ...PUBLIC, ...bundle, ...ALONE, at("other"));
    await refused(12, "SIGNER_UNKNOWN", "verify-blob", "--key", at("stranger.pub"), ...bundle, ...ALONE, at("file"));
    await refused(12, "THRESHOLD_UNMET", "verify-blob", ...PUBLIC, ...bundle, ...ROOT, at("file"));
  });

  for (const version of ["v1", "v2"]) {
    test(`witnessed by Rekor ${version} and a timestamp authority`, async () => {
      const bundle = ["--bundle", at(`blob-${version}.json`)];
      await ok("sign-blob", ...KEY, ...bundle, "--signing-config", at(`${version}.json`), at("file"));
      const { stderr } = await ok("verify-blob", ...PUBLIC, ...bundle, ...ROOT, "--use-signed-timestamps", at("file"));
      assert.match(stderr, /by the (?:timestamp authority|transparency log) http/);
      // C5: another file's entry does not vouch for this one.
      const other = ["--bundle", at(`other-${version}.json`)];
      await ok("sign-blob", ...KEY, ...other, "--signing-config", at(`${version}.json`), at("other"));
      const [mine, theirs] = [bundle, other].map(([, path = ""]) => JSON.parse(readFileSync(path, "utf8")));
      mine.verificationMaterial.tlogEntries = theirs.verificationMaterial.tlogEntries;
      writeTree(folder, { "swapped.json": mine });
      const swapped = ["--bundle", at("swapped.json")];
      await refused(12, "TLOG_ENTRY_MISMATCH", "verify-blob", ...PUBLIC, ...swapped, ...ROOT, at("file"));
    });
  }
});

describe("attest-blob and verify-blob-attestation", () => {
  test("a predicate, a statement, a digest in place of the file", async () => {
    const [first, second, third] = ["attested", "again", "by-hash"].map((name) => ["--bundle", at(`${name}.json`)]) as [
      string[],
      string[],
      string[],
    ];
    await ok("attest-blob", ...KEY, ...first, "--type", TYPE, "--predicate", at("predicate.json"), at("file"));
    const envelope = JSON.parse(readFileSync(at("attested.json"), "utf8")).dsseEnvelope;
    writeTree(folder, { "statement.json": Buffer.from(envelope.payload, "base64") });
    await ok("attest-blob", ...KEY, ...second, "--statement", at("statement.json"));
    const [{ digest }] = JSON.parse(readFileSync(at("statement.json"), "utf8")).subject;
    await ok(
      "attest-blob",
      ...KEY,
      ...third,
      "--type",
      TYPE,
      "--predicate",
      at("predicate.json"),
      "--hash",
      digest.sha256,
      at("file"),
    );
    for (const bundle of [first, second, third]) {
      await ok("verify-blob-attestation", ...PUBLIC, ...bundle, ...ALONE, "--type", TYPE, at("file"));
      await refused(
        12,
        "SUBJECT_MISMATCH",
        "verify-blob-attestation",
        ...PUBLIC,
        ...bundle,
        ...ALONE,
        "--type",
        TYPE,
        at("other"),
      );
    }
    await refused(2, "USAGE", "attest-blob", ...KEY, ...first, at("file"));
    await refused(
      2,
      "USAGE",
      "attest-blob",
      ...KEY,
      ...first,
      "--predicate",
      at("predicate.json"),
      "--hash",
      "abc",
      at("file"),
    );
  });

  test("standard input is given once: the second reader would find nothing and attest to that", async () => {
    const given = ["--type", TYPE, "--bundle", at("twice.json")];
    const { stderr } = await refused(2, "USAGE", "attest-blob", ...KEY, ...given, "--predicate", "-", "-");
    assert.match(stderr, /the file and --predicate are both standard input/);
    await refused(2, "USAGE", "attest-blob", "--key", "/dev/stdin", ...given, "--statement", "-");
    await refused(2, "USAGE", "sign-blob", "--key", "/dev/stdin", "--bundle", at("twice.json"), "-");
  });

  test("witnessed", async () => {
    const bundle = ["--bundle", at("witnessed.json")];
    const words = ["--type", TYPE, "--predicate", at("predicate.json"), "--signing-config", at("v2.json")];
    await ok("attest-blob", ...KEY, ...bundle, ...words, at("file"));
    await ok(
      "verify-blob-attestation",
      ...PUBLIC,
      ...bundle,
      ...ROOT,
      "--use-signed-timestamps",
      "--type",
      TYPE,
      at("file"),
    );
  });
});

describe("sign and attest", () => {
  test("write what the services say into the image's bundles", async () => {
    for (const version of ["v1", "v2"]) {
      await ok("sign", ...KEY, "--signing-config", at(`${version}.json`), image);
      const words = ["--type", TYPE, "--predicate", at("predicate.json"), "--signing-config", at(`${version}.json`)];
      await ok("attest", ...KEY, ...words, image);
    }
    await ok("verify", ...PUBLIC, ...ROOT, "--use-signed-timestamps", image);
    await ok("verify-attestation", "--type", TYPE, ...PUBLIC, ...ROOT, "--use-signed-timestamps", image);
  });

  test("cosign's tags hold none of it, and a log must be named", async () => {
    const config = ["--signing-config", at("v1.json")];
    await refused(2, "NOT_SUPPORTED", "sign", ...KEY, "--new-bundle-format=false", ...config, image);
    await refused(2, "USAGE", "sign", ...KEY, "--tlog-upload", image);
    await refused(2, "SIGNING_CONFIG_INVALID", "sign", ...KEY, "--signing-config", at("root.json"), image);
  });

  test("a service that is away is an error, and nothing is stored", async () => {
    const start = "start-time=2020-01-01T00:00:00Z,operator=local";
    const log = ["--rekor", `url=http://127.0.0.1:1,api-version=2,${start}`, "--rekor-config", "ANY"];
    await ok("signing-config", "create", ...log, "--out", at("away.json"));
    const before = (await ok("tree", image, "-o", "json")).stdout;
    const ended = await runAmap(["sign", ...KEY, "--signing-config", at("away.json"), image]);
    assert.deepEqual([ended.exit, ended.code], [3, "SIGNING_SERVICE_FAILED"], ended.stderr);
    assert.equal((await ok("tree", image, "-o", "json")).stdout, before);
    const offline = await runAmap(["--offline", "sign", ...KEY, "--signing-config", at("v1.json"), image]);
    assert.equal(offline.code, "OFFLINE", offline.stderr);
  });
});
