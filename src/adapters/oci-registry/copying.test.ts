import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Descriptor } from "../../artifact/index.ts";
import { digestOf, encodeUtf8 } from "../../base/index.ts";
import { failureOf, sampleManifest, TEST_REPOSITORY, withTestRegistry } from "../../testing/open-test-registry.ts";

const MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json";
const MEBIBYTE = 1024 * 1024;

const blobOf = (bytes: Uint8Array): Descriptor => ({
  mediaType: "application/octet-stream",
  digest: digestOf(bytes),
  size: bytes.length,
});

describe("copying a blob between repositories", () => {
  it("of one registry sends nothing", () =>
    withTestRegistry({}, async ({ server, open, storage }) => {
      const bytes = encodeUtf8("a layer");
      await open("team/base").writeBlob(bytes);
      const before = server.requests.length;
      await storage.copyBlob(blobOf(bytes), open("team/base"));
      const sent = server.requests.slice(before);
      assert.ok(
        sent.some(({ path }) => path.includes(`mount=${encodeURIComponent(digestOf(bytes))}&from=team%2Fbase`)),
      );
      assert.equal(
        sent.reduce((sum, { body }) => sum + body.length, 0),
        0,
      );
      assert.ok(server.repository(TEST_REPOSITORY).blobs.has(digestOf(bytes)));
    }));

  it("asks for a token that reads there and writes here; where there is none, it is sent", async () => {
    const both = /scope=repository:team\/storefront:pull,push&scope=repository:team\/base:pull$/;
    for (const refuses of [false, true]) {
      const fault = ({ path }: { path: string }) =>
        refuses && both.test(decodeURIComponent(path)) ? ({ kind: "answer", status: 403 } as const) : undefined;
      await withTestRegistry({ auth: "bearer", fault }, async ({ server, open, storage }) => {
        const bytes = encodeUtf8("a layer");
        await open("team/base").writeBlob(bytes);
        await storage.copyBlob(blobOf(bytes), open("team/base"));
        assert.equal(server.requests.filter(({ path }) => both.test(decodeURIComponent(path))).length, 1);
        const sent = server.requests.filter(({ method, body }) => method === "PUT" && body.length > 0);
        assert.equal(sent.length, refuses ? 2 : 1);
        assert.ok(server.repository(TEST_REPOSITORY).blobs.has(digestOf(bytes)));
      });
    }
  });

  it("that the registry does not take over is sent", () =>
    withTestRegistry({ mounts: false }, async ({ server, open, storage }) => {
      const bytes = encodeUtf8("a layer");
      await open("team/base").writeBlob(bytes);
      await storage.copyBlob(blobOf(bytes), open("team/base"));
      assert.ok(server.repository(TEST_REPOSITORY).blobs.has(digestOf(bytes)));
    }));

  for (const status of [201, 400, 405]) {
    it(`a mount that is answered by ${status} and was not made is sent`, async () => {
      const fault = ({ method, path }: { method: string; path: string }) =>
        method === "POST" && path.includes("mount=") ? ({ kind: "answer", status } as const) : undefined;
      await withTestRegistry({ fault }, async ({ server, open, storage }) => {
        const bytes = encodeUtf8("a layer");
        await open("team/base").writeBlob(bytes);
        await storage.copyBlob(blobOf(bytes), open("team/base"));
        assert.ok(server.repository(TEST_REPOSITORY).blobs.has(digestOf(bytes)));
      });
    });
  }

  it("a large one goes in chunks of at most 8 MiB, in order, and is held no longer", () =>
    withTestRegistry({ mounts: false }, async ({ server, open, storage }) => {
      const bytes = new Uint8Array(20 * MEBIBYTE).map((_, index) => (index * 31 + (index >> 10)) & 0xff);
      await open("team/base").writeBlob(bytes);
      const before = server.requests.length;
      await storage.copyBlob(blobOf(bytes), open("team/base"));
      const sent = server.requests.slice(before).filter(({ body }) => body.length > 0);
      assert.deepEqual(
        sent.map(({ method }) => method),
        ["PATCH", "PATCH", "PUT"],
      );
      for (const { body } of sent) assert.ok(body.length <= 8 * MEBIBYTE, `${body.length}`);
      assert.deepEqual(server.repository(TEST_REPOSITORY).blobs.get(digestOf(bytes)), bytes);
    }));

  it("a chunk that the registry does not take is an error", async () => {
    const fault = ({ method }: { method: string }) =>
      method === "PATCH" ? ({ kind: "answer", status: 416 } as const) : undefined;
    await withTestRegistry({ fault, mounts: false }, async ({ open, storage }) => {
      const bytes = new Uint8Array(9 * MEBIBYTE);
      await open("team/base").writeBlob(bytes);
      await failureOf("REGISTRY_FAILED", () => storage.copyBlob(blobOf(bytes), open("team/base")));
      assert.equal(await storage.hasBlob(digestOf(bytes)), false);
    });
  });
});

describe("deleting", () => {
  it("where the registry deletes nothing is NOT_SUPPORTED, and all is still there", () =>
    withTestRegistry({ deletes: false }, async ({ storage }) => {
      const written = await storage.writeManifest(sampleManifest("kept"), { mediaType: MANIFEST_TYPE, tag: "v1" });
      await failureOf("NOT_SUPPORTED", () => storage.deleteManifest(written.digest));
      assert.equal((await storage.resolve("v1"))?.digest, written.digest);
    }));

  it("asks for a token that may delete", () =>
    withTestRegistry({ auth: "bearer" }, async ({ server, storage }) => {
      const written = await storage.writeManifest(sampleManifest("gone"), { mediaType: MANIFEST_TYPE, tag: "v1" });
      await storage.deleteManifest(written.digest);
      const scopes = server.requests.filter(({ path }) => path.startsWith("/token")).map(({ path }) => path);
      assert.match(decodeURIComponent(scopes.at(-1) ?? ""), /scope=repository:team\/storefront:pull,push,delete/);
    }));
});
