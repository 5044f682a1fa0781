/** `amap tree`: grouped by what each thing says it is, whatever it is, and never in charge of the terminal. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { parseImageTarget } from "../app/index.ts";
import { encodeIndex, encodeManifest, MEDIA_TYPES } from "../artifact/index.ts";
import { encodeUtf8 } from "../base/index.ts";
import { buildTestImage } from "../testing/cli-fixture.ts";
import { createCliChecks, createCliRunner, writeTree } from "../testing/cli-runner.ts";
import { createWorld } from "../wiring/index.ts";
import { runCli } from "./run-cli.ts";
import { VERBS } from "./verbs.ts";

const { ok, refused } = createCliChecks(createCliRunner((words, shell) => runCli(words, shell, VERBS)));
const folder = mkdtempSync(join(tmpdir(), "amap-tree-"));
const at = (...names: readonly string[]): string => join(folder, ...names);
const image = `oci:${at("image")}:v1`;
const TYPE = "https://example.com/review";
const OTHER = "application/vnd.other.signature";
const BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json";

before(async () => {
  await buildTestImage(folder);
  writeTree(folder, { "predicate.json": { reviewed: true } });
  await ok("generate-key-pair", "--output-key-prefix", at("good"));
  const key = ["--key", at("good.key")];
  await ok("sign", ...key, image);
  await ok("sign", ...key, "--new-bundle-format=false", image);
  for (const _ of [1, 2]) await ok("attest", ...key, "--type", TYPE, "--predicate", at("predicate.json"), image);
  // Another tool's signature; a bundle and an index whose words would clear the screen.
  const world = createWorld({ offline: true, env: {} });
  const storage = await world.openStorage(parseImageTarget(image), { create: true });
  const subject = await storage.resolve("v1");
  assert.ok(subject !== undefined);
  const layer = { mediaType: OTHER, ...(await storage.writeBlob(encodeUtf8("{}"))) };
  const mediaType = MEDIA_TYPES.manifest;
  const annotations = { "dev.sigstore.bundle.predicateType": "https://evil.example/\u001b[2J" };
  for (const [artifactType, more] of [
    [OTHER, {}],
    [BUNDLE, { annotations }],
  ] as const) {
    const layers = [{ ...layer, mediaType: artifactType }];
    await storage.writeManifest(
      encodeManifest({ kind: "manifest", mediaType, artifactType, config: layer, layers, subject, ...more }),
      { mediaType },
    );
  }
  const platform = await storage.writeManifest(
    encodeManifest({ kind: "manifest", mediaType, config: layer, layers: [layer] }),
    { mediaType },
  );
  const manifests = [{ ...platform, platform: { os: "linux\u001b[2J", architecture: "amd64" } }];
  await storage.writeManifest(encodeIndex({ kind: "index", mediaType: MEDIA_TYPES.index, manifests }), {
    mediaType: MEDIA_TYPES.index,
    tag: "hostile",
  });
  await world.close();
});
after(() => rmSync(folder, { recursive: true, force: true }));

test("what is attached is grouped by predicate type, and what nobody knows is there, too", async () => {
  const { stdout } = await ok("tree", image);
  assert.match(stdout, /^ {2}https:\/\/example\.com\/review \(2\)\n {4}referrer {2}bundle/m);
  assert.match(stdout, /^ {2}https:\/\/sigstore\.dev\/cosign\/sign\/v1 \(1\)$/m);
  assert.match(stdout, /^ {2}signatures \(1\)\n {4}tag {2}simple-signing/m);
  assert.match(stdout, /^ {2}application\/vnd\.other\.signature \(1\)\n {4}referrer {2}unknown/m);
  assert.match(stdout, /^ {2}https:\/\/evil\.example\/\\u\{1b\}\[2J \(1\)$/m);
  assert.match(stdout, /\(linux\/amd64\)\n {2}nothing attached/);
});

test("no text of a registry reaches the terminal as it is", async () => {
  for (const name of [image, `oci:${at("image")}:hostile`]) {
    assert.equal((await ok("tree", name)).stdout.includes("\u001b"), false, name);
  }
});

test("JSON has every thing once, with its type", async () => {
  const { stdout } = await ok("tree", "-o", "json", image);
  const { attached } = JSON.parse(stdout) as { attached: { kind: string; artifactType?: string }[] };
  assert.equal(attached.length, 6);
  assert.equal(attached.find(({ kind }) => kind === "unknown")?.artifactType, OTHER);
});

test("--registry-referrers-mode legacy shows cosign's tags alone", async () => {
  for (const words of [["--registry-referrers-mode", "legacy"], ["--experimental-oci11=false"]]) {
    const { stdout } = await ok("tree", "-o", "json", ...words, image);
    const { attached } = JSON.parse(stdout) as { attached: { form: string }[] };
    assert.deepEqual([...new Set(attached.map(({ form }) => form))], ["tag"]);
  }
  await refused(2, "USAGE", "tree", "--registry-referrers-mode", "all", image);
});
