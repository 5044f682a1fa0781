import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encodeBase64, encodeUtf8, hashBytes, hashHex } from "../../../../base/index.ts";
import type { Component } from "../../sbom.ts";
import type { CatalogerResult } from "../cataloger.ts";
import { readIntegrity, readPackageLicenses } from "./manifest.ts";
import { npmCataloger } from "./npm.ts";

function read(files: Readonly<Record<string, unknown>>): CatalogerResult {
  const encoded = Object.entries(files).map(
    ([path, body]) => [path, encodeUtf8(typeof body === "string" ? body : JSON.stringify(body))] as const,
  );
  for (const [path] of encoded) assert.ok(npmCataloger.wants(path), path);
  return npmCataloger.read(new Map(encoded), {});
}

function libraries(result: CatalogerResult): readonly Component[] {
  return result.components.filter(({ kind }) => kind === "library");
}

function names(result: CatalogerResult): readonly string[] {
  return [...new Set(libraries(result).map(({ name, version }) => `${name}@${version ?? ""}`))].sort();
}

const tarball = encodeUtf8("a tarball");
const integrity = `sha512-${encodeBase64(hashBytes("sha512", tarball))}`;

describe("npm lock files", () => {
  const rows: readonly (readonly [name: string, lock: object, expected: readonly string[]])[] = [
    ["version 3", { lockfileVersion: 3, packages: { "": {}, "node_modules/a": { version: "1.0.0" } } }, ["a@1.0.0"]],
    [
      "version 2 reads packages, not dependencies",
      {
        lockfileVersion: 2,
        packages: { "": {}, "node_modules/a": { version: "1.0.0" } },
        dependencies: { b: { version: "2.0.0" } },
      },
      ["a@1.0.0"],
    ],
    ["version 2 without packages", { lockfileVersion: 2, dependencies: { b: { version: "2.0.0" } } }, ["b@2.0.0"]],
    [
      "version 1, nested",
      { lockfileVersion: 1, dependencies: { a: { version: "1.0.0", dependencies: { b: { version: "2.0.0" } } } } },
      ["a@1.0.0", "b@2.0.0"],
    ],
    ["version 1 without a version member", { dependencies: { a: { version: "1.0.0" } } }, ["a@1.0.0"]],
    ["nothing locked", { lockfileVersion: 3, packages: {} }, []],
    [
      "scoped and nested",
      {
        lockfileVersion: 3,
        packages: {
          "node_modules/@s/a": { version: "1.0.0" },
          "node_modules/@s/a/node_modules/@t/b": { version: "2.0.0" },
        },
      },
      ["@s/a@1.0.0", "@t/b@2.0.0"],
    ],
    [
      "aliases, version 1",
      { lockfileVersion: 1, dependencies: { x: { version: "npm:@s/real@4.2.0" }, y: { version: "npm:plain@1.0.0" } } },
      ["@s/real@4.2.0", "plain@1.0.0"],
    ],
    [
      "aliases, version 3",
      { lockfileVersion: 3, packages: { "node_modules/x": { name: "@s/real", version: "4.2.0" } } },
      ["@s/real@4.2.0"],
    ],
    [
      "a workspace is a package under its own name",
      {
        lockfileVersion: 3,
        packages: {
          "": { workspaces: ["packages/*"] },
          "packages/shop": { version: "0.1.0" },
          "node_modules/@s/shop": { resolved: "packages/shop", link: true },
        },
      },
      ["@s/shop@0.1.0"],
    ],
    [
      "bundled packages",
      { lockfileVersion: 3, packages: { "node_modules/a": { version: "1.0.0", inBundle: true } } },
      ["a@1.0.0"],
    ],
    ["file dependencies, version 1", { lockfileVersion: 1, dependencies: { a: { version: "file:deps/a" } } }, ["a@"]],
    ["an entry without version", { lockfileVersion: 3, packages: { "node_modules/a": {} } }, ["a@"]],
  ];
  for (const [name, lock, expected] of rows) {
    it(name, () => assert.deepEqual(names(read({ "package-lock.json": lock })), expected));
  }

  const broken: readonly (readonly [name: string, text: string])[] = [
    ["is not JSON", "this is not json!"],
    ["is empty", ""],
    ["is a list", "[]"],
    ["is of a later version", '{"lockfileVersion": 4, "packages": {}}'],
    ["has a list of packages", '{"lockfileVersion": 3, "packages": []}'],
    ["has no packages", '{"lockfileVersion": 3}'],
    ["has dependencies that are none", '{"lockfileVersion": 1, "dependencies": 1}'],
    ["names a member twice", '{"lockfileVersion": 3, "packages": {}, "packages": {}}'],
    ["names __proto__", '{"lockfileVersion": 3, "packages": {"__proto__": {"version": "1"}}}'],
  ];
  for (const [name, text] of broken) {
    it(`is a problem when it ${name}`, () => {
      const result = read({ "app/package-lock.json": text });
      assert.deepEqual(
        result.problems.map(({ path, code }) => ({ path, code })),
        [{ path: "/app/package-lock.json", code: "LOCKFILE_INVALID" }],
      );
      assert.deepEqual(
        result.notLookedAt.map(({ path }) => path),
        ["/app/package-lock.json"],
      );
    });
  }

  it("may begin with a byte order mark", () => {
    assert.deepEqual(names(read({ "package-lock.json": '\uFEFF{"lockfileVersion":3,"packages":{}}' })), []);
  });

  it("takes package URL, hash, licence, scope and place", () => {
    const result = read({
      "app/package-lock.json": {
        name: "shop",
        version: "1.0.0",
        lockfileVersion: 3,
        packages: {
          "": { name: "shop", version: "1.0.0", license: "ISC" },
          "node_modules/@s/a": { version: "1.0.0", integrity, license: "(MIT OR ISC)", dev: true },
        },
      },
    });
    assert.deepEqual(result.components, [
      {
        ref: "application:shop@1.0.0",
        kind: "application",
        name: "shop",
        version: "1.0.0",
        licenses: ["ISC"],
        hashes: [],
        locations: ["/app/package-lock.json"],
        scope: "production",
      },
      {
        ref: "pkg:npm/%40s/a@1.0.0",
        kind: "library",
        name: "@s/a",
        version: "1.0.0",
        purl: "pkg:npm/%40s/a@1.0.0",
        licenses: ["MIT OR ISC"],
        hashes: [{ algorithm: "SHA-512", value: hashHex("sha512", tarball) }],
        locations: ["/app/package-lock.json"],
        scope: "development",
      },
    ]);
  });

  const scopes: readonly (readonly [flags: object, scope: string])[] = [
    [{}, "production"],
    [{ dev: true }, "development"],
    [{ optional: true }, "optional"],
    [{ devOptional: true }, "optional"],
    [{ dev: true, optional: true }, "development"],
    [{ peer: true }, "production"],
  ];
  for (const [flags, scope] of scopes) {
    it(`gives ${JSON.stringify(flags)} the scope ${scope}`, () => {
      const result = read({
        "package-lock.json": { lockfileVersion: 3, packages: { "node_modules/a": { version: "1.0.0", ...flags } } },
      });
      assert.equal(libraries(result)[0]?.scope, scope);
    });
  }

  const origins: readonly (readonly [name: string, entry: object, purl: string])[] = [
    [
      "git over ssh",
      { version: "1.0.0", resolved: "git+ssh://git@git.example/s/a.git#0123abc" },
      "pkg:npm/a@1.0.0?vcs_url=git%2Bssh:%2F%2Fgit%40git.example%2Fs%2Fa.git%400123abc",
    ],
    [
      "git with a token, which is left out",
      { version: "1.0.0", resolved: "git+https://token:secret@git.example/s/a.git#0123abc" },
      "pkg:npm/a@1.0.0?vcs_url=git%2Bhttps:%2F%2Fgit.example%2Fs%2Fa.git%400123abc",
    ],
    [
      "a registry's tarball",
      { version: "1.0.0", resolved: "https://registry.example/a/-/a-1.0.0.tgz" },
      "pkg:npm/a@1.0.0",
    ],
  ];
  for (const [name, entry, purl] of origins) {
    it(`names the origin: ${name}`, () => {
      const result = read({ "package-lock.json": { lockfileVersion: 3, packages: { "node_modules/a": entry } } });
      assert.equal(libraries(result)[0]?.purl, purl);
    });
  }

  const addresses: readonly (readonly [version: string, purl: string])[] = [
    ["github:s/a#0123abc", "pkg:npm/a?vcs_url=git%2Bhttps:%2F%2Fgithub.com%2Fs%2Fa%400123abc"],
    ["git+https://git.example/a.git", "pkg:npm/a?vcs_url=git%2Bhttps:%2F%2Fgit.example%2Fa.git"],
    ["https://files.example/a.tgz", "pkg:npm/a?download_url=https:%2F%2Ffiles.example%2Fa.tgz"],
    ["https://u:p@files.example/a.tgz?token=t", "pkg:npm/a?download_url=https:%2F%2Ffiles.example%2Fa.tgz"],
  ];
  for (const [version, purl] of addresses) {
    it(`names the origin in version 1: ${version}`, () => {
      const result = read({ "package-lock.json": { lockfileVersion: 1, dependencies: { a: { version } } } });
      assert.equal(libraries(result)[0]?.purl, purl);
    });
  }

  it("resolves edges as Node does: nearest node_modules first", () => {
    const result = read({
      "package-lock.json": {
        lockfileVersion: 3,
        packages: {
          "": { name: "shop", dependencies: { a: "1", b: "1" }, devDependencies: { c: "1" } },
          "node_modules/a": { version: "1.0.0", dependencies: { b: "2", missing: "1" }, peerDependencies: { c: "*" } },
          "node_modules/a/node_modules/b": { version: "2.0.0", optionalDependencies: { d: "1" } },
          "node_modules/b": { version: "1.0.0" },
          "node_modules/c": { version: "1.0.0", dev: true, devDependencies: { a: "1" } },
          "node_modules/d": { version: "1.0.0", optional: true },
        },
      },
    });
    assert.deepEqual(Object.fromEntries(result.dependencies), {
      "application:shop": ["pkg:npm/a@1.0.0", "pkg:npm/b@1.0.0", "pkg:npm/c@1.0.0"],
      "pkg:npm/a@1.0.0": ["pkg:npm/b@2.0.0", "pkg:npm/c@1.0.0"],
      "pkg:npm/b@1.0.0": [],
      "pkg:npm/b@2.0.0": ["pkg:npm/d@1.0.0"],
      "pkg:npm/c@1.0.0": [],
      "pkg:npm/d@1.0.0": [],
    });
  });

  it("resolves edges through links", () => {
    const result = read({
      "package-lock.json": {
        lockfileVersion: 3,
        packages: {
          "": { name: "shop", dependencies: { "@s/x": "*" } },
          "packages/x": { version: "1.0.0", dependencies: { y: "1" }, devDependencies: { z: "1" } },
          "packages/x/node_modules/y": { version: "1.0.0" },
          "node_modules/@s/x": { resolved: "packages/x", link: true },
          "node_modules/z": { version: "1.0.0" },
        },
      },
    });
    assert.deepEqual(result.dependencies.get("application:shop"), ["pkg:npm/%40s/x@1.0.0"]);
    assert.deepEqual(result.dependencies.get("pkg:npm/%40s/x@1.0.0"), ["pkg:npm/y@1.0.0", "pkg:npm/z@1.0.0"]);
  });

  it("lets a shrinkwrap win over the lock file beside it", () => {
    const result = read({
      "package-lock.json": { lockfileVersion: 3, packages: { "node_modules/a": { version: "1.0.0" } } },
      "npm-shrinkwrap.json": { lockfileVersion: 3, packages: { "node_modules/a": { version: "2.0.0" } } },
    });
    assert.deepEqual(names(result), ["a@2.0.0"]);
  });

  it("leaves lock files inside installed packages alone", () => {
    const paths = [
      "node_modules/a/package-lock.json",
      "app/node_modules/@s/a/npm-shrinkwrap.json",
      "node_modules/a/yarn.lock",
    ];
    assert.deepEqual(
      paths.filter((path) => npmCataloger.wants(path)),
      [],
    );
  });
});

describe("installed npm packages", () => {
  it("are found at the places Node looks at only", () => {
    const rows: readonly (readonly [path: string, wanted: boolean])[] = [
      ["app/node_modules/a/package.json", true],
      ["node_modules/@s/a/package.json", true],
      ["usr/lib/node_modules/npm/node_modules/@npmcli/fs/package.json", true],
      ["app/package.json", true],
      ["app/node_modules/a/test/package.json", false],
      ["app/node_modules/a/dist/esm/package.json", false],
      ["app/node_modules/package.json", false],
      ["app/node_modules/@s/package.json", false],
    ];
    for (const [path, wanted] of rows) assert.equal(npmCataloger.wants(path), wanted, path);
  });

  it("merge with the lock file's entry of the same place", () => {
    const result = read({
      "app/package-lock.json": {
        lockfileVersion: 3,
        packages: { "": { name: "shop" }, "node_modules/a": { version: "1.0.0", integrity, optional: true } },
      },
      "app/node_modules/a/package.json": { name: "a", version: "1.0.0", license: "MIT", dependencies: { b: "1" } },
      "app/node_modules/b/package.json": { name: "b", version: "1.0.0" },
    });
    assert.deepEqual(names(result), ["a@1.0.0", "b@1.0.0"]);
    const a = libraries(result).find(({ name }) => name === "a");
    assert.deepEqual(a?.locations, ["/app/package-lock.json", "/app/node_modules/a/package.json"]);
    assert.deepEqual([a?.licenses, a?.scope, a?.hashes.length], [["MIT"], "optional", 1]);
    assert.deepEqual(result.dependencies.get("pkg:npm/a@1.0.0"), ["pkg:npm/b@1.0.0"]);
  });

  it("stand beside the lock file's entry where the versions differ", () => {
    const result = read({
      "package-lock.json": {
        lockfileVersion: 3,
        packages: { "": { name: "shop", dependencies: { a: "1" } }, "node_modules/a": { version: "1.0.0", integrity } },
      },
      "node_modules/a/package.json": { name: "a", version: "1.0.1" },
    });
    assert.deepEqual(names(result), ["a@1.0.0", "a@1.0.1"]);
    assert.deepEqual(result.dependencies.get("application:shop"), ["pkg:npm/a@1.0.1"]);
    assert.deepEqual(
      libraries(result)
        .map(({ hashes }) => hashes.length)
        .sort((a, b) => a - b),
      [0, 1],
    );
  });

  it("take hashes from npm's own record of what it installed", () => {
    const result = read({
      "app/node_modules/.package-lock.json": {
        lockfileVersion: 3,
        packages: { "node_modules/a": { version: "1.0.0", integrity } },
      },
      "app/node_modules/a/package.json": { name: "a", version: "1.0.0" },
      "app/package.json": { name: "shop", version: "2.0.0", dependencies: { a: "1" } },
    });
    assert.deepEqual(names(result), ["a@1.0.0"]);
    assert.equal(libraries(result)[0]?.hashes.length, 1);
    assert.deepEqual(result.dependencies.get("application:shop@2.0.0"), ["pkg:npm/a@1.0.0"]);
  });

  describe("and npm's record of what is gone from the folder", () => {
    const record = {
      lockfileVersion: 3,
      packages: {
        "node_modules/a": { version: "1.0.0", dependencies: { b: "1" } },
        "node_modules/b": { version: "1.0.0", integrity },
        "node_modules/local": { resolved: "packages/local", link: true },
        "packages/local": { version: "3.0.0" },
      },
    };
    const a = { name: "a", version: "1.0.0", dependencies: { b: "1" } };
    const rows: readonly (readonly [
      name: string,
      files: Readonly<Record<string, unknown>>,
      expected: readonly string[],
    ])[] = [
      ["nothing but the record is given", {}, ["a@1.0.0", "b@1.0.0", "local@3.0.0"]],
      ["one was taken away", { "app/node_modules/a/package.json": a }, ["a@1.0.0", "local@3.0.0"]],
      [
        "one was replaced",
        { "app/node_modules/a/package.json": a, "app/node_modules/b/package.json": { name: "b", version: "2.0.0" } },
        ["a@1.0.0", "b@2.0.0", "local@3.0.0"],
      ],
      [
        "one cannot be read",
        { "app/node_modules/a/package.json": a, "app/node_modules/b/package.json": "{" },
        ["a@1.0.0", "b@1.0.0", "local@3.0.0"],
      ],
      [
        "the project's lock file states it, too",
        { "app/node_modules/a/package.json": a, "app/package-lock.json": record },
        ["a@1.0.0", "b@1.0.0", "local@3.0.0"],
      ],
      [
        "another project's packages are there",
        { "other/node_modules/c/package.json": { name: "c", version: "1.0.0" } },
        ["a@1.0.0", "b@1.0.0", "c@1.0.0", "local@3.0.0"],
      ],
    ];
    for (const [name, files, expected] of rows) {
      it(name, () => {
        const result = read({ "app/node_modules/.package-lock.json": record, ...files });
        assert.deepEqual(names(result), expected);
        const found = new Set(result.components.map(({ ref }) => ref));
        for (const targets of result.dependencies.values()) for (const ref of targets) assert.ok(found.has(ref), ref);
      });
    }
  });

  it("that cannot be read are said, and the others still found", () => {
    const result = read({
      "node_modules/a/package.json": "{",
      "node_modules/b/package.json": { name: "b", version: "1.0.0" },
    });
    assert.deepEqual(names(result), ["b@1.0.0"]);
    assert.deepEqual(
      result.problems.map(({ code, path }) => ({ code, path })),
      [{ code: "DOCUMENT_INVALID", path: "/node_modules/a/package.json" }],
    );
  });

  it("are missing where package.json only asks: a third result", () => {
    const asking = read({ "srv/package.json": { name: "srv", dependencies: { a: "1" } } });
    assert.deepEqual([asking.components.length, asking.notLookedAt[0]?.path], [0, "/srv/package.json"]);
    const marking = read({ "srv/package.json": { type: "module" } });
    assert.deepEqual([marking.components.length, marking.notLookedAt.length], [0, 0]);
  });

  it("with names that no package URL can hold are still components", () => {
    const [component] = libraries(read({ "node_modules/a/package.json": { name: "@s/", version: "1.0.0" } }));
    assert.deepEqual([component?.ref, component?.purl], ["npm:@s/@1.0.0", undefined]);
  });
});

describe("readPackageLicenses", () => {
  const rows: readonly (readonly [manifest: Record<string, string | object>, licenses: readonly string[]])[] = [
    [{ license: "MIT" }, ["MIT"]],
    [{ license: { type: "BSD-3-Clause", url: "x" } }, ["BSD-3-Clause"]],
    [{ licenses: [{ type: "MIT" }, { type: "Apache-2.0" }] }, ["MIT OR Apache-2.0"]],
    [{ licenses: ["MIT"] }, ["MIT"]],
    [{ licenses: "ISC" }, ["ISC"]],
    [{ license: "SEE LICENSE IN x" }, ["SEE LICENSE IN x"]],
    [{ license: "" }, []],
    [{ license: { url: "x" } }, []],
    [{}, []],
  ];
  for (const [manifest, licenses] of rows) {
    it(JSON.stringify(manifest), () => {
      assert.deepEqual(readPackageLicenses(JSON.parse(JSON.stringify(manifest))), licenses);
    });
  }
});

describe("readIntegrity", () => {
  const sha1 = `sha1-${encodeBase64(hashBytes("sha1", tarball))}`;
  const rows: readonly (readonly [text: string | undefined, algorithms: readonly string[]])[] = [
    [integrity, ["SHA-512"]],
    [`${integrity} ${sha1}`, ["SHA-1", "SHA-512"]],
    [`${integrity}?option ${integrity}`, ["SHA-512"]],
    ["sha512-AAAA", []],
    ["md4-AAAA", []],
    ["nonsense", []],
    [undefined, []],
  ];
  for (const [text, algorithms] of rows) {
    it(`reads ${String(text).slice(0, 40)}`, () => {
      assert.deepEqual(
        readIntegrity(text).map(({ algorithm }) => algorithm),
        algorithms,
      );
    });
  }
});
