import { AmapError, isAmapError } from "../../base/index.ts";
import type { Files } from "../../ports/index.ts";
import { compileEntries, type RegistriesConf, type RegistryEntry, readEntries } from "./registries-conf.ts";

/** Which configuration, and how it is read. */
export interface RegistriesConfPlace {
  /** A file, or `system` for the user's file or the system's. */
  readonly file: string;
  readonly files: Pick<Files, "read" | "kindOf" | "list">;
  /** HOME is read. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where the system's files are; `/etc/containers` when left out. */
  readonly systemFolder?: string;
}

const FILE_BYTES = 1024 * 1024;
const FILES = 1_000;

/**
 * Reads which places repositories are read from. A named file is read alone.
 *
 * @throws {AmapError} REGISTRIES_CONF_INVALID, NOT_SUPPORTED, FILE_NOT_FOUND, FILE_UNREADABLE, LIMIT_EXCEEDED
 * @see https://github.com/containers/container-libs/blob/main/image/docs/containers-registries.conf.5.md
 * @example
 * ```ts
 * import { createFileSystem } from "../filesystem/index.ts";
 * import { loadRegistriesConf } from "./index.ts";
 * const place = { file: "/nonexistent/registries.conf", files: createFileSystem(), env: {} };
 * const error = await loadRegistriesConf(place).catch((error) => error);
 * error.code; // "FILE_NOT_FOUND"
 * ```
 */
export async function loadRegistriesConf(place: RegistriesConfPlace): Promise<RegistriesConf> {
  const paths = place.file === "system" ? await systemFiles(place) : [place.file];
  const byPrefix = new Map<string, RegistryEntry>();
  for (const path of paths) {
    for (const entry of readEntries(await place.files.read(path, FILE_BYTES), path)) byPrefix.set(entry.prefix, entry);
  }
  return compileEntries([...byPrefix.values()]);
}

async function systemFiles({ files, env, systemFolder = "/etc/containers" }: RegistriesConfPlace) {
  const home = env["HOME"] ?? "";
  const folders = [systemFolder, ...(home === "" ? [] : [`${home}/.config/containers`])];
  const main: string[] = [];
  for (const folder of folders.toReversed()) {
    const path = `${folder}/registries.conf`;
    if (main.length === 0 && (await files.kindOf(path, { followLinks: true })) === "file") main.push(path);
  }
  const added = await Promise.all(folders.map((folder) => droppedIn(files, `${folder}/registries.conf.d`)));
  const all = [...main, ...added.flat()];
  if (all.length > 0) return all;
  throw new AmapError("FILE_NOT_FOUND", `there is no registries.conf in ${folders.join(" or ")}`, {
    hint: "Name the file with --registries-conf FILE, or leave the flag out: then no mirrors are used.",
  });
}

/** The files of a folder in the order of their names; none where there is no such folder. */
async function droppedIn(files: RegistriesConfPlace["files"], folder: string): Promise<readonly string[]> {
  try {
    const entries = await files.list(folder, FILES, { followLinks: true });
    return entries.filter(({ path }) => /^[^/]+\.conf$/.test(path)).map(({ path }) => `${folder}/${path}`);
  } catch (error) {
    if (isAmapError(error, "FILE_NOT_FOUND") && (await files.kindOf(folder)) === undefined) return [];
    throw error;
  }
}
