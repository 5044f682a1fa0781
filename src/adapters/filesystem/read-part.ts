import type { FileHandle } from "node:fs/promises";
import { fileError } from "./failure.ts";

/** The bytes of an open file from a place on: `length` of them, or fewer where it ends before. */
export async function readPart(file: FileHandle, path: string, from: number, length: number): Promise<Uint8Array> {
  try {
    const buffer = new Uint8Array(length);
    let filled = 0;
    while (filled < length) {
      const { bytesRead } = await file.read(buffer, filled, length - filled, from + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return buffer.subarray(0, filled);
  } catch (error) {
    throw fileError(error, "read", path);
  }
}
