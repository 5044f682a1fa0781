import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, readlink, rm, stat, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { encodeUtf8, isAmapError } from "../../base/index.ts";
import { filesContract } from "../../ports/files.contract.ts";
import { createFileSystem } from "./index.ts";

// The contract states exact permissions; the umask of whoever runs the tests must not change them.
process.umask(0o022);

const makeRoot = (): Promise<string> => mkdtemp(join(tmpdir(), "amap-files-"));

filesContract("the file system", async () => {
  const root = await makeRoot();
  return { files: createFileSystem(), root, link: symlink, dispose: () => rm(root, { recursive: true }) };
});

async function inFolder(run: (root: string) => Promise<void>): Promise<void> {
  const root = await makeRoot();
  try {
    await run(root);
  } finally {
    await rm(root, { recursive: true });
  }
}

test("a list does not follow links, to files or to folders", () =>
  inFolder(async (root) => {
    const files = createFileSystem();
    await files.makeDirectory(`${root}/real`);
    await files.write(`${root}/real/a`, encodeUtf8("1"));
    await symlink(`${root}/real`, `${root}/folder-link`);
    await symlink(`${root}/real/a`, `${root}/file-link`);
    await symlink("..", `${root}/real/circle`);
    assert.deepEqual(
      (await files.list(root, 100)).map((entry) => entry.path),
      ["real/a"],
    );
    assert.equal(await files.kindOf(`${root}/folder-link`), "other");
  }));

test("removing a link leaves what it points to", () =>
  inFolder(async (root) => {
    const files = createFileSystem();
    await files.makeDirectory(`${root}/real`);
    await files.write(`${root}/real/a`, encodeUtf8("1"));
    await symlink(`${root}/real`, `${root}/link`);
    await files.remove(`${root}/link`);
    assert.equal(await files.kindOf(`${root}/real/a`), "file");
  }));

test("a write through a link changes the file it points to and keeps the link", () =>
  inFolder(async (root) => {
    const files = createFileSystem();
    await files.write(`${root}/real`, encodeUtf8("old"));
    await symlink("real", `${root}/link`);
    await files.write(`${root}/link`, encodeUtf8("new"));
    assert.equal(await readlink(`${root}/link`), "real");
    assert.equal(await readFile(`${root}/real`, "utf8"), "new");
  }));

test("overwrite: false refuses a link that points nowhere", () =>
  inFolder(async (root) => {
    await symlink("nowhere", `${root}/link`);
    const write = createFileSystem().write(`${root}/link`, encodeUtf8("new"), { overwrite: false });
    await assert.rejects(write, (error) => isAmapError(error, "USAGE"));
    assert.equal(await readlink(`${root}/link`), "nowhere");
  }));

test("a private file never has wider permissions", () =>
  inFolder(async (root) => {
    const files = createFileSystem();
    await files.write(`${root}/key`, encodeUtf8("public"));
    await files.write(`${root}/key`, encodeUtf8("secret"), { mode: 0o600 });
    assert.equal((await stat(`${root}/key`)).mode & 0o777, 0o600);
  }));

test("a device is written to and stays a device", async () => {
  await createFileSystem().write("/dev/null", encodeUtf8("x"));
  assert.equal((await stat("/dev/null")).isCharacterDevice(), true);
});

test("a source without a size is read up to the limit only", async () => {
  const read = createFileSystem().read("/dev/zero", 100_000);
  await assert.rejects(read, (error) => isAmapError(error, "LIMIT_EXCEEDED"));
});

test("a pipe is read to its end", () =>
  inFolder(async (root) => {
    execFileSync("mkfifo", [`${root}/pipe`]);
    execFileSync("sh", ["-c", `(printf hello > "${root}/pipe") > /dev/null 2>&1 &`]);
    assert.deepEqual(await createFileSystem().read(`${root}/pipe`, 100), encodeUtf8("hello"));
  }));

test("a path with a null character is refused with a code", async () => {
  await assert.rejects(createFileSystem().read("a\0b", 10), (error) => isAmapError(error, "FILE_UNREADABLE"));
});

test("a walk of the whole system does not enter what the kernel shows of itself", async (context) => {
  if (!existsSync("/proc/self/mountinfo")) return context.skip("the system does not tell its mounts");
  for await (const { path, problem } of createFileSystem().walk("/")) {
    assert.ok(!path.startsWith("proc/"));
    if (path !== "proc") continue;
    assert.match(problem ?? "", /a mounted proc/);
    return;
  }
});

test("pipes are neither opened nor waited for", () =>
  inFolder(async (root) => {
    execFileSync("mkfifo", [`${root}/pipe`]);
    const files = createFileSystem();
    await assert.rejects(files.readStart(`${root}/pipe`, 8), (error) => isAmapError(error, "FILE_UNREADABLE"));
    await assert.rejects(files.open(`${root}/pipe`), (error) => isAmapError(error, "FILE_UNREADABLE"));
  }));
