import { closeSync, openSync, writeSync } from "node:fs";
import { AmapError } from "../base/index.ts";

/** A file in place of standard output. */
export interface OutputFile {
  write(text: string): void;
  close(): void;
}

/**
 * Opens the file of `--output-file`; what was in it is gone.
 * @throws {AmapError} FILE_UNREADABLE, also when writing
 */
export function openOutputFile(path: string): OutputFile {
  const attempt = <T>(step: () => T): T => {
    try {
      return step();
    } catch (cause) {
      const { code = "unknown" } = cause as NodeJS.ErrnoException;
      throw new AmapError("FILE_UNREADABLE", `--output-file: ${path} could not be written (${code})`, { cause });
    }
  };
  const file = attempt(() => openSync(path, "w"));
  return {
    write: (text) => {
      const bytes = new TextEncoder().encode(text);
      for (let written = 0; written < bytes.length; ) {
        written += attempt(() => writeSync(file, bytes, written));
      }
    },
    close: () => closeSync(file),
  };
}
