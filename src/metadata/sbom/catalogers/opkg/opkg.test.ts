import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encodeUtf8 } from "../../../../base/index.ts";
import { opkgCataloger } from "./opkg.ts";

const OPENWRT = { operatingSystem: { id: "openwrt", versionId: "22.03.5", idLike: [] } };
const PATH = "usr/lib/opkg/status";

/** One paragraph of a status file. */
function paragraph(fields: Readonly<Record<string, string>>): string {
  const all = { Version: "1.0-1", Status: "install user installed", Architecture: "x86_64", ...fields };
  return `${Object.entries(all)
    .map(([name, value]) => `${name}: ${value}`)
    .join("\n")}\n\n`;
}

function read(text: string, path = PATH) {
  return opkgCataloger.read(new Map([[path, encodeUtf8(text)]]), OPENWRT);
}

function ref(name: string): string {
  return `pkg:opkg/openwrt/${name}@1.0-1?arch=x86_64&distro=openwrt-22.03.5`;
}

describe("the opkg cataloger", () => {
  it("takes what is installed, with package URL, and resolves dependencies", () => {
    const result = read(
      [
        paragraph({ Package: "app", Depends: "libc (>= 1), awk | gawk, missing" }),
        paragraph({ Package: "musl", Provides: "libc" }),
        paragraph({ Package: "gawk", License: "MIT" }),
        paragraph({ Package: "gone", Status: "deinstall user not-installed" }),
      ].join(""),
    );
    assert.deepEqual(
      result.components.map(({ purl, licenses }) => [purl, licenses]),
      [
        [ref("app"), []],
        [ref("gawk"), ["MIT"]],
        [ref("musl"), []],
      ],
    );
    assert.deepEqual(result.dependencies.get(ref("app")), [ref("gawk"), ref("musl")]);
  });

  it("reads Yocto's place", () => {
    const [component] = read(paragraph({ Package: "a" }), "var/lib/opkg/status").components;
    assert.deepEqual(component?.locations, ["/var/lib/opkg/status"]);
  });

  it("reports what is no database, and packages that are not whole", () => {
    assert.equal(read("nonsense\n").problems[0]?.code, "PACKAGE_DATABASE_INVALID");
    assert.match(read(paragraph({ Package: "" })).notLookedAt[0]?.reason ?? "", /1 packages without a name/);
  });
});
