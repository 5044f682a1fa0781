import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { AmapError, type ErrorCode, encodeUtf8, LIMITS } from "../base/index.ts";
import { type ContentSource, createFileTree, type FileTree, type LayerEntry } from "./file-tree.ts";

type Row = readonly [path: string, kind?: LayerEntry["kind"], linkOrText?: string];

describe("FileTree", () => {
  const cases: readonly (readonly [
    name: string,
    layers: readonly (readonly Row[])[],
    files: Record<string, string>,
  ])[] = [
    ["one layer", [[["./etc/", "directory"], ["etc/hosts"], ["/usr/bin/x"]]], { "etc/hosts": "0", "usr/bin/x": "0" }],
    ["a later layer wins", [[["a"], ["b"]], [["a"]]], { a: "1", b: "0" }],
    ["a whiteout hides a file", [[["d/a"], ["d/b"]], [["d/.wh.a"]]], { "d/b": "0" }],
    ["a whiteout hides a folder with all below", [[["d/a"], ["d/e/f"], ["g"]], [[".wh.d"]]], { g: "0" }],
    ["a whiteout leaves its own layer's files, before it", [[["d/a"]], [["d/a"], ["d/.wh.a"]]], { "d/a": "1" }],
    ["a whiteout leaves its own layer's files, after it", [[["d/a"]], [["d/.wh.a"], ["d/a"]]], { "d/a": "1" }],
    ["a whiteout of a folder leaves its own layer's files", [[["d/a"]], [["d/b"], [".wh.d"]]], { "d/b": "1" }],
    [
      "an opaque folder hides the lower ones",
      [
        [["d/a"], ["d/e/f"], ["g"]],
        [["d/c"], ["d/.wh..wh..opq"]],
      ],
      { "d/c": "1", g: "0" },
    ],
    [
      "an opaque root",
      [
        [["d/a"], ["g"]],
        [[".wh..wh..opq"], ["d/b"]],
      ],
      { "d/b": "1" },
    ],
    ["a whiteout of nothing", [[["a"]], [[".wh.b"], ["x/.wh.y"], ["x/.wh..wh..opq"]]], { a: "0" }],
    ["a file comes back after a whiteout", [[["a"]], [[".wh.a"]], [["a"]]], { a: "2" }],
    ["a whiteout two layers later", [[["a"]], [["b"]], [[".wh.a"]]], { b: "1" }],
    ["aufs' own names hide nothing", [[["a"]], [[".wh..wh.plnk"], [".wh..wh.aufs"]]], { a: "0" }],
    ["a file takes a folder's place", [[["d/a"]], [["d"]]], { d: "1" }],
    ["a folder takes a file's place", [[["d"]], [["d", "directory"], ["d/a"]]], { "d/a": "1" }],
    ["a folder entry keeps what is below", [[["d/a"]], [["d", "directory"]]], { "d/a": "0" }],
    ["a device takes a file's place", [[["a"]], [["a", "other"]]], {}],
    ["a hard link is a file", [[["a"], ["b", "hardlink", "a"]]], { a: "0", b: "0" }],
    ["a hard link into a lower layer", [[["a"]], [["b", "hardlink", "/a"], [".wh.a"]]], { b: "0" }],
    ["a hard link outlives its first name", [[["a"], ["b", "hardlink", "./a"]], [["a"]]], { a: "1", b: "0" }],
    [
      "a parent that is a link",
      [
        [
          ["usr/lib", "directory"],
          ["lib", "symlink", "usr/lib"],
        ],
        [["lib/x"]],
      ],
      { "usr/lib/x": "1" },
    ],
    ["a whiteout below a link", [[["usr/lib/x"], ["lib", "symlink", "usr/lib"]], [["lib/.wh.x"]]], {}],
    [
      "a parent that links out of the root stays in it",
      [[["l", "symlink", "../../../etc"], ["l/x"]]],
      { "etc/x": "0" },
    ],
    [
      "a parent that links to an absolute path stays in the root",
      [[["l", "symlink", "/etc"], ["l/x"]]],
      { "etc/x": "0" },
    ],
    [
      "a folder entry takes a link's place",
      [
        [["usr/lib/x"], ["lib", "symlink", "usr/lib"]],
        [["lib", "directory"], ["lib/y"]],
      ],
      { "lib/y": "1", "usr/lib/x": "0" },
    ],
    ["a path that turns back inside the root", [[["a/../b"]]], { b: "0" }],
    [
      "names of prototypes",
      [[["__proto__/constructor"], ["constructor"]], [["toString/.wh.x"]]],
      { "__proto__/constructor": "0", constructor: "0" },
    ],
  ];
  for (const [name, layers, files] of cases) {
    it(name, () => assert.deepEqual(contents(build(layers)), Object.entries(files).sort(byPath)));
  }

  const links: readonly (readonly [name: string, rows: readonly Row[], path: string, found: string | undefined])[] = [
    [
      "a relative link",
      [["usr/lib/os-release"], ["etc/os-release", "symlink", "../usr/lib/os-release"]],
      "etc/os-release",
      "0",
    ],
    [
      "an absolute link",
      [["usr/lib/os-release"], ["etc/os-release", "symlink", "/usr/lib/os-release"]],
      "etc/os-release",
      "0",
    ],
    ["a link above the root", [["x"], ["l", "symlink", "../../../../x"]], "l", "0"],
    ["a link on the way", [["usr/lib/x"], ["lib", "symlink", "usr/lib"]], "lib/x", "0"],
    [
      ".. behind a link means the target's parent",
      [["usr/lib/d/y", "file"], ["usr/lib/x"], ["l", "symlink", "usr/lib/d"]],
      "l/../x",
      "0",
    ],
    ["a link to a link", [["x"], ["a", "symlink", "b"], ["b", "symlink", "x"]], "a", "0"],
    [
      "a loop",
      [
        ["a", "symlink", "b"],
        ["b", "symlink", "a"],
      ],
      "a",
      undefined,
    ],
    ["a link to itself", [["a", "symlink", "a/b"]], "a", undefined],
    ["a dangling link", [["a", "symlink", "gone"]], "a", undefined],
    ["a folder", [["d/a"]], "d", undefined],
    ["a file taken as a folder", [["a"]], "a/b", undefined],
    ["a link to a file taken as a folder", [["x"], ["a", "symlink", "x/"]], "a", undefined],
    ["a link to a file taken as a folder by a dot", [["x"], ["a", "symlink", "x/."]], "a", undefined],
    ["empty and . segments", [["d/x"], ["a", "symlink", ".//d/././/x"]], "a", "0"],
    ["a link to the root", [["x"], ["a", "symlink", "/"]], "a/x", "0"],
    ["a link to where it is", [["d/x"], ["d/a", "symlink", "."]], "d/a/a/x", "0"],
    ["a leading slash", [["x"]], "/x", "0"],
    ["nothing", [], "x", undefined],
  ];
  for (const [name, rows, path, found] of links) {
    it(`reads through ${name}`, () => assert.equal(text(build([rows]).readFile(path)), found));
  }

  const unsafe: readonly (readonly [why: string, row: Row, code?: ErrorCode])[] = [
    ["..", ["..", "directory"]],
    ["../x", ["../x"]],
    ["a/../../x", ["a/../../x"]],
    ["/../x", ["/../x"]],
    ["NUL", ["a\0b"]],
    ["NUL in a link", ["a", "symlink", "b\0"]],
    ["an empty path", [""]],
    ["an empty link", ["a", "symlink", ""]],
    ["a path that is too long", ["d/".repeat(LIMITS.pathBytes)]],
    ["a path that is too long in UTF-8", ["é".repeat(LIMITS.pathBytes - 1)]],
    ["a file as root", ["./"]],
    ["a hard link out of the root", ["a", "hardlink", "../etc/passwd"]],
    ["a hard link to nothing", ["a", "hardlink", "gone"], "ARCHIVE_INVALID"],
    ["a hard link to a folder", ["a", "hardlink", "."], "ARCHIVE_INVALID"],
    ["a whiteout of nothing named", ["d/.wh."]],
    ["a whiteout of .", ["d/.wh.."]],
    ["a whiteout of ..", ["d/.wh..."]],
    ["a parent that is a loop", ["loop/x"]],
  ];
  for (const [why, row, code] of unsafe) {
    it(`refuses ${why}`, () => {
      const tree = build([[["loop", "symlink", "loop"]]]);
      throwsWith(code ?? "LAYER_UNSAFE", () => apply(tree, row, "1"));
    });
  }

  it("refuses directories that links pile up without end", () => {
    const tree = build([]);
    tree.startLayer();
    const deep = "d/".repeat(1_000);
    throwsWith("LAYER_UNSAFE", () => {
      for (let index = 0; index < 20; index += 1) {
        apply(tree, [`l${index}`, "symlink", index === 0 ? "d" : `l${index - 1}/${deep}`], "0");
        apply(tree, [`l${index}/${deep}x`], "0");
      }
    });
  });

  it("walks a folder once, however often a layer hides it", () => {
    const tree = build([Array.from({ length: 2_000 }, (_, index): Row => [`d/${index}`])]);
    tree.startLayer();
    for (let index = 0; index < 2_000; index += 1) apply(tree, [`d/n${index}`], "1");
    for (let index = 0; index < 20_000; index += 1) apply(tree, ["d/.wh..wh..opq"], "1");
    assert.equal(tree.files().size, 2_000);
  });

  const longTargets: readonly (readonly [segment: string, last: string, code?: ErrorCode])[] = [
    ["./", "."],
    ["/", "d"],
    ["../", "d", "LIMIT_EXCEEDED"],
    ["x/../", ".", "LIMIT_EXCEEDED"],
  ];
  for (const [segment, last, code] of longTargets) {
    it(`C9: bounds what links with thousands of ${segment} cost all entries together`, () => {
      const tree = build([[["d/x", "directory"]]]);
      tree.startLayer();
      const target = segment.repeat(Math.floor(4_000 / segment.length)) + last;
      const names = Array.from({ length: 39 }, (_, index) => `l${index}`);
      for (const name of names) apply(tree, [`d/${name}`, "symlink", target], "1");
      const addAll = (): void => {
        for (let index = 0; index < 5_000; index += 1) apply(tree, [`d/${names.join("/")}/f${index}`], "1");
      };
      if (code !== undefined) return throwsWith(code, addAll);
      addAll();
      assert.equal(text(tree.readFile("d/f4999")), "1");
      assert.equal(tree.files().size, 5_000);
    });
  }

  it("C9: bounds what looking files up through such links costs", () => {
    const tree = build([[["d/f"], ["d/l", "symlink", `${"../".repeat(1_300)}d`]]]);
    throwsWith("LIMIT_EXCEEDED", () => {
      for (let index = 0; index < 20_000; index += 1) tree.find("d/l/f");
    });
  });

  it("needs a layer to add to", () => {
    assert.throws(() => createFileTree().add({ path: "a", kind: "file", size: 0 }), /startLayer/);
  });
});

describe("FileTree.missing", () => {
  it("names what a wanted link leads to when that was not kept", () => {
    const tree = createFileTree();
    tree.startLayer();
    tree.add({ path: "./store/aa", kind: "file", size: 1 });
    tree.add({ path: "kept.json", kind: "file", size: 1 }, encodeUtf8("k"));
    tree.startLayer();
    tree.add({ path: "store/bb", kind: "file", size: 1 });
    tree.add({ path: "a.json", kind: "hardlink", size: 0, linkPath: "store/aa" });
    tree.add({ path: "also-a.json", kind: "hardlink", size: 0, linkPath: "store/aa" });
    tree.add({ path: "b.json", kind: "symlink", size: 0, linkPath: "store/bb" });
    tree.add({ path: "gone.json", kind: "symlink", size: 0, linkPath: "nowhere" });
    const missing = missingOf(tree);
    assert.deepEqual(missing, [
      { layer: 0, path: "./store/aa" },
      { layer: 1, path: "store/bb" },
    ]);
    for (const source of missing) tree.supply(source, encodeUtf8(source.path));
    assert.deepEqual(missingOf(tree), []);
    assert.equal(text(tree.readFile("also-a.json")), "./store/aa");
    assert.equal(text(tree.readFile("b.json")), "store/bb");
    assert.equal(tree.find("a.json")?.layer, 1);
  });

  it("refuses where the path does not say which entry it was", () => {
    const tree = createFileTree();
    tree.startLayer();
    tree.add({ path: "s", kind: "file", size: 1 });
    tree.add({ path: "a.json", kind: "hardlink", size: 0, linkPath: "s" });
    tree.add({ path: "s", kind: "file", size: 1 });
    throwsWith("NOT_SUPPORTED", () => missingOf(tree));
  });

  it("supplies nothing that was never added", () => {
    assert.throws(() => createFileTree().supply({ layer: 0, path: "a" }, new Uint8Array(0)), /no file was added/);
  });
});

describe("FileTree.pathsTo", () => {
  const kinds: Record<string, string> = { "db/status": "status", "db.d/x": "part", "lib/db": "db", "usr/lib/db": "db" };
  const kindOf = (path: string): string | undefined => kinds[path] ?? (path.endsWith(".json") ? "json" : undefined);
  const places = ["db/status", "db.d/*", "lib/db", "usr/lib/db"];
  const rows: readonly (readonly [name: string, rows: readonly Row[], paths: readonly string[]])[] = [
    ["files of wanted names", [["db/status"], ["a.json"], ["b.txt"]], ["a.json", "db/status"]],
    ["a place in a folder that is a link", [["opt/db/status"], ["db", "symlink", "/opt/db"]], ["db/status"]],
    ["a place that is a link", [["opt/x"], ["db/status", "symlink", "../opt/x"]], ["db/status"]],
    ["what is in a folder that is a link, if it is wanted", [["o/x"], ["o/y"], ["db.d", "symlink", "o"]], ["db.d/x"]],
    ["a file named as a star", [["o/*"], ["o/x"], ["db.d", "symlink", "o"]], ["db.d/x"]],
    ["a wanted name that is a link", [["store/1"], ["a.json", "symlink", "store/1"]], ["a.json"]],
    ["a file by its own name rather than a link", [["usr/lib/db"], ["lib", "symlink", "usr/lib"]], ["usr/lib/db"]],
    [
      "a file that has a name of another kind",
      [["a.json"], ["db/status", "symlink", "/a.json"]],
      ["a.json", "db/status"],
    ],
    ["no folder, loop or dangling link", [["lib/db/x"], ["db", "symlink", "db"], ["a.json", "symlink", "b"]], []],
  ];
  for (const [name, entries, paths] of rows) {
    it(`gives ${name}`, () => assert.deepEqual(build([entries]).pathsTo(kindOf, places), paths));
  }

  it("gives paths whose content was not kept to missing and supply", () => {
    const tree = createFileTree();
    tree.startLayer();
    tree.add({ path: "opt/db/status", kind: "file", size: 1 });
    tree.add({ path: "db", kind: "symlink", size: 0, linkPath: "opt/db" });
    const source = { layer: 0, path: "opt/db/status" };
    assert.deepEqual(tree.missing(tree.pathsTo(kindOf, places)), [source]);
    tree.supply(source, encodeUtf8("here"));
    assert.equal(text(tree.readFile("db/status")), "here");
  });
});

describe("FileTree against a naive model", () => {
  const name = fc.constantFrom("a", "b", "c");
  const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/"));
  const row = fc.oneof(
    { weight: 5, arbitrary: path.map((at): Row => [at]) },
    { weight: 1, arbitrary: path.map((at): Row => [at, "directory"]) },
    { weight: 2, arbitrary: path.map((at): Row => [at.replace(/[^/]*$/, ".wh.$&")]) },
    { weight: 1, arbitrary: path.map((at): Row => [`${at}/.wh..wh..opq`]) },
  );
  it("gives the same files", () => {
    fc.assert(
      fc.property(fc.array(fc.array(row, { maxLength: 8 }), { maxLength: 5 }), (layers) => {
        assert.deepEqual(contents(build(layers)), modelOf(layers));
      }),
      { numRuns: 500 },
    );
  });
});

/** Files as a flat map: whiteouts of a layer first, against what lay below; then its entries in order. */
function modelOf(layers: readonly (readonly Row[])[]): readonly (readonly [string, string])[] {
  const files = new Map<string, string>();
  const removeBelow = (path: string): void => {
    for (const other of files.keys()) if (other.startsWith(`${path}/`)) files.delete(other);
  };
  for (const [index, rows] of layers.entries()) {
    for (const [path] of rows) {
      if (!path.includes(".wh.")) continue;
      const opaque = path.endsWith("/.wh..wh..opq");
      const target = opaque ? path.slice(0, -"/.wh..wh..opq".length) : path.replace(".wh.", "");
      removeBelow(target);
      if (!opaque) files.delete(target);
    }
    for (const [path, kind] of rows) {
      if (path.includes(".wh.")) continue;
      const parts = path.split("/");
      for (let depth = 1; depth < parts.length; depth += 1) files.delete(parts.slice(0, depth).join("/"));
      if (kind === "directory") files.delete(path);
      else {
        removeBelow(path);
        files.set(path, String(index));
      }
    }
  }
  return [...files].sort(byPath);
}

function wanted(path: string): boolean {
  return path.endsWith(".json");
}

function missingOf(tree: FileTree): readonly ContentSource[] {
  return tree.missing(tree.pathsTo((path) => (wanted(path) ? "json" : undefined), []));
}

function build(layers: readonly (readonly Row[])[]): FileTree {
  const tree = createFileTree();
  for (const [index, rows] of layers.entries()) {
    tree.startLayer();
    for (const row of rows) apply(tree, row, String(index));
  }
  return tree;
}

/** A file's content is its layer's number. */
function apply(tree: FileTree, [path, kind = "file", linkPath]: Row, content: string): void {
  const link = linkPath === undefined ? {} : { linkPath };
  tree.add({ path, kind, size: content.length, ...link }, kind === "file" ? encodeUtf8(content) : undefined);
}

function contents(tree: FileTree): readonly (readonly [string, string | undefined])[] {
  return [...tree.files()].map(([path, file]) => [path, text(file.content)]);
}

function byPath(a: readonly [string, unknown], b: readonly [string, unknown]): number {
  return a[0] < b[0] ? -1 : 1;
}

function text(bytes: Uint8Array | undefined): string | undefined {
  return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
}

function throwsWith(code: ErrorCode, run: () => unknown): void {
  assert.throws(run, (error) => error instanceof AmapError && error.code === code);
}
