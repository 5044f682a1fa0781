import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { isAmapError } from "../../base/index.ts";
import { createGit } from "./git.ts";

const folder = mkdtempSync(join(tmpdir(), "amap-work-tree-"));
const tree = join(folder, "tree");
const env = { PATH: process.env["PATH"], HOME: folder, GIT_CONFIG_NOSYSTEM: "1", GIT_CONFIG_GLOBAL: "/dev/null" };
const git = (...words: readonly string[]): string =>
  execFileSync("git", ["-C", tree, "-c", "user.name=a", "-c", "user.email=a@example.invalid", ...words], {
    env,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  }).trim();
const read = (): ReturnType<ReturnType<typeof createGit>["workTree"]> =>
  createGit({ env: process.env, temporary: folder }).workTree(tree);

before(() => {
  execFileSync("git", ["init", "--quiet", "--initial-branch=main", tree], { env });
  writeFileSync(join(tree, ".gitignore"), "out\n");
  writeFileSync(join(tree, "a.txt"), "1\n");
  git("add", "--all");
  git("commit", "--quiet", "-m", "first");
});
after(() => rmSync(folder, { recursive: true, force: true }));

describe("a working tree", () => {
  test("is a commit of a branch, clean, without a remote", async () => {
    const commit = git("rev-parse", "HEAD");
    assert.deepEqual(await read(), { commit, ref: "refs/heads/main", tags: [], changedFiles: 0 });
  });
  test("has a remote, tags of both kinds, and no branch where a commit is checked out by itself", async () => {
    git("remote", "add", "origin", "https://me:secret@github.com/acme/shop.git");
    git("tag", "v1");
    git("tag", "-a", "-m", "annotated", "v1.0");
    git("checkout", "--quiet", "--detach");
    const { remote, tags, ref } = await read();
    assert.deepEqual([remote, tags, ref], ["https://me:secret@github.com/acme/shop.git", ["v1", "v1.0"], undefined]);
  });
  test("has changes: staged, not staged and new, but not what is ignored", async () => {
    writeFileSync(join(tree, "a.txt"), "2\n");
    git("add", "a.txt");
    writeFileSync(join(tree, "a.txt"), "3\n");
    writeFileSync(join(tree, "b.txt"), "new\n");
    writeFileSync(join(tree, "out"), "built\n");
    assert.equal((await read()).changedFiles, 2);
  });
  test("runs no filter, hook or monitor that its configuration names", async () => {
    const ran = join(folder, "ran");
    git("config", "filter.evil.clean", `touch ${ran}; cat`);
    git("config", "filter.evil.required", "true");
    git("config", "core.fsmonitor", `touch ${ran}`);
    writeFileSync(join(tree, ".gitattributes"), "* filter=evil\n");
    assert.equal((await read()).changedFiles, 3);
    assert.equal(existsSync(ran), false);
    // The twin: git itself runs it.
    git("-c", "core.fsmonitor=false", "add", "--renormalize", "a.txt");
    assert.equal(existsSync(ran), true);
  });
  test("runs no filter that a submodule's configuration names", async () => {
    const ran = join(folder, "ran-below");
    const inner = join(folder, "inner");
    execFileSync("git", ["init", "--quiet", inner], { env });
    git("-C", inner, "commit", "--quiet", "--allow-empty", "-m", "inner");
    git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", inner, "mod");
    const module = join(tree, "mod");
    writeFileSync(join(module, "f.txt"), "1\n");
    git("-C", module, "add", "f.txt");
    git("-C", module, "commit", "--quiet", "-m", "file");
    git("add", "mod");
    git("commit", "--quiet", "-m", "module");
    const { changedFiles } = await read();
    writeFileSync(join(tree, ".git", "modules", "mod", "info", "attributes"), "* filter=below\n");
    git("-C", module, "config", "filter.below.clean", `touch ${ran}; cat`);
    for (const directory of [tree, join(tree, "mod", "..")]) {
      utimesSync(join(module, "f.txt"), 1, 1);
      const { changedFiles: now } = await createGit({ env: process.env, temporary: folder }).workTree(directory);
      assert.equal(now, changedFiles);
      assert.equal(existsSync(ran), false);
    }
    // The twins: git itself runs it, and what is changed in there is seen.
    git("-c", "core.fsmonitor=false", "status");
    assert.equal(existsSync(ran), true);
    writeFileSync(join(module, "f.txt"), "2 and more\n");
    assert.equal((await read()).changedFiles, changedFiles + 1);
  });
  test("is none without a commit", async () => {
    const empty = join(folder, "empty");
    execFileSync("git", ["init", "--quiet", empty], { env });
    for (const directory of [empty, folder]) {
      await assert.rejects(createGit({ env: process.env }).workTree(directory), (error) =>
        isAmapError(error, "GIT_NOT_FOUND"),
      );
    }
  });
});
