import { AmapError } from "../../../base/index.ts";

/** That an xz stream is not what it has to be. */
export function damaged(what: string): AmapError {
  return new AmapError("ARCHIVE_INVALID", `the xz stream is damaged: ${what}`);
}
