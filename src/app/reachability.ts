import { AmapError, LIMITS } from "../base/index.ts";
import { decodeGovulncheck, reachabilityOf, type SourcedReachability } from "../metadata/index.ts";
import type { ReportedFinding } from "../report/index.ts";
import type { World } from "./world.ts";

/**
 * Reads what analyses of reachability wrote: govulncheck's JSON or OpenVEX.
 * @throws {AmapError} DOCUMENT_INVALID, NOT_SUPPORTED, LIMIT_EXCEEDED with the file, and those of reading files
 */
export async function readReachability(
  world: World,
  paths: readonly string[],
): Promise<readonly SourcedReachability[]> {
  const documents: SourcedReachability[] = [];
  for (const source of paths) {
    const decoded = decodeGovulncheck(await world.files.read(source, LIMITS.documentBytes));
    if (!decoded.ok) {
      const [issue] = decoded.issues;
      const code =
        issue?.code === "LIMIT_EXCEEDED" || issue?.code === "NOT_SUPPORTED" ? issue.code : "DOCUMENT_INVALID";
      throw new AmapError(code, `${source}: ${issue?.path ?? ""} ${issue?.message ?? "malformed"}`, {
        hint: "Give what `govulncheck -format json` or `-format openvex` wrote.",
      });
    }
    documents.push({ source, evidence: decoded.value });
  }
  return documents;
}

/**
 * Findings with the evidence about their reachability, which changes nothing else about them; and in `notes`, of which
 * findings evidence does not count, and which documents say nothing about any of them.
 */
export function markReachability(
  findings: readonly ReportedFinding[],
  documents: readonly SourcedReachability[],
): { readonly findings: readonly ReportedFinding[]; readonly notes: readonly string[] } {
  if (documents.length === 0) return { findings, notes: [] };
  const used = new Set<string>();
  const notes = new Set<string>();
  const marked = findings.map((finding) => {
    const { facts, others } = reachabilityOf(finding, documents);
    for (const { source } of facts) used.add(source);
    for (const other of others)
      notes.add(`${finding.vulnerability} in ${finding.component}: evidence that does not count: ${other}`);
    return facts.length === 0 ? finding : { ...finding, reachability: facts };
  });
  const unused = documents.filter(({ source }) => !used.has(source));
  return {
    findings: marked,
    notes: [...notes, ...unused.map(({ source }) => `${source}: it says nothing about any finding`)],
  };
}
