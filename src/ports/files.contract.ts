import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { AmapError, type ErrorCode, encodeUtf8, isAmapError } from "../base/index.ts";
import type { Files, WalkedEntry } from "./files.ts";

/** What a `Files` under test stands on: an empty folder `root` that exists. */
export interface FilesUnderTest {
  readonly files: Files;
  readonly root: string;
  /** Makes a symbolic link at `path`, an absolute path, that says `target`. */
  link(target: string, path: string): Promise<void>;
  dispose(): Promise<void>;
}

/** The behaviour that every `Files` has; run against the fake and each adapter. */
export function filesContract(name: string, make: () => Promise<FilesUnderTest>): void {
  describe(`${name} keeps the Files contract`, () => {
    let under: FilesUnderTest;
    beforeEach(async () => {
      under = await make();
    });
    afterEach(() => under.dispose());
    const at = (path: string): string => `${under.root}/${path}`;

    readAndWrite(() => under.files, at);
    readInChunks(() => under.files, at);
    foldersAndLists(() => under.files, at);
    links(() => under, at);
    walks(() => under, at);
    readAtPlaces(() => under.files, at);
    scratches(() => under.files, at);
  });
}

const bytes = encodeUtf8;
const fails = (code: ErrorCode) => (error: unknown) => isAmapError(error, code);
type At = (path: string) => string;

function readAndWrite(files: () => Files, at: At): void {
  test("what was written is read back, byte for byte", async () => {
    const content = Uint8Array.from({ length: 100_000 }, (_, index) => index % 251);
    await files().write(at("a.bin"), content);
    assert.deepEqual(await files().read(at("a.bin"), 100_000), content);
  });

  test("an empty file is read as no bytes, also with a limit of 0", async () => {
    await files().write(at("empty"), bytes(""));
    assert.equal((await files().read(at("empty"), 0)).length, 0);
  });

  test("a file larger than the limit is refused, not cut", async () => {
    await files().write(at("a"), bytes("12345"));
    assert.equal((await files().read(at("a"), 5)).length, 5);
    await assert.rejects(files().read(at("a"), 4), fails("LIMIT_EXCEEDED"));
  });

  test("reading what is not there, below a file, or a folder is refused", async () => {
    await files().write(at("a"), bytes("x"));
    await files().makeDirectory(at("folder"));
    await assert.rejects(files().read(at("none"), 10), fails("FILE_NOT_FOUND"));
    await assert.rejects(files().read(at("a/b"), 10), fails("FILE_NOT_FOUND"));
    await assert.rejects(files().read(at("folder"), 10), fails("FILE_UNREADABLE"));
  });

  test("a second write replaces the first, and nothing else is left in the folder", async () => {
    await files().write(at("a"), bytes("first, longer"));
    await files().write(at("a"), bytes("second"));
    assert.deepEqual(await files().read(at("a"), 100), bytes("second"));
    assert.deepEqual(
      (await files().list(at("."), 100)).map((entry) => entry.path),
      ["a"],
    );
  });

  test("bytes in chunks become one file, and a chunk that cannot be made leaves the old one", async () => {
    await files().write(at("a"), [bytes("one, "), bytes("two")]);
    assert.deepEqual(await files().read(at("a"), 100), bytes("one, two"));
    function* broken(): Generator<Uint8Array> {
      yield bytes("new");
      throw new AmapError("VALUE_INVALID", "half of a pair");
    }
    await assert.rejects(files().write(at("a"), broken()), fails("VALUE_INVALID"));
    assert.deepEqual(await files().read(at("a"), 100), bytes("one, two"));
  });

  test("overwrite: false refuses and keeps what is there", async () => {
    await files().write(at("key"), bytes("old"), { overwrite: false });
    await assert.rejects(files().write(at("key"), bytes("new"), { overwrite: false }), fails("USAGE"));
    assert.deepEqual(await files().read(at("key"), 100), bytes("old"));
    assert.equal((await files().list(at("."), 100)).length, 1);
  });

  test("of two writers with overwrite: false exactly one wins", async () => {
    const writes = ["a", "b"].map((text) => files().write(at("key"), bytes(text), { overwrite: false }));
    const outcomes = await Promise.allSettled(writes);
    assert.deepEqual(outcomes.map((outcome) => outcome.status).sort(), ["fulfilled", "rejected"]);
  });

  test("of many writers one whole content stays", async () => {
    const contents = Array.from({ length: 8 }, (_, index) => bytes(String(index).repeat(50_000)));
    await Promise.all(contents.map((content) => files().write(at("a"), content)));
    const found = await files().read(at("a"), 100_000);
    assert.ok(contents.some((content) => Buffer.compare(content, found) === 0));
    assert.equal((await files().list(at("."), 100)).length, 1);
  });

  test("writing into a missing folder or over a folder is refused", async () => {
    await files().makeDirectory(at("folder"));
    await assert.rejects(files().write(at("none/a"), bytes("x")), fails("FILE_NOT_FOUND"));
    await assert.rejects(files().write(at("folder"), bytes("x")), fails("FILE_UNREADABLE"));
    assert.equal(await files().kindOf(at("none")), undefined);
  });

  test("the caller's later changes to its bytes do not reach the file", async () => {
    const content = bytes("abc");
    await files().write(at("a"), content);
    content.fill(0);
    assert.deepEqual(await files().read(at("a"), 10), bytes("abc"));
  });
}

function readInChunks(files: () => Files, at: At): void {
  const chunksOf = async (path: string): Promise<Uint8Array[]> => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of files().readChunks(at(path))) chunks.push(chunk);
    return chunks;
  };

  test("the chunks of a file are its content, none empty, none larger than 1 MiB", async () => {
    const content = Uint8Array.from({ length: 2_500_000 }, (_, index) => index % 251);
    await files().write(at("large"), content);
    const chunks = await chunksOf("large");
    assert.ok(chunks.every((chunk) => chunk.length > 0 && chunk.length <= 2 ** 20));
    assert.equal(Buffer.compare(Buffer.concat(chunks), content), 0);
    await files().write(at("empty"), bytes(""));
    assert.deepEqual(await chunksOf("empty"), []);
  });

  test("a chunk is the caller's: neither the file nor another chunk changes it, nor it them", async () => {
    await files().write(at("a"), bytes("x".repeat(2_000_000)));
    let first: Uint8Array | undefined;
    for await (const chunk of files().readChunks(at("a"))) {
      first ??= chunk;
      if (chunk !== first) assert.ok(chunk.every((byte) => byte === 0x78));
      first.fill(0);
    }
    assert.ok(first?.every((byte) => byte === 0));
    assert.ok((await files().read(at("a"), 2_000_000)).every((byte) => byte === 0x78));
  });

  test("one who stops early leaves nothing open", async () => {
    await files().write(at("a"), bytes("x".repeat(2_000_000)));
    for (let round = 0; round < 50; round++) for await (const _ of files().readChunks(at("a"))) break;
    await files().remove(at("a"));
    assert.equal(await files().kindOf(at("a")), undefined);
  });

  test("chunks of what is not there, or of a folder, are refused", async () => {
    await files().makeDirectory(at("folder"));
    await assert.rejects(chunksOf("none"), fails("FILE_NOT_FOUND"));
    await assert.rejects(chunksOf("folder"), fails("FILE_UNREADABLE"));
  });
}

function readAtPlaces(files: () => Files, at: At): void {
  test("the first bytes of a file, or all of a smaller one", async () => {
    await files().write(at("a"), bytes("12345"));
    const read = await Promise.all([0, 3, 5, 9].map((length) => files().readStart(at("a"), length)));
    assert.deepEqual(read, ["", "123", "12345", "12345"].map(bytes));
    await files().makeDirectory(at("folder"));
    await assert.rejects(files().readStart(at("none"), 3), fails("FILE_NOT_FOUND"));
    await assert.rejects(files().readStart(at("folder"), 3), fails("FILE_UNREADABLE"));
  });

  test("an opened file is read at any place, and ends where it ends", async () => {
    const content = Uint8Array.from({ length: 300_000 }, (_, index) => index % 251);
    await files().write(at("a"), content);
    const file = await files().open(at("a"));
    try {
      assert.equal(file.size, content.length);
      for (const [from, length] of [
        [0, 10],
        [299_000, 5_000],
        [150_000, 100_000],
        [300_000, 5],
      ] as const) {
        assert.deepEqual(await file.read(from, length), content.slice(from, from + length));
      }
    } finally {
      await file.close();
    }
  });

  test("what is no regular file is not opened", async () => {
    await files().makeDirectory(at("folder"));
    await assert.rejects(files().open(at("none")), fails("FILE_NOT_FOUND"));
    await assert.rejects(files().open(at("folder")), fails("FILE_UNREADABLE"));
  });
}

function scratches(files: () => Files, at: At): void {
  test("a scratch file is written at its end, read at any place, emptied, and never seen by anybody", async () => {
    const beside = at("large.db");
    const scratch = await files().openScratch(beside);
    try {
      assert.deepEqual([scratch.size, (await scratch.read(0, 10)).length], [0, 0]);
      for (const text of ["0123", "", "456789"]) await scratch.append(bytes(text));
      assert.deepEqual([scratch.size, await scratch.read(2, 4)], [10, bytes("2345")]);
      assert.deepEqual(await scratch.read(8, 10), bytes("89"));
      await scratch.clear();
      await scratch.append(bytes("other"));
      assert.deepEqual([scratch.size, await scratch.read(0, 10)], [5, bytes("other")]);
      assert.equal(await files().kindOf(beside), undefined);
    } finally {
      await scratch.close();
    }
    assert.deepEqual(await files().list(at(""), 10), []);
  });

  test("a scratch file needs its folder", async () => {
    await assert.rejects(files().openScratch(at("none/large.db")), fails("FILE_NOT_FOUND"));
  });
}

function foldersAndLists(files: () => Files, at: At): void {
  test("a list has all files below, sorted, with size and mode", async () => {
    await files().makeDirectory(at("b/c"));
    await files().write(at("b/c/z"), bytes("123"), { mode: 0o600 });
    await files().write(at("b.txt"), bytes("1"));
    await files().write(at("a"), bytes(""));
    assert.deepEqual(await files().list(at("."), 100), [
      { path: "a", size: 0, mode: 0o644 },
      { path: "b.txt", size: 1, mode: 0o644 },
      { path: "b/c/z", size: 3, mode: 0o600 },
    ]);
  });

  test("a list of more entries than allowed is refused, not cut; folders count", async () => {
    await files().makeDirectory(at("b"));
    await files().write(at("b/a"), bytes("1"));
    assert.equal((await files().list(at("."), 2)).length, 1);
    await assert.rejects(files().list(at("."), 1), fails("LIMIT_EXCEEDED"));
  });

  test("only a folder can be listed", async () => {
    await files().write(at("a"), bytes("1"));
    await assert.rejects(files().list(at("a"), 10), fails("FILE_UNREADABLE"));
    await assert.rejects(files().list(at("none"), 10), fails("FILE_NOT_FOUND"));
  });

  test("kindOf tells files, folders and nothing apart", async () => {
    await files().makeDirectory(at("folder"));
    await files().write(at("folder/a"), bytes("1"));
    assert.equal(await files().kindOf(at("folder")), "directory");
    assert.equal(await files().kindOf(at("folder/a")), "file");
    assert.equal(await files().kindOf(at("folder/b")), undefined);
    assert.equal(await files().kindOf(at("folder/a/b")), undefined);
  });

  test("a folder is made with its parents, again without harm, but not over a file", async () => {
    await files().makeDirectory(at("x/y/z"));
    await files().makeDirectory(at("x/y/z"));
    assert.equal(await files().kindOf(at("x/y")), "directory");
    await files().write(at("x/file"), bytes("1"));
    await assert.rejects(files().makeDirectory(at("x/file")), fails("FILE_UNREADABLE"));
  });

  test("remove takes a file, a folder with all below, and nothing, without an error", async () => {
    await files().makeDirectory(at("x/y"));
    await files().write(at("x/y/a"), bytes("1"));
    await files().write(at("b"), bytes("1"));
    await files().remove(at("x"));
    await files().remove(at("none"));
    assert.deepEqual(
      (await files().list(at("."), 100)).map((entry) => entry.path),
      ["b"],
    );
    await files().remove(at("b"));
    assert.equal(await files().kindOf(at("b")), undefined);
  });
}

function links(under: () => FilesUnderTest, at: At): void {
  const pathsOf = async (followLinks: boolean): Promise<readonly string[]> =>
    (await under().files.list(at("."), 100, { followLinks })).map((entry) => entry.path);

  test("kindOf sees a link, or with followLinks what it leads to", async () => {
    const { files } = under();
    await files.makeDirectory(at("folder"));
    await files.write(at("file"), bytes("1"));
    const rows: readonly (readonly [target: string, kind: Awaited<ReturnType<Files["kindOf"]>>])[] = [
      ["file", "file"],
      ["folder", "directory"],
      ["nowhere", undefined],
      [at("file"), "file"],
    ];
    for (const [index, [target, kind]] of rows.entries()) {
      const path = at(`link-${index}`);
      await under().link(target, path);
      assert.equal(await files.kindOf(path), "other", target);
      assert.equal(await files.kindOf(path, { followLinks: true }), kind, target);
    }
  });

  test("a list leaves links out, or with followLinks has what they lead to with its size", async () => {
    const { files } = under();
    await files.makeDirectory(at("folder"));
    await files.write(at("folder/a"), bytes("123"));
    await under().link("folder/a", at("file-link"));
    assert.deepEqual(await pathsOf(false), ["folder/a"]);
    assert.deepEqual(await files.list(at("."), 100, { followLinks: true }), [
      { path: "file-link", size: 3, mode: 0o644 },
      { path: "folder/a", size: 3, mode: 0o644 },
    ]);
    assert.deepEqual(await files.read(at("file-link"), 100), bytes("123"));
  });

  test("a folder that is reached in several ways, or in a circle, is listed once", async () => {
    const { files } = under();
    await files.makeDirectory(at("real"));
    await files.write(at("real/a"), bytes("1"));
    await under().link("real", at("other"));
    await under().link("..", at("real/circle"));
    const found = await pathsOf(true);
    assert.equal(found.length, 1);
    assert.match(found[0] ?? "", /^(?:real|other)\/a$/);
  });

  test("a link that leads nowhere is an error of a list that follows links", async () => {
    await under().link("nowhere", at("lost"));
    assert.deepEqual(await pathsOf(false), []);
    await assert.rejects(pathsOf(true), (error) => isAmapError(error, "FILE_NOT_FOUND") && /lost/.test(error.message));
  });
}

function walks(under: () => FilesUnderTest, at: At): void {
  const walk = (path: string, skips?: (path: string) => boolean): Promise<readonly WalkedEntry[]> =>
    collect(under().files.walk(at(path), skips === undefined ? {} : { skips }));

  test("a walk has everything below, a folder before what is in it, links unfollowed", async () => {
    const { files } = under();
    await files.makeDirectory(at("r/b/c"));
    await files.write(at("r/b/c/z"), bytes("123"), { mode: 0o755 });
    await files.write(at("r/a"), bytes("1"));
    await files.write(at("outside"), bytes("1"));
    await under().link("../../outside", at("r/b/out"));
    await under().link("..", at("r/b/up"));
    assert.deepEqual(await walk("r"), [
      { path: "a", kind: "file", size: 1, mode: 0o644 },
      { path: "b", kind: "directory", size: 0, mode: 0 },
      { path: "b/c", kind: "directory", size: 0, mode: 0 },
      { path: "b/out", kind: "symlink", size: 0, mode: 0o777, linkPath: "../../outside" },
      { path: "b/up", kind: "symlink", size: 0, mode: 0o777, linkPath: ".." },
      { path: "b/c/z", kind: "file", size: 3, mode: 0o755 },
    ]);
  });

  test("a walk does not enter folders that are skipped", async () => {
    const { files } = under();
    await files.makeDirectory(at("r/.git/objects"));
    await files.makeDirectory(at("r/src"));
    await files.write(at("r/src/a"), bytes("1"));
    const paths = (await walk("r", (path) => path === ".git")).map(({ path }) => path);
    assert.deepEqual(paths, [".git", "src", "src/a"]);
  });

  test("only a folder can be walked", async () => {
    await under().files.write(at("a"), bytes("1"));
    await assert.rejects(walk("a"), fails("FILE_UNREADABLE"));
    await assert.rejects(walk("none"), fails("FILE_NOT_FOUND"));
  });
}

async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of source) found.push(item);
  return found;
}
