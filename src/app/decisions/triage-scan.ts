import { AmapError, LIMITS } from "../../base/index.ts";
import {
  decodeScanJson,
  isScanJson,
  type SourcedReachability,
  type VexSource,
  type VexSubject,
} from "../../metadata/index.ts";
import type { ReportedFinding } from "../../report/index.ts";
import { readScan, sbomWithOrigin } from "../documents.ts";
import { markPlatforms } from "../image-platforms.ts";
import { markReachability } from "../reachability.ts";
import type { Tool } from "../sbom.ts";
import { readNamedJson, scanSbom } from "../scan.ts";
import { type ExplainRequest, explainDocuments, inertStatements, productOfSbom } from "../vex-explain.ts";
import type { World } from "../world.ts";

/** Findings to decide about. */
export interface TriageScan {
  /** All of them, with what is said of each. */
  readonly findings: readonly ReportedFinding[];
  /** Findings that were closed already in the scan that was read: they are not among the others. */
  readonly closedBefore: number;
  /** What was not looked at, or left out, in sentences: a decision about the rest says nothing of it. */
  readonly notes: readonly string[];
  /** What was scanned; without any name where a scan does not say. */
  readonly product: VexSubject;
}

/** What is said of findings beside the scan. */
export interface TriageEvidence {
  readonly documents: readonly VexSource[];
  readonly reachability: readonly SourcedReachability[];
}

/**
 * Scans an artifact, or an SBOM, to decide about its findings.
 * @throws {AmapError} those of sbomOf and scanSbom
 */
export async function scanForTriage(
  world: World,
  artifact: string,
  {
    database,
    tool,
    ...evidence
  }: TriageEvidence & { readonly database: Parameters<typeof scanSbom>[2]; readonly tool: Tool },
): Promise<TriageScan> {
  const { sbom, platforms } = await sbomWithOrigin(world, artifact, tool);
  const scan = await scanSbom(world, sbom, database, tool);
  const product = productOfSbom(sbom, platforms);
  const found = platforms === undefined ? scan.findings : markPlatforms(scan.findings, sbom, platforms);
  const { findings, notes } = answerAll(evidence, { findings: found, product, sbom, now: world.clock.now() });
  const gaps = scan.notLookedAt.length;
  return {
    findings,
    closedBefore: 0,
    product,
    notes: [...(gaps === 0 ? [] : [`not looked at: ${gaps}; amap scan -o json lists what`]), ...notes],
  };
}

/** What VEX and evidence say of findings, and which of both say nothing. */
function answerAll({ documents, reachability }: TriageEvidence, request: ExplainRequest) {
  const { findings: explained, statements } = explainDocuments(documents, request);
  const { near } = inertStatements(statements);
  const answered = explained.map(({ finding }) => finding);
  const { findings, notes } = markReachability(answered, reachability);
  return { findings, notes: [...near, ...notes] };
}

/**
 * Reads a scan to decide about its findings: what `amap scan -o json` wrote, or a cosign-vuln or in-toto vulns predicate.
 * @throws {AmapError} DOCUMENT_INVALID with the place, and those of reading a file
 */
export async function readScanForTriage(
  world: World,
  path: string,
  { products, ...evidence }: TriageEvidence & { readonly products: VexSubject },
): Promise<TriageScan> {
  const value = readNamedJson(await world.files.read(path, LIMITS.documentBytes), path);
  const read = isScanJson(value) ? decodeScanJson(value, world.clock.now()) : undefined;
  if (read?.ok === false) {
    const [issue] = read.issues;
    throw new AmapError("DOCUMENT_INVALID", `${path}: ${issue?.path ?? ""} ${issue?.message ?? "malformed"}`);
  }
  const { scan, closed, withoutFix } = read?.value ?? { scan: await readScan(world, path), closed: [], withoutFix: 0 };
  const open = scan.findings.filter((_, index) => closed[index] !== true);
  const { findings, notes } = answerAll(evidence, { findings: open, product: products, now: world.clock.now() });
  const gaps = scan.notLookedAt.length;
  return {
    findings,
    closedBefore: scan.findings.length - open.length,
    product: products,
    notes: [
      ...(gaps === 0 ? [] : [`not looked at by the scan: ${gaps}`]),
      ...(withoutFix === 0 ? [] : [`the scan leaves out ${withoutFix} findings without a fix (--only-fixed)`]),
      ...notes,
    ],
  };
}
