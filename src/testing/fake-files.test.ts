import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeUtf8 } from "../base/index.ts";
import { filesContract } from "../ports/files.contract.ts";
import { createFakeFiles } from "./fake-files.ts";

filesContract("the fake", async () => {
  const files = createFakeFiles();
  await files.makeDirectory("/work");
  return {
    files,
    root: "/work",
    link: async (target, path) => files.link(target, path),
    dispose: async () => undefined,
  };
});

test("the fake starts with the given files", async () => {
  const files = createFakeFiles({ "/project/config.yaml": "a: 1" });
  assert.equal(decodeUtf8(await files.read("/project/config.yaml", 100)), "a: 1");
});
