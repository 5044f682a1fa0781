import { AmapError } from "../../base/index.ts";

/** What a failed call of the file system means to the user: there is nothing there, or it cannot be used. */
export function fileError(cause: unknown, action: string, path: string): AmapError {
  if (cause instanceof AmapError) return cause;
  const code = errnoOf(cause);
  if (code === "ENOENT" || code === "ENOTDIR") {
    return new AmapError("FILE_NOT_FOUND", `cannot ${action} ${path}: no such file or folder`, { cause });
  }
  return new AmapError("FILE_UNREADABLE", `cannot ${action} ${path}: ${REASONS.get(code) ?? code}`, { cause });
}

/** The system's name of an error (`ENOENT`), or `unknown error`. */
export function errnoOf(cause: unknown): string {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  return typeof code === "string" ? code : "unknown error";
}

const REASONS: ReadonlyMap<string, string> = new Map([
  ["EACCES", "permission denied"],
  ["EPERM", "operation not permitted"],
  ["EISDIR", "it is a folder"],
  ["EEXIST", "something else is there"],
  ["ENOSPC", "the disk is full"],
  ["EDQUOT", "the disk quota is used up"],
  ["EROFS", "the file system is read-only"],
  ["ELOOP", "its links go in a circle"],
  ["ENAMETOOLONG", "the name is too long"],
  ["EMFILE", "too many files are open"],
  ["ERR_INVALID_ARG_VALUE", "the path holds a null character"],
]);
