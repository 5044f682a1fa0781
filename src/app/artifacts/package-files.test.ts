import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { type ErrorCode, encodeUtf8, isAmapError } from "../../base/index.ts";
import type { Sbom } from "../../metadata/index.ts";
import type { ArchiveFile } from "../../ports/index.ts";
import { createFakeWorld } from "../../testing/fake-world.ts";
import { type RpmPackage, writeAr, writeCpio, writeRpm } from "../../testing/package-files.ts";
import { storedChunks, writeXz } from "../../testing/xz-writer.ts";
import { writeZip } from "../../testing/zip-writer.ts";
import { generateSbom } from "./generate-sbom.ts";
import { openArtifact } from "./open-artifact.ts";

const CONTROL =
  "Package: hello\nVersion: 1:2.10-3\nArchitecture: amd64\nMaintainer: A <a@example.org>\nSource: greeter\n";
const COPYRIGHT =
  "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\nFiles: *\nCopyright: A\nLicense: MIT\n";
const LEFT_PAD = '{"name": "left-pad", "version": "1.3.0"}';
const INSIDE = "usr/lib/node_modules/left-pad/package.json";
const xz = (bytes: Uint8Array): Uint8Array => writeXz(storedChunks(bytes));
const plain = (bytes: Uint8Array): Uint8Array => bytes;
const bzip2 = (): Uint8Array => encodeUtf8("BZh91AY&SY, and so on");

async function tarOf(files: Readonly<Record<string, string>>): Promise<Uint8Array> {
  const entries = Object.entries(files).map(
    ([path, content]): ArchiveFile => ({ path, kind: "file", mode: 0o644, content: encodeUtf8(content) }),
  );
  const { bytes } = await createFakeWorld().archives.writeTarGzip(entries);
  const { gunzipSync } = await import("node:zlib");
  return new Uint8Array(gunzipSync(bytes));
}

async function sbomOf(name: string, bytes: Uint8Array): Promise<Sbom> {
  const world = createFakeWorld({ [name]: bytes });
  return generateSbom(world, await openArtifact(world, name), { name: "amap", version: "0" });
}

function purlsOf({ components }: Sbom): readonly (string | undefined)[] {
  return components.map(({ purl }) => purl);
}

type Compress = (bytes: Uint8Array) => Uint8Array;

async function debOf(control: Compress, data: Compress): Promise<Uint8Array> {
  return writeAr({
    "debian-binary": "2.0\n",
    "control.tar": control(await tarOf({ control: CONTROL })),
    "data.tar": data(await tarOf({ [INSIDE]: LEFT_PAD, "usr/share/doc/hello/copyright": COPYRIGHT })),
  });
}

describe("a package of Debian", () => {
  const HELLO = "pkg:deb/debian/hello@1:2.10-3?arch=amd64&upstream=greeter";
  const forms: readonly (readonly [string, Compress])[] = [
    ["xz", xz],
    ["zstd", (bytes) => zstdCompressSync(bytes)],
    ["gzip", (bytes) => gzipSync(bytes)],
    ["plain", plain],
  ];
  for (const [form, compress] of forms) {
    test(`compressed as ${form}: itself, its licence and what is in it`, async () => {
      const sbom = await sbomOf("/hello.deb", await debOf(compress, compress));
      assert.deepEqual(purlsOf(sbom), [HELLO, "pkg:npm/left-pad@1.3.0"]);
      assert.deepEqual(sbom.components[0]?.licenses, ["MIT"]);
    });
  }

  test("files in a form that is not read are told, and the package is still catalogued", async () => {
    const sbom = await sbomOf("/hello.deb", await debOf(xz, bzip2));
    assert.deepEqual(purlsOf(sbom), [HELLO]);
    assert.deepEqual(
      sbom.notLookedAt.find(({ path }) => path === "/")?.reason.slice(0, 41),
      "data.tar: an archive compressed with bzip",
    );
  });

  const refused: readonly (readonly [string, () => Promise<Uint8Array>, ErrorCode])[] = [
    ["descriptions in a form that is not read", () => debOf(bzip2, xz), "NOT_SUPPORTED"],
    ["damaged descriptions", () => debOf((bytes) => xz(bytes).subarray(0, -30), xz), "ARCHIVE_INVALID"],
    ["damaged files", () => debOf(xz, (bytes) => xz(bytes).subarray(0, -30)), "ARCHIVE_INVALID"],
    ["no descriptions", async () => writeAr({ "data.tar": await tarOf({ a: "a" }) }), "ARCHIVE_INVALID"],
    ["no files", async () => writeAr({ "control.tar": await tarOf({ control: CONTROL }) }), "ARCHIVE_INVALID"],
    ["a member beyond the end", async () => (await debOf(xz, xz)).subarray(0, -50), "ARCHIVE_INVALID"],
  ];
  for (const [name, make, code] of refused) {
    test(`${name}: ${code}`, async () => {
      const bytes = await make();
      await assert.rejects(sbomOf("/hello.deb", bytes), (error) => isAmapError(error, code));
    });
  }
});

describe("a package of rpm", () => {
  const TAGS: RpmPackage["tags"] = {
    1000: "hello",
    1001: "2.10",
    1002: "3.el9",
    1003: [1],
    1011: "Example Vendor",
    1014: "MIT",
    1022: "x86_64",
    1044: "greeter-2.10-3.el9.src.rpm",
  };
  const HELLO = "pkg:rpm/hello@2.10-3.el9?arch=x86_64&epoch=1&upstream=greeter-2.10-3.el9.src.rpm";
  const payload = writeCpio([
    { path: "./usr/lib", mode: 0o040755 },
    { path: `./${INSIDE}`, content: LEFT_PAD },
  ]);

  for (const [form, compressed] of [
    ["xz", xz(payload)],
    ["zstd", zstdCompressSync(payload)],
    ["gzip", gzipSync(payload)],
    ["plain", payload],
  ] as const) {
    test(`compressed as ${form}: as rpm's database has it, and what is in it`, async () => {
      const sbom = await sbomOf("/hello.rpm", writeRpm({ tags: TAGS, payload: compressed }));
      assert.deepEqual(purlsOf(sbom), ["pkg:npm/left-pad@1.3.0", HELLO]);
      const [, hello] = sbom.components;
      assert.deepEqual(
        [hello?.version, hello?.supplier, hello?.licenses, hello?.sourcePackage, hello?.hashes[0]?.algorithm],
        ["1:2.10-3.el9", "Example Vendor", ["MIT"], { name: "greeter", version: "2.10-3.el9" }, "SHA-256"],
      );
    });
  }

  for (const [name, bytes] of [
    ["bzip2", bzip2()],
    ["lzma", Uint8Array.of(0x5d, 0, 0, 0x80, 0)],
  ] as const) {
    test(`a payload compressed with ${name} is told by name`, async () => {
      const sbom = await sbomOf("/hello.rpm", writeRpm({ tags: TAGS, payload: bytes, digests: ["sha1"] }));
      assert.deepEqual([purlsOf(sbom), sbom.components[0]?.hashes[0]?.algorithm], [[HELLO], "SHA-1"]);
      const note = sbom.notLookedAt.find(({ path }) => path === "/");
      assert.match(note?.reason ?? "", new RegExp(`the payload: an archive compressed with ${name}`));
    });
  }

  const good = writeRpm({ tags: TAGS, payload: gzipSync(payload) });
  const refused: readonly (readonly [string, Uint8Array, ErrorCode])[] = [
    ["a header that was changed", writeRpm({ tags: TAGS, payload, changed: true }), "ARCHIVE_INVALID"],
    [
      "a header that was changed, by SHA-1",
      writeRpm({ tags: TAGS, payload, changed: true, digests: ["sha1"] }),
      "ARCHIVE_INVALID",
    ],
    ["no headers", good.subarray(0, 100), "ARCHIVE_INVALID"],
    ["half a header", good.subarray(0, 230), "ARCHIVE_INVALID"],
    ["half a payload", good.subarray(0, -20), "ARCHIVE_INVALID"],
    ["a header that lies about its size", good.with(108, 0x7f), "LIMIT_EXCEEDED"],
  ];
  for (const [name, bytes, code] of refused) {
    test(`${name}: ${code}`, async () => {
      await assert.rejects(sbomOf("/hello.rpm", bytes), (error) => isAmapError(error, code));
    });
  }
});

test("a package of Alpine: itself and what is in it", async () => {
  const bytes = gzipSync(
    await tarOf({ ".PKGINFO": "pkgname = hello\npkgver = 2.12-r0\narch = x86_64\n", [INSIDE]: LEFT_PAD }),
  );
  const sbom = await sbomOf("/hello-2.12-r0.apk", bytes);
  assert.deepEqual(purlsOf(sbom), ["pkg:apk/alpine/hello@2.12-r0?arch=x86_64", "pkg:npm/left-pad@1.3.0"]);
});

test("an archive compressed with xz is files", async () => {
  const sbom = await sbomOf("/files.tar.xz", xz(await tarOf({ [INSIDE]: LEFT_PAD })));
  assert.deepEqual(purlsOf(sbom), ["pkg:npm/left-pad@1.3.0"]);
});

test("a package of npm is itself, and what else is in the archive", async () => {
  const bytes = gzipSync(await tarOf({ "package/package.json": LEFT_PAD }));
  const sbom = await sbomOf("/left-pad-1.3.0.tgz", bytes);
  assert.deepEqual(purlsOf(sbom), ["pkg:npm/left-pad@1.3.0"]);
  for (const manifest of ["{", "[]", '{"name": "../../etc", "version": "1.0.0"}']) {
    assert.deepEqual(purlsOf(await sbomOf("/x.tgz", gzipSync(await tarOf({ "package/package.json": manifest })))), []);
  }
});

test("a package of conda: itself and what is in it", async () => {
  const index = '{"name": "numpy", "version": "1.26.4", "build": "py312_0", "license": "BSD-3-Clause", "depends": []}';
  const parts = [
    { path: "metadata.json", content: "{}" },
    { path: "info-numpy.tar.zst", content: zstdCompressSync(await tarOf({ "info/index.json": index })), stored: true },
    { path: "pkg-numpy.tar.zst", content: zstdCompressSync(await tarOf({ [INSIDE]: LEFT_PAD })), stored: true },
  ];
  const sbom = await sbomOf("/numpy-1.26.4-py312_0.conda", writeZip(parts));
  assert.deepEqual(
    sbom.components.map(({ name, version }) => [name, version]),
    [
      ["numpy", "1.26.4"],
      ["left-pad", "1.3.0"],
    ],
  );
  for (const missing of [1, 2]) {
    const bytes = writeZip(parts.filter((_, index) => index !== missing));
    await assert.rejects(sbomOf("/numpy.conda", bytes), (error) => isAmapError(error, "ARCHIVE_INVALID"));
  }
});

for (const [name, bytes, says] of [
  ["/x.tar.bz2", bzip2(), /compressed with bzip2/],
  ["/x.phar", encodeUtf8("<?php __HALT_COMPILER(); ?>"), /phar/],
] as const) {
  test(`${name} is refused by what it is`, async () => {
    await assert.rejects(
      sbomOf(name, bytes),
      (error) => isAmapError(error, "NOT_SUPPORTED") && says.test(error.message),
    );
  });
}
