import { AmapError, type Digest, digestOf, LIMITS } from "../../base/index.ts";
import { type Decision, decodeDecisions } from "../../metadata/index.ts";
import type { World } from "../world.ts";

/** A file of decisions as it was read. */
export interface DecisionFile {
  readonly path: string;
  /** Of its bytes, so that a report says which decisions counted. */
  readonly digest: Digest;
  readonly decisions: readonly Decision[];
}

/**
 * Reads a file of decisions.
 * @throws {AmapError} FILE_NOT_FOUND, LIMIT_EXCEEDED, DOCUMENT_INVALID with every place in `details.issues`
 */
export async function readDecisionFile(world: World, path: string): Promise<DecisionFile> {
  const bytes = await world.files.read(path, LIMITS.decisionsBytes);
  const decoded = decodeDecisions(bytes);
  if (decoded.ok) return { path, digest: digestOf(bytes), decisions: decoded.value };
  const { issues } = decoded;
  const told = issues
    .slice(0, 10)
    .map((issue) => (issue.path === "" ? issue.message : `${issue.path}: ${issue.message}`));
  const more = issues.length > told.length ? [`and ${issues.length - told.length} more`] : [];
  throw new AmapError("DOCUMENT_INVALID", `${path}: ${[...told, ...more].join("; ")}`, {
    details: { issues: issues.slice(0, 100) },
    hint: "docs/adr/0030-decisions.md says how decisions are written.",
  });
}
