import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encodeUtf8 } from "../base/index.ts";
import { createFileTree, type LayerEntry } from "./file-tree.ts";

describe("files without content", () => {
  const plain = (path: string, kind: "file" | "symlink" | "hardlink" = "file", linkPath?: string): LayerEntry => ({
    path,
    kind,
    size: 1,
    ...(linkPath === undefined ? {} : { linkPath }),
  });
  for (const prefix of ["", "./"]) {
    it(`are found where they are stored, written with "${prefix}"`, () => {
      const tree = createFileTree();
      tree.startLayer();
      for (const path of ["usr/lib/a", "usr/lib/a-file-with-a-long-name"]) tree.add(plain(prefix + path));
      tree.add(plain(`${prefix}lib`, "symlink", "usr/lib"));
      tree.add(plain(`${prefix}lib/through-a-link`));
      tree.startLayer();
      tree.add(plain("usr/lib/b", "hardlink", "usr/lib/a"));
      const sources = [...tree.eachFile()].map(([path, { layer, source }]) => [path, layer, source.layer, source.path]);
      assert.deepEqual(
        sources.sort(([a], [b]) => String(a).localeCompare(String(b), "en")),
        [
          ["usr/lib/a", 0, 0, `${prefix}usr/lib/a`],
          ["usr/lib/a-file-with-a-long-name", 0, 0, `${prefix}usr/lib/a-file-with-a-long-name`],
          ["usr/lib/b", 1, 0, `${prefix}usr/lib/a`],
          ["usr/lib/through-a-link", 0, 0, `${prefix}lib/through-a-link`],
        ],
      );
      assert.deepEqual(
        tree.missing(["lib/a", "usr/lib/b", "lib/a-file-with-a-long-name"]).map(({ path }) => path),
        [`${prefix}usr/lib/a`, `${prefix}usr/lib/a-file-with-a-long-name`],
      );
      tree.supply({ layer: 0, path: `${prefix}usr/lib/a-file-with-a-long-name` }, encodeUtf8("supplied"));
      assert.deepEqual(tree.readFile("lib/a-file-with-a-long-name"), encodeUtf8("supplied"));
      assert.throws(
        () => tree.supply({ layer: 0, path: `${prefix}usr/lib/none` }, encodeUtf8("x")),
        /no file was added/,
      );
    });
  }
});
