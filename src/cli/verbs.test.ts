/** Every verb once on a small layout, each that decides with its bad twin. */
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { decodeBundle } from "../attestation/index.ts";
import { decodeUtf8 } from "../base/index.ts";
import { ADVISORY, buildTestImage, signaturePolicy } from "../testing/cli-fixture.ts";
import { blobsOf, createCliRunner, type Ended, writeTree } from "../testing/cli-runner.ts";
import { startRegistryServer } from "../testing/registry-server.ts";
import { VERSION } from "../wiring/index.ts";
import { runCli } from "./run-cli.ts";
import { VERBS } from "./verbs.ts";

const runAmap = createCliRunner((words, shell) => runCli(words, shell, VERBS));

const folder = mkdtempSync(join(tmpdir(), "amap-verbs-"));
const at = (...names: readonly string[]): string => join(folder, ...names);
const image = `oci:${at("image")}:v1`;
const IGNORE_LOG = "--insecure-ignore-tlog";
let digest = "";

async function ok(...words: readonly string[]): Promise<Ended> {
  const ended = await runAmap(words);
  assert.equal(ended.exit, 0, `${words.join(" ")}\n${ended.stderr}${ended.stdout}`);
  return ended;
}

async function refused(exit: number, code: string | undefined, ...words: readonly string[]): Promise<Ended> {
  const ended = await runAmap(words);
  assert.deepEqual([ended.exit, ended.code], [exit, code], `${words.join(" ")}\n${ended.stderr}${ended.stdout}`);
  return ended;
}

before(async () => {
  digest = await buildTestImage(folder);
  writeTree(folder, {
    "advisories/one.json": ADVISORY,
    "decisions.yaml": `- vulnerability: TEST-2026-1\n  status: not_affected\n  justification: vulnerable_code_not_present\n`,
  });
  await ok("generate-key-pair", "--output-key-prefix", at("good"));
  await ok("generate-key-pair", "--output-key-prefix", at("stranger"));
  await ok("db", "import", "--database", at("db.sqlite"), at("advisories"));
  writeTree(folder, {
    "policy.yaml": signaturePolicy({ publicKey: readFileSync(at("good.pub"), "utf8") }),
    "audit.yaml": signaturePolicy({ publicKey: readFileSync(at("good.pub"), "utf8"), action: "Audit" }),
  });
  // Another image with the same content and nothing attached, before the first is signed.
  cpSync(at("image"), at("unsigned"), { recursive: true });
  await ok("sign", "--key", at("good.key"), image);
});

after(() => rmSync(folder, { recursive: true, force: true }));

test("version", async () => {
  assert.equal((await ok("version")).stdout, `amap ${VERSION}\n`);
  assert.deepEqual(JSON.parse((await ok("version", "-o", "json")).stdout), { amap: VERSION });
});

describe("keys", () => {
  test("generate-key-pair writes a private key for its owner only, and never over another", async () => {
    assert.equal(statSync(at("good.key")).mode & 0o777, 0o600);
    assert.match(readFileSync(at("good.key"), "utf8"), /^-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n/);
    const before = readFileSync(at("good.key"), "utf8");
    await refused(2, "USAGE", "generate-key-pair", "--output-key-prefix", at("good"));
    assert.equal(readFileSync(at("good.key"), "utf8"), before);
  });

  test("public-key prints what generate-key-pair wrote, or writes it to a file", async () => {
    const expected = readFileSync(at("good.pub"), "utf8");
    assert.equal((await ok("public-key", "--key", at("good.key"))).stdout, expected);
    await ok("public-key", "--key", at("good.key"), "--outfile", at("again.pub"));
    assert.equal(readFileSync(at("again.pub"), "utf8"), expected);
  });
});

describe("sbom", () => {
  test("of an image and of a folder, in both formats", async () => {
    const cyclonedx = JSON.parse((await ok("sbom", image, "-o", "cyclonedx-json")).stdout);
    assert.equal(cyclonedx.bomFormat, "CycloneDX");
    const names = cyclonedx.components.map(({ name }: { name: string }) => name).sort();
    assert.deepEqual(
      names.filter((name: string) => name.startsWith("made-up-")),
      ["made-up-left", "made-up-right"],
    );
    await ok("sbom", `dir:${at("app")}`, "-o", "spdx-json", "--file", at("app.spdx.json"));
    assert.equal(JSON.parse(readFileSync(at("app.spdx.json"), "utf8")).spdxVersion, "SPDX-2.3");
  });

  test("a table goes into the file, too", async () => {
    const ended = await ok("sbom", image, "-o", "table", "--file", at("table.txt"));
    assert.equal(ended.stdout, "");
    assert.match(readFileSync(at("table.txt"), "utf8"), /made-up-left +1\.0\.0/);
  });
});

describe("scan", () => {
  const scan = (...words: readonly string[]): readonly string[] => [
    "scan",
    image,
    "--database",
    at("db.sqlite"),
    ...words,
  ];

  test("--fail-on ends with 1 from the severity found on, and with 0 above it", async () => {
    for (const [severity, exit] of [
      ["critical", 0],
      ["high", 1],
      ["medium", 1],
      ["none", 1],
    ] as const) {
      const ended = await runAmap(scan("--fail-on", severity, "-o", "json"));
      assert.equal(ended.exit, exit, `${severity}: ${ended.stderr}`);
      assert.equal(ended.code, undefined);
    }
    const { findings } = JSON.parse((await ok(...scan("-o", "json"))).stdout);
    assert.deepEqual(
      findings.map(({ vulnerability }: { vulnerability: string }) => vulnerability),
      ["TEST-2026-1"],
    );
  });

  test("a VEX document that says not_affected answers the finding; one that says affected does not", async () => {
    await ok(...scan("-o", "cosign-vuln", "--file", at("scan.json")));
    const create = ["vex", "create", at("scan.json"), "--author", "tester", "--product", digest];
    await ok(...create, "--decisions", at("decisions.yaml"), "--file", at("vex.json"));
    assert.equal(JSON.parse(readFileSync(at("vex.json"), "utf8")).statements[0].status, "not_affected");
    await ok(...scan("--vex", at("vex.json"), "--fail-on", "none", "-o", "json"));
    writeTree(folder, {
      "affected.yaml": "- vulnerability: TEST-2026-1\n  status: affected\n  actionStatement: update made-up-left\n",
    });
    await ok(...create, "--decisions", at("affected.yaml"), "--file", at("affected.json"));
    await refused(1, undefined, ...scan("--vex", at("affected.json"), "--fail-on", "none", "-o", "json"));
  });

  test("db status tells age and coverage", async () => {
    const status = JSON.parse((await ok("db", "status", "--database", at("db.sqlite"), "-o", "json")).stdout);
    assert.deepEqual(status.ecosystems, { npm: 1 });
    assert.match((await ok("db", "status", "--database", at("db.sqlite"))).stdout, /npm +1 advisories/);
  });
});

test("provenance create writes SLSA v1", async () => {
  const words = ["--builder-id", "https://ci.example/1", "--build-type", "https://ci.example/type"];
  await ok("provenance", "create", ...words, "--parameter", "branch=main", "--file", at("provenance.json"));
  const written = JSON.parse(readFileSync(at("provenance.json"), "utf8"));
  assert.deepEqual(written.buildDefinition.externalParameters, { branch: "main" });
});

describe("sign, attest and verify", () => {
  const key = ["--key", at("good.pub"), IGNORE_LOG];

  test("verify finds the signature, also by digest; a stranger's key and a changed byte do not", async () => {
    const [payload] = JSON.parse((await ok("verify", ...key, image)).stdout);
    assert.equal(payload.critical.image["docker-manifest-digest"], digest);
    await ok("verify", ...key, `oci:${at("image")}@${digest}`);
    const stranger = await refused(12, "SIGNER_UNKNOWN", "verify", "--key", at("stranger.pub"), IGNORE_LOG, image);
    assert.equal(stranger.stderr.match(/SIGNER_UNKNOWN:/g)?.length, 1, stranger.stderr);
    cpSync(at("image"), at("changed"), { recursive: true });
    const bundle = blobsOf(at("changed")).find((path) => readFileSync(path, "utf8").includes("dsseEnvelope")) ?? "";
    writeFileSync(bundle, readFileSync(bundle, "utf8").replace("in-toto+json", "in-toto+jsom"));
    await refused(1, "BLOB_DIGEST_MISMATCH", "verify", ...key, `oci:${at("changed")}:v1`);
  });

  test("an unsigned image is told from its signed index, and nobody is told to sign it", async () => {
    const ended = await refused(10, "NO_SIGNATURES", "verify", ...key, `oci:${at("unsigned")}:v1`);
    assert.doesNotMatch(ended.stderr, /amap sign/);
    const index = JSON.parse(readFileSync(at("image", "blobs", "sha256", digest.slice(7)), "utf8"));
    const platform: string = index.manifests[0].digest;
    const byPlatform = await refused(10, "NO_SIGNATURES", "verify", ...key, `oci:${at("image")}@${platform}`);
    assert.match(byPlatform.stderr, /its index may be what was signed/);
    assert.equal(byPlatform.stderr.split(platform).length - 1, 1, "the digest is named once");
  });

  test("sign --recursive signs every platform, under cosign's tags on request", async () => {
    cpSync(at("unsigned"), at("recursive"), { recursive: true });
    const target = `oci:${at("recursive")}:v1`;
    const ended = await ok("sign", "--recursive", "--new-bundle-format=false", "--key", at("good.key"), target);
    assert.equal(ended.stderr.match(/^Signed /gm)?.length, 3);
    const listed = JSON.parse((await ok("tree", target, "-o", "json")).stdout).attached;
    assert.equal(listed.filter(({ form }: { form: string }) => form === "tag").length, 3);
  });

  test("attest and verify-attestation, by type; an attestation is no signature", async () => {
    cpSync(at("unsigned"), at("attested"), { recursive: true });
    const target = `oci:${at("attested")}:v1`;
    writeTree(folder, { "predicate.json": { "@context": "https://openvex.dev/ns/v0.2.0" } });
    await ok("attest", "--key", at("good.key"), "--predicate", at("predicate.json"), "--type", "openvex", target);
    const { stdout } = await ok("verify-attestation", ...key, "--type", "openvex", target);
    const statement = JSON.parse(Buffer.from(JSON.parse(stdout).payload, "base64").toString());
    assert.deepEqual(statement.subject[0].digest, { sha256: digest.slice(7) });
    await refused(12, "PREDICATE_TYPE_MISMATCH", "verify-attestation", ...key, "--type", "spdx", target);
    const stranger = ["--key", at("stranger.pub"), IGNORE_LOG];
    await refused(12, "SIGNER_UNKNOWN", "verify-attestation", ...stranger, "--type", "openvex", target);
    const signature = await refused(10, "NO_SIGNATURES", "verify", ...key, target);
    assert.match(signature.stderr, /1 attached, none is one/);
    assert.match((await ok("tree", target)).stdout, /openvex\.dev/);
  });

  test("produce makes, signs and attests everything, and says what only the builder can state", async () => {
    cpSync(at("unsigned"), at("produced"), { recursive: true });
    const target = `oci:${at("produced")}:v1`;
    writeTree(folder, {
      "produce.yaml": `key: ${at("good.key")}\ndatabase: ${at("db.sqlite")}\nauthor: tester\ndecisions: ${at("decisions.yaml")}\noutput: ${at("documents")}\n`,
    });
    const ended = await ok("produce", "--config", at("produce.yaml"), target);
    assert.match(ended.stderr, /No provenance was attested/);
    for (const type of ["cyclonedx", "vuln", "openvex"]) await ok("verify-attestation", ...key, "--type", type, target);
    await ok("verify", ...key, target);
    assert.equal(JSON.parse(readFileSync(at("documents", "vex.json"), "utf8")).statements.length, 1);
  });

  test("the same on a registry", async () => {
    const server = await startRegistryServer();
    try {
      const manifests = server.repository("shop");
      for (const path of blobsOf(at("unsigned"))) {
        const bytes = new Uint8Array(readFileSync(path));
        const mediaType = /"mediaType":"([^"]*(?:manifest|index)\.v1\+json)"/.exec(decodeUtf8(bytes) ?? "")?.[1];
        manifests.blobs.set(`sha256:${path.slice(-64)}`, bytes);
        if (mediaType !== undefined) manifests.putManifest(bytes, mediaType);
      }
      manifests.tags.set("v1", digest);
      const target = `${server.host}/shop:v1`;
      await refused(10, "NO_SIGNATURES", "verify", ...key, target);
      await ok("sign", "--key", at("good.key"), target);
      await ok("verify", ...key, target);
      await ok("check", "--policy", at("policy.yaml"), target);
      await ok("sbom", target, "-o", "spdx-json");
    } finally {
      await server.close();
    }
  });
});

describe("check and apply", () => {
  const pod = (name: string) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "web", namespace: "shop" },
    spec: { containers: [{ name: "web", image: name }] },
  });
  const summaryOf = (path: string) => {
    const bundle = decodeBundle(new Uint8Array(readFileSync(path)));
    assert.ok(bundle.ok && bundle.value.content.kind === "envelope");
    return JSON.parse(decodeUtf8(bundle.value.content.envelope.payload) ?? "");
  };
  const summary = (path: string): readonly string[] => ["--vsa", at(path), "--vsa-key", at("good.key")];

  test("a layout by itself: allowed when signed, denied when not, and no registry is asked", async () => {
    const good = await ok("check", "--offline", "--policy", at("policy.yaml"), image, "-o", "table");
    assert.match(good.stdout, /^ALLOWED/);
    assert.ok(good.stdout.includes(image) && !good.stdout.includes("layout.invalid"), good.stdout);
    const words = [
      "check",
      "--offline",
      "--policy",
      at("policy.yaml"),
      image,
      `oci:${at("unsigned")}:v1`,
      "-o",
      "json",
    ];
    const report = JSON.parse((await refused(1, undefined, ...words)).stdout);
    assert.deepEqual(
      report.resources.map((row: { allowed: boolean; images: { image: string }[] }) => [
        row.allowed,
        row.images[0]?.image,
      ]),
      [
        [true, image],
        [false, `oci:${at("unsigned")}:v1`],
      ],
    );
  });

  test("a manifest, by an image source, also through a link and as a list's item", async () => {
    const source = ["--image-source", `registry.example/shop=oci:${at("image")}`];
    const unsigned = ["--image-source", `registry.example/shop=oci:${at("unsigned")}`];
    writeTree(folder, {
      "pod.json": pod("registry.example/shop:v1"),
      "list.json": { apiVersion: "v1", kind: "List", items: [pod("registry.example/shop:v1")] },
    });
    for (const name of ["pod.json", "list.json"]) {
      await ok("check", "--policy", at("policy.yaml"), ...source, at(name));
      await refused(1, undefined, "check", "--policy", at("policy.yaml"), ...unsigned, at(name));
      const applied = await ok("apply", at("policy.yaml"), "-r", at(name), ...source);
      assert.match(applied.stdout, /pass: 1, fail: 0/);
      await refused(1, undefined, "apply", at("policy.yaml"), "-r", at(name), ...unsigned);
    }
  });

  test("a summary says PASSED for what passed, by the user's name for it, and FAILED for what was denied", async () => {
    await ok("check", "--policy", at("policy.yaml"), ...summary("good.vsa"), image);
    const { subject, predicate } = summaryOf(at("good.vsa"));
    assert.deepEqual(subject, [{ name: image, digest: { sha256: digest.slice(7) } }]);
    assert.equal(predicate.verificationResult, "PASSED");
    assert.equal(predicate.inputAttestations.length, 1);
    const bad = `oci:${at("unsigned")}:v1`;
    const ended = await refused(1, undefined, "check", "--policy", at("policy.yaml"), ...summary("bad.vsa"), bad);
    assert.ok(ended.stdout.length > 0);
    assert.equal(summaryOf(at("bad.vsa")).predicate.verificationResult, "FAILED");
  });

  test("an Audit policy allows what fails, says so, and its summary is FAILED", async () => {
    const bad = `oci:${at("unsigned")}:v1`;
    const ended = await ok("check", "--policy", at("audit.yaml"), ...summary("audit.vsa"), bad, "-o", "table");
    assert.match(ended.stdout, /^ALLOWED.*not enforced/);
    assert.equal(summaryOf(at("audit.vsa")).predicate.verificationResult, "FAILED");
  });

  test("a summary of two images is refused after the report, and written nowhere", async () => {
    const words = ["check", "--policy", at("policy.yaml"), ...summary("two.vsa"), at("two.json"), "-o", "json"];
    writeTree(folder, {
      "two.json": {
        ...pod(`registry.example/shop@${digest}`),
        spec: { containers: [{ image: "a.invalid/a:1" }, { image: "a.invalid/b:1" }] },
      },
    });
    const ended = await refused(2, "USAGE", "--offline", ...words);
    assert.equal(JSON.parse(ended.stdout).allowed, false);
    assert.throws(() => statSync(at("two.vsa")));
  });

  test("a folder of policies as Kubernetes mounts a ConfigMap is read through its links, each once", async () => {
    const { symlinkSync } = await import("node:fs");
    writeTree(folder, { "mounted/..2026_11_22/Policy.YAML": readFileSync(at("policy.yaml"), "utf8") });
    symlinkSync("..2026_11_22", at("mounted", "..data"));
    symlinkSync("..data/Policy.YAML", at("mounted", "Policy.YAML"));
    const words = ["check", "--policy", at("mounted"), `oci:${at("unsigned")}:v1`, "-o", "json"];
    const report = JSON.parse((await refused(1, undefined, ...words)).stdout);
    assert.equal(report.policies.length, 1);
  });
});
