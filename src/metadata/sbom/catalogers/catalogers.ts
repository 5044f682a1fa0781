import { apkCataloger } from "./apk/apk.ts";
import { baseName, type Cataloger } from "./cataloger.ts";
import { dpkgCataloger } from "./dpkg/dpkg.ts";
import { npmCataloger } from "./npm/npm.ts";
import { osReleaseCataloger } from "./os-release/os-release.ts";
import { UNSUPPORTED_PLACES, unsupportedSourceOf } from "./unsupported.ts";

/** Every cataloger, in the order they run: the operating system first, since package URLs name it. */
export const CATALOGERS: readonly Cataloger[] = [osReleaseCataloger, dpkgCataloger, apkCataloger, npmCataloger];

/**
 * Whether {@link catalogFiles} has something to say about a file: it reads it, or it notes that it cannot. The path is
 * relative to the artifact's root, with or without a leading slash.
 * @example
 * ```ts
 * import { wantsFile } from "../../index.ts";
 * wantsFile("app/package-lock.json"); // true
 * wantsFile("usr/share/java/log4j.jar"); // true: noted as not looked at
 * wantsFile("etc/hostname"); // false
 * ```
 */
export function wantsFile(path: string): boolean {
  return fileKindOf(path) !== undefined;
}

/**
 * What a file is to {@link catalogFiles}, or undefined where it does not want it. Two paths of one kind that lead to the
 * same file say the same, so one of them is enough.
 * @example
 * ```ts
 * import { fileKindOf } from "../../index.ts";
 * fileKindOf("etc/os-release") === fileKindOf("usr/lib/os-release"); // true
 * ```
 */
export function fileKindOf(path: string): string | undefined {
  const relative = withoutSlash(path);
  const cataloger = CATALOGERS.find((row) => row.wants(relative));
  if (cataloger === undefined) return unsupportedSourceOf(relative)?.what;
  // One cataloger reads several kinds of files, and their names tell them apart; where a place has a `*`, the name that
  // stands there has a meaning, such as the package that a copyright file is of.
  const isAnyOf = cataloger.places !== undefined && !cataloger.places.includes(relative);
  return `${cataloger.id}:${isAnyOf ? relative : baseName(relative)}`;
}

/**
 * Where package databases must be looked for whatever links lead there, without leading slash; `*` stands for any one
 * name. A database's folder can be a link to another one: no file then has the name that {@link wantsFile} knows.
 */
export const CATALOG_PLACES: readonly string[] = [
  ...CATALOGERS.flatMap(({ places }) => places ?? []),
  ...UNSUPPORTED_PLACES,
];

/**
 * Whether {@link catalogFiles} reads a file's bytes. Where {@link wantsFile} is true and this is false, an empty array
 * may stand for the bytes, so that an image's Java archives need not be loaded only to be noted.
 * @example
 * ```ts
 * import { readsFile } from "../../index.ts";
 * readsFile("usr/share/java/log4j.jar"); // false
 * ```
 */
export function readsFile(path: string): boolean {
  const relative = withoutSlash(path);
  return CATALOGERS.some((cataloger) => cataloger.wants(relative));
}

/** The form of paths that catalogers see. */
export function withoutSlash(path: string): string {
  return path.replace(/^(?:\.?\/)+/, "");
}
