import type { ResultBuilder } from "../cataloger.ts";
import { type RpmHeader, TAGS } from "./header.ts";

/**
 * What a package needs: names, capabilities and paths of files. Left out are what only rpm itself must be able to do
 * (`rpmlib(…)`) and conditions in brackets (`(a if b)`), which hold by more than what is installed.
 * @throws {AmapError} LIMIT_EXCEEDED above LIMITS.dependencies
 */
export function readNeeds(header: RpmHeader, builder: ResultBuilder): readonly string[] {
  builder.countDependencies(header.count(TAGS.requires));
  const needs = new Set(header.texts(TAGS.requires));
  return [...needs].filter((need) => !need.startsWith("rpmlib(") && !need.startsWith("("));
}

/** @throws {AmapError} LIMIT_EXCEEDED above LIMITS.dependencies */
export function readProvides(header: RpmHeader, builder: ResultBuilder): readonly string[] {
  builder.countDependencies(header.count(TAGS.provides));
  return [...new Set(header.texts(TAGS.provides))];
}

/** The paths of files among what packages need. */
export function neededPaths(needs: readonly string[]): ReadonlySet<string> {
  return new Set(needs.filter((need) => need.startsWith("/")));
}

/** The paths among those asked for that a package has. */
export function providedPaths(header: RpmHeader, wanted: ReadonlySet<string>): readonly string[] {
  const folders = header.texts(TAGS.folders);
  const indexes = header.numbers(TAGS.folderIndexes);
  return header
    .texts(TAGS.baseNames)
    .map((name, index) => `${folders[indexes[index] ?? -1] ?? ""}${name}`)
    .filter((path) => wanted.has(path));
}
