import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { digestOf, encodeUtf8, isAmapError, LIMITS } from "../../base/index.ts";
import type { Catalog } from "../../metadata/index.ts";
import type { ArchiveEntry } from "../../ports/index.ts";
import { createFakeWorld } from "../../testing/fake-world.ts";
import { writeZip, type ZipFile } from "../../testing/zip-writer.ts";
import type { FilesLayer, LayerFile } from "./artifact.ts";
import { catalogTree } from "./catalog-tree.ts";

const { archives } = createFakeWorld();
const COUNTERS = ["g", "a", "b", "c", "d", "e", "f", "h"];

function pomOf(name: string): ZipFile {
  const content = `groupId=org.example\nartifactId=${name}\nversion=1.0\n`;
  return { path: `META-INF/maven/org.example/${name}/pom.properties`, content };
}

function jarOf(name: string, ...more: readonly ZipFile[]): Uint8Array {
  return writeZip([pomOf(name), ...more]);
}

type Content = string | Uint8Array | { readonly link: string };

/** A layer in memory; what it gave the content of is in `read`. */
function layerOf(files: Readonly<Record<string, Content>>, read: string[] = [], at = 0): FilesLayer {
  return {
    diffId: digestOf(encodeUtf8(String(at))),
    async *files(choice): AsyncGenerator<LayerFile> {
      for (const [path, content] of Object.entries(files)) {
        if (typeof content === "object" && "link" in content) {
          yield { entry: { path, kind: "symlink", size: 0, mode: 0o777, linkPath: content.link } };
          continue;
        }
        const bytes = typeof content === "string" ? encodeUtf8(content) : content;
        const entry: ArchiveEntry = { path, kind: "file", size: bytes.length, mode: 0o755 };
        const isWanted = choice.wants(entry) || choice.wantsHead?.(entry, bytes.subarray(0, 8)) === true;
        if (isWanted) read.push(path);
        yield isWanted ? { entry, content: bytes } : { entry };
      }
    },
  };
}

async function catalogOf(...layers: readonly FilesLayer[]): Promise<Catalog> {
  return catalogTree(archives, "test", { layers, readsManifests: false });
}

/** Without the group, which the names of Java's packages have in front. */
function shortName({ name }: { readonly name: string }): string {
  return name.slice(name.lastIndexOf(":") + 1);
}

function placesOf({ components }: Catalog): readonly string[] {
  return components.flatMap((component) => component.locations.map((at) => `${shortName(component)} at ${at}`)).sort();
}

describe("archives in archives", () => {
  test("are opened, and each component says where it lies", async () => {
    const inner = jarOf("inner");
    const war = jarOf("outer", { path: "WEB-INF/lib/inner.jar", content: inner, stored: true });
    const found = placesOf(await catalogOf(layerOf({ "srv/outer.war": war })));
    assert.equal(found.length, 2);
    assert.match(found[0] ?? "", /^inner at \/srv\/outer\.war!\/WEB-INF\/lib\/inner\.jar/);
    assert.match(found[1] ?? "", /^outer at \/srv\/outer\.war/);
  });

  test("give their files to the cataloger that opens them, and to no other", async () => {
    const more = [
      { path: "node_modules/x/package.json", content: '{"name": "x", "version": "1.0.0"}' },
      {
        path: "var/lib/dpkg/status",
        content: "Package: x\nStatus: install ok installed\nVersion: 1\nArchitecture: all\n\n",
      },
    ];
    const { components } = await catalogOf(layerOf({ "a.jar": jarOf("a", ...more) }));
    assert.deepEqual(components.map(shortName), ["a"]);
  });

  test("C9: are opened to a depth, and told below it", async () => {
    let jar = jarOf("deepest");
    for (const name of COUNTERS) jar = jarOf(name, { path: `${name}.jar`, content: jar, stored: true });
    const { components, notLookedAt } = await catalogOf(layerOf({ "top.jar": jar }));
    assert.equal(components.length, LIMITS.openedArchiveDepth);
    assert.match(notLookedAt.map(({ reason }) => reason).join("\n"), /openedArchiveDepth/);
  });

  test("C9: that are broken or hold bad names are told, and what is beside them is read", async () => {
    const bad = jarOf("bad", { path: "../../META-INF/maven/org.example/evil/pom.properties", content: "x" });
    const { components, notLookedAt, problems } = await catalogOf(
      layerOf({ "a.jar": jarOf("a"), "bad.jar": bad, "broken.jar": encodeUtf8("PK\x03\x04 and no more") }),
    );
    assert.deepEqual(components.map(shortName), ["a", "bad"]);
    assert.deepEqual(
      problems.map(({ code }) => code),
      ["ARCHIVE_INVALID", "ARCHIVE_INVALID"],
    );
    assert.match(notLookedAt.map(({ path, reason }) => `${path} ${reason}`).join("\n"), /leads out of the archive/);
  });

  test("of another kind are for the catalogers of that kind, and programs are looked into", async () => {
    const busybox = new Uint8Array(600);
    busybox.set([0x7f, 0x45, 0x4c, 0x46, 2, 1]);
    busybox.set(encodeUtf8("BusyBox v1.36.1 (2024-06-10)"), 100);
    const files: readonly ZipFile[] = [
      { path: "w-1.0.dist-info/METADATA", content: "Metadata-Version: 2.1\nName: w\nVersion: 1.0\n" },
      { path: "w/jars/inner.jar", content: jarOf("inner") },
      { path: "w/bin/busybox", content: busybox, mode: 0o100755 },
      { path: "w/bin/readme", content: "no program".repeat(100), mode: 0o100755 },
    ];
    const wheel = "dist/w-1.0-py3-none-any.whl";
    const catalog = await catalogOf(layerOf({ [wheel]: writeZip(files) }));
    assert.deepEqual(placesOf(catalog), [
      `busybox at /${wheel}!/w/bin/busybox`,
      `inner at /${wheel}!/w/jars/inner.jar`,
      `w at /${wheel}!/w-1.0.dist-info/METADATA`,
    ]);
    assert.deepEqual(
      catalog.components.find(({ name }) => name.includes("inner"))?.hashes.map(({ algorithm }) => algorithm),
      ["SHA-1", "SHA-256"],
    );
  });

  test("have the digests of their bytes", async () => {
    const { components } = await catalogOf(layerOf({ "a.jar": jarOf("a") }));
    const hashes = components[0]?.hashes ?? [];
    assert.ok(
      hashes.some(({ algorithm }) => algorithm === "SHA-1"),
      JSON.stringify(hashes),
    );
  });
});

describe("layers", () => {
  const diffIds = [0, 1].map((at) => digestOf(encodeUtf8(String(at))));

  test("a later layer hides and replaces what is in archives of an earlier one", async () => {
    const base = layerOf({ "lib/a.jar": jarOf("a"), "lib/b.jar": jarOf("b"), "opt/c.jar": jarOf("c") });
    const top = layerOf({ "lib/.wh.a.jar": "", "lib/b.jar": jarOf("d"), "opt/.wh..wh..opq": "" }, [], 1);
    const { components } = await catalogOf(base, top);
    assert.deepEqual(
      components.map((each) => [shortName(each), each.layers]),
      [["d", [diffIds[1]]]],
    );
  });

  test("a component of several layers names them all, the base first", async () => {
    const { components } = await catalogOf(
      layerOf({ "x/a.jar": jarOf("a") }),
      layerOf({ "y/a.jar": jarOf("a") }, [], 1),
    );
    assert.deepEqual(
      components.map(({ layers }) => layers),
      [diffIds],
    );
  });

  test("an archive is read under the name that a link gives it", async () => {
    const read: string[] = [];
    const catalog = await catalogOf(layerOf({ "blobs/1": jarOf("a"), "lib/a.jar": { link: "../blobs/1" } }, read));
    assert.deepEqual(read, ["blobs/1"]);
    assert.deepEqual(catalog.components.map(shortName), ["a"]);
  });

  test("files that nobody wants are not read, and cost no memory", async () => {
    const sizeMiB = 200;
    const head = largeFileHeader(sizeMiB * 1024 * 1024);
    const chunk = new Uint8Array(1024 * 1024);
    async function* source(): AsyncGenerator<Uint8Array> {
      yield head;
      for (let count = 0; count < sizeMiB; count += 1) yield chunk;
      yield new Uint8Array(1024);
    }
    const before = process.memoryUsage().arrayBuffers;
    let highest = before;
    const layer: FilesLayer = {
      async *files(choice) {
        for await (const file of archives.readTar(source(), choice)) {
          highest = Math.max(highest, process.memoryUsage().arrayBuffers);
          yield file;
        }
      },
    };
    assert.deepEqual((await catalogOf(layer)).components, []);
    assert.ok(highest - before < 32 * 1024 * 1024, `${highest - before} bytes more`);
  });

  test("a file that is too large is told", async () => {
    const layer: FilesLayer = {
      async *files({ wants }) {
        const entry: ArchiveEntry = {
          path: "app/package-lock.json",
          kind: "file",
          size: LIMITS.catalogFileBytes + 1,
          mode: 0o644,
        };
        assert.equal(wants(entry), false);
        yield { entry };
      },
    };
    const { notLookedAt } = await catalogOf(layer);
    assert.deepEqual(
      notLookedAt.map(({ path }) => path),
      ["/app/package-lock.json"],
    );
  });

  test("C9: a path that leaves the image is refused", async () => {
    await assert.rejects(catalogOf(layerOf({ "../package-lock.json": "{}" })), (error) =>
      isAmapError(error, "LAYER_UNSAFE"),
    );
  });
});

/** The header of one file of a tar: 512 bytes, as ustar has them. */
function largeFileHeader(size: number): Uint8Array {
  const header = new Uint8Array(512);
  const put = (at: number, text: string): void => header.set(encodeUtf8(text), at);
  put(0, "data/large.bin");
  put(100, "0000755\0");
  put(124, `${size.toString(8).padStart(11, "0")}\0`);
  put(148, "        ");
  put(156, "0");
  put(257, "ustar\u000000");
  const sum = header.reduce((total, byte) => total + byte, 0);
  put(148, `${sum.toString(8).padStart(6, "0")}\0 `);
  return header;
}
