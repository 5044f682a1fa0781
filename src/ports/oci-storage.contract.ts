import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Descriptor, decodeManifest, encodeIndex, encodeManifest, MEDIA_TYPES } from "../artifact/index.ts";
import { AmapError, type Digest, digestOf, type ErrorCode, encodeUtf8, LIMITS } from "../base/index.ts";
import type { OciStorage } from "./oci-storage.ts";

/** One empty repository under test. */
export interface OciStorageUnderTest {
  readonly storage: OciStorage;
  /** Damages a stored blob or manifest in place, keeping its length; left out where the adapter cannot. */
  readonly corruptBlob?: (digest: Digest) => Promise<void>;
  /** A second handle on the same repository, as another process has it. */
  readonly another?: () => Promise<OciStorage>;
  readonly dispose: () => Promise<void>;
}

/** What every OciStorage must do; `make` gives a fresh, empty repository each time. */
export function ociStorageContract(name: string, make: () => Promise<OciStorageUnderTest>): void {
  const test = (title: string, run: (under: OciStorageUnderTest) => Promise<void>): void => {
    it(title, async () => {
      const under = await make();
      try {
        await run(under);
      } finally {
        await under.dispose();
      }
    });
  };
  describe(`OciStorage contract: ${name}`, () => {
    blobTests(test);
    manifestTests(test);
    damageTests(test);
    referrerTests(test);
    tagTests(test);
    copyTests(test);
    deletionTests(test);
  });
}

type DefineTest = (title: string, run: (under: OciStorageUnderTest) => Promise<void>) => void;

const EMPTY_JSON = encodeUtf8("{}");
const ABSENT = digestOf(encodeUtf8("never stored"));
const LAYER_TYPE = "application/vnd.example.layer.v1+json";

function blobTests(test: DefineTest): void {
  test("a blob comes back as it was written, whole and in chunks", async ({ storage }) => {
    const bytes = sampleBytes(200_000);
    const written = await storage.writeBlob(bytes);
    assert.deepEqual(written, { digest: digestOf(bytes), size: bytes.length });
    const descriptor = layerOf(bytes);
    assert.deepEqual(plain(await storage.readBlob(descriptor, bytes.length)), plain(bytes));
    assert.deepEqual(plain(await collect(storage.openBlob(descriptor))), plain(bytes));
  });

  test("an empty blob is a blob", async ({ storage }) => {
    const bytes = new Uint8Array(0);
    await storage.writeBlob(bytes);
    assert.equal((await storage.readBlob(layerOf(bytes), 10)).length, 0);
    assert.equal((await collect(storage.openBlob(layerOf(bytes)))).length, 0);
  });

  test("writing a blob that is there changes nothing", async ({ storage }) => {
    const bytes = encodeUtf8("twice");
    assert.deepEqual(await storage.writeBlob(bytes), await storage.writeBlob(bytes));
    assert.deepEqual(plain(await storage.readBlob(layerOf(bytes), 100)), plain(bytes));
  });

  test("hasBlob tells what is there", async ({ storage }) => {
    const { digest } = await storage.writeBlob(encodeUtf8("here"));
    assert.equal(await storage.hasBlob(digest), true);
    assert.equal(await storage.hasBlob(ABSENT), false);
  });

  test("a blob that is missing is BLOB_NOT_FOUND", async ({ storage }) => {
    const missing: Descriptor = { mediaType: LAYER_TYPE, digest: ABSENT, size: 12 };
    await rejectsWith("BLOB_NOT_FOUND", () => storage.readBlob(missing, 100));
    await rejectsWith("BLOB_NOT_FOUND", () => collect(storage.openBlob(missing)));
  });

  test("a blob whose size is not its descriptor's is BLOB_SIZE_MISMATCH", async ({ storage }) => {
    const bytes = encodeUtf8("ten bytes.");
    await storage.writeBlob(bytes);
    for (const size of [bytes.length - 1, bytes.length + 1, 0]) {
      const stated = { ...layerOf(bytes), size };
      await rejectsWith("BLOB_SIZE_MISMATCH", () => storage.readBlob(stated, 100));
      await rejectsWith("BLOB_SIZE_MISMATCH", () => collect(storage.openBlob(stated)));
    }
  });

  test("a blob above the caller's limit is LIMIT_EXCEEDED", async ({ storage }) => {
    const bytes = encodeUtf8("ten bytes.");
    await storage.writeBlob(bytes);
    await rejectsWith("LIMIT_EXCEEDED", () => storage.readBlob(layerOf(bytes), bytes.length - 1));
    assert.equal((await storage.readBlob(layerOf(bytes), bytes.length)).length, bytes.length);
  });
}

function copyTests(test: DefineTest): void {
  /** A repository that holds one blob, whose bytes may be other ones than its descriptor says. */
  const source = (descriptor: Descriptor, chunks: readonly Uint8Array[]): OciStorage =>
    ({
      location: "elsewhere.example/source",
      async *openBlob(wanted: Descriptor) {
        assert.equal(wanted.digest, descriptor.digest);
        yield* chunks;
      },
    }) as unknown as OciStorage;

  test("a blob of another repository is copied in chunks", async ({ storage }) => {
    const bytes = sampleBytes(300_000);
    const chunks = [bytes.subarray(0, 7), bytes.subarray(7, 200_000), bytes.subarray(200_000)];
    await storage.copyBlob(layerOf(bytes), source(layerOf(bytes), chunks));
    assert.deepEqual(plain(await storage.readBlob(layerOf(bytes), bytes.length)), plain(bytes));
  });

  test("one that is there is not read again", async ({ storage }) => {
    const bytes = encodeUtf8("here");
    await storage.writeBlob(bytes);
    const unreadable = { location: "elsewhere.example/source" } as OciStorage;
    await storage.copyBlob(layerOf(bytes), unreadable);
    assert.deepEqual(plain(await storage.readBlob(layerOf(bytes), 10)), plain(bytes));
  });

  test("between two handles of one place", async ({ storage, another }) => {
    if (another === undefined) return;
    const bytes = sampleBytes(1_000);
    await storage.writeBlob(bytes);
    await (await another()).copyBlob(layerOf(bytes), storage);
    assert.equal(await storage.hasBlob(digestOf(bytes)), true);
  });

  const wrong: readonly (readonly [name: string, code: ErrorCode, chunks: readonly string[]])[] = [
    ["another byte", "BLOB_DIGEST_MISMATCH", ["ten byteX."]],
    ["fewer bytes", "BLOB_SIZE_MISMATCH", ["ten ", "by"]],
    ["more bytes", "BLOB_SIZE_MISMATCH", ["ten bytes.", "."]],
  ];
  for (const [name, code, chunks] of wrong) {
    test(`C2: ${name} than the descriptor says is ${code}, and nothing is stored`, async ({ storage }) => {
      const descriptor = layerOf(encodeUtf8("ten bytes."));
      await rejectsWith(code, () => storage.copyBlob(descriptor, source(descriptor, chunks.map(encodeUtf8))));
      assert.equal(await storage.hasBlob(descriptor.digest), false);
    });
  }

  test("a source that fails leaves nothing", async ({ storage }) => {
    const descriptor = layerOf(encodeUtf8("ten bytes."));
    const failing = {
      location: "elsewhere.example/source",
      async *openBlob() {
        yield encodeUtf8("ten ");
        throw new AmapError("TIMEOUT", "the source stopped");
      },
    } as unknown as OciStorage;
    await rejectsWith("TIMEOUT", () => storage.copyBlob(descriptor, failing));
    assert.equal(await storage.hasBlob(descriptor.digest), false);
  });
}

function deletionTests(test: DefineTest): void {
  test("a deleted manifest is gone with its tags, and its blobs stay", async ({ storage, another }) => {
    const { digest } = await writeImage(storage, "gone", "v1");
    await writeImage(storage, "gone", "v2");
    const kept = await writeImage(storage, "kept", "v3");
    assert.equal(await storage.deleteManifest(digest), true);
    assert.equal(await storage.resolve("v1"), undefined);
    assert.equal(await storage.resolve("v2"), undefined);
    assert.equal(await storage.readManifest(digest), undefined);
    assert.equal((await storage.resolve("v3"))?.digest, kept.digest);
    assert.deepEqual(await storage.listTags(), ["v3"]);
    assert.equal(await storage.hasBlob(digestOf(encodeUtf8("gone"))), true);
    if (another !== undefined) assert.equal(await (await another()).resolve("v1"), undefined);
    assert.equal(await storage.deleteManifest(digest), false);
  });

  test("what was never there is false", async ({ storage }) => {
    assert.equal(await storage.deleteManifest(ABSENT), false);
  });

  test("a deleted referrer is listed no more, the others are", async ({ storage, another }) => {
    const subject = await writeImage(storage, "subject", "v1");
    const first = await attach(storage, subject, "first");
    const second = await attach(storage, subject, "second");
    assert.equal(await storage.deleteManifest(first.digest), true);
    assert.deepEqual(await referrerDigests(storage, subject.digest), [second.digest]);
    if (another !== undefined) {
      assert.deepEqual(await referrerDigests(await another(), subject.digest), [second.digest]);
    }
    assert.equal(await storage.deleteManifest(second.digest), true);
    assert.deepEqual(await referrerDigests(storage, subject.digest), []);
    assert.deepEqual(
      (await storage.listTags()).filter((tag) => tag === "v1"),
      ["v1"],
    );
  });

  test("what was deleted can be written again", async ({ storage }) => {
    const subject = await writeImage(storage, "subject", "v1");
    const first = await attach(storage, subject, "first");
    await storage.deleteManifest(first.digest);
    await attach(storage, subject, "first");
    assert.deepEqual(await referrerDigests(storage, subject.digest), [first.digest]);
  });

  test("writers and a deletion at once: no writer is lost", async ({ storage, another }) => {
    const subject = await writeImage(storage, "subject", "v1");
    const gone = await attach(storage, subject, "gone");
    const second = another === undefined ? storage : await another();
    const writing = Array.from({ length: 4 }, (_, index) =>
      attach(index % 2 === 0 ? storage : second, subject, `w${index}`),
    );
    const [, ...attached] = await Promise.all([second.deleteManifest(gone.digest), ...writing]);
    assert.deepEqual(await referrerDigests(storage, subject.digest), attached.map(({ digest }) => digest).sort());
  });
}

function manifestTests(test: DefineTest): void {
  test("a manifest comes back as it was written, by tag and by digest", async ({ storage }) => {
    const bytes = await storeImage(storage, "one");
    const written = await storage.writeManifest(bytes, { mediaType: MEDIA_TYPES.manifest, tag: "v1" });
    const expected = { mediaType: MEDIA_TYPES.manifest, digest: digestOf(bytes), size: bytes.length };
    assert.deepEqual(coreOf(written), expected);
    assert.deepEqual(coreOf(await storage.resolve("v1")), expected);
    assert.deepEqual(coreOf(await storage.resolve(expected.digest)), expected);
    const read = await storage.readManifest(expected.digest);
    assert.ok(read);
    assert.deepEqual(coreOf(read.descriptor), expected);
    assert.deepEqual(plain(read.bytes), plain(bytes));
  });

  test("an index and its manifests come back, the manifests by digest alone", async ({ storage }) => {
    const child = await storeImage(storage, "child");
    await storage.writeManifest(child, { mediaType: MEDIA_TYPES.manifest });
    const platform = { os: "linux", architecture: "amd64" };
    const bytes = encodeIndex({
      kind: "index",
      mediaType: MEDIA_TYPES.index,
      manifests: [{ mediaType: MEDIA_TYPES.manifest, digest: digestOf(child), size: child.length, platform }],
    });
    await storage.writeManifest(bytes, { mediaType: MEDIA_TYPES.index, tag: "multi" });
    assert.equal((await storage.resolve("multi"))?.mediaType, MEDIA_TYPES.index);
    assert.deepEqual(plain((await storage.readManifest(digestOf(bytes)))?.bytes), plain(bytes));
    assert.deepEqual(plain((await storage.readManifest(digestOf(child)))?.bytes), plain(child));
    assert.equal((await storage.resolve(digestOf(child)))?.mediaType, MEDIA_TYPES.manifest);
    assert.deepEqual(await storage.listTags(), ["multi"]);
  });

  test("what is not there is undefined, in an empty repository and in a filled one", async ({ storage }) => {
    for (const fill of [false, true]) {
      if (fill) await writeImage(storage, "filled", "v1");
      assert.equal(await storage.resolve("absent"), undefined);
      assert.equal(await storage.resolve(ABSENT), undefined);
      assert.equal(await storage.readManifest(ABSENT), undefined);
    }
  });

  test("a manifest above LIMITS.manifestBytes is LIMIT_EXCEEDED", async ({ storage }) => {
    const bytes = new Uint8Array(LIMITS.manifestBytes + 1).fill(0x20);
    await rejectsWith("LIMIT_EXCEEDED", () => storage.writeManifest(bytes, { mediaType: MEDIA_TYPES.manifest }));
  });
}

function damageTests(test: DefineTest): void {
  test("a damaged blob is BLOB_DIGEST_MISMATCH and never ends normally", async ({ storage, corruptBlob }) => {
    if (corruptBlob === undefined) return;
    const bytes = sampleBytes(100_000);
    const { digest } = await storage.writeBlob(bytes);
    await corruptBlob(digest);
    await rejectsWith("BLOB_DIGEST_MISMATCH", () => storage.readBlob(layerOf(bytes), bytes.length));
    await rejectsWith("BLOB_DIGEST_MISMATCH", () => collect(storage.openBlob(layerOf(bytes))));
  });

  test("a damaged manifest is BLOB_DIGEST_MISMATCH", async ({ storage, corruptBlob, another }) => {
    if (corruptBlob === undefined) return;
    const { digest } = await writeImage(storage, "damaged", "v1");
    await corruptBlob(digest);
    const fresh = another === undefined ? storage : await another();
    await rejectsWith("BLOB_DIGEST_MISMATCH", () => fresh.readManifest(digest));
  });
}

function referrerTests(test: DefineTest): void {
  test("manifests with a subject are listed, each once, and only for their subject", async ({ storage }) => {
    const subject = await writeImage(storage, "subject", "v1");
    const other = await writeImage(storage, "other", "v2");
    const first = await attach(storage, subject, "first");
    const second = await attach(storage, subject, "second");
    await attach(storage, subject, "first");
    const foreign = await attach(storage, other, "first");
    assert.deepEqual(await referrerDigests(storage, subject.digest), [first.digest, second.digest].sort());
    assert.deepEqual(await referrerDigests(storage, other.digest), [foreign.digest]);
    for (const listed of await storage.listReferrers(other.digest)) assert.deepEqual(coreOf(listed), coreOf(foreign));
    assert.deepEqual(await referrerDigests(storage, ABSENT), []);
  });

  test("a subject that is not stored can have referrers", async ({ storage }) => {
    const attached = await attach(storage, { mediaType: MEDIA_TYPES.manifest, digest: ABSENT, size: 12 }, "early");
    assert.deepEqual(await referrerDigests(storage, ABSENT), [attached.digest]);
  });

  test("a referrer can have a tag and referrers of its own", async ({ storage }) => {
    const subject = await writeImage(storage, "subject", "v1");
    const tagged = await attach(storage, subject, "tagged", "note");
    const nested = await attach(storage, tagged, "nested");
    assert.deepEqual(await referrerDigests(storage, subject.digest), [tagged.digest]);
    assert.deepEqual(await referrerDigests(storage, tagged.digest), [nested.digest]);
    assert.equal((await storage.resolve("note"))?.digest, tagged.digest);
  });

  test("eight writers at once through two handles lose no referrer", async ({ storage, another }) => {
    const subject = await writeImage(storage, "subject", "v1");
    const second = another === undefined ? storage : await another();
    const handles = Array.from({ length: 8 }, (_, index) => (index % 2 === 0 ? storage : second));
    const attached = await Promise.all(handles.map((handle, index) => attach(handle, subject, `writer ${index}`)));
    const expected = attached.map(({ digest }) => digest).sort();
    assert.deepEqual(await referrerDigests(storage, subject.digest), expected);
    assert.deepEqual(await referrerDigests(second, subject.digest), expected);
  });
}

function tagTests(test: DefineTest): void {
  test("listTags names all tags", async ({ storage }) => {
    assert.deepEqual(await storage.listTags(), []);
    const { digest } = await writeImage(storage, "one", "v1");
    await writeImage(storage, "one", `${digest.replace(":", "-")}.sig`);
    await writeImage(storage, "two", "latest");
    assert.deepEqual([...(await storage.listTags())].sort(), ["latest", `${digest.replace(":", "-")}.sig`, "v1"]);
  });

  test("a tag moves, and the old manifest stays readable by digest", async ({ storage, another }) => {
    const before = await writeImage(storage, "before", "v1");
    const after = await writeImage(storage, "after", "v1");
    assert.equal((await storage.resolve("v1"))?.digest, after.digest);
    assert.ok(await storage.readManifest(before.digest));
    assert.deepEqual(await storage.listTags(), ["v1"]);
    if (another !== undefined) assert.equal((await (await another()).resolve("v1"))?.digest, after.digest);
  });

  test("a tag moves only from the expected digest, else STORAGE_CONFLICT", async ({ storage }) => {
    const first = await storeImage(storage, "first");
    const second = await storeImage(storage, "second");
    const write = (bytes: Uint8Array, expected: Digest | null): Promise<Descriptor> =>
      storage.writeManifest(bytes, { mediaType: MEDIA_TYPES.manifest, tag: "v1", expected });
    await rejectsWith("STORAGE_CONFLICT", () => write(first, ABSENT));
    assert.equal(await storage.resolve("v1"), undefined);
    await write(first, null);
    await rejectsWith("STORAGE_CONFLICT", () => write(second, null));
    await rejectsWith("STORAGE_CONFLICT", () => write(second, ABSENT));
    assert.equal((await storage.resolve("v1"))?.digest, digestOf(first));
    await write(second, digestOf(first));
    assert.equal((await storage.resolve("v1"))?.digest, digestOf(second));
  });

  test("a handle sees what another one wrote after it was opened", async ({ storage, another }) => {
    if (another === undefined) return;
    const second = await another();
    assert.equal(await second.resolve("v1"), undefined);
    const { digest } = await writeImage(storage, "late", "v1");
    assert.equal((await second.resolve("v1"))?.digest, digest);
    const attached = await attach(storage, { mediaType: MEDIA_TYPES.manifest, digest, size: 1 }, "late");
    assert.deepEqual(await referrerDigests(second, digest), [attached.digest]);
  });
}

/** Stores an image's blobs and gives the bytes of its manifest. */
async function storeImage(storage: OciStorage, text: string): Promise<Uint8Array> {
  await storage.writeBlob(EMPTY_JSON);
  const content = encodeUtf8(text);
  await storage.writeBlob(content);
  return encodeManifest({
    kind: "manifest",
    mediaType: MEDIA_TYPES.manifest,
    config: { ...layerOf(EMPTY_JSON), mediaType: MEDIA_TYPES.emptyConfig },
    layers: [layerOf(content)],
  });
}

async function writeImage(storage: OciStorage, text: string, tag: string): Promise<Descriptor> {
  return storage.writeManifest(await storeImage(storage, text), { mediaType: MEDIA_TYPES.manifest, tag });
}

async function attach(storage: OciStorage, subject: Descriptor, text: string, tag?: string): Promise<Descriptor> {
  const decoded = decodeManifest(await storeImage(storage, text));
  assert.ok(decoded.ok && decoded.value.kind === "manifest");
  const artifactType = "application/vnd.example.note.v1";
  const bytes = encodeManifest({ ...decoded.value, artifactType, subject: coreOf(subject) });
  return storage.writeManifest(bytes, { mediaType: MEDIA_TYPES.manifest, ...(tag === undefined ? {} : { tag }) });
}

async function referrerDigests(storage: OciStorage, subject: Digest): Promise<readonly Digest[]> {
  return (await storage.listReferrers(subject)).map(({ digest }) => digest).sort();
}

function layerOf(bytes: Uint8Array): Descriptor {
  return { mediaType: LAYER_TYPE, digest: digestOf(bytes), size: bytes.length };
}

function coreOf(descriptor: Descriptor | undefined): Descriptor {
  assert.ok(descriptor, "expected a descriptor, found undefined");
  return { mediaType: descriptor.mediaType, digest: descriptor.digest, size: descriptor.size };
}

/** Bytes that no compressor or chunk boundary makes special. */
function sampleBytes(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 31 + (index >> 8) * 7) & 0xff);
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

/** So that a Buffer and a Uint8Array of the same bytes are equal. */
function plain(bytes: Uint8Array | undefined): Uint8Array | undefined {
  return bytes === undefined ? undefined : new Uint8Array(bytes);
}

async function rejectsWith(code: ErrorCode, run: () => Promise<unknown>): Promise<void> {
  await assert.rejects(run, (error) => {
    assert.ok(error instanceof AmapError, `expected ${code}, found ${String(error)}`);
    assert.equal(error.code, code, error.message);
    return true;
  });
}
