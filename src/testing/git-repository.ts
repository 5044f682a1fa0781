import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { writeTree } from "./cli-runner.ts";

/** A bare repository in a folder, made with the installed git. */
export interface GitRepository {
  /** Its folder, `…/team/policies.git`. */
  readonly path: string;
  /** Commits exactly these files to a branch. */
  commit(branch: string, files: Readonly<Record<string, string>>): string;
  /** Runs git in the work tree, with input. */
  git(words: readonly string[], input?: string): string;
}

/** Makes `path` a bare repository; a work tree beside it is removed with the folder. */
export function createGitRepository(path: string): GitRepository {
  const work = `${path}-work`;
  const env = {
    PATH: process.env["PATH"],
    HOME: work,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_AUTHOR_NAME: "a",
    GIT_AUTHOR_EMAIL: "a@example.invalid",
    GIT_COMMITTER_NAME: "a",
    GIT_COMMITTER_EMAIL: "a@example.invalid",
    GIT_AUTHOR_DATE: "2026-01-01T00:00:00Z",
    GIT_COMMITTER_DATE: "2026-01-01T00:00:00Z",
  };
  const run = (words: readonly string[], input = ""): string =>
    execFileSync("git", words, { env, input, encoding: "utf8", stdio: ["pipe", "pipe", "pipe"] }).trim();
  const git: GitRepository["git"] = (words, input) => run(["--git-dir", path, "--work-tree", work, ...words], input);
  run(["init", "--quiet", "--bare", "--template=", "--initial-branch=main", path]);
  return {
    path,
    git,
    commit(branch, files) {
      rmSync(work, { recursive: true, force: true });
      writeTree(work, files);
      git(["add", "--all", "--force"]);
      const tree = git(["write-tree"]);
      const commit = git(["commit-tree", tree, "-m", "files"]);
      git(["update-ref", `refs/heads/${branch}`, commit]);
      rmSync(join(path, "index"), { force: true });
      return commit;
    },
  };
}
