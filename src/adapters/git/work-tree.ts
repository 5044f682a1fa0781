import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { AmapError, isAmapError, LIMITS } from "../../base/index.ts";
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
  const ask = async (...words: readonly string[]): Promise<string> =>
    (await runGit(git, ["-C", folder, ...words])).trim();
  const commit = (await found(ask("rev-parse", "--verify", "--quiet", "HEAD^{commit}"))) ?? "";
  if (commit === "") {
    throw new AmapError("GIT_NOT_FOUND", `${directory}: there is no commit of git here`, {
      hint: "Name the folder of a checkout with --directory.",
    });
  }
  const branch = (await found(ask("symbolic-ref", "--quiet", "HEAD"))) ?? "";
  const remote = (await found(ask("config", "--local", "--get", "remote.origin.url"))) ?? "";
  const tags = (await ask("tag", "--points-at", "HEAD")).split("\n").filter((tag) => tag !== "");
  // git looks at the whole tree, also where the folder is one inside it.
  const filters = await filtersOf(git, await ask("rev-parse", "--show-toplevel"));
  return {
    commit,
    ...(branch === "" ? {} : { ref: branch }),
    ...(remote === "" ? {} : { remote }),
    tags: tags.slice(0, MAX_TAGS),
    changedFiles: await countChanges({ ...git, settings: [...git.settings, ...filters] }, folder),
  };
}

/** What git answers; undefined where it says by its status that there is no such thing. */
async function found<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isAmapError(error, "GIT_FAILED") || isAmapError(error, "GIT_NOT_FOUND")) return undefined;
    throw error;
  }
}

/** What git prints between its zero bytes, whole: a list that is cut off would hide what stands at its end. */
async function listed(git: GitRunner, folder: string, ...words: readonly string[]): Promise<readonly string[]> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  await runGit(git, ["-C", folder, ...words], {
    read: (chunk) => {
      parts.push(chunk);
      bytes += chunk.length;
      if (bytes <= LIMITS.gitListBytes) return undefined;
      return new AmapError("LIMIT_EXCEEDED", `${git.what}: git lists more than ${LIMITS.gitListBytes} bytes`);
    },
  });
  const text = Buffer.concat(parts).toString("utf8");
  return text.split("\0").filter((part) => part !== "");
}

/**
 * Settings that keep each filter from being run which the configuration of the repository names, or that of a submodule
 * in it: git looks into those too, with the settings that it was given.
 */
async function filtersOf(git: GitRunner, folder: string): Promise<readonly string[]> {
  const drivers = new Set<string>();
  const open = [folder];
  let count = 0;
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    if (++count > LIMITS.gitSubmodules)
      throw new AmapError("LIMIT_EXCEEDED", `${git.what}: more than ${LIMITS.gitSubmodules} submodules`);
    const names = (await found(listed(git, place, "config", "-z", "--name-only", "--get-regexp", "^filter\\."))) ?? [];
    for (const name of names) drivers.add(name.replace(/^filter\./, "").replace(/\.[^.]*$/, ""));
    for (const entry of await listed(git, place, "ls-files", "--stage", "-z")) {
      const path = /^160000 \S+ \d\t(.*)$/su.exec(entry)?.[1];
      // A submodule that is not there has nothing in which git could look, and asking there would ask the repository above.
      if (path !== undefined && existsSync(join(place, path, ".git"))) open.push(join(place, path));
    }
  }
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
