import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encodeUtf8 } from "../../../../base/index.ts";
import { pacmanCataloger } from "./pacman.ts";

const ARCH = { operatingSystem: { id: "arch", idLike: [] } };

/** A package's description: each field a block. */
function description(fields: Readonly<Record<string, string>>): string {
  const all = { VERSION: "1.0-1", ARCH: "x86_64", ...fields };
  return Object.entries(all)
    .map(([name, value]) => `%${name}%\n${value}\n\n`)
    .join("");
}

function read(packages: readonly string[], context = ARCH) {
  const files = packages.map((text, index) => [`var/lib/pacman/local/p${index}/desc`, encodeUtf8(text)] as const);
  return pacmanCataloger.read(new Map(files), context);
}

function ref(name: string): string {
  return `pkg:alpm/arch/${name}@1.0-1?arch=x86_64&distro=arch`;
}

describe("the pacman cataloger", () => {
  it("takes name, version, base, licences, packager and package URL", () => {
    const { components } = read([
      description({
        NAME: "gcc-libs",
        BASE: "gcc",
        LICENSE: "GPL-3.0-or-later\nMIT",
        PACKAGER: "Zoe <z@shop.example>",
      }),
    ]);
    const purl = `${ref("gcc-libs")}&upstream=gcc`;
    assert.deepEqual(components, [
      {
        ref: purl,
        kind: "library",
        name: "gcc-libs",
        version: "1.0-1",
        purl,
        licenses: ["GPL-3.0-or-later", "MIT"],
        hashes: [],
        supplier: "Zoe <z@shop.example>",
        locations: ["/var/lib/pacman/local/p0/desc"],
        sourcePackage: { name: "gcc", version: "1.0-1" },
        scope: "production",
      },
    ]);
  });

  it("resolves dependencies through what packages provide", () => {
    const { dependencies } = read([
      description({ NAME: "bash", DEPENDS: "readline>=7.0\nlibreadline.so=8-64\nglibc\nmissing", PROVIDES: "sh" }),
      description({ NAME: "readline", PROVIDES: "libreadline.so=8-64" }),
      description({ NAME: "glibc", DEPENDS: "sh" }),
    ]);
    assert.deepEqual(dependencies.get(ref("bash")), [ref("glibc"), ref("readline")]);
    assert.deepEqual(dependencies.get(ref("glibc")), [ref("bash")]);
  });

  it("does not take a value for the name of a field, and names nobody where nobody is named", () => {
    const [component] = read([description({ NAME: "a", DESC: "%VERSION%", PACKAGER: "Unknown Packager" })]).components;
    assert.deepEqual([component?.version, component?.supplier], ["1.0-1", undefined]);
  });

  it("reports what is no description, and says so when nothing names the distribution", () => {
    const broken = read(["nonsense"]);
    assert.deepEqual(
      broken.problems.map(({ path, code }) => [path, code]),
      [["/var/lib/pacman/local/p0/desc", "PACKAGE_DATABASE_INVALID"]],
    );
    const files = new Map([["var/lib/pacman/local/a/desc", encodeUtf8(description({ NAME: "a" }))]]);
    assert.match(pacmanCataloger.read(files, {}).notLookedAt[0]?.reason ?? "", /named as Arch Linux's/);
  });

  it("wants descriptions and nothing else", () => {
    const paths = ["var/lib/pacman/local/a-1/desc", "var/lib/pacman/local/a-1/files", "var/lib/pacman/sync/core.db"];
    assert.deepEqual(
      paths.map((path) => pacmanCataloger.wants(path)),
      [true, false, false],
    );
  });
});
