import { resolve } from "node:path";
import { AmapError, isAmapError } from "../../base/index.ts";
import type { WorkTree } from "../../ports/index.ts";
import { type GitRunner, runGit } from "./run-git.ts";

/** Tags of one commit that are told. */
const MAX_TAGS = 1_000;

/**
 * What git says of a working tree, without changing it. The folder is the user's own, whoever owns its files (in a job's
 * container it is often somebody else); filters that its configuration names are not run, so that a file which one of
 * them made counts as changed where git has to look into it.
 */
export async function describeWorkTree(runner: GitRunner, directory: string): Promise<WorkTree> {
  const folder = resolve(directory);
  const git = {
    ...runner,
    env: { ...runner.env, GIT_OPTIONAL_LOCKS: "0" },
    settings: [...runner.settings, `safe.directory=${folder}`, "safe.directory=*"],
  };
  const ask = (...words: readonly string[]): Promise<string> => runGit(git, ["-C", folder, ...words]);
  const commit = (await found(ask("rev-parse", "--verify", "--quiet", "HEAD^{commit}"))) ?? "";
  if (commit === "") {
    throw new AmapError("GIT_NOT_FOUND", `${directory}: there is no commit of git here`, {
      hint: "Name the folder of a checkout with --directory.",
    });
  }
  const branch = (await found(ask("symbolic-ref", "--quiet", "HEAD"))) ?? "";
  const remote = (await found(ask("config", "--local", "--get", "remote.origin.url"))) ?? "";
  const tags = (await ask("tag", "--points-at", "HEAD")).split("\n").filter((tag) => tag !== "");
  const filters = await filtersOf(ask);
  return {
    commit,
    ...(branch === "" ? {} : { ref: branch }),
    ...(remote === "" ? {} : { remote }),
    tags: tags.slice(0, MAX_TAGS),
    changedFiles: await countChanges({ ...git, settings: [...git.settings, ...filters] }, folder),
  };
}

/** What git answers; undefined where it says by its status that there is no such thing. */
async function found(answer: Promise<string>): Promise<string | undefined> {
  try {
    return (await answer).trim();
  } catch (error) {
    if (isAmapError(error, "GIT_FAILED") || isAmapError(error, "GIT_NOT_FOUND")) return undefined;
    throw error;
  }
}

/** Settings that keep each filter of the repository's own configuration from being run. */
async function filtersOf(ask: (...words: readonly string[]) => Promise<string>): Promise<readonly string[]> {
  const names = (await found(ask("config", "--name-only", "--get-regexp", "^filter\\."))) ?? "";
  const drivers = new Set(
    names.split("\n").flatMap((name) => {
      const driver = name.replace(/^filter\./, "").replace(/\.[^.]*$/, "");
      return driver === "" ? [] : [driver];
    }),
  );
  if ([...drivers].some((driver) => driver.includes("="))) {
    throw new AmapError("GIT_FAILED", "the repository's configuration names a filter that cannot be turned off");
  }
  return [...drivers].flatMap((driver) => [
    `filter.${driver}.clean=`,
    `filter.${driver}.process=`,
    `filter.${driver}.required=false`,
  ]);
}

/** Files that differ from the commit, staged or not, and files that are not in it and not ignored. */
async function countChanges(git: GitRunner, folder: string): Promise<number> {
  let count = 0;
  const words = [
    "status",
    "--porcelain=v1",
    "-z",
    "--no-renames",
    "--untracked-files=normal",
    "--ignore-submodules=none",
  ];
  await runGit(git, ["-C", folder, ...words], {
    read: (chunk) => {
      for (const byte of chunk) if (byte === 0) count += 1;
      return undefined;
    },
  });
  return count;
}
