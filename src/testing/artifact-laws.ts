import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { openOciLayout } from "../adapters/oci-layout/index.ts";
import { generateSbom, openArtifact } from "../app/index.ts";
import { concatBytes, encodeUtf8 } from "../base/index.ts";
import { readProgram } from "../metadata/index.ts";
import { ARCHIVE_LAWS } from "./archive-laws.ts";
import { createFakeWorld } from "./fake-world.ts";
import {
  type ArtifactLaw,
  attempt,
  byteChanges,
  changeBytes,
  GOOD,
  GOOD_NAMES,
  LEFT_PAD,
  namesOf,
  requireInside,
  sbomOf,
  TOOL,
} from "./fuzzing/artifact-runs.ts";
import { changeText, changeValue, textChanges, valueChanges } from "./fuzzing/changed-values.ts";
import { type TarPart, writeHostileTar } from "./fuzzing/hostile-tar.ts";
import { dockerFiles, type ImageChanges, layoutFiles, tarOfFiles, UNCHANGED } from "./fuzzing/image-files.ts";
import { PROGRAM_SAMPLES } from "./fuzzing/program-files.ts";
import { PACKAGE_LIST_SAMPLES } from "./package-lists/samples.ts";

/** Changes of an image's documents, and bytes that are not what their names say. */
const imageChanges: fc.Arbitrary<ImageChanges> = fc
  .record({
    config: valueChanges,
    manifest: valueChanges,
    index: valueChanges,
    isChanged: fc.constantFrom("config", "manifest", "index", "stored", "none"),
    which: fc.nat({ max: 6 }),
    bytes: byteChanges,
    isGone: fc.boolean(),
  })
  .map(({ isChanged, which, bytes, isGone, ...changes }) => {
    let stored = 0;
    return {
      config: (document) => (isChanged === "config" ? changeValue(document, changes.config) : document),
      manifest: (document) => (isChanged === "manifest" ? changeValue(document, changes.manifest) : document),
      index: (document) => (isChanged === "index" ? changeValue(document, changes.index) : document),
      stored: (_, content) => {
        stored += 1;
        if (isChanged !== "stored" || stored - 1 !== which) return content;
        return isGone ? undefined : changeBytes(content, bytes);
      },
    };
  });

const LAYERS = [
  tarOfFiles(Object.entries(GOOD)),
  tarOfFiles([["app/package.json", encodeUtf8('{"name": "web", "version": "2.0.0"}')]]),
];

/** Writes an image's files into a new folder, some of them links to others, and looks at it there. */
async function sbomOfLayout(
  files: ReadonlyMap<string, Uint8Array>,
  links: readonly (readonly [path: string, target: string])[],
): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), "amap-laws-"));
  try {
    await writeFile(join(root, "secret.json"), '{"schemaVersion":2,"manifests":[]}');
    const layout = join(root, "layout");
    for (const [path, bytes] of files) {
      await mkdir(dirname(join(layout, path)), { recursive: true });
      await writeFile(join(layout, path), bytes);
    }
    for (const [path, target] of links) {
      await rm(join(layout, path), { force: true, recursive: true });
      await symlink(target, join(layout, path));
    }
    const sbom = await attempt(async () => {
      const world = { ...createFakeWorld(), openStorage: () => openOciLayout(layout) };
      return generateSbom(world, await openArtifact(world, `oci:${layout}`), TOOL);
    });
    if (typeof sbom !== "string") requireInside(sbom);
  } finally {
    await rm(root, { force: true, recursive: true });
  }
}

const IMAGE_LAWS: readonly ArtifactLaw[] = [
  {
    name: "a layout on disk with changed documents and links",
    runs: 40,
    property: fc.asyncProperty(
      imageChanges,
      fc.array(
        fc.tuple(
          fc.constantFrom("index.json", "oci-layout", "blobs", "blobs/sha256"),
          fc.constantFrom("../secret.json", "/etc/passwd", "index.json", "..", "blobs", "/dev/null", "gone"),
        ),
        { maxLength: 1 },
      ),
      async (changes, links) => sbomOfLayout(layoutFiles(LAYERS, changes), links),
    ),
  },
  {
    name: "an archive of an image with changed documents",
    runs: 60,
    property: fc.asyncProperty(imageChanges, fc.boolean(), byteChanges, async (changes, isDocker, bytes) => {
      const files = isDocker ? dockerFiles(LAYERS, changes) : layoutFiles(LAYERS, changes);
      const tar = changeBytes(tarOfFiles(files), bytes);
      await sbomOf({ "/f": tar }, isDocker ? "docker-archive:/f" : "oci-archive:/f");
      await sbomOf({ "/f": tar }, "/f");
    }),
  },
];

/** Programs, with numbers changed where they say how to read the rest. */
const PROGRAM_LAWS: readonly ArtifactLaw[] = PROGRAM_SAMPLES.map(({ name, bytes, places }) => ({
  name: `a program with changed numbers: ${name}`,
  runs: 200,
  property: fc.asyncProperty(
    fc.array(
      fc.record({
        place: fc.nat({ max: places.length - 1 }),
        at: fc.nat(),
        value: fc.constantFrom(0, 1, 2, 4, 0x10, 0x40, 0x7f, 0x80, 0xff),
        length: fc.constantFrom(1, 1, 2, 4, 8),
      }),
      { maxLength: 5 },
    ),
    fc.option(fc.nat(), { nil: undefined, freq: 4 }),
    async (changes, length) => {
      const damaged = bytes.slice(0, length === undefined ? bytes.length : length % bytes.length);
      for (const { place, at, value, length: count } of changes) {
        const [from, to] = places[place] ?? [0, bytes.length];
        const start = from + (at % (to - from));
        damaged.fill(value, start, start + count);
      }
      // What one program says must never cost the others.
      for (const { components } of readProgram("bin/program", damaged)) assert.ok(components.length <= 10);
    },
  ),
}));

/** Files that cannot be what their names say. */
const BROKEN: readonly Uint8Array[] = [
  new Uint8Array(0),
  Uint8Array.of(0xc3, 0x28, 0x00, 0xff),
  encodeUtf8("{"),
  encodeUtf8("<"),
  encodeUtf8("- [\n&a *a"),
  encodeUtf8("[[["),
  new Uint8Array(4_096),
  new Uint8Array(5_000).fill(0x20),
  encodeUtf8("[".repeat(100_000)),
  encodeUtf8('{"a":'.repeat(10_000)),
  encodeUtf8("<a>".repeat(10_000)),
  encodeUtf8('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'),
];

const PLACES = [
  ...new Set([
    ...PACKAGE_LIST_SAMPLES.map(({ path }) => path),
    "var/lib/rpm/rpmdb.sqlite",
    "var/lib/rpm/Packages",
    "lib/apk/db/installed",
    "usr/lib/os-release",
    "broken.jar",
    "broken.whl",
    "x/y.dist-info/METADATA",
    "specifications/a-1.gemspec",
    "bin/program",
    "nix/var/nix/db/db.sqlite",
  ]),
];

const BROKEN_LAWS: readonly ArtifactLaw[] = [
  {
    name: "a broken file beside good ones, in an image",
    runs: 60,
    property: fc.asyncProperty(
      fc.constantFrom(...PLACES),
      fc.oneof(fc.constantFrom(...BROKEN), fc.uint8Array({ maxLength: 60 })),
      async (path, bytes) => {
        const layer = tarOfFiles([...Object.entries(GOOD), [path.startsWith("var/") ? path : `z/${path}`, bytes]]);
        const sbom = await sbomOf({ "/f": tarOfFiles(layoutFiles([layer], UNCHANGED)) }, "oci-archive:/f");
        if (typeof sbom === "string") assert.fail(`${path}: ${sbom}`);
        const names = new Set(namesOf(sbom));
        for (const name of GOOD_NAMES) assert.ok(names.has(name), `${path} hides ${name}`);
      },
    ),
  },
  {
    name: "a changed lock file or manifest beside good files, in an image",
    runs: 60,
    property: fc.asyncProperty(fc.constantFrom(...PACKAGE_LIST_SAMPLES), textChanges, async (sample, changes) => {
      const changed = encodeUtf8(changeText(sample.text, changes).toWellFormed());
      const others = Object.entries(sample.others ?? {}).map(([path, text]) => [path, encodeUtf8(text)] as const);
      const beside: readonly (readonly [string, Uint8Array])[] = [[sample.path, changed], ...others];
      const layer = tarOfFiles([
        ...Object.entries(GOOD),
        ...beside.map(([path, bytes]) => [`z/${path}`, bytes] as const),
      ]);
      const sbom = await sbomOf({ "/f": tarOfFiles(layoutFiles([layer], UNCHANGED)) }, "oci-archive:/f");
      if (typeof sbom === "string") assert.fail(`${sample.path}: ${sbom}`);
      const names = new Set(namesOf(sbom));
      for (const name of GOOD_NAMES) assert.ok(names.has(name), `${sample.path} hides ${name}`);
    }),
  },
];

const CONTROL = "Package: a\nVersion: 1\nArchitecture: amd64\n";
const PKGINFO = "pkgname = a\npkgver = 1-r0\narch = x86_64\nlicense = MIT\n";

/** A member of an `ar` archive, whose size may be a lie. */
function writeArMember(name: string, content: Uint8Array, size = String(content.length)): Uint8Array {
  const header = `${name.padEnd(16)}${"0".padEnd(12)}${"0".padEnd(6)}${"0".padEnd(6)}${"100644".padEnd(8)}${size.padEnd(10)}\`\n`;
  return concatBytes([encodeUtf8(header), content, new Uint8Array(content.length % 2).fill(0x0a)]);
}

const packageFile = fc
  .record({
    text: textChanges,
    inner: fc.constantFrom("./control", "control", ".PKGINFO", "../control", "x"),
    isApk: fc.boolean(),
    size: fc.option(fc.constantFrom("-1", "1e3", "9999999999", "0", "", "7"), { nil: undefined, freq: 4 }),
    before: fc.constantFrom("debian-binary", "control.tar.gz", "control.tar.xz", "control.tar", "data.tar"),
    changes: byteChanges,
  })
  .map(({ text, inner, isApk, size, before, changes }) => {
    const content = encodeUtf8(changeText(isApk ? PKGINFO : CONTROL, text).toWellFormed());
    const part: TarPart = { name: inner, type: "0", content };
    const control = new Uint8Array(gzipSync(writeHostileTar([part])));
    if (isApk) return { name: "/f.apk", bytes: changeBytes(control, changes) };
    const members = [
      encodeUtf8("!<arch>\n"),
      writeArMember("debian-binary", encodeUtf8("2.0\n"), size),
      writeArMember(before, control, size),
      writeArMember("control.tar.gz", control),
    ];
    return { name: "/f.deb", bytes: changeBytes(concatBytes(members), changes) };
  });

const PACKAGE_FILE_LAWS: readonly ArtifactLaw[] = [
  {
    name: "a package of a distribution with lies in it",
    runs: 100,
    property: fc.asyncProperty(packageFile, async ({ name, bytes }) => {
      await sbomOf({ [name]: bytes }, name);
    }),
  },
];

const DEPLOYMENT = `apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop }
spec: { template: { spec: { containers: [{ name: web, image: "ghcr.io/shop/web:1" }] } } }
---
apiVersion: v1
kind: List
items: [{ apiVersion: v1, kind: Pod, spec: { initContainers: [{ image: busybox }] } }]
`;
const CHART =
  "apiVersion: v2\nname: shop\nversion: 1.0.0\ndependencies: [{ name: db, version: 1, repository: 'https://x' }]\n";

const MANIFEST_LAWS: readonly ArtifactLaw[] = [
  {
    name: "changed manifests and charts beside good files",
    runs: 60,
    property: fc.asyncProperty(textChanges, textChanges, async (inManifest, inChart) => {
      const texts = {
        "/a/deploy.yaml": changeText(DEPLOYMENT, inManifest),
        "/a/chart/Chart.yaml": changeText(CHART, inChart),
        "/a/chart/values.yaml": changeText("image: { repository: nginx, tag: 1 }\n", inChart),
        "/a/chart/templates/pod.yaml": changeText("kind: Pod\nspec: { image: {{ .Values.image }} }\n", inManifest),
        "/a/node_modules/left-pad/package.json": LEFT_PAD,
      };
      const files = Object.fromEntries(
        Object.entries(texts).map(([path, text]) => [path, encodeUtf8(text.toWellFormed())]),
      );
      const sbom = await sbomOf(files, "dir:/a");
      if (typeof sbom === "string") assert.fail(sbom);
      assert.ok(namesOf(sbom).includes("left-pad 1.3.0"));
    }),
  },
];

/** Laws of everything that files come in. */
export const ARTIFACT_LAWS: readonly ArtifactLaw[] = [
  ...ARCHIVE_LAWS,
  ...IMAGE_LAWS,
  ...PROGRAM_LAWS,
  ...BROKEN_LAWS,
  ...PACKAGE_FILE_LAWS,
  ...MANIFEST_LAWS,
];
