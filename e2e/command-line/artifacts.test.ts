/** One set of files, shipped in every way that amap reads: the SBOM has the same components each time. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { gunzipSync, gzipSync, zstdCompressSync } from "node:zlib";
import { createArchives } from "../../src/adapters/archive/index.ts";
import { digestOf, encodeUtf8 } from "../../src/base/index.ts";
import { runCli } from "../../src/cli/run-cli.ts";
import { VERBS } from "../../src/cli/verbs.ts";
import { createCliRunner } from "../../src/testing/cli-runner.ts";
import { writeZip } from "../../src/testing/zip-writer.ts";

const amap = createCliRunner((words, shell) => runCli(words, shell, VERBS));
const folder = mkdtempSync(join(tmpdir(), "amap-artifacts-"));
const JAR = writeZip([
  {
    path: "META-INF/maven/org.example/tool/pom.properties",
    content: "groupId=org.example\nartifactId=tool\nversion=2.1\n",
  },
]);
const FILES: Readonly<Record<string, string | Uint8Array>> = {
  "etc/os-release": 'ID=debian\nVERSION_ID="12"\n',
  "var/lib/dpkg/status": "Package: tar\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.34\n\n",
  "app/node_modules/left-pad/package.json": '{"name": "left-pad", "version": "1.3.0"}',
  "app/lib/tool.jar": JAR,
};
const PACKAGES = [
  "pkg:deb/debian/tar@1.34?arch=amd64&distro=debian-12",
  "pkg:maven/org.example/tool@2.1",
  "pkg:npm/left-pad@1.3.0",
];

function write(path: string, content: string | Uint8Array): string {
  const at = join(folder, path);
  mkdirSync(dirname(at), { recursive: true });
  writeFileSync(at, content);
  return at;
}

async function tarOf(
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<{ plain: Uint8Array; diffId: string }> {
  const entries = Object.entries(files).map(([path, content]) => {
    const bytes = typeof content === "string" ? encodeUtf8(content) : content;
    return { path, kind: "file" as const, mode: 0o644, content: bytes };
  });
  const { bytes, diffId } = await createArchives().writeTarGzip(entries);
  return { plain: gunzipSync(bytes), diffId };
}

/** What is an image archive by `docker save`, as a tar that is not compressed. */
async function dockerArchive(): Promise<Uint8Array> {
  const layer = await tarOf(FILES);
  const config = JSON.stringify({
    os: "linux",
    architecture: "amd64",
    rootfs: { type: "layers", diff_ids: [layer.diffId] },
  });
  const name = `${digestOf(encodeUtf8(config)).slice(7)}.json`;
  const manifest = JSON.stringify([{ Config: name, RepoTags: ["shop/web:1"], Layers: ["l/layer.tar"] }]);
  return (await tarOf({ "l/layer.tar": layer.plain, [name]: config, "manifest.json": manifest })).plain;
}

async function packagesOf(reference: string): Promise<readonly string[]> {
  const { exit, stdout, stderr } = await amap(["sbom", reference, "-o", "cyclonedx-json"]);
  assert.equal(exit, 0, stderr);
  const { components } = JSON.parse(stdout) as { components: readonly { purl?: string }[] };
  return components.flatMap(({ purl }) => purl ?? []).sort();
}

before(async () => {
  for (const [path, content] of Object.entries(FILES)) write(`tree/${path}`, content);
  const git = (...words: readonly string[]): void =>
    void execFileSync("git", [
      "-C",
      join(folder, "tree"),
      "-c",
      "user.name=a",
      "-c",
      "user.email=a@example.invalid",
      ...words,
    ]);
  git("init", "--quiet", "--initial-branch=main");
  git("add", "--all", "--force");
  git("commit", "--quiet", "-m", "files");
  const { plain } = await tarOf(FILES);
  write("files.tar", plain);
  write("files.tgz", gzipSync(plain));
  write("files.tar.zst", zstdCompressSync(plain));
  write("files.zip", writeZip(Object.entries(FILES).map(([path, content]) => ({ path, content }))));
  const image = await dockerArchive();
  write("image.tar", image);
  write("image.tar.gz", gzipSync(image));
  write("sub/tool.jar", JAR);
  write(
    "deploy.yaml",
    "apiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspec: { containers: [{ name: a, image: 'nginx:1.27' }] }\n",
  );
});

after(() => rmSync(folder, { recursive: true, force: true }));

describe("amap sbom", () => {
  for (const reference of [
    "dir:tree",
    "tree",
    "git:tree",
    "git:tree@main",
    "files.tar",
    "file:files.tgz",
    "files.tar.zst",
    "files.zip",
    "docker-archive:image.tar",
    "docker-archive:image.tar.gz:shop/web:1",
    "image.tar",
  ]) {
    test(reference, async () => {
      const [, scheme = "", path = ""] = /^([a-z-]+:)?(.*)$/.exec(reference) ?? [];
      assert.deepEqual(await packagesOf(`${scheme}${folder}/${path}`), PACKAGES);
    });
  }

  test("one file alone", async () => {
    assert.deepEqual(await packagesOf(`file:${folder}/sub/tool.jar`), ["pkg:maven/org.example/tool@2.1"]);
    assert.deepEqual(await packagesOf(`${folder}/deploy.yaml`), ["pkg:docker/nginx@1.27"]);
  });

  test("its own SBOM again", async () => {
    const { stdout } = await amap(["sbom", `dir:${folder}/tree`, "-o", "spdx-json"]);
    assert.deepEqual(await packagesOf(write("made", stdout)), PACKAGES);
  });

  test("what is there and cannot be read", async () => {
    const broken = write("broken.jar", "PK\u0003\u0004");
    const ended = await amap(["sbom", `file:${broken}`]);
    assert.deepEqual([ended.exit, ended.code], [2, "ARCHIVE_INVALID"]);
    const gone = await amap(["sbom", "docker-archive:/nonexistent.tar"]);
    assert.deepEqual([gone.exit, gone.code], [2, "FILE_NOT_FOUND"]);
  });
});
