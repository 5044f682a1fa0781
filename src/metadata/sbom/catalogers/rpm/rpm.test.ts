import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encodeUtf8, LIMITS } from "../../../../base/index.ts";
import {
  buildBerkeleyDb,
  buildNdb,
  buildRpmHeader,
  buildRpmSqlite,
  damagedSamples,
} from "../../../../testing/rpm-databases.ts";
import type { CatalogerContext } from "../cataloger.ts";
import { TAGS } from "./header.ts";
import { rpmCataloger } from "./rpm.ts";

const ROCKY: CatalogerContext = { operatingSystem: { id: "rocky", versionId: "9.3", idLike: [] } };
const SQLITE = "var/lib/rpm/rpmdb.sqlite";

type Tags = Parameters<typeof buildRpmHeader>[0];

/** A header with what every package has. */
function header(name: string, tags: Tags = {}): Uint8Array {
  return buildRpmHeader({
    [TAGS.name]: name,
    [TAGS.version]: "1.0",
    [TAGS.release]: "1.el9",
    [TAGS.architecture]: "x86_64",
    [TAGS.sourceFile]: `${name}-1.0-1.el9.src.rpm`,
    ...tags,
  });
}

function ref(name: string): string {
  return `pkg:rpm/rocky/${name}@1.0-1.el9?arch=x86_64&distro=rocky-9.3&upstream=${name}-1.0-1.el9.src.rpm`;
}

function read(files: readonly (readonly [path: string, bytes: Uint8Array])[], context: CatalogerContext = ROCKY) {
  return rpmCataloger.read(new Map(files), context);
}

function names(result: ReturnType<typeof read>): readonly string[] {
  return result.components.map(({ name }) => name);
}

describe("the rpm cataloger", () => {
  it("takes name, epoch, version, source, vendor, licence, digest, module and package URL", () => {
    const blob = buildRpmHeader({
      [TAGS.name]: "nodejs",
      [TAGS.version]: "18.19.0",
      [TAGS.release]: "1.module+el9",
      [TAGS.epoch]: [1],
      [TAGS.vendor]: "Shop Example",
      [TAGS.license]: "MIT AND Apache-2.0",
      [TAGS.architecture]: "x86_64",
      [TAGS.sourceFile]: "node-18.19.0-1.module+el9.src.rpm",
      [TAGS.sha1Header]: "1".repeat(40),
      [TAGS.sha256Header]: "a".repeat(64),
      [TAGS.modularity]: "nodejs:18:9:abc",
    });
    const purl =
      "pkg:rpm/rocky/nodejs@18.19.0-1.module%2Bel9?arch=x86_64&distro=rocky-9.3&epoch=1&rpmmod=nodejs:18:9:abc&upstream=node-18.19.0-1.module%2Bel9.src.rpm";
    assert.deepEqual(read([[SQLITE, buildRpmSqlite([blob])]]).components, [
      {
        ref: purl,
        kind: "library",
        name: "nodejs",
        version: "1:18.19.0-1.module+el9",
        purl,
        licenses: ["MIT", "Apache-2.0"],
        hashes: [{ algorithm: "SHA-256", value: "a".repeat(64) }],
        supplier: "Shop Example",
        locations: [`/${SQLITE}`],
        sourcePackage: { name: "node", version: "18.19.0-1.module+el9" },
        scope: "production",
      },
    ]);
  });

  const long = "x".repeat(3_000);
  const blobs = [
    header("a"),
    header("b", { [TAGS.license]: long }),
    header("c", { [TAGS.requires]: ["a", "/bin/b"], [TAGS.provides]: ["c"] }),
  ];
  const forms: readonly (readonly [name: string, path: string, bytes: Uint8Array])[] = [
    ["SQLite", SQLITE, buildRpmSqlite(blobs)],
    ["SQLite with small pages", SQLITE, buildRpmSqlite(blobs, 512)],
    ["SQLite in SUSE's folder", "usr/lib/sysimage/rpm/rpmdb.sqlite", buildRpmSqlite(blobs)],
    ["ndb", "usr/lib/sysimage/rpm/Packages.db", buildNdb(blobs)],
    ["Berkeley DB", "var/lib/rpm/Packages", buildBerkeleyDb(blobs)],
    ["Berkeley DB of the other byte order", "var/lib/rpm/Packages", buildBerkeleyDb(blobs, { isLittleEndian: false })],
    [
      "Berkeley DB with headers among its keys",
      "var/lib/rpm/Packages",
      buildBerkeleyDb(blobs, { pageSize: 8192, isInline: true }),
    ],
  ];
  for (const [name, path, bytes] of forms) {
    it(`reads ${name}`, () => {
      const result = read([[path, bytes]]);
      assert.deepEqual(names(result), ["a", "b", "c"]);
      assert.deepEqual([result.problems, result.notLookedAt], [[], []]);
      assert.deepEqual(result.components[1]?.licenses, [long]);
      assert.deepEqual(result.components[0]?.locations, [`/${path}`]);
    });
  }

  const sources: readonly (readonly [file: string, name: string, version: string])[] = [
    ["bash-5.1-1.el9.src.rpm", "bash", "5.1-1.el9"],
    ["java-17-openjdk-17.0.9-1.nosrc.rpm", "java-17-openjdk", "17.0.9-1"],
    ["elasticsearch-8.17.0-1-src.rpm", "elasticsearch", "8.17.0-1"],
    ["(none)", "a", "1.0-1.el9"],
    ["", "a", "1.0-1.el9"],
  ];
  for (const [file, name, version] of sources) {
    it(`finds the source package in "${file}"`, () => {
      const [component] = read([[SQLITE, buildRpmSqlite([header("a", { [TAGS.sourceFile]: file })])]]).components;
      assert.deepEqual(component?.sourcePackage, { name, version });
    });
  }

  const licenses: readonly (readonly [license: string, expected: readonly string[]])[] = [
    ["MIT AND BSD-2-Clause", ["MIT", "BSD-2-Clause"]],
    ["GPLv2+", ["GPL-2.0-or-later"]],
    ["GPLv3+ and (LGPLv3+ or ASL 2.0)", ["GPL-3.0-or-later", "LGPL-3.0-or-later OR Apache-2.0"]],
    ["GPL-3.0-or-later WITH GCC-exception-3.1", ["GPL-3.0-or-later WITH GCC-exception-3.1"]],
    ["BSD and GPLv2+", ["BSD and GPLv2+"]],
    ["LGPLv2+", ["LGPLv2+"]],
    ["(GPLv2", ["(GPLv2"]],
    ["", []],
  ];
  for (const [license, expected] of licenses) {
    it(`reads the licence "${license}"`, () => {
      const [component] = read([[SQLITE, buildRpmSqlite([header("a", { [TAGS.license]: license })])]]).components;
      assert.deepEqual(component?.licenses, expected);
    });
  }

  const systems: readonly (readonly [id: string, start: string])[] = [
    ["rhel", "pkg:rpm/redhat/a@1.0-1.el9?arch=x86_64&distro=rhel-9"],
    ["opensuse-leap", "pkg:rpm/opensuse/a@1.0-1.el9?arch=x86_64&distro=opensuse-leap-9"],
    ["almalinux", "pkg:rpm/almalinux/a@1.0-1.el9?arch=x86_64&distro=almalinux-9"],
  ];
  for (const [id, start] of systems) {
    it(`names ${id}'s packages`, () => {
      const context = { operatingSystem: { id, versionId: "9", idLike: [] } };
      const [component] = read([[SQLITE, buildRpmSqlite([header("a")])]], context).components;
      assert.ok(component?.purl?.startsWith(start), component?.purl);
    });
  }

  it("says so when nothing names the distribution", () => {
    const result = read([[SQLITE, buildRpmSqlite([header("a")])]], {});
    assert.equal(result.components[0]?.purl, "pkg:rpm/a@1.0-1.el9?arch=x86_64&upstream=a-1.0-1.el9.src.rpm");
    assert.match(result.notLookedAt[0]?.reason ?? "", /no os-release says which distribution/);
  });

  it("leaves out public keys, and what has no name", () => {
    const key = header("gpg-pubkey", { [TAGS.version]: "fd431d51", [TAGS.release]: "4ae0493b" });
    const nameless = buildRpmHeader({ [TAGS.version]: "1" });
    const result = read([[SQLITE, buildRpmSqlite([key, header("a"), nameless])]]);
    assert.deepEqual(names(result), ["a"]);
    assert.deepEqual(result.notLookedAt, [
      { path: `/${SQLITE}`, reason: "1 packages without a name or a version were left out" },
    ]);
  });

  it("resolves dependencies through names, capabilities and files", () => {
    const app = header("app", {
      [TAGS.requires]: [
        "libc.so.6()(64bit)",
        "/usr/bin/sh",
        "rpmlib(CompressedFileNames)",
        "(x if y)",
        "own",
        "missing",
        "c",
      ],
      [TAGS.provides]: ["own", "app"],
    });
    const glibc = header("glibc", { [TAGS.provides]: ["glibc", "libc.so.6()(64bit)"] });
    const bash = header("bash", {
      [TAGS.baseNames]: ["bash", "sh", "profile"],
      [TAGS.folderIndexes]: [0, 0, 1],
      [TAGS.folders]: ["/usr/bin/", "/etc/"],
      [TAGS.provides]: ["bash", "own"],
    });
    const { dependencies } = read([[SQLITE, buildRpmSqlite([app, glibc, bash, header("c")])]]);
    assert.deepEqual(dependencies.get(ref("app")), [ref("bash"), ref("c"), ref("glibc")]);
    assert.deepEqual(dependencies.get(ref("c")), []);
  });

  it("C8: bounds the dependencies of packages that all provide and need one name", () => {
    const all = Array.from({ length: 300 }, (_, index) =>
      header(`p${index}`, { [TAGS.requires]: ["x"], [TAGS.provides]: [`p${index}`, ...(index > 200 ? ["x"] : [])] }),
    );
    const result = read([[SQLITE, buildRpmSqlite(all)]]);
    assert.equal(result.components.length, 300);
    assert.ok([...result.dependencies.values()].every((targets) => targets.length <= 64));
    assert.match(result.notLookedAt[0]?.reason ?? "", /more than 64 packages provide x/);
  });

  it("C8: refuses more dependencies than the limit", () => {
    const blob = header("app", { [TAGS.requires]: Array.from({ length: 100_000 }, () => "x") });
    const all = Array.from({ length: LIMITS.dependencies / 100_000 + 1 }, () => blob);
    assert.throws(() => read([["var/lib/rpm/Packages.db", buildNdb(all)]]), { code: "LIMIT_EXCEEDED" });
  });

  it("reads the newest of several databases in one folder, and tells of the others and of the log", () => {
    const result = read([
      ["var/lib/rpm/Packages", buildBerkeleyDb([header("old")])],
      ["var/lib/rpm/Packages.db", new Uint8Array()],
      [SQLITE, buildRpmSqlite([header("new")])],
      [`${SQLITE}-wal`, new Uint8Array(10)],
    ]);
    assert.deepEqual(names(result), ["new"]);
    assert.deepEqual(
      result.notLookedAt.map(({ path }) => path),
      ["/var/lib/rpm/Packages", `/${SQLITE}-wal`],
    );
  });

  it("states a package of two folders once", () => {
    const bytes = buildRpmSqlite([header("a")]);
    assert.deepEqual(
      names(
        read([
          [SQLITE, bytes],
          ["usr/share/rpm/rpmdb.sqlite", bytes],
        ]),
      ),
      ["a"],
    );
  });

  it("reads the manifests of images without rpm, the fuller one first", () => {
    const full =
      "filesystem\t1.1-9.cm2\t1653816591\t1653628955\tMicrosoft Corporation\t(none)\t7596\tx86_64\t0\tfilesystem-1.1-9.cm2.src.rpm\n";
    const short = "filesystem-1.1-9.cm2.x86_64\nopenssl-libs-1.1.1k-15.cm2.x86_64\nnonsense\n";
    const folder = "var/lib/rpmmanifest";
    const both = read([
      [`${folder}/container-manifest-1`, encodeUtf8(short)],
      [`${folder}/container-manifest-2`, encodeUtf8(`${full}ca\t1-1\t\t\t(none)\t2\t1\tnoarch\t2\t(none)\n`)],
    ]);
    assert.deepEqual(
      both.components.map(({ name, version, supplier, sourcePackage }) => [
        name,
        version,
        supplier,
        sourcePackage?.name,
      ]),
      [
        ["ca", "2:1-1", undefined, "ca"],
        ["filesystem", "1.1-9.cm2", "Microsoft Corporation", "filesystem"],
      ],
    );
    assert.equal(both.dependencies.size, 0);
    const alone = read([[`${folder}/container-manifest-1`, encodeUtf8(short)]]);
    assert.deepEqual(
      alone.components.map(({ name, version }) => `${name} ${version}`),
      ["filesystem 1.1-9.cm2", "openssl-libs 1.1.1k-15.cm2"],
    );
    assert.deepEqual(alone.problems[0]?.message, "1 lines do not name a package");
  });

  const damaged: readonly (readonly [name: string, path: string, bytes: Uint8Array, message: RegExp])[] = [
    ["SQLite", SQLITE, encodeUtf8("junk"), /expected a SQLite database file/],
    ["ndb", "var/lib/rpm/Packages.db", new Uint8Array(64), /expected an rpm database \(ndb\)/],
    ["Berkeley DB", "var/lib/rpm/Packages", new Uint8Array(512), /expected a Berkeley DB hash/],
    ["an empty file", SQLITE, new Uint8Array(), /expected a SQLite database file/],
    ["a cut Berkeley DB", "var/lib/rpm/Packages", buildBerkeleyDb(blobs).subarray(0, 512), /the last page is/],
  ];
  for (const [name, path, bytes, message] of damaged) {
    it(`reports what is no database: ${name}`, () => {
      const { problems, components } = read([[path, bytes]]);
      assert.deepEqual([components, problems.length, problems[0]?.code], [[], 1, "PACKAGE_DATABASE_INVALID"]);
      assert.match(problems[0]?.message ?? "", message);
    });
  }

  it("keeps the packages beside a broken one", () => {
    const broken = header("broken").slice();
    broken[3] = 0xff;
    const result = read([[SQLITE, buildRpmSqlite([header("a"), broken, broken, header("b")])]]);
    assert.deepEqual(names(result), ["a", "b"]);
    assert.match(result.problems[0]?.message ?? "", /states 255 entries .*; 1 more packages cannot be read/);
  });

  it("C9: takes a count of texts that the header cannot hold for damage, not for a limit", () => {
    const broken = header("broken", { [TAGS.requires]: ["x"] }).slice();
    const view = new DataView(broken.buffer);
    // The last entry is of what it requires.
    view.setUint32(8 + (view.getUint32(0) - 1) * 16 + 12, 0xffff_ffff);
    const result = read([[SQLITE, buildRpmSqlite([broken, header("a")])]]);
    assert.deepEqual(names(result), ["a"]);
    assert.match(result.problems[0]?.message ?? "", /states 4294967295 texts, which it cannot hold/);
  });

  it("C9: refuses a chain of pages that leads back to itself", () => {
    const bytes = buildBerkeleyDb([header("a", { [TAGS.license]: "x".repeat(2_000) })]);
    // The chain's first page is its own next one.
    new DataView(bytes.buffer).setUint32(2 * 512 + 16, 2, true);
    assert.match(read([["var/lib/rpm/Packages", bytes]]).problems[0]?.message ?? "", /page 2 is referred to twice/);
  });

  it("C9: refuses slots that all name one package's bytes", () => {
    const bytes = buildNdb([header("a", { [TAGS.license]: "x".repeat(5_000) })]);
    const view = new DataView(bytes.buffer);
    for (let at = 64; at < 4096; at += 16) {
      for (const part of [4, 8, 12]) view.setUint32(at + part, view.getUint32(48 + part, true), true);
    }
    assert.match(read([["var/lib/rpm/Packages.db", bytes]]).problems[0]?.message ?? "", /more bytes than the file has/);
  });

  const fuzzed: readonly (readonly [path: string, sample: Uint8Array])[] = [
    [SQLITE, buildRpmSqlite(blobs, 512)],
    ["var/lib/rpm/Packages.db", buildNdb(blobs)],
    ["var/lib/rpm/Packages", buildBerkeleyDb(blobs)],
    ["var/lib/rpmmanifest/container-manifest-1", encodeUtf8("a-1-1.x86_64\nb-2-2.noarch\n")],
    ["var/lib/rpmmanifest/container-manifest-2", encodeUtf8("a\t1-1\t\t\tv\t1\t2\tx86_64\t0\ta-1-1.src.rpm\n")],
  ];
  for (const [path, sample] of fuzzed) {
    it(`C9: reads or reports every damaged ${path}`, () => {
      for (const bytes of damagedSamples(sample, 1_500)) {
        const { components, problems } = read([[path, bytes]]);
        assert.ok(components.length <= 64 && problems.length <= 2);
      }
    });
  }
});
