import { rmSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { AmapError, isAmapError } from "../../base/index.ts";
import { onInterruption } from "./interruption.ts";
import { type GitRunner, runGit } from "./run-git.ts";

/** A repository of amap's own that holds nothing but a view of another one's objects. */
export interface BorrowedRepository {
  readonly git: GitRunner;
  /** It is there until `act` ends. */
  readonly folder: string;
  /** `--git-dir …`: nothing of the other repository's configuration, hooks, attributes, grafts or replacements is in it. */
  readonly inside: readonly string[];
  /** Whether the other one lacks commits that its own stand on. */
  readonly isShallow: boolean;
  /** The commit that a branch, tag or id of the other repository is. */
  commitOf(revision: string): Promise<string>;
}

/** No protocol has this name: what a repository's configuration says about fetching cannot start anything. */
const NO_PROTOCOL = { GIT_ALLOW_PROTOCOL: "none" };

/**
 * Lends `act` the objects of the repository of a folder. In that repository itself only names are looked up.
 * @throws {AmapError} GIT_NOT_FOUND, GIT_FAILED, TIMEOUT, and what `act` throws
 */
export async function borrowRepository<T>(
  runner: GitRunner,
  directory: string,
  temporary: string,
  act: (repository: BorrowedRepository) => Promise<T>,
): Promise<T> {
  // In a job's container the files are often somebody else's; nothing that they could name is started here.
  const settings = [...runner.settings, "safe.directory=*"];
  const git: GitRunner = { ...runner, settings, env: { ...runner.env, ...NO_PROTOCOL } };
  const source = resolve(directory);
  const { common, format, isShallow } = await describeRepository(git, source);
  const folder = await mkdtemp(join(temporary, "amap-git-"));
  const takeBack = onInterruption(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  try {
    await mkdir(join(folder, "objects", "info"), { recursive: true });
    await mkdir(join(folder, "refs"));
    await writeFile(join(folder, "HEAD"), "ref: refs/heads/none\n");
    const extensions = format === "sha1" ? "" : `[extensions]\n\tobjectFormat = ${format}\n`;
    await writeFile(join(folder, "config"), `[core]\n\trepositoryformatversion = 1\n\tbare = true\n${extensions}`);
    await writeFile(join(folder, "objects", "info", "alternates"), `${join(common, "objects")}\n`);
    return await act({
      git,
      folder,
      inside: ["--git-dir", folder],
      isShallow,
      commitOf: (revision) => resolveRevision(git, source, revision),
    });
  } finally {
    takeBack();
    await rm(folder, { recursive: true, force: true });
  }
}

async function describeRepository(
  git: GitRunner,
  source: string,
): Promise<{ readonly common: string; readonly format: string; readonly isShallow: boolean }> {
  const words = ["rev-parse", "--path-format=absolute", "--git-common-dir", "--show-object-format"];
  const output = await askSource(git, source, [...words, "--is-shallow-repository"]);
  const [common = "", format = "", shallow = "", ...others] = output.trimEnd().split("\n");
  // A line end in the path would make it two, and the second a folder of somebody's choice.
  if (others.length > 0 || !/^sha(?:1|256)$/.test(format) || !common.startsWith("/"))
    throw new AmapError("GIT_FAILED", `${git.what}: git describes the repository in a way that is not understood`);
  return { common, format, isShallow: shallow !== "false" };
}

/** The id of a revision's commit, in the repository that has its name. */
async function resolveRevision(git: GitRunner, source: string, revision: string): Promise<string> {
  const words = ["rev-parse", "--verify", "--quiet", "--end-of-options", `${revision}^{commit}`];
  const commit = (await askSource(git, source, words)).trim();
  if (!/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/.test(commit))
    throw new AmapError("GIT_FAILED", `${git.what}: expected a commit's id of git, found something else`);
  return commit;
}

async function askSource(git: GitRunner, source: string, words: readonly string[]): Promise<string> {
  try {
    return await runGit(git, ["-C", source, ...words]);
  } catch (error) {
    if (!isAmapError(error, "GIT_FAILED") || /not installed|cannot be started/.test(error.message)) throw error;
    throw new AmapError("GIT_NOT_FOUND", `${git.what}: there is no such repository or revision`, {
      hint: "Name a folder with a git repository, and one of its branches, tags or commits.",
      cause: error,
    });
  }
}
