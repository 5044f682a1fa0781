import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { extract, pack } from "tar-stream";
import { AmapError, type ErrorCode, encodeUtf8 } from "../../base/index.ts";
import { archiveContract } from "../../ports/archive.contract.ts";
import type { ArchiveEntry } from "../../ports/index.ts";
import { createArchives } from "./archives.ts";
import type { ArchiveLimits } from "./decompress.ts";

archiveContract("tar over node:zlib", createArchives());

const BLOCK = 512;
const END = new Uint8Array(2 * BLOCK);

describe("readTar against another writer (tar-stream)", () => {
  it("reads long names, links and kinds as written there", async () => {
    const long = `${"d/".repeat(150)}file`;
    const tar = await packed([
      [{ name: long, mode: 0o640 }, "content"],
      [{ name: "link", type: "symlink", linkname: `/${"x/".repeat(120)}` }],
      [{ name: "hard", type: "link", linkname: "link" }],
      [{ name: "dev", type: "character-device", devmajor: 1 }],
      [{ name: "fifo", type: "fifo" }],
      [{ name: "dir/", type: "directory" }],
      [{ name: "tëxt" }, "utf-8"],
    ]);
    const read = await readAll(tar);
    assert.deepEqual(
      read.map(({ entry }) => [entry.path, entry.kind, entry.linkPath]),
      [
        [long, "file", undefined],
        ["link", "symlink", `/${"x/".repeat(120)}`],
        ["hard", "hardlink", "link"],
        ["dev", "other", undefined],
        ["fifo", "other", undefined],
        ["dir/", "directory", undefined],
        ["tëxt", "file", undefined],
      ],
    );
    assert.equal(read[0]?.entry.mode, 0o640);
    assert.deepEqual(read[6]?.content, encodeUtf8("utf-8"));
  });

  it("is read by another reader (tar-stream) as written here", async () => {
    const path = fc.array(
      fc.stringMatching(/^[a-zé✓._-]{1,40}$/).filter((part) => !/^\.{1,2}$/.test(part)),
      { minLength: 1, maxLength: 8 },
    );
    const files = fc.uniqueArray(
      path.map((parts) => parts.join("/")),
      { maxLength: 6 },
    );
    await fc.assert(
      fc.asyncProperty(files, fc.uint8Array({ maxLength: 1_200 }), async (paths, content) => {
        const written = paths.map((each) => ({ path: each, kind: "file" as const, mode: 0o644, content }));
        const { bytes } = await createArchives().writeTarGzip(written);
        const read = await readAll(bytes);
        assert.deepEqual(
          read.map(({ entry }) => entry.path),
          paths.toSorted(),
        );
        assert.deepEqual(await namesByTarStream(bytes), paths.toSorted());
        for (const each of read) assert.deepEqual(each.content, new Uint8Array(content));
      }),
      { numRuns: 30 },
    );
  });
});

describe("readTar reads special headers as Go's archive/tar does", () => {
  const file = [header({ name: "short", size: 2 }), padded("ok")];
  const named: readonly (readonly [name: string, blocks: readonly Uint8Array[], path: string])[] = [
    ["a pax path", [pax({ path: "from-pax" }), ...file], "from-pax"],
    ["an empty pax path", [pax({ path: "" }), ...file], "short"],
    ["a GNU long name", [gnu("L", "from-gnu\0"), ...file], "from-gnu"],
    ["both: GNU's wins", [pax({ path: "from-pax" }), gnu("L", "from-gnu\0"), ...file], "from-gnu"],
    ["a global header: passed over", [pax({ path: "global" }, "g"), ...file], "short"],
    ["a pax header of an earlier entry", [pax({ path: "first" }), header({ name: "x" }), ...file], "short"],
    ["the form before POSIX", [header({ name: "short", size: 2, magic: "" }), padded("ok")], "short"],
    ["ustar's prefix", [header({ name: "short", size: 2, prefix: "deep/er" }), padded("ok")], "deep/er/short"],
    [
      "GNU's magic: no prefix",
      [header({ name: "short", size: 2, magic: "ustar  \0", prefix: "123" }), padded("ok")],
      "short",
    ],
    ["a pax size over the field's", [pax({ size: "2" }), header({ name: "short", size: 0 }), padded("ok")], "short"],
    ["a size in base 256", [header({ name: "short", size: 2, binarySize: true }), padded("ok")], "short"],
    ["a folder's size field: no content", [header({ name: "d", type: "5", size: 600 }), ...file], "short"],
    ["a link's size field: no content", [header({ name: "l", type: "2", size: 600, linkName: "x" }), ...file], "short"],
  ];
  for (const [name, blocks, path] of named) {
    it(name, async () => {
      const last = (await readAll(joined(...blocks, END))).at(-1);
      assert.equal(last?.entry.path, path);
      assert.deepEqual(last?.content, encodeUtf8("ok"));
    });
  }

  it("takes a file with a trailing slash and no type flag for a folder", async () => {
    const [read] = await readAll(joined(header({ name: "d/", type: "\0" }), END));
    assert.equal(read?.entry.kind, "directory");
  });
});

describe("readTar refuses", () => {
  const file = [header({ name: "a", size: 2 }), padded("ok")];
  const cases: readonly (readonly [why: string, bytes: Uint8Array, code: ErrorCode])[] = [
    ["nothing at all", new Uint8Array(0), "ARCHIVE_INVALID"],
    ["text", encodeUtf8("hello ".repeat(200)), "ARCHIVE_INVALID"],
    ["a changed header", flipped(joined(...file, END), 3), "ARCHIVE_INVALID"],
    ["an entry behind the end marker", joined(...file, END, ...file, END), "ARCHIVE_INVALID"],
    ["an entry behind one zero block", joined(...file, new Uint8Array(BLOCK), ...file, END), "ARCHIVE_INVALID"],
    [
      "a whiteout hidden behind the end marker",
      joined(...file, END, header({ name: ".wh.a" }), END),
      "ARCHIVE_INVALID",
    ],
    ["a size that is not octal", joined(header({ name: "a", sizeText: "12x4567890" }), END), "ARCHIVE_INVALID"],
    ["a negative size", joined(header({ name: "a", sizeText: "\xff\xff\xff\xff" }), END), "ARCHIVE_INVALID"],
    ["a pax size that is no number", joined(pax({ size: "0x10" }), ...file, END), "ARCHIVE_INVALID"],
    ["a pax record with a wrong length", joined(special("x", "99 path=a\n"), ...file, END), "ARCHIVE_INVALID"],
    ["a pax record without a key", joined(special("x", "5 =a\n"), ...file, END), "ARCHIVE_INVALID"],
    ["a pax path with NUL", joined(pax({ path: "a\0b" }), ...file, END), "ARCHIVE_INVALID"],
    ["a pax header without its entry", joined(pax({ path: "a" })), "ARCHIVE_INVALID"],
    ["a sparse file by pax", joined(pax({ "GNU.sparse.major": "1" }), ...file, END), "NOT_SUPPORTED"],
    ["GNU's old sparse file", joined(header({ name: "a", type: "S" }), END), "NOT_SUPPORTED"],
    ["bzip2", encodeUtf8("BZh91AY&SY"), "NOT_SUPPORTED"],
    ["half of xz", Uint8Array.of(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 1), "ARCHIVE_INVALID"],
    ["lzma", Uint8Array.of(0x5d, 0, 0, 0x80, 0, 255, 255), "NOT_SUPPORTED"],
    ["lz4", Uint8Array.of(0x04, 0x22, 0x4d, 0x18, 1), "NOT_SUPPORTED"],
    ["a gzip stream with a changed byte", flipped(gzipSync(joined(...file, END)), 20), "ARCHIVE_INVALID"],
    ["a gzip stream with a changed checksum", flipped(gzipSync(joined(...file, END)), -5), "ARCHIVE_INVALID"],
    ["garbage behind a gzip stream", joined(gzipSync(joined(...file, END)), encodeUtf8("garbage")), "ARCHIVE_INVALID"],
    ["zeros behind a gzip stream", joined(gzipSync(joined(...file, END)), new Uint8Array(9)), "ARCHIVE_INVALID"],
    [
      "garbage behind a zstd frame",
      joined(zstdCompressSync(joined(...file, END)), encodeUtf8("garbage")),
      "ARCHIVE_INVALID",
    ],
    ["a path that is too long", joined(pax({ path: "p".repeat(5_000) }), ...file, END), "LIMIT_EXCEEDED"],
    ["a link that is too long", joined(gnu("K", "p".repeat(5_000)), ...file, END), "LIMIT_EXCEEDED"],
    ["an extended header that is too large", joined(header({ name: "x", type: "x", size: 2 << 20 })), "LIMIT_EXCEEDED"],
  ];
  for (const [why, bytes, code] of cases) {
    it(why, async () => {
      for (const chunkBytes of [100, 1 << 20]) await rejectsWith(code, () => readAll(bytes, {}, chunkBytes));
    });
  }
});

describe("readTar's limits", () => {
  const zeros = joined(header({ name: "zeros", size: 70 << 20 }), new Uint8Array(70 << 20), END);
  const bombs: readonly (readonly [string, Uint8Array])[] = [
    ["gzip", gzipSync(zeros, { level: 1 })],
    ["zstd", zstdCompressSync(zeros)],
  ];
  for (const [compression, bomb] of bombs) {
    it(`stops a ${compression} bomb by its ratio`, async () => {
      assert.ok(bomb.length < 1 << 20);
      await rejectsWith("DECOMPRESSION_LIMIT", () => readAll(bomb));
    });
  }

  it("takes the same bytes uncompressed", async () => {
    assert.equal((await readAll(zeros, {}, 1 << 20, () => false)).length, 1);
  });

  const cases: readonly (readonly [string, Partial<ArchiveLimits>, ErrorCode])[] = [
    ["uncompressed bytes", { layerBytes: 2_000 }, "DECOMPRESSION_LIMIT"],
    ["entries", { layerEntries: 2 }, "LIMIT_EXCEEDED"],
    ["a path", { pathBytes: 3 }, "LIMIT_EXCEEDED"],
  ];
  for (const [what, limits, code] of cases) {
    it(`holds for ${what}`, async () => {
      const tar = joined(header({ name: "a" }), header({ name: "bb" }), header({ name: "cccc" }), END);
      await rejectsWith(code, () => readAll(gzipSync(tar), limits));
      await readAll(gzipSync(tar), { layerBytes: 2_560, layerEntries: 3, pathBytes: 4 });
    });
  }

  it("counts extended headers as entries", async () => {
    const many = Array.from({ length: 5 }, () => pax({ comment: "x" }));
    await rejectsWith("LIMIT_EXCEEDED", () => readAll(joined(...many, END), { layerEntries: 4 }));
  });

  it("never hangs and throws nothing but AmapError on junk", async () => {
    const valid = joined(pax({ path: "p" }), header({ name: "a", size: 2 }), padded("ok"), END);
    const junk = fc.tuple(fc.nat(valid.length - 1), fc.nat(255), fc.constantFrom("none", "gzip", "zstd"));
    await fc.assert(
      fc.asyncProperty(junk, async ([at, byte, compression]) => {
        const whole =
          compression === "gzip" ? gzipSync(valid) : compression === "zstd" ? zstdCompressSync(valid) : valid;
        const changed = Uint8Array.from(whole);
        changed[at % whole.length] = byte;
        await readAll(changed).catch((error: unknown) => assert.ok(error instanceof AmapError, String(error)));
      }),
      { numRuns: 200 },
    );
  });
});

describe("writeTarGzip refuses", () => {
  const paths = ["/abs", "../up", "a/../b", "./a", "a//b", "", "nul\0", "\ud800", "p".repeat(5_000)];
  for (const path of paths) {
    it(JSON.stringify(path.slice(0, 20)), async () => {
      await rejectsWith("VALUE_INVALID", () => createArchives().writeTarGzip([{ path, kind: "file", mode: 0o644 }]));
    });
  }
  it("a path twice, and a link without target", async () => {
    const file = { path: "a", kind: "file", mode: 0o644 } as const;
    await rejectsWith("VALUE_INVALID", () => createArchives().writeTarGzip([file, { ...file, kind: "directory" }]));
    await rejectsWith("VALUE_INVALID", () => createArchives().writeTarGzip([{ ...file, kind: "symlink" }]));
  });
});

interface HeaderFields {
  readonly name: string;
  readonly size?: number;
  readonly sizeText?: string;
  readonly binarySize?: boolean;
  readonly type?: string;
  readonly linkName?: string;
  readonly magic?: string;
  readonly prefix?: string;
}

/** A header block, field by field, so that a test can write what no writer writes. */
function header(fields: HeaderFields): Uint8Array {
  const block = Buffer.alloc(BLOCK);
  block.write(fields.name, 0, "latin1");
  block.write("0000644\0", 100);
  block.write(fields.sizeText ?? `${(fields.size ?? 0).toString(8).padStart(11, "0")}\0`, 124, "latin1");
  if (fields.binarySize === true) {
    block.fill(0, 124, 136);
    block[124] = 0x80;
    block[135] = fields.size ?? 0;
  }
  block.write(fields.type ?? "0", 156, "latin1");
  block.write(fields.linkName ?? "", 157, "latin1");
  block.write(fields.magic ?? "ustar\x0000", 257, "latin1");
  block.write(fields.prefix ?? "", 345, "latin1");
  block.write(" ".repeat(8), 148);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return new Uint8Array(block);
}

function special(type: string, text: string): Uint8Array {
  return joined(header({ name: "special", type, size: encodeUtf8(text).length }), padded(text));
}

function gnu(type: "L" | "K", text: string): Uint8Array {
  return special(type, text);
}

function pax(records: Readonly<Record<string, string>>, type = "x"): Uint8Array {
  const lines = Object.entries(records).map(([key, value]) => {
    const rest = encodeUtf8(` ${key}=${value}\n`).length;
    const length = [1, 2, 3, 4, 5].map((digits) => rest + digits).find((each) => String(each).length + rest === each);
    return `${length} ${key}=${value}\n`;
  });
  return special(type, lines.join(""));
}

function padded(text: string): Uint8Array {
  const bytes = encodeUtf8(text);
  return joined(bytes, new Uint8Array((BLOCK - (bytes.length % BLOCK)) % BLOCK));
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const changed = Uint8Array.from(bytes);
  const index = at < 0 ? bytes.length + at : at;
  changed[index] = (changed[index] ?? 0) ^ 0x40;
  return changed;
}

async function readAll(
  bytes: Uint8Array,
  limits: Partial<ArchiveLimits> = {},
  chunkBytes = 1 << 16,
  wants: (entry: ArchiveEntry) => boolean = () => true,
): Promise<readonly { readonly entry: ArchiveEntry; readonly content?: Uint8Array }[]> {
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
  }
  const read = [];
  const options = { wants, maxFileBytes: 128 << 20 };
  for await (const each of createArchives(limits).readTar(chunks(), options)) read.push(each);
  return read;
}

async function packed(
  entries: readonly (readonly [Parameters<ReturnType<typeof pack>["entry"]>[0], string?])[],
): Promise<Uint8Array> {
  const archive = pack();
  for (const [headers, content] of entries) archive.entry(headers, content ?? "");
  archive.finalize();
  const parts: Uint8Array[] = [];
  for await (const part of archive) parts.push(part as Uint8Array);
  return joined(...parts);
}

async function namesByTarStream(bytes: Uint8Array): Promise<readonly string[]> {
  const { gunzipSync } = await import("node:zlib");
  const reader = extract();
  reader.end(gunzipSync(bytes));
  const names: string[] = [];
  for await (const entry of reader) {
    names.push(entry.header.name);
    entry.resume();
  }
  return names;
}

async function rejectsWith(code: ErrorCode, run: () => Promise<unknown>): Promise<void> {
  await assert.rejects(run, (error) => {
    assert.ok(error instanceof AmapError, `expected ${code}, found ${String(error)}`);
    assert.equal(error.code, code, error.message);
    return true;
  });
}
