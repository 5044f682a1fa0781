import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Digest, digestOf, type ErrorCode, encodeUtf8, isAmapError } from "../../base/index.ts";
import type { Sbom } from "../../metadata/index.ts";
import type { ArchiveFile } from "../../ports/index.ts";
import { createFakeWorld, type FakeWorld } from "../../testing/fake-world.ts";
import { writeZip } from "../../testing/zip-writer.ts";
import { generateSbom } from "./generate-sbom.ts";
import { openArtifact } from "./open-artifact.ts";

const TOOL = { name: "amap", version: "0" };
const STATUS = "Package: tar\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.34\n\n";
const LEFT_PAD = '{"name": "left-pad", "version": "1.3.0"}';
const FILES: Readonly<Record<string, string>> = {
  "etc/os-release": 'ID=debian\nVERSION_ID="12"\n',
  "var/lib/dpkg/status": STATUS,
  "app/node_modules/left-pad/package.json": LEFT_PAD,
};
const FOUND = ["debian 12", "left-pad 1.3.0", "tar 1.34"];
const DEPLOYMENT = `apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop }
spec: { template: { spec: { containers: [{ name: web, image: "ghcr.io/shop/web:1" }] } } }
`;

async function sbomOf(world: FakeWorld, reference: string): Promise<Sbom> {
  return generateSbom(world, await openArtifact(world, reference), TOOL);
}

function namesOf({ components }: Sbom): readonly string[] {
  return components.map(({ name, version }) => `${name} ${version ?? ""}`).sort();
}

async function tarOf(
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<{ bytes: Uint8Array; diffId: Digest }> {
  const world = createFakeWorld();
  const entries = Object.entries(files).map(
    ([path, content]): ArchiveFile => ({
      path,
      kind: "file",
      mode: 0o644,
      content: typeof content === "string" ? encodeUtf8(content) : content,
    }),
  );
  return world.archives.writeTarGzip(entries);
}

/** What `docker save` writes for images of one layer each. */
async function dockerArchive(
  tags: readonly string[],
  change: (name: string) => string = (name) => name,
): Promise<Uint8Array> {
  const layer = await tarOf(FILES);
  const stored: Record<string, string | Uint8Array> = { "l1/layer.tar": layer.bytes };
  const manifest = tags.map((tag, index) => {
    const config = JSON.stringify({
      os: "linux",
      architecture: "amd64",
      rootfs: { type: "layers", diff_ids: [layer.diffId] },
      index,
    });
    const name = `${digestOf(encodeUtf8(config)).slice(7)}.json`;
    stored[name] = change(config);
    return { Config: name, RepoTags: [tag], Layers: ["l1/layer.tar"] };
  });
  stored["manifest.json"] = JSON.stringify(manifest);
  return (await tarOf(stored)).bytes;
}

/** An OCI layout as one file. */
async function ociArchive(changeLayer: (bytes: Uint8Array) => Uint8Array = (bytes) => bytes): Promise<Uint8Array> {
  const layer = await tarOf(FILES);
  const stored: Record<string, string | Uint8Array> = { "oci-layout": '{"imageLayoutVersion": "1.0.0"}' };
  const put = (content: string | Uint8Array, mediaType: string, changed = content): object => {
    const bytes = typeof content === "string" ? encodeUtf8(content) : content;
    stored[`blobs/sha256/${digestOf(bytes).slice(7)}`] = changed;
    return { mediaType, digest: digestOf(bytes), size: bytes.length };
  };
  const config = JSON.stringify({
    os: "linux",
    architecture: "amd64",
    rootfs: { type: "layers", diff_ids: [layer.diffId] },
  });
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType,
    config: put(config, "application/vnd.oci.image.config.v1+json"),
    layers: [put(layer.bytes, "application/vnd.oci.image.layer.v1.tar+gzip", changeLayer(layer.bytes))],
  });
  const annotations = { "org.opencontainers.image.ref.name": "v1" };
  stored["index.json"] = JSON.stringify({
    schemaVersion: 2,
    manifests: [{ ...put(manifest, mediaType), annotations }],
  });
  return (await tarOf(stored)).bytes;
}

describe("the same components, however the files are shipped", () => {
  const rows: readonly (readonly [reference: string, name: string, content: () => Promise<Uint8Array>])[] = [
    ["dir:/a", "", async () => new Uint8Array(0)],
    ["/a", "", async () => new Uint8Array(0)],
    ["git:/a", "", async () => new Uint8Array(0)],
    ["/x.tgz", "/x.tgz", async () => (await tarOf(FILES)).bytes],
    ["file:/anything", "/anything", async () => (await tarOf(FILES)).bytes],
    ["/x.zip", "/x.zip", async () => writeZip(Object.entries(FILES).map(([path, content]) => ({ path, content })))],
    ["docker-archive:/i.tar", "/i.tar", () => dockerArchive(["shop/web:1"])],
    ["docker-archive:/i.tar:shop/web:1", "/i.tar", () => dockerArchive(["shop/web:1", "shop/web:2"])],
    ["/i.tar", "/i.tar", () => dockerArchive(["shop/web:1"])],
    ["oci-archive:/o.tar", "/o.tar", () => ociArchive()],
    ["oci-archive:/o.tar:v1", "/o.tar", () => ociArchive()],
    ["/o", "/o", () => ociArchive()],
  ];
  for (const [reference, name, content] of rows) {
    test(reference, async () => {
      const files = Object.fromEntries(Object.entries(FILES).map(([path, text]) => [`/a/${path}`, text]));
      const world = createFakeWorld({
        ...files,
        "/a/.git/HEAD": "ref",
        ...(name === "" ? {} : { [name]: await content() }),
      });
      const sbom = await sbomOf(world, reference);
      assert.deepEqual(namesOf(sbom), FOUND);
      assert.deepEqual(sbom.components.find(({ name: each }) => each === "tar")?.locations, ["/var/lib/dpkg/status"]);
    });
  }

  test("a revision out of a repository, closed afterwards", async () => {
    const world = createFakeWorld({ "/repository/HEAD": "ref" });
    world.git.publish("file:///repository", "v2", FILES);
    const sbom = await sbomOf(world, "git:/repository@v2");
    assert.deepEqual([namesOf(sbom), sbom.subject.name], [FOUND, "repository"]);
    assert.match(sbom.subject.version ?? "", /^[0-9a-f]{40}$/);
    assert.equal(world.git.counts.open, 0);
  });

  test("the layers of an image are named", async () => {
    const world = createFakeWorld({ "/i.tar": await dockerArchive(["shop/web:1"]) });
    const { diffId } = await tarOf(FILES);
    const sbom = await sbomOf(world, "/i.tar");
    assert.deepEqual(
      sbom.components.map(({ layers }) => layers),
      [[diffId], [diffId], [diffId]],
    );
    assert.deepEqual([sbom.subject.name, sbom.subjectDigest], ["web", undefined]);
  });
});

describe("what is told and what is refused", () => {
  const refused: readonly (readonly [
    name: string,
    reference: string,
    content: () => Promise<Uint8Array | string>,
    code: ErrorCode,
  ])[] = [
    ["several images", "/f", () => dockerArchive(["a:1", "a:2"]), "USAGE"],
    ["an image that is not there", "docker-archive:/f:a:3", () => dockerArchive(["a:1"]), "MANIFEST_NOT_FOUND"],
    ["a changed configuration", "/f", () => dockerArchive(["a:1"], (text) => `${text} `), "BLOB_DIGEST_MISMATCH"],
    [
      "a changed layer",
      "/f",
      () => ociArchive((bytes) => bytes.with(20, (bytes[20] ?? 0) ^ 1)),
      "BLOB_DIGEST_MISMATCH",
    ],
    ["files as an image", "oci-archive:/f", async () => (await tarOf(FILES)).bytes, "ARCHIVE_INVALID"],
    ["an unknown file", "/f", async () => new Uint8Array([0, 1, 2, 3]), "NOT_SUPPORTED"],
    ["a text of any kind", "/f", async () => "hello", "NOT_SUPPORTED"],
    ["a broken SBOM", "sbom:/f", async () => "{}", "DOCUMENT_INVALID"],
    ["nothing", "dir:/gone", async () => "", "FILE_NOT_FOUND"],
    ["nothing by a path", "./gone.json", async () => "", "FILE_NOT_FOUND"],
    ["no revision", "git:/f@gone", async () => "", "GIT_NOT_FOUND"],
    ["a broken lock file", "/package-lock.json", async () => "", "LOCKFILE_INVALID"],
    ["half an archive", "/f", async () => (await tarOf(FILES)).bytes.subarray(0, -20), "ARCHIVE_INVALID"],
  ];
  for (const [name, reference, content, code] of refused) {
    test(`${name}: ${code}`, async () => {
      const world = createFakeWorld({ "/f": await content(), "/package-lock.json": "{" });
      await assert.rejects(sbomOf(world, reference), (error) => isAmapError(error, code));
    });
  }

  describe("a broken file in a folder is told, and the rest is catalogued", () => {
    const LOCK = "/a/deep/package-lock.json";
    const rows: readonly (readonly [name: string, path: string, content: string])[] = [
      ["a lock file below", LOCK, "{"],
      [
        "a lock file of which one entry is broken",
        "/a/deep/pnpm-lock.yaml",
        "lockfileVersion: '9.0'\npackages: { odd: {} }\n",
      ],
      ["a database", "/a/lib/apk/db/installed", "P:musl\nnothing\n"],
      ["a manifest of a package", "/a/app/node_modules/other/package.json", "{"],
    ];
    for (const [name, path, content] of rows) {
      test(name, async () => {
        const files = Object.entries(FILES).map(([each, text]) => [`/a/${each}`, text] as const);
        const world = createFakeWorld({ ...Object.fromEntries(files), [path]: content });
        const sbom = await sbomOf(world, "dir:/a");
        for (const found of FOUND) assert.ok(namesOf(sbom).includes(found), found);
        assert.ok(
          sbom.notLookedAt.some((note) => note.path === path.slice("/a".length)),
          JSON.stringify(sbom.notLookedAt),
        );
      });
    }

    test("the folder's own lock file is refused", async () => {
      const world = createFakeWorld({ "/a/package-lock.json": "{", "/a/x/package.json": LEFT_PAD });
      await assert.rejects(sbomOf(world, "dir:/a"), (error) => isAmapError(error, "LOCKFILE_INVALID"));
    });
  });

  test("C9: links in a folder never lead out of it", async () => {
    const world = createFakeWorld({
      "/secret/package.json": LEFT_PAD,
      "/a/etc/os-release": FILES["etc/os-release"] ?? "",
    });
    const { files } = world as unknown as { readonly files: { link(target: string, path: string): void } };
    files.link("/secret", "/a/node_modules");
    files.link("../../secret/package.json", "/a/package.json");
    files.link("loop", "/a/loop");
    assert.deepEqual(namesOf(await sbomOf(world, "dir:/a")), ["debian 12"]);
  });

  test("a broken layer is told, and the others are read", async () => {
    const layer = await tarOf(FILES);
    const broken = encodeUtf8("no tar at all");
    const config = JSON.stringify({
      os: "linux",
      architecture: "amd64",
      rootfs: { type: "layers", diff_ids: [layer.diffId, digestOf(broken)] },
    });
    const name = `${digestOf(encodeUtf8(config)).slice(7)}.json`;
    const manifest = JSON.stringify([{ Config: name, RepoTags: null, Layers: ["a.tar", "b.tar"] }]);
    const archive = await tarOf({ "a.tar": layer.bytes, "b.tar": broken, [name]: config, "manifest.json": manifest });
    const sbom = await sbomOf(createFakeWorld({ "/i.tar": archive.bytes }), "/i.tar");
    assert.deepEqual(namesOf(sbom), FOUND);
    assert.match(sbom.notLookedAt[0]?.reason ?? "", new RegExp(`the layer ${digestOf(broken)}`));
  });
});

describe("Kubernetes manifests and Helm charts", () => {
  test("in a system's whole tree are data of programs, as in the image that it is unpacked from", async () => {
    const manifest = { "/a/opt/deploy.yaml": DEPLOYMENT };
    const release = FILES["etc/os-release"] ?? "";
    for (const [path, found] of [
      ["etc/os-release", ["debian 12"]],
      ["usr/lib/os-release", ["debian 12"]],
      ["srv/etc/os-release", ["shop/web 1"]],
    ] as const) {
      const sbom = await sbomOf(createFakeWorld({ ...manifest, [`/a/${path}`]: release }), "dir:/a");
      assert.deepEqual(namesOf(sbom), found, path);
    }
  });

  const CHART: Readonly<Record<string, string>> = {
    "shop/Chart.yaml": "apiVersion: v2\nname: shop\nversion: 1.0.0\n",
    "shop/values.yaml": `web: { image: { registry: ghcr.io, repository: shop/web, tag: 2 } }\ndb: { image: "postgres:17" }\nside: { image: { repository: shop/side, tag: "" } }\n`,
    "shop/templates/job.yaml": `kind: Job\nspec:\n  image: "busybox:1.37" # fixed\n  other:\n  - image: {{ .Values.x }}\n`,
  };

  test("a manifest alone", async () => {
    const sbom = await sbomOf(createFakeWorld({ "/deploy.yaml": DEPLOYMENT }), "/deploy.yaml");
    assert.deepEqual(
      sbom.components.map(({ purl, kind, locations }) => [purl, kind, locations]),
      [["pkg:docker/shop/web@1?repository_url=ghcr.io", "container", ["/deploy.yaml#Deployment shop/web"]]],
    );
  });

  for (const [name, world, reference] of [
    [
      "a folder",
      async () =>
        createFakeWorld(Object.fromEntries(Object.entries(CHART).map(([path, text]) => [`/c/${path}`, text]))),
      "/c",
    ],
    ["a packed one", async () => createFakeWorld({ "/shop-1.0.0.tgz": (await tarOf(CHART)).bytes }), "/shop-1.0.0.tgz"],
  ] as const) {
    test(`a chart as ${name}`, async () => {
      const sbom = await sbomOf(await world(), reference);
      const images = sbom.components.filter(({ kind }) => kind === "container");
      assert.deepEqual(
        images.map(({ purl }) => purl),
        ["pkg:docker/busybox@1.37", "pkg:docker/postgres@17", "pkg:docker/shop/web@2?repository_url=ghcr.io"],
      );
      assert.deepEqual(
        sbom.notLookedAt.map(({ path }) => path),
        ["/shop/templates/job.yaml", "/shop/values.yaml"],
      );
    });
  }
});

describe("SBOMs", () => {
  test("are told by what they hold, whatever their name is", async () => {
    const document = JSON.stringify({
      bomFormat: "CycloneDX",
      specVersion: "1.6",
      components: [{ type: "library", name: "a" }],
    });
    for (const reference of ["/x.cdx.json", "/x", "sbom:/x", "file:/x"]) {
      assert.deepEqual(namesOf(await sbomOf(createFakeWorld({ "/x": document, "/x.cdx.json": document }), reference)), [
        "a ",
      ]);
    }
  });
});
