/** What could not be read of an image is told, and a layer that could not be read is never an all-clear. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { digestOf, encodeUtf8 } from "../base/index.ts";
import { ADVISORY } from "../testing/cli-fixture.ts";
import { createCliRunner, writeTree } from "../testing/cli-runner.ts";
import { createFakeWorld } from "../testing/fake-world.ts";
import { runCli } from "./run-cli.ts";
import { VERBS } from "./verbs.ts";

const runAmap = createCliRunner((words, shell) => runCli(words, shell, VERBS));
const folder = mkdtempSync(join(tmpdir(), "amap-unread-"));
const at = (name: string): string => join(folder, name);

before(async () => {
  writeTree(folder, { "advisories/one.json": ADVISORY });
  await runAmap(["db", "import", "--database", at("db.sqlite"), at("advisories")]);
});

after(() => rmSync(folder, { recursive: true, force: true }));

async function tarOf(files: Readonly<Record<string, string | Uint8Array>>): Promise<Uint8Array> {
  const entries = Object.entries(files).map(([path, content]) => ({
    path,
    kind: "file" as const,
    mode: 0o644,
    content: typeof content === "string" ? encodeUtf8(content) : content,
  }));
  return (await createFakeWorld().archives.writeTarGzip(entries)).bytes;
}

/** A layer without compression: its digest is then the one that the configuration states. */
async function layerOf(files: Readonly<Record<string, string>>): Promise<Uint8Array> {
  return new Uint8Array(gunzipSync(await tarOf(files)));
}

/** Writes what `docker save` writes for an image of these layers. */
async function writeImage(path: string, layers: readonly Uint8Array[]): Promise<void> {
  const config = JSON.stringify({
    os: "linux",
    architecture: "amd64",
    rootfs: { type: "layers", diff_ids: layers.map((layer) => digestOf(layer)) },
  });
  const name = `${digestOf(encodeUtf8(config)).slice("sha256:".length)}.json`;
  const stored = Object.fromEntries(layers.map((layer, index) => [`${index}.tar`, layer]));
  const manifest = JSON.stringify([{ Config: name, RepoTags: null, Layers: Object.keys(stored) }]);
  writeFileSync(path, await tarOf({ ...stored, [name]: config, "manifest.json": manifest }));
}

const SAFE = { "app/node_modules/left-pad/package.json": '{"name": "left-pad", "version": "1.3.0"}' };

describe("amap scan", () => {
  const rows: readonly (readonly [string, () => Promise<readonly Uint8Array[]>, number, RegExp])[] = [
    ["exits with 0 where all was read", async () => [await layerOf(SAFE)], 0, /^(?!.*not looked at: \/:)/s],
    [
      "exits with 0 and tells one broken file",
      async () => [await layerOf({ ...SAFE, "app/broken.jar": "PK\x03\x04 and no more" })],
      0,
      /not looked at: \/app\/broken\.jar/,
    ],
    [
      "exits with 2 where a layer could not be read",
      async () => [await layerOf(SAFE), encodeUtf8("no tar at all")],
      2,
      /not looked at: \/: the layer sha256:[^]*no all-clear/,
    ],
  ];
  for (const [name, layers, exit, says] of rows) {
    for (const gate of [[], ["--fail-on", "low"]]) {
      test(`${name}${gate.length === 0 ? "" : ", with a threshold"}`, async () => {
        await writeImage(at("image.tar"), await layers());
        const ended = await runAmap(["scan", at("image.tar"), "--database", at("db.sqlite"), ...gate]);
        assert.equal(ended.exit, exit, ended.stderr);
        assert.match(ended.stderr, says);
        assert.match(ended.stdout, /"notLookedAt"/);
      });
    }
  }
});
