import assert from "node:assert/strict";
import { it } from "node:test";
import { AmapError, digestOf, encodeUtf8 } from "../base/index.ts";
import { ociStorageContract } from "../ports/oci-storage.contract.ts";
import { createFakeOciStorage } from "./fake-oci-storage.ts";

ociStorageContract("fake", async () => {
  const storage = createFakeOciStorage();
  return {
    storage,
    corruptBlob: async (digest) => storage.corrupt(digest),
    another: async () => storage,
    dispose: async () => {},
  };
});

it("fails, loses and counts when told to", async () => {
  const storage = createFakeOciStorage();
  const bytes = encodeUtf8("x");
  await storage.writeBlob(bytes);
  storage.lose(digestOf(bytes));
  assert.equal(await storage.hasBlob(digestOf(bytes)), false);
  storage.failWith(new AmapError("REGISTRY_UNREACHABLE", "down"));
  await assert.rejects(storage.listTags(), { code: "REGISTRY_UNREACHABLE" });
  storage.failWith(undefined);
  assert.deepEqual(await storage.listTags(), []);
  assert.equal(storage.calls.get("listTags"), 2);
});
