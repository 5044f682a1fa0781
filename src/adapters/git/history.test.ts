import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { isAmapError } from "../../base/index.ts";
import { createGitRepository, type GitRepository } from "../../testing/git-repository.ts";
import { createGit } from "./git.ts";

const folder = mkdtempSync(join(tmpdir(), "amap-git-history-test-"));
const temporary = mkdtempSync(join(folder, "temporary-"));
const git = createGit({ env: process.env, temporary });
const AUTHOR = "A <a@example.com>";

after(() => rmSync(folder, { recursive: true, force: true }));

describe("history of a repository that means harm", () => {
  let repository: GitRepository;
  let ids: readonly [string, string, string];
  before(() => {
    repository = createGitRepository(join(folder, "hostile.git"));
    const write = (text: string): string =>
      repository.write("main", { files: { "d/a": text }, author: AUTHOR, message: `${text}\n` });
    ids = [write("1"), write("2"), write("3")];
  });
  const messages = async (): Promise<readonly string[]> =>
    (await git.history({ directory: repository.path, revision: ids[2] })).commits.map(({ message }) => message.trim());

  it("is what was committed, whatever replacements and grafts say", async () => {
    const other = repository.write("other", { files: { z: "1" }, author: AUTHOR, message: "made up\n", parents: [] });
    repository.git(["update-ref", `refs/replace/${ids[2]}`, other]);
    mkdirSync(join(repository.path, "info"), { recursive: true });
    writeFileSync(join(repository.path, "info", "grafts"), `${ids[1]}\n`);
    assert.deepEqual(await messages(), ["3", "2", "1"]);
    const bytes = await git.readBlob({ directory: repository.path, revision: ids[2], path: "d/a" });
    assert.equal(Buffer.from(bytes ?? []).toString(), "3");
  });

  it("runs nothing that its configuration names", async () => {
    const ran = join(folder, "ran");
    const script = join(folder, "script");
    writeFileSync(script, `#!/bin/sh\ntouch ${ran}\n`);
    chmodSync(script, 0o755);
    // A repository that lacks objects, and says where to get them: git would run the program there.
    const lines = [
      `[core]\n\tfsmonitor = ${script}\n\thooksPath = ${folder}\n\tsshCommand = ${script}\n\tpager = ${script}`,
      "[protocol]\n\tallow = always",
      '[protocol "file"]\n\tallow = always\n[protocol "ext"]\n\tallow = always',
      `[remote "origin"]\n\turl = file://${repository.path}\n\tuploadpack = ${script}\n\tpromisor = true`,
      `[diff]\n\texternal = ${script}`,
      "[extensions]\n\tpartialClone = origin",
    ];
    appendFileSync(join(repository.path, "config"), `${lines.join("\n")}\n`);
    assert.deepEqual(await messages(), ["3", "2", "1"]);
    for (const revision of ["main", "0123456789abcdef0123456789abcdef01234567"]) {
      await git.history({ directory: repository.path, revision }).catch(() => {});
      const checkout = await git.checkOutRevision({ directory: repository.path, revision }).catch(() => undefined);
      await checkout?.close();
    }
    assert.equal(existsSync(ran), false);
  });

  it("does not take another commit for an id", async () => {
    const broken = createGitRepository(join(folder, "broken.git"));
    const first = broken.write("main", { files: { a: "1" }, author: AUTHOR, message: "first\n" });
    const second = broken.write("main", { files: { a: "2" }, author: AUTHOR, message: "second\n" });
    const fileOf = (id: string): string => join(broken.path, "objects", id.slice(0, 2), id.slice(2));
    rmSync(fileOf(second), { force: true });
    execFileSync("cp", [fileOf(first), fileOf(second)]);
    await assert.rejects(git.history({ directory: broken.path, revision: "main" }), (error) => isAmapError(error));
  });

  it("names the paths that only a merge changes", async () => {
    const merging = createGitRepository(join(folder, "merging.git"));
    const write = (text: string, parents: readonly string[], b: string): string =>
      merging.write("main", { files: { a: text, b }, author: AUTHOR, message: `${text}\n`, parents });
    const [one, two] = [write("1", [], "1"), write("2", [], "2")];
    write("2", [one, two], "1");
    write("3", [one, two], "1");
    const { commits } = await git.history({ directory: merging.path, revision: "main", limit: 3 });
    assert.deepEqual(commits[0]?.changedPaths, ["a"]);
    const clean = await git.history({ directory: merging.path, revision: "main", paths: ["b"] });
    assert.deepEqual(clean.commits.map(({ id }) => id).sort(), [one, two].sort());
  });

  it("is refused where a shallow clone does not hold it", async () => {
    const shallow = join(folder, "shallow");
    const whole = createGitRepository(join(folder, "whole.git"));
    for (const text of ["1", "2"]) whole.write("main", { files: { a: text }, author: AUTHOR, message: `${text}\n` });
    execFileSync("git", ["clone", "--quiet", "--depth=1", `file://${whole.path}`, shallow]);
    await assert.rejects(git.history({ directory: shallow, revision: "HEAD" }), (error) => {
      assert.ok(isAmapError(error, "GIT_FAILED"), String(error));
      assert.match(error.message, /shallow clone/);
      return true;
    });
    assert.deepEqual(readdirSync(temporary), [], "nothing is left behind");
  });

  it("reads repositories of SHA-256, links and submodules as what they are", async () => {
    const wide = join(folder, "wide");
    const run = (...words: readonly string[]): string =>
      execFileSync("git", ["-C", wide, "-c", "user.name=A", "-c", "user.email=a@x", ...words], {
        encoding: "utf8",
      }).trim();
    execFileSync("git", ["init", "--quiet", "--object-format=sha256", "--initial-branch=main", wide]);
    writeFileSync(join(wide, "a"), "text");
    execFileSync("ln", ["-s", "a", join(wide, "link")]);
    run("add", ".");
    run("commit", "--quiet", "-m", "one");
    const { head, commits } = await git.history({ directory: wide, revision: "main" });
    assert.match(head, /^[0-9a-f]{64}$/);
    assert.deepEqual(commits[0]?.changedPaths, ["a", "link"]);
    assert.equal(
      Buffer.from((await git.readBlob({ directory: wide, revision: head, path: "a" })) ?? []).toString(),
      "text",
    );
    assert.equal(await git.readBlob({ directory: wide, revision: head, path: "link" }), undefined);
  });
});
