import { AmapError, LIMITS } from "../../base/index.ts";
import { type DecodedSbom, readSbom } from "../../metadata/index.ts";
import { readNamed } from "../scan.ts";
import type { World } from "../world.ts";
import { takeOffAttestation } from "./attested-sbom.ts";

/** A file with an SBOM, as it was read. */
export interface SbomFile {
  /** As the user named it. */
  readonly path: string;
  /** Of an attestation those of the SBOM in it. */
  readonly bytes: Uint8Array;
  readonly decoded: DecodedSbom;
}

/**
 * Reads a file with an SBOM in any form that amap knows, or an attestation of one, with all that it says beyond the model.
 * Nothing is verified.
 * @throws {AmapError} FILE_NOT_FOUND, FILE_UNREADABLE, LIMIT_EXCEEDED; DOCUMENT_INVALID or NOT_SUPPORTED with the place
 */
export async function readSbomFile(world: World, path: string): Promise<SbomFile> {
  return decodeSbomFile(path, await world.files.read(path, LIMITS.documentBytes), { keepsRemainders: true });
}

/**
 * As {@link readSbomFile}, of a file that was read already.
 * @throws {AmapError} DOCUMENT_INVALID or NOT_SUPPORTED with the place
 */
export function decodeSbomFile(path: string, read: Uint8Array, options: Parameters<typeof readSbom>[1] = {}): SbomFile {
  const bytes = readNamed(path, () => takeOffAttestation(read));
  const decoded = readNamed(path, () => readSbom(bytes, options));
  if (decoded.ok) return { path, bytes, decoded: decoded.value };
  const [first] = decoded.issues;
  const more = decoded.issues.length > 1 ? ` (and ${decoded.issues.length - 1} more)` : "";
  const place = first === undefined || first.path === "" ? "" : `${first.path}: `;
  const code = first?.code === "NOT_SUPPORTED" ? "NOT_SUPPORTED" : "DOCUMENT_INVALID";
  throw new AmapError(code, `${path}: ${place}${first?.message ?? "expected an SBOM"}${more}`, {
    details: { issues: decoded.issues },
  });
}
