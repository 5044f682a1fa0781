import {
  type ApprovalVerdict,
  type CompiledDecisions,
  compileDecisions,
  describeImage,
  fitsFinding,
  type JudgedDecision,
  judgeDecisions,
  type Scan,
  takenBy,
  toVexDocuments,
  type VexDocument,
  type VexSubject,
} from "../../metadata/index.ts";
import type { ReportedFinding } from "../../report/index.ts";
import { platformsOf } from "../image-platforms.ts";
import type { ImageTarget } from "../image-target.ts";
import { openImage } from "../open-image.ts";
import { createUuid, nowOf } from "../sbom.ts";
import type { World } from "../world.ts";
import { type ApprovalOptions, judgeApprovalsOf } from "./approvals.ts";
import { type DecisionFile, readDecisionFile } from "./decision-file.ts";

/** A file of decisions, and who approved each of them. */
export interface LoadedDecisions extends DecisionFile {
  readonly approvals: ApprovalOptions["mode"];
  /** One for each decision, in their order. */
  readonly verdicts: readonly ApprovalVerdict[];
}

/** What decisions do for a scan. */
export interface UsedDecisions {
  readonly file: LoadedDecisions;
  /** All of them with what comes of each. */
  readonly judged: readonly JudgedDecision[];
  /** What those that count say, to be weighed with all other VEX. */
  readonly documents: readonly VexDocument[];
  /** Marks the findings whose risk is taken and which nothing else answers. */
  readonly mark: (findings: readonly ReportedFinding[]) => readonly ReportedFinding[];
}

/**
 * Reads a file of decisions, and looks who approved them.
 * @throws {AmapError} those of readDecisionFile and judgeApprovalsOf
 */
export async function loadDecisions(world: World, path: string, options: ApprovalOptions): Promise<LoadedDecisions> {
  const file = await readDecisionFile(world, path);
  return { ...file, approvals: options.mode, verdicts: await judgeApprovalsOf(world, file, options) };
}

/** What comes of each decision at the world's time: for any product, or for one, with a scan of it or without. */
export function judgeLoaded(
  world: World,
  { decisions, verdicts }: LoadedDecisions,
  about: { readonly product?: VexSubject; readonly scan?: Pick<Scan, "findings"> } = {},
): readonly JudgedDecision[] {
  const { product, scan } = about;
  return judgeDecisions({
    decisions,
    approvals: verdicts,
    now: world.clock.now(),
    ...(product === undefined ? {} : { product }),
    ...(scan === undefined ? {} : { findings: scan.findings }),
  });
}

/** Decisions for the findings of a scan. */
export function useDecisions(
  world: World,
  loaded: LoadedDecisions,
  about: { readonly product: VexSubject; readonly scan: Scan },
): UsedDecisions {
  const judged = judgeLoaded(world, loaded, about);
  const documents = toVexDocuments(judged, about.product, { id: loaded.path, timestamp: nowOf(world) });
  const risks = judged.filter(({ state, decision }) => state === "counts" && decision.status === "risk_accepted");
  const byName = Map.groupBy(risks, ({ decision }) => decision.finding.toUpperCase());
  const mark = (finding: ReportedFinding): ReportedFinding => {
    const named = [finding.vulnerability, ...finding.aliases].flatMap((name) => byName.get(name.toUpperCase()) ?? []);
    if (finding.answered) return finding;
    const fitting = named.filter(({ decision }) => fitsFinding(decision, finding));
    const by = takenBy(
      fitting.map(({ decision }) => decision),
      { finding, product: about.product },
    );
    const taken = fitting.find(({ decision }) => decision === by);
    return taken === undefined ? finding : { ...finding, acceptance: acceptanceOf(taken) };
  };
  return { file: loaded, judged, documents, mark: (findings) => findings.map(mark) };
}

function acceptanceOf({ decision, approvers, index }: JudgedDecision): NonNullable<ReportedFinding["acceptance"]> {
  const { owner = "", reason = "", author, decidedAt, until = "" } = decision;
  return { decision: index, owner, reason, author, approvers, decidedAt, until };
}

/**
 * Compiles the decisions about a product that count now into a VEX document and acceptances of risks.
 * @throws {AmapError} DOCUMENT_INVALID where the product has no name
 */
export function compileLoaded(
  world: World,
  { decisions, verdicts }: LoadedDecisions,
  about: { readonly product: VexSubject; readonly author: string; readonly tooling: string; readonly scan?: Scan },
): CompiledDecisions {
  const { product, author, tooling, scan } = about;
  return compileDecisions({
    decisions,
    approvals: verdicts,
    now: world.clock.now(),
    product,
    ...(scan === undefined ? {} : { findings: scan.findings }),
    document: { id: `urn:uuid:${createUuid(world)}`, author, timestamp: nowOf(world), tooling },
  });
}

/**
 * An image as decisions and statements name it: as its SBOM does.
 * @throws {AmapError} those of openImage
 */
export async function productOfImage(world: World, target: ImageTarget): Promise<VexSubject> {
  const image = await openImage(world, target);
  const { storage, descriptor } = image;
  const name = storage.repository.slice(storage.repository.lastIndexOf("/") + 1);
  const { purl } = describeImage({ name, digest: descriptor.digest, repositoryUrl: storage.repository });
  const platforms = platformsOf(image);
  return {
    purls: purl === undefined ? [] : [purl],
    digests: [descriptor.digest],
    ...(platforms.length === 0 ? {} : { platforms }),
  };
}
