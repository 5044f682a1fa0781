import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encodeUtf8, LIMITS } from "../../../../base/index.ts";
import { parseControlFile, parseRelations } from "./control.ts";
import { readCopyrightLicenses } from "./copyright.ts";
import { dpkgCataloger } from "./dpkg.ts";

const DEBIAN = { operatingSystem: { id: "debian", versionId: "12", idLike: [] } };

/** One paragraph of a status file. */
function stanza(fields: Readonly<Record<string, string>>): string {
  const defaults = { Status: "install ok installed", Architecture: "amd64", Version: "1.0-1" };
  const lines = Object.entries({ ...defaults, ...fields }).map(([key, value]) => `${key}: ${value}`);
  return `${lines.join("\n")}\nDescription: test\n of the reader\n .\n end\n\n`;
}

function ref(name: string, arch = "amd64"): string {
  return `pkg:deb/debian/${name}@1.0-1?arch=${arch}&distro=debian-12`;
}

function readStatus(text: string, more: readonly (readonly [string, string])[] = []) {
  const files = new Map([["var/lib/dpkg/status", text], ...more].map(([path, body]) => [path, encodeUtf8(body)]));
  return dpkgCataloger.read(files, DEBIAN);
}

describe("parseControlFile", () => {
  const wanted = new Set(["package", "depends"]);
  it("joins continuation lines, ignores case and other fields", () => {
    const { paragraphs } = parseControlFile("PACKAGE: a\nDepends: b,\n c\nX: y\n z\n\n\nPackage: d\n", wanted);
    assert.deepEqual(
      paragraphs.map((paragraph) => Object.fromEntries(paragraph)),
      [{ package: "a", depends: "b,\nc" }, { package: "d" }],
    );
  });
  it("tells the first line that is no field", () => {
    assert.equal(parseControlFile("Package: a\n\nnonsense\nmore\n", wanted).malformedLine, 3);
    assert.equal(parseControlFile("Package: a\n continuation: x\n", wanted).malformedLine, undefined);
  });
});

describe("parseRelations", () => {
  const rows: readonly (readonly [text: string, clauses: readonly (readonly string[])[]])[] = [
    ["libc6 (>= 2.34), zlib1g", [["libc6"], ["zlib1g"]]],
    ["awk | mawk (>> 1)", [["awk", "mawk"]]],
    ["python3:any (>= 3.5), gcc [amd64 arm64], x <!nocheck>", [["python3"], ["gcc"], ["x"]]],
    ["", []],
    [", ,", []],
  ];
  for (const [text, clauses] of rows) it(`reads "${text}"`, () => assert.deepEqual([...parseRelations(text)], clauses));
});

describe("the dpkg cataloger", () => {
  it("takes name, version, source, maintainer and package URL", () => {
    const { components } = readStatus(
      stanza({ Package: "zlib1g", Version: "1:1.2.13.dfsg-1", Source: "zlib", Maintainer: "Zoe <z@shop.example>" }),
    );
    assert.deepEqual(components, [
      {
        ref: "pkg:deb/debian/zlib1g@1:1.2.13.dfsg-1?arch=amd64&distro=debian-12&upstream=zlib",
        kind: "library",
        name: "zlib1g",
        version: "1:1.2.13.dfsg-1",
        purl: "pkg:deb/debian/zlib1g@1:1.2.13.dfsg-1?arch=amd64&distro=debian-12&upstream=zlib",
        licenses: [],
        hashes: [],
        supplier: "Zoe <z@shop.example>",
        locations: ["/var/lib/dpkg/status"],
        sourcePackage: { name: "zlib", version: "1:1.2.13.dfsg-1" },
        scope: "production",
      },
    ]);
  });

  const sources: readonly (readonly [fields: Record<string, string>, source: object, purlEnd: string])[] = [
    [{ Package: "tar" }, { name: "tar", version: "1.0-1" }, "distro=debian-12"],
    [{ Package: "libc6", Source: "glibc" }, { name: "glibc", version: "1.0-1" }, "upstream=glibc"],
    [
      { Package: "bash", Version: "5.2-2+b2", Source: "bash (5.2-2)" },
      { name: "bash", version: "5.2-2" },
      "upstream=bash%405.2-2",
    ],
  ];
  for (const [fields, source, purlEnd] of sources) {
    it(`finds the source package of ${fields["Package"]}`, () => {
      const [component] = readStatus(stanza(fields)).components;
      assert.deepEqual(component?.sourcePackage, source);
      assert.ok(component?.purl?.endsWith(purlEnd), component?.purl);
    });
  }

  const states: readonly (readonly [status: string, installed: boolean, noted: boolean])[] = [
    ["install ok installed", true, false],
    ["hold ok installed", true, false],
    ["deinstall ok installed", true, false],
    ["install ok triggers-pending", true, false],
    ["install ok unpacked", false, true],
    ["install reinstreq half-installed", false, true],
    ["deinstall ok config-files", false, false],
    ["purge ok not-installed", false, false],
  ];
  for (const [status, installed, noted] of states) {
    it(`${installed ? "counts" : "leaves out"} "${status}"`, () => {
      const result = readStatus(stanza({ Package: "a", Status: status }));
      assert.equal(result.components.length, installed ? 1 : 0);
      assert.equal(result.notLookedAt.length, noted ? 1 : 0);
    });
  }

  const same: readonly (readonly [name: string, stanzaOf: (index: number) => string])[] = [
    ["provide and need", (index) => stanza({ Package: `p${index}`, Provides: "x", Depends: "x" })],
    ["are versions of and need", (index) => stanza({ Package: "x", Version: `${index}`, Depends: "x" })],
    ["are other architectures' and need", (i) => stanza({ Package: "x", Architecture: `a${i}`, Depends: "y | x" })],
  ];
  for (const [name, stanzaOf] of same) {
    it(`C8: bounds the dependencies of packages that all ${name} one name`, () => {
      const result = readStatus(Array.from({ length: 2_000 }, (_, index) => stanzaOf(index)).join(""));
      assert.equal(result.components.length, 2_000);
      const counts = Array.from(result.dependencies.values(), (targets) => targets.length);
      assert.ok(counts.every((count) => count <= 64));
      const reasons = result.notLookedAt.map(({ path, reason }) => `${path}: ${reason}`);
      const cut = "more than 64 packages provide x: dependencies on these name the first 64";
      assert.deepEqual(reasons, name.startsWith("are other") ? [] : [`/var/lib/dpkg/status: ${cut}`]);
    });
  }

  it("C8: chooses the same 64 in any order of the database", () => {
    const stanzas = Array.from({ length: 70 }, (_, index) =>
      stanza({ Package: `p${index}`, Provides: "x", Depends: "x" }),
    );
    assert.deepEqual(readStatus(stanzas.toReversed().join("")), readStatus(stanzas.join("")));
  });

  it("shows all of 64 packages that provide one name", () => {
    const stanzas = Array.from({ length: 64 }, (_, index) => stanza({ Package: `p${index}`, Provides: "x" }));
    const result = readStatus([...stanzas, stanza({ Package: "app", Depends: "x" })].join(""));
    assert.equal(result.dependencies.get(ref("app"))?.length, 64);
    assert.deepEqual(result.notLookedAt, []);
  });

  it("C8: refuses more dependencies than the limit, as stated and as resolved", () => {
    const names = Array.from({ length: 300 }, (_, index) => `v${index}`).join(",");
    const providers = Array.from({ length: 64 }, (_, index) => stanza({ Package: `p${index}`, Provides: names }));
    const needing = Array.from({ length: 300 }, (_, index) => stanza({ Package: `q${index}`, Depends: names }));
    assert.throws(() => readStatus([...providers, ...needing].join("")), { code: "LIMIT_EXCEEDED" });
    const stated = stanza({ Package: "app", Depends: "x,".repeat(LIMITS.dependencies + 1) });
    assert.throws(() => readStatus(stated), { code: "LIMIT_EXCEEDED" });
  });

  it("resolves dependencies among what is installed", () => {
    const result = readStatus(
      [
        stanza({ Package: "app", Depends: "libc6 (>= 2), gawk | awk, missing", "Pre-Depends": "dash" }),
        stanza({ Package: "libc6" }),
        stanza({ Package: "libc6", Architecture: "i386" }),
        stanza({ Package: "mawk", Provides: "awk (= 1)" }),
        stanza({ Package: "original-awk", Provides: "awk" }),
        stanza({ Package: "dash", Architecture: "all", Depends: "app" }),
      ].join(""),
    );
    assert.deepEqual(result.dependencies.get(ref("app")), [
      ref("dash", "all"),
      ref("libc6"),
      ref("mawk"),
      ref("original-awk"),
    ]);
    assert.deepEqual(result.dependencies.get(ref("dash", "all")), [ref("app")]);
    assert.deepEqual(result.dependencies.get(ref("libc6")), []);
  });

  it("reads distroless fragments and not the files beside them", () => {
    const wanted = ["var/lib/dpkg/status.d/base", "var/lib/dpkg/status.d/libc6"];
    const unwanted = ["var/lib/dpkg/status.d/libc6.md5sums", "var/lib/dpkg/status.d/a/b", "var/lib/dpkg/status-old"];
    assert.deepEqual(
      [...wanted, ...unwanted].filter((path) => dpkgCataloger.wants(path)),
      wanted,
    );
    const files = new Map([
      [
        "var/lib/dpkg/status.d/base",
        encodeUtf8("Package: base-files\nVersion: 12\nArchitecture: all\nDepends: libc6\n"),
      ],
      ["var/lib/dpkg/status.d/libc6", encodeUtf8("Package: libc6\nVersion: 2.36\nArchitecture: amd64\n")],
    ]);
    const result = dpkgCataloger.read(files, DEBIAN);
    assert.deepEqual(
      [...result.dependencies.values()].map((targets) => targets.length),
      [1, 0],
    );
    assert.deepEqual(result.components[0]?.locations, ["/var/lib/dpkg/status.d/base"]);
  });

  it("reports a database that is none, and packages that are not whole", () => {
    const broken = readStatus("asdf\n\nyolo\n");
    assert.deepEqual(broken.problems, [
      {
        path: "/var/lib/dpkg/status",
        code: "PACKAGE_DATABASE_INVALID",
        message: "line 1 is not a field of a package paragraph",
      },
    ]);
    assert.equal(broken.notLookedAt.length, 1);
    const incomplete = readStatus(
      "Package: a\nStatus: install ok installed\n\nVersion: 1\nStatus: install ok installed\n",
    );
    assert.equal(incomplete.components.length, 0);
    assert.match(incomplete.notLookedAt[0]?.reason ?? "", /a \(no name or no version\), a paragraph without Package/);
  });

  it("survives text that is not UTF-8", () => {
    const bytes = Uint8Array.from([
      ...encodeUtf8("Maintainer: "),
      0xe9,
      ...encodeUtf8(`\n${stanza({ Package: "a" })}`),
    ]);
    const result = dpkgCataloger.read(new Map([["var/lib/dpkg/status", bytes]]), DEBIAN);
    assert.equal(result.components[0]?.name, "a");
  });

  it("says so when the distribution is not known", () => {
    const files = new Map([["var/lib/dpkg/status", encodeUtf8(stanza({ Package: "a" }))]]);
    const result = dpkgCataloger.read(files, {});
    assert.equal(result.components[0]?.purl, "pkg:deb/debian/a@1.0-1?arch=amd64");
    assert.match(result.notLookedAt[0]?.reason ?? "", /no os-release/);
  });

  it("takes licences from a machine-readable copyright file", () => {
    const result = readStatus(stanza({ Package: "a" }), [
      [
        "usr/share/doc/a/copyright",
        "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\nFiles: *\nLicense: Expat\n",
      ],
    ]);
    assert.deepEqual(result.components[0]?.licenses, ["MIT"]);
  });
});

describe("readCopyrightLicenses", () => {
  const format = "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\n";
  const rows: readonly (readonly [license: string, expected: readonly string[]])[] = [
    ["GPL-2+", ["GPL-2.0-or-later"]],
    ["LGPL-2.1", ["LGPL-2.1-only"]],
    ["Apache-2.0", ["Apache-2.0"]],
    ["GPL-1+ or Artistic", ["GPL-1.0-or-later OR Artistic-1.0-Perl"]],
    ["BSD-3-clause and Expat", ["BSD-3-Clause", "MIT"]],
    ["public-domain", ["public-domain"]],
    ["LGPL-2.1+ and Home-Grown", ["LGPL-2.1+ and Home-Grown"]],
  ];
  for (const [license, expected] of rows) {
    it(`reads ${license}`, () => {
      assert.deepEqual(readCopyrightLicenses(`${format}Files: *\nLicense: ${license}\n text\n`), expected);
    });
  }

  it("collects the paragraphs' licences, each once", () => {
    const text = `${format}Files: *\nLicense: Zlib\n\nFiles: x\nLicense: Expat\n\nLicense: Zlib\n the text\n`;
    assert.deepEqual(readCopyrightLicenses(text), ["MIT", "Zlib"]);
  });

  it("does not guess from prose", () => {
    assert.deepEqual(readCopyrightLicenses("This package is free.\nLicense: GPL\n"), []);
  });
});
