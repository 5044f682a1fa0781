import {
  AmapError,
  encodeUtf8,
  formatTime,
  isAmapError,
  LIMITS,
  memberOf,
  parseTime,
  readJson,
} from "../../base/index.ts";
import type { Files } from "../../ports/index.ts";

/** The names of metadata files in the copy. */
export type MetadataName = "root" | "timestamp" | "snapshot" | "targets";

/** What is on this machine of one mirror, in the layout of cosign's cache, so that both can use the same folder. */
export interface LocalCopy {
  readonly directory: string;
  readMetadata(name: MetadataName): Promise<Uint8Array | undefined>;
  writeMetadata(name: MetadataName, bytes: Uint8Array): Promise<void>;
  readTarget(name: string): Promise<Uint8Array | undefined>;
  writeTarget(name: string, bytes: Uint8Array): Promise<void>;
  /** When the mirror was last asked, in milliseconds since 1970; undefined when that is not known. */
  checkedAt(): Promise<number | undefined>;
  writeCheckedAt(ms: number): Promise<void>;
  /** Forgets all of this mirror. */
  remove(): Promise<void>;
}

const OWNER_ONLY = { mode: 0o600 };
const SMALL_FILE_BYTES = 16 * 1024;

/** The copy of a mirror below `folder`. */
export function openCopy(files: Files, folder: string, mirror: string): LocalCopy {
  const directory = `${folder}/${folderNameOf(mirror)}`;
  const checkedFile = `${directory}.json`;
  const metadataFile = (name: MetadataName): string => `${directory}/${name}.json`;
  const targetFile = (name: string): string => `${directory}/targets/${encodeURIComponent(name)}`;
  return {
    directory,
    readMetadata: (name) => readIfThere(files, metadataFile(name), LIMITS.trustMetadataBytes),
    writeMetadata: async (name, bytes) => {
      await files.makeDirectory(directory);
      await files.write(metadataFile(name), bytes, OWNER_ONLY);
    },
    readTarget: (name) => readIfThere(files, targetFile(name), LIMITS.trustRootBytes),
    writeTarget: async (name, bytes) => {
      await files.makeDirectory(`${directory}/targets`);
      await files.write(targetFile(name), bytes, OWNER_ONLY);
    },
    checkedAt: async () => {
      const text = await readMember(files, checkedFile, "lastTimestamp");
      return text === undefined ? undefined : parseTime(text);
    },
    writeCheckedAt: (ms) =>
      files.write(checkedFile, encodeUtf8(JSON.stringify({ lastTimestamp: formatTime(ms) })), OWNER_ONLY),
    remove: async () => {
      await files.remove(directory);
      await files.remove(checkedFile);
    },
  };
}

/**
 * The mirror that was last initialised below a folder; undefined where none was.
 * @throws {AmapError} TRUST_REPOSITORY_INVALID for a note that cannot be read: another mirror must not take its place
 */
export async function readMirror(files: Files, folder: string): Promise<string | undefined> {
  const path = `${folder}/remote.json`;
  const mirror = await readMember(files, path, "mirror");
  if (mirror !== undefined || (await files.kindOf(path)) === undefined) return mirror;
  throw new AmapError("TRUST_REPOSITORY_INVALID", `${path}: expected JSON with the address of a mirror`, {
    hint: "Run `amap initialize` with a network; for a private repository with --mirror and --root.",
  });
}

/** Remembers a mirror, as cosign does. */
export async function writeMirror(files: Files, folder: string, mirror: string): Promise<void> {
  await files.makeDirectory(folder);
  await files.write(`${folder}/remote.json`, encodeUtf8(JSON.stringify({ mirror })), OWNER_ONLY);
}

/** cosign's name for the folder of an address: without scheme, in small letters, with `-` for `/` and `:`. */
function folderNameOf(mirror: string): string {
  const name = mirror.replace(/^https:\/\//, "").replace(/^http:\/\//, "");
  const plain = name.replaceAll(/[/\\:]/g, "-").toLowerCase();
  // What is left must stay one folder's name below the folder.
  return /^\.*$/.test(plain) ? `-${plain}` : plain;
}

async function readIfThere(files: Files, path: string, maxBytes: number): Promise<Uint8Array | undefined> {
  try {
    return await files.read(path, maxBytes);
  } catch (error) {
    if (isAmapError(error) && error.code === "FILE_NOT_FOUND") return undefined;
    throw error;
  }
}

async function readMember(files: Files, path: string, name: string): Promise<string | undefined> {
  const bytes = await readIfThere(files, path, SMALL_FILE_BYTES);
  if (bytes === undefined) return undefined;
  try {
    const value = memberOf(readJson(bytes), name);
    return typeof value === "string" && value !== "" ? value : undefined;
  } catch (error) {
    if (isAmapError(error) && error.code === "JSON_INVALID") return undefined;
    throw error;
  }
}
