import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { type Descriptor, MEDIA_TYPES } from "../../artifact/index.ts";
import { AmapError, type Digest, digestOf, encodeUtf8 } from "../../base/index.ts";
import type { OciStorage } from "../../ports/index.ts";
import { createFakeOciStorage, type FakeOciStorage } from "../../testing/fake-oci-storage.ts";
import { failureOf, sampleManifest } from "../../testing/open-test-registry.ts";
import { type MirrorFailures, openMirroredRepository } from "./index.ts";

const IMAGE = sampleManifest("image");
const DIGEST = digestOf(IMAGE);
const AS_MANIFEST = { mediaType: MEDIA_TYPES.manifest };
const BLOB = encodeUtf8("a layer");
const BLOB_DESCRIPTOR: Descriptor = { mediaType: "text/plain", digest: digestOf(BLOB), size: BLOB.length };
const DOWN = new AmapError("REGISTRY_UNREACHABLE", "connection refused");

let [near, far, original, target] = [fake("near"), fake("far"), fake("original"), fake("target")];

function fake(location: string): FakeOciStorage {
  return createFakeOciStorage({ location, repository: location });
}

const calls = (storage: FakeOciStorage, ...methods: readonly string[]): number =>
  methods.reduce((sum, method) => sum + (storage.calls.get(method) ?? 0), 0);

async function bytesOf(storage: OciStorage): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const chunk of storage.openBlob(BLOB_DESCRIPTOR)) parts.push(chunk);
  return Buffer.concat(parts).toString();
}

interface Pulls {
  readonly tags?: boolean;
  readonly digests?: boolean;
}
const open = (pulls: Pulls = {}, rest: { blocked?: AmapError; failures?: MirrorFailures } = {}): OciStorage =>
  openMirroredRepository({
    target: original,
    original,
    mirrors: [near, far].map((storage) => ({ storage, tags: true, digests: true, ...pulls })),
    ...rest,
  });

beforeEach(() => {
  [near, far, original, target] = [fake("near"), fake("far"), fake("original"), fake("target")];
});

describe("content by digest", () => {
  it("comes from the first mirror that has it, and the original is not asked", async () => {
    await far.writeManifest(IMAGE, AS_MANIFEST);
    await far.writeBlob(BLOB);
    const storage = open();
    assert.equal((await storage.resolve(DIGEST))?.digest, DIGEST);
    assert.deepEqual((await storage.readManifest(DIGEST))?.bytes, IMAGE);
    assert.deepEqual(await storage.readBlob(BLOB_DESCRIPTOR, 100), BLOB);
    assert.equal(await bytesOf(storage), "a layer");
    assert.equal(calls(original, "resolve", "readManifest", "readBlob", "openBlob"), 0);
  });

  it("comes from the original where no mirror has it; what nobody has is not there", async () => {
    await original.writeManifest(IMAGE, AS_MANIFEST);
    await original.writeBlob(BLOB);
    const storage = open();
    assert.deepEqual((await storage.readManifest(DIGEST))?.bytes, IMAGE);
    assert.deepEqual(await storage.readBlob(BLOB_DESCRIPTOR, 100), BLOB);
    assert.equal(await bytesOf(storage), "a layer");
    assert.equal(await storage.readManifest(digestOf(BLOB)), undefined);
    await failureOf("BLOB_NOT_FOUND", () =>
      storage.readBlob({ ...BLOB_DESCRIPTOR, digest: digestOf(encodeUtf8("?")) }, 100),
    );
  });

  it("that a mirror serves wrong comes from the next place, and the mirror is not asked again", async () => {
    for (const storage of [near, original]) {
      await storage.writeManifest(IMAGE, AS_MANIFEST);
      await storage.writeBlob(BLOB);
    }
    near.corrupt(DIGEST);
    near.corrupt(BLOB_DESCRIPTOR.digest);
    const storage = open();
    assert.deepEqual((await storage.readManifest(DIGEST))?.bytes, IMAGE);
    assert.deepEqual(await storage.readBlob(BLOB_DESCRIPTOR, 100), BLOB);
    assert.equal(calls(near, "readManifest", "readBlob"), 1);
  });

  it("that breaks off in a stream fails; whoever tries again is served by the next place", async () => {
    await original.writeBlob(BLOB);
    const cut: OciStorage = {
      ...near,
      async *openBlob() {
        yield BLOB.subarray(0, 3);
        throw DOWN;
      },
    };
    const storage = openMirroredRepository({
      target: original,
      original,
      mirrors: [{ storage: cut, tags: true, digests: true }],
    });
    await assert.rejects(bytesOf(storage), DOWN);
    assert.equal(await bytesOf(storage), "a layer");
  });

  it("a handle that is opened anew with the same memory does not ask a mirror that failed either", async () => {
    await original.writeManifest(IMAGE, AS_MANIFEST);
    near.failWith(DOWN);
    const failures: MirrorFailures = new Map();
    for (let handle = 0; handle < 3; handle += 1) {
      assert.ok(await open({}, { failures }).readManifest(DIGEST));
    }
    assert.deepEqual([calls(near, "readManifest"), calls(far, "readManifest")], [1, 3]);
  });

  it("is not asked of a mirror for tags only", async () => {
    await near.writeManifest(IMAGE, AS_MANIFEST);
    assert.equal(await open({ digests: false }).readManifest(DIGEST), undefined);
    assert.equal(calls(near, "readManifest"), 0);
  });

  it("a failure of the original tells what its mirrors did", async () => {
    near.failWith(new AmapError("REGISTRY_UNAUTHORIZED", "near: 401"));
    original.failWith(DOWN);
    const error = await failureOf("REGISTRY_UNREACHABLE", () => open().readManifest(DIGEST));
    assert.equal(error.message, "connection refused; of its mirrors: near: 401");
  });
});

describe("tags", () => {
  it("come from a mirror that may say them", async () => {
    await near.writeManifest(IMAGE, { ...AS_MANIFEST, tag: "v1" });
    assert.equal((await open().resolve("v1"))?.digest, DIGEST);
    assert.equal(calls(original, "resolve"), 0);
  });

  it("come from the original where mirrors are for digests only", async () => {
    await near.writeManifest(sampleManifest("old"), { ...AS_MANIFEST, tag: "v1" });
    await original.writeManifest(IMAGE, { ...AS_MANIFEST, tag: "v1" });
    assert.equal((await open({ tags: false }).resolve("v1"))?.digest, DIGEST);
    assert.equal(calls(near, "resolve"), 0);
  });

  it("that a mirror says wrong are not written for: STORAGE_CONFLICT", async () => {
    await near.writeManifest(sampleManifest("old"), { ...AS_MANIFEST, tag: "v1" });
    await original.writeManifest(IMAGE, { ...AS_MANIFEST, tag: "v1" });
    const storage = open();
    await storage.resolve("v1");
    await failureOf("STORAGE_CONFLICT", () => storage.writeBlob(BLOB));
    await failureOf("STORAGE_CONFLICT", () => storage.writeManifest(sampleManifest("x", DIGEST), AS_MANIFEST));
    assert.equal(await original.hasBlob(BLOB_DESCRIPTOR.digest), false);
  });

  it("its twin: that a mirror says right are", async () => {
    for (const each of [near, original]) await each.writeManifest(IMAGE, { ...AS_MANIFEST, tag: "v1" });
    const storage = open();
    await storage.resolve("v1");
    await storage.writeBlob(BLOB);
    assert.equal(await original.hasBlob(BLOB_DESCRIPTOR.digest), true);
    assert.equal(await near.hasBlob(BLOB_DESCRIPTOR.digest), false);
  });
});

describe("what stands beside an image", () => {
  const attach = (storage: OciStorage): Promise<Descriptor> =>
    storage.writeManifest(sampleManifest("signature", DIGEST), AS_MANIFEST);
  const TAG = `${DIGEST.replace(":", "-")}.sig`;
  const listed = async (storage: OciStorage): Promise<readonly Digest[]> =>
    (await storage.listReferrers(DIGEST)).map(({ digest }) => digest);

  it("is what the original lists: mirrors that lack it make no image unsigned", async () => {
    const { digest } = await attach(original);
    await original.writeManifest(IMAGE, { ...AS_MANIFEST, tag: TAG });
    const storage = open();
    assert.deepEqual(await listed(storage), [digest]);
    assert.equal((await storage.resolve(TAG))?.digest, DIGEST);
    assert.equal(calls(near, "listReferrers", "resolve"), 0);
  });

  it("and nothing where the original says that there is nothing, whatever mirrors have", async () => {
    await attach(near);
    await near.writeManifest(IMAGE, { ...AS_MANIFEST, tag: TAG });
    assert.deepEqual(await listed(open()), []);
    assert.equal(await open().resolve(TAG), undefined);
  });

  it("is what a mirror lists where the original cannot be asked", async () => {
    const { digest } = await attach(far);
    await far.writeManifest(IMAGE, { ...AS_MANIFEST, tag: TAG });
    original.failWith(DOWN);
    assert.deepEqual(await listed(open()), [digest]);
    assert.equal((await open().resolve(TAG))?.digest, DIGEST);
  });

  it("could not be looked at where the original cannot be asked and no mirror lists anything", async () => {
    original.failWith(DOWN);
    await failureOf("REGISTRY_UNREACHABLE", () => listed(open()));
    await failureOf("REGISTRY_UNREACHABLE", () => open().resolve(TAG));
    await failureOf("REGISTRY_UNREACHABLE", () => open().listTags());
  });

  it("is not asked of mirrors for digests only by a tag", async () => {
    await far.writeManifest(IMAGE, { ...AS_MANIFEST, tag: TAG });
    original.failWith(DOWN);
    await failureOf("REGISTRY_UNREACHABLE", () => open({ tags: false }).resolve(TAG));
  });

  it("in one form alone, at a mirror, means that there is none in the others", async () => {
    const { digest } = await attach(far);
    original.failWith(DOWN);
    assert.equal(await open().resolve(TAG), undefined);
    assert.equal(await open({ tags: false }).resolve(TAG), undefined);
    assert.deepEqual(await listed(open()), [digest]);
  });

  it("by tags alone, too", async () => {
    await far.writeManifest(IMAGE, { ...AS_MANIFEST, tag: TAG });
    original.failWith(DOWN);
    assert.deepEqual(await listed(open()), []);
    assert.equal((await open().resolve(TAG))?.digest, DIGEST);
  });
});

describe("writing", () => {
  it("goes to the repository that the user named, also where it is read from another place", async () => {
    const storage = openMirroredRepository({ target, original, mirrors: [] });
    await storage.writeBlob(BLOB);
    await storage.writeManifest(IMAGE, { ...AS_MANIFEST, tag: "v1" });
    await storage.copyBlob(BLOB_DESCRIPTOR, target);
    assert.equal(await storage.hasBlob(BLOB_DESCRIPTOR.digest), true);
    assert.equal((await target.resolve("v1"))?.digest, DIGEST);
    assert.equal(await storage.resolve("v1"), undefined);
    assert.equal(await storage.deleteManifest(DIGEST), true);
    assert.deepEqual([storage.location, storage.repository], ["target", "target"]);
  });
});

describe("ends at once", () => {
  it("when reading is blocked, and writing is not", async () => {
    const blocked = new AmapError("REGISTRY_FORBIDDEN", "blocked");
    const storage = open({}, { blocked });
    const reads: readonly (() => Promise<unknown>)[] = [
      () => storage.resolve("v1"),
      () => storage.listTags(),
      () => storage.readManifest(DIGEST),
      () => storage.readBlob(BLOB_DESCRIPTOR, 100),
      () => bytesOf(storage),
      () => storage.listReferrers(DIGEST),
    ];
    for (const read of reads) await assert.rejects(read, blocked);
    await storage.writeBlob(BLOB);
  });

  it("when the run was stopped: no further place is asked", async () => {
    const stopped = new AmapError("INTERRUPTED", "stopped");
    near.failWith(stopped);
    await assert.rejects(open().readManifest(DIGEST), stopped);
    await assert.rejects(bytesOf(open()), stopped);
    assert.equal(calls(far, "readManifest", "openBlob"), 0);
    original.failWith(stopped);
    await assert.rejects(open().listReferrers(DIGEST), stopped);
    assert.equal(calls(far, "listReferrers"), 0);
  });
});
