import { apkCataloger } from "./apk/apk.ts";
import type { Cataloger } from "./cataloger.ts";
import { dpkgCataloger } from "./dpkg/dpkg.ts";
import { npmCataloger } from "./npm/npm.ts";
import { osReleaseCataloger } from "./os-release/os-release.ts";
import { unsupportedSourceOf } from "./unsupported.ts";

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
  const relative = withoutSlash(path);
  return readsFile(relative) || unsupportedSourceOf(relative) !== undefined;
}

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
