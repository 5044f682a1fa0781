import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { encodeManifest, MEDIA_TYPES } from "../artifact/index.ts";
import { encodeUtf8 } from "../base/index.ts";
import type { Sbom } from "../metadata/index.ts";
import { createFakeWorld } from "../testing/fake-world.ts";
import { generateImageSbom } from "./artifacts/generate-sbom.ts";
import { parseImageTarget } from "./image-target.ts";
import { openImage } from "./open-image.ts";

/** Text, or `-> target` for a symbolic link. */
type Files = Readonly<Record<string, string>>;

const REPOSITORY = "registry.example/shop";
const STANZA = "Package: tar\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.34\n\n";
const FRAGMENT = "Package: tar\nArchitecture: amd64\nVersion: 1.34\n";
const RECORD = "P:tar\nV:1.34\nA:x86_64\n\n";
const OS = 'ID=debian\nVERSION_ID="12"\n';
const COPYRIGHT = [
  "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/",
  "",
  "Files: *",
  "Copyright: A",
  "License: MIT",
  "",
].join("\n");

describe("an image's package databases are found through links to folders", () => {
  const rows: readonly (readonly [name: string, layers: readonly Files[], found: readonly string[]])[] = [
    ["no link", [{ "var/lib/dpkg/status": STANZA }], ["tar at /var/lib/dpkg/status"]],
    ["dpkg's folder", [{ "opt/pkg/status": STANZA, "var/lib/dpkg": "-> /opt/pkg" }], ["tar at /var/lib/dpkg/status"]],
    ["dpkg's status", [{ "opt/s": STANZA, "var/lib/dpkg/status": "-> /opt/s" }], ["tar at /var/lib/dpkg/status"]],
    [
      "dpkg's folder, linked by a later layer",
      [{ "opt/pkg/status": STANZA }, { "var/lib/dpkg": "-> ../../opt/pkg" }],
      ["tar at /var/lib/dpkg/status"],
    ],
    [
      "dpkg's status under another cataloger's name",
      [{ "app/package-lock.json": STANZA, "var/lib/dpkg/status": "-> /app/package-lock.json" }],
      ["tar at /var/lib/dpkg/status"],
    ],
    ["status.d", [{ "o/tar": FRAGMENT, "var/lib/dpkg/status.d": "-> /o" }], ["tar at /var/lib/dpkg/status.d/tar"]],
    ["/var", [{ "v/lib/dpkg/status.d/tar": FRAGMENT, var: "-> v" }], ["tar at /var/lib/dpkg/status.d/tar"]],
    ["apk's folder", [{ "o/installed": RECORD, "lib/apk/db": "-> ../../o" }], ["tar at /lib/apk/db/installed"]],
    [
      "apk's database by its own name, once",
      [{ "usr/lib/apk/db/installed": RECORD, lib: "-> usr/lib" }],
      ["tar at /usr/lib/apk/db/installed"],
    ],
    ["/etc", [{ "o/os-release": OS, etc: "-> o" }], ["debian at /etc/os-release"]],
    ["/usr/lib", [{ "o/os-release": OS, "usr/lib": "-> /o" }], ["debian at /usr/lib/os-release"]],
    [
      "os-release by its own name, once",
      [{ "usr/lib/os-release": OS, "etc/os-release": "-> ../usr/lib/os-release" }],
      ["debian at /usr/lib/os-release"],
    ],
    [
      "licences",
      [
        { "var/lib/dpkg/status": STANZA },
        { "usr/share/doc/other/copyright": COPYRIGHT, "usr/share/doc/tar": "-> other" },
      ],
      ["tar (MIT) at /var/lib/dpkg/status"],
    ],
    [
      "a lock file",
      [{ "o/l": '{"lockfileVersion":3,"name":"a","packages":{}}', "a/package-lock.json": "-> /o/l" }],
      [],
    ],
    ["a loop", [{ "var/lib/dpkg": "-> dpkg", "lib/apk": "-> /gone" }], []],
  ];
  for (const [name, layers, found] of rows) {
    test(name, async () => {
      const { components } = await sbomOf(layers);
      assert.deepEqual(
        components.map(({ name: component, licenses, locations }) => {
          const shownLicenses = licenses.length === 0 ? "" : ` (${licenses.join(", ")})`;
          return `${component}${shownLicenses} at ${locations.join(", ")}`;
        }),
        found,
      );
    });
  }

  test("what is not read is noted", async () => {
    const { notLookedAt } = await sbomOf([{ "o/rpmdb.sqlite": "x", "var/lib/rpm": "-> /o" }]);
    assert.deepEqual(notLookedAt, [
      { path: "/var/lib/rpm/rpmdb.sqlite", reason: "expected a SQLite database file, found other bytes" },
    ]);
    const broken = await sbomOf([{ "o/l": "{", "app/package-lock.json": "-> /o/l" }]);
    assert.deepEqual(
      broken.notLookedAt.map(({ path }) => path),
      ["/app/package-lock.json"],
    );
  });
});

async function sbomOf(layers: readonly Files[]): Promise<Sbom> {
  const world = createFakeWorld();
  const storage = world.storageOf(REPOSITORY);
  const descriptors = [];
  for (const files of layers) {
    const { bytes } = await world.archives.writeTarGzip(
      Object.entries(files).map(([path, text]) =>
        text.startsWith("-> ")
          ? { path, kind: "symlink", mode: 0o777, linkPath: text.slice(3) }
          : { path, kind: "file", mode: 0o644, content: encodeUtf8(text) },
      ),
    );
    descriptors.push({ mediaType: MEDIA_TYPES.layerGzip, ...(await storage.writeBlob(bytes)) });
  }
  const config = { mediaType: MEDIA_TYPES.config, ...(await storage.writeBlob(encodeUtf8("{}"))) };
  const manifest = encodeManifest({ kind: "manifest", mediaType: MEDIA_TYPES.manifest, config, layers: descriptors });
  await storage.writeManifest(manifest, { mediaType: MEDIA_TYPES.manifest, tag: "v1" });
  const image = await openImage(world, parseImageTarget(`${REPOSITORY}:v1`));
  return generateImageSbom(world, image, { name: "amap", version: "0" });
}
