import { link as linkFile, lstat, readFile, rm } from "node:fs/promises";
import { join, posix } from "node:path";
import { LIMITS } from "../../base/index.ts";

/**
 * Puts the files in the place of links to them. git wrote each link as a file that holds its target; one that leads out
 * of the folder, to a folder or nowhere stays that. No symbolic link is ever made, so that nothing that is read later can
 * leave `root`.
 */
export async function placeLinks(root: string, links: readonly string[]): Promise<void> {
  const targets = new Map<string, string>();
  const others = new Set<string>();
  for (const link of links) {
    const target = await targetOf(root, link);
    if (target === undefined) others.add(link);
    else targets.set(link, target);
  }
  for (const link of targets.keys()) {
    const file = followTo(link, targets);
    if (file === undefined || others.has(file) || !((await sizeOf(join(root, file))) >= 0)) continue;
    await rm(join(root, link));
    // Another name of the file, not a copy: a thousand links to a large file take no room.
    await linkFile(join(root, file), join(root, link));
  }
}

/** The path below `root` that a link says, or undefined when it leads out of it. */
async function targetOf(root: string, link: string): Promise<string | undefined> {
  if ((await sizeOf(join(root, link))) > LIMITS.pathBytes) return undefined;
  const text = await readFile(join(root, link), "utf8");
  if (text.startsWith("/") || text.includes("\0")) return undefined;
  const target = posix.join(posix.dirname(link), text);
  return target === ".." || target.startsWith("../") ? undefined : target;
}

/** Where links that lead to one another end; undefined for a circle. */
function followTo(link: string, targets: ReadonlyMap<string, string>): string | undefined {
  let at = link;
  for (let step = 0; step < LIMITS.linkDepth; step += 1) {
    const next = targets.get(at);
    if (next === undefined) return at;
    at = next;
  }
  return undefined;
}

/** Bytes of a regular file, or NaN for anything else. */
async function sizeOf(path: string): Promise<number> {
  const stats = await lstat(path).catch(() => undefined);
  return stats?.isFile() === true ? stats.size : Number.NaN;
}
