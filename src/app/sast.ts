import { AmapError, type Decoded, LIMITS, type Value } from "../base/index.ts";
import { createSastPredicate, readSarif, type SastSummary, summariseSarif } from "../metadata/index.ts";
import type { World } from "./world.ts";

/** A SARIF file, summed up. */
export interface ImportedSast {
  readonly summary: SastSummary;
  /** The predicate `urn:amap:predicate:sast:v1` with the whole log. */
  readonly predicate: Value;
}

/**
 * Reads a SARIF file and sums it up.
 * @throws {AmapError} FILE_NOT_FOUND, DOCUMENT_INVALID with the first place that is wrong
 */
export async function importSarif(world: World, path: string): Promise<ImportedSast> {
  const bytes = await world.files.read(path, LIMITS.attachmentBytes);
  const summary = summariseSarif(valueOf(readSarif(bytes), path));
  return { summary, predicate: valueOf(createSastPredicate(bytes, { withLog: true }), path) };
}

function valueOf<T>(decoded: Decoded<T>, path: string): T {
  if (decoded.ok) return decoded.value;
  const [issue] = decoded.issues;
  const place = issue === undefined || issue.path === "" ? "" : `${issue.path}: `;
  throw new AmapError("DOCUMENT_INVALID", `${path}: ${place}${issue?.message ?? "expected a SARIF log"}`, {
    details: { issues: decoded.issues },
  });
}
