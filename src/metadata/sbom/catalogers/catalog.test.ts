import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { encodeUtf8, LIMITS } from "../../../base/index.ts";
import { catalogFiles, mergeCatalogs } from "./catalog.ts";
import { CATALOG_PLACES, CATALOGERS, fileKindOf, readsFile, wantsFile } from "./catalogers.ts";

const STATUS = "Package: tar\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.34\n\n";
const FILES: readonly (readonly [path: string, text: string])[] = [
  ["etc/os-release", 'ID=debian\nVERSION_ID="12"\n'],
  ["var/lib/dpkg/status", STATUS],
  ["app/node_modules/a/package.json", '{"name": "a", "version": "1.0.0", "license": "MIT"}'],
  ["srv/node_modules/a/package.json", '{"name": "a", "version": "1.0.0", "dependencies": {"b": "1"}}'],
  ["srv/node_modules/b/package.json", '{"name": "b", "version": "1.0.0"}'],
  ["app/lib/x.jar", ""],
];

function toFiles(files: readonly (readonly [string, string])[]): Map<string, Uint8Array> {
  return new Map(files.map(([path, text]) => [path, encodeUtf8(text)]));
}

describe("catalogFiles", () => {
  const catalog = catalogFiles(toFiles(FILES));

  it("finds each component once, with all its places, sorted", () => {
    assert.deepEqual(
      catalog.components.map(({ ref, locations }) => ({ ref, locations })),
      [
        { ref: "os:debian@12", locations: ["/etc/os-release"] },
        { ref: "pkg:deb/debian/tar@1.34?arch=amd64&distro=debian-12", locations: ["/var/lib/dpkg/status"] },
        {
          ref: "pkg:npm/a@1.0.0",
          locations: ["/app/node_modules/a/package.json", "/srv/node_modules/a/package.json"],
        },
        { ref: "pkg:npm/b@1.0.0", locations: ["/srv/node_modules/b/package.json"] },
      ],
    );
    assert.deepEqual(catalog.components.find(({ name }) => name === "a")?.licenses, ["MIT"]);
    assert.deepEqual(catalog.dependencies.get("pkg:npm/a@1.0.0"), ["pkg:npm/b@1.0.0"]);
    assert.equal(catalog.operatingSystem?.id, "debian");
  });

  it("says what it did not look at", () => {
    assert.deepEqual(catalog.notLookedAt, [{ path: "/app/lib/x.jar", reason: "an archive that was not opened" }]);
  });

  it("depends on the files, not on their order or a leading slash", () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray([...FILES], { minLength: FILES.length }),
        fc.constantFrom("", "/", "./"),
        (files, prefix) => {
          const renamed = files.map(([path, text]) => [prefix + path, text] as const);
          assert.deepEqual(catalogFiles(toFiles(renamed)), catalog);
        },
      ),
      { numRuns: 20 },
    );
  });

  for (const [name, files, told] of [
    ["alone", ["app/mix.exs"], 1],
    ["beside what it leads to", ["app/mix.exs", "app/mix.lock"], 0],
    ["of a part of what is above", ["app/deps/jason/mix.exs", "app/mix.lock"], 0],
    ["of what was fetched", ["node_modules/a/elm-package.json"], 0],
    ["in a folder of its own", ["src/Godeps/Godeps.json"], 1],
  ] as const) {
    it(`tells of a manifest that it does not read, ${name}`, () => {
      const { notLookedAt } = catalogFiles(toFiles(files.map((path) => [path, ""] as const)));
      assert.equal(notLookedAt.filter(({ reason }) => reason.includes("does not read yet")).length, told);
    });
  }

  it("bounds what it lists of one kind, and counts the rest", () => {
    const jars = Array.from({ length: 25 }, (_, index) => [`lib/${String(index).padStart(2, "0")}.jar`, ""] as const);
    const { notLookedAt } = catalogFiles(toFiles([...jars, ["bun.lockb", ""]]));
    assert.equal(notLookedAt.length, 11);
    assert.match(notLookedAt.at(-1)?.reason ?? "", /an archive that was not opened; 15 more such files are here/);
  });

  it("refuses files beyond the limits", () => {
    const large = new Map([["package-lock.json", new Uint8Array(LIMITS.catalogFileBytes + 1)]]);
    assert.throws(() => catalogFiles(large), { code: "LIMIT_EXCEEDED" });
  });

  it("C8: states a package once, however many places state it", () => {
    const places = Array.from({ length: 4_000 }, (_, index) => `a${index}/node_modules/a/package.json`);
    const { components } = catalogFiles(toFiles(places.map((path) => [path, '{"name": "a", "version": "1.0.0"}'])));
    assert.equal(components.length, 1);
    assert.deepEqual(components[0]?.locations, places.map((path) => `/${path}`).sort());
  });

  it("C8: bounds the dependencies of all catalogers and platforms together", () => {
    const targets = Array.from({ length: LIMITS.dependencies / 50 }, (_, index) => `pkg:npm/b@${index}`);
    const one = (name: string) => ({
      components: [],
      dependencies: new Map([[`pkg:npm/${name}@1.0.0`, targets]]),
      notLookedAt: [],
      problems: [],
    });
    const many = Array.from({ length: 50 }, (_, index) => one(`a${index}`));
    assert.equal(mergeCatalogs([...many, ...many]).dependencies.size, 50);
    assert.throws(() => mergeCatalogs([...many, one("c")]), { code: "LIMIT_EXCEEDED" });
  });

  it("never throws on junk", () => {
    const paths = [
      "package-lock.json",
      "var/lib/dpkg/status",
      "lib/apk/db/installed",
      "etc/os-release",
      "app/package.json",
    ];
    const junk = fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.json().map(encodeUtf8), fc.string().map(encodeUtf8));
    fc.assert(
      fc.property(fc.constantFrom(...paths), junk, (path, bytes) => {
        catalogFiles(new Map([[path, bytes]]));
      }),
    );
  });
});

describe("mergeCatalogs", () => {
  it("gives each component of the platforms once", () => {
    const amd64 = catalogFiles(toFiles(FILES));
    const arm64 = catalogFiles(toFiles([...FILES, ["var/lib/dpkg/status", STATUS.replace("amd64", "arm64")]]));
    const merged = mergeCatalogs([amd64, arm64]);
    assert.equal(merged.components.length, amd64.components.length + 1);
    assert.equal(merged.notLookedAt.length, 1);
    assert.deepEqual(mergeCatalogs([amd64]), amd64);
    assert.deepEqual(mergeCatalogs([amd64, amd64]), amd64);
  });
});

describe("wantsFile", () => {
  const rows: readonly (readonly [path: string, wanted: boolean, read: boolean])[] = [
    ["app/package-lock.json", true, true],
    ["/app/package-lock.json", true, true],
    ["var/lib/dpkg/status.d/libc6", true, true],
    ["usr/share/doc/tar/copyright", true, true],
    ["usr/lib/os-release", true, true],
    ["var/lib/rpm/rpmdb.sqlite", true, true],
    ["usr/lib/sysimage/rpm/Packages.db", true, true],
    ["app/yarn.lock", true, true],
    ["app/pnpm-lock.yaml", true, true],
    ["app/Cargo.lock", true, true],
    ["app/go.sum", true, true],
    ["app/requirements.txt", true, true],
    ["usr/lib/python3/dist-packages/six-1.16.0.dist-info/METADATA", true, true],
    ["app/app.JAR", true, false],
    ["app/pom.xml", true, true],
    ["app/Gemfile.lock", true, true],
    ["app/composer.lock", true, true],
    ["app/src/App.csproj", true, true],
    ["app/requirements/base.txt", true, true],
    ["app/docs/notes.txt", false, false],
    [".github/workflows/ci.yml", true, true],
    ["app/config.yml", false, false],
    ["vendor/modules.txt", true, true],
    ["app/modules.txt", false, false],
    ["usr/lib/python3/dist-packages/x/setup.py", false, false],
    ["app/node_modules/a/yarn.lock", false, false],
    ["usr/share/ruby/specifications/rake-13.0.6.gemspec", true, true],
    ["app/bun.lockb", true, false],
    ["var/lib/dpkg/status", true, true],
    ["base/var/lib/dpkg/status", true, false],
    ["usr/lib/apk/db/installed", true, true],
    ["base/usr/lib/apk/db/installed", true, false],
    ["usr/share/rpm/rpmdb.sqlite", true, true],
    ["a/b/usr/lib/sysimage/rpm/Packages.db", true, false],
    ["docs/dpkg/status", false, false],
    ["etc/hostname", false, false],
    ["usr/bin/node", false, false],
    ["constructor", false, false],
  ];
  for (const [path, wanted, read] of rows) {
    it(`${path}: ${wanted ? (read ? "read" : "noted") : "neither"}`, () => {
      assert.deepEqual([wantsFile(path), readsFile(path)], [wanted, read]);
    });
  }
});

describe("CATALOG_PLACES", () => {
  it("are places of wanted files", () => {
    for (const place of CATALOG_PLACES) assert.ok(wantsFile(place.replaceAll("*", "name")), place);
  });

  const rows: readonly (readonly [path: string, other: string, same: boolean])[] = [
    ["etc/os-release", "/usr/lib/os-release", true],
    ["lib/apk/db/installed", "usr/lib/apk/db/installed", true],
    ["var/lib/rpm/Packages", "usr/lib/sysimage/rpm/Packages", true],
    ["var/lib/dpkg/status", "usr/share/doc/tar/copyright", false],
    ["var/lib/dpkg/status", "var/lib/dpkg/status.d/tar", false],
    ["usr/share/doc/tar/copyright", "usr/share/doc/other/copyright", false],
    ["app/package-lock.json", "app/package.json", false],
    ["app/package-lock.json", "other/package-lock.json", true],
  ];
  for (const [path, other, same] of rows) {
    it(`${path} and ${other} are ${same ? "" : "not "}of one kind`, () => {
      assert.equal(fileKindOf(path) === fileKindOf(other), same);
    });
  }
});

describe("the table of catalogers", () => {
  it("has each id once and a note of what it can do", () => {
    assert.equal(new Set(CATALOGERS.map(({ id }) => id)).size, CATALOGERS.length);
    for (const { id, note } of CATALOGERS) assert.match(note, /Reads .*\. Does not |\. Does not /s, id);
  });
});
