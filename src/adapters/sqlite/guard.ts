import { AmapError } from "../../base/index.ts";

/** Runs what asks SQLite; its errors become one of amap's, with the file's name; amap's own pass. */
export type Guard = <T>(action: string, run: () => T) => T;

/** Makes the guard of one file. */
export function createGuard(path: string): Guard {
  return (action, run) => {
    try {
      return run();
    } catch (cause) {
      if (!isSqliteError(cause)) throw cause;
      throw new AmapError("DATABASE_INVALID", `cannot ${action} the advisory database ${path}: ${cause.message}`, {
        cause,
      });
    }
  };
}

function isSqliteError(cause: unknown): cause is Error {
  // A number that no JavaScript number holds is none that amap wrote.
  const codes: readonly unknown[] = ["ERR_SQLITE_ERROR", "ERR_OUT_OF_RANGE"];
  return cause instanceof Error && "code" in cause && codes.includes(cause.code);
}
