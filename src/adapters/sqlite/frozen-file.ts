import { statSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { AmapError } from "../../base/index.ts";

/** SQLite's primary codes for a file, or files beside it, that cannot be written or made: SQLITE_READONLY, SQLITE_CANTOPEN. */
const UNWRITABLE = new Set([8, 14]);

/** Whether SQLite failed since it may not write: a file in write-ahead mode needs two files beside it, also to be read. */
export function isUnwritable(cause: unknown): boolean {
  const code = cause instanceof Error && "errcode" in cause ? cause.errcode : undefined;
  return typeof code === "number" && UNWRITABLE.has(code & 0xff);
}

/**
 * The address by which SQLite reads a file that nobody writes, without files beside it.
 * @throws {AmapError} DATABASE_INVALID where a part of it stands in the log beside it, which would be passed over
 */
export function frozenAddress(path: string): URL {
  if ((statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0) {
    const message = `the folder of the advisory database ${path} cannot be written to, and a part of the database is in ${path}-wal`;
    throw new AmapError("DATABASE_INVALID", message, {
      hint: "Run `amap db status` once where the folder can be written to, then copy the database again.",
    });
  }
  const address = pathToFileURL(path);
  address.searchParams.set("immutable", "1");
  return address;
}

/** Makes what throws once somebody wrote the file after all: what was read since may be of two states. */
export function watchFrozen(path: string): () => void {
  const stateOf = (): string => {
    const { ino, size, mtimeNs } = statSync(path, { bigint: true });
    return `${ino} ${size} ${mtimeNs} ${statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0}`;
  };
  const before = stateOf();
  return () => {
    if (stateOf() === before) return;
    const message = `the advisory database ${path} was changed while it was read from a folder that cannot be written to`;
    throw new AmapError("DATABASE_INVALID", message, { hint: "Run the command again." });
  };
}
