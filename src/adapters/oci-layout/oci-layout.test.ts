import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Descriptor, encodeIndex, encodeManifest, MEDIA_TYPES } from "../../artifact/index.ts";
import { AmapError, type Digest, digestHex, digestOf, type ErrorCode, encodeUtf8 } from "../../base/index.ts";
import type { OciStorage } from "../../ports/index.ts";
import { ociStorageContract } from "../../ports/oci-storage.contract.ts";
import { openOciLayout } from "./open-layout.ts";

const run = promisify(execFile);

ociStorageContract("OCI layout", async () => {
  const parent = await mkdtemp(join(tmpdir(), "amap-layout-"));
  const directory = join(parent, "image");
  return {
    storage: await openOciLayout(directory, { create: true }),
    corruptBlob: (digest) => flipByte(blobPath(directory, digest)),
    another: () => openOciLayout(directory),
    dispose: () => rm(parent, { recursive: true, force: true }),
  };
});

let parent = "";
let directory = "";
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "amap-layout-"));
  directory = join(parent, "image");
});
afterEach(async () => {
  await rm(parent, { recursive: true, force: true });
});

describe("openOciLayout", () => {
  it("names itself by its folder, or as it is told", async () => {
    const storage = await openOciLayout(directory, { create: true });
    assert.deepEqual([storage.location, storage.repository], [`oci:${directory}`, "image"]);
    assert.equal((await openOciLayout(directory, { repository: "e.org/app" })).repository, "e.org/app");
  });

  it("writes the smallest layout of the specification, and leaves one that is there as it is", async () => {
    const storage = await openOciLayout(directory, { create: true });
    assert.deepEqual((await readdir(directory)).sort(), ["blobs", "index.json", "oci-layout"]);
    assert.equal(await readFile(join(directory, "oci-layout"), "utf8"), '{"imageLayoutVersion":"1.0.0"}');
    await writeImage(storage, "x", "v1");
    assert.deepEqual(await (await openOciLayout(directory, { create: true })).listTags(), ["v1"]);
  });

  it("is made once by many at the same time", async () => {
    const handles = await Promise.all(Array.from({ length: 6 }, () => openOciLayout(directory, { create: true })));
    await Promise.all(handles.map((handle, index) => writeImage(handle, `${index}`, `v${index}`)));
    assert.equal((await handles[0]?.listTags())?.length, 6);
  });

  it("goes on where a creation was broken off", async () => {
    await openOciLayout(directory, { create: true });
    await rm(join(directory, "oci-layout"));
    await openOciLayout(directory, { create: true });
  });

  it("never makes a layout of a folder that holds something else", async () => {
    await mkdir(directory);
    await writeFile(join(directory, "notes.txt"), "mine");
    await rejectsWith("LAYOUT_INVALID", () => openOciLayout(directory, { create: true }), /notes\.txt/);
    assert.deepEqual(await readdir(directory), ["notes.txt"]);
  });

  const breaks: readonly (readonly [why: string, breakIt: () => Promise<unknown>, says: RegExp])[] = [
    ["no folder", () => rm(directory, { recursive: true }), /no such folder/],
    [
      "a file",
      () => rm(directory, { recursive: true }).then(() => writeFile(directory, "")),
      /oci-layout is missing|no such folder/,
    ],
    ["no oci-layout", () => rm(join(directory, "oci-layout")), /oci-layout is missing/],
    ["an empty oci-layout", () => writeFile(join(directory, "oci-layout"), ""), /oci-layout is not JSON/],
    [
      "another version",
      () => writeFile(join(directory, "oci-layout"), '{"imageLayoutVersion":"2.0.0"}'),
      /found "2\.0\.0"/,
    ],
    ["no version", () => writeFile(join(directory, "oci-layout"), "{}"), /found none/],
    ["no index.json", () => rm(join(directory, "index.json")), /index\.json is missing/],
    ["a truncated index.json", () => truncate(join(directory, "index.json"), 20), /index\.json/],
    [
      "an index.json that is a manifest",
      () => writeFile(join(directory, "index.json"), manifestOf("x")),
      /index\.json is no index/,
    ],
    [
      "an index.json that is a folder",
      () => rm(join(directory, "index.json")).then(() => mkdir(join(directory, "index.json"))),
      /index\.json is not a regular file/,
    ],
    ["no blobs", () => rm(join(directory, "blobs"), { recursive: true }), /blobs is missing/],
    ["blobs that lie elsewhere", () => moveAway(join(directory, "blobs", "sha256")), /outside/],
    ["an index.json that lies elsewhere", () => moveAway(join(directory, "index.json")), /outside/],
  ];
  for (const [why, breakIt, says] of breaks) {
    it(`refuses ${why}`, async () => {
      await openOciLayout(directory, { create: true });
      await breakIt();
      await rejectsWith("LAYOUT_INVALID", () => openOciLayout(directory), says);
    });
  }

  it("sees that index.json went missing while it was open", async () => {
    const storage = await openOciLayout(directory, { create: true });
    await rm(join(directory, "index.json"));
    await rejectsWith("LAYOUT_INVALID", () => storage.listTags(), /index\.json is missing/);
  });
});

describe("a damaged layout", () => {
  it("tells a truncated blob from a changed one", async () => {
    const storage = await openOciLayout(directory, { create: true });
    const bytes = encodeUtf8("some bytes");
    const descriptor = { mediaType: "a/b", ...(await storage.writeBlob(bytes)) };
    await truncate(blobPath(directory, descriptor.digest), 4);
    await rejectsWith("BLOB_SIZE_MISMATCH", () => storage.readBlob(descriptor, 100));
    await storage.writeBlob(bytes);
    assert.deepEqual(new Uint8Array(await storage.readBlob(descriptor, 100)), bytes, "writing it again repairs it");
    await flipByte(blobPath(directory, descriptor.digest));
    await rejectsWith("BLOB_DIGEST_MISMATCH", () => storage.readBlob(descriptor, 100));
    await storage.writeBlob(bytes);
    await storage.readBlob(descriptor, 100);
  });

  it("does not take a missing or changed manifest for an absent one", async () => {
    const storage = await openOciLayout(directory, { create: true });
    const image = await writeImage(storage, "x", "v1");
    const note = await attach(storage, image, "note");
    await flipByte(blobPath(directory, note.digest));
    await rejectsWith("BLOB_DIGEST_MISMATCH", async () => (await openOciLayout(directory)).listReferrers(image.digest));
    await rm(blobPath(directory, note.digest));
    await rejectsWith("BLOB_NOT_FOUND", async () => (await openOciLayout(directory)).listReferrers(image.digest));
    await rejectsWith("BLOB_NOT_FOUND", () => storage.readManifest(note.digest));
  });

  it("refuses a size in index.json that is not the manifest's", async () => {
    const storage = await openOciLayout(directory, { create: true });
    const { digest, size } = await writeImage(storage, "x", "v1");
    await editIndex((text) => text.replace(`"size":${size}`, `"size":${size + 1}`));
    await rejectsWith("BLOB_SIZE_MISMATCH", () => storage.readManifest(digest));
  });

  it("refuses a name that stands for two manifests", async () => {
    const storage = await openOciLayout(directory, { create: true });
    await writeImage(storage, "x", "v1");
    await writeImage(storage, "y", "v2");
    await editIndex((text) => text.replace('"v2"', '"v1"'));
    await rejectsWith("LAYOUT_INVALID", () => storage.resolve("v1"), /stands for/);
  });

  it("follows a blob's link inside the layout, never out of it", async () => {
    const storage = await openOciLayout(directory, { create: true });
    const bytes = encodeUtf8("linked");
    const descriptor = { mediaType: "a/b", ...(await storage.writeBlob(bytes)) };
    const path = blobPath(directory, descriptor.digest);
    await rename(path, join(directory, "elsewhere"));
    await symlink("../../elsewhere", path);
    assert.deepEqual(new Uint8Array(await storage.readBlob(descriptor, 100)), bytes);
    await rename(join(directory, "elsewhere"), join(parent, "outside"));
    await rm(path);
    await symlink(join(parent, "outside"), path);
    await rejectsWith("LAYOUT_INVALID", () => storage.readBlob(descriptor, 100), /outside/);
    await rejectsWith("LAYOUT_INVALID", () => storage.hasBlob(descriptor.digest), /outside/);
  });

  it("does not wait for a FIFO", { skip: process.platform === "win32" }, async () => {
    const storage = await openOciLayout(directory, { create: true });
    const digest = digestOf(encodeUtf8("fifo"));
    await run("mkfifo", [blobPath(directory, digest)]);
    await rejectsWith(
      "LAYOUT_INVALID",
      () => storage.readBlob({ mediaType: "a/b", digest, size: 4 }, 100),
      /regular file/,
    );
  });
});

describe("index.json", () => {
  it("keeps what other tools wrote into it", async () => {
    const storage = await openOciLayout(directory, { create: true });
    await writeImage(storage, "x", "v1");
    await editIndex((text) =>
      text.replace(
        '"manifests":[{',
        '"future":{"a":1.0},"annotations":{"k":"v"},"manifests":[{"urls":["https://e.org"],',
      ),
    );
    await writeImage(storage, "y", "v2");
    const text = await readFile(join(directory, "index.json"), "utf8");
    assert.match(text, /"future":\{"a":1\.0\},"annotations":\{"k":"v"\}/);
    assert.match(text, /"urls":\["https:\/\/e\.org"\]/);
    assert.deepEqual(await storage.listTags(), ["v1", "v2"]);
  });

  it("lists a referrer with its artifactType and annotations, without a name", async () => {
    const storage = await openOciLayout(directory, { create: true });
    const image = await writeImage(storage, "x", "v1");
    const note = await attach(storage, image, "note");
    const index = JSON.parse(await readFile(join(directory, "index.json"), "utf8")) as {
      manifests: readonly unknown[];
    };
    const described = { ...note, annotations: { text: "note" }, artifactType: "application/vnd.example.note" };
    assert.deepEqual(index.manifests[1], described);
    assert.deepEqual(await storage.listReferrers(image.digest), [described]);
    assert.deepEqual(await storage.listTags(), ["v1"]);
  });

  it("keeps a referrer listed when its name moves on", async () => {
    const storage = await openOciLayout(directory, { create: true });
    const image = await writeImage(storage, "x", "v1");
    const first = await attach(storage, image, "first", "note");
    const second = await attach(storage, image, "second", "note");
    const listed = (await storage.listReferrers(image.digest)).map(({ digest }) => digest);
    assert.deepEqual(listed.toSorted(), [first.digest, second.digest].toSorted());
    assert.equal((await storage.resolve("note"))?.digest, second.digest);
  });

  it("lists an untagged image nowhere, and finds it by digest", async () => {
    const storage = await openOciLayout(directory, { create: true });
    const bytes = manifestOf("x");
    const { digest } = await storage.writeManifest(bytes, { mediaType: MEDIA_TYPES.manifest });
    assert.ok(await storage.resolve(digest));
    assert.deepEqual(await storage.listTags(), []);
  });

  it("finds no manifest in a blob that is none", async () => {
    const storage = await openOciLayout(directory, { create: true });
    const { digest } = await storage.writeBlob(encodeUtf8("a layer"));
    assert.equal(await storage.resolve(digest), undefined);
    assert.equal(await storage.readManifest(digest), undefined);
  });

  it("takes the only image without a name for latest", async () => {
    const storage = await openOciLayout(directory, { create: true });
    const image = await writeImage(storage, "x", "v1");
    await attach(storage, image, "note");
    assert.equal(await storage.resolve("latest"), undefined, "it has a name");
    await editIndex((text) =>
      text.replace(/"annotations":\{"org\.opencontainers\.image\.ref\.name":"v1"\}/, '"annotations":{}'),
    );
    assert.equal((await storage.resolve("latest"))?.digest, image.digest);
    await storage.writeManifest(second, { mediaType: MEDIA_TYPES.manifest });
    await editIndex((text) => text.replace(/\}\]\}$/, `},${JSON.stringify(unnamed)}]}`));
    assert.equal(await storage.resolve("latest"), undefined, "now there are two");
  });

  it("reads the index that other tools name after the subject", async () => {
    const storage = await openOciLayout(directory, { create: true });
    const image = await writeImage(storage, "x", "v1");
    const hidden = await attach(storage, image, "note");
    const stranger = await writeImage(storage, "stranger", "v2");
    const bytes = encodeIndex({ kind: "index", mediaType: MEDIA_TYPES.index, manifests: [hidden, stranger] });
    await editIndex((text) =>
      text.replace(new RegExp(`,?\\{[^{}]*${hidden.digest}[^{}]*(\\{[^{}]*\\})?[^{}]*\\}`), ""),
    );
    assert.deepEqual(await storage.listReferrers(image.digest), []);
    await storage.writeManifest(bytes, { mediaType: MEDIA_TYPES.index, tag: image.digest.replace(":", "-") });
    assert.deepEqual(
      (await storage.listReferrers(image.digest)).map(({ digest }) => digest),
      [hidden.digest],
    );
  });

  const refused: readonly (readonly [why: string, tag: string])[] = [
    ["an empty name", ""],
    ["a space", "a b"],
    ["a line feed", "a\n"],
    ["a digest", digestOf(encodeUtf8("x"))],
    ["a name of 300 characters", "a".repeat(300)],
  ];
  for (const [why, tag] of refused) {
    it(`refuses ${why}`, async () => {
      const storage = await openOciLayout(directory, { create: true });
      await rejectsWith("REFERENCE_INVALID", () => writeImage(storage, "x", tag));
    });
  }

  it("stores nothing that is no manifest, or another one than stated", async () => {
    const storage = await openOciLayout(directory, { create: true });
    const write = (bytes: Uint8Array, mediaType: string): Promise<unknown> =>
      storage.writeManifest(bytes, { mediaType, tag: "v1" });
    await rejectsWith("MANIFEST_INVALID", () => write(encodeUtf8("{}"), MEDIA_TYPES.manifest));
    await rejectsWith("MANIFEST_INVALID", () => write(manifestOf("x"), MEDIA_TYPES.index));
    assert.deepEqual([await storage.listTags(), await readdir(join(directory, "blobs", "sha256"))], [[], []]);
  });
});

describe("writers at the same time", () => {
  it("lose nothing over several processes", async () => {
    const storage = await openOciLayout(directory, { create: true });
    const image = await writeImage(storage, "x", "v1");
    const script = fileURLToPath(new URL("../../testing/layout-writer.ts", import.meta.url));
    const writers = ["a", "b", "c"].map((name) => run(process.execPath, [script, directory, image.digest, name, "8"]));
    await Promise.all(writers);
    assert.equal((await storage.listReferrers(image.digest)).length, 24);
    assert.equal((await storage.listTags()).length, 1 + 24);
    const left = (await readdir(directory)).filter((name) => name.startsWith("."));
    assert.deepEqual(left, [], "no lock and nothing half-written is left");
  });

  it("move a tag from one digest to the next exactly once", async () => {
    const handles = [await openOciLayout(directory, { create: true }), await openOciLayout(directory)];
    const outcomes = await Promise.allSettled(
      Array.from({ length: 6 }, async (_, index) => {
        const handle = handles[index % 2] as OciStorage;
        return handle.writeManifest(manifestOf(`${index}`), {
          mediaType: MEDIA_TYPES.manifest,
          tag: "v1",
          expected: null,
        });
      }),
    );
    assert.equal(outcomes.filter(({ status }) => status === "fulfilled").length, 1);
    for (const outcome of outcomes) {
      if (outcome.status === "rejected") assert.equal((outcome.reason as AmapError).code, "STORAGE_CONFLICT");
    }
  });
});

function manifestOf(text: string, subject?: Descriptor): Uint8Array {
  const config: Descriptor = { mediaType: MEDIA_TYPES.emptyConfig, digest: digestOf(encodeUtf8("{}")), size: 2 };
  const base = {
    kind: "manifest",
    mediaType: MEDIA_TYPES.manifest,
    config,
    layers: [],
    annotations: { text },
  } as const;
  const artifactType = "application/vnd.example.note";
  return encodeManifest(subject === undefined ? base : { ...base, artifactType, subject });
}

const second = manifestOf("second");
const unnamed: Descriptor = { mediaType: MEDIA_TYPES.manifest, digest: digestOf(second), size: second.length };

function writeImage(storage: OciStorage, text: string, tag: string): Promise<Descriptor> {
  return storage.writeManifest(manifestOf(text), { mediaType: MEDIA_TYPES.manifest, tag });
}

function attach(storage: OciStorage, subject: Descriptor, text: string, tag?: string): Promise<Descriptor> {
  const named = tag === undefined ? {} : { tag };
  return storage.writeManifest(manifestOf(text, subject), { mediaType: MEDIA_TYPES.manifest, ...named });
}

function blobPath(layout: string, digest: Digest): string {
  return join(layout, "blobs", "sha256", digestHex(digest));
}

async function flipByte(path: string): Promise<void> {
  const bytes = await readFile(path);
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
  await writeFile(path, bytes);
}

async function editIndex(edit: (text: string) => string): Promise<void> {
  const path = join(directory, "index.json");
  const before = await readFile(path, "utf8");
  const after = edit(before);
  assert.notEqual(after, before, "the edit changed nothing");
  await writeFile(path, after);
}

async function moveAway(path: string): Promise<void> {
  const away = join(parent, `away-${basename(path)}`);
  await rename(path, away);
  await symlink(away, path);
}

async function rejectsWith(code: ErrorCode, work: () => Promise<unknown>, says?: RegExp): Promise<void> {
  await assert.rejects(work, (error) => {
    assert.ok(error instanceof AmapError, `expected ${code}, found ${String(error)}`);
    assert.equal(error.code, code, error.message);
    if (says !== undefined) assert.match(error.message, says);
    return true;
  });
}
