/** Payloads are one object each, and numbers of JSON are doubles to policies. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Double, isAmapError, type Value } from "../../base/index.ts";
import { createFakeWorld } from "../../testing/fake-world.ts";
import { type PayloadMode, readPayload } from "./given-payloads.ts";

const FILES = {
  "/a.json": '{"size": 3, "parts": [1.5, {"big": 9007199254740993}], "name": "a"}',
  "/a.yaml": "size: 3\nname: a\n",
  "/two.yaml": "a: 1\n---\nb: 2\n",
  "/empty.yaml": "---\n",
  "/list.json": "[]",
  "/broken.json": '{"a": ',
  "/twice.json": '{"a": 1, "a": 2}',
};

describe("payloads", () => {
  const table: readonly (readonly [path: string, mode: PayloadMode, value: Value])[] = [
    [
      "/a.json",
      "JSON",
      { size: new Double(3), parts: [new Double(1.5), { big: new Double(9007199254740992) }], name: "a" },
    ],
    ["/a.json", "HTTP", { size: 3, parts: [1.5, { big: 9007199254740993n }], name: "a" }],
    ["/a.yaml", "JSON", { size: 3, name: "a" }],
  ];
  for (const [path, mode, value] of table) {
    it(`${path} for the mode ${mode}`, async () => {
      const payload = await readPayload(createFakeWorld(FILES), path, mode);
      assert.deepEqual(payload, { name: path, mode, value });
    });
  }

  const refused: readonly (readonly [path: string, code: string])[] = [
    ["/two.yaml", "VALUE_INVALID"],
    ["/empty.yaml", "VALUE_INVALID"],
    ["/list.json", "VALUE_INVALID"],
    ["/broken.json", "JSON_INVALID"],
    ["/twice.json", "JSON_INVALID"],
    ["/none.json", "FILE_NOT_FOUND"],
  ];
  for (const [path, code] of refused) {
    it(`${path} is ${code} and named`, async () => {
      await assert.rejects(readPayload(createFakeWorld(FILES), path, "JSON"), (error) => {
        assert.ok(isAmapError(error));
        assert.equal(error.code, code);
        assert.ok(error.message.includes(path), error.message);
        return true;
      });
    });
  }
});
