import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encodeBase64, encodeUtf8, hashBytes, hashHex, LIMITS } from "../../../../base/index.ts";
import { apkCataloger } from "./apk.ts";

const ALPINE = { operatingSystem: { id: "alpine", versionId: "3.19.1", idLike: [] } };
const PATH = "lib/apk/db/installed";

/** One record of the installed database. */
function record(fields: Readonly<Record<string, string>>): string {
  const all = { V: "1.0-r0", A: "x86_64", ...fields };
  return `${Object.entries(all)
    .map(([key, value]) => `${key}:${value}`)
    .join("\n")}\nF:usr/bin\nM:0:0:755\nR:tool\na:0:0:755\n\n`;
}

function ref(name: string): string {
  return `pkg:apk/alpine/${name}@1.0-r0?arch=x86_64&distro=alpine-3.19.1`;
}

function read(text: string, context = ALPINE) {
  return apkCataloger.read(new Map([[PATH, encodeUtf8(text)]]), context);
}

describe("the apk cataloger", () => {
  it("takes name, version, origin, licence, checksum and package URL", () => {
    const control = encodeUtf8("control data");
    const { components } = read(
      record({
        P: "musl-utils",
        o: "musl",
        L: "MIT AND BSD-2-Clause",
        C: `Q1${encodeBase64(hashBytes("sha1", control))}`,
      }),
    );
    const purl = "pkg:apk/alpine/musl-utils@1.0-r0?arch=x86_64&distro=alpine-3.19.1&upstream=musl";
    assert.deepEqual(components, [
      {
        ref: purl,
        kind: "library",
        name: "musl-utils",
        version: "1.0-r0",
        purl,
        licenses: ["MIT", "BSD-2-Clause"],
        hashes: [{ algorithm: "SHA-1", value: hashHex("sha1", control) }],
        locations: ["/lib/apk/db/installed"],
        sourcePackage: { name: "musl", version: "1.0-r0" },
        scope: "production",
      },
    ]);
  });

  it("is its own source without an origin", () => {
    const [component] = read(record({ P: "busybox" })).components;
    assert.deepEqual(component?.sourcePackage, { name: "busybox", version: "1.0-r0" });
    assert.equal(component?.purl, "pkg:apk/alpine/busybox@1.0-r0?arch=x86_64&distro=alpine-3.19.1");
  });

  it("resolves dependencies through what packages provide", () => {
    const result = read(
      [
        record({ P: "app", D: "so:libz.so.1 busybox>=1.30 cmd:sh !conflicting missing" }),
        record({ P: "zlib", p: "so:libz.so.1=1.3" }),
        record({ P: "busybox", p: "cmd:sh=1.36 /bin/sh" }),
        record({ P: "conflicting" }),
      ].join(""),
    );
    assert.deepEqual(result.dependencies.get(ref("app")), [ref("busybox"), ref("zlib")]);
    assert.deepEqual(result.dependencies.get(ref("zlib")), []);
  });

  it("C8: bounds the dependencies of packages that all provide and need one capability", () => {
    const records = Array.from({ length: 2_000 }, (_, index) => record({ P: `p${index}`, p: "x=1", D: "x>0" }));
    const result = read(records.join(""));
    assert.equal(result.components.length, 2_000);
    assert.ok([...result.dependencies.values()].every((targets) => targets.length <= 64));
    assert.deepEqual(result.notLookedAt, [
      { path: `/${PATH}`, reason: "more than 64 packages provide x: dependencies on these name the first 64" },
    ]);
    assert.deepEqual(read(records.toReversed().join("")).dependencies, result.dependencies);
  });

  it("C8: refuses more dependencies than the limit, as stated and as resolved", () => {
    const names = Array.from({ length: 300 }, (_, index) => `v${index}`).join(" ");
    const providers = Array.from({ length: 64 }, (_, index) => record({ P: `p${index}`, p: names }));
    const needing = Array.from({ length: 300 }, (_, index) => record({ P: `q${index}`, D: names }));
    assert.throws(() => read([...providers, ...needing].join("")), { code: "LIMIT_EXCEEDED" });
    const stated = record({ P: "app", D: "x ".repeat(LIMITS.dependencies + 1) });
    assert.throws(() => read(stated), { code: "LIMIT_EXCEEDED" });
  });

  const checksums: readonly (readonly [name: string, text: string, algorithms: readonly string[]])[] = [
    ["SHA-256", `Q2${encodeBase64(hashBytes("sha256", new Uint8Array()))}`, ["SHA-256"]],
    ["a wrong length", "Q1AAAA", []],
    ["not base64", "Q1***", []],
    ["another kind", "Q9AAAA", []],
  ];
  for (const [name, text, algorithms] of checksums) {
    it(`reads a checksum: ${name}`, () => {
      const [component] = read(record({ P: "a", C: text })).components;
      assert.deepEqual(
        component?.hashes.map(({ algorithm }) => algorithm),
        algorithms,
      );
    });
  }

  it("reports a database that is none, and records that are not whole", () => {
    assert.deepEqual(
      read("asdf\n\nyolo\n").problems.map(({ code, path }) => ({ code, path })),
      [{ code: "PACKAGE_DATABASE_INVALID", path: "/lib/apk/db/installed" }],
    );
    const incomplete = read("P:a\nA:x86_64\n\n");
    assert.deepEqual(incomplete.components, []);
    assert.match(incomplete.notLookedAt[0]?.reason ?? "", /1 records without a name or a version/);
  });

  it("reads a database without a last blank line, and an empty one", () => {
    assert.equal(read("P:a\nV:1-r0\nA:noarch").components.length, 1);
    assert.equal(read("").components.length, 0);
  });

  it("reads Wolfi's place of the database and name", () => {
    const files = new Map([["usr/lib/apk/db/installed", encodeUtf8(record({ P: "glibc" }))]]);
    const result = apkCataloger.read(files, { operatingSystem: { id: "wolfi", versionId: "20230201", idLike: [] } });
    assert.equal(result.components[0]?.purl, "pkg:apk/wolfi/glibc@1.0-r0?arch=x86_64&distro=wolfi-20230201");
  });
});
