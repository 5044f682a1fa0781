import { AmapError } from "../../base/index.ts";

/** The system's name of an error (`ENOENT`), or undefined. */
export function errnoOf(error: unknown): string | undefined {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : undefined;
}

/** An error of the file system as one of amap's; others pass through unchanged. */
export function layoutFailure(error: unknown, action: string, path: string): unknown {
  const errno = errnoOf(error);
  if (error instanceof AmapError || errno === undefined) return error;
  return new AmapError("FILE_UNREADABLE", `cannot ${action} ${path}: ${errno}`, { cause: error });
}

/** What is wrong with the folder as a layout. */
export function invalidLayout(directory: string, problem: string): AmapError {
  return new AmapError("LAYOUT_INVALID", `${directory} is not a complete OCI layout: ${problem}`);
}
