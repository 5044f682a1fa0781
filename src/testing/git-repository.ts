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
  /** Writes a commit by hand, signed or not, and lets the branch be it. Files are all that it holds. */
  readonly write: (branch: string, commit: WrittenCommit) => string;
  /** Runs git in the work tree, with input. */
  git(words: readonly string[], input?: string): string;
}

/** A commit in all its parts. */
export interface WrittenCommit {
  readonly files: Readonly<Record<string, string>>;
  /** `Alice <alice@example.com>`. */
  readonly author: string;
  /** The author when left out. */
  readonly committer?: string;
  readonly message: string;
  /** The branch's commit, if it has one, when left out. */
  readonly parents?: readonly string[];
  /** RFC 3339, of author and committer; the begin of 2026 when left out. */
  readonly at?: string;
  /** Makes the armoured signature of the commit's bytes. */
  readonly sign?: (payload: string) => string;
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
  const writeFiles = (files: Readonly<Record<string, string>>): string => {
    rmSync(work, { recursive: true, force: true });
    writeTree(work, files);
    rmSync(join(path, "index"), { force: true });
    git(["add", "--all", "--force"]);
    return git(["write-tree"]);
  };
  run(["init", "--quiet", "--bare", "--template=", "--initial-branch=main", path]);
  return {
    path,
    git,
    write(branch, { files, author, committer = author, message, parents, at = "2026-01-01T00:00:00Z", sign }) {
      const tree = writeFiles(files);
      const before = git(["for-each-ref", "--format=%(objectname)", `refs/heads/${branch}`]);
      const time = `${Date.parse(at) / 1000} +0000`;
      const head = [
        `tree ${tree}`,
        ...(parents ?? (before === "" ? [] : [before])).map((parent) => `parent ${parent}`),
        `author ${author} ${time}`,
        `committer ${committer} ${time}`,
      ].join("\n");
      const signature = sign?.(`${head}\n\n${message}`).trimEnd().replaceAll("\n", "\n ");
      const signed = signature === undefined ? "" : `\ngpgsig ${signature}`;
      const commit = git(["hash-object", "-t", "commit", "-w", "--stdin"], `${head}${signed}\n\n${message}`);
      git(["update-ref", `refs/heads/${branch}`, commit]);
      return commit;
    },
    commit(branch, files) {
      const tree = writeFiles(files);
      const commit = git(["commit-tree", tree, "-m", "files"]);
      git(["update-ref", `refs/heads/${branch}`, commit]);
      rmSync(join(path, "index"), { force: true });
      return commit;
    },
  };
}
