import { AmapError, LIMITS, matchesWildcard } from "../../base/index.ts";
import type { World } from "../world.ts";

/** The process's standard input, as a file. */
const STANDARD_INPUT = "/dev/stdin";

/**
 * Paths as arguments name them: `-` is standard input, and what holds `*` or `?` and is no file is every file that
 * matches it, in order; `*` and `?` stay within a folder, `**` goes through any number of them. Hidden files and folders
 * are left out unless their pattern begins with a point, too.
 * @throws {AmapError} FILE_NOT_FOUND when nothing matches, USAGE for standard input twice
 */
export async function expandPaths(world: World, paths: readonly string[]): Promise<readonly string[]> {
  if (paths.filter((path) => path === "-").length > 1) throw new AmapError("USAGE", "standard input can be read once");
  const expanded: string[] = [];
  for (const path of paths) {
    if (path === "-") expanded.push(STANDARD_INPUT);
    else if (await isPattern(world, path)) expanded.push(...(await matchFiles(world, path)));
    else expanded.push(path);
  }
  return expanded;
}

async function isPattern(world: World, path: string): Promise<boolean> {
  return /[*?]/.test(path) && (await world.files.kindOf(path, { followLinks: true })) === undefined;
}

async function matchFiles(world: World, pattern: string): Promise<readonly string[]> {
  const segments = pattern.split("/");
  const at = segments.findIndex((segment) => /[*?]/.test(segment));
  const [fixed, open] = [segments.slice(0, at), segments.slice(at)];
  const folder = fixed.length === 0 ? "." : fixed.join("/") || "/";
  const prefix = fixed.length === 0 ? "" : `${fixed.join("/")}/`;
  if ((await world.files.kindOf(folder, { followLinks: true })) !== "directory") throw nothing(pattern);
  const entries = await world.files.list(folder, LIMITS.layerEntries, { followLinks: true });
  const found = entries.filter(({ path }) => matchesSegments(open, path.split("/")));
  if (found.length === 0) throw nothing(pattern);
  return found.map(({ path }) => prefix + path);
}

function nothing(pattern: string): AmapError {
  return new AmapError("FILE_NOT_FOUND", `${pattern}: no file matches`);
}

/** Whether path segments match patterns. A `**` takes none, one or more of them. */
function matchesSegments(patterns: readonly string[], segments: readonly string[]): boolean {
  // Which patterns may be done before each segment: no more steps than patterns times segments.
  let reached = skipped(patterns, new Set([0]));
  for (const segment of segments) {
    const next = new Set<number>();
    for (const at of reached) {
      const pattern = patterns[at];
      if (pattern === undefined || (segment.startsWith(".") && !pattern.startsWith("."))) continue;
      if (pattern === "**") next.add(at);
      else if (matchesWildcard(pattern, segment)) next.add(at + 1);
    }
    reached = skipped(patterns, next);
  }
  return reached.has(patterns.length);
}

/** With every place that a `**` may be left out from. */
function skipped(patterns: readonly string[], places: ReadonlySet<number>): ReadonlySet<number> {
  const all = new Set(places);
  for (const at of all) if (patterns[at] === "**") all.add(at + 1);
  return all;
}
