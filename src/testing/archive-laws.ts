import assert from "node:assert/strict";
import { gzipSync, zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { createArchives } from "../adapters/archive/index.ts";
import { concatBytes, encodeUtf8, LIMITS } from "../base/index.ts";
import type { Archives } from "../ports/index.ts";
import {
  type ArtifactLaw,
  attempt,
  byteChanges,
  changeBytes,
  GOOD,
  GOOD_NAMES,
  LEFT_PAD,
  namesOf,
  pieces,
  sbomOf,
} from "./fuzzing/artifact-runs.ts";
import { tarParts, writeHostileTar } from "./fuzzing/hostile-tar.ts";
import { layoutFiles, tarOfFiles, UNCHANGED } from "./fuzzing/image-files.ts";
import { PROGRAM_SAMPLES } from "./fuzzing/program-files.ts";
import { type CpioFile, writeCpio, writeRpm } from "./package-files.ts";
import { SAMPLE_TEXT, XZ_SAMPLES } from "./xz-writer.ts";
import { writeZip, type ZipFile } from "./zip-writer.ts";

const CONTENTS = [...Object.values(GOOD), new Uint8Array(600), PROGRAM_SAMPLES[0]?.bytes ?? new Uint8Array(0)];
const NAMES = [
  ...Object.keys(GOOD),
  "etc",
  "etc/",
  "./etc/os-release",
  "/etc/os-release",
  "usr/lib/os-release",
  "var/lib",
  "var/lib/dpkg/status.d/a",
  "app",
  "app/node_modules",
  "lib/apk/db/installed",
  "usr/lib/sysimage/rpm/rpmdb.sqlite",
  "etc/.wh.os-release",
  "var/lib/dpkg/.wh..wh..opq",
  ".wh..wh..opq",
  ".wh.",
  ".wh...",
  "..",
  "../outside/package.json",
  "a/../../b",
  ".",
  "",
  "/",
  "a\0b",
  "bin/program",
  "é/\ud83d\ude00",
  "d/".repeat(45),
  `${"n".repeat(99)}/`,
];

const SMALL = { layerRatioFloor: 4_096, layerBytes: 1024 * 1024, layerEntries: 50, zipEntries: 50 };
const MAX_FILE = 512;

interface ReadEntry {
  readonly path: string;
  readonly kind: string;
  readonly size: number;
  readonly content?: string;
}

/** All entries with their contents; what is collected has the size that is stated. */
async function readWhole(archives: Archives, bytes: Uint8Array, size: number): Promise<readonly ReadEntry[] | string> {
  return attempt(async () => {
    const found: ReadEntry[] = [];
    const wants = (entry: { readonly size: number }): boolean => entry.size <= MAX_FILE;
    for await (const { entry, content } of archives.readTar(pieces(bytes, size), { wants, maxFileBytes: MAX_FILE })) {
      assert.ok(Number.isSafeInteger(entry.size) && entry.size >= 0);
      assert.ok(content === undefined || content.length === entry.size);
      const { path, kind } = entry;
      const text = content === undefined ? {} : { content: Buffer.from(content).toString("latin1") };
      found.push({ path, kind, size: entry.size, ...text });
    }
    assert.ok(found.length <= SMALL.layerEntries);
    return found;
  });
}

const hostileTar = fc
  .tuple(tarParts(NAMES, CONTENTS), fc.constantFrom(2, 2, 2, 2, 1, 0), fc.constantFrom(0, 0, 0, 0, 1, 700))
  .map(([parts, end, trailing]) => concatBytes([writeHostileTar(parts.flat(), end), new Uint8Array(trailing).fill(7)]));

/** Parts of a compressed stream, of which readers see one after the other. */
const STREAM_LAWS: readonly ArtifactLaw[] = [
  {
    name: "a compressed stream in several parts, cut, or with more behind it",
    runs: 200,
    property: fc.asyncProperty(
      fc.array(fc.uint8Array({ maxLength: 200 }), { minLength: 1, maxLength: 4 }),
      fc.constantFrom("gzip", "zstd"),
      fc.option(fc.nat(), { nil: undefined }),
      fc.oneof(fc.constant(new Uint8Array(0)), fc.uint8Array({ minLength: 1, maxLength: 8 })),
      fc.integer({ min: 1, max: 90 }),
      async (parts, form, cut, trailing, size) => {
        const press = form === "gzip" ? gzipSync : zstdCompressSync;
        const stream = concatBytes(parts.map((part) => new Uint8Array(press(part))));
        const kept = cut === undefined ? stream : stream.subarray(0, cut % (stream.length + 1));
        const given = concatBytes([kept, trailing]);
        const read = await attempt(async () => {
          const chunks: Uint8Array[] = [];
          for await (const chunk of createArchives(SMALL).decompress(pieces(given, size))) chunks.push(chunk.slice());
          return concatBytes(chunks);
        });
        if (kept.length === stream.length && trailing.length === 0) assert.deepEqual(read, concatBytes(parts));
        else assert.ok(typeof read === "string" || read.length <= SMALL.layerBytes);
      },
    ),
  },
  {
    name: "a small stream of many bytes",
    runs: 10,
    property: fc.asyncProperty(
      fc.constantFrom(gzipSync, zstdCompressSync),
      fc.nat({ max: 8 }),
      async (press, extra) => {
        let bomb = new Uint8Array(press(new Uint8Array((extra + 2) * 1024 * 1024)));
        bomb = concatBytes([bomb, bomb]) as typeof bomb;
        let given = 0;
        const read = await attempt(async () => {
          for await (const chunk of createArchives(SMALL).decompress(pieces(bomb, 512))) given += chunk.length;
        });
        assert.match(String(read), /^DECOMPRESSION_LIMIT/);
        assert.ok(given <= SMALL.layerBytes);
      },
    ),
  },
];

const compressions = fc.constantFrom<(bytes: Uint8Array) => Uint8Array>(
  (bytes) => bytes,
  (bytes) => new Uint8Array(gzipSync(bytes)),
  (bytes) => new Uint8Array(zstdCompressSync(bytes)),
);

/** Tars: the same entries however the bytes come, and a layer of lies over a good one. */
const TAR_LAWS: readonly ArtifactLaw[] = [
  {
    name: "a tar of lies, in pieces of any size",
    runs: 200,
    property: fc.asyncProperty(hostileTar, compressions, fc.integer({ min: 1, max: 700 }), async (tar, press, size) => {
      const archives = createArchives(SMALL);
      const whole = await readWhole(archives, press(tar), tar.length + 1);
      assert.deepEqual(await readWhole(archives, press(tar), size), whole);
    }),
  },
  {
    name: "a tar of lies as files",
    runs: 100,
    property: fc.asyncProperty(hostileTar, byteChanges, compressions, async (tar, changes, press) => {
      const bytes = changeBytes(press(tar), changes);
      await sbomOf({ "/f": bytes }, "file:/f");
    }),
  },
  {
    name: "a layer of lies in an image",
    runs: 60,
    property: fc.asyncProperty(hostileTar, async (tar) => {
      const layers = [tarOfFiles(Object.entries(GOOD)), tar];
      await sbomOf({ "/f": tarOfFiles(layoutFiles(layers, UNCHANGED)) }, "oci-archive:/f");
    }),
  },
  {
    name: "a layer that cannot be read, in an image with good ones",
    runs: 60,
    property: fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 2_000 }), async (junk) => {
      // The first bytes say that it is no compressed tar, and no header has such a checksum.
      const broken = concatBytes([encodeUtf8("junk"), junk]);
      const layers = [tarOfFiles(Object.entries(GOOD)), broken];
      const sbom = await sbomOf({ "/f": tarOfFiles(layoutFiles(layers, UNCHANGED)) }, "oci-archive:/f");
      if (typeof sbom === "string") assert.fail(sbom);
      assert.deepEqual(namesOf(sbom), GOOD_NAMES);
      assert.ok(sbom.notLookedAt.some(({ reason }) => reason.includes("layer")));
    }),
  },
];

const zipFile: fc.Arbitrary<ZipFile> = fc
  .record({
    path: fc.constantFrom(
      "META-INF/MANIFEST.MF",
      "META-INF/maven/g/a/pom.properties",
      "BOOT-INF/lib/inner.jar",
      "../outside.jar",
      "/abs/package.json",
      "C:\\a\\package.json",
      "a\\..\\..\\b.json",
      "a\0b",
      "package.json",
      "node_modules/left-pad/package.json",
      "x.dist-info/METADATA",
      "d/",
      "",
    ),
    content: fc.constantFrom<string | Uint8Array>(
      "Manifest-Version: 1.0\nImplementation-Title: a\nImplementation-Version: 1\n\n",
      "groupId=g\nartifactId=a\nversion=1\n",
      LEFT_PAD,
      "Metadata-Version: 2.1\nName: x\nVersion: 1\n\n",
      "x".repeat(5_000),
      "",
      writeZip([{ path: "META-INF/MANIFEST.MF", content: "Implementation-Title: b\nImplementation-Version: 2\n\n" }]),
    ),
    stored: fc.boolean(),
    localPath: fc.option(fc.constantFrom("other", "../x"), { nil: undefined, freq: 10 }),
    encrypted: fc.oneof({ weight: 10, arbitrary: fc.constant(false) }, fc.constant(true)),
    method: fc.option(fc.constantFrom(1, 9, 14, 99), { nil: undefined, freq: 10 }),
    statedSize: fc.option(fc.constantFrom(0, 3, 4_294_967_295, 2_147_483_647), { nil: undefined, freq: 6 }),
    statedCrc: fc.option(fc.constantFrom(0, 1), { nil: undefined, freq: 10 }),
    mode: fc.constantFrom(0o100644, 0o100755, 0o120777, 0o040755, 0),
  })
  .map(({ localPath, method, statedSize, statedCrc, ...file }) => ({
    ...file,
    ...(localPath === undefined ? {} : { localPath }),
    ...(method === undefined ? {} : { method }),
    ...(statedSize === undefined ? {} : { statedSize }),
    ...(statedCrc === undefined ? {} : { statedCrc }),
  }));

/** Changes near the end of a zip, where its directory is, and anywhere. */
const zipChanges = fc.array(
  fc.record({ fromEnd: fc.oneof(fc.nat({ max: 90 }), fc.nat()), value: fc.constantFrom(0, 1, 0x7f, 0xff, 0x50) }),
  { maxLength: 4 },
);

const hostileZip = fc.tuple(fc.array(zipFile, { maxLength: 6 }), zipChanges).map(([files, changes]) => {
  const zip = writeZip(files);
  return changeBytes(
    zip,
    changes.map(({ fromEnd, value }) => ({ at: zip.length - 1 - (fromEnd % zip.length), value })),
  );
});

const ZIP_LAWS: readonly ArtifactLaw[] = [
  {
    name: "a zip of lies",
    runs: 200,
    property: fc.asyncProperty(hostileZip, async (zip) => {
      const archives = createArchives(SMALL);
      const seen = new Set<string>();
      const passedOver = (_: string, reason: string): void => assert.ok(reason !== "");
      await attempt(async () => {
        for await (const { entry, content } of archives.readZip(zip, {
          wants: () => true,
          maxFileBytes: 4_096,
          passedOver,
        })) {
          assert.ok(!seen.has(entry.path), entry.path);
          seen.add(entry.path);
          const segments = entry.path.replaceAll("\\", "/").split("/");
          assert.ok(!segments.includes("..") && segments[0] !== "" && !/^[A-Za-z]:/.test(entry.path), entry.path);
          assert.ok(content === undefined || (content.length === entry.size && content.length <= 4_096));
        }
      });
    }),
  },
  {
    name: "a zip of lies as files, as a jar and as a wheel",
    runs: 80,
    property: fc.asyncProperty(hostileZip, async (zip) => {
      for (const name of ["/f.zip", "/f.jar", "/f.whl", "/f.nupkg"]) await sbomOf({ [name]: zip }, name);
    }),
  },
  {
    name: "archives in archives, however deep",
    runs: 40,
    property: fc.asyncProperty(fc.nat({ max: 12 }), hostileZip, async (depth, innermost) => {
      let jar = innermost;
      for (let at = 0; at < depth; at++) {
        jar = writeZip([
          { path: "BOOT-INF/lib/inner.jar", content: jar },
          { path: "META-INF/MANIFEST.MF", content: `Implementation-Title: n${at}\nImplementation-Version: 1\n\n` },
        ]);
      }
      const sbom = await sbomOf({ "/a/app.jar": jar, "/a/package.json": encodeUtf8(LEFT_PAD) }, "dir:/a");
      if (typeof sbom === "string") assert.fail(sbom);
      if (depth > LIMITS.openedArchiveDepth) assert.ok(sbom.notLookedAt.some(({ reason }) => /archives/.test(reason)));
    }),
  },
];

const cpioFile: fc.Arbitrary<CpioFile> = fc.record({
  path: fc.constantFrom("./usr/bin/a", "../outside", "/abs", "etc/os-release", "", "a\0b", "TRAILER!!!"),
  content: fc.constantFrom<string | Uint8Array>("", "content", CONTENTS[1] ?? ""),
  mode: fc.constantFrom(0o100644, 0o100755, 0o040755, 0o120777, 0o020666, 0),
  inode: fc.nat({ max: 3 }),
  links: fc.nat({ max: 3 }),
  magic: fc.constantFrom("070701", "070701", "070701", "070702", "070707"),
});

const RPM_TAGS = { 1000: "a", 1001: "1", 1002: "1", 1003: [2], 1014: "MIT", 1022: "x86_64", 1044: "a-1-1.src.rpm" };

/** What packages of distributions are made of. */
const PACKAGE_PART_LAWS: readonly ArtifactLaw[] = [
  {
    name: "an xz stream with changed bytes",
    runs: 100,
    property: fc.asyncProperty(
      fc.constantFrom(...XZ_SAMPLES),
      byteChanges,
      fc.option(fc.nat(), { nil: undefined }),
      fc.integer({ min: 1, max: 700 }),
      async ([, sample], changes, cut, size) => {
        const whole = changeBytes(sample, changes);
        const given = cut === undefined ? whole : whole.subarray(0, cut % whole.length);
        const read = await attempt(async () => {
          const chunks: Uint8Array[] = [];
          for await (const chunk of createArchives(SMALL).decompress(pieces(given, size))) chunks.push(chunk.slice());
          return concatBytes(chunks);
        });
        if (changes.length === 0 && cut === undefined) assert.deepEqual(read, encodeUtf8(SAMPLE_TEXT));
        else assert.ok(typeof read === "string" || read.length <= SMALL.layerBytes);
      },
    ),
  },
  {
    name: "a cpio archive of lies, in pieces of any size, and a package with it",
    runs: 100,
    property: fc.asyncProperty(
      fc.array(cpioFile, { maxLength: 6 }),
      byteChanges,
      fc.integer({ min: 1, max: 700 }),
      async (files, changes, size) => {
        const cpio = changeBytes(writeCpio(files), changes);
        const readAll = (length: number): Promise<readonly string[] | string> =>
          attempt(async () => {
            const found: string[] = [];
            const read = createArchives(SMALL).readCpio(pieces(cpio, length), {
              wants: ({ size: bytes }) => bytes <= MAX_FILE,
              maxFileBytes: MAX_FILE,
            });
            for await (const { entry, content } of read) {
              assert.ok(content === undefined || content.length === entry.size);
              found.push(`${entry.kind} ${entry.path} ${entry.size}`);
            }
            return found;
          });
        assert.deepEqual(await readAll(size), await readAll(cpio.length));
        const rpm = writeRpm({ tags: RPM_TAGS, payload: new Uint8Array(gzipSync(cpio)) });
        await sbomOf({ "/f.rpm": changeBytes(rpm, changes) }, "/f.rpm");
      },
    ),
  },
];

/** Laws of compressed streams, tars, zips and what packages of distributions are made of. */
export const ARCHIVE_LAWS: readonly ArtifactLaw[] = [...STREAM_LAWS, ...TAR_LAWS, ...ZIP_LAWS, ...PACKAGE_PART_LAWS];
