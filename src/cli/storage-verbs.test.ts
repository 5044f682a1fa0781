/** The verbs that move what stands beside an image: copy, save, load, attach, download, clean, triangulate. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { buildTestImage } from "../testing/cli-fixture.ts";
import { createCliChecks, createCliRunner, writeTree } from "../testing/cli-runner.ts";
import { type RegistryServer, startRegistryServer } from "../testing/registry-server.ts";
import { runCli } from "./run-cli.ts";
import { VERBS } from "./verbs.ts";

const runAmap = createCliRunner((words, shell) => runCli(words, shell, VERBS));
const { ok, refused } = createCliChecks(runAmap);
const folder = mkdtempSync(join(tmpdir(), "amap-storage-"));
const at = (...names: readonly string[]): string => join(folder, ...names);
const image = `oci:${at("image")}:v1`;
const KEY = ["--key", at("good.key")];
const VERIFY = ["--key", at("good.pub"), "--insecure-ignore-tlog"];
const LEGACY = "--new-bundle-format=false";
let digest = "";

interface Attached {
  readonly subject: string;
  readonly form: string;
  readonly kind: string;
  readonly digest: string;
}

/** What stands beside an image and its platforms, in order. */
async function attachedTo(name: string): Promise<readonly Attached[]> {
  const { attached } = JSON.parse((await ok("tree", name, "-o", "json")).stdout) as { attached: readonly Attached[] };
  return attached
    .map(({ subject, form, kind, digest: blob }) => ({ subject, form, kind, digest: blob }))
    .toSorted((one, other) => JSON.stringify(one).localeCompare(JSON.stringify(other)));
}

before(async () => {
  digest = await buildTestImage(folder);
  writeTree(folder, {
    "predicate.json": { Data: "reviewed" },
    "sbom.json": { bomFormat: "CycloneDX", specVersion: "1.6" },
  });
  await ok("generate-key-pair", "--output-key-prefix", at("good"));
  await ok("sign", ...KEY, "-r", image);
  await ok("sign", ...KEY, LEGACY, image);
  await ok("attest", ...KEY, "--predicate", at("predicate.json"), "--type", "https://example.com/review", image);
  await ok(
    "attest",
    ...KEY,
    LEGACY,
    "--predicate",
    at("predicate.json"),
    "--type",
    "https://example.com/review",
    image,
  );
  await ok("attach", "sbom", "--sbom", at("sbom.json"), "--type", "cyclonedx", image);
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** Runs with a registry of its own. */
async function withRegistry(run: (server: RegistryServer) => Promise<void>, referrersApi = true): Promise<void> {
  const server = await startRegistryServer({ referrersApi });
  try {
    await run(server);
  } finally {
    await server.close();
  }
}

describe("copy", () => {
  for (const referrersApi of [true, false]) {
    test(`carries every form and every platform, ${referrersApi ? "with" : "without"} the referrers API`, () =>
      withRegistry(async ({ host }) => {
        await ok("copy", image, `${host}/shop:v1`);
        assert.deepEqual(await attachedTo(`${host}/shop:v1`), await attachedTo(image));
        await ok("verify", ...VERIFY, `${host}/shop:v1`);
        // And from one repository to another, by mounts.
        await ok("copy", `${host}/shop:v1`, `${host}/other/shop:v2`);
        assert.deepEqual(await attachedTo(`${host}/other/shop:v2`), await attachedTo(image));
      }, referrersApi));
  }

  test("into a folder without a name it is the latest", async () => {
    await ok("copy", image, `oci:${at("unnamed")}`);
    assert.deepEqual(await attachedTo(`oci:${at("unnamed")}`), await attachedTo(image));
    await ok("verify", ...VERIFY, `oci:${at("unnamed")}:latest`);
  });

  test("what the target has already stays", () =>
    withRegistry(async ({ host }) => {
      await ok("copy", image, `${host}/shop:v1`);
      await ok("generate-key-pair", "--output-key-prefix", at("second"));
      await ok("sign", "--key", at("second.key"), LEGACY, `${host}/shop:v1`);
      await ok("sign", ...KEY, LEGACY, "-a", "again=yes", image);
      await ok("copy", image, `${host}/shop:v1`);
      await ok("verify", "--key", at("second.pub"), "--insecure-ignore-tlog", `${host}/shop:v1`);
      await ok("verify", ...VERIFY, "-a", "again=yes", `${host}/shop:v1`);
    }));

  test("a tag that names another image is not moved without --force", () =>
    withRegistry(async ({ host }) => {
      await ok("copy", image, `${host}/shop:v1`);
      await ok("copy", "--platform", "linux/amd64", image, `${host}/shop:amd64`);
      await refused(3, "STORAGE_CONFLICT", "copy", image, `${host}/shop:amd64`);
      await ok("copy", "--force", image, `${host}/shop:amd64`);
      assert.match((await ok("triangulate", "--type", "digest", `${host}/shop:amd64`)).stdout, new RegExp(digest));
    }));

  test("--platform carries one platform with its own signature", () =>
    withRegistry(async ({ host }) => {
      await ok("copy", "--platform", "linux/arm64", image, `${host}/shop:arm`);
      const attached = await attachedTo(`${host}/shop:arm`);
      assert.deepEqual(
        attached.map(({ kind }) => kind),
        ["bundle"],
      );
      await ok("verify", ...VERIFY, `${host}/shop:arm`);
      const { stderr } = await refused(
        11,
        "MANIFEST_NOT_FOUND",
        "copy",
        "--platform",
        "plan9/mips",
        image,
        `${host}/x:y`,
      );
      assert.match(stderr, /linux\/amd64, linux\/arm64/);
    }));

  test("--only carries one kind, by digest", () =>
    withRegistry(async ({ host }) => {
      await ok("copy", "--only", "att", image, `${host}/shop:v1`);
      await refused(11, "MANIFEST_NOT_FOUND", "tree", `${host}/shop:v1`);
      const attached = await attachedTo(`${host}/shop@${digest}`);
      assert.deepEqual(
        attached.map(({ form, kind }) => `${form} ${kind}`),
        ["referrer bundle", "tag envelope"],
      );
      await refused(2, "USAGE", "copy", "--only", "everything", image, `${host}/shop:v1`);
    }));
});

test("save and load carry everything, by cosign's own marks", () =>
  withRegistry(async ({ host }) => {
    await ok("save", "--dir", at("saved"), image);
    const { manifests } = JSON.parse(readFileSync(at("saved", "index.json"), "utf8")) as {
      manifests: { digest: string; annotations?: Record<string, string> }[];
    };
    const kinds = manifests.flatMap(({ annotations }) => annotations?.["kind"] ?? []);
    assert.deepEqual(kinds.toSorted(), [
      "dev.cosignproject.cosign/atts",
      "dev.cosignproject.cosign/imageIndex",
      "dev.cosignproject.cosign/sigs",
    ]);
    const loaded = await ok("load", "--dir", at("saved"), `${host}/shop:v1`);
    // Three tags of the index, a bundle of each statement, and one of each platform: each once.
    assert.match(loaded.stderr, /, 7 beside them/);
    assert.deepEqual(await attachedTo(`${host}/shop:v1`), await attachedTo(image));
    await ok("verify", ...VERIFY, `${host}/shop:v1`);
    await refused(2, "FILE_NOT_FOUND", "load", "--dir", at("nowhere"), `${host}/shop:v1`);
  }));

test("what a folder holds of an image that was saved there before is not attached to another", () =>
  withRegistry(async ({ host }) => {
    await ok("copy", "--platform", "linux/amd64", image, `${host}/shop:v1`);
    await ok("save", "--dir", at("saved-twice"), image);
    await ok("save", "--dir", at("saved-twice"), `${host}/shop:v1`);
    await ok("load", "--dir", at("saved-twice"), `${host}/loaded:v1`);
    const forms = (await attachedTo(`${host}/loaded:v1`)).map(({ form, kind }) => `${form} ${kind}`);
    assert.deepEqual(forms, ["referrer bundle"]);
  }));

const TYPED = ["--predicate-type", "https://example.com/review"];

describe("download and attach", () => {
  test("what was downloaded can be attached elsewhere, and verifies there", () =>
    withRegistry(async ({ host }) => {
      const lines = (await ok("download", "attestation", ...TYPED, image)).stdout.trimEnd().split("\n");
      assert.equal(lines.length, 2);
      writeTree(folder, { "bundle.json": lines[0] ?? "", "envelope.json": lines[1] ?? "" });
      await ok("copy", "--only", "sbom", image, `${host}/shop:v1`);
      const name = `${host}/shop@${digest}`;
      const type = ["--type", "https://example.com/review"];
      await refused(10, "NO_SIGNATURES", "verify-attestation", ...VERIFY, ...type, name);
      await ok("attach", "attestation", "--attestation", at("bundle.json"), "--attestation", at("envelope.json"), name);
      assert.deepEqual(
        (await attachedTo(name)).filter(({ kind }) => kind !== "sbom").map(({ form }) => form),
        ["referrer", "tag"],
      );
      await ok("verify-attestation", ...VERIFY, ...type, name);
    }));

  test("download attestation --predicate-type", async () => {
    const typed = await ok("download", "attestation", "--predicate-type", "https://example.com/review", image);
    assert.equal(typed.stdout.trimEnd().split("\n").length, 2);
    await refused(12, "PREDICATE_TYPE_MISMATCH", "download", "attestation", "--predicate-type", "spdxjson", image);
  });

  test("download signature gives bundles, or cosign's document of a tag", () =>
    withRegistry(async ({ host }) => {
      const bundle = JSON.parse((await ok("download", "signature", image)).stdout.split("\n")[0] ?? "");
      assert.match(bundle.mediaType, /bundle/);
      await ok("copy", "--only", "sbom", image, `${host}/shop:v1`);
      await refused(10, "NO_SIGNATURES", "download", "signature", `${host}/shop@${digest}`);
      await ok("sign", ...KEY, LEGACY, `${host}/shop@${digest}`);
      const signature = JSON.parse((await ok("download", "signature", `${host}/shop@${digest}`)).stdout);
      assert.deepEqual(Object.keys(signature), [
        "Base64Signature",
        "Payload",
        "Cert",
        "Chain",
        "Bundle",
        "RFC3161Timestamp",
      ]);
      // As it was downloaded it can be attached again.
      writeTree(folder, {
        "signature.b64": signature.Base64Signature,
        payload: Buffer.from(signature.Payload, "base64"),
      });
      await ok("clean", "-f", "--type", "signature", `${host}/shop@${digest}`);
      const given = ["--signature", at("signature.b64"), "--payload", at("payload")];
      await ok("attach", "signature", ...given, `${host}/shop@${digest}`);
      await ok("verify", ...VERIFY, `${host}/shop@${digest}`);
    }));

  test("download sbom gives the document as it is, and says that it is not signed", async () => {
    const { stdout, stderr } = await ok("download", "sbom", image);
    assert.equal(stdout, readFileSync(at("sbom.json"), "utf8"));
    assert.match(stderr, /not signed/);
    await refused(11, "MANIFEST_NOT_FOUND", "download", "sbom", "--platform", "linux/amd64", image);
  });

  test("what is no attestation is refused, and nothing is attached", async () => {
    writeTree(folder, { "broken.json": { payload: "e30=", payloadType: "text/plain", signatures: [{ sig: "AA==" }] } });
    const before = await attachedTo(image);
    await refused(12, "ENVELOPE_INVALID", "attach", "attestation", "--attestation", at("broken.json"), image);
    await refused(12, "SIGNATURE_INVALID", "attach", "signature", "--signature", at("sbom.json"), image);
    await refused(2, "USAGE", "attach", "sbom", "--sbom", at("sbom.json"), "--input-format", "xml", image);
    assert.deepEqual(await attachedTo(image), before);
  });

  test("files that would be left out, or read as nothing, are refused", async () => {
    const [one, two] = [at("sbom.json"), at("predicate.json")];
    await refused(2, "USAGE", "attach", "signature", "--bundle", one, "--payload", two, image);
    await refused(2, "USAGE", "attach", "signature", "--signature", "-", "--payload", "-", image);
    await refused(2, "USAGE", "attach", "attestation", "--attestation", "-", "--attestation", "-", image);
  });

  test("a statement about another image is attached with a warning, and does not verify", () =>
    withRegistry(async ({ host }) => {
      const [line = ""] = (await ok("download", "attestation", ...TYPED, image)).stdout.split("\n");
      writeTree(folder, { "of-the-index.json": line });
      await ok("copy", "--platform", "linux/amd64", image, `${host}/shop:v1`);
      const { stderr } = await ok("attach", "attestation", "--attestation", at("of-the-index.json"), `${host}/shop:v1`);
      assert.match(stderr, /warning: the statement is not about sha256:/);
      const type = ["--type", "https://example.com/review"];
      await refused(12, "SUBJECT_MISMATCH", "verify-attestation", ...VERIFY, ...type, `${host}/shop:v1`);
    }));
});

test("flags of cosign that amap does not have yet are refused, never ignored", async () => {
  for (const words of [
    ["sign", ...KEY, "--attachment", "sbom"],
    ["attach", "sbom", "--sbom", at("sbom.json"), "--registry-referrers-mode", "oci-1-1"],
    ["sign-blob", ...KEY, "--bundle", at("x.json"), "--identity-token", "x"],
    ["verify-blob", ...VERIFY, "--bundle", at("x.json"), "--sk"],
  ]) {
    await refused(2, "NOT_SUPPORTED", ...words, image);
  }
});

describe("clean", () => {
  test("removes what it was asked to, and names what it leaves", () =>
    withRegistry(async ({ host }) => {
      const name = `${host}/shop:v1`;
      await ok("copy", image, name);
      await refused(2, "USAGE", "clean", name);
      const kinds = async (): Promise<readonly string[]> => {
        const attached = (await attachedTo(name)).filter(({ subject }) => subject === digest);
        return [...new Set(attached.map(({ form, kind }) => `${form} ${kind}`))];
      };
      const { stderr } = await ok("clean", "-f", "--type", "attestation", name);
      assert.match(stderr, /2 bundles or attachments refer to the image/);
      assert.deepEqual(await kinds(), ["referrer bundle", "tag sbom", "tag simple-signing"]);
      await ok("clean", "-f", "--type", "referrer", name);
      assert.deepEqual(await kinds(), ["tag sbom", "tag simple-signing"]);
      await ok("clean", "-f", name);
      assert.deepEqual(await kinds(), []);
      await refused(10, "NO_SIGNATURES", "verify", ...VERIFY, name);
      assert.match((await ok("clean", "-f", name)).stderr, /Nothing to remove/);
    }));
});

test("triangulate", async () => {
  const hex = digest.replace(":", "-");
  for (const [type, expected] of [
    ["signature", `:${hex}.sig\n`],
    ["attestation", `:${hex}.att\n`],
    ["sbom", `:${hex}.sbom\n`],
    ["digest", `@${digest}\n`],
  ] as const) {
    assert.ok((await ok("triangulate", "--type", type, image)).stdout.endsWith(expected), type);
  }
  await refused(2, "USAGE", "triangulate", "--type", "all", image);
});
