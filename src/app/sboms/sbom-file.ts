import { AmapError, LIMITS } from "../../base/index.ts";
import { type DecodedSbom, readSbom } from "../../metadata/index.ts";
import { readNamed } from "../scan.ts";
import type { World } from "../world.ts";

/** A file with an SBOM, as it was read. */
export interface SbomFile {
  /** As the user named it. */
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly decoded: DecodedSbom;
}

/**
 * Reads a file with an SBOM in any form that amap knows, with all that it says beyond the model.
 * @throws {AmapError} FILE_NOT_FOUND, FILE_UNREADABLE, LIMIT_EXCEEDED; DOCUMENT_INVALID or NOT_SUPPORTED with the place
 */
export async function readSbomFile(world: World, path: string): Promise<SbomFile> {
  const bytes = await world.files.read(path, LIMITS.documentBytes);
  const decoded = readNamed(path, () => readSbom(bytes, { keepsRemainders: true }));
  if (decoded.ok) return { path, bytes, decoded: decoded.value };
  const [first] = decoded.issues;
  const more = decoded.issues.length > 1 ? ` (and ${decoded.issues.length - 1} more)` : "";
  const place = first === undefined || first.path === "" ? "" : `${first.path}: `;
  const code = first?.code === "NOT_SUPPORTED" ? "NOT_SUPPORTED" : "DOCUMENT_INVALID";
  throw new AmapError(code, `${path}: ${place}${first?.message ?? "expected an SBOM"}${more}`, {
    details: { issues: decoded.issues },
  });
}
